"""What can be chosen in the playground: the names in its menus, from what the engine has programs for."""

from __future__ import annotations

from functools import cache
from typing import Any

from inversa.viz.playing.templates import templates

FIRST = {"binary": "binary_cross_entropy", "classes": "cross_entropy", "regression": "half_mean_squared_error"}
TARGETS = {"binary": ("probabilities", "numbers", "signs"), "classes": ("distributions", "numbers"),
           "regression": ("numbers",)}  # fmt: skip


@cache
def choices() -> dict[str, Any]:
    """The names by what they are of; losses by what is learnt: two classes, more classes, or numbers.

    Examples
    --------
    >>> from inversa.viz.playing.choices import choices
    >>> choices()["losses"]["classes"][0], choices()["penalties"]
    ('cross_entropy', ['none', 'l1', 'l2'])
    """
    parts = templates()
    losses = {task: _losses(parts["losses"], FIRST[task], targets) for task, targets in TARGETS.items()}
    return {
        "activations": [name for name, psi in parts["activations"].items() if not psi["joins"]],
        "outputs": list(parts["activations"]),
        "losses": losses,
        "optimizers": list(parts["optimizers"]),
        "penalties": ["none", *parts["penalties"]],
        "inits": ["suited", *parts["initial"]],
    }


def _losses(parts: dict[str, Any], first: str, targets: tuple[str, ...]) -> list[str]:
    """Those for such targets: the usual one, and then by what their targets are."""
    names = [name for name, loss in parts.items() if loss["targets"] in targets]
    return sorted(names, key=lambda name: (name != first, targets.index(parts[name]["targets"])))


def fits(loss: str, output: str) -> bool:
    """Whether nn compares the outputs of such an activation by this loss; so in ``objections`` of ``web/config.js``.

    >>> fits("cross_entropy", "identity"), fits("cross_entropy", "softmax")
    (True, False)
    """
    takes = templates()["losses"][loss]["takes"]
    if takes == "logits":
        return output not in ("sigmoid", "softmax")
    return takes == "numbers" or output == "softmax" or (takes == "probabilities" and output == "sigmoid")

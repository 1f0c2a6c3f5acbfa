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
    losses = {
        task: sorted(
            (name for name, loss in parts["losses"].items() if loss["targets"] in targets), key=FIRST[task].__ne__
        )
        for task, targets in TARGETS.items()
    }
    return {
        "activations": [name for name, psi in parts["activations"].items() if not psi["joins"]],
        "outputs": list(parts["activations"]),
        "losses": losses,
        "optimizers": list(parts["optimizers"]),
        "penalties": ["none", *parts["penalties"]],
        "inits": ["suited", *parts["initial"]],
    }

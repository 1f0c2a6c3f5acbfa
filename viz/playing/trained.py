"""What a compiled model is trained with, as settings of the playground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.nn.optim import Optimizer
from inversa.nn.penalties import ElasticNet
from inversa.viz.playing.templates import OPTIMIZERS

if TYPE_CHECKING:
    from inversa.nn.training.trainer import Trainer

MOST_STRENGTH = 10  # as in web/setup.js
ABSENT = ("clip_norm", "clip_value", "scheduler", "augment")  # attributes of trainers


def penalty_of(trainer: Trainer | None) -> dict[str, Any]:
    """The penalty and its strength.

    Raises
    ------
    ValueError
        For a penalty that the playground has not, and for what else it would leave out.

    Examples
    --------
    >>> from inversa.nn import MLP, penalties
    >>> from inversa.viz.playing.trained import penalty_of
    >>> model = MLP([2, 1])
    >>> model.compile(loss="mse", penalty=penalties.ElasticNet(l2=0.01))
    >>> penalty_of(model.trainer)
    {'penalty': 'l2', 'strength': 0.01}
    """
    if trainer is None:
        return {}
    for name in ABSENT:
        if getattr(trainer, name) is not None:
            raise ValueError(f"the model was compiled with a {name}, which the playground has not: compile it without")
    given = trainer.objective.penalty
    if given is None:
        return {}
    found = {name: getattr(given, name, 0) for name in ("l1", "l2") if getattr(given, name, 0)}
    if not isinstance(given, ElasticNet) or given.biases or len(found) != 1:
        raise ValueError(f"the playground has L1 and L2 penalties of weights, one at a time, not {checks.shown(given)}")
    ((name, strength),) = found.items()
    return {"penalty": name, "strength": checks.number("penalty", strength, at_most=MOST_STRENGTH)}


def optimizer_of(optimizer: Optimizer) -> str:
    """The name under which the playground has an optimiser with these settings, whatever its learning rate.

    Raises
    ------
    ValueError
        For one that it has not.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import optim
    >>> from inversa.viz.playing.trained import optimizer_of
    >>> optimizer_of(optim.SGD([Tensor([0.0])], lr=0.1, momentum=0.9, nesterov=True))
    'nesterov'
    """
    for name, (kind, settled) in OPTIMIZERS.items():
        if type(optimizer) is kind:
            usual = kind(optimizer.groups[0]["params"], lr=optimizer.lr, **settled)  # type: ignore[abstract]
            if all(_settings(group) == _settings(usual.groups[0]) for group in optimizer.groups):
                return name
    raise ValueError(
        f"the model was compiled with {checks.shown(optimizer)}, whose settings the playground has not: name one of "
        f"its own, such as optimizer='adam'; it has {', '.join(OPTIMIZERS)}"
    )


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    return {name: x for name, x in group.items() if name not in ("params", "lr")}

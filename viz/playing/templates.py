"""The parts that networks in the playground are made of, as programs: see `tracing.template` for what these are.

Every part is nn's own: `Linear`, the activations, the losses, the penalties and what optimisers do to a parameter are
called with symbols. A page puts the parts together layer by layer and comes back through them in the opposite order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

from inversa.autograd import InverseNetwork, Tensor, broadcast_to, sin
from inversa.autograd.compiling.arrays.trace import ArraySymbol
from inversa.autograd.lazy import np
from inversa.nn import Linear, activations, losses, optim
from inversa.nn.layers import suited
from inversa.nn.losses.loss import Loss, as_is
from inversa.nn.penalties import ElasticNet
from inversa.viz.playing.chance import INITIAL
from inversa.viz.playing.tracing import Results, Shape, template

ROWS: Shape = ("samples", "outputs")
WEIGHT: Shape = ("outputs", "inputs")
NESTEROV = 0.9  # its momentum, for which nn has no default
ACTIVATIONS = {name: psi for name, psi in activations.FUNCTIONS.items() if name != "swish"} | {"sin": sin}
LOSSES = {loss.name: loss for loss in losses.names.NAMES.values()}
OPTIMIZERS: dict[str, tuple[type[optim.Optimizer], dict[str, Any]]] = {
    # The class, and what is settled by the name; its averages are left out where a setting is 0.
    "sgd": (optim.SGD, {"momentum": 0.0}),
    "momentum": (optim.Momentum, {}),
    "nesterov": (optim.SGD, {"momentum": NESTEROV, "nesterov": True}),
    "adagrad": (optim.AdaGrad, {}),
    "rmsprop": (optim.RMSProp, {}),
    "adam": (optim.Adam, {}),
    "adamw": (optim.AdamW, {}),
}


@cache
def templates() -> dict[str, Any]:
    """All that the page's engine is made of; JSON-able.

    Returns
    -------
    dict
        ``"layer"``: z = x Wᵀ + b, and what comes back to x, W and b for the flow ``g`` at z. ``"wires"``: what every
        wire of a layer carries, u = w · x, and what comes back along it. ``"activations"``, ``"losses"``,
        ``"penalties"`` and ``"optimizers"`` have parts by their names. What activations, losses and optimisers have
        beside a program is in `_activation`, `_loss` and `_optimizer`. ``"initial"`` is `chance.INITIAL`.

    Examples
    --------
    >>> from inversa.viz.playing.templates import templates
    >>> parts = templates()
    >>> parts["activations"]["tanh"]["program"]["code"][:2]
    [['argument', 'z'], ['tanh', 0]]
    """
    return {
        "layer": template(_of_layer, {"x": ("samples", "inputs"), "weight": WEIGHT, "bias": ("outputs",), "g": ROWS}),
        "wires": template(_of_wires, {"x": ("inputs",), "weight": WEIGHT, "g": ("outputs",)}),
        "activations": {name: _activation(name, psi) for name, psi in ACTIVATIONS.items()},
        "losses": {name: _loss(loss) for name, loss in LOSSES.items()},
        "penalties": {name: template(partial(_of_penalty, name), {"weight": WEIGHT, "strength": (), "g": WEIGHT})
                      for name in ("l1", "l2")},
        "optimizers": {name: _optimizer(*made) for name, made in OPTIMIZERS.items()},
        "initial": INITIAL,
    }  # fmt: skip


def _back(output: ArraySymbol, g: ArraySymbol | None, *wanted: ArraySymbol) -> list[Any]:
    """What comes back to each of the wanted symbols when g is fed in at the output; 1 at a cost."""
    flows = InverseNetwork(output).run(g, record=True)
    return [flows[x] for x in wanted]


def _of_layer(x: Any, weight: Any, bias: Any, g: Any) -> tuple[Results, Results]:
    layer = Linear(x.shape[1], g.shape[1], seed=0)
    layer.weight, layer.bias = weight, bias
    z: Any = layer(x)
    return {"z": z}, dict(zip(("x", "weight", "bias"), _back(z, g, x, weight, bias), strict=True))


def _of_wires(x: Any, weight: Any, g: Any) -> tuple[Results, Results]:
    """The products that the neurons of a layer add up, one a wire, and what comes back along each."""
    signals = broadcast_to(x, weight.shape)
    u: Any = weight * signals
    to_x, to_weight = _back(u.sum(axis=1), g, signals, weight)
    return {"u": u}, {"x": to_x, "weight": to_weight}


def _activation(name: str, psi: Callable[..., Any]) -> dict[str, Any]:
    """An activation: what ``init`` suits it as nn finds, and whether it ``joins`` the neurons of a layer.

    ``python`` is what a program in Python calls it, a text or a name in `inversa.autograd`.
    """

    def traced(z: Any, g: Any) -> tuple[Results, Results]:
        a = psi(z)
        return {"a": a}, {"z": _back(a, g, z)[0]}

    program = template(traced, {"z": ROWS, "g": ROWS})
    joins = any(isinstance(row, list) and row[0] == "sum" for row in program["code"][: program["forward"]])
    python = json.dumps(name) if name in activations.FUNCTIONS else name
    return {"program": program, "init": suited(psi).__name__, "joins": joins, "python": python}


def _loss(loss: Loss) -> dict[str, Any]:
    """A loss: its cost J, what comes back to the outputs h; what it ``takes``, and the ``link`` to probabilities."""

    def traced(h: Any, y: Any) -> tuple[Results, Results]:
        y._requires_grad = False
        cost: Any = loss(h, y)
        return {"J": cost}, {"h": _back(cost, None, h)[0]}

    program = template(traced, {"h": ROWS, "y": ROWS})
    link = None if loss.link in (None, as_is) else getattr(loss.link, "__name__", None)
    kinds = {"takes": _taken(loss), "targets": _targets(loss)}
    return {"program": program, "link": link, "reduction": loss.reduction, **kinds}


def _taken(loss: Loss) -> str:
    """What a loss takes as outputs: numbers, logits, probabilities of yes, or distributions over classes."""
    if loss.link is None:
        return "numbers"
    if loss.link is not as_is:
        return "logits"
    return "distributions" if _decides_among_classes(loss) else "probabilities"


def _targets(loss: Loss) -> str:
    """What its targets are: numbers, signs, probabilities of yes, or distributions over classes (one-hot rows)."""
    if loss.decide is None:
        return "numbers"
    if loss.link is None:
        return "signs"
    return "distributions" if _decides_among_classes(loss) else "probabilities"


def _decides_among_classes(loss: Loss) -> bool:
    assert loss.decide is not None
    return bool(np.ndim(loss.decide(np.array([[0.2, 0.8]]))) == 1)


class _Weight(NamedTuple):
    """A model that has one weight."""

    weight: Any

    def named_parameters(self) -> list[tuple[str, Any]]:
        return [("weight", self.weight)]


def _of_penalty(name: str, weight: Any, strength: Any, g: Any) -> tuple[Results, Results]:
    """What a penalty adds to the cost, and, to the flow g that the loss sends back to the weights, its own."""
    penalty = ElasticNet()
    vars(penalty)[name] = strength
    value: Any = penalty(_Weight(weight))  # type: ignore[arg-type]  # as much of a model as it looks at
    return {"penalty": value}, {"weight": _back(value + (weight * g).sum(), None, weight)[0]}


def _optimizer(kind: type[optim.Optimizer], settled: dict[str, Any]) -> dict[str, Any]:
    """An optimiser: its ``settings`` with their defaults, and what it keeps of each parameter, ``state``.

    The program takes w, its gradient g, what was kept and the settings, to w and what is to be kept. ``state`` are the
    numbers that all starts from; what is in ``counts`` is one number for the whole parameter. ``takes`` says of every
    setting whether it may be 0, and whether it may be 1 or more. ``python`` makes it in a program in Python, with the
    settings in the places of their names in braces.
    """
    rate = optim.names.named(kind, [Tensor([0.0])]).lr
    optimizer, given = _made(kind, {"lr": rate, **settled})
    settings = dict(_numbers(given))
    kept = _Kept()
    optimizer.change(1.0, 1.0, kept, **given)

    def traced(w: Any, g: Any, **others: Any) -> tuple[Results, Results]:
        state = {name: others[name] for name in kept.start}
        step = optimizer.change(w, g, state, **_with(given, others))
        return {"w": w + step, **state}, {}

    counts = [name for name, start in kept.start.items() if isinstance(start, int)]
    arguments = {"w": WEIGHT, "g": WEIGHT, **{name: () if name in counts else WEIGHT for name in kept.start}}
    return {
        "program": template(traced, {**arguments, **dict.fromkeys(settings, ())}),
        "settings": settings,
        "takes": {name: [_takes(kind, given, settings | {name: x}) for x in (0.0, 1.0)] for name in settings},
        "state": kept.start,
        "counts": counts,
        "python": f"optim.{kind.__name__}(model.parameters(), {', '.join(_written(kind, given, settings))})",
    }


def _made(kind: Any, settings: dict[str, Any]) -> tuple[optim.Optimizer, dict[str, Any]]:
    """An optimiser of nothing in particular, and all of its settings."""
    optimizer = kind([Tensor([0.0])], **settings)
    return optimizer, {name: x for name, x in optimizer.groups[0].items() if name != "params"}


def _takes(kind: type[optim.Optimizer], given: dict[str, Any], settings: dict[str, float]) -> bool:
    """Whether an optimiser takes these settings."""
    try:
        _made(kind, _with(given, settings))
    except ValueError:
        return False
    return True


class _Kept(dict[str, Any]):
    """What an optimiser keeps of a parameter; what it starts from is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.start: dict[str, float] = {}

    def get(self, name: str, start: Any = None) -> Any:
        """An average, or a count of steps."""
        self.start[name] = start
        return super().get(name, start)


def _parts(name: str, setting: Any) -> list[str]:
    """What the numbers of a setting are called: itself, or of a pair ``betas`` ``beta1`` and ``beta2``."""
    if not isinstance(setting, tuple):
        return [name]
    return [f"{name.removesuffix('s')}{k}" for k in range(1, len(setting) + 1)]


def _numbers(given: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The settings that are numbers, by their names; one that is 0 is settled."""
    for name, x in given.items():
        for part, number in zip(_parts(name, x), x if isinstance(x, tuple) else (x,), strict=True):
            if isinstance(number, float) and number:
                yield part, number


def _written(kind: type[optim.Optimizer], given: dict[str, Any], settings: dict[str, float]) -> Iterator[str]:
    """The settings as arguments in Python: numbers, and what is not as usual."""
    for name, x in given.items():
        blanks = ", ".join(f"{{{part}}}" for part in _parts(name, x))
        if isinstance(x, tuple):
            yield f"{name}=({blanks})"
        elif name in settings:
            yield f"{name}={blanks}"
        elif x != kind.__signature__.parameters[name].default:
            yield f"{name}={x!r}"


def _with(given: dict[str, Any], symbols: dict[str, Any]) -> dict[str, Any]:
    """All settings, those that are numbers as symbols."""
    return {
        name: tuple(symbols[part] for part in _parts(name, x)) if isinstance(x, tuple) else symbols.get(name, x)
        for name, x in given.items()
    }

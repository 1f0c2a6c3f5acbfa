"""The mistakes that are recognised: each breaks a rule, and is a formula in place of the right one.

A formula gives None where the mistake cannot be made. What mistakes are called stands in the languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from inversa.autograd import Rule
from inversa.viz.rules.formulas import (
    ACTIVATIONS,
    LOSSES,
    Formula,
    Numbers,
    Quantity,
    loss_slope,
    total,
    weight_gradient,
    weighted_inputs,
)


@dataclass(frozen=True)
class Mistake:
    """A broken rule.

    Attributes
    ----------
    rule : Rule or None
        Which rule is broken; None for the step of gradient descent.
    broken : mapping
        The formulas that take the place of the right ones, by the kind of cell.
    wrong : bool
        Whether it is wrong, and not only written into another box.
    """

    rule: Rule | None
    broken: Mapping[str, Formula]
    wrong: bool = True


def _where(possible: Callable[[Numbers], object], formula: Formula) -> Formula:
    def where(n: Numbers, i: int = 0) -> Quantity:
        return formula(n, i) if possible(n) else None

    return where


def _curved(n: Numbers) -> bool:
    """Whether ψ′ is computed from the output a: then z may be put into its formula."""
    return n.activation in ("sigmoid", "tanh")


def _crossed(layer: list[Numbers], sources: list[Numbers]) -> bool:
    """Whether rows and columns of a layer's weights can be confused."""
    return len(layer) == len(sources) > 1 and all(n.sources == sources for n in layer)


# Forwards.


def _weights_of_column(n: Numbers, _: int = 0) -> Quantity:
    if not _crossed(n.layer, n.sources):
        return None
    weighted = total(other.weights[n.place] * source.a for other, source in zip(n.layer, n.sources, strict=True))
    return weighted if n.bias is None else weighted + n.bias


# The loss.


def _other_factor(n: Numbers, _: int = 0) -> Quantity:
    error = n.a - n.target
    return {"squared_error": error, "half_squared_error": 2 * error}.get(n.loss)


def _error(n: Numbers, _: int = 0) -> Quantity:
    """Of the squared errors it is right, or has another factor."""
    return None if n.loss in ("squared_error", "half_squared_error") else n.a - n.target


def _delta_already(n: Numbers, _: int = 0) -> Quantity:
    """For the cross-entropy of a sigmoid h − y is δ, and not what comes before it."""
    return n.returned if n.loss == "binary_cross_entropy" and n.activation == "sigmoid" else None


# Backwards.


def _onward_layer(n: Numbers) -> list[Numbers]:
    return n.onward[0][0].layer


def _weights_of_row(n: Numbers, _: int = 0) -> Quantity:
    after = _onward_layer(n)
    if not _crossed(after, n.layer):
        return None
    return total(w * other.delta for w, other in zip(after[n.place].weights, after, strict=True))


def _branch(which: int) -> Formula:
    def alone(n: Numbers, _: int = 0) -> Quantity:
        user, k = n.onward[which]
        return user.weights[k] * user.delta

    return _where(lambda n: len(n.onward) > 1, alone)


MISTAKES: dict[str, Mistake] = {
    "bias left out": Mistake(Rule.CONSTANT_INPUT, {"sum": _where(lambda n: n.bias is not None, weighted_inputs)}),
    "psi left out": Mistake(Rule.ACTIVATION, {"output": lambda n, _: n.z}),
    "weights of a column": Mistake(Rule.WEIGHTED_INPUT, {"sum": _weights_of_column}),
    "factor of the loss": Mistake(Rule.LOSS, {"loss slope": _other_factor}),
    "sign of the loss": Mistake(
        Rule.LOSS, {"loss slope": _where(lambda n: n.loss in LOSSES, lambda n, _: -loss_slope(n))}
    ),
    "error for the slope": Mistake(Rule.LOSS, {"loss slope": _error}),
    "delta for the slope": Mistake(Rule.LOSS, {"loss slope": _error, "delta": _delta_already}, wrong=False),
    "slope left out": Mistake(Rule.ACTIVATION, {"delta": lambda n, _: n.returned}),
    "psi for its slope": Mistake(Rule.ACTIVATION, {"delta": lambda n, _: n.returned * n.a}),
    "slope at the output": Mistake(
        Rule.ACTIVATION,
        {"delta": _where(_curved, lambda n, _: n.returned * ACTIVATIONS[n.activation].slope(_psi(n, n.a), n.a))},
    ),
    "sum in the slope": Mistake(
        Rule.ACTIVATION,
        {"delta": _where(_curved, lambda n, _: n.returned * ACTIVATIONS[n.activation].slope(n.z, n.z))},
    ),
    "gains exchanged": Mistake(
        Rule.WEIGHTED_INPUT,
        {
            "weight gradient": lambda n, i: n.weights[i] * n.delta,
            "returned": lambda n, _: total(n.a * user.delta for user, _ in n.onward),
        },
    ),
    "weight left out": Mistake(
        Rule.WEIGHTED_INPUT, {"returned": lambda n, _: total(user.delta for user, _ in n.onward)}
    ),
    "weights of a row": Mistake(Rule.WEIGHTED_INPUT, {"returned": _weights_of_row}),
    "input left out": Mistake(Rule.WEIGHTED_INPUT, {"weight gradient": lambda n, _: n.delta}),
    "sum for the input": Mistake(
        Rule.WEIGHTED_INPUT,
        {"weight gradient": lambda n, i: n.sources[i].z * n.delta if n.sources[i].activation else None},
    ),
    "own output for the input": Mistake(Rule.WEIGHTED_INPUT, {"weight gradient": lambda n, _: n.a * n.delta}),
    "bias like a weight": Mistake(Rule.CONSTANT_INPUT, {"bias gradient": lambda n, _: weight_gradient(n, 0)}),
    "bias multiplied": Mistake(Rule.CONSTANT_INPUT, {"bias gradient": lambda n, _: n.bias * n.delta}),
    "last branch alone": Mistake(Rule.BRANCHING, {"returned": _branch(-1)}),
    "first branch alone": Mistake(Rule.BRANCHING, {"returned": _branch(0)}),
    "step uphill": Mistake(
        None,
        {
            "new bias": lambda n, _: n.bias + n.alpha * n.bias_gradient,
            "new weight": lambda n, i: n.weights[i] + n.alpha * n.weight_gradients[i],
        },
    ),
    "step without alpha": Mistake(
        None,
        {
            "new bias": lambda n, _: n.bias - n.bias_gradient,
            "new weight": lambda n, i: n.weights[i] - n.weight_gradients[i],
        },
    ),
}


def wrong(step: bool) -> Iterator[str]:
    """The mistakes that give wrong numbers; those of the step of gradient descent only where one is asked for."""
    return (key for key, mistake in MISTAKES.items() if mistake.wrong and (step or mistake.rule is not None))


def _psi(n: Numbers, x: Quantity) -> Quantity:
    return ACTIVATIONS[n.activation].psi(x)

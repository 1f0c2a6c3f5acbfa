"""Loss: what all losses share, so that each is declared by its formula alone.

A formula gives the loss of every entry or of every sample; adding up, averaging and sample weights come from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import update_wrapper
from math import prod
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, overload

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.compiling.effects import check_data
from inversa.autograd.lazy import np
from inversa.autograd.mode import LOSS, mode
from inversa.autograd.node import Node
from inversa.autograd.ops.held import fitted
from inversa.autograd.ops.namespace import MixedArraysError, is_foreign, kind_of, library, namespace
from inversa.nn.checks import check_places, check_weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.autograd.ops.calls import Unknown

    Values = Value | Sequence[Value] | Sequence[Sequence[Value]]

Reduction = Literal["mean", "sum", "none"]
Formula = Callable[..., Any]


def as_is(outputs: Any) -> Any:
    """The outputs themselves, where they are probabilities already."""
    return outputs


_SHARED = """``reduction`` and the weights of samples are explained in `Loss`. A training takes the loss with settings
of its own as a function: ``loss=lambda outputs, targets: huber(outputs, targets, delta=0.5)``."""


class Loss:
    """A loss: called with predictions and targets, it gives the number that training makes small.

    Attributes
    ----------
    name : str
        ``"mean_squared_error"``.
    reduction : {"mean", "sum"}
        What is done with the losses of the entries or samples unless the call says otherwise.
    link : callable or None
        What makes the outputs probabilities: the sigmoid or softmax that a loss from logits contains. None where there
        are no probabilities.
    decide : callable or None
        What makes these, or else the outputs, classes: the largest, or those of 0.5 and above. None for regression.
    """

    def __init__(
        self,
        formula: Formula,
        reduction: Reduction,
        link: Callable[[Any], Any] | None = None,
        decide: Callable[[Any], Any] | None = None,
    ) -> None:
        update_wrapper(self, formula)
        self.name = formula.__name__
        self.formula = formula
        self.reduction = reduction
        self.link = link
        self.decide = decide
        prediction, target, *settings = inspect.signature(formula).parameters.values()
        _, _, _, *shared, _ = inspect.signature(Loss.__call__).parameters.values()
        settings = [setting.replace(kind=inspect.Parameter.KEYWORD_ONLY) for setting in settings]
        self.__signature__ = inspect.Signature([prediction, target, *shared, *settings])
        self.__doc__ = f"{self.name}{self.__signature__}\n\n{inspect.getdoc(formula)}\n\n{_SHARED}"  # for help()

    @overload
    def __call__(self, prediction: Unknown, target: Any, *settings: Any, **named: Any) -> Any: ...
    @overload
    def __call__(
        self,
        prediction: Tensor | NDArray[Any],
        target: Any,
        reduction: Reduction | None = None,
        weights: ArrayLike | None = None,
        **settings: float,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        prediction: Values,
        target: Any,
        reduction: Literal["mean", "sum"] | None = None,
        weights: ArrayLike | None = None,
        **settings: float,
    ) -> Value: ...
    @overload
    def __call__(
        self,
        prediction: Any,
        target: Any,
        reduction: Reduction | None = None,
        weights: ArrayLike | None = None,
        **settings: float,
    ) -> Any: ...
    def __call__(
        self,
        prediction: Any,
        target: Any,
        reduction: Reduction | None = None,
        weights: ArrayLike | None = None,
        **settings: float,
    ) -> Any:
        """Compare predictions with targets.

        Parameters
        ----------
        prediction : Tensor, Value, or list of Values
            The outputs of the network, one row (or member) a sample.
        target : array_like
            What they should be.
        reduction : {"mean", "sum", "none"}, optional
            ``"none"`` gives the loss of every entry or sample.
        weights : array_like of shape (samples,) or (samples, steps), optional
            How much each sample counts, or each step of a sequence. The mean is Σ wᵢ lᵢ / Σ wᵢ: a sample of weight 2
            counts like two samples, one of weight 0 like none.
        **settings : float
            Of this loss, such as ``delta`` of Huber's.

        Raises
        ------
        ValueError
            When the shapes do not go together, and for numbers that this loss does not take.
        TypeError
            When the outputs or the targets are no numbers.
        """
        first, second, *_ = self.__signature__.parameters
        prediction, target = _checked(first, prediction), _checked(second, target)
        with mode(module=LOSS):
            each = self.formula(prediction, target, **settings)
            _name(each)
            return _reduced(each, reduction or self.reduction, weights)

    def __reduce__(self) -> str:
        return self.name  # pickled and copied as what it is: a name in its module

    def __repr__(self) -> str:
        return f"<loss {self.name}>"


def loss(reduction: Reduction, **kind: Any) -> Callable[[Formula], Loss]:
    """Declare a loss from its formula; see `Loss` for ``reduction``, ``link`` and ``decide``."""
    return lambda formula: Loss(formula, reduction, **kind)


def entrywise(formula: Callable[[Any, Any], Any], prediction: Any, target: Any) -> Any:
    """The formula of every output and its target: Tensors as a whole, Values one by one.

    Raises
    ------
    ValueError
        When the shapes differ (nothing is broadcast), or there is nothing to compare.
    """
    if isinstance(first_entry(prediction), Value):
        target = as_lists(target)
        _check_shapes(shape_of(prediction), shape_of(target))
        return _mapped(formula, prediction, target)
    if not isinstance(prediction, Tensor):
        prediction = Tensor(prediction)
    if kind_of(prediction.dtype) != "f":
        prediction = Tensor(prediction._observed(), dtype=float)
    target = _beside(prediction, target)
    _check_shapes(tuple(prediction.shape), tuple(target.shape))
    return formula(prediction, target)


def _beside(prediction: Tensor, target: Any) -> Any:
    """A target in the type of the prediction, which it is not to widen, and in its library: others are refused."""
    if isinstance(target, Tensor):
        namespace(prediction._array, target._array)
        return target if target.dtype == prediction.dtype else target.astype(prediction.dtype)
    if isinstance(target, Node):
        return target
    if is_foreign(prediction._array) or is_foreign(target):
        return Tensor(fitted(prediction._array, target))  # not all arrays leave operators to Tensors
    return np.asarray(target, dtype=prediction.dtype)


def as_lists(target: Any) -> Any:
    """What Values are compared with, as lists of numbers.

    Raises
    ------
    MixedArraysError
        For an array of another library than NumPy: nothing is transferred unasked.
    """
    if is_foreign(target):
        whose = library(namespace(target))
        raise MixedArraysError(f"Values go with numbers, not with an array of {whose}: write x.tolist()")
    return target.tolist() if isinstance(target, Tensor) else _listed(target)


def samplewise(each: Any) -> Any:
    """The losses of a sample's entries added up: one number a sample."""
    if isinstance(each, Tensor):
        return each.sum(axis=tuple(range(1, each.ndim))) if each.ndim > 1 else each
    return [total(row) for row in each] if isinstance(each, list) else each


def total(each: Any) -> Any:
    """The sum of a Tensor's entries, or of nested lists of Values."""
    if isinstance(each, Tensor):
        return each.sum()
    entries = _flat(each)
    return sum(entries[1:], start=entries[0])


def _name(each: Any) -> None:
    """Call the loss of every entry or sample L; Values have numbers if they are several."""
    values = [each] if isinstance(each, Node) else _flat(each)
    for i, value in enumerate(values, start=1):
        value.name = f"L{i}" if len(values) > 1 else "L"


def _reduced(each: Any, reduction: Reduction, weights: ArrayLike | None) -> Any:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    shape = shape_of(each) or (1,)
    count: Any = prod(shape)
    if weights is not None:
        mean = reduction == "mean"
        check_data(weights, lambda numbers: check_weights(numbers, *shape, some=mean))
        w = _beside_losses(each, weights)
        each = _weighted(each, w)
        count = (w.sum() if isinstance(w, Tensor) else float(w.sum())) * prod(shape[len(w.shape) :])
    if reduction == "none":
        return each
    if reduction == "mean" and weights is None and isinstance(each, Tensor):
        return each.mean().named("J")
    cost = total(each)
    if reduction == "mean" and (weights is not None or count != 1):
        cost = cost / count
    return cost.named("J")


def _beside_losses(each: Any, weights: Any) -> Any:
    """Weights as an array, or as a Tensor beside losses of another library."""
    if isinstance(each, list):
        return np.asarray(as_lists(weights), dtype=float)
    if not is_foreign(each) and not is_foreign(weights):
        return weights if isinstance(weights, Tensor) else np.asarray(weights, dtype=float)
    namespace(each, weights)  # others are refused
    w = weights if isinstance(weights, Tensor) else Tensor(fitted(each._array, weights))
    check_places(w, tuple(each.shape) or (1,))  # of numbers that are not known yet, too
    return w


def _weighted(each: Any, weights: Any) -> Any:
    if isinstance(each, list):
        return [_mapped(lambda entry, w: entry * w, part, w) for part, w in zip(each, weights.tolist(), strict=True)]
    if not each.shape:
        return each * float(weights[0])
    return each * weights.astype(each.dtype).reshape(*weights.shape, *(1,) * (each.ndim - len(weights.shape)))


def _mapped(formula: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """The formula of pairs of entries in nested lists of one shape; a single entry on the right goes with all."""
    if not isinstance(left, list):
        return formula(left, right)
    rights = right if isinstance(right, list) else [right] * len(left)
    return [_mapped(formula, a, b) for a, b in zip(left, rights, strict=True)]


def _checked(name: str, given: Any) -> Any:
    """Outputs or targets, lists of arrays as lists alone.

    Raises
    ------
    TypeError
        When they are no numbers, or some of them Values and some not.
    ValueError
        When the samples have different lengths.
    """
    if isinstance(given, Node):
        return given
    if is_foreign(given):
        if kind_of(given.dtype) not in "fiub":
            raise checks.wrong(name, "an array of real numbers", given, kind=TypeError)
        return given
    if not isinstance(given, (list, tuple, range)) and hasattr(given, "__array__"):
        given = np.asarray(given)
        if given.dtype.kind in "fiub":
            return given
    listed = _listed(given)
    entries = _flat(listed)
    for entry in entries:
        if not isinstance(entry, (Node, Real)):
            wanted = "a number, a Value, a Tensor, or a list or an array of numbers"
            hint = ": number the classes, np.unique(labels, return_inverse=True)[1]" if isinstance(entry, str) else ""
            raise TypeError(f"{checks.wrong(name, wanted, entry, '[[0.0], [1.0]]')}{hint}")
    if len({isinstance(entry, Value) for entry in entries}) > 1:
        raise TypeError(f"{name} is a list of Values alone, or of numbers alone: write Value(0.5) for the number 0.5")
    shape_of(listed)
    return listed


def _listed(nested: Any) -> Any:
    """Lists, tuples, ranges and arrays in one another as lists alone; nodes stay nodes."""
    if isinstance(nested, (list, tuple, range)):
        return [_listed(part) for part in nested]
    if isinstance(nested, Node) or is_foreign(nested):
        return nested
    return nested.tolist() if hasattr(nested, "__array__") else nested


def first_entry(nested: Any) -> Any:
    """The first entry of nested lists: what they are made of."""
    while isinstance(nested, (list, tuple)) and nested:
        nested = nested[0]
    return nested


def _flat(nested: Any) -> list[Any]:
    return [entry for part in nested for entry in _flat(part)] if isinstance(nested, list) else [nested]


def shape_of(nested: Any) -> tuple[int, ...]:
    """The shape of nested lists, or of an array."""
    if not isinstance(nested, list):
        return tuple(getattr(nested, "shape", ()))
    shapes = {shape_of(part) for part in nested}
    if len(shapes) > 1:
        raise ValueError("the samples do not all have the same number of outputs, or of targets")
    return (len(nested), *(shapes.pop() if shapes else ()))


def _check_shapes(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    if shape != target:
        raise ValueError(
            f"outputs of shape {shape} cannot be compared with targets of shape {target}: nothing is broadcast"
            + (", write targets[:, None]" if shape == (*target, 1) else "")
        )
    if 0 in shape:
        raise ValueError(f"the loss of no samples (shape {shape}) is not defined")

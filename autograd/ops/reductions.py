"""Reductions along axes: sum, mean, max, min, prod, var, std, norm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import inf
from math import prod as product
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.arithmetic import add, divide, maximum, minimum, where
from inversa.autograd.ops.axes import Axis, axes_of
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import as_floats, device, is_foreign, namespace
from inversa.autograd.ops.operation import ARRAYS, Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import astype, broadcast_to, concatenate, reshape, transpose

_AXES = (
    Example(((2, 3),)), Example(((),)), Example(((2, 3),), {"axis": 0}),
    Example(((2, 3),), {"axis": -1, "keepdims": True}), Example(((2, 3, 2),), {"axis": (0, 2)}),
    Example(((),), {"axis": 0}), Example(((),), {"axis": -1, "keepdims": True}),
)  # fmt: skip
_EMPTY = (Example(((0,),)), Example(((0, 3),), {"axis": 0}), Example(((3, 0),), {"axis": 0}))


def _folded(op: Callable[[Any, Any], Any]) -> Callable[[Sequence[object]], object]:
    """What gives of several numbers op(op(a, b), c), and so on."""
    return lambda numbers: reduce(op, numbers)


def _mean_of(numbers: Sequence[object]) -> object:
    total: Any = reduce(add, numbers)
    return total / len(numbers)


def _checked(x: Any, axis: Axis, keepdims: bool) -> Axis:
    """The axes for a function of the namespace; None, which takes it less time, stays."""
    checks.flag("keepdims", keepdims)
    return None if axis is None else axes_of(x.ndim, axis)


def _kept(reduced: Any, x: Any, axis: Axis) -> Any:
    """A reduction's result with the reduced axes back at length 1, so that it broadcasts against x."""
    axes = axes_of(len(x.shape), axis)
    return reshape(reduced, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def _count(x: Any, axis: Axis) -> int:
    return product(x.shape[i] for i in axes_of(len(x.shape), axis))


@operation(
    "Σ", Rule.SUM, notation="Σ {x}", derivatives=("1",), on_floats=False, examples=_AXES + _EMPTY,
    of_numbers=_folded(add),
)  # fmt: skip
def sum(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the entries, all or along an axis (or several); of a list of Values and numbers it is a Value.

    >>> from inversa.autograd import Tensor, Value, sum
    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0).data.tolist()
    [4.0, 6.0]
    >>> sum([Value(1.0), Value(2.0), 3.0]).item()
    6.0
    """
    return xp.sum(x, axis=_checked(x, axis, keepdims), keepdims=keepdims)


sum.pullbacks(lambda g, _y, _x, *, axis, keepdims: broadcast_to(_kept(g, _x, axis), _x.shape))


@operation(
    "mean", Rule.SUM, notation="mean {x}", derivatives=("1 / n",), on_floats=False, examples=_AXES,
    of_numbers=_mean_of,
)  # fmt: skip
def mean(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The arithmetic mean, of all entries or along an axis; of a list of Values and numbers it is a Value.

    >>> from inversa.autograd import Tensor, mean
    >>> mean(Tensor([1.0, 2.0, 6.0])).item()
    3.0
    """
    return xp.mean(x, axis=_checked(x, axis, keepdims), keepdims=keepdims)


mean.pullbacks(
    lambda g, _y, _x, *, axis, keepdims: broadcast_to(_kept(g, _x, axis) / (_count(_x, axis) or 1), _x.shape)
)


def _shares(x: Any, extreme: Any, axis: Axis) -> Any:
    """1 where x attains its extreme value (or is the NaN that it is), divided by the number of such entries; plain."""
    hit = (x == _kept(extreme, x, axis)) | (x != x)
    if is_foreign(hit):  # booleans do not add up in the standard
        hit = astype(hit, x.dtype)
        return hit / sum(hit, axis, True)
    return (hit / hit.sum(axis=axes_of(len(x.shape), axis), keepdims=True)).astype(x.dtype)


@operation(
    "max",
    Rule.ACTIVATION,
    wires="selects",
    notation="max {x}",
    derivatives=("1 at the maximum",),
    analytic=False,
    convention="ties share the gradient equally; a NaN receives it",
    on_floats=False,
    examples=_AXES,
    of_numbers=_folded(maximum),
)
def max(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest entry, of all or along an axis; ties share the gradient equally.

    Of a list of Values and numbers it is a Value: `maximum` of the first two, of that and the third, and so on. Of
    three that tie the last has half of the gradient, and the other two a quarter each.

    >>> from inversa.autograd import Tensor, Value, max
    >>> max([Value(3.0), Value(5.0), 2.0]).item()
    5.0
    >>> max(Tensor([1.0, 5.0, 2.0])).item()
    5.0
    """
    return xp.max(x, axis=_checked(x, axis, keepdims), keepdims=keepdims)


max.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _shares(x, y, axis))


@operation(
    "min",
    Rule.ACTIVATION,
    wires="selects",
    notation="min {x}",
    derivatives=("1 at the minimum",),
    analytic=False,
    convention="ties share the gradient equally; a NaN receives it",
    on_floats=False,
    examples=_AXES,
    of_numbers=_folded(minimum),
)
def min(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest entry, of all or along an axis; ties share the gradient equally.

    Of a list of Values and numbers it is a Value: `minimum` of the first two, of that and the third, and so on. Of
    three that tie the last has half of the gradient, and the other two a quarter each.

    >>> from inversa.autograd import Tensor, Value, min
    >>> min([Value(3.0), Value(1.0), 2.0]).item()
    1.0
    >>> min(Tensor([3.0, 1.0, 2.0])).item()
    1.0
    """
    return xp.min(x, axis=_checked(x, axis, keepdims), keepdims=keepdims)


min.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _shares(x, y, axis))


@operation(
    "Π",
    Rule.WEIGHTED_INPUT,
    notation="Π {x}",
    derivatives=("{y} / {x}",),
    on_floats=False,
    examples=(*_AXES, *_EMPTY, Example(values=([[0.0, 2.0, 3.0], [0.0, 0.0, 1.5]],), params={"axis": 1})),
)
def prod(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of the entries, all or along an axis. Zeros among them are handled exactly.

    >>> from inversa.autograd import Tensor, prod
    >>> prod(Tensor([2.0, 3.0, 4.0])).item()
    24.0
    """
    return xp.prod(x, axis=_checked(x, axis, keepdims), keepdims=keepdims)


def _product_of_the_others(x: Any, y: Any, axis: Axis) -> Any:
    """For every entry the product of those it is multiplied with; y / x where no entry is 0."""
    if _divides(y):
        return _kept(y, x, axis) / x
    axes = axes_of(len(x.shape), axis)
    rest = tuple(i for i in range(len(x.shape)) if i not in axes)
    shape = tuple(x.shape[i] for i in rest + axes)
    others = _others(reshape(transpose(x, rest + axes), (*shape[: len(rest)], _count(x, axis))))
    return transpose(reshape(others, shape), tuple(sorted(range(len(shape)), key=(rest + axes).__getitem__)))


def _divides(y: Any) -> bool:
    """Whether NumPy's numbers show that no entry is 0 and no product under- or overflows: then division is quicker."""
    if getattr(y, "level", ARRAYS) > ARRAYS or is_foreign(y):
        return False
    return bool(((y != 0) & (y > -inf) & (y < inf)).all())


_FEW = 32


def _others(x: Any) -> Any:
    """For every entry along the last axis the product of the others: of its partner, and of all the other pairs.

    Of few entries all are multiplied with 1 in place of each.
    """
    n = x.shape[-1]
    if n <= _FEW:
        xp = namespace(x)
        itself = xp.eye(n, dtype=xp.bool, device=device(x))
        return prod(where(itself, 1.0, x[..., None, :]), axis=-1)
    half = n // 2
    left, right, alone = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    others = _others(concatenate([left * right, alone], axis=-1))
    of_pairs = others[..., :half]
    return concatenate([of_pairs * right, of_pairs * left, others[..., half:]], axis=-1)


prod.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _product_of_the_others(x, y, axis))


@operation(
    "var",
    Rule.ACTIVATION,
    notation="var {x}",
    derivatives=("2 ({x} − mean) / n",),
    on_floats=False,
    examples=(
        Example(((2, 3),)),
        Example(((2, 3),), {"axis": 1, "correction": 1}),
        Example(((4, 2),), {"axis": 0, "keepdims": True}),
    ),
)
def var(xp: Any, x: Any, axis: Axis = None, correction: int = 0, keepdims: bool = False) -> Any:
    """The variance, of all entries or along an axis; the sum of squares is divided by n − correction.

    As in NumPy that is never less than 0: with too few entries the variance is inf, or nan where they are all the same.

    >>> from inversa.autograd import Tensor, var
    >>> var(Tensor([1.0, 3.0])).item(), var(Tensor([1.0, 3.0]), correction=1).item()
    (1.0, 2.0)
    """
    axes = _checked(x, axis, keepdims)
    centred = x - xp.mean(x, axis=axes, keepdims=True)
    return xp.sum(centred * centred, axis=axes, keepdims=keepdims) / _freedom(x, axis, correction)


def _freedom(x: Any, axis: Axis, correction: float) -> float:
    """What a sum of squared deviations is divided by: the degrees of freedom, n − correction but not below 0."""
    left = _count(x, axis) - checks.number("correction", correction, example="1")
    return left if left > 0 else 0


var.pullbacks(
    lambda g, _y, x, *, axis, correction, keepdims: (
        _kept(g, x, axis) * (x - mean(x, axis, True)) * 2 / _freedom(x, axis, correction)
    )
)


def _quotient(a: Any, b: Any) -> Any:
    """a / b, and where b is 0 the convention: 0."""
    zero = b == 0
    return where(zero, 0.0, divide(a, where(zero, 1.0, b)))


@operation(
    "std",
    Rule.ACTIVATION,
    notation="std {x}",
    derivatives=("({x} − mean) / (n · {y})",),
    convention="0 where all entries are the same",
    on_floats=False,
    examples=(
        Example(((2, 3),)),
        Example(((2, 3),), {"axis": 1, "correction": 1}),
        Example(((4, 2),), {"axis": 0, "keepdims": True}),
    ),
)
def std(xp: Any, x: Any, axis: Axis = None, correction: int = 0, keepdims: bool = False) -> Any:
    """The standard deviation √`var`, of all entries or along an axis. Where they are all the same, the gradient is 0.

    (That of ``sqrt(var(x))`` is nan there: 0 times the infinite slope of the root.)

    >>> from inversa.autograd import Tensor, std
    >>> std(Tensor([1.0, 3.0])).item()
    1.0
    >>> x = Tensor([2.0, 2.0], requires_grad=True)
    >>> std(x).backward()
    >>> x.grad.tolist()
    [0.0, 0.0]
    """
    return xp.sqrt(var.forward(xp, x, axis, correction, keepdims))


std.pullbacks(
    lambda g, y, x, *, axis, correction, keepdims: (
        _kept(g, x, axis) * _quotient(x - mean(x, axis, True), _kept(y, x, axis) * _freedom(x, axis, correction))
    )
)


@operation(
    "‖·‖",
    Rule.ACTIVATION,
    notation="‖{x}‖",
    derivatives=("{x} / {y}",),
    convention="0 at the zero vector",
    on_floats=False,
    examples=_AXES,
)
def norm(xp: Any, x: Any, ord: float | None = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The length √Σx², of all entries or along an axis. The gradient at the zero vector is taken as 0.

    (That of ``sqrt(sum(x * x))`` is nan there: 0 times the infinite slope of the root.)

    Parameters
    ----------
    x : array of any shape
    ord : None or 2
        As in ``numpy.linalg.norm``: 2 is the same for a vector, but for a matrix another norm, which is refused.
    axis : int, tuple of int, or None
    keepdims : bool
        Whether the axes that are gone stay, with length 1.

    Raises
    ------
    ValueError
        For another norm, or an axis that is not there.

    Examples
    --------
    >>> from inversa.autograd import Tensor, norm
    >>> x = Tensor([3.0, 4.0], requires_grad=True)
    >>> length = norm(x)
    >>> length.backward()
    >>> length.item(), x.grad.tolist()
    (5.0, [0.6, 0.8])
    """
    axes = _checked(x, axis, keepdims)
    if ord is not None and not (type(ord) in (int, float) and ord == 2 and len(axes_of(x.ndim, axis)) < 2):
        raise checks.wrong("ord", "None, or 2 for vectors (others are in autograd.linalg.norm)", ord)
    x = as_floats(x)
    return xp.sqrt(xp.sum(x * x, axis=axes, keepdims=keepdims))


norm.pullbacks(lambda g, y, x, *, ord, axis, keepdims: _kept(g, x, axis) * _quotient(x, _kept(y, x, axis)))

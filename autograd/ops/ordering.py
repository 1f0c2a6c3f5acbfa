"""Order: sorting, and the numbers that stand at certain places of it. What comes back goes to where an entry was."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import Axis, axes_of, axis_of, plain_setting
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import as_floats
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import getitem, reshape, stack, transpose

_SORTED = (
    Example(((4,),)), Example(((2, 3),)), Example(((2, 3, 2),), {"axis": 0}), Example(((2, 3),), {"axis": None}),
    Example(((0, 3),), {"axis": 0}),
)  # fmt: skip


@operation(
    "places in order",
    Rule.BRANCHING,
    notation="places of {x} in order",
    on_floats=False,
    analytic=False,
    convention="places are whole numbers, which have no gradient",
    examples=_SORTED[:3],
)
def argsort(xp: Any, x: Any, axis: int = -1) -> Any:
    """The places of the entries along an axis, from the smallest entry to the largest; equal ones as they stand.

    >>> from inversa.autograd import Tensor, argsort
    >>> argsort(Tensor([3.0, 1.0, 2.0])).tolist()
    [1, 2, 0]
    """
    return xp.argsort(x, axis=axis_of(x.ndim, axis), stable=True)


argsort.pullbacks(lambda _g, _y, x, *, axis: 0.0 * x)


@composed(
    examples=(
        Example(values=([[0.3, 1.2, -0.7]], [[2, 0]]), params={"axis": 1}),
        Example(values=([[0.3, 1.2], [0.5, -1.0]], [[1, 1]]), params={"axis": 0}),
        Example(values=([[0.3, 1.2], [0.5, -1.0]], [3, 0]), params={"axis": None}),
    ),
    operands=2,
)
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """For every line along an axis its entries at ``indices``, as `argsort` gives them.

    >>> from inversa.autograd import Tensor, argsort, take_along_axis
    >>> x = Tensor([[3.0, 1.0, 2.0]])
    >>> take_along_axis(x, argsort(x)).tolist()
    [[1.0, 2.0, 3.0]]
    """
    if axis is None:
        return getitem(reshape(x, (prod(x.shape),)), indices)
    ndim = len(x.shape)
    axis = axis_of(ndim, axis)
    if len(indices.shape) != ndim:
        raise ValueError(f"indices have as many axes as the array, {ndim}, not {len(indices.shape)}")
    lengths = (x.shape[i] if i != axis else 1 for i in range(ndim))
    grid = [np.arange(n).reshape((1,) * i + (n,) + (1,) * (ndim - i - 1)) for i, n in enumerate(lengths)]
    return getitem(x, tuple(indices if i == axis else grid[i] for i in range(ndim)))


@composed(examples=_SORTED)
def sort(x: Any, axis: int | None = -1) -> Any:
    """The entries from the smallest to the largest along an axis; without one, of all in a row.

    Of equal entries the first one in the array is the first one in the order, and has the gradient of that place. NaNs
    are last.

    >>> from inversa.autograd import Tensor, sort
    >>> sort(Tensor([3.0, 1.0, 2.0])).tolist()
    [1.0, 2.0, 3.0]
    """
    if axis is None:
        x, axis = reshape(x, (prod(x.shape),)), 0
    return take_along_axis(x, argsort(x, axis), axis)


@composed(examples=(Example(((1, 4),), {"kth": 0}),))
def partition(x: Any, kth: int | tuple[int, ...], axis: int | None = -1) -> Any:
    """As `numpy.partition`: the entries at the places kth are those of `sort`, smaller ones stand before them.

    What NumPy leaves open, the order of the others, is that of `sort`.

    >>> from inversa.autograd import Tensor, partition
    >>> partition(Tensor([3.0, 1.0, 2.0]), 0)[0].item()
    1.0
    """
    length = prod(x.shape) if axis is None else x.shape[axis_of(len(x.shape), axis)]
    for place in kth if isinstance(kth, (tuple, list)) else (kth,):
        axis_of(length, place, "kth")
    return sort(x, axis)


# Where the number of share q of n entries lies in their order, counted from 0, and how it is rounded there: definitions
# 1, 3–9 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50, 1996,
# and NumPy's variations of the seventh.
_METHODS: dict[str, Callable[[float, int], float]] = {
    "linear": lambda q, n: q * (n - 1),
    "lower": lambda q, n: np.floor(q * (n - 1)),
    "higher": lambda q, n: np.ceil(q * (n - 1)),
    "nearest": lambda q, n: np.round(q * (n - 1)),
    "midpoint": lambda q, n: 0.5 * (np.floor(q * (n - 1)) + np.ceil(q * (n - 1))),
    "interpolated_inverted_cdf": lambda q, n: q * n - 1,
    "hazen": lambda q, n: q * n - 0.5,
    "weibull": lambda q, n: q * (n + 1) - 1,
    "median_unbiased": lambda q, n: q * (n + 1 / 3) - 2 / 3,
    "normal_unbiased": lambda q, n: q * (n + 0.25) - 0.625,
}

_QUANTILES = (
    Example(((7,),), {"q": 0.3}), Example(((2, 5),), {"q": [0.0, 0.35, 1.0], "axis": 1}),
    Example(((2, 5),), {"q": 0.4, "axis": 0, "keepdims": True}), Example(((2, 3, 4),), {"q": 0.25, "axis": (0, 2)}),
    *(Example(((6,),), {"q": 0.37, "method": method}) for method in _METHODS),
)  # fmt: skip


@composed(examples=_QUANTILES)
def quantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The number below which the share q of the entries lies: between two entries of `sort`, on the line between them.

    The gradient goes to these two. It is not differentiated by q, and equal entries count in the order of the array.
    One NaN makes the result NaN.

    Parameters
    ----------
    x : array of any shape
    q : float or array of float
        From 0 to 1; several give a first axis.
    axis : int, tuple of int, or None
    method : str
        NumPy's name of a definition of quantiles that is continuous in q, or of one that rounds the place.
    keepdims : bool

    Raises
    ------
    ValueError
        For shares that are none, other methods, and no entries.

    Examples
    --------
    >>> from inversa.autograd import Tensor, quantile
    >>> quantile(Tensor([3.0, 1.0, 2.0, 4.0]), 0.5).item()
    2.5
    """
    checks.choice("method", method, tuple(_METHODS))
    checks.flag("keepdims", keepdims)
    shares = np.asarray(plain_setting(q), dtype=float)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise checks.wrong("q", "a number from 0 to 1, or an array of them", q, "0.5")
    axes = axes_of(len(x.shape), axis)
    rest = tuple(i for i in range(len(x.shape)) if i not in axes)
    n = prod(x.shape[i] for i in axes)
    if not n:
        raise ValueError("no entries have no quantiles")
    lines = as_floats(sort(reshape(transpose(x, rest + axes), (*(x.shape[i] for i in rest), n))))
    last = getitem(lines, (..., -1))  # NaN, if one is
    places = [min(max(_METHODS[method](float(share), n), 0), n - 1) for share in shares.ravel()]
    found = [where(last == last, _between(lines, place), last) for place in places]
    if keepdims:
        kept = tuple(1 if i in axes else length for i, length in enumerate(x.shape))
        found = [reshape(each, kept) for each in found]
    return found[0] if shares.ndim == 0 else reshape(stack(found), (*shares.shape, *found[0].shape))


def _between(lines: Any, place: float) -> Any:
    """The entry at a place of sorted lines, or what lies between two of them."""
    low = int(place)
    part = float(place) - low
    entry = getitem(lines, (..., low))
    return entry if not part else entry * (1 - part) + getitem(lines, (..., low + 1)) * part


@composed(examples=(Example(((7,),), {"q": 30}), Example(((2, 5),), {"q": [0, 35], "axis": 1})))
def percentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Any:
    """`quantile`, with q from 0 to 100.

    >>> from inversa.autograd import Tensor, percentile
    >>> percentile(Tensor([3.0, 1.0, 2.0]), 50).item()
    2.0
    """
    return quantile(x, np.asarray(plain_setting(q)) / 100, axis, method, keepdims)


@composed(
    examples=(Example(((5,),)), Example(((2, 4),), {"axis": 1}), Example(((2, 4),), {"axis": 0, "keepdims": True}))
)
def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The entry in the middle of the order, or the mean of the two there; half of the gradient goes to each of these.

    >>> from inversa.autograd import Tensor, median
    >>> median(Tensor([3.0, 1.0, 2.0, 7.0])).item()
    2.5
    """
    return quantile(x, 0.5, axis, keepdims=keepdims)

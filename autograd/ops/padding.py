"""Padding: `pad` with all of NumPy's modes, from operations: indices along the axes, and statistics put at the ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from numbers import Real
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops import reductions, windows
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import plain_setting
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.namespace import alike, kind_of
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.ordering import median
from inversa.autograd.ops.shaping import along, broadcast_to, concatenate, getitem

Pair = tuple[Any, Any]  # before and after

_ENDS = {"pad_width": ((1, 2), (0, 3))}


@composed(
    examples=(
        Example(((2, 3),), {"pad_width": ((1, 0), (2, 1)), "constant_values": ((1.0, 2.0), (3.0, 4.0))}),
        *(Example(((3, 2),), {**_ENDS, "mode": mode}) for mode in ("edge", "reflect", "symmetric", "wrap")),
        *(Example(((3, 2),), {"pad_width": (3, 5), "mode": mode}) for mode in ("reflect", "symmetric", "wrap")),
        Example(((3, 4),), {"pad_width": ((4, 5), (0, 1)), "mode": "reflect", "reflect_type": "odd"}),
        Example(((3, 4),), {"pad_width": (2, 7), "mode": "symmetric", "reflect_type": "odd"}),
        Example(((2, 3),), {**_ENDS, "mode": "linear_ramp"}),
        Example(((2, 3),), {**_ENDS, "mode": "linear_ramp", "end_values": ((1.0, -2.0), (0.5, 3.0))}),
        *(Example(((3, 4),), {**_ENDS, "mode": mode}) for mode in ("mean", "maximum", "minimum", "median")),
        *(
            Example(((3, 4),), {**_ENDS, "mode": mode, "stat_length": ((1, 2), (3, 2))})
            for mode in ("mean", "maximum", "minimum", "median")
        ),
        Example(((4,),), {"pad_width": 2, "mode": "mean", "stat_length": 3}),
    )
)
def pad(
    x: Any,
    pad_width: Any = None,
    mode: Any = "constant",
    constant_values: Any = 0.0,
    stat_length: Any = None,
    end_values: Any = 0.0,
    reflect_type: str = "even",
    *,
    widths: Any = None,
    value: Any = None,
) -> Any:
    """x with a border around it, made in one of NumPy's ways.

    Parameters
    ----------
    x : array of any shape
    pad_width : sequence of (before, after), or one pair or integer for all axes
        How many entries to add at both ends of every axis. Its former name is ``widths``.
    mode : str
        ``"constant"``; ``"edge"``, ``"reflect"``, ``"symmetric"`` and ``"wrap"``, which repeat entries;
        ``"linear_ramp"``, which goes straight to the end values; ``"mean"``, ``"maximum"``, ``"minimum"`` and
        ``"median"`` of the entries nearest to the border. A number here is the constant.
    constant_values, end_values : float, (before, after), or one such pair for every axis
        The entries of a constant border (former name: ``value``), and the outermost ones of a linear ramp.
        They are not differentiated.
    stat_length : int, (before, after), one such pair for every axis, or None
        Of how many entries the statistics are; None for all along the axis.
    reflect_type : "even" or "odd"
        With ``"odd"``, what is reflected is turned upside down, too: 2 · edge − x.

    Raises
    ------
    ValueError
        For other modes, widths that do not fit, an axis of length 0 that is to be continued.
    TypeError
        For statistics and ramps of integers, which NumPy would round.

    Examples
    --------
    >>> from inversa.autograd import Tensor, pad
    >>> pad(Tensor([1.0, 2.0, 3.0]), (2, 1), "reflect").tolist()
    [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]
    >>> pad(Tensor([[1.0, 2.0]]), ((0, 1), (1, 0))).tolist()
    [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]
    """
    pad_width = widths if pad_width is None else pad_width
    constants = constant_values if value is None else value
    if type(mode) is not str and isinstance(mode, Real):
        mode, constants = "constant", mode
    if mode == "constant" and type(constants) in (float, int) and _is_complete(pad_width, x):
        return windows.pad(x, pad_width, constants)  # at once: by far the most frequent way
    checks.choice("mode", mode, tuple(_WAYS))
    checks.choice("reflect_type", reflect_type, ("even", "odd"))
    ndim = len(x.shape)
    if not ndim:
        x = windows.pad(x, ())  # an array in any case
    computes = mode in ("linear_ramp", "mean", "median") or reflect_type == "odd"
    if computes and kind_of(x.dtype) not in "fc":
        raise TypeError(f"pad with {mode} computes with floats, not with {x.dtype}: give it x.astype(float)")
    pairs = [tuple(checks.count("an entry of pad_width", n, at_least=0) for n in p) for p in _pairs(pad_width, ndim)]
    settings: list[Any] = [None] * ndim
    if mode == "constant":
        settings = _pairs(constants, ndim, "constant_values")
    elif mode == "linear_ramp":
        settings = _pairs(end_values, ndim, "end_values")
    elif mode in _STATISTICS and stat_length is not None:
        settings = _pairs(stat_length, ndim, "stat_length")
    elif mode in ("reflect", "symmetric"):
        settings = [reflect_type] * ndim
    for axis, (pair, setting) in enumerate(zip(pairs, settings, strict=True)):
        if any(pair):
            x = _WAYS[mode](x, axis, pair, setting)
    return x


def _is_complete(widths: Any, x: Any) -> bool:
    """Whether there is a pair for every axis, as the operation takes them."""
    return type(widths) is tuple and len(widths) == len(x.shape) and {*map(type, widths)} == {tuple}


def _pairs(given: Any, ndim: int, name: str = "pad_width") -> list[Any]:
    """A pair for every axis, from one for all, or one number."""
    try:
        array = np.asarray(plain_setting(given))
        pairs = array.reshape(0, 2) if not array.size else np.broadcast_to(array, (ndim, 2))
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        wanted = f"a number, (before, after), or such a pair for each of the {ndim} axes"
        raise checks.wrong(name, wanted, given, str(((1, 1),) * ndim))
    return list(map(tuple, pairs.tolist()))


def _with_constants(x: Any, axis: int, pair: Pair, values: Pair) -> Any:
    for end, value in enumerate(values):
        if pair[end]:
            widths = [(0, 0)] * len(x.shape)
            widths[axis] = (0, pair[1]) if end else (pair[0], 0)
            x = windows.pad(x, tuple(widths), value)
    return x


def _repeated(mode: Any, x: Any, axis: int, pair: Pair, reflect_type: Any) -> Any:
    """By an index, which is what NumPy makes of the numbers from 0 on."""
    n = x.shape[axis]
    if not n:
        raise ValueError(f"pad cannot continue axis {axis} of shape {x.shape}: it has no entries")
    if reflect_type == "odd":
        once = int(mode == "reflect" and n > 1)
        return _between(x, axis, pair, [_turned(x, axis, width, end, once) for end, width in enumerate(pair)])
    return along(x, axis, np.pad(np.arange(n), pair, mode))


def _turned(x: Any, axis: int, width: int, end: int, once: int) -> Any:
    """What stands beyond an end, where x goes on turned upside down: 2 · edge − x.

    After two turns it goes on as before, higher by what it has grown from one edge to the other and back. The edges
    stand there ``once``, or twice.
    """
    n, before = x.shape[axis], (slice(None),) * axis
    along = tuple(-1 if i == axis else 1 for i in range(len(x.shape)))
    times, places = np.divmod(np.arange(n, n + width), 2 * (n - once))
    back = places >= n
    places = np.where(back, 2 * n - 1 - once - places, places)
    if not end:  # the same, counted from the other end
        times, back, places = times[::-1], back[::-1], n - 1 - places[::-1]
    near, far = (getitem(x, (*before, slice(i, i + 1))) for i in ((n - 1, 0) if end else (0, n - 1)))
    entries = getitem(x, (*before, places))
    found = where(alike(x, back.reshape(along)) > 0, 2 * near - entries, entries)
    return found + (near - far) * alike(x, 2 * times.reshape(along)) if times.any() else found


def _between(x: Any, axis: int, pair: Pair, blocks: Sequence[Any]) -> Any:
    """x between two blocks, of which one may be missing."""
    parts = [blocks[0], x, blocks[1]]
    return concatenate([part for part, width in zip(parts, (pair[0], 1, pair[1]), strict=True) if width], axis=axis)


def _with_ramps(x: Any, axis: int, pair: Pair, ends: Pair) -> Any:
    """Straight from the edges to the end values, which are the outermost entries."""
    along = tuple(-1 if i == axis else 1 for i in range(len(x.shape)))
    blocks = []
    for end, (width, value) in enumerate(zip(pair, ends, strict=True)):
        steps = np.arange(width)[:: -1 if end else 1].reshape(along) / (width or 1)  # 0 at the end value
        blocks.append(value + (_part(x, axis, end, 1) - value) * alike(x, steps) if width else x)
    return _between(x, axis, pair, blocks)


def _part(x: Any, axis: int, end: int, length: Any) -> Any:
    """The first entries along an axis, or for end = 1 the last ones."""
    n = x.shape[axis]
    if not n:
        raise ValueError(f"pad cannot continue axis {axis} of shape {x.shape}: it has no entries")
    length = n if length is None else min(n, checks.count("an entry of stat_length", length))
    return along(x, axis, slice(n - length, n) if end else slice(0, length))


def _with_statistics(statistic: Callable[..., Any], x: Any, axis: int, pair: Pair, lengths: Any) -> Any:
    blocks = []
    for end, (width, length) in enumerate(zip(pair, lengths or (None, None), strict=True)):
        found = statistic(_part(x, axis, end, length), axis, keepdims=True)
        blocks.append(broadcast_to(found, tuple(width if i == axis else n for i, n in enumerate(found.shape))))
    return _between(x, axis, pair, blocks)


_STATISTICS: dict[str, Callable[..., Any]] = {
    "mean": reductions.mean, "maximum": reductions.max, "minimum": reductions.min, "median": median,
}  # fmt: skip
_WAYS: dict[str, Callable[..., Any]] = {
    "constant": _with_constants,
    **{mode: partial(_repeated, mode) for mode in ("edge", "reflect", "symmetric", "wrap")},
    "linear_ramp": _with_ramps,
    **{mode: partial(_with_statistics, statistic) for mode, statistic in _STATISTICS.items()},
}

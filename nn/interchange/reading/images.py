"""Windows in images of any number of axes: where they lie, what is in them, and putting them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.values import allowed, bounded, is_float

AUTOMATIC = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


class Geometry(NamedTuple):
    """Where the windows of an image lie: for each axis.

    Attributes
    ----------
    sizes, strides, dilations : tuple of int
        Of the windows, from one to the next, and between the pixels in them.
    widths : tuple of (before, after)
        Of the border.
    counts : tuple of int
        How many windows there are.
    beyond : tuple of int
        How much of the last windows sticks out at the end, over the border.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    widths: tuple[tuple[int, int], ...]
    counts: tuple[int, ...]
    beyond: tuple[int, ...]


def settings(axes: int, strides: Any, dilations: Any, pads: Any, auto_pad: str) -> tuple[Any, Any, Any]:
    """Strides, dilations and borders by their defaults, checked."""
    allowed("auto_pad", auto_pad, AUTOMATIC)
    if pads is not None and any(pads) and auto_pad != "NOTSET":
        raise InterchangeError("there are pads, and auto_pad, too")
    strides, dilations, pads = strides or [1] * axes, dilations or [1] * axes, pads or [0] * 2 * axes
    if not len(strides) == len(dilations) == axes == len(pads) / 2:
        raise InterchangeError(f"strides, dilations and pads are not those of {axes} axes")
    if min(strides) < 1 or min(dilations) < 1 or min(pads) < 0:
        raise InterchangeError("strides and dilations are positive, and pads not negative")
    return strides, dilations, list(zip(pads[:axes], pads[axes:], strict=True))


def geometry(
    image: Sequence[int],
    sizes: Sequence[int],
    strides: Any,
    dilations: Any,
    pads: Any,
    auto_pad: str,
    ceil_mode: int = 0,
) -> Geometry:
    """Where the windows lie, by the attributes of convolution and pooling.

    Raises
    ------
    InterchangeError
        For what does not fit together, and for automatic borders together with dilations or ceil_mode, about which
        implementations differ.
    """
    allowed("ceil_mode", ceil_mode, (0, 1))
    if len(sizes) != len(image) or min(sizes, default=1) < 1:
        raise InterchangeError(f"windows of {list(sizes)} do not fit images of {len(image)} axes")
    strides, dilations, widths = settings(len(image), strides, dilations, pads, auto_pad)
    if auto_pad != "NOTSET" and (ceil_mode or max(dilations) > 1):
        raise InterchangeError(f"auto_pad={auto_pad} together with dilations or ceil_mode is not supported")
    reach = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    if auto_pad.startswith("SAME"):
        total = [max(0, (-(-n // s) - 1) * s + r - n) for n, s, r in zip(image, strides, reach, strict=True)]
        widths = [(t // 2, t - t // 2) if auto_pad == "SAME_UPPER" else (t - t // 2, t // 2) for t in total]
    counts, beyond = [], []
    for n, (before, after), s, r in zip(image, widths, strides, reach, strict=True):
        room = n + before + after - r
        if room < 0:
            raise InterchangeError(f"windows that reach over {r} pixels do not fit {n + before + after}")
        count = (-(-room // s) if ceil_mode else room // s) + 1
        count -= bool(ceil_mode and (count - 1) * s >= n + before)  # no window begins beyond the image
        counts.append(count)
        beyond.append(max(0, (count - 1) * s - room))
    return Geometry(tuple(sizes), tuple(strides), tuple(dilations), tuple(widths), tuple(counts), tuple(beyond))


def patches(x: Any, places: Geometry, fill: float = 0.0) -> Any:
    """The windows of images, (…, *sizes, *counts); the border has one number."""
    axes = len(places.sizes)
    widths = [(before, after + more) for (before, after), more in zip(places.widths, places.beyond, strict=True)]
    image = [n + sum(pair) for n, pair in zip(x.shape[x.ndim - axes :], widths, strict=True)]
    front = x.shape[: x.ndim - axes]
    bounded([*front, *image])
    bounded([*front, *places.sizes, *places.counts])
    if any(map(any, widths)):
        x = ag.pad(x, [(0, 0)] * len(front) + widths, constant_values=fill if is_float(x) else int(fill))
    if axes > 2:
        return x[(Ellipsis, *_positions(places))]
    sizes, strides, dilations = _pairs(places)
    y = ag.windows(ag.reshape(x, (*front, *(1,) * (2 - axes), *image)), sizes, strides, dilations)
    return ag.reshape(y, (*front, *places.sizes, *places.counts))


def put_back(x: Any, places: Geometry, image: Sequence[int]) -> Any:
    """Windows (…, *sizes, *counts) in images without border, added where they overlap."""
    axes = len(places.sizes)
    front = x.shape[: x.ndim - 2 * axes]
    bounded([*front, *image])
    if axes > 2:
        return ag.scatter(x, (*(slice(None),) * len(front), *_positions(places)), (*front, *image))
    new = (1,) * (2 - axes)
    _, strides, dilations = _pairs(places)
    y = ag.reshape(x, (*front, *new, *places.sizes, *new, *places.counts))
    height, width = (*new, *image)
    return ag.reshape(ag.fold(y, strides, (height, width), dilations), (*front, *image))


def _pairs(places: Geometry) -> tuple[Any, Any, Any]:
    new = (1,) * (2 - len(places.sizes))
    return (*new, *places.sizes), (*new, *places.strides), (*new, *places.dilations)


def _positions(places: Geometry) -> list[Any]:
    """For each axis the position of every pixel of every window."""
    axes = len(places.sizes)
    found = []
    for i, (k, s, d, count) in enumerate(
        zip(places.sizes, places.strides, places.dilations, places.counts, strict=True)
    ):
        shape = [1] * (2 * axes)
        shape[i], shape[axes + i] = k, count
        found.append((d * np.arange(k)[:, None] + s * np.arange(count)).reshape(shape))
    return found


def along(v: Any, x: Any) -> Any:
    """A number for each channel, beside images (N, channels, …)."""
    if tuple(v.shape) != (x.shape[1],):
        raise InterchangeError(f"{tuple(v.shape)} is no number for each channel of {tuple(x.shape)}")
    return ag.reshape(v, (x.shape[1], *(1,) * (x.ndim - 2)))


def counted(places: Geometry, image: Sequence[int], border: bool, dtype: Any) -> Any:
    """How many pixels each window has: those of the image, and of its border if that counts."""
    ones = np.pad(np.ones(image), places.widths, constant_values=float(border))
    inner = places._replace(widths=((0, 0),) * len(image))
    axes = tuple(range(len(image)))
    return np.asarray(patches(ones, inner).sum(axis=axes)).astype(dtype)


def lowest(x: Any) -> Any:
    """What never is the largest."""
    return -np.inf if is_float(x) else np.iinfo(x.dtype).min

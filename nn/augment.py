"""Augmentation: training samples changed at random in ways that do not change their class.

A transform is called with a batch and a numpy Generator, ``transform(x, generator)``, and gives a new batch of the same
shape and dtype; the batch it was given stays as it was. Batches are arrays of any library, on any device, where the new
one is, too. Images have the shape (samples, …, height, width), and each image draws its own numbers, which are the same
for all of its channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import placed
from inversa.autograd.ops.namespace import alike, is_foreign, kind_of, namespace
from inversa.autograd.ops.windows import pad
from inversa.nn.data.extras import extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Transform = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]


@dataclass(frozen=True)
class Jitter:
    """Add normal noise to every number, of any data.

    Parameters
    ----------
    deviation : float
        The standard deviation of the noise, in the units of x.

    Raises
    ------
    ValueError
        When the deviation is not positive.
    TypeError
        When called with integers, which noise cannot be added to.

    References
    ----------
    C. M. Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7(1), 1995.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.augment import Jitter
    >>> Jitter(0.1)(np.zeros((2, 3)), np.random.default_rng(0)).std() < 0.3
    np.True_
    """

    deviation: float

    def __post_init__(self) -> None:
        checks.number("deviation", self.deviation, above=0, example="0.1")

    def __call__(self, x: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        """Shape and dtype stay."""
        if kind_of(x.dtype) != "f":
            raise TypeError(f"noise is added to floating-point numbers, not to {x.dtype}: convert x first")
        noisy: NDArray[Any] = x + alike(x, generator.normal(0.0, self.deviation, tuple(x.shape)))
        return noisy


@dataclass(frozen=True)
class Flip:
    """Mirror each image with probability p.

    Parameters
    ----------
    axis : {-1, -2}
        −1 swaps left and right, −2 top and bottom.
    p : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        For another axis or probability; when called with something else than images.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.augment import Flip
    >>> Flip(p=1)(np.array([[[1, 2], [3, 4]]]), np.random.default_rng(0)).tolist()
    [[[2, 1], [4, 3]]]
    """

    axis: int = -1
    p: float = 0.5

    def __post_init__(self) -> None:
        if self.axis not in (-1, -2):
            raise ValueError(f"axis is -1 (left and right) or -2 (top and bottom), not {self.axis!r}")
        checks.number("p", self.p, at_least=0, at_most=1, example="0.5")

    def __call__(self, x: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        """Shapes: (samples, …, height, width) to the same."""
        _check_images(x)
        chosen: Any = generator.random((x.shape[0],)) < self.p
        xp = namespace(x)
        chosen = placed(x, chosen.reshape(-1, *(1,) * (x.ndim - 1)))
        return xp.where(chosen, xp.flip(x, axis=self.axis), x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Shift:
    """Move each image by up to so many pixels in both directions; zeros move in.

    Parameters
    ----------
    pixels : int
        The longest way, up or down and left or right; every whole number from −pixels to pixels is equally likely.

    Raises
    ------
    ValueError
        When it is not a positive integer; when called with something else than images.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.augment import Shift
    >>> Shift(1)(np.array([[[1, 2], [3, 4]]]), np.random.default_rng(0)).tolist()
    [[[3, 4], [0, 0]]]
    """

    pixels: int

    def __post_init__(self) -> None:
        checks.count("pixels", self.pixels)

    def __call__(self, x: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        """Shapes: (samples, …, height, width) to the same."""
        _check_images(x)
        *_, height, width = x.shape
        pixels = (self.pixels, self.pixels)
        padded = pad(x, ((0, 0),) * (x.ndim - 2) + (pixels, pixels), 0)
        # a window of the padded image: its upper left corner at (pixels, pixels) would show the image unmoved
        corners = generator.integers(2 * self.pixels, size=(x.shape[0], 2), endpoint=True).tolist()
        windows = [padded[i, ..., top : top + height, left : left + width] for i, (top, left) in enumerate(corners)]
        return namespace(x).stack(windows) if windows else x


@dataclass(frozen=True)
class Rotate:
    """Turn each image about its centre by up to so many degrees, to either side; zeros move in at the corners.

    Between pixels the grey is interpolated linearly, so that it stays within the range of the image. Images of other
    libraries than NumPy are of floating-point numbers.

    Parameters
    ----------
    degrees : float
        The largest angle; every angle from −degrees to degrees is equally likely.

    Raises
    ------
    ValueError
        When it is not positive; when called with something else than images.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.augment import Rotate
    >>> Rotate(10)(np.ones((2, 1, 8, 8)), np.random.default_rng(0)).shape
    (2, 1, 8, 8)
    """

    degrees: float

    def __post_init__(self) -> None:
        checks.number("degrees", self.degrees, above=0, example="15")

    def __call__(self, x: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        """Shapes: (samples, …, height, width) to the same."""
        _check_images(x)
        angles = generator.uniform(-self.degrees, self.degrees, (x.shape[0],))
        if is_foreign(x):
            return _turned(x, angles)  # type: ignore[no-any-return]
        rotate = extra("scipy.ndimage").rotate
        rotated = np.empty_like(x)
        for i, angle in enumerate(angles):
            rotate(x[i], angle, axes=(-2, -1), reshape=False, order=1, output=rotated[i])
        return rotated


class Compose:
    """Several transforms, one after the other.

    Parameters
    ----------
    *transforms : callable
        Each is called as ``transform(x, generator)``; a function of your own will do.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.augment import Compose, Jitter, Shift
    >>> augment = Compose(Shift(2), Jitter(0.05))
    >>> augment
    Compose(Shift(pixels=2), Jitter(deviation=0.05))
    >>> augment(np.zeros((5, 1, 8, 8)), np.random.default_rng(0)).shape
    (5, 1, 8, 8)
    """

    def __init__(self, *transforms: Transform) -> None:
        for transform in transforms:
            if not callable(transform):
                raise TypeError(f"a transform is called as transform(x, generator); {transform!r} cannot be called")
        self.transforms = transforms

    def __call__(self, x: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
        """What the last transform gives."""
        for transform in self.transforms:
            x = transform(x, generator)
        return x

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(repr, self.transforms))})"


def _turned(x: Any, angles: NDArray[Any]) -> Any:
    """Images of another library than NumPy, each turned by so many degrees, as SciPy turns NumPy's."""
    if kind_of(x.dtype) != "f":
        raise TypeError(f"images of floating-point numbers are turned, not of {x.dtype}: convert x first")
    xp = namespace(x)
    samples, *_, height, width = x.shape
    rows = xp.permute_dims(xp.reshape(x, (samples, -1, height * width)), (0, 2, 1))  # a row a pixel
    pixels = xp.reshape(rows, (samples * height * width, -1))
    turned = 0.0
    for places, weights in _corners(angles, height, width):
        turned = turned + xp.take(pixels, placed(x, places), axis=0) * alike(x, weights[:, None])
    return xp.reshape(xp.permute_dims(xp.reshape(turned, rows.shape), (0, 2, 1)), x.shape)


def _corners(angles: NDArray[Any], height: int, width: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Of every pixel of the turned images the four that it lies between, by their numbers, and the share of each."""
    cosine, sine = (f(np.radians(angles))[:, None, None] for f in (np.cos, np.sin))
    i, j = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    row, column = cosine * i + sine * j + (height - 1) / 2, cosine * j - sine * i + (width - 1) / 2
    inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
    first = np.arange(len(angles))[:, None, None] * height * width
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        y, x = np.floor(row) + down, np.floor(column) + right
        places = first + np.clip(y, 0, height - 1) * width + np.clip(x, 0, width - 1)
        yield places.astype(int).ravel(), (inside * (1 - abs(row - y)) * (1 - abs(column - x))).ravel()


def _check_images(x: NDArray[Any]) -> None:
    if x.ndim < 3:
        raise ValueError(f"images have the shape (samples, …, height, width), not {tuple(x.shape)}: reshape them first")

"""Checks: what training asks of its data and settings before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import is_foreign, kind_of, namespace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def check_rows(x: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise unless x and y have the same number of rows, at least one."""
    if x.ndim == 0 or y.ndim == 0 or x.shape[0] != y.shape[0]:
        raise ValueError(f"x and y have one row a sample each: their shapes are {tuple(x.shape)} and {tuple(y.shape)}")
    if not x.shape[0]:
        raise ValueError("there are no samples")


def check_count(name: str, number: object) -> None:
    """Raise unless the number is a positive integer."""
    checks.count(name, number)


def check_finite(name: str, array: Any) -> None:
    """Raise if a number of the array, which has one row a sample, is NaN or infinite.

    Raises
    ------
    ValueError
        It names the first such row and its column.

    Examples
    --------
    >>> from inversa.nn.checks import check_finite
    >>> check_finite("x", [[1.0, 2.0], [3.0, float("nan")]])
    Traceback (most recent call last):
    ...
    ValueError: x has nan in row 1, column 1: leave such rows out, or fill in the number that is missing
    """
    if is_foreign(array):
        if kind_of(array.dtype) not in "fc" or bool(namespace(array).all(namespace(array).isfinite(array))):
            return
        array = to_numpy(array)  # to say where it is
    array = np.asarray(array)
    if array.dtype.kind not in "fc":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum()):  # one NaN or inf is enough to spoil a sum, which needs no temporary array
            return
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):  # else all are finite and just too large to be added
        row, *column = wrong[0].tolist()
        where = f"row {row}" + (f", column {', '.join(map(str, column))}" if column else "")
        raise ValueError(
            f"{name} has {array[(row, *column)]} in {where}: leave such rows out, or fill in the number that is missing"
        )


def check_places(weights: Any, places: tuple[int, ...]) -> None:
    """Raise unless there is a weight for each sample, or for each of the first axes of losses, such as every step."""
    shape, samples = tuple(weights.shape), places[0]
    if not shape or shape != places[: len(shape)]:
        steps = f", or {places[:2]} for each step" if len(places) > 1 and places[1] > 1 else ""
        raise ValueError(f"the weights of {samples} samples have the shape ({samples},){steps}, not {shape}")


def check_weights(weights: ArrayLike, *places: int, some: bool = False) -> NDArray[Any]:
    """The weights of the samples as an array; raise unless there is one a sample, finite and not negative.

    ``places`` is the shape of the losses: there may also be a weight for each step of each sample. With ``some`` they
    must not all be 0.

    Examples
    --------
    >>> from inversa.nn.checks import check_weights
    >>> check_weights([1, 2], 3)
    Traceback (most recent call last):
    ...
    ValueError: the weights of 3 samples have the shape (3,), not (2,)
    """
    array: Any = weights if is_foreign(weights) else np.asarray(weights, dtype=float)
    xp = namespace(array)
    check_places(array, places)
    if not bool(xp.all(xp.isfinite(array) & (array >= 0))):
        raise ValueError("the weights of samples are finite and not negative")
    if some and not bool(xp.any(array > 0)):
        raise ValueError("the weights of the samples are all 0: a mean over nothing is not defined")
    return array  # type: ignore[no-any-return]

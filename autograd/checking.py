"""gradcheck: hold gradients against slopes that are found without them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule, has_numpy, np
from inversa.autograd.mode import no_grad
from inversa.autograd.node import plain
from inversa.autograd.ops.namespace import is_foreign
from inversa.autograd.tensor import Tensor
from inversa.autograd.transforms import grad, vjp
from inversa.autograd.transforms.evaluation import holds_results
from inversa.autograd.trees import is_branch, leaf_names, leaves, mapped
from inversa.autograd.value import Value

if TYPE_CHECKING:
    import random
else:
    random = LazyModule("random")

EVERY_ENTRY_UP_TO = 64  # larger arguments are tested along random directions
DIRECTIONS = 8
HIGHEST_ORDER = 4


class GradientError(AssertionError):
    """A gradient disagrees with the slopes of its function."""


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    method: Literal["central", "complex"] = "central",
    tolerance: float | None = None,
    seed: int = 0,
) -> bool:
    """Compare the gradient of f, by the inverse network, with its numerical slopes.

    Parameters
    ----------
    f : callable
        A function of Values and Tensors whose value is one number, or arrays and numbers in lists, tuples and
        dictionaries (then a random weighted sum is tested).
    *args : float, array, or a list, tuple or dictionary of them
        Where to test; every argument is differentiated. Computed in float64.
    order : int
        1 tests the gradient, 2 the gradient of the gradient, and so on, up to 4: the work doubles with every order, and
        so does what rounding makes of the slopes.
    method : {"central", "complex"}
        Central differences with step ε^⅓·max(1, |x|), or the complex step, exact to rounding, for functions that are
        analytic and written with operators and inversa.autograd's functions (not methods).
    tolerance : float, optional
        Relative or absolute, whichever is larger; 1e-6 for central differences, 1e-10 for the complex step.
    seed : int
        Of the random weights and directions.

    Returns
    -------
    bool
        True. At a kink any value between the one-sided slopes is right.

    Raises
    ------
    GradientError
        Naming the argument, the entry, and both numbers.
    ValueError, TypeError
        For an order above 4, a point that is not finite, and other arguments that mean nothing.

    Examples
    --------
    >>> from inversa.autograd import gradcheck, tanh
    >>> gradcheck(lambda x, w: tanh(x * w), [0.5, -1.0], 2.0, order=2)
    True
    >>> gradcheck(lambda p: {"y": tanh(p["w"]) * p["b"]}, {"w": [0.5, -1.0], "b": 2.0})
    True

    References
    ----------
    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40, 1998.
    """
    if not callable(f):
        raise checks.wrong("f", "a function", f, "lambda x: x * x", TypeError)
    checks.choice("method", method, ("central", "complex"))
    if checks.count("order", order, example="2") > HIGHEST_ORDER:
        raise checks.wrong("order", f"an integer from 1 to {HIGHEST_ORDER}", order, "2")
    if method == "complex" and order > 1:
        raise ValueError("the complex step tests first derivatives only: use central differences for order 2")
    if tolerance is not None:
        checks.number("tolerance", tolerance, above=0, example="1e-6")
    checks.count("seed", seed, at_least=0)
    names = [name for i, x in enumerate(args) for name in leaf_names(x, f"argument {i}", is_branch)]
    for i in [i for i, x in enumerate(args) if x is None]:
        _point(f"argument {i}", None)  # which raises
    if not names:
        raise ValueError("gradcheck needs at least one argument for its function: where the gradient is tested")
    points = [
        _point(name, x) for name, x in zip(names, [leaf for x in args for leaf in leaves(x, is_branch)], strict=True)
    ]
    generator = np.random.default_rng(seed) if has_numpy() else random.Random(seed)
    scalar = _weighted(_of_leaves(f, args), points, generator)
    for _ in range(order - 1):
        scalar = _all_gradients(scalar, points, generator)
    gradients = _gradients(scalar, points)
    limit = tolerance if tolerance is not None else 1e-6 if method == "central" else 1e-10
    for number, point in enumerate(points):
        for direction, where in _directions(point, generator):
            gradient = _sum(gradients[number] * direction)
            _compare(scalar, points, number, direction, gradient, limit, method, f"{names[number]}, {where}")
    return True


def _of_leaves(f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The function, of the numbers and arrays that its arguments hold."""

    def function(*given: Any) -> Any:
        following = iter(given)
        return f(*(mapped(lambda _: next(following), x, is_branch) for x in args))

    return function


def _point(name: str, x: Any) -> Any:
    """An argument as a finite number, or an array of such: elsewhere there are no slopes."""
    if is_foreign(plain(x)):
        raise TypeError(f"gradcheck computes with NumPy's arrays: give it those, x.numpy(), for {name}")
    point = float(plain(x)) if isinstance(plain(x), (int, float)) else _array(x)
    if not (math.isfinite(point) if isinstance(point, float) else np.isfinite(point).all()):
        raise checks.wrong(name, "a number or an array of finite numbers", x, "[0.5, -1.0]")
    return point


def _array(x: Any) -> Any:
    """An array of these numbers; of no axes a float, which is nan where there are none."""
    try:
        array = np.array(plain(x), dtype=np.float64)
    except (TypeError, ValueError):
        return math.nan
    return array if array.shape else array.item()


def _shape(x: Any) -> tuple[int, ...]:
    return getattr(plain(x), "shape", ())


def _size(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """How many random numbers are drawn: of one, Python's own generators know as well."""
    return (shape,) if shape else ()


def _sum(x: Any) -> float:
    return float(x.sum() if _shape(x) else x)


def _weighted(f: Callable[..., Any], points: list[Any], generator: Any) -> Callable[..., Any]:
    """One number made of f's value: the sum of its entries with random weights, so that errors cannot cancel."""
    with no_grad():
        shapes = [_shape(y) for y in leaves(f(*_wrapped(points)), holds_results)]
    if shapes == [()]:
        return lambda *args: leaves(f(*args), holds_results)[0]
    weights = [generator.uniform(0.5, 1.5, *n) * generator.choice([-1.0, 1.0], *n) for n in map(_size, shapes)]
    return lambda *args: _total(leaves(f(*args), holds_results), weights)


def _total(parts: list[Any], weights: list[Any]) -> Any:
    """The sum of all entries, weighted."""
    terms = [(y * w).sum() if _shape(w) else y * float(w) for y, w in zip(parts, weights, strict=True)]
    return sum(terms[1:], terms[0])


def _all_gradients(scalar: Callable[..., Any], points: list[Any], generator: Any) -> Callable[..., Any]:
    """One number made of the gradients by all arguments, weighted likewise."""
    gradient = grad(scalar, tuple(range(len(points))))
    weights = [generator.uniform(0.5, 1.5, *_size(_shape(x))) for x in points]

    return lambda *args: _total(list(gradient(*args)), weights)


def _gradients(scalar: Callable[..., Any], points: list[Any]) -> tuple[Any, ...]:
    _, pullback = vjp(scalar, *points)
    # What is fed in is not 1, or a pullback that forgets to multiply by it would pass. Halving is exact.
    return tuple(g / 2 for g in pullback(2.0))


def _wrapped(points: list[Any]) -> list[Any]:
    return [Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True) for x in points]


def _directions(point: Any, generator: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(point, float):
        yield 1.0, "the number"
    elif point.size <= EVERY_ENTRY_UP_TO:
        for index in np.ndindex(point.shape):
            direction = np.zeros(point.shape)
            direction[index] = 1.0
            yield direction, f"entry {index}"
    else:
        for i in range(DIRECTIONS):
            direction = generator.standard_normal(point.shape)
            yield direction / np.linalg.norm(direction), f"random direction {i}"


def _largest(point: Any, direction: Any) -> float:
    """The largest of the numbers that are moved along a direction."""
    return abs(point) if isinstance(point, float) else float(np.abs(point * (direction != 0)).max(initial=0.0))


def _compare(
    scalar: Callable[..., Any],
    points: list[Any],
    number: int,
    direction: Any,
    gradient: float,
    limit: float,
    method: str,
    where: str,
) -> None:
    def at(step: complex) -> Any:
        moved = [x + step * direction if i == number else x for i, x in enumerate(points)]
        if method == "complex":
            return np.asarray(scalar(*(np.asarray(x)[()] for x in moved)))
        with no_grad():
            return float(plain(scalar(*_wrapped(moved))))

    if method == "complex":
        low = high = float(at(1e-30j).imag) / 1e-30
        noise = 0.0
    else:
        reach = max(1.0, _largest(points[number], direction))
        step = sys.float_info.epsilon ** (1 / 3) * reach
        middle = at(0.0)

        def one_sided(h: float) -> tuple[float, float]:
            return (middle - at(-h)) / h, (at(h) - middle) / h

        noise = 4 * sys.float_info.epsilon * abs(middle) / step
        before, after = one_sided(step)
        low = high = (before + after) / 2
        if abs(after - before) > 1e-3 * max(1.0, abs(low)):  # a kink, unless the gap closes with the step
            nearer = one_sided(step / 10)
            if abs(nearer[1] - nearer[0]) > abs(after - before) / 2:
                low, high = sorted((before, after))
    margin = limit * max(1.0, abs(low), abs(high)) + noise
    if not low - margin <= gradient <= high + margin:
        slopes = f"{low:.12g}" if low == high else f"between {low:.12g} and {high:.12g}"
        raise GradientError(f"{where}: the gradient is {gradient:.12g}, the slope is {slopes}")

"""Grids: numbers in equal steps, and the coordinates of all points of a grid."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.elementary import exp, log, power
from inversa.autograd.ops.namespace import alike
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rearranging import broadcast_arrays, ravel, swapaxes
from inversa.autograd.ops.shaping import reshape


@composed(
    operands=2,
    examples=(
        Example(((), ()), {"num": 4}), Example(((2,), (2,)), {"num": 3}),
        Example(((), ()), {"num": 3, "endpoint": False}),
    ),
)  # fmt: skip
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    """So many numbers in equal steps, from the first to the last, or to before the last; along a new first axis.

    >>> from inversa.autograd import Tensor, linspace
    >>> linspace(Tensor(0.0), 1.0, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    start, stop = broadcast_arrays(start, stop)
    count = checks.count("num", num, at_least=0)
    shares = np.linspace(0.0, 1.0, count, endpoint).reshape(-1, *(1,) * len(start.shape))
    way = (stop - start) * 1.0
    return start + way * alike(way, shares)


@composed(operands=2, examples=(Example(((), ()), {"num": 4}), Example(((2,), (2,)), {"num": 3, "base": 2.0})))
def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0) -> Any:
    """The powers of a base whose exponents are `linspace`.

    >>> from inversa.autograd import Tensor, logspace
    >>> logspace(Tensor(0.0), 2.0, 3).tolist()
    [1.0, 10.0, 100.0]
    """
    return power(base, linspace(start, stop, num, endpoint))


@composed(operands=2, examples=(Example(values=(0.5, 2.0), params={"num": 4}),), domain=(0.2, 2.0))
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    """So many positive numbers, each so many times the one before.

    >>> from inversa.autograd import Tensor, geomspace
    >>> geomspace(Tensor(1.0), 4.0, 3).round(12).tolist()
    [1.0, 2.0, 4.0]
    """
    return exp(linspace(log(start), log(stop), num, endpoint))


@composed(examples=(Example(((3,), (2,))),), operands=2)
def meshgrid(*arrays: Any, indexing: str = "xy", sparse: bool = False) -> tuple[Any, ...]:
    """The coordinates of all points of a grid, from those along its axes; sparse: not repeated along the others.

    >>> from inversa.autograd import Tensor, meshgrid
    >>> [x.tolist() for x in meshgrid(Tensor([1.0, 2.0]), Tensor([5.0, 6.0]))]
    [[[1.0, 2.0], [1.0, 2.0]], [[5.0, 5.0], [6.0, 6.0]]]
    """
    checks.choice("indexing", indexing, ("xy", "ij"))
    n = len(arrays)
    spread = [reshape(ravel(x), tuple(-1 if j == i else 1 for j in range(n))) for i, x in enumerate(arrays)]
    grids = spread if checks.flag("sparse", sparse) else broadcast_arrays(*spread)
    return tuple(swapaxes(grid, 0, 1) for grid in grids) if indexing == "xy" and n > 1 else tuple(grids)

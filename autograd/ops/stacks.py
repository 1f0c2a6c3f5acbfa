"""What numpy.linalg has beside numpy: products of many matrices, and functions of stacks that have a namesake there.

NumPy's own ``trace`` and ``diagonal`` are of the first two axes, those here of the last two, where a stack has its
matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from inversa.autograd.ops import matrices, tensor_products
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.products import matmul

_OF_STACKS = (Example(((2, 3, 3),)), Example(((3, 2),), {"offset": -1}))


@composed("linalg.diagonal", examples=_OF_STACKS)
def diagonal(x: Any, offset: int = 0) -> Any:
    """The entries on a diagonal of every matrix; see `inversa.autograd.diagonal`.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.linalg import diagonal
    >>> diagonal(Tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[1.0, 4.0]]
    """
    return matrices.diagonal(x, offset, -2, -1)


@composed("linalg.trace", examples=_OF_STACKS)
def trace(x: Any, offset: int = 0) -> Any:
    """The sum along a diagonal of every matrix; see `inversa.autograd.trace`.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.linalg import trace
    >>> trace(Tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [5.0]
    """
    return matrices.trace(x, offset, -2, -1)


@composed("linalg.outer", operands=2, examples=(Example(((2,), (3,))),))
def outer(x1: Any, x2: Any) -> Any:
    """Every entry of a vector times every entry of another; see `inversa.autograd.outer`, which takes other arrays.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.linalg import outer
    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    if (len(x1.shape), len(x2.shape)) != (1, 1):
        raise ValueError(f"linalg.outer is of two vectors, not of shapes {x1.shape} and {x2.shape}: write outer")
    return tensor_products.outer(x1, x2)


@composed(
    "linalg.multi_dot",
    joins=True,
    examples=(
        Example(((2, 3), (3, 4))), Example(((4, 1), (1, 3), (3, 2))), Example(((2,), (2, 3), (3, 1), (1,))),
    ),
)  # fmt: skip
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of matrices, multiplied in the order that takes the fewest multiplications of numbers.

    The first may be a vector, a row, and the last one, a column. How the order is found: T. H. Cormen et al.,
    *Introduction to Algorithms*, "Matrix-chain multiplication".

    Raises
    ------
    ValueError
        When there are fewer than two, or one of them is no matrix, or they do not fit.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.linalg import multi_dot
    >>> multi_dot([Tensor([[1.0], [2.0]]), Tensor([[3.0, 4.0]]), Tensor([1.0, 1.0])]).tolist()
    [7.0, 14.0]
    """
    lengths = _lengths([tuple(x.shape) for x in arrays])

    @cache
    def best(i: int, j: int) -> tuple[int, int]:
        """How many multiplications the arrays from i to j take, and behind which one they are split last."""
        ends = lengths[i] * lengths[j + 1]
        splits = ((best(i, k)[0] + best(k + 1, j)[0] + ends * lengths[k + 1], k) for k in range(i, j))
        return min(splits, default=(0, i))

    def product(i: int, j: int) -> Any:
        k = best(i, j)[1]
        return arrays[i] if i == j else matmul(product(i, k), product(k + 1, j))

    return product(0, len(arrays) - 1)


def _lengths(shapes: list[tuple[int, ...]]) -> list[int]:
    """The rows of the first matrix, and the columns of every one, which are the rows of the next."""
    shaped = [(1, *s) if k == 0 and len(s) == 1 else s for k, s in enumerate(shapes)]
    shaped = [(*s, 1) if 0 < k == len(shapes) - 1 and len(s) == 1 else s for k, s in enumerate(shaped)]
    if len(shapes) < 2 or {len(s) for s in shaped} != {2} or any(a[1] != b[0] for a, b in pairwise(shaped)):
        raise ValueError(f"multi_dot is of two matrices or more whose lengths fit, not of the shapes {shapes}")
    return [shaped[0][0], *(columns for _, columns in shaped)]

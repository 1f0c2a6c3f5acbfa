"""Products of arrays: the two operations with which all others are written, matmul and contract.

The dual of a weighted input is the double weighted output, w·δ and a·δ.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import reshape, transposed


def _as_matrix(g: Any, rows: bool, columns: bool) -> Any:
    """The upstream gradient with the axis back that a vector operand, a row or a column, does not have."""
    shape = list(g.shape)
    if not columns:
        shape.append(1)
    if not rows:
        shape.insert(len(shape) - 1, 1)
    return reshape(g, tuple(shape))


def _left(g: Any, a_ndim: int, b: Any) -> Any:
    """g · bᵀ; a vector a is a row, a vector b a column."""
    g = _as_matrix(g, a_ndim > 1, len(b.shape) > 1)
    return g @ (transposed(b) if len(b.shape) > 1 else reshape(b, (1, *b.shape)))


def _tall(shape: tuple[int, ...]) -> tuple[int, int]:
    """The shape of a stack of matrices as one, their rows below one another."""
    return prod(shape[:-1]), shape[-1]  # and no -1, which is not known where there are no columns


def _is_one(a: Any, b: Any) -> bool:
    """Whether this is a stack of matrices times one matrix, and their rows are better multiplied all at once.

    They may have to be copied for it, which takes less time than it saves if the product is much wider.
    """
    return bool(b.ndim == 2 < a.ndim and (a.flags.c_contiguous or b.shape[1] >= 4 * b.shape[0]))


def product_into(a: Any, b: Any, out: Any) -> None:
    """The product of arrays in memory; of a stack of matrices and one matrix it is one product, as BLAS likes it.

    All are NumPy's.
    """
    if _is_one(a, b) and out.flags.c_contiguous:
        np.dot(a.reshape(_tall(a.shape)), b, out.reshape(_tall(out.shape)))
    else:
        np.matmul(a, b, out)


def _right(g: Any, a: Any, b_ndim: int) -> Any:
    """aᵀ · g; a vector a is a row, a vector b a column; a stack of matrices times one matrix b is one tall matrix."""
    if b_ndim == 2 < len(a.shape):
        a, g = reshape(a, _tall(a.shape)), reshape(g, _tall(g.shape))
    g = _as_matrix(g, len(a.shape) > 1, b_ndim > 1)
    product = (transposed(a) if len(a.shape) > 1 else reshape(a, (*a.shape, 1))) @ g
    return product if b_ndim > 1 else reshape(product, product.shape[:-1])


@operation(
    "@", Rule.WEIGHTED_INPUT, notation="{a} @ {b}", derivatives=("· {b}ᵀ", "{a}ᵀ ·"), on_floats=False,
    examples=(
        Example(((2, 3), (3, 4))), Example(((3,), (3,))), Example(((2, 3), (3,))), Example(((3,), (3, 2))),
        Example(((4, 2, 3), (3, 2))), Example(((2, 3), (4, 3, 2))), Example(((2, 1, 2, 3), (4, 3, 2))),
        Example(((3,), (4, 3, 2))), Example(((4, 2, 3), (3,))), Example(((0, 3), (3, 2))), Example(((2, 0), (0, 2))),
        Example(((2, 3, 0), (0, 2))), Example(((2, 3, 2), (2, 0))),
    ),
)  # fmt: skip
def matmul(xp: Any, a: Any, b: Any) -> Any:
    """The matrix product a @ b, for all of NumPy's shapes: vectors, matrices, and stacks that broadcast.

    Parameters
    ----------
    a : (..., n, k) or (k,)
    b : (..., k, m) or (k,)

    Raises
    ------
    ValueError
        When the inner lengths differ; both shapes are named.

    Examples
    --------
    >>> from inversa.autograd import Tensor, matmul
    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0])).data.tolist()
    [11.0]
    """
    if type(a) is np.ndarray and _is_one(a, b):
        return xp.reshape(a.reshape(_tall(a.shape)) @ b, (*a.shape[:-1], b.shape[1]))
    return xp.matmul(a, b)


matmul.pullbacks(
    lambda g, _y, _a, b: _left(g, len(_a.shape), b),
    lambda g, _y, a, _b: _right(g, a, len(_b.shape)),
)


class _Way(NamedTuple):
    """How two arrays are contracted: the orders in which their axes make stacks of matrices, and the result's."""

    left: tuple[int, ...]  # of a: stacks, rows, what is summed over
    right: tuple[int, ...]  # of b: stacks, what is summed over, columns
    back: tuple[int, ...]  # of the product: stacks, rows, columns
    stacks: int  # how many axes are in both operands and in the result,
    rows: int  # in a and the result,
    summed: int  # in a and b alone


@cache
def _way(subscripts: str) -> _Way:
    a, b, result = _letters(subscripts)
    stacks, rows = [i for i in a if i in b and i in result], [i for i in a if i not in b]
    summed, columns = [i for i in a if i not in result], [i for i in b if i not in a]
    orders = (a, stacks + rows + summed), (b, stacks + summed + columns), (stacks + rows + columns, list(result))
    left, right, back = (tuple(letters.index(i) for i in order) for letters, order in orders)
    return _Way(left, right, back, len(stacks), len(rows), len(summed))


def _letters(subscripts: str) -> tuple[str, str, str]:
    """Those of both operands and of the result."""
    operands, _, result = subscripts.partition("->")
    a, comma, b = operands.partition(",")
    three = a, b, result
    letters = "".join(three)
    if not comma or any(len(set(x)) < len(x) for x in three) or any(letters.count(i) < 2 for i in letters):
        raise checks.wrong("subscripts", "letters that stand in two of three", subscripts, "'ij,jk->ik'")
    return three


def _permuted(xp: Any, x: Any, order: tuple[int, ...]) -> Any:
    return x if order == tuple(range(x.ndim)) else xp.permute_dims(x, order)


@operation(
    "einsum", Rule.WEIGHTED_INPUT, notation="einsum({a}, {b})", derivatives=("{b}", "{a}"), on_floats=False,
    parameters=("subscripts",),
    examples=(
        Example(((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}), Example(((3,), (4,)), {"subscripts": "i,j->ji"}),
        Example(((2, 3), (2, 3)), {"subscripts": "ij,ij->"}), Example(((2, 3), (2, 3)), {"subscripts": "ij,ij->ji"}),
        Example(((5, 2, 3), (5, 3, 2)), {"subscripts": "bij,bjk->bik"}), Example(((), (2,)), {"subscripts": ",i->i"}),
        Example(((2, 3, 4), (4, 5, 3, 2)), {"subscripts": "cij,jkic->ck"}),
        Example(((0, 3), (3,)), {"subscripts": "ij,j->i"}), Example(((2, 0), (0, 3)), {"subscripts": "ij,jk->ik"}),
    ),
)  # fmt: skip
def contract(xp: Any, subscripts: str, a: Any, b: Any) -> Any:
    """The product of two arrays, summed over the letters that the result has not: `einsum` of two operands.

    Every letter stands in two of the three, the operands and the result, once in each. So the gradient of an operand
    is the same of the result's and the other operand. It is one product of matrices, or of stacks of matrices.

    Parameters
    ----------
    subscripts : str
        The letters of both operands and of the result, such as ``"ij,jk->ik"``.
    a, b : arrays
        With an axis for every letter.

    Examples
    --------
    >>> from inversa.autograd.ops.products import contract
    >>> from inversa.autograd import Tensor
    >>> contract("i,j->ji", Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).tolist()
    [[3.0, 6.0], [4.0, 8.0]]
    """
    way = _way(subscripts)
    if (len(way.left), len(way.right)) != (a.ndim, b.ndim):
        raise ValueError(f"{subscripts!r} is for {len(way.left)} and {len(way.right)} axes")
    left, right = _permuted(xp, a, way.left), _permuted(xp, b, way.right)
    stacks, rows = left.shape[: way.stacks], left.shape[way.stacks : way.stacks + way.rows]
    summed, columns = left.shape[way.stacks + way.rows :], right.shape[way.stacks + way.summed :]
    if right.shape != (*stacks, *summed, *columns):
        raise ValueError(f"an index of {subscripts!r} has two lengths")
    left = xp.reshape(left, (*stacks, prod(rows), prod(summed)))
    right = xp.reshape(right, (*stacks, prod(summed), prod(columns)))
    found = xp.matmul(left, right) if summed else xp.multiply(left, right)  # which takes less time where both would do
    return _permuted(xp, xp.reshape(found, (*stacks, *rows, *columns)), way.back)


def _reversed(subscripts: str) -> tuple[str, str]:
    """What gives the gradients of both operands: the result's letters in the place of theirs."""
    a, b, result = _letters(subscripts)
    return f"{result},{b}->{a}", f"{result},{a}->{b}"


contract.pullbacks(
    lambda g, _y, _a, b, *, subscripts: contract(_reversed(subscripts)[0], g, b),
    lambda g, _y, a, _b, *, subscripts: contract(_reversed(subscripts)[1], g, a),
)

"""Products of arrays: matmul and einsum. The dual of a weighted input is the double weighted output, w·δ and a·δ."""

from __future__ import annotations

from typing import Any

from inversa.autograd.ops import standard
from inversa.autograd.ops.namespace import is_standard
from inversa.autograd.ops.operation import Example, operation
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import broadcast_to, reshape, transpose


def _swap_last(x: Any) -> Any:
    n = len(x.shape)
    return transpose(x, (*range(n - 2), n - 1, n - 2))


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
    return g @ (_swap_last(b) if len(b.shape) > 1 else reshape(b, (1, *b.shape)))


def _right(g: Any, a: Any, b_ndim: int) -> Any:
    """aᵀ · g; a vector a is a row, a vector b a column."""
    g = _as_matrix(g, len(a.shape) > 1, b_ndim > 1)
    product = (_swap_last(a) if len(a.shape) > 1 else reshape(a, (*a.shape, 1))) @ g
    return product if b_ndim > 1 else reshape(product, product.shape[:-1])


@operation(
    "@", Rule.WEIGHTED_INPUT, notation="{a} @ {b}", derivatives=("· {b}ᵀ", "{a}ᵀ ·"), on_floats=False,
    examples=(
        Example(((2, 3), (3, 4))), Example(((3,), (3,))), Example(((2, 3), (3,))), Example(((3,), (3, 2))),
        Example(((4, 2, 3), (3, 2))), Example(((2, 3), (4, 3, 2))), Example(((2, 1, 2, 3), (4, 3, 2))),
        Example(((3,), (4, 3, 2))), Example(((4, 2, 3), (3,))), Example(((0, 3), (3, 2))), Example(((2, 0), (0, 2))),
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
    return xp.matmul(a, b)


matmul.pullbacks(
    lambda g, _y, _a, b: _left(g, len(_a.shape), b),
    lambda g, _y, a, _b: _right(g, a, len(_b.shape)),
)


def _parse(subscripts: str) -> tuple[str, str, str]:
    """The index letters of both operands and of the result, which may be left out as in NumPy."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    a, comma, b = inputs.partition(",")
    letters = a + b + result
    if (
        not comma
        or (letters and not (letters.isalpha() and letters.isascii()))
        or any(len(set(s)) < len(s) for s in (a, b, result))
    ):
        raise ValueError(
            f"einsum takes two operands with distinct index letters, such as 'ij,jk->ik', not {subscripts!r}; "
            "take a diagonal or an ellipsis apart with indexing first"
        )
    if not arrow:
        result = "".join(sorted(i for i in set(a + b) if (a + b).count(i) == 1))
    return a, b, result


def _contracted(g: Any, other: Any, shape: tuple[int, ...], subscripts: tuple[str, str, str]) -> Any:
    """Contract the upstream gradient with the other operand; an index that only this operand has was summed alone."""
    mine, others, result = subscripts
    seen = "".join(i for i in mine if i in result or i in others)
    product = einsum(f"{result},{others}->{seen}", g, other)
    lengths = dict(zip(mine, shape, strict=True))
    kept = reshape(product, tuple(lengths[i] if i in seen else 1 for i in mine))
    return broadcast_to(kept, shape)


@operation(
    "einsum", Rule.WEIGHTED_INPUT, notation="einsum({a}, {b})", derivatives=("{b}", "{a}"), on_floats=False,
    parameters=("subscripts",),
    examples=(
        Example(((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}), Example(((2, 3), (3, 4)), {"subscripts": "ij,jk"}),
        Example(((3,), (4,)), {"subscripts": "i,j->ji"}), Example(((2, 3), (2, 3)), {"subscripts": "ij,ij->"}),
        Example(((2, 3), (4,)), {"subscripts": "ij,k->k"}),
        Example(((5, 2, 3), (5, 3, 2)), {"subscripts": "bij,bjk->bik"}),
        Example(((0, 3), (3,)), {"subscripts": "ij,j->i"}),
    ),
)  # fmt: skip
def einsum(xp: Any, subscripts: str, a: Any, b: Any) -> Any:
    """Einstein summation over two operands, with NumPy's notation for the indices.

    Each letter may stand once in an operand; write the result after ``->`` or leave it to NumPy's rule.

    >>> from inversa.autograd import Tensor, einsum
    >>> einsum("i,j->ij", Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).data.tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    of_a, of_b, result = _parse(subscripts)
    if (len(of_a), len(of_b)) != (a.ndim, b.ndim):
        raise ValueError(
            f"{subscripts!r} is for {len(of_a)} and {len(of_b)} axes, the operands have {a.ndim} and {b.ndim}"
        )
    lengths: dict[str, int] = {}
    for letter, n in [*zip(of_a, a.shape, strict=True), *zip(of_b, b.shape, strict=True)]:
        if lengths.setdefault(letter, n) != n:
            raise ValueError(f"index {letter!r} of {subscripts!r} has lengths {lengths[letter]} and {n}")
    if is_standard(xp):
        return standard.einsum(xp, (of_a, of_b, result), a, b)
    return xp.einsum(f"{of_a},{of_b}->{result}", a, b)


def _swapped(subscripts: str) -> tuple[str, str, str]:
    a, b, result = _parse(subscripts)
    return b, a, result


einsum.pullbacks(
    lambda g, _y, _a, b, *, subscripts: _contracted(g, b, _a.shape, _parse(subscripts)),
    lambda g, _y, a, _b, *, subscripts: _contracted(g, a, _b.shape, _swapped(subscripts)),
)

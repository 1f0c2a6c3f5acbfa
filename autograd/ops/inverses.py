"""Inverses, linear systems, determinants and Cholesky's factor, of one matrix or of stacks of them.

The derivatives are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, if nothing else is said. A matrix without an inverse is a `numpy.linalg.LinAlgError`.

In the derivatives a⁻ᵀ is the transposed inverse, ΣΣ the sum of all entries, lower(m) the lower triangle with the upper
one added to it, and half(m) the lower triangle with half of the diagonal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import device, namespace
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import sum
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import getitem, reshape, transposed

# Not symmetric, well-conditioned, and so are they when their entries are reversed or moved on by one.
_A = ((2.0, 0.5, -0.3), (0.7, -1.5, 0.4), (-0.6, 0.8, 1.9))
_STACK = (((2.0, 0.5), (0.7, -1.5)), ((1.2, -0.4), (0.9, 1.6)))
_MATRICES = (Example(values=(_A,)), Example(values=(_STACK,)), Example(values=(((1.5,),),)), Example(((0, 0),)))
# Their lower triangles belong to positive definite matrices, in those orders too.
_POSITIVE = (
    Example(values=(((4.0, 2.0, 0.5), (2.0, 5.0, 1.0), (0.5, 1.0, 6.0)),)),
    Example(values=((((2.0, 1.0), (1.0, 3.0)), ((4.0, 1.5), (1.5, 3.5))),)),
    Example(values=(((1.5,),),)), Example(((0, 0),)),
)  # fmt: skip


class SlogdetResult(NamedTuple):
    """What `slogdet` gives, under NumPy's names."""

    sign: Any
    logabsdet: Any


def lower(x: Any, k: int = 0) -> Any:
    """The lower triangle: up to the k-th diagonal, and 0 above it."""
    xp = namespace(x)
    return where(xp.tril(xp.ones(x.shape[-2:], dtype=xp.bool, device=device(x)), k=k), x, 0.0)


def on_diagonal(x: Any) -> Any:
    """Whether an entry of a matrix with as many rows as x has columns stands in its diagonal."""
    xp = namespace(x)
    return xp.eye(x.shape[-1], dtype=xp.bool, device=device(x))


def folded(x: Any) -> Any:
    """What flows to a symmetric matrix whose lower triangle alone was read: with what is for the upper one."""
    return lower(x) + lower(transposed(x), -1)


def symmetric(xp: Any, a: Any) -> Any:
    """The symmetric matrix that has this lower triangle."""
    return xp.tril(a) + xp.matrix_transpose(xp.tril(a, k=-1))


@operation(
    "inv", Rule.ACTIVATION, notation="{a}⁻¹", derivatives=("−{y}ᵀ @ δ @ {y}ᵀ",), on_floats=False, invertible=True,
    examples=_MATRICES,
)  # fmt: skip
def inv(xp: Any, a: Any) -> Any:
    """The inverse of a matrix, or of every matrix of a stack.

    Parameters
    ----------
    a : (..., n, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square, or has no inverse.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.inv(Tensor([[2.0, 0.0], [0.0, 4.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return xp.linalg.inv(a)


inv.pullbacks(lambda g, y, _a: -(transposed(y) @ g @ transposed(y)))


@operation(
    "solve", Rule.WEIGHTED_INPUT, notation="{a}⁻¹ @ {b}", derivatives=("−{a}⁻ᵀ @ δ @ {y}ᵀ", "{a}⁻ᵀ @ δ"),
    on_floats=False, invertible=True,
    examples=(
        Example(values=(_A, (1.0, -2.0, 0.5))), Example(values=(_A, ((1.0, 2.0), (0.5, -1.0), (0.3, 0.8)))),
        Example(values=(_STACK, (1.0, -2.0))), Example(values=(_STACK, (((1.0, 0.4, 0.3), (-2.0, 1.1, 0.9)),))),
        Example(values=(_STACK[0], (((1.0,), (-2.0,)), ((0.7,), (0.3,))))), Example(((0, 0), (0,))),
    ),
)  # fmt: skip
def solve(xp: Any, a: Any, b: Any) -> Any:
    """The solution x of a @ x = b, without computing the inverse.

    Parameters
    ----------
    a : (..., n, n)
    b : (n,) or (..., n, k)
        As in NumPy, an array of one axis is one vector, and of more axes a stack of matrices.

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square, or has no inverse.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), [1.0, 2.0]).tolist()
    [0.5, 0.5]
    """
    return xp.linalg.solve(a, b)


def _columns(x: Any, b: Any) -> Any:
    """Where b is one vector: the solution, or what flows to it, as a matrix of one column."""
    return reshape(x, (*x.shape, 1)) if len(b.shape) == 1 else x


def _to_b(g: Any, a: Any, b: Any) -> Any:
    return solve(transposed(a), _columns(g, b))


solve.pullbacks(
    lambda g, y, a, _b: -(_to_b(g, a, _b) @ transposed(_columns(y, _b))),
    lambda g, _y, a, _b: reshape(_to_b(g, a, _b), g.shape),
)


@operation(
    "det", Rule.ACTIVATION, notation="det {a}", derivatives=("{y} · {a}⁻ᵀ",), on_floats=False, examples=_MATRICES,
    convention="where there is no inverse, the cofactors; there is no second derivative then",
)  # fmt: skip
def det(xp: Any, a: Any) -> Any:
    """The determinant of a matrix, or of every matrix of a stack. Its gradient is the matrix of cofactors.

    That exists for matrices without an inverse too; the second derivative here needs one.

    Parameters
    ----------
    a : (..., n, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square; from the second derivative, when it has no inverse.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> a = Tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    >>> y = linalg.det(a)
    >>> y.backward()
    >>> y.item(), a.grad.round(12).tolist()
    (0.0, [[4.0, -2.0], [-2.0, 1.0]])
    """
    return xp.linalg.det(a)


@operation(
    "cof", Rule.ACTIVATION, notation="cof {a}", on_floats=False, analytic=False, examples=_MATRICES,
    derivatives=("{a}⁻ᵀ · ΣΣ(δ · {y}) − {a}⁻ᵀ @ δᵀ @ {y}",),
)  # fmt: skip
def cofactors(xp: Any, a: Any) -> Any:
    """The matrix of cofactors, det(a) · a⁻ᵀ, also of a matrix without an inverse (whose derivative needs one).

    With a = u · diag(s) · vᵀ it is det u · det v · u · diag(c) · vᵀ, where every c is the product of the other s.

    >>> from inversa.autograd import linalg
    >>> linalg.cofactors([[1.0, 2.0], [2.0, 4.0]]).round(12).tolist()
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    must_be_square("cofactors", a)
    spoilt = xp.any(~xp.isfinite(a), axis=(-2, -1), keepdims=True)
    u, s, vh = xp.linalg.svd(xp.where(spoilt, xp.zeros_like(a), a))  # which takes no nan
    every = xp.broadcast_to(s[..., None, :], a.shape)
    others = xp.prod(xp.where(on_diagonal(a), xp.ones_like(every), every), axis=-1)
    sign = xp.linalg.det(u) * xp.linalg.det(vh)
    return xp.where(spoilt, xp.nan * xp.ones_like(a), xp.matmul(u * (sign[..., None] * others)[..., None, :], vh))


def _through_cofactors(g: Any, y: Any, a: Any) -> Any:
    turned = transposed(inv(a))
    return turned * sum(g * y, (-2, -1), True) - turned @ transposed(g) @ y


cofactors.pullbacks(_through_cofactors)
det.pullbacks(lambda g, _y, a: reshape(g, (*g.shape, 1, 1)) * cofactors(a))


@operation(
    "ln det", Rule.ACTIVATION, notation="ln |det {a}|", derivatives=("δ · {a}⁻ᵀ",), on_floats=False, analytic=False,
    examples=_MATRICES, convention="the derivative of the sign is 0",
)  # fmt: skip
def slogdet_packed(xp: Any, a: Any) -> Any:
    """The sign of the determinant and the logarithm of its absolute value, side by side: what `slogdet` takes apart.

    >>> from inversa.autograd.ops.inverses import slogdet_packed
    >>> slogdet_packed([[0.0, 1.0], [1.0, 0.0]]).tolist()
    [-1.0, 0.0]
    """
    return xp.stack(tuple(xp.linalg.slogdet(a)), axis=-1)


slogdet_packed.pullbacks(lambda g, _y, a: getitem(g, (..., slice(1, 2), None)) * transposed(inv(a)))


@composed("linalg.slogdet", examples=_MATRICES)
def slogdet(a: Any) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its absolute value, which does not overflow.

    Parameters
    ----------
    a : (..., n, n)

    Returns
    -------
    SlogdetResult
        ``sign``, whose gradient is 0, and ``logabsdet``, each of the shape (...).

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square; from the gradient, when it has no inverse.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> sign, logabsdet = linalg.slogdet(Tensor([[0.0, 2.0], [2.0, 0.0]]))
    >>> sign.item(), round(logabsdet.item(), 3)
    (-1.0, 1.386)
    """
    packed = slogdet_packed(a)
    return SlogdetResult(packed[..., 0], packed[..., 1])


@operation(
    "chol", Rule.ACTIVATION, notation="chol {a}", derivatives=("lower({y}⁻ᵀ @ half({y}ᵀ @ δ) @ {y}⁻¹)",),
    on_floats=False, analytic=False, invertible=True, examples=_POSITIVE,
)  # fmt: skip
def cholesky_lower(xp: Any, a: Any) -> Any:
    """The lower triangular l with l @ lᵀ = a: see `cholesky`.

    >>> from inversa.autograd.ops.inverses import cholesky_lower
    >>> cholesky_lower([[4.0, 2.0], [2.0, 5.0]]).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    return xp.linalg.cholesky(symmetric(xp, a))


def _through_cholesky(g: Any, y: Any, _a: Any) -> Any:
    """I. Murray, "Differentiation of the Cholesky decomposition", 2016: l⁻ᵀ · Φ(lᵀ · g) · l⁻¹."""
    turned = transposed(y)
    inner = turned @ g
    half = (lower(inner) + lower(inner, -1)) * 0.5  # the lower triangle, and half of the diagonal
    return folded(transposed(solve(turned, transposed(solve(turned, half)))))


cholesky_lower.pullbacks(_through_cholesky)


@composed(
    "linalg.cholesky",
    examples=(
        Example(values=(((1.0, 0.1, 4.0), (0.2, 2.0, 0.3), (0.5, 0.3, 3.0)),)),  # and with its rows reversed
        *_POSITIVE[1:], Example(values=_POSITIVE[1].values, params={"upper": True}),
    ),
)  # fmt: skip
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """Cholesky's factor of a positive definite matrix: the lower triangular l with l @ lᵀ = a.

    As in NumPy the lower triangle of ``a`` alone is read, or with ``upper`` the upper one. That triangle receives the
    gradient, and the other one 0. PyTorch and JAX share it between both: write ``cholesky((a + a.T) / 2)`` for that.

    Parameters
    ----------
    a : (..., n, n)
    upper : bool
        Whether to give u = lᵀ instead, with uᵀ @ u = a.

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square, or not positive definite.

    References
    ----------
    I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527, 2016.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.cholesky(Tensor([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    must_be_square("cholesky", a)
    if checks.flag("upper", upper):
        return transposed(cholesky_lower(transposed(a)))
    return cholesky_lower(a)


_POWERS = (*(Example(values=(_A,), params={"n": n}) for n in (0, 1, 3, 6, -2)), Example(((0, 0),), {"n": 2}))


@composed("linalg.matrix_power", examples=_POWERS)
def matrix_power(a: Any, n: int) -> Any:
    """The n-th power of a matrix, for any integer n; a negative one is a power of the inverse.

    Raises
    ------
    ValueError
        When n is not an integer.
    numpy.linalg.LinAlgError
        When a matrix is not square, or for a negative n has no inverse.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.matrix_power(Tensor([[1.0, 1.0], [0.0, 1.0]]), 5).tolist()
    [[1.0, 5.0], [0.0, 1.0]]
    """
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise checks.wrong("n", "an integer", n, "2", TypeError)
    must_be_square("matrix_power", a)
    if n == 0:
        return where(on_diagonal(a), 1.0, where(~on_diagonal(a), 0.0, a))
    base, left = (a, n) if n > 0 else (inv(a), -n)
    power = None
    while True:  # by squaring
        if left % 2:
            power = base if power is None else power @ base
        left //= 2
        if not left:
            return power
        base = base @ base


def must_be_square(name: str, a: Any) -> None:
    """Refuse what is no matrix of n rows and n columns, nor a stack of such."""
    if len(a.shape) < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"{name} takes square matrices, of the shape (..., n, n), not {tuple(a.shape)}")

"""Systems of more or fewer equations than unknowns, and systems whose unknowns are an array of several axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.decompositions import svdvals
from inversa.autograd.ops.inverses import inv, solve
from inversa.autograd.ops.namespace import namespace
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import sum
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import reshape, transpose, transposed

_TALL = ((2.0, 0.3), (0.5, -1.0), (0.8, 0.4))
_SQUARE = ((2.0, 0.3, 0.2), (0.5, -1.0, 0.3), (0.8, 0.4, 0.9))
_WIDE = tuple(zip(*_TALL, strict=True))


@operation(
    "pinv", Rule.ACTIVATION, notation="{a}⁺", on_floats=False, analytic=False,
    derivatives=("−{y}ᵀ @ δ @ {y}ᵀ + (δᵀ − {a} @ {y} @ δᵀ) @ {y} @ {y}ᵀ + {y}ᵀ @ {y} @ (δᵀ − δᵀ @ {y} @ {a})",),
    examples=(
        Example(values=(_SQUARE,)), Example(values=(_TALL,)), Example(values=(_WIDE,)),
        Example(values=((_TALL, ((1.0, -0.4), (0.9, 1.6), (0.3, 0.7))),)), Example(((2, 0),)),
    ),
    convention="among matrices of the same rank",
)  # fmt: skip
def pinv(xp: Any, a: Any) -> Any:
    """The pseudo-inverse of Moore and Penrose. Its gradient is that among matrices of the same rank.

    Parameters
    ----------
    a : (..., m, n)

    References
    ----------
    G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose
    variables separate", SIAM Journal on Numerical Analysis 10, 1973.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.pinv(Tensor([[2.0, 0.0], [0.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.5, 0.0, 0.0], [0.0, 0.25, 0.0]]
    """
    return xp.linalg.pinv(a)


def _through_pinv(g: Any, y: Any, a: Any) -> Any:
    turned, back = transposed(y), transposed(g)
    left, right = back @ y @ turned, turned @ y @ back
    return left - a @ (y @ left) + right - (right @ y) @ a - turned @ g @ turned


pinv.pullbacks(_through_pinv)


@composed(
    "linalg.lstsq",
    operands=2,
    examples=(
        Example(values=(_TALL, (1.0, 2.0, 0.5))),
        Example(values=(_TALL, ((1.0, 0.3), (2.0, -0.4), (0.5, 0.7)))),
        Example(values=(_WIDE, (1.0, 2.0))),
        Example(values=(_SQUARE, (1.0, 2.0, 0.5))),
    ),
)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, int, Any]:
    """The x for which ‖a @ x − b‖ is least; where there are many, the shortest one.

    It looks at the singular values to know the rank, so it is neither compiled nor computed for many samples at once:
    ``pinv(a) @ b`` is.

    Parameters
    ----------
    a : (m, n)
        Of full rank: of another there is no gradient, since a small change makes the solution jump.
    b : (m,) or (m, k)
    rcond : float, optional
        Singular values below this part of the largest one are taken for 0 when the rank is found; by default the
        precision of the numbers times the larger of m and n.

    Returns
    -------
    x : (n,) or (n, k)
    residuals : (1,) or (k,)
        The sums of squares ‖a @ x − b‖², or an empty array where m ≤ n.
    rank : int
    s : (k,)
        The singular values of ``a``.

    Raises
    ------
    ValueError
        For other shapes.
    numpy.linalg.LinAlgError
        When the rank is not full.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> line = Tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> x, residuals, rank, s = linalg.lstsq(line, [1.0, 3.0, 5.0])
    >>> x.numpy().round(12).tolist(), rank
    ([1.0, 2.0], 2)
    """
    if len(a.shape) != 2 or len(b.shape) not in (1, 2) or a.shape[0] != b.shape[0]:
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"lstsq takes a matrix (m, n) and what it is to give, (m,) or (m, k), not {shapes}")
    s = svdvals(a)
    least = (
        float(namespace(s).finfo(s.dtype).eps) * max(a.shape)
        if rcond is None
        else checks.number("rcond", rcond, example="1e-10")
    )
    rank = int(sum(where(s > least * s[:1], 1.0, 0.0)))  # the first is the largest; a comparison is plain
    if rank < min(a.shape):
        raise np.linalg.LinAlgError(
            f"lstsq takes matrices of full rank, which is {min(a.shape)} for the shape {tuple(a.shape)}, not {rank}: "
            "of others the solution jumps. The shortest one is pinv(a) @ b"
        )
    x = pinv(a) @ b
    left = sum((a @ x - b) ** 2, 0, len(b.shape) == 1) if a.shape[0] > a.shape[1] else s[:0]
    return x, left, rank, s


_ROWS = ((2.0, 0.5, -0.3, 0.1), (0.7, -1.5, 0.4, 0.2), (-0.6, 0.8, 1.9, -0.4), (0.3, 0.2, -0.5, 1.2))
_OF_SQUARES, _SQUARE_OF = tuple((row[:2], row[2:]) for row in _ROWS), (_ROWS[:2], _ROWS[2:])  # (4, 2, 2), (2, 2, 4)


@composed(
    "linalg.tensorsolve",
    operands=2,
    examples=(
        Example(values=(_OF_SQUARES, _ROWS[0])),
        Example(values=(_OF_SQUARES, _ROWS[0]), params={"axes": (2, 1)}),
        Example(values=(_SQUARE_OF, _OF_SQUARES[1])),
    ),
)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x of which ``tensordot(a, x, x.ndim)`` is b: `solve` for unknowns that are an array.

    Parameters
    ----------
    a : array
        Its first axes are those of b, and the others those of x: as many entries as b has.
    b : array
    axes : sequence of int, optional
        Axes of ``a`` that are to be its last ones before.

    Raises
    ------
    ValueError
        When there are not as many unknowns as equations, or an axis is not there.
    numpy.linalg.LinAlgError
        When there is not one solution.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import Tensor, linalg
    >>> a = np.eye(4).reshape(4, 2, 2)
    >>> linalg.tensorsolve(a, Tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    ndim = len(a.shape)
    if axes is not None:
        last = [axis_of(ndim, i, "an entry of axes") for i in axes]
        a = transpose(a, (*(i for i in range(ndim) if i not in last), *last))
    equations, unknowns = prod(b.shape), a.shape[len(b.shape) :]
    if prod(a.shape) != equations**2:
        raise ValueError(
            f"tensorsolve takes as many unknowns as equations: of the shapes {tuple(a.shape)} and {tuple(b.shape)} "
            f"there are {equations} equations with {prod(unknowns)} unknowns"
        )
    x = solve(reshape(a, (equations, equations)), reshape(b, (equations,)))
    return reshape(x, unknowns)


@composed(
    "linalg.tensorinv", examples=(Example(values=(_SQUARE_OF,)), Example(values=(_OF_SQUARES,), params={"ind": 1}))
)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse with respect to ``tensordot(a, x, ind)``: `inv` for an array whose first axes stand for rows.

    Parameters
    ----------
    a : array
    ind : int
        How many axes stand for the rows: they have as many entries together as the others.

    Raises
    ------
    ValueError
        When they have not.
    numpy.linalg.LinAlgError
        When there is no inverse.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.tensorinv(Tensor(np.eye(6).reshape(2, 3, 6))).shape
    (6, 2, 3)
    """
    rows, columns = a.shape[: checks.count("ind", ind, example="2")], a.shape[ind:]
    if prod(rows) != prod(columns):
        raise ValueError(f"ind is such that {rows} and {columns} have as many entries, which {ind} is not")
    return reshape(inv(reshape(a, (prod(rows), prod(columns)))), (*columns, *rows))

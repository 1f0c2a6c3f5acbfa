"""Decompositions: a matrix, or every one of a stack, as a product of simpler ones.

An operation gives one array, so each decomposition is packed into one, and the public function takes it apart.

Vectors of eigenvalues or singular values that are the same are not unique, and have no derivative: a gradient that
needs one is inf or nan, as in PyTorch and JAX. The gradient of the values themselves is right there, and so is
everything else: what does not arrive (0) over no difference (0) is taken as 0.

In the derivatives λ, v, u, s, q and r are parts of the result, and δv is what arrives at v. gaps(λ) are all the
λ_j − λ_i, turns(u, δu) is (uᵀ @ δu − δuᵀ @ u) / gaps(s²), lower(m) is the lower triangle with the upper one added to
it, and copied(m) is the lower triangle with its mirror image in place of the upper one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import divide, sign, where
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.inverses import folded, lower, must_be_square, on_diagonal, solve, symmetric
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import concatenate, getitem, transposed

# Values of a lower triangle that are far apart, also when entries are reversed or moved on by one.
_SYMMETRIC = (
    Example(values=(((2.0, 0.3, 0.2), (0.5, -1.0, 0.3), (0.8, 0.4, 0.5)),)),
    Example(values=((((1.0, 0.3), (0.5, -0.8)), ((0.4, 0.9), (0.7, 2.0))),)), Example(values=(((1.5,),),)),
    Example(((0, 0),)),
)  # fmt: skip
_UPPER = Example(values=_SYMMETRIC[1].values, params={"UPLO": "U"})  # LAPACK gives these the same signs by either
_TALL, _SQUARE = ((2.0, 0.3), (0.5, -1.0), (0.8, 0.4)), ((2.0, 0.3, 0.2), (0.5, -1.0, 0.3), (0.8, 0.4, 0.9))
_ANY = (
    Example(values=(_SQUARE,)), Example(values=(_TALL,)), Example(values=(tuple(zip(*_TALL, strict=True)),)),
    Example(values=((_TALL, ((1.0, -0.4), (0.9, 1.6), (0.3, 0.7))),)), Example(values=(((1.5,),),)),
    Example(((0, 0),)), Example(((2, 0),)), Example(((0, 2),)),
)  # fmt: skip
_THIN = tuple(Example(e.shapes, {"full_matrices": False}, e.values) for e in _ANY)


class EighResult(NamedTuple):
    """What `eigh` gives, under NumPy's names."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """What `svd` gives, under NumPy's names."""

    U: Any
    S: Any
    Vh: Any


class QRResult(NamedTuple):
    """What `qr` gives, under NumPy's names."""

    Q: Any
    R: Any


def _quotient(a: Any, b: Any) -> Any:
    """a / b, and 0 where both are 0."""
    nothing = (a == 0) & (b == 0)
    return where(nothing, 0.0, divide(a, where(nothing, 1.0, b)))


def _differences(x: Any) -> Any:
    """x_j − x_i for all pairs; 1 for those of an entry with itself, which have no share in a gradient."""
    return where(on_diagonal(x), 1.0, getitem(x, (..., None, slice(None))) - getitem(x, (..., None)))


# Of symmetric matrices.


@operation(
    "eigh", Rule.ACTIVATION, notation="eigh {a}", on_floats=False, analytic=False, examples=(*_SYMMETRIC, _UPPER),
    derivatives=("lower(v @ (diag(δλ) + vᵀ @ δv / gaps(λ)) @ vᵀ)",),
    convention="no derivative of the vectors of equal eigenvalues: inf or nan",
)  # fmt: skip
def eigh_packed(xp: Any, a: Any, UPLO: str = "L") -> Any:
    """A row for every eigenvalue of a symmetric matrix: the value, then its vector. `eigh` takes it apart.

    >>> from inversa.autograd.ops.decompositions import eigh_packed
    >>> eigh_packed([[1.0, 0.0], [0.0, 3.0]]).tolist()
    [[1.0, 1.0, 0.0], [3.0, 0.0, 1.0]]
    """
    upper = checks.choice("UPLO", UPLO, ["L", "U", "l", "u"]) in ("U", "u")
    if xp is np:
        values, vectors = xp.linalg.eigh(a, UPLO)
    else:  # the standard has symmetric matrices alone
        values, vectors = xp.linalg.eigh(symmetric(xp, xp.matrix_transpose(a) if upper else a))
    return xp.concat([values[..., None], xp.matrix_transpose(vectors)], axis=-1)


def _values_and_vectors(packed: Any) -> EighResult:
    return EighResult(getitem(packed, (..., 0)), transposed(getitem(packed, (..., slice(1, None)))))


def _through_eigh(g: Any, y: Any, _a: Any, *, UPLO: str) -> Any:
    values, v = _values_and_vectors(y)
    to_values, to_v = _values_and_vectors(g)
    turned = _quotient(transposed(v) @ to_v, _differences(values))
    inner = where(on_diagonal(values), getitem(to_values, (..., None)), turned)
    whole = folded(v @ inner @ transposed(v))
    return whole if UPLO in ("L", "l") else transposed(whole)


eigh_packed.pullbacks(_through_eigh)


@composed("linalg.eigh", examples=(*_SYMMETRIC, _UPPER))
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """The eigenvalues of a symmetric matrix, ascending, and its eigenvectors, of length 1, in columns.

    As in NumPy one triangle alone is read. It receives the gradient, and the other one 0; PyTorch and JAX share it
    between both: write ``eigh((a + a.T) / 2)`` for that. The sign of a vector is LAPACK's choice: a function that
    depends on it has a gradient that does. Vectors of equal eigenvalues have no derivative: inf or nan.

    Parameters
    ----------
    a : (..., n, n)
    UPLO : "L" or "U"
        Which triangle is read.

    Returns
    -------
    EighResult
        ``eigenvalues``, (..., n), and ``eigenvectors``, (..., n, n).

    Raises
    ------
    numpy.linalg.LinAlgError
        When a matrix is not square.
    ValueError
        For another UPLO.

    References
    ----------
    M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008,
    section 3.1; J. R. Magnus, "On differentiating eigenvalues and eigenvectors", Econometric Theory 1, 1985.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> a = Tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True)
    >>> values, vectors = linalg.eigh(a)
    >>> values[1].backward()  # of the largest eigenvalue
    >>> values.tolist(), a.grad.round(12).tolist()
    ([1.0, 3.0], [[0.5, 0.0], [1.0, 0.5]])
    """
    must_be_square("eigh", a)
    return _values_and_vectors(eigh_packed(a, UPLO))


@composed("linalg.eigvalsh", examples=_SYMMETRIC)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, ascending: the first result of `eigh`, with its errors.

    Equal ones have a gradient too, that of the vectors LAPACK found; it is right for functions in which they may be
    exchanged, such as their sum.

    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.eigvalsh(Tensor([[2.0, 1.0], [1.0, 2.0]])).tolist()
    [1.0, 3.0]
    """
    return eigh(a, UPLO).eigenvalues


# Of any matrix.


@operation(
    "svd", Rule.ACTIVATION, notation="svd {a}", on_floats=False, analytic=False, examples=_ANY,
    derivatives=("u @ (turns(u, δu) · s + diag(δs) + sᵀ · turns(v, δv)) @ vᵀ",),
    convention="no derivative of the vectors of equal singular values: inf or nan; 0 for a singular value that is 0",
)  # fmt: skip
def svd_packed(xp: Any, a: Any) -> Any:
    """A row for every singular value: its left vector, the value, its right vector. `svd` takes it apart.

    >>> from inversa.autograd.ops.decompositions import svd_packed
    >>> abs(svd_packed([[3.0, 0.0], [0.0, 2.0]])).tolist()
    [[1.0, 0.0, 3.0, 1.0, 0.0], [0.0, 1.0, 2.0, 0.0, 1.0]]
    """
    u, s, vh = xp.linalg.svd(a, full_matrices=False)
    return xp.concat([xp.matrix_transpose(u), s[..., None], vh], axis=-1)


def _triple(packed: Any, rows: int) -> SVDResult:
    u = transposed(getitem(packed, (..., slice(None, rows))))
    return SVDResult(u, getitem(packed, (..., rows)), getitem(packed, (..., slice(rows + 1, None))))


def _through_svd(g: Any, y: Any, _a: Any) -> Any:
    """J. Townsend, "Differentiating the singular value decomposition", 2016."""
    rows, columns = _a.shape[-2:]
    u, s, vh = _triple(y, rows)
    to_u, to_s, to_vh = _triple(g, rows)
    row, column = getitem(s, (..., None, slice(None))), getitem(s, (..., None))
    of_u, of_v = transposed(u) @ to_u, vh @ transposed(to_vh)
    gaps = _differences(s) * where(on_diagonal(s), 1.0, row + column)  # s_j² − s_i²
    turned = _quotient(of_u - transposed(of_u), gaps) * row + column * _quotient(of_v - transposed(of_v), gaps)
    stretched = where(on_diagonal(s), getitem(to_s * sign(s), (..., None)), 0.0)
    total = u @ (turned + stretched) @ vh
    if rows > s.shape[-1]:  # of u, what lies outside the space of its columns
        total = total + _quotient(to_u - u @ of_u, row) @ vh
    if columns > s.shape[-1]:
        total = total + u @ _quotient(to_vh - transposed(of_v) @ vh, column)
    return total


svd_packed.pullbacks(_through_svd)


@composed(
    "linalg.svd", examples=(*_THIN, Example(values=(_SQUARE,)), Example(values=(_TALL,), params={"compute_uv": False}))
)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition u @ diag(s) @ vh: orthonormal columns, values in descending order, and rows.

    The sign of each pair of vectors is LAPACK's choice: a function that depends on it has a gradient that does. Vectors
    of equal singular values have no derivative, and those of a value 0 in a matrix that is not square neither: inf or
    nan. A singular value that is 0 has the gradient 0, like the absolute value's at 0.

    Parameters
    ----------
    a : (..., m, n)
    full_matrices : bool
        As in NumPy True if nothing is said, which only square matrices may have: what else a full u or vh holds is not
        determined, and has no derivative.
    compute_uv : bool
        Whether to give the vectors; else the singular values alone, as `svdvals`.

    Returns
    -------
    SVDResult or array
        ``U``, (..., m, k), ``S``, (..., k), and ``Vh``, (..., k, n), with k the smaller of m and n.

    Raises
    ------
    ValueError
        For full matrices of a matrix that is not square.

    References
    ----------
    J. Townsend, "Differentiating the singular value decomposition", 2016.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> a = Tensor([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]], requires_grad=True)
    >>> u, s, vh = linalg.svd(a, full_matrices=False)
    >>> s.sum().backward()
    >>> s.tolist(), a.grad.tolist()
    ([3.0, 2.0], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    """
    _must_be_matrices("svd", a)
    if not checks.flag("compute_uv", compute_uv):
        return svdvals(a)
    if checks.flag("full_matrices", full_matrices) and a.shape[-1] != a.shape[-2]:
        raise checks.wrong(
            "full_matrices", f"False for the shape {tuple(a.shape)}: the vectors beyond have no derivative", True
        )
    return _triple(svd_packed(a), a.shape[-2])


@composed("linalg.svdvals", examples=_ANY)
def svdvals(x: Any) -> Any:
    """The singular values of a matrix, in descending order: the second result of `svd`.

    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.svdvals(Tensor([[3.0, 0.0], [0.0, -2.0]])).tolist()
    [3.0, 2.0]
    """
    _must_be_matrices("svdvals", x)
    return _triple(svd_packed(x), x.shape[-2]).S


@operation(
    "qr", Rule.ACTIVATION, notation="qr {a}", on_floats=False, analytic=False, examples=_ANY,
    derivatives=("(δq + q @ copied(r @ δrᵀ − δqᵀ @ q)) @ r⁻ᵀ",),
    convention="the first columns, as many as there are rows, are independent",
)  # fmt: skip
def qr_packed(xp: Any, a: Any) -> Any:
    """Rows of qᵀ and then of r: `qr` takes it apart.

    >>> from inversa.autograd.ops.decompositions import qr_packed
    >>> abs(qr_packed([[3.0, 1.0], [0.0, 2.0]])).tolist()
    [[1.0, 0.0, 3.0, 1.0], [0.0, 1.0, 0.0, 2.0]]
    """
    q, r = xp.linalg.qr(a)
    return xp.concat([xp.matrix_transpose(q), r], axis=-1)


def _pair(packed: Any, rows: int) -> QRResult:
    q = transposed(getitem(packed, (..., slice(None, rows))))
    return QRResult(q, getitem(packed, (..., slice(rows, None))))


def _through_qr(g: Any, y: Any, _a: Any) -> Any:
    """S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2018."""
    rows, columns = _a.shape[-2:]
    q, r = _pair(y, rows)
    to_q, to_r = _pair(g, rows)
    first, rest = (..., slice(None, rows)), (..., slice(rows, None))  # the columns that q is made from, and others
    if columns > rows:  # those are q @ r
        to_q = to_q + q @ getitem(r, rest) @ transposed(getitem(to_r, rest))
    square = getitem(r, first)
    inner = square @ transposed(getitem(to_r, first)) - transposed(to_q) @ q
    copied = lower(inner) + transposed(lower(inner, -1))
    total = transposed(solve(square, transposed(to_q + q @ copied)))
    return concatenate([total, q @ getitem(to_r, rest)], axis=-1) if columns > rows else total


qr_packed.pullbacks(_through_qr)


@composed("linalg.qr", examples=(*_ANY, Example(values=(_TALL,), params={"mode": "r"})))
def qr(a: Any, mode: str = "reduced") -> Any:
    """A matrix as a product of orthonormal columns and an upper triangular matrix: q @ r.

    The signs of the columns are LAPACK's choice, as in NumPy.

    Parameters
    ----------
    a : (..., m, n)
    mode : "reduced" or "r"
        "r" gives r alone. "complete" is "reduced" where m ≤ n, and else refused, as "raw".

    Returns
    -------
    QRResult or array
        ``Q``, (..., m, k), and ``R``, (..., k, n), with k the smaller of m and n.

    Raises
    ------
    ValueError
        For another mode.
    numpy.linalg.LinAlgError
        From the gradient, when the first k columns are not independent: then there is none.

    References
    ----------
    S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with application in optimum
    experimental design", arXiv:1001.1654, 2010.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> q, r = linalg.qr(Tensor([[0.0, 2.0], [1.0, 3.0]]))
    >>> (q @ r).tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """
    _must_be_matrices("qr", a)
    tall = a.shape[-2] > a.shape[-1]
    if checks.choice("mode", mode, ["reduced", "r", "complete"]) == "complete" and tall:
        reason = "the columns beyond have no derivative"
        raise checks.wrong("mode", f"'reduced' or 'r' for the shape {tuple(a.shape)}: {reason}", mode)
    result = _pair(qr_packed(a), a.shape[-2])
    return result.R if mode == "r" else result


def _must_be_matrices(name: str, a: Any) -> None:
    if len(a.shape) < 2:
        raise np.linalg.LinAlgError(f"{name} takes matrices, of the shape (..., m, n), not {tuple(a.shape)}")

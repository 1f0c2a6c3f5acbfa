"""Linear algebra: identities, formulas, conventions and errors. Declarations are tested elsewhere, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest

from autograd import grad as hips_grad
from inversa.autograd import Tensor, grad, gradcheck, hessian, jacobian, jit, linalg, vmap
from inversa.autograd.ops import composed

rng = np.random.default_rng(0)
STACK = rng.normal(size=(2, 4, 4)) + 3 * np.eye(4)
A = STACK[0]
POSITIVE = A @ A.T
G = rng.normal(size=(4, 4))
LinAlgError = np.linalg.LinAlgError


def gradient(f: Callable[[Any], Any], a: Any) -> Any:
    x = Tensor(a, requires_grad=True)
    f(x).backward()
    assert x.grad is not None
    return x.grad


# Identities: where the function of a matrix is constant or known, so is the gradient.


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda a: ((a @ linalg.inv(a)) * G).sum(), 0 * A),
        (lambda a: (linalg.solve(a, a) * G).sum(), 0 * A),
        (lambda a: (linalg.inv(linalg.inv(a)) * G).sum(), G),
        (lambda a: linalg.det(a) * linalg.det(linalg.inv(a)), 0 * A),
        (lambda a: linalg.slogdet(a).logabsdet, np.linalg.inv(A).T),
        (lambda a: linalg.slogdet(a).sign, 0 * A),
        (lambda a: linalg.det(a), np.linalg.det(A) * np.linalg.inv(A).T),
        (lambda a: (linalg.matrix_power(a, 3) @ linalg.matrix_power(a, -3) * G).sum(), 0 * A),
        (lambda a: (linalg.matrix_power(a, 2) * G).sum(), G @ A.T + A.T @ G),
        (lambda a: (linalg.pinv(a) * G).sum(), -np.linalg.inv(A).T @ G @ np.linalg.inv(A).T),
    ],
)
def test_identities_of_inverses_and_determinants(f: Callable[[Any], Any], expected: Any) -> None:
    np.testing.assert_allclose(gradient(f, A), expected, rtol=1e-11, atol=1e-11)


def _qr(a: Any) -> Any:
    q, r = linalg.qr(a)
    return q @ r


def _svd(a: Any) -> Any:
    u, s, vh = linalg.svd(a, full_matrices=False)
    return (u * s[..., None, :]) @ vh


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 3, 3), (1, 1), (1, 3), (3, 1)])
@pytest.mark.parametrize("rebuilt", [_qr, _svd])
def test_a_matrix_is_rebuilt_from_its_parts(rebuilt: Callable[[Any], Any], shape: tuple[int, ...]) -> None:
    """So the gradient is that of the identity, of second order 0."""
    a, g = np.random.default_rng(1).normal(size=(2, *shape))
    np.testing.assert_allclose(rebuilt(a), a, atol=1e-12)
    np.testing.assert_allclose(gradient(lambda x: (rebuilt(x) * g).sum(), a), g, rtol=1e-9, atol=1e-9)
    curvature = hessian(lambda x: (rebuilt(x) * g).sum())(a)
    np.testing.assert_allclose(curvature, 0 * curvature, atol=1e-7)


def test_a_symmetric_matrix_is_rebuilt_from_its_parts() -> None:
    """The triangle that is read has the whole gradient; both have half of it where both are read."""

    def rebuilt(a: Any) -> Any:
        values, v = linalg.eigh(a)
        return (v * values) @ v.T

    whole = G + G.T - np.diag(np.diag(G))
    for f in (rebuilt, lambda a: linalg.cholesky(a) @ linalg.cholesky(a).T):
        np.testing.assert_allclose(gradient(lambda a, f=f: (f(a) * G).sum(), POSITIVE), np.tril(whole), atol=1e-10)
        halves = gradient(lambda a, f=f: (f((a + a.T) / 2) * G).sum(), POSITIVE)
        np.testing.assert_allclose(halves, (G + G.T) / 2, atol=1e-10)
    upper = gradient(lambda a: (rebuilt(a.T) * G).sum(), POSITIVE)
    np.testing.assert_allclose(upper, np.triu(whole), atol=1e-10)
    u = gradient(lambda a: (linalg.cholesky(a, upper=True).T @ linalg.cholesky(a, upper=True) * G).sum(), POSITIVE)
    np.testing.assert_allclose(u, np.triu(whole), atol=1e-10)


def test_columns_of_q_and_singular_vectors_stay_orthonormal() -> None:
    tall = A[:, :3]
    for of in (lambda a: linalg.qr(a).Q, lambda a: linalg.svd(a, full_matrices=False).U):
        product = gradient(lambda a, of=of: ((of(a).T @ of(a)) * G[:3, :3]).sum(), tall)
        np.testing.assert_allclose(product, 0 * tall, atol=1e-11)


def test_a_moved_eigenvalue_is_that_of_perturbation_theory() -> None:
    """λᵢ(a + εe) = λᵢ + ε·vᵢᵀ e vᵢ + ε² Σⱼ (vᵢᵀ e vⱼ)² / (λᵢ − λⱼ): Rayleigh and Schrödinger."""
    e = G + G.T
    values, v = np.linalg.eigh(POSITIVE)
    inside = v.T @ e @ v

    def eigenvalues(t: Any) -> Any:
        return linalg.eigvalsh(POSITIVE + t * e)

    np.testing.assert_allclose(jacobian(eigenvalues)(np.array(0.0)), np.diag(inside), rtol=1e-12)
    gaps = values[:, None] - values
    np.fill_diagonal(gaps, np.inf)
    second = jacobian(jacobian(eigenvalues))(np.array(0.0))
    np.testing.assert_allclose(second, 2 * (inside**2 / gaps).sum(axis=1), rtol=1e-10)


def test_a_system_is_solved_as_by_the_inverse() -> None:
    for b in (rng.normal(size=4), rng.normal(size=(2, 4, 3))):
        for f in (linalg.solve, lambda a, b: linalg.inv(a) @ b):
            assert gradcheck(f, STACK, b, order=2)
        slopes = [grad(lambda a, b, f=f: (f(a, b) ** 2).sum(), (0, 1))(STACK, b) for f in (
            linalg.solve, lambda a, b: linalg.inv(a) @ b,
        )]  # fmt: skip
        for mine, other in zip(*slopes, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-10, atol=1e-12)


def test_the_singular_values_squared_are_eigenvalues() -> None:
    tall = rng.normal(size=(5, 3))
    expected = grad(lambda a: (linalg.eigvalsh(a.T @ a) ** 2 * [1.0, 2.0, 3.0]).sum())(tall)
    found = grad(lambda a: (linalg.svdvals(a) ** 4 * [3.0, 2.0, 1.0]).sum())(tall)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_least_squares_are_where_the_gradient_is_zero() -> None:
    a, b = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    x, _, rank, _ = linalg.lstsq(Tensor(a, requires_grad=True), b)
    np.testing.assert_allclose(gradient(lambda x: ((a @ x - b) ** 2).sum(), x.numpy()), 0, atol=1e-13)
    assert rank == 3
    # By the envelope theorem the least sum depends on a as if x stayed where it is.
    found = gradient(lambda a: linalg.lstsq(a, b)[1].sum(), a)
    np.testing.assert_allclose(found, 2 * (a @ x.numpy() - b) @ x.numpy().T, rtol=1e-10, atol=1e-12)


def test_least_squares_in_transforms_are_evaluated() -> None:
    a, b = rng.normal(size=(2, 6, 3)), rng.normal(size=6)
    expected = [np.linalg.lstsq(each, b)[0] for each in a]
    compiled, of_many = jit(lambda a: linalg.lstsq(a, b)[0]), vmap(lambda a: linalg.lstsq(a, b)[0])
    with pytest.warns(UserWarning, match="looks at the numbers"):
        np.testing.assert_allclose(compiled(a[0]), expected[0], rtol=1e-10)
    with pytest.warns(UserWarning, match="one sample after the other"):
        np.testing.assert_allclose(of_many(a), expected, rtol=1e-10)


def test_a_pseudo_inverse_of_lower_rank_is_differentiated_among_matrices_of_that_rank() -> None:
    u, v = rng.normal(size=4), rng.normal(size=3)
    assert gradcheck(lambda u, v: linalg.pinv(u[:, None] * v[None, :]), u, v, order=2)


# Of two results one number, whose signs do not depend on those of vectors.
OF_BOTH: dict[str, Callable[[Any, Any], Any]] = {
    "inv": lambda xp, a: (xp.linalg.inv(a) * G).sum(),
    "det": lambda xp, a: xp.linalg.det(a),
    "slogdet": lambda xp, a: xp.linalg.slogdet(a)[1],
    "solve": lambda xp, a: (xp.linalg.solve(a, G) ** 2).sum(),
    "pinv": lambda xp, a: (xp.linalg.pinv(a) * G).sum(),
    "eigh values": lambda xp, a: (xp.linalg.eigh(a)[0] ** 3).sum(),
    "eigh vectors": lambda xp, a: (xp.linalg.eigh(a)[1] ** 4 * G).sum(),
    "eigh both": lambda xp, a: (xp.linalg.eigh(a, "U")[1] ** 2 @ xp.linalg.eigh(a, "U")[0] ** 2)[0],
    "svd values": lambda xp, a: (xp.linalg.svd(a, False)[1] ** 3).sum(),
    "svd vectors": lambda xp, a: (xp.linalg.svd(a, False)[0] ** 2 * G + xp.linalg.svd(a, False)[2] ** 4).sum(),
    "cholesky": lambda xp, a: (xp.linalg.cholesky(a @ a.T) * G).sum(),
    "norm": lambda xp, a: xp.linalg.norm(a) + xp.linalg.norm(a, "nuc"),
}


@pytest.mark.parametrize("name", OF_BOTH)
def test_gradients_are_those_of_hips(name: str) -> None:
    """An independent implementation, on NumPy's functions by the same names."""
    found = gradient(lambda a: OF_BOTH[name](np, a), POSITIVE)
    np.testing.assert_allclose(found, hips_grad(lambda a: OF_BOTH[name](anp, a))(POSITIVE), rtol=1e-9, atol=1e-9)


def test_a_large_determinant_does_not_overflow() -> None:
    a = 1e10 * np.eye(100)
    assert linalg.slogdet(a).logabsdet == pytest.approx(100 * np.log(1e10))
    np.testing.assert_allclose(gradient(lambda a: linalg.slogdet(a).logabsdet, a), 1e-10 * np.eye(100))


# Where there is no derivative, or one that is hard to come by.


def test_the_gradient_of_a_determinant_of_a_matrix_without_inverse_is_that_of_cofactors() -> None:
    for a in (
        [[1.0, 2.0], [2.0, 4.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        np.arange(9.0).reshape(3, 3),
        np.zeros((3, 3)),
        [[0.0]],
    ):
        n = len(a)
        found = gradient(linalg.det, a)
        minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)]
        signs = (-1.0) ** np.add.outer(range(n), range(n))
        np.testing.assert_allclose(found, signs * minors, atol=1e-12)
    with pytest.raises(LinAlgError, match="Singular"):
        hessian(linalg.det)(np.array([[1.0, 2.0], [2.0, 4.0]]))


def test_equal_eigenvalues_have_a_gradient_and_their_vectors_have_none() -> None:
    same = np.diag([2.0, 2.0, 5.0])
    np.testing.assert_allclose(gradient(lambda a: linalg.eigvalsh(a).sum(), same), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(gradient(lambda a: linalg.eigvalsh(a)[2], same), np.diag([0, 0, 1.0]), atol=1e-12)
    np.testing.assert_allclose(gradient(lambda a: linalg.svdvals(a).sum(), same), np.eye(3), atol=1e-12)
    with np.errstate(all="ignore"):
        assert not np.isfinite(gradient(lambda a: (linalg.eigh(a).eigenvectors * G[:3, :3]).sum(), same)).all()
        assert not np.isfinite(gradient(lambda a: (linalg.svd(a).U * G[:3, :3]).sum(), same)).all()


def test_norms_have_the_gradient_zero_at_zero() -> None:
    for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        assert gradient(lambda a, order=order: linalg.norm(a, order), np.zeros((2, 3))).tolist() == [[0.0] * 3] * 2
    for order in (None, 1, 2, 3, 1.5, 0.5, -0.5, -1, -2, np.inf, -np.inf):
        assert gradient(lambda a, order=order: linalg.norm(a, order), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    for order, slope in ((0.5, 1.0), (1.5, 1.0), (-1, 0.0), (-2, 0.0)):  # by one entry that is 0
        assert gradient(lambda a, order=order: linalg.norm(a, order), np.array([0.0, 4.0])) == pytest.approx(
            [0.0, slope]
        )


def test_orders_may_be_numpys_numbers() -> None:
    for order in (np.float64(np.inf), np.int64(2), np.float32(1)):
        for x in (A, A[0]):
            assert linalg.norm(x, order) == pytest.approx(np.linalg.norm(x, order))


def test_ties_of_norms_share_the_gradient() -> None:
    np.testing.assert_allclose(gradient(lambda a: linalg.norm(a, 2), np.eye(2)), np.eye(2) / 2)
    assert gradient(lambda a: linalg.norm(a, np.inf), [3.0, -3.0]).tolist() == [0.5, -0.5]


def test_without_entries() -> None:
    """0 × 0: NumPy's values, and gradients of the same shape."""
    empty = np.zeros((2, 0, 0))
    for name in ("inv", "det", "pinv", "cholesky", "eigvalsh", "svdvals"):
        f, numpys = getattr(linalg, name), getattr(np.linalg, name)
        assert np.array_equal(f(empty), numpys(empty))
        assert gradient(lambda a, f=f: f(a).sum(), empty).shape == (2, 0, 0)
    assert linalg.slogdet(empty).logabsdet.tolist() == [0.0, 0.0]
    assert [part.shape for part in linalg.qr(np.zeros((3, 0)))] == [(3, 0), (0, 0)]


def test_single_precision_stays() -> None:
    a = Tensor(POSITIVE.astype(np.float32), requires_grad=True)
    for f in (
        linalg.inv,
        linalg.cholesky,
        linalg.qr,
        linalg.eigh,
        linalg.svd,
        linalg.slogdet,
        linalg.pinv,
        linalg.cond,
    ):
        results = f(a)
        results = results if isinstance(results, tuple) else (results,)
        total = sum((part.sum() for part in results[1:]), results[0].sum())
        total.backward()
        assert {part.dtype for part in results} == {np.dtype(np.float32)}
    assert a.grad is not None
    assert a.grad.dtype == np.float32
    assert linalg.lstsq(a, np.ones(4, np.float32))[0].dtype == np.float32


# How it is called.


@pytest.mark.parametrize("name", ["slogdet", "qr", "eigh", "svd"])
def test_several_results_are_a_tuple_with_numpys_names(name: str) -> None:
    numpys = getattr(np.linalg, name)(POSITIVE)
    for given, kind in ((POSITIVE, (np.ndarray, np.generic)), (Tensor(POSITIVE, requires_grad=True), Tensor)):
        for f in (getattr(linalg, name), getattr(np.linalg, name)):
            result = f(given)
            assert result._fields == numpys._fields if f is getattr(linalg, name) else True
            assert all(isinstance(part, kind) for part in result)
            for part, expected in zip(result, numpys, strict=True):
                np.testing.assert_allclose(part.numpy() if isinstance(part, Tensor) else part, expected, atol=1e-12)


@pytest.mark.parametrize(
    "name",
    [
        name for name in linalg.__all__
        if hasattr(np.linalg, name) and name not in (
            "cross", "lstsq", "matmul", "matrix_power", "multi_dot", "outer", "tensordot", "tensorinv", "tensorsolve",
            "vecdot",  # which are not of one matrix
        )
    ],
)  # fmt: skip
def test_numpys_function_of_a_tensor_is_ours(name: str) -> None:
    x = Tensor(POSITIVE, requires_grad=True)
    arguments = (np.ones(4),) if name == "solve" else ()
    mine, numpys = getattr(linalg, name)(x, *arguments), getattr(np.linalg, name)(x, *arguments)
    for a, b in zip(*((each if isinstance(each, tuple) else (each,)) for each in (mine, numpys)), strict=True):
        assert isinstance(b, Tensor)
        assert b.requires_grad
        assert np.array_equal(a.numpy(), b.numpy())


def test_every_public_function_is_numpys_or_declared() -> None:
    own = {"cofactors", "EighResult", "QRResult", "SVDResult", "SlogdetResult"}
    assert {name for name in linalg.__all__ if not hasattr(np.linalg, name)} == own
    assert {name.removeprefix("linalg.") for name in composed.COMPOSITIONS if name.startswith("linalg.")} - own <= {
        *linalg.__all__, *dir(np.linalg),
    }  # fmt: skip


def test_a_rank_is_a_plain_number() -> None:
    assert np.linalg.matrix_rank(Tensor(POSITIVE, requires_grad=True)) == 4


def test_one_program_for_many_samples() -> None:
    def energy(a: Any, b: Any) -> Any:
        values, vectors = linalg.eigh(a @ a.T)
        return linalg.slogdet(a).logabsdet + linalg.norm(linalg.solve(a, b)) + values[0] * vectors[0, 0] ** 2

    b = rng.normal(size=(2, 4))
    found = vmap(grad(energy, (0, 1)))(STACK, b)
    compiled = jit(grad(energy, (0, 1)))
    for i in range(2):
        for one, other, expected in zip(
            [part[i] for part in found], compiled(STACK[i], b[i]), grad(energy, (0, 1))(STACK[i], b[i]), strict=True
        ):
            np.testing.assert_allclose(one, expected, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(other, expected, rtol=1e-10, atol=1e-12)
    assert compiled.why_not is None


def test_a_compiled_function_notices_a_singular_matrix() -> None:
    f = jit(lambda a: linalg.inv(a).sum())
    f(A)
    assert f.why_not is None
    with pytest.raises(LinAlgError, match=r"inv of shapes \(4, 4\): Singular"):
        f(np.ones((4, 4)))
    np.testing.assert_allclose(f(A), np.linalg.inv(A).sum())


T = Tensor(A, requires_grad=True)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: linalg.inv(Tensor(np.ones((2, 2)))), LinAlgError, r"inv of shapes \(2, 2\): Singular"),
        (lambda: linalg.inv(T[:2]), LinAlgError, r"inv of shapes \(2, 4\).*square"),
        (lambda: linalg.inv(T[0]), LinAlgError, r"inv of shapes \(4,\)"),
        (lambda: linalg.solve(T, np.ones(3)), ValueError, r"solve of shapes \(4, 4\) and \(3,\)"),
        (lambda: linalg.det(T[:2]), LinAlgError, r"det of shapes \(2, 4\).*square"),
        (lambda: linalg.slogdet(Tensor(np.ones((2, 2)), True)).logabsdet.backward(), LinAlgError, "Singular"),
        (lambda: linalg.cholesky(-T @ T.T), LinAlgError, "not positive definite"),
        (lambda: linalg.cholesky(T, upper=1), ValueError, "upper is True or False"),
        (lambda: linalg.eigh(T[:2]), LinAlgError, r"eigh takes square matrices.*\(2, 4\)"),
        (lambda: linalg.eigh(T, "X"), ValueError, "UPLO is one of"),
        (lambda: linalg.svd(T[:2]), ValueError, r"full_matrices is False for the shape \(2, 4\)"),
        (lambda: linalg.svd(T[0]), LinAlgError, r"svd takes matrices.*\(4,\)"),
        (lambda: linalg.svdvals(T[0]), LinAlgError, r"svdvals takes matrices.*\(4,\)"),
        (lambda: linalg.qr(T[:, :2], "complete"), ValueError, "mode is 'reduced' or 'r'"),
        (lambda: linalg.qr(T, "raw"), ValueError, "mode is one of"),
        (lambda: linalg.qr(Tensor(np.ones((3, 2)), True)).R.sum().backward(), LinAlgError, "Singular"),
        (lambda: linalg.matrix_power(T, 0.5), TypeError, "n is an integer"),
        (lambda: linalg.matrix_power(T[:2], 2), LinAlgError, "matrix_power takes square matrices"),
        (lambda: linalg.lstsq(Tensor(np.ones((3, 2))), np.ones(3)), LinAlgError, "full rank, which is 2"),
        (lambda: linalg.lstsq(T, np.ones(3)), ValueError, r"\(4, 4\) and \(3,\)"),
        (lambda: linalg.norm(T, 0, 0), ValueError, "0 counts entries"),
        (lambda: linalg.norm(T, "fro", 0), ValueError, "ord is"),
        (lambda: linalg.norm(T, 3), ValueError, "ord is one of 'fro', 'nuc'"),
        (lambda: linalg.norm(T, Tensor(1.0)), ValueError, "ord is one of 'fro', 'nuc'"),
        (lambda: linalg.norm(T, Tensor(2.0), 0), ValueError, "ord is a finite number"),
        (lambda: linalg.norm(T, True), ValueError, "ord is one of 'fro', 'nuc'"),
        (lambda: linalg.cond(T, Tensor(2.0)), ValueError, "ord is one of"),
        (lambda: linalg.norm(Tensor(STACK), 2), ValueError, "axis is one axis or two"),
        (lambda: linalg.norm(T, None, 5), ValueError, "axis is an integer"),
        (lambda: linalg.cond(T[:2], 1), LinAlgError, "cond takes square matrices"),
        (lambda: linalg.tensorinv(T, 3), ValueError, "ind is such that"),
        (lambda: linalg.tensorsolve(T, np.ones(3)), ValueError, "3 equations"),
        (lambda: linalg.inv("a"), TypeError, "a number or an array"),
        (lambda: linalg.eigh([["a"]]), TypeError, "a number or an array"),
        (lambda: np.linalg.eig(T), TypeError, r"numpy.linalg.eig has no gradient here: .*complex.*. Write linalg.eigh"),
        (lambda: np.linalg.pinv(T, 0.1), TypeError, "takes no rcond"),
        (lambda: np.linalg.svd(T, hermitian=True), TypeError, "takes no hermitian"),
    ],
)
def test_what_is_wrong_is_said(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()

"""Distributions: SciPy's values, and gradients by all that they are differentiated by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

from inversa.autograd import Tensor, Value, gradcheck, jit, stats

X, UNIT = np.array([0.3, 1.2, 4.0]), np.array([0.2, 0.5, 0.9])
TALL = np.array([[2.0], [0.7]])
# What every function is called with, and by how many arguments, from the first, it is differentiated; None by the last.
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, int | None]]] = {
    "norm": ((X - 2, 0.5, TALL), dict.fromkeys(("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"), 3)),
    "t": ((X - 2, 2.5, 0.5, TALL), {"pdf": 4, "logpdf": 4, "cdf": 1, "logcdf": 1}),
    "gamma": ((X, TALL), {"pdf": 2, "logpdf": 2, "cdf": 1}),
    "chi2": ((X, TALL), {"pdf": 2, "logpdf": 2, "cdf": 1}),
    "beta": ((UNIT, TALL, 1.5), {"pdf": 3, "logpdf": 3, "cdf": 1}),
    "poisson": ((np.array([0.0, 1.0, 5.0]), TALL), {"pmf": None, "logpmf": None, "cdf": None}),
}
EVERY = [(name, function) for name, (_, functions) in CALLS.items() for function in functions]


@pytest.mark.parametrize(("name", "function"), EVERY)
def test_values_are_scipys_and_gradients_are_slopes(name: str, function: str) -> None:
    args, functions = CALLS[name]
    ours = getattr(getattr(stats, name), function)
    expected = getattr(getattr(scipy.stats, name), function)(*args)
    np.testing.assert_allclose(ours(*args), expected, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(ours(Tensor(args[0]), *args[1:])), expected, rtol=1e-12)
    count = functions[function]
    if count is None:
        assert gradcheck(lambda last: ours(*args[:-1], last), args[-1], order=2)
    else:
        assert gradcheck(lambda *first: ours(*first, *args[count:]), *args[:count], order=2)
    first = args[0] if count is not None else 2.0
    single = [float(np.ravel(x)[0]) for x in (first, *args[1:])]
    place = 0 if count is not None else len(single) - 1
    nodes = [Value(x) if i == place else x for i, x in enumerate(single)]
    assert ours(*nodes).data == pytest.approx(ours(*single), rel=1e-15)


def test_shares_and_vectors() -> None:
    alpha, shares = np.array([1.5, 2.0, 0.7]), np.array([0.2, 0.3, 0.5])
    expected = scipy.stats.dirichlet.logpdf(shares, alpha)
    assert stats.dirichlet.logpdf(shares, alpha) == pytest.approx(expected, rel=1e-12)
    assert gradcheck(lambda alpha: stats.dirichlet.pdf(shares, alpha), alpha, order=2)
    mean, cov, rows = np.array([0.5, -1.0]), np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[0.0, 0.0], [1.0, -2.0]])
    theirs = scipy.stats.multivariate_normal
    np.testing.assert_allclose(stats.multivariate_normal.logpdf(rows, mean, cov), theirs.logpdf(rows, mean, cov), 1e-12)
    assert stats.multivariate_normal.entropy(mean, cov) == pytest.approx(theirs(mean, cov).entropy(), rel=1e-12)
    assert gradcheck(stats.multivariate_normal.pdf, rows, mean, cov, order=2)
    assert jit(stats.multivariate_normal.logpdf)(rows[0], mean, cov) == pytest.approx(theirs.logpdf(rows[0], mean, cov))


def test_what_is_not_differentiated_says_so() -> None:
    with pytest.raises(TypeError, match="stdtr is not differentiated by its df"):
        stats.t.cdf(1.0, Value(2.0))


def test_lists_are_arrays() -> None:
    assert stats.norm.cdf([0.0, 1.0], scale=[1.0, 2.0]).tolist() == stats.norm.cdf(np.array([0.0, 0.5])).tolist()
    with pytest.raises(TypeError, match="a number or an array of numbers"):
        stats.norm.pdf(["a"])


def test_outside_of_where_a_variable_can_be_there_is_no_number() -> None:
    with np.errstate(all="ignore"):
        outside = stats.gamma.pdf(-1.0, 2.0), stats.chi2.cdf(-1.0, 2.0), stats.beta.pdf(1.5, 2.0, 2.0)
    assert np.isnan([*outside, stats.beta.cdf(-0.5, 2.0, 2.0), stats.poisson.pmf(-1.5, -2.0)]).all()

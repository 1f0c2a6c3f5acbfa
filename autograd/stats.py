"""Densities and distributions of random variables under SciPy's names, with gradients: ``stats.norm.logpdf(x, loc)``.

They are written with the special functions, take numbers, lists, arrays, Values and Tensors whose shapes broadcast, and
have the arguments of ``scipy.stats``. Where the text says so, a distribution function is differentiated by x alone.
Outside of where the random variable can be, gamma, chi2, beta and poisson are NaN, not 0, 1 or −∞ as in SciPy.

>>> from inversa.autograd import grad, stats
>>> stats.norm.cdf(0.0)
0.5
>>> grad(lambda mean: stats.norm.logpdf(3.0, mean, 2.0))(1.0)
0.5
"""

# ruff: noqa: N801
# The classes have the names of SciPy's distributions.

from collections.abc import Callable
from functools import wraps
from math import log, pi
from typing import Any

from inversa.autograd.linalg import inv, slogdet
from inversa.autograd.ops.composed import as_array
from inversa.autograd.ops.elementary import exp, log1p
from inversa.autograd.ops.elementary import log as ln
from inversa.autograd.ops.entropy import xlog1py, xlogy
from inversa.autograd.ops.gamma import betainc, betaln, gammainc, gammaincc, gammaln, stdtr
from inversa.autograd.ops.normal import log_ndtr, ndtr
from inversa.autograd.ops.reductions import sum as total

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]


class norm:
    """The normal distribution with the mean ``loc`` and the standard deviation ``scale``.

    >>> from inversa.autograd import stats
    >>> stats.norm.sf(1.0, 1.0, 2.0)
    0.5
    """

    @staticmethod
    def logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density."""
        z = (x - loc) / scale
        return -z * z / 2 - ln(scale) - log(2 * pi) / 2

    @staticmethod
    def pdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density."""
        return exp(norm.logpdf(x, loc, scale))

    @staticmethod
    def cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of a number up to x."""
        return ndtr((x - loc) / scale)

    @staticmethod
    def logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """Its logarithm."""
        return log_ndtr((x - loc) / scale)

    @staticmethod
    def sf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of a number above x."""
        return ndtr((loc - x) / scale)

    @staticmethod
    def logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """Its logarithm."""
        return log_ndtr((loc - x) / scale)


class t:
    """Student's distribution with df degrees of freedom.

    >>> from inversa.autograd import stats
    >>> stats.t.cdf(0.0, 3.0)
    0.5
    """

    @staticmethod
    def logpdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density."""
        z = (x - loc) / scale
        return -(df + 1) / 2 * log1p(z * z / df) - ln(df) / 2 - betaln(df / 2, 0.5) - ln(scale)

    @staticmethod
    def pdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density."""
        return exp(t.logpdf(x, df, loc, scale))

    @staticmethod
    def cdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of a number up to x; not differentiated by df."""
        return stdtr(df, (x - loc) / scale)

    @staticmethod
    def logcdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """Its logarithm; not differentiated by df."""
        return ln(t.cdf(x, df, loc, scale))


class gamma:
    """The gamma distribution with the shape a.

    >>> from inversa.autograd import stats
    >>> stats.gamma.pdf(0.0, 1.0)
    1.0
    """

    @staticmethod
    def logpdf(x: Any, a: Any) -> Any:
        """The logarithm of the density."""
        return xlogy(a - 1, x) - x - gammaln(a)

    @staticmethod
    def pdf(x: Any, a: Any) -> Any:
        """The density."""
        return exp(gamma.logpdf(x, a))

    @staticmethod
    def cdf(x: Any, a: Any) -> Any:
        """The probability of a number up to x; not differentiated by a."""
        return gammainc(a, x)


class chi2:
    """The sum of df squares of normal numbers.

    >>> from inversa.autograd import stats
    >>> stats.chi2.cdf(0.0, 2.0)
    0.0
    """

    @staticmethod
    def logpdf(x: Any, df: Any) -> Any:
        """The logarithm of the density."""
        return gamma.logpdf(x / 2, df / 2) - log(2)

    @staticmethod
    def pdf(x: Any, df: Any) -> Any:
        """The density."""
        return exp(chi2.logpdf(x, df))

    @staticmethod
    def cdf(x: Any, df: Any) -> Any:
        """The probability of a number up to x; not differentiated by df."""
        return gammainc(df / 2, x / 2)


class beta:
    """The beta distribution, on the numbers from 0 to 1.

    >>> from inversa.autograd import stats
    >>> stats.beta.cdf(0.5, 2.0, 2.0)
    0.5
    """

    @staticmethod
    def logpdf(x: Any, a: Any, b: Any) -> Any:
        """The logarithm of the density."""
        return xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b)

    @staticmethod
    def pdf(x: Any, a: Any, b: Any) -> Any:
        """The density."""
        return exp(beta.logpdf(x, a, b))

    @staticmethod
    def cdf(x: Any, a: Any, b: Any) -> Any:
        """The probability of a number up to x; not differentiated by a and b."""
        return betainc(a, b, x)


class poisson:
    """The number of events of which mu are expected; differentiated by mu.

    >>> from inversa.autograd import stats
    >>> stats.poisson.pmf(0.0, 0.0)
    1.0
    """

    @staticmethod
    def logpmf(k: Any, mu: Any) -> Any:
        """The logarithm of the probability of k events."""
        return xlogy(k, mu) - gammaln(k + 1) - mu

    @staticmethod
    def pmf(k: Any, mu: Any) -> Any:
        """The probability of k events."""
        return exp(poisson.logpmf(k, mu))

    @staticmethod
    def cdf(k: Any, mu: Any) -> Any:
        """The probability of k events or fewer."""
        return gammaincc(k + 1, mu)


class dirichlet:
    """Shares x, which add up to 1, with the concentrations alpha.

    >>> from inversa.autograd import stats
    >>> float(stats.dirichlet.pdf([0.5, 0.5], [1.0, 1.0]))
    1.0
    """

    @staticmethod
    def logpdf(x: Any, alpha: Any) -> Any:
        """The logarithm of the density; (n,) and (n,) give a number."""
        return total(xlogy(alpha - 1, x)) + gammaln(total(alpha)) - total(gammaln(alpha))

    @staticmethod
    def pdf(x: Any, alpha: Any) -> Any:
        """The density."""
        return exp(dirichlet.logpdf(x, alpha))


class multivariate_normal:
    """Vectors of normal numbers with the means ``mean`` and the covariances ``cov``.

    >>> from inversa.autograd import stats
    >>> round(float(stats.multivariate_normal.pdf([0.0, 0.0], [0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])), 6)
    0.159155
    """

    @staticmethod
    def logpdf(x: Any, mean: Any, cov: Any) -> Any:
        """The logarithm of the density; (..., n), (n,) and (n, n) give (...)."""
        centred = x - mean
        distance = total(centred @ inv(cov) * centred, axis=-1)
        return -(distance + slogdet(cov)[1] + cov.shape[-1] * log(2 * pi)) / 2

    @staticmethod
    def pdf(x: Any, mean: Any, cov: Any) -> Any:
        """The density."""
        return exp(multivariate_normal.logpdf(x, mean, cov))

    @staticmethod
    def entropy(mean: Any, cov: Any) -> Any:
        """How uncertain such a vector is, in nats; it does not depend on the mean."""
        return (slogdet(cov)[1] + cov.shape[-1] * (1 + log(2 * pi))) / 2


def _with_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with lists of numbers as arrays."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        return function(*map(_unlisted, args), **{name: _unlisted(x) for name, x in kwargs.items()})

    return called


def _unlisted(x: Any) -> Any:
    return as_array(x) if isinstance(x, (list, tuple)) else x


for _distribution in (norm, t, gamma, chi2, beta, poisson, dirichlet, multivariate_normal):
    for _name, _function in [*vars(_distribution).items()]:
        if isinstance(_function, staticmethod):
            setattr(_distribution, _name, staticmethod(_with_arrays(_function.__func__)))

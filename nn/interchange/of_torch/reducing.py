"""Operators that make of many entries one: sums, means, the largest, and softmax."""

from __future__ import annotations

from math import inf, prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import aten
from inversa.nn.interchange.of_torch.values import Axes, axes_of, is_float, numbers


@aten("sum", "sum.dim_IntList")
def total(x: Any, dim: Axes = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The sum along axes."""
    return ag.sum(_as(x, dtype), axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("mean", "mean.dim")
def mean(x: Any, dim: Axes = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The mean along axes."""
    return ag.mean(_as(x, dtype), axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("prod", "prod.dim_int")
def product(x: Any, dim: Axes = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The product along axes."""
    return ag.prod(_as(x, dtype), axis=axes_of(dim, x.ndim), keepdims=keepdim)


def _as(x: Any, dtype: Any) -> Any:
    if dtype is None or np.dtype(dtype) == np.dtype(x.dtype):
        return x
    return ag.astype(x, dtype) if is_float(x) else numbers(x).astype(dtype)


@aten("amax")
def amax(x: Any, dim: Axes = None, keepdim: bool = False) -> Any:
    """The largest along axes; several that are largest share the gradient."""
    return ag.max(x, axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("amin")
def amin(x: Any, dim: Axes = None, keepdim: bool = False) -> Any:
    """The smallest along axes."""
    return ag.min(x, axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("max")
def largest(x: Any) -> Any:
    """The largest of all."""
    return ag.max(x)


@aten("min")
def smallest(x: Any) -> Any:
    """The smallest of all."""
    return ag.min(x)


@aten("argmax")
def argmax(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest stands."""
    return np.argmax(numbers(x), axis=dim, keepdims=keepdim)


@aten("argmin")
def argmin(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest stands."""
    return np.argmin(numbers(x), axis=dim, keepdims=keepdim)


@aten("max.dim")
def max_along(x: Any, dim: int, keepdim: bool = False) -> tuple[Any, Any]:
    """The largest along an axis, and where it stands, which alone has a gradient."""
    return _taken(x, argmax(x, dim, keepdim=True), dim, keepdim)


@aten("min.dim")
def min_along(x: Any, dim: int, keepdim: bool = False) -> tuple[Any, Any]:
    """The smallest along an axis, and where it stands."""
    return _taken(x, argmin(x, dim, keepdim=True), dim, keepdim)


def _taken(x: Any, places: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    values = ag.take_along_axis(x, places, dim)
    if keepdim:
        return values, places
    return ag.squeeze(values, dim), np.squeeze(places, dim)


@aten("var.correction", "var.dim")
def variance(x: Any, dim: Axes = None, correction: Any = 1, keepdim: bool = False) -> Any:
    """The mean square of what differs from the mean, by n − correction."""
    correction = 1 if correction is None else correction
    return ag.var(x, axis=axes_of(dim, x.ndim), correction=correction, keepdims=keepdim)


@aten("std.correction")
def deviation(x: Any, dim: Axes = None, correction: Any = 1, keepdim: bool = False) -> Any:
    """The root of the variance."""
    return ag.sqrt(variance(x, dim, correction, keepdim))


@aten("var_mean.correction")
def variance_and_mean(x: Any, dim: Axes = None, correction: Any = 1, keepdim: bool = False) -> tuple[Any, Any]:
    """Both at once."""
    return variance(x, dim, correction, keepdim), mean(x, dim, keepdim)


@aten("linalg_vector_norm")
def vector_norm(x: Any, ord: float = 2, dim: Axes = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(Σ |x|ᵖ)^(1/p) along axes."""
    x, axes = _as(x, dtype), axes_of(dim, x.ndim)
    if ord == inf:
        return ag.max(ag.abs(x), axis=axes, keepdims=keepdim)
    if ord == 2:
        return ag.sqrt(ag.sum(x * x, axis=axes, keepdims=keepdim))
    if ord == 1:
        return ag.sum(ag.abs(x), axis=axes, keepdims=keepdim)
    if ord <= 0:
        raise InterchangeError(f"the norm of order {ord} is not supported")
    return ag.power(ag.sum(ag.power(ag.abs(x), float(ord)), axis=axes, keepdims=keepdim), 1 / ord)


@aten("cumsum")
def cumsum(x: Any, dim: int, dtype: Any = None) -> Any:
    """Sums of all up to each along an axis."""
    return ag.cumsum(_as(x, dtype), axis=dim)


@aten("logsumexp")
def logsumexp(x: Any, dim: Axes, keepdim: bool = False) -> Any:
    """ln Σ eˣ along axes."""
    return ag.logsumexp(x, axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("_softmax", "softmax.int")
def softmax(x: Any, dim: int, half_to_float: Any = False) -> Any:
    """eˣ / Σ eˣ along an axis."""
    return ag.softmax(x, axis=dim)


@aten("_log_softmax", "log_softmax.int")
def log_softmax(x: Any, dim: int, half_to_float: Any = False) -> Any:
    """Its logarithm."""
    return ag.log_softmax(x, axis=dim)


@aten("_safe_softmax")
def safe_softmax(x: Any, dim: int, dtype: Any = None) -> Any:
    """Softmax that gives 0 where all is −∞."""
    blind = ag.max(x, axis=dim, keepdims=True) == -inf
    return ag.where(blind, 0.0, ag.softmax(ag.where(blind, 0.0, _as(x, dtype)), axis=dim))


@aten("sym_numel")
def size(x: Any) -> int:
    """How many entries."""
    return prod(x.shape)

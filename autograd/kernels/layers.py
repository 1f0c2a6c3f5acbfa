"""Layers of neurons: what surrounds the matrix products of a network, each in one pass over memory.

The products themselves are BLAS's business: a product written here loses to it at every size. All arrays are
C-contiguous and of one floating-point type; constants are converted to it first, so that float32 is not widened.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inversa.autograd.kernels.compiling import compiled, inlined

# Sums may be taken in another order; nan and ∞ mean what they mean.
_sum = {"reassoc", "contract"}


@compiled(nogil=True)
def add_row(z: Any, b: Any, out: Any) -> None:
    """``out = z + b``: a bias for every neuron; shapes (samples, neurons), (neurons,)."""
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            out[i, j] = z[i, j] + b[j]


@compiled(nogil=True)
def add_row_relu(z: Any, b: Any, out: Any) -> None:
    """``out = max(0, z + b)``; nan stays nan."""
    zero = out.dtype.type(0)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            total = z[i, j] + b[j]
            out[i, j] = zero if total <= zero else total


@compiled(nogil=True)
def relu(x: Any, out: Any) -> None:
    """``out = max(0, x)`` of flat arrays; nan stays nan."""
    zero = out.dtype.type(0)
    for i in range(x.size):
        out[i] = zero if x[i] <= zero else x[i]


@compiled(nogil=True)
def through_relu(g: Any, y: Any, out: Any) -> None:
    """``out = 0 where y <= 0 else g``: a gradient on its way back through a ReLU that gave y; flat arrays."""
    zero = out.dtype.type(0)
    for i in range(g.size):
        out[i] = zero if y[i] <= zero else g[i]


@compiled(nogil=True)
def through_tanh(g: Any, y: Any, out: Any) -> None:
    """``out = g (1 − y²)``: a gradient on its way back through a tanh that gave y; flat arrays."""
    one = out.dtype.type(1)
    for i in range(g.size):
        out[i] = g[i] * (one - y[i] * y[i])


@compiled(nogil=True)
def through_sigmoid(g: Any, y: Any, out: Any) -> None:
    """``out = g y (1 − y)``: a gradient on its way back through a sigmoid that gave y; flat arrays."""
    one = out.dtype.type(1)
    for i in range(g.size):
        out[i] = g[i] * y[i] * (one - y[i])


@compiled(nogil=True)
def product_through_tanh(g: Any, a: Any, y: Any, out: Any) -> None:
    """``out = g a (1 − y²)``: where a tanh is a factor; flat arrays."""
    one = out.dtype.type(1)
    for i in range(g.size):
        out[i] = g[i] * a[i] * (one - y[i] * y[i])


@compiled(nogil=True)
def product_through_sigmoid(g: Any, a: Any, y: Any, out: Any) -> None:
    """``out = g a y (1 − y)``: where a sigmoid is a factor, a gate; flat arrays."""
    one = out.dtype.type(1)
    for i in range(g.size):
        out[i] = g[i] * a[i] * y[i] * (one - y[i])


@compiled(nogil=True)
def column_sums(x: Any, out: Any) -> None:
    """``out = Σᵢ x[i, :]``: the gradient of a bias; shapes (samples, neurons), (neurons,)."""
    out[:] = out.dtype.type(0)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[j] += x[i, j]


@compiled(nogil=True, fastmath=_sum)
def total(x: Any, out: Any) -> None:
    """``out[0] = Σ x`` of a flat array."""
    result = out.dtype.type(0)
    for i in range(x.size):
        result += x[i]
    out[0] = result


@compiled(nogil=True, fastmath=_sum)
def mean(x: Any, out: Any) -> None:
    """``out[0] = Σ x / n`` of a flat array."""
    result = out.dtype.type(0)
    for i in range(x.size):
        result += x[i]
    out[0] = result / out.dtype.type(x.size)


@compiled(nogil=True, fastmath=_sum)
def standardise(x: Any, eps: Any, out: Any) -> None:
    """``out = (x − mean) / √(variance + ε)``, each row by itself."""
    for i in range(x.shape[0]):
        centre, scale = _centre_and_scale(x[i], eps[()])
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - centre) * scale


@compiled(nogil=True, fastmath=_sum)
def through_standardise(g: Any, x: Any, eps: Any, out: Any) -> None:
    """A gradient on its way back through `standardise`: ``out = scale (g − mean of g − y · mean of g y)``."""
    count = out.dtype.type(x.shape[1])
    for i in range(x.shape[0]):
        centre, scale = _centre_and_scale(x[i], eps[()])
        total = along = out.dtype.type(0)
        for j in range(x.shape[1]):
            total += g[i, j]
            along += g[i, j] * (x[i, j] - centre)
        total, along = total / count, along / count * scale * scale
        for j in range(x.shape[1]):
            out[i, j] = scale * (g[i, j] - total - (x[i, j] - centre) * along)


@compiled(nogil=True, fastmath=_sum)
def past_standardise(h: Any, g: Any, x: Any, eps: Any, out: Any) -> None:
    """The same, added to h: the gradient of what is standardised and used otherwise, too."""
    through_standardise(g, x, eps, out)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] += h[i, j]


@inlined(fastmath=_sum)
def _centre_and_scale(row: Any, eps: Any) -> Any:
    """The mean of a row, and 1 / √(variance + ε)."""
    count = row.dtype.type(row.size)
    centre = squares = row.dtype.type(0)
    for j in range(row.size):
        centre += row[j]
    centre /= count
    for j in range(row.size):
        squares += (row[j] - centre) * (row[j] - centre)
    return centre, row.dtype.type(1) / math.sqrt(squares / count + eps)


@compiled(nogil=True)
def shift(x: Any, out: Any) -> None:
    """``out = x − largest``, each row by itself; a nan is not the largest."""
    lanes = np.empty(16, x.dtype)  # compared side by side: of a single one the processor would wait for every result
    whole = x.shape[1] - x.shape[1] % lanes.size
    for i in range(x.shape[0]):
        top = x[i, 0]
        lanes[:] = top
        for j in range(0, whole, lanes.size):
            for k in range(lanes.size):
                lanes[k] = x[i, j + k] if x[i, j + k] > lanes[k] else lanes[k]
        for k in range(lanes.size):
            top = lanes[k] if lanes[k] > top else top
        for j in range(whole, x.shape[1]):
            top = x[i, j] if x[i, j] > top else top
        for j in range(x.shape[1]):
            out[i, j] = x[i, j] - top


@compiled(nogil=True, fastmath=_sum)
def share(x: Any) -> None:
    """``x = x / Σ x``, each row by itself."""
    for i in range(x.shape[0]):
        result = x.dtype.type(0)
        for j in range(x.shape[1]):
            result += x[i, j]
        for j in range(x.shape[1]):
            x[i, j] /= result


@compiled(nogil=True, fastmath=_sum)
def through_softmax(g: Any, y: Any, out: Any) -> None:
    """``out = y (g − Σ g y)``: a gradient on its way back through a softmax that gave y, each row by itself."""
    for i in range(g.shape[0]):
        along = out.dtype.type(0)
        for j in range(g.shape[1]):
            along += g[i, j] * y[i, j]
        for j in range(g.shape[1]):
            out[i, j] = y[i, j] * (g[i, j] - along)

"""Layers of neurons: what surrounds the matrix products of a network, each in one pass over memory.

The products themselves are BLAS's business: a product written here loses to it at every size. All arrays are
C-contiguous and of one floating-point type; constants are converted to it first, so that float32 is not widened.
"""

from __future__ import annotations

from typing import Any

from inversa.autograd.kernels.compiling import compiled

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

"""Softmax and cross-entropy in one pass, with the gradient; shapes (samples, classes), labels (samples,)."""

from __future__ import annotations

import math
from typing import Any

from inversa.autograd.kernels.compiling import compiled


@compiled(nogil=True)
def losses(z: Any, labels: Any, out: Any) -> int:
    """``out = ln Σ e^z − z[label]`` for every sample, shifted by the largest z so that nothing overflows.

    Returns the first sample whose label is none of the classes, or −1; ``out`` is complete in the second case alone.
    """
    for i in range(z.shape[0]):
        label = labels[i]
        if label < 0 or label >= z.shape[1]:
            return i
        top = z[i, 0]
        for k in range(z.shape[1]):
            top = z[i, k] if z[i, k] > top or z[i, k] != z[i, k] else top
        powers = out.dtype.type(0)
        for k in range(z.shape[1]):
            powers += math.exp(z[i, k] - top)
        out[i] = math.log(powers) - (z[i, label] - top)
    return -1


@compiled(nogil=True)
def gradient(g: Any, z: Any, labels: Any, out: Any) -> None:
    """``out = g (softmax(z) − 1 at the label)`` with one g for every sample; labels as `losses` has checked them."""
    for i in range(z.shape[0]):
        top = z[i, 0]
        for k in range(z.shape[1]):
            top = z[i, k] if z[i, k] > top or z[i, k] != z[i, k] else top
        powers = out.dtype.type(0)
        for k in range(z.shape[1]):
            out[i, k] = math.exp(z[i, k] - top)
            powers += out[i, k]
        scale = g[i] / powers
        for k in range(z.shape[1]):
            out[i, k] *= scale
        out[i, labels[i]] -= g[i]

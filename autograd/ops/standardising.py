"""Standardising: what comes out has mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from inversa.autograd.ops.reductions import mean


def standardised(x: Any, axes: tuple[int, ...], eps: Any) -> tuple[Any, Any, Any]:
    """(x − mean) / √(variance + ε) over some axes, and the mean and the variance, with these axes of length 1."""
    centre = mean(x, axes, keepdims=True)
    centred = x - centre
    variance = mean(centred * centred, axes, keepdims=True)
    return centred * (variance + eps) ** -0.5, centre, variance

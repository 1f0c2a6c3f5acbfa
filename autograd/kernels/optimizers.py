"""Optimisers' steps: each changes a parameter, and what is kept for it, in place and in one pass over memory.

NumPy makes a pass and an array for every operation of a formula; with arrays larger than the caches, moving them to and
fro is nearly all of the work. Here every entry is read, changed and written once. The loops contain no branch and no
call, so they compile to vector instructions.

The arrays of a call are one-dimensional, contiguous, of the same length, and all float32 or all float64. The numbers
that go with them are rounded to that type before the loop, as NumPy does with Python's: a float64 within the loop would
widen it. And as nothing is reordered either, results are those of the formulas in `inversa.nn.optim` to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inversa.autograd.kernels.compiling import compiled

Row = np.ndarray[tuple[int], np.dtype[Any]]

step = compiled(nogil=True)  # other threads go on meanwhile


@step
def sgd(w: Row, g: Row, lr: float) -> None:
    """Gradient descent: w ← w − αg."""
    lr = w.dtype.type(lr)
    for i in range(w.size):
        w[i] -= lr * g[i]


@step
def momentum(w: Row, g: Row, v: Row, decay: float, gain: float, lr: float) -> None:
    """A running average of the gradients makes the steps: v ← decay·v + gain·g, w ← w − αv."""
    number = w.dtype.type
    decay, gain, lr = number(decay), number(gain), number(lr)
    for i in range(w.size):
        v[i] = decay * v[i] + gain * g[i]
        w[i] -= lr * v[i]


@step
def nesterov(w: Row, g: Row, v: Row, decay: float, lr: float) -> None:
    """The same with a look ahead: v ← decay·v + g, w ← w − α(g + decay·v)."""
    number = w.dtype.type
    decay, lr = number(decay), number(lr)
    for i in range(w.size):
        v[i] = decay * v[i] + g[i]
        w[i] -= lr * (g[i] + decay * v[i])


@step
def scaled(w: Row, g: Row, v: Row, decay: float, gain: float, lr: float, eps: float, eps_inside: bool) -> None:
    """AdaGrad and RMSProp: v ← decay·v + gain·g², w ← w − αg / (√v + ε), or √(v + ε)."""
    number = w.dtype.type
    decay, gain, lr = number(decay), number(gain), number(lr)
    inside, outside = number(eps if eps_inside else 0.0), number(0.0 if eps_inside else eps)
    for i in range(w.size):
        v[i] = decay * v[i] + gain * (g[i] * g[i])
        w[i] -= lr * g[i] / (np.sqrt(v[i] + inside) + outside)


@step
def adam(
    w: Row,
    g: Row,
    m: Row,
    v: Row,
    t: float,
    beta1: float,
    beta2: float,
    bias_correction: bool,
    lr: float,
    shrink: float,
    eps: float,
    eps_inside: bool,
) -> None:
    """The step number t of Adam, and of AdamW, which has ``shrink`` = αλ.

    m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − shrink·w − αm̂ / (√v̂ + ε), or √(v̂ + ε).
    """
    number = w.dtype.type
    m_scale = number(1.0 - beta1**t if bias_correction else 1.0)
    v_scale = number(1.0 - beta2**t if bias_correction else 1.0)
    m_gain, v_gain = number(1.0 - beta1), number(1.0 - beta2)
    beta1, beta2, lr, shrink = number(beta1), number(beta2), number(lr), number(shrink)
    inside, outside = number(eps if eps_inside else 0.0), number(0.0 if eps_inside else eps)
    for i in range(w.size):
        m[i] = beta1 * m[i] + m_gain * g[i]
        v[i] = beta2 * v[i] + v_gain * (g[i] * g[i])
        w[i] -= shrink * w[i] + lr * (m[i] / m_scale) / (np.sqrt(v[i] / v_scale + inside) + outside)

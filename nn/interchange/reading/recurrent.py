"""Recurrent layers, step by step: RNN, LSTM and GRU, in one direction or in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, integers

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": ag.tanh, "sigmoid": ag.sigmoid, "relu": ag.relu}

Cell = Callable[..., Any]


class Weights(NamedTuple):
    """Those of one direction: of inputs and states, transposed, biases of both, peepholes, activations, and a bound."""

    W: Any
    R: Any
    bw: Any
    br: Any
    P: Any
    psi: list[Callable[[Any], Any]]
    bound: float | None

    def clipped(self, z: Any) -> Any:
        """The sums, which may be bounded."""
        return z if self.bound is None else ag.clip(z, low=-self.bound, high=self.bound)


def _gate(z: Any, i: int, size: int) -> Any:
    return z[:, i * size : (i + 1) * size]


def _rnn(x: Any, h: Any, c: Any, w: Weights, size: int, **_: Any) -> tuple[Any, Any]:
    return w.psi[0](w.clipped(ag.matmul(x, w.W) + ag.matmul(h, w.R) + w.bw + w.br)), c


def _lstm(x: Any, h: Any, c: Any, w: Weights, size: int, **_: Any) -> tuple[Any, Any]:
    """Gates in the order input, output, forget, cell; peepholes input, output, forget."""
    z = ag.matmul(x, w.W) + ag.matmul(h, w.R) + w.bw + w.br
    sums = [_gate(z, i, size) for i in range(4)]
    peep = [None, None, None] if w.P is None else [w.P[i * size : (i + 1) * size] for i in range(3)]
    i = w.psi[0](w.clipped(sums[0] if peep[0] is None else sums[0] + peep[0] * c))
    f = w.psi[0](w.clipped(sums[2] if peep[2] is None else sums[2] + peep[2] * c))
    c = f * c + i * w.psi[1](w.clipped(sums[3]))
    o = w.psi[0](w.clipped(sums[1] if peep[1] is None else sums[1] + peep[1] * c))
    return o * w.psi[2](c), c


def _gru(x: Any, h: Any, c: Any, w: Weights, size: int, *, linear_before_reset: int) -> tuple[Any, Any]:
    """Gates in the order update, reset, hidden."""
    a = ag.matmul(x, w.W) + w.bw
    b = ag.matmul(h, w.R[:, : 2 * size]) + w.br[: 2 * size]
    z = w.psi[0](w.clipped(_gate(a, 0, size) + _gate(b, 0, size)))
    r = w.psi[0](w.clipped(_gate(a, 1, size) + _gate(b, 1, size)))
    R, bias = w.R[:, 2 * size :], w.br[2 * size :]
    inner = r * (ag.matmul(h, R) + bias) if linear_before_reset else ag.matmul(r * h, R) + bias
    new = w.psi[1](w.clipped(_gate(a, 2, size) + inner))
    return (1.0 - z) * new + z * h, c


def _layer(
    cell: Cell,
    arrays: tuple[Any, ...],
    hidden_size: int | None,
    direction: str,
    layout: int,
    activations: Any,
    default: list[str],
    bound: float | None,
    settings: dict[str, int],
) -> list[Any]:
    """All steps in all directions: outputs, last states, last cells."""
    X, W, R, B, lengths, h0, c0, P = arrays
    allowed("direction", direction, ("forward", "reverse", "bidirectional"))
    if allowed("layout", layout, (0, 1)):
        X = ag.transpose(X, (1, 0, 2))
        h0, c0 = (None if s is None else ag.transpose(s, (1, 0, 2)) for s in (h0, c0))
    steps, samples, _ = X.shape
    if lengths is not None and any(n != steps for n in integers(lengths)):
        raise InterchangeError(f"sequences that are shorter than {steps} steps are not supported")
    if bound is not None and bound <= 0:
        raise InterchangeError(f"clip is {bound}, and no positive bound")
    ways = [direction] if direction != "bidirectional" else ["forward", "reverse"]
    size = R.shape[2]
    if W.shape[0] != len(ways) or (hidden_size is not None and hidden_size != size):
        raise InterchangeError(f"weights {W.shape} and {R.shape} do not fit {direction}, hidden_size={hidden_size}")
    psi = _named(activations, default, len(ways))
    zeros = np.zeros((samples, size), X.dtype)
    found: list[tuple[Any, Any, Any]] = []
    for d, way in enumerate(ways):
        half = W.shape[1]
        none = np.zeros(half, X.dtype)
        bw, br = (none, none) if B is None else (B[d][:half], B[d][half:])
        own = psi[d * len(default) : (d + 1) * len(default)]
        w = Weights(ag.transpose(W[d]), ag.transpose(R[d]), bw, br, None if P is None else P[d], own, bound)
        h, c = (zeros if s is None else s[d] for s in (h0, c0))
        outputs = [zeros] * steps
        for t in range(steps) if way == "forward" else reversed(range(steps)):
            outputs[t], c = cell(X[t], h, c, w, size, **settings)
            h = outputs[t]
        found.append((ag.stack(outputs), h, c))
    Y, H, C = (ag.stack([each[i] for each in found], axis=int(not i)) for i in range(3))
    if layout:
        Y, H, C = ag.transpose(Y, (2, 0, 1, 3)), ag.transpose(H, (1, 0, 2)), ag.transpose(C, (1, 0, 2))
    return [Y, H, C]


def _named(given: Any, default: list[str], ways: int) -> list[Callable[[Any], Any]]:
    names = [str(name).lower() for name in (given or default * ways)]
    if len(names) != len(default) * ways:
        raise InterchangeError(f"{len(default) * ways} activations are needed, not {given}")
    return [_ACTIVATIONS[allowed("an activation", name, tuple(_ACTIVATIONS))] for name in names]


@operator("RNN")
def rnn(
    X: Any,
    W: Any,
    R: Any,
    B: Any = None,
    sequence_lens: Any = None,
    initial_h: Any = None,
    *,
    activations: Any = None,
    clip: float | None = None,
    direction: str,
    hidden_size: int | None = None,
    layout: int = 0,
    outputs: int,
) -> Any:
    """h ← ψ(W x + R h + b)."""
    arrays = (X, W, R, B, sequence_lens, initial_h, None, None)
    every = _layer(_rnn, arrays, hidden_size, direction, layout, activations, ["Tanh"], clip, {})
    return tuple(every[:outputs])


@operator("LSTM")
def lstm(
    X: Any,
    W: Any,
    R: Any,
    B: Any = None,
    sequence_lens: Any = None,
    initial_h: Any = None,
    initial_c: Any = None,
    P: Any = None,
    *,
    activations: Any = None,
    clip: float | None = None,
    direction: str,
    hidden_size: int | None = None,
    input_forget: int = 0,
    layout: int = 0,
    outputs: int,
) -> Any:
    """Long short-term memory, with peepholes or without."""
    allowed("input_forget", input_forget, (0,))
    arrays = (X, W, R, B, sequence_lens, initial_h, initial_c, P)
    default = ["Sigmoid", "Tanh", "Tanh"]
    every = _layer(_lstm, arrays, hidden_size, direction, layout, activations, default, clip, {})
    return tuple(every[:outputs])


@operator("GRU")
def gru(
    X: Any,
    W: Any,
    R: Any,
    B: Any = None,
    sequence_lens: Any = None,
    initial_h: Any = None,
    *,
    activations: Any = None,
    clip: float | None = None,
    direction: str,
    hidden_size: int | None = None,
    layout: int = 0,
    linear_before_reset: int = 0,
    outputs: int,
) -> Any:
    """Gated recurrent units, whose reset comes before or after the product."""
    allowed("linear_before_reset", linear_before_reset, (0, 1))
    arrays = (X, W, R, B, sequence_lens, initial_h, None, None)
    settings = {"linear_before_reset": linear_before_reset}
    every = _layer(_gru, arrays, hidden_size, direction, layout, activations, ["Sigmoid", "Tanh"], clip, settings)
    return tuple(every[:outputs])

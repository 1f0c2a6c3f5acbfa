"""One step in time: from z = W x + b and the state before to the state after.

``weight`` and ``bias`` are those by which the state comes in. The rows of weights are the gates, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from inversa.autograd import matmul, relu, sigmoid, tanh

State = tuple[Any, ...]  # h, or h and c


class Kind(NamedTuple):
    """A kind of recurrent network: its formula, the gates in its weights, and the numbers that make up its state."""

    step: Callable[[Any, State, Any, Any], State]
    gates: int
    states: int


def elman(psi: Callable[[Any], Any]) -> Kind:
    """h′ = ψ(z + U h); J. L. Elman, "Finding structure in time", Cognitive Science 14, 1990."""
    return Kind(lambda z, state, weight, bias: (psi(z + linear(state[0], weight, bias)),), 1, 1)


def _lstm(z: Any, state: State, weight: Any, bias: Any) -> State:
    """c′ = σ(f) c + σ(i) tanh(g), h′ = σ(o) tanh(c′): what is kept of a memory, written into it, and read from it.

    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; with the gate f of F. Gers,
    J. Schmidhuber and F. Cummins, "Learning to forget", Neural Computation 12, 2000.
    """
    h, c = state
    i, f, g, o = _gates(z + linear(h, weight, bias), 4)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def _gru(z: Any, state: State, weight: Any, bias: Any) -> State:
    """h′ = n + σ(u) (h − n) with n = tanh(n_z + σ(r) n_h): u keeps the state, r decides how much of it n sees.

    K. Cho et al., "Learning phrase representations using RNN encoder–decoder", EMNLP 2014; as in PyTorch, r comes after
    the product with the weights.
    """
    (h,) = state
    (r, u, n), (r_h, u_h, n_h) = _gates(z, 3), _gates(linear(h, weight, bias), 3)
    n = tanh(n + sigmoid(r + r_h) * n_h)
    return (n + sigmoid(u + u_h) * (h - n),)


def linear(x: Any, weight: Any, bias: Any) -> Any:
    """W x + b."""
    z = matmul(x, weight.T)
    return z if bias is None else z + bias


def _gates(z: Any, number: int) -> list[Any]:
    size = z.shape[-1] // number
    return [z[..., i * size : (i + 1) * size] for i in range(number)]


ELMAN = {"tanh": elman(tanh), "relu": elman(relu)}
LONG_SHORT_TERM_MEMORY = Kind(_lstm, 4, 2)
GATED = Kind(_gru, 3, 1)

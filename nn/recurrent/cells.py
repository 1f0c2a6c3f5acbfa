"""Cells: one step of a recurrent network, to be called step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import filled
from inversa.nn.init import uniform
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter
from inversa.nn.recurrent.steps import ELMAN, GATED, LONG_SHORT_TERM_MEMORY, Kind, State, linear

if TYPE_CHECKING:
    from inversa.nn.init import Seed

NAMES = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b", "bias_hh": "c"}  # PyTorch's, and those in pictures


class Recurrent(Module):
    """What cells and layers have in common: sizes, a kind, and PyTorch's names of the parameters."""

    kind: Kind

    def __init__(self, input_size: int, hidden_size: int) -> None:
        self.input_size = checks.count("input_size", input_size, example="8")
        self.hidden_size = checks.count("hidden_size", hidden_size, example="16")

    def make_weights(self, inputs: int, bias: bool, generator: Any, dtype: Any, suffix: str = "") -> None:
        """The parameters of one step, uniform in ±1 / √hidden_size, as attributes with this end of the name."""
        rows, bound = self.kind.gates * self.hidden_size, self.hidden_size**-0.5
        for name in NAMES:
            columns = {"weight_ih": (inputs,), "weight_hh": (self.hidden_size,)}.get(name, ())
            drawn = None
            if bias or columns:
                drawn = Parameter(uniform((rows, *columns), generator, bound), name=NAMES[name], dtype=dtype)
            setattr(self, name + suffix, drawn)

    def weights(self, suffix: str = "") -> list[Any]:
        """These parameters."""
        return [getattr(self, name + suffix) for name in NAMES]

    def state_of(self, given: Any, shape: tuple[int, ...], x: Any) -> State:
        """The state to begin with, each part of this shape; 0 where none is given."""
        if given is None:
            return tuple(self.as_array(filled(x, shape, 0)) for _ in range(self.kind.states))
        parts = given if isinstance(given, (tuple, list)) and self.kind.states > 1 else (given,)
        found = [tuple(getattr(part, "shape", ())) for part in parts]
        if found != [shape] * self.kind.states:
            wanted = " and ".join([f"({', '.join(map(str, shape))})"] * self.kind.states)
            raise ValueError(
                f"the state of {self._heading} has the shape {wanted} here, not {' and '.join(map(str, found))}"
            )
        return tuple(map(self.as_array, parts))

    def as_given(self, state: State) -> Any:
        """The state as it is given to, and comes from, a call: h alone, or the pair (h, c)."""
        return state if self.kind.states > 1 else state[0]

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.input_size}, {self.hidden_size}"


class _Cell(Recurrent):
    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None, dtype: Any = "float64"
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.make_weights(input_size, checks.flag("bias", bias), np.random.default_rng(seed), dtype)

    def forward(self, x: Any, state: Any = None) -> Any:
        """Shapes: x (n, input_size) or (input_size,), the state (n, hidden_size), which comes out anew; at first 0.

        Raises
        ------
        ValueError
            For inputs or a state of another shape.
        """
        x = self.as_array(x)
        if len(x.shape) not in (1, 2) or x.shape[-1] != self.input_size:
            raise ValueError(f"{self._heading} takes inputs of shape (n, {self.input_size}), not {tuple(x.shape)}")
        before = self.state_of(state, (*x.shape[:-1], self.hidden_size), x)
        W, U, b, c = self.weights()
        return self.as_given(self.kind.step(linear(x, W, b), before, U, c))


class RNNCell(_Cell):
    """h′ = ψ(W x + b + U h + c): one step of the simple recurrent network.

    Parameters
    ----------
    input_size, hidden_size : int
        How many numbers come in at a step, and how many make up the state.
    bias : bool
        Whether constants are added.
    nonlinearity : {"tanh", "relu"}
    seed : int or numpy Generator, optional
        Where the first weights are drawn from; without one, every run differs.
    dtype : numpy dtype
        The type of the parameters.

    References
    ----------
    J. L. Elman, "Finding structure in time", Cognitive Science 14, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import RNNCell
    >>> cell = RNNCell(2, 3, seed=0)
    >>> h = cell(np.zeros((5, 2)))
    >>> cell(np.ones((5, 2)), h).shape
    (5, 3)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        *,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        checks.choice("nonlinearity", nonlinearity, tuple(ELMAN))
        self.kind = ELMAN[nonlinearity]
        super().__init__(input_size, hidden_size, bias, seed=seed, dtype=dtype)


class LSTMCell(_Cell):
    """One step of a network with a memory: c′ = σ(f) c + σ(i) tanh(g), h′ = σ(o) tanh(c′).

    The rows of the weights are the gates i, f, g, o, each of hidden_size neurons of (x, h).

    Parameters
    ----------
    input_size, hidden_size, bias, seed, dtype
        As for `RNNCell`.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import LSTMCell
    >>> cell = LSTMCell(2, 3, seed=0)
    >>> h, c = cell(np.zeros((5, 2)))
    >>> h, c = cell(np.ones((5, 2)), (h, c))
    >>> h.shape, c.shape
    ((5, 3), (5, 3))
    """

    kind = LONG_SHORT_TERM_MEMORY


class GRUCell(_Cell):
    """One step of a gated network: h′ = (1 − σ(u)) n + σ(u) h with n = tanh(n_x + σ(r) n_h).

    The rows of the weights are the gates r, u and n, each of hidden_size neurons of x and of h.

    Parameters
    ----------
    input_size, hidden_size, bias, seed, dtype
        As for `RNNCell`.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder–decoder for statistical machine translation",
    EMNLP 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import GRUCell
    >>> GRUCell(2, 3, seed=0)(np.zeros((5, 2))).shape
    (5, 3)
    """

    kind = GATED

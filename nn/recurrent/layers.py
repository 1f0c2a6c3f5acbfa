"""Layers: recurrent networks along whole sequences, one above the other, in one direction or in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import Tensor, checks, concatenate, reshape, stack, swapaxes, where
from inversa.autograd.compiling.effects import check_data
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import alike, beside, kind_of, namespace
from inversa.nn.dropout import Dropout
from inversa.nn.normalisation import unusual
from inversa.nn.recurrent.cells import Recurrent
from inversa.nn.recurrent.steps import ELMAN, GATED, LONG_SHORT_TERM_MEMORY, State, linear

if TYPE_CHECKING:
    from inversa.nn.init import Seed

Output = Literal["both", "sequence", "last"]


class _Layers(Recurrent):
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        output: Output = "both",
        truncate: int | None = None,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.num_layers = checks.count("num_layers", num_layers, example="2")
        self.batch_first = checks.flag("batch_first", batch_first)
        self.bidirectional = checks.flag("bidirectional", bidirectional)
        checks.choice("output", output, ("both", "sequence", "last"))
        self.output = output
        self.truncate = None if truncate is None else checks.count("truncate", truncate, example="20")
        generator = np.random.default_rng(seed)
        checks.flag("bias", bias)
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else len(self._ends) * hidden_size
            for end in self._ends:
                self.make_weights(inputs, bias, generator, dtype, f"_l{layer}{end}")
        self.dropout = Dropout(dropout, seed=generator)

    @property
    def _ends(self) -> list[str]:
        """What the names of the parameters of each direction end in."""
        return ["", "_reverse"] if self.bidirectional else [""]

    def forward(self, x: Any, state: Any = None, *, lengths: Any = None) -> Any:
        """Along a sequence, or many of one length.

        Parameters
        ----------
        x : array of shape (samples, steps, input_size)
            Or (steps, samples, input_size) without ``batch_first``; or (steps, input_size), a single sequence.
        state : array of shape (layers · directions, samples, hidden_size), or a pair of these, optional
            The state before the first step; by default 0. That of an earlier call goes on where that ended.
        lengths : array of int of shape (samples,), optional
            How many steps of each sequence count. The outputs of the others are 0, and the state is that after the
            last step that counts.

        Returns
        -------
        outputs : Tensor of shape (samples, steps, directions · hidden_size)
            h of the last layer after every step.
        state : Tensor of the shape of ``state``, or a pair
            After the last step. With ``output="sequence"`` only the outputs are returned, with ``"last"`` only h of the
            last layer after its last step, (samples, directions · hidden_size).

        Raises
        ------
        ValueError
            For inputs, a state or lengths that do not fit.
        """
        x = self.as_array(x)
        if len(x.shape) not in (2, 3) or x.shape[-1] != self.input_size:
            order = "samples, steps" if self.batch_first else "steps, samples"
            raise ValueError(
                f"{self._heading} takes inputs of shape ({order}, {self.input_size}), not {tuple(x.shape)}"
            )
        single = len(x.shape) == 2
        xs = x[:, None] if single else swapaxes(x, 0, 1) if self.batch_first else x
        if not xs.shape[0]:
            raise ValueError("a sequence has at least one step")
        layers, number = self.num_layers * len(self._ends), xs.shape[1]
        before = self.state_of(state, (layers, self.hidden_size) if single else (layers, number, self.hidden_size), x)
        if single:
            before = tuple(part[:, None] for part in before)
        outputs, after = self._run(xs, before, self._counting(lengths, xs))
        last = concatenate([state[0] for state in after[-len(self._ends) :]], axis=-1)
        if self.output == "last":
            return last[0] if single else last
        outputs = outputs[:, 0] if single else swapaxes(outputs, 0, 1) if self.batch_first else outputs
        if self.output == "sequence":
            return outputs
        parts = [stack(parts) for parts in zip(*after, strict=True)]
        return outputs, self.as_given(tuple(part[:, 0] if single else part for part in parts))

    def _run(self, xs: Any, before: State, counting: Any) -> tuple[Any, list[State]]:
        """All layers: the outputs, the steps on the first axis, and the last state of each direction of each layer."""
        after: list[State] = []
        for layer in range(self.num_layers):
            if layer:
                xs = self.dropout(xs)
            directions = []
            for end in self._ends:
                state = tuple(part[len(after)] for part in before)
                outputs, state = self._along(xs, state, f"_l{layer}{end}", counting)
                directions.append(stack(outputs))
                after.append(state)
            xs = concatenate(directions, axis=-1) if self.bidirectional else directions[0]
        return xs, after

    def _along(self, xs: Any, state: State, suffix: str, counting: Any) -> tuple[list[Any], State]:
        """One direction of one layer: h after every step, and the last state."""
        W, U, b, c = self.weights(suffix)
        z = linear(xs, W, b)  # of all steps at once
        steps = range(xs.shape[0])
        outputs: list[Any] = [None] * len(steps)
        for count, t in enumerate(reversed(steps) if suffix.endswith("_reverse") else steps):
            if self.truncate is not None and count and count % self.truncate == 0:
                state = detached(state)
            after = self.kind.step(z[t], state, U, c)
            outputs[t] = after[0]
            if counting is not None:
                counts = counting[t, ...]
                outputs[t] = where(counts, after[0], 0.0)
                after = tuple(where(counts, new, old) for new, old in zip(after, state, strict=True))
            state = after
        return outputs, state

    def _counting(self, lengths: Any, xs: Any) -> Any:
        """For every step which sequences are not at their end: (steps, samples, 1)."""
        if lengths is None:
            return None
        lengths = lengths if hasattr(lengths, "shape") else beside(xs._array if isinstance(xs, Tensor) else xs, lengths)
        steps, number = xs.shape[:2]
        if tuple(lengths.shape) != (number,) or kind_of(lengths.dtype) not in "iu":
            kind = f"{lengths.dtype} of the shape {tuple(lengths.shape)}"
            raise ValueError(f"lengths are integers, one for each of the {number} sequences, not {kind}")

        def check(numbers: Any) -> None:
            xp = namespace(numbers)
            if number and not 1 <= int(xp.min(numbers)) <= int(xp.max(numbers)) <= steps:
                raise ValueError(
                    f"lengths are from 1 to the {steps} steps that there are, not {to_numpy(numbers).tolist()}"
                )

        check_data(lengths, check)
        return reshape(lengths, (1, -1, 1)) > alike(lengths, np.arange(steps))[:, None, None]

    def extra_repr(self) -> str:
        """The sizes, and settings that are not the usual ones."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        directions = ", bidirectional=True" if self.bidirectional else ""
        order = unusual("batch_first", self.batch_first, True)
        return f"{super().extra_repr()}{layers}{directions}{order}{unusual('truncate', self.truncate, None)}"


def detached(state: Any) -> Any:
    """A state through which no gradient flows back: what truncated backpropagation goes on from.

    Parameters
    ----------
    state : Tensor, or tuple or list of Tensors

    Examples
    --------
    Along a sequence that never ends, in pieces, with the memory of one piece:

    >>> import numpy as np
    >>> from inversa.nn import RNN
    >>> from inversa.nn.recurrent import detached
    >>> rnn, state = RNN(1, 2, seed=0), None
    >>> for piece in np.sin(np.arange(100.0)).reshape(5, 1, 20, 1):
    ...     outputs, state = rnn(piece, state)
    ...     (outputs**2).mean().backward()
    ...     state = detached(state)
    >>> rnn.weight_hh_l0.grad.shape
    (2, 2)
    """
    if isinstance(state, Sequence):
        return type(state)(map(detached, state))  # type: ignore[call-arg]
    return state.detach() if isinstance(state, Tensor) else state


class RNN(_Layers):
    """h_t = ψ(W x_t + b + U h_{t−1} + c) for t = 1, 2, …: the simple recurrent network, in one layer or several.

    Parameters
    ----------
    input_size, hidden_size : int
        How many numbers come in at a step, and how many make up the state.
    num_layers : int
        How many layers there are: each takes the outputs of the one before.
    nonlinearity : {"tanh", "relu"}
    bias : bool
        Whether constants are added.
    batch_first : bool
        Whether samples are the first axis, as everywhere in training. (In PyTorch it is False by default.)
    dropout : float
        The probability of dropping an output of a layer in training, but of the last one.
    bidirectional : bool
        Whether a second network runs from the end to the beginning; the outputs of both stand side by side.
    output : {"both", "sequence", "last"}
        What a call gives: outputs and state, as in PyTorch; or, to stand in a `Sequential`, the outputs of all steps,
        or that of the last one.
    truncate : int, optional
        After so many steps each the gradient is cut off: backpropagation through time goes no further back than that.
    seed : int or numpy Generator, optional
        Where the first weights are drawn from; without one, every run differs.
    dtype : numpy dtype
        The type of the parameters.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the IEEE 78, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import RNN
    >>> rnn = RNN(3, 4, seed=0)
    >>> outputs, h = rnn(np.zeros((2, 5, 3)))  # 2 sequences of 5 steps
    >>> outputs.shape, h.shape
    ((2, 5, 4), (1, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        bias: bool = True,
        batch_first: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        output: Output = "both",
        truncate: int | None = None,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        checks.choice("nonlinearity", nonlinearity, tuple(ELMAN))
        self.nonlinearity = nonlinearity
        self.kind = ELMAN[nonlinearity]
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, output=output,
            truncate=truncate, seed=seed, dtype=dtype,
        )  # fmt: skip


class LSTM(_Layers):
    """A recurrent network with a memory c that is written and read through gates; see `LSTMCell`.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, output, truncate, seed, dtype
        As for `RNN`. The state is the pair (h, c).

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import LSTM
    >>> outputs, (h, c) = LSTM(3, 4, num_layers=2, seed=0)(np.zeros((2, 5, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((2, 5, 4), (2, 2, 4), (2, 2, 4))
    """

    kind = LONG_SHORT_TERM_MEMORY


class GRU(_Layers):
    """A recurrent network whose gates decide how much of the state is kept; see `GRUCell`.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, output, truncate, seed, dtype
        As for `RNN`.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder–decoder for statistical machine translation",
    EMNLP 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import GRU
    >>> GRU(3, 4, bidirectional=True, output="last", seed=0)(np.zeros((2, 5, 3))).shape
    (2, 8)
    """

    kind = GATED

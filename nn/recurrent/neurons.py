"""The recurrent network of Values: one object a neuron, and one Value a number of every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, checks, stack
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import is_foreign
from inversa.nn.activations import Function, Name
from inversa.nn.module import Module
from inversa.nn.neurons import Neuron, NeuronLayer, by_own_names, indices, source_of, take_bias, take_over
from inversa.nn.normalisation import unusual

if TYPE_CHECKING:
    from inversa.nn.layers import Linear
    from inversa.nn.neurons import Source
    from inversa.nn.recurrent.layers import RNN


class RecurrentNeuron(Neuron):
    """h_t = ψ(w h_{t−1} + u x_t + b): a neuron that also sees what the hidden neurons gave one step before.

    Parameters
    ----------
    inputs, hidden : int
        How many numbers come in at a step, and how many hidden neurons there are.
    activation : str or callable
        ψ.
    seed : int, numpy Generator or random.Random, optional
        As for `Neuron`.
    index : str
        Its number among the hidden neurons; empty where it is the only one.

    Examples
    --------
    >>> from inversa.nn.recurrent.neurons import RecurrentNeuron
    >>> neuron = RecurrentNeuron(1, 1, seed=0)
    >>> [w.name for w in neuron.parameters()], neuron([0.5], [0.0], step=1).name
    (['w', 'u', 'b'], 'h1')
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        activation: Name | Function = "tanh",
        *,
        seed: Source = None,
        index: str = "",
    ) -> None:
        super().__init__(hidden + inputs, activation, seed=seed, index=index)
        names = [f"w{i}" for i in indices(index, hidden)] + [f"u{i}" for i in indices(index, inputs)]
        for weight, name in zip(self.weights, names, strict=True):
            weight.name = name
        self.index = f"_{index}" if index else ""

    def forward(self, x: Any, h: Any, step: int) -> Value:  # type: ignore[override]  # it also needs the state
        """Its output at a step, from the inputs of that step and the outputs of the hidden neurons before it."""
        weighted = [w * signal for w, signal in zip(self.weights, [*h, *x], strict=True)]
        z = sum(weighted[1:], start=weighted[0])
        z = z if self.bias is None else z + self.bias
        output: Value = self.activation(z.named(f"z{step}{self.index}"))
        return output.named(f"h{step}{self.index}")


class NeuronRNN(Module):
    """A recurrent network of Values: hidden neurons that see what they gave one step before, then output neurons.

    It gives what the output neurons make of the hidden ones after the last step.

    Parameters
    ----------
    sizes : sequence of int
        How many numbers come in at a step, how many hidden neurons there are, and how many output neurons. Without the
        last the hidden neurons are the output.
    activation, output : str or callable
        ψ of the hidden and of the output neurons.
    truncate : int, optional
        After so many steps each the gradient is cut off: backpropagation through time goes no further back than that.
    seed : int, numpy Generator or random.Random, optional
        As for `Neuron`.

    Examples
    --------
    >>> from inversa.nn import NeuronRNN
    >>> rnn = NeuronRNN([1, 1], seed=0)
    >>> [name for name, _ in rnn.named_parameters()]
    ['w', 'u', 'b']
    >>> rnn([1.0, -0.5, 0.3]).name
    'h3'
    >>> rnn = NeuronRNN([2, 3, 1], seed=0)
    >>> rnn([[1.0, 0.0], [0.0, 1.0]]).name, rnn.parameter_count()
    ('o', 22)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: Name | Function = "tanh",
        output: Name | Function = "identity",
        truncate: int | None = None,
        seed: Source = None,
    ) -> None:
        if not isinstance(sizes, (list, tuple)) or len(sizes) not in (2, 3):
            raise checks.wrong("sizes", "two or three positive integers", sizes, "[1, 4, 1]")
        inputs, hidden, *outputs = (checks.count("each of the sizes", size, example="4") for size in sizes)
        self.sizes = tuple(sizes)
        self.truncate = None if truncate is None else checks.count("truncate", truncate, example="20")
        source = source_of(seed)
        numbers = [""] if hidden == 1 else [str(j) for j in range(1, hidden + 1)]
        self.hidden = [RecurrentNeuron(inputs, hidden, activation, seed=source, index=j) for j in numbers]
        for neuron, j in zip(self.hidden, numbers, strict=True):
            neuron.title = f"hidden neuron {j}".rstrip()
        self.output = _output_layer(hidden, outputs[0], output, source) if outputs else None

    @classmethod
    def like(cls, rnn: RNN, output: Linear | None = None) -> NeuronRNN:
        """The network of Values of an RNN of one layer, and of a Linear after it.

        The RNN has two constants, which are one here: b is their sum.

        Raises
        ------
        ValueError
            For another network than an RNN of one layer, in one direction; and for a Linear of another size.

        Examples
        --------
        >>> from inversa.nn import RNN, NeuronRNN
        >>> rnn = RNN(1, 2, output="last", seed=0)
        >>> sequence = [[1.0], [-0.5], [0.3]]
        >>> h = NeuronRNN.like(rnn)(sequence)
        >>> max(abs(a.item() - b) for a, b in zip(h, rnn(sequence).tolist())) < 1e-15
        True
        """
        if rnn.kind.gates > 1 or rnn.num_layers > 1 or rnn.bidirectional:
            wanted = "an RNN of one recurrent layer, in one direction"
            raise ValueError(f"a network of neurons is like {wanted}, not like {rnn._heading}")
        if output is not None and output.inputs != rnn.hidden_size:
            raise ValueError(f"{output!r} does not take the {rnn.hidden_size} outputs of {rnn._heading}")
        sizes = [rnn.input_size, rnn.hidden_size, *([] if output is None else [output.outputs])]
        network = cls(sizes, activation=rnn.nonlinearity, truncate=rnn.truncate, seed=0)
        W, U, b, c = rnn.weights("_l0")
        for j, neuron in enumerate(network.hidden):
            take_over(neuron.weights[: rnn.hidden_size], U, U.tolist()[j])
            take_over(neuron.weights[rnn.hidden_size :], W, W.tolist()[j])
            take_bias(neuron, b, None if b is None else b.tolist()[j] + c.tolist()[j])
        if network.output is not None and output is not None:
            for j, last in enumerate(network.output.neurons):
                take_over(last.weights, output.weight, output.weight.tolist()[j])
                take_bias(last, output.bias, None if output.bias is None else output.bias.tolist()[j])
        return network

    def forward(self, x: Any) -> Any:
        """Along a sequence, or several.

        Parameters
        ----------
        x : sequence
            The steps: each a list of as many numbers as come in, or a number alone where that is one. An array of shape
            (samples, steps, inputs), or a list of lists of steps, is several sequences, and gives a list. Of a Tensor
            of that shape every neuron computes all at once, and they give a Tensor: so a training is compiled.

        Raises
        ------
        ValueError
            For inputs of another shape, or no step at all.
        """
        x = Tensor(x) if is_foreign(x) and not isinstance(x, Node) else x
        if isinstance(x, Tensor) and x.ndim == 3:
            outputs = self._outputs([[x[:, t, i] for i in range(x.shape[2])] for t in range(x.shape[1])])
            return stack(outputs, axis=1) if isinstance(outputs, list) else outputs
        if _depth(x) == 3:
            return [self.forward(sequence) for sequence in x]
        return self._outputs(x)

    def _outputs(self, x: Any) -> Any:
        *_, h = self.states(x)
        if self.output is not None:
            return self.output(h)
        return h if len(h) > 1 else h[0]

    def states(self, x: Any) -> Iterator[list[Any]]:
        """What the hidden neurons give at every step of one sequence.

        Examples
        --------
        How fast does the gradient fade on its way back?

        >>> from inversa.nn import NeuronRNN
        >>> *_, h2, h3 = (h for (h,) in NeuronRNN([1, 1], seed=0).states([1.0, -0.5, 0.3]))
        >>> h3.backward()
        >>> 0 < h2.grad < 1
        True
        """
        h: list[Any] = [Value(0.0, requires_grad=False, name="h0") for _ in self.hidden]
        for t, step in enumerate(self._checked([list(step) if _depth(step) else [step] for step in x]), start=1):
            if self.truncate is not None and t > 1 and (t - 1) % self.truncate == 0:
                h = [each.detach() for each in h]
            signals = _signals(step, t)
            h = [neuron(signals, h, step=t) for neuron in self.hidden]
            yield h

    def _checked(self, steps: list[list[Any]]) -> list[list[Any]]:
        sizes = {len(step) for step in steps}
        if sizes != {self.sizes[0]}:
            found = f"of {' and '.join(map(str, sorted(sizes)))}" if steps else "without a step"
            raise ValueError(f"{self._heading} takes sequences with steps of length {self.sizes[0]}, not {found}")
        return steps

    if TYPE_CHECKING:

        def parameters(self) -> list[Value]:
            """All parameters, each once, in a fixed order."""

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """All parameters by their names: w of the state, u of the inputs, b; v and c of the output neurons."""
        return by_own_names(self, prefix)

    def extra_repr(self) -> str:
        """The sizes."""
        return str([*self.sizes]) + unusual("truncate", self.truncate, None)


def _output_layer(hidden: int, outputs: int, activation: Name | Function, source: Any) -> NeuronLayer:
    """Neurons that see the last state: o = ψ(v h + c)."""
    layer = NeuronLayer(hidden, outputs, activation, seed=source)
    for j, neuron in enumerate(layer.neurons, start=1):
        index = str(j) if outputs > 1 else ""
        for weight, i in zip(neuron.weights, indices(index, hidden), strict=True):
            weight.name = f"v{i}"
        if neuron.bias is not None:
            neuron.bias.name = f"c{index}"
        neuron.weighted_names = [f"p{i}" for i in indices(index, hidden)]
        neuron.sum_name = f"s{index}"
    layer.name_outputs(["o"] if outputs == 1 else [f"o{j}" for j in range(1, outputs + 1)])
    layer.name_neurons("output neuron")
    return layer


def _signals(x: Sequence[Any], step: int) -> list[Any]:
    """The inputs of a step as nodes, with the names that they have in pictures."""
    names = [f"x{step}"] if len(x) == 1 else [f"x{step}_{i}" for i in range(1, len(x) + 1)]
    return [
        signal if isinstance(signal, Node) else Value(signal, requires_grad=False, name=name)
        for signal, name in zip(x, names, strict=True)
    ]


def _depth(x: Any) -> int:
    """0 for a number, 1 for a sequence of numbers, and so on."""
    if hasattr(x, "ndim"):
        return int(x.ndim)
    return 1 + (_depth(x[0]) if len(x) else 0) if isinstance(x, (list, tuple)) else 0

"""The lecture's network of Values: one object a neuron."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from numbers import Integral
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, exp, maximum, stack
from inversa.autograd.mode import Call, mode
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import is_foreign
from inversa.nn.activations import FUNCTIONS, Function, Name
from inversa.nn.activations import named as named_activation
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter, assign

if TYPE_CHECKING:
    import numpy as np

    from inversa.nn.layers import Linear

    Source = int | random.Random | np.random.Generator | None


class Neuron(Module):
    """h = ψ(w₁x₁ + w₂x₂ + … + b): weighted inputs, their sum, an activation.

    Parameters
    ----------
    inputs : int
        How many numbers come in.
    activation : str or callable
        ψ.
    bias : bool
        Whether a constant is added.
    seed : int, numpy Generator or random.Random, optional
        Where the first weights are drawn from, uniformly between −1 and 1; the bias starts at 0. Without one they come
        from Python's `random` module, as micrograd's do.
    index : str
        What the names of its parts end in: the lecture's w2_11 is the first weight of the neuron with index ``"2_1"``.

    Examples
    --------
    >>> from inversa.nn import Neuron
    >>> neuron = Neuron(2, "sigmoid", seed=0)
    >>> [w.name for w in neuron.parameters()]
    ['w1', 'w2', 'b']
    >>> neuron([0.5, 0.88]).name
    'a'
    """

    def __init__(
        self,
        inputs: int,
        activation: Name | Function = "relu",
        bias: bool = True,
        *,
        seed: Source = None,
        index: str = "",
    ) -> None:
        draw = source_of(seed).uniform
        self.activation = named_activation(activation)
        inner = indices(index, inputs)
        self.weights = [Value(draw(-1, 1), name=f"w{i}") for i in inner]
        self.bias = Value(0.0, name=f"b{index}") if bias else None
        self.weighted_names = [f"u{i}" for i in inner]
        self.sum_name = f"z{index}"
        self.output_name = f"a{index}"

    def forward(self, x: Any) -> Value:
        """One output from a sequence of inputs (or a single one)."""
        x = _signals(x, len(self.weights), self)
        weighted = [(w * xi).named(u) for w, xi, u in zip(self.weights, x, self.weighted_names, strict=True)]
        z = sum(weighted[1:], start=weighted[0])
        z = z if self.bias is None else z + self.bias
        h: Value = self.activation(z.named(self.sum_name))
        return h.named(self.output_name)

    if TYPE_CHECKING:

        def parameters(self) -> list[Value]:
            """All parameters, each once, in a fixed order."""

    def own_parameters(self) -> Iterator[tuple[str, Value]]:
        """The weights and the bias, under the lecture's names."""
        bias = [] if self.bias is None else [self.bias]
        return ((str(parameter.name), parameter) for parameter in [*self.weights, *bias])

    def extra_repr(self) -> str:
        """The number of inputs and the activation."""
        return f"{len(self.weights)}, {getattr(self.activation, '__name__', 'activation')}"


class NeuronLayer(Module):
    """Neurons that see the same inputs.

    Parameters
    ----------
    inputs, size : int
        How many numbers come in, and how many neurons there are.
    activation : str or callable
        ψ of all of them; ``"softmax"`` joins them.
    bias : bool
        Whether each adds a constant.
    seed : int, numpy Generator or random.Random, optional
        As for `Neuron`.
    index : str
        The layer's number, for the names of the parts.

    Examples
    --------
    >>> from inversa.nn import NeuronLayer
    >>> layer = NeuronLayer(2, 3, "tanh", seed=0)
    >>> len(layer([0.5, 0.88]))
    3
    """

    def __init__(
        self,
        inputs: int,
        size: int,
        activation: Name | Function = "relu",
        bias: bool = True,
        *,
        seed: Source = None,
        index: str = "",
    ) -> None:
        self.title = ""  # its neurons have titles of their own
        source = source_of(seed)
        psi = named_activation(activation)
        self.softmax = "softmax" if psi is FUNCTIONS["softmax"] else ""  # what pictures call it; it joins the neurons
        psi = FUNCTIONS["identity"] if self.softmax else psi
        self.neurons = [Neuron(inputs, psi, bias, seed=source, index=f"{index}_{j}") for j in range(1, size + 1)]
        self.name_outputs([neuron.output_name for neuron in self.neurons])
        self.name_neurons("neuron")

    def name_outputs(self, names: Sequence[str]) -> None:
        """What pictures call the outputs; before a softmax the neurons only have their sums."""
        self.output_names = names
        for neuron, name in zip(self.neurons, names, strict=True):
            neuron.output_name = neuron.sum_name if self.softmax else name

    def name_neurons(self, title: str) -> None:
        """Give every neuron its title, with its number unless it is the only one."""
        for j, neuron in enumerate(self.neurons, start=1):
            neuron.title = f"{title} {j}" if len(self.neurons) > 1 else title

    def forward(self, x: Any) -> Any:
        """A list of the neurons' outputs; the output itself if there is one neuron."""
        x = _signals(x, len(self.neurons[0].weights), self)
        outputs = [neuron(x) for neuron in self.neurons]
        if self.softmax:
            outputs = softmax(outputs, self.output_names, self.softmax)
        return outputs if len(outputs) > 1 else outputs[0]

    if TYPE_CHECKING:

        def parameters(self) -> list[Value]:
            """All parameters, each once, in a fixed order."""

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """All parameters under the lecture's names."""
        return by_own_names(self, prefix)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{len(self.neurons[0].weights)}, {len(self.neurons)}"


class NeuronNetwork(Module):
    """Layers of neurons, one after another: the lecture's network, and micrograd's ``MLP``.

    Parameters
    ----------
    sizes : sequence of int, or int
        The number of inputs, then the number of neurons of every layer. Or, as in micrograd, the number of inputs
        alone, and the rest in the second argument: ``NeuronNetwork(2, [16, 16, 1])``.
    layers : sequence of int, optional
        The rest.
    activation, output : str or callable
        ψ of the hidden neurons and of the output neurons; a sequence of activations has one for each hidden layer. The
        default is micrograd's: ReLU, and none at the output;
        the lecture's example has ``"sigmoid"`` in both places. A ``"softmax"`` joins the neurons of its layer.
    seed : int, numpy Generator or random.Random, optional
        As for `Neuron`.

    Examples
    --------
    >>> from inversa.nn import NeuronNetwork
    >>> network = NeuronNetwork([1, 2, 1], activation="sigmoid", output="sigmoid", seed=0)
    >>> [name for name, _ in network.named_parameters()]
    ['w1_1', 'b1_1', 'w1_2', 'b1_2', 'w2_11', 'w2_12', 'b2_1']
    >>> network(0.5).name
    'h'
    >>> NeuronNetwork([3, 4, 4, 1]).parameter_count()
    41
    """

    def __init__(
        self,
        sizes: int | Sequence[int],
        layers: Sequence[int] = (),
        *,
        activation: Name | Function | Sequence[Name | Function] = "relu",
        output: Name | Function = "identity",
        seed: Source = None,
    ) -> None:
        self.sizes = (sizes, *layers) if isinstance(sizes, int) else (*sizes, *layers)
        titles = layer_titles(self.sizes)
        source = source_of(seed)
        self.layers = []
        activations = layer_activations(len(titles), activation, output)
        for number, (title, psi) in enumerate(zip(titles, activations, strict=True), start=1):
            layer = NeuronLayer(self.sizes[number - 1], self.sizes[number], psi, seed=source, index=str(number))
            layer.name_neurons(f"{title}.neuron" if title[-1].isdigit() else title.replace("layer", "neuron"))
            if layer.softmax and number < len(titles):
                layer.softmax += f" {number}"  # one a layer
            self.layers.append(layer)
        layer.name_outputs(_numbered("h_", len(layer.neurons)))

    @classmethod
    def like(cls, layers: Sequence[tuple[Linear, Function]]) -> NeuronNetwork:
        """The network of Values of layers of Tensors, each given with its activation.

        It has their numbers; what is frozen there is frozen here.

        Examples
        --------
        >>> from inversa.autograd import tanh
        >>> from inversa.nn import Linear, NeuronNetwork
        >>> layer = Linear(2, 1, seed=0)
        >>> network = NeuronNetwork.like([(layer, tanh)])
        >>> abs(network([0.5, -1.0]).item() - tanh(layer([0.5, -1.0])).item()) < 1e-15
        True
        """
        sizes = [layers[0][0].inputs, *(layer.outputs for layer, _ in layers)]
        *hidden, output = [psi for _, psi in layers]
        network = cls(sizes, activation=hidden, output=output, seed=0)
        for (layer, _), neurons in zip(layers, network.layers, strict=True):
            for j, (neuron, weights) in enumerate(zip(neurons.neurons, layer.weight.tolist(), strict=True)):
                take_over(neuron.weights, layer.weight, weights)
                take_bias(neuron, layer.bias, None if layer.bias is None else layer.bias.tolist()[j])
        return network

    def forward(self, x: Any) -> Any:
        """What the output neurons give: one Value or a list; for an array or list of samples a list of those.

        Of a Tensor of samples every neuron computes all at once, and they give a Tensor: so a training is compiled.
        """
        x = Tensor(x) if is_foreign(x) and not isinstance(x, Node) else x
        if isinstance(x, Tensor) and x.ndim == 2:
            columns = self._through(list(x.T))
            return stack(columns, axis=1) if isinstance(columns, list) else columns
        if _is_batch(x):
            return [self.forward(sample) for sample in x]
        return self._through(x)

    def _through(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    if TYPE_CHECKING:

        def parameters(self) -> list[Value]:
            """All parameters, each once, in a fixed order."""

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """All parameters under the lecture's names: w2_12 belongs to layer 2, neuron 1, input 2."""
        return by_own_names(self, prefix)


def softmax(logits: Sequence[Value], names: Sequence[str], title: str = "softmax") -> list[Value]:
    """eˣ / Σ eˣ of several Values, each with its name; the largest is subtracted first, so that nothing overflows.

    >>> from inversa.autograd import Value
    >>> from inversa.nn.neurons import softmax
    >>> [round(p.data, 2) for p in softmax([Value(2.0), Value(1.0), Value(0.1)], ["p1", "p2", "p3"])]
    [0.66, 0.24, 0.1]
    """
    with mode(constants=False):  # it changes nothing, so that pictures show a number there
        top = reduce(maximum, [z.detach() for z in logits])
    with mode(module=Call.inside(None, title)):
        powers = [exp(z - top) for z in logits]
        total = sum(powers[1:], start=powers[0])
        return [(p / total).named(name) for p, name in zip(powers, names, strict=True)]


def layer_titles(sizes: Sequence[Any]) -> list[str]:
    """What the layers of an architecture are called: hidden layer 1, hidden layer 2, …, output layer.

    Raises
    ------
    ValueError
        When the sizes are not at least two positive integers.

    Examples
    --------
    >>> from inversa.nn.neurons import layer_titles
    >>> layer_titles([4, 8, 3]), layer_titles([4, 8, 8, 3])[:2]
    (['hidden layer', 'output layer'], ['hidden layer 1', 'hidden layer 2'])
    """
    given = list(sizes) if hasattr(sizes, "__len__") else [sizes]
    if len(given) < 2 or not all(isinstance(n, Integral) and int(n) >= 1 for n in given):
        raise ValueError(f"an architecture is two or more positive integers, such as [4, 8, 3], not {given}")
    return [name.rstrip() for name in _numbered("hidden layer ", len(given) - 2)] + ["output layer"]


def layer_activations(layers: int, activation: Any, output: Any, kinds: Collection[str] = ()) -> list[Any]:
    """The activation of every layer: one for all hidden layers or one for each, and that of the output layer.

    ``kinds`` are names of other kinds of neurons that the network has, such as ``"maxout"``.

    Raises
    ------
    ValueError
        When the number of activations is not that of the hidden layers, or one is neither a name nor a function.

    Examples
    --------
    >>> from inversa.nn.neurons import layer_activations
    >>> layer_activations(3, "tanh", "identity"), layer_activations(3, ["relu", "tanh"], "softmax")
    (['tanh', 'tanh', 'identity'], ['relu', 'tanh', 'softmax'])
    """
    several = isinstance(activation, (list, tuple))
    given: list[Any] = list(activation) if isinstance(activation, (list, tuple)) else [activation]
    for psi in given:
        if not isinstance(psi, str) or psi not in kinds:
            named_activation(psi)  # also where there is no hidden layer to have it
    hidden = given if several else given * (layers - 1)
    if len(hidden) != layers - 1:
        raise ValueError(
            f"{len(hidden)} activations for {layers - 1} hidden layers: give one each, and output= for the last layer"
        )
    return [*hidden, output]


def _numbered(name: str, count: int) -> list[str]:
    """``x1``, ``x2``, …; without a number if there is one only."""
    return [f"{name}{i}" for i in range(1, count + 1)] if count != 1 else [name.rstrip("_")]


def indices(index: str, inputs: int) -> list[str]:
    """What the names of a neuron's weights end in: its own index, then the input's number if there are several."""
    if inputs == 1:
        return [index]
    comma = "," if index and (inputs > 9 or len(index.rpartition("_")[2]) > 1) else ""
    return [f"{index}{comma}{i}" for i in range(1, inputs + 1)]


def _signals(x: Any, count: int, module: Module) -> list[Any]:
    """The inputs as a list of nodes; plain numbers become Values, so that one input is one node in pictures."""
    x = Tensor(x) if is_foreign(x) and not isinstance(x, Node) else x
    signals = [x] if getattr(x, "shape", None) == () or isinstance(x, (int, float)) else list(x)
    if len(signals) != count:
        raise ValueError(f"{type(module).__name__}({module.extra_repr()}) takes {count} inputs, not {len(signals)}")
    if all(isinstance(signal, Node) for signal in signals):
        return signals
    return [
        signal if isinstance(signal, Node) else Value(signal, requires_grad=False, name=name)
        for signal, name in zip(signals, _numbered("x", count), strict=True)
    ]


def _is_batch(x: Any) -> bool:
    """Whether x is several samples: a sequence of sequences."""
    if hasattr(x, "ndim"):
        return bool(x.ndim == 2)
    first = x[0] if isinstance(x, (list, tuple)) and x else None
    return isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) == 1


def source_of(seed: Source) -> Any:
    """Where random numbers come from: the `random` module itself without a seed, as in micrograd."""
    if seed is None:
        return random
    return random.Random(seed) if isinstance(seed, int) else seed


def take_over(values: Sequence[Value], parameter: Parameter, numbers: Sequence[float]) -> None:
    """Be so many numbers of a parameter, frozen if it is."""
    for value, number in zip(values, numbers, strict=True):
        assign(value, number)
        value.requires_grad = parameter.requires_grad


def take_bias(neuron: Neuron, parameter: Parameter | None, number: float | None) -> None:
    """Have this number of a parameter as the constant, or none where there is no parameter."""
    if parameter is None or number is None:
        neuron.bias = None
    elif neuron.bias is not None:
        take_over([neuron.bias], parameter, [number])


def by_own_names(module: Module, prefix: str) -> Iterator[tuple[str, Any]]:
    """The parameters under the names that they have themselves."""
    for _, parameter in Module.named_parameters(module):
        yield f"{prefix}.{parameter.name}" if prefix else str(parameter.name), parameter

"""From a model and a sample to the graph that is drawn: neuron by neuron where that is possible, else in arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any, NamedTuple

from inversa.autograd import Graph, Tensor, Value, sigmoid, softmax, step
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.held import places, to_numpy
from inversa.autograd.ops.namespace import alike, as_floats, device, is_foreign, kind_of, namespace
from inversa.nn import (
    MLP,
    Activation,
    Dense,
    Dropout,
    Linear,
    Maxout,
    Module,
    NeuronNetwork,
    NeuronRNN,
    Perceptron,
    Sequential,
    losses,
)
from inversa.nn.activations import identity
from inversa.nn.convolution import Conv1d, Windowed
from inversa.nn.lookalikes import ADVICE, is_module
from inversa.nn.neurons import Neuron, NeuronLayer
from inversa.viz.lettering.numbers import short
from inversa.viz.picture.unfolding import Unfolding, as_tensors, recurrent_layer, unfolding

NEURONS = 3000  # weights: more of them are drawn layer by layer


@dataclass(frozen=True)
class Run:
    """A model run on a sample: the nodes to draw.

    Attributes
    ----------
    outputs : tuple of Node
        The cost, or the outputs where there is no loss.
    data : tuple of Node
        The leaves that are data.
    parameters : tuple of Node
        Those of the model, frozen ones, too.
    neurons : bool
        Whether it was run neuron by neuron.
    valued : bool
        Whether there was a sample: without one only the parameters have numbers.
    loss : str
        What the loss is called.
    link : str
        The softmax or sigmoid that is in the loss.
    target : str
        What the outputs are compared with, written, where the loss looks at it and no node holds it.
    recurrent : bool
        Whether it is a recurrent network of neurons, run along one sequence.
    shown : tuple of Node
        The states at which its gradient is cut off.
    blocks : Blocks or None
        What the cost is the sum of.
    places : tuple
        Where the model's arrays lie, if they are of another library than NumPy.
    """

    outputs: tuple[Node, ...]
    data: tuple[Node, ...]
    parameters: tuple[Node, ...]
    neurons: bool
    valued: bool
    loss: str = ""
    link: str = ""
    target: str = ""
    recurrent: bool = False
    shown: tuple[Node, ...] = ()
    blocks: Blocks | None = None
    places: tuple[tuple[str, str, str], ...] = ()


class Blocks(NamedTuple):
    """The costs of blocks of rows, how many rows each has, and what each cost is multiplied by: 3/8, nothing for 1."""

    costs: tuple[Node, ...]
    rows: tuple[int, ...]
    shares: tuple[str, ...]


def run(
    model: Any,
    x: Any = None,
    y: Any = None,
    loss: losses.names.Name | Callable[..., Any] | None = None,
    detail: str = "auto",
) -> Run:
    """Run a model, or the network of an estimator, on one sample, or on several in arrays.

    Raises
    ------
    ValueError
        When there is no loss to compare with a target, when several samples or other models than networks of neurons
        are to be drawn neuron by neuron, and when x does not fit.
    """
    if x is None and y is not None:
        raise ValueError("a target y goes with a sample x: draw(model, x, y, loss='mse')")
    if y is None and loss is not None:
        raise ValueError("a loss compares with a target: draw(model, x, y, loss='mse')")
    if y is not None:
        y, loss = target_of(model, y), loss_of(model, loss)
    model = network_of(model)
    if isinstance(model, NeuronRNN):
        with mode(constants=True):
            ran = _run_sequence(model, x, y, loss)
            return replace(ran, neurons=detail == "neuron" or (detail == "auto" and is_recurrent_neuron(model)))
    inputs = inputs_of(model, x)
    sample = None if x is None or inputs is not None else _sample(x)
    several = x is not None and sample is None
    network = neurons_for(model, several, detail)
    why_not = _why_not(model, network, sample, several)
    if detail == "neuron" and why_not:
        raise ValueError(f"{why_not}: draw it with detail='layer'")
    with mode(constants=True):  # what is frozen has a name and a place, too
        if not why_not:
            ran = _run_neurons(network, sample, y, loss)
            return replace(ran, neurons=detail in ("neuron", "auto"), places=places_of(model))
        return run_arrays(model, x, inputs, y, loss)


def neurons_for(model: Any, several: bool, detail: str) -> Any:
    """The model as Values where it is to be drawn neuron by neuron, on one sample; else None."""
    small = detail == "auto" and model.parameter_count() <= NEURONS
    possible = detail == "neuron" or (not several and (small or is_of_values(model)))
    return as_neurons(model) if possible else None


def is_one_sample(model: Any, x: Any) -> bool:
    """Whether this is one sample for a model, and not several in arrays, nor several inputs."""
    return inputs_of(model, x) is None and _sample(x) is not None


def places_of(model: Any) -> tuple[tuple[str, str, str], ...]:
    """Where the arrays of a model's parameters lie."""
    return places(plain(parameter) for parameter in model.parameters())


def loss_of(model: Any, loss: losses.names.Name | Callable[..., Any] | None) -> Callable[..., Any]:
    """The loss as a function; by default that which the model was compiled with."""
    trainer = getattr(model, "trainer", getattr(model, "_trainer", None)) if loss is None else None
    if trainer is not None:
        loss = trainer.objective.loss
    if loss is None:
        raise ValueError("say what compares the outputs with y: loss='mse', or another of inversa.nn.losses")
    return losses.named(loss)


def target_of(model: Any, y: Any) -> Any:
    """What the network should give: for labels of a classifier the numbers that it learns from."""
    known = getattr(model, "classes_", None)
    if known is None or isinstance(y, Node) or np.ndim(y) > 1 or getattr(model, "_multilabel", False):
        return y
    samples = sys.modules["inversa.nn.estimators.samples"]  # the classifier has imported it, and scikit-learn
    return samples.class_targets(np.atleast_1d(to_numpy(y)), known)


def is_of_values(model: Any) -> bool:
    """Whether a model is one object a neuron already."""
    return isinstance(model, NeuronNetwork | NeuronLayer | Neuron)


def as_neurons(model: Any) -> Any:
    """The model as Values, one object a neuron, where it is a network of layers of neurons; else None.

    That are an MLP, a Linear, Dense or Perceptron, a Sequential of those and of activations, an estimator that has
    been fitted, and what is made of Values already.

    Examples
    --------
    >>> from inversa.nn import Linear, Sequential, Tanh
    >>> from inversa.viz.picture.running import as_neurons
    >>> as_neurons(Sequential(Linear(2, 3), Tanh(), Linear(3, 1))).sizes
    (2, 3, 1)
    """
    model = network_of(model)
    if is_of_values(model):
        return model
    layers = layers_of(model) if isinstance(model, Module) else []
    return NeuronNetwork.like(layers) if layers and model.parameter_count() <= 20 * NEURONS else None


def network_of(model: Any) -> Any:
    """The network of an estimator; anything else as it is.

    Raises
    ------
    ValueError
        For an estimator that has none yet.
    TypeError
        For a module of PyTorch's that nobody has taken over.
    """
    if is_module(model):
        raise TypeError(f"this is for models of inversa.nn: {ADVICE}")
    estimators = sys.modules.get("inversa.nn.estimators")  # where there is an estimator, they have been imported
    if estimators is None or not isinstance(model, tuple(getattr(estimators, name) for name in estimators.__all__)):
        return model
    if not hasattr(model, "model_"):
        raise ValueError(f"this {type(model).__name__} has no network yet: fit it first")
    return model.model_


def layers_of(model: Module) -> list[tuple[Linear, Any]]:
    """The layers of neurons that a model is a chain of, each with its activation; none where it is something else."""
    layers: list[tuple[Linear, Any]] = []
    for module in _chain(model):
        forward = type(module).forward  # a subclass with a way of its own is something else
        if isinstance(module, Linear) and forward in _PSI:
            layers.append((module, _PSI[forward](module)))
        elif isinstance(module, Activation) and layers and layers[-1][1] is identity:
            layers[-1] = layers[-1][0], module.function
        elif not isinstance(module, Dropout) or module.training:  # which does nothing otherwise
            return []
    parameters = [parameter for layer, _ in layers for parameter in layer.parameters()]
    shared = len(set(map(id, parameters))) < len(parameters)
    return layers if not shared and all(_of_numbers(psi) for _, psi in layers) else []


_PSI: dict[Any, Callable[[Any], Any]] = {  # the activation in a layer, by its forward formula
    Linear.forward: lambda layer: identity,
    Dense.forward: lambda layer: layer.activation,
    Perceptron.forward: lambda layer: step,
}


def _chain(model: Module) -> Iterator[Module]:
    """The modules that a model runs one after another."""
    forward = type(model).forward
    parts = model.children() if forward in (Sequential.forward, MLP.forward) else ()
    yield from (inner for part in parts for inner in _chain(part)) if parts else (model,)


def _of_numbers(psi: Any) -> bool:
    """Whether an activation works on single numbers; a softmax joins them."""
    return psi is softmax or (getattr(psi, "on_floats", True) and not isinstance(psi, Module))


Inputs = tuple[tuple[Any, ...], dict[str, Any]]


def inputs_of(model: Any, x: Any) -> Inputs | None:
    """Several inputs of a model, a tuple or a dict of them; None where x is one input."""
    if isinstance(x, Mapping):
        return (), dict(x)
    if not isinstance(x, tuple) or len(x) < 2 or not isinstance(model, Module):
        return None
    places = [p for p in signature(model.forward).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    needed = sum(p.default is p.empty for p in places)
    numbers = all(isinstance(entry, int | float | Value) for entry in x)  # one sample, unless each is an input
    return (x, {}) if needed > 1 or (len(places) > 1 and not numbers) else None


def _sample(x: Any) -> list[Any] | None:
    """One sample as a list of its entries; None for several samples."""
    if isinstance(x, Node):
        x = x if isinstance(x, Value) else plain(x)
    if isinstance(x, Value | int | float):
        return [x]
    if isinstance(x, Sequence) and all(isinstance(entry, Value) for entry in x):
        return list(x)
    if isinstance(x, list | tuple):
        if len(x) == 1 and isinstance(x[0], list | tuple):
            return _sample(x[0])
        if all(type(entry) in (int, float) for entry in x):
            return [float(entry) for entry in x]
    if is_foreign(x):  # its numbers are to be seen, unless they are many
        shape = tuple(x.shape)
        return _sample(to_numpy(x)) if len(shape) < 2 or (len(shape) == 2 and shape[0] == 1) else None
    array = np.asarray(x, dtype=float)
    if array.ndim == 2 and len(array) == 1:
        array = array[0]
    return array.ravel().tolist() if array.ndim < 2 else None


def _why_not(model: Any, network: Any, sample: list[Any] | None, several: bool) -> str:
    """Why the model cannot be run neuron by neuron on this."""
    if network is None and isinstance(model, Module) and any(isinstance(part, Maxout) for part in model.modules()):
        return "a maxout neuron is the largest of several sums, which the picture of a neuron has no place for"
    if network is None:
        return f"{type(model).__name__} is no network of neurons" + (" of this size" if layers_of(model) else "")
    inputs = input_count(network)
    if several or (sample is not None and len(sample) != inputs):
        return f"there are several samples, or x has not the {inputs} entries that the network takes"
    return ""


def input_count(network: Any) -> int:
    """How many numbers a network of Values takes."""
    if isinstance(network, NeuronNetwork):
        return int(network.sizes[0])
    return len(network.weights if isinstance(network, Neuron) else network.neurons[0].weights)


def _run_neurons(network: Any, sample: list[Any] | None, y: Any, loss: Any) -> Run:
    valued = sample is not None
    entries = sample if sample is not None else [0.0] * input_count(network)
    data = [
        e if isinstance(e, Value) else Value(e, name=n) for e, n in zip(entries, _several("x", entries), strict=True)
    ]
    outputs = network(data if len(data) > 1 else data[0])
    outputs = outputs if isinstance(outputs, list) else [outputs]
    ran = Run(tuple(outputs), tuple(data), tuple(network.parameters()), True, valued)
    return ran if y is None else _compared_with(ran, y, loss)


def is_recurrent_neuron(model: Any) -> bool:
    """Whether a model is one recurrent neuron with one input, with an output neuron after it or none."""
    return isinstance(model, NeuronRNN) and model.sizes[:2] == (1, 1) and model.sizes[2:] in ((), (1,))


def _run_sequence(network: NeuronRNN, x: Any, y: Any, loss: Any) -> Run:
    """A recurrent network of neurons along one sequence."""
    if x is None:
        raise ValueError("draw a NeuronRNN with a sequence: draw(model, [1.0, -0.5, 0.3])")
    if not isinstance(x, (list, tuple)):
        x = np.asarray(plain(x) if isinstance(x, Node) else x)
        x = x[0] if x.ndim == 3 and len(x) == 1 else x
    data = [[e if isinstance(e, Value) else Value(float(e), name=n) for e, n in entries] for entries in _named_steps(x)]
    states = list(network.states(data))
    every = network.truncate or len(states)
    shown = [h for t, hs in enumerate(states[:-1], start=1) if t % every == 0 for h in hs]
    outputs = states[-1] if network.output is None else network.output(states[-1])
    outputs = outputs if isinstance(outputs, list) else [outputs]
    leaves = tuple(e for entries in data for e in entries)
    ran = Run(tuple(outputs), leaves, tuple(network.parameters()), True, True, recurrent=True, shown=tuple(shown))
    return ran if y is None else _compared_with(ran, y, loss)


def run_layers(model: Any, x: Any, y: Any, loss: Any) -> Unfolding | None:
    """A network that is one recurrent layer of Tensors, or of several neurons, and modules after it; else None."""
    neurons = isinstance(model, NeuronRNN)
    network = as_tensors(model) if neurons else model
    if not isinstance(network, Module) or recurrent_layer(network) is None or x is None:
        return None
    if y is not None:
        y, loss = np.asarray(plain(y) if isinstance(y, Node) else y, dtype=float), loss_of(model, loss)
        y = np.atleast_1d(y) if neurons else y
    x = np.asarray(plain(x) if isinstance(x, Node) else x, dtype=float)
    x = x[:, None] if neurons and x.ndim == 1 else x

    def both() -> tuple[tuple[Node, ...], bool]:
        return run_arrays(network, x, None, y, loss).outputs, y is not None

    return replace(unfolding(network, x, both), loss=getattr(loss, "name", ""))


def _named_steps(x: Any) -> Iterator[list[tuple[Any, str]]]:
    """The numbers of every step of a sequence, with their names."""
    for t, given in enumerate(x, start=1):
        entries = [given] if _is_single(given) else list(given)
        if not all(map(_is_single, entries)):
            raise ValueError("draw a NeuronRNN with one sequence, of shape (steps, inputs)")
        yield list(zip(entries, [f"x{t}"] if len(entries) == 1 else _several(f"x{t}_", entries), strict=True))


def _is_single(x: Any) -> bool:
    """Whether this is one number."""
    return isinstance(x, Value | int | float) or (not isinstance(x, list | tuple) and np.ndim(x) == 0)


def _compared_with(ran: Run, y: Any, loss: Any) -> Run:
    """The loss of what a network of neurons gave."""
    outputs = list(ran.outputs)
    name = getattr(loss, "name", "")
    if getattr(loss, "link", None) in (softmax, sigmoid):
        ran = replace(ran, link=loss.link.__name__)
    given = outputs if len(outputs) > 1 else outputs[0]
    targets = _entries(plain(y) if isinstance(y, Node) else y)
    if len(outputs) > 1 and len(targets) == 1 and type(targets[0]) is int:  # a class
        return replace(ran, outputs=(loss(given, targets[0]),), loss=name, target=f"y = {targets[0]}")
    numbers = list(map(float, targets))
    if len(numbers) != len(outputs):
        raise ValueError(f"y has {len(numbers)} entries, but the network {len(outputs)} outputs")
    if loss in (losses.cross_entropy, losses.cross_entropy_of_probabilities):  # which look at the targets' numbers
        written = ", ".join(map(short, numbers))
        return replace(ran, outputs=(loss(given, numbers),), loss=name, target=f"y = ({written})")
    wanted = [Value(t, requires_grad=False, name=n) for t, n in zip(numbers, _several("y", numbers), strict=True)]
    return replace(ran, outputs=(loss(given, wanted if len(wanted) > 1 else wanted[0]),), loss=name)


def _entries(y: Any) -> list[Any]:
    """The numbers of a target in a row."""
    if isinstance(y, int | float):
        return [y]
    if isinstance(y, list | tuple):
        return [number for part in y for number in _entries(part)]
    return list(to_numpy(y).ravel().tolist())


def run_samples(network: Any, samples: Any, targets: Any, loss: Any) -> Run:
    """Run a network of Values on several samples; the cost is that of all."""
    if len(samples) == 1:
        return _run_neurons(network, samples.ravel().tolist(), targets, loss)
    data = [_leaves("x", row, requires_grad=True) for row in samples.tolist()]
    outputs = [network(row if len(row) > 1 else row[0]) for row in data]
    wanted = _wanted(outputs, targets, loss)
    cost = loss(outputs, wanted)
    leaves = tuple(leaf for row in data for leaf in row)
    return Run((cost,), leaves, tuple(network.parameters()), True, True, getattr(loss, "name", ""))


def _wanted(outputs: list[Any], targets: Any, loss: Any) -> list[Any]:
    """What the outputs for several samples are compared with: classes, numbers, or leaves."""
    several = isinstance(outputs[0], list)
    if several and targets.dtype.kind in "iu" and targets.size == len(outputs):
        return list(targets.ravel().tolist())
    count = len(outputs[0]) if several else 1
    if targets.size != count * len(outputs):
        raise ValueError(f"y has {targets.size} entries, but the network {count} outputs for {len(outputs)} samples")
    rows = targets.astype(float).reshape(len(outputs), count).tolist()
    if loss not in (losses.cross_entropy, losses.cross_entropy_of_probabilities):  # which look at the numbers
        rows = [_leaves("y", row, requires_grad=False) for row in rows]
    return rows if several else [row[0] for row in rows]


def _leaves(name: str, numbers: Sequence[float], requires_grad: bool) -> list[Value]:
    names = _several(name, numbers)
    return [Value(x, requires_grad=requires_grad, name=n) for x, n in zip(numbers, names, strict=True)]


def _several(name: str, entries: Sequence[Any]) -> list[str]:
    """Names for several things, x1, x2, …; for one its own."""
    return [f"{name}{i}" for i in range(1, len(entries) + 1)] if len(entries) > 1 else [name]


def run_arrays(model: Module, x: Any, inputs: Inputs | None, y: Any, loss: Any) -> Run:
    """Run a model on one input in arrays, or on several."""
    if x is None:
        raise ValueError(f"draw a {type(model).__name__} with a sample: draw(model, x)")
    if inputs is None and not isinstance(x, Node):
        x = as_array(model, x)
        if not _looks_up(model, x):
            x = as_floats(x) if is_foreign(x) else x.astype(float)
        if x.ndim == 3 and any(map(_takes_images, model.modules())):  # one image: a batch of one
            x, y = x[None, ...], None if y is None else as_array(model, y)[None, ...]
    if isinstance(y, list | tuple | int | float) or is_foreign(y):
        y = as_array(model, y)
    args, kwargs = ((x,), {}) if inputs is None else inputs
    names = ["x"] if inputs is None else list(signature(model.forward).parameters)
    args = tuple(_leaf(value, name) for value, name in zip(args, [*names, *_several("x", args)], strict=False))
    kwargs = {name: _leaf(value, name) for name, value in kwargs.items()}
    answer = model(*args, **kwargs)
    outputs = tuple(_outputs("h", answer))
    if not outputs:
        raise ValueError(f"{type(model).__name__} gives {type(answer).__name__}, and in it no Value and no Tensor")
    if y is not None:
        outputs = (loss(answer, _compared(y, outputs)),)
    nodes = set(Graph(*outputs).nodes)
    data = tuple(node for node in (*args, *kwargs.values()) if isinstance(node, Node) and node in nodes)
    return Run(outputs, data, tuple(model.parameters()), False, True, getattr(loss, "name", ""))


def _looks_up(model: Any, x: Any) -> bool:
    """Whether these are whole numbers, and a module wants them as they are: an embedding's."""
    return kind_of(x.dtype) in "iu" and any(getattr(part, "takes_integers", False) for part in model.modules())


def as_array(model: Any, given: Any) -> Any:
    """Samples as an array, where the model's parameters are, if they can go there unasked.

    Numbers and lists can, and what Dask has not computed yet, as a training on it would; any other array stays as it
    is.
    """
    given = plain(given) if isinstance(given, Node) else given
    beside = next((plain(parameter) for parameter in model.parameters()), None)
    if is_foreign(given):
        return to_numpy(given) if hasattr(given, "__dask_graph__") and not is_foreign(beside) else given
    array = np.asarray(given)
    if isinstance(given, np.ndarray) or not is_foreign(beside):
        return array
    return alike(beside, array) if array.dtype.kind == "f" else namespace(beside).asarray(array, device=device(beside))


def _takes_images(part: Module) -> bool:
    return isinstance(part, Windowed) and not isinstance(part, Conv1d)


def _leaf(value: Any, name: str) -> Any:
    """An input as a named leaf; what is no array of numbers, such as labels or None, as it is."""
    if isinstance(value, Node):
        return value
    array = value if is_foreign(value) else np.asarray(value)
    return Tensor(array, name=name) if kind_of(array.dtype) == "f" else value


def _outputs(name: str, answer: Any) -> Iterator[Node]:
    """The nodes that a model gives, one or a list or dict of them; those without a name get one."""
    if isinstance(answer, Node):
        yield answer if answer.name or answer.is_leaf else answer.named(name)
    elif isinstance(answer, Mapping):
        for key, part in answer.items():
            yield from _outputs(str(key), part)
    elif isinstance(answer, tuple | list):
        for key, part in zip(getattr(answer, "_fields", _several(name, answer)), answer, strict=True):
            yield from _outputs(key, part)


def _compared(y: Any, outputs: tuple[Node, ...]) -> Any:
    """The target as a named leaf where it is compared entry by entry."""
    array = None if isinstance(y, Node) else y if is_foreign(y) else np.asarray(y)
    if array is None or len(outputs) > 1 or array.shape != outputs[0].shape or kind_of(array.dtype) not in "fiub":
        return y
    like = plain(outputs[0])
    return Tensor(namespace(like, array).astype(array, like.dtype), name="y") if array.shape else y

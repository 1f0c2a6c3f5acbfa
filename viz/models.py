"""From a model and a sample to the graph that is drawn: neuron by neuron where that is possible, else in arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inversa.autograd import Graph, Tensor, Value, softmax, step
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.namespace import np
from inversa.nn import MLP, Activation, Dense, Dropout, Linear, Module, NeuronNetwork, Perceptron, Sequential, losses
from inversa.nn.activations import identity
from inversa.nn.convolution import Windowed
from inversa.nn.neurons import Neuron, NeuronLayer

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
    neurons : bool
        Whether it was run neuron by neuron.
    valued : bool
        Whether there was a sample: without one only the parameters have numbers.
    loss : str
        What the loss is called.
    """

    outputs: tuple[Node, ...]
    data: tuple[Node, ...]
    neurons: bool
    valued: bool
    loss: str = ""


def run(
    model: Module,
    x: Any = None,
    y: Any = None,
    loss: str | Callable[..., Any] | None = None,
    detail: str = "auto",
) -> Run:
    """Run a model on one sample, or on several in arrays.

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
        loss = _loss(model, loss)
    network = as_neurons(model)
    sample = None if x is None else _sample(x)
    several = x is not None and sample is None
    why_not = _why_not(model, network, sample, several)
    if detail == "neuron" and why_not:
        raise ValueError(f"{why_not}: draw it with detail='layer'")
    small = network is not None and network.parameter_count() <= NEURONS
    if not why_not and (detail == "neuron" or (detail == "auto" and small) or network is model):
        ran = _run_neurons(network, sample, y, loss)
        return replace(ran, neurons=detail in ("neuron", "auto"))
    return _run_arrays(model, x, y, loss)


def _loss(model: Module, loss: str | Callable[..., Any] | None) -> Callable[..., Any]:
    trainer = getattr(model, "trainer", None) if loss is None else None
    if trainer is not None:
        loss = trainer.objective.loss
    if loss is None:
        raise ValueError("say what compares the outputs with y: loss='mse', or another of inversa.nn.losses")
    return losses.named(loss)


def as_neurons(model: Any) -> Any:
    """The model as Values, one object a neuron, where it is a network of layers of neurons; else None.

    That are an MLP, a Linear, Dense or Perceptron, a Sequential of those and of activations, an estimator that has
    been fitted, and what is made of Values already.

    Examples
    --------
    >>> from inversa.nn import Linear, Sequential, Tanh
    >>> from inversa.viz.models import as_neurons
    >>> as_neurons(Sequential(Linear(2, 3), Tanh(), Linear(3, 1))).sizes
    (2, 3, 1)
    """
    model = network_of(model)
    if isinstance(model, NeuronNetwork | NeuronLayer | Neuron):
        return model
    layers = _layers(model) if isinstance(model, Module) else []
    return NeuronNetwork.like(layers) if layers and model.parameter_count() <= 20 * NEURONS else None


def network_of(model: Any) -> Any:
    """The network of an estimator; anything else as it is.

    Raises
    ------
    ValueError
        For an estimator that has none yet.
    """
    estimators = sys.modules.get("inversa.nn.estimators")  # where there is an estimator, they have been imported
    if estimators is None or not isinstance(model, tuple(getattr(estimators, name) for name in estimators.__all__)):
        return model
    if not hasattr(model, "model_"):
        raise ValueError(f"this {type(model).__name__} has no network yet: fit it first")
    return model.model_


def _layers(model: Module) -> list[tuple[Linear, Any]]:
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


def _sample(x: Any) -> list[Any] | None:
    """One sample as a list of its entries; None for several samples."""
    if isinstance(x, Node):
        x = x if isinstance(x, Value) else plain(x)
    if isinstance(x, Value | int | float):
        return [x]
    if isinstance(x, Sequence) and all(isinstance(entry, Value) for entry in x):
        return list(x)
    array = np.asarray(x, dtype=float)
    if array.ndim == 2 and len(array) == 1:
        array = array[0]
    return array.ravel().tolist() if array.ndim < 2 else None


def _why_not(model: Module, network: Any, sample: list[Any] | None, several: bool) -> str:
    """Why the model cannot be run neuron by neuron on this."""
    if network is None:
        return f"{type(model).__name__} is no network of neurons" + (" of this size" if isinstance(model, MLP) else "")
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
    names = [f"x{i}" for i in range(1, len(entries) + 1)] if len(entries) > 1 else ["x"]
    data = [e if isinstance(e, Value) else Value(e, name=n) for e, n in zip(entries, names, strict=True)]
    outputs = network(data if len(data) > 1 else data[0])
    if y is None:
        several = outputs if isinstance(outputs, list) else [outputs]
        return Run(tuple(several), tuple(data), True, valued)
    name = getattr(loss, "name", "")
    count = len(outputs) if isinstance(outputs, list) else 1
    targets = np.asarray(plain(y) if isinstance(y, Node) else y)
    if targets.dtype.kind in "iu" and count > 1 and targets.size == 1:  # a class
        return Run((loss(outputs, int(targets.ravel()[0])),), tuple(data), True, valued, name)
    numbers = targets.astype(float).ravel().tolist()
    if len(numbers) != count:
        raise ValueError(f"y has {len(numbers)} entries, but the network {count} outputs")
    labels = [f"y{i}" for i in range(1, count + 1)] if count > 1 else ["y"]
    wanted: list[Any] = [Value(t, requires_grad=False, name=n) for t, n in zip(numbers, labels, strict=True)]
    if loss is losses.cross_entropy:  # of probabilities, which it looks at
        wanted = numbers
    return Run((loss(outputs, wanted if count > 1 else wanted[0]),), tuple(data), True, valued, name)


def _run_arrays(model: Module, x: Any, y: Any, loss: Any) -> Run:
    if x is None:
        raise ValueError(f"draw a {type(model).__name__} with a sample: draw(model, x)")
    if isinstance(x, Node):
        nodes = _outputs(model, x, y, loss)
        return Run(nodes, (x,) if _leads_to(x, nodes) else (), False, True)
    x = np.asarray(x, dtype=float)
    if x.ndim == 3 and any(isinstance(part, Windowed) for part in model.modules()):  # one image: a batch of one
        x, y = x[None], None if y is None else np.asarray(y)[None]
    sample = Tensor(x, name="x")
    nodes = _outputs(model, sample, y, loss)
    if not _leads_to(sample, nodes):  # what is done to data alone, such as to cut them in windows, is not recorded
        sample = Tensor(x, requires_grad=True, name="x")
        nodes = _outputs(model, sample, y, loss)
    return Run(nodes, (sample,), False, True)


def _outputs(model: Module, x: Any, y: Any, loss: Any) -> tuple[Any, ...]:
    outputs = model(x) if y is None else loss(model(x), y)
    return tuple(outputs) if isinstance(outputs, list) else (outputs,)


def _leads_to(leaf: Node, outputs: tuple[Any, ...]) -> bool:
    return any(node is leaf for node in Graph(*outputs).nodes)

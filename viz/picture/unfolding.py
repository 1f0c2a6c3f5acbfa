"""Networks of Tensors run through time: what every step computes, and what it contributes to the gradients.

The network runs as always, and its inverse network says what comes back to every state. Then every step is run once
more by itself, from leaves of its own: its inverse network, fed with what came back to its states, brings what this
step alone contributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, Tensor
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.held import to_numpy
from inversa.nn import GRU, LSTM, RNN, Activation, Linear, Module, NeuronRNN, Sequential
from inversa.nn.activations import identity
from inversa.nn.neurons import Neuron
from inversa.nn.recurrent.steps import Kind, State, elman, linear

GATES = {4: "ifgo", 3: "run", 1: "h"}  # by their rows in the weights
PARAMETERS = ("W", "U", "b", "c")


@dataclass(frozen=True)
class Quantity:
    """An array and ∂J/∂ of it; None where nothing comes back, or nothing is known to."""

    name: str
    value: Any
    flow: Any = None

    @property
    def letter(self) -> str:
        """The name without the number of its step."""
        return self.name.rstrip("0123456789")


@dataclass(frozen=True)
class CellStep:
    """One step of time.

    Attributes
    ----------
    x : Quantity
    gates : list of (Quantity, str)
        Each with its activation.
    states : list of Quantity
        h, or h and c, after the step.
    contributions : dict
        From the name of a parameter to what the step contributes to its gradient.
    cut : bool
        Whether no gradient goes back to the step before.
    """

    x: Quantity
    gates: list[tuple[Quantity, str]]
    states: list[Quantity]
    contributions: dict[str, Any]
    cut: bool = False


@dataclass(frozen=True)
class Unfolding:
    """A recurrent layer along a sequence.

    Attributes
    ----------
    kind : str
        ``"RNN"``, ``"LSTM"`` or ``"GRU"``.
    steps : list of CellStep
    first : list of Quantity
        The states before the first step.
    parameters : list of Quantity
    after : list of str
        The modules that follow the layer.
    cost : float or None
        J.
    every : bool
        Whether the states of all steps go on to what follows, not only the last one.
    """

    kind: str
    steps: list[CellStep]
    first: list[Quantity]
    parameters: list[Quantity]
    after: list[str]
    cost: float | None = None
    output: Quantity | None = None
    every: bool = False
    obstacle: str = ""
    loss: str = ""  # what it is called


def recurrent_layer(model: Any) -> Any:
    """The layer of a network that is one recurrent layer, and modules after it; else None."""
    children = [*model.children()] if type(model).forward is Sequential.forward else []
    layer = children[0] if children else model
    simple = type(layer) in (RNN, LSTM, GRU) and layer.num_layers == 1 and not layer.bidirectional
    return layer if simple else None


def as_tensors(network: NeuronRNN) -> Sequential:
    """The network of Tensors of one of Values, with its numbers.

    >>> network = NeuronRNN([2, 3, 1], seed=0)
    >>> sequence = np.array([[0.5, -1.0], [1.0, 0.3]])
    >>> abs(as_tensors(network)(sequence).item() - network(sequence).item()) < 1e-15
    True
    """
    inputs, hidden, *_ = network.sizes
    rnn = RNN(inputs, hidden, output="last", truncate=network.truncate, seed=0)
    rnn.kind = elman(network.hidden[0].activation)
    weights = np.array([[w.item() for w in neuron.weights] for neuron in network.hidden])
    constants = {"bias_ih_l0": _constants(network.hidden), "bias_hh_l0": np.zeros(hidden)}
    rnn.load_state_dict({"weight_hh_l0": weights[:, :hidden], "weight_ih_l0": weights[:, hidden:]} | constants)
    rnn.weights("_l0")[-1].requires_grad = False  # b is one constant there
    if network.output is None:
        return Sequential(rnn)
    neurons = network.output.neurons
    last = Linear(hidden, len(neurons), seed=0)
    rows = [[w.item() for w in neuron.weights] for neuron in neurons]
    last.load_state_dict({"weight": np.array(rows), "bias": _constants(neurons)})
    psi = neurons[0].activation
    return Sequential(rnn, last, *([] if psi is identity else [Activation(psi)]))


def _constants(neurons: Sequence[Neuron]) -> Any:
    return np.array([0.0 if neuron.bias is None else neuron.bias.item() for neuron in neurons])


def unfolding(model: Module, x: Any, run: Any) -> Unfolding:
    """Run a network along a sequence, or several of one length.

    ``run`` runs it and gives the nodes that are its outputs, and whether they were compared by a loss.
    """
    layer = recurrent_layer(model)
    kind, taken = layer.kind, []

    def step(z: Any, state: State, weight: Any, bias: Any) -> State:
        after: State = kind.step(z, state, weight, bias)
        taken.append((state, after))
        return after

    layer.kind = kind._replace(step=step)
    try:
        outputs, loss = run()
    finally:
        layer.kind = kind
    flows, obstacle = _flows(outputs)
    steps, first = _steps(layer, kind, _time_first(layer, x), taken, flows)
    parameters = [
        Quantity(name, _numbers(p), _flow(flows, p)) for name, p in zip(PARAMETERS, layer.weights("_l0"), strict=True)
        if p is not None and p.requires_grad
    ]  # fmt: skip
    if kind.gates != 3:  # the two constants are added, and have one gradient
        parameters = _merged(parameters)
    others = [child for child in model.children() if child is not layer] if model is not layer else []
    last = outputs[0]
    return Unfolding(
        type(layer).__name__, steps, first, parameters, [repr(each).split("\n")[0] for each in others],
        float(plain(last)) if loss else None,
        None if loss else Quantity("h", _numbers(last), None if obstacle else np.ones(1)),
        layer.output != "last", obstacle,
    )  # fmt: skip


def _merged(parameters: list[Quantity]) -> list[Quantity]:
    """The parameters with one constant, b, in place of two."""
    constants = [q for q in parameters if q.name in "bc"]
    others = [q for q in parameters if q.name not in "bc"]
    if not constants:
        return others
    return [*others, Quantity("b", sum(q.value for q in constants), constants[0].flow)]


def _flows(outputs: Sequence[Node]) -> tuple[dict[Node, Any], str]:
    try:
        return InverseNetwork(*outputs).run(), ""
    except ValueError as error:
        return {}, str(error)


def _flow(flows: dict[Node, Any], node: Any) -> Any:
    return None if node not in flows else to_numpy(flows[node])


def _time_first(layer: Any, x: Any) -> Any:
    """The inputs, the steps on the first axis."""
    x = _numbers(x)
    return x if x.ndim == 2 or not layer.batch_first else x.swapaxes(0, 1)


def _steps(
    layer: Any, kind: Kind, xs: Any, taken: list[Any], flows: dict[Node, Any]
) -> tuple[list[CellStep], list[Quantity]]:
    """All steps, from the last one back, and the first states."""
    names = ["h", "c"][: kind.states]
    later: list[Any] = [None] * kind.states  # what comes back from the step after
    steps: list[CellStep] = []
    for t in reversed(range(len(taken))):
        before, after = taken[t]
        cut = t > 0 and before[0] is not taken[t - 1][1][0]
        seeds = [_flow(flows, after[0]), *later[1:]]
        alone = _Alone(layer, kind, xs[t], before)
        back = alone.back(seeds) if flows else {}
        states = [
            Quantity(f"{name}{t + 1}", _numbers(node), back.get(own))
            for name, node, own in zip(names, after, alone.after, strict=True)
        ]
        gates = [(Quantity(f"{name}{t + 1}", _numbers(g), back.get(g)), g.op.name) for name, g in alone.gates()]
        contributions = {
            name: back.get(p) for name, p in zip(PARAMETERS, alone.parameters, strict=True) if p is not None
        }
        x = Quantity(f"x{t + 1}", xs[t], back.get(alone.x))
        steps.insert(0, CellStep(x, gates, states, contributions, cut))
        later = [None if cut else back.get(node) for node in alone.state]
    first = [Quantity(f"{name}0", _numbers(node)) for name, node in zip(names, taken[0][0], strict=True)]
    return steps, first


def _leaf(array: Any) -> Any:
    return None if array is None else Tensor(np.array(_numbers(array)), requires_grad=True)


def _numbers(array: Any) -> Any:
    """What a node or an array holds, in an array of NumPy."""
    return to_numpy(plain(array) if isinstance(array, Node) else array)


class _Alone:
    """One step by itself, from leaves of its own."""

    def __init__(self, layer: Any, kind: Kind, x: Any, state: State) -> None:
        self.parameters = [_leaf(p) for p in layer.weights("_l0")]
        W, U, b, c = self.parameters
        self.size, self.kind = layer.hidden_size, kind
        x = x if _numbers(state[0]).ndim == 1 or x.ndim == 2 else x[None]
        self.x, self.state = _leaf(x), [_leaf(part) for part in state]
        self.after = kind.step(linear(self.x, W, b), tuple(self.state), U, c)
        self.graph = Graph(*self.after)

    def back(self, seeds: Sequence[Any]) -> dict[Node, Any]:
        """What comes back to everything in the step from what comes back to its states."""
        given = [np.zeros(node.shape) if seed is None else seed for node, seed in zip(self.after, seeds, strict=True)]
        return InverseNetwork(self.graph).run(given if len(given) > 1 else given[0])

    def gates(self) -> Iterator[tuple[str, Any]]:
        """The gates in the order of their rows, each with its letter."""
        if self.kind.gates == 1:
            return
        found = {}
        for node in self.graph.nodes:
            if node.op is not None and node.op.name in ("sigmoid", "tanh"):
                row = self._row(node.inputs[0])
                if row is not None:
                    found[row] = node
        yield from ((GATES[self.kind.gates][row], found[row]) for row in sorted(found))

    def _row(self, node: Any) -> int | None:
        """Which gate's rows of the weights a node is made of; None where it is made of gates."""
        if node.op is None or node.op.name in ("sigmoid", "tanh"):
            return None
        if node.op.name == "getitem":
            start: int = node.params["index"][-1].start or 0
            return start // int(self.size)
        found: list[int] = [row for each in node.inputs if (row := self._row(each)) is not None]
        return found[0] if found else None

"""What a recorder keeps of a model in every frame, and what the page shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from html import escape
from typing import Any, NamedTuple, Protocol

from inversa.autograd import Graph, Node, Value, sigmoid
from inversa.autograd.languages import texts
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.printing import printable
from inversa.nn import Module
from inversa.nn.training.prediction import as_mode
from inversa.viz._figure import Figure
from inversa.viz.drawing.composition import chosen_width
from inversa.viz.lettering.numbers import number, size
from inversa.viz.lettering.theme import Theme
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.structure import structure
from inversa.viz.output.notebook import reflowing
from inversa.viz.output.svg import bare
from inversa.viz.pages.contract import NetworkData, ProgramData
from inversa.viz.picture import slots
from inversa.viz.picture.program import recomputation
from inversa.viz.picture.reading import read
from inversa.viz.picture.running import as_neurons, input_count, network_of
from inversa.viz.plots.regions import classifier
from inversa.viz.plots.samples import called, predictions

MIN_SCALE = 0.82  # of its size, that of the network's drawing
DIGITS = 4  # of a norm
SIDE, COARSE = 48, 3  # of the grid on which answers are kept, and how much coarser it is where they are many
CURVE = 160  # points of a curve
ANSWERS = 1_200_000  # bytes that all answers may take
NO_ANSWER = 255


class Panel(NamedTuple):
    """The card of a model in a page.

    Attributes
    ----------
    heading : str
        The key of its heading among the words of pages.
    html : str
        What it shows; a page writes its numbers anew.
    least : (float, float)
        Its least width and height in pixels.
    static : str
        The same for a place without styles and scripts.
    data : NetworkData
        What the page's scripts have to know of it.
    """

    heading: str
    html: str
    least: tuple[float, float]
    static: str
    data: NetworkData


class Kinds(NamedTuple):
    """The classes of the data: those that occur, and whether they are the numbers of the outputs."""

    values: Any
    numbered: bool
    names: list[str]

    @staticmethod
    def of(targets: Any, outputs: int) -> Kinds:
        """The classes among targets of a model with so many outputs.

        Raises
        ------
        ValueError
            When targets are no classes, or more than the model tells apart.
        """
        values = np.unique(targets)
        count = max(outputs, 2)
        numbered = bool(values.dtype.kind == "i" and values[0] >= 0 and values[-1] < count)
        if not numbered and (len(values) > count or len(values) < outputs):
            raise ValueError(
                f"the model tells {count} classes apart; those in y are {', '.join(map(str, values[:12]))}. Without x "
                "and y there is a recording of the network and its loss"
            )
        return Kinds(values, numbered, called(np.arange(count) if numbered else values, ()))

    def place(self, classes: Any) -> Any:
        """The numbers of classes, from 0."""
        return classes if self.numbered else np.searchsorted(self.values, classes)


class Recording(Protocol):
    """A model as it is recorded: the numbers that are kept of it, what it answers, and how it is shown."""

    def counts(self, x: Any) -> tuple[int, int]:
        """How many inputs and outputs it has; x are samples."""

    def watch(self, span: list[float], kinds: Kinds | None, threshold: float | None) -> None:
        """Keep what it answers between these limits: a curve, or where there are kinds the class of every point."""

    def numbers(self) -> list[float]:
        """What is kept in every frame."""

    def answers(self) -> Any:
        """What it answers now; None where the page computes it."""

    def panel(self, numbers: list[float], widest: list[float], lang: str, colours: Theme, link: Any) -> Panel:
        """The card that shows numbers, with room for the widest."""


def recording(model: Any) -> Recording:
    """The finest way to record a model.

    Raises
    ------
    TypeError
        For anything but a model.
    """
    if not isinstance(network_of(model), Module):
        raise TypeError(
            f"record takes a Module of inversa.nn or a fitted estimator of inversa.nn.estimators, "
            f"not {type(model).__name__}"
        )
    try:
        return NeuronRecording(model)
    except ValueError:
        return LayerRecording(model)


class NeuronRecording:
    """A network of neurons: weights and biases are kept, and the page computes from them what it answers."""

    def __init__(self, model: Any) -> None:
        self.model = model
        network = self._network()
        if network is None:
            raise ValueError(f"{type(model).__name__} is no network of neurons, or a large one")
        signals, outputs = self._run(network)
        self._counts = len(signals), len(outputs)
        structure(read(outputs, signals))
        _program(outputs)

    def counts(self, x: Any) -> tuple[int, int]:
        """How many inputs and outputs it has."""
        return self._counts

    def watch(self, span: list[float], kinds: Kinds | None, threshold: float | None) -> None:
        """Nothing: the page computes what it answers."""

    def _network(self) -> Any:
        module = network_of(self.model)
        with as_mode(module, training=False) if isinstance(module, Module) else nullcontext():
            return as_neurons(self.model)

    @staticmethod
    def _run(network: Any) -> tuple[list[Value], tuple[Node, ...]]:
        """Inputs, and the outputs that are computed from them."""
        count = input_count(network)
        signals = [Value(0.0, name=f"x{i + 1}" if count > 1 else "x") for i in range(count)]
        found = network(signals if count > 1 else signals[0])
        return signals, tuple(found) if isinstance(found, list) else (found,)

    def numbers(self) -> list[float]:
        """Weights and biases, neuron by neuron."""
        return [parameter.data for parameter in _parameters(self._network())]

    def answers(self) -> None:
        """Nothing: the page computes it."""

    def program(self, link: Any) -> ProgramData:
        """The program that computes what it answers; ``link`` makes probabilities of its outputs."""
        network = self._network()
        signals, outputs = self._run(network)
        answers = tuple(sigmoid(y) if link is sigmoid else y for y in outputs)  # probabilities, of one class each
        code, places, leaves = _program(answers)
        place: dict[Any, int] = {parameter: k for k, parameter in enumerate(_parameters(network))}
        place |= {x: -1 - k for k, x in enumerate(signals)}
        return {"code": code, "order": [place[leaf] for leaf in leaves], "outputs": places}

    def panel(self, numbers: list[float], widest: list[float], lang: str, colours: Theme, link: Any) -> Panel:
        """The drawing of the network, and the program that computes what it answers."""
        network = self._network()
        parameters = _parameters(network)

        def drawing_with(numbers: list[float]) -> NeuronDrawing:
            with _set(parameters, numbers):
                signals, outputs = self._run(network)
                return NeuronDrawing(structure(read(outputs, signals)), lang, valued=False, dense=True)

        roomy = drawing_with(widest)
        _, outputs = self._run(network)
        position = Graph(*outputs).position
        boxes = [position[parameter] for parameter in parameters]
        weights = {x.weight for neuron in roomy.structure.neurons for x in neuron.inputs}
        data: NetworkData = {
            "boxes": boxes,
            "edges": [k for k, box in enumerate(boxes) if box in weights],
            **self.program(link),
        }
        last = drawing_with(numbers)
        static = reflowing(Figure(last, ("forward",), colours, chosen_width(None), quiet=True))
        return Panel(
            "network", bare(roomy, "forward"), (MIN_SCALE * roomy.extent[0], MIN_SCALE * roomy.extent[1]), static, data
        )


class LayerRecording:
    """Any other model: the norm of every parameter is kept, and what it answers on a grid."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.names = [(path, parameter.shape) for path, parameter in network_of(model).named_parameters()]
        if not self.names:
            raise ValueError(f"{type(model).__name__} has no parameters: there is nothing to record")
        self.grid: Any = None
        self.kinds: Kinds | None = None
        self.threshold: float | None = None

    def counts(self, x: Any) -> tuple[int, int]:
        """How many inputs and outputs it has: it is run on samples."""
        return x.shape[1], self._outputs(x).shape[1]

    def _outputs(self, x: Any) -> Any:
        return predictions(self.model, x).reshape(len(x), -1)

    def numbers(self) -> list[float]:
        """The norm of every parameter."""
        parameters = [parameter for _, parameter in network_of(self.model).named_parameters()]
        with np.errstate(over="ignore", invalid="ignore"):  # of a training that diverges
            return [float(np.linalg.norm(to_numpy(parameter.data).astype(float))) for parameter in parameters]

    def watch(self, span: list[float], kinds: Kinds | None, threshold: float | None) -> None:
        """Keep what it answers between these limits."""
        x0, x1, y0, y1 = span
        self.kinds, self.threshold = kinds, threshold
        if kinds is None:
            self.grid = np.linspace(x0, x1, CURVE)[:, None]
        else:
            share = (np.arange(SIDE) + 0.5) / SIDE
            across, down = np.meshgrid(x0 + (x1 - x0) * share, y1 - (y1 - y0) * share)
            self.grid = np.column_stack([across.ravel(), down.ravel()])
        self.answers()  # what is wrong with them is said now, and not by the training

    def answers(self) -> Any:
        """The number of the class of every point, or the outputs along the curve; None where nothing is watched."""
        if self.grid is None:
            return None
        outputs = self._outputs(self.grid)
        if self.kinds is None:
            with np.errstate(over="ignore", invalid="ignore"):
                return outputs.astype(np.float32)
        decide = classifier(self.model, self.kinds.values, self.threshold)  # a model may be compiled in the meantime
        sure = np.isfinite(outputs).all(axis=1)
        found = np.full(len(outputs), NO_ANSWER, dtype=np.uint8)
        if sure.any():
            found[sure] = self.kinds.place(decide(self.grid[sure]))
        return found

    def panel(self, numbers: list[float], widest: list[float], lang: str, colours: Theme, link: Any) -> Panel:
        """A table of the parameters: their shapes and their norms, with a bar."""
        words = texts(lang).page
        head = "".join(f"<th>{words[key]}</th>" for key in ("parameter", "shape", "norm"))

        def table(bar: str) -> str:
            rows = "".join(
                f'<tr><th scope="row">{escape(printable(path))}</th><td>{size(shape) or 1}</td>'
                f'<td data-n="{slots.value(k)}">{number(norm, DIGITS)}</td>{bar.format(slots.value(k))}</tr>'
                for k, ((path, shape), norm) in enumerate(zip(self.names, numbers, strict=True))
            )
            return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

        shown = table('<td><meter data-m="{}" aria-hidden="true"></meter></td>')
        return Panel("norms", shown, (0.0, 0.0), table(""), {"boxes": list(range(len(numbers))), "edges": []})


def _program(outputs: tuple[Node, ...]) -> tuple[list[Any], list[int], list[Node]]:
    """What a page runs to find the outputs, where it then finds them, and the leaves that it has to know."""
    graph = Graph(*outputs)
    wanted = [slots.value(graph.position[y]) for y in outputs]
    program = recomputation(outputs, slots=set(wanted))
    if program.why_not:
        raise ValueError(program.why_not)
    return program.code, [program.slots[slot] for slot in wanted], [graph.nodes[i] for i, _ in program.leaves]


def _parameters(network: Any) -> list[Value]:
    return [value for _, value in network.named_parameters()]


@contextmanager
def _set(parameters: list[Value], numbers: list[float]) -> Iterator[None]:
    """A block in which parameters have other numbers."""
    before = [value.data for value in parameters]
    try:
        for value, x in zip(parameters, numbers, strict=True):
            value.data = x
        yield
    finally:
        for value, x in zip(parameters, before, strict=True):
            value.data = x

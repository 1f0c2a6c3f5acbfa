"""The playback of a training: a page with the loss, the network and what it answers, under one slider of epochs."""

from __future__ import annotations

import base64
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inversa.autograd import Graph, Node, Value, sigmoid
from inversa.autograd.ops.namespace import np
from inversa.nn import Callback, Module
from inversa.nn.files import write_atomically
from inversa.viz.draw import chosen
from inversa.viz.language import language
from inversa.viz.models import as_neurons, input_count
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.structure import structure
from inversa.viz.pages import controls, page, source
from inversa.viz.plots.samples import classes
from inversa.viz.recomputation import recomputation
from inversa.viz.records import read
from inversa.viz.svg import bare
from inversa.viz.texts import printable
from inversa.viz.theme import THEMES
from inversa.viz.words import WORDS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from inversa.nn.training.trainer import Trainer

SCRIPTS = ("engine.js", "paint.js", "playback.js")
POINTS = 400  # of the data that are drawn
FRAMES = 2000
LEAST = 0.82  # of its size, that of the network's drawing


def record(
    model: Module,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    every: int = 1,
    lang: str | None = None,
    theme: str = "auto",
    title: str | None = None,
) -> Recorder:
    """Record a training, to be played back in a page.

    What is stored are the weights. The page computes from them what the network answers: the regions of the classes
    for two inputs, the curve for one. It needs no network, and 200 frames of a 2-4-4-1 network take about 100 kB.

    Parameters
    ----------
    model : MLP, NeuronNetwork, NeuronLayer or Neuron
        What is trained.
    x, y : array_like, optional
        The data to draw: samples of one or two inputs, and their targets.
    every : int
        A frame every so many epochs; besides that before the first and after the last.
    lang : {"en", "es"}, optional
        English or Spanish; by default what `set_language` chose.
    theme : {"auto", "light", "dark", "print"}
        Colours; "auto" follows the reader's system.
    title : str, optional
        Instead of the usual one.

    Returns
    -------
    Recorder
        A callback for ``fit(…, callbacks=[recorder])``. For a training loop of one's own there is `Recorder.take`.

    Raises
    ------
    ValueError
        For a model that is no network of neurons, and for data that do not fit it.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.nn import MLP, data
    >>> moons = data.moons(100, noise=0.1, seed=0)
    >>> model = MLP([2, 4, 4, 1], activation="tanh", seed=0)
    >>> model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.05)
    >>> recorder = viz.record(model, moons.x, moons.y[:, None], every=5)
    >>> history = model.fit(moons.x, moons.y[:, None].astype(float), epochs=20, callbacks=[recorder])
    >>> recorder
    <Recorder of 2-4-4-1: 5 frames, epochs 0 to 20>
    """
    return Recorder(model, x, y, every, lang, theme, title)


class Recorder(Callback):
    """What `record` returns: the weights of a model after some of the epochs of its training."""

    def __init__(
        self, model: Module, x: Any, y: Any, every: int, lang: str | None, theme: str, title: str | None
    ) -> None:
        if every < 1:
            raise ValueError(f"every is a positive number of epochs, not {every!r}")
        chosen("theme", theme, THEMES)
        if as_neurons(model) is None:
            raise ValueError(
                f"record draws networks of neurons (an MLP or NeuronNetwork), not a {type(model).__name__}"
            )
        self.model, self.every, self.lang, self.theme = model, every, language(lang), theme
        self.title = printable(title or "")
        self.epochs: list[int] = []
        self.weights: list[Any] = []
        self.loss: list[float] = []
        self.held: list[float] = []
        self.link: Any = None
        self.data = None if x is None else self._checked(np.asarray(x, dtype=float), y)

    def _checked(self, x: Any, y: Any) -> tuple[Any, Any]:
        inputs = input_count(as_neurons(self.model))
        x = x[:, None] if x.ndim == 1 else x
        if x.shape[1] != inputs or inputs > 2:
            raise ValueError(f"the data drawn have the model's inputs, one or two; x has the shape {x.shape}")
        if y is None or len(np.asarray(y)) != len(x):
            raise ValueError("the data drawn need a target y for every sample in x")
        return x, np.asarray(y)

    # Taking frames.

    def take(self, epoch: int, loss: float | None = None) -> None:
        """Keep the weights as they are now, after so many epochs; and the loss of this one."""
        if self.epochs and epoch <= self.epochs[-1]:
            raise ValueError(f"epochs go up: {epoch} comes after {self.epochs[-1]}")
        if len(self.epochs) == FRAMES:
            raise ValueError(f"{FRAMES} frames are enough: record every={2 * self.every} epochs")
        network = as_neurons(self.model)
        self.epochs.append(epoch)
        self.weights.append(np.array([value.data for value in _parameters(network)], dtype=np.float32))
        if loss is not None:
            self.loss += [loss] * (epoch - len(self.loss))

    def on_train_begin(self, trainer: Trainer) -> None:
        """The weights before the first epoch."""
        self.link = getattr(trainer.objective.loss, "link", None)
        if not self.epochs:
            self.take(len(trainer.history))

    def on_epoch_end(self, trainer: Trainer, epoch: int) -> None:
        """The weights after an epoch."""
        self._follow(trainer)
        if epoch % self.every == 0 and epoch > self.epochs[-1]:
            self.take(epoch)

    def on_train_end(self, trainer: Trainer) -> None:
        """The weights in the end."""
        self._follow(trainer)
        if len(trainer.history) > self.epochs[-1]:
            self.take(len(trainer.history))

    def _follow(self, trainer: Trainer) -> None:
        history = trainer.history.history
        self.loss, self.held = list(history.get("loss", [])), list(history.get("val_loss", []))

    # The page.

    def html(self) -> str:
        """The page."""
        if len(self.epochs) < 2:
            raise ValueError(
                "nothing has been recorded yet: fit(…, callbacks=[recorder]), or recorder.take(epoch, loss)"
            )
        words = WORDS[self.lang]
        title = self.title or words["playback title"]
        drawing, data = self._network()
        least = round(LEAST * drawing.extent[0])
        space = f'<section class="card" id="space"><h2>{words["answers"]}</h2><div></div></section>'
        body = (
            f'<header><h1>{escape(title)}</h1><span id="now" aria-live="polite"></span></header>\n<main id="panels">'
            f'<section class="card" id="loss"><h2>{words["loss"]}</h2></section>{space if data["points"] else ""}'
            f'<section class="card" id="network" tabindex="0" style="--least:{least}px" aria-labelledby="net">'
            f'<h2 id="net">{words["network"]}</h2>{bare(drawing, "forward")}</section></main>\n'
            f'<footer>{controls(words)}<input type="range" id="slider" min="0" max="{len(self.epochs) - 1}" '
            f'value="{len(self.epochs) - 1}" aria-label="{words["epoch"]}"><output id="count"></output></footer>'
        )
        style, script = source("page.css") + source("playback.css"), "".join(map(source, SCRIPTS))
        return page(title, self.lang, self.theme, style, body, script, data, data["words"].values())

    def _network(self) -> tuple[NeuronDrawing, dict[str, Any]]:
        """The drawing of the network with its last weights, and what the page has to know."""
        network = as_neurons(self.model)
        parameters = _parameters(network)
        for value, number in zip(parameters, self.weights[-1].tolist(), strict=True):
            if network is not self.model:
                value.data = number
        inputs = input_count(network)
        signals = [Value(0.0, name=f"x{i + 1}" if inputs > 1 else "x") for i in range(inputs)]
        found = network(signals if inputs > 1 else signals[0])
        outputs: tuple[Node, ...] = tuple(found) if isinstance(found, list) else (found,)
        drawing = NeuronDrawing(structure(read(outputs, signals)), self.lang, valued=False, dense=True)
        graph = Graph(*outputs)
        answers = tuple(sigmoid(y) if self.link is sigmoid else y for y in outputs)  # probabilities, of one class each
        place = {value: k for k, value in enumerate(parameters)} | {x: -1 - k for k, x in enumerate(signals)}
        answered = Graph(*answers)
        program = recomputation(answers, slots={f"v{answered.position[y]}" for y in answers})
        if program.why_not:
            raise ValueError(program.why_not)
        boxes = [graph.position[value] for value in parameters]
        weights = {x.weight for neuron in drawing.structure.neurons for x in neuron.inputs}
        data: dict[str, Any] = {
            "words": {key: WORDS[self.lang][key] for key in ("loss", "answers", "epoch")},
            "epochs": self.epochs,
            "loss": [float(f"{x:.6g}") for x in self.loss],
            "held": [float(f"{x:.6g}") for x in self.held],
            "weights": base64.b64encode(np.array(self.weights, dtype="<f4").tobytes()).decode(),
            "boxes": boxes,
            "edges": [k for k, box in enumerate(boxes) if box in weights],
            "code": program.code,
            "outputs": [program.slots[f"v{answered.position[y]}"] for y in answers],
            "order": [[i, place[answered.nodes[i]]] for i, _ in program.leaves],  # type: ignore[index]
            "inputs": inputs,
            "digits": 4,
            **self._points(),
        }
        return drawing, data

    def _points(self) -> dict[str, Any]:
        """The samples to draw, the range that is drawn, and from which answer on it is class 1."""
        if self.data is None:
            return {"points": [], "range": [], "threshold": 0.5}
        x, y = self.data
        threshold = 0.5
        if x.shape[1] == 1:
            second, kinds = y.reshape(len(y), -1)[:, 0].astype(float), np.zeros(len(y), dtype=int)
        else:
            second, kinds = x[:, 1], np.unique(classes("y", y), return_inverse=True)[1]
            threshold = 0.0 if y.size and float(np.min(y)) < 0 else 0.5
        some = np.linspace(0, len(x) - 1, min(POINTS, len(x))).round().astype(int)
        points = [
            [float(f"{a:.4g}"), float(f"{b:.4g}"), int(k)]
            for a, b, k in zip(x[some, 0], second[some], kinds[some], strict=True)
        ]
        return {"points": points, "range": [*_range(x[:, 0]), *_range(second)], "threshold": threshold}

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the page; the path ends in .html."""
        path = Path(path)
        if path.suffix.lower() != ".html":
            raise ValueError(f"cannot save as {str(path)!r}: a playback is a page, its suffix .html")
        return write_atomically(path, self.html().encode())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if len(self.epochs) < 2:
            return {"text/plain": repr(self)}
        frame = escape(self.html(), quote=True)
        title = escape(self.title or WORDS[self.lang]["playback title"], quote=True)
        return {
            "text/html": f'<iframe srcdoc="{frame}" sandbox="allow-scripts" title="{title}" '
            'style="width:100%;height:860px;border:0"></iframe>',
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        sizes = "-".join(map(str, getattr(self.model, "sizes", ()))) or type(self.model).__name__
        ends = f", epochs {self.epochs[0]} to {self.epochs[-1]}" if self.epochs else ""
        return f"<Recorder of {sizes}: {len(self.epochs)} frames{ends}>"

    def state_dict(self) -> dict[str, Any]:
        """The frames, so that a training that is resumed goes on recording."""
        return {"epochs": self.epochs, "weights": [w.copy() for w in self.weights]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Be as when ``state_dict()`` gave this."""
        self.epochs = [int(epoch) for epoch in state["epochs"]]
        self.weights = [np.asarray(w, dtype=np.float32) for w in state["weights"]]


def _parameters(network: Any) -> list[Value]:
    """Weights and biases, neuron by neuron."""
    return [value for _, value in network.named_parameters()]


def _range(values: Any) -> list[float]:
    """From a little below the least to a little above the greatest."""
    low, high = float(values.min()), float(values.max())
    room = 0.12 * (high - low) or 1.0
    return [float(f"{low - room:.4g}"), float(f"{high + room:.4g}")]

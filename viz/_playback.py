"""The playback of a training: a page with the loss, the network and what it answers, under one slider of epochs."""

from __future__ import annotations

import base64
import math
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inversa.autograd.languages import Lang, language, texts
from inversa.autograd.lazy import np
from inversa.autograd.printing import printable
from inversa.nn import Callback
from inversa.viz._draw import chosen
from inversa.viz.lettering import theme as themes
from inversa.viz.lettering.numbers import number
from inversa.viz.output.saving import save
from inversa.viz.pages.contract import AnswersData, FramesData, PlaybackData, SamplesData
from inversa.viz.pages.page import controls, page, series, source
from inversa.viz.pages.recording import ANSWERS, COARSE, SIDE, Kinds, Panel, recording
from inversa.viz.plots.samples import classes, column_name, finite, input_names, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from inversa.nn.training.trainer import Trainer
    from inversa.viz.lettering.theme import Theme

STYLES = "page.css", "answers.css", "playback.css"
SCRIPTS = (
    *("page.js", "engine.js", "numbers.js", "slots.js", "paint.js", "stepping.js"),
    *("frames.js", "loss_curve.js", "samples.js", "plane.js", "line.js", "playback.js"),
)
MAX_POINTS = 400  # of the data that are drawn
FRAMES = 2000
LOOKED_AT = 200_000  # numbers, to find the widest
DIGITS = (2, 3, 4)  # decimals of the numbers that a page writes: of edges, of biases, and of all others


def record(
    model: Any,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    every: int = 1,
    threshold: float | None = None,
    lang: Lang | None = None,
    theme: Theme = "auto",
    title: str | None = None,
) -> Recorder:
    """Record a training, to be played back in a page.

    What is stored of a network of neurons are the weights. The page computes from them what the network answers: the
    regions of the classes for two inputs, the curve for one. It loads nothing from elsewhere, and 200 frames of a
    2-4-4-1 network take about 100 kB. Of any other model, such as a convolutional network, the norms of its parameters
    are stored, and what it answers on a grid.

    Parameters
    ----------
    model : Module or estimator
        What is trained. Networks of neurons are an MLP, a Linear or Perceptron, a Sequential of layers and activations,
        a NeuronNetwork.
    x, y : array_like, optional
        The data to draw: samples of one or two inputs, and their targets: classes, or for one input numbers.
    every : int
        A frame every so many epochs; besides that before the first and after the last.
    threshold : float, optional
        From which answer on a single output says the greater of two classes, as for `plot_decision`.
    lang : {"en", "es"}, optional
        The language of its words; by default what `set_language` chose.
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
    TypeError
        For what is no model.
    ValueError
        For data that do not fit the model.

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
    return Recorder(model, x, y, every, threshold, lang, theme, title)


class Recorder(Callback):
    """What `record` returns: the weights of a model after some of the epochs of its training."""

    def __init__(
        self,
        model: Any,
        x: Any,
        y: Any,
        every: int,
        threshold: float | None,
        lang: str | None,
        theme: Theme,
        title: str | None,
    ) -> None:
        if every < 1:
            raise ValueError(f"every is a positive number of epochs, not {every!r}")
        chosen("theme", theme, themes.THEMES)
        self.recorded = recording(model)
        self.model, self.every, self.lang, self.theme = model, every, language(lang), theme
        self.title = printable(title or "")
        self.epochs: list[int] = []
        self.weights: list[Any] = []
        self.answers: list[Any] = []
        self.loss: list[float] = []
        self.held: list[float] = []
        self.link: Any = None
        self.data: SamplesData = {"points": []} if x is None else self._watched(x, y, threshold)

    def _watched(self, x: Any, y: Any, threshold: float | None) -> SamplesData:
        """What the page has to know of the data that it draws."""
        if y is None:
            raise ValueError("the data drawn need a target y for every sample in x")
        table, x = x, finite("x", x)
        x = x[:, None] if x.ndim == 1 else x
        same_length(x, np.asarray(y))
        inputs, outputs = self.recorded.counts(x) if x.ndim == 2 and x.shape[1] in (1, 2) else (0, 0)
        if x.shape[1:] != (inputs,):
            taken = f", and the model takes {inputs} inputs" if inputs else ""
            raise ValueError(f"the data drawn have one or two inputs; x has the shape {x.shape}{taken}")
        kinds, middle = None, 0.5
        if inputs == 1:
            targets = finite("y", y).reshape(len(x), -1)
            if targets.shape[1] not in (1, outputs):
                raise ValueError(f"y has {targets.shape[1]} columns, but the model {outputs} outputs")
            names, axes = list[str](), (column_name(table, "x"), column_name(y, "y"))
            places = [(x[:, 0], column, np.full(len(x), k)) for k, column in enumerate(targets.T)]
        else:
            targets = classes("y", y)
            kinds = Kinds.of(targets, outputs)
            names, axes = kinds.names, input_names(table)
            negative = kinds.values.dtype.kind == "i" and kinds.values[0] < 0
            middle = (0.0 if negative else 0.5) if threshold is None else threshold
            places = [(x[:, 0], x[:, 1], kinds.place(targets))]
        first, second, kind = (np.concatenate(each) for each in zip(*places, strict=True))
        span = [*_range(first), *_range(second)]
        self.recorded.watch(span, kinds, threshold)
        some = np.linspace(0, len(first) - 1, min(MAX_POINTS, len(first))).round().astype(int)
        points = [
            [float(f"{a:.4g}"), float(f"{b:.4g}"), int(k)]
            for a, b, k in zip(first[some], second[some], kind[some], strict=True)
        ]
        return {
            "points": points,
            "inputs": inputs,
            "range": span,
            "names": names,
            "axes": axes,
            "threshold": middle,
            "curves": outputs,
        }

    # Taking frames.

    def take(self, epoch: int, loss: float | None = None) -> None:
        """Keep the weights as they are now, after so many epochs; and the loss of this one."""
        if self.epochs and epoch <= self.epochs[-1]:
            raise ValueError(f"epochs go up: {epoch} comes after {self.epochs[-1]}")
        if len(self.epochs) == FRAMES:
            raise ValueError(f"{FRAMES} frames are enough: record every={2 * self.every} epochs")
        answers = self.recorded.answers()
        self.epochs.append(epoch)
        self.weights.append(np.array(self.recorded.numbers(), dtype=float))
        if answers is not None:
            self.answers.append(answers)
        if loss is not None:
            self.loss += [loss] * (epoch - len(self.loss))

    def on_train_begin(self, trainer: Trainer) -> None:
        """The weights before the first epoch."""
        self._link(trainer)
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
        return self._page(self._panel())

    def _page(self, panel: Panel) -> str:
        words = texts(self.lang).page
        title = self.title or words["playback title"]
        space = f'<section class="card" id="space"><h2>{words["answers"]}</h2><div></div><ul></ul></section>'
        held = f" <small>{words['held']}</small>" if self.held else ""
        body = (
            f'<header><h1>{escape(title)}</h1><span id="now" aria-live="polite"></span></header>\n<main id="panels">'
            f'<section class="card" id="loss"><h2>{words["loss"]}{held}</h2></section>'
            f"{space if self.data['points'] else ''}"
            f'<section class="card" id="network" tabindex="0" style="--least:{round(panel.least[0])}px;'
            f'--low:{round(panel.least[1])}px" '
            f'aria-labelledby="net"><h2 id="net">{words[panel.heading]}</h2>{panel.html}</section></main>\n'
            f'<footer>{controls(words)}<input type="range" id="slider" min="0" max="{len(self.epochs) - 1}" '
            f'value="{len(self.epochs) - 1}" aria-label="{words["epoch"]}"><output id="count"></output></footer>'
        )
        style, script = source(*STYLES), source(*SCRIPTS)
        data: PlaybackData = {**self._kept(), **self.data, **self._answered(), **panel.data}
        shown = [*data["words"].values(), *self.data.get("names", ()), *self.data.get("axes", ()), "→↑…"]
        style += series(self.theme)
        return page(title, self.lang, self.theme, style, body, script, data, map(escape, shown))

    def _panel(self) -> Panel:
        if len(self.epochs) < 2:
            raise ValueError(
                "nothing has been recorded yet: fit(…, callbacks=[recorder]), or recorder.take(epoch, loss)"
            )
        numbers = self.weights[-1].tolist()
        if self.link is None:
            self._link(getattr(self.model, "trainer", None) or getattr(self.model, "_trainer", None))  # an estimator's
        return self.recorded.panel(numbers, _widest(np.array(self.weights)), self.lang, self.theme, self.link)

    def _link(self, trainer: Trainer | None) -> None:
        """Keep what makes the outputs probabilities: that of the loss."""
        self.link = getattr(trainer.objective.loss, "link", None) if trainer is not None else None

    def _kept(self) -> FramesData:
        """All that was recorded, as the page's scripts read it."""
        weights, exact = _encoded(np.array(self.weights))
        words = texts(self.lang).page
        return {
            "words": {key: words[key] for key in ("loss", "answers", "epoch", "nothing")},
            "epochs": self.epochs,
            "loss": [_written(x) for x in self.loss],
            "validation": [_written(x) for x in self.held],
            "weights": weights,
            "exact": exact,
            "digits": DIGITS[-1],
            "shades": len(themes.SERIES["print" if self.theme == "print" else "light"]),
        }

    def _answered(self) -> AnswersData:
        """What the model answered in every frame, where the page cannot compute it."""
        if not self.answers:
            return {}
        answers, side = np.array(self.answers), SIDE
        if answers.dtype == np.uint8 and answers.size > ANSWERS:
            middle = slice(COARSE // 2, None, COARSE)
            answers, side = answers.reshape(-1, SIDE, SIDE)[:, middle, middle], SIDE // COARSE
        return {"answers": base64.b64encode(answers.tobytes()).decode(), "side": side}

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the page; the path ends in .html."""
        return save(path, {".html": self.html})

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if len(self.epochs) < 2:
            return {"text/plain": repr(self)}
        words, panel = texts(self.lang).page, self._panel()
        frame = escape(self._page(panel), quote=True)
        title = escape(self.title or words["playback title"], quote=True)
        return {
            "text/html": (
                f'<iframe srcdoc="{frame}" sandbox="allow-scripts" title="{title}" '
                f'style="width:100%;height:720px;border:0"></iframe>\n'
                f"<details><summary>{words['last frame']}</summary>{panel.static}</details>"
            ),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        sizes = "-".join(map(str, getattr(self.model, "sizes", ()))) or type(self.model).__name__
        ends = f", epochs {self.epochs[0]} to {self.epochs[-1]}" if self.epochs else ""
        return f"<Recorder of {sizes}: {len(self.epochs)} frames{ends}>"

    def state_dict(self) -> dict[str, Any]:
        """The frames, so that a training that is resumed goes on recording."""
        return {"epochs": self.epochs, "weights": [*self.weights], "answers": [*self.answers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.epochs = [int(epoch) for epoch in state["epochs"]]
        self.weights = [np.asarray(w, dtype=float) for w in state["weights"]]
        self.answers = [np.asarray(a) for a in state.get("answers", [])]


def _encoded(numbers: Any) -> tuple[str, list[tuple[int, float]]]:
    """Numbers in single precision, and besides those that it would print otherwise: place and number.

    Half of the bytes are enough for nearly all: only close to a number half-way between two that are printed, and
    beyond the range of single precision, another one would be read.
    """
    exact = numbers.ravel().astype("<f8")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        single = exact.astype("<f4")
        doubtful = (np.abs(exact) < 10.0 ** -DIGITS[0]) | (np.abs(exact) > 1e5)
        for digits in DIGITS:
            scaled = np.abs(exact) * 10.0**digits
            doubtful |= np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6 * scaled
            doubtful |= np.abs(scaled - 1) < 1e-6  # below, they are printed with an exponent
    pairs = [(int(k), float(exact[k]), float(single[k])) for k in np.flatnonzero(doubtful & (exact != single))]
    apart = [(k, _written(x, 17)) for k, x, y in pairs if any(number(x, n) != number(y, n) for n in DIGITS)]
    return base64.b64encode(single.tobytes()).decode(), apart


def _widest(frames: Any) -> list[float]:
    """Of every number the one that takes most room when it is printed; of very many frames only some are looked at."""
    looked_at = frames[:: math.ceil(frames.size / LOOKED_AT)]

    def room(x: float) -> int:
        return sum(len(number(x, digits)) for digits in DIGITS)

    return [max(column, key=room) for column in looked_at.T.tolist()]


def _written(x: float, least: int = 6) -> float:
    """A number with as few digits as print the same."""
    if not math.isfinite(x):
        return x
    short = (float(f"{x:.{digits}g}") for digits in range(least, 18))
    return next(y for y in short if number(y, DIGITS[-1]) == number(x, DIGITS[-1]))


def _range(values: Any) -> list[float]:
    """From a little below the least to a little above the greatest."""
    low, high = float(values.min()), float(values.max())
    room = 0.12 * (high - low) or 1.0
    return [float(f"{low - room:.4g}"), float(f"{high + room:.4g}")]

"""The playground: a page in which a network is built and trained, and run forwards and backwards, without Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inversa.autograd import checks
from inversa.autograd.languages import Lang, language, texts
from inversa.autograd.printing import printable
from inversa.nn import MLP, NeuronNetwork
from inversa.nn.losses.names import Name as LossName
from inversa.nn.losses.names import named as named_loss
from inversa.nn.optim.names import Name as OptimizerName
from inversa.viz._draw import chosen, draw
from inversa.viz.lettering.theme import THEMES, Theme
from inversa.viz.output.notebook import framed
from inversa.viz.output.saving import save
from inversa.viz.picture.running import as_neurons
from inversa.viz.playing.choices import choices, fits
from inversa.viz.playing.models import layers_of, numbers_of
from inversa.viz.playing.page import KINDS, MOST_HIDDEN, playground_html
from inversa.viz.playing.table import MOST_POINTS, Table, table_of
from inversa.viz.playing.trained import optimizer_of, penalty_of
from inversa.viz.plots.samples import input_names

MOST_NEURONS = 12  # of a layer, as in web/setup.js
LEAST_RATE, MOST_RATE = 1e-6, 100.0  # so there, too
HEIGHT = 800  # pixels in a notebook
ALLOWED = "allow-scripts allow-forms allow-downloads"  # there: to run, to take what is typed, and to save


def playground(
    model: Any = None,
    x: Any = None,
    y: Any = None,
    *,
    data: str = "moons",
    loss: LossName | None = None,
    optimizer: OptimizerName | None = None,
    lr: float | None = None,
    batch: int = 10,
    lang: Lang | None = None,
    title: str | None = None,
    theme: Theme = "auto",
) -> Playground:
    """A page in which a network is built, trained, and run step by step forwards and backwards.

    It needs neither Python nor a network: what is computed there is the program that was traced here, forward and
    inverse. Layers and neurons, data, loss and optimiser can be changed, weights typed and held, everything undone; a
    key shows the inverse network, with δ and all gradients.

    Parameters
    ----------
    model : MLP, Sequential, NeuronNetwork or estimator, optional
        The network that it begins with, of dense layers with one or two inputs; by default 2-4-4-1. If it was compiled,
        its loss, its optimiser, its learning rate and its penalty are taken over.
    x, y : array_like, optional
        Samples of shape (samples, inputs), and the target of each: classes, or numbers.
    data : str
        What is learnt where there is no x: ``"moons"``, ``"circles"``, ``"spirals"``, ``"xor"``, ``"blobs"``,
        ``"regression"``.
    loss, optimizer, lr, batch
        What it is trained with, as `Module.compile` takes it.
    lang : {"en", "es"}, optional
        The language of the page.
    title : str, optional
        What stands above it.
    theme : {"auto", "light", "dark", "print"}
        Its colours; ``"auto"`` follows the reader's system.

    Returns
    -------
    Playground
        To look at in a notebook, or to `Playground.render` to an HTML file.

    Raises
    ------
    ValueError
        For data and settings that the page does not take, those of a compiled model among them: the message says what
        it takes.
    TypeError
        For a model that is no network of dense layers.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.nn import MLP
    >>> viz.playground(MLP([2, 8, 8, 1], activation="tanh", seed=0))
    <Playground: 2-8-8-1 on moons>
    """
    chosen("theme", theme, THEMES)
    if (x is None) != (y is None):
        raise ValueError("x and y go together: samples, and a target for each")
    given = None if x is None else table_of(x, y, input_names(x) if getattr(x, "columns", None) is not None else ())
    kind = "given" if given else checks.choice("data", data, KINDS)
    training = {"loss": loss, "optimizer": optimizer, "lr": lr, "batch": batch}
    return made(model, kind, given, training, language(lang), printable(title or ""), theme)


def made(
    model: Any = None,
    kind: str = "moons",
    given: Table | None = None,
    training: Mapping[str, Any] = MappingProxyType({}),
    lang: Lang = "en",
    title: str = "",
    theme: Theme = "auto",
) -> Playground:
    """The playground of a table or of generated data; for `playground` and the command."""
    network = as_neurons(_default(given, kind) if model is None else model)
    if not isinstance(network, NeuronNetwork):
        raise TypeError(f"the playground takes networks of dense layers, such as an MLP, not {checks.shown(model)}")
    setup = _setup(network, kind, given)
    setup |= _trained_with(model, setup["layers"][-1]["activation"], kind, given, **training)
    return Playground(setup, given, numbers_of(network), network, lang, title, theme)


class Playground:
    """What `playground` returns: a snapshot of the model as it was."""

    def __init__(
        self,
        setup: dict[str, Any],
        given: Table | None,
        state: list[dict[str, Any]],
        network: Any,
        lang: str,
        title: str,
        theme: Theme,
    ) -> None:
        self._setup, self._given, self._state, self._network = setup, given, state, network
        self._lang, self._theme = lang, theme
        self.title = title or texts(lang).playground["title"]

    def html(self) -> str:
        """The page."""
        return playground_html(self._setup, self._given, self._state, self._lang, self.title, self._theme)

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the page; the path ends in .html.

        Raises
        ------
        ValueError
            For another suffix.
        OSError
            When the path is a folder or cannot be written; the message says why.
        """
        return save(path, {".html": self.html})

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """In a notebook the page in a frame of its own, and below it the network for where no script may run."""
        summary = texts(self._lang).page["static"]
        figure = draw(self._network, view="both", lang=self._lang, theme=self._theme)  # type: ignore[arg-type]
        framed_page = framed(self.html(), self.title, HEIGHT, figure, summary, ALLOWED)
        return framed_page | {"text/plain": repr(self)}

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self._network.sizes))
        what = f"{len(self._given['rows'])} points" if self._given else self._setup["kind"]
        return f"<Playground: {sizes} on {what}>"


def _default(given: Table | None, kind: str) -> MLP:
    return MLP([_inputs(given, kind), 4, 4, _outputs(given, kind)], activation="tanh", seed=0)


def _inputs(given: Table | None, kind: str) -> int:
    return given["inputs"] if given else 1 if kind == "regression" else 2


def _classes(given: Table | None, kind: str) -> int:
    """How many classes there are in the data; 0 where numbers are learnt."""
    return len(given["classes"]) if given else {"regression": 0, "blobs": 3}.get(kind, 2)


def _outputs(given: Table | None, kind: str) -> int:
    """How many outputs the data need: of more than two classes one for each."""
    classes = _classes(given, kind)
    return classes if classes > 2 else 1


def _setup(network: NeuronNetwork, kind: str, given: Table | None) -> dict[str, Any]:
    """The settings that the page begins with; those of training are of `_trained_with`."""
    wanted = _inputs(given, kind), _outputs(given, kind)
    sizes = network.sizes
    if (sizes[0], sizes[-1]) != wanted:
        raise ValueError(
            f"these data need a network of {wanted[0]} input(s) and {wanted[1]} output(s), not "
            f"{'-'.join(map(str, sizes))}"
        )
    if len(sizes) > MOST_HIDDEN + 2 or max(sizes[1:-1], default=0) > MOST_NEURONS:
        raise ValueError(
            f"the playground takes at most {MOST_HIDDEN} hidden layers of at most {MOST_NEURONS} neurons, not "
            f"{'-'.join(map(str, sizes))}"
        )
    layers = layers_of(network)
    return {
        "kind": kind, "count": 200, "noise": 0.15, "dataSeed": 0, "test": 0.2, "layers": layers, "penalty": "none",
        "strength": 0.001, "init": "suited", "seed": 0, "own": None, "sample": 0,
    }  # fmt: skip


def _trained_with(
    model: Any,
    output: str,
    kind: str,
    given: Table | None,
    loss: Any = None,
    optimizer: Any = None,
    lr: float | None = None,
    batch: int = 10,
) -> dict[str, Any]:
    """Loss, optimiser, learning rate and penalty: those asked for, else those that the model was compiled with."""
    trainer = getattr(model, "trainer", None) or getattr(model, "_trainer", None)  # an estimator's
    classes = _classes(given, kind)
    task = "regression" if not classes else "classes" if classes > 2 else "binary"
    if loss is None and trainer is not None:
        loss = trainer.objective.loss
    names = choices()["losses"][task]
    fitting = [name for name in names if fits(name, output)]
    name = fitting[0] if loss is None else getattr(named_loss(loss), "name", loss)
    if checks.choice("loss", name, names) not in fitting:
        raise ValueError(f"loss={name!r} does not go with outputs that are {output}: take one of {', '.join(fitting)}")
    if optimizer is None:
        optimizer = "adam" if trainer is None else optimizer_of(trainer.optimizer)
        lr = trainer.optimizer.lr if lr is None and trainer is not None else lr
    checks.choice("optimizer", optimizer, choices()["optimizers"])
    rate = checks.number("lr", 0.03 if lr is None else lr, at_least=LEAST_RATE, at_most=MOST_RATE)
    batch = min(checks.count("batch", batch), MOST_POINTS)
    return {"loss": name, "optimizer": optimizer, "rate": rate, "batch": batch, **penalty_of(trainer)}

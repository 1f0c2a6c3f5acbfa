"""Live pictures: what is changed in a notebook's picture changes in Python, and the other way round."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Any

from inversa.autograd import Graph, InverseNetwork, Node, checks
from inversa.autograd.languages import Lang
from inversa.autograd.lazy import np
from inversa.nn import Callback, Module, NeuronRNN
from inversa.nn.losses.names import Name as LossName
from inversa.viz._draw import Detail
from inversa.viz._figure import Figure
from inversa.viz._player import MAX_STEPS, Player, playable
from inversa.viz.drawing.composition import chosen_width, form_for
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.lettering.theme import THEMES, Theme
from inversa.viz.output.notebook import pictured
from inversa.viz.pages.contract import PanelData
from inversa.viz.picture.running import is_of_values, is_one_sample, loss_of, network_of, neurons_for, target_of
from inversa.viz.widget.answers import Leaves, panel
from inversa.viz.widget.bridge import bridge, cell_and_run, is_watched, widget_class
from inversa.viz.widget.leaves import Entry, entries_of, follow, places
from inversa.viz.widget.messages import Numbers, checked, texted
from inversa.viz.widget.page import WidgetPage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inversa.nn.training.trainer import Trainer

PAUSE = 0.04  # seconds between two pictures of a training: nobody sees more
ROOM = 900.0, 450.0  # pixels that each network has in a notebook
WIDGET = "application/vnd.jupyter.widget-view+json"

_living: weakref.WeakSet[Live] = weakref.WeakSet()  # those of one model show each other's changes
_shown: dict[str, tuple[str, list[Live]]] = {}  # what is kept for those who see it: by cell, with its last run


def live(
    node: Node | Graph | InverseNetwork | Module,
    x: Any = None,
    y: Any = None,
    *,
    loss: LossName | Callable[..., Any] | None = None,
    lang: Lang | None = None,
    detail: Detail = "auto",
    title: str | None = None,
    theme: Theme = "auto",
    digits: int = 4,
    lr: float = 0.1,
    every: int = 1,
    samples: tuple[Any, Any] | None = None,
) -> Live:
    """A picture in a notebook whose numbers are those of Python: both networks, with numbers that can be changed.

    Drag a number sideways, or click it and type, in the drawing or in the table: all values, all gradients and, of a
    model with one or two inputs, what it answers follow at once. Python's objects change, too: a Value's ``data``, an
    array of parameters in place, and every ``grad``, as ``zero_grad()``, a forward pass and ``backward()`` leave it. In
    a graph of one's own everything that was computed is computed anew, in the same nodes.

    What Python changes moves the picture: during ``fit(…, callbacks=[picture])`` by itself, in a loop of one's own by
    `Live.update`. While Python is busy a change waits, which the picture says; it is made when Python is free.

    Parameters
    ----------
    node, x, y, loss, lang, detail, title, theme, digits
        As for `draw`; a model needs a sample ``x``. Numbers given for ``x`` and ``y`` are copied: data in arrays stay
        as they are, and what becomes of the copies is in ``Live.leaves``. Values and Tensors are changed themselves.
    lr : float
        The learning rate α that the picture offers for w ← w − α ∂J/∂w.
    every : int
        During ``fit``, the steps of the optimiser from one picture to the next; more than 25 a second are not shown.
    samples : tuple of (array_like, array_like), optional
        The data to draw beside what a model with one or two inputs answers, and their targets, as for `record`; by
        default ``x`` and ``y``, where two inputs have classes for targets.

    Returns
    -------
    Live
        To look at in a notebook. Without a kernel, as in HTML that was made from a notebook, a `player` stands in its
        place, with the numbers of the time when it was shown first.

    Raises
    ------
    ImportError
        Without anywidget; the message says what to install.
    ValueError
        As for `draw`; for a model without a sample; for a graph that is too large to be computed in a page, or holds
        something that cannot be, and for arrays of other libraries than NumPy.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> J = (w * x).tanh().named("J")
    >>> picture = viz.live(J)
    >>> picture
    <Live picture of J: w, x>
    >>> picture.change("w", 0.0)  # what dragging w to 0 does
    >>> w.data, J.data, w.grad
    (0.0, 0.0, 2.0)
    >>> picture.close()
    """
    settings = {"loss": loss, "lang": lang, "title": title, "digits": digits, "known": True}  # its twin is beside it
    return Live(node, x, y, detail, theme, lr, checks.count("every", every), samples, settings)


class Live(Callback):
    """What `live` returns; also a callback for ``fit``.

    Attributes
    ----------
    leaves : dict of str to Node
        What can be changed, by names, ``w1_11`` for w₁₁⁽¹⁾: a Value or Tensor; of an array drawn neuron by neuron the
        whole array.
    widget : anywidget.AnyWidget
        What a notebook shows.
    """

    def __init__(
        self, node: Any, x: Any, y: Any, detail: Detail, theme: Theme, lr: float, every: int, samples: Any,
        settings: dict[str, Any],
    ) -> None:  # fmt: skip
        widget_class()  # or it says what to install
        checks.choice("theme", theme, THEMES)
        model, entries = network_of(node), dict[Node, Entry]()
        is_model = isinstance(model, Module)
        self._model = model if is_model else None
        self._parameters = model.parameters() if is_model else []  # which it shows, even if others take their places
        if is_model:
            node, y, settings["loss"], entries = _as_drawn(node, x, y, settings["loss"], detail)
        drawing, outputs = playable(node, x, y, detail, [], settings)
        self._drawing, self._theme, self._every = form_for(drawing, *ROOM), theme, every
        self._outputs, self._options = outputs, (theme, settings["digits"], lr)
        self._graph = Graph(*outputs) if is_model else _graph_of(node)  # a graph of one's own as it was before opening
        drawn = Graph(*outputs)
        where = places(drawn, entries)
        self._places = [where[box] for box in drawing.leaves]
        if samples is not None and not (isinstance(samples, tuple | list) and len(samples) == 2):
            raise ValueError("samples is a pair of inputs and targets, such as (x, y)")
        if samples is not None and not is_model:
            raise ValueError("samples go with a model: a graph of one's own does not say what its inputs are")
        leaves = Leaves(self._places, [drawn.names[box] for box in drawing.leaves])
        look = drawing.lang, theme
        shown = panel(model, x, y, settings["loss"], samples, look, leaves) if is_model else PanelData(points=[])
        page = WidgetPage(self._drawing, outputs, *self._options, shown)
        if page.recomputation.why_not:
            raise ValueError(
                f"a live picture is computed in a page, and {page.recomputation.why_not}: draw a part of it"
            )
        self._names = _apart([f"{leaf.module}.{drawn.names[leaf.box]}".lstrip(".") for leaf in page.leaves])
        self.leaves = {name: place.owner for name, place in zip(self._names, self._places, strict=True)}
        self._steps, self._seen = 0, 0.0
        me = weakref.ref(self)  # a widget is kept until it is closed, and the model is not to be kept by it
        self.widget = bridge(page.html(), page.title, self._numbers(), lambda changes: _make(me(), changes))
        weakref.finalize(self, self.widget.close).atexit = False
        _living.add(self)

    def _numbers(self) -> Numbers:
        return [texted(place.read()) for place in self._places]

    def _check_model(self) -> None:
        now = self._model.parameters() if self._model is not None else []
        if [*map(id, now)] != [*map(id, self._parameters)]:
            raise ValueError("the model has other parameters than the picture shows: make another with viz.live")

    # From Python to the picture.

    def update(self) -> None:
        """Show the numbers that Python's objects have now. Nothing in Python is changed.

        Raises
        ------
        ValueError
            When the model has other parameters than those that are shown.
        """
        self._check_model()
        self._show()

    def _show(self) -> None:
        self.widget.leaves = self._numbers()
        self._seen = time.monotonic()

    def on_train_begin(self, trainer: Trainer) -> None:
        """The numbers before the first step."""
        self.update()

    def on_step_end(self, trainer: Trainer) -> None:
        """The numbers after a step, unless it is one that nobody would see."""
        self._steps += 1
        if self._steps % self._every == 0 and time.monotonic() - self._seen >= PAUSE:
            self.update()

    def on_train_end(self, trainer: Trainer) -> None:
        """The numbers in the end."""
        self.update()

    # From the picture to Python.

    def change(self, name: str, numbers: float | Sequence[float]) -> None:
        """Change a leaf, as whoever sees the picture does.

        Parameters
        ----------
        name : str
            Its key in ``leaves``.
        numbers : float or sequence of float
            The number, or those of all entries of an array, row by row.

        Raises
        ------
        ValueError
            For a name that is not in the picture, for other than numbers, for as many as it does not have, and for a
            model whose parameters are others by now.
        """
        if name not in self._names:
            raise ValueError(f"name is one of {', '.join(self._names)}, not {name!r}")
        row = np.array(numbers, dtype=object).ravel().tolist()
        self._make_changes([[self._names.index(name), row]])

    def _make_changes(self, changes: Any) -> None:
        """Change leaves, by their numbers, and compute everything anew; or, if that cannot be, leave all as it was."""
        self._check_model()
        wanted = [(self._places[k], row) for k, row in checked(changes, [len(p.read()) for p in self._places])]
        before = [(place, place.read()) for place, _ in wanted]
        gradients = [(node, node.grad) for node in (*self._graph.nodes, *self.leaves.values())]
        try:
            for place, row in wanted:
                place.write(row)
            follow(self._graph, self._places)
        except Exception:
            for place, row in before:
                place.write(row)
            follow(self._graph, self._places)
            for node, gradient in gradients:
                node.grad = gradient
            raise
        finally:
            owners = {id(place.owner) for place in self._places}
            for picture in [*_living]:
                if any(id(place.owner) in owners for place in picture._places):
                    picture._show()

    # Showing it.

    def close(self) -> None:
        """End it: it vanishes from the notebook, and nothing of it is kept."""
        for _, pictures in _shown.values():
            pictures[:] = [picture for picture in pictures if picture is not self]
        _living.discard(self)
        self.widget.close()

    def _keep(self) -> None:
        """Keep it as long as it is to be seen: a cell that is run again shows others."""
        cell, number = cell_and_run()
        if cell not in _shown or _shown[cell][0] != number:
            _shown[cell] = number, []
        if not any(picture is self for picture in _shown[cell][1]):
            _shown[cell][1].append(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widget, and beside it a player for where there is no kernel; alone where nobody sits in front of it."""
        still = {**self._still(), "text/plain": repr(self)}
        if not is_watched():
            return still
        self._keep()
        return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}, **still}

    def _display_(self) -> Any:
        """What marimo shows."""
        self._keep()
        return self.widget

    def _still(self) -> dict[str, Any]:
        """A player; the pictures alone where it would have too many steps."""
        if 0 < len(self._drawing.steps()) <= MAX_STEPS:
            return Player(self._drawing, self._outputs, *self._options)._repr_mimebundle_()
        return pictured(Figure(self._drawing, VIEWS, self._theme, chosen_width(None), quiet=True))

    def __repr__(self) -> str:
        names = ", ".join(self._names[:6]) + (", …" if len(self._names) > 6 else "")
        return f"<Live picture of {self._drawing.output}: {names}>"


def _make(picture: Live | None, changes: Any) -> None:
    """Have a picture make changes; one that is gone shows no widget any more."""
    if picture is not None:
        picture._make_changes(changes)


def _apart(names: Sequence[str]) -> list[str]:
    """Names, of which equal ones are numbered: ``w``, ``w (2)``."""
    found: list[str] = []
    for name in names:
        before = [other for other in names[: len(found)] if other == name]
        found.append(f"{name} ({len(before) + 1})" if before else name)
    return found


def _graph_of(node: Node | Graph | InverseNetwork) -> Graph:
    if isinstance(node, Graph):
        return node
    return node.graph if isinstance(node, InverseNetwork) else Graph(node)


def _as_drawn(node: Any, x: Any, y: Any, loss: Any, detail: str) -> tuple[Any, Any, Any, dict[Node, Entry]]:
    """A model as it is drawn, target and loss; and where it is a copy, neuron by neuron, which entries are copied."""
    if x is None:
        raise ValueError("a live picture of a model needs a sample: viz.live(model, x, y, loss='mse')")
    if y is not None:
        y, loss = target_of(node, y), loss_of(node, loss)
    model = network_of(node)
    if is_of_values(model) or isinstance(model, NeuronRNN):
        return model, y, loss, {}
    network = neurons_for(model, not is_one_sample(model, x), detail)
    return (model, y, loss, {}) if network is None else (network, y, loss, entries_of(model, network))

"""What all plots share: axes of their own, colours and words."""

from __future__ import annotations

import importlib
from itertools import cycle
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.texts import LANGUAGES, printable
from inversa.viz.theme import PALETTES

ROLES = ("forward", "inverse", "parameter", "loss", "data")  # colours of what is told apart, in this order
MARKERS = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

_WORDS = {
    "en": {
        "epoch": "epoch", "loss": "loss", "training": "training", "validation": "validation", "start": "start",
        "end": "end", "mean": "mean", "deviation": "{n} standard deviation(s)", "data": "data", "epochs": "epoch {n}",
        "layer": "layer", "gradient": "‖∂J/∂W‖", "weights": "weights", "gradients": "gradients", "input": "input space",
        "hidden": "hidden layer", "true": "true class", "predicted": "predicted class", "component": "component {n}",
        "unit": "hidden neuron {n}", "number": "count",
    },
    "es": {
        "epoch": "época", "loss": "pérdida", "training": "entrenamiento", "validation": "validación", "start": "inicio",
        "end": "final", "mean": "media", "deviation": "{n} desviación(es) típica(s)", "data": "datos",
        "epochs": "época {n}", "layer": "capa", "gradient": "‖∂J/∂W‖", "weights": "pesos", "gradients": "gradientes",
        "input": "espacio de entrada", "hidden": "capa oculta", "true": "clase real", "predicted": "clase predicha",
        "component": "componente {n}", "unit": "neurona oculta {n}", "number": "cantidad",
    },
}  # fmt: skip


class Look:
    """The colours and words of a plot."""

    def __init__(self, lang: str, theme: str) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang is one of {', '.join(map(repr, LANGUAGES))}, not {lang!r}")
        if theme not in PALETTES:
            raise ValueError(f"theme is one of {', '.join(map(repr, PALETTES))}, not {theme!r}")
        self.lang, self.palette = lang, PALETTES[theme]
        self.colours = [self.palette[role] for role in ROLES]
        if theme == "print":
            self.colours = ["#000000", "#6E6E6E", "#A8A8A8", "#404040", "#8A8A8A"]

    def say(self, key: str, n: object = "") -> str:
        """A word in the plot's language."""
        return _WORDS[self.lang][key].replace("{n}", str(n))

    def colour(self, i: int) -> str:
        """The colour of the i-th thing that is told apart."""
        return self.colours[i % len(self.colours)]

    def lines(self) -> Any:
        """Colour and dash of one line after another."""
        return ({"color": self.colour(i), "linestyle": DASHES[i % len(DASHES)]} for i in cycle(range(25)))

    def panels(self, rows: int = 1, columns: int = 1, width: float = 5.0, height: float = 3.6, **more: Any) -> Any:
        """A figure of its own, which no global state knows of, and its axes as an array."""
        figure = _matplotlib("figure").Figure(
            figsize=(width * columns, height * rows), layout="constrained", facecolor=self.palette["paper"]
        )
        _matplotlib("backends.backend_agg").FigureCanvasAgg(figure)
        return figure, figure.subplots(rows, columns, squeeze=False, **more)

    def dress(self, ax: Any, title: str | None = None, x: str = "", y: str = "") -> Any:
        """Give axes their colours, title and labels; return them."""
        ax.set_facecolor(self.palette["paper"])
        ax.spines[["top", "right"]].set_visible(False)
        for spine in ax.spines.values():
            spine.set_color(self.palette["muted"])
        ax.tick_params(colors=self.palette["muted"], labelsize=9)
        for set_it, text in ((ax.set_title, title), (ax.set_xlabel, x), (ax.set_ylabel, y)):
            if text:
                set_it(literal(text), color=self.palette["ink"], fontsize=11 if text is title else 10)
        return ax

    def legend(self, ax: Any) -> None:
        """A legend where the data are not, if there is something to tell apart."""
        if len(ax.get_legend_handles_labels()[1]):
            ax.legend(frameon=False, fontsize=9, labelcolor=self.palette["ink"], loc="best")


def own_axes(look: Look, ax: Any, width: float = 5.0, height: float = 3.6) -> Any:
    """The axes given, or new ones."""
    return look.panels(width=width, height=height)[1][0, 0] if ax is None else ax


def literal(text: str) -> str:
    """A text of the user's, in which matplotlib shall see no formula."""
    return printable(str(text)).replace("$", r"\$")


def finite(name: str, values: Any, ndim: int | None = None) -> Any:
    """Numbers as an array; an error where there are none or some are not finite."""
    array = np.asarray(values, dtype=float)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} has {ndim} dimension(s), not the shape {array.shape}")
    if not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name} has to be finite numbers, at least one")
    return array


def _matplotlib(part: str) -> Any:
    try:
        return importlib.import_module(f"matplotlib.{part}")
    except ImportError as error:
        raise ImportError('plotting needs a package more: pip install "inversa[plot]"') from error


def colormap(colours: list[str]) -> Any:
    """A colour map through these colours."""
    return _matplotlib("colors").LinearSegmentedColormap.from_list("inversa", colours)


def predictions(model: Any, x: Any) -> Any:
    """What a model, an estimator or a function answers for samples, as an array."""
    answer = model.predict(x) if hasattr(model, "predict") else model(x)
    return np.asarray(getattr(answer, "data", answer) if not isinstance(answer, np.ndarray) else answer)

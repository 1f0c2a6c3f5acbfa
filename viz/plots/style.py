"""What all plots share: figures that show themselves, colours, and words in two languages."""

from __future__ import annotations

import importlib
import textwrap
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.languages import language, texts
from inversa.autograd.lazy import np
from inversa.autograd.printing import printable
from inversa.nn.training.history import quantity_name
from inversa.viz.lettering.sentences import activation_name
from inversa.viz.lettering.theme import PALETTES, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from inversa.viz.lettering.theme import Ink

FILLS = ("#000000", "#FFFFFF", "#A0A0A0", "#5A5A5A", "#D8D8D8")  # in print, of areas and points with a black edge
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*")  # as many as have no divisor in common with colours
HATCHES = ("", "///", "\\\\\\", "...", "++", "xx")  # of areas, when all colours have been used
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
EDGE = 0.6  # width of the paper around a marker, which keeps markers apart that overlap


class PlotStyle:
    """The colours and words of a plot."""

    def __init__(self, lang: str | None, theme: str) -> None:
        checks.choice("theme", theme, PALETTES)
        self.lang, self.palette, self.grey = language(lang), PALETTES[theme], theme == "print"
        self.colours = SERIES[theme]

    def say(self, key: str, n: object = "") -> str:
        """A word in the plot's language."""
        return texts(self.lang).plot[key].replace("{n}", str(n))

    def called(self, name: str) -> str:
        """What an activation function or a setting is called; any other name as it is."""
        said = texts(self.lang)
        return said.plot_names.get(name) or said.phrases.get(name) or activation_name(name, self.lang).replace("_", " ")

    def quantity(self, name: str) -> str:
        """What a quantity of a history is called."""
        return quantity_name(name, self.lang)

    def colour(self, i: int) -> str:
        """The colour of the i-th thing that is told apart."""
        return self.colours[i % len(self.colours)]

    def line(self, i: int) -> dict[str, Any]:
        """Colour and dash of the i-th line."""
        return {"color": self.colour(i), "linestyle": DASHES[i % len(DASHES)], "linewidth": 1.8}

    def points(self, i: int) -> dict[str, Any]:
        """Colour and marker of the i-th class of points."""
        edge = {"edgecolors": self.palette["ink" if self.grey else "paper"], "linewidths": EDGE, "zorder": 3}
        return {"color": self.fill(i), "marker": MARKERS[i % len(MARKERS)], "s": 28, **edge}

    def fill(self, i: int) -> str:
        """The colour of the i-th area, or of the points that belong to it."""
        return FILLS[i % len(FILLS)] if self.grey else self.colour(i)

    def hatch(self, i: int) -> str:
        """The pattern of the i-th area, a second cue when its colour has been used before."""
        return HATCHES[i // len(FILLS if self.grey else self.colours) % len(HATCHES)]

    def panels(
        self, rows: int = 1, columns: int = 1, width: float = 5.0, height: float = 3.6, **more: Any
    ) -> tuple[Figure, Any]:
        """A figure that pyplot does not know of, so that nothing has to be closed, and its axes as an array."""
        size = (width * columns, height * rows)
        figure = _matplotlib("figure").Figure(figsize=size, layout="constrained", facecolor=self.palette["paper"])
        _matplotlib("backends.backend_agg").FigureCanvasAgg(figure)
        _show_itself(figure, figure)
        return figure, figure.subplots(rows, columns, squeeze=False, **more)

    def dress(self, ax: Axes, title: str | None = None, x: str = "", y: str = "") -> Axes:
        """Give axes their colours, title and labels; return them."""
        ax.set_facecolor(self.palette["paper"])
        ax.figure.set_facecolor(self.palette["paper"])  # the letters stand on it, on the caller's own figure, too
        ax.spines[["top", "right"]].set_visible(False)
        for spine in ax.spines.values():
            spine.set(color=self.palette["muted"], linewidth=0.8)
        ax.tick_params(which="both", colors=self.palette["muted"], labelsize=9)
        for set_it, text, size in ((ax.set_title, title, 11), (ax.set_xlabel, x, 10), (ax.set_ylabel, y, 10)):
            if text:
                set_it(literal(text), color=self.palette["ink"], fontsize=size)
        return ax

    def whole(self, axis: Any) -> None:
        """Ticks at whole numbers only."""
        axis.set_major_locator(_matplotlib("ticker").MaxNLocator(integer=True, steps=[1, 2, 5, 10]))

    def legend(self, ax: Any, aside: bool = False, **where: Any) -> None:
        """A legend where the data are not, or beside the axes, if there is something to tell apart.

        ``ax`` may be a figure.
        """
        named = ax.axes[0] if hasattr(ax, "subplots") else ax
        handles, labels = named.get_legend_handles_labels()
        if labels:
            place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)} if aside else {"loc": "best"}
            style = {"facecolor": self.palette["paper"], "edgecolor": "none", "labelcolor": self.palette["ink"]}
            labels = [wrapped(label) for label in labels]
            legend = ax.legend(handles, labels, **style, framealpha=0.85, fontsize=9, **place | where)
            legend.set_in_layout(aside or "outside" in where.get("loc", ""))  # inside, it takes no room from the plot


def matplotlib_style(theme: Ink = "light") -> dict[str, Any]:
    """Make plots of your own look like these: settings for `matplotlib.style.use`.

    Parameters
    ----------
    theme : {"light", "dark", "print"}

    Returns
    -------
    dict
        From matplotlib's names of settings to colours and sizes; ``"C0"``, ``"C1"``, … are the colours of the series.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from inversa import viz
    >>> with plt.style.context(viz.matplotlib_style()):
    ...     figure, ax = plt.subplots()
    ...     (line,) = ax.plot([0, 1], [0, 1])
    >>> line.get_color()
    '#0B5CAD'
    >>> plt.close(figure)
    """
    style = PlotStyle("en", theme)
    paper, ink, muted = (style.palette[role] for role in ("paper", "ink", "muted"))
    return {
        "axes.prop_cycle": _matplotlib("rcsetup").cycler(color=style.colours),
        "axes.titlesize": 11,
        "axes.labelsize": 10,
        "axes.linewidth": 0.8,
        "lines.linewidth": 1.8,
        "legend.edgecolor": "none",
        "legend.framealpha": 0.85,
        **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 9),
        **dict.fromkeys(("axes.spines.top", "axes.spines.right"), False),
        **dict.fromkeys(("figure.facecolor", "savefig.facecolor", "axes.facecolor", "legend.facecolor"), paper),
        **dict.fromkeys(("text.color", "axes.labelcolor"), ink),
        **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), muted),
    }


def own_axes(style: PlotStyle, ax: Axes | None, width: float = 5.0, height: float = 3.6) -> Axes:
    """The axes given, or new ones."""
    if ax is None:
        figure, axes = style.panels(width=width, height=height)
        ax = axes[0, 0]
        _show_itself(ax, figure)
    return ax


def _show_itself(result: Any, figure: Figure) -> None:
    """Let a notebook show the figure: matplotlib does so only for those that pyplot knows."""
    result._repr_png_ = partial(_png, figure)


def _png(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """An image of the figure with two pixels for each on the screen, and its size there."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=2 * figure.dpi)
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    return file.getvalue(), {"width": width, "height": height}


def literal(text: object) -> str:
    """A text of the user's, in which matplotlib shall see no formula and, at its beginning, no order to hide it."""
    shown = printable(str(text)).replace("$", r"\$")
    return f"\u200b{shown}" if shown.startswith("_") else shown


def wrapped(label: str, width: int = 26) -> str:
    """A literal text in lines, so that a long name leaves room for the plot; the end of a very long one is cut."""
    plain = label.replace(r"\$", "$")
    if len(plain) <= width:
        return label
    lines = textwrap.wrap(plain, width, max_lines=4, placeholder="…", drop_whitespace=False)
    return "\n".join(lines).replace("$", r"\$")


def colormap(*colours: str) -> Colormap:
    """A colour map through these colours."""
    return _matplotlib("colors").LinearSegmentedColormap.from_list("inversa", colours)  # type: ignore[no-any-return]


def letters(background: Any) -> str:
    """Black or white, whichever is read better on a colour: its contrast is always at least 4.5.

    Source: the relative luminance and contrast of WCAG 2.
    """
    channels = np.asarray(background[:3])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#FFFFFF"


def _matplotlib(part: str) -> Any:
    try:
        return importlib.import_module(f"matplotlib.{part}")
    except ImportError as error:
        raise ImportError('plotting needs a package: pip install "inversa[plot]"') from error

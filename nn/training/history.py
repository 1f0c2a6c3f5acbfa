"""History: the numbers of every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inversa.autograd.languages import Lang, language, texts
from inversa.autograd.printing import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOUR = "#0B5CAD"  # that of the first line in all plots, "forward" in the palette of `inversa.viz`

# What a quantity is called otherwise than it is recorded.


def quantity_name(name: str, lang: str) -> str:
    """What a plot calls a quantity of a history; one that it does not know, as it is called there.

    >>> quantity_name("loss", "es"), quantity_name("val_loss", "es"), quantity_name("val_my_score", "en")
    ('pérdida', 'pérdida de validación', 'validation my score')
    """
    if name.startswith("val_"):
        inner = quantity_name(name.removeprefix("val_"), lang)
        return texts(lang).quantities["validation"].replace("{name}", inner)
    return texts(lang).quantities.get(name) or name.replace("_", " ")


@dataclass(repr=False)
class History:
    """What training reports.

    Attributes
    ----------
    history : dict of str to list of float
        One list a quantity, one number an epoch, as in Keras: ``"loss"``, every metric, ``"lr"`` where a schedule
        changes it, and with validation data ``"val_loss"`` and ``"val_…"`` of every metric. Numbers without ``val_``
        were collected during the epoch, while the model was changing and with its dropout on.
    interrupted : bool
        Whether Ctrl-C ended the training early.
    stopped : str
        What a callback ended the training for; empty if none did.

    Examples
    --------
    >>> from inversa.nn import MLP
    >>> model = MLP([1, 1])
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> history = model.fit([[0.0], [1.0]], [[1.0], [3.0]], epochs=3)
    >>> len(history), history["loss"] == history.history["loss"], list(history.history)
    (3, True, ['loss'])
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    interrupted: bool = False
    stopped: str = ""

    def add(self, numbers: dict[str, float]) -> None:
        """Append the numbers of an epoch."""
        for name, number in numbers.items():
            self.history.setdefault(name, []).append(float(number))

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.history:
            raise KeyError(f"{name!r} was not recorded: there is {', '.join(map(repr, self.history)) or 'nothing yet'}")
        return self.history[name]

    def __contains__(self, name: object) -> bool:
        return name in self.history

    def __iter__(self) -> Iterator[str]:
        return iter(self.history)

    def __len__(self) -> int:
        """How many epochs there are."""
        return len(next(iter(self.history.values()), []))

    def __repr__(self) -> str:
        last = [f"{name}={numbers[-1]:.4g}" for name, numbers in self.history.items()]
        end = ["interrupted"] if self.interrupted else [f"stopped: {self.stopped}"] if self.stopped else []
        return f"History({', '.join([f'{len(self)} epochs', *last, *end])})"

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return self.history.get("loss", [])

    def plot(self, lang: Lang | None = None) -> NDArray[Any]:
        """Plot the course of all quantities over the epochs, one panel each; training solid, validation dashed.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            The language of its words; by default what `inversa.viz.set_language` chose.

        Returns
        -------
        array of matplotlib Axes
            One a panel. A notebook shows the figure; in a program write ``plt.show()``, or
            ``plt.savefig("history.png")``.

        Raises
        ------
        ImportError
            Without matplotlib; the message says what to install.
        """
        try:
            import matplotlib.pyplot as plt
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError('plotting needs a package: pip install "inversa[plot]"') from error
        lang = language(lang)
        quantities = [name for name in self.history if not name.startswith("val_")]
        if not quantities:
            raise ValueError("there is nothing to plot: no epoch was completed")
        _, panels = plt.subplots(
            1, len(quantities), figsize=(4.2 * len(quantities), 3.2), layout="constrained", squeeze=False
        )
        epochs = range(1, len(self) + 1)
        marker = "o" if len(self) == 1 else None  # a line through one point is none
        for axes, name in zip(panels[0], quantities, strict=True):
            axes.plot(epochs, self.history[name], color=COLOUR, marker=marker, label=texts(lang).worded("training"))
            if f"val_{name}" in self.history:
                validation = self.history[f"val_{name}"]
                style = {"color": COLOUR, "marker": marker, "linestyle": "--"}
                axes.plot(epochs, validation, label=texts(lang).worded("validation"), **style)
                axes.legend(frameon=False)
            axes.set_xlabel(texts(lang).worded("epoch"))
            # a metric of the user's may have a $ in its name, or what cannot be drawn
            axes.set_title(printable(quantity_name(name, lang)), parse_math=False)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
            axes.spines[["top", "right"]].set_visible(False)
        return panels[0]  # type: ignore[no-any-return]

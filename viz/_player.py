"""The player: a page in which a network is run forwards and then backwards, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from inversa.autograd import Node
from inversa.autograd.languages import Lang, texts
from inversa.nn import Module
from inversa.nn.losses.names import Name as LossName
from inversa.viz._draw import Detail, chosen, make_drawing
from inversa.viz._figure import Figure
from inversa.viz.drawing.composition import chosen_width, form_for
from inversa.viz.drawing.interfaces import Playable, Step
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.lettering.theme import THEMES, Theme
from inversa.viz.neurons.structure import StructureError
from inversa.viz.output.beamer import slides
from inversa.viz.output.films import animated_svg, gif, mp4, save_frames
from inversa.viz.output.notebook import framed
from inversa.viz.output.saving import Writers, save
from inversa.viz.pages.player import Page
from inversa.viz.picture.blocks import Rows
from inversa.viz.picture.foreign import taken_over
from inversa.viz.picture.running import network_of

MAX_STEPS = 400  # steps
STAGE = 1226.0, 325.0  # pixels that the drawing has on a screen of 1280 × 720


def player(
    node: Any,
    x: Any = None,
    y: Any = None,
    *,
    loss: LossName | Callable[..., Any] | None = None,
    lang: Lang | None = None,
    detail: Detail = "auto",
    depth: int | None = None,
    blocks: Rows | None = None,
    data: Node | str | Iterable[Node | str] = (),
    title: str | None = None,
    theme: Theme = "auto",
    digits: int = 4,
    lr: float = 0.1,
) -> Player:
    """A page that runs a network step by step: forwards, and then its inverse.

    Every step names its rule and shows its equation, also with the numbers in it; the gradients are collected in a
    table. Numbers of steps to come are hidden, so that they can be predicted; in the quiz they have to be typed. Inputs
    and parameters can be edited, in the table or where they stand in the drawing, and a step of gradient descent be
    taken: the page computes everything anew.

    Parameters
    ----------
    node, x, y, loss, lang, detail, depth, blocks, data, title, theme, digits
        As for `draw`.
    lr : float
        The learning rate α that the page offers for w ← w − α ∂J/∂w.

    Returns
    -------
    Player
        To look at in a notebook, or to `Player.render` to an HTML file, which needs no network.

    Raises
    ------
    ValueError
        As for `draw`, for a graph of more than 400 steps, and for one of none.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.nn import MLP
    >>> viz.player(MLP([2, 2, 1], activation="tanh", seed=0), [0.5, -1.0], 1.0, loss="mse")
    <Player of J: 34 steps>
    """
    chosen("theme", theme, THEMES)
    taken = taken_over(node, x, y, loss)
    node, x, y, loss = taken.model, taken.x, taken.y, taken.loss
    settings: dict[str, Any] = {
        "loss": loss,
        "lang": lang,
        "depth": depth,
        "blocks": blocks,
        "title": title,
        "digits": digits,
    }
    drawing, outputs = playable(node, x, y, detail, [data] if isinstance(data, Node | str) else list(data), settings)
    return Player(drawing, outputs, theme, digits, lr, taken.note(drawing.lang))


def playable(
    node: Any, x: Any, y: Any, detail: Detail, data: list[Node | str], settings: dict[str, Any]
) -> tuple[Playable, tuple[Node, ...]]:
    """The drawing of something that can be run, neuron by neuron where it can be, and the nodes that it is of.

    Raises
    ------
    ValueError
        Where it has no inverse network.
    """
    settings = {**settings, "data": data, "apart": True}  # pages compute every operation
    try:
        neuron = "neuron" if detail == "auto" and not isinstance(network_of(node), Module) else detail
        drawing, outputs = make_drawing(node, x, y, detail=neuron, **settings)
    except StructureError:
        if detail == "neuron":
            raise
        drawing, outputs = make_drawing(node, x, y, detail=detail, **settings)
    if drawing.obstacle:
        raise ValueError(f"there is no inverse network to run: {drawing.obstacle}")
    return drawing, outputs


class Player:
    """What `player` returns. It is a snapshot: what happens to the nodes later does not change it.

    Attributes
    ----------
    steps : tuple of Step
        What is shown, one after another.
    seconds : float
        How long a step lasts in films.
    """

    seconds = 1.5

    def __init__(
        self, drawing: Playable, outputs: tuple[Node, ...], theme: Theme, digits: int, lr: float, note: str = ""
    ) -> None:
        self._drawing = form_for(drawing, *STAGE)
        self._theme = theme
        self._note = note
        self.steps: tuple[Step, ...] = self._drawing.steps()
        if len(self.steps) > MAX_STEPS:
            raise ValueError(
                f"{len(self.steps)} steps are too many for a player: draw less of it, with detail='layer', or a "
                "smaller network"
            )
        if not self.steps:
            raise ValueError(f"there is nothing to run: {self._drawing.output} was not computed from anything")
        self._page = Page(self._drawing, self.steps, outputs, theme, digits, lr, note)

    def html(self) -> str:
        """The page."""
        return self._page.html()

    # Saving and showing it.

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the player, or its run.

        Parameters
        ----------
        path : path-like
            Ending in .html; or for the run in .gif, in .mp4 (with ffmpeg), in .svg, which plays by itself, or in .tex,
            as overlays for Beamer. The file is replaced at once when it is complete, never left half-written.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        ValueError
            For another suffix.
        OSError
            When the path is a folder or cannot be written; the message says why.
        ImportError
            When an optional package is missing; the message says what to install.
        """
        return save(path, self._writers)

    @property
    def _writers(self) -> Writers:
        run = (self._drawing, self.steps, self.seconds, "light" if self._theme == "auto" else self._theme)
        return {
            ".html": self.html,
            ".gif": lambda: gif(*run),
            ".mp4": lambda: mp4(*run),
            ".svg": lambda: animated_svg(*run),
            ".tex": lambda: slides(self._drawing, self.steps, self._theme),
        }

    def frames(self, folder: str | os.PathLike[str], suffix: str = ".svg") -> list[Path]:
        """Save every step as a picture, ``01.svg``, ``02.svg``, … in a folder; the suffix is .svg or .png."""
        if suffix not in (".svg", ".png"):
            raise ValueError(f"frames are saved as .svg or .png, not {suffix!r}")
        return save_frames(self._drawing, self.steps, folder, suffix, "light" if self._theme == "auto" else self._theme)

    def figure(self) -> Figure:
        """Both pictures, as wide as `set_width` says."""
        return Figure(self._drawing, VIEWS, self._theme, chosen_width(None), quiet=True, note=self._note)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """In a notebook the page in a frame of its own, and below it the pictures for where no script may run."""
        summary = texts(self._drawing.lang).page["static"]
        return framed(self.html(), self._page.title, 760, self.figure(), summary) | {"text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Player of {self._drawing.output}: {len(self.steps)} steps>"

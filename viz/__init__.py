"""Pictures of graphs and of their inverse networks: one network, linked twins, numbers on everything.

The public functions stand in the files with an underscore; each leads through the rooms in this order. `picture` reads
the engine into plain records. `cards` or `neurons`, the two styles, and `heads` for attention, write and place them,
with the words and widths of `lettering`, as a `drawing` of shapes. `output` makes files of it, `pages` players and
playbacks, `widget` live pictures in notebooks. `plots` stands beside them, with matplotlib. For teaching, `slides`
makes lectures of what the tutorials showed, `exercises` asks for numbers and finds the mistakes in answers, and
`examiner` finds those in engines. `livepage` has pages in which Python itself runs. `command` and `tour` use all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if __name__ != "inversa.viz":
    raise ImportError("this folder is not a package of its own: install the project and write `import inversa.viz`")

from inversa.autograd import Node
from inversa.autograd.languages import set_language
from inversa.viz._draw import draw
from inversa.viz._draw_dot import draw_dot
from inversa.viz._figure import Figure
from inversa.viz._live import Live, live
from inversa.viz._playback import Recorder, record
from inversa.viz._player import Player, player
from inversa.viz._playground import Playground, playground
from inversa.viz.answers import AnswerCheck, check_answer
from inversa.viz.drawing.composition import set_width
from inversa.viz.plots import (
    matplotlib_style,
    plot_activations,
    plot_architectures,
    plot_attention,
    plot_confusion,
    plot_decision,
    plot_gradient_by_depth,
    plot_history,
    plot_images,
    plot_paths,
    plot_regression,
    plot_representation,
    plot_uncertainty,
    plot_weights,
)

if TYPE_CHECKING:
    from inversa.viz import exercises
    from inversa.viz._live_page import LivePage, live_page

__all__ = [
    "AnswerCheck",
    "Figure",
    "Live",
    "LivePage",
    "Player",
    "Playground",
    "Recorder",
    "check_answer",
    "draw",
    "draw_dot",
    "exercises",
    "live",
    "live_page",
    "matplotlib_style",
    "player",
    "playground",
    "record",
    "set_language",
    "set_width",
    "plot_activations",
    "plot_architectures",
    "plot_attention",
    "plot_confusion",
    "plot_decision",
    "plot_gradient_by_depth",
    "plot_history",
    "plot_images",
    "plot_paths",
    "plot_regression",
    "plot_representation",
    "plot_uncertainty",
    "plot_weights",
]


def __getattr__(name: str) -> Any:
    """Import the exercises and what writes live pages when they are first used: most who draw use neither."""
    if name == "exercises":
        return import_module(f"{__name__}.exercises")
    if name in ("LivePage", "live_page"):
        return getattr(import_module(f"{__name__}._live_page"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


Node.display = lambda node: draw(node)._repr_mimebundle_()

"""Pictures of graphs and of their inverse networks: one network, linked twins, numbers on everything."""

if __name__ != "inversa.viz":
    raise ImportError("this folder is not a package of its own: install the project and write `import inversa.viz`")

from inversa.autograd import Node
from inversa.viz.composition import set_width
from inversa.viz.draw import draw
from inversa.viz.draw_dot import draw_dot
from inversa.viz.figure import Figure
from inversa.viz.language import set_language
from inversa.viz.playback import Recorder, record
from inversa.viz.player import Player, player
from inversa.viz.plots import (
    matplotlib_style,
    plot_activations,
    plot_architectures,
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

__all__ = [
    "Figure",
    "Player",
    "Recorder",
    "draw",
    "draw_dot",
    "matplotlib_style",
    "player",
    "record",
    "set_language",
    "set_width",
    "plot_activations",
    "plot_architectures",
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


def __dir__() -> list[str]:
    return __all__


Node.display = lambda node: draw(node)._repr_mimebundle_()

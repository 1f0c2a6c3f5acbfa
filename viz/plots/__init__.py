"""Plots with matplotlib: the pictures of training and of what networks learn. They return matplotlib's own objects."""

from inversa.viz.plots.activations import plot_activations
from inversa.viz.plots.architectures import plot_architectures
from inversa.viz.plots.attention import plot_attention
from inversa.viz.plots.classes import plot_confusion, plot_decision
from inversa.viz.plots.depth import plot_gradient_by_depth, plot_weights
from inversa.viz.plots.history import plot_history
from inversa.viz.plots.images import plot_images
from inversa.viz.plots.paths import plot_paths
from inversa.viz.plots.regression import plot_regression, plot_uncertainty
from inversa.viz.plots.representation import plot_representation
from inversa.viz.plots.style import matplotlib_style

__all__ = [
    "matplotlib_style",
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


def __dir__() -> list[str]:
    return __all__

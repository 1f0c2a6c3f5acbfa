"""exercise: a network to go through by hand, given or drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from inversa.autograd import checks
from inversa.viz._draw import make_drawing
from inversa.viz.exercises import choosing
from inversa.viz.exercises.cells import Ask
from inversa.viz.exercises.networks import network as network_of
from inversa.viz.exercises.sheet import Exercise
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.rules.formulas import ACTIVATIONS

MOST_DECIMALS = 12  # beyond them the rounding of floats shows


def exercise(
    network: Any = None,
    x: Any = None,
    y: Any = None,
    *,
    sizes: Sequence[int] = (1, 2, 1),
    activation: str = "sigmoid",
    loss: str = "squared_error",
    ask: Ask = "gradients",
    alpha: float | None = None,
    decimals: int = 4,
    seed: int = 0,
) -> Exercise:
    """An exercise: a network to be run forwards and backwards by hand.

    Parameters
    ----------
    network : Value or model, optional
        The cost of a network with one output, such as ``losses.squared_error(model(x), y)``; or a model, with ``x``,
        ``y`` and ``loss``. When left out, one is drawn with numbers that can be done by hand.
    x, y : array_like, optional
        A sample for a model.
    sizes : sequence of int
        Of the network that is drawn: the number of inputs, then of the neurons of every layer.
    activation : {"sigmoid", "tanh", "relu"}
        Of its hidden neurons; its output neuron has the same, but none with "relu", and "sigmoid" with the
        cross-entropy.
    loss : {"squared_error", "half_squared_error", "binary_cross_entropy"}
        (h − y)², ½(h − y)², or −[y ln h + (1 − y) ln(1 − h)].
    ask : str or iterable of str
        What is asked for: "gradients" of the weights and biases, "values", "step" (the new weights), "all", or names of
        cells such as "h", "J" and "dJ/dw1_1".
    alpha : float, optional
        The learning rate: with one, the step w ← w − α ∂J/∂w can be asked for.
    decimals : int
        To how many decimals every number is rounded before it is used; also the given ones, where they have more.
    seed : int
        Which numbers are drawn.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        For a setting that is none of the choices, and for a network that is no exercise; the message says why.

    Examples
    --------
    >>> from inversa import exercises
    >>> sheet = exercises.exercise(sizes=[1, 2, 1], seed=1)
    >>> sheet.asked[:3]
    ('dJ/db2_1', 'dJ/dw2_11', 'dJ/dw2_12')
    """
    checks.choice("activation", activation, ACTIVATIONS)
    if checks.count("decimals", decimals, example="4") > MOST_DECIMALS:
        raise checks.wrong("decimals", f"a whole number from 1 to {MOST_DECIMALS}", decimals, "4")
    seed = checks.count("seed", seed, at_least=0)
    if alpha is not None:
        alpha = checks.positive("alpha", alpha)
    if network is not None:
        if (*_layers(sizes), activation, seed) != (1, 2, 1, "sigmoid", 0):
            raise ValueError(
                "sizes, activation and seed are for a network that is drawn: leave them or the network out"
            )
        sample = {} if x is None and y is None else {"x": x, "y": y, "loss": choosing.LOSSES.get(loss, loss)}
        return Exercise(*_read(network, (), decimals, **sample), alpha, ask, decimals)
    if x is not None or y is not None:
        raise ValueError("x and y are a sample for a model: exercise(model, x, y)")
    checks.choice("loss", loss, choosing.LOSSES)
    sizes = _layers(sizes)
    drawing, _ = _read(*choosing.graph(sizes, activation, loss), decimals)
    form = network_of(drawing.structure, alpha, decimals)
    numbers = choosing.choose(form, form.chosen(ask), decimals, seed)
    return Exercise(*_read(*choosing.graph(sizes, activation, loss, numbers), decimals), alpha, ask, decimals)


def _layers(sizes: Any) -> list[int]:
    """The sizes of a network with one output."""
    listed = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str) else []
    if len(listed) < 2 or listed[-1] != 1:
        wanted = "two or more positive integers, the last of them 1 for the output"
        raise checks.wrong("sizes", wanted, sizes, "[1, 2, 1]")
    return [checks.count("a size", size, example="2") for size in listed]


def _read(network: Any, data: tuple[Any, ...], decimals: int, **sample: Any) -> tuple[NeuronDrawing, Any]:
    """The drawing of a network, and its cost."""
    drawing, outputs = make_drawing(network, detail="neuron", data=data, digits=decimals, **sample)
    assert isinstance(drawing, NeuronDrawing)
    return dataclasses.replace(drawing, brief=True), outputs[0]  # numbers as the sheet has them

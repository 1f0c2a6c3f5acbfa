"""Networks of nn as the playground's engine takes them: their layers, and all their numbers."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.nn import NeuronNetwork
from inversa.viz.playing.templates import ACTIVATIONS


def layers_of(network: NeuronNetwork) -> list[dict[str, Any]]:
    """The layers of a configuration: of each the number of neurons and the name of the activation.

    Raises
    ------
    ValueError
        For an activation that the playground has not, or that not all neurons of a layer share.

    Examples
    --------
    >>> from inversa.nn import NeuronNetwork
    >>> from inversa.viz.playing.models import layers_of
    >>> layers_of(NeuronNetwork([2, 4, 3], activation="tanh", output="softmax", seed=0))
    [{'neurons': 4, 'activation': 'tanh'}, {'neurons': 3, 'activation': 'softmax'}]
    """
    return [{"neurons": len(layer.neurons), "activation": _name(layer)} for layer in network.layers]


def _name(layer: Any) -> str:
    if layer.softmax:  # which joins neurons that have no activation of their own
        return "softmax"
    psi, *others = {neuron.activation for neuron in layer.neurons}
    found = next((name for name, known in ACTIVATIONS.items() if known is psi), None)
    if found is None or others:
        raise ValueError(f"the playground has no activation {checks.shown(psi)}; it has {', '.join(ACTIVATIONS)}")
    return found


def numbers_of(network: NeuronNetwork) -> list[dict[str, Any]]:
    """The numbers of every layer, as `withNumbers` of ``web/editing.js`` takes them.

    Returns
    -------
    list of dict
        ``weight``, row after row, and ``bias``; ``held`` has for both the places of what training is not to change:
        what is frozen, and the biases of neurons that have none, which are 0.

    Examples
    --------
    >>> from inversa.nn import NeuronNetwork
    >>> from inversa.viz.playing.models import numbers_of
    >>> network = NeuronNetwork([2, 1], seed=0)
    >>> network.layers[0].neurons[0].weights[1].requires_grad = False
    >>> numbers_of(network)[0]["held"]
    {'weight': [1], 'bias': []}
    """
    return [_numbers(layer.neurons) for layer in network.layers]


def _numbers(neurons: list[Any]) -> dict[str, Any]:
    weights = [w for neuron in neurons for w in neuron.weights]
    biases = [neuron.bias for neuron in neurons]
    held = {
        name: [place for place, x in enumerate(values) if x is None or not x.requires_grad]
        for name, values in (("weight", weights), ("bias", biases))
    }
    return {"weight": [w.data for w in weights], "bias": [0.0 if b is None else b.data for b in biases], "held": held}

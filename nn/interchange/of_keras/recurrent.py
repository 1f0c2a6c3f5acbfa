"""Recurrent layers of Keras's: the order of the gates, and the constants.

Keras's rows are the gates i f c o of an LSTM, as ours; of a GRU z r h, where ours are r, z (called u), n. Ours have two
constants, one with what comes in and one with the state. Where Keras has one, the other is 0 and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.of_keras.chain import Layer
from inversa.nn.module import Module
from inversa.nn.recurrent import GRU, LSTM, RNN

__all__ = ["bidirectional", "recurrent"]

_KINDS: dict[str, tuple[Any, tuple[int, ...]]] = {  # ours, and which of Keras's gates are our first, second …
    "SimpleRNN": (RNN, (0,)),
    "LSTM": (LSTM, (0, 1, 2, 3)),
    "GRU": (GRU, (1, 0, 2)),
}


def recurrent(layer: Layer) -> Sequence[Module]:
    """SimpleRNN, LSTM or GRU."""
    return [_network(layer, layer.kind, layer.config, {"": layer.weights})]


def bidirectional(layer: Layer) -> Sequence[Module]:
    """Two of them, one of which runs from the end to the beginning."""
    layer.needs(merge_mode="concat")
    inner, backward = layer.config["layer"], layer.config.get("backward_layer")
    if backward is not None and _settings(backward) != _settings(inner):
        raise layer.refused("the layer that runs backwards has other settings than the one that runs forwards")
    half = len(layer.weights) // 2
    weights = {"": layer.weights[:half], "_reverse": layer.weights[half:]}
    return [_network(layer, inner["class_name"], inner["config"], weights)]


def _settings(layer: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a layer compute as it does."""
    wanted = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
    return (layer["class_name"], *(layer["config"].get(name) for name in wanted))


def _network(layer: Layer, name: str, config: Mapping[str, Any], weights: Mapping[str, Sequence[Any]]) -> Module:
    if name not in _KINDS:
        raise layer.refused(f"of a {name} inside; there are {', '.join(_KINDS)}")
    described = Layer(name, layer.name, config, (), layer.shape, layer.object)
    described.needs(return_state=False, go_backwards=False, stateful=False, time_major=False)
    described.needs(dropout=0.0, recurrent_dropout=0.0)
    kind, order = _KINDS[name]
    settings: dict[str, Any] = {}
    if name == "SimpleRNN":
        if config["activation"] not in ("tanh", "relu"):
            raise described.refused(f"activation={config['activation']!r}, where we have 'tanh' and 'relu'")
        settings["nonlinearity"] = config["activation"]
    else:
        described.needs(activation="tanh", recurrent_activation="sigmoid")
    if name == "GRU":
        described.needs(reset_after=True)
    kernel = weights[""][0]
    network: Module = kind(
        kernel.shape[0], config["units"], bias=config["use_bias"], bidirectional=len(weights) > 1,
        output="sequence" if config["return_sequences"] else "last", seed=0, dtype=kernel.dtype, **settings,
    )  # fmt: skip
    state: dict[str, Any] = {}
    for end, (inputs, hidden, *bias) in weights.items():
        state |= {f"weight_ih_l0{end}": _gates(inputs.T, order), f"weight_hh_l0{end}": _gates(hidden.T, order)}
        if bias:
            both = bias[0] if bias[0].ndim == 2 else np.stack([bias[0], np.zeros_like(bias[0])])
            state |= {f"bias_{of}_l0{end}": _gates(b, order) for of, b in zip(("ih", "hh"), both, strict=True)}
            if bias[0].ndim == 1:
                getattr(network, f"bias_hh_l0{end}").requires_grad = False
    try:
        network.load_state_dict(state)
    except ValueError as error:
        raise layer.refused(f"its weights are not those that its settings say: {error}") from error
    return network


def _gates(rows: Any, order: Sequence[int]) -> Any:
    """The rows of the gates in our order."""
    gates = np.split(rows, len(order))
    return np.concatenate([gates[i] for i in order])

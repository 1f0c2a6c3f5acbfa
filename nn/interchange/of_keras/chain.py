"""The layers of a Keras model in the order in which they run, and what each says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError

__all__ = ["Layer", "chain"]


@dataclass(frozen=True)
class Layer:
    """What a layer of Keras's is.

    Attributes
    ----------
    kind : str
        The name of its class.
    name : str
    config : dict
    weights : list of array
    shape : tuple of int or None
        Of what goes in, without the samples; None for a length that it leaves open.
    object : object
        The layer itself.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    weights: Sequence[Any]
    shape: tuple[int | None, ...]
    object: Any

    def refused(self, why: str) -> InterchangeError:
        """The error that names this layer."""
        return InterchangeError(f"the layer {self.name!r} ({self.kind}) cannot be taken over: {why}")

    def needs(self, **settings: Any) -> None:
        """Raise unless the settings have these values; what an older Keras does not have is as it should be."""
        for name, wanted in settings.items():
            found = self.config.get(name, wanted)
            found = tuple(found) if isinstance(found, list) else found
            if found != wanted:
                raise self.refused(f"{name}={found!r}, where we have {wanted!r}")


def chain(model: Any) -> Iterator[Layer]:
    """The layers one after another, those of models inside among them.

    Raises
    ------
    InterchangeError
        For a model that is no chain of layers, for one without weights yet, and for a layer that stands in it twice.
    """
    seen: set[int] = set()
    for layer in _chain(model):
        if id(layer.object) in seen and layer.weights:
            raise layer.refused("it stands in several places, which then share their weights")
        seen.add(id(layer.object))
        yield layer


def _chain(model: Any) -> Iterator[Layer]:
    name = type(model).__name__
    if not hasattr(model, "get_config"):
        raise InterchangeError(f"{name} is no model of Keras's: that has layers, and get_config()")
    config = model.get_config()
    if not hasattr(model, "layers"):
        yield _described(model)
    elif "input_layers" in config:
        yield from _functional(model, config)
    elif "layers" in config:
        for layer in model.layers:
            yield from _chain(layer)
    else:
        raise InterchangeError(
            f"{name} says nowhere in which order its layers run, for call() is Python: build the model as "
            "keras.Sequential, or as keras.Model(inputs, outputs)"
        )


def _functional(model: Any, config: Mapping[str, Any]) -> Iterator[Layer]:
    """keras.Model(inputs, outputs): from the input on, each layer after the only one that it takes something from."""
    objects = {layer.name: layer for layer in model.layers}
    before: dict[str, str] = {}
    for entry in config["layers"]:
        name, nodes = entry["name"], entry["inbound_nodes"]
        sources = [source for node in nodes for source in _sources(node)]
        if not sources and not nodes:
            continue  # an input
        if len(sources) != 1:
            kind = type(objects[name]).__name__
            raise InterchangeError(
                f"{model.name!r} is no chain: the layer {name!r} ({kind}) takes what {len(sources)} others give; "
                "write the network with the layers of inversa.nn, and load the weights"
            )
        before[name] = sources[0]
    (start, *more), (end, *others) = _ends(config["input_layers"]), _ends(config["output_layers"])
    if more or others:
        raise InterchangeError(f"{model.name!r} is no chain: it has several inputs or outputs")
    order = [end]
    while order[-1] in before and len(order) <= len(objects):
        order.append(before[order[-1]])
    aside = set(before) - set(order)
    if order[-1] != start or aside:
        raise InterchangeError(f"{model.name!r} is no chain: {', '.join(sorted(aside)) or end} is beside the way")
    for name in reversed(order[:-1]):  # without the input
        yield from _chain(objects[name])


def _sources(node: Any) -> Iterator[str]:
    """The layers whose outputs go into a call: in Keras 3 tensors with a history, before it lists of names."""
    if isinstance(node, Mapping):
        history = node.get("config", {}).get("keras_history") if "class_name" in node else None
        if history is not None:
            yield str(history[0])
        else:
            for part in node.values():
                yield from _sources(part)
    elif isinstance(node, (list, tuple)):
        if len(node) > 2 and isinstance(node[0], str):
            yield node[0]
        else:
            for part in node:
                yield from _sources(part)


def _ends(found: Any) -> list[str]:
    """The names of the first, or the last, layers: one as [name, 0, 0], or a list of such."""
    if isinstance(found, Mapping):
        return [name for part in found.values() for name in _ends(part)]
    if len(found) > 1 and isinstance(found[0], str):
        return [found[0]]
    return [name for part in found for name in _ends(part)]


def _described(layer: Any) -> Layer:
    kind = type(layer).__name__
    if not hasattr(layer, "get_config") or not hasattr(layer, "get_weights"):
        raise InterchangeError(f"a model of Keras's has layers with get_config and get_weights, which {kind} has not")
    weights = [np.asarray(w) for w in layer.get_weights()]
    if getattr(layer, "built", True) is False or (kind in _WITH_WEIGHTS and not weights):
        raise InterchangeError(
            f"the layer {layer.name!r} ({kind}) has no weights yet: begin the model with keras.Input(shape), or call "
            "it on a sample"
        )
    try:
        shape = tuple(layer.input.shape)[1:]
    except (AttributeError, ValueError):
        raise InterchangeError(
            f"the layer {layer.name!r} ({kind}) says nothing of the shape that it takes: it stands in several places, "
            "or in no model yet"
        ) from None
    return Layer(kind, layer.name, layer.get_config(), weights, shape, layer)


_WITH_WEIGHTS = ("Dense", "Conv1D", "Conv2D", "Conv2DTranspose", "Embedding", "SimpleRNN", "LSTM", "GRU")

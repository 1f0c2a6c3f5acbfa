"""From the layers of a Keras model to a network of ours; the order of the axes changes where it must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inversa.nn.interchange.of_keras.chain import Layer
from inversa.nn.interchange.of_keras.layers import ENTRIES
from inversa.nn.interchange.of_keras.modules import ChannelsFirst, ChannelsLast
from inversa.nn.layers import Sequential
from inversa.nn.module import Module

__all__ = ["converted"]


def converted(layers: Iterable[Layer]) -> Sequential:
    """The network, in evaluation mode.

    Raises
    ------
    InterchangeError
        For a layer that we do not have.
    """
    modules: list[Module] = []
    moved = False  # whether the channels stand first, where Keras has them last
    for layer in layers:
        entry = ENTRIES.get(layer.kind)
        if entry is None:
            raise layer.refused(f"there is nothing for it; there are {', '.join(ENTRIES)}")
        layer.needs(data_format="channels_last")
        if entry.channels == "first" and not moved and len(layer.shape) > 1:
            modules.append(_titled(ChannelsFirst(), "channels first"))
            moved = True
        elif entry.channels == "last" and moved:
            modules.append(_titled(ChannelsLast(), "channels last"))
            moved = False
        made = list(_named(layer, list(entry.modules(layer))))
        if layer.config.get("trainable") is False:  # it stays frozen
            for parameter in (p for module in made for p in module.parameters()):
                parameter.requires_grad = False
        modules += made
        moved = moved and not layer.kind.startswith("Global")  # which leaves the channels alone
    if moved:
        modules.append(_titled(ChannelsLast(), "channels last"))
    return Sequential(*modules).eval()


def _named(layer: Layer, modules: list[Module]) -> Iterator[Module]:
    """Modules with the name of the layer that they are; of several the others say what they are, too."""
    for module in modules:
        main = module is modules[0] or len(modules) == 1
        yield _titled(module, layer.name if main else f"{layer.name}: {type(module).__name__}")


def _titled(module: Module, title: str) -> Module:
    module.title = title
    return module

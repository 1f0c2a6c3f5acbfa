"""from_keras: a Keras model as a network that can be drawn, differentiated and trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inversa.nn.interchange.of_keras.chain import Layer, chain
from inversa.nn.interchange.of_keras.layers import ENTRIES
from inversa.nn.interchange.of_keras.modules import ChannelsFirst, ChannelsLast
from inversa.nn.layers import Sequential
from inversa.nn.module import Module

__all__ = ["from_keras"]


def from_keras(model: Any) -> Sequential:
    """A Keras model as a network with the same numbers, that takes and gives the same arrays.

    Each layer is taken over by what it says of itself, ``get_config()`` and ``get_weights()``: Keras is not imported,
    whatever its backend. Kernels are transposed, gates reordered. Convolutions of ours have the channels first, those
    of Keras last: a `ChannelsFirst` and a `ChannelsLast` stand where that changes, so that the network takes Keras's
    images, and `Flatten` orders the pixels as Keras does.

    Parameters
    ----------
    model : keras.Sequential, keras.Model or keras.layers.Layer
        A chain of layers: dense, activations, dropout, convolutions, pooling, flattening and reshaping, batch and layer
        normalisation, embedding, recurrent layers and bidirectional ones, scaling of the inputs. A functional model
        may be one chain, too.

    Returns
    -------
    Sequential
        In evaluation mode, as Keras's models are when they are called; ``fit`` and ``train()`` switch to training. The
        layers have Keras's names as titles. The weights are copies: training changes the network alone. Penalties on
        weights are not taken over, for they are no part of what the model computes.

    Raises
    ------
    InterchangeError
        For a model that is no chain, a layer or a setting that we do not have, and a model without weights yet. The
        message names the layer.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> from inversa import interchange, viz
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh")])  # doctest: +SKIP
    >>> interchange.from_keras(model)  # doctest: +SKIP
    Sequential(
      (0): Dense(4, 3, tanh)
    )
    """
    modules: list[Module] = []
    moved = False  # whether the channels stand first, where Keras has them last
    for layer in chain(model):
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
        modules += _named(layer, list(entry.modules(layer)))
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

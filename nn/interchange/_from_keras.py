"""from_keras: a Keras model as a network that can be drawn, differentiated and trained on."""

from __future__ import annotations

from typing import Any

from inversa.nn.interchange.of_keras.chain import chain
from inversa.nn.interchange.of_keras.converting import converted
from inversa.nn.layers import Sequential

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
        weights are not taken over, for they are no part of what the model computes. Layers that Keras does not train
        (``trainable = False``) are frozen.

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
    return converted(chain(model))

"""Models from and to other libraries: `to_onnx` writes a model, its gradients or a step of training as an ONNX file.

``from_onnx``, ``from_torch``, ``from_keras`` and ``from_sklearn`` make networks of ours; ``reading``, ``of_torch`` and
``of_keras`` are what they consist of. ``to_jax`` gives a function of JAX's arrays.

``writing`` is an array library whose arrays are names in a file: what was traced of a function, and of its inverse
network, is computed with it once more, and so is written by the very formulas that compute the numbers.
"""

from inversa.nn.interchange._from_keras import from_keras
from inversa.nn.interchange._from_onnx import OnnxModel, from_onnx
from inversa.nn.interchange._from_sklearn import Scaling, from_sklearn
from inversa.nn.interchange._from_torch import from_torch
from inversa.nn.interchange._to_jax import to_jax
from inversa.nn.interchange._to_onnx import to_onnx
from inversa.nn.interchange._to_torch import to_torch
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_keras.modules import ChannelsFirst, ChannelsLast, Edges, Reshape

__all__ = [
    "ChannelsFirst", "ChannelsLast", "Edges", "InterchangeError", "OnnxModel", "Reshape", "Scaling", "from_keras",
    "from_onnx", "from_sklearn", "from_torch", "to_jax", "to_onnx", "to_torch",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__

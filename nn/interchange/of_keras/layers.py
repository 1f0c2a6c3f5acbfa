"""What each layer of Keras's becomes: its modules, with the numbers where ours have them.

Keras's kernels are (inputs, outputs), and (height, width, inputs, outputs); ours have the outputs first. Keras's images
and sequences have the channels last, ours first: each entry says in which order it takes what comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from inversa.autograd import exp
from inversa.autograd.lazy import np
from inversa.nn.activations import ELU, Activation, LeakyReLU, ReLU, Softmax
from inversa.nn.batch_norm import BatchNorm1d, BatchNorm2d
from inversa.nn.convolution import Conv1d, Conv2d, Flatten
from inversa.nn.dropout import Dropout
from inversa.nn.embedding import Embedding
from inversa.nn.interchange._from_sklearn import Scaling
from inversa.nn.interchange.of_keras.chain import Layer
from inversa.nn.interchange.of_keras.modules import Edges, Reshape
from inversa.nn.interchange.of_keras.recurrent import bidirectional, recurrent
from inversa.nn.layers import Dense, Linear
from inversa.nn.module import Module
from inversa.nn.normalisation import LayerNorm
from inversa.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from inversa.nn.transposed import ConvTranspose2d

__all__ = ["ENTRIES", "Entry"]

Modules = Sequence[Module]


class Entry(NamedTuple):
    """What a kind of layer becomes, and where it looks for the channels: None where that makes no difference."""

    modules: Callable[[Layer], Modules]
    channels: Literal["first", "last"] | None


ACTIVATIONS: dict[str, Any] = {
    "linear": "identity", "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax",
    "softplus": "softplus", "elu": "elu", "selu": "selu", "gelu": "gelu", "silu": "silu", "swish": "silu",
    "mish": "mish", "log_softmax": "log_softmax", "log_sigmoid": "log_sigmoid", "hard_tanh": "hard_tanh",
    "exponential": exp,
}  # fmt: skip


def activation(layer: Layer) -> Any:
    """The activation function of a layer, as ours take it."""
    given = layer.config.get("activation", "linear")
    if not isinstance(given, str) or given not in ACTIVATIONS:
        raise layer.refused(f"we have no activation {given!r}; there are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[given]


def followed(module: Module, layer: Layer) -> Modules:
    """A module, and the activation that the layer has after it."""
    psi = activation(layer)
    if psi == "softmax" and len(layer.shape) > 1:
        raise layer.refused("a softmax over channels: give it a layer of its own, Softmax()")
    return [module] if psi == "identity" else [module, Activation(psi)]


def filled(module: Module, layer: Layer, **weights: Any) -> Module:
    """The module with these numbers, those that are None left out.

    Raises
    ------
    InterchangeError
        For numbers of other shapes than the layer's settings say, such as those of a quantised layer.
    """
    try:
        module.load_state_dict({name: w for name, w in weights.items() if w is not None})
    except ValueError as error:
        raise layer.refused(f"its weights are not those that its settings say: {error}") from error
    return module


def _kernel_and_bias(layer: Layer) -> tuple[Any, Any]:
    kernel, *bias = layer.weights
    if len(bias) != layer.config["use_bias"]:
        raise layer.refused(f"it has {len(layer.weights)} arrays of weights")
    return kernel, bias[0] if bias else None


def _dense(layer: Layer) -> Modules:
    kernel, bias = _kernel_and_bias(layer)
    psi, (inputs, outputs) = activation(layer), kernel.shape
    make: dict[str, Any] = {"bias": bias is not None, "dtype": kernel.dtype, "seed": 0}
    dense = Linear(inputs, outputs, **make) if psi == "identity" else Dense(inputs, outputs, psi, **make)
    return [filled(dense, layer, weight=kernel.T, bias=bias)]


def _convolution(layer: Layer) -> Modules:
    """Conv1D and Conv2D."""
    kernel, bias = _kernel_and_bias(layer)
    *size, inputs, outputs = kernel.shape
    groups = layer.config.get("groups", 1)
    steps, apart = tuple(layer.config["strides"]), tuple(layer.config["dilation_rate"])
    kind: Any = Conv1d if len(size) == 1 else Conv2d
    of = (lambda pair: pair[0]) if len(size) == 1 else tuple
    before, padding = _padded(layer, size, steps, apart)
    settings = {"bias": bias is not None, "dilation": of(apart), "groups": groups, "seed": 0, "dtype": kernel.dtype}
    module = kind(inputs * groups, outputs, of(size), of(steps), of(padding), **settings)
    weight = np.moveaxis(kernel, (-1, -2), (0, 1))
    return [*before, *followed(filled(module, layer, weight=weight, bias=bias), layer)]


def _depthwise(layer: Layer) -> Modules:
    """Filters of its own for each channel: as many groups as there are channels."""
    kernel, bias = _kernel_and_bias(layer)
    height, width, inputs, each = kernel.shape
    steps, apart = tuple(layer.config["strides"]), tuple(layer.config["dilation_rate"])
    before, padding = _padded(layer, (height, width), steps, apart)
    settings = {"bias": bias is not None, "dilation": apart, "groups": inputs, "seed": 0, "dtype": kernel.dtype}
    module = Conv2d(inputs, inputs * each, (height, width), steps, padding, **settings)
    weight = kernel.transpose(2, 3, 0, 1).reshape(inputs * each, 1, height, width)
    return [*before, *followed(filled(module, layer, weight=weight, bias=bias), layer)]


def _transposed(layer: Layer) -> Modules:
    """Conv2DTranspose: with "same" the image is as many times larger as the stride says, and edges are cut off."""
    layer.needs(dilation_rate=(1, 1), output_padding=None)
    kernel, bias = _kernel_and_bias(layer)
    *size, outputs, inputs = kernel.shape
    steps = tuple(layer.config["strides"])
    short = tuple(max(step - k, 0) for step, k in zip(steps, size, strict=True))
    make = {"output_padding": short, "bias": bias is not None, "seed": 0, "dtype": kernel.dtype}
    module = ConvTranspose2d(inputs, outputs, tuple(size), steps, **make)
    modules = [filled(module, layer, weight=kernel.transpose(3, 2, 0, 1), bias=bias)]
    cut = [max(k - step, 0) for step, k in zip(steps, size, strict=True)]
    if layer.config["padding"] == "same" and any(cut):
        modules.append(Edges([(-(n // 2), -(n - n // 2)) for n in cut]))
    return [*modules[:-1], *followed(modules[-1], layer)]


def _padded(layer: Layer, size: Sequence[int], steps: Any, apart: Any) -> tuple[Modules, tuple[int, ...]]:
    """A module that pads before the layer, if both ends differ, and the padding of the layer itself.

    With "same" as many windows are looked at as there are steps in the image: what that needs is divided among both
    ends, and one more of an odd number comes after.
    """
    kind = layer.config["padding"]
    if kind == "valid":
        return [], (0,) * len(size)
    spans = [(k - 1) * d for k, d in zip(size, apart, strict=True)]
    if kind == "causal":
        widths = [(span, 0) for span in spans]
    else:
        lengths = layer.shape[:-1] or (None,) * len(size)
        missing = [_missing(layer, n, span, step) for n, span, step in zip(lengths, spans, steps, strict=True)]
        widths = [(n // 2, n - n // 2) for n in missing]
    if all(before == after for before, after in widths):
        return [], tuple(before for before, _ in widths)
    return [Edges(widths)], (0,) * len(size)


def _missing(layer: Layer, length: int | None, span: int, step: int) -> int:
    """How many pixels "same" adds to so many, for windows of span + 1."""
    if step == 1:
        return span
    if length is None:
        raise layer.refused('padding="same" with steps depends on the size of the images, which the model leaves open')
    return max((-(-length // step) - 1) * step + span + 1 - length, 0)


def _pooling(layer: Layer) -> Modules:
    size, steps = tuple(layer.config["pool_size"]), tuple(layer.config["strides"])
    if layer.kind == "AveragePooling2D":
        before, padding = _padded(layer, size, steps, (1, 1))
        if before or any(padding):
            raise layer.refused('padding="same" leaves the edges out of the mean; "valid" can be taken over')
        return [AvgPool2d(size, steps)]
    before, padding = _padded(layer, size, steps, (1, 1))
    pad = [Edges(module.widths, -np.inf) for module in before if isinstance(module, Edges)]  # never the largest
    return [*pad, MaxPool2d(size, steps, padding)]


def _global_mean(layer: Layer) -> Modules:
    layer.needs(keepdims=False)
    return [GlobalAvgPool()]


def _batch_norm(layer: Layer) -> Modules:
    """Of Keras's momentum 0.99 the new batch has the rest, 0.01."""
    layer.needs(renorm=False)
    axis = layer.config["axis"]
    if axis not in (-1, len(layer.shape), [-1], [len(layer.shape)]):
        raise layer.refused(f"axis={axis!r}, where we have the channels, axis=-1")
    found = list(layer.weights)
    gamma = found.pop(0) if layer.config["scale"] else None
    beta = found.pop(0) if layer.config["center"] else None
    mean, variance = found
    kind: Any = BatchNorm2d if len(layer.shape) == 3 else BatchNorm1d
    norm = kind(
        len(mean), layer.config["epsilon"], 1 - layer.config["momentum"], gamma is not None or beta is not None,
        dtype=mean.dtype,
    )  # fmt: skip
    affine = _affine(norm, layer, mean.shape, gamma, beta) if norm.weight is not None else {}
    running = {"running_mean": mean, "running_var": variance, "num_batches_tracked": np.array(0)}
    return [filled(norm, layer, **affine, **running)]


def _affine(norm: Any, layer: Layer, shape: Any, gamma: Any, beta: Any) -> dict[str, Any]:
    """Scale and shift; what Keras has not stays as it is, 1 or 0."""
    norm.weight.requires_grad, norm.bias.requires_grad = gamma is not None, beta is not None
    return {
        "weight": np.ones(shape) if gamma is None else gamma,
        "bias": np.zeros(shape) if beta is None else beta,
    }


def _layer_norm(layer: Layer) -> Modules:
    layer.needs(rms_scaling=False)
    axis = layer.config["axis"]
    if axis not in (-1, [-1], len(layer.shape), [len(layer.shape)]):
        raise layer.refused(f"axis={axis!r}, where we have the last one")
    found = list(layer.weights)
    gamma = found.pop(0) if layer.config["scale"] else None
    beta = found.pop(0) if layer.config["center"] else None
    if not layer.weights:
        return [LayerNorm(layer.shape[-1] or 0, layer.config["epsilon"], False)]
    norm = LayerNorm(layer.weights[0].shape, layer.config["epsilon"], dtype=layer.weights[0].dtype)
    return [filled(norm, layer, **_affine(norm, layer, layer.weights[0].shape, gamma, beta))]


def _embedding(layer: Layer) -> Modules:
    layer.needs(mask_zero=False)
    (rows,) = layer.weights
    return [filled(Embedding(*rows.shape, dtype=rows.dtype, seed=0), layer, weight=rows)]


def _rescaling(layer: Layer) -> Modules:
    scale, offset = (np.atleast_1d(np.asarray(layer.config[name], float)) for name in ("scale", "offset"))
    return [Scaling(-offset / scale, 1.0 / scale)]


def _normalization(layer: Layer) -> Modules:
    """What it has learnt of the data by adapt(), or was told: (x − mean) / standard deviation."""
    layer.needs(invert=False)
    if tuple(np.atleast_1d(layer.config["axis"])) not in ((-1,), (len(layer.shape),)):
        raise layer.refused(f"axis={layer.config['axis']!r}, where we have the last one")
    mean, variance = layer.weights[:2] if layer.weights else (layer.config["mean"], layer.config["variance"])
    deviation = np.sqrt(np.ravel(np.asarray(variance, float)))
    return [Scaling(np.ravel(np.asarray(mean, float)), np.maximum(deviation, 1e-7))]


def _zeros(layer: Layer) -> Modules:
    return [Edges([tuple(widths) for widths in layer.config["padding"]])]


def _cropping(layer: Layer) -> Modules:
    return [Edges([(-before, -after) for before, after in layer.config["cropping"]])]


def _slope(layer: Layer) -> float:
    return float(layer.config.get("negative_slope", layer.config.get("alpha", 0.3)))  # as it was called before Keras 3


def _rectifier(layer: Layer) -> Modules:
    layer.needs(max_value=None, threshold=0.0)
    slope = float(layer.config.get("negative_slope", 0.0))
    return [LeakyReLU(slope) if slope else ReLU()]


def _softmax(layer: Layer) -> Modules:
    if layer.config.get("axis", -1) not in (-1, len(layer.shape)):
        raise layer.refused("a softmax is along the last axis")
    return [Softmax()]


def _activation(layer: Layer) -> Modules:
    psi = activation(layer)
    if psi in ("softmax", "log_softmax") and len(layer.shape) > 1:
        raise layer.refused("a softmax over channels: write the layer Softmax()")
    return [Activation(psi)]


def _dropout(layer: Layer) -> Modules:
    layer.needs(noise_shape=None)
    return [Dropout(layer.config["rate"])]


ENTRIES: dict[str, Entry] = {
    "Dense": Entry(_dense, "last"),
    "Conv1D": Entry(_convolution, "first"),
    "Conv2D": Entry(_convolution, "first"),
    "DepthwiseConv2D": Entry(_depthwise, "first"),
    "Conv2DTranspose": Entry(_transposed, "first"),
    "MaxPooling2D": Entry(_pooling, "first"),
    "AveragePooling2D": Entry(_pooling, "first"),
    "GlobalAveragePooling1D": Entry(_global_mean, "first"),
    "GlobalAveragePooling2D": Entry(_global_mean, "first"),
    "ZeroPadding2D": Entry(_zeros, "first"),
    "Cropping2D": Entry(_cropping, "first"),
    "BatchNormalization": Entry(_batch_norm, "first"),
    "LayerNormalization": Entry(_layer_norm, "last"),
    "Flatten": Entry(lambda layer: [Flatten()], "last"),
    "Reshape": Entry(lambda layer: [Reshape(layer.config["target_shape"])], "last"),
    "Embedding": Entry(_embedding, "last"),
    "SimpleRNN": Entry(recurrent, "last"),
    "LSTM": Entry(recurrent, "last"),
    "GRU": Entry(recurrent, "last"),
    "Bidirectional": Entry(bidirectional, "last"),
    "Normalization": Entry(_normalization, "last"),
    "Rescaling": Entry(_rescaling, "last"),
    "Softmax": Entry(_softmax, "last"),
    "Activation": Entry(_activation, None),
    "ReLU": Entry(_rectifier, None),
    "LeakyReLU": Entry(lambda layer: [LeakyReLU(_slope(layer))], None),
    "ELU": Entry(lambda layer: [ELU(layer.config.get("alpha", 1.0))], None),
    "Dropout": Entry(_dropout, None),
}

"""Layers that are compared with PyTorch's of the same name and the same state: outputs, gradients, what is kept.

`recorded` computes a case with PyTorch; test_layers_against_torch.py computes it with our layers and compares with the
record in ``layers.json``. A case needs neither PyTorch nor us.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .cases import Array, numbers, upstream

RECORD = Path(__file__).with_name("layers.json")


@dataclass(frozen=True)
class Layer:
    """A module of PyTorch's, its settings, and what it is called with.

    Every entry of its state gets numbers of our choice, in the order of the names. ``ours`` are our settings where they
    differ; ``options`` are what ``forward`` takes by name, alike in both.
    """

    name: str
    kind: str
    settings: dict[str, Any]
    inputs: list[Any]
    ours: dict[str, Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    training: bool = True
    outputs: int | None = None  # how many of PyTorch's results are compared


def pixels(seed: int, *shape: int) -> Array:
    """Inputs around 0.5 that are not small in every axis."""
    return 0.5 + 2 * numbers(seed, *shape)


NORMALISATION = [
    Layer("batch norm", "BatchNorm1d", {"num_features": 3}, [pixels(1, 5, 3)]),
    Layer("batch norm, used", "BatchNorm1d", {"num_features": 3}, [pixels(1, 5, 3)], training=False),
    Layer("batch norm of sequences", "BatchNorm1d", {"num_features": 2, "momentum": 0.3}, [pixels(2, 3, 2, 4)]),
    Layer("batch norm, mean of all", "BatchNorm1d", {"num_features": 3, "momentum": None}, [pixels(3, 4, 3)]),
    Layer("batch norm, plain", "BatchNorm1d", {"num_features": 3, "affine": False}, [pixels(4, 4, 3)]),
    Layer(
        "batch norm without memory, used", "BatchNorm1d", {"num_features": 3, "track_running_stats": False},
        [pixels(4, 4, 3)], training=False,
    ),
    Layer("batch norm of images", "BatchNorm2d", {"num_features": 2, "eps": 0.1}, [pixels(5, 3, 2, 2, 3)]),
    Layer("batch norm of images, used", "BatchNorm2d", {"num_features": 2}, [pixels(5, 3, 2, 2, 3)], training=False),
    Layer("layer norm", "LayerNorm", {"normalized_shape": 4}, [pixels(6, 2, 3, 4)]),
    Layer("layer norm of two axes", "LayerNorm", {"normalized_shape": (3, 4), "eps": 0.01}, [pixels(7, 2, 3, 4)]),
    Layer("layer norm without bias", "LayerNorm", {"normalized_shape": 4, "bias": False}, [pixels(8, 2, 4)]),
    Layer("layer norm, plain", "LayerNorm", {"normalized_shape": 4, "elementwise_affine": False}, [pixels(8, 2, 4)]),
    Layer("rms norm", "RMSNorm", {"normalized_shape": 4}, [pixels(9, 2, 3, 4)]),
    Layer("rms norm, eps", "RMSNorm", {"normalized_shape": (3, 4), "eps": 0.1}, [pixels(9, 2, 3, 4)]),
    Layer("group norm", "GroupNorm", {"num_groups": 2, "num_channels": 4}, [pixels(10, 2, 4, 3, 2)]),
    Layer("group norm of rows", "GroupNorm", {"num_groups": 3, "num_channels": 6}, [pixels(11, 2, 6)]),
    Layer(
        "group norm, plain", "GroupNorm", {"num_groups": 1, "num_channels": 2, "affine": False}, [pixels(12, 2, 2, 3)]
    ),
]  # fmt: skip

EMBEDDING = [
    Layer("embedding", "Embedding", {"num_embeddings": 5, "embedding_dim": 3}, [np.array([[0, 4, 1], [1, 1, 0]])]),
    Layer(
        "embedding with padding", "Embedding", {"num_embeddings": 5, "embedding_dim": 3, "padding_idx": 1},
        [np.array([[0, 4, 1], [1, 1, 0]])],
    ),
    Layer("embedding of nothing", "Embedding", {"num_embeddings": 5, "embedding_dim": 3}, [np.zeros((2, 0), int)]),
]  # fmt: skip

HEADS = {"embed_dim": 4, "num_heads": 2}
OURS = {"MultiheadAttention": "MultiHeadAttention", "TransformerEncoderLayer": "TransformerBlock"}
LATER = np.triu(np.ones((3, 3), bool), 1)
SHORT = np.array([[False, False, True], [False, True, True]])
PAIR = [pixels(20, 2, 3, 4), pixels(21, 2, 5, 4), pixels(22, 2, 5, 4)]


def _attention(name: str, inputs: list[Any], settings: Any = (), ours: Any = (), **options: Any) -> Layer:
    theirs = {**HEADS, "batch_first": True, **dict(settings)}
    return Layer(name, "MultiheadAttention", theirs, inputs, {**HEADS, **dict(ours or settings)}, options, outputs=1)


def _block(name: str, settings: Any = (), ours: Any = (), **options: Any) -> Layer:
    sizes = {"d_model": 4, "nhead": 2, "dim_feedforward": 5, "dropout": 0.0, "batch_first": True}
    own = {**HEADS, "dim_feedforward": 5, **dict(settings), **dict(ours)}
    return Layer(name, "TransformerEncoderLayer", {**sizes, **dict(settings)}, [PAIR[0]], own, options)


ATTENTION = [
    _attention("attention", [PAIR[0]] * 3),
    _attention("attention of one sequence", [PAIR[0][0]] * 3),
    _attention("attention of one position", [PAIR[0][:, :1]] * 3),
    _attention("attention to others", PAIR),
    _attention("attention without bias", PAIR, {"bias": False}),
    _attention("attention, later ones hidden", [PAIR[0]] * 3, attn_mask=LATER),
    _attention("attention, a mask a head", [PAIR[0]] * 3, attn_mask=np.stack([LATER, LATER.T, LATER.T, LATER])),
    _attention("attention, numbers added", [PAIR[0]] * 3, attn_mask=numbers(23, 3, 3)),
    _attention("attention, short sequences", [PAIR[0]] * 3, key_padding_mask=SHORT),
    _attention("attention, both masks", [PAIR[0]] * 3, attn_mask=LATER, key_padding_mask=SHORT),
    _block("block"),
    _block("block, normalised first", {"norm_first": True, "activation": "gelu"}),
    _block("block without bias", {"bias": False, "layer_norm_eps": 0.1}),
    _block("block, both masks", src_mask=LATER, src_key_padding_mask=SHORT),
]

PHOTOS = pixels(40, 2, 4, 5, 6)


def _conv(kind: str, name: str, inputs: Any, size: Any, **settings: Any) -> Layer:
    theirs = {"in_channels": 4, "out_channels": 2, "kernel_size": size, **settings}
    return Layer(name, kind, theirs, [inputs], {"inputs": 4, "outputs": 2, "size": size, **settings})


CONVOLUTION = [
    _conv("Conv1d", "conv1d", PHOTOS[:, :, 0], 3),
    _conv("Conv1d", "conv1d, everything", PHOTOS[:, :, 0], 2, stride=2, padding=1, dilation=3, groups=2, bias=False),
    _conv("Conv1d", "conv1d of one sequence", PHOTOS[0, :, 0], 6),
    _conv("Conv2d", "conv2d, dilated", PHOTOS, (2, 3), dilation=(3, 2)),
    _conv("Conv2d", "conv2d, in groups", PHOTOS, (3, 2), groups=2, stride=(2, 1), padding=(1, 0)),
    _conv("ConvTranspose2d", "transposed", PHOTOS, 2),
    _conv(
        "ConvTranspose2d",
        "transposed, larger steps",
        PHOTOS,
        (2, 3),
        stride=(3, 2),
        padding=(0, 1),
        output_padding=(1, 1),
    ),
    _conv(
        "ConvTranspose2d", "transposed, everything", PHOTOS, 2, stride=2, padding=1, dilation=2, groups=2, bias=False
    ),
    _conv("ConvTranspose2d", "transposed, one image", PHOTOS[0], 3, padding=1),
]

SEQUENCES = pixels(30, 2, 4, 3)
SIZES = {"input_size": 3, "hidden_size": 2}


def _layers(kind: str, name: str, inputs: Any = (), **settings: Any) -> Layer:
    return Layer(f"{kind}{name}", kind, {**SIZES, "batch_first": True, **settings}, [SEQUENCES, *inputs])


def _state(layers: int, samples: int = 2) -> Any:
    return numbers(31, layers, samples, 2)


RECURRENT = [
    *[_layers(kind, "") for kind in ("RNN", "LSTM", "GRU")],
    *[_layers(kind, ", two layers, both ways", num_layers=2, bidirectional=True) for kind in ("RNN", "LSTM", "GRU")],
    *[_layers(kind, " without bias", bias=False) for kind in ("RNN", "LSTM", "GRU")],
    _layers("RNN", " with relu", nonlinearity="relu"),
    _layers("RNN", ", state given", [_state(2)], bidirectional=True),
    _layers("GRU", ", state given", [_state(2)], num_layers=2),
    Layer("RNN, steps first", "RNN", SIZES, [SEQUENCES], {**SIZES, "batch_first": False}),
    Layer(
        "GRU, one step",
        "GRU",
        {**SIZES, "batch_first": True, "bidirectional": True},
        [SEQUENCES[:, :1]],
        SIZES | {"bidirectional": True},
    ),
    Layer("LSTM, one sequence", "LSTM", {**SIZES, "batch_first": True}, [SEQUENCES[0]], SIZES),
    Layer("LSTM, no sequence", "LSTM", {**SIZES, "batch_first": True}, [SEQUENCES[:0]], SIZES),
    *[Layer(kind, kind, SIZES, [SEQUENCES[0], numbers(32, 4, 2)]) for kind in ("RNNCell", "GRUCell")],
    Layer("LSTMCell", "LSTMCell", SIZES, [SEQUENCES[0]]),
    Layer("RNNCell, one sample", "RNNCell", {**SIZES, "nonlinearity": "relu", "bias": False}, [SEQUENCES[0, 0]]),
]

LAYERS = CONVOLUTION + RECURRENT + NORMALISATION + EMBEDDING + ATTENTION


def state_for(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The numbers of every entry of a state: variances are positive, and a count is one."""
    state = {}
    for place, (name, shape) in enumerate(shapes.items()):
        array = numbers(100 + place, *shape)
        last = name.rpartition(".")[2]
        state[name] = np.array(2) if last == "num_batches_tracked" else array + 1.5 if "var" in last else array
    return state


def parts_of(results: Any) -> list[Any]:
    """The results in one list, those in tuples, too."""
    return [y for x in results for y in parts_of(x)] if isinstance(results, (tuple, list)) else [results]


def recorded(case: Layer) -> dict[str, Array]:
    """Outputs, gradients of Σ upstream · outputs by floating-point inputs and parameters, and buffers, by PyTorch."""
    import torch

    module = getattr(torch.nn, case.kind)(**case.settings).double().train(case.training)
    state = state_for({name: tuple(x.shape) for name, x in module.state_dict().items()})
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    inputs = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in case.inputs]
    options = {name: torch.tensor(x) if isinstance(x, np.ndarray) else x for name, x in case.options.items()}
    outputs = parts_of(module(*inputs, **options))[: case.outputs]
    sum((y * torch.tensor(upstream(tuple(y.shape)))).sum() for y in outputs).backward()
    return named(
        [y.detach().numpy() for y in outputs],
        [x.grad.numpy() for x in inputs if x.requires_grad],
        {name: p.grad.numpy() for name, p in module.named_parameters()},
        {name: b.numpy() for name, b in module.named_buffers()},
    )


def named(
    outputs: list[Array], slopes: list[Array], of_parameters: dict[str, Array], buffers: dict[str, Array]
) -> dict[str, Array]:
    """All of it under names."""
    return {
        **{f"output {i}": y for i, y in enumerate(outputs)},
        **{f"∂input {i}": x for i, x in enumerate(slopes)},
        **{f"∂{name}": x for name, x in of_parameters.items()},
        **buffers,
    }


def write(records: Mapping[str, Mapping[str, Array]]) -> None:
    """Keep shapes and numbers, a case a line."""
    kept = {name: {key: [x.shape, x.ravel().tolist()] for key, x in found.items()} for name, found in records.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(found, ensure_ascii=False)}" for name, found in kept.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

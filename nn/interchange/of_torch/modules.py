"""Modules of PyTorch's that we have, by the names of their classes: settings are translated, weights copied.

What is set in a way that ours is not, such as a padding that reflects, is left to `exporting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inversa.nn import activations, transformer
from inversa.nn.activations import FUNCTIONS, Activation
from inversa.nn.batch_norm import BatchNorm1d, BatchNorm2d
from inversa.nn.convolution import Conv1d, Conv2d, Flatten
from inversa.nn.dropout import Dropout
from inversa.nn.embedding import Embedding
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.layers import Linear, Sequential
from inversa.nn.module import Module
from inversa.nn.normalisation import GroupNorm, LayerNorm, RMSNorm
from inversa.nn.pooling import AvgPool2d, MaxPool2d
from inversa.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from inversa.nn.transposed import ConvTranspose2d

Maker = Callable[[Any, int | None], Module | None]

MAKERS: dict[str, Maker] = {}


class Named(Sequential):
    """Modules one after another, which have names instead of numbers.

    Parameters
    ----------
    modules : mapping from str to Module

    Examples
    --------
    >>> from inversa.nn import Linear, Tanh
    >>> from inversa.nn.interchange.of_torch.modules import Named
    >>> list(Named({"hidden": Linear(2, 3), "psi": Tanh(), "out": Linear(3, 1)}).state_dict())
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    def __init__(self, modules: Mapping[str, Module]) -> None:
        for name, module in modules.items():
            module.title = module.title or name
        super().__init__(*modules.values())
        self.names = tuple(modules)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules with their names."""
        return zip(self.names, self.members, strict=True)


def ours_for(module: Any, ndim: int | None) -> Module | None:
    """Our module with the settings of PyTorch's, its weights still its own; None where we have none.

    Parameters
    ----------
    module : torch.nn.Module
    ndim : int or None
        How many axes its input has, where that is known.

    Raises
    ------
    InterchangeError
        For what draws at random, or follows the statistics of batches.
    """
    refuse_training(module)
    kind = type(module)
    maker = MAKERS.get(kind.__name__) if kind.__module__.startswith("torch.nn.modules.") else None
    if maker is None or _has_hooks(module):
        return None
    made = maker(module, ndim)
    return made if made is None else made.train(bool(module.training))


def refuse_training(module: Any) -> None:
    """Raise for dropout and batch normalisation that are in training.

    Raises
    ------
    InterchangeError
        The message says what to do.
    """
    for path, part in module.named_modules():
        name = type(part).__name__
        at = f" ({path})" if path else ""
        if not part.training or not type(part).__module__.startswith("torch.nn.modules."):
            continue
        if "Dropout" in name and part.p > 0:
            raise InterchangeError(f"{name}{at} draws at random in training: call module.eval() first")
        if "BatchNorm" in name and part.track_running_stats:
            raise InterchangeError(
                f"{name}{at} follows the statistics of batches in training: call module.eval() first"
            )
        if name in ("RNN", "LSTM", "GRU") and part.dropout and part.num_layers > 1:
            raise InterchangeError(f"{name}{at} drops outputs at random in training: call module.eval() first")


def _has_hooks(module: Any) -> bool:
    """Whether a call does more than ``forward``, such as weight normalisation of old."""
    return any(
        bool(getattr(part, hooks, None))
        for part in module.modules()
        for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    )


def made_for(*names: str) -> Callable[[Callable[[Any], Module | None]], Callable[[Any], Module | None]]:
    """Put what makes our module of theirs into the table."""

    def put(make: Callable[[Any], Module | None]) -> Callable[[Any], Module | None]:
        MAKERS.update(dict.fromkeys(names, lambda module, ndim: make(module)))
        return make

    return put


@made_for("Linear")
def linear(m: Any) -> Module | None:
    """The same."""
    return Linear(m.in_features, m.out_features, m.bias is not None)


@made_for("Identity")
def identity(m: Any) -> Module | None:
    """Nothing."""
    return activations.Identity()


@made_for("Conv1d")
def conv1d(m: Any) -> Module | None:
    """With zeros for padding."""
    border = _padding(m)
    if border is None:
        return None
    (size,), (stride,), (dilation,) = m.kernel_size, m.stride, m.dilation
    has_bias = m.bias is not None
    return Conv1d(m.in_channels, m.out_channels, size, stride, border[0], has_bias, dilation, m.groups)


@made_for("Conv2d")
def conv2d(m: Any) -> Module | None:
    """With zeros for padding."""
    border = _padding(m)
    if border is None:
        return None
    has_bias = m.bias is not None
    return Conv2d(m.in_channels, m.out_channels, m.kernel_size, m.stride, border, has_bias, m.dilation, m.groups)


def _padding(m: Any) -> tuple[int, ...] | None:
    """How many zeros at both ends of each axis; None for another padding."""
    if m.padding_mode != "zeros":
        return None
    if m.padding == "valid":
        return (0,) * len(m.kernel_size)
    if m.padding == "same":
        wide = [apart * (k - 1) for k, apart in zip(m.kernel_size, m.dilation, strict=True)]
        return None if any(n % 2 for n in wide) else tuple(n // 2 for n in wide)
    return tuple(m.padding)


@made_for("ConvTranspose2d")
def conv_transpose2d(m: Any) -> Module | None:
    """The same."""
    if m.padding_mode != "zeros" or any(more >= step for more, step in zip(m.output_padding, m.stride, strict=True)):
        return None
    return ConvTranspose2d(
        m.in_channels, m.out_channels, m.kernel_size, m.stride, m.padding, m.output_padding, m.groups,
        m.bias is not None, m.dilation,
    )  # fmt: skip


@made_for("MaxPool2d")
def max_pool2d(m: Any) -> Module | None:
    """Of whole windows."""
    if m.ceil_mode or m.return_indices or m.dilation not in (1, (1, 1)):
        return None
    return MaxPool2d(m.kernel_size, m.stride, m.padding)


@made_for("AvgPool2d")
def avg_pool2d(m: Any) -> Module | None:
    """Of whole windows, in which the padding counts."""
    padded = m.padding not in (0, (0, 0))
    if m.ceil_mode or m.divisor_override is not None or (padded and not m.count_include_pad):
        return None
    return AvgPool2d(m.kernel_size, m.stride, m.padding)


@made_for("Flatten")
def flatten(m: Any) -> Module | None:
    """Of all axes but the first."""
    return Flatten() if (m.start_dim, m.end_dim) == (1, -1) else None


@made_for("Embedding")
def embedding(m: Any) -> Module | None:
    """Without a largest norm."""
    if m.max_norm is not None or m.scale_grad_by_freq:
        return None
    return Embedding(m.num_embeddings, m.embedding_dim, m.padding_idx)


@made_for("Dropout")
def dropout(m: Any) -> Module | None:
    """The same."""
    return Dropout(m.p) if m.p < 1 else None


@made_for("BatchNorm1d")
def batch_norm1d(m: Any) -> Module | None:
    """The same."""
    return BatchNorm1d(m.num_features, m.eps, m.momentum, m.affine, m.track_running_stats)


@made_for("BatchNorm2d")
def batch_norm2d(m: Any) -> Module | None:
    """The same."""
    return BatchNorm2d(m.num_features, m.eps, m.momentum, m.affine, m.track_running_stats)


@made_for("LayerNorm")
def layer_norm(m: Any) -> Module | None:
    """The same."""
    return LayerNorm(tuple(m.normalized_shape), m.eps, m.elementwise_affine, m.bias is not None)


@made_for("RMSNorm")
def rms_norm(m: Any) -> Module | None:
    """The same; its usual ε is that of the type of its input."""
    dtype = "float64" if m.weight is None else str(m.weight.dtype).removeprefix("torch.")
    if m.weight is None and m.eps is None:
        return None
    return RMSNorm(tuple(m.normalized_shape), m.eps, m.elementwise_affine, dtype=dtype)


@made_for("GroupNorm")
def group_norm(m: Any) -> Module | None:
    """The same."""
    return GroupNorm(m.num_groups, m.num_channels, m.eps, m.affine)


@made_for("RNN")
def rnn(m: Any) -> Module | None:
    """The same."""
    return RNN(
        m.input_size, m.hidden_size, m.num_layers, m.nonlinearity, m.bias, m.batch_first, m.dropout, m.bidirectional
    )


@made_for("LSTM")
def lstm(m: Any) -> Module | None:
    """Without a projection."""
    if m.proj_size:
        return None
    return LSTM(m.input_size, m.hidden_size, m.num_layers, m.bias, m.batch_first, m.dropout, m.bidirectional)


@made_for("GRU")
def gru(m: Any) -> Module | None:
    """The same."""
    return GRU(m.input_size, m.hidden_size, m.num_layers, m.bias, m.batch_first, m.dropout, m.bidirectional)


@made_for("RNNCell")
def rnn_cell(m: Any) -> Module | None:
    """The same."""
    return RNNCell(m.input_size, m.hidden_size, m.bias, m.nonlinearity)


@made_for("LSTMCell")
def lstm_cell(m: Any) -> Module | None:
    """The same."""
    return LSTMCell(m.input_size, m.hidden_size, m.bias)


@made_for("GRUCell")
def gru_cell(m: Any) -> Module | None:
    """The same."""
    return GRUCell(m.input_size, m.hidden_size, m.bias)


@made_for("TransformerEncoderLayer")
def transformer_block(m: Any) -> Module | None:
    """With samples first, and an activation that has a name."""
    psi = {"relu": FUNCTIONS["relu"], "gelu": FUNCTIONS["gelu"]}.get(getattr(m.activation, "__name__", ""))
    if psi is None or not m.self_attn.batch_first or m.norm1.eps != m.norm2.eps:
        return None
    has_bias = m.linear1.bias is not None
    return transformer.TransformerBlock(
        m.self_attn.embed_dim, m.self_attn.num_heads, m.linear1.out_features, m.dropout.p, psi, m.norm1.eps,
        m.norm_first, has_bias,
    )  # fmt: skip


@made_for("LeakyReLU")
def leaky_relu(m: Any) -> Module | None:
    """With a slope that rises."""
    return activations.LeakyReLU(m.negative_slope) if 0 < m.negative_slope < 1 else None


@made_for("ELU")
def elu(m: Any) -> Module | None:
    """The same."""
    return activations.ELU(m.alpha) if m.alpha > 0 else None


@made_for("GELU")
def gelu(m: Any) -> Module | None:
    """The same."""
    return activations.GELU(m.approximate)


@made_for("Softplus")
def softplus(m: Any) -> Module | None:
    """Without the threshold, 20, from which on PyTorch's gives x itself, which is less by up to 2·10⁻⁹."""
    return activations.Softplus() if m.beta == 1 and m.threshold >= 20 else None


@made_for("Hardtanh")
def hardtanh(m: Any) -> Module | None:
    """Between −1 and 1."""
    return activations.Hardtanh() if (m.min_val, m.max_val) == (-1, 1) else None


@made_for("Tanh", "Sigmoid", "ReLU", "SELU", "SiLU", "Mish")
def activation(m: Any) -> Module | None:
    """Those that have no settings."""
    kind: type[Module] = getattr(activations, type(m).__name__)
    return kind()


@made_for("LogSigmoid")
def log_sigmoid(m: Any) -> Module | None:
    """The same."""
    return Activation("log_sigmoid")


def _along_the_last(kind: type[Activation]) -> Maker:
    """Softmax and its logarithm, which ours take along the last axis."""

    def make(m: Any, ndim: int | None) -> Module | None:
        last = m.dim == -1 or (m.dim is not None and ndim is not None and m.dim % ndim == ndim - 1)
        return kind() if last else None  # type: ignore[call-arg]

    return make


MAKERS["Softmax"] = _along_the_last(activations.Softmax)
MAKERS["LogSoftmax"] = _along_the_last(activations.LogSoftmax)

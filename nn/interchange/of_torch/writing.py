"""Our modules as PyTorch's: the text that makes them, with the names of our parameters.

What PyTorch has no module for, such as the sum of several, is a class in ``layers.txt``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from typing import Any

from inversa.nn import activations, recurrent
from inversa.nn.activations import FUNCTIONS, Activation
from inversa.nn.attention import MultiHeadAttention
from inversa.nn.batch_norm import BatchNorm1d, BatchNorm2d
from inversa.nn.convolution import Conv1d, Conv2d, Flatten
from inversa.nn.dropout import Dropout
from inversa.nn.embedding import Embedding
from inversa.nn.interchange._from_sklearn import Scaling
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.modules import Named
from inversa.nn.layers import Add, Dense, Linear, Sequential
from inversa.nn.maxout import Maxout
from inversa.nn.mlp import MLP
from inversa.nn.module import Module
from inversa.nn.normalisation import GroupNorm, LayerNorm, RMSNorm
from inversa.nn.perceptron import Perceptron
from inversa.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from inversa.nn.transformer import PositionalEmbedding, PositionalEncoding, TransformerBlock
from inversa.nn.transposed import ConvTranspose2d

WIDTH = 100  # of a line


@dataclass(frozen=True)
class Call:
    """The call of a class of PyTorch's, or of ours in ``layers.txt``; members are modules with their names."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, Call] = field(default_factory=dict)

    def text(self, indent: int = 0) -> str:
        """As Python."""
        inside = [_shown(x, indent + 4) for x in self.args]
        inside += [f"{key}={_shown(x, indent + 4)}" for key, x in self.kwargs.items()]
        if not self.members:
            return f"{self.name}({', '.join(inside)})"
        numbered = list(self.members) == [str(i) for i in range(len(self.members))]
        lines = [
            member.text(indent + 4) if numbered else f'("{name}", {member.text(indent + 4)})'
            for name, member in self.members.items()
        ]
        start, end = ("(", ")") if numbered else ("(OrderedDict([", "]))")
        one = f"{self.name}{start}{', '.join(lines)}{end}"
        if len(one) + indent <= WIDTH and "\n" not in one:
            return one
        space = " " * indent
        return f"{self.name}{start}\n" + "".join(f"{space}    {line},\n" for line in lines) + f"{space}{end}"

    def names(self) -> Iterator[str]:
        """What is called in it."""
        yield self.name
        for part in (*self.args, *self.kwargs.values(), *self.members.values()):
            if isinstance(part, Call):
                yield from part.names()
        if self.members and list(self.members) != [str(i) for i in range(len(self.members))]:
            yield "OrderedDict"


def _shown(x: Any, indent: int) -> str:
    return x.text(indent) if isinstance(x, Call) else repr(x)


@cache
def classes() -> Mapping[str, str]:
    """The text of every class in ``layers.txt``, by its name."""
    text = files("inversa.nn.interchange.of_torch").joinpath("layers.txt").read_text(encoding="utf-8")
    parts = text.rstrip("\n").split("\n\n\n")
    return {part.removeprefix("class ").partition("(")[0]: part for part in parts}


Writer = Callable[[Any], Call]
WRITERS: dict[type[Module], Writer] = {}


def written(module: Module) -> Call:
    """A module as a call.

    Raises
    ------
    InterchangeError
        For modules that PyTorch has none for.
    """
    write = WRITERS.get(type(module))
    if write is None:
        raise InterchangeError(
            f"{type(module).__name__} is no layer of inversa.nn that can be written for PyTorch: those can that are "
            "made of its layers by Sequential, Add and MLP"
        )
    return write(module)


def writes(*kinds: type[Module]) -> Callable[[Writer], Writer]:
    """Put what writes modules of these classes into the table."""

    def put(write: Writer) -> Writer:
        WRITERS.update(dict.fromkeys(kinds, write))
        return write

    return put


PSI = {
    "identity": "nn.Identity", "tanh": "nn.Tanh", "sigmoid": "nn.Sigmoid", "relu": "nn.ReLU", "selu": "nn.SELU",
    "silu": "nn.SiLU", "swish": "nn.SiLU", "mish": "nn.Mish", "hard_tanh": "nn.Hardtanh",
    "log_sigmoid": "nn.LogSigmoid", "leaky_relu": "nn.LeakyReLU", "elu": "nn.ELU", "gelu": "nn.GELU",
    "softplus": "nn.Softplus", "softmax": "nn.Softmax", "log_softmax": "nn.LogSoftmax", "step": "Step",
}  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "softplus": {"threshold": 80},  # from where on the difference to x itself is no number any more
    "softmax": {"dim": -1},
    "log_softmax": {"dim": -1},
}
THEIRS = {"slope": "negative_slope"}


def psi(function: Any, **params: Any) -> Call:
    """An activation function as a module of PyTorch's."""
    if isinstance(function, Activation):
        return psi(function.function)
    if isinstance(function, partial):
        return psi(function.func, **{**params, **function.keywords})
    name = next((name for name, known in FUNCTIONS.items() if known is function), None)
    if name is None:
        raise InterchangeError(f"the activation {function!r} has no name that PyTorch knows")
    return Call(PSI[name], (), {**SETTINGS.get(name, {}), **{THEIRS.get(key, key): x for key, x in params.items()}})


@writes(
    Activation, activations.Identity, activations.Step, activations.Tanh, activations.Sigmoid, activations.ReLU,
    activations.LeakyReLU, activations.ELU, activations.SELU, activations.GELU, activations.SiLU, activations.Mish,
    activations.Hardtanh, activations.Softplus, activations.Softmax, activations.LogSoftmax,
)  # fmt: skip
def activation(m: Activation) -> Call:
    """By the name of its function."""
    return psi(m.function)


@writes(Linear)
def linear(m: Linear) -> Call:
    """The same."""
    return Call("nn.Linear", (m.inputs, m.outputs), {} if m.bias is not None else {"bias": False})


@writes(Dense)
def dense(m: Dense) -> Call:
    """By itself; a Sequential has its activation behind it instead."""
    return Call("Dense", (m.inputs, m.outputs, m.bias is not None, psi(m.activation)))


@writes(Perceptron)
def perceptron(m: Perceptron) -> Call:
    """A linear layer and a step."""
    return Call("Dense", (m.inputs, m.outputs, m.bias is not None, Call("Step")))


@writes(Sequential, Named)
def sequential(m: Sequential) -> Call:
    """One after another, under the names that they have here."""
    return Call("nn.Sequential", members=dict(_in_a_row(m.named_children())))


@writes(MLP)
def mlp(m: MLP) -> Call:
    """Its layers, under the name that they have here."""
    row = ((str(number), layer) for number, layer in enumerate(m.layers))
    return Call("nn.Sequential", members={"layers": Call("nn.Sequential", members=dict(_in_a_row(row)))})


def _in_a_row(children: Any) -> Iterator[tuple[str, Call]]:
    """Modules with their names; activations of layers behind these, with names made of theirs."""
    for name, child in children:
        if type(child) is not Dense:
            yield name, written(child)
            continue
        yield name, linear(child)
        after = psi(child.activation)
        if after.name != "nn.Identity":
            yield f"{name}_{after.name.rpartition('.')[2].lower()}", after


@writes(Add)
def add(m: Add) -> Call:
    """The same."""
    return Call("Add", tuple(written(child) for child in m))


@writes(Maxout)
def maxout(m: Maxout) -> Call:
    """The same."""
    return Call("Maxout", (m.inputs, m.outputs, m.pieces))


@writes(Dropout)
def dropout(m: Dropout) -> Call:
    """The same."""
    return Call("nn.Dropout", (m.p,))


@writes(Embedding)
def embedding(m: Embedding) -> Call:
    """The same."""
    padding = {} if m.padding_idx is None else {"padding_idx": m.padding_idx}
    return Call("nn.Embedding", (m.num_embeddings, m.embedding_dim), padding)


def _unusual(**settings: tuple[Any, Any]) -> dict[str, Any]:
    """Settings that are not what they are by default."""
    return {name: value for name, (value, usual) in settings.items() if value != usual}


@writes(Conv2d)
def conv2d(m: Conv2d) -> Call:
    """The same."""
    settings = _unusual(
        stride=(m.stride, (1, 1)), padding=(m.padding, (0, 0)), dilation=(m.dilation, (1, 1)), groups=(m.groups, 1),
        bias=(m.bias is not None, True),
    )  # fmt: skip
    return Call("nn.Conv2d", (m.in_channels, m.out_channels, m.size), settings)


@writes(Conv1d)
def conv1d(m: Conv1d) -> Call:
    """The same."""
    settings = _unusual(
        stride=(m.stride[1], 1), padding=(m.padding[1], 0), dilation=(m.dilation[1], 1), groups=(m.groups, 1),
        bias=(m.bias is not None, True),
    )  # fmt: skip
    return Call("nn.Conv1d", (m.in_channels, m.out_channels, m.size[1]), settings)


@writes(ConvTranspose2d)
def conv_transpose2d(m: ConvTranspose2d) -> Call:
    """The same."""
    settings = _unusual(
        stride=(m.stride, (1, 1)), padding=(m.padding, (0, 0)), output_padding=(m.output_padding, (0, 0)),
        groups=(m.groups, 1), bias=(m.bias is not None, True), dilation=(m.dilation, (1, 1)),
    )  # fmt: skip
    return Call("nn.ConvTranspose2d", (m.in_channels, m.out_channels, m.size), settings)


@writes(MaxPool2d, AvgPool2d)
def pool(m: Any) -> Call:
    """The same."""
    settings = _unusual(stride=(m.stride, m.size), padding=(m.padding, (0, 0)))
    return Call(f"nn.{type(m).__name__}", (m.size,), settings)


@writes(GlobalAvgPool, Flatten)
def without_settings(m: Any) -> Call:
    """The same."""
    return Call("nn.Flatten" if isinstance(m, Flatten) else "GlobalAvgPool")


@writes(Scaling)
def scaling(m: Scaling) -> Call:
    """The same."""
    return Call("Scaling", (m.shift.shape[0],))


@writes(BatchNorm1d, BatchNorm2d)
def batch_norm(m: Any) -> Call:
    """The same."""
    settings = _unusual(
        eps=(m.eps, 1e-5), momentum=(m.momentum, 0.1), affine=(m.weight is not None, True),
        track_running_stats=(m.running_mean is not None, True),
    )  # fmt: skip
    return Call(f"nn.{type(m).__name__}", (m.num_features,), settings)


@writes(LayerNorm)
def layer_norm(m: LayerNorm) -> Call:
    """The same."""
    settings = _unusual(
        eps=(m.eps, 1e-5), elementwise_affine=(m.weight is not None, True),
        bias=(m.bias is not None or m.weight is None, True),
    )  # fmt: skip
    return Call("nn.LayerNorm", (m.normalized_shape,), settings)


@writes(RMSNorm)
def rms_norm(m: RMSNorm) -> Call:
    """The same."""
    settings = {"eps": m.eps, **_unusual(elementwise_affine=(m.weight is not None, True))}
    return Call("nn.RMSNorm", (m.normalized_shape,), settings)


@writes(GroupNorm)
def group_norm(m: GroupNorm) -> Call:
    """The same."""
    settings = _unusual(eps=(m.eps, 1e-5), affine=(m.weight is not None, True))
    return Call("nn.GroupNorm", (m.num_groups, m.num_channels), settings)


@writes(recurrent.RNN, recurrent.LSTM, recurrent.GRU)
def recurrent_layer(m: Any) -> Call:
    """The same; or the outputs alone."""
    if m.truncate is not None:
        raise InterchangeError("a gradient that is cut off after so many steps has no setting in PyTorch")
    kind = type(m).__name__
    settings = {"batch_first": True} if m.batch_first else {}
    settings |= _unusual(
        num_layers=(m.num_layers, 1), nonlinearity=(getattr(m, "nonlinearity", "tanh"), "tanh"),
        bias=(m.bias_ih_l0 is not None, True), dropout=(m.dropout.p, 0.0), bidirectional=(m.bidirectional, False),
    )  # fmt: skip
    sizes = (m.input_size, m.hidden_size)
    if m.output == "both":
        return Call(f"nn.{kind}", sizes, settings)
    return Call(f"{kind}Outputs", (m.output == "last", *sizes), settings)


@writes(recurrent.RNNCell, recurrent.LSTMCell, recurrent.GRUCell)
def cell(m: Any) -> Call:
    """The same."""
    settings = _unusual(bias=(m.bias_ih is not None, True))
    if isinstance(m, recurrent.RNNCell) and m.kind is recurrent.steps.ELMAN["relu"]:
        settings["nonlinearity"] = "relu"
    return Call(f"nn.{type(m).__name__}", (m.input_size, m.hidden_size), settings)


@writes(MultiHeadAttention)
def attention(m: MultiHeadAttention) -> Call:
    """Its outputs alone."""
    return Call("Attention", (m.embed_dim, m.num_heads, m.dropout.p, m.in_proj_bias is not None, m.causal))


@writes(TransformerBlock)
def block(m: TransformerBlock) -> Call:
    """With samples first."""
    after = psi(m.activation)
    named = {"nn.ReLU": "relu", "nn.GELU": "gelu"}.get(after.name, after) if not after.kwargs else after
    settings = _unusual(
        activation=(named, "relu"), layer_norm_eps=(m.norm1.eps, 1e-5), norm_first=(m.norm_first, False),
        bias=(m.linear1.bias is not None, True),
    )  # fmt: skip
    sizes = (m.self_attn.embed_dim, m.self_attn.num_heads, m.linear1.outputs, m.dropout.p)
    name = "CausalBlock" if m.self_attn.causal else "nn.TransformerEncoderLayer"
    return Call(name, sizes, {**settings, "batch_first": True})


@writes(PositionalEncoding)
def positional_encoding(m: PositionalEncoding) -> Call:
    """The same."""
    return Call("PositionalEncoding", (m.embed_dim, m.dropout.p))


@writes(PositionalEmbedding)
def positional_embedding(m: PositionalEmbedding) -> Call:
    """The same."""
    return Call("PositionalEmbedding", tuple(m.weight.shape))

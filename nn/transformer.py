"""The transformer's block, and how positions in a sequence are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import alike, as_floats
from inversa.nn.activations import Function, Name
from inversa.nn.activations import named as named_activation
from inversa.nn.attention import MultiHeadAttention
from inversa.nn.dropout import Dropout
from inversa.nn.init import he_uniform, normal
from inversa.nn.layers import Linear
from inversa.nn.module import Module
from inversa.nn.normalisation import LayerNorm
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd import Tensor
    from inversa.nn.init import Seed


class TransformerBlock(Module):
    """Attention, then two layers for every position by itself; each is added to what came in, and normalised.

    Its state has the names and shapes of PyTorch's ``TransformerEncoderLayer``.

    Parameters
    ----------
    embed_dim : int
        How many numbers a position has.
    num_heads : int
        Of the attention.
    dim_feedforward : int, optional
        The neurons of the hidden layer; by default 4 · embed_dim.
    dropout : float
        The probability of dropping an entry in training: of the attention's weights, of the hidden layer, and of both
        results.
    activation : str or callable
        Of the hidden layer.
    layer_norm_eps : float
        Is added to the variances.
    norm_first : bool
        Whether what goes into the two parts is normalised, and not what comes out of the sums.
    bias : bool
        Whether layers add constants.
    causal : bool
        Whether no position looks at a later one.
    seed : int or numpy Generator, optional
        Where the first weights are drawn from; without one, every run differs.
    dtype : numpy dtype
        The type of the parameters.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.1; R. Xiong et al., "On layer normalization
    in the transformer architecture", ICML 2020, for ``norm_first``.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import TransformerBlock
    >>> block = TransformerBlock(8, num_heads=2, causal=True, seed=0)
    >>> block(np.zeros((5, 3, 8))).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dim_feedforward: int | None = None,
        dropout: float = 0.0,
        activation: Name | Function = "relu",
        layer_norm_eps: float = 1e-5,
        norm_first: bool = False,
        bias: bool = True,
        *,
        causal: bool = False,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        generator = np.random.default_rng(seed)
        hidden = 4 * embed_dim if dim_feedforward is None else dim_feedforward
        self.norm_first = checks.flag("norm_first", norm_first)
        self.self_attn = MultiHeadAttention(
            embed_dim, num_heads, dropout, bias, causal=causal, seed=generator, dtype=dtype
        )
        self.linear1 = Linear(embed_dim, hidden, bias, seed=generator, init=he_uniform, dtype=dtype)
        self.linear2 = Linear(hidden, embed_dim, bias, seed=generator, dtype=dtype)
        self.norm1 = LayerNorm(embed_dim, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(embed_dim, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout = Dropout(dropout, seed=generator)
        self.activation = named_activation(activation)

    def forward(self, x: Any, *, attn_mask: Any = None, key_padding_mask: Any = None) -> Tensor:
        """Shapes: (samples, n, embed_dim), the same comes out; masks as for `MultiHeadAttention`."""
        x = self.as_array(x)
        masks = {"attn_mask": attn_mask, "key_padding_mask": key_padding_mask}
        if self.norm_first:
            x = x + self.dropout(self.self_attn(self.norm1(x), **masks))
            return x + self._feedforward(self.norm2(x))  # type: ignore[no-any-return]
        x = self.norm1(x + self.dropout(self.self_attn(x, **masks)))
        return self.norm2(x + self._feedforward(x))

    def _feedforward(self, x: Any) -> Any:
        return self.dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def extra_repr(self) -> str:
        """What the parts do not say."""
        return f"norm_first={self.norm_first}, activation={getattr(self.activation, '__name__', 'activation')}"


class PositionalEncoding(Module):
    """Adds to position t waves of t: sin(t ω), cos(t ω) for angular frequencies ω from 1 down to 1 / 10 000.

    Parameters
    ----------
    embed_dim : int
        How many numbers a position has; even.
    dropout : float
        The probability of dropping an entry of the sum in training.
    seed : int or numpy Generator, optional
        For the dropout.

    Raises
    ------
    ValueError
        For an odd number: every frequency has a sine and a cosine.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import PositionalEncoding
    >>> PositionalEncoding(2)(np.zeros((3, 2))).round(2).tolist()
    [[0.0, 1.0], [0.84, 0.54], [0.91, -0.42]]
    """

    def __init__(self, embed_dim: int, dropout: float = 0.0, *, seed: Seed = None) -> None:
        self.embed_dim = checks.count("embed_dim", embed_dim, example="16")
        if embed_dim % 2:
            raise ValueError(f"every frequency has a sine and a cosine: embed_dim is even, not {embed_dim}")
        self.dropout = Dropout(dropout, seed=seed)

    def forward(self, x: Any) -> Any:
        """Shapes: (…, n, embed_dim), the same comes out."""
        x = as_floats(_positions_in(x, self.embed_dim, self))
        phases = np.arange(x.shape[-2])[:, None] * 10_000.0 ** (-np.arange(0, self.embed_dim, 2) / self.embed_dim)
        waves = np.stack([np.sin(phases), np.cos(phases)], axis=-1).reshape(-1, self.embed_dim)
        return self.dropout(x + alike(x, waves))

    def extra_repr(self) -> str:
        """The size."""
        return str(self.embed_dim)


class PositionalEmbedding(Module):
    """Adds to position t a row of numbers that is learnt.

    Parameters
    ----------
    max_length : int
        How many positions there are at most.
    embed_dim : int
        How many numbers a position has.
    seed : int or numpy Generator, optional
        Where the first rows are drawn from, normal with deviation 0.02; without one, every run differs.
    dtype : numpy dtype
        The type of the parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import PositionalEmbedding
    >>> PositionalEmbedding(10, 4, seed=0)(np.zeros((5, 3, 4))).shape
    (5, 3, 4)
    """

    def __init__(self, max_length: int, embed_dim: int, *, seed: Seed = None, dtype: Any = "float64") -> None:
        checks.count("max_length", max_length, example="64")
        checks.count("embed_dim", embed_dim, example="16")
        self.weight = Parameter(normal((max_length, embed_dim), seed, deviation=0.02), name="P", dtype=dtype)

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, n, embed_dim), the same comes out."""
        longest, size = self.weight.shape
        x = _positions_in(x, size, self)
        if x.shape[-2] > longest:
            raise ValueError(f"{self!r} has {longest} positions, and the sequence {x.shape[-2]}: raise max_length")
        return x + self.weight[: x.shape[-2]]  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The sizes."""
        return ", ".join(map(str, self.weight.shape))


def _positions_in(x: Any, size: int, module: Module) -> Any:
    x = module.as_array(x)
    if len(x.shape) < 2 or x.shape[-1] != size:
        raise ValueError(f"{module!r} takes inputs of shape (…, n, {size}), not {tuple(x.shape)}")
    return x

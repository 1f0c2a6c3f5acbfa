"""Attention: every position of a sequence looks for what it needs in the others."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, prod
from typing import TYPE_CHECKING, Any

from inversa.autograd import astype, checks, matmul, reshape, softmax, swapaxes, where
from inversa.autograd.compiling.effects import check_data
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import alike, kind_of, namespace
from inversa.nn.dropout import Dropout
from inversa.nn.init import glorot_uniform, zeros
from inversa.nn.layers import Linear
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd import Tensor
    from inversa.nn.init import Seed


def attention_weights(query: Any, key: Any, *masks: Any, causal: bool = False) -> Any:
    """softmax(q kᵀ / √d): how much of each value every query takes; each row is positive and sums to 1.

    Parameters
    ----------
    query : array of shape (…, n, d)
    key : array of shape (…, m, d)
    *masks : array that broadcasts to (…, n, m)
        Of booleans: True where a query must not look. Of numbers: they are added to q kᵀ / √d.
    causal : bool
        Whether no position of a sequence looks at a later one.

    Returns
    -------
    Tensor or array of shape (…, n, m)

    Raises
    ------
    ValueError
        When a query is left with nothing to look at, and for a mask of integers, which may mean either.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.1.

    Examples
    --------
    >>> from inversa.nn.attention import attention_weights
    >>> query = key = [[1.0, 0.0], [0.0, 1.0]]
    >>> attention_weights(query, key, causal=True).round(3).tolist()
    [[1.0, 0.0], [0.33, 0.67]]
    """
    query, key = _array(query), _array(key)
    scores = matmul(query * query.shape[-1] ** -0.5, swapaxes(key, -1, -2))
    if causal:
        scores = scores + alike(scores, _later_ones(query.shape[-2], key.shape[-2]))
    for mask in map(_array, masks):
        kind = kind_of(mask.dtype)
        if kind not in "bf":
            raise ValueError(
                f"a mask has booleans, or floats to be added, not {mask.dtype}: write mask == 1, or mask == 0"
            )
        scores = where(mask, -inf, scores) if kind == "b" else scores + astype(mask, scores.dtype)
    if masks:
        check_data(scores, _refuse_blind_queries, computed=True)
    return softmax(scores)


def attention(query: Any, key: Any, value: Any, *masks: Any, causal: bool = False) -> Any:
    """softmax(q kᵀ / √d) v: for every query the mean of the values, weighted by how well their keys match it.

    Parameters
    ----------
    query : array of shape (…, n, d)
    key : array of shape (…, m, d)
    value : array of shape (…, m, e)
    *masks, causal
        As for `attention_weights`.

    Returns
    -------
    Tensor or array of shape (…, n, e)

    Examples
    --------
    >>> from inversa.nn.attention import attention
    >>> attention([[0.0]], [[1.0], [2.0]], [[3.0], [5.0]]).tolist()
    [[4.0]]
    """
    return matmul(attention_weights(query, key, *masks, causal=causal), _array(value))


def _later_ones(n: int, m: int) -> Any:
    """What is added to the scores of a sequence so that no position looks at a later one: 0, or −∞ for later ones."""
    if n != m:
        raise ValueError(f"a causal layer compares positions of one sequence, not {n} queries with {m} keys")
    return np.where(np.triu(np.ones((n, n), bool), 1), -inf, 0.0)


def _refuse_blind_queries(scores: Any) -> None:
    """Raise where everything is masked."""
    if 0 in scores.shape:
        return
    xp = namespace(scores)
    if bool(xp.any(xp.max(scores, axis=-1) == -inf)):
        raise ValueError("a query has nothing to look at: its row of the mask hides every position")


def _array(x: Any) -> Any:
    return x if hasattr(x, "shape") else np.asarray(x)


class MultiHeadAttention(Module):
    """Attention in several heads, each with queries, keys and values of its own; then a linear layer joins them.

    Parameters
    ----------
    embed_dim : int
        How many numbers a position has.
    num_heads : int
        Each takes ``embed_dim / num_heads`` of them.
    dropout : float
        The probability with which an attention weight is dropped in training.
    bias : bool
        Whether the linear layers add a constant.
    causal : bool
        Whether no position looks at a later one.
    seed : int or numpy Generator, optional
        Where the first weights are drawn from; without one, every run differs.
    dtype : numpy dtype
        The type of the parameters.

    Attributes
    ----------
    in_proj_weight : Parameter of shape (3 · embed_dim, embed_dim)
        The rows for queries, those for keys, those for values; in each the heads one after the other.
    out_proj : Linear
        What joins the heads.

    Raises
    ------
    ValueError
        When the numbers cannot be shared out among the heads.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import MultiHeadAttention
    >>> layer = MultiHeadAttention(8, num_heads=2, causal=True, seed=0)
    >>> x = np.random.default_rng(0).normal(size=(5, 3, 8))  # 5 sequences of 3 positions
    >>> layer(x).shape, layer.weights(x).shape
    ((5, 3, 8), (5, 2, 3, 3))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        causal: bool = False,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        self.embed_dim = checks.count("embed_dim", embed_dim, example="16")
        self.num_heads = checks.count("num_heads", num_heads, example="4")
        if embed_dim % num_heads:
            raise ValueError(f"{embed_dim} numbers cannot be shared out among {num_heads} heads")
        self.causal = checks.flag("causal", causal)
        checks.flag("bias", bias)
        generator = np.random.default_rng(seed)
        self.in_proj_weight = Parameter(glorot_uniform((3 * embed_dim, embed_dim), generator), name="QKV", dtype=dtype)
        self.in_proj_bias = Parameter(zeros((3 * embed_dim,)), name="b", dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, seed=generator, dtype=dtype)
        self.dropout = Dropout(dropout, seed=generator)

    def forward(
        self, query: Any, key: Any = None, value: Any = None, *, attn_mask: Any = None, key_padding_mask: Any = None
    ) -> Tensor:
        """Shapes: (samples, n, embed_dim), and (samples, m, embed_dim) for keys and values, to (samples, n, embed_dim).

        Without key and value a sequence looks at itself.

        Parameters
        ----------
        query, key, value : array_like
            A single sequence may come without the axis of samples.
        attn_mask : array of shape (n, m) or (samples · heads, n, m), optional
            True where a query must not look; or numbers that are added before softmax.
        key_padding_mask : array of bool of shape (samples, m), optional
            True for positions that stand for nothing, such as what fills up short sequences.
        """
        q, k, v = self._projected(query, key, value)
        weights = self._weights(q, k, attn_mask, key_padding_mask)
        heads = swapaxes(matmul(self.dropout(weights), v), -2, -3)
        return self.out_proj(reshape(heads, (*heads.shape[:-2], self.embed_dim)))

    def weights(self, query: Any, key: Any = None, *, attn_mask: Any = None, key_padding_mask: Any = None) -> Tensor:
        """What each head looks at: (samples, heads, n, m), each row of which sums to 1; masks as in `forward`."""
        q, k, _ = self._projected(query, key, key)
        return self._weights(q, k, attn_mask, key_padding_mask)

    def _weights(self, q: Any, k: Any, attn_mask: Any, padding: Any) -> Tensor:
        masks = self._masks(q, k, attn_mask, padding)
        weights: Tensor = attention_weights(q, k, *masks, causal=self.causal)
        return weights

    def _projected(self, query: Any, key: Any, value: Any) -> list[Any]:
        """Queries, keys and values of all heads: (…, heads, n, embed_dim / heads)."""
        query = self.as_array(query)
        key = query if key is None else self.as_array(key)
        value = key if value is None else self.as_array(value)
        for name, x in (("query", query), ("key", key), ("value", value)):
            if len(x.shape) not in (2, 3) or x.shape[-1] != self.embed_dim:
                raise ValueError(
                    f"{self._heading} takes a {name} of shape (…, n, {self.embed_dim}), not {tuple(x.shape)}"
                )
        if key.shape != value.shape or key.shape[:-2] != query.shape[:-2]:
            shapes = ", ".join(str(tuple(x.shape)) for x in (query, key, value))
            raise ValueError(f"a value belongs to each key, and as many samples to each of the three, not {shapes}")
        size = self.embed_dim
        parts = [slice(i * size, (i + 1) * size) for i in range(3)]
        if query is key is value:  # in one product
            z = self._through(query, slice(None))
            return [self._heads(z[..., part]) for part in parts]
        return [self._heads(self._through(x, part)) for x, part in zip((query, key, value), parts, strict=True)]

    def _through(self, x: Any, rows: slice) -> Any:
        z = matmul(x, self.in_proj_weight[rows].T)
        return z if self.in_proj_bias is None else z + self.in_proj_bias[rows]

    def _heads(self, x: Any) -> Any:
        return swapaxes(reshape(x, (*x.shape[:-1], self.num_heads, self.embed_dim // self.num_heads)), -2, -3)

    def _masks(self, q: Any, k: Any, attn_mask: Any, padding: Any) -> Iterator[Any]:
        """Those that there are, each so that it broadcasts to (…, heads, n, m)."""
        n, m = q.shape[-2], k.shape[-2]
        if attn_mask is not None:
            attn_mask = self.as_array(attn_mask)
            shape = tuple(attn_mask.shape)
            if shape not in ((n, m), (prod(q.shape[:-2]), n, m)):
                raise ValueError(f"attn_mask has the shape {(n, m)} or {(prod(q.shape[:-2]), n, m)}, not {shape}")
            yield attn_mask if len(shape) == 2 else reshape(attn_mask, (*q.shape[:-2], n, m))
        if padding is not None:
            padding = self.as_array(padding)
            shape, expected = tuple(padding.shape), (*q.shape[:-3], m)
            if shape != expected or kind_of(padding.dtype) != "b":
                kind = f"{padding.dtype} of the shape {shape}"
                raise ValueError(f"key_padding_mask has booleans in the shape {expected}, not {kind}")
            yield padding[..., None, None, :]

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.embed_dim}, {self.num_heads}" + (", causal=True" if self.causal else "")

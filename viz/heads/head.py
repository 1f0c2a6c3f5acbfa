"""From a layer of attention and a sequence to what one head computes for one query, box by box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import signature
from math import inf
from typing import Any, NamedTuple

from inversa.autograd import Graph, InverseNetwork, Node, Tensor, checks, concatenate, matmul, softmax, stack, where
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.held import to_numpy
from inversa.nn import MultiHeadAttention
from inversa.nn.attention import attention
from inversa.nn.losses.names import Name as LossName
from inversa.viz.lettering.numbers import count, subscripted
from inversa.viz.picture.hiding import Hide, hiding
from inversa.viz.picture.reading import amount, amounts, read
from inversa.viz.picture.records import Amount, Picture
from inversa.viz.picture.running import loss_of, network_of, places_of

MOST = 12  # tokens


class Token(NamedTuple):
    """One of the tokens that the query may look at; the boxes of what is computed from it.

    ``hidden`` is whether a mask keeps the query from looking at it.
    """

    number: int
    hidden: bool
    key: int
    value: int
    score: int
    weight: int  # a, its share
    product: int  # a · v
    x: int | None = None  # where keys and values are given there is none

    @property
    def name(self) -> str:
        """Its number, as an index."""
        return index(self.number)


class Matrix(NamedTuple):
    """A matrix that makes queries, keys or values of all tokens: its box, and that of the constant that is added."""

    box: int
    constant: int | None
    contributions: tuple[Amount | None, ...]  # to its gradient, one a token


@dataclass(frozen=True)
class Head:
    """What one head computes for one query.

    Attributes
    ----------
    picture : Picture
        Every operation, with the numbers of the inverse network.
    number : int or None
        Which head of a layer it is; None where queries, keys and values are given.
    among : int
        How many heads there are.
    asks : int
        Which token asks.
    itself : bool
        Whether the token that asks is one of those that are looked at.
    query : int
        Its box; ``source`` is that of the token.
    tokens : tuple of Token
    matrices : dict of str to Matrix
        Q, K and V; empty where queries, keys and values are given.
    size : int
        How many numbers a query has: d.
    scores, shares, output : int
        The boxes of what softmax takes and gives, and of the weighted sum of the values.
    joined : int or None
        The box of O, which joins this head with the others; ``constant`` is whether it adds something, and ``result``
        what it gives.
    cost : int or None
        The box of J.
    wanted : float, Array or None
        What the output is compared with: y.
    loss : str
        What the loss is called.
    """

    picture: Picture
    number: int | None
    among: int
    asks: int
    itself: bool
    query: int
    source: int | None
    tokens: tuple[Token, ...]
    matrices: dict[str, Matrix]
    size: int
    shares: int
    output: int
    joined: int | None
    constant: bool
    result: int
    cost: int | None
    wanted: Amount | None
    loss: str


def index(number: int) -> str:
    """A number, low."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def head_of(
    model: Any,
    x: Any,
    y: Any = None,
    loss: LossName | Callable[..., Any] | None = None,
    query: int | None = None,
    head: int | None = None,
    hide: Hide = (),
) -> Head:
    """What a head computes for a query, counted from 1 like the heads; see `inversa.viz.draw`."""
    if model is not attention and not isinstance(network_of(model), MultiHeadAttention):
        raise TypeError(
            "query goes with a layer of attention or with the function: draw(MultiHeadAttention(2, 1), x, query=1) or "
            f"draw(attention, (q, k, v), query=1), not with {checks.shown(model)}"
        )
    if query is None:
        raise ValueError("head goes with query, the token that asks: draw(layer, x, query=1, head=1)")
    if x is None:
        raise ValueError("draw attention with what it looks at: draw(layer, x, query=1)")
    if y is None and loss is not None:
        raise ValueError("a loss compares with a target: draw(layer, x, y, loss='mse', query=1)")
    compare = None if y is None else loss_of(model, loss)
    given = _given(model, x)
    query = checks.count("query", query, example="1")
    if query > len(given.queries):
        raise ValueError(f"query is one of 1 to {len(given.queries)}, the tokens, not {query}")
    if len(given.keys) > MOST:
        raise ValueError(
            f"the picture of a head has room for {MOST} tokens, not for {count(len(given.keys))}: draw a shorter "
            "sequence, or plot_attention(layer.weights(x)[0]) for all of them"
        )
    return _Run(model, given, query - 1, head).compared(y, compare, hide)


class _Given(NamedTuple):
    """Sequences, as arrays of shape (tokens, numbers), and what comes of them.

    ``hidden`` is what no query may look at, of shape (heads, queries, tokens); ``outputs`` are those for all queries.
    """

    queries: Any
    keys: Any
    values: Any
    hidden: Any
    outputs: Any
    itself: bool  # whether the queries are those of the tokens that are looked at


def _given(model: Any, x: Any) -> _Given:
    """What a layer, or the function, is called with."""
    layer = _layer(model)
    args, named = ((), dict(x)) if isinstance(x, dict) else (x if isinstance(x, tuple) else (x,), {})
    try:
        bound = signature(attention if layer is None else layer.forward).bind(*args, **named)
    except TypeError as error:
        raise TypeError(f"x is what attention is called with, such as (query, key, value): {error}") from None
    if layer is not None and layer.training and layer.dropout.p:
        raise ValueError("dropout draws other weights at every call: call layer.eval() before it is drawn")
    arguments = bound.arguments
    queries = _sequence("query", arguments["query"])
    keys = queries if arguments.get("key") is None else _sequence("key", arguments["key"])
    values = keys if arguments.get("value") is None else _sequence("value", arguments["value"])
    if layer is not None and values is not keys and not np.array_equal(values, keys):
        raise ValueError("this picture shows one sequence of keys and values: give the layer no other value than key")
    if len(keys) != len(values) or not len(keys):
        raise ValueError(f"a value belongs to each key, at least to one, not {len(values)} to {len(keys)}")
    if layer is None and keys.shape[1] != queries.shape[1]:
        raise ValueError(f"a key has as many numbers as a query, {queries.shape[1]}, not {keys.shape[1]}")
    whole = to_numpy(plain((attention if layer is None else layer)(*bound.args, **bound.kwargs)))
    heads = 1 if layer is None else layer.num_heads
    hidden = np.zeros((heads, len(queries), len(keys)), bool)
    if arguments.get("causal") or (layer is not None and layer.causal):
        hidden |= ~np.tri(len(queries), len(keys), dtype=bool)
    for mask in (*arguments.get("masks", ()), arguments.get("attn_mask"), arguments.get("key_padding_mask")):
        if mask is not None:
            hidden = hidden | _hides(mask)
    itself = layer is not None and arguments.get("key") is None
    return _Given(queries, keys, values, hidden, whole.reshape(len(queries), -1), itself)


def _layer(model: Any) -> MultiHeadAttention | None:
    """The layer; None for the function."""
    return None if model is attention else network_of(model)


def _sequence(name: str, given: Any) -> Any:
    """A single sequence as an array of shape (tokens, numbers)."""
    array = to_numpy(plain(given) if isinstance(given, Node) else given)
    array = array[0] if array.ndim == 3 and len(array) == 1 else array
    if array.ndim != 2:
        raise ValueError(f"draw attention with one sequence, a {name} of shape (tokens, numbers), not {array.shape}")
    return array if array.dtype.kind == "f" else array.astype(float)


def _hides(mask: Any) -> Any:
    """Where a mask hides something; one of numbers that does anything else has no place in the picture."""
    array = to_numpy(plain(mask) if isinstance(mask, Node) else mask)
    if array.dtype.kind != "b":
        if not np.all((array == 0) | (array == -inf)):
            raise ValueError("this picture shows masks that hide, of booleans or of 0 and −∞, and no other numbers")
        array = array == -inf
    return array


class _Run:
    """Runs one head for one query, operation by operation."""

    def __init__(self, model: Any, given: _Given, i: int, head: int | None) -> None:
        self.layer, self.given, self.i = _layer(model), given, i
        heads = 1 if self.layer is None else self.layer.num_heads
        h = checks.count("head", 1 if head is None else head, example="1")
        if h > heads:
            raise ValueError(f"head is one of 1 to {heads}, not {h}")
        self.head, self.heads = h, heads
        self.hidden = given.hidden[h - 1, i]
        self._inputs()
        self._attend()

    def _inputs(self) -> None:
        """q, and k and v of every token."""
        given, i, layer = self.given, self.i, self.layer
        self.matrices: dict[str, tuple[Tensor, Tensor | None]] = {}
        self.uses: dict[str, list[Tensor]] = {}  # the products of each matrix
        self.x: list[Tensor] = []
        self.source: Tensor | None = None
        if layer is None:
            self.q = _leaf(given.queries[i], f"q{i + 1}")
            self.k = [_leaf(k, f"k{j}") for j, k in enumerate(given.keys, start=1)]
            self.v = [_leaf(v, f"v{j}") for j, v in enumerate(given.values, start=1)]
            return
        weights, constants = to_numpy(plain(layer.in_proj_weight)), layer.in_proj_bias
        size = layer.embed_dim // self.heads
        for k, name in enumerate("QKV"):
            rows = slice(k * layer.embed_dim + (self.head - 1) * size, k * layer.embed_dim + self.head * size)
            constant = None if constants is None else _leaf(to_numpy(plain(constants))[rows], f"b_{name}")
            self.matrices[name] = _leaf(weights[rows], name), constant
        dtype = weights.dtype
        self.x = [_leaf(x.astype(dtype), f"x{j}") for j, x in enumerate(given.keys, start=1)]
        self.source = self.x[i] if given.itself else _leaf(given.queries[i].astype(dtype), f"z{i + 1}")
        self.q = self._through("Q", self.source, f"q{i + 1}")
        self.k = [self._through("K", x, f"k{j}") for j, x in enumerate(self.x, start=1)]
        self.v = [self._through("V", x, f"v{j}") for j, x in enumerate(self.x, start=1)]

    def _through(self, name: str, x: Tensor, result: str) -> Any:
        matrix, constant = self.matrices[name]
        z = matmul(matrix, x).named(f"{name} {subscripted(x.name or '')}")
        self.uses.setdefault(name, []).append(z)
        return (z if constant is None else z + constant).named(result)

    def _attend(self) -> None:
        """The scores, their softmax, and the mean of the values that it weights."""
        size = self.q.shape[-1]
        asks, numbers = index(self.i + 1), [index(j + 1) for j in range(len(self.k))]
        products = [matmul(self.q, k).named(f"q{asks} · k{j}") for j, k in zip(numbers, self.k, strict=True)]
        self.s = [(product * size**-0.5).named(f"s{j}") for j, product in zip(numbers, products, strict=True)]
        scores = stack(self.s).named("s")
        if self.hidden.any():
            scores = where(self.hidden, -inf, scores).named("s′")
        self.shares = softmax(scores).named("a")
        self.a = [self.shares[k].named(f"a{j}") for k, j in enumerate(numbers)]
        weighted = zip(numbers, self.a, self.v, strict=True)
        self.products = [(a * v).named(f"a{j} v{j}") for j, a, v in weighted]
        self.output = stack(self.products).named("a v").sum(0).named(f"o{asks}")
        self.joining: Tensor | None = None
        self.result = self.output
        if self.layer is not None:
            self._join()

    def _join(self) -> None:
        """What the layer makes of this head and of the others: those are constants here."""
        layer, size = self.layer, self.q.shape[-1]
        assert layer is not None
        columns = slice((self.head - 1) * size, self.head * size)
        self.joining = _leaf(to_numpy(plain(layer.out_proj.weight))[:, columns], "O")
        mine = matmul(self.joining, self.output).named(f"O o{index(self.i + 1)}")
        self.result = (mine + (self.given.outputs[self.i] - to_numpy(plain(mine)))).named(f"h{self.i + 1}")

    def compared(self, y: Any, loss: Any, hide: Hide) -> Head:
        """The head, where its output, or the whole layer's, is compared with y by a loss, if there is one."""
        outputs, wanted = self.result, None
        if loss is not None:
            y = to_numpy(plain(y) if isinstance(y, Node) else y)
            y = y[0] if y.ndim == 3 and len(y) == 1 else y
            whole = y.ndim == 2
            mine = self.result[None, :]
            outputs = loss(self._among_others(mine), y) if whole else loss(mine, y[None])
            wanted = amount((y[self.i] if whole else y).astype(float))
        return self._read(outputs, wanted, loss, hide)

    def _among_others(self, mine: Any) -> Any:
        """The outputs for all queries, of which the others' are constants."""
        others = self.given.outputs
        return concatenate([part for part in (others[: self.i], mine, others[self.i + 1 :]) if len(part)])

    def _read(self, outputs: Any, wanted: Amount | None, loss: Any, hide: Hide) -> Head:
        """The numbers of all that was computed."""
        graph = Graph(outputs)
        position = graph.position
        leaves = [*self.x, self.source] if self.layer is not None else [self.q, *self.k, *self.v]
        tokens = tuple(
            Token(
                number=j + 1,
                hidden=bool(self.hidden[j]),
                key=position[k],
                value=position[v],
                score=position[self.s[j]],
                weight=position[self.a[j]],
                product=position[self.products[j]],
                x=position[self.x[j]] if self.x else None,
            )
            for j, (k, v) in enumerate(zip(self.k, self.v, strict=True))
        )
        picture = hiding(read((outputs,), [node for node in leaves if node is not None], known=True), hide)
        return Head(
            picture=replace(picture, places=() if self.layer is None else places_of(self.layer)),
            number=None if self.layer is None else self.head,
            among=self.heads,
            asks=self.i + 1,
            itself=self.given.itself,
            query=position[self.q],
            source=None if self.source is None else position[self.source],
            tokens=tokens,
            matrices=self._read_matrices(graph, loss is not None),
            size=self.q.shape[-1],
            shares=position[self.shares],
            output=position[self.output],
            joined=None if self.joining is None else position[self.joining],
            constant=self.layer is not None and self.layer.out_proj.bias is not None,
            result=position[self.result],
            cost=None if loss is None else position[outputs],
            wanted=wanted,
            loss=getattr(loss, "name", ""),
        )

    def _read_matrices(self, graph: Graph, differentiable: bool) -> dict[str, Matrix]:
        """The matrices, each with what comes back to it from where it is multiplied."""
        network = InverseNetwork(graph)
        flows = network.run() if differentiable else {}
        wires = {(wire.target, wire.source): wire for wire in network.wires}
        position, found = graph.position, {}
        for name, (matrix, constant) in self.matrices.items():
            ends = [(position[matrix], position[product]) for product in self.uses[name]]
            sent = [network.carry(wires[pair], flows[graph.nodes[pair[1]]]) if flows else None for pair in ends]
            box = None if constant is None else position[constant]
            found[name] = Matrix(position[matrix], box, tuple(amounts(sent)))
        return found


def _leaf(numbers: Any, name: str) -> Tensor:
    return Tensor(np.array(numbers), requires_grad=True, name=name)

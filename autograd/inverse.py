"""InverseNetwork: the dual of a Graph. Feeding 1 at the cost and letting it flow gives all gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.anomaly import send_back_watched
from inversa.autograd.graph import Graph
from inversa.autograd.languages import language, texts
from inversa.autograd.lazy import LazyModule, has_numpy, np
from inversa.autograd.mode import LOSS, MODE, mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops import held
from inversa.autograd.ops.namespace import MixedArraysError, alike, type_name
from inversa.autograd.ops.operation import TRACED, TRACED_ARRAYS
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import getitem, is_basic
from inversa.autograd.printing import as_factor, encodable
from inversa.autograd.receiving import receiving
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    import random
else:
    random = LazyModule("random")


class Wire(NamedTuple):
    """A forward edge reversed: the dual of ``source`` sends to the dual of ``target``, through a gain.

    ``slot`` is the input's number at the forward operation. ``formula`` says the gain in the names of the graph;
    ``gain`` is its number where there is one (between single numbers), else None: the pullback is then a linear map.
    """

    source: int
    target: int
    slot: int
    formula: str
    gain: float | None


class Element(NamedTuple):
    """The dual of one forward node: at the same position, with the rules that make it what it is.

    ``rules`` are in the order in which a flow meets them: an element whose forward node branches first sums what
    comes back (⑧), then applies the derivative of its own operation. Nothing flows to a constant, it has no rules.
    """

    position: int
    node: Node
    name: str
    rules: tuple[Rule, ...]
    incoming: tuple[Wire, ...]
    outgoing: tuple[Wire, ...]


class LawError(AssertionError):
    """A law of inverse networks does not hold: some declared pullback is wrong."""


class InverseNetwork:
    """The inverse network of everything that ``outputs`` were computed from.

    It has an element for every node of the forward graph, at the same position, and every edge of it reversed.

    Parameters
    ----------
    *outputs : Node, or one Graph
        What is differentiated, usually one cost.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> w, x, b = Value(0.5, name="w"), Value(2.0, name="x"), Value(1.0, name="b")
    >>> J = ((w * x).named("u") + b).named("J")
    >>> network = J.inverse()
    >>> flows = network.run()
    >>> flows[w], flows[x], flows[b]
    (2.0, 0.5, 1.0)
    >>> print(network)
    ①④ J  unit input 1, branching point: to u × 1, to b × 1
    ⑦ b  constant output
    ⑥ u  double weighted output: to w × x = 2.0, to x × w = 0.5
    ⑥ x  double weighted output
    ⑥ w  double weighted output

    Notes
    -----
    Where the console lacks these signs, as in a pipe on Windows, others stand for them: (1)(4) J. The same goes for
    graphs, nodes, listings and summaries; with ``PYTHONIOENCODING=utf-8`` in the environment all is printed.

    References
    ----------
    E. A. Wan and F. Beaufays, "Diagrammatic derivation of gradient algorithms for neural networks", Neural
    Computation 8(1), 1996.
    """

    def __init__(self, *outputs: Node | Graph) -> None:
        given = outputs[0] if outputs else None
        self.graph = given if isinstance(given, Graph) else Graph(*outputs)  # type: ignore[arg-type]

    # Running it.

    def run(self, seed: Any = None, record: bool = False) -> dict[Node, Any]:
        """Feed ``seed`` (1 for a single number) at the outputs; return the flow that reaches every node.

        Parameters
        ----------
        seed : float, array, Node, or a sequence of them for several outputs
            What is fed in; required for an output that is not a single number.
        record : bool
            Record the inverse network's own computation: the flows are nodes, to be drawn or differentiated again.

        Returns
        -------
        dict
            From node to float, array, or (recorded) node; nodes that no flow reaches are missing.
        """
        computed, leaves = self.sweep(seed, record)
        return {node: flow for node, flow in computed if flow is not None} | leaves

    def sweep(self, seed: Any = None, record: bool = False) -> tuple[Iterable[tuple[Node, Any]], dict[Node, Any]]:
        """Let the flow go from element to element, the last one first; `run` and `backward` are made of it.

        A flow leaves the table when it is passed on: the table stays so small that the processor has it at hand.

        Parameters
        ----------
        seed, record
            As in `run`.

        Returns
        -------
        iterable, dict
            Pairs of a computed node and what arrived at it, None where nothing did; what arrived at the leaves.

        Examples
        --------
        >>> from inversa.autograd import Value
        >>> x, y = Value(3.0), Value(4.0)
        >>> computed, leaves = (x * y).inverse().sweep()
        >>> [flow for _, flow in computed], leaves[x], leaves[y]
        ([1.0], 4.0, 3.0)
        """
        flows = self._seeded(seed, record)
        sums: set[Node] = set()  # of which nothing else holds the array in the table
        watched = MODE.get().anomaly
        computed = self.graph.computed[::-1]
        arrived = []
        with mode(recording=record, module=None):
            for node in computed:
                flow = flows.pop(node, None)
                arrived.append(flow)
                if flow is None:
                    continue
                if watched:
                    send_back_watched(node, flow, flows, record)
                elif node.op is getitem and not record:
                    _send_back_part(node, flow, flows, sums)
                else:
                    node._propagate(flow, flows, record)
        return zip(computed, arrived, strict=True), flows

    def _seeded(self, seed: Any, record: bool) -> dict[Node, Any]:
        outputs = self.graph.outputs
        seeds: Sequence[Any] = [seed] if len(outputs) == 1 else seed if seed is not None else [None] * len(outputs)
        if len(seeds) != len(outputs):
            raise ValueError(f"{len(outputs)} outputs need as many seeds, not {len(seeds)}")
        flows: dict[Node, Any] = {}
        for output, g in zip(outputs, seeds, strict=True):
            if not output.requires_grad:
                raise ValueError(
                    f"nothing that {output.name or 'this node'} was computed from requires a gradient "
                    "(or it was computed under no_grad())"
                )
            g = as_flow(output, g)
            g = as_node(g, output) if record else output._match(plain(g))
            flows[output] = flows[output] + g if output in flows else g
        return flows

    def backward(self, seed: Any = None) -> None:
        """Run, and store the flows: added to the leaves' ``grad``, written to the ``grad`` of interior nodes."""
        computed, leaves = self.sweep(seed, record=False)
        with receiving():
            for node, flow in computed:
                node.grad = flow
            for leaf, flow in leaves.items():
                leaf._accumulate(flow)

    # Looking at it.

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """The duals of all nodes, in the forward graph's order."""
        graph = self.graph
        incoming: list[list[Wire]] = [[] for _ in graph.nodes]
        outgoing: list[list[Wire]] = [[] for _ in graph.nodes]
        for wire in self.wires:
            outgoing[wire.source].append(wire)
            incoming[wire.target].append(wire)
        return tuple(
            Element(i, node, graph.names[i], self.rules(i), tuple(incoming[i]), tuple(outgoing[i]))
            for i, node in enumerate(graph.nodes)
        )

    def rules(self, i: int) -> tuple[Rule, ...]:
        """The rules that the dual of node ``i`` follows; none for a constant, nor where wires are only re-ordered.

        The last step of a loss (of `inversa.nn.losses`, or in a module called "loss") is the loss derivative ②.
        """
        node, uses = self.graph.nodes[i], self.graph.outgoing[i]
        if not node.requires_grad:
            return ()
        is_output = any(node is output for output in self.graph.outputs)
        rules: tuple[Rule, ...] = (Rule.COST,) if is_output else ()
        if len(uses) > 1:
            rules += (Rule.BRANCHING,)
        if is_output and node.op is not None and node.module == LOSS:
            return (*rules, Rule.LOSS)
        if node.op is not None:
            return rules if node.op.wiring(node.params or {}) else (*rules, node.op.rule)
        if len(uses) == 1:
            user = self.graph.nodes[uses[0].target]
            assert user.op is not None
            if not user.op.wiring(user.params or {}):
                rules += (Rule.CONSTANT_INPUT if user.op.rule is Rule.SUM else user.op.rule,)
        return rules

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """Every forward edge that carries a gradient, reversed, with its gain: the local derivative."""
        graph = self.graph
        wires = []
        for source, target, slot in graph.edges:
            node = graph.nodes[target]
            if not graph.nodes[source].requires_grad:
                continue
            wires.append(Wire(target, source, slot, self._formula(target, slot), self._gain(node, slot)))
        return tuple(wires)

    def _formula(self, target: int, slot: int, lang: str = "en") -> str:
        op = self.graph.nodes[target].op
        assert op is not None
        return self.graph.written(target, texts(lang).worded(op.derivatives[slot] if op.derivatives else "1"))

    @staticmethod
    def _gain(node: Node, slot: int) -> float | None:
        op, inputs = node.op, node.inputs
        assert op is not None
        if not all(isinstance(x, Value) for x in (node, *inputs)):
            return None
        given = 1.0, node._data, *(x._data for x in inputs)
        params = node.params or {}
        return float(op.vjps[0](*given)[slot] if op.variadic else op.vjps[slot](*given, **params))

    def carry(self, wire: Wire, flow: Any) -> Any:
        """What a wire brings to its target when ``flow`` enters it: the gain times it, for arrays the pullback of it.

        Examples
        --------
        >>> from inversa.autograd import Tensor
        >>> W = Tensor([[1.0, 2.0]], requires_grad=True)
        >>> network = (W @ [3.0, 4.0]).inverse()
        >>> network.carry(network.wires[0], [10.0]).tolist()
        [[30.0, 40.0]]
        """
        node = self.graph.nodes[wire.source]
        return node._input_gradients(as_flow(node, flow), record=False)[wire.slot]

    def path_gains(self, leaf: Node) -> float:
        """The sum over all paths from the cost to ``leaf`` of the product of the gains along them.

        It equals the flow that arrives there; found here from the wires alone. Only for networks of Values.

        Raises
        ------
        ValueError
            For a node that is not in the network, and when some gain is not a number.
        """
        if leaf not in self.graph.position:
            raise ValueError(f"{leaf!r} is not in this network")
        return self._path_gains[self.graph.position[leaf]]

    @cached_property
    def _path_gains(self) -> list[float]:
        total = [0.0] * len(self.graph)
        for output in self.graph.outputs:
            total[self.graph.position[output]] += 1.0
        for element in reversed(self.elements):
            for wire in element.outgoing:
                if wire.gain is None:
                    raise ValueError("path gains are numbers: they exist for networks of Values only")
                total[wire.target] += wire.gain * total[element.position]
        return total

    def check(self, seed: int = 0, tolerance: float | None = None) -> dict[str, float]:
        """Check the laws of inverse networks on this one; return how far each is from holding.

        ``reversal``: the wires are the forward edges reversed. ``paths``: for Values, the sum over paths equals the
        flow. ``adjoint``: ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for random u and v, J u computed by inverting the inverse network.

        Parameters
        ----------
        seed : int
            Of the random u and v.
        tolerance : float, optional
            Relative to the size of the terms that are compared; 4e-10 for float64 and 7e-5 for float32, ε^0.6.

        Raises
        ------
        LawError
            When one of the distances is larger.
        """
        nodes = self.graph.nodes
        reversed_wires = sorted((w.target, w.source, w.slot) for w in self.wires)
        carrying = sorted(tuple(edge) for edge in self.graph.edges if nodes[edge.source].requires_grad)
        distances = {"reversal": float(reversed_wires != carrying)}
        leaves = [x for x in nodes if x.op is None and x.requires_grad]
        generator = np.random.default_rng(seed) if has_numpy() else random.Random(seed)
        v = [_noise(generator, y) for y in self.graph.outputs]
        u = [_noise(generator, x) for x in leaves]
        flows = self.run(v[0] if len(v) == 1 else v)
        forward = self.push(dict(zip(leaves, u, strict=True)))
        left = [_products(a, plain(forward[y])) for a, y in zip(v, self.graph.outputs, strict=True)]
        right = [_products(flows[x], a) for x, a in zip(leaves, u, strict=True) if x in flows]
        distances["adjoint"] = _distance(_joined(left), _joined(right))
        if len(v) == 1 and all(wire.gain is not None for wire in self.wires):
            unit = self.run()
            apart = [abs(self.path_gains(x) - unit.get(x, 0.0)) / max(1.0, abs(unit.get(x, 0.0))) for x in leaves]
            distances["paths"] = max(apart, default=0.0)
        coarsest = max(
            float(np.finfo(type_name(node.dtype)).eps) if isinstance(node, Tensor) else 2.3e-16 for node in leaves
        )
        for law, distance in distances.items():
            if not distance <= (coarsest**0.6 if tolerance is None else tolerance):
                raise LawError(f"the law of {law} is off by {distance:.3g} in {self!r}")
        return distances

    def push(self, tangents: dict[Node, Any], record: bool = False) -> dict[Node, Any]:
        """J u: what the outputs do when the nodes in ``tangents`` move along them, by inverting the inverse network.

        The inverse network is linear in what is fed in, and the inverse of a linear inverse network is the network
        itself, linearised. So the gradients are recorded as functions of the seed, and that graph is run backwards.

        Parameters
        ----------
        tangents : dict
            From nodes of the network to numbers or arrays of their shapes.
        record : bool
            Record the computation, as in `run`.

        Returns
        -------
        dict
            From every output to its change.

        Examples
        --------
        >>> from inversa.autograd import Value
        >>> x, y = Value(3.0), Value(4.0)
        >>> product = x * y
        >>> product.inverse().push({x: 1.0, y: 10.0})[product]
        34.0
        """
        return self.pushforward(list(tangents))(list(tangents.values()), record)

    def pushforward(self, inputs: Sequence[Node]) -> Callable[[Sequence[Any], bool], dict[Node, Any]]:
        """`push` for the same nodes and many tangents: what does not depend on these is computed once.

        Examples
        --------
        >>> from inversa.autograd import Value
        >>> x, y = Value(3.0), Value(4.0)
        >>> product = x * y
        >>> push = product.inverse().pushforward([x, y])
        >>> push([1.0, 0.0], False)[product], push([0.0, 1.0], False)[product]
        (4.0, 3.0)
        """
        for x in inputs:
            if x not in self.graph.position:
                raise ValueError(f"{x!r} is not in this network")
        seeds = [_zeros(y) for y in self.graph.outputs]
        flows = self.run(seeds[0] if len(seeds) == 1 else seeds, record=True)
        reached = [i for i, x in enumerate(inputs) if x in flows and as_node(flows[x]).requires_grad]
        twice = InverseNetwork(*(flows[inputs[i]] for i in reached)) if reached else None

        def push(tangents: Sequence[Any], record: bool) -> dict[Node, Any]:
            fed = [tangents[i] for i in reached]
            moved = twice.run(fed[0] if len(fed) == 1 else fed, record) if twice else {}
            return {y: moved.get(seed, zeros_like(y)) for y, seed in zip(self.graph.outputs, seeds, strict=True)}

        return push

    def __str__(self) -> str:
        """One line an element, in the order in which the flow meets them, in the language that is chosen."""
        lang = language()
        towards = texts(lang).worded("to")
        lines = []
        for element in reversed(self.elements):
            if not element.node.requires_grad:
                continue  # nothing flows to a constant
            op = element.node.op
            names = [rule.names(lang).inverse for rule in element.rules]
            route = None if op is None else op.wiring(element.node.params or {})
            names += [texts(lang).routes[route]] if route else []
            sent = ", ".join(
                f"{towards} {self.graph.names[w.target]} {self._gain_text(w, lang)}" for w in element.outgoing
            )
            marks = "".join(rule.mark for rule in element.rules)
            lines.append(f"{marks} {element.name}  {', '.join(names)}{': ' + sent if sent else ''}".strip())
        return encodable("\n".join(lines))

    def _gain_text(self, wire: Wire, lang: str) -> str:
        number = "" if wire.gain is None or wire.formula in ("1", "−1") else f" = {wire.gain:.4}"
        op = self.graph.nodes[wire.source].op
        whole = op is not None and op.derivatives and "δ" in op.derivatives[wire.slot]
        formula = self._formula(wire.source, wire.slot, lang)
        return f"{f'δ → {formula}' if whole else f'× {as_factor(formula)}'}{number}"

    def __repr__(self) -> str:
        return f"<InverseNetwork of {len(self.graph)} elements>"


Node.dual = InverseNetwork


def as_flow(output: Node, g: Any) -> Any:
    """What is fed in at a node, checked: 1 for a single number unless something else is given."""
    shape = output.shape
    if g is None:
        if shape != () and output.size != 1:  # type: ignore[attr-defined]
            raise ValueError(
                f"backward() from {output.name or 'a tensor'} of shape {shape} needs the gradient to feed in, of "
                "the same shape; or reduce it to one number first, with .sum() or .mean()"
            )
        return 1.0 if output.is_single else held.ones(output._array, shape)  # type: ignore[attr-defined]
    if output.is_single and isinstance(g, (int, float)):
        return float(g)
    if not isinstance(g, Node):
        try:
            g = np.array(g, dtype=np.float64) if output.is_single else held.fitted(output._array, g)  # type: ignore[attr-defined]
        except MixedArraysError:
            raise
        except (TypeError, ValueError):
            raise checks.wrong("the gradient fed in", f"a number or an array of the shape {shape}", g) from None
    if g.shape != shape:
        raise ValueError(
            f"the gradient fed in has shape {g.shape}, but {output.name or 'the output'} has shape {shape}"
        )
    return g


def as_node(x: Any, near: Node | None = None) -> Node:
    """A flow as a node: itself, or a constant; one of a trace where ``near``, which it belongs to, is traced."""
    if isinstance(x, Node):
        return x
    if near is not None and near.level in (TRACED, TRACED_ARRAYS):
        return near.recorder.symbol(x)  # type: ignore[attr-defined, no-any-return]
    return Value(x, requires_grad=False) if isinstance(x, float) else Tensor(x)


def zeros_like(x: Node) -> Any:
    """What flows to a node that nothing depends on."""
    return 0.0 if x.is_single else held.zeros(x._array, x.shape)  # type: ignore[attr-defined]


def _zeros(x: Node) -> Node:
    """A seed to differentiate by: what is linear in it has the same derivative everywhere."""
    batch = MODE.get().batch
    if batch is not None:
        return batch.variable(zeros_like(x))  # type: ignore[no-any-return]
    if x.level in (TRACED, TRACED_ARRAYS):
        return as_node(zeros_like(x), x).as_variable()  # type: ignore[attr-defined, no-any-return]
    return Value(0.0) if x.is_single else Tensor(zeros_like(x), requires_grad=True)


def _noise(generator: np.random.Generator | random.Random, x: Node) -> Any:
    if isinstance(generator, random.Random):
        return generator.gauss()
    noise = generator.standard_normal(x.shape)
    return float(noise) if isinstance(x, Value) else alike(x._data, noise)


def _products(a: Any, b: Any) -> Any:
    """The products of the entries of two arrays, in a row."""
    if isinstance(a, float) and isinstance(b, float):
        return [a * b]
    return np.ravel(held.to_numpy(a) * held.to_numpy(b))


def _joined(rows: list[Any]) -> Any:
    """All rows in one."""
    if all(isinstance(row, list) for row in rows):
        return [x for row in rows for x in row]
    return np.concatenate(rows)


def _distance(left: Any, right: Any) -> float:
    """How far apart two sums are, relative to the size of their terms."""
    size = max(1.0, *(math.fsum(map(abs, x)) if isinstance(x, list) else float(np.abs(x).sum()) for x in (left, right)))
    first, second = (math.fsum(x) if isinstance(x, list) else float(x.sum()) for x in (left, right))
    return abs(first - second) / size


def _send_back_part(node: Node, flow: Any, flows: dict[Node, Any], sums: set[Node]) -> None:
    """Be the inverse of ``x[index]``: from the second part of x on, add the flow in its place.

    To add zeros around every part, each time anew, is work that grows with the square of the number of parts.
    """
    (x,), index = node.inputs, (node.params or {})["index"]
    if x in sums and is_basic(index) and getattr(flow, "dtype", None) == flows[x].dtype:
        flows[x][index] += flow
        return
    node._propagate(flow, flows, False)
    if type(flows.get(x)) is np.ndarray:  # made just now: zeros around the part, or a sum
        sums.add(x)

"""From the engine to plain records: the one place where pictures look at nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf, prod
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node
from inversa.autograd.graph import is_literal
from inversa.autograd.mode import LOSS, Call
from inversa.autograd.node import plain
from inversa.autograd.ops.held import all_to_numpy, places
from inversa.autograd.ops.namespace import as_floats, is_foreign, namespace, type_name
from inversa.autograd.printing import printable
from inversa.nn import Parameter
from inversa.viz.lettering.numbers import short, subscripted
from inversa.viz.picture import staleness
from inversa.viz.picture.records import Amount, Array, Arrow, Box, Group, Picture, Role, Terms, bracketed, norm

FEW = 3  # entries of an array that are shown
LONG = 60  # letters: a longer formula of a loss is not written
MOST_BESIDE = 3  # leaves next to an operation; where there are more, all stand before it
MAX_FORMULAS = 5000  # beyond, no picture shows single nodes or their formulas


class _PrintedGraph(Graph):
    """The graph as pictures write it: w₁₂ for ``w1_2``, unless another name would look the same."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        written = tuple(
            short(node.item()) if is_literal(node) else printable(name)
            for node, name in zip(self.nodes, super().names, strict=True)
        )
        low = [subscripted(name) for name in written]
        meanings = Counter(printed for printed, _ in set(zip(low, written, strict=True)))
        return tuple(a if meanings[a] == 1 else b for a, b in zip(low, written, strict=True))

    @cached_property
    def literals(self) -> set[int]:
        """The nameless constants that are written into expressions and have no box."""
        return {i for i, node in enumerate(self.nodes) if is_literal(node) and not any(node is y for y in self.outputs)}

    def written(self, i: int, template: str, names: Sequence[str] | None = None) -> str:
        return super().written(i, template, names) if len(self) <= MAX_FORMULAS else ""

    def terms(self, i: int, template: str) -> Terms:
        """A declaration's text about node ``i``, cut at its operands."""
        pieces = re.split("\ue000(.*?)\ue001", self.written(i, template, self._marks))
        return tuple(int(p) if k % 2 else printable(p) for k, p in enumerate(pieces) if p)

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        """The nodes' numbers, in place of their names, between two signs that no name has."""
        return tuple(name if i in self.literals else f"\ue000{i}\ue001" for i, name in enumerate(self.names))


def read(
    outputs: tuple[Node, ...],
    data: Iterable[Node | str] = (),
    depth: int | None = None,
    parameters: Iterable[Node] = (),
    known: bool = False,
    shown: tuple[Node, ...] = (),
) -> Picture:
    """Take a snapshot of the graph, of its values and gradients, and of its inverse network.

    ``data`` are the leaves to be called data; ``depth`` is how many parts of a module's path tell modules apart;
    ``parameters`` are those of a model, also where they are frozen; ``known`` is whether gradients that nothing has
    stored are those that the inverse network brings, because it stands beside it; ``shown`` are nodes that
    are there, too, though no gradient of the outputs reaches them. Nothing is changed: the flows of the inverse network
    are computed without being stored in ``grad``.
    """
    graph = _PrintedGraph(*shown, *outputs)
    marked = _leaves(graph, data)
    trained = {id(node) for node in parameters}
    network = InverseNetwork(graph)
    flows, obstacle = _flows(network, outputs)
    arrows = _arrows(network)
    loss = _loss(graph, outputs)
    roles = [
        _role(node, i in marked, i in loss, isinstance(node, Parameter) or id(node) in trained)
        for i, node in enumerate(graph.nodes)
    ]
    beside = _beside(graph, roles, arrows)
    modules = _modules(graph, roles, beside, depth)
    passed = any(node.grad is not None for node in outputs)  # backward() has run through this graph, and not another
    kept = [node for i, node in enumerate(graph.nodes) if i not in graph.literals]
    found = iter(amounts([x for n in kept for x in (plain(n), flows.get(n), n.grad if passed else None)]))
    boxes = []
    for i, node in enumerate(graph.nodes):
        if i in graph.literals:
            continue
        op = node.op
        value, flow, stored = next(found), next(found), next(found)
        module, calls = modules[i]
        boxes.append(
            Box(
                number=i,
                name=graph.names[i],
                role=roles[i],
                symbol=printable(_symbol(graph, i)),
                expression=printable(graph.written(i, op.notation)) if op is not None else "",
                value=value,
                gradient=flow if known and stored is None else stored,
                flow=flow,
                rules=network.rules(i),
                module=module,
                differentiable=node.requires_grad,
                branches=len(graph.outgoing[i]) > 1,
                is_output=any(node is output for output in outputs),
                operation="" if op is None else op.name,
                calls=calls,
                wiring="" if op is None else op.wiring(node.params or {}),
                beside=beside.get(i),
                terms=graph.terms(i, op.notation) if op is not None else (),
            )
        )
    output = ", ".join(graph.names[graph.position[node]] for node in outputs)
    groups = _groups(graph, boxes, loss)
    leaves = {b.number: str(b.role) for b in boxes if not b.operation}
    stale = staleness.stale(graph)
    accumulated = not stale and staleness.accumulated(graph, flows)
    return Picture(
        tuple(boxes), arrows, groups, output, len(boxes), obstacle, stale, accumulated, leaves, len(outputs) > 1,
        places=places(plain(node) for node in graph.nodes),
    )  # fmt: skip


def _leaves(graph: Graph, data: Iterable[Node | str]) -> set[int]:
    """The positions of the leaves that the user calls data, given as nodes or by name."""
    positions = set()
    leaves = {i: node for i, node in enumerate(graph.nodes) if node.op is None}
    names = {i: node.name for i, node in leaves.items() if node.name and node.name.strip()}  # a blank one is none
    for wanted in data:
        hits = {
            i for i, node in leaves.items() if node is wanted or (isinstance(wanted, str) and names.get(i) == wanted)
        }
        if not hits:
            known = ", ".join(map(repr, names.values())) or "none has a name"
            raise ValueError(f"data={wanted!r} is no leaf of this graph; its leaves: {known}")
        positions |= hits
    return positions


def _flows(network: InverseNetwork, outputs: tuple[Node, ...]) -> tuple[dict[Node, Any], str]:
    if len(outputs) > 1:
        names = [network.graph.names[network.graph.position[node]] for node in outputs]
        listed = ", ".join(map(printable, names[:4])) + (", …" if len(names) > 4 else "")
        return {}, (
            f"there are {len(outputs)} outputs, {listed}, and a gradient is of one number: draw what is made of them, "
            f"J = loss(outputs, target) or their sum, or one of them"
        )
    try:
        shown = len(network.graph.outputs) - 1  # which are fed with 0
        return network.run([0.0] * shown + [1.0] if shown else None), ""
    except (ValueError, RuntimeError) as error:  # nothing to differentiate, no single number, changed in place
        return {}, str(error)


def _arrows(network: InverseNetwork) -> tuple[Arrow, ...]:
    """All edges, each with its wire of the inverse network if a gradient flows along it."""
    graph = network.graph
    assert isinstance(graph, _PrintedGraph)
    wires = {(w.target, w.source, w.slot): w for w in network.wires} if len(graph) <= MAX_FORMULAS else {}
    arrows = []
    for i, edge in enumerate(graph.edges):
        if edge.source not in graph.literals:
            wire = wires.get(edge)
            carries = graph.nodes[edge.source].requires_grad
            if wire is None:
                arrows.append(Arrow(i, *edge, "", None, carries))
                continue
            op = graph.nodes[edge.target].op
            terms = graph.terms(edge.target, op.derivatives[edge.slot] if op and op.derivatives else "1")
            arrows.append(Arrow(i, *edge, wire.formula, wire.gain, carries, terms=terms))
    return tuple(arrows)


def _symbol(graph: Graph, i: int) -> str:
    op = graph.nodes[i].op
    if op is None or op.name != "power":
        return "" if op is None else op.symbol
    square = graph.written(i, "{a} ^ {b}")[-1:]
    return f"x{square}" if square in ("²", "³") else "xʸ"


def amounts(data: Sequence[Any]) -> list[Amount | None]:
    """What pictures say about numbers and arrays; None stays None.

    Of arrays of other libraries no more than that is transferred: norms are computed where the arrays lie.
    """
    shown = iter(all_to_numpy([_shown(x) for x in data if not (x is None or isinstance(x, float))]))
    return [x if x is None or isinstance(x, float) else _amount(x, next(shown)) for x in data]


def amount(data: Any) -> Amount:
    """What pictures say about a number or an array."""
    (found,) = amounts([data])
    assert found is not None
    return found


def _is_few(data: Any) -> bool:
    return len(data.shape) < 2 and prod(data.shape) <= FEW


def _shown(data: Any) -> Any:
    """What of an array has to be known here: few entries; or of another library's the largest, and the norm by it."""
    if not is_foreign(data) or _is_few(data) or 0 in data.shape:
        return data
    xp = namespace(data)
    sizes = xp.abs(as_floats(data))
    largest = xp.max(sizes)
    scaled = sizes / xp.where(largest > 0, largest, xp.ones_like(largest))
    return xp.stack([largest, xp.sqrt(xp.sum(scaled * scaled))])


def _amount(data: Any, shown: Any) -> Amount:
    """The record of an array, from what is shown of it."""
    if tuple(data.shape) == ():
        return float(shown)
    shape, name = tuple(map(int, data.shape)), type_name(data.dtype)
    if tuple(shown.shape) != shape:
        largest, relative = map(float, shown)
        return Array(shape, name, largest * relative if 0 < largest < inf else largest)
    numbers = shown.astype(float)
    return Array(shape, name, norm(numbers), tuple(map(float, numbers.tolist())) if _is_few(data) else None)


def _role(node: Node, is_data: bool, in_loss: bool, is_parameter: bool) -> Role:
    if node.op is not None:
        return "loss" if in_loss else "forward"
    return "data" if is_data or not (node.requires_grad or is_parameter) else "parameter"


def _loss(graph: Graph, outputs: tuple[Node, ...]) -> set[int]:
    """The operations of the loss: those that compare with targets, all that is made of them, and penalties.

    A comparison was computed by `inversa.nn.losses`, or in a module called "loss"; or it is by its form one: what was
    computed, minus a leaf, squared or without its sign; or a leaf times a logarithm, as in y · ln h. What the
    comparisons look at is the network, and so is what runs in modules; the rest is the loss.
    """
    nodes = graph.nodes
    if len(outputs) != 1 or prod(nodes[-1].shape) != 1:
        return set()
    computed = [node.op is not None for node in nodes]
    start = {i for i, node in enumerate(nodes) if computed[i] and node.module == LOSS}
    start = start or {i for i, node in enumerate(nodes) if node.module is None and _compares(graph, i)}
    inside = [computed[i] and node.module not in (None, LOSS) for i, node in enumerate(nodes)]
    for edge in reversed(graph.edges):  # by target: what is looked at comes last
        looked_at = edge.target in start and edge.source not in start
        inside[edge.source] |= computed[edge.source] and (inside[edge.target] or looked_at)
    return {i for i in range(len(nodes)) if computed[i] and not inside[i]} if start - set(_true(inside)) else set()


def _compares(graph: Graph, i: int) -> bool:
    """Whether an operation is by its form the comparison of something with a target, a leaf."""
    node = graph.nodes[i]
    if node.op is None or len(node.inputs) != 2 or sum(x.op is None for x in node.inputs) != 1:
        return False
    if node.op.name == "multiply":
        return any(x.op is not None and x.op.name.startswith("log") for x in node.inputs)
    users = [graph.nodes[edge.target] for edge in graph.outgoing[i]]
    return node.op.name == "subtract" and bool(users) and all(_without_sign(user) for user in users)


def _without_sign(node: Node) -> bool:
    """Whether an operation is even: |d|, d², d · d."""
    assert node.op is not None
    first, last = node.inputs[0], node.inputs[-1]
    squared = node.op.name == "power" and is_literal(last) and plain(last) % 2 == 0
    return node.op.name == "abs" or squared or (node.op.name == "multiply" and first is last)


def _true(flags: list[bool]) -> list[int]:
    return [i for i, flag in enumerate(flags) if flag]


def _beside(graph: Graph, roles: list[Role], arrows: tuple[Arrow, ...]) -> dict[int, int]:
    """Which leaf is drawn next to which operation, so that the path of the signal stays a straight spine.

    It is a leaf used only once, by an operation that another input brings the signal to. The signal is what was
    computed from data; where no data is, what was computed from anything or is used several times.
    """
    inputs: dict[int, list[int]] = {}
    for arrow in arrows:
        inputs.setdefault(arrow.target, []).append(arrow.source)
    fed = [role == "data" and graph.nodes[i].op is None for i, role in enumerate(roles)]
    beside = {}
    for target, sources in inputs.items():  # in topological order
        fed[target] = any(fed[i] for i in sources)
        leaves = [i for i in sources if graph.nodes[i].op is None and len(graph.outgoing[i]) == 1]
        if fed[target]:
            signal = [i for i in sources if fed[i] and i not in leaves] or [i for i in leaves if fed[i]]
        else:
            signal = [i for i in sources if i not in leaves]
        if signal and len(leaves) <= MOST_BESIDE:
            beside.update({i: target for i in leaves if i not in signal})
    return beside


Place = tuple[str | None, tuple[int, ...]]  # a module, and for every part of its path which call it is


def _modules(graph: Graph, roles: list[Role], beside: dict[int, int], depth: int | None) -> list[Place]:
    """The module of every node: a parameter belongs to the module that uses it, if only one does."""
    calls = _calls(graph)
    places: list[Place] = [(None, ())] * len(graph)
    for i, node in enumerate(graph.nodes):
        if node.module and node.op is not None:
            parts = node.module.split(".")[:depth]
            places[i] = printable(".".join(parts)), calls[id(node.module)][:depth]
    for i, role in enumerate(roles):
        if graph.nodes[i].op is None and (role == "parameter" or i in beside):
            users = {places[edge.target] for edge in graph.outgoing[i]}
            places[i] = users.pop() if len(users) == 1 else (None, ())
    return places


def _calls(graph: Graph) -> dict[int, tuple[int, ...]]:
    """For every call of a module (by its id), and every part of its path, which call of the module it is.

    A part within a module's title, as "layers" in "layers.0", is of the same call.
    """
    chains: dict[int, list[str]] = {}  # of calls one in another, the outermost first
    for node in graph.nodes:
        if node.module and id(node.module) not in chains:
            chain: list[str] = []
            call: str | None = node.module
            while call:
                chain.insert(0, call)
                call = call.outer if isinstance(call, Call) else None
            chains[id(node.module)] = chain
    known: dict[str, dict[int, int]] = {}
    for chain in chains.values():
        for call in chain:
            numbers = known.setdefault(str(call), {})
            numbers.setdefault(id(call) if isinstance(call, Call) else 0, len(numbers) + 1)

    def numbers_of(chain: list[str]) -> Iterator[int]:
        for before, call in pairwise(["", *chain]):
            numbers = known[str(call)]
            number = numbers[id(call) if isinstance(call, Call) else 0] if len(numbers) > 1 else 0
            parts = call.count(".") - before.count(".") + (not before)
            yield from [number] * max(1, parts)

    return {key: tuple(numbers_of(chain)) for key, chain in chains.items()}


def _groups(graph: _PrintedGraph, boxes: list[Box], loss: set[int]) -> tuple[Group, ...]:
    members: dict[str, list[Box]] = {}
    for box in boxes:
        if box.call is not None and box.number not in loss and box.beside not in loss:
            members.setdefault(box.call, []).append(box)
    groups = [
        Group(path, tuple(b.number for b in grouped), arrays=any(isinstance(b.value, Array) for b in grouped))
        for path, grouped in members.items()
    ]
    if loss:
        around = tuple(b.number for b in boxes if b.number in loss or b.beside in loss)
        groups.append(Group(_expanded(graph, loss), around, loss=True))
    return tuple(groups)


def _expanded(graph: _PrintedGraph, inside: set[int]) -> str:
    """The formula of the loss in terms of what enters it, ``(h − y)²``; empty where that is long."""
    formulas: dict[int, str] = {}
    for i in sorted(inside):
        op = graph.nodes[i].op
        assert op is not None
        terms = graph.terms(i, op.notation)
        text = ""
        for k, term in enumerate(terms):
            inner = formulas.get(term, graph.names[term]) if isinstance(term, int) else term
            text += f"({inner})" if isinstance(term, int) and bracketed(inner, terms, k) else inner
        formulas[i] = text if len(text) <= LONG else "…" * LONG
    return "" if "…" * LONG in formulas[max(inside)] else formulas[max(inside)]

"""Staleness: whether a graph's numbers are still those of its leaves, and the sentences that say where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from inversa.autograd import Graph, Node
from inversa.autograd.graph import is_literal
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.held import all_to_numpy, to_numpy
from inversa.autograd.ops.namespace import as_floats, is_foreign, namespace, type_name
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import View
from inversa.viz.picture.records import Picture


def stale(graph: Graph) -> tuple[str, ...]:
    """The names of leaves that are not any more what something was computed from: it comes out differently now."""
    suspects: dict[int, None] = {}
    innocent: set[int] = set()
    users = []
    for node in graph.nodes:
        leaves = [graph.position[x] for x in node.inputs if x.op is None and not is_literal(x)]
        if node.op is not None and leaves:
            same = _same(node.op.compute(node._plain_operands(), node.params or {}), plain(node))
            users.append((leaves, same))
    for (leaves, _), same in zip(users, _told([same for _, same in users]), strict=True):
        if same:
            innocent.update(leaves)
        else:
            suspects.update(dict.fromkeys(leaves))
    return tuple(graph.names[i] for i in suspects if suspects.keys() <= innocent or i not in innocent)


def accumulated(graph: Graph, flows: dict[Node, Any]) -> bool:
    """Whether a leaf's stored gradient is more than what one run of the inverse network brings."""
    output = graph.outputs[0]
    if len(graph.outputs) != 1 or not (isinstance(output.grad, float) and output.grad == 1.0):
        return False
    leaves = [x for x in graph.nodes if x.op is None and x.grad is not None and x in flows]
    return not all(_told([_same(x.grad, plain(flows[x])) for x in leaves]))


def warnings(picture: Picture, view: View, lang: str) -> Iterator[str]:
    """What is wrong with a picture's numbers: leaves changed since, gradients of several passes."""
    if picture.stale:
        names = say("or", lang).join(picture.stale[:4]) + (" …" if len(picture.stale) > 4 else "")
        yield say("stale", lang, names=names)
    if picture.accumulated and view == "forward":
        yield say("accumulated", lang)


def _told(verdicts: Sequence[Any]) -> list[bool]:
    """Booleans, those of other libraries transferred."""
    theirs = iter(all_to_numpy([verdict for verdict in verdicts if not isinstance(verdict, bool)]))
    return [verdict if isinstance(verdict, bool) else bool(next(theirs)) for verdict in verdicts]


def _same(now: Any, then: Any) -> Any:
    """Whether two results of one computation are equal, up to the order in which an array's sums were added.

    Of arrays of another library that is one of its booleans, which is still to be transferred.
    """
    if isinstance(then, float):
        return bool(now == then or (now != now and then != then))
    near = {"rtol": 1e-9 if "64" in type_name(then.dtype) else 1e-4, "atol": 1e-12}
    if not is_foreign(then):
        return bool(np.allclose(to_numpy(now), then, equal_nan=True, **near))
    xp = namespace(now, then)
    close = xp.abs(as_floats(now) - as_floats(then)) <= near["atol"] + near["rtol"] * xp.abs(as_floats(then))
    return xp.all(close | (now == then) | ((now != now) & (then != then)))

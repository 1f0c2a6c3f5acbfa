"""Hunting NaN and infinity: what `detect_anomaly` does at every operation, forwards and backwards."""

from __future__ import annotations

import math
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import LazyModule
from inversa.autograd.mode import MODE
from inversa.autograd.ops.namespace import namespace

if TYPE_CHECKING:
    import linecache

    from inversa.autograd.node import Node
    from inversa.autograd.ops.operation import Operation
else:
    linecache = LazyModule("linecache")


class AnomalyError(ArithmeticError):
    """A NaN or an infinity appeared while `detect_anomaly` was watching."""


def tell(out: Node, op: Operation[...], inputs: tuple[Node, ...]) -> None:
    """Tell those who watch that a node was computed: `detect_anomaly`, and the trace of a function."""
    mode = MODE.get()
    if mode.trace is not None:
        mode.trace.made(out)
    if mode.anomaly:
        watch(out, op, inputs)


def watch(out: Node, op: Operation[...], inputs: tuple[Node, ...]) -> None:
    """Raise if the operation gave NaN or infinity; remember where it was called, in case its pullback does."""
    source = _source_line()
    if not _all_finite(out._data):
        given = ", ".join(map(_described, inputs))
        raise AnomalyError(f"{op.name} gave {_bad(out._data)} from {given}{source}")
    out.source = source


def send_back_watched(node: Node, flow: Any, flows: dict[Node, Any], record: bool) -> None:
    """Send back what the node would, and raise if NaN or infinity is among it."""
    sent: dict[Node, Any] = {}
    node._propagate(flow, sent, record)
    for x, share in sent.items():
        data = _numbers(share)
        if not _all_finite(data):
            assert node.op is not None
            source = getattr(node, "source", "")  # computed before the watch began: unknown
            raise AnomalyError(f"the pullback of {node.op.name} gave {_bad(data)} for {_described(x)}{source}")
        flows[x] = flows[x] + share if x in flows else share


def _numbers(x: Any) -> Any:
    """What a node holds, or an array; of samples that `vmap` computes at once, what all of them hold."""
    while hasattr(x, "array"):
        x = x.array
    return getattr(x, "_data", x)


def _described(x: Node) -> str:
    data, name = _numbers(x), x.name or "an input"
    return f"{name} = {data}" if isinstance(data, (int, float)) else f"{name} of shape {tuple(data.shape)}"


def _all_finite(data: Any) -> bool:
    if isinstance(data, (int, float)):
        return math.isfinite(data)
    xp = namespace(data)
    return bool(xp.all(xp.isfinite(data)))


def _bad(data: Any) -> str:
    if isinstance(data, (int, float)):
        return str(data)
    xp = namespace(data)
    return "nan" if xp.any(xp.isnan(data)) else "an infinity"


def _source_line() -> str:
    """The innermost line outside this package: the user's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("inversa."):
        frame = frame.f_back
    if frame is None:
        return ""
    file, line = frame.f_code.co_filename, frame.f_lineno
    return f", at {file}:{line}: {linecache.getline(file, line).strip()}"

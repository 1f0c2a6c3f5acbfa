"""What was traced of a function, its inverse included, computed again with References: so it is written."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inversa.autograd.compiling.arrays.trace import ArraySymbol, mapped
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.ops.operation import Operation
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import reference, xp
from inversa.nn.interchange.writing.native import NATIVE
from inversa.nn.interchange.writing.nodes import WRITER

_RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
    "and": operator.and_, "or": operator.or_,
}  # fmt: skip


def replay(
    outputs: Sequence[ArraySymbol], given: Mapping[ArraySymbol, Reference], native: bool = True
) -> list[Reference]:
    """Compute symbols from what some of them are given as.

    Parameters
    ----------
    outputs : sequence of ArraySymbol
    given : mapping of ArraySymbol to Reference
        The arguments and parameters.
    native : bool
        Whether to take ONNX's own operators for whole operations where both give the same.
    """
    found: dict[Any, Any] = dict(given)
    writer = WRITER.get()
    for symbol in Graph(*outputs):
        if symbol in found:
            continue
        writer.doc, writer.path = _described(symbol), _path(symbol.module)
        found[symbol] = _computed(symbol, found, native)
    writer.doc = writer.path = ""
    return [xp.astype(reference(found[symbol], symbol.dtype), symbol.dtype) for symbol in outputs]


def _computed(symbol: Any, found: Mapping[Any, Any], native: bool) -> Any:
    if symbol.draw is not None:
        raise InterchangeError("it draws random numbers, which a file does not")
    if symbol.constant is not None:
        return symbol.constant if symbol.weak else _constant(symbol.constant)
    inputs = [found[x] for x in symbol.inputs]
    params = {key: mapped(found.__getitem__, param) for key, param in (symbol.params or {}).items()}
    if symbol.op.name in _RELATIONS:
        return _RELATIONS[symbol.op.name](*inputs)
    op: Operation[...] = symbol.op
    if op.name not in ("getitem", "scatter"):  # whose places are looked at while it is written
        params = {key: _constant(param) if isinstance(param, np.ndarray) else param for key, param in params.items()}
    if not any(isinstance(x, Reference) for x in inputs):
        inputs = [reference(x, symbol.dtype) for x in inputs]
    if native and op.name in NATIVE:
        result = NATIVE[op.name](*inputs, **params)
        if result is not None:
            return result
    operands = [x if isinstance(x, Reference) else reference(x, _beside(inputs)) for x in inputs]
    try:
        return op.compute(operands, params)
    except (TypeError, AttributeError, ValueError, LookupError) as error:
        raise InterchangeError(f"this cannot be written as ONNX: {error}") from error


def _constant(array: Any) -> Any:
    """Numbers in the file; of an array full of one number this one, for its shape may be that of the samples."""
    if array.size > 1 and (array == array.flat[0]).all():
        return xp.full(array.shape, array.flat[0], array.dtype)
    return reference(array)


def _beside(inputs: Sequence[Any]) -> Any:
    """The type that a number takes beside arrays of floats."""
    dtype = next(y.dtype for y in inputs if isinstance(y, Reference))
    return dtype if dtype.kind == "f" else None


def _path(module: str | None) -> str:
    """The titles of the modules, one inside the other, as PyTorch's exporter writes them, too."""
    outer = getattr(module, "outer", None)
    title = module[len(outer) + 1 :] if module and outer else module
    return f"{_path(outer)}/{title.replace('/', '_')}" if title else ""


def _described(symbol: Any) -> str:
    """Where it comes from: the module, the operation, and the rule that its dual follows."""
    if symbol.op is None:
        return ""
    rule = getattr(symbol.op, "rule", None)
    parts = [symbol.module or "", symbol.op.symbol, f"rule {rule.value}" if rule is not None and rule.value else ""]
    return ", ".join(part for part in parts if part)

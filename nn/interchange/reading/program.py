"""A checked graph as a program: one step for each node, with its function, its attributes and where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from math import prod
from typing import Any, NamedTuple

from inversa.autograd import Tensor, part
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.expanding import CONTROL, is_known
from inversa.nn.interchange.reading.table import OPERATORS
from inversa.nn.interchange.reading.values import MOST_ENTRIES_IN_ALL, TYPES, name_of_type

OLDEST = 7  # the opset since which arrays are broadcast


class Step(NamedTuple):
    """One node.

    Attributes
    ----------
    operator : str
        Its name in the table.
    inputs, outputs : tuple of str
        Empty for what is left out.
    arguments : dict
        Attributes, and what else the function wants to know.
    path : tuple of str
        The parts of the network that it belongs to, outermost first.
    last : tuple of str
        What nobody reads after it.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    arguments: dict[str, Any]
    path: tuple[str, ...]
    last: tuple[str, ...]


def program_of(graph: Any, opset: int) -> list[Step]:
    """The steps of a graph in their order.

    Raises
    ------
    InterchangeError
        For operators, attributes, types and versions that are not supported, by name.
    """
    _check_types(graph)
    every = list(graph.node)
    for node in every:
        _check(node)
    if every and opset < OLDEST:
        raise InterchangeError(f"opset {opset} is too old: convert the model to {OLDEST} or later")
    last = _last_reads(every, {output.name for output in graph.output})
    return [_step(node, opset, last.get(i, ())) for i, node in enumerate(every)]


def _check_types(graph: Any) -> None:
    for info in [*graph.input, *graph.output, *graph.value_info]:
        kind = info.type.WhichOneof("value")
        if kind not in (None, "tensor_type"):
            raise InterchangeError(f"{info.name!r} is a {str(kind).removesuffix('_type')}: only arrays are supported")
        number = info.type.tensor_type.elem_type
        if kind and number and number not in TYPES:
            raise InterchangeError(f"{info.name!r} is of the type {name_of_type(number)}, which is not supported")
    for tensor in graph.initializer:
        if tensor.data_type not in TYPES:
            raise InterchangeError(
                f"{tensor.name!r} is of the type {name_of_type(tensor.data_type)}, which is not supported"
            )


def _check(node: Any) -> None:
    if node.op_type in CONTROL:
        raise InterchangeError(f"{_named(node)} is control flow, which is not supported")
    if not is_known(node):
        raise InterchangeError(f"the operator {_named(node)} is not supported")
    entry = OPERATORS[node.op_type]
    if entry.inputs is not None and len(node.input) > entry.inputs:
        raise InterchangeError(f"{_named(node)} has {len(node.input)} inputs; supported are {entry.inputs}")
    least = 1 if entry.needed is None else entry.needed
    if len(node.input) < least or not all(list(node.input)[: entry.needed]):
        raise InterchangeError(f"{_named(node)} lacks an input")
    if len(node.output) > 1 and "outputs" not in entry.context:
        raise InterchangeError(f"only the first output of {_named(node)} is supported")


def _named(node: Any) -> str:
    name = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else str(node.op_type)
    return f"{name} ({node.name})" if node.name else name


def _last_reads(nodes: Sequence[Any], kept: set[str]) -> dict[int, tuple[str, ...]]:
    """What each node is the last to read, or makes for nobody."""
    last: dict[str, int] = {}
    for i, node in enumerate(nodes):
        last |= dict.fromkeys([*node.output, *node.input], i)
    found: dict[int, tuple[str, ...]] = {}
    for name, i in last.items():
        if name and name not in kept:
            found[i] = (*found.get(i, ()), name)
    return found


def _step(node: Any, opset: int, last: tuple[str, ...]) -> Step:
    entry = OPERATORS[node.op_type]
    given = {attribute.name: _value(attribute, node) for attribute in node.attribute}
    context = {"opset": opset, "outputs": len(node.output)}
    arguments = entry.arguments(given, _defaults(node.op_type, opset), context)
    inputs = tuple(node.input)
    while inputs and not inputs[-1]:
        inputs = inputs[:-1]
    return Step(node.op_type, inputs, tuple(node.output), arguments, _path(node), last)


def _value(attribute: Any, node: Any) -> Any:
    from onnx import AttributeProto, helper, numpy_helper

    if attribute.type == AttributeProto.TENSOR:
        if attribute.t.data_type not in TYPES:
            raise InterchangeError(f"{_named(node)} has a {name_of_type(attribute.t.data_type)}: not supported")
        return numpy_helper.to_array(attribute.t)
    value = _plain(helper.get_attribute_value(attribute))
    if not isinstance(value, (int, float, str, list)):
        raise InterchangeError(f"the attribute {attribute.name} of {_named(node)} is not supported")
    return value


def _plain(value: Any) -> Any:
    """Texts for bytes, and lists of them."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(map(_plain, value))
    return value


@cache
def _defaults(operator: str, opset: int) -> dict[str, Any]:
    """The attributes' values where the file says nothing, by ONNX's own schema."""
    from onnx import defs, helper

    found = {}
    for name, attribute in defs.get_schema(operator, opset, "").attributes.items():
        if attribute.default_value.name:
            found[name] = _plain(helper.get_attribute_value(attribute.default_value))
    return found


def _path(node: Any) -> tuple[str, ...]:
    """The parts that a node belongs to: of ``/encoder/layer1/MatMul`` the first two."""
    return tuple(name for name in node.name.split("/")[:-1] if name)


def run(steps: Sequence[Step], names: dict[str, Any]) -> None:
    """Compute all steps; the dictionary has the values of all names, as long as somebody reads them.

    Raises
    ------
    InterchangeError
        For shapes that do not fit, indices that do not exist, and for more entries than are allowed.
    """
    total = 0
    for step in _in_parts(steps):
        inputs = [names[name] if name else None for name in step.inputs]
        results = _computed(step, inputs)
        if len(results) < len(step.outputs):
            raise InterchangeError(f"{step.operator} has {len(results)} results, not {len(step.outputs)}")
        for name, x in zip(step.outputs, results, strict=False):
            names[name] = x
            total += prod(x.shape)
        if total > MOST_ENTRIES_IN_ALL:
            raise InterchangeError(
                f"this computes more than {MOST_ENTRIES_IN_ALL} entries at once: give it fewer samples"
            )
        for name in step.last:
            names.pop(name, None)


def _computed(step: Step, inputs: list[Any]) -> tuple[Any, ...]:
    function: Callable[..., Any] = OPERATORS[step.operator].function
    try:
        results = function(*inputs, **step.arguments)
    except InterchangeError as error:
        raise InterchangeError(f"{_where(step)}: {error}") from error
    except (ValueError, IndexError, ArithmeticError, MemoryError) as error:  # arrays that do not fit together
        shapes = ", ".join("nothing" if x is None else str(tuple(x.shape)) for x in inputs)
        raise InterchangeError(f"{_where(step)}, of {shapes}: {error}") from error
    several = results if isinstance(results, tuple) else (results,)
    return tuple(x if isinstance(x, Tensor) else np.asarray(x) for x in several)


def _where(step: Step) -> str:
    return f"{step.operator} for {next(filter(None, step.outputs), '')!r}"


def _in_parts(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, each while the parts that it belongs to are running: neighbours in one part are one call of it."""
    stack: list[ExitStack] = []
    path: tuple[str, ...] = ()
    try:
        for step in steps:
            if step.path != path:
                common = _common(path, step.path)
                while len(stack) > common:
                    stack.pop().close()
                for title in step.path[common:]:
                    stack.append(ExitStack())
                    stack[-1].enter_context(part(title))
                path = step.path
            yield step
    finally:
        while stack:
            stack.pop().close()


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def shape_of(info: Any) -> tuple[int | str | None, ...] | None:
    """What a file says of the shape of an input: lengths, names of open ones, or None."""
    if not info.type.tensor_type.HasField("shape"):
        return None
    return tuple(
        int(d.dim_value) if d.HasField("dim_value") else str(d.dim_param) or None
        for d in info.type.tensor_type.shape.dim
    )

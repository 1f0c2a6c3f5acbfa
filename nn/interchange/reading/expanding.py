"""Operators that are functions of others: those of the file, and those that ONNX defines so, written out."""

from __future__ import annotations

from typing import Any

from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.table import OPERATORS

CONTROL = ("If", "Loop", "Scan", "SequenceMap")


def expanded(model: Any) -> Any:
    """The model with nothing in it but operators of the table, where that is possible.

    Raises
    ------
    InterchangeError
        For what ONNX cannot write out.
    """
    from onnx import inliner

    if model.functions:
        model = _done(lambda: inliner.inline_local_functions(model), "functions")
    others = sorted({node.op_type for node in model.graph.node if not is_known(node)})
    if others:
        model = _with_defaults(model)
        if any("" in node.input for node in model.graph.node if not is_known(node)):
            model = _done(lambda: inliner.inline_local_functions(_with_bodies(model)), ", ".join(others))
        kept = [("", name) for name in OPERATORS]
        model = _done(
            lambda: inliner.inline_selected_functions(model, kept, exclude=True, inline_schema_functions=True),
            ", ".join(others),
        )
    return model


def _with_defaults(model: Any) -> Any:
    """The model, in which attributes that ONNX gives a value by default have it: they are not put into bodies."""
    from onnx import ModelProto, defs

    versions = {each.domain: each.version for each in model.opset_import}
    copied = ModelProto()
    copied.CopyFrom(model)
    for node in copied.graph.node:
        version = versions.get(node.domain, 0)
        if is_known(node) or not defs.has(node.op_type, node.domain):
            continue
        given = {attribute.name for attribute in node.attribute}
        for name, attribute in defs.get_schema(node.op_type, version, node.domain).attributes.items():
            if attribute.default_value.name and name not in given:
                node.attribute.append(attribute.default_value)
    return copied


def _with_bodies(model: Any) -> Any:
    """The model, in which operators whose inputs are left out in between are calls of functions in the file.

    ONNX 1.23 cannot write out those by itself, for what is left out has no type.
    """
    from onnx import TypeProto, helper, shape_inference

    changed = shape_inference.infer_shapes(model)
    graph = changed.graph
    types = {info.name: info.type for info in [*graph.input, *graph.value_info]}
    types |= {x.name: helper.make_tensor_type_proto(x.data_type, x.dims) for x in graph.initializer}
    versions = {each.domain: each.version for each in model.opset_import}
    for i, node in enumerate(graph.node):
        if is_known(node) or "" not in node.input:
            continue
        given = [types.get(name, TypeProto()).SerializeToString() for name in node.input]
        function = _body(node, versions.get(node.domain, 0), given)
        if function is not None:
            function.domain, function.name = _BODIES, f"{node.op_type}{i}"
            del function.attribute[:]
            function.attribute.extend(attribute.name for attribute in node.attribute)
            changed.functions.append(function)
            node.domain, node.op_type = function.domain, function.name
    changed.opset_import.append(helper.make_opsetid(_BODIES, 1))
    return changed


_BODIES = "inversa.bodies"  # the domain of functions that are made here


def _body(node: Any, version: int, types: list[bytes]) -> Any:
    """What ONNX defines an operator by, for arguments of these types; None if it does not."""
    from onnx import FunctionProto, defs

    if not defs.has(node.op_type, node.domain):
        return None
    schema: Any = defs.get_schema(node.op_type, version, node.domain)
    function = FunctionProto()
    if schema.has_context_dependent_function:
        since = max(v for v in schema.context_dependent_function_opset_versions if v <= version)
        content = schema.get_context_dependent_function_with_opset_version(since, node.SerializeToString(), types)
        function.ParseFromString(content)
    elif schema.has_function:
        since = max(v for v in schema.function_opset_versions if v <= version)
        function.ParseFromString(schema.get_function_with_opset_version(since))
    else:
        return None
    return function


def is_known(node: Any) -> bool:
    """Whether the table has this operator."""
    return node.domain in ("", "ai.onnx") and node.op_type in OPERATORS


def _done(write_out: Any, what: str) -> Any:
    try:
        return write_out()
    except Exception as error:  # of C++
        raise InterchangeError(f"{what} cannot be written out as simpler operators: {error}") from error

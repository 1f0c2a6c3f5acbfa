"""Operators that are functions of others: those of the file, and those that ONNX defines so, written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.table import OPERATORS

MOST_NODES = 1_000_000

CONTROL = ("If", "Loop", "Scan", "SequenceMap")


def expanded(model: Any) -> Any:
    """The model with nothing in it but operators of the table, where that is possible.

    Raises
    ------
    InterchangeError
        For functions that would become too many nodes, and for what ONNX cannot write out.
    """
    from onnx import inliner

    if model.functions:
        _check_number(model)
        model = _done(lambda: inliner.inline_local_functions(model), "functions")
    others = sorted({node.op_type for node in model.graph.node if not is_known(node)})
    if others:
        model = _with_defaults(model)
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


def is_known(node: Any) -> bool:
    """Whether the table has this operator."""
    return node.domain in ("", "ai.onnx") and node.op_type in OPERATORS


def _done(write_out: Any, what: str) -> Any:
    try:
        return write_out()
    except Exception as error:  # of C++
        raise InterchangeError(f"{what} cannot be written out as simpler operators: {error}") from error


def _check_number(model: Any) -> None:
    """Functions of functions may become any number of nodes. Those of themselves have been refused by the checker."""
    bodies = {(f.domain, f.name): f.node for f in model.functions}
    known: dict[tuple[str, str], int] = {}
    if _number(model.graph.node, bodies, known) > MOST_NODES:
        raise InterchangeError(f"the functions of this file would become more than {MOST_NODES} operators")


def _number(nodes: Any, bodies: Mapping[tuple[str, str], Any], known: dict[tuple[str, str], int]) -> int:
    total = 0
    for node in nodes:
        key = (node.domain, node.op_type)
        if key in bodies and key not in known:
            try:
                known[key] = _number(bodies[key], bodies, known)
            except RecursionError:
                raise InterchangeError("the functions of this file are nested too deeply") from None
        total += known.get(key, 1)
    return total

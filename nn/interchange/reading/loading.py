"""A file as a model of the package onnx: its sizes bounded, checked by ``onnx.checker``, and nothing run yet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.values import MOST_ENTRIES_IN_ALL, TYPES, bounded, type_of
from inversa.nn.interchange.writing.model import needs_onnx

MOST_NODES = 100_000  # that functions become
LARGEST_FILE = 2**31 - 1  # bytes: what Protocol Buffers take


def loaded(source: Any) -> Any:
    """A path, the bytes of a file, or a ModelProto, as a checked ModelProto.

    Raises
    ------
    InterchangeError
        For what is no sound model, and for external data that do not lie beside the file.
    OSError
        For files that cannot be read.
    """
    onnx = needs_onnx()
    model = source if isinstance(source, onnx.ModelProto) else _parsed(onnx, source)
    entries = sum(map(_checked_size, _tensors(model)))
    if entries > MOST_ENTRIES_IN_ALL:
        raise InterchangeError(f"the arrays of this model have {entries} entries, more than {MOST_ENTRIES_IN_ALL}")
    if isinstance(source, (str, os.PathLike)):
        _with_external_data(onnx, model, os.path.dirname(os.path.abspath(source)))
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise InterchangeError(f"the numbers of {tensor.name!r} lie in another file: give the path of the model")
    if any(isinstance(text, bytes) for text in _texts(model)):
        raise InterchangeError("a name in this file is no text")
    _check_number(model)
    try:
        onnx.checker.check_model(model)
        for graph in _every_graph(model):
            for node in graph.node:
                _check_counts(node)
        onnx.checker.check_model(model, full_check=True)
    except InterchangeError:
        raise
    except Exception as error:  # what it raises depends on what is wrong
        raise InterchangeError(f"this is no sound ONNX model: {error}") from error
    return model


def _parsed(onnx: Any, source: Any) -> Any:
    if isinstance(source, bytes):
        content = source
    else:
        path = Path(source)
        if path.stat().st_size > LARGEST_FILE:
            raise InterchangeError(f"{path} is larger than an ONNX file can be")
        content = path.read_bytes()
    try:
        return onnx.load_model_from_string(content)
    except Exception as error:  # of Protocol Buffers
        raise InterchangeError(f"this is no ONNX file, or a part of one: {error}") from error


def _with_external_data(onnx: Any, model: Any, folder: str) -> None:
    """Read what lies in other files; onnx itself refuses those outside of the folder, and links."""
    external = [t for t in _tensors(model) if t.data_location == onnx.TensorProto.EXTERNAL]
    for tensor in external:
        size = prod(tensor.dims) * type_of(tensor.data_type).itemsize
        length = next((entry.value for entry in tensor.external_data if entry.key == "length"), None)
        if length != str(size):
            raise InterchangeError(f"{tensor.name!r} has {size} bytes, and its file says {length}")
    if external:
        try:
            onnx.external_data_helper.load_external_data_for_model(model, folder)
        except Exception as error:  # of many kinds: see above
            raise InterchangeError(f"the model's other files cannot be read: {error}") from error


def _graphs(part: Any) -> Iterator[Any]:
    """A graph or a function, and the graphs in its nodes."""
    yield part
    for node in part.node:
        for attribute in node.attribute:
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from _graphs(inner)


def _every_graph(model: Any) -> Iterator[Any]:
    for part in (model.graph, *model.functions):
        yield from _graphs(part)


def _tensors(model: Any) -> Iterator[Any]:
    """All arrays in a model."""
    for graph in _every_graph(model):
        for sparse in getattr(graph, "sparse_initializer", ()):
            raise InterchangeError(f"sparse arrays, such as {sparse.values.name!r}, are not supported")
        yield from getattr(graph, "initializer", ())
        for node in graph.node:
            for attribute in node.attribute:
                yield from [attribute.t] if attribute.HasField("t") else []
                yield from attribute.tensors


_AXES = ("axis", "batch_axis", "time_axis", "batch_dims")
_MOST_AXES = 64  # of NumPy's arrays


def _check_counts(node: Any) -> None:
    """Whether numbers of axes and parts can be such: for some others the full check of onnx 1.23 ends the process."""
    for attribute in node.attribute:
        least = 0 if attribute.name == "batch_dims" else -_MOST_AXES
        if attribute.name in _AXES and not least <= attribute.i <= _MOST_AXES:
            raise InterchangeError(f"no array has an axis {attribute.i}: {attribute.name} of {node.op_type}")
        if attribute.name == "num_outputs" and attribute.i != len(node.output):
            raise InterchangeError(f"{node.op_type} has {len(node.output)} outputs, and num_outputs={attribute.i}")


def _texts(model: Any) -> Iterator[Any]:
    """All names in a model: what is no text comes as bytes."""
    yield from (each.domain for each in model.opset_import)
    for function in model.functions:
        yield from (function.domain, function.name, *function.input, *function.output, *function.attribute)
    for graph in _every_graph(model):
        for node in graph.node:
            yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
            yield from (attribute.name for attribute in node.attribute)
    graph = model.graph
    yield from (each.name for each in (*graph.initializer, *graph.input, *graph.output, *graph.value_info))


def _checked_size(tensor: Any) -> int:
    """The number of entries, if there are as many bytes, where they can be counted; the checker looks at the rest."""
    shape = bounded(tensor.dims)
    if tensor.raw_data and tensor.data_type in TYPES:
        needed = prod(shape) * type_of(tensor.data_type).itemsize
        if len(tensor.raw_data) != needed:
            raise InterchangeError(f"{tensor.name!r} of shape {shape} has {len(tensor.raw_data)} bytes, not {needed}")
    return prod(shape)


def _check_number(model: Any) -> None:
    """Functions of functions may become any number of nodes, which onnx's checks go through one by one."""
    bodies = {(f.domain, f.name): f for f in model.functions}
    if bodies and _number(model.graph, bodies, {}) > MOST_NODES:
        raise InterchangeError(f"the functions of this file would become more than {MOST_NODES} operators")


def _number(part: Any, bodies: Mapping[tuple[str, str], Any], known: dict[tuple[str, str], int]) -> int:
    total = 0
    for graph in _graphs(part):
        for node in graph.node:
            key = (node.domain, node.op_type)
            if key in bodies and key not in known:
                try:
                    known[key] = _number(bodies[key], bodies, known)
                except RecursionError:
                    raise InterchangeError(
                        "the functions of this file are nested too deeply, or in themselves"
                    ) from None
            total += known.get(key, 1)
    return total

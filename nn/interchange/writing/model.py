"""The file: what was written, as a model of the package onnx."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.nodes import Nodes, Written
from inversa.nn.interchange.writing.types import number_of

OPSET = 18  # the oldest that has what is written, and what the runtimes of the last years take
IR_VERSION = 10
LARGEST = 2_000_000_000  # bytes of numbers in a file: protocol buffers take no more than 2 GB


def needs_onnx() -> Any:
    """The package onnx, or an error that says how it is installed."""
    try:
        import onnx
    except ImportError:
        raise ImportError("ONNX files need the package onnx: pip install 'inversa[onnx]'") from None
    return onnx


def as_model(
    nodes: Nodes,
    inputs: Mapping[str, Reference],
    weights: Mapping[str, Any],
    outputs: Mapping[str, Reference],
    buffers: Collection[str] = (),
    *,
    doc: str = "",
) -> Any:
    """A checked ModelProto. Shapes may have a text for a length that is open."""
    onnx = needs_onnx()
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    needed, used = _needed(nodes, outputs)
    constants = {name: array for name, array in {**weights, **nodes.constants}.items() if name in used}
    size = sum(array.nbytes for array in constants.values())
    if size > LARGEST:
        raise InterchangeError(
            f"its numbers take {size / 1e9:.1f} GB, and a file holds {LARGEST / 1e9:.1f}: write parts of the model"
        )
    made = [
        helper.make_node(
            node.operator,
            list(node.inputs),
            list(node.outputs),
            name=f"{node.path}/n{i}",
            doc_string=node.doc,
            **node.attributes,
        )
        for i, node in enumerate(needed, start=1)
    ]
    made += [helper.make_node("Identity", [x.name], [name], name=f"to {name}") for name, x in outputs.items()]
    graph = helper.make_graph(
        made,
        "inversa",
        [_info(helper, name, x) for name, x in inputs.items()],
        [_info(helper, name, x) for name, x in outputs.items()],
        [
            _tensor(
                numpy_helper,
                name,
                array,
                "constant" if name in nodes.constants else "buffer" if name in buffers else "",
            )
            for name, array in constants.items()
        ],
        doc_string=doc,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="inversa")
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # what it raises depends on what is wrong
        raise InterchangeError(f"what was written is no sound ONNX model: {error}") from error
    return model


def _needed(nodes: Nodes, outputs: Mapping[str, Reference]) -> tuple[list[Written], set[str]]:
    """The nodes that the outputs are computed from, and the names of all that is used."""
    used = {x.name for x in outputs.values()}
    needed = []
    for node in reversed(nodes.written):
        if not used.isdisjoint(node.outputs):
            needed.append(node)
            used.update(node.inputs)
    return needed[::-1], used


def _tensor(numpy_helper: Any, name: str, array: Any, doc: str) -> Any:
    """An array in the file; it says of numbers in the formulas and of buffers that they are such, and no weights."""
    tensor = numpy_helper.from_array(array.astype(object) if array.dtype.kind == "U" else array, name)
    tensor.doc_string = doc
    return tensor


def _info(helper: Any, name: str, x: Reference) -> Any:
    return helper.make_tensor_value_info(name, number_of(x.dtype), list(x.shape))

"""Every attribute of every operator, set to other values: equal to onnxruntime or ONNX's reference, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from inversa.nn.interchange import InterchangeError, from_onnx
from inversa.nn.interchange.reading.table import OPERATORS

from .onnx_cases import NodeTest, node_tests, numbers, same, with_attribute

KINDS = onnx.AttributeProto
TEXTS = {
    "auto_pad": ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"],
    "mode": ["reflect", "edge", "wrap", "constant", "CRD", "DCR", "nearest", "linear", "cubic", "circular"],
    "reduction": ["add", "mul", "max", "min", "none"],
    "direction": ["forward", "reverse", "bidirectional", "LEFT", "RIGHT"],
    "approximate": ["tanh", "none"],
    "coordinate_transformation_mode": [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
        "tf_crop_and_resize",
    ],
    "nearest_mode": ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
    "keep_aspect_ratio_policy": ["stretch", "not_larger", "not_smaller"],
    "equation": ["ij->ji", "...ij->...j", "ij,jk", "i,i"],
}  # fmt: skip
ACTIVATIONS = [["Tanh"], ["Relu"], ["Relu", "Tanh"], ["Sigmoid", "Relu", "Tanh"], ["Affine"], ["Softsign", "Softplus"]]
LISTS = [[k] * n for k in (0, 1, 2, 3) for n in (1, 2, 3, 4)]
LISTS += [[1, 0], [0, 1], [2, 1], [1, 2], [1, 0, 1, 0], [0, 1, 1, 0], [0, 2, 1], [-1]]

# For these values onnx's own inference of shapes ends the process; `from_onnx` refuses them before it.
CRASHES = {"GatherND": "batch_dims", "Split": "num_outputs"}
# The reference passes these over in recurrent layers.
WITHOUT_REFERENCE = ("clip", "activations")


def values(name: str, kind: Any) -> list[Any]:
    if kind == KINDS.INT:
        return [0, 1, 2, 3, -1, -2]
    if kind == KINDS.FLOAT:
        return [0.0, 0.3, 2.0, -1.0]
    if kind == KINDS.STRING:
        return [*TEXTS.get(name, []), "nonsense"]
    if kind == KINDS.INTS:
        return LISTS
    return ACTIVATIONS if name == "activations" else []


def variants(test: NodeTest) -> Iterator[tuple[str, Any, Any]]:
    version = test.model.opset_import[0].version
    for name, attribute in onnx.defs.get_schema(test.operator, version).attributes.items():
        if CRASHES.get(test.operator) == name:
            continue
        kind = int(attribute.type)
        for value in values(name, kind):
            try:
                yield name, value, with_attribute(test.model, name, value, kind)
            except onnx.shape_inference.InferenceError:
                continue


def oracles(model: Any, inputs: list[Any], attribute: str) -> Iterator[list[Any]]:
    feeds = dict(zip((given.name for given in model.graph.input), inputs, strict=True))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    makers: list[Any] = [lambda: onnxruntime.InferenceSession(model.SerializeToString(), options)]
    makers += [lambda: ReferenceEvaluator(model)] if attribute not in WITHOUT_REFERENCE else []
    for make in makers:
        try:
            yield list(make().run(None, feeds))
        except Exception:  # of any kind: this one does not compute it
            continue


def wrong(test: NodeTest) -> tuple[list[Any], int]:
    """Where no oracle has our numbers, and how many comparisons there were."""
    found, equal = [], 0
    for name, value, model in variants(test):
        try:
            ours = numbers(from_onnx(model)(*test.inputs))
        except InterchangeError:
            continue
        differ = False
        for theirs in oracles(model, test.inputs, name):
            differ = not all(same(x, y, 2e-3, 1e-5) for x, y in zip(ours, theirs, strict=True))
            if not differ:
                equal += 1
                break
        if differ:
            found.append((test.name, name, value))
    return found, equal


def usable() -> list[NodeTest]:
    """Of single operators in the table, and computed as they are."""
    found = []
    for test in node_tests():
        if test.arrays and not test.written_out and test.operator in OPERATORS and not test.model.graph.node[0].domain:
            try:
                from_onnx(test.model)(*test.inputs)
            except InterchangeError:
                continue
            found.append(test)
    return found


def check(part: slice, least: int) -> None:
    onnxruntime.set_default_logger_severity(4)
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        found = [wrong(test) for test in usable()[part]]
    assert [each for faults, _ in found for each in faults] == []
    assert sum(equal for _, equal in found) >= least


def test_some_attributes() -> None:
    """A fifth of the operators' tests; see below for all."""
    check(slice(0, None, 5), least=600)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, 5))
def test_all_attributes(first: int) -> None:
    check(slice(first, None, 5), least=600)

"""ONNX's own tests of single operators, made by the package onnx: models, arguments and results."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import onnx

from inversa.autograd import Tensor


class NodeTest(NamedTuple):
    """One of them; `arrays` is whether all arguments and results are such."""

    name: str
    model: Any
    inputs: list[Any]
    results: list[Any]
    arrays: bool
    rtol: float
    atol: float

    @property
    def operator(self) -> str:
        return str(self.model.graph.node[0].op_type)

    @property
    def written_out(self) -> bool:
        return "_expanded" in self.name


@cache
def node_tests() -> list[NodeTest]:
    """All of them: they take seconds to make."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        return [_taken(test) for test in load_model_tests(kind="node")]


def _taken(test: Any) -> NodeTest:
    ((inputs, results),) = test.data_sets
    arrays = all(isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fiub" for x in [*inputs, *results])
    return NodeTest(test.name, test.model, list(inputs), list(results), arrays, test.rtol, test.atol)


def numbers(results: Any) -> list[Any]:
    """What a model gives, as arrays of NumPy's."""
    several = results if isinstance(results, tuple) else (results,)
    return [x.numpy() if isinstance(x, Tensor) else x for x in several]


def same(found: Any, wanted: Any, rtol: float = 1e-3, atol: float = 1e-7) -> bool:
    """Whether arrays have one shape and, but for rounding, the same numbers."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    return found.shape == wanted.shape and bool(
        np.allclose(found.astype(float), wanted.astype(float), rtol=rtol, atol=atol, equal_nan=True)
    )


def with_attribute(model: Any, name: str, value: Any, kind: Any) -> Any:
    """A model of one node with another value of an attribute, and the shapes of its results left open."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    node = changed.graph.node[0]
    kept = [attribute for attribute in node.attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, onnx.helper.make_attribute(name, value, attr_type=kind)])
    for output in changed.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(changed)
    for output, old in zip(inferred.graph.output, model.graph.output, strict=True):
        shape = output.type.tensor_type.shape
        if not output.type.tensor_type.HasField("shape"):
            shape.SetInParent()
            for i in range(len(old.type.tensor_type.shape.dim)):
                shape.dim.add().dim_param = f"d{i}"
    return inferred

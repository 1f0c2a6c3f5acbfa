"""Files that were written, run by onnxruntime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

Array = Any
GENERATOR = np.random.default_rng(7)


def run(file: Any, **feeds: Any) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(file.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def numbers(*shape: int, dtype: str = "float64") -> Array:
    return GENERATOR.standard_normal(shape).astype(dtype)


def in_type(dtype: str, model: Any) -> Any:
    """A model with its numbers in this type."""
    for leaf in [*model.parameters(), *model.buffers()]:
        differentiated = leaf.requires_grad
        if leaf.dtype.kind == "f":
            leaf._become(np.asarray(leaf.data, dtype))
            leaf.requires_grad = differentiated
    return model

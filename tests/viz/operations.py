"""Every declared operation, with a graph of it: what the tests of pictures are generated from."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np

from inversa.autograd import Operation, Tensor, Value, ops


def declared() -> list[Operation[...]]:
    """The operations of the library; those that a doctest or another test declares are not ours to draw."""
    for module in pkgutil.iter_modules(ops.__path__, "inversa.autograd.ops."):
        importlib.import_module(module.name)
    return [op for op in Operation.registry.values() if op.__module__.startswith("inversa.autograd.ops.")]


def graph_of(op: Operation[...], inner: Any = None) -> Any:
    """One number, computed by the operation from its first example, or from single numbers where it takes them.

    ``inner`` is applied to every operand before.
    """
    inner = inner or (lambda x: x)
    example = next((e for e in op.examples if e.values or any(map(np.prod, e.shapes))), None)
    params = dict(example.params) if example is not None else {}
    if op.on_floats and not op.variadic and all(np.ndim(p) == 0 for p in params.values()):
        numbers = [low + 0.4 * (high - low) for low, high in op.domain]
        operands = {name: inner(Value(x, name=name)) for x, name in zip(numbers, op.operands, strict=True)}
        return op(**operands, **params).named("J")
    assert example is not None, f"{op.name} has no example"
    generator = np.random.default_rng(0)
    low, high = op.domain[0]
    arrays = example.values or [generator.uniform(low, high, shape) for shape in example.shapes]
    names = [f"x{i + 1}" for i in range(len(arrays))] if op.variadic else op.operands
    tensors = [
        inner(Tensor(np.asarray(x, float), requires_grad=True, name=name))
        for x, name in zip(arrays, names, strict=True)
    ]
    y = op(tensors, **params) if op.variadic else op(**dict(zip(op.operands, tensors, strict=True)), **params)
    return y.sum().named("J") if y.shape else y.named("J")

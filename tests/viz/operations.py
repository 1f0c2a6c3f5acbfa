"""Every declared operation, with a graph of it: what the tests of pictures are generated from."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np

from inversa.autograd import Operation, Tensor, Value, ops
from inversa.autograd.mode import mode


def declared() -> list[Operation[...]]:
    """The operations of the library; those that a doctest or another test declares are not ours to draw."""
    for module in pkgutil.iter_modules(ops.__path__, "inversa.autograd.ops."):
        importlib.import_module(module.name)
    return [op for op in Operation.registry.values() if op.__module__.startswith("inversa.autograd.ops.")]


def graph_of(op: Operation[...]) -> Any:
    """One number, computed by the operation from single numbers where it takes them, or else from its first example."""
    example = next((e for e in op.examples if e.values or any(map(np.prod, e.shapes))), None)
    params = dict(example.params) if example is not None else {}
    names = op.operands
    if op.on_floats and not op.variadic and all(np.ndim(p) == 0 for p in params.values()):
        numbers = [low + 0.4 * (high - low) for low, high in op.domain]
        operands: list[Any] = [Value(x, name=name) for x, name in zip(numbers, names, strict=True)]
    else:
        assert example is not None, f"{op.name} has no example"
        low, high = op.domain[0]
        generator = np.random.default_rng(0)
        arrays = example.values or [generator.uniform(low, high, shape) for shape in example.shapes]
        names = tuple(f"x{i + 1}" for i in range(len(arrays))) if op.variadic else names
        pairs = zip(arrays, names, strict=True)
        operands = [Tensor(np.asarray(x, float), requires_grad=True, name=name) for x, name in pairs]
    with mode(constants=True):  # what gives whole numbers, such as an order, is recorded, too
        y = op(operands, **params) if op.variadic else op(**dict(zip(names, operands, strict=True)), **params)
        return y.sum().named("J") if y.shape else y.named("J")

"""ONNX's own tests of single operators: what is not refused has the right numbers, and the right gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.nn.interchange import InterchangeError, from_onnx

from .onnx_cases import NodeTest, node_tests, numbers, same


def passed(test: NodeTest) -> bool | None:
    """Whether the numbers are right; None for what is refused."""
    try:
        with np.errstate(all="ignore"):
            found = numbers(from_onnx(test.model)(*test.inputs))
    except InterchangeError:
        return None
    return all(
        x.dtype == np.asarray(y).dtype and same(x, y, test.rtol, test.atol)
        for x, y in zip(found, test.results, strict=True)
    )


def test_numbers() -> None:
    found = {test.name: passed(test) for test in node_tests() if test.arrays}
    assert [name for name, right in found.items() if right is False] == []
    assert sum(map(bool, found.values())) >= PASSED


PASSED = 1450  # of 1 884

# Arguments whose numbers say how something is computed: nobody differentiates by them.
_FIXED = {"Resize": (1, 2), "Upsample": (1,), "OneHot": (1,), "Dropout": (1,), "Range": (0, 1, 2)}
# Where a function is defined on one side only, arguments are left where they are.
_AT_THE_EDGE = ("Acosh", "Acos", "Asin", "Atanh")

# Where differences say nothing: arguments at a kink or a jump, coarse half precision, ∞ − ∞, 0 / 0.
_NO_DIFFERENCES = {
    "Acosh", "Attention", "Elu", "FlexAttention", "LeakyRelu", "LpNormalization", "Mod", "Pow", "ReduceLogSum",
    "ReduceLogSumExp", "Selu", "Sign", "Unique", "ThresholdedRelu", "BitCast",
}  # fmt: skip


def slopes(test: NodeTest, generator: Any) -> bool | None:
    """Whether the gradient along a random direction is the difference quotient; None if there is none."""
    model = from_onnx(test.model)
    fixed = _FIXED.get(test.operator, ()) if len(test.model.graph.node) == 1 else ()
    free = [i for i, x in enumerate(test.inputs) if x.dtype.kind == "f" and i not in fixed]
    arrays = [np.asarray(x, np.float64) if x.dtype.kind == "f" else np.asarray(x) for x in test.inputs]
    for i in free:
        if test.operator not in _AT_THE_EDGE:
            arrays[i] = arrays[i] + 0.02 * generator.standard_normal(arrays[i].shape) * (arrays[i] != 0)

    def run(points: list[Any]) -> tuple[list[Any], list[Any]]:
        xs = [Tensor(x, requires_grad=True) if i in free else x for i, x in enumerate(points)]
        results = model(*xs)
        every = results if isinstance(results, tuple) else (results,)
        return xs, [y for y in every if isinstance(y, Tensor) and y.requires_grad]

    xs, outputs = run(arrays)
    if not outputs:
        return None
    seeds = [generator.standard_normal(y.shape) for y in outputs]
    flows = InverseNetwork(*outputs).run(seeds[0] if len(seeds) == 1 else seeds)
    way = {i: generator.standard_normal(arrays[i].shape) for i in free}
    found = sum(float((np.asarray(flows[xs[i]]) * way[i]).sum()) for i in free if xs[i] in flows)

    def value(step: float) -> float:
        _, ys = run([x + step * way[i] if i in way else x for i, x in enumerate(arrays)])
        return sum(float((y.numpy().astype(float) * seed).sum()) for y, seed in zip(ys, seeds, strict=True))

    single = test.written_out or any(y.dtype != np.float64 for y in outputs)
    single |= any(step.operator in ("Cast", "CastLike") for step in model.steps)
    for step, digits in [(1e-6, 1e-4), (3e-3, 2e-2), (1e-2, 3e-2)][: 3 if single else 1]:  # bodies in single precision
        wanted = (value(step) - value(-step)) / (2 * step)
        if abs(wanted - found) <= digits * max(1.0, abs(wanted), abs(found)):
            return True
    return False


def outcomes(tests: list[NodeTest]) -> dict[str, bool | None]:
    """Whether the gradients of tests that pass are right."""
    generator = np.random.default_rng(0)
    found: dict[str, bool | None] = {}
    with np.errstate(all="ignore"):
        for test in tests:
            if test.arrays and any(x.dtype.kind == "f" for x in test.inputs) and passed(test):
                try:
                    found[test.name] = slopes(test, generator)
                except InterchangeError:  # of what is computed in one precision alone
                    found[test.name] = None
    names = {test.name: test.operator for test in tests if not test.written_out}
    wrong = {names.get(name, "") for name, right in found.items() if right is False}
    assert wrong - {""} <= _NO_DIFFERENCES
    return found


def test_gradients() -> None:
    """A third; see below for all."""
    found = outcomes(node_tests()[::3])
    assert sum(map(bool, found.values())) >= 350
    assert sum(right is False for right in found.values()) <= 12


@pytest.mark.long
def test_all_gradients() -> None:
    found = outcomes(node_tests())
    assert sum(map(bool, found.values())) >= 1080
    assert sum(right is False for right in found.values()) <= 30

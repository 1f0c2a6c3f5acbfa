"""Every declared operation as ONNX, with its gradients: what onnxruntime computes is what we do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.autograd.compiling.arrays.trace import ArrayTrace
from inversa.autograd.mode import mode
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.model import as_model
from inversa.nn.interchange.writing.nodes import WRITER, Nodes
from inversa.nn.interchange.writing.replay import replay

from ...autograd.cases import CASES, OF_SCIPY, Case

# What ONNX has no operator for in double precision, and what is computed by none.
REFUSED = {
    "cholesky_lower", "cofactors", "det", "dft", "eigh_packed", "inv", "pinv", "qr_packed", "slogdet_packed", "solve",
    "svd_packed", *OF_SCIPY,
}  # fmt: skip
NAMES = sorted({case.op.name for case in CASES})
DIGITS = {"float64": 1e-14, "float32": 1e-6}


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    onnxruntime.set_default_logger_severity(3)


def written(
    f: Callable[..., Any], arrays: Sequence[Any], prefix: str, seed: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs of a function, and its value and gradients, written where `WRITER` says."""
    trace = ArrayTrace(arrays, [f"{prefix}x{i}" for i in range(len(arrays))], True)
    with mode(trace=trace.guards, watched=True):
        y = trace.symbol(f(*trace.arguments))
    assert not trace.guards.end()
    outputs = [y]
    if y.requires_grad:
        flows = InverseNetwork(y).run(trace.symbol(seed), record=True)
        outputs += [trace.symbol(flows[x]) for x in trace.arguments if x in flows]
    given = {x: Reference(str(x.name), x.shape, x.dtype) for x in trace.arguments}
    found = replay(outputs, given)
    return {x.name: x for x in given.values()}, {f"{prefix}y{i}": y for i, y in enumerate(found)}


def computed(f: Callable[..., Any], arrays: Sequence[Any], seed: Any) -> list[Any]:
    """The value and the gradients by ourselves."""
    xs = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    y = f(*xs)
    if not y.requires_grad:
        return [y.data]
    flows = y.inverse().run(seed)
    return [y.data, *(flows[x] for x in xs if x in flows)]


def operands(case: Case, dtype: str) -> list[Any]:
    arrays = map(np.asarray, case.operands)
    return [x.astype(dtype) if x.dtype.kind == "f" else x for x in arrays]


def check(cases: Sequence[Case], dtype: str) -> None:
    """Write all cases into one file, for to start a session takes long, and compare."""
    nodes, inputs, outputs, feeds, wanted = Nodes(), {}, {}, {}, {}
    token = WRITER.set(nodes)
    try:
        for number, case in enumerate(cases):
            arrays = operands(case, dtype)
            shape = case.apply([Tensor(x) for x in arrays]).shape
            seed = np.asarray(np.random.default_rng(5).uniform(0.5, 1.5, shape), dtype)
            given, found = written(lambda *xs, case=case: case.apply(xs), arrays, f"c{number}_", seed)
            inputs |= given
            outputs |= found
            feeds |= dict(zip(given, arrays, strict=True))
            wanted |= dict(zip(found, computed(lambda *xs, case=case: case.apply(xs), arrays, seed), strict=True))
    finally:
        WRITER.reset(token)
    session = onnxruntime.InferenceSession(as_model(nodes, inputs, {}, outputs).SerializeToString())
    results = dict(zip(outputs, session.run(list(outputs), feeds), strict=True))
    for name, ours in wanted.items():
        theirs, case = results[name], cases[int(name[1:].partition("_")[0])]
        assert (theirs.shape, theirs.dtype) == (np.shape(ours), np.asarray(ours).dtype), f"{case}: {name}"
        finite = np.abs(np.where(np.isfinite(ours), ours, 0))
        size = max(1.0, float(np.max(finite, initial=0)))
        np.testing.assert_allclose(
            theirs, ours, rtol=DIGITS[dtype], atol=DIGITS[dtype] * size, err_msg=f"{case}: {name}"
        )


@pytest.mark.parametrize("dtype", DIGITS)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_it_is_ours(name: str, dtype: str) -> None:
    check([case for case in CASES if case.op.name == name], dtype)


@pytest.mark.parametrize("name", [name for name in NAMES if name in REFUSED])
def test_what_has_no_operator_is_refused_by_name(name: str) -> None:
    with pytest.raises(InterchangeError, match="written as ONNX"):
        check([next(case for case in CASES if case.op.name == name)], "float64")

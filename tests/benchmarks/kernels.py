"""Every kernel beside NumPy's way of doing the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from measure import Effort, Section, Subject, Workload, run

Arrays = list[Any]


class Case(NamedTuple):
    """A kernel: what is made for it, how it is called, and how NumPy would do it."""

    make: Callable[[int, int, Any], Arrays]  # rows, columns, type -> inputs, then what is filled
    ours: Callable[[], Callable[..., object]]
    numpy: Callable[..., object]


def matrix(n: int, m: int, dtype: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((n, m)).astype(dtype)


def two_and_out(n: int, m: int, dtype: Any) -> Arrays:
    return [matrix(n, m, dtype).ravel(), matrix(n, m, dtype, 1).ravel(), np.empty(n * m, dtype)]


def row_and_out(n: int, m: int, dtype: Any) -> Arrays:
    return [matrix(n, m, dtype), matrix(1, m, dtype, 1)[0], np.empty((n, m), dtype)]


def logits(n: int, m: int, dtype: Any) -> Arrays:
    classes = max(2, m // 50)
    return [matrix(n, classes, dtype), np.random.default_rng(1).integers(classes, size=n)]


def numpy_losses(z: Any, labels: Any, out: Any) -> None:
    shifted = z - z.max(axis=1, keepdims=True)
    np.subtract(np.log(np.exp(shifted).sum(axis=1)), shifted[np.arange(len(z)), labels], out=out)


def numpy_gradient(g: Any, z: Any, labels: Any, out: Any) -> None:
    np.exp(z - z.max(axis=1, keepdims=True), out=out)
    out /= out.sum(axis=1, keepdims=True)
    out[np.arange(len(z)), labels] -= 1
    out *= g[:, None]


def kernels(module: str, name: str) -> Callable[[], Any]:
    """A kernel, imported when it is used."""

    def get() -> Any:
        import importlib

        return getattr(importlib.import_module(f"inversa.autograd.kernels.{module}"), name)

    return get


CASES: dict[str, Case] = {
    "z + b": Case(row_and_out, kernels("layers", "add_row"), lambda z, b, out: np.add(z, b, out=out)),
    "relu(z + b)": Case(
        row_and_out, kernels("layers", "add_row_relu"), lambda z, b, out: np.maximum(np.add(z, b, out=out), 0, out=out)
    ),
    "relu, inverse": Case(
        two_and_out, kernels("layers", "through_relu"), lambda g, y, out: np.multiply(g, y > 0, out=out)
    ),
    "tanh, inverse": Case(
        two_and_out, kernels("layers", "through_tanh"), lambda g, y, out: np.multiply(g, 1 - y * y, out=out)
    ),
    "sigmoid, inverse": Case(
        two_and_out, kernels("layers", "through_sigmoid"), lambda g, y, out: np.multiply(g * y, 1 - y, out=out)
    ),
    "column sums": Case(
        lambda n, m, dtype: [matrix(n, m, dtype), np.empty(m, dtype)],
        kernels("layers", "column_sums"), lambda x, out: np.sum(x, axis=0, out=out),
    ),
    "mean": Case(
        lambda n, m, dtype: [matrix(n, m, dtype).ravel() + 1, np.empty(1, dtype)],
        kernels("layers", "mean"), lambda x, out: np.mean(x, keepdims=True, out=out),
    ),
    "cross-entropy": Case(
        lambda n, m, dtype: [*logits(n, m, dtype), np.empty(n, dtype)], kernels("cross_entropy", "losses"), numpy_losses
    ),
    "cross-entropy, inverse": Case(
        lambda n, m, dtype: [matrix(1, n, dtype, 2)[0], *logits(n, m, dtype), np.empty((n, max(2, m // 50)), dtype)],
        kernels("cross_entropy", "gradient"), numpy_gradient,
    ),
}  # fmt: skip

SHAPES = ((100, 16), (256, 512), (256, 4096))


def sections(effort: Effort) -> Iterator[Section]:
    """All kernels at three sizes; in float64 as well when there is time."""
    for name, case in CASES.items():
        for dtype in (np.float32,) if effort.quick else (np.float32, np.float64):
            for n, m in SHAPES[:1] if effort.quick else SHAPES:
                title = f"Kernel {name}: {n} × {m}, {np.dtype(dtype)}"
                make = partial(case.make, n, m, dtype)
                subjects = {
                    "inversa": partial(subject, case.ours, make),
                    "numpy": partial(subject, lambda case=case: case.numpy, make),
                }
                yield run(Workload(title, subjects, tolerance=1e-4 if dtype == np.float32 else 1e-12), effort)


def subject(get: Callable[[], Callable[..., object]], make: Callable[[], Arrays]) -> Subject:
    """A function on arrays of its own; the last of them is the result."""
    function, arrays = get(), make()

    def result() -> Any:
        function(*arrays)
        return {"result": arrays[-1].copy()}

    return Subject(partial(function, *arrays), result)

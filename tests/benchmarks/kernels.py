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


def few(m: int) -> int:
    """So many classes: with more than 32 the kernel is not used."""
    return min(max(2, m // 50), 32)


def logits(n: int, m: int, dtype: Any) -> Arrays:
    classes = few(m)
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


def elementary(name: str) -> Case:
    """A function of one number, in float64: kernels of these are used for no other type, but for the sigmoid."""

    def plain(x: Any, out: Any) -> None:
        from inversa.autograd import Operation

        out[:] = Operation.registry[name](x)

    ufunc = getattr(np, name, None)
    return Case(
        lambda n, m, dtype: [matrix(n, m, float).ravel(), np.empty(n * m)],
        kernels("elementary", f"{name}_into"),
        (lambda x, out: ufunc(x, out=out)) if ufunc else plain,
    )


def images(n: int, m: int, dtype: Any) -> Any:
    """As many pixels as n × m entries, in images of 28 × 28; at least one."""
    return np.random.default_rng(0).standard_normal((max(1, n * m // 784), 28, 28)).astype(dtype)


def numpy_gather(x: Any, down: int, right: int, _below: int, _beside: int, found: Any) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(x, found.shape[1:3], axis=(1, 2))[:, ::down, ::right]
    found[...] = windows.transpose(0, 3, 4, 1, 2)


def numpy_scatter(found: Any, down: int, right: int, _below: int, _beside: int, out: Any) -> None:
    out[...] = 0
    rows, columns = found.shape[-2:]
    for i in range(found.shape[1]):
        for j in range(found.shape[2]):
            out[:, i : i + rows * down : down, j : j + columns * right : right] += found[:, i, j]


def numpy_largest(x: Any, height: int, width: int, down: int, right: int, out: Any) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))[:, ::down, ::right]
    windows.max(axis=(-2, -1), out=out)


def numpy_drop(x: Any, kept: Any, share: Any, out: Any) -> None:
    out[:] = np.where(kept, x / share, x.dtype.type(0))


FUNCTIONS = ("exp", "expm1", "tanh", "sigmoid", "softplus", "sin", "cos")

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
        lambda n, m, dtype: [matrix(1, n, dtype, 2)[0], *logits(n, m, dtype), np.empty((n, few(m)), dtype)],
        kernels("cross_entropy", "gradient"), numpy_gradient,
    ),
    "windows 3 × 3": Case(
        lambda n, m, dtype: [x := images(n, m, dtype), 1, 1, 1, 1, np.empty((len(x), 3, 3, 26, 26), dtype)],
        kernels("windows", "gather"), numpy_gather,
    ),
    "windows 3 × 3, inverse": Case(
        lambda n, m, dtype: [
            np.random.default_rng(0).standard_normal((len(x := images(n, m, dtype)), 3, 3, 26, 26)).astype(dtype),
            1, 1, 1, 1, x,
        ],
        kernels("windows", "scatter"), numpy_scatter,
    ),
    "max of windows 2 × 2": Case(
        lambda n, m, dtype: [x := images(n, m, dtype), 2, 2, 2, 2, np.empty((len(x), 14, 14), dtype)],
        kernels("windows", "largest"), numpy_largest,
    ),
    "dropout": Case(
        lambda n, m, dtype: [
            matrix(n, m, dtype).ravel(), matrix(n, m, dtype, 1).ravel() > 0, dtype(0.5), np.empty(n * m, dtype)
        ],
        kernels("dropout", "drop"), numpy_drop,
    ),
    **{name: elementary(name) for name in FUNCTIONS},
}  # fmt: skip

SHAPES = ((100, 16), (256, 512), (256, 4096))
OPTIMISERS = ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")
PARAMETERS = (100, 10_000, 1_000_000)


def sections(effort: Effort) -> Iterator[Section]:
    """All kernels at three sizes; in float64 as well when there is time. Then whole steps of optimisers."""
    if effort.check:  # tests hold kernels and formulas together more closely
        return
    for name in OPTIMISERS:
        for count in PARAMETERS[:1] if effort.quick else PARAMETERS:
            title = f"Kernel {name}, a whole step: {count} parameters, float32"
            subjects = {
                "inversa": partial(optimiser, name, count, kernel=True),
                "numpy": partial(optimiser, name, count, kernel=False),
            }
            yield run(Workload(title, subjects), effort)
    for name, case in CASES.items():
        for dtype in types(name, effort):
            for n, m in SHAPES[:1] if effort.quick else SHAPES:
                title = f"Kernel {name}: {n} × {m}, {np.dtype(dtype)}"
                make = partial(case.make, n, m, dtype)
                subjects = {
                    "inversa": partial(subject, case.ours, make),
                    "numpy": partial(subject, lambda case=case: case.numpy, make),
                }
                yield run(Workload(title, subjects, tolerance=1e-4 if dtype == np.float32 else 1e-12), effort)


def types(name: str, effort: Effort) -> tuple[Any, ...]:
    """Functions of one number have kernels for float64."""
    if name in FUNCTIONS:
        return (np.float64,)
    return (np.float32,) if effort.quick else (np.float32, np.float64)


def optimiser(name: str, count: int, kernel: bool) -> Subject:
    """Steps of an optimiser, by its kernel or by its formula in NumPy: a subclass has no kernel."""
    from inversa.nn import Parameter, optim

    kind = getattr(optim, name)
    w = Parameter(np.random.default_rng(0).normal(size=count), dtype="float32")
    w.grad = np.random.default_rng(1).normal(size=count).astype(np.float32)
    step = (kind if kernel else type(name, (kind,), {}))([w], lr=1e-3).step

    def result() -> Any:
        step()
        return {"weights": w.numpy().copy()}

    return Subject(step, result)


def subject(get: Callable[[], Callable[..., object]], make: Callable[[], Arrays]) -> Subject:
    """A function on arrays of its own; the last of them is the result."""
    function, arrays = get(), make()

    def result() -> Any:
        function(*arrays)
        return {"result": arrays[-1].copy()}

    return Subject(partial(function, *arrays), result)

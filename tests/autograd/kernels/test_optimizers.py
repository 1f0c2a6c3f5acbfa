"""The kernels of the optimisers: one pass, in place, the bits of NumPy's formulas, compiled to vector instructions."""

import re

import numpy as np
import pytest
from numba import config, jit

from inversa.autograd.kernels import optimizers as kernels

# Every kernel, with the number of averages and the numbers that it takes.
KERNELS = [
    ("sgd", 0, (0.1,)),
    ("momentum", 1, (0.9, 0.3, 0.1)),
    ("nesterov", 1, (0.9, 0.1)),
    ("scaled", 1, (0.9, 0.3, 0.1, 1e-8, False)),
    ("scaled", 1, (0.9, 0.3, 0.1, 1e-2, True)),
    ("adam", 2, (7.0, 0.9, 0.99, True, 0.1, 0.01, 1e-8, False)),
    ("adam", 2, (7.0, 0.9, 0.99, False, 0.1, 0.0, 1e-2, True)),
]
every_kernel = pytest.mark.parametrize(("name", "averages", "numbers"), KERNELS)
both_types = pytest.mark.parametrize("dtype", ["float32", "float64"])


def rows(averages, size, dtype):
    """w and g of both signs, and averages that are positive."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=size).astype(dtype) for _ in range(2 + averages)]
    return arrays[:2] + [abs(array) for array in arrays[2:]]


def by_numpy(name, w, g, *rest):
    """The formulas, an operation after the other; the new w and averages."""

    def root(v, eps, inside):
        return np.sqrt(v + eps) if inside else np.sqrt(v) + eps

    match name, rest:
        case "sgd", (lr,):
            return (w - lr * g,)
        case "momentum", (v, decay, gain, lr):
            v = decay * v + gain * g
            return w - lr * v, v
        case "nesterov", (v, decay, lr):
            v = decay * v + g
            return w - lr * (g + decay * v), v
        case "scaled", (v, decay, gain, lr, eps, inside):
            v = decay * v + gain * (g * g)
            return w - lr * g / root(v, eps, inside), v
        case "adam", (m, v, t, beta1, beta2, correction, lr, shrink, eps, inside):
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * (g * g)
            a, b = (m / (1 - beta1**t), v / (1 - beta2**t)) if correction else (m, v)
            return w - (shrink * w + lr * a / root(b, eps, inside)), m, v


@both_types
@every_kernel
@pytest.mark.parametrize("size", [0, 1, 7, 64, 1003])
def test_in_place_what_numpy_computes_to_the_last_bit(name, averages, numbers, dtype, size):
    w, g, *kept = rows(averages, size, dtype)
    expected, before = by_numpy(name, w, g, *kept, *numbers), g.copy()
    getattr(kernels, name)(w, g, *kept, *numbers)
    for result, wanted in zip([w, *kept], expected, strict=True):
        assert wanted.dtype == dtype
        np.testing.assert_array_equal(result, wanted)
    np.testing.assert_array_equal(g, before)


@both_types
@every_kernel
def test_what_is_not_finite_stays_so_and_spoils_nothing_beside_it(name, averages, numbers, dtype):
    w, g, *kept = rows(averages, 40, dtype)
    g[[3, 8]] = np.nan, np.inf
    with np.errstate(invalid="ignore"):  # where nothing is compiled
        getattr(kernels, name)(w, g, *kept, *numbers)
    others = np.delete(np.arange(40), [3, 8])
    assert np.isnan(w[3])
    assert np.isfinite(w[others]).all()


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
@every_kernel
def test_loops_are_compiled_to_vector_instructions_that_widen_nothing(name, averages, numbers):
    loop = getattr(kernels, name)
    assert loop.targetoptions["nogil"]
    anew = jit(**loop.targetoptions)(loop.py_func)  # code from the cache cannot be looked into
    for dtype in ("float32", "float64"):
        anew(*rows(averages, 64, dtype), *numbers)
    for signature, code in anew.inspect_llvm().items():
        kind = "float" if "float32" in str(signature[0]) else "double"
        assert re.search(rf"fmul <\d+ x {kind}>", code)
        assert "fpext" not in code
        if name in ("scaled", "adam"):
            assert re.search(rf"<\d+ x {kind}> @llvm.sqrt", code)

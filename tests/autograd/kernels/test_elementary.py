"""The elementary functions of the kernels, against NumPy and against more precise arithmetic."""

import math
import re

import numpy as np
import pytest
from numba import config, jit, njit

from inversa.autograd.kernels import elementary

NAMES = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "sin", "cos")
COUNT = 2_000 if config.DISABLE_JIT else 30_000  # numbers of each kind

extended = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no arithmetic more precise than float64")


def computed(name, x):
    out = np.empty_like(x)
    getattr(elementary, f"{name}_into")(x, out)
    return out


def expected(name, x):
    """The function of NumPy, in the precision of ``x``; it may warn."""
    with np.errstate(all="ignore"):
        small = np.exp(-abs(x))
        if name == "sigmoid":
            return np.where(x >= 0, 1, small) / (1 + small)
        if name == "softplus":
            return np.where(x >= 0, x, 0) + np.log1p(small)
        return getattr(np, name)(x)


def numbers():
    """Numbers of every size: all exponents, subnormal ones, and where the functions change their formula."""
    rng = np.random.default_rng(0)
    any_bits = rng.integers(0, 0x7FF0 << 48, COUNT).view(np.float64)  # every positive finite number
    subnormal = rng.integers(0, 1 << 52, COUNT).view(np.float64)
    seams = [
        0.3465,
        0.4142,
        0.55,
        0.6931,
        0.7071,
        0.7854,
        1.0,
        1.0397,
        1.5708,
        3.1416,
        22.0,
        36.7,
        40.0,
        709.78,
        745.13,
    ]
    near_seams = (np.array(seams)[:, None] * (1 + rng.normal(0, 1e-3, (len(seams), COUNT // 10)))).ravel()
    ranges = [rng.uniform(0, limit, COUNT) for limit in (1, 5, 40, 760, 16384)]
    positive = np.concatenate([any_bits, subnormal, near_seams, *ranges, np.exp(rng.uniform(-45, 7, COUNT))])
    return np.concatenate([positive, -positive])


def units_in_last_place(out, exact):
    """How far the float64 ``out`` are from ``exact`` where both are finite; elsewhere they must be alike."""
    rounded = exact.astype(np.float64)
    finite = np.isfinite(rounded) & np.isfinite(out)
    np.testing.assert_array_equal(out[~finite], rounded[~finite])
    return abs(out[finite] - exact[finite]) / np.spacing(abs(rounded[finite]))


@extended
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # of the exact numbers
def test_error_is_below_two_units_in_the_last_place(name):
    x = numbers()
    if name in ("sin", "cos"):
        x = x[abs(x) <= elementary.LARGEST_ANGLE]
    assert units_in_last_place(computed(name, x), expected(name, x.astype(np.longdouble))).max() < 2


@extended
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_angles_next_to_multiples_of_a_right_angle_lose_no_digits(name):
    right_angle = np.arccos(np.longdouble(0))
    most = int(elementary.LARGEST_ANGLE / right_angle)
    multiples = np.arange(-most, most + 1, 1 if COUNT > 10_000 else 17) * right_angle
    x = multiples.astype(np.float64)
    assert units_in_last_place(computed(name, x), expected(name, x.astype(np.longdouble))).max() < 2


@pytest.mark.parametrize("name", NAMES)
def test_special_arguments_give_what_numpy_gives_without_its_warnings(name):
    smallest, largest = 5e-324, np.finfo(np.float64).max
    positive = [
        0.0,
        smallest,
        1e-310,
        1e-300,
        1e-17,
        1.0,
        709.782712893384,
        709.7827128933841,
        745.2,
        largest,
        math.inf,
    ]
    nans = [math.nan, -math.nan]
    x = np.array(positive + [-a for a in positive] + [math.nextafter(-1, 0), math.nextafter(-1, -2)] + nans)
    out, want = computed(name, x), expected(name, x)
    np.testing.assert_allclose(out, want, rtol=5e-16, atol=0)
    signed = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(out[signed]), np.signbit(want[signed]))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_very_large_angles_and_their_neighbours_in_the_row(name):
    x = np.array([1e22, 0.5, -1e300, 1e5, -3.0])
    np.testing.assert_allclose(computed(name, x), expected(name, x), rtol=5e-16)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 1, 7, 128, 131])
def test_rows_of_any_length_alone_and_in_place(name, size):
    x = np.linspace(0.1, 3.0, size)
    want = expected(name, x)
    np.testing.assert_allclose(computed(name, x), want, rtol=1e-15)
    getattr(elementary, f"{name}_into")(x, x)
    np.testing.assert_allclose(x, want, rtol=1e-15)


def test_lane_functions_serve_other_kernels():
    @njit
    def gate(x, y, out):
        for i in range(x.size):
            out[i] = elementary.sigmoid(x[i]) * elementary.tanh(y[i])

    x, y = np.linspace(-3, 3, 13), np.linspace(2, -2, 13)
    out = np.empty_like(x)
    gate(x, y, out)
    np.testing.assert_allclose(out, expected("sigmoid", x) * np.tanh(y), rtol=1e-15)


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
@pytest.mark.parametrize("name", NAMES)
def test_loops_are_compiled_to_vector_instructions(name):
    loop = getattr(elementary, f"{name}_into")
    anew = jit(**loop.targetoptions)(loop.py_func)  # code from the cache cannot be looked into
    anew(np.ones(128), np.ones(128))
    (code,) = anew.inspect_llvm().values()
    assert re.search(r"fmul [a-z ]*<\d+ x double>", code)

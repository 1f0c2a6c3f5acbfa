"""`pad` is NumPy's, in all of its modes that have a gradient; examples of each are tested with the compositions."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, grad, gradcheck, pad, sin

REPEATED = ["edge", "reflect", "symmetric", "wrap"]
COMPUTED = ["linear_ramp", "mean", "maximum", "minimum", "median"]
WIDTHS = [0, 2, (1, 3), ((4, 0), (0, 7)), ((3, 3), (9, 1)), np.array([[1, 2], [0, 0]]), [[0, 1], [1, 0]]]


def drawn(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize("mode", ["constant", *REPEATED, *COMPUTED])
@pytest.mark.parametrize("shape", [(3, 4), (2, 1), (1, 5)], ids=str)
def test_it_is_numpys(shape: Any, mode: Any, widths: Any) -> None:
    x = drawn(*shape)
    for settings in ({}, {"reflect_type": "odd"}) if mode in ("reflect", "symmetric") else ({},):
        expected = np.pad(x, widths, mode, **settings)
        for found in (pad(x, widths, mode, **settings), np.pad(Tensor(x), widths, mode, **settings)):
            np.testing.assert_allclose(found, expected, 1e-14, 1e-14)
        if mode in REPEATED and not settings:  # nothing is computed, so whole numbers stay
            whole = np.arange(x.size).reshape(shape)
            assert pad(whole, widths, mode).dtype == whole.dtype
            assert np.array_equal(pad(whole, widths, mode), np.pad(whole, widths, mode))


@pytest.mark.parametrize("length", [1, 2, 9, (1, 3), ((2, 2), (3, 1))], ids=str)
@pytest.mark.parametrize("mode", COMPUTED[1:])
def test_statistics_of_the_nearest_entries(mode: Any, length: Any) -> None:
    x = drawn(3, 4)
    found = pad(Tensor(x), ((1, 2), (2, 1)), mode, stat_length=length)
    np.testing.assert_allclose(found.numpy(), np.pad(x, ((1, 2), (2, 1)), mode, stat_length=length), 1e-14)


@pytest.mark.parametrize("values", [2.0, (1.0, 2.0), ((1.0, 2.0), (3.0, 4.0)), [[0.5], [1.5]]], ids=str)
def test_constants_and_end_values_for_every_side(values: Any) -> None:
    x = drawn(2, 3)
    for settings in ({"mode": "constant", "constant_values": values}, {"mode": "linear_ramp", "end_values": values}):
        found = pad(Tensor(x), ((1, 2), (2, 1)), **settings)
        np.testing.assert_allclose(found.numpy(), np.pad(x, ((1, 2), (2, 1)), **settings), 1e-14)


def test_a_repeated_entry_collects_from_all_its_places() -> None:
    slope = grad(lambda x: pad(x, (2, 3), "wrap").sum())
    assert slope(np.array([1.0, 2.0])).tolist() == [4.0, 3.0]
    x = Tensor(drawn(2, 3), requires_grad=True)
    for mode in REPEATED:
        pad(x, 4, mode).inverse().check()


def test_numbers_that_are_not_finite() -> None:
    for x in ([np.nan, 1.0, 2.0], [np.inf, 1.0, -np.inf], [1.0, np.inf, np.inf]):
        for mode in ("maximum", "minimum", "median"):
            assert np.array_equal(pad(np.array(x), 1, mode), np.pad(x, 1, mode), equal_nan=True)


@pytest.mark.parametrize("mode", ["constant", *REPEATED, *COMPUTED])
def test_types_stay(mode: str) -> None:
    assert pad(Tensor(np.ones((2, 2), np.float32)), 2, mode).dtype == np.float32


@pytest.mark.parametrize("mode", [*REPEATED, *COMPUTED])
def test_gradients_of_third_order(mode: str) -> None:
    assert gradcheck(lambda x: sin(pad(sin(x), ((1, 2), (0, 3)), mode)), drawn(3, 3), order=3)


def test_former_names_and_the_number_in_third_place_mean_a_constant() -> None:
    x = drawn(2, 2)
    for found in (pad(x, widths=1, value=3.0), pad(x, ((1, 1), (1, 1)), 3.0), pad(x, 1, value=3.0)):
        assert np.array_equal(found, np.pad(x, 1, constant_values=3.0))


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        (lambda x: pad(x, 1, "empty"), ValueError, "mode is .*'constant'.*, not 'empty'"),
        (lambda x: pad(x, 1, "reflect", reflect_type="both"), ValueError, "reflect_type is .*'even'"),
        (lambda x: pad(x, ((1, 1), (0, -1)), "edge"), ValueError, "an entry of pad_width is 0 or a positive integer"),
        (lambda x: pad(x, 1.5), ValueError, "an entry of pad_width is"),
        (lambda x: pad(x, ((1, 2, 3),)), ValueError, r"pad_width is a number, \(before, after\), or such a pair"),
        (lambda x: pad(x, "a"), ValueError, "pad_width is a number"),
        (lambda x: pad(x, None), ValueError, "pad_width is a number"),
        (lambda x: pad(x, 1, "mean", stat_length=0), ValueError, "an entry of stat_length is a positive integer"),
        (lambda x: pad(x, 1, "constant", "a"), ValueError, "constant_values is a number"),
        (lambda x: pad(x[:0], 1, "edge"), ValueError, r"cannot continue axis 0 of shape \(0, 3\)"),
        (lambda x: pad(x[:0], 1, "mean"), ValueError, r"cannot continue axis 0 of shape \(0, 3\)"),
        (lambda x: pad(x, 1, "mean") if x.dtype == int else pad(x.astype(int), 1, "mean"), TypeError, "x.astype"),
        (lambda x: np.pad(Tensor(x), 1, lambda *_: None), ValueError, "mode is"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(call: Any, kind: Any, match: str) -> None:
    with pytest.raises(kind, match=match):
        call(np.ones((2, 3)))


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_many_entries_are_turned_in_little_memory(mode: str) -> None:
    x = np.arange(200_000.0)
    tracemalloc.start()
    found = pad(x, (3, 2), mode, reflect_type="odd")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(found, np.pad(x, (3, 2), mode, reflect_type="odd"))  # type: ignore[call-overload]
    assert peak < 10 * x.nbytes


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_entries_are_turned_again_and_again(mode: str, n: int) -> None:
    x = np.arange(float(n)) ** 2
    wild = np.array([np.inf, *x, 1e300])  # what is far away is left out of it
    expected = np.pad(wild, (0, 1), mode, reflect_type="odd")  # type: ignore[call-overload]
    assert np.array_equal(pad(wild, (0, 1), mode, reflect_type="odd"), expected)
    for width in ((0, 1), (n, 0), (2 * n + 1, 3), (4, 7 * n)):
        wanted = np.pad(x, width, mode, reflect_type="odd")  # type: ignore[call-overload]
        assert np.array_equal(pad(x, width, mode, reflect_type="odd"), wanted)

"""Every formula runs on arrays of any library that follows the array API standard: forward and back, as with NumPy.

The library here has nothing but the standard. Its arrays lie on a device that is not the default one, so that neither
NumPy's functions nor what is made in the wrong place goes unnoticed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Tensor,
    add,
    softmax_cross_entropy,
    softmax_minus_target,
    stack,
    vmap,
    where,
)
from inversa.autograd.ops.losses import probabilities
from inversa.autograd.ops.shaping import astype, getitem, scatter
from inversa.autograd.trees import is_container, leaves

from .cases import CASES as ALL
from .cases import OF_SCIPY, Case, weights_for
from .test_compositions import CASES as COMPOSED
from .test_compositions import Case as Composed

strict = pytest.importorskip("array_api_strict")
CASES = [case for case in ALL if case.op.name not in OF_SCIPY]
strict.set_array_api_strict_flags(api_version="2024.12")
DEVICE = strict.Device("device1")


def there(x: Any) -> Any:
    return strict.asarray(np.asarray(x), device=DEVICE)


def here(x: Any) -> Any:
    if not hasattr(x, "to_device"):
        assert isinstance(x, (int, float)), f"not the library's own: {type(x)}"
        return x
    assert x.device == DEVICE
    return np.asarray(x.to_device(strict.Device("CPU_DEVICE")))


def back(case: Case, g: Any, y: Any, operands: Any) -> list[Any]:
    """What the pullbacks make of g."""
    op = case.op
    params = {key: value for key, value in op.defaults.items() if key not in op.operands} | case.params
    if op.variadic:
        return list(op.vjps[0](g, y, *operands, **params))
    return [vjp(g, y, *operands, **params) for vjp in op.vjps]


# What needs a function that the standard does not have, by its name, with the reason. Nothing so far.
LACKING: dict[str, str] = {}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", [case for case in CASES if case.op.name not in LACKING], ids=str)
def test_formulas_and_pullbacks_use_nothing_but_the_standard(case: Case, dtype: str) -> None:
    operands = [np.asarray(x, dtype) for x in case.operands]
    g = np.asarray(weights_for(case), dtype)
    expected = np.asarray(case.apply(operands))
    flows = back(case, g, expected, operands)

    foreign = [there(x) for x in operands]
    y = case.apply(foreign)
    found = back(case, there(g), y, foreign)

    tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-4, "atol": 1e-5}
    for a, b in zip([y, *found], [expected, *flows], strict=True):
        assert np.shape(here(a)) == np.shape(b)
        np.testing.assert_allclose(here(a), b, **tolerance)
        assert not hasattr(a, "dtype") or case.op.name == "astype" or here(a).dtype == np.asarray(b).dtype


@pytest.mark.parametrize("case", [case for case in COMPOSED if case.name not in LACKING], ids=str)
def test_compositions_use_nothing_but_the_standard(case: Composed) -> None:
    found = leaves(case.of(*map(there, case.operands)), is_container)
    for a, b in zip(found, leaves(case.of(*case.operands), is_container), strict=True):
        np.testing.assert_allclose(here(a), b, 1e-12, 1e-12)


# Indices, as NumPy has them.

X = np.arange(60.0).reshape(3, 4, 5)
INDICES: list[Any] = [
    0, -1, (1, -2, 3), slice(1, 3), slice(None, None, -1), slice(9, 1), slice(-2, None), (..., slice(None, None, 2)),
    (slice(None, None, -2), 1), (None, 1, None), (..., None, 0), (slice(3, 0, -2), ..., slice(1, 5, 3)), (),
    [0, 2], [], [[0, 1], [2, 2]], np.array([2, 0]), np.array(1), np.int64(2), np.uint8([1, 2]),
    (slice(None), [0, 0, 3]), ([0, 2], [1, 1]), ([0, 2], slice(None), [1, 1]), ([[0], [2]], [1, 3]),
    (slice(1, 3), [0, 3], [4, 4]), (0, slice(None), [1, 2]), (slice(None), 0, [1, 2]), ([0, 1], None, 2),
    (None, [0, 1], slice(None, None, -1)), (..., [4, 0]), ([-1, -3], ..., 0), (slice(1, 1), [1, 2]),
    X > 20, X[:, 0, 0] > 10, (slice(None), X[0, :, 0] > 3), (0, X[0] % 2 == 0), ([0, 1, 2], X[0, :, 0] > 3),
]  # fmt: skip


@pytest.mark.parametrize("foreign", [False, True], ids=["index of NumPy", "index of the library"])
@pytest.mark.parametrize("index", INDICES, ids=lambda i: str(i).replace("\n", " ")[:40])
def test_indices_mean_what_they_mean_in_numpy(index: Any, foreign: bool) -> None:
    parts = index if isinstance(index, tuple) else (index,)
    if foreign:
        parts = tuple(there(i) if isinstance(i, np.ndarray) or (isinstance(i, list) and i) else i for i in parts)
    found = getitem(there(X), parts)
    np.testing.assert_array_equal(here(found), X[index])

    g = np.random.default_rng(0).uniform(1, 2, X[index].shape)
    expected = np.zeros(X.shape)
    np.add.at(expected, index, g)
    np.testing.assert_allclose(here(scatter(there(g), parts, X.shape)), expected, rtol=1e-14)


def test_what_is_added_stays_where_it_belongs() -> None:
    g = np.array([1.0, np.nan, np.inf, 4.0, 5.0, 6.0, 7.0])
    found = here(scatter(there(g), [3, 0, 1, 3, 3, 4, 3], (6,)))
    np.testing.assert_array_equal(found, [np.nan, np.inf, 0.0, 17.0, 6.0, 0.0])


NOWHERE = [3, -4, (0, 4), [0, 3], [-4], (0, [0, 4]), ([0, 1], [0, -5]), (0, 0, 0, 0), True, [0.5]]


@pytest.mark.parametrize("index", NOWHERE, ids=str)
def test_what_is_not_there_is_an_error(index: Any) -> None:
    with pytest.raises(IndexError):
        getitem(there(X), index)


# What formulas ask of arrays.


def test_libraries_do_not_mix() -> None:
    for call in (
        lambda: add(there([1.0]), np.ones(1)),
        lambda: where(np.array([True]), there([1.0]), 0.0),
        lambda: softmax_cross_entropy(there([[1.0, 2.0]]), target=np.array([0])),
    ):
        with pytest.raises(TypeError, match=r"arrays of array_api_strict and numpy meet here: .* convert one of them"):
            call()


def test_numbers_mix_with_all() -> None:
    assert here(where(there([True, False]), 1.0, 2.0)).tolist() == [1.0, 2.0]
    assert here(where([True, False], there([1.0, 1.0]), 0.0)).tolist() == [1.0, 0.0]
    assert here(stack([there(1.0), 2.0])).tolist() == [1.0, 2.0]
    assert here(astype(there([1.0]), np.float32)).dtype == np.float32
    with pytest.raises(TypeError, match="only floating-point types have gradients"):
        astype(there([1.0]), "int64")


@pytest.mark.parametrize("op", [softmax_cross_entropy, softmax_minus_target])
def test_labels_are_looked_at_beside_the_formula(op: Any) -> None:
    z = np.zeros((2, 3))
    with pytest.raises(ValueError, match=f"{op.name} of shapes .*: label 3 is none of the 3 classes"):
        op(z, target=[0, 3])
    with pytest.raises(ValueError, match="label -1 is none of the 3 classes"):
        op(Tensor(z), target=np.array([-1, 0]))
    with pytest.raises(ValueError, match="label -1 is none of the 3 classes"):
        vmap(lambda row: op(row, target=[-1, 0]))(np.zeros((4, 2, 3)))
    assert probabilities(np, np.array([3]), z).tolist() == [[0.0, 0.0, 0.0]]

"""einsum against NumPy's on random programs. Its gradients need no differences: it is linear in every operand.

So the derivative by an entry is the einsum with a unit array in the operand's place, and that of second order the one
with two of them: NumPy gives them to the last digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_letters
from typing import Any, NamedTuple

import numpy as np
import pytest

from inversa.autograd import Tensor, einsum, grad, jit, vmap

Array = np.ndarray[Any, np.dtype[np.float64]]

FEW, MANY = 100, 1000


class Program(NamedTuple):
    """A call of einsum."""

    subscripts: str
    arrays: tuple[Array, ...]

    def numpys(self, replaced: dict[int, Array] | None = None) -> Array:
        """The result, with other arrays in some places."""
        arrays = [(replaced or {}).get(k, x) for k, x in enumerate(self.arrays)]
        return np.asarray(np.einsum(self.subscripts, *arrays))

    def __str__(self) -> str:
        return f"einsum({self.subscripts!r}) of the shapes {[x.shape for x in self.arrays]}"


def program(seed: int) -> Program:
    """One to five operands; letters that stand twice, or once; `...`; lengths from 0."""
    rng = np.random.default_rng(seed)
    lengths = dict(zip("abcdXY", rng.choice([0, 1, 2, 3], 6, p=[0.04, 0.2, 0.4, 0.36]), strict=True))
    others = tuple(rng.choice([0, 1, 2, 3], rng.integers(0, 3), p=[0.05, 0.25, 0.4, 0.3]))
    dots = rng.random() < 0.4
    terms, shapes = [], []
    for _ in range(rng.integers(1, 6)):
        letters = [str(i) for i in rng.choice(list(lengths), rng.integers(0, 4))]
        shape = [(lengths[i],) for i in letters]
        if dots and rng.random() < 0.7:
            place = int(rng.integers(0, len(letters) + 1))
            last = others[len(others) - rng.integers(0, len(others) + 1) :]
            letters.insert(place, "...")
            shape.insert(place, tuple(n if rng.random() < 0.7 else 1 for n in last))
        terms.append("".join(letters))
        shapes.append(sum(shape, ()))
    text = ",".join(terms)
    if rng.random() < 0.7:
        known = sorted(set(text) - set(",."))
        result = [str(i) for i in rng.permutation(known)[: rng.integers(0, 4)]] if known else []
        if "..." in text:
            result.insert(int(rng.integers(0, len(result) + 1)), "...")
        text = f"{text}->{' '.join(result)}"
    return Program(text, tuple(rng.uniform(-1.0, 1.0, shape) for shape in shapes))


def units(shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Every place in an array, and the array that is 1 there and 0 elsewhere."""
    for place in np.ndindex(shape):
        unit = np.zeros(shape)
        unit[place] = 1.0
        yield place, unit


def check_value(of: Program) -> None:
    found = einsum(of.subscripts, *of.arrays)
    np.testing.assert_allclose(found, of.numpys(), 1e-12, 1e-12, err_msg=str(of), strict=True)


def check_gradients(of: Program) -> None:
    tensors = [Tensor(x, requires_grad=True) for x in of.arrays]
    y = einsum(of.subscripts, *tensors)
    g = np.random.default_rng(0).uniform(0.5, 1.5, y.shape)
    y.backward(g)
    for k, x in enumerate(tensors):
        expected = np.zeros(x.shape)
        for place, unit in units(x.shape):
            expected[place] = (g * of.numpys({k: unit})).sum()
        np.testing.assert_allclose(x.grad, expected, 1e-11, 1e-11, err_msg=f"{of}, operand {k}", strict=True)


def check_second_order(of: Program) -> None:
    """The gradients, weighted to one number, differentiated again."""
    rng = np.random.default_rng(1)
    g, *mix = (rng.uniform(0.5, 1.5, x.shape) for x in (of.numpys(), *of.arrays))
    places = tuple(range(len(of.arrays)))
    first = grad(lambda *arrays: (einsum(of.subscripts, *arrays) * g).sum(), places)
    second = grad(lambda *arrays: sum((a * m).sum() for a, m in zip(first(*arrays), mix, strict=True)), places)
    for k, found in enumerate(second(*of.arrays)):
        expected = np.zeros(found.shape)
        for place, unit in units(found.shape):
            expected[place] = sum((g * of.numpys({k: unit, j: m})).sum() for j, m in enumerate(mix) if j != k)
        np.testing.assert_allclose(found, expected, 1e-10, 1e-10, err_msg=f"{of}, operand {k}", strict=True)


def check_single(of: Program) -> None:
    """In single precision it stays, and so do gradients."""
    tensors = [Tensor(x.astype(np.float32), requires_grad=True) for x in of.arrays]
    y = einsum(of.subscripts, *tensors)
    assert y.dtype == np.float32, of
    np.testing.assert_allclose(y.numpy(), of.numpys(), 1e-4, 1e-4, err_msg=str(of))
    y.backward(np.ones(y.shape, np.float32))
    assert all(x.grad is not None and x.grad.dtype == np.float32 for x in tensors), of


def check_order(of: Program) -> None:
    """What it is multiplied by first decides nothing but rounding."""
    for optimize in (False, "greedy", "optimal"):
        found = einsum(of.subscripts, *of.arrays, optimize=optimize)
        np.testing.assert_allclose(found, of.numpys(), 1e-12, 1e-12, err_msg=f"{of}, {optimize}")


def check_samples(of: Program) -> None:
    """Of many samples of some operands, the others being the same for all."""
    mapped = [k % 2 == 0 or len(of.arrays) == 2 for k in range(len(of.arrays))]
    many = [np.stack([x, 2.0 * x, x - 1.0]) if m else x for x, m in zip(of.arrays, mapped, strict=True)]
    found = vmap(lambda *arrays: einsum(of.subscripts, *arrays), tuple(0 if m else None for m in mapped))(*many)
    for i in range(3):
        one = of._replace(arrays=tuple(x[i] if m else x for x, m in zip(many, mapped, strict=True)))
        np.testing.assert_allclose(found[i], one.numpys(), 1e-12, 1e-12, err_msg=str(of))


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (check_value, FEW), (check_gradients, FEW), (check_second_order, FEW // 4), (check_single, FEW // 4),
        (check_order, FEW), (check_samples, FEW // 2),
        *(pytest.param(check, MANY, marks=pytest.mark.long) for check in (
            check_value, check_gradients, check_second_order, check_single, check_order, check_samples
        )),
    ],
)  # fmt: skip
def test_random_programs(check: Any, number: int) -> None:
    for seed in range(number):
        check(program(seed))


def test_the_programs_have_all_that_may_be_written() -> None:
    programs = [program(seed) for seed in range(FEW)]
    terms = [term for each in programs for term in each.subscripts.partition("->")[0].split(",")]
    assert {len(each.arrays) for each in programs} == {1, 2, 3, 4, 5}
    assert any("..." in term for term in terms)
    assert any(len(set(term) - {"."}) < len(term.replace("...", "")) for term in terms)
    assert any("->" not in each.subscripts for each in programs)
    assert {0, 1} < {n for each in programs for x in each.arrays for n in x.shape}


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b, c: einsum("ij,jk,kl->il", a, b, c),
        lambda a, b, c: einsum("iij,j...,ik->i...", a[None] * b[..., None], b, c),
        lambda a, b, c: einsum("ii,jk->i", a, b @ c),
    ],
)
def test_it_is_compiled(function: Any) -> None:
    arrays = np.random.default_rng(0).normal(size=(3, 3, 3))
    gradient = grad(lambda a, b, c: (function(a, b, c) ** 2).sum(), (0, 1, 2))
    for each in (function, lambda a, b, c: gradient(a, b, c)):
        compiled = jit(each)
        np.testing.assert_allclose(compiled(*arrays), each(*arrays), 1e-12)
        assert compiled.why_not is None


def test_numpys_einsum_takes_tensors() -> None:
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=(3, 3)) for _ in range(3))
    x = Tensor(b, requires_grad=True)
    y = np.einsum("ij,jk,ki->i", a, x, c, optimize=True)
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y.numpy(), np.einsum("ij,jk,ki->i", a, b, c))
    assert np.einsum_path("ij,jk,ki->i", x, x, x)[0] == np.einsum_path("ij,jk,ki->i", a, b, c)[0]
    with pytest.raises(TypeError, match="out"):
        np.einsum("ij->ji", x, out=np.zeros((3, 3)))


def test_numbers_for_letters() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 3))
    for call in (
        (a, [..., 0, 2], b, [2, 0]),
        (a, [..., 0, 2], b, [2, 0], [...]),
        (a, [7, 0, 2], b, [2, 0], [0, 7]),
        (b, [30, 7]),  # without a result that one is sorted
        (b, [0, 1], []),
    ):
        np.testing.assert_allclose(einsum(*call), np.einsum(*call), strict=True)


def test_more_axes_than_have_letters_in_a_subscript() -> None:
    x = np.random.default_rng(0).normal(size=(2, *(1,) * 29, 3))
    np.testing.assert_allclose(einsum("...i,...i->...", x, x), np.einsum("...i,...i->...", x, x), strict=True)
    with pytest.raises(ValueError, match="leaves 0 letters for the 1 axes"):
        einsum(f"{ascii_letters},...", np.ones((1,) * 52), np.ones(2))


def test_the_same_tensor_in_several_places() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    einsum("ij,jk,kl->", x, x, x).backward()
    ones = np.ones((2, 2))
    a = x.numpy()
    np.testing.assert_allclose(x.grad, ones @ (a @ a).T + a.T @ ones @ a.T + (a @ a).T @ ones)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: einsum("ij,jk", x), "'ij,jk' is for 2 arrays, and there are 1"),
        (lambda x: einsum("ij", x, x), "for 1 arrays, and there are 2"),
        (lambda x: einsum("ijk", x), r"'ijk' is for 3 axes, and the array of shape \(2, 3\) has 2"),
        (lambda x: einsum("i", x), r"'i' is for 1 axes, and the array of shape \(2, 3\) has 2"),
        (lambda x: einsum("ijk...", x), "'ijk...' is for 3 or more axes"),
        (lambda x: einsum("ij->ik", x), "index 'k', which no operand has"),
        (lambda x: einsum("ij->ii", x), "the index 'i' twice"),
        (lambda x: einsum("ii", x), "index 'i' of 'ii' has the lengths 2 and 3"),
        (lambda x: einsum("ij,ji", x, x), r"einsum of shapes \(2, 3\) and \(2, 3\): index 'j' .* lengths 3 and 2"),
        (lambda x: einsum("ij,jk", x, np.ones((1, 3))), "index 'j' of 'ij,jk' has the lengths 3 and 1"),
        (lambda x: einsum("i...,...", x, np.ones(2)), r"an axis of '\.\.\.' has the lengths 3 and 2"),
        (lambda x: einsum("i...->i", x), r"needs '\.\.\.', too"),
        (lambda x: einsum("i2", x), "'i2' of 'i2' is no row of letters"),
        (lambda x: einsum("i..j", x), "no row of letters"),
        (lambda x: einsum("...i...", x), "no row of letters"),
        (lambda x: einsum("iñ", x), "no row of letters"),
        (lambda x: einsum("ij->i->", x), "no row of letters"),
        (lambda x: einsum(x, x), "call einsum"),
        (lambda x: einsum(), "call einsum"),
        (lambda x: einsum(x, [0, 52]), "an index is ... or an integer from 0 to 51"),
        (lambda x: einsum("ij", x, optimize="fast"), "optimize"),
        (lambda x: einsum("ij", x, optimize=2.5), "optimize"),
        (lambda x: einsum("ij,kj,ij", x, x, x, optimize=["einsum_path", (0, 1)]), "multiplies 3 arrays"),
        (lambda x: einsum("ij,kj,ij", x, x, x, optimize=["einsum_path", (0, 7), (0, 1)]), "multiplies 3 arrays"),
    ],
)
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    for x in (np.ones((2, 3)), Tensor(np.ones((2, 3)), requires_grad=True)):
        with pytest.raises(ValueError, match=message):
            call(x)


def test_an_order_of_ones_own() -> None:
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=(3, 3)) for _ in range(3))
    for path in ([(1, 2), (0, 1)], [(0, 2), (0, 1)], [(0, 1, 2)]):
        np.testing.assert_allclose(einsum("ij,jk,kl", a, b, c, optimize=["einsum_path", *path]), a @ b @ c)

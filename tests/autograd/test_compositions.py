"""Compositions: every one, on its examples, is NumPy's function, with derivatives, compiled, and for many samples."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pytest
import scipy.special

from inversa.autograd import Example, Tensor, grad, gradcheck, jit, vmap
from inversa.autograd.ops.composed import COMPOSITIONS, Composition
from inversa.autograd.trees import is_container, leaves

# Those whose result has a shape that depends on the numbers, with the reason why they are neither compiled nor batched.
EVALUATED = {
    "compress": "as many entries as conditions hold",
    "extract": "as many entries as conditions hold",
    "linalg.lstsq": "it must be known whether the matrix is of full rank",
}


INDEPENDENT = {"full_like": "a number in the shape of an array does not depend on its entries"}


class Case(NamedTuple):
    """A composition with operands and settings."""

    name: str
    composition: Composition
    operands: tuple[Any, ...]
    params: dict[str, Any]

    def __str__(self) -> str:
        shapes = ",".join("x".join(map(str, np.shape(x))) or "0-d" for x in self.operands)
        return f"{self.name} {shapes}" + "".join(f" {key}={value}" for key, value in self.params.items())

    def of(self, *operands: Any, function: Callable[..., Any] | None = None) -> Any:
        """The composition, or another function, of these operands."""
        call = function or self.composition.function
        if self.composition.joins:
            return call(list(operands), **self.params)
        return call(*operands, **self.params)

    def total(self, *operands: Any) -> Any:
        """One number made of all results, with weights, so that no error cancels."""
        parts = [part for part in leaves(self.of(*operands), is_container) if hasattr(part, "shape")]
        single = all(np.ndim(x) == 0 for x in self.operands)
        sums = [part * 1.25 if single and part.shape == () else (part * _weights(part.shape)).sum() for part in parts]
        return sum(sums[1:], sums[0])


def _of_so_many(arguments: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its arguments one by one."""
    return {
        1: lambda a: function(a),
        2: lambda a, b: function(a, b),
        3: lambda a, b, c: function(a, b, c),
        4: lambda a, b, c, d: function(a, b, c, d),
    }[arguments]


def _weights(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(3).uniform(0.5, 1.5, shape)


def _case(name: str, composition: Composition, example: Example) -> Case:
    if example.values:
        return Case(name, composition, tuple(np.asarray(x) for x in example.values), dict(example.params))
    generator = np.random.default_rng(crc32(f"{name} {example}".encode()))
    low, high = composition.domain
    size = sum(prod(shape) for shape in example.shapes)
    numbers = low + (high - low) * (generator.permutation(size) + generator.uniform(0.35, 0.65, size)) / max(1, size)
    parts = np.split(numbers, np.cumsum([prod(shape) for shape in example.shapes])[:-1])
    operands = tuple(part.reshape(shape) for part, shape in zip(parts, example.shapes, strict=True))
    return Case(name, composition, operands, dict(example.params))


CASES = [
    _case(name, composition, example)
    for name, composition in COMPOSITIONS.items()
    if composition.function.__module__.startswith("inversa.autograd.")
    for example in composition.examples
]
DIFFERENTIABLE = [
    case
    for case in CASES
    if case.name not in INDEPENDENT
    and any(np.size(x) and x.dtype.kind == "f" for x in case.operands)
    and all(np.isfinite(x).all() for x in case.operands)
]


def _numpys(name: str) -> Callable[..., Any]:
    """NumPy's or SciPy's function of this name."""
    thing: Any = np if hasattr(np, name.partition(".")[0]) else scipy.special
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing  # type: ignore[no-any-return]


def _same(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    found, expected = leaves(found, is_container), leaves(expected, is_container)
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        x = x.numpy() if isinstance(x, Tensor) else np.asarray(x)
        assert x.shape == np.shape(y)
        np.testing.assert_allclose(x, y, tolerance, tolerance)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_numpys(case: Case) -> None:
    expected = case.of(*case.operands, function=_numpys(case.name))
    tensors = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in case.operands]
    _same(case.of(*case.operands), expected)
    _same(case.of(*tensors), expected)
    _same(case.of(*tensors, function=_numpys(case.name)), expected)
    single = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in case.operands]
    of_numpy = leaves(case.of(*single, function=_numpys(case.name)), is_container)
    for part, other in zip(leaves(case.of(*map(Tensor, single)), is_container), of_numpy, strict=True):
        assert type(part) is int or part.dtype in (np.float32, np.asarray(other).dtype)  # a rank is an int


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
def test_its_derivatives(case: Case) -> None:
    places = [i for i, x in enumerate(case.operands) if x.dtype.kind == "f"]

    def function(*chosen: Any) -> Any:
        operands = list(case.operands)
        for i, x in zip(places, chosen, strict=True):
            operands[i] = x
        return case.total(*operands)

    assert gradcheck(function, *(case.operands[i] for i in places), order=2)


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in EVALUATED], ids=str)
def test_it_is_compiled(case: Case) -> None:
    arguments = len(case.operands)
    if case.name not in INDEPENDENT and all(x.size and x.dtype.kind == "f" for x in case.operands):
        gradient = grad(_of_so_many(arguments, case.total), tuple(range(arguments)))
        compiled = jit(_of_so_many(arguments, gradient))
        _same(compiled(*case.operands), gradient(*case.operands))
        assert compiled.why_not is None
    compiled = jit(_of_so_many(arguments, case.of))
    _same(compiled(*case.operands), case.of(*case.operands))
    assert compiled.why_not is None


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in EVALUATED], ids=str)
def test_it_takes_samples(case: Case) -> None:
    samples = [np.stack([x, x[::-1] if x.shape else x]) for x in case.operands]
    found = leaves(vmap(_of_so_many(len(case.operands), case.of))(*samples), is_container)
    for i in range(2):
        _same([x[i] for x in found], leaves(case.of(*(x[i] for x in samples)), is_container))


def test_a_name_that_is_taken_is_refused() -> None:
    from inversa.autograd.ops.composed import composed

    with pytest.raises(ValueError, match="already"):

        @composed(examples=())
        def squeeze(x: Any) -> Any:
            return x

    assert COMPOSITIONS["squeeze"].function.__module__.startswith("inversa.autograd.ops")


def test_lists_of_numbers_are_arrays() -> None:
    assert COMPOSITIONS["ravel"].function([[1.0], [2.0]]).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match="a number or an array of numbers"):
        COMPOSITIONS["ravel"].function(["a"])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.gradient(x, [0.0, 1.0, 3.0]),
        lambda x: np.gradient(x, (0.0, 1.0, 3.0)),
        lambda x: np.trapezoid(x, [0.0, 1.0, 3.0]),
        lambda x: np.trapezoid(x, None, 2.0),
        lambda x: np.diff(x, 0, -1, 1.0),
    ],
)
def test_arguments_by_position_are_numpys(call: Callable[[Any], Any]) -> None:
    """Lists of numbers, and None for what is not given."""
    x = np.array([1.0, 2.0, 4.0])
    assert call(Tensor(x)).tolist() == call(x).tolist()


def test_what_numpys_function_takes_and_ours_does_not_is_said() -> None:
    with pytest.raises(TypeError, match=r"ravel of a node takes no order="):
        np.ravel(Tensor([[1.0]]), order="F")


@pytest.mark.parametrize("n", [1, 2, 5])
def test_one_nan_spoils_a_median_and_every_quantile(n: int) -> None:
    x = np.random.default_rng(0).standard_normal((3, n))
    x[0, 0] = np.nan
    for name, settings in (("median", {}), ("quantile", {"q": [0.0, 0.3, 1.0]}), ("percentile", {"q": 10})):
        found = COMPOSITIONS[name].function(Tensor(x), axis=1, **settings)
        np.testing.assert_allclose(found.numpy(), getattr(np, name)(x, axis=1, **settings), 1e-14)


def test_settings_that_change_no_result_are_taken() -> None:
    x = Tensor([3.0, 1.0, 2.0])
    assert np.sort(x, kind="stable").tolist() == [1.0, 2.0, 3.0]
    assert np.median(x, overwrite_input=True).item() == 2.0
    with pytest.raises(TypeError, match="takes no order="):
        np.sort(x, order="f")


def test_steps_from_a_whole_number_are_no_whole_numbers() -> None:
    stop = Tensor(4.5, requires_grad=True)
    steps = np.linspace(1, stop, 3)
    assert steps.tolist() == [1.0, 2.75, 4.5]
    steps.sum().backward()
    assert stop.grad == 1.5

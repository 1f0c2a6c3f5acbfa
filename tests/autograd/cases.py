"""What every declared operation is tested on, and the checks themselves, generated from the declarations.

`test_rules` expects the checks to pass; `test_mutations` breaks the rules and expects them to fail.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

import inversa.autograd.special  # noqa: F401  # declares operations, too
from inversa.autograd import InverseNetwork, Operation, Tensor, Value

from .numeric import (
    CENTRAL,
    COMPLEX,
    Array,
    Function,
    central_slope,
    close,
    complex_slope,
    directions,
    dot,
)

WHOLE = {"argsort"}  # the results are whole numbers, which have no gradient

# Operations that a doctest or another test declares are not ours to check.
OPERATIONS = tuple(
    op
    for op in Operation.registry.values()
    if op.__module__.startswith("inversa.autograd.ops.") and op.name not in WHOLE
)

# Those that SciPy computes have no formula that is traced number by number.
OF_SCIPY = frozenset(op.name for op in OPERATIONS if "of_scipy" in op.forward.__code__.co_names)

SHAPES: dict[int, tuple[tuple[tuple[int, ...], ...], ...]] = {
    1: (((),), ((1,),), ((3,),), ((2, 3),), ((2, 1, 2),), ((0,),), ((2, 0, 3),), ((9, 9),)),
    2: (
        ((), ()),
        ((3,), ()),
        ((), (2, 3)),
        ((1,), ()),
        ((2, 1), (3,)),
        ((1, 3), (2, 1)),
        ((2, 3), (2, 3)),
        ((4, 1, 2), (3, 1)),
        ((0, 3), (1, 3)),
        ((0,), (1,)),
        ((1, 1), (0, 1)),
        ((), (0,)),
    ),
}


@dataclass(frozen=True)
class Case:
    """An operation with operands (float64 arrays) and parameters."""

    op: Operation[...]
    operands: tuple[Array, ...]
    params: dict[str, Any]
    note: str = ""

    def __str__(self) -> str:
        shapes = ",".join("x".join(map(str, x.shape)) or "0-d" for x in self.operands)
        params = "".join(f" {name}={value}" for name, value in self.params.items())
        return f"{self.op.name} {shapes}{params}{self.note}"

    @property
    def on_floats(self) -> bool:
        """Whether it can be run on Values as well."""
        return self.op.on_floats and all(x.shape == () for x in self.operands)

    def apply(self, operands: Sequence[Any]) -> Any:
        """Call the operation on these operands."""
        if self.op.variadic:
            return self.op(list(operands), **self.params)
        return self.op(**dict(zip(self.op.operands, operands, strict=True)), **self.params)

    def plain(self, *operands: Any) -> Any:
        """The forward formula alone, which also takes complex arrays."""
        return np.asarray(self.apply(operands))


def separated(op: Operation[...], shapes: Sequence[tuple[int, ...]], places: NDArray[np.float64]) -> tuple[Array, ...]:
    """Operands at these places (0 to 1) of the operation's domain, but not at its kinks."""
    sizes = [math.prod(shape) for shape in shapes]
    operands = []
    for number, (shape, part) in enumerate(zip(shapes, np.split(places, np.cumsum(sizes)[:-1]), strict=True)):
        low, high = op.domain[0 if op.variadic else number]
        x = low + (high - low) * part.reshape(shape)
        for kink in op.kinks:
            x = np.where(np.abs(x - kink) < 0.05, kink + 0.1, x)
        operands.append(np.asarray(x))
    return tuple(operands)


def drawn(op: Operation[...], shapes: Sequence[tuple[int, ...]], params: dict[str, Any]) -> Iterator[Case]:
    """Distinct entries, so that nothing ties; for single numbers four draws, to see both sides of every choice."""
    if all(shape == () for shape in shapes) and op.on_floats:
        for quarter in range(4):
            places = (np.array([quarter, 3 - quarter][: len(shapes)]) + 0.45) / 4
            yield Case(op, separated(op, shapes, places), params, f" ({quarter + 1})")
        return
    total = sum(math.prod(shape) for shape in shapes)
    generator = np.random.default_rng(crc32(f"{op.name} {shapes} {params}".encode()))
    places = (generator.permutation(total) + generator.uniform(0.35, 0.65, total)) / max(1, total)
    yield Case(op, separated(op, shapes, places), params)


def cases_of(op: Operation[...]) -> list[Case]:
    """Everything that one operation is tested on; the same in every run."""
    found: list[Case] = []
    for example in op.examples:
        if example.values:
            found.append(
                Case(op, tuple(np.asarray(x, float) for x in example.values), dict(example.params), " (values)")
            )
        else:
            found += drawn(op, example.shapes, dict(example.params))
    if op.elementwise:
        scalar = [e.params for e in op.examples if all(np.ndim(p) == 0 for p in e.params.values())]
        opposite = [{k: not v for k, v in p.items()} for p in scalar if p and all(type(v) is bool for v in p.values())]
        for params in [*scalar, *opposite] or [{}]:
            for shapes in SHAPES[len(op.operands)]:
                found += drawn(op, shapes, dict(params))
    return list({str(case): case for case in found}.values())


CASES = tuple(case for op in OPERATIONS for case in cases_of(op))


def weights_for(case: Case, number: int = 0) -> Array:
    """What is fed in at the output: no two entries alike."""
    shape = case.plain(*case.operands).shape
    return np.asarray(np.random.default_rng(number).uniform(0.5, 1.5, shape) * (1 - 2 * (number % 2)))


def leaves_of(case: Case, kind: type = Tensor, dtype: Any = np.float64) -> list[Any]:
    """The operands as leaves that require gradients."""
    if kind is Value:
        return [Value(float(x)) for x in case.operands]
    return [Tensor(x.astype(dtype), requires_grad=True) for x in case.operands]


def gradients(case: Case, leaves: Sequence[Any], weights: Array) -> list[Array]:
    """What the engine finds; zeros where no gradient flows (``grad`` is None there)."""
    y = case.apply(leaves)
    y.backward(float(weights) if isinstance(y, Value) else weights)
    return [np.zeros(x.shape) if x.grad is None else x.grad for x in leaves]


# The checks. Each raises AssertionError when the engine and the numbers disagree.


def check_first_order(case: Case, kind: type = Tensor) -> None:
    """Every entry's gradient against central differences, and the complex step where it applies."""
    weights = weights_for(case)
    leaves = leaves_of(case, kind)
    found = gradients(case, leaves, weights)
    for x, g in zip(leaves, found, strict=True):
        assert np.shape(g) == x.shape, f"{case}: gradient of shape {np.shape(g)} for shape {x.shape}"
        if kind is Value:
            assert type(g) is float or x.grad is None, f"{case}: a Value's gradient is a {type(g).__name__}"
        else:
            assert g.dtype == x.dtype, f"{case}: gradient of type {g.dtype} for {x.dtype}"

    def weighted(*operands: Any) -> Any:
        return np.sum(weights * case.plain(*operands))

    for direction in directions(case.operands):
        slope = central_slope(weighted, case.operands, direction)
        assert close(dot(found, direction), slope), f"{case}: {dot(found, direction)}, but differences give {slope}"
        if case.op.analytic:
            slope = complex_slope(weighted, case.operands, direction)
            assert close(dot(found, direction), slope, COMPLEX), (
                f"{case}: {dot(found, direction)} ≠ {slope} (complex step)"
            )


def check_float32(case: Case) -> None:
    """In single precision: the same gradient, looser, in single precision."""
    weights = weights_for(case)
    exact = gradients(case, leaves_of(case), weights)
    leaves = leaves_of(case, dtype=np.float32)
    keeps_type = case.op.name != "astype"
    assert not keeps_type or case.apply(leaves).dtype == np.float32, f"{case}: float32 did not stay float32"
    for x, g, expected in zip(leaves, gradients(case, leaves, weights), exact, strict=True):
        assert np.shape(g) == x.shape, f"{case}: gradient of shape {np.shape(g)} for shape {x.shape}"
        assert x.grad is None or g.dtype == np.float32, f"{case}: gradient of type {g.dtype} for float32"
        assert close(g, expected, 2e-4), f"{case}: {g} in single precision, {expected} in double"


def check_second_order(case: Case, kind: type = Tensor) -> None:
    """The recorded flows, weighted to one number, differentiated by the inputs and by the seed."""
    weights = weights_for(case)
    mix = [np.asarray(np.random.default_rng(7 + i).uniform(0.5, 1.5, x.shape)) for i, x in enumerate(case.operands)]

    def mixed(w: Array, *operands: Array) -> float:
        leaves = (
            [Value(float(x)) for x in operands] if kind is Value else [Tensor(x, requires_grad=True) for x in operands]
        )
        return dot(gradients(case, leaves, np.asarray(w)), mix)

    leaves = leaves_of(case, kind)
    seed = Value(float(weights)) if kind is Value else Tensor(weights, requires_grad=True)
    flows = InverseNetwork(case.apply(leaves)).run(seed, record=True)
    reached = [(flows[x], m) for x, m in zip(leaves, mix, strict=True) if x in flows and flows[x].requires_grad]
    if reached:
        outer = InverseNetwork(*(flow for flow, _ in reached))
        fed = [float(m) if isinstance(flow, Value) else m for flow, m in reached]
        second = outer.run(fed if len(fed) > 1 else fed[0])
    else:
        second = {}
    found = [second.get(x, np.zeros(x.shape)) for x in (seed, *leaves)]
    for x, g in zip((seed, *leaves), found, strict=True):
        assert np.shape(g) == x.shape, f"{case}: second-order gradient of shape {np.shape(g)} for shape {x.shape}"
    point = (weights, *case.operands)
    for direction in directions(point):
        slope = central_slope(mixed, point, direction)
        assert close(dot(found, direction), slope, CENTRAL), (
            f"{case}, second order: {dot(found, direction)}, but differences give {slope}"
        )


def scalar_function(case: Case) -> Function:
    """The operation of one number as a function of a float."""
    return lambda x: float(case.plain(np.float64(x)))

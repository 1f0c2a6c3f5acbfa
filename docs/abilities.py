"""The table of what works with which operation and composition, found by trying it on the declarations' examples."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy_functions
import operations

import inversa.nn  # noqa: F401  # declares operations, too
from inversa.autograd import Operation, Tensor, Value, gradcheck, jit, vmap
from inversa.autograd.ops.composed import COMPOSITIONS, Composition
from inversa.autograd.ops.operation import Example
from inversa.autograd.trees import is_container, leaves

STRICT = "array_api_strict"  # a library with nothing but the standard: what runs on its arrays runs on those of others
YES, NO = "✓", "–"


Check = Callable[["Trial"], "bool | None"]


class Trial(NamedTuple):
    """What is tried: a function of so many arrays, and arrays for it."""

    name: str
    function: Callable[..., Any]
    operands: tuple[Any, ...]

    def total(self, *operands: Any) -> Any:
        """One number made of all results."""
        parts = [part for part in leaves(self.function(*operands), is_container) if hasattr(part, "shape")]
        sums = [(part * (1.25 + np.cos(np.arange(prod(part.shape)))).reshape(part.shape)).sum() for part in parts]
        return sum(sums[1:], sums[0])


def table() -> str:
    """For every topic its operations and compositions by what works with them, in Markdown."""
    checks = {name: check for name, check in CHECKS.items() if name != OTHERS or importlib.util.find_spec(STRICT)}
    found = {trial.name: tuple(_tried(check, trial) for check in checks.values()) for trial in trials()}
    lines = [("", "functions", *checks), ("---", "---", *[":-:"] * len(checks))]
    for title, names in operations.topics().items():
        alike = numpy_functions.grouped((operations.linked(name), found[name]) for name in names if name in found)
        for marks, links in alike.items():
            lines.append((title, ", ".join(links), *marks))
            title = ""  # not again
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def trials() -> Iterator[Trial]:
    """What is declared for users with an example, or takes any numbers; not the parts of others."""
    for op in Operation.registry.values():
        if (
            op.__module__.startswith("inversa.autograd.")
            and op.name not in COMPOSITIONS
            and numpy_functions.place(op.name)
        ):
            yield _of_operation(op)
    for name, composition in COMPOSITIONS.items():
        if composition.function.__module__.startswith("inversa.autograd.") and composition.examples:
            yield _of_composition(name, composition)


def _of_operation(op: Operation[...]) -> Trial:
    example = op.examples[0] if op.examples else Example()
    shapes = ((2, 3),) * len(op.operands) if op.elementwise else example.shapes

    def function(*operands: Any) -> Any:
        if op.variadic:
            return op(list(operands), **example.params)
        return op(**dict(zip(op.operands, operands, strict=True)), **example.params)

    domains = op.domain * len(shapes) if op.variadic else op.domain
    return Trial(op.name, function, _arrays(example, shapes, domains))


def _of_composition(name: str, composition: Composition) -> Trial:
    example = composition.examples[0]

    def function(*operands: Any) -> Any:
        given = [list(operands)] if composition.joins else operands
        return composition.function(*given, **example.params)

    return Trial(name, function, _arrays(example, example.shapes, (composition.domain,) * len(example.shapes)))


def _arrays(example: Example, shapes: Any, domains: Any) -> tuple[Any, ...]:
    """The example's own numbers, or such of the domains that no two are alike."""
    if example.values:
        return tuple(map(np.asarray, example.values))
    size = sum(map(prod, shapes))
    places = iter((np.random.default_rng(0).permutation(size) + 0.45) / max(1, size))
    return tuple(
        low + (high - low) * np.array([next(places) for _ in range(prod(shape))]).reshape(shape)
        for shape, (low, high) in zip(shapes, domains, strict=False)
    )


def _tried(check: Check, trial: Trial) -> str:
    """Whether it works: an error and a wrong result are no; nothing is said where there is nothing to try."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            return {True: YES, False: NO, None: ""}[check(trial)]
    except Exception:  # of any kind
        return NO


def _takes_values(trial: Trial) -> bool:
    """Of numbers, or of a list of them."""
    numbers = [Value(float(x.flat[0])) for x in trial.operands]
    lists = [[Value(float(number)) for number in x.flat] for x in trial.operands]
    return any(_tried(_gives_values, trial._replace(operands=values)) == YES for values in (numbers, lists))


def _gives_values(trial: Trial) -> bool:
    return all(isinstance(part, Value) for part in leaves(trial.function(*trial.operands), is_container))


def _takes_tensors(trial: Trial) -> bool:
    tensors = _tensors(trial)
    total = trial.total(*tensors)
    if getattr(total, "requires_grad", False):
        total.backward()
        assert any(x.grad is not None for x in tensors)
    return _same(trial.function(*tensors), trial.function(*trial.operands))


def _is_compiled(trial: Trial) -> bool:
    compiled = jit(_of_so_many(len(trial.operands), trial.function))
    return _same(compiled(*trial.operands), trial.function(*trial.operands)) and compiled.why_not is None


def _has_second_derivatives(trial: Trial) -> bool | None:
    if not getattr(trial.total(*_tensors(trial)), "requires_grad", False):
        return None  # places and such have no gradient
    floats = [i for i, x in enumerate(trial.operands) if x.dtype.kind == "f"]

    def function(*chosen: Any) -> Any:
        operands = list(trial.operands)
        for i, x in zip(floats, chosen, strict=True):
            operands[i] = x
        return trial.total(*operands)

    return gradcheck(function, *(trial.operands[i] for i in floats), order=2)


def _keeps_float32(trial: Trial) -> bool:
    tensors = _tensors(trial, np.float32)
    parts = leaves(trial.function(*tensors), is_container)
    if any(getattr(part, "requires_grad", False) for part in parts):
        trial.total(*tensors).backward()
    parts += [x.grad for x in tensors if x.grad is not None]
    return all(part.dtype == np.float32 for part in parts if hasattr(part, "dtype") and part.dtype.kind == "f")


def _takes_samples(trial: Trial) -> bool:
    samples = [np.stack([x, 0.9 * x if x.dtype.kind == "f" else x]) for x in trial.operands]
    found = leaves(vmap(_of_so_many(len(samples), trial.function))(*samples), is_container)
    return all(_same([x[i] for x in found], trial.function(*(x[i] for x in samples))) for i in range(2))


def _takes_other_arrays(trial: Trial) -> bool:
    strict = importlib.import_module(STRICT)
    found = trial.function(*map(strict.asarray, trial.operands))
    return _same(found, trial.function(*trial.operands))


OTHERS = "other libraries"
CHECKS: dict[str, Check] = {
    "Value": _takes_values,
    "Tensor": _takes_tensors,
    "compiled": _is_compiled,
    "second order": _has_second_derivatives,
    "float32": _keeps_float32,
    "vmap": _takes_samples,
    OTHERS: _takes_other_arrays,
}


def _tensors(trial: Trial, dtype: Any = np.float64) -> list[Tensor]:
    return [Tensor(x.astype(dtype), requires_grad=True) if x.dtype.kind == "f" else Tensor(x) for x in trial.operands]


def _of_so_many(arguments: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its arguments one by one, as compiling wants them."""
    return {
        1: lambda a: function(a),
        2: lambda a, b: function(a, b),
        3: lambda a, b, c: function(a, b, c),
        4: lambda a, b, c, d: function(a, b, c, d),
    }[arguments]


def _same(found: Any, expected: Any) -> bool:
    pairs = zip(leaves(found, is_container), leaves(expected, is_container), strict=True)
    return all(np.allclose(_plain(a), _plain(b), 1e-10, 1e-12, equal_nan=True) for a, b in pairs)


def _plain(x: Any) -> Any:
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)

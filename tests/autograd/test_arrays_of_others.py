"""Tensors of arrays of other libraries: operations and compositions, twice differentiable, as with NumPy's arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.autograd.trees import is_container, leaves

from .cases import CASES, Case
from .others import INSTALLED, Library
from .test_compositions import CASES as COMPOSED
from .test_compositions import Case as Composed

Arrays = Sequence[Any]


def weights(shapes: Sequence[tuple[int, ...]], dtype: Any) -> list[Any]:
    generator = np.random.default_rng(5)
    return [np.asarray(generator.uniform(0.5, 1.5, shape), dtype) for shape in shapes]


def derivatives(f: Callable[..., Any], arrays: Arrays, there: Callable[[Any], Any], dtype: Any = float) -> list[Any]:
    """The values of f, its gradients, and the gradients of their weighted sum, in a library; None for no gradient."""
    xs = [Tensor(there(x), requires_grad=x.dtype.kind == "f") for x in arrays]
    values = [y for y in leaves(f(*xs), is_container) if isinstance(y, Tensor)]
    outputs = [y for y in values if y.requires_grad]
    first: list[Any] = [None for _ in xs]
    second: dict[Any, Any] = {}
    if outputs:
        seeds = [there(g) for g in weights([y.shape for y in outputs], dtype)]
        flows = InverseNetwork(*outputs).run(seeds if len(seeds) > 1 else seeds[0], record=True)
        first = [flows.get(x) for x in xs]
        pairs = zip(first, weights([x.shape for x in xs], dtype), strict=True)
        terms = [(flow * there(w)).sum() for flow, w in pairs if flow is not None]
        total = sum(terms[1:], start=terms[0])
        second = total.inverse().run() if total.requires_grad else {}
    return [*(y.data for y in values), *(None if g is None else g.data for g in first), *(second.get(x) for x in xs)]


def check(library: Library, f: Callable[..., Any], arrays: Arrays, dtype: str = "float64") -> None:
    """Compare with NumPy: numbers, shapes, types; and that nothing left the library or its device."""
    arrays = [np.asarray(x, dtype) if np.asarray(x).dtype.kind == "f" else np.asarray(x) for x in arrays]
    expected = derivatives(f, arrays, np.asarray, dtype)
    found = derivatives(f, arrays, library.there, dtype)
    tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == "float64" else {"rtol": 5e-4, "atol": 1e-4}
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            here = library.here(a)
            assert (here.shape, here.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(here, b, **tolerance)


def sampled(library: Library, cases: Sequence[Any], name: Callable[[Any], str]) -> list[Any]:
    """The library with every case; with the first few of each function where a call takes long."""
    seen: dict[str, int] = {}
    chosen = []
    for case in cases:
        seen[name(case)] = seen.get(name(case), 0) + 1
        if seen[name(case)] <= library.cases:
            chosen.append(pytest.param(library, case, id=f"{library.name}-{case}"))
    return chosen


def skip_where_lacking(library: Library, name: str) -> None:
    if name in library.lacking:
        pytest.skip(f"{library.name}: {library.lacking[name]}")


OPERATIONS = [pair for library in INSTALLED for pair in sampled(library, CASES, lambda case: case.op.name)]
COMPOSITIONS = [pair for library in INSTALLED for pair in sampled(library, COMPOSED, lambda case: case.name)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("library", "case"), OPERATIONS)
def test_operations(library: Library, case: Case, dtype: str) -> None:
    skip_where_lacking(library, case.op.name)
    check(library, lambda *xs: case.apply(xs), case.operands, dtype)


@pytest.mark.parametrize(("library", "case"), COMPOSITIONS)
def test_compositions(library: Library, case: Composed) -> None:
    skip_where_lacking(library, case.name)
    check(library, case.of, case.operands)

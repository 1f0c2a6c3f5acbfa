"""A walk through everything public with arguments that mean nothing: every error says which argument, or whose."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Operation,
    Tensor,
    Value,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    sin,
    value_and_grad,
    vjp,
)

from .cases import CASES, OPERATIONS

NONSENSE: dict[str, Any] = {
    "None": None,
    "a text": "a",
    "a fraction": 3.5,
    "a negative number": -7,
    "nan": math.nan,
    "an empty list": [],
    "an empty tuple": (),
    "a list of anything": ["a", None],
    "a dictionary": {},
    "an object": object(),
    "a function": lambda x: x,
    "a Tensor": Tensor([1.0, 2.0], requires_grad=True),
}
NUMBERS = ("a fraction", "a negative number", "nan", "a Tensor")  # these may mean something
INDEXING = ("getitem", "scatter")  # an index that is not there is an IndexError, as everywhere in Python


def number(x: Any) -> Value:
    return Value(float(x))


def sensible(op: Operation[...]) -> Iterator[dict[str, Any]]:
    """Arguments with which the operation works: Tensors, arrays, and where it takes them Values and floats."""
    cases = [case for case in CASES if case.op is op and all(x.size for x in case.operands)]
    most = max(cases, key=lambda case: (len(case.params), *(x.ndim for x in case.operands)))
    kinds: list[tuple[Any, Callable[[Any], Any]]] = [
        (most, lambda x: Tensor(x, requires_grad=True)),
        (most, np.asarray),
    ]
    kinds += [(case, kind) for case in [c for c in cases if c.on_floats][:1] for kind in (number, float)]
    for case, kind in kinds:
        operands = [kind(x) for x in case.operands]
        named = {op.operands[0]: operands} if op.variadic else dict(zip(op.operands, operands, strict=True))
        yield op.defaults | case.params | named


def check(call: Callable[[], Any], names: set[str], *allowed: type[Exception]) -> Exception | None:
    """The error, which is of the right kind and names one of these; None where there was none."""
    found = None
    try:
        with np.errstate(all="ignore"):
            call()
    except (TypeError, ValueError, *allowed) as error:
        found = error
    if found is not None:
        assert any(name in str(found) for name in names), f"{type(found).__name__} names nothing: {found}"
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_operations(op: Operation[...]) -> None:
    allowed = (IndexError,) if op.name in INDEXING else ()
    for arguments in sensible(op):
        op(**arguments)
        for name in op.arguments:
            for what, nonsense in NONSENSE.items():
                call = partial(op, **arguments | {name: nonsense})
                error = check(call, {op.name, name, "a Value holds"}, *allowed)
                if name in op.operands and what not in (*NUMBERS, "an empty list", "an empty tuple"):
                    assert error is not None, f"{op.name} takes {what} as {name}"


ACCEPTED = {  # what means something after all
    *(("axis", what) for what in ("None", "an empty tuple")),
    *(("axes", what) for what in ("None",)),
    *(("ord", what) for what in ("None",)),
    *(("index", what) for what in ("None", "an empty list", "an empty tuple")),
    *(("shape", what) for what in ("an empty list", "an empty tuple")),
    *(("condition", what) for what in ("an empty list", "an empty tuple", "a list of anything")),
    *((name, "None") for name in ("low", "high")),
    *(
        (name, what)
        for name in ("low", "high", "slope", "alpha", "v", "a", "b", "df")
        for what in ("an empty list", "an empty tuple")
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("op", [op for op in OPERATIONS if op.parameters], ids=lambda op: op.name)
def test_no_setting_is_nonsense_that_is_accepted(op: Operation[...]) -> None:
    for arguments in sensible(op):
        for name in op.parameters:
            for what in NONSENSE.keys() - set(NUMBERS):
                if (name, what) not in ACCEPTED:
                    call = partial(op, **arguments | {name: NONSENSE[what]})
                    error = check(call, {op.name, name, "a Value holds"}, IndexError)
                    assert error is not None, f"{op.name} takes {what} as {name}"


TRANSFORMS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "grad": (lambda f, argnums, x: grad(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "value_and_grad": (lambda f, argnums, x: value_and_grad(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "jacobian": (lambda f, argnums, x: jacobian(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "jacfwd": (lambda f, argnums, x: jacfwd(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "jacrev": (lambda f, argnums, x: jacrev(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "hessian": (lambda f, argnums, x: hessian(f, argnums)(x), {"f": sin, "argnums": 0, "x": 1.0}),
    "vjp": (lambda f, x, v: vjp(f, x)[1](v), {"f": sin, "x": 1.0, "v": 2.0}),
    "jvp": (jvp, {"f": sin, "args": (1.0,), "tangents": (2.0,)}),
    "hvp": (hvp, {"f": sin, "x": 1.0, "v": 2.0}),
    "gradcheck": (
        lambda f, x, order, method, tolerance, seed: gradcheck(
            f, x, order=order, method=method, tolerance=tolerance, seed=seed
        ),
        {"f": sin, "x": 1.0, "order": 1, "method": "central", "tolerance": 1e-6, "seed": 0},
    ),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name: str) -> None:
    function, arguments = TRANSFORMS[name]
    function(**arguments)
    passed_on = {"argument", "differentiated", "fed in", "tangent", "grad needs", "the function", "a Value holds"}
    operations = {" of shapes ", "sin("}  # of the operation that it is given to
    for which in arguments:
        for nonsense in NONSENSE.values():
            check(partial(function, **arguments | {which: nonsense}), {which} | passed_on | operations)
    for nonsense in ("a", {}, object()):
        for which in arguments.keys() - {"seed"}:
            error = check(partial(function, **arguments | {which: nonsense}), {""})
            assert error is not None, f"{name} takes {nonsense!r} as {which}"

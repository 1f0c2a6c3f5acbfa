"""Tests of the tester: every rule, made wrong in several ways, must be caught by the checks of `test_rules`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from inversa.autograd import Operation, Tensor
from inversa.autograd.node import Node, plain
from inversa.autograd.value import Value

from . import cases
from .cases import CASES, OPERATIONS, Case, gradients, leaves_of, weights_for
from .numeric import complex_slope

Rule = Callable[..., Any]


def changed(rule: Rule, change: Callable[[Any], Any]) -> Rule:
    """A pullback all of whose shares (a variadic operation has one for each input) are changed."""

    def wrong(*args: Any, **params: Any) -> Any:
        shares = rule(*args, **params)
        return [change(share) for share in shares] if isinstance(shares, (list, tuple)) else change(shares)

    return wrong


MUTATIONS: dict[str, Callable[[Any], Any]] = {
    "1% more": lambda share: 1.01 * share,
    "sign flipped": lambda share: -share,
    "left out": lambda share: 0.0 * share,
}


def is_flat(op: Operation[...], number: int) -> bool:
    """Whether what comes back is 0 everywhere, as through a step."""
    flows = [gradients(case, leaves_of(case), weights_for(case)) for case in cases_of(op)]
    return not any(g.any() for found in flows for g in (found if op.variadic else found[number : number + 1]))


def cases_of(op: Operation[...]) -> list[Case]:
    return [case for case in CASES if case.op is op]


PULLBACKS = [(op, number) for op in OPERATIONS for number in range(len(op.vjps))]
FLAT = [pullback for pullback in PULLBACKS if is_flat(*pullback)]
RULES = [pytest.param(op, number, id=f"{op.name}-{number}") for op, number in PULLBACKS if (op, number) not in FLAT]


def rule_of(op: Operation[...], number: int) -> Rule:
    return op.vjps[number]


def caught(
    check: Callable[..., None], to_check: Iterable[Case], *kind: type, by: type[Exception] = AssertionError
) -> bool:
    """Whether any of the cases makes the check fail."""
    for case in to_check:
        try:
            check(case, *kind)
        except by:
            return True
    return False


def mutate(monkeypatch: pytest.MonkeyPatch, op: Operation[...], number: int, rule: Rule | None) -> None:
    monkeypatch.setattr(op, "vjps", (*op.vjps[:number], rule, *op.vjps[number + 1 :]))


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(("op", "number"), RULES)
def test_wrong_rule_is_caught(op: Operation[...], number: int, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutate(monkeypatch, op, number, changed(rule_of(op, number), MUTATIONS[mutation]))
    assert caught(cases.check_first_order, cases_of(op))
    if op.on_floats:
        assert caught(cases.check_first_order, [case for case in cases_of(op) if case.on_floats], Value)


@pytest.mark.parametrize(("op", "number"), FLAT)
def test_gradient_where_there_is_none_is_caught(
    op: Operation[...], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch, op, number, lambda g, *_args, **_params: g)
    assert caught(cases.check_first_order, cases_of(op))


@pytest.mark.parametrize(("op", "number"), RULES)
def test_rule_that_is_not_differentiable_is_caught(
    op: Operation[...], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right in first order, but computed outside the graph: the second-order check must see it."""
    rule = rule_of(op, number)

    def cut(share: Any) -> Any:
        return Tensor(plain(share)) if isinstance(share, Node) else share

    mutate(monkeypatch, op, number, changed(rule, cut))
    assert caught(cases.check_second_order, cases_of(op))


BROADCASTING = [op for op in OPERATIONS if op.elementwise and len(op.operands) > 1] + [Operation.registry["matmul"]]


@pytest.mark.parametrize("op", BROADCASTING, ids=lambda op: op.name)
def test_missing_unbroadcast_is_caught(op: Operation[...], monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast = [case for case in cases_of(op) if len({x.shape for x in case.operands}) > 1]
    monkeypatch.setattr(Tensor, "_match", lambda _self, flow: flow)
    assert caught(cases.check_first_order, broadcast, by=Exception)


def test_missing_type_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A float64 gradient for a float32 input."""
    fit = Tensor._match
    monkeypatch.setattr(Tensor, "_match", lambda self, flow: fit(self, flow).astype("float64"))
    for case in cases_of(Operation.registry["tanh"]):
        with pytest.raises(AssertionError, match="float32"):
            cases.check_float32(case)


def test_checks_pass_when_nothing_is_broken() -> None:
    """`caught` is not always true."""
    op = Operation.registry["multiply"]
    assert not caught(cases.check_first_order, cases_of(op))
    assert not caught(cases.check_second_order, cases_of(op))


def test_complex_step_sees_what_differences_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of 10⁻⁸ is below the tolerance of central differences; the complex step finds it."""
    op = Operation.registry["exp"]
    rule = rule_of(op, 0)
    mutate(monkeypatch, op, 0, lambda *args: (1 + 1e-8) * rule(*args))
    assert caught(cases.check_first_order, cases_of(op))
    monkeypatch.setattr(cases, "complex_slope", lambda *args: cases.central_slope(*args))
    monkeypatch.setattr(cases, "COMPLEX", cases.CENTRAL)
    assert not caught(cases.check_first_order, cases_of(op))
    assert complex_slope is not cases.complex_slope

"""Declarations: what is refused, and the texts, which are held to the pullbacks."""

import inspect
import re
from itertools import product
from math import pi

import pytest

import inversa.autograd.special  # noqa: F401  # declares operations, too
from inversa.autograd import Operation, Rule, Tensor, Value, clip, exp, grad, leaky_relu, no_grad, operation, tanh
from inversa.viz.command.expression import evaluate

SCALAR = [
    op for op in Operation.registry.values() if op.on_floats and op.__module__.startswith("inversa.autograd.ops.")
]

PROSE = {"clip": "1 inside", "where": "1 if chosen", "leaky_relu": "1 or the slope", "elu": "1 or {y} + α"}
PROSE |= {"selu": "λ or {y} + λ · α", "hard_tanh": "1 inside"}
PROSE |= {"digamma": "ψ′({x})", "polygamma": "ψ⁽ⁿ⁺¹⁾({x})"}
PROSE |= {"gammainc": "{x} ^ (a − 1) · e ^ −{x} / Γ(a)", "gammaincc": "−{x} ^ (a − 1) · e ^ −{x} / Γ(a)"}
PROSE |= {"betainc": "{x} ^ (a − 1) · (1 − {x}) ^ (b − 1) / B(a, b)"}
PROSE |= {"stdtr": "(1 + {t}² / df) ^ (−(df + 1) / 2) / (√df · B(df / 2, 1 / 2))"}
PROSE |= {name: f"({name[0].upper()}(v − 1, {{x}}) − {name[0].upper()}(v + 1, {{x}})) / 2" for name in ("jv", "yv")}
PROSE |= {"iv": "(I(v − 1, {x}) + I(v + 1, {x})) / 2", "kv": "(K(v − 1, {x}) + K(v + 1, {x})) / (−2)"}
# What texts write, and how the operations are called that they mean.
FUNCTIONS = {
    "σ(": "sigmoid(",
    "Γ(": "gamma(",
    "ψ(": "digamma(",
    "J(2, ": "jv(2, ",
    "I(2, ": "iv(2, ",
    **{f"{name[0].upper()}{'₀₁'[int(name[1])]}(": f"{name}(" for name in ("j0", "j1", "y0", "y1", "i0", "i1")},
}


def evaluated(text: str, values: dict[str, float]) -> float:
    """The value of a declared derivative."""
    if condition := re.fullmatch(r"1 if \{(\w)\} ([<>]) \{(\w)\}", text):
        a, b = values[condition[1]], values[condition[3]]
        return float(a < b if condition[2] == "<" else a > b)
    used = {name: values[name] for name in re.findall(r"\{(\w)\}", text)}
    text = re.sub(r"(ln|sinh|cosh|sin|cos|sign) (\{\w\}|\d+)", r"\1(\2)", text).replace("ln(", "log(")
    text = re.sub(r"√(\w+)", r"√(\1)", text)
    text = re.sub(r"Φ\((\{\w\})\)", r"(erfc(−\1 / √(2)) / 2)", text)
    text = re.sub(r"φ\((\{\w\})\)", r"(exp(−\1² / 2) / √(2 · π))", text)
    text = re.sub(r"\|(\{\w\})\|", r"abs(\1)", text)
    for written, name in FUNCTIONS.items():
        text = text.replace(written, name)
    text = text.replace("√(", "sqrt(").replace("π", str(pi))
    text = re.sub(r"\be \^ (−?(?:\(.*?\)|\{\w\}|abs\(\{\w\}\)))", r"exp(\1)", text)
    text = re.sub(r"[{}]", "", text).replace("−", "-")
    return evaluate(text, used).result.data if used else float(text)


@pytest.mark.parametrize("op", [op for op in SCALAR if op.name not in PROSE], ids=lambda op: op.name)
def test_the_texts_are_the_pullbacks(op: Operation[...]) -> None:
    """A derivative is written twice, as a rule and for people; here the second is held to the first."""
    assert len(op.derivatives) == len(op.vjps)
    for fraction in (0.13, 0.37, 0.81):
        inputs = [low + (high - low) * abs(fraction - 0.3 * i) for i, (low, high) in enumerate(op.domain)]
        y = op(*inputs)
        values = {**dict(zip(op.operands, inputs, strict=True)), "y": y}
        for text, rule in zip(op.derivatives, op.vjps, strict=True):
            assert evaluated(text, values) == pytest.approx(rule(1.0, y, *inputs), rel=1e-12, abs=1e-15)


ROUND = (0.0, 1.0, -1.0, 0.5, 2.0)  # where a rule may take one thing for another: a zero, equal operands, the top


@pytest.mark.parametrize("op", [op for op in SCALAR if op.name != "where"], ids=lambda op: op.name)
def test_second_derivatives_at_round_numbers(op: Operation[...]) -> None:
    """A rule that chooses between formulas may be right in both, and its derivative wrong where they meet."""
    params = op.examples[0].params if op.required > len(op.operands) else {}
    for point in product(ROUND, repeat=len(op.operands)):
        for i, name in enumerate(op.operands):
            others = {**params, **dict(zip(op.operands, point, strict=True))}
            slope = grad(lambda x, others=others, name=name: op(**{**others, name: x}))
            before, here, after = (slope(point[i] + step) for step in (-1e-5, 0.0, 1e-5))
            left, right = (here - before) / 1e-5, (after - here) / 1e-5
            if abs(right - left) < 1e-3 and abs(left) < 1e3:  # else a kink or a pole, which conventions are about
                assert grad(slope)(point[i]) == pytest.approx((left + right) / 2, rel=1e-5, abs=1e-5)


def test_which_texts_are_prose() -> None:
    assert {name: Operation.registry[name].derivatives[0] for name in PROSE} == PROSE


def test_pullbacks_that_do_not_fit_are_refused() -> None:
    @operation("two", Rule.SUM)
    def two_operands(xp, a, b):
        return a + b

    try:
        with pytest.raises(TypeError, match="one pullback for each"):
            two_operands.pullbacks(lambda g, _y, _a, _b: g)
        with pytest.raises(TypeError, match=r"takes \(g, y, a, b\)"):
            two_operands.pullbacks(lambda g, _y, _a, _b: g, lambda g: g)
        with pytest.raises(TypeError, match="takes"):
            two_operands.pullbacks(lambda g, *_: g, lambda g, *_: g)
    finally:
        del Operation.registry["two_operands"]


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ValueError, match="already"):

        @operation("exp", Rule.ACTIVATION)
        def exp(xp, x):
            return x

    assert Operation.registry["exp"].__module__ == "inversa.autograd.ops.elementary"


def test_a_pullback_of_the_wrong_shape_is_named() -> None:
    @operation("wrong", Rule.ACTIVATION)
    def wrong_shape(xp, x):
        return x * 1.0

    wrong_shape.pullbacks(lambda _g, _y, _x: 2.0)
    try:
        x = Tensor([[1.0, 2.0]], requires_grad=True)
        with pytest.raises(ValueError, match=r"pullback of wrong_shape.*\(\).*\(1, 2\)"):
            wrong_shape(x).sum().backward()
        assert x.grad is None
    finally:
        del Operation.registry["wrong_shape"]


@pytest.mark.parametrize("call", [lambda w: clip(Value(0.0), w, 1.0), lambda w: leaky_relu(Tensor([1.0]), slope=w)])
def test_a_parameter_that_wants_a_gradient_is_refused(call) -> None:
    with pytest.raises(TypeError, match="not differentiated"):
        call(Value(0.5))
    call(Value(0.5).detach())


def test_signatures_are_shown_without_the_namespace() -> None:
    assert list(inspect.signature(exp).parameters) == ["x"]
    assert list(inspect.signature(leaky_relu).parameters) == ["x", "slope"]
    assert "forward" in inspect.signature(Operation).parameters


def test_no_grad_may_be_entered_again() -> None:
    switch = no_grad()
    with switch:
        with switch:
            pass
        assert not (Value(1.0) * 2.0).requires_grad
    assert (Value(1.0) * 2.0).requires_grad
    assert not no_grad()(exp)(Value(1.0)).requires_grad


def test_subclasses_of_value_are_operands() -> None:
    class Weight(Value):
        __slots__ = ()

    w = Weight(2.0)
    y = w * 3.0 + w * w
    y.backward()
    assert w.grad == 7.0


def test_the_former_name_of_the_pullbacks_still_works() -> None:
    with pytest.warns(DeprecationWarning, match=r"tanh.rules is tanh.vjps now"):
        assert tanh.rules is tanh.vjps

"""The columns of traces of Values, the programs and tables made of them, and the loops that make these."""

import gc
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest

from inversa.autograd import (
    Graph,
    InverseNetwork,
    Operation,
    Rule,
    TracingError,
    Value,
    clip,
    exp,
    grad,
    jit,
    leaky_relu,
    no_grad,
    operation,
    sin,
    tanh,
    where,
)
from inversa.autograd.compiling.scalar import loops, remembering, running
from inversa.autograd.compiling.scalar.bytecode import Bytecode
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.compiling.scalar.running import Tape
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.mode import mode

from .test_jit import of_arity, random_expression


def traced(function, *names):
    trace = Trace(names)
    with mode(trace=trace.guards, watched=True):
        return trace, trace.symbol(function(*trace.arguments))


def run(trace, outputs, numbers):
    """What a program gives for these numbers of the trace's arguments, computed one instruction after the other."""
    parameters = trace.parameters
    program = Program(outputs, trace.arguments, list(parameters.values()))
    tables = Bytecode(program, 0, len(trace.arguments), len(parameters))
    rows = np.array(numbers, dtype=float).reshape(len(trace.arguments), -1)
    return Tape(tables).run(rows, [value.data for value in parameters])[1][:, 0].tolist()


@pytest.fixture
def compiled_loops(monkeypatch):
    monkeypatch.setattr(loops, "SMALL", -1)


def columns(program, reduced):
    """All that is made from a program, as lists."""
    tables = Bytecode(program, reduced, 3, 2)
    made = [tables.code, tables.terms, tables.kept, tables.uniform_code, tables.constants, tables.uniform_sums,
            tables.uniform_terms]  # fmt: skip
    return [np.asarray(x).tolist() for x in made], tables.register_count, program.instructions, program.outputs


@pytest.mark.parametrize("block", range(4))
def test_compiled_loops_give_what_they_give_uncompiled(block, compiled_loops, monkeypatch):
    rng = np.random.default_rng(block)
    for _ in range(25):
        expression, w = random_expression(rng), [Value(0.5), Value(-1.5)]
        found = []
        for small in (-1, 10**6):
            monkeypatch.setattr(loops, "SMALL", small)
            trace, y = traced(lambda *xs, e=expression, w=w: e(w, *xs) + w[0] * w[1] + xs[0] * w[1], *"xyz")
            wanted = list(trace.parameters.values())
            first = trace.derivatives(y, [*trace.arguments, *wanted])
            second = trace.derivatives(first[0], trace.arguments)
            program = Program([y, *first, *second], trace.arguments, wanted)
            rows = [list(x) for x in (trace.kinds, trace.first, trace.inputs, trace.differentiable)]
            found += [(rows, *columns(program, 0), *columns(program, 6))]
        assert repr(found[0]) == repr(found[1])


LARGE = """
from inversa.autograd import Value, jit, sin, tanh
w, v = Value(0.9), Value(0.3)
def f(x):
    for _ in range(4000):
        x = tanh(x * w + v) + sin(x) * 0.1
    return x
print(repr([jit(f).backward([0.1, 0.2]), w.grad, v.grad]))
"""


def test_large_programs_in_new_processes():
    """The second process loads what the first one compiled; the third compiles nothing."""
    outputs = [
        subprocess.run(
            [sys.executable, "-P", "-c", LARGE],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disabled in ("0", "0", "1")
    ]
    first, second, third = map(eval, outputs)
    assert first == second == pytest.approx(third, rel=1e-11)
    w, v = Value(0.9), Value(0.3)

    def f(x):
        for _ in range(4000):
            x = tanh(x * w + v) + sin(x) * 0.1
        return x

    total = (f(Value(0.1)) + f(Value(0.2))) * 0.5
    total.backward()
    assert first == pytest.approx([total.data, w.grad, v.grad], rel=1e-11)


def test_derivatives_are_those_of_the_inverse_network_of_symbols():
    rng = np.random.default_rng(7)
    for _ in range(30):
        expression, w = random_expression(rng), [Value(0.5), Value(-1.5)]
        trace, y = traced(lambda *xs, e=expression, w=w: e(w, *xs), *"xyz")
        if not y.requires_grad:
            continue
        symbols = [*trace.arguments, *trace.parameters.values()]
        flows = InverseNetwork(y).run(trace.symbol(1.0), record=True)
        by_network = [trace.symbol(flows.get(x, 0.0)) for x in symbols]
        both = [*by_network, *trace.derivatives(y, symbols)]
        numbers = run(trace, both, rng.uniform(-1, 1, 3))
        assert numbers[: len(symbols)] == numbers[len(symbols) :]


def test_derivatives_of_derivatives():
    trace, y = traced(lambda x: exp(x * x) / (1.0 + x), "x")
    (x,) = trace.arguments
    (first,) = trace.derivatives(y, [x])
    (second,) = trace.derivatives(first, [x])
    (third,) = trace.derivatives(second, [x])
    f = lambda x: exp(x * x) / (1.0 + x)  # noqa: E731
    expected = [f(0.3), grad(f)(0.3), grad(grad(f))(0.3), grad(grad(grad(f)))(0.3)]
    assert run(trace, [y, first, second, third], [0.3]) == pytest.approx(expected, rel=1e-12)


def test_derivatives_by_what_was_computed_on_the_way():
    trace, y = traced(lambda x: (x * x).named("square") * 3.0, "x")
    square = y.inputs[0]
    assert run(trace, trace.derivatives(y, [square, *trace.arguments]), [2.0]) == [3.0, 12.0]


def test_symbols_are_the_same_as_long_as_they_are_held():
    trace, y = traced(lambda x: x * x + 1.0, "x")
    square = y.inputs[0]
    assert y.inputs[0] is square
    assert square.inputs == (trace.arguments[0], trace.arguments[0])
    assert [square in Graph(y).position, y in Graph(y).position] == [True, True]
    kept = []
    for _ in range(5000):  # so many that those which are gone are swept out
        y = y * 0.5
        if len(kept) < 3:
            kept.append(y)
    assert all(trace.at(x.place) is x for x in (*kept, square))
    assert len(trace._held) < 2000
    held = weakref.ref(y)
    del y
    assert held() is None


def test_symbols_tell_what_is_in_the_columns():
    trace = Trace(["x"])
    (x,) = trace.arguments
    y = where(x > 1.0, x * 2.0, clip(x, low=-1.0))
    assert [symbol.requires_grad for symbol in (y, x, y.params["condition"], trace.symbol(2.0))] == [1, 1, 0, 0]
    assert [z.op.name for z in (y, y.params["condition"], *y.inputs)] == ["where", "gt", "multiply", "clip"]
    assert y.inputs[1].params == {"low": -1.0, "high": None}
    assert (x.inputs, x.op, x.params, x.constant, trace.symbol(2.0).constant) == ((), None, None, None, 2.0)
    x.grad = y.grad = None  # as functions may do with what they are given
    assert (repr(x), repr(y), repr(trace.symbol(0.5))) == ("Symbol(x)", "Symbol(where)", "Symbol(0.5)")


def test_parameters_of_operations_are_told_apart():
    trace = Trace(["x"])
    (x,) = trace.arguments
    for slope in (0.0, -0.0, 1, 1.0, 1, 0.0):
        leaky_relu(x, slope=slope)
    assert len(trace.operations) == 2 + 4


def test_constants_are_told_apart_to_the_last_bit(compiled_loops):
    numbers = [0.0, -0.0, 1e-300, 2e-300, 1e300, np.inf, -np.inf, np.nan, np.nan, 0.1, np.nextafter(0.1, 1), 0.1]
    trace, _ = traced(lambda x: x, "x")
    total = [trace.symbol(float(c)) for c in numbers]
    program = Program([x * c for x, c in zip(trace.arguments * 12, total, strict=True)], trace.arguments, [])
    found = [x.number for x in program.instructions if x.name == "constant"]
    assert list(map(repr, found)) == list(dict.fromkeys(repr(float(c)) for c in numbers))


def test_what_is_computed_from_values_alone_is_taken_apart_once():
    w = Value(0.999)

    def f(x):
        power = w
        for _ in range(3000):
            power = power * w
            x = x + power
        return x

    assert jit(f).value_and_grad(1.0)[0] == pytest.approx(1 + sum(0.999**k for k in range(2, 3002)))


def test_no_gradient_flows_through_what_is_computed_without_recording():
    w = Value(3.0)

    def f(x):
        with no_grad():
            scale = x * w
        return scale * x

    compiled = jit(f)
    assert compiled.value_and_grad(2.0) == (12.0, (6.0,))
    x = Value(2.0)
    f(x).backward()
    assert x.grad == 6.0
    compiled.backward(2.0)
    assert w.grad is None or w.grad == 0.0


def test_a_first_call_without_recording_decides_nothing():
    w = Value(3.0)
    f = jit(lambda x: w * w * x)
    with no_grad():
        assert f(2.0) == 18.0
    f.backward(2.0)
    assert w.grad == 12.0


@pytest.fixture
def declared():
    known = dict(Operation.registry)
    yield
    Operation.registry.clear()
    Operation.registry.update(known)


def test_a_pullback_may_close_over_a_value(declared):
    alpha = Value(2.0, requires_grad=False)

    @operation("scaled", Rule.ACTIVATION)
    def scaled(xp, x):
        return 2.0 * x

    scaled.pullbacks(lambda g, _y, _x: g * alpha)
    f = jit(lambda x: scaled(scaled(x)))
    assert f.value_and_grad(3.0) == (12.0, (4.0,))


def test_a_formula_may_compute_what_nobody_needs(declared):
    @operation("wasteful", Rule.ACTIVATION)
    def wasteful(xp, x):
        y = 2.0 * x
        xp.exp(y + 3.0 * x)
        return y

    wasteful.pullbacks(lambda g, _y, _x: 2.0 * g)
    w = Value(1.0)
    f = jit(lambda x: wasteful(w * x) + x)
    assert f.value_and_grad(3.0) == (9.0, (3.0,))


def test_a_symbol_that_is_neither_argument_nor_parameter():
    trace, y = traced(lambda x, z: x * z, "x", "z")
    with pytest.raises(TracingError, match="z is neither an argument nor a parameter"):
        Program([y], trace.arguments[:1], [])


def test_programs_made_anew_leave_nothing_behind():
    w = Value(0.5)

    def make():
        jit(of_arity(lambda x: tanh(w * x) * w, 1)).backward([1.0, 2.0])

    def left():
        gc.collect()
        objects = gc.get_objects()
        return len(objects), sum(type(x) is Symbol for x in objects)

    for _ in range(50):
        make()
    objects, symbols = left()
    for _ in range(300):
        make()
    more_objects, more_symbols = left()
    assert more_objects - objects < 300
    assert more_symbols == symbols


def test_tables_of_programs_made_anew_are_found_again(monkeypatch):
    made = []
    monkeypatch.setattr(running, "Bytecode", lambda *args: made.append(1) or Bytecode(*args))
    remembering._made.cache_clear()
    factor = 2.0

    def cost(w):
        return jit(lambda x: tanh(w * x) * factor)

    for value in (0.5, 0.25, 1.0):
        w = Value(value)
        cost(w).backward(2.0)
        assert w.grad == pytest.approx(factor * 2.0 * (1 - np.tanh(value * 2.0) ** 2), rel=1e-14)
    assert len(made) == 1
    factor = 3.0
    assert cost(Value(1.0))(1.0) == pytest.approx(3.0 * np.tanh(1.0), rel=1e-15)
    frozen = Value(3.0, requires_grad=False)
    cost(frozen).backward(2.0)  # the same rows, but for the gradient that is wanted
    assert frozen.grad is None
    assert len(made) == 3


def test_what_is_found_again_keeps_nothing_alive():
    def run():
        w = Value(0.5)
        jit(lambda x: w * x * 0.123).backward(2.0)
        return weakref.ref(w)

    held = run()
    gc.collect()
    assert held() is None


def test_operations_declared_anew_are_not_found_again(declared, monkeypatch):
    f = lambda x: tanh(x * 0.77)  # noqa: E731
    assert jit(f).value_and_grad(0.0) == (0.0, (0.77,))
    monkeypatch.setattr(tanh, "vjps", (lambda g, _y, _x: 5.0 * g,))
    assert jit(f).value_and_grad(0.0) == (0.0, (3.85,))

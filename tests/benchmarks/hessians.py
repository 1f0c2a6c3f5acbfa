"""H1: second derivatives of a program of numbers, beside casadi's virtual machine and jax."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from measure import Effort, Section, Subject, Workload, limited, run

INPUTS, STEPS = 30, 16  # four operations for an input and step, and 59 for the result: 1979
PROGRAM = f"{INPUTS} inputs, {4 * INPUTS * STEPS + 2 * INPUTS - 1} operations"
WHAT = {"Hessian": (INPUTS, INPUTS), "Hessian-vector product": (INPUTS,)}  # and their shapes

# Of every subject, how much CPU time it took until its first result was there.
Seconds = dict[str, float]
Factory = Callable[[str, Seconds], Subject]


def sections(effort: Effort) -> Iterator[Section]:
    """The whole matrix, and its product with a vector; of each also how long it takes until it can be computed."""
    for what in WHAT:
        seconds: Seconds = {}
        subjects = {name: _making(factory, what, seconds) for name, factory in SUBJECTS.items()}
        targets = {"casadi": 2.0, "casadi, buffered": 2.0, "jax": 2.0}
        section = run(Workload(f"H1, {what}: {PROGRAM}", subjects, targets), effort)
        if not effort.check:
            section.rows += [
                limited(f"{name}: CPU time until the first result", taken, "s", 1 if name == "inversa jit" else None)
                for name, taken in seconds.items()
            ]
        yield section


def _making(factory: Factory, what: str, seconds: Seconds) -> Callable[[], Subject]:
    return lambda: factory(what, seconds)


def ring(x: Any, xp: Any) -> Any:
    """Every number of a ring is moved by its neighbours, 16 times; the sum of their squares."""
    x = list(x)
    for _ in range(STEPS):
        x = [x[i] + 0.1 * xp.sin(x[i - 1] * x[(i + 1) % INPUTS]) for i in range(INPUTS)]
    return sum((number * number for number in x[1:]), start=x[0] * x[0])


def point() -> tuple[Any, Any]:
    """Where the derivatives are wanted, and the vector that the Hessian is multiplied by."""
    generator = np.random.default_rng(0)
    return generator.standard_normal(INPUTS), generator.standard_normal(INPUTS)


def subject(name: str, what: str, seconds: Seconds, make: Callable[[], Callable[..., Any]]) -> Subject:
    """Make a function of the point, or of the point and the vector; and call it once, which compiles it."""
    given = point()[: 1 if what == "Hessian" else 2]
    start = time.process_time()
    function = make()
    function(*given)
    seconds[name] = time.process_time() - start
    return Subject(lambda: function(*given), lambda: {what: np.array(function(*given)).reshape(WHAT[what])})


def inversa(what: str, seconds: Seconds) -> Subject:
    import inversa.autograd as xp
    from inversa.autograd import hessian, hvp, jit

    jit(lambda x: x * x)(2.0)  # loads what every compiled function needs

    def f(x: Any) -> Any:
        return ring(x, xp)

    make = {"Hessian": lambda: jit(hessian(f)), "Hessian-vector product": lambda: jit(lambda x, u: hvp(f, x, u))}
    return subject("inversa jit", what, seconds, make[what])


def _casadi(what: str) -> Any:
    import casadi as ca

    x, u = ca.SX.sym("x", INPUTS), ca.SX.sym("u", INPUTS)
    y = ring(ca.vertsplit(x), ca)
    if what == "Hessian":
        return ca.Function("hessian", [x], [ca.densify(ca.hessian(y, x)[0])])
    return ca.Function("product", [x, u], [ca.densify(ca.jtimes(ca.gradient(y, x), x, u))])


def casadi(what: str, seconds: Seconds) -> Subject:
    """Called like a function."""
    return subject("casadi", what, seconds, lambda: _casadi(what))


def casadi_buffered(what: str, seconds: Seconds) -> Subject:
    """The same without what a call costs in Python: with arrays for inputs and result that were given before."""
    function, given = _casadi(what), point()
    buffer, trigger = function.buffer()
    result = np.empty(WHAT[what])  # by columns, which makes no difference to a symmetric matrix
    for i in range(function.n_in()):
        buffer.set_arg(i, memoryview(given[i]))
    buffer.set_res(0, memoryview(result))

    def compute(_kept: Any = (buffer, given)) -> Any:  # to which the trigger has only their addresses
        trigger()
        return result

    return Subject(compute, lambda: {what: compute().copy()})


def jax(what: str, seconds: Seconds) -> Subject:
    """The program as a loop over steps of arrays, which this one happens to be; number by number, see the notes."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def step(x: Any, _: Any) -> Any:
        return x + 0.1 * jnp.sin(jnp.roll(x, 1) * jnp.roll(x, -1)), None

    def f(x: Any) -> Any:
        x, _ = jax.lax.scan(step, x, None, length=STEPS)
        return x @ x

    def product(x: Any, u: Any) -> Any:
        return jax.jvp(jax.grad(f), (x,), (u,))[1]

    def make() -> Callable[..., Any]:
        function = jax.jit(jax.hessian(f) if what == "Hessian" else product)
        return lambda *given: jax.block_until_ready(function(*given))

    return subject("jax", what, seconds, make)


SUBJECTS: dict[str, Factory] = {
    "inversa jit": inversa,
    "casadi": casadi,
    "casadi, buffered": casadi_buffered,
    "jax": jax,
}

"""What compiling a function of numbers costs: seconds and memory, over three decades of operations.

Four shapes of programs: a chain, a sum of many products, a pendulum in small steps of time, a network of neurons. Every
measurement is made in a process of its own, and the compiled gradient is compared with the one that is not compiled.
"""

from __future__ import annotations

import gc
import importlib.util
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import LATER, Effort, Row, Section, limited

LIMIT = 120  # seconds for a peer
SIZES = (10_000, 100_000, 1_000_000)
Make = Callable[[int, Callable[[float], Any]], tuple[Callable[..., Any], list[Any]]]


def sections(effort: Effort) -> Iterator[Section]:
    """C1: a section for each shape."""
    if effort.check:
        return
    for shape in SHAPES:
        yield compiling(shape, effort)


def compiling(shape: str, effort: Effort) -> Section:
    """Seconds from the function to its compiled gradient, and resident bytes an operation."""
    section = Section(f"C1, compiling: {shape}")
    for size in SIZES:
        title = operations(size)
        largest = size == max(SIZES)
        if effort.quick and largest:
            section.rows.append(Row(title, note=LATER))
            continue
        seconds, resident = map(float, measured("inversa", shape, size, 600).split())
        section.rows.append(limited(f"inversa, {title}", seconds, "s", 5 if largest else None))
        section.rows.append(limited(f"inversa, {title}: memory", resident, "bytes", 250 if largest else None))
    for peer, size in (("casadi", max(SIZES)), ("jax", min(SIZES))):
        title = f"{peer}, {operations(size)}"
        section.rows.append(Row(title, note=LATER) if effort.quick else peers(title, peer, shape, size))
    return section


def operations(size: int) -> str:
    """How many, to be read."""
    return f"{size:,} operations".replace(",", " ")


def peers(title: str, peer: str, shape: str, size: int) -> Row:
    """The same from a peer, which is given so much time."""
    if importlib.util.find_spec(peer) is None:
        return Row(title, note="not installed")
    try:
        seconds, _ = map(float, measured(peer, shape, size, LIMIT).split())
    except subprocess.TimeoutExpired:
        return Row(title, note=f"not done after {LIMIT} s")
    except subprocess.CalledProcessError as error:
        return Row(title, note=f"ended with {error.returncode}")
    return Row(title, seconds)


def measured(subject: str, shape: str, size: int, limit: float) -> str:
    """What `measure_here` says in a new process."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("run.py")), "--compile", subject, shape, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
    return done.stdout


def measure_here(subject: str, shape: str, size: int) -> str:
    """Seconds of CPU time, and resident bytes an operation."""
    random.seed(1)
    return f"{SUBJECTS[subject](SHAPES[shape], size)}"


# The programs. ``parameter`` makes what is trained of a number; f takes x and the library's functions.


def chain(size: int, parameter: Callable[[float], Any]) -> tuple[Callable[..., Any], list[Any]]:
    """x · w + 0.1, over and over."""
    w = parameter(0.5)

    def f(x: Any, _xp: Any) -> Any:
        for _ in range(size // 2):
            x = x * w + 0.1
        return x

    return f, [w]


def sum_of_products(size: int, parameter: Callable[[float], Any]) -> tuple[Callable[..., Any], list[Any]]:
    """w₁ · x + w₂ · x + …"""
    weights = [parameter(random.uniform(-1, 1)) for _ in range(size // 2)]

    def f(x: Any, _xp: Any) -> Any:
        total = 0.0
        for w in weights:
            total = total + w * x
        return total

    return f, weights


def pendulum(size: int, parameter: Callable[[float], Any]) -> tuple[Callable[..., Any], list[Any]]:
    """Its angle after many small steps of time."""
    g, dt = parameter(9.81), 0.01

    def f(angle: Any, xp: Any) -> Any:
        speed = 0.0 * angle
        for _ in range(size // 6):
            speed = speed - g * xp.sin(angle) * dt
            angle = angle + speed * dt
        return angle

    return f, [g]


def network(size: int, parameter: Callable[[float], Any]) -> tuple[Callable[..., Any], list[Any]]:
    """Two layers of neurons and one more."""
    width = max(4, math.isqrt(size // 4))
    layers = [
        [[parameter(random.uniform(-1, 1) / width) for _ in range(width + 1)] for _ in range(count)]
        for count in (width, width, 1)
    ]

    def f(x: Any, xp: Any) -> Any:
        signals = [x * (1.0 + k / width) for k in range(width)]
        for layer in layers:
            sums = []
            for *weights, total in layer:
                for w, signal in zip(weights, signals, strict=True):
                    total = total + w * signal
                sums.append(total)
            signals = [xp.tanh(total) for total in sums]
        return signals[0]

    return f, [w for layer in layers for neuron in layer for w in neuron]


SHAPES: dict[str, Make] = {"chain": chain, "sum": sum_of_products, "pendulum": pendulum, "network": network}


# The subjects.


def inversa(make: Make, size: int) -> str:
    """Compiled by `jit`, and compared with the gradient of the graph."""
    import inversa.autograd as xp
    from inversa.autograd import Value, jit

    warm, _ = make(8000, Value)  # loads all that is needed, as any earlier program would have done
    jit(lambda x: warm(x, xp)).backward([0.3])
    f, weights = make(size, Value)
    compiled = jit(lambda x: f(x, xp))
    gc.collect()
    before, start = resident(), time.process_time()
    compiled._programs.find((0.3,))._backward  # noqa: B018  # it is compiled, and not run
    seconds, used = time.process_time() - start, resident() - before
    if size <= 100_000:
        compiled.backward([0.3])
        found = [w.grad for w in weights]
        for w in weights:
            w.grad = None
        f(Value(0.3, requires_grad=False), xp).backward()
        assert all(math.isclose(a, w.grad, rel_tol=1e-9, abs_tol=1e-12) for a, w in zip(found, weights, strict=True))
    return f"{seconds} {used / size}"


def casadi(make: Make, size: int) -> str:
    """A function of its virtual machine for value and gradient."""
    import casadi as xp

    names: list[Any] = []

    def parameter(_x: float) -> Any:
        names.append(xp.SX.sym(f"w{len(names)}"))
        return names[-1]

    f, _ = make(size, parameter)
    start = time.process_time()
    x, w = xp.SX.sym("x"), xp.vertcat(*names)
    y = f(x, xp)
    xp.Function("f", [x, w], [y, xp.gradient(y, w)])
    return f"{time.process_time() - start} 0"


def jax(make: Make, size: int) -> str:
    """Traced and compiled by XLA."""
    import jax as library
    import jax.numpy as xp

    library.config.update("jax_enable_x64", True)
    numbers: list[float] = []
    make(size, numbers.append)

    def cost(weights: Any, x: float) -> Any:
        given = iter(weights)
        f, _ = make(size, lambda _: next(given))
        return f(x, xp)

    start = time.process_time()
    library.jit(library.value_and_grad(cost)).lower(numbers, 0.3).compile()
    return f"{time.process_time() - start} 0"


SUBJECTS: dict[str, Callable[[Make, int], str]] = {"inversa": inversa, "casadi": casadi, "jax": jax}


def resident() -> int:
    """The memory of this process that is in use; 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 if statm.exists() else 0

"""`make bench`: every comparison is a ratio measured side by side, after the results were found to agree.

Each peer takes its turn in every round (A B A B …), the median of the rounds is quoted. Ratios are the peer's time
divided by ours: above 1 we are faster. A peer that is not installed is reported as such.
"""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the benchmarks are scripts beside this one

import scalar_mlp

ROUNDS = 9


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}; median of {ROUNDS} rounds, peers in turn\n")
    scalar()
    chain()
    drawing()
    imports()


def scalar() -> None:
    """S1: an eager scalar network, against micrograd."""
    from inversa.autograd import Graph, Value

    print("S1  scalar MLP 2-16-16-1, 100 moons, hinge + L2, one forward + backward")
    ours = scalar_mlp.Network(Value)
    loss = ours.loss()
    loss.backward()
    reference = [loss.data, *(p.grad for p in ours.parameters)]
    print(f"    {len(Graph(loss))} nodes, {bytes_per_node(ours):.0f} bytes a node (forward)")
    contenders = {"inversa": ours}
    try:
        from micrograd.engine import Value as Micrograd
    except ImportError:
        print("    micrograd: not installed")
    else:
        contenders["micrograd"] = scalar_mlp.Network(Micrograd)
        theirs = contenders["micrograd"].loss()
        theirs.backward()
        found = [theirs.data, *(p.grad for p in contenders["micrograd"].parameters)]
        assert all(abs(a - b) <= 1e-10 * max(1.0, abs(a)) for a, b in zip(reference, found, strict=True))
    for collector in (True, False):
        report(
            f"collector {'on' if collector else 'off'}",
            alternate([n.step for n in contenders.values()], collector),
            contenders,
        )


def bytes_per_node(network: Any) -> float:
    from inversa.autograd import Graph

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    loss = network.loss()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return float(used) / len(Graph(loss))


def chain() -> None:
    """A million nodes in a chain: no recursion, and all memory returned."""
    from inversa.autograd import Value

    def run() -> None:
        x = y = Value(1.0)
        for _ in range(1_000_000):
            y = y * x
        y.backward()

    seconds = statistics.median(alternate([run], collector=True, rounds=3)[0])
    print(f"\nchain of 1 000 000 multiplications, forward + backward + freed: {seconds:.2f} s")


def drawing() -> None:
    """A small network in full, and a large one folded until it can be read."""
    from inversa import viz
    from inversa.autograd import Graph
    from inversa.nn import NeuronNetwork, losses

    def cost(*sizes: int, samples: int = 1) -> Any:
        network = NeuronNetwork(sizes, activation="tanh", seed=0)
        points = [[0.1 * i] * sizes[0] for i in range(samples)]
        return losses.mean_squared_error(network(points), [0.5] * samples)

    small, large = cost(1, 2, 1), cost(10, 20, 20, 1, samples=80)
    for name, loss in [("1-2-1", small), (f"{len(Graph(large))} nodes", large)]:
        seconds = statistics.median(alternate([lambda loss=loss: viz.draw(loss).svg()], collector=True, rounds=3)[0])
        print(f"drawing {name}: {seconds:.2f} s")


def imports() -> None:
    """What `import` costs above starting Python."""

    cached = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}  # as once installed

    def start(code: str) -> Callable[[], Any]:
        return lambda: subprocess.run([sys.executable, "-P", "-c", code], check=True, env=cached)

    names = {"bare Python": "pass", "inversa": "from inversa.autograd import Value", "numpy": "import numpy"}
    times = alternate([start(code) for code in names.values()], collector=True, rounds=15)
    bare, ours, numpy = (statistics.median(t) * 1e3 for t in times)
    print(
        f"\nimport above bare Python ({bare:.0f} ms): scalar engine {ours - bare:.0f} ms, numpy {numpy - bare:.0f} ms"
    )


def alternate(steps: Sequence[Callable[[], Any]], collector: bool, rounds: int = ROUNDS) -> list[list[float]]:
    """Seconds of each step in each round, the steps in turn; one round of warm-up is not counted."""
    times: list[list[float]] = [[] for _ in steps]
    for round_number in range(rounds + 1):
        for step, taken in zip(steps, times, strict=True):
            gc.collect()
            if not collector:
                gc.disable()
            start = time.perf_counter()
            step()
            elapsed = time.perf_counter() - start
            gc.enable()
            if round_number:
                taken.append(elapsed)
    return times


def report(title: str, times: list[list[float]], names: Sequence[str] | dict[str, Any]) -> None:
    """Medians, and the ratio of every peer to ours, round by round."""
    ours = times[0]
    parts = []
    for name, taken in zip(names, times, strict=True):
        ratio = statistics.median(b / a for a, b in zip(ours, taken, strict=True))
        version = "" if name == "inversa" else f" {importlib.metadata.version(name)}"
        versus = "" if name == "inversa" else f" ({ratio:.1f} ×)"
        parts.append(f"{name}{version} {statistics.median(taken) * 1e3:.0f} ms{versus}")
    print(f"    {title}: {', '.join(parts)}")


if __name__ == "__main__":
    main()

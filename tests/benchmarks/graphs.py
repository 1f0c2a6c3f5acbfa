"""Large graphs: a chain of a million nodes, and drawings."""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from measure import Effort, Section, alternate, collecting, limited

LENGTH = 1_000_000


def sections(effort: Effort) -> Iterator[Section]:
    """The chain, then the drawings."""
    few = replace(effort, rounds=1 if effort.quick else 3, warmups=int(not effort.quick), turn=0)
    if not effort.check:  # there is nothing to compare
        yield chain(few)
        yield drawing(few)


def chain(effort: Effort) -> Section:
    """y = x · x · …: backward without recursion, and all memory is returned when the root is dropped."""
    from inversa.autograd import Value

    def run() -> None:
        x = y = Value(1.0)
        for _ in range(LENGTH):
            y = y * x
        y.backward()

    seconds = statistics.median(alternate({"chain": run}, effort)["chain"])
    # No collection in between: it would empty the interpreter's own lists of spare objects, and `run` fill them again.
    with collecting(False):
        before = sys.getallocatedblocks()
        run()
        left = sys.getallocatedblocks() - before
    return Section(
        f"Chain of {LENGTH:,} multiplications".replace(",", " "),
        [
            limited("forward + backward + freed", seconds, "s", 3),
            limited("left behind, collector off", left, "objects", 100),
        ],
    )


def drawing(effort: Effort) -> Section:
    """A small network in full, and a large one folded until it can be read."""
    from inversa import viz
    from inversa.autograd import Graph

    small, large = cost(1, 2, 1), cost(10, 20, 20, 1, samples=80)
    viz.draw(small).svg()  # loads all that is needed
    figure: Any = None

    def draw_large() -> None:
        nonlocal figure
        figure = viz.draw(large)
        figure.svg()

    steps = {"small": lambda: viz.draw(small).svg(), "large": draw_large}
    times = {name: statistics.median(taken) for name, taken in alternate(steps, effort).items()}
    boxes = int(re.findall(r"(\d+) boxes", repr(figure))[0])
    return Section(
        "Drawing to SVG, warm",
        [
            limited("1-2-1", times["small"], "s", 0.1),
            limited(f"{len(Graph(large))} nodes, folded", times["large"], "s", 5),
            limited(f"{len(Graph(large))} nodes, folded: boxes", boxes, "boxes", 59),
        ],
    )


def cost(*sizes: int, samples: int = 1) -> Any:
    """The cost of a network of Values."""
    from inversa.nn import NeuronNetwork, losses

    network = NeuronNetwork(sizes, activation="tanh", seed=0)
    points = [[0.1 * i] * sizes[0] for i in range(samples)]
    return losses.mean_squared_error(network(points), [0.5] * samples)

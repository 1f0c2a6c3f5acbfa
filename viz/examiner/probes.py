"""Probes: the ladder, from what each operation does alone to graphs drawn by chance.

Each is the smallest program in which one mistake shows. What fails alone explains what is built of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from inversa.viz.examiner.programs import CLEAR, ZERO, Program, Step, ours, program

BINARY = ("add", "multiply", "subtract", "divide")
# Operations of one argument, and where they are tried. Not at kinks, where engines may differ.
UNARY: dict[str, tuple[float, ...]] = {
    "negative": (3.0, -0.4),
    "tanh": (0.7, -1.9),
    "relu": (0.7, -0.6, 2.3),
    "exp": (0.7, -1.9),
    "sigmoid": (0.7, -1.9),
    "log": (0.7, 2.5),
    "sin": (0.7, -1.9),
    "cos": (0.7, -1.9),
    "sqrt": (0.7, 2.5),
}
EXPONENTS = (3.0, 2.0, -1.0, 0.5)
CHOICES = ("again", "graphs", "nodes", "deep", "paths")  # kinds where engines may differ: they are judged one by one
WANTED = frozenset({"add", "subtract", "multiply", "divide", "power", "negative"})  # what every engine should have
DEPTH = 5000  # operations of the longest chain: more than Python allows calls one in another
PATHS = 40  # branching points in a row: 2⁴⁰ paths
RANDOM, SEED = 40, 0  # how many graphs are drawn by chance, and from which seed


class Probe(NamedTuple):
    """A program, and what it is about.

    Attributes
    ----------
    kind : str
        "alone", "through", "accumulate", …: the rung of the ladder.
    op : str
        The operation that is tried; empty where it is the whole.
    detail : str
        What tells it from others of its kind and operation.
    program : Program
    """

    kind: str
    op: str
    detail: str
    program: Program

    @property
    def name(self) -> str:
        """What tests call it.

        >>> ladder()[0].name
        'seed'
        """
        return " ".join(filter(None, (self.kind, self.op, self.detail)))


@cache
def ladder() -> tuple[Probe, ...]:
    """All probes in the order in which they are tried."""
    return tuple(Probe(*probe) for rung in RUNGS for probe in rung())


Rung = Iterator[tuple[str, str, str, Program]]


def _seed() -> Rung:
    yield "seed", "", "", program("leaf 1.7")
    yield "fresh", "", "", program("leaf 1.7", passes=())


def _alone() -> Rung:
    for op in BINARY:
        yield "alone", op, "", program("leaf 3", "leaf -2", f"{op} 0 1")
        yield "alone", op, "negative", program("leaf -1.2", "leaf 2.5", f"{op} 0 1")
    for op, points in UNARY.items():
        for x in points:
            yield "alone", op, f"at {x:g}", program(f"leaf {x}", f"{op} 0")
    for n in EXPONENTS:
        yield "alone", "power", f"{n:g}", program("leaf 1.7", f"power 0 {n}")
        if n.is_integer():
            yield "alone", "power", f"{n:g} of a negative number", program("leaf -1.4", f"power 0 {n}")
    yield "nodes", "power", "", program("leaf 1.7", "leaf 2.5", "power 0 1")
    for op in BINARY:
        yield "number", op, "", program("leaf 3", f"{op} 0 5.0")
    for op in (*BINARY, "power"):
        yield "reflected", op, "", program("leaf 3", f"{op} 2.0 0")


def _operations() -> Iterator[tuple[str, list[str]]]:
    """Every operation, and its lines: on the first leaf, as each of its arguments."""
    for op in BINARY:
        yield op, [f"{op} 0 {{}}", f"{op} {{}} 0"]
    yield "power", ["power 0 3.0"]
    for op in UNARY:
        yield op, [f"{op} 0"]


def _through() -> Rung:
    """What enters an operation from behind is not 1."""
    for op, (line, *_) in _operations():
        yield "through", op, "", program("leaf 0.7", "leaf 1.6", "leaf 5", line.format(1), "multiply 3 2")
    for op in (*BINARY, "power"):
        yield "through", f"{op}", "reflected", program("leaf 0.7", "leaf 5", f"{op} 2.0 0", "multiply 2 1")


def _behind() -> Rung:
    """What an operation is applied to was computed by another one."""
    for op, lines in _operations():
        inner = "add 0 1" if op == "multiply" else "multiply 0 1"
        for slot, line in enumerate(lines):
            detail = f"argument {slot + 1}" if len(lines) > 1 else ""
            applied = line.replace(" 0", " 3").format(2)
            yield "behind", op, detail, program("leaf 0.7", "leaf 1.6", "leaf 5", inner, applied)


def _accumulate() -> Rung:
    """One operation uses a leaf twice, in two nodes: what comes back must add up."""
    for op, lines in _operations():
        if len(lines) == 1:
            yield "accumulate", op, "", program("leaf 0.7", lines[0], lines[0], "add 1 2")
            continue
        for slot, line in enumerate(lines):
            leaves = ("leaf 0.7", "leaf 1.6", "leaf 2.9")
            yield "accumulate", op, f"argument {slot + 1}", program(*leaves, line.format(1), line.format(2), "add 3 4")


def _repeated() -> Rung:
    for op in BINARY:
        yield "repeated", op, "", program("leaf 3", f"{op} 0 0")


def _reach() -> Rung:
    """Whether all nodes are reached, each once, and after all that was computed from it."""
    leaves = ("leaf 1.1", "leaf 1.3", "leaf 1.7", "leaf 1.9")
    yield "chain", "", "", program(*leaves, "multiply 0 1", "multiply 4 2", "add 5 3")
    yield "again", "", "chain", program(*leaves, "multiply 0 1", "multiply 4 2", "add 5 3", passes=(6, 6))
    yield "reach", "", "first", program(*leaves, "multiply 0 1", "add 4 2", "multiply 5 3")
    yield "reach", "", "second", program(*leaves, "multiply 0 1", "add 2 4", "multiply 3 5")
    yield "reach", "", "both", program(*leaves, "multiply 0 1", "multiply 2 3", "add 4 5")
    shared = ("leaf 1.1", "leaf 1.3", "leaf 1.7", "leaf 1.9", "multiply 0 1", "multiply 4 2")  # 4 will be used again
    yield "shared", "", "first", program(*shared, "add 4 5")
    yield "shared", "", "last", program(*shared, "add 5 4")
    yield "shared", "", "far, first", program(*shared, "multiply 5 3", "multiply 4 6")
    yield "shared", "", "far, last", program(*shared, "multiply 5 3", "multiply 6 4")
    yield "shared", "", "near and far", program(*shared, "multiply 4 3", "multiply 6 2", "add 7 5", "multiply 8 4")
    late = ("leaf 1.1", "leaf 1.3", "leaf 1.7", "leaf 1.9", "multiply 0 1")
    yield "shared", "", "made first", program(*late, "multiply 4 2", "multiply 4 3", "multiply 6 0", "add 7 5")
    yield "shared", "", "leaf far", program(*late, "multiply 4 2", "multiply 5 0", "add 6 0")
    yield "shared", "", "squares", program("leaf 1.3", "multiply 0 0", "multiply 1 1", "multiply 2 2")
    yield (
        "equal",
        "",
        "nodes",
        program("leaf 2", "leaf 3", "leaf 1.5", "leaf 4", "multiply 0 1", "multiply 2 3", "add 4 5"),
    )
    yield "equal", "", "leaves", program("leaf 2", "leaf 2", "leaf 5", "multiply 0 2", "add 3 1")


def _again() -> Rung:
    """A second backward pass over the same graph."""
    square = ("leaf 2", "multiply 0 0", "multiply 1 1")
    yield "again", "", "", program(*square, passes=(2, 2))
    graph = ("leaf 1.1", "leaf 1.3", "leaf 1.7", "multiply 0 1", "multiply 3 2", "add 3 4")
    yield "cleared", "", "", program(*graph, passes=(5, CLEAR, 5))
    yield "cleared", "", "from elsewhere", program(*graph, "multiply 4 0", passes=(5, CLEAR, 6))
    yield "zeroed", "", "", program(*graph, passes=(5, ZERO))
    yield "zeroed", "", "again", program(*graph, passes=(5, ZERO, 5))


def _state() -> Rung:
    """Two graphs have nothing to do with each other."""
    two = ("leaf 1.1", "leaf 1.3", "leaf 1.7", "multiply 0 1", "multiply 3 2", "leaf 1.9", "leaf 2.3", "multiply 5 6")
    yield "graphs", "", "one pass", program(*two, passes=(4,))
    yield "graphs", "", "two passes", program(*two, passes=(4, 7))


def _in_place() -> Rung:
    """A result is used, and then += is applied to it: what it was used for must not see that."""
    for op in ("add", "multiply", "subtract"):
        steps = ("leaf 1.1", "leaf 1.3", "multiply 0 1", "multiply 2 0", f"{op} in place 2 1", "multiply 3 4")
        yield "in place", op, "", program(*steps)


def _chance() -> Rung:
    """Graphs drawn by chance, the smaller ones first."""
    drawn = random.Random(SEED)
    for number in range(RANDOM):
        pool = ("add", "multiply") if number % 2 else ("add", "multiply", "subtract", "tanh", "power", "divide")
        found = _drawn(drawn, number, pool)
        while not _moderate(found):
            found = _drawn(drawn, number, pool)
        yield "chance", "", str(number + 1), found


def _drawn(drawn: random.Random, number: int, pool: tuple[str, ...]) -> Program:
    steps = [Step("leaf", (round(drawn.uniform(0.5, 1.5), 2),)) for _ in range(2 + number % 3)]
    for _ in range(2 + number // 4):
        op = drawn.choice(pool)
        a, b = (max(0, len(steps) - drawn.choice((1, 1, 2, 3, 5))) for _ in "ab")
        steps.append(Step(op, {"tanh": (a,), "power": (a, 2.0)}.get(op, (a, b))))
    return Program(tuple(steps), (len(steps) - 1,))


def _moderate(tried: Program) -> bool:
    """Whether no number is near 0, large, or by accident that of another node."""
    values = sorted(abs(value) for value in ours(tried).values.values())
    return values[0] > 0.05 and values[-1] < 20 and all(b - a > 0.001 for a, b in pairwise(values))


def _size() -> Rung:
    deep = [
        Step("leaf", (1.1,)),
        Step("leaf", (0.001,)),
        Step("add", (0, 1)),
        *(Step("add", (i, 1)) for i in range(2, DEPTH)),
    ]
    yield "deep", "", "", Program(tuple(deep), (len(deep) - 1,), (0, len(deep) - 1))
    wide = [Step("leaf", (1.1,)), *(Step("add", (i, i)) for i in range(PATHS))]
    yield "paths", "", "", Program(tuple(wide), (PATHS,), (0, PATHS))


# In the order in which they are tried: what may last long comes last.
RUNGS: tuple[Callable[[], Rung], ...] = (
    _seed, _alone, _through, _behind, _accumulate, _repeated, _reach, _again, _state, _in_place, _chance, _size,
)  # fmt: skip

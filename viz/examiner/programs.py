"""Programs: a few steps that any engine can run, a student's as well as ours. Nothing is known of its graphs.

An engine may build helper nodes, or compute a − b as a + b · (−1): what is compared are the numbers of the results of
the steps, the first result with the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any, NamedTuple

from inversa.autograd import (
    Value,
    add,
    cos,
    divide,
    exp,
    log,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    sin,
    sqrt,
    subtract,
    tanh,
)

CLEAR, ZERO = "clear", "zero"  # between two passes: all gradients are set to 0 from outside, or by the engine itself

OURS: dict[str, Callable[..., Any]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "power": power,
    "negative": negative,
    "tanh": tanh,
    "relu": relu,
    "exp": exp,
    "sigmoid": sigmoid,
    "log": log,
    "sin": sin,
    "cos": cos,
    "sqrt": sqrt,
}
IN_PLACE = {"add in place": "add", "subtract in place": "subtract", "multiply in place": "multiply"}
SIGNS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{} ** {}",
    "negative": "-{}",
    "add in place": "{} += {}",
    "subtract in place": "{} -= {}",
    "multiply in place": "{} *= {}",
}


class Step(NamedTuple):
    """A leaf, or an operation on results of earlier steps, given by their places, and on plain numbers (floats)."""

    op: str
    inputs: tuple[int | float, ...]


class Program(NamedTuple):
    """Steps, and what is done when they are through.

    Attributes
    ----------
    steps : tuple of Step
    passes : tuple of int or str
        The places of results to start a backward pass from, in this order, and between them `CLEAR` or `ZERO`.
    watched : tuple of int
        The places whose numbers are asked for; all when empty.
    """

    steps: tuple[Step, ...]
    passes: tuple[int | str, ...]
    watched: tuple[int, ...] = ()

    @property
    def output(self) -> int:
        """Where the last backward pass starts; where there is none, the last result."""
        return next((place for place in reversed(self.passes) if isinstance(place, int)), len(self.steps) - 1)

    @property
    def places(self) -> tuple[int, ...]:
        """Those whose numbers are compared."""
        return self.watched or tuple(range(len(self.steps)))

    @property
    def operations(self) -> frozenset[str]:
        """What is used in it."""
        return frozenset(IN_PLACE.get(step.op, step.op) for step in self.steps) - {"leaf"}

    def uses(self, place: int) -> list[tuple[int, int]]:
        """Where a result is used: the step and which of its inputs it is."""
        return [
            (k, slot)
            for k, step in enumerate(self.steps)
            if step.op != "leaf"
            for slot, source in enumerate(step.inputs)
            if isinstance(source, int) and source == place
        ]

    def reached(self, start: int | None = None) -> frozenset[int]:
        """What a result was computed from, by default the output."""
        found: set[int] = set()
        waiting = [self.output if start is None else start]
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                step = self.steps[place]
                waiting += [source for source in step.inputs if isinstance(source, int)] if step.op != "leaf" else []
        return frozenset(found)

    def code(
        self, name: str = "Value", backward: str = "backward", functions: Mapping[str, str] = MappingProxyType({})
    ) -> str:
        """The program as one would type it; ``functions`` are those that are called instead of operators and methods.

        >>> print(program("leaf 3", "leaf -2", "multiply 0 1").code(functions={"multiply": "mul"}))
        a = Value(3.0)
        b = Value(-2.0)
        c = mul(a, b)
        c.backward()
        """
        lines = []
        for k, step in enumerate(self.steps):
            shown = [letter(x) if isinstance(x, int) else f"{x:g}" for x in step.inputs]
            if step.op == "leaf":
                lines.append(f"{letter(k)} = {name}({step.inputs[0]})")
            elif step.op in functions:
                lines.append(f"{letter(k)} = {functions[step.op]}({', '.join(shown)})")
            elif step.op in IN_PLACE:
                lines += [SIGNS[step.op].format(*shown), f"{letter(k)} = {shown[0]}"]
            elif step.op in SIGNS:
                lines.append(f"{letter(k)} = {SIGNS[step.op].format(*shown)}")
            else:
                lines.append(f"{letter(k)} = {shown[0]}.{step.op}()")
        start = "{1}({0})" if "backward" in functions else "{0}.{1}()"
        lines += [start.format(letter(p), backward) if isinstance(p, int) else "# ∂ = 0" for p in self.passes]
        return "\n".join(lines)


def shown(op: str) -> str:
    """How an operation is written.

    >>> shown("multiply"), shown("tanh"), shown("negative")
    ('a * b', 'tanh', '-a')
    """
    return SIGNS[op].format("a", "b") if op in SIGNS else op


def letter(place: int) -> str:
    """What a result is called: a to z, then a1 to z1, and so on.

    >>> letter(1), letter(27)
    ('b', 'b1')
    """
    round_, rest = divmod(place, len(ascii_lowercase))
    return ascii_lowercase[rest] + (str(round_) if round_ else "")


def program(*lines: str, passes: tuple[int | str, ...] | None = None, watched: tuple[int, ...] = ()) -> Program:
    """A program from its lines: a number with a point in it is a plain number, one without is a place.

    >>> program("leaf 3", "power 0 2.0").steps
    (Step(op='leaf', inputs=(3.0,)), Step(op='power', inputs=(0, 2.0)))
    """
    steps = []
    for line in lines:
        *words, last = line.split()
        *op, first = words if not words[-1].isalpha() else [*words, ""]
        given = [first, last] if first else [last]
        inputs = tuple(float(x) if "." in x or op == ["leaf"] else int(x) for x in given)
        steps.append(Step(" ".join(op), inputs))
    return Program(tuple(steps), (len(steps) - 1,) if passes is None else passes, watched)


class Results(NamedTuple):
    """The results of the watched steps, and their gradients; of what was not reached it is 0."""

    values: dict[int, float]
    gradients: dict[int, float]


def nodes(given: Program) -> list[Value]:
    """The results of a program, computed by our engine."""
    results: list[Value] = []
    for k, step in enumerate(given.steps):
        if step.op == "leaf":
            result = Value(step.inputs[0])
        else:
            operation = OURS[IN_PLACE.get(step.op, step.op)]
            result = operation(*(results[x] if isinstance(x, int) else x for x in step.inputs))
        results.append(result.named(letter(k)))
    return results


def passed(given: Program) -> list[Value]:
    """The same after the passes."""
    results = nodes(given)
    for start in given.passes:
        if isinstance(start, int):
            results[start].backward()
        else:
            for result in results:
                result.grad = None
    return results


def ours(given: Program) -> Results:
    """What is right.

    >>> ours(program("leaf 3", "leaf -2", "multiply 0 1")).gradients
    {0: -2.0, 1: 3.0, 2: 1.0}
    """
    results = passed(given)
    return Results(
        {k: results[k].data for k in given.places},
        {k: results[k].grad or 0.0 for k in given.places},
    )


def contributions(given: Program, place: int) -> list[float]:
    """What each use of a result sends back to it; their sum is its gradient.

    Every use in turn is given a leaf of its own with the same number. So no derivative is written down here.

    >>> contributions(program("leaf 3", "leaf 2", "multiply 0 1", "add 2 0"), 0)
    [2.0, 1.0]
    """
    value = nodes(given)[place].data
    found = []
    for k, slot in given.uses(place):
        steps = [Step("leaf", (value,))]  # the copy comes first, so that every place moves by one
        for i, step in enumerate(given.steps):
            moved = tuple(x + 1 if isinstance(x, int) else x for x in step.inputs)
            if (i, slot) == (k, slot):
                moved = (*moved[:slot], 0, *moved[slot + 1 :])
            steps.append(Step(step.op, moved))
        found.append(ours(Program(tuple(steps), (given.output + 1,))).gradients[0])
    return found

"""Plain records of a graph: what every drawing works on. `inversa.viz.picture.reading` makes them from the engine."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from inversa.autograd import Rule
from inversa.autograd.lazy import np
from inversa.autograd.printing import outside_brackets

Role = Literal["forward", "parameter", "data", "loss"]


@dataclass(frozen=True, slots=True)
class Array:
    """What pictures say about an array: its shape and its norm, or the entries when they are few."""

    shape: tuple[int, ...]
    dtype: str
    norm: float
    entries: tuple[float, ...] | None = None


Amount = float | Array
Terms = tuple[str | int, ...]  # a formula cut into signs and the numbers of boxes


class Block(NamedTuple):
    """Rows that one part of a cost is of: those of one block, or of several that stand for themselves."""

    first: int
    last: int
    rows: int

    @property
    def several(self) -> bool:
        """Whether it is more than one."""
        return self.last > self.first


class Contribution(NamedTuple):
    """What an arrow brings back of a gradient that is the sum of several blocks'; its formula where it is a block's."""

    formula: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Fold:
    """What stands behind a box that is many nodes."""

    nodes: int
    operations: tuple[tuple[str, int], ...]  # how often each, the most frequent first
    parameters: int  # how many numbers in them
    shapes: tuple[str, ...]
    inputs: int = 0  # data and constants among the nodes
    spread: tuple[float, float, float] | None = None  # least, median and greatest size of the gradients
    equations: tuple[str, ...] = ()  # what is computed in it, in names
    values: tuple[int, ...] = ()  # the boxes whose values it sends on
    subjects: tuple[int, ...] = ()  # the boxes that its gradient is of
    gradients: tuple[tuple[int, str, Amount | None], ...] = ()  # of its parameters: the box, the name, ∂J/∂·
    block: Block | None = None  # which rows it is of
    result: bool = False  # whether the box has the name of the one number that it gives


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the graph and its dual, in one record: a thing and its dual lie at the same place."""

    number: int  # in topological order
    name: str
    role: Role
    symbol: str
    expression: str
    value: Amount | None
    gradient: Amount | None  # what backward() has stored so far
    flow: Amount | None  # what the inverse network brings when fed with 1
    rules: tuple[Rule, ...]
    module: str | None
    differentiable: bool
    branches: bool
    is_output: bool
    operation: str = ""
    calls: tuple[int, ...] = ()  # for every part of the module's path which call of it; 0 where there is only one
    wiring: str = ""  # what an operation without a rule does: "reorders" or "selects"
    beside: int | None = None  # the operation that this leaf is drawn next to
    terms: Terms = ()  # the expression, with boxes' numbers in place of their names
    origin: int | None = None  # its number before folding, where that gave it another one
    fold: Fold | None = None

    @property
    def node(self) -> int:
        """The position of its node in the graph."""
        return self.number if self.origin is None else self.origin

    @property
    def call(self) -> str | None:
        """The module that it is in, and which call of it."""
        return self.within(len(self.calls))

    def within(self, depth: int) -> str | None:
        """The same of the first ``depth`` parts of the module's path."""
        if self.module is None or not self.calls:
            return self.module
        path, k = ".".join(self.module.split(".")[:depth]), self.calls[min(depth, len(self.calls)) - 1]
        return f"{path} ({k})" if k else path


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge: ``source`` is input number ``slot`` of ``target``; reversed, it multiplies by the gain."""

    number: int
    source: int
    target: int
    slot: int
    formula: str
    gain: float | None
    carries: bool  # whether a gradient flows along it
    count: int = 1  # how many edges it stands for
    terms: Terms = ()  # the formula, with boxes' numbers in place of their names
    contribution: Contribution | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes in one frame: those of a module, of the loss, or of a block of rows."""

    title: str
    members: tuple[int, ...]
    loss: bool = False
    arrays: bool = False  # whether it works on arrays: then it is many neurons
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """All that a drawing of a graph shows, in no language and at no place yet."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    groups: tuple[Group, ...]
    output: str
    total: int  # nodes in the graph, without the constants that are written into the expressions
    obstacle: str = ""  # why the inverse network could not be run
    stale: tuple[str, ...] = ()  # leaves that were changed after something was computed from them
    accumulated: bool = False  # whether gradients of several backward passes have been added up
    leaves: dict[int, str] = field(default_factory=dict)  # every leaf's role, also of those that were folded
    several: bool = False  # whether it has several outputs, so that no gradient is meant
    hidden: frozenset[str] = frozenset()  # the slots of numbers that are not to be seen
    places: tuple[tuple[str, str, str], ...] = ()  # where arrays of other libraries lie: type, library, device
    blocks: int = 0  # of rows, that the cost is the sum of


def norm(numbers: Any) -> float:
    """The root of the sum of squares of an array or a list, whatever the size of its entries; nan where one of them is.

    >>> norm(np.array([3e200, -4e200])), norm(np.array([np.inf, np.nan])), norm([3e200, -4e200])
    (5e+200, nan, 5e+200)
    """
    if isinstance(numbers, list):
        largest = max(map(abs, numbers), default=0.0) if all(x == x for x in numbers) else math.nan
        known = 0 < largest < math.inf
        return largest * math.sqrt(sum((x / largest) ** 2 for x in numbers)) if known else largest
    largest = float(np.abs(numbers).max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    return largest * math.sqrt(float(((numbers / largest) ** 2).sum()))


_BINDS = {"+": 1, "−": 1, "·": 2, "@": 2, "/": 2}  # how strongly; powers and functions 3, a name 4
_BINDS_WITHIN = _BINDS | {"or": 0, "%": 1.5, "//": 1.5}  # a remainder is not taken for a factor
_OPENING, _CLOSING = tuple("([,|‖⌊⌈"), tuple(")],|‖⌋⌉")


def bracketed(inner: str, terms: Terms, k: int) -> bool:
    """Whether a formula needs parentheses where it is put in place of term ``k`` of another one.

    >>> bracketed("h − y", (0, "²"), 0), bracketed("e²", (0, " + ", 1), 0), bracketed("a + b", ("σ(", 0, ")"), 1)
    (True, False, False)
    >>> bracketed("a · b", (0, " − ", 1), 2), bracketed("a − b", (0, " − ", 1), 2)
    (False, True)
    >>> bracketed("a + b", ("⌊", 0, "⌋"), 1), bracketed("⌊a + b⌋", (0, "²"), 0), bracketed("√x", (0, "²"), 0)
    (False, False, True)
    """
    before, after = (str(t).strip() for t in (("", *terms)[k], (*terms, "")[k + 1]))
    free = not before or before.endswith(_OPENING)
    if inner.startswith("−") and not free:
        return True
    needed = 0 if free else _BINDS.get(before[-1], 4) + (before[-1] in "−/")
    needed = max(needed, 0 if not after or after.startswith(_CLOSING) else _BINDS.get(after[0], 4))
    outside = outside_brackets(inner)
    binds = [n for sign, n in _BINDS_WITHIN.items() if f" {sign} " in outside or (sign == "−" and outside[:1] == sign)]
    simple = 4 if re.fullmatch(r"[^\s^√∛⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*", outside) else 3
    return min([simple, *binds]) < needed

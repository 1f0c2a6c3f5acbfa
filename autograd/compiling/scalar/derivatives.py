"""Derivatives: the inverse network of a trace, appended to it in new rows.

The pullback of an operation is run once on letters (the flow, the result, the operands), in a small trace of its own.
The rows that this gives are copied wherever the operation occurs, with rows in place of the letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.compiling.scalar.kinds import Kind
from inversa.autograd.compiling.scalar.loops import Loops
from inversa.autograd.compiling.scalar.ordering import Columns, Ordering
from inversa.autograd.kernels.sweeping import append_inverse, mark_reached
from inversa.autograd.mode import mode
from inversa.autograd.ops.arithmetic import add

if TYPE_CHECKING:
    from inversa.autograd.compiling.scalar.trace import Trace


class Template(NamedTuple):
    """The rows of a pullback. An int among inputs is a slot, a float a constant, a Value is one that it closes over.

    Slots are the flow, the row itself, what it reads, and then the rows of the template one after the other.
    """

    rows: list[tuple[Kind, list[Any]]]
    result: Any


def template(make: Callable[[list[str]], Trace], kind: Kind, slot: int) -> Template:
    """The template of the pullback to an operand; ``make`` makes a trace with arguments of these names."""
    pullback = kind.op.vjps[slot]
    return _known(make, pullback, kind.op, kind.traced) if kind.is_fixed else _made(make, pullback, kind)


@lru_cache(maxsize=512)
def _known(make: Any, pullback: Any, op: Any, traced: tuple[str, ...]) -> Template:
    return _made(make, pullback, Kind(op, {}, traced))


def _made(make: Callable[[list[str]], Trace], pullback: Any, kind: Kind) -> Template:
    operands = kind.op.operands
    trace = make(["g", "y", *operands, *kind.traced])
    letters = trace.arguments
    conditions = dict(zip(kind.traced, letters[2 + len(operands) :], strict=True))
    for x in conditions.values():
        trace.differentiable[x.place] = 0
    with mode(recording=True, module=None):
        result = trace.place(pullback(*letters[: 2 + len(operands)], **kind.params, **conditions))
    known: dict[int, Any] = dict(zip(trace.value_rows, trace.values, strict=True))
    known |= {place: trace.constants[trace.inputs[trace.first[place]]] for place in trace.constant_rows()}
    known |= {x.place: slot for slot, x in enumerate(letters)}
    rows: list[tuple[Kind, list[Any]]] = []
    ordering = Ordering(trace, Loops(0))
    ordering.add([result])
    for place in ordering.rows[: ordering.count]:
        computes = trace.operations[trace.kinds[place]]
        if computes is not None:
            rows.append((computes, [known[x] for x in trace.inputs[trace.first[place] : trace.first[place + 1]]]))
            known[place] = len(letters) + len(rows) - 1
    return Template(rows, known[result])


class _Library:
    """The templates that a trace uses, in columns, with the trace's own kinds and constants."""

    def __init__(self, trace: Trace, uses: Sequence[int]) -> None:
        self.begin, self.first = [0], [0]
        self.kinds: list[int] = []
        self.inputs: list[int] = []
        self.results: list[int] = []
        self.slots = 2  # of the template with most
        self._trace = trace
        pairs = ((kind, slot) for kind in trace.operations if kind for slot in range(kind.differentiated))
        for used, (kind, slot) in zip(uses, list(pairs), strict=True):
            self._add(template(type(trace), kind, slot), kind) if used else self.results.append(0)
            self.begin.append(len(self.kinds))

    def _add(self, found: Template, kind: Kind) -> None:
        for each, read in found.rows:
            self.kinds.append(self._trace.kind(*each))
            self.inputs += map(self._slot_or_row, read)
            self.first.append(len(self.inputs))
        self.results.append(self._slot_or_row(found.result))
        self.slots = max(self.slots, 2 + len(kind.op.operands) + len(kind.traced) + len(found.rows))

    def _slot_or_row(self, x: Any) -> int:
        return ~x if isinstance(x, int) else self._trace.place(x)


def append_derivatives(trace: Trace, output: int, wanted: Sequence[int]) -> list[int]:
    """Append the inverse network of a row; return the rows of the flows that reach the wanted ones.

    Nothing is written that leads to none of them.
    """
    zero = trace.place(0.0)
    seed = trace.place(1.0)
    if not wanted or not trace.differentiable[output]:
        return [zero] * len(wanted)
    loops = Loops(len(trace.kinds))
    ordering, reached, uses = _reached(trace, loops, output, wanted)
    library = _Library(trace, uses)
    flows = _append(trace, loops, ordering, reached, uses, library, (output, seed))
    return [zero if flows[x] < 0 else int(flows[x]) for x in wanted]


def _reached(trace: Trace, loops: Loops, output: int, wanted: Sequence[int]) -> tuple[Ordering, Any, list[int]]:
    """What the output needs, which of it leads to something wanted, and how often each pullback is used."""
    ordering = Ordering(trace, loops)
    ordering.add([output])
    reached = loops.column(len(trace.kinds), "B")
    for x in wanted:
        reached[x] = trace.differentiable[x]
    operands, pullbacks = _numbered(trace)
    uses = loops.column(sum(operands))
    given = map(loops.given, (operands, pullbacks))
    differentiable = loops.given(trace.differentiable, "B")
    columns = Columns.of(trace, loops)
    loops.run(mark_reached, *columns, differentiable, ordering.rows, ordering.count, *given, reached, uses)
    return ordering, reached, list(map(int, uses))


def _numbered(trace: Trace) -> tuple[list[int], list[int]]:
    """Of every kind by how many operands it is differentiated, and the number of the first one's pullback."""
    operands = [0 if kind is None else kind.differentiated for kind in trace.operations]
    return operands, [0, *accumulate(operands)][:-1]


def _append(
    trace: Trace,
    loops: Loops,
    ordering: Ordering,
    reached: Any,
    uses: Sequence[int],
    library: _Library,
    start: tuple[int, int],
) -> Any:
    """Run the sweep, and move what it writes into the trace; return the flows of all rows."""
    adding = trace.kind(add, {})
    columns, rows = Columns.of(trace, loops), len(trace.kinds)
    flows = loops.column(rows, fill=-1)
    flows[start[0]] = start[1]
    sizes = [end - begin for begin, end in pairwise(library.begin)]
    entries = [library.first[end] - library.first[begin] for begin, end in pairwise(library.begin)]
    most = sum(n * (size + 1) for n, size in zip(uses, sizes, strict=True))
    most_entries = sum(n * (size + 2) for n, size in zip(uses, entries, strict=True))
    new_kinds, new_first = loops.column(most), loops.column(most)
    new_inputs, new_differentiable = loops.column(most_entries), loops.column(most, "B")
    made = loops.run(
        append_inverse,
        *columns,
        loops.given(trace.differentiable, "B"),
        ordering.rows,
        ordering.count,
        *map(loops.given, _numbered(trace)),
        reached,
        *map(loops.given, (library.begin, library.kinds, library.first, library.inputs, library.results)),
        adding,
        flows,
        new_kinds,
        new_first,
        new_inputs,
        new_differentiable,
        loops.column(library.slots),
    )
    del columns  # which lend the trace's memory
    loops.extend(trace.kinds, new_kinds, made)
    loops.extend(trace.inputs, new_inputs, new_first[made - 1] - trace.first[-1] if made else 0)
    loops.extend(trace.first, new_first, made)
    loops.extend(trace.differentiable, new_differentiable, made)
    return flows

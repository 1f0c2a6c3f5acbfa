"""Tape: bytecode, run over samples; and what runs a program where there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from mmap import ACCESS_COPY, mmap
from struct import Struct
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from inversa.autograd.compiling.pool import cores, share
from inversa.autograd.compiling.scalar.bytecode import Bytecode
from inversa.autograd.compiling.scalar.interpreting import Interpreter
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.lazy import LazyModule, has_numpy, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.kernels import compiling, machine, rows
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import
    machine = LazyModule("inversa.autograd.kernels.machine")
    rows = LazyModule("inversa.autograd.kernels.rows")

CACHE = 1 << 20  # bytes that the registers may take: about what the second cache has
WORTH_SHARING = 3_000_000  # instructions times samples: a millisecond, in which threads can be woken


Tables: TypeAlias = Bytecode | Interpreter


class Runner(Protocol):
    """What runs a program over samples: arrays or lists of numbers, a row for each argument."""

    def run(self, arguments: Any, parameters: Any, /) -> tuple[Any, Any]:
        """The sums over the samples of the first outputs, and of the others a row with a number for every sample."""


def tables(program: Program, reduced: int, arguments: int, parameters: int) -> Tables:
    """A program as what can be run: for the machine or, where there is no NumPy, for Python."""
    return Bytecode(program, reduced, arguments, parameters) if has_numpy() else Interpreter(program, reduced)


def ready(tables: Tables) -> Runner:
    """The same with memory of its own."""
    return tables if isinstance(tables, Interpreter) else Tape(tables)


class Tape:
    """Bytecode, ready to be run by any number of threads: each takes memory of its own."""

    def __init__(self, bytecode: Bytecode) -> None:
        self.bytecode = bytecode
        self._put = Struct(f"{bytecode.parameters}d").pack_into
        highest = max(int(table[:, 0].max(initial=0)) for table in (bytecode.code, bytecode.uniform_code))
        self.functions: list[bool | None] = [
            True if highest >= first else None for first in (machine.FUNCTIONS, machine.RARE, machine.RAREST)
        ]
        self._work = len(bytecode.code) + len(bytecode.terms)
        self._machine: Any = machine if compiling.HAS_NUMBA else rows
        # Memory of earlier runs; a run takes what no other one is using.
        self._numbers: list[NDArray[Any]] = []
        self._registers: defaultdict[int, list[NDArray[Any]]] = defaultdict(list)  # by the number of lanes
        self._widths: dict[int, int] = {}  # the number of lanes for a number of samples

    def run(self, arguments: NDArray[Any], parameters: list[float] | NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The sums over the samples of the first outputs, and of the others a row with a number for every sample."""
        tables, samples = self.bytecode, arguments.shape[1]
        uniform = self._uniform(parameters)
        chunks = -(-samples // machine.CHUNK) or 1
        sums = np.zeros((chunks, tables.reduced + 1))
        results = np.empty((len(tables.kept), samples))
        tape = uniform, arguments, results, sums
        worth_sharing = chunks > 1 and self._work * samples >= WORTH_SHARING
        if worth_sharing and self._machine is machine and (threads := cores()) > 1:  # NumPy would not let others go on

            def take(numbers: Iterator[int]) -> None:
                for chunk in numbers:
                    first = chunk * machine.CHUNK
                    self._compute(*tape, first, min(samples, first + machine.CHUNK))

            share(take, chunks, min(chunks, threads))
        else:
            self._compute(*tape, 0, samples)
        total = sums.sum(axis=0) if chunks > 1 else sums[0]
        if len(tables.uniform_sums):
            np.add.at(total, tables.uniform_sums, samples * uniform[tables.uniform_terms])
        self._numbers.append(uniform)
        return total[:-1], results

    def _compute(
        self,
        uniform: NDArray[Any],
        arguments: NDArray[Any],
        results: NDArray[Any],
        sums: NDArray[Any],
        first: int,
        last: int,
    ) -> None:
        """Run over some of the samples."""
        tables, samples = self.bytecode, arguments.shape[1]
        few = min(samples, self._machine.BLOCK)
        width = self._widths.get(few)
        if width is None:
            width = self._widths[few] = lanes_for(tables.register_count, few, self._machine.BLOCK)
        unused = self._registers[width]
        try:
            lanes = unused.pop()
        except IndexError:
            lanes = _page_aligned(tables.register_count, width)
        self._machine.run(
            tables.code,
            tables.terms,
            uniform,
            lanes,
            arguments,
            tables.kept,
            results,
            sums,
            first,
            last,
            *self.functions,
        )
        unused.append(lanes)

    def _uniform(self, parameters: list[float] | NDArray[Any]) -> NDArray[Any]:
        """The numbers that are the same for all samples: constants, parameters, and what is computed from these."""
        tables = self.bytecode
        try:
            uniform = self._numbers.pop()
        except IndexError:
            uniform = tables.constants.copy()
        if isinstance(parameters, list):
            self._put(uniform.data, 0, *parameters)  # takes a third of the time of NumPy's conversion
        else:
            uniform[: len(parameters)] = parameters
        if len(tables.uniform_code):
            once = np.empty((0, 1))  # no arguments, one sample
            registers, nothing = uniform[:, None], tables.kept[:0]
            tape = tables.uniform_code, tables.terms, uniform, registers, once, nothing, once, once
            self._machine.run(*tape, 0, 1, *self.functions)
        return uniform


def lanes_for(registers: int, samples: int, most: int) -> int:
    """How many lanes a register has: no more than there are samples, and fewer where the registers are many.

    A program and a number of samples determine it, not the machine: it decides in which order sums are added up.
    """
    lanes = most
    while lanes > 8 and 8 * registers * lanes > CACHE:
        lanes //= 2
    while lanes > 1 and lanes // 2 >= samples:
        lanes //= 2
    return lanes


def _page_aligned(rows: int, columns: int) -> NDArray[Any]:
    """Memory in pages of its own: begun anywhere else, most vector loads would touch two lines of the cache."""
    pages = mmap(-1, max(1, 8 * rows * columns), access=ACCESS_COPY)
    return np.frombuffer(pages, count=rows * columns).reshape(rows, columns)

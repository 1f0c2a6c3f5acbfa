"""Tape: bytecode, run over samples."""

from __future__ import annotations

from collections.abc import Sequence
from mmap import ACCESS_COPY, mmap
from struct import Struct
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.scalar.bytecode import Bytecode
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.compiling.scalar.trace import Symbol
from inversa.autograd.lazy import LazyModule, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.kernels import machine
else:
    machine = LazyModule("inversa.autograd.kernels.machine")  # Numba is slow to import


class Tape:
    """Bytecode, ready to be run by any number of threads: each takes memory of its own."""

    def __init__(self, bytecode: Bytecode) -> None:
        self.bytecode = bytecode
        self._put = Struct(f"{bytecode.parameters}d").pack_into
        highest = max(int(table[:, 0].max(initial=0)) for table in (bytecode.code, bytecode.uniform_code))
        self.functions: list[bool | None] = [
            True if highest >= first else None for first in (machine.FUNCTIONS, machine.RARE)
        ]
        self._scratch: list[tuple[NDArray[Any], NDArray[Any]]] = []

    def run(self, arguments: NDArray[Any], parameters: list[float] | NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The sums over the samples of the first outputs, and of the others a row with a number for every sample."""
        tables, functions = self.bytecode, self.functions
        try:  # memory that no other thread is using
            uniform, lanes = self._scratch.pop()
        except IndexError:
            uniform, lanes = tables.constants.copy(), _page_aligned(tables.register_count, machine.BLOCK)
        if isinstance(parameters, list):
            self._put(uniform.data, 0, *parameters)  # takes a third of the time of NumPy's conversion
        else:
            uniform[: len(parameters)] = parameters
        sums = np.zeros(tables.reduced + 1)
        results = np.empty((len(tables.kept), arguments.shape[1]))
        if len(tables.uniform_code):
            once = np.empty((0, 1))  # no arguments, one sample
            registers = uniform[:, None]
            machine.run(
                tables.uniform_code, tables.terms, uniform, registers, once, tables.kept[:0], once, sums, *functions
            )
        machine.run(tables.code, tables.terms, uniform, lanes, arguments, tables.kept, results, sums, *functions)
        if len(tables.uniform_sums):
            np.add.at(sums, tables.uniform_sums, arguments.shape[1] * uniform[tables.uniform_terms])
        self._scratch.append((uniform, lanes))
        return sums[:-1], results


def tape(
    outputs: Sequence[Symbol], arguments: Sequence[Symbol], parameters: Sequence[Symbol], reduced: int = 0
) -> Tape:
    """Symbols as what runs: of the first outputs the sums over the samples, of the others a number for every sample."""
    return Tape(Bytecode(Program(outputs, arguments, parameters), reduced, len(arguments), len(parameters)))


def _page_aligned(rows: int, columns: int) -> NDArray[Any]:
    """Memory in pages of its own: begun anywhere else, most vector loads would touch two lines of the cache."""
    pages = mmap(-1, max(1, 8 * rows * columns), access=ACCESS_COPY)
    return np.frombuffer(pages, count=rows * columns).reshape(rows, columns)

"""An axis whose length is open: the same program written for several lengths, and compared.

The engine knows every shape while it computes, and so does what is written. So a program is written for three lengths
of the axis. Where the files differ, a constant depends on the length: it must be a·N + c or a + c/N, entry by entry,
found from two lengths and checked with the third, and is computed in the file from the length that N has there. What
differs otherwise is refused, and so is what differs for another, great length: a branch on N.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import constant, written, xp
from inversa.nn.interchange.writing.nodes import WRITER, Nodes

AXIS = "N"  # what the open length is called in the file
_PRIMES = (37, 53, 71, 41, 59, 73, 43, 61, 79, 47, 67, 83, 89, 97, 101, 103, 107, 109, 113)
_GREAT = 1009


@dataclass(frozen=True)
class Program:
    """What was written for one length: all nodes, and the names of what comes in and goes out."""

    nodes: Nodes
    inputs: dict[str, Reference]
    outputs: dict[str, Reference]


def of_any_length(write: Callable[[int], Program], taken: set[int]) -> Program:
    """The program for every length of the axis.

    Parameters
    ----------
    write : callable
        Writes it for a length.
    taken : set of int
        Lengths that other axes have.

    Raises
    ------
    InterchangeError
        When it depends on the length in a way that a file cannot say.
    """
    lengths = [n for n in _PRIMES if n not in taken][:3]
    if len(lengths) < 3:
        raise InterchangeError("too many axes have lengths of two digits: write it for one length, with fixed=True")
    great = next(n for n in range(_GREAT, _GREAT + len(taken) + 1) if n not in taken)
    return _Comparison([*lengths, great], [write(n) for n in (*lengths, great)]).result()


class _Comparison:
    def __init__(self, lengths: Sequence[int], programs: Sequence[Program]) -> None:
        self.lengths = lengths
        self.programs = programs
        self.first = programs[0]
        self.nodes = Nodes("N")  # those that compute what depends on the length
        self.found: dict[tuple[str, ...], str] = {}

    def result(self) -> Program:
        first, n = self.first, self.lengths[0]
        token = WRITER.set(self.nodes)
        try:
            rest = [self._same(nodes) for nodes in self._side_by_side()]
        finally:
            WRITER.reset(token)
        merged = Nodes()
        merged.constants = {**first.nodes.constants, **self.nodes.constants}
        merged.written = [*self.nodes.written, *rest]
        return Program(merged, _opened(first.inputs, n), _opened(first.outputs, n))

    def _side_by_side(self) -> Any:
        written_ = [program.nodes.written for program in self.programs]
        if len({len(nodes) for nodes in written_}) > 1:
            raise _depends("which operations there are")
        return zip(*written_, strict=True)

    def _same(self, nodes: Sequence[Any]) -> Any:
        first = nodes[0]
        for other in nodes[1:]:
            if (other.operator, other.outputs, other.attributes) != (first.operator, first.outputs, first.attributes):
                raise _depends(f"{first.operator}{f' in {first.doc}' if first.doc else ''}")
        inputs = zip(*(node.inputs for node in nodes), strict=True)
        return first._replace(inputs=tuple(self._name(names) for names in inputs))

    def _name(self, names: tuple[str, ...]) -> str:
        if names not in self.found:
            self.found[names] = self._computed(names)
        return self.found[names]

    def _computed(self, names: tuple[str, ...]) -> str:
        """The name of a constant that is, or is made to be, right for every length; any other name as it is."""
        pairs = zip(self.programs, names, strict=True)
        arrays: list[Any] = [program.nodes.constants.get(name) for program, name in pairs]
        if any(array is None for array in arrays):
            if len(set(names)) > 1:
                raise _depends("what is computed from what")
            return names[0]
        first = arrays[0]
        if any(array.shape != first.shape for array in arrays):
            raise _depends(f"the shape of an array of constants, {first.shape} for {self.lengths[0]} samples,")
        if all(np.array_equal(array, first, equal_nan=first.dtype.kind == "f") for array in arrays):
            return names[0]
        entries = [
            self._entry(numbers, first.dtype) for numbers in zip(*(a.ravel().tolist() for a in arrays), strict=True)
        ]
        return str(xp.reshape(xp.concat(entries, 0), first.shape).name)

    def _entry(self, numbers: tuple[float, ...], dtype: Any) -> Any:
        if len(set(numbers)) == 1:
            return constant([numbers[0]], dtype)
        lengths = np.asarray(self.lengths, float)
        n = xp.astype(self._length(), dtype)
        for scale in (np.ones(len(lengths)), lengths) if dtype.kind == "f" else (np.ones(len(lengths)),):
            values = np.asarray(numbers) * scale
            a = (values[1] - values[0]) / (lengths[1] - lengths[0])
            c = values[0] - a * lengths[0]
            if dtype.kind != "f":
                a, c = round(a), round(c)
            if np.allclose(a * lengths + c, values, rtol=1e-12 if dtype.itemsize > 4 else 1e-6, atol=0):
                a, c = dtype.type(_tidied(a)), dtype.type(_tidied(c))
                line = n if (a, c) == (1, 0) else n * constant([a]) + constant([c])
                return line if scale[0] == 1 else line / n
        raise _depends(
            f"a constant, {numbers[0]:g} for {self.lengths[0]} samples and {numbers[1]:g} for {self.lengths[1]},"
        )

    def _length(self) -> Any:
        """The length that the axis has when the file is run."""
        name, like = next((k, x) for k, x in self.first.inputs.items() if x.ndim and x.shape[0] == self.lengths[0])
        shape = written("Shape", [Reference(name, like.shape, like.dtype)], (like.ndim,), np.int64)
        return xp.take(shape, constant([0]))


def _tidied(number: float) -> float:
    """A number without the rounding errors of its last digits."""
    near = round(number, 9)
    return near if abs(number - near) < 1e-9 else number


def _opened(references: dict[str, Reference], n: int) -> dict[str, Reference]:
    return {
        name: Reference(x.name, tuple(AXIS if m == n else m for m in x.shape), x.dtype)  # type: ignore[misc]
        for name, x in references.items()
    }


def _depends(what: str) -> InterchangeError:
    return InterchangeError(
        f"{what} depends on the number of samples, in a way that a file cannot say: write it for the number in the "
        "example alone, with fixed=True"
    )

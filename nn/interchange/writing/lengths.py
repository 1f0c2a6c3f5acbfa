"""An axis whose length is open: the same program written for several lengths, and compared.

The engine knows every shape while it computes, and so does what is written. So a program is written for four lengths
of the axis, one of them great. Where the files differ, a constant depends on the length: entry by entry it must be a
polynomial a·N² + b·N + c, or one over N or N², found from three lengths and checked with the fourth, and is computed in
the file from the length that N has there. What differs otherwise, such as by a branch on N, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import constant, written, xp
from inversa.nn.interchange.writing.nodes import WRITER, Nodes

AXIS = "N"  # what the open length is called in the file
_PRIMES = (37, 53, 71, 41, 59, 73, 43, 61, 79, 47, 67, 83, 89, 97, 101, 103, 107, 109, 113)
_GREAT, _LESS_GREAT = 1010, 212  # even, as the primes are not
_MANY = 1000  # numbers in a sample: of larger ones a great number would take long


@dataclass(frozen=True)
class Program:
    """What was written for one length: all nodes, and the names of what comes in and goes out."""

    nodes: Nodes
    inputs: dict[str, Reference]
    outputs: dict[str, Reference]


def of_any_length(write: Callable[[int], Program], taken: set[int], entries: int) -> Program:
    """The program for every length of the axis.

    Parameters
    ----------
    write : callable
        Writes it for a length.
    taken : set of int
        Lengths that other axes have.
    entries : int
        How many numbers there are in a sample.

    Raises
    ------
    InterchangeError
        When it depends on the length in a way that a file cannot say.
    """
    lengths = [n for n in _PRIMES if n not in taken][:3]
    if len(lengths) < 3:
        raise InterchangeError("too many axes have lengths of two digits: write it for one length, with fixed=True")
    least = _GREAT if entries <= _MANY else _LESS_GREAT
    great = next(n for n in range(least, least + len(taken) + 1) if n not in taken)
    return _Comparison([*lengths, great], [write(n) for n in (*lengths, great)]).result()


class _Comparison:
    def __init__(self, lengths: Sequence[int], programs: Sequence[Program]) -> None:
        self.lengths = lengths
        self.programs = programs
        self.first = programs[0]
        self.nodes = Nodes(self.first.nodes.taken, prefix="N")  # those that compute what depends on the length
        self.found: dict[tuple[str, ...], str] = {}

    def result(self) -> Program:
        first = self.first
        token = WRITER.set(self.nodes)
        try:
            rest = [self._same(nodes) for nodes in self._side_by_side()]
            outputs = {name: self._opened([p.outputs[name] for p in self.programs]) for name in first.outputs}
        finally:
            WRITER.reset(token)
        merged = Nodes()
        merged.constants = {**first.nodes.constants, **self.nodes.constants}
        merged.written = [*self.nodes.written, *rest]
        inputs = {name: self._opened([p.inputs[name] for p in self.programs]) for name in first.inputs}
        return Program(merged, inputs, outputs)

    def _opened(self, references: Sequence[Reference]) -> Reference:
        """What goes in or out: the open length of its shape has a name, and one that depends on it has none."""
        first = references[0]
        every = zip(*(x.shape for x in references), strict=True)
        shape: Any = [
            n[0] if len(set(n)) == 1 else AXIS if list(n) == list(self.lengths) else None for n in map(tuple, every)
        ]
        return Reference(self._name(tuple(x.name for x in references)), tuple(shape), first.dtype)

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
        whole = dtype.kind != "f"
        n = xp.astype(self._length(), dtype)
        for power in (0,) if whole else (0, 1, 2):
            for degree in (1, 2):
                found = _polynomial(self.lengths, numbers, degree, power, dtype)
                if found is not None:
                    c, b, a = map(int if whole else float, found)
                    slope = n * a + b if a else b
                    value = n * slope + c if a or b else constant([c], dtype)
                    return value / (n if power == 1 else n * n) if power else value
        raise _depends(
            f"a constant, {numbers[0]:g} for {self.lengths[0]} samples and {numbers[1]:g} for {self.lengths[1]},"
        )

    def _length(self) -> Any:
        """The length that the axis has when the file is run."""
        name, like = next((k, x) for k, x in self.first.inputs.items() if x.ndim and x.shape[0] == self.lengths[0])
        shape = written("Shape", [Reference(name, like.shape, like.dtype)], (like.ndim,), np.int64)
        return xp.take(shape, constant([0]))


def _polynomial(
    lengths: Sequence[int], numbers: Sequence[float], degree: int, power: int, dtype: Any
) -> Sequence[Fraction] | None:
    """The coefficients c, b, a of the numbers times N to a power, if they are such a polynomial of N.

    They are found from the first lengths, exactly, and all must agree with them. They are brought to simple fractions
    where these do, for the numbers are rounded.
    """
    if not all(map(isfinite, numbers)):
        return None
    values = [Fraction(x) * n**power for x, n in zip(numbers, lengths, strict=True)]
    (n0, n1, n2), (v0, v1, v2) = lengths[:3], values[:3]
    slope = (v1 - v0) / (n1 - n0)
    bend = ((v2 - v1) / (n2 - n1) - slope) / (n2 - n0) if degree == 2 else Fraction(0)
    exact = (v0 - slope * n0 + bend * n0 * n1, slope - bend * (n0 + n1), bend)
    rounding = Fraction(0) if dtype.kind != "f" else Fraction(16 * float(np.finfo(dtype).eps))
    for c, b, a in ([x.limit_denominator(1000) for x in exact], exact):
        fits = all(abs(c + b * n + a * n * n - v) <= rounding * abs(v) for n, v in zip(lengths, values, strict=True))
        if fits and (dtype.kind == "f" or c.denominator == b.denominator == a.denominator == 1):
            return c, b, a
    return None


def _depends(what: str) -> InterchangeError:
    return InterchangeError(
        f"{what} depends on the number of samples, in a way that a file cannot say: write it for the number in the "
        "example alone, with fixed=True"
    )

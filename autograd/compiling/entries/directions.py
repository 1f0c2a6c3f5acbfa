"""JacobianFunction: all rows of a Jacobian at once, a lane for each. A Hessian is the Jacobian of a gradient.

Row j of the Jacobian of y is what the inverse network gives when 1 is fed in at yⱼ and 0 elsewhere. So one program with
what is fed in as its arguments is run over the unit vectors as its samples; what depends on x alone is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.compiling.entries.vectors import Lengths, ManyAtOnce, numbers_in
from inversa.autograd.compiling.errors import ArraysMetError
from inversa.autograd.compiling.scalar.bytecode import Bytecode
from inversa.autograd.compiling.scalar.listing import listing
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.compiling.scalar.running import Tape
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.compiling.scalar.writing import writing
from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class JacobianFunction(ManyAtOnce):
    """The Jacobian of a function that takes its vectors apart and gives a vector.

    Parameters
    ----------
    jacobian, function : callable
        What is compiled, and the function that it is the Jacobian of.
    names : sequence of str
        Of its arguments.
    lengths : mapping of int to int
        Of those that are vectors.
    argnum : int or tuple of int
        Which one it is differentiated by; where there are several, it is a function of arrays.

    Raises
    ------
    TracingError
        For what cannot be compiled, and for a function that gives a single number or several results.
    """

    def __init__(
        self,
        jacobian: Callable[..., Any],
        function: Callable[..., Any],
        argnum: int | tuple[int, ...],
        names: Sequence[str],
        lengths: Lengths,
    ) -> None:
        if not isinstance(argnum, int) or argnum not in lengths:
            raise ArraysMetError("what it is differentiated by is no vector")
        super().__init__(function, names, lengths)
        if not self.gives_a_vector:
            raise ArraysMetError("it does not give a vector")
        self._argnum = argnum
        self._whole = ArrayFunction(jacobian, names)

    @cached_property
    def _rows(self) -> Program:
        """The program of a row: what is fed in are its arguments, all else its parameters."""
        trace, outputs = self._traced
        with writing():
            return self._written(trace, outputs)

    def _written(self, trace: Trace, outputs: Sequence[Symbol]) -> Program:
        fed = [trace.argument(f"δ{j}") for j in range(1, len(outputs) + 1)]
        sent = [y * flow for y, flow in zip(outputs, fed, strict=True)]
        wanted = self._grouped(trace.arguments, list)[self._argnum]
        row = trace.derivatives(sum(sent[1:], start=sent[0]), wanted)
        return Program(row, fed, [*trace.arguments, *trace.parameters.values()], results=len(row))

    @cached_property
    def _tape(self) -> Tape:
        trace, outputs = self._traced
        return Tape(Bytecode(self._rows, 0, len(outputs), len(trace.arguments) + len(trace.parameters)))

    @cached_property
    def _units(self) -> NDArray[Any]:
        """The unit vectors, and some zeros: the processor computes eight lanes as quickly as six, one by one."""
        count = len(self._traced[1])
        return np.eye(count, -(-count // 8) * 8)

    def __call__(self, *arguments: Any) -> NDArray[Any]:
        """The Jacobian, of shape (length of the value, length of the argument)."""
        units = self._units
        found = self._tape.run(units, [*numbers_in(arguments), *self._numbers()])[1]
        return found[:, : len(units)].T.copy()

    def listing(self) -> str:
        """The program of a row."""
        trace, outputs = self._traced
        names = [*self.names, *(value.name or f"p{i}" for i, value in enumerate(trace.parameters, start=1))]
        fed = [f"δ{j}" for j in range(1, len(outputs) + 1)]
        rows = [name for name in self.names if name.startswith(f"{self._named[self._argnum]}[")]
        return listing(self._rows, fed, names, [f"row[{k}]" for k in range(len(rows))])

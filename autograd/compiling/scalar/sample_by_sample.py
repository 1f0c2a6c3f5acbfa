"""SampleBySample: a function of Values that cannot be compiled, evaluated for one sample after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from inversa.autograd import checks
from inversa.autograd.compiling.errors import NotRecordedError, TracingError
from inversa.autograd.compiling.results import parted
from inversa.autograd.compiling.scalar.function import Reduction
from inversa.autograd.compiling.scalar.samples import as_rows, each_sample, shaped
from inversa.autograd.mode import no_grad
from inversa.autograd.node import plain
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class SampleBySample:
    """What `ValueFunction` is for functions that can be traced; it gives the same, and calls the function itself.

    Parameters
    ----------
    function : callable
    names : sequence of str
        Of its arguments.
    why_not : str
        Why it cannot be traced.
    """

    def __init__(self, function: Callable[..., Any], names: Sequence[str], why_not: str) -> None:
        self.function = function
        self.names = names
        self.why_not = why_not

    def holds(self) -> bool:
        """Always: the function itself reads everything anew."""
        return True

    def __call__(self, *arguments: ArrayLike) -> Any:
        """The function's value for every sample: a float for numbers, an array for arrays."""
        with no_grad():
            samples, shape = self._samples(arguments)
            columns, together = self._columns(samples)
        return together([shaped([plain(x) for x in column], shape) for column in columns])

    def record(self, *_arguments: Any) -> NoReturn:
        """There is no program to record."""
        raise NotRecordedError(self.why_not)

    def value_and_grad(self, *arguments: ArrayLike) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivatives with respect to the arguments, for every sample."""
        samples, shape = self._samples(arguments, requires_grad=True)
        columns, together = self._columns(samples)
        slopes = []
        for sample, y in zip(samples, columns[0], strict=True):
            flows = y.inverse().run() if isinstance(y, Value) and y.requires_grad else {}
            slopes.append([flows.get(x, 0.0) for x in sample])
        values = [shaped([plain(x) for x in column], shape) for column in columns]
        return together(values), tuple(shaped(row, shape) for row in zip(*slopes, strict=True))

    def backward(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Any:
        """The mean (or sum) of the values over the samples; its gradient is added to the parameters' ``grad``."""
        samples, _ = self._samples(arguments)
        columns, together = self._columns(samples)
        totals = [sum(column[1:], start=column[0]) for column in columns]
        if reduce == "mean":
            totals = [total / len(samples) for total in totals]
        if isinstance(totals[0], Value) and totals[0].requires_grad:
            totals[0].backward()
        return together([float(plain(total)) for total in totals])

    def _samples(
        self, arguments: Sequence[ArrayLike], requires_grad: bool = False
    ) -> tuple[list[list[Value]], tuple[int, ...]]:
        """The arguments of every sample as Values, and the shape that the results have."""
        rows, shape = as_rows(self.names, arguments)
        if 0 in shape:
            raise ValueError("there are no samples")
        return [[Value(x, requires_grad) for x in sample] for sample in each_sample(rows)], shape

    def _columns(self, samples: list[list[Value]]) -> tuple[list[list[Any]], Callable[[list[Any]], Any]]:
        """Of each of the function's results a list with one for every sample."""
        rows = []
        for sample in samples:
            parts, together = parted(self.function(*sample))
            for part in parts:
                if not isinstance(part, (Value, int, float)):
                    raise TypeError(f"a function of Values gives numbers, not {checks.shown(part)}; {self.why_not}")
            rows.append(parts)
        return [list(column) for column in zip(*rows, strict=True)], together

    # There is nothing to look at.

    def _no_program(self) -> NoReturn:
        raise TracingError(f"the function cannot be compiled: {self.why_not}")

    def of_parameters(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> NoReturn:
        """Only what was traced knows its parameters."""
        self._no_program()

    def listing(self) -> NoReturn:
        """There is no program."""
        self._no_program()

    @property
    def graph(self) -> NoReturn:
        """There is no trace."""
        self._no_program()

    @property
    def parameters(self) -> NoReturn:
        """Only what was traced knows its parameters."""
        self._no_program()

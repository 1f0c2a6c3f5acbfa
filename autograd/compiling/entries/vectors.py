"""VectorFunction: a function that takes its vectors apart, as in ``x[0] * x[1]``, as a program of single numbers.

A vector of n numbers is then n arguments. What treats it as a whole array (``x.sum()``, ``W @ x``) is compiled as a
function of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.compiling.errors import ArraysMetError
from inversa.autograd.compiling.scalar.function import Reduction, ValueFunction
from inversa.autograd.lazy import np
from inversa.autograd.node import Node, plain
from inversa.autograd.trees import Row, is_container, mapped

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Lengths = Mapping[int, int]  # of the arguments that are vectors, by their places


class Entries(Row):
    """The entries of a vector, as symbols: taken apart like an array. What else an array can do ends the trace.

    It is no tuple, and has no attributes: a function that asks what it was given gets no wrong answer.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Any]) -> None:
        self._entries = tuple(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __getitem__(self, index: Any) -> Any:
        """An entry, or the entries of a slice; an array has more ways of taking some."""
        if isinstance(index, bool) or not isinstance(index, (SupportsIndex, slice)):
            self._as_array()
        found = self._entries[index]
        return Entries(found) if isinstance(index, slice) else found

    def __getattr__(self, name: str) -> Any:
        """An array's attributes, such as ``shape``; Python's own protocols ask for names that begin with ``_``."""
        if name.startswith("_"):
            raise AttributeError(name)
        self._as_array()

    def _as_array(self, *_others: Any, **_named: Any) -> NoReturn:
        raise ArraysMetError("single numbers and an array meet: a vector as a whole")

    __add__ = __radd__ = __mul__ = __rmul__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _as_array
    __bool__ = __contains__ = __array__ = _as_array


def length_of(x: Any) -> int | None:
    """How long a vector in double precision is, through which no gradient flows: 0 of a number, None of all else."""
    if type(x) is float:
        return 0
    if isinstance(x, Node):
        return None if x.requires_grad else length_of(x._data)
    if not isinstance(x, np.ndarray):
        if not isinstance(x, (list, tuple, np.floating)):
            return None
        x = np.asarray(x)
    if x.ndim == 1:
        return x.size or None if x.dtype == np.float64 else None
    return 0 if x.ndim == 0 and x.dtype == np.float64 else None


def lengths_of(given: Sequence[Any]) -> tuple[tuple[int, int], ...] | None:
    """The places of vectors among arguments, and their lengths; None if there is none, or something else beside it."""
    lengths = [length_of(x) for x in given]
    return None if None in lengths else tuple((i, n) for i, n in enumerate(lengths) if n) or None


class VectorFunction(ValueFunction):
    """A function of numbers and vectors, which it takes apart.

    Parameters
    ----------
    function : callable
    names : sequence of str
        Of its arguments.
    lengths : mapping of int to int
        Of those that are vectors.

    Attributes
    ----------
    gives_a_vector : bool
        Whether its result is one vector.

    Raises
    ------
    TracingError
        For what cannot be compiled; `ArraysMetError` where it uses a vector as a whole.
    """

    def __init__(self, function: Callable[..., Any], names: Sequence[str], lengths: Lengths) -> None:
        self.lengths = lengths

        def of_numbers(*symbols: Any) -> Any:
            results = function(*self._grouped(symbols, Entries))
            self.gives_a_vector = isinstance(results, Entries)
            return results

        self._named = list(names)
        self.joined = Entries
        super().__init__(of_numbers, self._spread_names(), MappingProxyType({}))
        self.name = getattr(function, "__name__", "the function")

    def _spread_names(self) -> list[str]:
        return [
            name
            for i, whole in enumerate(self._named)
            for name in ([f"{whole}[{k}]" for k in range(self.lengths[i])] if i in self.lengths else [whole])
        ]

    def _grouped(self, numbers: Sequence[Any], together: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """One for every number, put together to one for every argument."""
        return [together(numbers[at]) if isinstance(at, slice) else numbers[at] for at in self._places]

    @cached_property
    def _places(self) -> list[int | slice]:
        """Where every argument is among the numbers."""
        counts = [self.lengths.get(i, 1) for i in range(len(self._named))]
        ends = accumulate(counts)
        return [
            slice(end - count, end) if i in self.lengths else end - 1
            for i, (count, end) in enumerate(zip(counts, ends, strict=True))
        ]

    def __call__(self, *arguments: ArrayLike) -> Any:
        """The function's value: a float, or an array."""
        return self._put_together(self._value.run(self._samples(arguments), self._numbers())[1][:, 0])

    def value_and_grad(self, *arguments: ArrayLike) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivative with respect to every argument."""
        found = self._value_and_grad.run(self._samples(arguments), self._numbers())[1][:, 0]
        count = len(self._traced[1])
        return self._put_together(found[:count]), tuple(self._grouped(found[count:].tolist(), np.array))

    def backward(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Any:
        """The value; its gradient is added to the parameters' ``grad``."""
        return outward(super().backward(*arguments, reduce=reduce))

    def _samples(self, arguments: Sequence[ArrayLike]) -> NDArray[Any]:
        """All the numbers, as those of one sample."""
        return np.array(numbers_in(arguments))[:, None]

    def _put_together(self, found: NDArray[Any]) -> Any:
        return found.copy() if self.gives_a_vector else outward(self._together(found.tolist()))


class ManyAtOnce(VectorFunction):
    """Many values are computed at once, which are no single number: its derivatives are those of a function of arrays.

    They are rarely wanted: `grad` stands inside what is vmapped, or around something that reduces it to one number.
    """

    _whole: ArrayFunction

    def value_and_grad(self, *arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        """As of a function of arrays, which says what is wrong."""
        return self._whole.value_and_grad(*arguments)

    def backward(self, *arguments: Any, reduce: Reduction = "mean") -> Any:
        """As of a function of arrays."""
        return self._whole.backward(*arguments, reduce=reduce)

    def of_parameters(self, *arguments: Any, reduce: Reduction = "mean") -> Callable[..., Any]:
        """As of a function of arrays."""
        return self._whole.of_parameters(*arguments, reduce=reduce)


def numbers_in(arguments: Sequence[Any]) -> list[float]:
    """All the numbers in numbers and vectors."""
    return [x for argument in arguments for x in _listed(plain(argument))]


def _listed(argument: Any) -> list[float]:
    found = np.asarray(argument).tolist()
    return found if isinstance(found, list) else [found]


def holds_results(x: Any) -> bool:
    """Whether this holds results of their own: the entries of a vector are one result."""
    return is_container(x) and not isinstance(x, Entries)


def outward(results: Any) -> Any:
    """Results with an array for the entries of every vector."""
    return mapped(lambda x: np.array(tuple(x)) if isinstance(x, Entries) else x, results, holds_results)

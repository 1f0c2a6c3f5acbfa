"""VectorFunction: a function that takes its vectors apart, as in ``x[0] * x[1]``, as a program of single numbers.

A vector of n numbers is then n arguments. What treats it as a whole array (``x.sum()``, ``W @ x``) is compiled as a
function of arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from inversa.autograd.compiling.errors import ArraysMetError
from inversa.autograd.compiling.scalar.function import Reduction, ValueFunction
from inversa.autograd.lazy import np
from inversa.autograd.node import Node, plain
from inversa.autograd.trees import Row

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

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

    def _as_array(self, *_others: Any) -> NoReturn:
        raise ArraysMetError("single numbers and an array meet: a vector as a whole")

    __add__ = __radd__ = __mul__ = __rmul__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _as_array
    __bool__ = __contains__ = __array__ = _as_array


def is_vector(x: Any) -> bool:
    """Whether this is a number or a vector in double precision, through which no gradient flows."""
    if type(x) is float:
        return True
    if isinstance(x, Node):
        return not x.requires_grad and is_vector(x._data)
    if not isinstance(x, (list, tuple, np.ndarray, np.floating)):
        return False
    array = np.asarray(x)
    return array.ndim <= 1 and array.size > 0 and array.dtype == np.float64


def lengths_of(given: Sequence[Any]) -> tuple[tuple[int, int], ...] | None:
    """The places of vectors among arguments, and their lengths; None if there is none, or something else beside it."""
    if not all(map(is_vector, given)):
        return None
    shapes = [np.shape(plain(x)) for x in given]
    return tuple((i, shape[0]) for i, shape in enumerate(shapes) if shape) or None


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

        self._arguments = list(names)
        self.joined = Entries
        super().__init__(of_numbers, self._spread_names(), MappingProxyType({}))
        self.name = getattr(function, "__name__", "the function")

    def _spread_names(self) -> list[str]:
        return [
            name
            for i, whole in enumerate(self._arguments)
            for name in ([f"{whole}[{k}]" for k in range(self.lengths[i])] if i in self.lengths else [whole])
        ]

    def _grouped(self, numbers: Sequence[Any], together: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """One for every number, put together to one for every argument."""
        following = iter(numbers)
        return [
            together([next(following) for _ in range(self.lengths[i])]) if i in self.lengths else next(following)
            for i in range(len(self._arguments))
        ]

    def __call__(self, *arguments: ArrayLike) -> Any:
        """The function's value: a float, or an array."""
        return outward(super().__call__(*numbers_in(arguments)))

    def value_and_grad(self, *arguments: ArrayLike) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivative with respect to every argument."""
        value, slopes = super().value_and_grad(*numbers_in(arguments))
        return outward(value), tuple(self._grouped(slopes, np.array))

    def backward(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Any:
        """The value; its gradient is added to the parameters' ``grad``."""
        return outward(super().backward(*numbers_in(arguments), reduce=reduce))

    def of_parameters(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Callable[[ArrayLike], Any]:
        """What `backward` computes, as a function of one array of numbers for the parameters."""
        return super().of_parameters(*numbers_in(arguments), reduce=reduce)


def numbers_in(arguments: Sequence[Any]) -> list[float]:
    """All the numbers in numbers and vectors."""
    return [x for argument in arguments for x in np.ravel(plain(argument)).tolist()]


def outward(results: Any) -> Any:
    """Results with an array for the entries of every vector."""
    if isinstance(results, Entries):
        return np.array(tuple(results))
    if isinstance(results, dict):
        return {key: outward(x) for key, x in results.items()}
    if isinstance(results, (list, tuple)):
        parts = [outward(x) for x in results]
        return getattr(results, "_make", type(results))(parts)
    return results

"""Programs: what one function was compiled to, and which of its programs a call is to run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from inversa.autograd.compiling.errors import (
    ArraysMetError,
    IntegerNeededError,
    NotRecordedError,
    OutsideError,
    TracingError,
    level_of_caller,
    reason,
)
from inversa.autograd.lazy import LazyModule, NumpyMissingError, has_numpy, np
from inversa.autograd.node import plain
from inversa.autograd.ops.namespace import is_foreign
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from inversa.autograd.compiling.arrays import function as of_arrays
    from inversa.autograd.compiling.arrays.function import ArrayFunction
    from inversa.autograd.compiling.entries import taking_apart
    from inversa.autograd.compiling.scalar import function as of_values
    from inversa.autograd.compiling.scalar import sample_by_sample
    from inversa.autograd.compiling.scalar.function import ValueFunction
    from inversa.autograd.compiling.scalar.sample_by_sample import SampleBySample

    Program: TypeAlias = ValueFunction | ArrayFunction | SampleBySample
else:  # what compiles is half the engine: who only wants Values does not wait for it
    of_arrays = LazyModule("inversa.autograd.compiling.arrays.function")
    of_values = LazyModule("inversa.autograd.compiling.scalar.function")
    taking_apart = LazyModule("inversa.autograd.compiling.entries.taking_apart")
    sample_by_sample = LazyModule("inversa.autograd.compiling.scalar.sample_by_sample")


class Programs:
    """The programs of one function: of single numbers, which are run over samples, and of whole arrays.

    Parameters
    ----------
    function, called : callable
        What is compiled; and the same, which takes all of its arguments by position.
    names : sequence of str
        Of the arguments.

    Attributes
    ----------
    warned : set of str
        The reasons for not compiling it that were told.
    """

    def __init__(self, function: Callable[..., Any], called: Callable[..., Any], names: Sequence[str]) -> None:
        self.function = function
        self.names = names
        self.warned: set[str] = set()
        self._called = called
        self._made: dict[tuple[Any, ...], Program] = {}
        self._last: Program | None = None
        # What tells its programs apart.
        self._constant_places: frozenset[int] = frozenset()  # of the arguments that may be integers that are constants
        self._takes_arrays = False  # whether it is one of arrays, at least with some arguments
        self._takes_apart = True  # whether it may take vectors apart: there is a program for each of their lengths
        self._minds_arrays = False  # whether it gives something else for an array than for each of its entries

    def find(self, given: tuple[Any, ...] = (), recorded: bool = False) -> Program:
        """The program for these arguments; ``recorded`` for a gradient to flow through the call."""
        for x in given:
            if type(x) not in _USUAL and _is_of_other_library(x):
                self._last = self._whole  # which evaluates it
                return self._whole
        if recorded and any(map(_is_of_other_precision, given)):
            self._last = self._whole  # the machine for single numbers computes in double precision
            return self._whole
        keyed = self._constant_places or self._minds_arrays or (self._takes_arrays and self._takes_apart)
        key = self._key(given, recorded) if keyed else ()
        found = self._made.get(key)
        if found is None or not found.holds():
            found = self._make(given, recorded)
            if len(self._made) == of_arrays.MAX_RECORDINGS:
                self._made.clear()
            self._made[self._key(given, recorded)] = found
        self._last = found
        return found

    def last(self) -> Program:
        """What the last call ran, or would run now."""
        last = self._last
        return last if last is not None and (self._constant_places or last.holds()) else self.find()

    def warn(self, why_not: str) -> None:
        """Say once why the function is not compiled."""
        if why_not not in self.warned:
            self.warned.add(why_not)
            name = getattr(self.function, "__name__", "the function")
            warnings.warn(
                f"{name} is not compiled but evaluated as usual, which is slow: {why_not}", stacklevel=level_of_caller()
            )

    def _key(self, given: tuple[Any, ...], recorded: bool) -> tuple[Any, ...]:
        """What a program is made for: the constants among the arguments, and the lengths of vectors."""
        key: tuple[Any, ...] = tuple((i, x) for i, x in _integers(given).items() if i in self._constant_places)
        if self._takes_arrays and self._takes_apart:
            key = (*key, self._form(given, recorded))
        return (*key, _has_arrays(given)) if self._minds_arrays else key

    def _form(self, given: tuple[Any, ...], recorded: bool) -> Any:
        """What a program of single numbers is made for; None where the function is one of arrays."""
        return taking_apart.form_for(self.function, given) if self._takes_apart and not recorded else None

    @cached_property
    def _whole(self) -> ArrayFunction:
        """The function as one of whole arrays."""
        return of_arrays.ArrayFunction(self._called, self.names, self.warn)

    def _make(self, given: tuple[Any, ...], recorded: bool) -> Program:
        """It is a function of Values if it can be called with single numbers, where need be with integers as constants.

        Such integers are flags and numbers of turns. A function of Tensors always takes integers so. What was computed
        outside is no constant where this call is recorded, and nothing to warn of.
        """
        if any(isinstance(x, (bool, str, type(None))) for x in given):  # constants, which may decide its course
            return of_arrays.ArrayFunction(self._called, self.names, self.warn)
        integers = _integers(given)
        error: Exception | None = None
        known, every = self._constant_places, frozenset(integers)
        for places in (known, *(known | {i} for i in integers), every):  # as few as need be
            constants = {i: x for i, x in integers.items() if i in places}
            try:
                made = of_values.ValueFunction(self._called, self.names, constants)
            except (NameError, NumpyMissingError):  # a mistake, whatever the arguments are
                raise
            except ArraysMetError:
                return self._make_of_arrays(given, recorded)
            except Exception as failed:  # it needs an integer as a constant, or arrays, or is wrong: told below
                error = failed
            else:
                self._constant_places = places
                self._minds_arrays = made.minds_arrays
                return self._make_of_arrays(given, recorded) if made.minds_arrays and _has_arrays(given) else made
        if not isinstance(error, TracingError) or isinstance(error, IntegerNeededError):
            if error and not has_numpy() and not any(isinstance(x, (list, tuple)) for x in given):
                raise error
            return self._make_of_arrays(given, recorded)  # with arrays it works, or the error comes again
        why_not = reason(error)
        if recorded and isinstance(error, OutsideError):
            raise NotRecordedError(why_not) from error
        self.warn(why_not)
        return sample_by_sample.SampleBySample(self._called, self.names, why_not)

    def _make_of_arrays(self, given: tuple[Any, ...], recorded: bool) -> Program:
        """A function of arrays; if it takes its vectors apart, one of their entries, which is many times as fast.

        What is recorded, for a gradient to flow through it, is always one of arrays.
        """
        self._takes_arrays = True
        form = self._form(given, recorded)
        if form is None:
            return self._whole
        try:
            return taking_apart.compiled(self.function, self._called, self.names, form)
        except Exception:  # it uses a vector as a whole
            self._takes_apart = False
            return self._whole


def _integers(given: tuple[Any, ...]) -> dict[int, Any]:
    """The integers among arguments, by their places."""
    return {i: x for i, x in enumerate(given) if isinstance(x, (int, np.integer))}


def _has_arrays(given: tuple[Any, ...]) -> bool:
    """Whether not all arguments are single numbers."""
    return any(not isinstance(x, (int, float)) and np.ndim(x) for x in map(plain, given))


def _is_of_other_precision(x: Any) -> bool:
    """Whether this is an array of floats that are not those of Python."""
    if isinstance(x, (float, Value)) or not hasattr(x, "dtype"):
        return False
    return bool(x.dtype.kind == "f" and x.dtype != np.float64)


_USUAL: set[type] = set()  # the types met so far that are no arrays of another library than NumPy


def _is_of_other_library(x: Any) -> bool:
    """Whether this is an array of another library than NumPy, or a Tensor of one; other types are usual then."""
    if isinstance(x, Tensor):
        return x._is_foreign
    if is_foreign(x):
        return True
    _USUAL.add(type(x))
    return False

"""Batches: samples from an iterable that gives them batch by batch, such as a DataLoader of PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from operator import length_hint
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import MixedArraysError
from inversa.nn.training.samples import Samples, counted
from inversa.nn.training.trial import Trial

if TYPE_CHECKING:
    from inversa.nn.training.objective import Objective


def gives_batches(given: Any) -> bool:
    """Whether this may give batches, and is no array."""
    no = isinstance(given, (str, Mapping)) or hasattr(given, "shape")
    return not no and (isinstance(given, Iterable) or callable(given))


class Batches:
    """What is trained on, in the order and the batches in which an iterable gives it: (x, y), or (x, y, weights).

    Parameters
    ----------
    objective : Objective
        What the batches are checked against: the first one wholly, before training begins, the others as they come.
    given : iterable, or function that returns one
    passes : int
        How often all batches are asked for.

    Raises
    ------
    TypeError, ValueError
        For what gives no batches, or gives them once where several passes are to be made.
    """

    weights: None = None  # every batch has its own, which count as they are

    def __init__(self, objective: Objective, given: Iterable[Any] | Callable[[], Iterable[Any]], passes: int) -> None:
        if not gives_batches(given):
            raise TypeError(
                f"y is left out, and x is {checks.shown(given)}: give x and y, or an iterable of batches (x, y), such "
                "as DataLoader(data, batch_size=32), in place of both"
            )
        if isinstance(given, Iterator) and passes > 1:
            raise ValueError(
                f"{checks.shown(given)} gives its batches once, and {passes} epochs need them {passes} times: give a "
                "list, a DataLoader, or a function that returns a new iterator"
            )
        self.objective = objective
        self.given = given
        batches = self._begin()
        first = next(batches, None)
        if first is None:
            raise ValueError("there are no batches")
        with _said_of("batch 1"):
            samples = objective.checked(*_parted(first))
        self.first = samples.number
        self._shapes: dict[tuple[int, ...], tuple[int, ...]] = {}  # of an output, for those of a sample
        self._begun: Iterator[Any] | None = chain([first], batches)  # for the first pass: no batch is made twice

    def size(self, asked: int | None) -> int:
        """How many samples a batch has: as many as the first one."""
        return self.first

    def identity(self) -> dict[str, Any]:
        """What tells these samples from others: nothing, for they are seen when they come."""
        return {"x": "batches"}

    def steps(self, size: int) -> int | None:
        """How many batches there are in a pass, if the iterable tells."""
        return length_hint(self.given) or None

    def batches(self, size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[Samples]:
        """One epoch, as the iterable has it."""
        return self.parts()

    def parts(self) -> Iterator[Samples]:
        """One pass; samples of weight 0 are left out."""
        batches, self._begun = self._begun or self._begin(), None
        none = True
        for number, batch in enumerate(batches, start=1):
            with _said_of(f"batch {number}"):
                samples = self.objective.arrays(*_parted(batch))
                Trial(self.objective).targets(to_numpy(samples.y), samples.weights, self._shape(samples))
            if samples.weights is not None:
                samples = samples.rows(counted(samples.weights))
                samples = samples._replace(weights=self.objective.weights(samples.weights))
            if samples.number:
                none = False
                yield samples
        if none:
            raise ValueError("there are no more samples: give an iterable that begins anew in every epoch")

    def _shape(self, samples: Samples) -> tuple[int, ...]:
        """The shape of an output; batches may have sequences of other lengths, for one."""
        shape = tuple(samples.x.shape[1:])
        if shape not in self._shapes:
            self._shapes[shape] = tuple(self.objective.guessed(samples).shape[1:])
        return self._shapes[shape]

    def _begin(self) -> Iterator[Any]:
        return iter(self.given if isinstance(self.given, Iterable) else self.given())


def _parted(batch: Any) -> tuple[Any, ...]:
    """Samples, targets, and perhaps weights."""
    if isinstance(batch, (tuple, list)) and len(batch) in (2, 3):
        return tuple(batch)
    raise checks.wrong("what x gives, where y is left out,", "(x, y) or (x, y, weights)", batch, kind=TypeError)


@contextmanager
def _said_of(which: str) -> Iterator[None]:
    """Say of which batch an error tells, and of arrays that do not fit the model where they are made."""
    try:
        yield
    except MixedArraysError as error:
        raise TypeError(f"{which}: {error}; a DataLoader makes its batches in collate_fn") from error
    except TypeError as error:
        raise TypeError(f"{which}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{which}: {error}") from error

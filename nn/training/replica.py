"""Replica: what a computer of a cluster has of a training, and what it computes: the sums of a part of a batch."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from threading import get_ident
from typing import TYPE_CHECKING, Any

import cloudpickle

from inversa.autograd import Value
from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.lazy import np
from inversa.nn.parameter import assign
from inversa.nn.training.arrays import as_numbers, joined
from inversa.nn.training.objective import Objective
from inversa.nn.training.prediction import as_mode
from inversa.nn.training.samples import Samples
from inversa.nn.training.stepper import Seen, run_backwards

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIED = 300  # samples that a loss is tried on

Change = Callable[[Any, Any], Any]  # an augmentation


@dataclass
class Part:
    """What some samples add to a batch."""

    cost: float
    gradient: NDArray[Any]  # of all parameters in one array, which travels and is added in one piece
    reached: NDArray[np.bool_]  # whether there is a gradient, for each parameter
    seen: list[Seen]  # where metrics want it
    why_not: str | None  # why it was not compiled

    def __add__(self, other: Part) -> Part:
        return Part(
            self.cost + other.cost,
            self.gradient + other.gradient,
            self.reached | other.reached,
            self.seen + other.seen,
            self.why_not or other.why_not,
        )


@dataclass
class Chosen:
    """What is to be computed with some blocks."""

    rows: list[NDArray[np.intp] | None]  # which samples of each; None: all
    draws: list[list[int]]  # the seed of each random generator of the model
    augment: tuple[Change, list[int]] | None  # with a seed, too
    outputs: bool  # whether they are wanted


@dataclass
class Frozen:
    """A model and a loss, and what is known of its parameters, without their numbers."""

    objective: Objective
    ends: list[int]  # of each parameter in the array of all numbers
    adds_up: bool  # whether the loss is a sum over samples, and not a mean


class Replica:
    """The model and the loss as a thread of a worker has them."""

    def __init__(self, frozen: bytes) -> None:
        self.parameters: dict[int, Any] = {}
        self.generators: dict[int, np.random.Generator] = {}
        self.frozen: Frozen = _Thawing(frozen, self).load()
        self.compiled = ArrayFunction(self.frozen.objective.cost_and_outputs, ("x", "y", "w"))

    def put(self, weights: NDArray[Any]) -> None:
        """Give the parameters their numbers, and no gradients."""
        for i, parameter in self.parameters.items():
            _put(parameter, weights[self._place(i)])
            parameter.grad = None

    def part(self, weights: NDArray[Any], samples: Samples, outputs: bool) -> Part:
        """Cost and gradient, added up over the samples."""
        self.put(weights)
        cost, (targets, given, w) = run_backwards(self.compiled, samples)
        times = 1 if self.frozen.adds_up else samples.number
        gradient, reached = np.zeros_like(weights), np.zeros(len(self.frozen.ends), bool)
        for i, parameter in self.parameters.items():
            if parameter.grad is not None:
                np.multiply(np.ravel(parameter.grad), times, out=gradient[self._place(i)])
                reached[i] = True
        seen = [(targets, np.asarray(as_numbers(given)), w)] if outputs else []
        return Part(times * cost, gradient, reached, seen, self.compiled.why_not)

    def contents(self) -> bytes:
        """The model and the loss as they are now."""
        return freeze(self.frozen, self.parameters, self.generators)

    def _place(self, i: int) -> slice:
        return slice(self.frozen.ends[i - 1] if i else 0, self.frozen.ends[i])


@lru_cache(maxsize=64)
def replica(frozen: bytes, thread: int) -> Replica:
    """Kept, for to compile takes longer than a step; one a thread, for what is compiled has one memory."""
    return Replica(frozen)


def part(frozen: bytes, weights: NDArray[Any], blocks: Sequence[Samples], chosen: Chosen) -> Part:
    """What the chosen samples add to a batch: the same, however often it is computed, and where."""
    ours = replica(frozen, get_ident())
    for i, generator in ours.generators.items():
        generator.bit_generator.state = np.random.default_rng(chosen.draws[i]).bit_generator.state
    pairs = zip(blocks, chosen.rows, strict=True)
    samples = together([block if rows is None else block.rows(rows) for block, rows in pairs])
    if chosen.augment is not None:
        change, seed = chosen.augment
        samples = samples.augmented(change, np.random.default_rng(seed))
    return ours.part(weights, samples, chosen.outputs)


def together(blocks: Sequence[Samples]) -> Samples:
    """Several blocks as one."""
    return blocks[0] if len(blocks) == 1 else Samples(*columns(blocks))


def columns(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Of tuples of arrays, or Nones, the first ones one below the other, the second ones, and so on."""
    return [None if arrays[0] is None else joined(arrays) for arrays in zip(*rows, strict=True)]


def as_block(x: Any, y: Any, weights: Any, dtype: Any) -> Samples:
    """A block of the collections as samples in the type of the model."""
    return Samples(np.asarray(x, dtype), np.asarray(y), weights)


def same(x: Any) -> Any:
    """What it is given, as the result of a task: that can be computed again."""
    return x


def tried(frozen: bytes, weights: NDArray[Any], block: Samples) -> tuple[list[float], list[int], bool]:
    """The costs of some samples and of two shares of them, their numbers, and whether the model kept something."""
    ours = Replica(frozen)
    ours.put(weights)
    number = min(block.number, TRIED)
    third = -(-number // 3)
    shares = [rows for rows in (np.arange(number), np.arange(third), np.arange(third, number)) if len(rows)]
    before = ours.contents()
    costs = [run_backwards(ours.compiled, block.rows(rows))[0] for rows in shares]
    kept = ours.contents() != before
    if ours.generators:  # every share drew numbers of its own: in use it draws none
        with as_mode(ours.frozen.objective.model, training=False):
            costs = [run_backwards(ours.compiled, block.rows(rows))[0] for rows in shares]
    return costs, [len(rows) for rows in shares], kept


# A model without its numbers.


def freeze(frozen: Frozen, parameters: Mapping[int, Any], generators: Mapping[int, np.random.Generator]) -> bytes:
    """A model and a loss as bytes; others once anything in them changed, but for numbers and random states."""
    left_out: dict[int, Any] = {}
    trainer = getattr(frozen.objective.model, "trainer", None)
    if trainer is not None:  # with optimiser and history
        left_out[id(trainer)] = ("nothing", 0, ())
    for i, parameter in parameters.items():
        make, (kind, data, *others, _) = parameter.__reduce__()
        shape = None if isinstance(parameter, Value) else (data.shape, data.dtype.str)
        left_out[id(parameter)] = ("parameter", i, (make, kind, shape, *others))
    for i, generator in generators.items():
        left_out[id(generator)] = ("generator", i, ())
    file = BytesIO()
    _Freezing(file, left_out).dump(frozen)
    return file.getvalue()


class _Freezing(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes in the place of some objects what they are called."""

    def __init__(self, file: BytesIO, left_out: dict[int, Any]) -> None:
        super().__init__(file)
        self.left_out = left_out

    def persistent_id(self, obj: Any) -> Any:
        return self.left_out.get(id(obj))


class _Thawing(pickle.Unpickler):
    """Reads that, and gives a replica the parameters and generators that it finds."""

    def __init__(self, frozen: bytes, ours: Replica) -> None:
        super().__init__(BytesIO(frozen))
        self.ours = ours

    def persistent_load(self, called: Any) -> Any:
        what, i, how = called
        if what == "generator":
            return self.ours.generators.setdefault(i, np.random.default_rng(0))
        if what == "parameter" and i not in self.ours.parameters:
            make, kind, shape, *others = how
            self.ours.parameters[i] = make(kind, 0.0 if shape is None else np.zeros(*shape), *others, None)
        return self.ours.parameters[i] if what == "parameter" else None


def numbers_of(parameters: Sequence[Any]) -> NDArray[Any]:
    """The numbers of all parameters in one array."""
    return np.concatenate([np.ravel(as_numbers(p)) for p in parameters]) if parameters else np.zeros(0)


def put(parameters: Sequence[Any], numbers: NDArray[Any]) -> None:
    """Give all parameters their numbers out of such an array."""
    ends = np.cumsum([0, *(np.size(as_numbers(parameter)) for parameter in parameters)])
    for parameter, (start, end) in zip(parameters, pairwise(ends), strict=True):
        _put(parameter, numbers[start:end])


def _put(parameter: Any, numbers: NDArray[Any]) -> None:
    assign(parameter, numbers[0] if isinstance(parameter, Value) else numbers.reshape(parameter.shape))

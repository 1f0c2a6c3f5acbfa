"""Blocks: a model run on blocks of rows, which may lie on as many machines; the cost is the sum of theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

from inversa.autograd import Value, checks, no_grad
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import plain
from inversa.autograd.ops.held import to_numpy
from inversa.viz.picture import running

Rows = int | Iterable[int]
MOST_PRODUCTS = 6_000  # of a weight and a sample, each a Value


def run_in_blocks(model: Any, x: Any, y: Any, loss: Any, detail: str, blocks: Rows) -> running.Run:
    """Run a model on blocks of the samples, and add up their costs.

    Raises
    ------
    ValueError
        Where there is no cost, where the blocks do not fit the samples, and for a loss of one's own that is neither a
        mean nor a sum over samples.
    """
    if x is None or y is None:
        raise ValueError("blocks are parts of a cost: draw(model, x, y, loss='mse', blocks=3)")
    y, loss = running.target_of(model, y), running.loss_of(model, loss)
    model = running.network_of(model)
    inputs = running.inputs_of(model, x)
    array = partial(running.as_array, model)
    x, y = array(x) if inputs is None else tuple(_mapped(array, part) for part in inputs), array(y)
    rows = _row_counts(blocks, {*_row_numbers(x), *_row_numbers(y)})
    ends = list(pairwise(accumulate(rows, initial=0)))
    run = _runner(model, x, y, loss, detail, several=inputs is not None)
    with mode(constants=True):
        ran = [run(start, stop) for start, stop in ends]
        costs = tuple(part.outputs[0].named(f"J{k}") for k, part in enumerate(ran, start=1))
        shares = _shares(loss, costs, rows, lambda: run(0, sum(rows)).outputs[0])
        written = tuple(f"{n}/{sum(rows)}" if share < 1 else "" for n, share in zip(rows, shares, strict=True))
        terms = [cost if share == 1 else cost * share for cost, share in zip(costs, shares, strict=True)]
        J = sum(terms[1:], start=terms[0]).named("J")
    data = tuple({id(leaf): leaf for part in ran for leaf in part.data}.values())
    neurons = isinstance(J, Value)
    return replace(
        ran[0], outputs=(J,), data=data, neurons=neurons, blocks=running.Blocks(costs, rows, written),
        places=running.places_of(model),
    )  # fmt: skip


def _mapped(function: Callable[[Any], Any], data: Any) -> Any:
    """A function of one array, or of each of several inputs."""
    if isinstance(data, Mapping):
        return {name: _mapped(function, part) for name, part in data.items()}
    return tuple(_mapped(function, part) for part in data) if isinstance(data, tuple) else function(data)


def _row_numbers(data: Any) -> Iterator[Any]:
    """The numbers of rows of an array, or of each of several; of a single number none. Dask says nan for unknown."""
    if isinstance(data, Mapping | tuple):
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from _row_numbers(part)
    else:
        yield data.shape[0] if data.shape else 0


def _row_counts(blocks: Rows, numbers: set[Any]) -> tuple[int, ...]:
    """How many rows each block has."""
    if any(number != number for number in numbers):
        raise ValueError("the numbers of rows are not known yet: x.compute_chunk_sizes() finds them")
    if len(numbers) > 1:
        raise ValueError(f"x and y have different numbers of rows, {' and '.join(map(str, sorted(numbers)))}")
    total = int(numbers.pop())
    if not isinstance(blocks, Iterable):
        count = checks.count("blocks", blocks, at_least=2, example="3")
        if count > total:
            raise ValueError(f"{count} blocks need as many rows, and there are {total}")
        return tuple(len(part) for part in np.array_split(np.empty(total), count))
    rows = tuple(checks.count("the number of rows of a block", n, example="blocks=[3, 2]") for n in blocks)
    if len(rows) < 2 or sum(rows) != total:
        raise checks.wrong("blocks", f"two or more numbers of rows, {total} in all", list(rows))
    return rows


def _runner(model: Any, x: Any, y: Any, loss: Any, detail: str, several: bool) -> Callable[[int, int], running.Run]:
    """What runs the model on some of the rows, in arrays or neuron by neuron."""
    network = running.as_neurons(model) if detail == "neuron" or running.is_of_values(model) else None
    if detail == "neuron" and network is None:
        raise ValueError(f"{type(model).__name__} is no network of neurons: draw it with detail='layer'")
    few = network is not None and network.parameter_count() * y.shape[0] <= MOST_PRODUCTS
    if detail == "neuron" and not few:
        raise ValueError(f"{y.shape[0]} samples are too many neuron by neuron: draw some of them, or detail='layer'")
    if few:
        samples, targets = to_numpy(x).astype(float), to_numpy(y)
        return lambda start, stop: running.run_samples(network, samples[start:stop], targets[start:stop], loss)

    def run(start: int, stop: int) -> running.Run:
        part = _mapped(lambda data: data[start:stop, ...], x)
        return running.run_arrays(model, part, part if several else None, y[start:stop, ...], loss)

    return run


def _shares(loss: Any, costs: Sequence[Any], rows: Sequence[int], whole: Callable[[], Any]) -> list[float]:
    """What the cost of each block counts: of a mean its part of the rows, of a sum 1."""
    mean, added = [n / sum(rows) for n in rows], [1.0] * len(rows)
    reduction = getattr(loss, "reduction", None)
    if reduction is not None:
        return mean if reduction == "mean" else added
    with no_grad():
        found, numbers = float(plain(whole())), [float(plain(cost)) for cost in costs]
    for shares in (mean, added):
        if math.isclose(found, sum(a * b for a, b in zip(shares, numbers, strict=True)), rel_tol=1e-4, abs_tol=1e-9):
            return shares
    raise ValueError(
        "the loss of all rows is neither the mean nor the sum of the blocks' losses: no blocks can be drawn"
    )

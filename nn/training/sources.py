"""Sources: samples in memory, in Dask arrays, or from an iterable of batches; which of them was given, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd.lazy import np
from inversa.nn.checks import check_rows, check_weights
from inversa.nn.training.arguments import class_weights, labels_of
from inversa.nn.training.arrays import as_array
from inversa.nn.training.batches import Batches
from inversa.nn.training.blocks import Blocks, as_dask, is_dask
from inversa.nn.training.outcomes import Outcomes
from inversa.nn.training.prediction import input_type
from inversa.nn.training.trial import Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.training.model import Model
    from inversa.nn.training.objective import Objective
    from inversa.nn.training.samples import Samples


def checked(
    objective: Objective,
    given: tuple[Any, ...],
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    passes: int = 1,
) -> Samples | Blocks | Batches:
    """The samples x with targets y, and perhaps weights, after all was tried that could go wrong with them later.

    Of an iterable of batches, which is what x is where there is no y, only the first one is tried.
    """
    x, y, sample_weight = (*given, None, None)[:3]
    if y is None:
        return Batches(objective, x, passes)
    if is_dask(x) or is_dask(y):
        return checked_blocks(objective, x, y, sample_weight, class_weight)
    samples = objective.checked(x, y, sample_weight, class_weight)
    if samples.weights is not None and not samples.weights.any():
        raise ValueError("the weights of the samples are all 0: there is nothing to learn from, or to measure")
    return samples


def checked_blocks(
    objective: Objective,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
) -> Blocks:
    """The samples of Dask arrays, all of which are read once for this.

    What is kept of them is one number a sample, or an output: labels where classes have weights, and targets where
    there are metrics.
    """
    blocks = aligned(objective.model, x, y, sample_weight)
    labels: list[NDArray[Any]] = []
    outcomes = Outcomes(objective)
    filled = np.flatnonzero(blocks.sizes).tolist()
    for number, part in zip(filled, blocks.parts(), strict=True):
        try:
            samples = objective.tried(objective.arrays(*part))
            if class_weight is not None:
                labels.append(labels_of(samples.y))
        except (TypeError, ValueError) as error:
            start = sum(blocks.sizes[:number])
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"in block {number}, which begins with row {start}: {error}") from error
        if objective.metrics:
            outcomes.add(samples.y, objective.guessed(samples), samples.weights)
    if objective.metrics:
        Trial(objective).metrics(*outcomes.pairs())
    if class_weight is None:
        return blocks
    each = class_weights(class_weight, np.concatenate(labels), objective.decide is not None)
    return blocks._replace(weights=each if blocks.weights is None else (blocks.weights.T * each).T)


def aligned(model: Model, x: Any, y: Any, sample_weight: Any = None) -> Blocks:
    """Arrays, at least one of which is Dask's, in blocks of the same rows with all their features; nothing is read.

    Raises
    ------
    TypeError
        For Dask's other collections, such as data frames.
    ValueError
        When numbers of rows are not known, or not the same.
    """
    x, y = _as_dask(model, x, "x"), _as_dask(model, y, "y")
    check_rows(x, y)
    x = x.rechunk(dict.fromkeys(range(1, x.ndim), -1))
    y = y.rechunk({0: x.chunks[0]} | dict.fromkeys(range(1, y.ndim), -1))
    weights = None
    if sample_weight is not None:
        given = sample_weight.compute() if is_dask(sample_weight) else sample_weight
        weights = check_weights(as_array(model, given, "sample_weight"), x.shape[0], *y.shape[1:], some=True)
    return Blocks(x, y, weights, input_type(model, x.dtype))


def _as_dask(model: Model, given: Any, name: str) -> Any:
    import dask.array as da

    if not is_dask(given):
        return da.from_array(as_array(model, given, name))
    given = as_dask(given, name)
    if np.isnan(sum(map(sum, given.chunks))):
        raise ValueError(
            f"{name} does not know how many rows its blocks have: call {name}.compute_chunk_sizes() once, "
            "which counts them"
        )
    return given

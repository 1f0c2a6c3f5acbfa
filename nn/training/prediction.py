"""Prediction: what a model gives, as arrays, with nothing recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, no_grad
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import is_foreign, kind_of, namespace
from inversa.nn.training.arrays import as_array, as_numbers, as_operands, joined
from inversa.nn.training.blocks import by_rows, is_dask
from inversa.nn.training.keywords import spelled
from inversa.nn.training.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.training.model import Model


@spelled("predict")
def predict(model: Model, x: ArrayLike, batch_size: int = 1024) -> NDArray[Any]:
    """The model's outputs as an array, one row a sample; nothing is recorded, and dropout is off.

    Parameters
    ----------
    model : Module
    x : array_like
        Samples, one a row; of the library of the model's parameters, as the outputs are, or lists. Of a Dask array the
        outputs are another one, of the model as it is now, computed block by block when Dask is asked to.
    batch_size : int
        How many samples go through the network at a time: a limit on the memory that is used.

    Examples
    --------
    >>> from inversa.nn import MLP
    >>> MLP([2, 3]).predict([[0.0, 0.0]]).tolist()
    [[0.0, 0.0, 0.0]]
    """
    checks.count("batch_size", batch_size)
    if is_dask(x):
        return by_rows(partial(predict, _frozen(model), batch_size=batch_size), x)  # type: ignore[no-any-return]
    inputs = as_input(model, x)
    number = inputs.shape[0] if inputs.ndim > 1 else 1
    batches = [inputs]  # without rows a single sample
    if inputs.ndim > 1:
        batches = [inputs[i : min(i + batch_size, number), ...] for i in range(0, max(1, number), batch_size)]
    with as_mode(model, training=False), no_grad(), one_thread(model, min(batch_size, number)):
        parts = [_outputs(model, batch) for batch in batches]
    return parts[0] if len(parts) == 1 else joined(parts)  # type: ignore[no-any-return]


def _frozen(model: Model) -> Model:
    """A copy of the model as it is used, without what trains it: later training does not change what is computed."""
    trainers = {id(part.trainer): None for part in model.modules() if getattr(part, "trainer", None) is not None}
    return deepcopy(model, trainers).train(False)


def _outputs(model: Model, x: Any) -> Any:
    """What the model gives, as an array that nothing else will change."""
    numbers = as_numbers(model(*as_operands(x)))
    return numbers if is_foreign(numbers) else np.array(numbers)


@contextmanager
def as_mode(model: Model, training: bool) -> Iterator[None]:
    """A block in which the model and all inside it are trained, or used; each part is then what it was before."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, flag in before:
            module.training = flag


def as_input(model: Model, x: ArrayLike) -> Any:
    """Samples in the type of the model's parameters, so that a float32 network computes in float32.

    Integers stay what they are for a model that looks them up, such as one with an `Embedding`.

    Raises
    ------
    TypeError
        For anything but real numbers, and for arrays of another library than that of the parameters.
    """
    array = as_array(model, x, "x")
    if kind_of(array.dtype) not in "fiub":
        raise TypeError(f"samples are real numbers, not {array.dtype}")
    dtype = input_type(model, array.dtype)
    return array if array.dtype == dtype else namespace(array).astype(array, dtype)


def input_type(model: Model, dtype: Any) -> Any:
    """The type in which the model takes samples of a type: that of its parameters, but integers that it looks up."""
    if kind_of(dtype) in "iu" and any(getattr(part, "takes_integers", False) for part in model.modules()):
        return dtype
    return next((p.dtype for p in model.parameters() if isinstance(p, Tensor)), np.dtype(float))

"""Prediction: what a model gives, as arrays, with nothing recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, checks, no_grad
from inversa.autograd.lazy import np
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
        Samples, one a row.
    batch_size : int
        How many samples go through the network at a time: a limit on the memory that is used.

    Examples
    --------
    >>> from inversa.nn import MLP
    >>> MLP([2, 3]).predict([[0.0, 0.0]]).tolist()
    [[0.0, 0.0, 0.0]]
    """
    checks.count("batch_size", batch_size)
    x = as_input(model, x)
    with as_mode(model, training=False), no_grad(), one_thread(model, min(batch_size, len(x)) if x.ndim > 1 else 1):
        starts = range(0, max(1, len(x)), batch_size) if x.ndim > 1 else [0]  # without rows a single sample
        parts = [np.array(as_numbers(model(x[i : i + batch_size] if x.ndim > 1 else x))) for i in starts]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


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


def as_input(model: Model, x: ArrayLike) -> NDArray[Any]:
    """Samples in the type of the model's parameters, so that a float32 network computes in float32.

    Integers stay what they are for a model that looks them up, such as one with an `Embedding`.

    Raises
    ------
    TypeError
        For anything but real numbers.
    """
    x = as_numeric(x, "x")
    if x.dtype.kind not in "fiub":
        raise TypeError(f"samples are real numbers, not {x.dtype}")
    if x.dtype.kind in "iu" and any(getattr(part, "takes_integers", False) for part in model.modules()):
        return x
    dtype = next((p.dtype for p in model.parameters() if isinstance(p, Tensor)), np.float64)
    return x if x.dtype == dtype else x.astype(dtype)


def as_numeric(given: Any, name: str) -> NDArray[Any]:
    """An array; one of Python objects, as tables of mixed columns become, in the type of what it holds.

    Raises
    ------
    TypeError
        For what holds no numbers, or gives them only once.
    ValueError
        For masked entries, which an array would show.
    """
    if given is None or isinstance(given, (Iterator, Mapping, str)) or callable(given):
        raise checks.wrong(name, "an array with one row a sample", given, "np.zeros((100, 2))", TypeError)
    if np.ma.is_masked(given):
        raise ValueError(f"{name} has masked entries: leave such rows out, or fill in numbers with {name}.filled(…)")
    array = np.asarray(given)
    return np.array(array.tolist()) if array.dtype.kind == "O" else array


def as_numbers(outputs: Any) -> Any:
    """The numbers in a Tensor, a Value, or nested lists of Values."""
    if isinstance(outputs, (list, tuple)):
        return [as_numbers(output) for output in outputs]
    if isinstance(outputs, Tensor):
        return outputs.numpy()
    return outputs.item() if isinstance(outputs, Value) else outputs

"""Arrays in training: samples in the library of the model's parameters, and on their device; nothing is transferred."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.lazy import NumpyMissingError, has_numpy, np
from inversa.autograd.ops.held import kept
from inversa.autograd.ops.namespace import MixedArraysError, beside, device, is_foreign, library, namespace

if TYPE_CHECKING:
    from inversa.nn.training.model import Model

_MODULES = {"jax": "jax.numpy", "dask": "dask.array"}  # where a library's arrays are made


def as_array(model: Model, given: Any, name: str) -> Any:
    """An array of the library of the model's parameters; a list becomes one.

    One of Python objects, as tables of mixed columns become, gets the type of what it holds.

    Raises
    ------
    TypeError
        For what holds no numbers, or gives them only once; for an array of another library, or on another device.
    ValueError
        For masked entries, which an array would show.
    """
    if not has_numpy():
        raise without_numpy()
    if given is None or isinstance(given, (Iterator, Mapping, str)) or callable(given):
        raise checks.wrong(name, "an array with one row a sample", given, "np.zeros((100, 2))", TypeError)
    if np.ma.is_masked(given):
        raise ValueError(f"{name} has masked entries: leave such rows out, or fill in numbers with {name}.filled(…)")
    if isinstance(given, (list, tuple)) and any(map(is_foreign, {type(part): part for part in given}.values())):
        raise TypeError(f"{name} is a list of arrays: join them in one, with a function of their library such as stack")
    weight = weight_of(model)
    if is_foreign(given):
        array = kept(given)
    elif is_foreign(weight) and isinstance(given, (list, tuple)):
        return beside(weight, given)
    else:
        array = np.asarray(given)
        array = np.array(array.tolist()) if array.dtype.kind == "O" else array
    _check_together(name, array, weight)
    return array


def without_numpy() -> NumpyMissingError:
    """The error for a whole training, or prediction, where there are no arrays."""
    by_hand = (
        "call model(x) for one sample after the other, and to train: loss(model(x), y).backward(), optimizer.step()"
    )
    return NumpyMissingError("a training or a prediction of many samples", by_hand)


def weight_of(model: Model) -> Any:
    """The array of the first parameter, which tells where the model computes; None where all are Values."""
    return next((p._data for p in model.parameters() if isinstance(p, Tensor)), None)


def _check_together(name: str, array: Any, weight: Any) -> None:
    """Raise unless the samples and the model's parameters are of one library, which can train, on one device."""
    theirs, ours = (library(namespace(x)) for x in (array, weight))
    if ours == "dask":
        raise TypeError("a model of Dask's arrays is not trained: train model.to(numpy), on Dask's samples if need be")
    if theirs != ours:
        cure = f"{name} = asarray({name}, {_MODULES.get(ours, ours)})"
        other = "" if weight is None else f", or move the model: model.to({_MODULES.get(theirs, theirs)})"
        raise MixedArraysError(
            f"{name} is an array of {theirs}, and the model computes with those of {ours}: nothing is transferred "
            f"unasked, so write {cure}{other}"
        )
    if is_foreign(array) and device(array) != device(weight):
        raise MixedArraysError(
            f"{name} lies on {device(array)}, and the model on {device(weight)}: nothing is transferred unasked, so "
            f"move the model there, model.to({name}.device), or {name} to the model"
        )


def as_numbers(outputs: Any) -> Any:
    """The numbers in a Tensor, an array of its library; in a Value; or in nested lists of Values."""
    if isinstance(outputs, (list, tuple)):
        return [as_numbers(output) for output in outputs]
    if isinstance(outputs, Tensor):
        return outputs.data if is_foreign(outputs) else outputs.numpy()
    return outputs.item() if isinstance(outputs, Value) else outputs


def as_operands(*arrays: Any) -> tuple[Any, ...]:
    """Arrays of other libraries as Tensors, for what a model and a loss do with NumPy's; all others as they are."""
    return tuple([Tensor(x) if is_foreign(x) else x for x in arrays])


def first(array: Any, number: int) -> Any:
    """The first rows, at most so many."""
    return array[: min(number, array.shape[0]), ...]


def joined(parts: Sequence[Any]) -> Any:
    """Arrays of one library, one below the other."""
    return np.concatenate(parts) if not is_foreign(parts[0]) else namespace(parts[0]).concat(list(parts), axis=0)

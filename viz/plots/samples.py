"""What plots are given: numbers, classes and models, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.held import placed, to_numpy
from inversa.nn.lookalikes import ADVICE, is_module
from inversa.nn.module import Module
from inversa.nn.training.arrays import as_numbers, weight_of


def finite(name: str, values: Any, ndim: int | None = None) -> Any:
    """Numbers as an array; an error where there are none or some are not finite."""
    array = np.asarray(values, dtype=float)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} has {ndim} dimension(s), not the shape {array.shape}")
    if not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name}: these have to be finite numbers, at least one")
    return array


def column(name: str, values: Any) -> Any:
    """Finite numbers of the shape (samples,) or (samples, 1), as the former."""
    array = finite(name, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has one dimension, not the shape {array.shape}")
    return array


def plane(x: Any, y: Any) -> tuple[Any, Any]:
    """Samples of two inputs, and their classes."""
    x = finite("x", x, 2)
    if x.shape[1] != 2:
        raise ValueError(f"a plane has two inputs; x has the shape {x.shape}")
    y = classes("y", y)
    same_length(x, y)
    return x, y


def same_length(x: Any, y: Any) -> None:
    """An error if there are not as many targets as samples."""
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} samples and y {len(y)}")


def classes(name: str, values: Any) -> Any:
    """Classes, an array of int or of str; of one-hot rows the places of the ones."""
    array = np.atleast_1d(np.asarray(values))
    if array.ndim == 2 and array.shape[1] > 1:
        if not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
            raise ValueError(f"{name} of shape {array.shape} has to be one-hot: a single 1 in each row, else 0")
        array = array.argmax(axis=1)
    if not array.size or array.shape not in ((len(array),), (len(array), 1)):
        raise ValueError(f"{name} has a class for each sample, and at least one, not the shape {np.shape(values)}")
    array = array.reshape(-1)
    if array.dtype.kind in "OUS":
        return array.astype(str)
    if not (np.isfinite(array) & (array == np.round(array))).all():
        raise ValueError(f"{name}: these have to be classes: integer labels, or names")
    return array.astype(int)


def called(kinds: Any, names: Sequence[str]) -> list[str]:
    """What classes are called: ``names`` says it of 0, 1, …, or of other classes in their order."""
    if not len(names):
        return [str(kind).replace("-", "−") if kinds.dtype.kind == "i" else str(kind) for kind in kinds]
    if kinds.dtype.kind == "i" and kinds.min() >= 0 and kinds.max() < len(names):
        return [str(names[kind]) for kind in kinds]
    if len(names) != len(kinds):
        raise ValueError(f"there are {len(names)} names for the {len(kinds)} classes {', '.join(map(str, kinds))}")
    return [str(name) for name in names]


def input_names(x: Any) -> tuple[str, str]:
    """What two inputs are called: a table's columns have names."""
    columns: Any = getattr(x, "columns", ())
    return (str(columns[0]), str(columns[1])) if len(columns) == 2 else ("x₁", "x₂")


def column_name(values: Any, otherwise: str) -> str:
    """What a column is called: one of a table has a name."""
    columns: Any = getattr(values, "columns", ())
    name = columns[0] if len(columns) == 1 else getattr(values, "name", None)
    return otherwise if name is None else str(name)


def several(things: Any, what: str) -> dict[Any, Any]:
    """One thing, or a dict of label to thing, as the latter; at least one."""
    labelled = dict(things) if isinstance(things, Mapping) else {"": things}
    if not labelled:
        raise ValueError(f"there is no {what} to plot")
    return labelled


def predictions(model: Any, x: Any, verb: str = "predict") -> Any:
    """What a model, an estimator or a function answers for samples: an array, one row or number for each."""
    if not hasattr(model, verb) and not callable(model):
        raise TypeError(f"a model is a module, an estimator or a function, not {type(model).__name__}")
    if is_module(model):
        raise TypeError(ADVICE)
    if isinstance(model, Module):
        x = placed(weight_of(model), x)  # its parameters may be of another library
    answers = to_numpy(as_numbers(getattr(model, verb, model)(x)))
    if answers.shape[:1] != tuple(x.shape[:1]):
        raise ValueError(f"the model gives the shape {answers.shape} for {x.shape[0]} samples, not an answer for each")
    return answers

"""Arguments of `Trainer.fit`, checked before anything is changed."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.files import expanded, replaceable
from inversa.autograd.lazy import has_numpy, np
from inversa.nn.training.arrays import without_numpy
from inversa.nn.training.batches import gives_batches
from inversa.nn.training.callbacks import Callback, EarlyStopping, FunctionCallback

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOOKS = {name: inspect.signature(hook) for name, hook in vars(Callback).items() if name.startswith("on_")}


def as_generator(seed: Any) -> np.random.Generator:
    """The generator that the order of the samples is drawn from."""
    if not has_numpy():
        raise without_numpy()
    try:
        if isinstance(seed, (bool, str)):  # True is 1 to NumPy
            raise TypeError
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        wanted = "0 or a positive integer, a NumPy Generator, or None"
        raise checks.wrong("seed", wanted, seed, "0") from None


def as_pair(given: Any) -> tuple[Any, ...]:
    """What ``validation_data`` holds: x, y, and perhaps weights; an array of two rows is not meant for such a pair."""
    if isinstance(given, (tuple, list)) and len(given) in (2, 3):
        return tuple(given)
    if gives_batches(given) and not isinstance(given, (tuple, list)):
        return (given,)
    raise checks.wrong("validation_data", "a pair (x, y) or three (x, y, sample_weight)", given, "(x_test, y_test)")


def check_batches(
    batch_size: Any, validation_split: Any, sample_weight: Any, class_weight: Any, resume: Any, client: Any
) -> None:
    """Refuse what an iterable of batches decides itself, or nobody can for it."""
    given: dict[str, Any] = {
        "batch_size": (batch_size != 32, "the batches come as they are"),
        "validation_split": (validation_split != 0, "give other batches as validation_data"),
        "sample_weight": (sample_weight is not None, "let it give (x, y, weights)"),
        "class_weight": (class_weight is not None, "let it give (x, y, weights)"),
        "resume": (resume, "whether its batches come again in the same order is not known; arrays can be resumed with"),
        "client": (client is not None, "they are made here, and cannot lie on a cluster; Dask arrays can"),
    }
    for name, (was_given, instead) in given.items():
        if was_given:
            raise ValueError(f"{name} is not for an iterable of batches: {instead}")


def as_file(path: Any) -> str | None:
    """The checkpoint's file, if it can be written there."""
    if path is None:
        return None
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise checks.wrong("checkpoint", "the path of a file, or None", path, "'run.safetensors'")
    file = expanded(path)
    replaceable(file)
    return str(file)


def as_callbacks(given: Any) -> list[Callback]:
    """Callbacks, functions among them as callbacks, each with hooks that will be called."""
    if isinstance(given, Callback) or callable(given):
        raise TypeError(f"callbacks come in a list: [{given!r}]")
    if not isinstance(given, Iterable) or isinstance(given, (str, Mapping)):
        raise checks.wrong("callbacks", "a list of callbacks", given, "[EarlyStopping()]", TypeError)
    callbacks = [call if isinstance(call, Callback) else FunctionCallback(call) for call in given]
    for callback in callbacks:
        _check_hooks(callback)
    return callbacks


def _check_hooks(callback: Callback) -> None:
    """Refuse methods that look like hooks of another library, which would never be called, or with other arguments."""
    kind = type(callback).__name__
    for name in dir(type(callback)):
        if not name.startswith("on_"):
            continue
        if name not in HOOKS:
            raise TypeError(f"{kind}.{name}() would never be called: the hooks of a callback are {_listed()}")
        _, *arguments = HOOKS[name].parameters
        taken = inspect.signature(getattr(callback, name))
        try:
            taken.bind(*arguments)
            misread = "logs" in taken.parameters
        except TypeError:
            misread = True
        if misread:
            raise TypeError(f"{kind}.{name}() takes other arguments than {', '.join(arguments)}: write {_listed()}")


def _listed() -> str:
    return ", ".join(f"{name}({', '.join(list(taken.parameters)[1:])})" for name, taken in HOOKS.items())


def check_monitors(callbacks: list[Callback], recorded: list[str]) -> None:
    """Raise if early stopping watches what no epoch will record."""
    for callback in callbacks:
        if isinstance(callback, EarlyStopping):
            callback.check_monitor(recorded)


def class_weights(
    given: Mapping[Any, float] | Literal["balanced"], y: NDArray[Any], takes_classes: bool
) -> NDArray[Any]:
    """The weight of every sample by its class, as ``class_weight`` says.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.training.arguments import class_weights
    >>> class_weights({1: 5.0}, np.array([0, 1, 0]), True).tolist()
    [1.0, 5.0, 1.0]
    >>> class_weights("balanced", np.array([0, 1, 0, 0]), True).round(3).tolist()
    [0.667, 2.0, 0.667, 0.667]
    """
    wanted = "'balanced', or a dict with a weight for each class"
    if not isinstance(given, Mapping) and given != "balanced":
        raise checks.wrong("class_weight", wanted, given, "{0: 1.0, 1: 5.0}")
    if not takes_classes:
        raise ValueError("class_weight needs a loss for classes, such as 'cross_entropy': give sample_weight")
    labels = labels_of(y)
    classes, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if not isinstance(given, Mapping):
        return np.asarray((len(labels) / (len(classes) * counts))[which])
    unknown = [key for key in given if key not in classes.tolist()]
    if unknown:
        raise ValueError(f"class_weight has the class {unknown[0]!r}, but the targets have {classes.tolist()}")
    numbers = [
        checks.number(f"class_weight[{label!r}]", given.get(label, 1.0), at_least=0, example="5.0")
        for label in classes.tolist()
    ]
    return np.array(numbers)[which]


def labels_of(y: NDArray[Any]) -> NDArray[Any]:
    """The class of each sample, from labels or one-hot rows."""
    if y.ndim == 2 and y.shape[1] > 1:
        if not (((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()):
            raise ValueError("class_weight needs one class a sample, as a label or a one-hot row: give sample_weight")
        return np.asarray(y.argmax(axis=1))
    labels = y.reshape(len(y), -1)[:, 0]
    if y.ndim > 2 or (labels != np.round(labels)).any():
        raise ValueError("class_weight needs one class a sample, as a label or a one-hot row: give sample_weight")
    return np.asarray(labels.astype(int))


def check_rate(scheduler: Any, times: int) -> None:
    """Raise if a schedule has come to its end, so that nothing would be learnt."""
    if scheduler is None or times < 1 or any(group["lr"] for group in scheduler.optimizer.groups):
        return
    if not any(scheduler.schedule(scheduler.time + t) for t in range(times)):
        raise ValueError(
            f"{scheduler.schedule!r} gives the learning rate 0 for all of this training, from t = {scheduler.time} on: "
            "a second fit goes on with the schedule; compile the model again to begin it anew"
        )

"""Models of other libraries: as networks of ours, and how far their own gradients are from those in the picture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inversa.autograd import Graph, InverseNetwork
from inversa.autograd.languages import texts
from inversa.autograd.lazy import LazyModule, np
from inversa.nn.lookalikes import is_keras, is_module, is_tensor, unwrapped
from inversa.nn.losses import named as named_loss
from inversa.viz.lettering.numbers import number
from inversa.viz.picture import running

if TYPE_CHECKING:
    from inversa.nn.interchange import _from_keras, _from_sklearn, _from_torch
    from inversa.nn.interchange.of_keras import checking as of_keras
    from inversa.nn.interchange.of_torch import arrays, checking, losses, modules
else:  # most who draw have models of ours
    _from_keras = LazyModule("inversa.nn.interchange._from_keras")
    _from_sklearn = LazyModule("inversa.nn.interchange._from_sklearn")
    of_keras = LazyModule("inversa.nn.interchange.of_keras.checking")
    _from_torch = LazyModule("inversa.nn.interchange._from_torch")
    arrays = LazyModule("inversa.nn.interchange.of_torch.arrays")
    checking = LazyModule("inversa.nn.interchange.of_torch.checking")
    losses = LazyModule("inversa.nn.interchange.of_torch.losses")
    modules = LazyModule("inversa.nn.interchange.of_torch.modules")


@dataclass(frozen=True)
class Taken:
    """A model of another library that was taken over, and what it was called with, in arrays of ours.

    Attributes
    ----------
    model : Module
    x, y : array or None
    loss : str, callable or None
    library : str
        Which it is from; empty for models of ours.
    difference : float
        The largest one between gradients there and here: of all parameters and of the inputs.
    """

    model: Any
    x: Any
    y: Any
    loss: Any
    library: str = ""
    difference: float = 0.0

    def note(self, lang: str) -> str:
        """What stands below the picture."""
        if not self.library:
            return ""
        words = texts(lang).picture["compared" if self.difference else "compared equal"]
        return words.format(library=self.library, number=number(self.difference, 1))


def taken_over(model: Any, x: Any, y: Any, loss: Any) -> Taken:
    """A model as one of ours, whatever library it is from.

    Raises
    ------
    InterchangeError
        For what cannot be taken over.
    ValueError
        For one that is given without a sample, and for a target without a loss.
    """
    for is_theirs, take in _LIBRARIES:
        if is_theirs(model):
            return take(model, x, y, loss)
    return Taken(model, x, y, loss)


def _of_torch(module: Any, x: Any, y: Any, loss: Any) -> Taken:
    module = unwrapped(module)
    if x is None:
        raise ValueError(f"draw this {type(module).__name__} of PyTorch with a sample: draw(model, x)")
    modules.refuse_training(module)
    x, y, loss = _array(x), None if y is None else _array(y), losses.loss_for(loss)
    if not isinstance(x, tuple):
        x, y = _as_it_takes_it(module, x, y)
    ours = _from_torch.from_torch(module, x)
    return Taken(ours, x, y, loss, "PyTorch", _difference(module, ours, x, y, loss, checking.their_gradients))


def _of_keras(model: Any, x: Any, y: Any, loss: Any) -> Taken:
    """Of one image or sequence a batch of one, as Keras wants it; a row of numbers is drawn neuron by neuron."""
    ours = _from_keras.from_keras(model)
    if x is None:  # the weights alone
        return Taken(ours, x, y, loss)
    x, y = _array(x), None if y is None else _array(y)
    axes = len(model.input_shape)
    if x.ndim == axes - 1 and (x.ndim > 1 or running.as_neurons(ours) is None):
        x, y = x[None], None if y is None else y[None]
    if not of_keras.backend_of(model):
        return Taken(ours, x, y, loss)
    batch = (x, y) if x.ndim == axes else (x[None], None if y is None else y[None])
    return Taken(ours, x, y, loss, "Keras", _difference(model, ours, *batch, loss, of_keras.their_gradients))


def _is_sklearn(model: Any) -> bool:
    """A fitted estimator, or a pipeline that ends in one; our own are known elsewhere."""
    if not any(base.__module__.startswith("sklearn.") for base in type(model).__mro__):
        return False
    estimators = sys.modules.get("inversa.nn.estimators")
    return estimators is None or not isinstance(model, tuple(getattr(estimators, name) for name in estimators.__all__))


def _of_sklearn(model: Any, x: Any, y: Any, loss: Any) -> Taken:
    """With a loss of logits the network stops before the probabilities; labels are the numbers of their classes."""
    loss = None if loss is None else named_loss(loss)
    ours = _from_sklearn.from_sklearn(model, logits=getattr(loss, "link", None) is not None)
    if y is not None and hasattr(model, "classes_"):
        y = _numbered(model, y)
    return Taken(ours, None if x is None else _array(x), y, loss)


def _numbered(model: Any, y: Any) -> Any:
    """Labels as numbers of classes; of two classes the output is that of the second, which is 1."""
    labels, classes = np.asarray(y), model.classes_
    known = np.isin(labels, classes)
    if not known.all():
        raise ValueError(f"y is one of the classes {', '.join(map(str, classes))}, not {labels[~known].ravel()[0]}")
    numbers = np.searchsorted(classes, labels)
    return numbers if len(classes) > 2 else numbers.reshape(-1, 1).astype(float)


_LIBRARIES: list[tuple[Callable[[Any], bool], Callable[..., Taken]]] = [
    (is_keras, _of_keras),  # whose models are modules of PyTorch's, too, where that is the backend
    (is_module, _of_torch),
    (_is_sklearn, _of_sklearn),
]


def _array(x: Any) -> Any:
    several = isinstance(x, tuple) and any(is_tensor(part) or isinstance(part, np.ndarray) for part in x)
    return tuple(map(arrays.array_of, x)) if several else arrays.array_of(x)


def _as_it_takes_it(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """One sample as a batch where a model takes nothing else, and whole numbers as floating-point ones."""
    dtype = next((str(p.dtype).removeprefix("torch.") for p in model.parameters()), "float64")
    for batch in (False, True):
        for kind in (x.dtype, dtype) if x.dtype.kind != "f" else (dtype,):
            given = np.asarray(x[None] if batch else x, kind)
            try:
                checking.answers(model, [given])
            except Exception:
                continue
            return given, y[None] if batch and y is not None else y
    return x, y  # the error will be about what was given


def _difference(model: Any, ours: Any, x: Any, y: Any, loss: Any, theirs: Callable[..., dict[str, Any]]) -> float:
    """Of the gradients of what is drawn: of the cost, or of the sum of the outputs."""
    inputs = [_as_taken(ours, part) for part in (x if isinstance(x, tuple) else (x,))]
    if len(inputs) == 1 and inputs[0].ndim == 1 and inputs[0].dtype.kind == "f":
        inputs, y = _batch_of_one(ours, inputs, y)
    answer = ours(*inputs)
    outputs = checking.leaves_of(answer)
    if y is None:
        seeds = [np.ones(h.shape, h.dtype) for h in outputs]
    else:
        flows = InverseNetwork(Graph(_cost(answer, y, running.loss_of(ours, loss)))).run()
        seeds = [np.asarray(flows.get(h, np.zeros(h.shape)), h.dtype) for h in outputs]
    return checking.largest_difference(checking.our_gradients(ours, inputs, seeds), theirs(model, inputs, seeds))


def _as_taken(ours: Any, x: Any) -> Any:
    """Numbers as the picture has them: whole ones are made floating-point unless the model looks them up."""
    if x.dtype.kind != "f" and any(getattr(part, "takes_integers", False) for part in ours.modules()):
        return x
    return np.asarray(x, _type_of(ours))


def _batch_of_one(ours: Any, inputs: list[Any], y: Any) -> tuple[list[Any], Any]:
    """One sample with the axis of samples, unless the model was taken over for inputs without it."""
    try:
        ours(inputs[0][None])
    except ValueError:
        return inputs, y
    return [inputs[0][None]], None if y is None else y[None]


def _cost(answer: Any, y: Any, loss: Callable[..., Any]) -> Any:
    shape = getattr(answer, "shape", None)
    if shape is not None and y.size == answer.size and y.shape != shape:
        y = y.reshape(shape)
    return loss(answer, y)


def _type_of(ours: Any) -> Any:
    return next((p.dtype for p in ours.parameters()), np.dtype("float64"))

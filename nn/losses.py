"""Losses: how far the outputs are from the targets.

Prediction first, target second, as in PyTorch. The scaling is in the name or in ``reduction``, never silent. All
take Tensors, Values, and lists of Values with one member (or one list of members) a sample. Losses for classes take
*logits*, the outputs before sigmoid or softmax, because only from those are they stable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from inversa.autograd import Tensor, Value, exp, log, log_softmax, softplus
from inversa.autograd.mode import LOSS, mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.namespace import np

Loss = Callable[[Any, Any], Any]
Reduction = Literal["mean", "sum"]


def squared_error(prediction: Any, target: Any) -> Any:
    """The squared error of one sample, (h − y)²; the sum of these if there are several outputs.

    Parameters
    ----------
    prediction : Value, list of Value, or Tensor
    target : number or array of the same shape

    Raises
    ------
    ValueError
        When the shapes differ.

    References
    ----------
    The loss of the worked example in J. Luque's lecture on the inverse neuron.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import losses
    >>> losses.squared_error(Value(0.5), 1.0).item()
    0.25
    """
    with mode(module=LOSS):
        return _total(_squares(prediction, target)).named("J")


def mean_squared_error(prediction: Any, target: Any) -> Any:
    """The mean squared error (1/N) Σ (ŷ − y)², over all N entries.

    Parameters
    ----------
    prediction : Tensor, Value, or list of Value
    target : array of the same shape

    Raises
    ------
    ValueError
        When the shapes differ; nothing is broadcast.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.mean_squared_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item()
    2.5
    """
    with mode(module=LOSS):
        return _reduced(_squares(prediction, target), "mean")


def cross_entropy(logits: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The categorical cross-entropy −Σ_k t_k ln softmax(z)_k, averaged (or summed) over the samples.

    Parameters
    ----------
    logits : Tensor of shape (samples, classes) or (classes,), or Values
        The outputs before the softmax; a list of Values is one sample, a list of lists several.
    target : integer labels of shape (samples,), or probabilities of the shape of the logits
        A label counts from 0; a one-hot row has a 1 in its place.
    reduction : {"mean", "sum"}
        Over the samples.

    Raises
    ------
    ValueError
        When the shapes do not go together, a label is none of the classes, or a softmax was already applied.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, equation (4.108). ln softmax(z) is computed as
    z − max z − ln Σ e^(z − max z), which neither overflows nor loses what is small.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.cross_entropy(Tensor([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]]), [0, 2]).item()
    0.7578211524729717
    """
    _refuse_probabilities(logits, "softmax")
    with mode(module=LOSS):
        if isinstance(logits, (list, tuple)) and _holds_nodes(logits):
            rows: Any = [logits] if isinstance(logits[0], Node) else logits
            labels = _targets(target, (len(rows), len(rows[0])), single=rows is not logits).tolist()
            return _reduced([_cross_entropy_of_values(*row) for row in zip(rows, labels, strict=True)], reduction)
        z = logits if isinstance(logits, Tensor) else Tensor(logits)
        if z.ndim not in (1, 2):
            raise ValueError(f"cross_entropy takes logits of shape (samples, classes) or (classes,), not {z.shape}")
        samples, classes = z.shape if z.ndim == 2 else (1, *z.shape)
        t = _targets(target, (samples, classes), single=z.ndim == 1)
        each = log_softmax(z.reshape(samples, classes) if z.ndim == 1 else z)
        chosen = each[np.arange(samples), t] if t.ndim == 1 else (each * t).sum(axis=1)
        return _reduced(-chosen, reduction)


def binary_cross_entropy(logits: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The binary cross-entropy −[t ln σ(z) + (1 − t) ln(1 − σ(z))], averaged (or summed) over all entries.

    With several outputs a sample it is the multi-label loss: ``reduction="sum"`` adds what the lectures add.

    Parameters
    ----------
    logits : Tensor, Value, or list of Value
        The outputs before the sigmoid.
    target : array of the same shape
        0 or 1, or a probability between.
    reduction : {"mean", "sum"}

    Raises
    ------
    ValueError
        When the shapes differ, a target is not between 0 and 1, or a sigmoid was already applied.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, equation (4.90). Computed as softplus(z) − t·z, the
    same number, without overflow for any z.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.binary_cross_entropy(Tensor([0.0, 1000.0]), [1.0, 1.0]).item()
    0.34657359027997264
    """
    _refuse_probabilities(logits, "sigmoid")
    with mode(module=LOSS):
        pairs = _paired(logits, target)
        for _, t in pairs:
            if not np.all((plain(t) >= 0) & (plain(t) <= 1)):
                raise ValueError(
                    f"the targets of binary_cross_entropy lie between 0 and 1, not at {np.ravel(plain(t))}"
                )
        each = [softplus(z) - y * z for z, y in pairs]
        return _reduced(each if isinstance(logits, (Value, list, tuple)) else each[0], reduction)


def _squares(prediction: Any, target: Any) -> Any:
    """(ŷ − y)² for every entry: a Tensor, or a list of Values."""
    each = [(h - y).named("e") ** 2 for h, y in _paired(prediction, target)]
    return each if isinstance(prediction, (Value, list, tuple)) else each[0]


def _cross_entropy_of_values(z: Sequence[Value], target: int | Sequence[float]) -> Any:
    """The cross-entropy of one sample, neuron by neuron."""
    top = max(value.data for value in z)
    shifted = [value - top for value in z]
    log_total = log(_total([exp(value) for value in shifted]))
    chosen = (
        shifted[target] if isinstance(target, int) else _total([t * v for t, v in zip(target, shifted, strict=True)])
    )
    return log_total - chosen


def _paired(prediction: Any, target: Any) -> list[tuple[Any, Any]]:
    """What is to be compared with what, shapes checked.

    A Tensor is compared as a whole; Values one by one.
    """
    if isinstance(prediction, (Value, list, tuple)):
        entries, shape = _entries(prediction)
        targets, target_shape = _entries(target)
        pairs = list(zip(entries, targets, strict=False))
    else:
        prediction = prediction if isinstance(prediction, Node) else Tensor(prediction)
        shape = prediction.shape
        target = target if isinstance(target, Node) else np.asarray(target, dtype=prediction.dtype)
        target_shape = target.shape
        pairs = [(prediction, target)]
    if shape != target_shape:
        raise ValueError(
            f"outputs of shape {shape} cannot be compared with targets of shape {target_shape}: nothing is broadcast"
            + (", write targets[:, None]" if shape == (*target_shape, 1) else "")
        )
    if 0 in shape:
        raise ValueError(f"the loss of no samples (shape {shape}) is not defined")
    return pairs


def _entries(nested: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The entries of nested lists one after another, and the shape of the nest."""
    if not isinstance(nested, (list, tuple)):
        if getattr(nested, "shape", ()) == ():
            return [nested], ()
        nested = nested.tolist()
    parts = [_entries(part) for part in nested]
    shapes = {shape for _, shape in parts}
    if len(shapes) > 1:
        raise ValueError("the samples do not all have the same number of outputs")
    return [entry for part, _ in parts for entry in part], (len(parts), *(shapes.pop() if shapes else ()))


def _targets(target: Any, shape: tuple[int, int], single: bool) -> Any:
    """Class targets as an array: integer labels (samples,) or probabilities (samples, classes)."""
    t = np.asarray(target.numpy() if isinstance(target, Tensor) else target)
    t = t[None] if single else t
    samples, classes = shape
    if samples == 0:
        raise ValueError(f"the loss of no samples (shape {shape}) is not defined")
    if t.shape == shape:
        if not np.allclose(t.sum(axis=1), 1, atol=1e-3) or (t < 0).any():
            raise ValueError(
                "target rows are probabilities and sum to 1; for several labels a sample use binary_cross_entropy"
            )
        return t if t.dtype.kind == "f" else t.astype(np.float32)  # widens no logits
    if t.shape != (samples,):
        raise ValueError(
            f"logits of shape {shape} go with integer labels of shape ({samples},) or probabilities of shape {shape}, "
            f"not with targets of shape {t.shape}"
        )
    if t.dtype.kind not in "iu":
        raise ValueError(f"class labels are integers, not {t.dtype}: write labels.astype(int)")
    if t.min() < 0 or t.max() >= classes:
        wrong = t[(t < 0) | (t >= classes)][0]
        raise ValueError(f"label {wrong} is none of the {classes} classes 0 to {classes - 1}")
    return t


def _refuse_probabilities(logits: Any, function: str) -> None:
    first = logits[0] if isinstance(logits, (list, tuple)) and logits else logits
    if isinstance(first, Node) and first.op is not None and first.op.name == function:
        raise ValueError(
            f"this loss takes logits, but a {function} was already applied: build the network with output='identity', "
            f"and apply {function} to what it predicts"
        )


def _holds_nodes(nested: Any) -> bool:
    while isinstance(nested, (list, tuple)) and nested:
        nested = nested[0]
    return isinstance(nested, Node)


def _total(each: Any) -> Any:
    """The sum of a Tensor's entries, or of Values."""
    return sum(each[1:], start=each[0]) if isinstance(each, list) else each.sum()


def _reduced(each: Any, reduction: str) -> Any:
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean' or 'sum', not {reduction!r}")
    total = _total(each) if reduction == "sum" or isinstance(each, list) else each.mean()
    if reduction == "mean" and isinstance(each, list) and len(each) > 1:
        total = total / len(each)
    return total.named("J")

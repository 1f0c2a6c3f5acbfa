"""Losses for classes: cross-entropies from logits, and the hinge loss."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from inversa.autograd import (
    Tensor,
    Value,
    exp,
    log,
    maximum,
    minimum,
    relu,
    reshape,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    softplus,
)
from inversa.autograd.compiling.effects import check_data
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.losses import check_labels, no_class
from inversa.autograd.ops.namespace import beside, is_foreign, kind_of, namespace, whole
from inversa.autograd.ops.shaping import astype
from inversa.nn.losses.loss import as_is, as_lists, entrywise, first_entry, loss, samplewise, shape_of, total

ROUNDING = 1e-3  # how far the sum of a row of probabilities may be from 1


def _largest(probabilities: Any) -> Any:
    return namespace(probabilities).argmax(probabilities, axis=-1)


def _at_least_half(probabilities: Any) -> Any:
    xp = namespace(probabilities)
    return xp.astype(probabilities >= 0.5, whole(xp))


def _sign(margins: Any) -> Any:
    xp = namespace(margins)
    return 2 * xp.astype(margins > 0, whole(xp)) - 1


@loss("mean", link=softmax, decide=_largest)
def cross_entropy(logits: Any, target: Any) -> Any:
    """The categorical cross-entropy −Σ_k t_k ln softmax(z)_k of each sample, averaged over the samples.

    Parameters
    ----------
    logits : Tensor of shape (samples, classes) or (classes,), or Values
        The outputs before the softmax; a list of Values is one sample, a list of lists several. Of sequences the shape
        is (samples, steps, classes), and there is a loss for every step.
    target : integer labels of shape (samples,), or probabilities of the shape of the logits
        A label counts from 0; a one-hot row has a 1 in its place. Of sequences the labels have the shape (samples,
        steps).

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
    refuse_probabilities(logits, softmax)
    if isinstance(first_entry(logits), Value):
        return [_cross_entropy_of_values(*row) for row in _samples(logits, target, "cross_entropy takes logits")]
    steps = tuple(getattr(logits, "shape", ()))[:-1]
    if len(steps) > 1:
        logits, target = _below_one_another(logits, target)
    z, t = _rows(logits, target, "cross_entropy takes logits")
    if t.ndim == 1 and is_foreign(t):
        check_data(t, lambda labels: check_labels(labels, z.shape[1]))  # the operation looks at NumPy's itself
    each = softmax_cross_entropy(z, target=t)
    return each.reshape(*steps) if len(steps) > 1 else each


@loss("mean", link=sigmoid, decide=_at_least_half)
def binary_cross_entropy(logits: Any, target: Any) -> Any:
    """The binary cross-entropy −[t ln σ(z) + (1 − t) ln(1 − σ(z))], averaged over all entries.

    Parameters
    ----------
    logits : Tensor, Value, or list of Values
        The outputs before the sigmoid.
    target : array of the same shape
        0 or 1, or a probability between.

    Raises
    ------
    ValueError
        When the shapes differ, a target is not between 0 and 1, or a sigmoid was already applied.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, equation (4.90). Computed as softplus(z) − t·z, the
    same number, without overflow for any z. (Two of the lectures' slides lack the brackets.)

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.binary_cross_entropy(Tensor([0.0, 1000.0]), [1.0, 1.0]).item()
    0.34657359027997264
    """
    refuse_probabilities(logits, sigmoid)
    return entrywise(lambda z, t: softplus(z) - _probability(t) * z, logits, target)


@loss("mean", link=as_is, decide=_at_least_half)
def binary_cross_entropy_of_probabilities(probabilities: Any, target: Any) -> Any:
    """The binary cross-entropy −[t ln p + (1 − t) ln(1 − p)] of a network that ends in a sigmoid.

    Prefer `binary_cross_entropy`, from logits: here a p that has been rounded to 0 or 1 is taken to lie the machine's
    precision away from it, and sends back no gradient.

    Parameters
    ----------
    probabilities : Tensor, Value, or list of Values
        The outputs, between 0 and 1.
    target : array of the same shape
        0 or 1, or a probability between.

    Raises
    ------
    ValueError
        When the shapes differ, or an output or a target is not between 0 and 1.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.binary_cross_entropy_of_probabilities(Tensor([0.5]), [1.0]).item()
    0.6931471805599453
    """

    def formula(p: Any, t: Any) -> Any:
        _probability(p, "outputs", "for logits use binary_cross_entropy", computed=True)
        margin = _limit(p, "eps")
        inside = maximum(minimum(p, 1 - margin), margin)
        return -(_probability(t) * log(inside) + (1 - t) * log(1 - inside))

    return entrywise(formula, probabilities, target)


@loss("mean", link=as_is, decide=_largest)
def cross_entropy_of_probabilities(probabilities: Any, target: Any) -> Any:
    """The categorical cross-entropy −Σ_k t_k ln p_k of a network that ends in a softmax, averaged over the samples.

    Prefer `cross_entropy`, from logits: here a p that has been rounded to 0 counts as the smallest normal number of its
    type, and sends back no gradient.

    Parameters
    ----------
    probabilities : Tensor of shape (samples, classes) or (classes,), or Values
        The outputs: not negative, and 1 in all for every sample. Lists of Values as for `cross_entropy`.
    target : integer labels of shape (samples,), or probabilities of the shape of the outputs
        A label counts from 0; a one-hot row has a 1 in its place.

    Raises
    ------
    ValueError
        When the shapes do not go together, a label is none of the classes, or the outputs are not probabilities.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, equation (4.108).

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.cross_entropy_of_probabilities(Tensor([[0.25, 0.75], [1.0, 0.0]]), [0, 0]).item()
    0.6931471805599453
    """
    takes = "cross_entropy_of_probabilities takes probabilities"
    if isinstance(first_entry(probabilities), Value):
        samples = _samples(probabilities, target, takes)
        for row, _ in samples:
            _check_sample([value.data for value in row])
        return [-_chosen([log(_not_zero(p)) for p in row], t) for row, t in samples]
    p, t = _rows(probabilities, target, takes)
    check_data(p, _check_outputs, computed=True)
    if t.ndim == 1:
        check_data(t, lambda labels: check_labels(labels, p.shape[1]))
        t = t[:, None] == beside(p._array, list(range(p.shape[1])))
    return -(log(_not_zero(p)) * astype(t, p.dtype)).sum(axis=-1)


def _not_zero(p: Any) -> Any:
    """p, or in place of 0 the smallest normal number, whose logarithm is finite."""
    return maximum(p, float(_limit(p, "smallest_normal")))


def _limit(p: Any, name: str) -> Any:
    """A limit of the type of these numbers, as its library calls it."""
    if isinstance(p, Node) and p.is_single:
        return {"eps": sys.float_info.epsilon, "smallest_normal": sys.float_info.min}[name]
    limit = getattr(namespace(p).finfo(getattr(p, "dtype", float)), name)
    return float(limit) if is_foreign(p) else limit  # that may be a number of NumPy's


def _check_outputs(p: Any) -> None:
    """Raise unless every row is one of probabilities. NaN is what training calls divergence."""
    xp = namespace(p)
    wrong = xp.any(p < 0, axis=1) | (abs(xp.sum(p, axis=1) - 1) > ROUNDING)
    if bool(xp.any(wrong)):
        raise _no_probabilities(to_numpy(p)[to_numpy(wrong)][0])


def _check_sample(p: list[float]) -> None:
    """The same for the Values of one sample."""
    if any(number < 0 for number in p) or abs(sum(p) - 1) > ROUNDING:
        raise _no_probabilities(p)


def _no_probabilities(p: Sequence[float]) -> ValueError:
    row = ", ".join(f"{number:.4g}" for number in p[:6])
    return ValueError(
        f"this loss takes probabilities, 0 or more and 1 in all for every sample, not ({row}): end the network in "
        "a softmax, output='softmax', or use cross_entropy, which takes the outputs before it"
    )


@loss("mean", link=sigmoid, decide=_at_least_half)
def multilabel_cross_entropy(logits: Any, target: Any) -> Any:
    """The binary cross-entropies of a sample's labels added up, then averaged over the samples.

    For samples that may have several labels at once, or none: every output is a yes or no of its own.

    Parameters
    ----------
    logits : Tensor of shape (samples, labels), or lists of Values
        The outputs before the sigmoids.
    target : array of the same shape
        1 where the sample has the label, else 0.

    References
    ----------
    A. Torres and R. Naveiro's lecture on neural networks: independent labels given the input.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.multilabel_cross_entropy(Tensor([[0.0, 0.0]]), [[1.0, 0.0]]).item()
    1.3862943611198906
    """
    return samplewise(binary_cross_entropy.formula(logits, target))


@loss("mean", decide=_sign)
def hinge(margin: Any, target: Any) -> Any:
    """The hinge loss max(0, 1 − t·z), averaged over all entries: 0 for what is right by a margin of 1.

    Parameters
    ----------
    margin : Tensor, Value, or list of Values
        The outputs z; their sign is the decision.
    target : array of the same shape
        −1 or 1.

    Raises
    ------
    ValueError
        When the shapes differ, or a target is neither −1 nor 1.

    References
    ----------
    C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.hinge(Tensor([2.0, 0.5, -1.0]), [1, 1, 1], reduction="none").tolist()
    [0.0, 0.5, 2.0]
    """

    def formula(z: Any, t: Any) -> Any:
        check_data(t, _check_signs)
        return relu(1 - t * z)

    return entrywise(formula, margin, target)


def _check_signs(t: Any) -> None:
    if not _all(abs(t) == 1):
        raise ValueError("the targets of the hinge loss are -1 and 1: write 2 * labels - 1 for labels 0 and 1")


def _all(condition: Any) -> bool:
    """Whether something holds, of a number or of all entries of an array."""
    return condition if isinstance(condition, bool) else bool(namespace(condition).all(condition))


def _probability(
    t: Any, what: str = "targets", remedy: str = "for class labels use cross_entropy", computed: bool = False
) -> Any:
    """Raise unless the numbers lie between 0 and 1; return them. NaN in outputs is what training calls divergence."""

    def check(numbers: Any) -> None:
        inside = (numbers >= 0) & (numbers <= 1) | (computed & (numbers != numbers))
        if not _all(inside):
            first = numbers if isinstance(numbers, (int, float)) else to_numpy(numbers)[~to_numpy(inside)].flat[0]
            raise ValueError(f"the {what} of a binary cross-entropy lie between 0 and 1, not at {first}; {remedy}")

    check_data(t, check, computed)
    return t


def _cross_entropy_of_values(z: Sequence[Value], target: int | Sequence[float]) -> Any:
    """The cross-entropy of one sample, neuron by neuron."""
    top = max(value.data for value in z)
    shifted = [value - top for value in z]
    log_total = log(total([exp(value) for value in shifted]))
    return log_total - _chosen(shifted, target)


def _chosen(values: Sequence[Value], target: int | Sequence[float]) -> Any:
    """The value of the class, or the mean of the values by the probabilities of the classes."""
    if isinstance(target, int):
        return values[target]
    return total([t * value for t, value in zip(target, values, strict=True)])


def _samples(outputs: Any, target: Any, takes: str) -> list[tuple[list[Value], Any]]:
    """The Values of each sample, and its label or its probabilities."""
    shape = shape_of(outputs)
    _check_axes(shape, takes)
    rows, t = as_lists(outputs), as_lists(target)
    if len(shape) == 1:
        rows, t = [rows], [t]
    _check_targets(t, (len(rows), shape[-1]))
    return list(zip(rows, t, strict=True))


def _check_targets(t: Any, shape: tuple[int, int]) -> None:
    """The same as `_targets` for lists of numbers, with which Values are compared."""
    given, (samples, classes) = shape_of(t), shape
    if 0 in shape:
        raise _nothing(shape)
    if given == shape:
        for row in t:
            tolerance = 0 if all(isinstance(p, int) for p in row) else ROUNDING
            if not (abs(sum(row) - 1) <= tolerance and all(p >= 0 for p in row)):
                raise _no_distribution()
    elif given != (samples,):
        raise _no_match(shape, given)
    for label in t if given == (samples,) else ():
        if type(label) is not int:
            raise _no_labels(type(label).__name__, isinstance(label, float))
        if not 0 <= label < classes:
            raise no_class(label, classes)


def _check_axes(shape: tuple[int, ...], takes: str) -> None:
    if len(shape) not in (1, 2):
        hint = "; for a single output use binary_cross_entropy" if not shape else ""
        raise ValueError(f"{takes} of shape (samples, classes) or (classes,), not {shape}{hint}")


def _rows(outputs: Any, target: Any, takes: str) -> tuple[Tensor, Any]:
    """Outputs as a Tensor of shape (samples, classes), and the targets that go with them."""
    z = outputs if isinstance(outputs, Tensor) else Tensor(outputs, dtype=float)
    _check_axes(tuple(z.shape), takes)
    samples, classes = z.shape if z.ndim == 2 else (1, *z.shape)
    t = target if isinstance(target, Tensor) else beside(z._array, target)
    namespace(z, t)  # others are refused
    t = _targets(t, (samples, classes), single=z.ndim == 1)
    return z.reshape(samples, classes) if z.ndim == 1 else z, t


def _below_one_another(logits: Any, target: Any) -> tuple[Any, Any]:
    """The steps of all sequences as samples, with the targets that go with them."""
    target = target if hasattr(target, "shape") else np.asarray(target)
    shape, given = tuple(logits.shape), tuple(target.shape)
    if given not in (shape, shape[:-1]):
        raise ValueError(
            f"outputs of shape {shape} go with integer labels of shape {shape[:-1]} or probabilities of shape {shape}, "
            f"not with targets of shape {given}"
        )
    rows = (prod(shape[:-1]), shape[-1])
    return reshape(logits, rows), reshape(target, rows if given == shape else rows[:1])


def _targets(t: Any, shape: tuple[int, int], single: bool) -> Any:
    """Class targets, an array, checked: integer labels (samples,) or probabilities (samples, classes)."""
    t = t[None, ...] if single else t
    samples = shape[0]
    if 0 in shape:
        raise _nothing(shape)
    if t.shape == shape:
        check_data(t, _check_probabilities)
        return t
    if t.shape != (samples,):
        raise _no_match(shape, tuple(t.shape))
    if kind_of(t.dtype) not in "iu":
        raise _no_labels(t.dtype, kind_of(t.dtype) == "f")
    return t


def _nothing(shape: tuple[int, ...]) -> ValueError:
    return ValueError(f"the loss of no samples, or of no classes (shape {shape}), is not defined")


def _no_match(shape: tuple[int, int], given: tuple[int, ...]) -> ValueError:
    return ValueError(
        f"outputs of shape {shape} go with integer labels of shape ({shape[0]},) or probabilities of shape {shape}, "
        f"not with targets of shape {given}"
    )


def _no_labels(kind: Any, floats: bool) -> ValueError:
    write = "labels.astype(int)" if floats else "np.unique(labels, return_inverse=True)[1]"
    return ValueError(f"class labels are integers from 0, not {kind}: write {write}")


def _no_distribution() -> ValueError:
    return ValueError(
        "target rows are probabilities and sum to 1; for several labels a sample use multilabel_cross_entropy"
    )


def _check_probabilities(t: Any) -> None:
    xp = namespace(t)
    t = xp.astype(t, whole(xp)) if kind_of(t.dtype) == "b" else t  # which the standard neither adds nor compares
    tolerance = ROUNDING if kind_of(t.dtype) == "f" else 0  # integers are only compared with integers
    if not bool(xp.all((abs(xp.sum(t, axis=1) - 1) <= tolerance) & xp.all(t >= 0, axis=1))):
        raise _no_distribution()


def refuse_probabilities(logits: Any, link: Callable[[Any], Any]) -> None:
    """Raise if a sigmoid or softmax was the last thing that happened to the outputs that a loss takes as logits."""
    first = first_entry(logits)
    if isinstance(first, Node) and first.op is not None:
        part = (first.module or "").rpartition(".")[2]  # the softmax of several Values has a part of its own
        for function in ("sigmoid", "softmax"):
            if first.op.name == function or part.startswith(function):
                raise already_applied(function, link)


def already_applied(function: str, link: Callable[[Any], Any]) -> ValueError:
    """The error for outputs that are no logits, since a function was applied to them."""
    own = getattr(link, "__name__", "link")
    cure = "binary_cross_entropy_of_probabilities" if function == "sigmoid" else "cross_entropy_of_probabilities"
    return ValueError(
        f"this loss takes logits, but a {function} was already applied: build the network with output='identity' (the "
        f"loss and predict_proba apply the {own}), or use a loss of what it gives, loss={cure!r}"
    )

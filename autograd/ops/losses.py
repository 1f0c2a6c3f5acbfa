"""The softmax and the cross-entropy in one operation: stabler, and faster, than one after the other."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import beside, device, is_foreign, kind_of, namespace, whole
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import sum as sum_of
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import astype
from inversa.autograd.ops.softmax import log_softmax, softmax

_EXAMPLES = (
    Example(((2, 3),), {"target": [2, 0]}),
    Example(((2, 3),), {"target": [[0.25, 0.25, 0.5], [1.0, 0.0, 0.0]]}),
)


def probabilities(xp: Any, target: Any, z: Any) -> Any:
    """Targets as probabilities of the classes, in the type of z: those of a label are 1 at it and 0 elsewhere."""
    target = beside(z, target)
    if target.ndim == 1:
        target = target[:, None] == xp.arange(z.shape[-1], device=device(target))
    return xp.astype(target, z.dtype)


def _check(z: Any, target: Any) -> None:
    """Look at labels, if that is what the target is; the formulas do not."""
    if is_foreign(target):
        return  # its numbers may not be computed yet
    target = target if hasattr(target, "ndim") else np.asarray(target)
    if target.ndim == 1 and len(z.shape) == 2 and target.dtype.kind in "iu":
        check_labels(target, z.shape[-1])


def check_labels(labels: Any, classes: int) -> None:
    """Raise unless every label is one of the classes."""
    if is_foreign(labels):
        labels = namespace(labels).astype(labels, whole(namespace(labels)))  # which the number of classes fits in
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.shape[0]:
        raise no_class(int(wrong[0]), classes)


def no_class(label: int, classes: int) -> ValueError:
    """The error for a label that is none of the classes."""
    hint = "; for a single output use binary_cross_entropy" if classes == 1 else ""
    return ValueError(f"label {label} is none of the {classes} classes 0 to {classes - 1}{hint}")


def _checked(xp: Any, target: Any, z: Any) -> Any:
    """The target as an array, when it is labels or probabilities for these logits."""
    target = beside(z, target)
    if z.ndim != 2:
        raise ValueError(f"z has two axes, samples and classes, not the shape {z.shape}")
    kind = kind_of(target.dtype)
    labels = target.shape == z.shape[:1] and kind in "iu"
    if not labels and (target.shape != z.shape or kind not in "fiub"):
        wanted = f"integer labels of the shape {z.shape[:1]} or probabilities of the shape {z.shape}"
        raise checks.wrong("target", wanted, target)
    return target


def _apart(z: Any, *, target: Any) -> Any:
    """The composition: minus the sum of the targets' probabilities times the logarithms of the softmax's."""
    _check(z, target)
    return -sum_of(log_softmax(z) * probabilities(np, target, z), axis=-1)


def _slope_apart(z: Any, *, target: Any) -> Any:
    """The composition: the softmax minus the targets' probabilities."""
    _check(z, target)
    return softmax(z) * _mass(target, z) - probabilities(np, target, z)


@operation(
    "cross-entropy",
    Rule.LOSS,
    notation="cross-entropy of softmax {z}",
    derivatives=("softmax({z}) − t",),
    composition=_apart,
    check=_check,
    on_floats=False,
    parameters=("target",),
    examples=_EXAMPLES,
)
def softmax_cross_entropy(xp: Any, z: Any, target: Any) -> Any:
    """−Σ_k t_k ln softmax(z)_k of every row of z.

    Parameters
    ----------
    z : (samples, classes)
        The logits.
    target : integer labels (samples,) from 0, or probabilities (samples, classes)

    Examples
    --------
    >>> from inversa.autograd import Tensor, softmax_cross_entropy
    >>> softmax_cross_entropy(Tensor([[2.0, 1.0, 0.1]]), target=[0]).data.round(4).tolist()
    [0.417]
    """
    target = _checked(xp, target, z)
    each = log_softmax.forward(xp, z)
    if target.ndim == 1:
        if hasattr(xp, "take_along_axis"):
            places = xp.astype(target, whole(xp), copy=False) if is_foreign(target) else target
            return -xp.take_along_axis(each, places[:, None], axis=-1)[:, 0]
        return -xp.sum(xp.where(probabilities(xp, target, z) > 0, each, 0.0), axis=-1)  # as 0 · ∞ is not 0
    return -xp.sum(each * probabilities(xp, target, z), axis=-1)


def _mass(target: Any, z: Any) -> Any:
    """What the probabilities of every sample add up to: 1, but for rounding in what was given."""
    target = beside(z, target)
    if target.ndim == 1:
        return 1.0
    summed = astype(target, z.dtype) if is_foreign(target) else target  # NumPy can add up booleans
    return astype(sum_of(summed, -1, True), z.dtype)


@operation(
    "softmax − t",
    Rule.LOSS,
    notation="softmax {z} − t",
    derivatives=("{y}′",),
    composition=_slope_apart,
    check=_check,
    on_floats=False,
    parameters=("target",),
    examples=_EXAMPLES,
)
def softmax_minus_target(xp: Any, z: Any, target: Any) -> Any:
    """The derivative of the cross-entropy with respect to the logits z: softmax(z) − t in every row.

    Parameters
    ----------
    z : (samples, classes)
    target : integer labels (samples,) from 0, or probabilities (samples, classes)

    Examples
    --------
    >>> from inversa.autograd import Tensor, softmax_minus_target
    >>> softmax_minus_target(Tensor([[0.0, 0.0]]), target=[1]).data.tolist()
    [[0.5, -0.5]]
    """
    t = probabilities(xp, _checked(xp, target, z), z)
    return softmax.forward(xp, z) * xp.sum(t, axis=-1, keepdims=True) - t


softmax_minus_target.pullbacks(
    lambda g, _y, z, *, target: softmax.vjps[0](g * _mass(target, z), softmax(z), z, axis=-1)
)
softmax_cross_entropy.pullbacks(lambda g, _y, z, *, target: g[..., None] * softmax_minus_target(z, target=target))

"""Gradient clipping: gradients that are too large are made smaller before the optimiser's step."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot, isfinite, sqrt
from typing import Any

from inversa.autograd import checks, clip
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import device, is_foreign, namespace
from inversa.nn.optim.optimizer import leaves


def clip_grad_norm(parameters: Iterable[Any], max_norm: float) -> float:
    """Scale all gradients by one factor so that together they are no longer than ``max_norm``; the direction stays.

    The norm is ‖g‖ = √Σg² over all entries of all gradients. Above ``max_norm``, every gradient is multiplied by
    max_norm / (‖g‖ + 10⁻⁶), as in PyTorch.

    Parameters
    ----------
    parameters : iterable of Parameter or Value
        Those without a gradient are passed over.
    max_norm : float
        Positive.

    Returns
    -------
    float
        The norm before clipping.

    Raises
    ------
    FloatingPointError
        When a gradient is infinite or NaN: scaling would spread it to all parameters. Nothing is changed.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013,
    algorithm 1.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w, b = Value(1.0), Value(1.0)
    >>> w.grad, b.grad = 3.0, 4.0
    >>> optim.clip_grad_norm([w, b], max_norm=1.0)
    5.0
    >>> round(w.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    reached = [parameter for parameter in leaves(parameters) if parameter.grad is not None]
    max_norm = checks.positive("max_norm", max_norm)
    norm = _norm([parameter.grad for parameter in reached])
    if not isfinite(norm):
        raise FloatingPointError(
            f"the norm of the gradients is {norm}: run the step under autograd.detect_anomaly() to see where it arises"
        )
    factor = max_norm / (norm + 1e-6)
    if factor < 1:
        for parameter in reached:
            parameter.grad = parameter.grad * factor
    return norm


def _norm(gradients: list[Any]) -> float:
    """√Σg², in double precision where a library has it: the squares of float32 numbers overflow early.

    Of the gradients on each device of another library than NumPy one number is asked for.
    """
    ours = [g for g in gradients if not is_foreign(g)]
    sums: dict[Any, Any] = {}
    for g in gradients:
        if is_foreign(g):
            xp = namespace(g)
            square = xp.sum(xp.astype(g, _widest(xp)) ** 2)
            place = xp, str(device(g))
            sums[place] = sums[place] + square if place in sums else square
    norms = [g if isinstance(g, float) else np.linalg.norm(np.ravel(np.asarray(g, dtype=np.float64))) for g in ours]
    return hypot(*norms, *(sqrt(float(square)) for square in sums.values()))


def _widest(xp: Any) -> Any:
    """The most precise type of floats that a library has: JAX has float64 only if it was asked for it."""
    types = xp.__array_namespace_info__().dtypes(kind="real floating")
    return types.get("float64", types["float32"])


def clip_grad_value(parameters: Iterable[Any], limit: float) -> None:
    """Limit every entry of every gradient to the interval from −limit to limit; the direction may change.

    Parameters
    ----------
    parameters : iterable of Parameter or Value
        Those without a gradient are passed over.
    limit : float
        Positive.

    Examples
    --------
    >>> from inversa.nn import Parameter, optim
    >>> w = Parameter([1.0, 2.0])
    >>> (w**3).sum().backward()
    >>> optim.clip_grad_value([w], limit=5.0)
    >>> w.grad.tolist()
    [3.0, 5.0]
    """
    limit = checks.positive("limit", limit)
    for parameter in leaves(parameters):
        if parameter.grad is not None:
            parameter.grad = clip(parameter.grad, -limit, limit)

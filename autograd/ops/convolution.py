"""Convolution and correlation of sequences: every entry is spread over its neighbours, with the weights."""

from __future__ import annotations

from typing import Any, Literal

from inversa.autograd import checks
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.products import contract
from inversa.autograd.ops.shaping import getitem, reshape
from inversa.autograd.ops.windows import fold

Mode = Literal["full", "same", "valid"]

_BACKWARD = slice(None, None, -1)
_EXAMPLES = (
    Example(((5,), (3,))), Example(((5,), (2,)), {"mode": "same"}), Example(((2,), (5,)), {"mode": "same"}),
    Example(((2,), (4,)), {"mode": "full"}), Example(((3,), (4,)), {"mode": "valid"}), Example(((1,), (1,))),
)  # fmt: skip


@composed(operands=2, examples=_EXAMPLES)
def convolve(a: Any, v: Any, mode: Mode = "full") -> Any:
    """The discrete convolution of two sequences: entry n is Σ a[m] · v[n − m].

    Parameters
    ----------
    a, v : (n,), (k,)
    mode : {"full", "same", "valid"}
        All entries, n + k − 1; the max(n, k) in the middle; or those for which the shorter lies within the longer.

    Raises
    ------
    ValueError
        When a or v is empty or no vector, or for another mode.

    Examples
    --------
    >>> from inversa.autograd import Tensor, convolve
    >>> convolve(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0])).tolist()
    [1.0, 3.0, 5.0, 3.0]
    """
    _check("convolve", a, v, mode)
    (n,), (k,) = a.shape, v.shape
    spread = reshape(contract("k,n->kn", v, a), (1, k, 1, n))
    whole = reshape(fold(spread, (1, 1), (1, n + k - 1)), (n + k - 1,))
    longer, shorter = max(n, k), min(n, k)
    start, count = {
        "full": (0, n + k - 1),
        "same": ((shorter - 1) // 2, longer),
        "valid": (shorter - 1, longer - shorter + 1),
    }[mode]
    return getitem(whole, slice(start, start + count))


@composed(operands=2, examples=_EXAMPLES)
def correlate(a: Any, v: Any, mode: Mode = "valid") -> Any:
    """The cross-correlation of two sequences: Σ a[n + m] · v[m] for every shift n; see `convolve`.

    >>> from inversa.autograd import Tensor, correlate
    >>> correlate(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0])).tolist()
    [3.0, 5.0]
    """
    _check("correlate", a, v, mode)
    if a.shape[0] < v.shape[0]:
        return getitem(correlate(v, a, mode), _BACKWARD)
    return convolve(a, getitem(v, _BACKWARD), mode)


def _check(name: str, a: Any, v: Any, mode: Any) -> None:
    checks.choice("mode", mode, ["full", "same", "valid"])
    if not all(len(x.shape) == 1 and x.shape[0] for x in (a, v)):
        raise ValueError(f"{name} is of two vectors that are not empty, not of shapes {a.shape} and {v.shape}")

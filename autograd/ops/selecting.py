"""Selecting: entries by their numbers, or one of several arrays by a condition."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import axis_of, numbers_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.namespace import is_foreign, kind_of, namespace
from inversa.autograd.ops.operation import ARRAYS, Example
from inversa.autograd.ops.rearranging import ravel
from inversa.autograd.ops.shaping import along, getitem


@composed(
    "take",
    examples=(
        Example(((2, 3),), {"indices": [0, 4]}), Example(((2, 3),), {"indices": [[2, 0]], "axis": 1}),
        Example(((4,),), {"indices": 2}), Example(((4,),), {"indices": [5, -6], "mode": "wrap"}),
        Example(((4,),), {"indices": [5, -6], "mode": "clip"}), Example(((4,),), {"indices": [True, False, True]}),
    ),
)  # fmt: skip
def take_entries(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """What ``numpy.take`` does: entries by their numbers along an axis, or without one of all in a row.

    >>> import numpy as np
    >>> from inversa.autograd import Tensor
    >>> np.take(Tensor([[1.0, 2.0], [3.0, 4.0]]), [3, 0]).tolist()
    [4.0, 1.0]
    """
    checks.choice("mode", mode, ("raise", "wrap", "clip"))
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_of(len(x.shape), axis)
    if isinstance(indices, (list, tuple)) or str(getattr(indices, "dtype", "")) == "bool":  # no mask
        indices = np.asarray(indices, int if np.asarray(indices).dtype.kind == "b" or len(indices) == 0 else None)
    if mode != "raise":
        n = x.shape[axis]
        indices = np.asarray(indices) % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    return along(x, axis, indices)


@composed(
    operands=2,
    examples=(
        Example(values=([True, False, True], [[0.5, 1.5], [2.5, 3.0], [1.0, -1.0]]), params={"axis": 0}),
        Example(values=([False, True, True], [[0.5, 1.5], [2.5, 3.0]])),
    ),
)
def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The entries along an axis whose condition holds, or without an axis of all in a row.

    >>> from inversa.autograd import Tensor, compress
    >>> compress([True, False, True], Tensor([1.0, 2.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    if axis is None:
        x, axis = ravel(x), 0
    if len(condition.shape) != 1:
        raise checks.wrong("condition", "an array of one axis", condition, "[True, False]")
    held = condition._observed() if hasattr(condition, "_observed") else condition
    places = namespace(held).nonzero(held)[0] if is_foreign(held) else np.flatnonzero(held)
    return along(x, axis_of(len(x.shape), axis), places)


@composed(operands=2, examples=(Example(values=([[True, False], [True, True]], [[0.5, 1.5], [2.5, 3.0]])),))
def extract(condition: Any, x: Any) -> Any:
    """The entries where the condition holds, in a row.

    >>> from inversa.autograd import Tensor, extract
    >>> extract([True, False, True], Tensor([1.0, 2.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    return compress(ravel(condition), x)


@composed(operands=0, examples=())
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0.0) -> Any:
    """For every entry that of the first array whose condition holds there, or else the default.

    >>> import numpy as np
    >>> from inversa.autograd import Tensor, select
    >>> x = Tensor([-2.0, 0.5, 3.0])
    >>> select([x < 0, x > 1], [0 * x, x * x], x).tolist()
    [-0.0, 0.5, 9.0]
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(f"select takes as many conditions as choices, not {len(condlist)} and {len(choicelist)}")
    chosen = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        chosen = where(condition, choice, chosen)
    return chosen


@composed(operands=1, examples=())
def choose(index: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    """For every entry that of the array whose number in the list the index is.

    An index that is no number of the list is an error, or with the mode ``"wrap"`` counted on from the beginning, and
    with ``"clip"`` taken for the first or last.

    >>> from inversa.autograd import Tensor, choose
    >>> choose([1, 0], [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])]).tolist()
    [3.0, 2.0]
    """
    checks.choice("mode", mode, ("raise", "wrap", "clip"))
    last = len(choices) - 1
    if getattr(index, "level", ARRAYS) <= ARRAYS and not is_foreign(index):
        index = np.asarray(numbers_of(index))
        if index.dtype.kind not in "iub" or (mode == "raise" and ((index < 0) | (index > last)).any()):
            raise checks.wrong("index", f"an array of integers from 0 to {last}", index.tolist(), "[0, 1]")
    elif mode == "raise" and not is_foreign(index):  # what is traced is looked up, and missed, when it is known
        index = getitem(np.arange(last + 1), where(index < 0, last + 1, index))
    if mode == "wrap":
        index = index % (last + 1)
    chosen = choices[last]
    for number in range(last - 1, -1, -1):
        chosen = where(index <= number, choices[number], chosen)
    return chosen


@composed(
    examples=(
        Example(((3,),)),
        Example(values=([1.5, nan, inf, -inf],), params={"nan": 2.0, "posinf": 3.0, "neginf": 4.0}),
    )
)
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Numbers in place of NaN and the infinities, the largest ones of the type if none are given.

    The gradient is 0 where a number was put in.

    >>> from inversa.autograd import Tensor, nan_to_num
    >>> nan_to_num(Tensor([float("nan"), 2.0])).tolist()
    [0.0, 2.0]
    """
    if kind_of(x.dtype) not in "fc":
        return x  # integers are numbers
    largest = float(namespace(x).finfo(x.dtype).max)
    x = where(x != x, nan, x)
    x = where(x == inf, largest if posinf is None else posinf, x)
    return where(x == -inf, -largest if neginf is None else neginf, x)

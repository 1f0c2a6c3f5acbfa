"""Einstein summation of any number of arrays, as products of two at a time."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from sys import maxsize
from typing import TYPE_CHECKING, Any, overload

from inversa.autograd import checks
from inversa.autograd.ops.composed import as_array, composed
from inversa.autograd.ops.matrices import diagonal
from inversa.autograd.ops.products import contract
from inversa.autograd.ops.reductions import sum as total
from inversa.autograd.ops.shaping import reshape, transpose
from inversa.autograd.ops.subscripts import Preparation, plan

if TYPE_CHECKING:
    from inversa.autograd.tensor import Tensor

_BY_NUMBER = ascii_uppercase + ascii_lowercase  # in the order in which letters are sorted


@overload
def einsum(subscripts: str, /, *operands: Tensor, optimize: Any = True) -> Tensor: ...
@overload
def einsum(*operands: Any, optimize: Any = True) -> Any: ...
@composed(examples=(), operands=0)  # its first argument is a text: it has tests of its own
def einsum(*operands: Any, optimize: Any = True) -> Any:
    """Einstein summation, with NumPy's notation: axes with the same letter are one index of a product of all arrays.

    An index that the result has not is summed over. A letter that stands twice in an operand takes its diagonal;
    ``...`` stands for all other axes, which broadcast. Without ``->`` the result has ``...`` and, sorted, the letters
    that stand once. Write ``einsum("ij,jk->ik", a, b)``, or, with numbers for letters,
    ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.

    Parameters
    ----------
    *operands : str and arrays
        The subscripts, and an array for every part of them.
    optimize : bool, str or list
        The order in which three arrays or more are multiplied, two at a time, as for ``numpy.einsum_path``; False is
        from left to right. It decides how long that takes, and nothing else but rounding.

    Raises
    ------
    ValueError
        When the subscripts are no such text, or do not fit the arrays: both are named.

    Notes
    -----
    NumPy repeats an axis of length 1 along another operand's with the same letter. Here that is an error, for it is a
    mistake in most programs; only ``...`` broadcasts.

    Examples
    --------
    >>> from inversa.autograd import Tensor, einsum
    >>> x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    >>> einsum("i,j->ij", x, y).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    >>> einsum("i,ij,j", x, Tensor([[1.0, 0.0], [0.0, 2.0]]), y).item()
    19.0
    >>> einsum("ii->i", Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [1.0, 4.0]
    """
    subscripts, *given = operands if operands and isinstance(operands[0], str) else _with_letters(operands)
    arrays = [as_array(x) for x in given]
    shapes = tuple(tuple(x.shape) for x in arrays)
    way = _checked(optimize)
    try:
        steps = plan(subscripts, shapes, way)
    except ValueError as error:
        raise ValueError(f"einsum of shapes {' and '.join(map(str, shapes))}: {error}") from None
    arrays = [_prepared(x, preparation) for x, preparation in zip(arrays, steps.preparations, strict=True)]
    for i, j, letters in steps.products:
        arrays.append(contract(letters, arrays[i], arrays[j]))
    return arrays[-1] if steps.order is None else transpose(arrays[-1], steps.order)


def _prepared(x: Any, preparation: Preparation) -> Any:
    if preparation.shape is not None:
        x = reshape(x, preparation.shape)
    for axis1, axis2 in preparation.diagonals:
        x = diagonal(x, axis1=axis1, axis2=axis2)
    return total(x, axis=preparation.summed) if preparation.summed else x


def _with_letters(operands: tuple[Any, ...]) -> list[Any]:
    """The call with a text that one with lists of numbers stands for."""
    *pairs, result = operands if len(operands) % 2 else (*operands, None)
    arrays, lists = pairs[::2], pairs[1::2]
    if not arrays or not all(isinstance(each, (list, tuple)) for each in (*lists, result or ())):
        raise ValueError("call einsum('ij,jk->ik', a, b), or einsum(a, [0, 1], b, [1, 2], [0, 2])")
    inputs = ",".join(map(_letters, lists))
    return [inputs if result is None else f"{inputs}->{_letters(result)}", *arrays]


def _letters(numbers: Any) -> str:
    if not all(i is Ellipsis or (type(i) is int and 0 <= i < len(_BY_NUMBER)) for i in numbers):
        raise checks.wrong("an index", f"... or an integer from 0 to {len(_BY_NUMBER) - 1}", numbers)
    return "".join("..." if i is Ellipsis else _BY_NUMBER[i] for i in numbers)


def _checked(optimize: Any) -> Any:
    """What the order is chosen by, as `numpy.einsum_path` takes it."""
    if isinstance(optimize, str):
        return checks.choice("optimize", optimize, ["greedy", "optimal"], "True, False or a path")
    if optimize is None or isinstance(optimize, bool):
        return ("greedy", maxsize) if optimize else False  # two at a time, however large their product is
    if not isinstance(optimize, (list, tuple)):
        raise checks.wrong("optimize", "True, False, the name of a way, or a path", optimize, "'optimal'")
    return tuple(tuple(step) if isinstance(step, list) else step for step in optimize)

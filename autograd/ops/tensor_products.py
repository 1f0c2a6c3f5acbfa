"""NumPy's other products of arrays, each written with `matmul`, `contract` or a product entry by entry."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.axes import axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.products import contract, matmul
from inversa.autograd.ops.rearranging import moveaxis, ravel, swapaxes
from inversa.autograd.ops.shaping import along, getitem, reshape, stack


@composed(
    operands=2,
    examples=(
        Example(((2, 3, 4), (3, 4, 2))), Example(((2, 3), (3, 2)), {"axes": 1}), Example(((2,), (2, 2)), {"axes": 0}),
        Example(((2, 3, 4), (4, 2)), {"axes": ([0, -1], [1, 0])}), Example(((2, 3), (3, 2)), {"axes": (0, 1)}),
        Example(((2, 0), (0, 3)), {"axes": 1}),
    ),
)  # fmt: skip
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The product of a and b, summed over pairs of axes; the other axes of a come first, then those of b.

    Parameters
    ----------
    a, b : arrays
    axes : int, or two integers or lists of integers
        How many of the last of a are paired with the first of b; or which of a, and with which of b.

    Raises
    ------
    ValueError
        When there are no such axes, or those of a pair have two lengths.

    Examples
    --------
    >>> from inversa.autograd import Tensor, tensordot
    >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]])).item()
    5.0
    """
    return _summed("tensordot", a, b, *_paired(len(a.shape), len(b.shape), axes))


def _summed(name: str, a: Any, b: Any, of_a: list[int], of_b: list[int]) -> Any:
    """The product summed over pairs of axes, counted from 0."""
    lengths = [a.shape[i] for i in of_a], [b.shape[i] for i in of_b]
    if lengths[0] != lengths[1]:
        raise ValueError(f"{name} of shapes {a.shape} and {b.shape}: lengths {lengths[0]} meet lengths {lengths[1]}")
    left = [chr(ord("a") + i) for i in range(len(a.shape))]
    right = [chr(ord("a") + len(left) + i) for i in range(len(b.shape))]
    for i, j in zip(of_a, of_b, strict=True):
        right[j] = left[i]
    result = [i for i in left if i not in right] + [i for i in right if i not in left]
    return contract(f"{''.join(left)},{''.join(right)}->{''.join(result)}", a, b)


def _paired(a: int, b: int, axes: Any) -> tuple[list[int], list[int]]:
    """Which axes of arrays with so many are summed over together."""
    if hasattr(axes, "__index__"):
        count = checks.count("axes", axes, at_least=0)
        if count > min(a, b):
            raise checks.wrong("axes", f"at most {min(a, b)} for arrays of {a} and {b} axes", axes)
        return list(range(a - count, a)), list(range(count))
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise checks.wrong("axes", "an integer, or the axes of both arrays", axes, "([1], [0])")
    of_a, of_b = [
        [axis_of(ndim, i, "an entry of axes") for i in (given if isinstance(given, (tuple, list)) else [given])]
        for ndim, given in zip((a, b), axes, strict=True)
    ]
    if len(of_a) != len(of_b) or len(set(of_a)) < len(of_a) or len(set(of_b)) < len(of_b):
        raise checks.wrong("axes", "as many axes of one array as of the other, each once", axes, "([1], [0])")
    return of_a, of_b


@composed(
    operands=2,
    examples=(
        Example(((2, 3), (3, 4))), Example(((3,), (3,))), Example(((), (2, 3))), Example(((2, 3), (3,))),
        Example(((2, 3, 4), (5, 4, 2))), Example(((2, 1, 3), (3,))), Example(((3,), (2, 3, 1))),
    ),
)  # fmt: skip
def dot(a: Any, b: Any) -> Any:
    """The product summed over the last axis of a and the last but one of b, or its only one; with a number, ``*``.

    For stacks of matrices write ``a @ b``: dot multiplies every matrix of a by every one of b.

    >>> from inversa.autograd import Tensor, dot
    >>> dot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).item()
    11.0
    """
    if not a.shape or not b.shape:
        return _summed("dot", a, b, [], [])
    if len(a.shape) <= 2 and len(b.shape) <= 2:
        return matmul(a, b)
    return _summed("dot", a, b, [len(a.shape) - 1], [max(len(b.shape) - 2, 0)])


@composed(operands=2, examples=(Example(((3,), (3,))), Example(((2, 3), (4, 1, 3))), Example(((2,), ()))))
def inner(a: Any, b: Any) -> Any:
    """The product summed over the last axes of both; with a number, ``*``.

    >>> from inversa.autograd import Tensor, inner
    >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([1.0, 1.0])).tolist()
    [3.0, 7.0]
    """
    ends = ([len(a.shape) - 1], [len(b.shape) - 1]) if a.shape and b.shape else ([], [])
    return _summed("inner", a, b, *ends)


@composed(operands=2, examples=(Example(((2,), (3,))), Example(((2, 2), (1, 3))), Example(((), (2,)))))
def outer(a: Any, b: Any) -> Any:
    """Every entry of a, a row for each, times every entry of b.

    >>> from inversa.autograd import Tensor, outer
    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0])).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    return contract("i,j->ij", ravel(a), ravel(b))


@composed(operands=2, examples=(Example(((3,), (3,))), Example(((2, 3), (3, 2))), Example(((), ()))))
def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all entries, taken row after row; of real numbers.

    >>> from inversa.autograd import Tensor, vdot
    >>> vdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[1.0, 0.0], [0.0, 1.0]])).item()
    5.0
    """
    return matmul(ravel(a), ravel(b))


@composed(
    operands=2, examples=(Example(((3,), (3,))), Example(((4, 1, 3), (2, 3))), Example(((3, 2), (3, 1)), {"axis": 0}))
)
def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """The products of vectors, which are along an axis of both; the other axes broadcast.

    >>> from inversa.autograd import Tensor, vecdot
    >>> vecdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([1.0, 1.0])).tolist()
    [3.0, 7.0]
    """
    x1, x2 = (x if axis_of(len(x.shape), axis) == len(x.shape) - 1 else moveaxis(x, axis, -1) for x in (x1, x2))
    return getitem(matmul(getitem(x1, (..., None, slice(None))), getitem(x2, (..., None))), (..., 0, 0))


@composed(operands=2, examples=(Example(((2, 3), (3,))), Example(((4, 1, 2, 3), (5, 3)))))
def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors, which are along the last axis of x2; the other axes broadcast.

    >>> from inversa.autograd import Tensor, matvec
    >>> matvec(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[1.0, 1.0], [1.0, 0.0]])).tolist()
    [[3.0, 7.0], [1.0, 3.0]]
    """
    _check_axes("matvec", x1, 2, x2, 1)
    return getitem(matmul(x1, getitem(x2, (..., None))), (..., 0))


@composed(operands=2, examples=(Example(((3,), (3, 2))), Example(((5, 3), (4, 1, 3, 2)))))
def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors, which are along the last axis of x1, times matrices; the other axes broadcast.

    >>> from inversa.autograd import Tensor, vecmat
    >>> vecmat(Tensor([[1.0, 1.0], [1.0, 0.0]]), Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[4.0, 6.0], [1.0, 2.0]]
    """
    _check_axes("vecmat", x1, 1, x2, 2)
    return getitem(matmul(getitem(x1, (..., None, slice(None))), x2), (..., 0, slice(None)))


def _check_axes(name: str, x1: Any, least1: int, x2: Any, least2: int) -> None:
    if len(x1.shape) < least1 or len(x2.shape) < least2:
        raise ValueError(f"{name} of shapes {x1.shape} and {x2.shape}: they need {least1} and {least2} axes, or more")


@composed(examples=(Example(((2, 3),)), Example(((4, 2, 3),))))
def matrix_transpose(x: Any) -> Any:
    """Every matrix of a stack transposed.

    >>> from inversa.autograd import Tensor, matrix_transpose
    >>> matrix_transpose(Tensor([[[1.0, 2.0]]])).shape
    (1, 2, 1)
    """
    if len(x.shape) < 2:
        raise ValueError(f"what is transposed is a matrix or a stack of them, not of shape {x.shape}")
    return swapaxes(x, -1, -2)


@composed(operands=2, examples=(Example(((2, 2), (2, 3))), Example(((2,), (2, 1, 2))), Example(((), (2,)))))
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every entry of a replaced by itself times b.

    >>> from inversa.autograd import Tensor, kron
    >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0])).tolist()
    [1.0, 2.0, 10.0, 20.0]
    """
    ndim = max(len(a.shape), len(b.shape))
    large, small = ((1,) * (ndim - len(x.shape)) + tuple(x.shape) for x in (a, b))
    pairs = [(chr(ord("a") + 2 * i), chr(ord("a") + 2 * i + 1)) for i in range(ndim)]
    left, right = ("".join(letters) for letters in zip(*pairs, strict=True)) if pairs else ("", "")
    blocks = contract(f"{left},{right}->{''.join(map(''.join, pairs))}", reshape(a, large), reshape(b, small))
    return reshape(blocks, tuple(n * m for n, m in zip(large, small, strict=True)))


@composed(
    operands=2,
    examples=(
        Example(((3,), (3,))), Example(((4, 1, 3), (2, 3))), Example(((3, 2), (2, 3)), {"axisa": 0, "axisc": 0}),
        Example(((3, 2), (3, 2)), {"axis": 0}),
    ),
)  # fmt: skip
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product a × b of vectors with three components, which are along the axes named; the others broadcast.

    Raises
    ------
    ValueError
        When such an axis has another length than 3.

    Examples
    --------
    >>> from inversa.autograd import Tensor, cross
    >>> cross(Tensor([1.0, 0.0, 0.0]), Tensor([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    (a1, a2, a3), (b1, b2, b3) = _components(a, axisa), _components(b, axisb)
    return stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], axis=axisc)


def _components(x: Any, axis: int) -> list[Any]:
    place = axis_of(len(x.shape), axis)
    if x.shape[place] != 3:
        raise ValueError(
            f"cross is of vectors with 3 components, which are not along axis {axis} of the shape {x.shape}; "
            "to vectors in a plane add a third, 0: call concatenate([x, zeros], axis)"
        )
    return [along(x, place, i) for i in range(3)]

"""The methods that NumPy's arrays and PyTorch's tensors have, each one of the functions of `inversa.autograd`.

They take ``axis`` and ``keepdims`` under PyTorch's names ``dim`` and ``keepdim``, too.
"""

# mypy: disable-error-code="no-any-return"
# Of an array of unknown class an operation gives anything; here it is a Tensor.

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from inversa.autograd.node import Node
from inversa.autograd.ops import (
    cumulative,
    differences,
    matrices,
    norms,
    ordering,
    rearranging,
    reductions,
    rounding,
    selecting,
    shaping,
    softmax,
    tensor_products,
)
from inversa.autograd.ops.axes import Axis
from inversa.autograd.ops.namespace import namespace
from inversa.autograd.versions import VersionedNode

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import Array
    from inversa.autograd.tensor import Tensor

OTHER_WORDS = {  # PyTorch's, and of the two that NumPy has for one thing the older
    "dim": "axis", "dims": "axis", "keepdim": "keepdims", "dim0": "axis1", "dim1": "axis2", "shifts": "shift",
    "ddof": "correction",
}  # fmt: skip
ALONG_AXES = (
    "argmax", "argmin", "argsort", "cumprod", "cumsum", "diff", "flip", "log_softmax", "max", "mean", "median", "min",
    "norm", "prod", "quantile", "repeat", "roll", "softmax", "squeeze", "std", "sum", "swapaxes", "take", "unsqueeze",
    "var",
)  # fmt: skip


class ArrayMethods(VersionedNode):
    """What a Tensor, a symbol of a traced array and a batch can be asked to do."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def ndim(self) -> int: ...  # noqa: D102
        @property
        def size(self) -> int: ...  # noqa: D102
        def numpy(self) -> Any: ...  # noqa: D102
        def __mul__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...

    def flatten(self) -> Tensor:
        """All entries in a row, the last axis running fastest.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).flatten().tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        return rearranging.ravel(self)

    def ravel(self) -> Tensor:
        """The same as `flatten`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0], [2.0]]).ravel().tolist()
        [1.0, 2.0]
        """
        return self.flatten()

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Without the axes of length 1, or without those named, which must have it.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[[1.0], [2.0]]]).squeeze().shape, Tensor([[[1.0], [2.0]]]).squeeze(0).shape
        ((2,), (2, 1))
        """
        return rearranging.squeeze(self, axis)

    def unsqueeze(self, axis: int) -> Tensor:
        """With a new axis of length 1 at this place.

        >>> from inversa.autograd import Tensor
        >>> Tensor([1.0, 2.0]).unsqueeze(-1).shape
        (2, 1)
        """
        return rearranging.expand_dims(self, axis)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """With two axes exchanged.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[[1.0, 2.0]]]).swapaxes(0, -1).shape
        (2, 1, 1)
        """
        return rearranging.swapaxes(self, axis1, axis2)

    def permute(self, *axes: Any) -> Tensor:
        """The axes in another order, as `transpose`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0, 3.0]]).permute(1, 0).shape
        (3, 1)
        """
        return self.transpose(*axes)

    def dot(self, other: Node | float | Array) -> Tensor:
        """NumPy's product: ``@`` of vectors and matrices; see `inversa.autograd.dot`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([1.0, 2.0]).dot([3.0, 4.0]).item()
        11.0
        """
        return tensor_products.dot(self, other)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The entries on a diagonal; see `inversa.autograd.diagonal`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).diagonal(1).tolist()
        [2.0]
        """
        return matrices.diagonal(self, offset, axis1, axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The sum along a diagonal; see `inversa.autograd.trace`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).trace().item()
        5.0
        """
        return matrices.trace(self, offset, axis1, axis2)

    def tril(self, diagonal: int = 0) -> Tensor:
        """The entries on and below a diagonal; see `inversa.autograd.tril`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).tril().tolist()
        [[1.0, 0.0], [3.0, 4.0]]
        """
        return matrices.tril(self, diagonal)

    def triu(self, diagonal: int = 0) -> Tensor:
        """The entries on and above a diagonal; see `inversa.autograd.triu`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).triu().tolist()
        [[1.0, 2.0], [0.0, 4.0]]
        """
        return matrices.triu(self, diagonal)

    def copy(self) -> Tensor:
        """The same numbers in memory of their own; gradients flow back through it, as they do not through `detach`.

        >>> from inversa.autograd import Tensor
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> x.copy().sum().backward()
        >>> x.grad.tolist()
        [1.0, 1.0]
        """
        return self * 1

    def std(self, axis: Axis = None, correction: int = 0, keepdims: bool = False) -> Tensor:
        """The standard deviation, of all entries or along an axis; see `inversa.autograd.std`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([1.0, 3.0]).std().item()
        1.0
        """
        return reductions.std(self, axis, correction, keepdims)

    def norm(self, ord: norms.Order = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The length √Σx², of all entries or along an axis, or another norm; see `inversa.autograd.linalg.norm`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([3.0, 4.0]).norm().item()
        5.0
        """
        return norms.norm(self, ord, axis, keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The place of the largest entry, of all in a row or along an axis: plain integers, which have no gradient.

        >>> from inversa.autograd import Tensor
        >>> Tensor([[1.0, 5.0], [7.0, 2.0]]).argmax(axis=1).tolist()
        [1, 0]
        """
        array = self._observed()
        return namespace(array).argmax(array, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The place of the smallest entry, as `argmax`.

        >>> from inversa.autograd import Tensor
        >>> int(Tensor([3.0, 1.0, 2.0]).argmin())
        1
        """
        array = self._observed()
        return namespace(array).argmin(array, axis=axis, keepdims=keepdims)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The sum of the entries, all or along an axis."""
        return reductions.sum(self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The mean, of all entries or along an axis."""
        return reductions.mean(self, axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest entry, of all or along an axis."""
        return reductions.max(self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The smallest entry, of all or along an axis."""
        return reductions.min(self, axis, keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The product of the entries, all or along an axis."""
        return reductions.prod(self, axis, keepdims)

    def var(self, axis: Axis = None, correction: int = 0, keepdims: bool = False) -> Tensor:
        """The variance, of all entries or along an axis."""
        return reductions.var(self, axis, correction, keepdims)

    def softmax(self, axis: int = -1) -> Tensor:
        """eˣ / Σ eˣ along an axis."""
        return softmax.softmax(self, axis)

    def log_softmax(self, axis: int = -1) -> Tensor:
        """x − ln Σ eˣ along an axis."""
        return softmax.log_softmax(self, axis)

    def round(self, decimals: int = 0) -> Tensor:
        """Rounded to so many decimals; see `inversa.autograd.round`."""
        return rounding.round(self, decimals)

    def cumsum(self, axis: int | None = None) -> Tensor:
        """The sums of all entries up to each one; see `inversa.autograd.cumsum`."""
        return cumulative.cumsum(self, axis)

    def cumprod(self, axis: int | None = None) -> Tensor:
        """The products of all entries up to each one; see `inversa.autograd.cumprod`."""
        return cumulative.cumprod(self, axis)

    def diff(self, n: int = 1, axis: int = -1) -> Tensor:
        """The differences of neighbours; see `inversa.autograd.diff`."""
        return differences.diff(self, n, axis)

    def argsort(self, axis: int = -1) -> Any:
        """The places of the entries in order: plain integers; see `inversa.autograd.argsort`."""
        return ordering.argsort(self, axis)

    def median(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The entry in the middle of the order; see `inversa.autograd.median`."""
        return ordering.median(self, axis, keepdims)

    def quantile(self, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
        """The number below which the share q of the entries lies; see `inversa.autograd.quantile`."""
        return ordering.quantile(self, q, axis, method, keepdims)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Tensor:
        """Entries by their numbers along an axis, or without one of all in a row, as ``numpy.ndarray.take``."""
        return selecting.take_entries(self, indices, axis, mode)

    def repeat(self, repeats: Any, axis: int | None = None) -> Tensor:
        """Every entry so many times, as ``numpy.ndarray.repeat``; see `inversa.autograd.repeat`."""
        return rearranging.repeat(self, repeats, axis)

    def flip(self, axis: Axis = None) -> Tensor:
        """The entries in the opposite order; see `inversa.autograd.flip`."""
        return rearranging.flip(self, axis)

    def roll(self, shift: int | tuple[int, ...], axis: Axis = None) -> Tensor:
        """The entries moved along axes; see `inversa.autograd.roll`."""
        return rearranging.roll(self, shift, axis)

    def reshape(self, *shape: Any) -> Tensor:
        """The same entries in another shape: ``reshape(2, 3)`` or ``reshape((2, 3))``."""
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return shaping.reshape(self, wanted)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; reversed when none is given."""
        wanted = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return shaping.transpose(self, wanted)

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return shaping.transpose(self)

    def astype(self, dtype: Any) -> Tensor:
        """Converted to another floating-point type."""
        return shaping.astype(self, dtype)


def _in_both_words(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, which takes PyTorch's words for its arguments as well."""

    @wraps(method)
    def either(self: ArrayMethods, *args: Any, **kwargs: Any) -> Any:
        named = {OTHER_WORDS.get(name, name): x for name, x in kwargs.items()}
        if len(named) < len(kwargs):
            raise TypeError(f"{method.__name__} takes one thing under one name, not {', '.join(kwargs)}")
        return method(self, *args, **named)

    return either


for _name in ALONG_AXES:
    setattr(ArrayMethods, _name, _in_both_words(getattr(ArrayMethods, _name)))

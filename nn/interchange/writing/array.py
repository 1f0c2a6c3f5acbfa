"""Reference: an array that is computed in an ONNX file. Its shape and type are known, its numbers are not.

It keeps to the Python array API standard, so the formulas of all operations, their pullbacks and the optimisers run on
it as on the arrays of any other library; what they compute is written down, node by node.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from inversa.autograd.lazy import LazyModule
from inversa.nn.interchange.errors import InterchangeError

if TYPE_CHECKING:
    from inversa.nn.interchange.writing import functions, indexing
else:
    functions = LazyModule("inversa.nn.interchange.writing.functions")  # they make these
    indexing = LazyModule("inversa.nn.interchange.writing.indexing")

Shape = tuple[int, ...]


def _binary(name: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    def apply(x: Reference, y: Any) -> Any:
        function = getattr(functions.xp, name)
        return function(y, x) if swapped else function(x, y)

    return apply


class Reference:
    """An array that a node of the file gives, or that is one of its inputs or constants.

    Parameters
    ----------
    name : str
        In the file.
    shape : tuple of int
    dtype : numpy.dtype
    """

    __slots__ = ("dtype", "name", "shape")
    __array_ufunc__ = None  # NumPy's arrays leave the operators to it
    device = None

    def __init__(self, name: str, shape: Shape, dtype: Any) -> None:
        self.name = name
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)

    @property
    def T(self) -> Any:
        """The matrix transposed."""
        return functions.xp.matrix_transpose(self)

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        return functions.xp

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return indexing.sliced(self, index)

    def index_add(self, axis: int, places: Any, rows: Any) -> Any:
        """Rows added at places of the first axis, as PyTorch's arrays do it."""
        return indexing.added(self, places, rows)

    def __neg__(self) -> Any:
        return functions.xp.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return functions.xp.abs(self)

    def __invert__(self) -> Any:
        return functions.xp.logical_not(self)

    __add__, __radd__ = _binary("add"), _binary("add", swapped=True)
    __sub__, __rsub__ = _binary("subtract"), _binary("subtract", swapped=True)
    __mul__, __rmul__ = _binary("multiply"), _binary("multiply", swapped=True)
    __truediv__, __rtruediv__ = _binary("divide"), _binary("divide", swapped=True)
    __pow__, __rpow__ = _binary("pow"), _binary("pow", swapped=True)
    __matmul__, __rmatmul__ = _binary("matmul"), _binary("matmul", swapped=True)
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _binary("floor_divide", swapped=True)
    __mod__, __rmod__ = _binary("remainder"), _binary("remainder", swapped=True)
    __and__, __rand__ = _binary("logical_and"), _binary("logical_and", swapped=True)
    __or__, __ror__ = _binary("logical_or"), _binary("logical_or", swapped=True)
    __xor__, __rxor__ = _binary("not_equal"), _binary("not_equal", swapped=True)
    __lt__, __le__ = _binary("less"), _binary("less_equal")
    __gt__, __ge__ = _binary("greater"), _binary("greater_equal")
    __eq__, __ne__ = _binary("equal"), _binary("not_equal")
    __hash__ = None  # type: ignore[assignment]

    def _no_numbers(self, *_: Any) -> NoReturn:
        raise InterchangeError("it looks at numbers, which a file does not know: branches and loops may ask for shapes")

    __bool__ = __int__ = __index__ = __float__ = __complex__ = __iter__ = _no_numbers
    item = tolist = all = any = _no_numbers

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        self._no_numbers()

    def __repr__(self) -> str:
        return f"Reference({self.name}, {self.dtype} {self.shape})"

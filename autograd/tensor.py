"""Tensor: a node that holds one array, the array engine."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from inversa.autograd.anomaly import tell
from inversa.autograd.lazy import np
from inversa.autograd.methods import ArrayMethods
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.numpy_protocol import CUTS, apply_function
from inversa.autograd.ops import products, shaping
from inversa.autograd.ops.operation import ARRAYS, Operation
from inversa.autograd.value import Value
from inversa.autograd.versions import called, is_view

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.autograd.ops.calls import Array, TensorComparison, TensorOperator


class Tensor(ArrayMethods):
    """An array in a computational graph.

    Parameters
    ----------
    data : array_like
        Its values; they are copied. float32 stays float32, Python floats become float64.
    requires_grad : bool
        Whether gradients flow back to it; not unless asked for, and only for floating-point data.
    name : str, optional
        What pictures and messages call it.
    dtype : numpy dtype, optional
        The type to convert to.

    Raises
    ------
    TypeError
        For data that is not numeric, or integers that should require a gradient.

    Notes
    -----
    Methods take ``axis`` and ``keepdims`` under PyTorch's names ``dim`` and ``keepdim``, too.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="w")
    >>> loss = (w @ [1.0, -1.0]).sum()
    >>> loss.backward()
    >>> loss.item(), w.grad.tolist()
    (-2.0, [[1.0, -1.0], [1.0, -1.0]])
    """

    __slots__ = ("inputs",)

    level: ClassVar[int] = ARRAYS
    is_single: ClassVar[bool] = False
    grad: NDArray[Any] | None

    if TYPE_CHECKING:  # what methods of Node give here

        def _observed(self) -> NDArray[Any]: ...
        @staticmethod
        def _unary(op: Operation[...], x: Any) -> Tensor: ...

        __add__: TensorOperator
        __radd__: TensorOperator
        __sub__: TensorOperator
        __rsub__: TensorOperator
        __mul__: TensorOperator
        __rmul__: TensorOperator
        __truediv__: TensorOperator
        __rtruediv__: TensorOperator
        __pow__: TensorOperator
        __rpow__: TensorOperator
        __floordiv__: TensorOperator
        __rfloordiv__: TensorOperator
        __mod__: TensorOperator
        __rmod__: TensorOperator
        __iadd__: TensorOperator
        __isub__: TensorOperator
        __imul__: TensorOperator
        __itruediv__: TensorOperator
        __ipow__: TensorOperator
        __ifloordiv__: TensorOperator
        __imod__: TensorOperator
        __lt__: TensorComparison
        __le__: TensorComparison
        __gt__: TensorComparison
        __ge__: TensorComparison

    def __init__(
        self,
        data: ArrayLike | Tensor,
        requires_grad: bool = False,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if isinstance(data, (list, tuple)) and any(isinstance(x, Node) for x in data):
            raise TypeError(
                "a Tensor copies numbers; to join nodes in the graph use stack([...]) or concatenate([...])"
            )
        _check_complete(data)
        self._become(np.array(data, dtype=dtype, order="C"))
        if self._array.dtype.kind not in "fiub":
            raise TypeError(f"a Tensor holds real numbers, not {self._array.dtype}")
        self.requires_grad = requires_grad
        self.name = name

    def _become(self, array: NDArray[Any]) -> None:
        """Be a constant leaf that owns this array."""
        self._own(array)
        self._requires_grad = False
        self.inputs: tuple[Node, ...] = ()
        self.grad = self.op = self.params = self.name = self.module = None

    # The array, and changes of it.

    @property
    def data(self) -> NDArray[Any]:
        """The array: a leaf's own, to be changed at will; a read-only view of a computed one.

        Changing an array in place that a recorded operation still needs is noticed when the inverse network runs. To
        that end an array that was handed out here is compared at every later use; `numpy` only looks and costs nothing.
        """
        if self.op is not None:
            return self.numpy()
        self._observed()
        return self._hand_out()

    @data.setter
    def data(self, values: ArrayLike) -> None:
        self._observed()
        self._must_be_leaf()
        if values is not self._array:
            _check_complete(values)
            array = np.array(values, dtype=self._array.dtype, order="C")
            if array.shape != self._array.shape:
                raise ValueError(f"{called(self)} has shape {self.shape}: data of shape {array.shape} does not fit")
            self._array = array
            self._checksum = None
        self._count_change()

    def __setitem__(self, index: Any, values: Any) -> None:
        self._observed()
        self._must_be_leaf()
        if isinstance(values, Node) and values.requires_grad:
            raise TypeError("assignment into a Tensor is not differentiable: use where, concatenate or stack")
        _check_complete(values)
        self._array[_without_nodes(index)] = plain(values)
        self._count_change()

    def _is_changed(self) -> bool:
        mode = MODE.get()
        if mode.recording and not mode.depth and mode.trace is None:
            raise ValueError(
                f"{called(self)} is a leaf that requires a gradient: to train it write `with no_grad():` around "
                "p -= step, or p.data -= step; for a new Tensor, q = p - step"
            )
        return not mode.recording

    def _change(self, change: Callable[[Any, Any], Any], other: Any) -> None:
        self._observed()
        _check_complete(other)
        change(self._data, plain(other))
        self._count_change()

    def _must_be_leaf(self) -> None:
        if self.op is not None:
            raise ValueError(f"{called(self)} was computed by {self.op.name}: only a leaf's data can be replaced")

    def numpy(self) -> NDArray[Any]:
        """The array as a read-only view, without the graph; copy it to change it."""
        view = self._observed().view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """What NumPy, pandas and others ask for; not for numbers whose gradient would be lost without a word."""
        if self._requires_grad and MODE.get().recording:
            raise TypeError(CUTS)
        return np.array(self._observed(), dtype=dtype) if copy else np.asarray(self.numpy(), dtype=dtype)

    def _may_require_grad(self) -> None:
        if self._array.dtype.kind != "f":
            raise TypeError(
                f"{self._array.dtype} data cannot require a gradient: write Tensor([1.0, 2.0]) or give dtype=float"
            )

    def detach(self) -> Tensor:
        """A copy as a new leaf through which no gradient flows."""
        if MODE.get().trace is None:
            return Tensor(self._array, name=self.name)
        out = self.reshape((1, *self.shape)).reshape(self.shape)  # a trace follows where it comes from
        out._requires_grad = False
        return out

    # Recording and the sweep.

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Tensor:
        """Apply an operation to Tensors, arrays, Values and numbers."""
        mode = MODE.get()
        inputs = tuple([x if isinstance(x, Node) else _constant(x) for x in operands])
        given, params = params, {key: _without_nodes(value) for key, value in params.items()}
        data = op.compute(_operands(op, inputs), params)
        out = object.__new__(Tensor)
        out._become(data if isinstance(data, np.ndarray) else np.asarray(data))
        out.module = mode.module
        out._requires_grad = mode.recording and out._array.dtype.kind == "f" and any(x._requires_grad for x in inputs)
        if mode.trace is not None:  # constants are followed, too: when it is run again they may be others
            out.op, out.inputs, out.params = op, inputs, given or None
            out._remember_versions()
        elif out._requires_grad or (mode.constants and mode.recording):
            out.op, out.inputs, out.params = op, inputs, params or None
            out._remember_versions()
        elif is_view(out._array, inputs[0]._data):
            out._array = out._array.copy()  # a constant is a leaf, and a leaf owns its array
        if mode.watched:
            tell(out, op, inputs)
        return out

    @property
    def _data(self) -> NDArray[Any]:
        return self._array

    def _plain_operands(self) -> tuple[Any, ...]:
        assert self.op is not None
        return _operands(self.op, self.inputs)

    @staticmethod
    def _repr_data(data: Any) -> str:
        return str(np.array2string(data, separator=", ", threshold=20, prefix="Tensor("))

    def _match(self, flow: Any) -> Any:
        if not isinstance(flow, Node):
            flow = np.asarray(flow)
        if flow.shape != self.shape:
            flow = shaping.sum_to(flow, self.shape)  # what was broadcast collects
        if isinstance(flow, Value) or flow.dtype != self.dtype:
            flow = shaping.astype(flow, self.dtype)
        return flow

    def _accumulate(self, flow: Any) -> None:
        # A new array in any case: several nodes may have been sent the same one, and a leaf owns its gradient.
        self.grad = np.array(flow) if self.grad is None else np.asarray(self.grad + flow)

    # NumPy's view of a Tensor.

    __array_priority__ = 100

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        return apply_function(func, args, kwargs)

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The lengths of the axes."""
        return self._array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the entries."""
        return self._array.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._array.size

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def item(self) -> float:
        """The only entry, as a Python number."""
        if self.size != 1:
            raise ValueError(f"item() is for one number; this has shape {self.shape}: use .numpy() or .tolist()")
        return self._observed().item()  # type: ignore[no-any-return]

    def summary(self) -> str:
        """The type and shape, such as ``float64 (3, 2)``."""
        return f"{self.dtype} {self.shape}"

    def tolist(self) -> Any:
        """The entries as nested lists of Python numbers."""
        return self._observed().tolist()

    # Operations as methods.

    def __matmul__(self, other: Node | Array) -> Tensor:
        return products.matmul(self, other)

    def __rmatmul__(self, other: Node | Array) -> Tensor:
        return products.matmul(other, self)

    def __imatmul__(self, other: Node | Array) -> Tensor:
        return self._augmented(operator.imatmul, products.matmul, other)  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Tensor:
        return shaping.getitem(self, index)


def _constant(x: Any) -> Node:
    """A plain operand as a node. Python's numbers stay Python's: they do not widen a float32 array."""
    if isinstance(x, (int, float)) and not isinstance(x, np.generic):
        value = Value(0.0, requires_grad=False)
        value._data = x
        return value
    return Tensor(x)


def _check_complete(data: Any) -> None:
    """Raise where numbers are missing: in a masked array, which has others in their place, and pandas' NA."""
    if hasattr(data, "mask") and isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            "a Tensor has no mask: fill in the numbers that are missing, array.filled(0.0), or leave them out"
        )
    if hasattr(data, "isna"):
        columns = [column for _, column in data.items()] if data.ndim == 2 else [data]
        if any(hasattr(column.dtype, "na_value") and column.isna().any() for column in columns):
            raise TypeError(
                "a Tensor has no NA: fill in the numbers that are missing, x.fillna(0.0), or leave them out"
            )


def _operands(op: Operation[...], inputs: tuple[Node, ...]) -> tuple[Any, ...]:
    """The inputs' data. A Value's float stays one, so that it does not widen float32, unless only arrays will do."""
    if op.on_floats:
        return tuple([x._data for x in inputs])
    return tuple([np.asarray(x._data) for x in inputs])


def _without_nodes(param: Any) -> Any:
    """A parameter such as an index or condition, nodes replaced by their data, and not to be changed from outside."""
    if isinstance(param, tuple):
        return tuple(_without_nodes(p) for p in param)
    if isinstance(param, list):
        return np.array([_without_nodes(p) for p in param], dtype=None if param else int)
    param = plain(param)
    return param.copy() if isinstance(param, np.ndarray) else param

"""Tensor: a node that holds one array, the array engine."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from inversa.autograd.anomaly import tell
from inversa.autograd.lazy import np
from inversa.autograd.methods import ArrayMethods
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.numpy_protocol import CUTS, apply_function
from inversa.autograd.ops import held, products, shaping
from inversa.autograd.ops.namespace import (
    MixedArraysError,
    beside,
    device,
    foreign_parts,
    is_foreign,
    kind_of,
    library,
    namespace,
)
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
        Its values. float32 stays float32, Python floats become float64. Lists and NumPy's arrays are copied; an array
        of another library (PyTorch, JAX, Dask, CuPy and others that follow the array API standard) is kept as it is
        and never written into, and all that is computed with it stays in its library and on its device.
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
    ImportError
        For an array of PyTorch, Dask or CuPy where array-api-compat is not installed.

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
        if isinstance(data, (list, tuple)) and any(
            isinstance(x, Node) or is_foreign(x) for x in {type(x): x for x in data}.values()
        ):
            raise TypeError(
                "a Tensor copies numbers; to join nodes in the graph use stack([...]) or concatenate([...])"
            )
        _check_complete(data)
        array = np.array(data, dtype, order="C") if isinstance(data, np.ndarray) else held.kept(data, dtype)
        ours = isinstance(array, np.ndarray)
        if (array.dtype.kind if ours else kind_of(array.dtype)) not in "fiub":
            raise TypeError(f"a Tensor holds real numbers, not {array.dtype}")
        self._become(array)
        if not ours:
            self._watch()
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

        Of another library it is the array itself, which is not to be changed where it was computed.

        Changing an array in place that a recorded operation still needs is noticed when the inverse network runs. To
        that end an array that was handed out here is compared at every later use; `numpy` only looks and costs nothing.
        """
        if self.op is None:
            self._observed()
            return self._hand_out()
        return self._observed() if self._is_foreign else self.numpy()

    @data.setter
    def data(self, values: ArrayLike) -> None:
        self._observed()
        self._must_be_leaf()
        if values is not self._array:
            _check_complete(values)
            self._replace(held.fitted(self._array, values))
        self._count_change()

    def _replace(self, array: Any) -> None:
        """Hold another array in the place of this one."""
        if array.shape != self._array.shape:
            raise ValueError(f"{called(self)} has shape {self.shape}: data of shape {array.shape} does not fit")
        self._array = array
        self._checksum = None
        if self._is_foreign:
            self._watch()

    @property
    def _is_foreign(self) -> bool:
        """Whether the array is of another library than NumPy."""
        return is_foreign(self._array)

    def __setitem__(self, index: Any, values: Any) -> None:
        self._observed()
        self._must_be_leaf()
        if isinstance(values, Node) and values.requires_grad:
            raise TypeError("assignment into a Tensor is not differentiable: use where, concatenate or stack")
        _check_complete(values)
        index, values = _without_nodes(index), plain(values)
        namespace(self._array, *foreign_parts((index,)))  # which refuses other libraries and devices
        if self._is_foreign:
            self._replace(held.with_entries(self._array, index, values))
        else:
            self._array[index] = held.fitted(self._array, values) if is_foreign(values) else values
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
        if self._is_foreign:
            other = plain(other)
            changed = change(
                held.copied(self._array), other if isinstance(other, float) else beside(self._array, other)
            )
            self._replace(held.fitted(self._array, changed))
        else:
            change(self._data, plain(other))
        self._count_change()

    def _must_be_leaf(self) -> None:
        if self.op is not None:
            raise ValueError(f"{called(self)} was computed by {self.op.name}: only a leaf's data can be replaced")

    def numpy(self) -> NDArray[Any]:
        """The array as a read-only view, without the graph; copy it to change it. Of another library, a copy of it."""
        array = self._observed()
        view = held.to_numpy(array) if is_foreign(array) else array.view()
        view.flags.writeable = False
        return view

    def to_numpy(self) -> NDArray[Any]:
        """The same as `numpy`, of what requires no gradient: pandas and matplotlib call it without being asked to.

        Raises
        ------
        TypeError
            Where a gradient would be lost.

        Examples
        --------
        >>> from inversa.autograd import Tensor
        >>> Tensor([1.0, 2.0]).to_numpy()
        array([1., 2.])
        """
        self._alone()
        return self.numpy()

    @property
    def device(self) -> Any:
        """Where the array lies, as its library says: ``"cpu"`` of NumPy's; None where a library names no devices."""
        return device(self._array)

    def to(self, target: Any) -> Tensor:
        """A new leaf with the same numbers in another library, or on another device of its own.

        Parameters
        ----------
        target : module or device
            A library, such as ``torch``, ``jax.numpy`` or ``numpy``; or what the array's library calls a device.

        Returns
        -------
        Tensor
            Itself where it is there already. No gradient flows from one to the other.

        Raises
        ------
        TypeError, ValueError
            Where this was computed and requires a gradient, and for what is neither library nor device.

        Examples
        --------
        >>> import numpy as np
        >>> from inversa.autograd import Tensor
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> x.to(np) is x, x.device
        (True, 'cpu')
        """
        array = held.moved(self._observed(), target)
        if array is self._array:
            return self
        if self.op is not None and self._requires_grad and MODE.get().recording:
            raise TypeError("no gradient flows from one library or device to another: move the leaves, or x.detach()")
        return Tensor(array, requires_grad=self._requires_grad, name=self.name)

    def _alone(self) -> Any:
        """The array without the graph, unless a gradient would be lost without a word."""
        if self._requires_grad and MODE.get().recording:
            raise TypeError(CUTS)
        return self._observed()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """What NumPy, pandas and others ask for; not for numbers whose gradient would be lost without a word."""
        array = self._alone()
        if is_foreign(array):
            raise TypeError(
                f"a Tensor of {library(namespace(array))} becomes an array of NumPy's only if it is asked to: write "
                "x.numpy()"
            )
        return np.array(array, dtype=dtype) if copy else np.asarray(self.numpy(), dtype=dtype)

    def _may_require_grad(self) -> None:
        if kind_of(self._array.dtype) != "f":
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
        inputs = tuple([x if isinstance(x, Node) else as_constant(x) for x in operands])
        given, params = params, {key: _without_nodes(value) for key, value in params.items()}
        try:
            data = op.compute(_operands(op, inputs), params)
        except MixedArraysError:
            inputs, params = _together(operands, inputs, given, params)
            data = op.compute(_operands(op, inputs), params)
        foreign = False
        if not isinstance(data, np.ndarray):
            foreign = is_foreign(data)
            if not foreign:
                data = np.asarray(data)
        out = object.__new__(Tensor)
        out._become(data)
        if foreign:
            out._watch()
        out.module = mode.module
        kind = kind_of(data.dtype) if foreign else data.dtype.kind
        out._requires_grad = mode.recording and kind == "f" and any(x._requires_grad for x in inputs)
        if mode.trace is not None:  # constants are followed, too: when it is run again they may be others
            out.op, out.inputs, out.params = op, inputs, given or None
            out._remember_versions()
        elif out._requires_grad or (mode.constants and mode.recording):
            out.op, out.inputs, out.params = op, inputs, params or None
            out._remember_versions()
        elif not foreign and is_view(data, inputs[0]._data):
            out._array = data.copy()  # a constant is a leaf, and a leaf owns its array
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
        if is_foreign(data):  # whose numbers may lie elsewhere, or not be computed yet: its library knows
            return repr(data)
        return str(np.array2string(data, separator=", ", threshold=20, prefix="Tensor("))

    def _match(self, flow: Any) -> Any:
        if type(flow) is not np.ndarray and not isinstance(flow, Node):
            flow = held.computed(flow)
        if flow.shape != self.shape:
            flow = shaping.sum_to(flow, self.shape)  # what was broadcast collects
        if isinstance(flow, Value) or flow.dtype != self.dtype:
            flow = shaping.astype(flow, self.dtype)
        return flow

    def _accumulate(self, flow: Any) -> None:
        # A new array in any case: several nodes may have been sent the same one, and a leaf owns its gradient.
        if self.grad is not None:
            flow = self.grad + flow  # which is new
            self.grad = flow if isinstance(flow, np.ndarray) else held.computed(flow)
        else:
            self.grad = np.array(flow) if isinstance(flow, np.ndarray) else held.copied(flow)

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
        return math.prod(self._array.shape)

    def __len__(self) -> int:
        if not self._array.shape:
            raise TypeError("len() of a single number")
        length: int = self._array.shape[0]
        return length

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def item(self) -> float:
        """The only entry, as a Python number."""
        if self.size != 1:
            raise ValueError(f"item() is for one number; this has shape {self.shape}: use .numpy() or .tolist()")
        array = self._observed()
        if not is_foreign(array):
            return array.item()  # type: ignore[no-any-return]
        kinds = {"f": float, "b": bool}
        number: float = kinds.get(kind_of(array.dtype), int)(namespace(array).reshape(array, ()))
        return number

    def summary(self) -> str:
        """The type and shape, such as ``float64 (3, 2)``, and the library and device where it is not NumPy's."""
        return held.described(self._array)

    def tolist(self) -> Any:
        """The entries as nested lists of Python numbers."""
        return held.to_numpy(self._observed()).tolist()

    def _compared(self, relation: str, other: Any) -> Any:
        theirs = other._array if getattr(other, "level", None) == ARRAYS else other
        if self._is_foreign or is_foreign(theirs):
            other = theirs if isinstance(theirs, (int, float, Node)) else beside(self._array, theirs)
        return super()._compared(relation, other)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        make, (kind, data, *others, grad) = self.__reduce__()
        return make(kind, held.copied(data), *others, None if grad is None else held.copied(grad))

    # Operations as methods.

    def __matmul__(self, other: Node | Array) -> Tensor:
        return products.matmul(self, other)

    def __rmatmul__(self, other: Node | Array) -> Tensor:
        return products.matmul(other, self)

    def __imatmul__(self, other: Node | Array) -> Tensor:
        return self._augmented(operator.imatmul, products.matmul, other)  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Tensor:
        return shaping.getitem(self, index)


def as_constant(x: Any) -> Node:
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
    return tuple([x._array if isinstance(x, Tensor) else _as_array(x, inputs) for x in inputs])


def _as_array(x: Node, others: tuple[Node, ...]) -> Any:
    """A Value's number as an array, of the library of the others."""
    like = next((other._data for other in others if is_foreign(other._data)), None)
    return np.asarray(x._data) if like is None else held.fitted(like, x._data)


def _together(
    operands: Sequence[Any], inputs: tuple[Node, ...], given: dict[str, Any], params: dict[str, Any]
) -> tuple[tuple[Node, ...], dict[str, Any]]:
    """Operands and parameters, with lists and single numbers as arrays beside those of another library."""
    like = next((x._data for x in inputs if is_foreign(x._data)), None)
    if like is None:  # it is a parameter that is of another library
        return inputs, params

    def beside_it(x: Any, node: Node) -> Node:
        if isinstance(x, (list, tuple)):
            return Tensor(held.fitted(like, x))
        single = node.shape == () and node.is_leaf and not (node._requires_grad or is_foreign(node._data))
        return Tensor(held.fitted(like, node.item())) if single else node

    listed = {key: beside(like, p.tolist()) for key, p in params.items() if isinstance(given[key], list)}
    return tuple(map(beside_it, operands, inputs)), params | listed


def _without_nodes(param: Any) -> Any:
    """A parameter such as an index or condition, nodes replaced by their data, and not to be changed from outside."""
    if isinstance(param, tuple):
        return tuple(_without_nodes(p) for p in param)
    if isinstance(param, list):
        return np.array([_without_nodes(p) for p in param], dtype=None if param else int)
    param = plain(param)
    return param.copy() if isinstance(param, np.ndarray) else param

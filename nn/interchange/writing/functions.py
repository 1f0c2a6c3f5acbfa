"""The functions of the array API standard on References: each writes the ONNX operators that compute it.

ONNX promotes no types, so operands are brought to one type as NumPy does it, and onnxruntime has kernels in double
precision for some operators only: what it lacks is written by a formula. Nothing else about operations stands here;
their formulas and pullbacks, in `inversa.autograd.ops`, call these functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.lacking import Lacking
from inversa.nn.interchange.writing.nodes import WRITER
from inversa.nn.interchange.writing.types import number_of


def written(operator: str, inputs: Sequence[Reference], shape: Any, dtype: Any, **attributes: Any) -> Reference:
    """What an operator gives for references; the shape and type of its result are ours to say."""
    name = WRITER.get().emit(operator, tuple(x.name for x in inputs), attributes)
    return Reference(name, tuple(shape), np.dtype(dtype))


def constant(array: Any, dtype: Any = None) -> Reference:
    """Numbers, which the file then holds."""
    array = np.asarray(array, dtype)
    return Reference(WRITER.get().constant(array), array.shape, array.dtype)


def integers(*numbers: int) -> Reference:
    """Whole numbers, as operators take axes and shapes."""
    return constant(numbers, np.int64)


def _is_number(x: Any) -> bool:
    return type(x) in (bool, int, float)


def reference(x: Any, dtype: Any = None) -> Reference:
    """Numbers and NumPy's arrays as constants; a reference as it is."""
    return x if isinstance(x, Reference) else constant(x, dtype if _is_number(x) else None)


def _together(*operands: Any) -> tuple[list[Reference], Any]:
    """Operands in one type, which is NumPy's choice: a number takes that of the arrays it meets."""
    arrays = [x.dtype if isinstance(x, Reference) else np.asarray(x).dtype for x in operands if not _is_number(x)]
    dtype = np.result_type(*arrays, *[x for x in operands if _is_number(x)])
    return [xp.astype(reference(x, dtype), dtype) for x in operands], dtype


def _axes(x: Reference, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(i % x.ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def _elementwise(operator: str) -> Callable[..., Reference]:
    return lambda self, x: written(operator, [x], x.shape, x.dtype)


def _pair(operator: str) -> Callable[..., Reference]:
    def apply(self: Any, x: Any, y: Any) -> Reference:
        (x, y), dtype = _together(x, y)
        return written(operator, [x, y], np.broadcast_shapes(x.shape, y.shape), dtype)

    return apply


def _comparison(operator: str) -> Callable[..., Reference]:
    def apply(self: Any, x: Any, y: Any) -> Reference:
        (x, y), dtype = _together(x, y)
        if dtype.kind == "b" and operator != "Equal":
            x, y = xp.astype(x, np.int64), xp.astype(y, np.int64)
        return written(operator, [x, y], np.broadcast_shapes(x.shape, y.shape), bool)

    return apply


def _logical(operator: str) -> Callable[..., Reference]:
    def apply(self: Any, x: Any, y: Any) -> Reference:
        x, y = xp.astype(reference(x), bool), xp.astype(reference(y), bool)
        return written(operator, [x, y], np.broadcast_shapes(x.shape, y.shape), bool)

    return apply


_EMPTY = {"ReduceSum": 0, "ReduceProd": 1, "ReduceMean": math.nan}  # what is found of no numbers


def _reduction(operator: str) -> Callable[..., Any]:
    def apply(self: Any, x: Reference, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
        axes = _axes(x, axis)
        if operator in ("ReduceSum", "ReduceProd") and x.dtype.kind in "bi":
            x = xp.astype(x, np.int64)
        if dtype is not None:
            x = xp.astype(x, dtype)
        if not axes:
            return x
        shape = [1 if i in axes else n for i, n in enumerate(x.shape) if keepdims or i not in axes]
        if not x.size and operator in _EMPTY:  # which onnxruntime gives another shape
            return xp.full(shape, _EMPTY[operator], x.dtype)
        return written(operator, [x, integers(*axes)], shape, x.dtype, keepdims=int(keepdims))

    return apply


BEFORE_ALL = -(2**63)  # where a slice backwards ends that takes the first entry, too


class _Info:
    """What the standard asks of a namespace about itself."""

    @staticmethod
    def default_dtypes(device: Any = None) -> dict[str, Any]:
        return {"integral": np.dtype(np.int64), "real floating": np.dtype(np.float64)}


class _Functions(Lacking):
    """The namespace, whose name is ``onnx``."""

    __name__ = "onnx"
    inf, nan, pi, e, newaxis = math.inf, math.nan, math.pi, math.e, None

    @staticmethod
    def __array_namespace_info__() -> _Info:
        return _Info()

    # Entry by entry.

    @staticmethod
    def alike(*operands: Any) -> list[Reference]:
        """Operands in one type."""
        return _together(*operands)[0]

    exp, log, sqrt = _elementwise("Exp"), _elementwise("Log"), _elementwise("Sqrt")
    sin, cos, tanh = _elementwise("Sin"), _elementwise("Cos"), _elementwise("Tanh")
    abs, sign, negative = _elementwise("Abs"), _elementwise("Sign"), _elementwise("Neg")
    floor, ceil, round = _elementwise("Floor"), _elementwise("Ceil"), _elementwise("Round")
    add, subtract, multiply = _pair("Add"), _pair("Sub"), _pair("Mul")
    maximum, minimum, pow = _pair("Max"), _pair("Min"), _pair("Pow")
    less, less_equal, equal = _comparison("Less"), _comparison("LessOrEqual"), _comparison("Equal")
    greater, greater_equal = _comparison("Greater"), _comparison("GreaterOrEqual")
    logical_and, logical_or = _logical("And"), _logical("Or")
    sum, mean, prod = _reduction("ReduceSum"), _reduction("ReduceMean"), _reduction("ReduceProd")
    max, min = _reduction("ReduceMax"), _reduction("ReduceMin")

    def logical_not(self, x: Any) -> Reference:
        x = self.astype(reference(x), bool)
        return written("Not", [x], x.shape, bool)

    def not_equal(self, x: Any, y: Any) -> Reference:
        return self.logical_not(self.equal(x, y))

    def divide(self, x: Any, y: Any) -> Reference:
        (x, y), dtype = _together(x, y)
        if dtype.kind != "f":
            x, y, dtype = self.astype(x, np.float64), self.astype(y, np.float64), np.float64
        return written("Div", [x, y], np.broadcast_shapes(x.shape, y.shape), dtype)

    def square(self, x: Reference) -> Reference:
        return self.multiply(x, x)

    def where(self, condition: Any, x: Any, y: Any) -> Reference:
        (x, y), dtype = _together(x, y)
        condition = self.astype(reference(condition), bool)
        shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
        return written("Where", [condition, x, y], shape, dtype)

    def isnan(self, x: Reference) -> Reference:
        return self.not_equal(x, x)

    def isfinite(self, x: Reference) -> Reference:
        return self.less(self.abs(x), math.inf) if x.dtype.kind == "f" else self.ones(x.shape, dtype=bool)

    def isinf(self, x: Reference) -> Reference:
        return self.equal(self.abs(x), math.inf)

    def any(self, x: Reference, axis: Any = None, keepdims: bool = False) -> Reference:
        return self.greater(self.sum(self.astype(x, bool), axis, keepdims), 0)

    def all(self, x: Reference, axis: Any = None, keepdims: bool = False) -> Reference:
        return self.logical_not(self.any(self.logical_not(x), axis, keepdims))

    def remainder(self, x: Any, y: Any) -> Any:
        (x, y), dtype = _together(x, y)
        shape = np.broadcast_shapes(x.shape, y.shape)
        if dtype.kind != "f":
            return written("Mod", [x, y], shape, dtype)
        left = written("Mod", [x, y], shape, dtype, fmod=1)  # with the sign of x
        turned = (left != 0.0) & self.not_equal(left < 0.0, y < 0.0)
        return self.where(left == 0.0, self.copysign(0.0 * y, y), self.where(turned, left + y, left))

    def floor_divide(self, x: Any, y: Any) -> Any:
        (x, y), dtype = _together(x, y)
        if dtype.kind != "f":
            raise InterchangeError("ONNX divides whole numbers towards zero: // is written for floats only")
        left = self.remainder(x, y)
        whole = self.round((x - left) / y)
        return self.where(y == 0.0, x / y, self.where(whole == 0.0, self.copysign(0.0 * whole, x / y), whole))

    # Making and changing arrays.

    def asarray(self, x: Any, dtype: Any = None, device: Any = None, copy: Any = None) -> Reference:
        x = reference(x, dtype)
        return x if dtype is None else self.astype(x, dtype)

    def astype(self, x: Any, dtype: Any, copy: Any = True, device: Any = None) -> Reference:
        x, dtype = reference(x), np.dtype(dtype)
        return x if x.dtype == dtype else written("Cast", [x], x.shape, dtype, to=number_of(dtype))

    def full(self, shape: Any, value: Any, dtype: Any = None, device: Any = None) -> Any:
        shape = (shape,) if isinstance(shape, int) else shape
        return self.broadcast_to(self.asarray(value, dtype), shape)

    def zeros(self, shape: Any, dtype: Any = None, device: Any = None) -> Any:
        return self.full(shape, 0, np.float64 if dtype is None else dtype)

    def ones(self, shape: Any, dtype: Any = None, device: Any = None) -> Any:
        return self.full(shape, 1, np.float64 if dtype is None else dtype)

    def full_like(self, x: Reference, value: Any, dtype: Any = None, device: Any = None) -> Any:
        return self.full(x.shape, value, x.dtype if dtype is None else dtype)

    def zeros_like(self, x: Reference, dtype: Any = None, device: Any = None) -> Any:
        return self.full_like(x, 0, dtype)

    def ones_like(self, x: Reference, dtype: Any = None, device: Any = None) -> Any:
        return self.full_like(x, 1, dtype)

    def eye(self, n: int, m: int | None = None, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
        return constant(np.eye(n, m, k, dtype=np.float64 if dtype is None else dtype))

    def arange(self, start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, device: Any = None) -> Reference:
        start, stop = (0, start) if stop is None else (start, stop)
        like = np.arange(start, stop, step, dtype=dtype)
        parts = [constant(n, like.dtype) for n in (0, len(like), 1)]  # onnxruntime miscounts those backwards
        places = written("Range", parts, like.shape, like.dtype)
        return places if (start, step) == (0, 1) else places * step + start

    def result_type(self, *parts: Any) -> Any:
        return np.result_type(*[x.dtype if isinstance(x, Reference) else x for x in parts])

    def reshape(self, x: Reference, shape: Any, copy: Any = None) -> Reference:
        shape = (shape,) if isinstance(shape, int) else tuple(map(int, shape))
        if -1 in shape:
            known = math.prod(n for n in shape if n != -1)
            shape = tuple(x.size // (known or 1) if n == -1 else n for n in shape)
        if shape == x.shape:
            return x
        return written("Reshape", [x, integers(*shape)], shape, x.dtype, **({"allowzero": 1} if 0 in shape else {}))

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        x, shape = reference(x), tuple(map(int, shape))
        if shape == x.shape:
            return x
        if x.dtype.kind == "b":  # onnxruntime does not expand these
            return self.astype(self.broadcast_to(self.astype(x, np.int64), shape), bool)
        if 0 in shape:  # no numbers; and Expand takes the 0 of a shape for "as it was"
            return constant(np.zeros(shape, x.dtype))
        return written("Expand", [x, integers(*shape)], shape, x.dtype)

    def broadcast_arrays(self, *arrays: Reference) -> list[Reference]:
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
        return [self.broadcast_to(x, shape) for x in arrays]

    def expand_dims(self, x: Reference, axis: int = 0) -> Reference:
        axis %= x.ndim + 1
        return self.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))

    def squeeze(self, x: Reference, axis: Any) -> Reference:
        axes = _axes(x, axis)
        return self.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in axes))

    def permute_dims(self, x: Reference, axes: Sequence[int]) -> Reference:
        axes = [a % x.ndim for a in axes]
        if axes == list(range(x.ndim)):
            return x
        return written("Transpose", [x], [x.shape[a] for a in axes], x.dtype, perm=axes)

    def matrix_transpose(self, x: Reference) -> Reference:
        return self.permute_dims(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))

    def moveaxis(self, x: Reference, source: int, destination: int) -> Reference:
        axes = [a for a in range(x.ndim) if a != source % x.ndim]
        axes.insert(destination % x.ndim, source % x.ndim)
        return self.permute_dims(x, axes)

    def flip(self, x: Reference, axis: Any = None) -> Reference:
        axes = _axes(x, axis)
        if not axes:
            return x
        back, ends = [-1 for _ in axes], [BEFORE_ALL for _ in axes]
        parts = (integers(*back), integers(*ends), integers(*axes), integers(*back))
        return written("Slice", [x, *parts], x.shape, x.dtype)

    def concat(self, arrays: Sequence[Any], axis: Any = 0) -> Reference:
        if axis is None:
            arrays, axis = [self.reshape(x, (-1,)) for x in arrays], 0
        arrays, dtype = _together(*arrays)
        axis %= arrays[0].ndim
        shape = list(arrays[0].shape)
        shape[axis] = sum(x.shape[axis] for x in arrays)
        arrays = [x for x in arrays if x.shape[axis]] or arrays[:1]
        return arrays[0] if len(arrays) == 1 else written("Concat", arrays, shape, dtype, axis=axis)

    def stack(self, arrays: Sequence[Any], axis: int = 0) -> Reference:
        return self.concat([self.expand_dims(reference(x), axis) for x in arrays], axis % (arrays[0].ndim + 1))

    def take(self, x: Reference, places: Any, axis: int | None = None) -> Reference:
        places, axis = self.astype(places, np.int64), (0 if axis is None else axis % x.ndim)
        shape = (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])
        return written("Gather", [x, places], shape, x.dtype, axis=axis)

    def take_along_axis(self, x: Reference, places: Any, axis: int = -1) -> Reference:
        places, axis = self.astype(places, np.int64), axis % x.ndim
        shape = np.broadcast_shapes(
            *(tuple(1 if i == axis else n for i, n in enumerate(each.shape)) for each in (x, places))
        )
        x = self.broadcast_to(x, tuple(x.shape[i] if i == axis else n for i, n in enumerate(shape)))
        places = self.broadcast_to(places, tuple(places.shape[i] if i == axis else n for i, n in enumerate(shape)))
        return written("GatherElements", [x, places], places.shape, x.dtype, axis=axis)

    def tril(self, x: Reference, k: int = 0) -> Reference:
        return self.where(constant(np.tri(x.shape[-2], x.shape[-1], k, dtype=bool)), x, 0)

    def triu(self, x: Reference, k: int = 0) -> Reference:
        return self.where(constant(np.tri(x.shape[-2], x.shape[-1], k - 1, dtype=bool)), 0, x)

    # Products, sums along an axis, order.

    def matmul(self, x: Any, y: Any) -> Any:
        (x, y), dtype = _together(x, y)
        columns = y.shape[-1:] if y.ndim > 1 else ()
        shape = (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), *x.shape[-2:-1], *columns)
        if 0 in (x.size, y.size):
            return self.zeros(shape, dtype)
        return written("MatMul", [x, y], shape, dtype)

    def var(self, x: Reference, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        away = x - self.mean(x, axis, True)
        number = math.prod(x.shape[i] for i in _axes(x, axis))
        return self.sum(away * away, axis, keepdims) / float(number - correction)

    def cumulative_sum(self, x: Reference, axis: int | None = None, **_: Any) -> Reference:
        axis = 0 if axis is None else axis % x.ndim
        if x.dtype.kind in "bi":
            x = self.astype(x, np.int64)
        return written("CumSum", [x, constant(axis, np.int64)], x.shape, x.dtype)

    def cumulative_prod(self, x: Reference, axis: int | None = None, **_: Any) -> Reference:
        """In steps of 1, 2, 4, …: every entry times the one so many places before it."""
        axis, step = (0 if axis is None else axis % x.ndim), 1
        before = (slice(None),) * axis
        while step < x.shape[axis]:
            rest = x[(*before, slice(step, None), ...)] * x[(*before, slice(None, -step), ...)]
            x = self.concat([x[(*before, slice(None, step), ...)], rest], axis)
            step *= 2
        return x

    def _ordered(self, x: Reference, axis: int, descending: bool, part: int) -> Reference:
        axis %= x.ndim
        count = x.shape[axis]
        inputs = (x.name, integers(count).name)
        attributes = {"axis": axis, "largest": int(descending), "sorted": 1}
        names = WRITER.get().emit_several("TopK", inputs, attributes, 2)
        return Reference(names[part], x.shape, np.dtype(np.int64) if part else x.dtype)

    def sort(self, x: Reference, axis: int = -1, descending: bool = False, stable: bool = True) -> Reference:
        return self._ordered(x, axis, descending, 0)

    def argsort(self, x: Reference, axis: int = -1, descending: bool = False, stable: bool = True) -> Reference:
        return self._ordered(x, axis, descending, 1)

    def argmax(self, x: Reference, axis: int = -1, keepdims: bool = False) -> Reference:
        axis %= x.ndim
        shape = [1 if i == axis else n for i, n in enumerate(x.shape) if keepdims or i != axis]
        return written("ArgMax", [x], shape, np.int64, axis=axis, keepdims=int(keepdims))

    def searchsorted(self, x: Reference, values: Reference, side: str = "left", sorter: Any = None) -> Any:
        """How many entries lie before each value."""
        before = self.less if side == "left" else self.less_equal
        return self.sum(before(self.expand_dims(x, 0), self.expand_dims(values, 1)), axis=1)

    def __getattr__(self, name: str) -> Any:
        if name in ("bool", "int32", "int64", "float32", "float64"):  # not sooner, for NumPy is imported by that
            return np.dtype(name)
        if name in ("linalg", "fft"):
            raise InterchangeError("ONNX has no decompositions of matrices, and no transforms in double precision")
        raise InterchangeError(f"ONNX has no operator for {name}, and it is not written by others")


xp: Any = _Functions()

"""Which function computes an operation into an array that is there already. The only place where kernels are chosen.

BLAS does the products of matrices. A kernel passes once over memory where NumPy would pass several times; where one
ufunc does it all, that is as fast, or faster (exponentials). What is not here is computed by the operation's own
formula and copied.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.compiling.arrays.assembling import Assembly
from inversa.autograd.compiling.arrays.fusion import Fusion
from inversa.autograd.lazy import LazyModule, np
from inversa.autograd.ops.losses import check_labels
from inversa.autograd.ops.products import product_into
from inversa.autograd.ops.shaping import is_basic

if TYPE_CHECKING:
    from inversa.autograd.compiling.arrays.trace import ArraySymbol
    from inversa.autograd.kernels import compiling, cross_entropy, elementary, layers
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import
    cross_entropy = LazyModule("inversa.autograd.kernels.cross_entropy")
    elementary = LazyModule("inversa.autograd.kernels.elementary")
layers = LazyModule("inversa.autograd.kernels.layers")


class Kernel(NamedTuple):
    """``function(*inputs, out)`` fills ``out``, which is none of the inputs.

    (A kernel that overwrites what it reads was tried: it is not vectorised, and takes up to 30 times as long.)

    Attributes
    ----------
    function : callable
    flat : bool
        Whether it takes one-dimensional arrays, whatever their shapes were.
    contiguous : bool
        Whether it takes contiguous arrays alone.
    tall : bool
        Whether it takes matrices: of arrays of more axes the rows, all below one another.
    """

    function: Callable[..., Any]
    flat: bool = False
    contiguous: bool = True
    tall: bool = False

    def laid_out(self, array: Any) -> Any:
        """A contiguous array as the function takes it."""
        if self.flat:
            return array.reshape(-1)
        if self.tall and array.ndim > 2:
            return array.reshape(prod(array.shape[:-1]), array.shape[-1])
        return array


# Entry by entry, by one ufunc. `out` is positional: keywords cost time.
_UFUNCS = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide", "negative": "negative",
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "tanh": "tanh", "abs": "absolute",
}  # fmt: skip
# The same by a kernel, for the types for which it is faster (sine and cosine of float64: 12 times).
_ROWS = {
    "sigmoid": "fd", "softplus": "d", "sin": "d", "cos": "d", "exp": "d", "expm1": "d", "tanh": "d",
}  # fmt: skip

MOST_CLASSES = 32  # with more, NumPy's vectorised exponentials win: 81 classes take the kernel 87 µs, NumPy 43


def kernel(node: ArraySymbol) -> Kernel | None:
    """How a node's operation fills an array; None for by its formula."""
    op, inputs = node.op, node.inputs
    if isinstance(op, Assembly):
        return Kernel(op.fill, contiguous=False)
    if isinstance(op, Fusion):
        many = op.labels and inputs[0 if op.name == "cross_entropy" else 1].shape[-1] > MOST_CLASSES
        if many or not compiling.HAS_NUMBA:
            return None
        if op.name == "cross_entropy":
            return Kernel(_checked_losses)
        if op.name == "through_cross_entropy":
            return Kernel(cross_entropy.gradient)
        return Kernel(getattr(layers, op.name), flat=op.elementwise, tall=op.rows)
    if node.dtype.char in _ROWS.get(op.name, "") and compiling.HAS_NUMBA:
        return Kernel(getattr(elementary, f"{op.name}_into"), flat=True)
    if op.name in _UFUNCS:
        return Kernel(getattr(np, _UFUNCS[op.name]), contiguous=False)
    if op.name == "matmul" and all(x.ndim > 1 and x.dtype == node.dtype for x in inputs):
        # Of two matrices: dot takes less time to get going.
        return Kernel(np.dot if node.ndim == 2 else product_into, contiguous=False)
    if op.name in ("sum", "mean") and node.shape == () and _is_summed(node):
        return Kernel(layers.mean if op.name == "mean" else layers.total, flat=True)
    if op.name == "sum_to" and inputs[0].ndim > 1 and node.shape == inputs[0].shape[-1:] and _is_summed(node):
        return Kernel(layers.column_sums, tall=True)
    if op.name == "softmax" and node.ndim > 1 and _is_along_rows(node) and _is_summed(node):
        return Kernel(_softmax, tall=True)
    return None


def _is_summed(node: ArraySymbol) -> bool:
    """Whether there are kernels for these numbers: for float32 and float64, where there is Numba."""
    return node.dtype.char in "fd" and node.inputs[0].dtype == node.dtype and compiling.HAS_NUMBA


def _is_along_rows(node: ArraySymbol) -> bool:
    """Whether the operation's axis is the last one, and has entries."""
    return (node.params or {})["axis"] in (-1, node.ndim - 1) and node.size > 0


def _softmax(x: Any, out: Any) -> None:
    """The exponentials by NumPy, which has vector instructions of float32 for them."""
    layers.shift(x, out)
    np.exp(out, out)
    layers.share(out)


def _checked_losses(z: Any, labels: Any, out: Any) -> None:
    if cross_entropy.losses(z, labels, out) >= 0:
        check_labels(labels, z.shape[-1])


def view(node: ArraySymbol) -> Callable[[Any], Any] | None:
    """What an operation that only looks at its array in another way does to it; None for other operations."""
    name, params = node.op.name, node.params or {}
    if name == "transpose":
        return partial(np.transpose, axes=params["axes"])
    if name == "reshape":
        return partial(np.reshape, shape=node.shape)
    if name == "broadcast_to":
        return partial(np.broadcast_to, shape=node.shape)
    if name == "getitem" and node.shape and is_basic(params["index"]):  # a single entry would be a copy
        return itemgetter(params["index"])
    return None

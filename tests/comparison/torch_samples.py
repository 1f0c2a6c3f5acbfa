"""The samples with which PyTorch tests its own operators, given to this engine: values and gradients, side by side.

    python -P tests/comparison/torch_samples.py [OPERATORS ...] [--most 300]

PyTorch and expecttest are to be installed; without OPERATORS, such as `nn.functional.elu`, all that have a counterpart
are tried, each with at most 300 of its samples. `OURS` has the counterparts, with PyTorch's arguments: NumPy's
function, which calls our operation for a Tensor; ours; or what is written in a line with these. Everything is float64
and real. The gradient is that of a random weighted sum of the values.

A sample agrees; or its value or its gradient differs; or it is refused, with an error; or its function is not there.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy

from inversa import autograd
from inversa.autograd.trees import is_container, leaves, mapped

np: Any = numpy  # its functions take Tensors, which its types do not say
ours: Any = autograd

RTOL, ATOL = 1e-7, 1e-9
AGREES, VALUE, GRADIENT, CONVENTION = "agrees", "value differs", "gradient differs", "another convention"
REFUSED, NOT_THERE = "refused", "not there"
CONVENTIONS = {"linalg.norm.subgradients_at_zero": "the gradient of a norm is 0 at 0"}
UP_TO_SIGNS = ("linalg.eigh",)  # PyTorch's samples say what of the results is compared
Function = Callable[..., Any]

# PyTorch's name where NumPy has another one, for functions of arrays alone.
ELEMENTWISE = (
    "abs ceil cos cosh deg2rad exp exp2 expm1 floor log log10 log1p log2 positive rad2deg reciprocal sign sin sinc "
    "sinh sqrt square tan tanh trunc add mul:multiply sub:subtract true_divide:divide maximum minimum fmax fmin fmod "
    "remainder pow:power float_power hypot logaddexp logaddexp2 atan2:arctan2 acos:arccos acosh:arccosh asin:arcsin "
    "asinh:arcsinh atan:arctan atanh:arctanh neg:negative sgn:sign copysign max.binary:maximum min.binary:minimum "
    "clamp_min:maximum clamp_max:minimum dot vdot mv:matmul mm:matmul bmm:matmul matmul inner outer kron ravel hstack "
    "vstack dstack column_stack fliplr flipud real angle "
    "linalg.det linalg.slogdet linalg.inv linalg.solve linalg.matrix_power linalg.tensorinv "
    "linalg.multi_dot tile trace nan_to_num"
)
SPECIAL = (
    "erf erfc erfinv i0 digamma:psi lgamma:gammaln logit xlogy special.i1:i1 special.i0e:i0e special.i1e:i1e "
    "special.ndtr:ndtr special.log_ndtr:log_ndtr special.ndtri:ndtri special.entr:entr special.erfcx:erfcx "
    "special.xlog1py:xlog1py"
)
REDUCED: dict[str, Callable[[Any], Any]] = {
    "mean": lambda x: x.mean(), "sum": lambda x: x.sum(), "none": lambda x: x,
    "batchmean": lambda x: x.sum() / (x.shape[0] if x.ndim else 1),
}  # fmt: skip


def by_path(path: str) -> Function:
    """NumPy's function, looked up when it is called: some are newer than others."""

    def function(*args: Any, **kwargs: Any) -> Any:
        found: Any = np
        for name in path.split("."):
            found = getattr(found, name)
        return found(*args, **kwargs)

    return function


def special(name: str) -> Function:
    """Ours of SciPy's special functions."""

    def function(*args: Any) -> Any:
        for place in (getattr(ours, "special", None), ours):
            if hasattr(place, name):
                return getattr(place, name)(*args)
        raise TypeError(f"numpy.special.{name} has no gradient here")

    return function


def activation(name: str) -> Function:
    """Ours of that name."""

    def function(*args: Any, **kwargs: Any) -> Any:
        if not hasattr(ours, name):
            raise TypeError(f"numpy.{name} has no gradient here")
        return getattr(ours, name)(*args, **{key: x for key, x in kwargs.items() if key != "inplace"})

    return function


def over(reduce: Function, **fixed: Any) -> Function:
    """A reduction with PyTorch's words; an empty `dim` stands for all axes."""

    def reduction(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        if x.ndim == 0:
            dim = None
        axis = tuple(dim) if isinstance(dim, (list, tuple)) else dim
        return reduce(x, axis=None if axis == () else axis, keepdims=keepdim, **fixed)

    return reduction


def spread(statistic: Function) -> Function:
    """Variances and deviations, whose degrees of freedom PyTorch gives in three ways."""

    def reduction(x: Any, *args: Any, unbiased: bool = True, correction: Any = None, **kwargs: Any) -> Any:
        if args and isinstance(args[0], bool):
            unbiased, *args = args  # type: ignore[assignment]
        if len(args) > 1:
            args, unbiased, kwargs = args[:1], args[1], kwargs | ({"keepdim": args[2]} if len(args) > 2 else {})
        return over(statistic, correction=int(unbiased) if correction is None else correction)(x, *args, **kwargs)

    return reduction


def loss(of_errors: Function) -> Function:
    """A loss with PyTorch's `reduction`."""

    def function(x: Any, y: Any, *args: Any, reduction: str = "mean", **kwargs: Any) -> Any:
        return REDUCED[reduction](of_errors(x, y, *args, **kwargs))

    return function


def patches(x: Any, size: Any, stride: Any, padding: Any, dilation: Any, fill: float, ceil: bool = False) -> Any:
    """The windows of images with a rim, and with holes: shape (..., height, width of a window, rows, columns)."""
    widths, reaches = [], []
    for n, k, step, rim, hole in zip(x.shape[-2:], size, stride, padding, dilation, strict=True):
        rest = n + 2 * rim - hole * (k - 1) - 1
        count = (-(-rest // step) if ceil else rest // step) + 1
        count -= int(ceil and (count - 1) * step >= n + rim)  # none begins behind the rim
        reaches.append((count - 1) * step + hole * (k - 1) + 1)
        widths.append((rim, max(reaches[-1] - n - rim, 0)))
    x = ours.pad(x, [(0, 0)] * (x.ndim - 2) + widths, fill)[..., : reaches[0], : reaches[1]]
    if fill == -np.inf and set(dilation) == {1}:
        return ours.window_max(x, tuple(size), tuple(stride))[..., None, None, :, :]
    whole = ours.windows(x, tuple(hole * (k - 1) + 1 for k, hole in zip(size, dilation, strict=True)), tuple(stride))
    return whole[..., :: dilation[0], :: dilation[1], :, :]


def one_or_several(function: Function) -> Function:
    return lambda x: function(*x) if is_container(x) else function(x)


def pairs(*settings: Any) -> Any:
    return [(n, n) if isinstance(n, int) else tuple(n) * (2 // len(n)) for n in settings]


def pooled(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Max pooling of images."""
    size, step, rim, hole = pairs(kernel_size, stride or kernel_size, padding, dilation)
    return patches(x, size, step, rim, hole, -np.inf, ceil_mode).max((-4, -3))


def pooled_rows(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **kwargs: Any
) -> Any:
    """Max pooling of rows, as images of one row."""
    (_, size), (_, step), (_, rim), (_, hole) = pairs(kernel_size, stride or kernel_size, padding, dilation)
    return pooled(x[..., None, :], (1, size), (1, step), (0, rim), (1, hole), **kwargs)[..., 0, :]


def normalized(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    return x / ours.maximum(vector_norm(x, p, dim, True), eps)


def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Any:
    axis = tuple(dim) if isinstance(dim, (list, tuple)) else dim
    if ord == 2 and isinstance(axis, int) and x.ndim:
        return ours.norm(x, axis=axis, keepdims=keepdim)
    return np.linalg.vector_norm(x, axis=axis, keepdims=keepdim, ord=ord)


def masked(reduce: Function, fill: float) -> Function:
    """A reduction of the entries where a mask holds."""

    def reduction(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, mask: Any = None) -> Any:
        return over(reduce)(x if mask is None else ours.where(mask, x, fill), dim, keepdim)

    return reduction


def masked_mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, mask: Any = None) -> Any:
    counts = np.ones(x.shape) if mask is None else np.broadcast_to(mask, x.shape) * 1.0
    return masked(ours.sum, 0.0)(x, dim, keepdim, mask=mask) / over(np.sum)(counts, dim, keepdim)


def masked_norm(x: Any, ord: float = 2.0, dim: Any = None, keepdim: bool = False, *, mask: Any = None, **_: Any) -> Any:
    def reduce(y: Any, axis: Any, keepdims: bool) -> Any:
        return vector_norm(y, ord, axis, keepdims)

    return masked(reduce, np.inf if ord < 0 else 0.0)(x, dim, keepdim, mask=mask)


def symmetric(x: Any, half: str = "L") -> Any:
    """A matrix of which one half is read. PyTorch spreads the gradient over both, NumPy's functions have it in one."""
    triangle = np.tril(x.numpy()) if half == "L" else np.triu(x.numpy()).swapaxes(-1, -2)
    mean = (x + x.swapaxes(-1, -2)) / 2
    return mean + (triangle + np.tril(triangle, -1).swapaxes(-1, -2) - mean.numpy())


def up_to_signs(values: Any, vectors: Any) -> Any:
    return values, ours.abs(vectors)


def pinv(x: Any, rtol: Any = None, hermitian: bool = False, **_: Any) -> Any:
    if hermitian:
        raise ValueError("pinv has no hermitian=")
    return np.linalg.pinv(x) if rtol is None else np.linalg.pinv(x, rtol)


def clamped(x: Any, low: Any, high: Any) -> Any:
    if isinstance(low, ours.Node) or isinstance(high, ours.Node):
        x = x if low is None else ours.maximum(x, low)
        return x if high is None else ours.minimum(x, high)
    return ours.clip(x, low, high)


def cosine_similarity(x: Any, y: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    shape = np.broadcast_shapes(x.shape, y.shape)
    x, y = ours.broadcast_to(x, shape), ours.broadcast_to(y, shape)
    return (x * y).sum(dim) / (ours.maximum(vector_norm(x, 2, dim), eps) * ours.maximum(vector_norm(y, 2, dim), eps))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    return ours.where(beta * x > threshold, x, ours.softplus(beta * x) / beta)


def gaussian_nll(x: Any, y: Any, var: Any, full: bool = False, eps: float = 1e-6) -> Any:
    var = ours.maximum(var if var.shape in (x.shape, (*x.shape[:-1], 1)) else var[..., None], eps)
    return (ours.log(var) + (x - y) ** 2 / var) / 2 + (np.log(2 * np.pi) / 2 if full else 0)


def poisson_nll(x: Any, y: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8) -> Any:
    cost = ours.exp(x) - y * x if log_input else x - y * ours.log(x + eps)
    if full:
        stirling = y * ours.log(y) - y + ours.log(2 * np.pi * y) / 2
        cost = cost + ours.where(y > 1, stirling, 0.0)
    return cost


def solve_triangular(a: Any, b: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    a = np.triu(a, int(unitriangular)) if upper else np.tril(a, -int(unitriangular))
    a = a + np.eye(a.shape[-1]) if unitriangular else a
    if left:
        return np.linalg.solve(a, b)
    return np.linalg.solve(a.swapaxes(-1, -2), b.swapaxes(-1, -2)).swapaxes(-1, -2)


def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    size, dilation, padding, stride = pairs(kernel_size, dilation, padding, stride)
    columns = patches(x, size, stride, padding, dilation, 0.0)
    return ours.reshape(columns, (*x.shape[:-3], int(np.prod(columns.shape[-5:-2])), int(np.prod(columns.shape[-2:]))))


def layer_norm(x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    axes = tuple(range(-len(shape), 0))
    y = (x - x.mean(axes, keepdims=True)) / ours.sqrt(x.var(axes, keepdims=True) + eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


OURS: dict[str, Function] = {
    **{name: by_path(numpys or name) for name, _, numpys in (pair.partition(":") for pair in ELEMENTWISE.split())},
    **{name: special(scipys or name) for name, _, scipys in (pair.partition(":") for pair in SPECIAL.split())},
    # arithmetic
    "add": lambda x, y, alpha=1: x + alpha * y,
    "sub": lambda x, y, alpha=1: x - alpha * y,
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "__radd__": lambda x, y: y + x,
    "__rsub__": lambda x, y: y - x,
    "__rmul__": lambda x, y: y * x,
    "__rdiv__": lambda x, y: y / x,
    "__rpow__": lambda x, y: y**x,
    "__rmod__": lambda x, y: y % x,
    "__rmatmul__": lambda x, y: y @ x,
    "div.no_rounding_mode": lambda x, y, rounding_mode=None: x / y,
    "div.floor_rounding": lambda x, y, rounding_mode: x // y,
    "div.trunc_rounding": lambda x, y, rounding_mode: np.trunc(x / y),
    "frac": lambda x: x - np.trunc(x),
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "lerp": lambda x, y, weight: x + weight * (y - x),
    "clamp": lambda x, min=None, max=None: clamped(x, min, max),
    "round": lambda x, decimals=0: np.round(x, decimals),
    "addcmul": lambda x, a, b, value=1: x + value * a * b,
    "addcdiv": lambda x, a, b, value=1: x + value * a / b,
    "addmm": lambda x, a, b, beta=1, alpha=1: beta * x + alpha * (a @ b),
    "addmv": lambda x, a, b, beta=1, alpha=1: beta * x + alpha * (a @ b),
    "baddbmm": lambda x, a, b, beta=1, alpha=1: beta * x + alpha * (a @ b),
    "addbmm": lambda x, a, b, beta=1, alpha=1: beta * x + alpha * (a @ b).sum(0),
    "addr": lambda x, a, b, beta=1, alpha=1: beta * x + alpha * np.outer(a, b),
    "einsum": lambda operands, equation: ours.einsum(equation, *operands),
    "tensordot": lambda x, y, dims=2: np.tensordot(x, y, dims),
    "linalg.vecdot": lambda x, y, dim=-1: (x * y).sum(dim),
    "cross": lambda x, y, dim=-1: np.cross(x, y, axis=dim),
    "linalg.cross": lambda x, y, dim=-1: np.cross(x, y, axis=dim),
    "polygamma": lambda x, n: special("polygamma")(n, x),
    "where": lambda x, condition, y: ours.where(condition, x, y),
    "clone": lambda x, **_: x.copy(),
    "sigmoid": ours.sigmoid,
    # reductions
    "sum": over(ours.sum), "mean": over(ours.mean), "prod": over(ours.prod), "amax": over(ours.max),
    "amin": over(ours.min), "logsumexp": over(ours.logsumexp), "max.reduction_no_dim": over(ours.max),
    "min.reduction_no_dim": over(ours.min), "max.reduction_with_dim": over(ours.max),
    "min.reduction_with_dim": over(ours.min), "nansum": over(by_path("nansum")), "nanmean": over(by_path("nanmean")),
    "var": spread(ours.var), "std": spread(ours.std), "var.unbiased": spread(ours.var),
    "std.unbiased": spread(ours.std),
    "aminmax": lambda x, dim=None, keepdim=False: (over(ours.min)(x, dim, keepdim), over(ours.max)(x, dim, keepdim)),
    "var_mean": lambda x, dim=None, **kw: (spread(ours.var)(x, dim, **kw), over(ours.mean)(
        x, None if isinstance(dim, bool) else dim, kw.get("keepdim", False))),
    "std_mean": lambda x, dim=None, **kw: (spread(ours.std)(x, dim, **kw), over(ours.mean)(
        x, None if isinstance(dim, bool) else dim, kw.get("keepdim", False))),
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False, dtype=None: vector_norm(x, ord, dim, keepdim),
    "linalg.matrix_norm": lambda x, ord="fro", dim=(-2, -1), keepdim=False, dtype=None: np.linalg.norm(
        x, ord, tuple(dim), keepdim),
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False, dtype=None: np.linalg.norm(x, ord, dim, keepdim),
    "dist": lambda x, y, p=2: vector_norm(x - y, p, None),
    "cdist": lambda x, y, p=2.0, compute_mode=None: vector_norm(x[..., :, None, :] - y[..., None, :, :], p, -1),
    "masked.sum": masked(ours.sum, 0.0), "masked.prod": masked(ours.prod, 1.0),
    "masked.amax": masked(ours.max, -np.inf),
    "masked.amin": masked(ours.min, np.inf), "masked.logsumexp": masked(ours.logsumexp, -np.inf),
    "masked.mean": masked_mean,
    "masked.norm": masked_norm,
    "quantile": lambda x, q, dim=None, keepdim=False, interpolation="linear": np.quantile(
        x, q, axis=dim, method=interpolation, keepdims=keepdim),
    # along an axis
    "cumsum": lambda x, dim, dtype=None: np.cumsum(x, dim),
    "cumprod": lambda x, dim, dtype=None: np.cumprod(x, dim),
    "diff": lambda x, n=1, dim=-1, prepend=None, append=None: np.diff(
        x, n, dim, **{key: y for key, y in (("prepend", prepend), ("append", append)) if y is not None}),
    "sort": lambda x, dim=-1, descending=False, stable=False: (
        np.flip(np.sort(x, dim), dim) if descending else np.sort(x, dim)),
    "msort": lambda x: np.sort(x, 0),
    "softmax": lambda x, dim, dtype=None: ours.softmax(x, dim),
    "log_softmax": lambda x, dim, dtype=None: ours.log_softmax(x, dim),
    "nn.functional.softmin": lambda x, dim, dtype=None: ours.softmax(-x, dim),
    "trapezoid": lambda y, x=None, dx=1.0, dim=-1: np.trapezoid(y, x, dx, dim),
    "gradient": lambda x, spacing=1, dim=None, edge_order=1: np.gradient(
        x, *(spacing if isinstance(spacing, (list, tuple)) else [spacing]),
        axis=None if dim is None else tuple(np.atleast_1d(dim).tolist()),
        edge_order=edge_order),
    # shapes
    "reshape": lambda x, shape: ours.reshape(x, shape), "view": lambda x, shape: ours.reshape(x, shape),
    "reshape_as": lambda x, y: ours.reshape(x, y.shape), "view_as": lambda x, y: ours.reshape(x, y.shape),
    "unflatten": lambda x, dim, sizes: ours.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim % x.ndim + 1 :])),
    "permute": lambda x, dims: ours.transpose(x, dims), "transpose": lambda x, i, j: x.swapaxes(i, j) if x.ndim else x,
    "T": lambda x: x.T, "t": lambda x: x.T, "H": lambda x: x.T, "mT": lambda x: x.swapaxes(-1, -2),
    "mH": lambda x: x.swapaxes(-1, -2), "movedim": np.moveaxis, "unsqueeze": lambda x, dim: x.unsqueeze(dim),
    "squeeze": lambda x, dim=None: x if x.ndim == 0 else x.squeeze(
        dim if dim is None else tuple(i for i in ((dim,) if isinstance(dim, int) else dim) if x.shape[i] == 1)),
    "expand": lambda x, shape: ours.broadcast_to(x, [
        n if n != -1 else x.shape[i - (len(shape) - x.ndim)] for i, n in enumerate(shape)]),
    "expand_as": lambda x, y: ours.broadcast_to(x, y.shape), "broadcast_to": ours.broadcast_to,
    "broadcast_tensors": lambda x, *others: np.broadcast_arrays(x, *others),
    "flatten": lambda x, start_dim=0, end_dim=-1: x.reshape(1) if x.ndim == 0 else ours.reshape(
        x, (*x.shape[: start_dim % x.ndim], -1, *x.shape[end_dim % x.ndim + 1 :])),
    "cat": lambda xs, dim=0: ours.concatenate([x for x in xs if x.shape != (0,)] or xs, dim),
    "stack": lambda xs, dim=0: ours.stack(xs, dim), "repeat": lambda x, reps: np.tile(x, reps),
    "repeat_interleave": lambda x, repeats, dim=None, output_size=None: np.repeat(x, repeats, dim),
    "fft.fftshift": lambda x, dim=None: np.fft.fftshift(x, dim),
    "fft.ifftshift": lambda x, dim=None: np.fft.ifftshift(x, dim),
    "flip": lambda x, dims: np.flip(x, tuple(dims)), "rot90": lambda x, k=1, dims=(0, 1): np.rot90(x, k, tuple(dims)),
    "roll": lambda x, shifts, dims=None: np.roll(x, shifts, None if dims in (None, ()) else dims),
    "narrow": lambda x, dim, start, length: x[
        (slice(None),) * (dim % x.ndim) + (slice(int(start), int(start) + length),)],
    "select": lambda x, dim, index: x[(slice(None),) * (dim % x.ndim) + (index,)],
    "unbind": lambda x, dim=0: [x[(slice(None),) * (dim % x.ndim) + (i,)] for i in range(x.shape[dim])],
    "split": lambda x, size, dim=0: np.split(x, range(size, x.shape[dim], size), dim),
    "split.list_args": lambda x, sizes, dim=0: np.split(x, np.cumsum(sizes)[:-1], dim),
    "split_with_sizes": lambda x, sizes, dim=0: np.split(x, np.cumsum(sizes)[:-1], dim),
    "tensor_split": lambda x, parts, dim=0: np.array_split(x, np.asarray(parts).tolist(), dim),
    "hsplit": np.hsplit, "vsplit": np.vsplit, "dsplit": np.dsplit, "__getitem__": ours.getitem,
    "index_select": lambda x, dim, index: x[(slice(None),) * (dim % x.ndim) + (index,)] if x.ndim else x,
    "gather": lambda x, dim, index, sparse_grad=False: np.take_along_axis(x, index, dim),
    "take_along_dim": lambda x, index, dim=None: np.take_along_axis(x, index, dim),
    "take": lambda x, index: x.reshape(-1)[index],
    "masked_select": lambda x, mask: ours.broadcast_to(x, np.broadcast_shapes(x.shape, mask.shape))[
        np.broadcast_to(mask, np.broadcast_shapes(x.shape, mask.shape))],
    "masked_fill": lambda x, mask, value: ours.where(mask, value, x),
    "tril": lambda x, k=0: np.tril(x, k), "triu": lambda x, k=0: np.triu(x, k), "diag": lambda x, k=0: np.diag(x, k),
    "diagflat": lambda x, offset=0: np.diagflat(x, offset),
    "atleast_1d": one_or_several(np.atleast_1d), "atleast_2d": one_or_several(np.atleast_2d),
    "atleast_3d": one_or_several(np.atleast_3d),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: np.diagonal(x, offset, dim1, dim2),
    "meshgrid.list_of_tensors": lambda xs, indexing="ij": np.meshgrid(*xs, indexing=indexing),
    "constant_pad_nd": lambda x, widths, value=0: padded(x, widths, value),
    "nn.functional.pad.constant": lambda x, pad, mode="constant", value=0: padded(x, pad, value or 0),
    # linear algebra
    "linalg.eigh": lambda x, UPLO="L": up_to_signs(*np.linalg.eigh(symmetric(x, UPLO), UPLO)),
    "linalg.eigvalsh": lambda x, UPLO="L": np.linalg.eigvalsh(symmetric(x, UPLO), UPLO),
    "linalg.cholesky": lambda x, upper=False: np.linalg.cholesky(symmetric(x), upper=upper),
    "linalg.svdvals": lambda x, driver=None: np.linalg.svd(x, compute_uv=False),
    "linalg.qr": lambda x, mode="reduced": np.linalg.qr(x, mode),
    "linalg.pinv": pinv,
    "pinverse": lambda x, rcond=1e-15: np.linalg.pinv(x, rcond),
    "linalg.tensorsolve": lambda a, b, dims=None: np.linalg.tensorsolve(a, b, dims),
    "logdet": lambda x: ours.log(np.linalg.det(x)),
    "linalg.vander": lambda x, N=None: ours.stack([x**i for i in range(N or x.shape[-1])], -1),
    # networks
    "nn.functional.relu": activation("relu"), "nn.functional.softsign": lambda x: x / (1 + abs(x)),
    "nn.functional.leaky_relu": lambda x, negative_slope=0.01, inplace=False: ours.leaky_relu(x, negative_slope),
    "nn.functional.elu": lambda x, alpha=1.0, inplace=False: ours.elu(x, alpha),
    "nn.functional.celu": lambda x, alpha=1.0, inplace=False: alpha * ours.elu(x / alpha, 1.0),
    "nn.functional.softplus": softplus,
    "nn.functional.logsigmoid": lambda x: -ours.softplus(-x), "nn.functional.tanhshrink": lambda x: x - ours.tanh(x),
    "nn.functional.hardtanh": lambda x, min_val=-1.0, max_val=1.0, inplace=False: ours.clip(x, min_val, max_val),
    "nn.functional.relu6": lambda x, inplace=False: ours.clip(x, 0.0, 6.0),
    "nn.functional.hardsigmoid": lambda x, inplace=False: ours.clip(x + 3, 0.0, 6.0) / 6,
    "nn.functional.hardswish": lambda x, inplace=False: x * ours.clip(x + 3, 0.0, 6.0) / 6,
    "nn.functional.silu": activation("silu"), "nn.functional.mish": activation("mish"),
    "nn.functional.selu": activation("selu"), "nn.functional.gelu": activation("gelu"),
    "nn.functional.glu": lambda x, dim=-1: (lambda a, b: a * ours.sigmoid(b))(*np.split(x, 2, dim)),
    "nn.functional.threshold": lambda x, threshold, value, inplace=False: ours.where(x > threshold, x, value),
    "nn.functional.softshrink": lambda x, lambd=0.5: ours.relu(x - lambd) - ours.relu(-x - lambd),
    "nn.functional.hardshrink": lambda x, lambd=0.5: ours.where(abs(x) > lambd, x, 0.0),
    "nn.functional.linear": lambda x, w, b=None: x @ w.T if b is None else x @ w.T + b,
    "nn.functional.mse_loss": loss(lambda x, y: (x - y) ** 2), "nn.functional.l1_loss": loss(lambda x, y: abs(x - y)),
    "nn.functional.smooth_l1_loss": loss(lambda x, y, beta=1.0: huber(x - y, beta) / (beta or 1)),
    "nn.functional.huber_loss": loss(lambda x, y, delta=1.0: huber(x - y, delta)),
    "nn.functional.gaussian_nll_loss": loss(gaussian_nll), "nn.functional.poisson_nll_loss": loss(poisson_nll),
    "nn.functional.margin_ranking_loss": lambda x, y, target, margin=0.0, reduction="mean": REDUCED[reduction](
        ours.relu(-target * (x - y) + margin)),
    "nn.functional.hinge_embedding_loss": loss(lambda x, y, margin=1.0: ours.where(y == -1, 0.0, x) + ours.where(
        y == 1, 0.0, ours.relu(margin - x))),
    "nn.functional.binary_cross_entropy": loss(lambda p, y, weight=None: -(1 if weight is None else weight) * (
        y * ours.maximum(ours.log(p), -100.0) + (1 - y) * ours.maximum(ours.log1p(-p), -100.0))),
    "nn.functional.binary_cross_entropy_with_logits": loss(lambda x, y, weight=None, pos_weight=None: (
        1 if weight is None else weight) * ((1 if pos_weight is None else pos_weight) * y * ours.softplus(-x)
        + (1 - y) * ours.softplus(x))),
    "nn.functional.unfold": unfold, "linalg.solve_triangular": solve_triangular,
    "linalg.pinv.singular": lambda a, b: np.linalg.pinv(a @ b.swapaxes(-1, -2)),
    "nn.functional.pairwise_distance": lambda x, y, p=2.0, eps=1e-6, keepdim=False: vector_norm(
        x - y + eps, p, -1, keepdim),
    "nn.functional.pixel_shuffle": lambda x, upscale_factor: pixel_shuffle(x, upscale_factor),
    "nn.functional.soft_margin_loss": loss(lambda x, y: ours.log1p(ours.exp(-y * x))),
    "nn.functional.kl_div": loss(lambda x, y, log_target=False: (
        ours.exp(y) * (y - x) if log_target else y * (ours.log(y) - x))),
    "nn.functional.normalize": normalized, "nn.functional.layer_norm": layer_norm,
    "nn.functional.cosine_similarity": cosine_similarity,
    "nn.functional.embedding": lambda weight, index, **_: weight[index],
    "nn.functional.max_pool2d": pooled, "nn.functional.max_pool1d": pooled_rows,
}  # fmt: skip


def huber(error: Any, delta: float) -> Any:
    size = abs(error)
    return ours.where(size < delta, error**2 / 2, delta * (size - delta / 2)) if delta else size


def padded(x: Any, widths: Any, value: float) -> Any:
    """PyTorch's list begins with the last axis; a negative width cuts off."""
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2) + list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    x = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, x.shape, strict=True))]
    return ours.pad(x, [(max(a, 0), max(b, 0)) for a, b in pairs], value)


def pixel_shuffle(x: Any, r: int) -> Any:
    *batch, channels, height, width = x.shape
    cells = ours.reshape(x, (int(np.prod(batch)), channels // r**2, r, r, height, width))
    cells = ours.transpose(cells, (0, 1, 4, 2, 5, 3))
    return ours.reshape(cells, (*batch, channels // r**2, height * r, width * r))


class Outcome(NamedTuple):
    """What became of a sample."""

    kind: str
    why: str = ""


def compared(op: Any, sample: Any, ours_of_it: Function, torch: Any, generator: Any) -> Outcome | None:
    """One sample; None where PyTorch itself has no real gradient."""
    given: list[Any] = []  # what is differentiated by, as PyTorch's tensors

    def own(x: Any) -> Any:
        if isinstance(x, torch.Tensor) and x.requires_grad:
            given.append(x.detach().clone().requires_grad_())
            return given[-1]
        return x

    call = mapped(own, [sample.input, list(sample.args), sample.kwargs], is_container)
    found = op.op(call[0], *call[1], **call[2])
    found = sample.output_process_fn_grad(found) if op.name in UP_TO_SIGNS else found
    theirs = [y for y in leaves(found, is_container) if isinstance(y, torch.Tensor)]
    theirs = [y for y in theirs if y.dtype == torch.float64 and y.layout == torch.strided]
    if not given or not any(y.requires_grad for y in theirs):
        return None
    seeds = [torch.from_numpy(np.asarray(generator.standard_normal(tuple(y.shape)))) for y in theirs]
    total = sum((y * seed).sum() for y, seed in zip(theirs, seeds, strict=True) if y.requires_grad)
    slopes = torch.autograd.grad(total, given, materialize_grads=True)

    def function(*nodes: Any) -> Any:
        following = iter(nodes)

        def ours_for(x: Any) -> Any:
            if not isinstance(x, torch.Tensor):
                return x
            return next(following) if x.requires_grad else x.numpy(force=True)

        args = mapped(ours_for, call, is_container)
        values = leaves(ours_of_it(args[0], *args[1], **args[2]), is_container)
        if len(values) != len(theirs):
            raise TypeError(f"{len(values)} results instead of {len(theirs)}")
        return ours.concatenate([ours.reshape(y, (-1,)) for y in values])

    try:
        value, pullback = ours.vjp(function, *(x.numpy(force=True) for x in given))
        if not close(value, row(theirs)):
            return Outcome(VALUE, difference(value, row(theirs)))
        gradients = pullback(row(seeds))
    except Exception as error:
        kind = NOT_THERE if "has no gradient here" in str(error) else REFUSED
        return Outcome(kind, f"{type(error).__name__}: {' '.join(str(error).split())}")
    for mine, slope in zip(gradients, slopes, strict=True):
        if not close(mine, slope.numpy(force=True)):
            return Outcome(GRADIENT, difference(mine, slope.numpy(force=True)))
    return Outcome(AGREES)


def row(tensors: Any) -> Any:
    return np.concatenate([y.numpy(force=True).reshape(-1) for y in tensors])


def close(x: Any, y: Any) -> bool:
    return bool(np.shape(x) == np.shape(y) and np.allclose(x, y, RTOL, ATOL, equal_nan=True))


def difference(x: Any, y: Any) -> str:
    if np.shape(x) != np.shape(y):
        return f"shape {np.shape(x)}, not {np.shape(y)}"
    place = np.unravel_index(np.argmax(~np.isclose(x, y, RTOL, ATOL, equal_nan=True)), np.shape(x))
    return f"at {tuple(map(int, place))}: {np.asarray(x)[place]:.9g}, theirs {np.asarray(y)[place]:.9g}"


def operators(names: list[str]) -> Iterator[tuple[str, Any, Function]]:
    """PyTorch's operators that have a counterpart: their names, descriptions and counterparts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        database: Any = importlib.import_module("torch.testing._internal.common_methods_invocations")
    for op in database.op_db:
        name = f"{op.name}.{op.variant_test_name}".rstrip(".")
        found = OURS.get(name, OURS.get(op.name))
        if found is not None and op.supports_autograd and (not names or name in names or op.name in names):
            yield name, op, found


def main(arguments: list[str]) -> int:
    """Compare, and print what became of the samples."""
    torch: Any = importlib.import_module("torch")
    most = int(arguments[arguments.index("--most") + 1]) if "--most" in arguments else 300
    names = [x for x in arguments if not x.startswith("--") and not x.isdigit()]
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, op, found in operators(names):
        torch.manual_seed(0)
        generator = np.random.default_rng(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            samples = list(op.sample_inputs("cpu", torch.float64, requires_grad=True))
            chosen = sorted(generator.permutation(len(samples))[:most])
            found_out = [compared(op, samples[i], found, torch, generator) for i in chosen]
        for outcome in filter(None, found_out):
            if outcome.kind == GRADIENT and name in CONVENTIONS:
                outcome = Outcome(CONVENTION, CONVENTIONS[name])  # the same, in words
            outcomes[name][outcome.kind] += 1
            reasons[outcome.kind, name][outcome.why[:160]] += 1
    for (kind, name), whys in sorted(reasons.items()):
        if kind != AGREES:
            why, _ = whys.most_common(1)[0]
            print(f"{kind:18} {name}: {outcomes[name][kind]} of {outcomes[name].total()}  {why}")
    total = Counter(kind for counts in outcomes.values() for kind in counts.elements())
    print(f"\n{len(outcomes)} operators, {total.total()} samples")
    for kind, count in total.most_common():
        print(f"{kind:18} {count}")
    return int(bool(total[VALUE] or total[GRADIENT]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

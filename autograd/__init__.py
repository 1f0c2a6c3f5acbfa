"""The engine: Values and Tensors that record a graph, and the inverse network that gives their gradients."""

import importlib
from typing import TYPE_CHECKING, Any

if __name__ != "inversa.autograd":
    raise ImportError("not a package of its own: install the project and write `import inversa.autograd`")

from inversa.autograd import fft, linalg
from inversa.autograd.anomaly import AnomalyError
from inversa.autograd.batching import vmap
from inversa.autograd.checking import GradientError, gradcheck
from inversa.autograd.choosing import take
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.function import Compiled, jit
from inversa.autograd.graph import Edge, Graph
from inversa.autograd.inverse import Element, InverseNetwork, LawError, Wire
from inversa.autograd.mode import detect_anomaly, no_grad, part
from inversa.autograd.node import Node
from inversa.autograd.ops.activations import (
    elu,
    hard_tanh,
    hardtanh,
    leaky_relu,
    log_sigmoid,
    logaddexp,
    logaddexp2,
    logit,
    relu,
    selu,
    sigmoid,
    softplus,
    step,
    tanh,
)
from inversa.autograd.ops.arithmetic import abs as abs
from inversa.autograd.ops.arithmetic import (
    add,
    clip,
    copysign,
    divide,
    fmax,
    fmin,
    heaviside,
    maximum,
    minimum,
    multiply,
    negative,
    positive,
    sign,
    subtract,
    where,
)
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.convolution import convolve, correlate
from inversa.autograd.ops.covariance import corrcoef, cov, polyval
from inversa.autograd.ops.cumulative import cumprod, cumsum, nancumprod, nancumsum
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.differences import diff, ediff1d, gradient, interp, trapezoid
from inversa.autograd.ops.einsum import einsum
from inversa.autograd.ops.elementary import (
    cbrt,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    power,
    reciprocal,
    sqrt,
    square,
)
from inversa.autograd.ops.error_functions import erf, erfc
from inversa.autograd.ops.gates import gelu, mish, silu, swish
from inversa.autograd.ops.grids import geomspace, linspace, logspace, meshgrid
from inversa.autograd.ops.held import asarray
from inversa.autograd.ops.hyperbolic import arccosh, arcsinh, arctanh, cosh, sinh
from inversa.autograd.ops.joining import (
    append,
    array_split,
    column_stack,
    delete,
    dsplit,
    dstack,
    hsplit,
    hstack,
    insert,
    split,
    unstack,
    vsplit,
    vstack,
)
from inversa.autograd.ops.losses import softmax_cross_entropy, softmax_minus_target
from inversa.autograd.ops.matrices import diag, diagflat, diagonal, trace, tril, triu, vander
from inversa.autograd.ops.means import average, nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar, ptp
from inversa.autograd.ops.operation import Example, Operation
from inversa.autograd.ops.ordering import argsort, median, partition, percentile, quantile, sort, take_along_axis
from inversa.autograd.ops.padding import pad
from inversa.autograd.ops.products import matmul
from inversa.autograd.ops.rearranging import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    copy,
    expand_dims,
    flip,
    fliplr,
    flipud,
    full_like,
    moveaxis,
    ravel,
    repeat,
    resize,
    roll,
    rollaxis,
    rot90,
    squeeze,
    swapaxes,
    tile,
)
from inversa.autograd.ops.reductions import max as max
from inversa.autograd.ops.reductions import mean, norm, prod, std, var
from inversa.autograd.ops.reductions import min as min
from inversa.autograd.ops.reductions import sum as sum
from inversa.autograd.ops.rounding import ceil, floor, floor_divide, fmod, modf, remainder, trunc
from inversa.autograd.ops.rounding import round as round
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.selecting import choose, compress, extract, nan_to_num, select
from inversa.autograd.ops.shaping import (
    astype,
    broadcast_to,
    concatenate,
    getitem,
    reshape,
    scatter,
    stack,
    sum_to,
    transpose,
)
from inversa.autograd.ops.softmax import log_softmax, logsumexp, softmax
from inversa.autograd.ops.tensor_products import (
    cross,
    dot,
    inner,
    kron,
    matrix_transpose,
    matvec,
    outer,
    tensordot,
    vdot,
    vecdot,
    vecmat,
)
from inversa.autograd.ops.trigonometry import (
    arccos,
    arcsin,
    arctan,
    arctan2,
    cos,
    deg2rad,
    hypot,
    rad2deg,
    sin,
    sinc,
    tan,
)
from inversa.autograd.ops.windows import fold, to_window_max, window_max, windows
from inversa.autograd.tensor import Tensor
from inversa.autograd.transforms import grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, value_and_grad, vjp
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from inversa.autograd import special as special
    from inversa.autograd import stats as stats

__all__ = [
    # nodes
    "Node", "Value", "Tensor", "asarray", "Graph", "Edge", "no_grad", "part", "detect_anomaly", "AnomalyError",
    # the inverse network
    "InverseNetwork", "Element", "Wire", "Rule", "LawError",
    # transforms and their checking
    "grad", "value_and_grad", "vjp", "jvp", "jacobian", "jacfwd", "jacrev", "hessian", "hvp", "vmap",
    "gradcheck", "GradientError",
    # compiled execution
    "jit", "Compiled", "TracingError",
    # operations
    "operation", "Operation", "Example", "composed",
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "negative", "power", "sign",
    "floor", "ceil", "trunc", "fmod", "modf", "copysign", "positive", "heaviside",
    "maximum", "minimum", "fmax", "fmin", "clip", "where", "take",
    "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2",
    "sqrt", "cbrt", "square", "reciprocal",
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "hypot", "sinc", "deg2rad", "rad2deg",
    "sinh", "cosh", "arcsinh", "arccosh", "arctanh",
    "tanh", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "selu", "step",
    "gelu", "silu", "swish", "mish", "hard_tanh", "hardtanh", "log_sigmoid", "logit", "erf", "erfc",
    "mean", "prod", "var", "std", "norm", "logsumexp", "softmax", "log_softmax",
    "matmul", "einsum", "tensordot", "dot", "inner", "outer", "vdot", "vecdot", "matvec", "vecmat", "kron", "cross",
    "convolve", "correlate", "trace", "diagonal", "diag", "diagflat", "tril", "triu", "vander", "matrix_transpose",
    "softmax_cross_entropy", "softmax_minus_target",
    "transpose", "reshape", "broadcast_to", "sum_to", "concatenate", "stack", "getitem", "scatter", "astype",
    "cumsum", "cumprod", "nancumsum", "nancumprod", "diff", "ediff1d", "gradient", "trapezoid", "interp",
    "sort", "argsort", "partition", "take_along_axis", "median", "quantile", "percentile",
    "ravel", "squeeze", "expand_dims", "swapaxes", "moveaxis", "flip", "fliplr", "flipud", "rot90", "roll", "tile",
    "repeat", "resize", "rollaxis", "copy", "full_like", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays",
    "hstack", "vstack", "dstack", "column_stack", "append", "insert", "delete", "unstack", "meshgrid",
    "linspace", "logspace", "geomspace",
    "split", "array_split", "hsplit", "vsplit", "dsplit",
    "select", "choose", "compress", "extract", "nan_to_num",
    "average", "ptp", "cov", "corrcoef", "polyval",
    "nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd",
    "pad", "windows", "fold", "window_max", "to_window_max",
    # groups of operations
    "linalg", "fft", "special", "stats",
]  # fmt: skip

# Not in __all__, so that `from inversa.autograd import *` leaves Python's own functions alone.
LIKE_PYTHONS = ["abs", "max", "min", "round", "sum"]


if not TYPE_CHECKING:  # which would let every name pass

    def __getattr__(name: str) -> Any:
        """Load the special functions and distributions when they are first used: few programs need them."""
        if name in ("special", "stats"):
            return importlib.import_module(f"inversa.autograd.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *LIKE_PYTHONS]

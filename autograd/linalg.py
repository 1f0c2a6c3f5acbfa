"""Linear algebra: the functions of ``numpy.linalg``, with derivatives of every order.

    from inversa.autograd import linalg
    y = linalg.solve(a, b)

NumPy's own functions, such as ``numpy.linalg.solve``, become these where a Tensor is among their arguments. All take
stacks of matrices: the last two axes are a matrix's.
"""

from inversa.autograd.ops.decompositions import EighResult, QRResult, SVDResult, eigh, eigvalsh, qr, svd, svdvals
from inversa.autograd.ops.inverses import (
    SlogdetResult,
    cholesky,
    cofactors,
    det,
    inv,
    matrix_power,
    slogdet,
    solve,
)
from inversa.autograd.ops.norms import cond, matrix_norm, norm, vector_norm
from inversa.autograd.ops.products import matmul
from inversa.autograd.ops.stacks import diagonal, multi_dot, outer, trace
from inversa.autograd.ops.systems import lstsq, pinv, tensorinv, tensorsolve
from inversa.autograd.ops.tensor_products import cross, matrix_transpose, tensordot, vecdot

__all__ = [
    # inverses, systems, determinants
    "inv", "pinv", "solve", "lstsq", "tensorsolve", "tensorinv", "det", "slogdet", "cofactors",
    # decompositions
    "cholesky", "qr", "eigh", "eigvalsh", "svd", "svdvals",
    # norms
    "norm", "vector_norm", "matrix_norm", "cond",
    # powers and products
    "matrix_power", "multi_dot", "matmul", "tensordot", "vecdot", "outer", "cross",
    # parts
    "diagonal", "trace", "matrix_transpose",
    # results
    "EighResult", "QRResult", "SVDResult", "SlogdetResult",
]  # fmt: skip

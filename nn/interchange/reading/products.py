"""Products of matrices and of tensors."""

from __future__ import annotations

from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, bounded, is_float


@operator("MatMul")
def matmul(a: Any, b: Any) -> Any:
    """As Python's a @ b."""
    if a.ndim and b.ndim:
        stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        bounded([*stack, *a.shape[-2:-1], *b.shape[-1:]])
    return ag.matmul(a, b)


@operator("Gemm")
def gemm(
    a: Any,
    b: Any,
    c: Any = None,
    *,
    alpha: float,
    beta: float,
    transA: int,
    transB: int,
) -> Any:
    """α a b + β c for matrices, transposed or not."""
    if a.ndim != 2 or b.ndim != 2:
        raise InterchangeError(f"Gemm multiplies matrices, not {a.shape} and {b.shape}")
    a = ag.transpose(a) if allowed("transA", transA, (0, 1)) else a
    b = ag.transpose(b) if allowed("transB", transB, (0, 1)) else b
    shape = bounded([a.shape[0], b.shape[1]])
    if not is_float(a) and (alpha != 1 or beta != 1):
        raise InterchangeError("whole numbers are not multiplied by alpha and beta")
    y = ag.matmul(a, b)
    y = y * alpha if alpha != 1 else y
    if c is None:
        return y
    if np.broadcast_shapes(shape, c.shape) != shape:
        raise InterchangeError(f"{c.shape} is not added to {shape}")
    return y + (c * beta if beta != 1 else c)


@operator("Einsum")
def einsum(*xs: Any, equation: str) -> Any:
    """As NumPy's, with letters."""
    letters = equation.replace(" ", "")
    inputs, arrow, output = letters.partition("->")
    terms = inputs.split(",")
    if len(terms) == len(xs) and "." not in letters and all(len(t) == x.ndim for t, x in zip(terms, xs, strict=True)):
        length = {a: n for t, x in zip(terms, xs, strict=True) for a, n in zip(t, x.shape, strict=True)}
        known = output if arrow else "".join(a for a in length if inputs.count(a) == 1)
        bounded([length.get(a, 1) for a in (known if len(xs) < 3 else length)])
    else:
        bounded([prod(x.shape) for x in xs])
    return ag.einsum(letters, *xs)


@operator("Det")
def determinant(x: Any) -> Any:
    """Of square matrices."""
    return ag.linalg.det(x)


@operator("MatMulInteger")
def matmul_of_integers(a: Any, b: Any, a_zero: Any = None, b_zero: Any = None) -> Any:
    """The product of what was quantised, as 32-bit integers; zeros belong to the rows of a and the columns of b."""
    a, b = a.astype(np.int32), b.astype(np.int32)
    if a_zero is not None:
        a = a - (a_zero[..., None] if a_zero.ndim == 1 and a_zero.size > 1 else a_zero).astype(np.int32)
    if b_zero is not None:
        b = b - b_zero.astype(np.int32)
    return matmul(a, b)

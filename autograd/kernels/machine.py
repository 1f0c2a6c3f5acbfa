"""The virtual machine: runs a tape over blocks of samples. Compiled once, for all tapes.

A tape is a table of numbers, one row an instruction: what to do, where the result goes, and where the operands are.
Samples lie side by side in the lanes of a register, so one instruction is read for a whole block of them.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

BLOCK = 128  # samples: a register then takes 1 kB, and many of them stay in the fastest cache

# Operand letters: R a register (one number a sample), U a number that is the same for all samples.
(
    SPLAT, ADD_RR, ADD_RU, SUB_RR, SUB_RU, SUB_UR, MUL_RR, MUL_RU, DIV_RR, DIV_RU, DIV_UR, NEG, EXP, EXPM1, LOG, LOG1P,
    SQRT, SIN, COS, TANH, ABS, SIGN, POW, MAXIMUM, MINIMUM, LT, LE, GT, GE, EQ, NE, WHERE, COMBINE, DOT, SUM,
) = range(35)  # fmt: skip


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def combine(terms, first, last, start, uniform, lanes, out, width):  # type: ignore[no-untyped-def]
    """The sum of products of uniform numbers and registers: what a neuron adds up. Four registers at a time."""
    for i in range(width):
        out[i] = start
    k = first
    while k + 4 <= last:
        u0, u1 = uniform[terms[k, 0]], uniform[terms[k + 1, 0]]
        u2, u3 = uniform[terms[k + 2, 0]], uniform[terms[k + 3, 0]]
        r0, r1, r2, r3 = lanes[terms[k, 1]], lanes[terms[k + 1, 1]], lanes[terms[k + 2, 1]], lanes[terms[k + 3, 1]]
        for i in range(width):
            out[i] += u0 * r0[i] + u1 * r1[i] + u2 * r2[i] + u3 * r3[i]
        k += 4
    while k < last:
        u0, r0 = uniform[terms[k, 0]], lanes[terms[k, 1]]
        for i in range(width):
            out[i] += u0 * r0[i]
        k += 1


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def dot(a, b, width):  # type: ignore[no-untyped-def]
    """Σ a·b over the lanes: the gradient of a weight."""
    total = 0.0
    for i in range(width):
        total += a[i] * b[i]
    return total


@njit(cache=True, error_model="numpy", fastmath={"reassoc"})
def total(a, width):  # type: ignore[no-untyped-def]
    """Σ a over the lanes."""
    result = 0.0
    for i in range(width):
        result += a[i]
    return result


@njit(cache=True, error_model="numpy")
def execute(code, terms, uniform, lanes, sums, width):  # type: ignore[no-untyped-def]
    """All instructions of a tape, for one block of ``width`` samples.

    Parameters
    ----------
    code : int64, shape (instructions, 5)
        What to do, the register of the result (or the place of a sum), and three operands.
    terms : int64, shape (terms, 2)
        The products of all `COMBINE`: places of the uniform number and of the register.
    uniform : float64, one-dimensional
    lanes : float64, shape (registers, lanes)
    sums : float64, one-dimensional
        What `DOT` and `SUM` add to.
    """
    for n in range(code.shape[0]):
        what, place, x, y, z = code[n, 0], code[n, 1], code[n, 2], code[n, 3], code[n, 4]
        if what == COMBINE:
            combine(terms, x, y, uniform[z], uniform, lanes, lanes[place], width)
        elif what == DOT:
            sums[place] += dot(lanes[x], lanes[y], width)
        elif what == SUM:
            sums[place] += total(lanes[x], width)
        elif what == MUL_RR:
            out, a, b = lanes[place], lanes[x], lanes[y]
            for i in range(width):
                out[i] = a[i] * b[i]
        elif what == MUL_RU:
            out, a, u = lanes[place], lanes[x], uniform[y]
            for i in range(width):
                out[i] = a[i] * u
        elif what == ADD_RR:
            out, a, b = lanes[place], lanes[x], lanes[y]
            for i in range(width):
                out[i] = a[i] + b[i]
        elif what == ADD_RU:
            out, a, u = lanes[place], lanes[x], uniform[y]
            for i in range(width):
                out[i] = a[i] + u
        elif what == SUB_RR:
            out, a, b = lanes[place], lanes[x], lanes[y]
            for i in range(width):
                out[i] = a[i] - b[i]
        elif what == SUB_RU:
            out, a, u = lanes[place], lanes[x], uniform[y]
            for i in range(width):
                out[i] = a[i] - u
        elif what == SUB_UR:
            out, u, b = lanes[place], uniform[x], lanes[y]
            for i in range(width):
                out[i] = u - b[i]
        elif what == DIV_RR:
            out, a, b = lanes[place], lanes[x], lanes[y]
            for i in range(width):
                out[i] = a[i] / b[i]
        elif what == DIV_RU:
            out, a, u = lanes[place], lanes[x], uniform[y]
            for i in range(width):
                out[i] = a[i] / u
        elif what == DIV_UR:
            out, u, b = lanes[place], uniform[x], lanes[y]
            for i in range(width):
                out[i] = u / b[i]
        elif what == NEG:
            out, a = lanes[place], lanes[x]
            for i in range(width):
                out[i] = -a[i]
        elif what == WHERE:
            out, c, a, b = lanes[place], lanes[x], lanes[y], lanes[z]
            for i in range(width):
                out[i] = a[i] if c[i] != 0.0 else b[i]
        elif what == SPLAT:
            out, u = lanes[place], uniform[x]
            for i in range(width):
                out[i] = u
        else:
            elementary(what, lanes[place], lanes[x], lanes[y], width)


@njit(cache=True, error_model="numpy")
def elementary(what, out, a, b, width):  # type: ignore[no-untyped-def]
    """The functions of one or two registers; a second operand that a function does not have is not looked at."""
    if what == EXP:
        for i in range(width):
            out[i] = math.exp(a[i])
    elif what == TANH:
        for i in range(width):
            out[i] = math.tanh(a[i])
    elif what == LOG:
        for i in range(width):
            out[i] = math.log(a[i]) if a[i] > 0.0 else (-math.inf if a[i] == 0.0 else math.nan)
    elif what == EXPM1:
        for i in range(width):
            out[i] = math.expm1(a[i])
    elif what == LOG1P:
        for i in range(width):
            out[i] = math.log1p(a[i]) if a[i] > -1.0 else (-math.inf if a[i] == -1.0 else math.nan)
    elif what == SQRT:
        for i in range(width):
            out[i] = math.sqrt(a[i]) if a[i] >= 0.0 else math.nan
    elif what == SIN:
        for i in range(width):
            out[i] = math.sin(a[i]) if math.isfinite(a[i]) else math.nan
    elif what == COS:
        for i in range(width):
            out[i] = math.cos(a[i]) if math.isfinite(a[i]) else math.nan
    elif what == ABS:
        for i in range(width):
            out[i] = abs(a[i])
    elif what == SIGN:
        for i in range(width):
            out[i] = 1.0 if a[i] > 0.0 else (-1.0 if a[i] < 0.0 else a[i] * 0.0)
    elif what == POW:
        for i in range(width):
            out[i] = a[i] ** b[i]
    elif what == MAXIMUM:
        for i in range(width):
            out[i] = a[i] if a[i] > b[i] or a[i] != a[i] else b[i]
    elif what == MINIMUM:
        for i in range(width):
            out[i] = a[i] if a[i] < b[i] or a[i] != a[i] else b[i]
    elif what == LT:
        for i in range(width):
            out[i] = 1.0 if a[i] < b[i] else 0.0
    elif what == LE:
        for i in range(width):
            out[i] = 1.0 if a[i] <= b[i] else 0.0
    elif what == GT:
        for i in range(width):
            out[i] = 1.0 if a[i] > b[i] else 0.0
    elif what == GE:
        for i in range(width):
            out[i] = 1.0 if a[i] >= b[i] else 0.0
    elif what == EQ:
        for i in range(width):
            out[i] = 1.0 if a[i] == b[i] else 0.0
    elif what == NE:
        for i in range(width):
            out[i] = 1.0 if a[i] != b[i] else 0.0


@njit(cache=True, error_model="numpy")
def run(code, terms, uniform, arguments, register_count, kept, results, sums):  # type: ignore[no-untyped-def]
    """A tape over all samples, block by block.

    Parameters
    ----------
    code, terms, uniform, sums
        As for `execute`.
    arguments : float64, shape (arguments, samples)
        Copied into the first registers.
    register_count : int
        How many registers the tape needs.
    kept : int64, shape (results,)
        The registers whose numbers are the results.
    results : float64, shape (results, samples)
        Filled.
    """
    samples = arguments.shape[1]
    lanes = np.empty((register_count, BLOCK))
    for start in range(0, samples, BLOCK):
        width = min(BLOCK, samples - start)
        for k in range(arguments.shape[0]):
            lanes[k, :width] = arguments[k, start : start + width]
        execute(code, terms, uniform, lanes, sums, width)
        for k in range(kept.shape[0]):
            results[k, start : start + width] = lanes[kept[k], :width]

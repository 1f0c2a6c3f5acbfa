"""The virtual machine: runs a tape over blocks of samples. Compiled once, for all tapes.

A tape is a table of numbers, one row an instruction: what to do, where the result goes, and where the operands are.
Samples lie side by side in the lanes of a register, so one instruction is read for a whole block of them.
"""

from __future__ import annotations

import math
from typing import Any

from inversa.autograd.kernels import elementary
from inversa.autograd.kernels.compiling import compiled

BLOCK = 128  # samples: a register then takes 1 kB, and many of them stay in the fastest cache

# Exponentials, logarithms and tanh are vectorised by `elementary`. The rarer functions are those of `math`: every
# vectorised one takes its time to compile, too.
# Operand letters: R a register (one number a sample), U a number that is the same for all samples. There are few mixed
# ones, and no greater-than, because every loop takes its time to compile: the tape spreads numbers and swaps operands.
(
    COMBINE, DOT, SUM, MUL_RR, MUL_RU, ADD_RR, ADD_RU, SUB_RR, DIV_RR, NEG, WHERE, SPLAT, LT, LE, EQ, MAXIMUM, MINIMUM,
    ABS, SIGN, SQRT, EXP, LOG, TANH, EXPM1, LOG1P, SIN, COS, POW,
) = range(28)  # fmt: skip


@compiled(fastmath={"contract", "reassoc"})
def combine(terms: Any, first: Any, last: Any, start: Any, uniform: Any, lanes: Any, out: Any, width: Any) -> Any:
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


@compiled(fastmath={"contract", "reassoc"})
def dot(a: Any, b: Any, width: Any) -> Any:
    """Σ a·b over the lanes: the gradient of a weight."""
    total = 0.0
    for i in range(width):
        total += a[i] * b[i]
    return total


@compiled(fastmath={"reassoc"})
def total(a: Any, width: Any) -> Any:
    """Σ a over the lanes."""
    result = 0.0
    for i in range(width):
        result += a[i]
    return result


@compiled()
def run(code: Any, terms: Any, uniform: Any, lanes: Any, arguments: Any, kept: Any, results: Any, sums: Any) -> Any:
    """A tape over all samples, block by block.

    Parameters
    ----------
    code : int64, shape (instructions, 5)
        What to do, the register of the result (or the place of a sum), and three operands.
    terms : int64, shape (terms, 2)
        The products of all `COMBINE`: places of the uniform number and of the register.
    uniform : float64, one-dimensional
    lanes : float64, shape (registers, lanes)
        As many samples are computed at a time as a register has lanes.
    arguments : float64, shape (arguments, samples)
        Copied into the first registers.
    kept : int64, shape (results,)
        The registers whose numbers are the results.
    results : float64, shape (results, samples)
        Filled.
    sums : float64, one-dimensional
        What `DOT` and `SUM` add to.
    """
    samples, block = arguments.shape[1], lanes.shape[1]
    for start in range(0, samples, block):
        width = min(block, samples - start)
        for k in range(arguments.shape[0]):
            for i in range(width):
                lanes[k, i] = arguments[k, start + i]
        for n in range(code.shape[0]):
            what, place, x, y, z = code[n, 0], code[n, 1], code[n, 2], code[n, 3], code[n, 4]
            if what == COMBINE:
                combine(terms, x, y, uniform[z], uniform, lanes, lanes[place], width)
                continue
            if what == DOT:
                sums[place] += dot(lanes[x], lanes[y], width)
                continue
            if what == SUM:
                sums[place] += total(lanes[x], width)
                continue
            out, a, b = lanes[place], lanes[x], lanes[y]  # not all operations look at all of them
            if what == MUL_RR:
                for i in range(width):
                    out[i] = a[i] * b[i]
            elif what == MUL_RU:
                for i in range(width):
                    out[i] = a[i] * uniform[z]
            elif what == ADD_RR:
                for i in range(width):
                    out[i] = a[i] + b[i]
            elif what == ADD_RU:
                for i in range(width):
                    out[i] = a[i] + uniform[z]
            elif what == SUB_RR:
                for i in range(width):
                    out[i] = a[i] - b[i]
            elif what == DIV_RR:
                for i in range(width):
                    out[i] = a[i] / b[i]
            elif what == NEG:
                for i in range(width):
                    out[i] = -a[i]
            elif what == WHERE:
                c = lanes[z]
                for i in range(width):
                    out[i] = b[i] if a[i] != 0.0 else c[i]
            elif what == SPLAT:
                for i in range(width):
                    out[i] = uniform[z]
            elif what == LT:
                for i in range(width):
                    out[i] = 1.0 if a[i] < b[i] else 0.0
            elif what == LE:
                for i in range(width):
                    out[i] = 1.0 if a[i] <= b[i] else 0.0
            elif what == EQ:
                for i in range(width):
                    out[i] = 1.0 if a[i] == b[i] else 0.0
            elif what == MAXIMUM:
                for i in range(width):
                    out[i] = a[i] if a[i] > b[i] or a[i] != a[i] else b[i]
            elif what == MINIMUM:
                for i in range(width):
                    out[i] = a[i] if a[i] < b[i] or a[i] != a[i] else b[i]
            elif what == ABS:
                for i in range(width):
                    out[i] = abs(a[i])
            elif what == SIGN:
                for i in range(width):
                    out[i] = 1.0 if a[i] > 0.0 else (-1.0 if a[i] < 0.0 else a[i] * 0.0)
            elif what == SQRT:
                for i in range(width):
                    out[i] = math.sqrt(a[i]) if a[i] >= 0.0 else math.nan
            elif what == EXP:
                for i in range(width):
                    out[i] = elementary.exp(a[i])
            elif what == LOG:
                for i in range(width):
                    out[i] = elementary.log(a[i])
            elif what == TANH:
                for i in range(width):
                    out[i] = elementary.tanh(a[i])
            elif what == EXPM1:
                for i in range(width):
                    out[i] = math.expm1(a[i])
            elif what == LOG1P:
                for i in range(width):
                    out[i] = elementary.log1p(a[i])
            elif what == SIN:
                for i in range(width):
                    out[i] = math.sin(a[i]) if abs(a[i]) < math.inf else math.nan
            elif what == COS:
                for i in range(width):
                    out[i] = math.cos(a[i]) if abs(a[i]) < math.inf else math.nan
            elif what == POW:
                for i in range(width):
                    out[i] = a[i] ** b[i]
        for k in range(kept.shape[0]):
            for i in range(width):
                results[k, start + i] = lanes[kept[k], i]

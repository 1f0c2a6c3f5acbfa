"""The virtual machine: runs a tape over blocks of samples. Compiled once, for all tapes.

A tape is a table of numbers, one row an instruction: what to do, where the result goes, and where the operands are.
Samples lie side by side in the lanes of a register, so one instruction is read for a whole block of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from inversa.autograd.kernels import elementary
from inversa.autograd.kernels.compiling import compiled

BLOCK = 128  # samples: a register then takes 1 kB, and many of them stay in the fastest cache
CHUNK = 1024  # samples that are summed up by themselves, a number of blocks
GROUP = 4  # terms of COMBINE and of DOTS that are computed at a time

# Every loop takes its time to compile, so there are few instructions: no subtraction, no greater-than, comparisons only
# together with a choice. What stands in the second line, and after it, is compiled when a program first needs it.
(
    COMBINE, DOTS, LINEAR, ADD, MUL, MULADD, SPLAT, LT, LE, MAXIMUM,
    EQ, DIV, EXP, TANH,
    MINIMUM, ABS, SIGN, SQRT, LOG, EXPM1, LOG1P, SIN, COS, POW,
    FLOOR_DIVIDE, REMAINDER, ROUND,
    TAN, ASIN, ACOS, ATAN, ATAN2, HYPOT, SINH, COSH, ASINH, ACOSH, ATANH, LOG2, LOG10, FLOOR, CEIL, TRUNC, COPYSIGN,
) = range(44)  # fmt: skip
FUNCTIONS, RARE, RAREST = EQ, MINIMUM, TAN  # where these lines begin


@compiled(fastmath={"contract", "reassoc"})
def combine(terms: Any, first: Any, last: Any, start: Any, uniform: Any, lanes: Any, out: Any, width: Any) -> Any:
    """The sum of products of uniform numbers and registers: what a neuron adds up. Four terms at a time."""
    for i in range(width):
        lanes[out, i] = start
    for k in range(first, last, GROUP):
        u0, u1 = uniform[terms[k, 0]], uniform[terms[k + 1, 0]]
        u2, u3 = uniform[terms[k + 2, 0]], uniform[terms[k + 3, 0]]
        r0, r1, r2, r3 = terms[k, 1], terms[k + 1, 1], terms[k + 2, 1], terms[k + 3, 1]
        for i in range(width):
            lanes[out, i] += u0 * lanes[r0, i] + u1 * lanes[r1, i] + u2 * lanes[r2, i] + u3 * lanes[r3, i]


@compiled(fastmath={"contract", "reassoc"})
def dots(terms: Any, first: Any, last: Any, x: Any, lanes: Any, sums: Any, row: Any, width: Any) -> Any:
    """Sums over the lanes of products of one register with others: gradients of weights. Four at a time."""
    for k in range(first, last, GROUP):
        r0, r1, r2, r3 = terms[k, 1], terms[k + 1, 1], terms[k + 2, 1], terms[k + 3, 1]
        s0 = s1 = s2 = s3 = 0.0
        for i in range(width):
            s0 += lanes[x, i] * lanes[r0, i]
            s1 += lanes[x, i] * lanes[r1, i]
            s2 += lanes[x, i] * lanes[r2, i]
            s3 += lanes[x, i] * lanes[r3, i]
        sums[row, terms[k, 0]] += s0
        sums[row, terms[k + 1, 0]] += s1
        sums[row, terms[k + 2, 0]] += s2
        sums[row, terms[k + 3, 0]] += s3


@compiled()
def rarely(what: Any, lanes: Any, out: Any, a: Any, b: Any, width: Any) -> Any:
    """The instructions of the last line, each by the C library."""
    for i in range(width):
        x, y = lanes[a, i], lanes[b, i]
        if what == TAN:
            lanes[out, i] = math.tan(x) if abs(x) < math.inf else math.nan
        elif what == ASIN:
            lanes[out, i] = math.asin(x) if abs(x) <= 1.0 else math.nan
        elif what == ACOS:
            lanes[out, i] = math.acos(x) if abs(x) <= 1.0 else math.nan
        elif what == ATAN:
            lanes[out, i] = math.atan(x)
        elif what == ATAN2:
            lanes[out, i] = math.atan2(x, y)
        elif what == HYPOT:
            lanes[out, i] = math.hypot(x, y)
        elif what == SINH:
            lanes[out, i] = math.sinh(x)
        elif what == COSH:
            lanes[out, i] = math.cosh(x)
        elif what == ASINH:
            lanes[out, i] = math.asinh(x)
        elif what == ACOSH:
            lanes[out, i] = math.acosh(x) if x >= 1.0 else math.nan
        elif what == ATANH:
            lanes[out, i] = math.atanh(x) if abs(x) < 1.0 else x / (1.0 - abs(x)) if abs(x) == 1.0 else math.nan
        elif what == LOG2:
            lanes[out, i] = math.log2(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)
        elif what == LOG10:
            lanes[out, i] = math.log10(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)
        elif what == FLOOR:
            lanes[out, i] = np.floor(x)
        elif what == CEIL:
            lanes[out, i] = np.ceil(x)
        elif what == TRUNC:
            lanes[out, i] = np.trunc(x)
        elif what == COPYSIGN:
            lanes[out, i] = math.copysign(x, y)


@compiled(nogil=True)
def run(
    code: Any,
    terms: Any,
    uniform: Any,
    lanes: Any,
    arguments: Any,
    kept: Any,
    results: Any,
    sums: Any,
    first: Any,
    last: Any,
    functions: Any,
    rare: Any,
    rarest: Any,
) -> Any:
    """A tape over some samples, block by block.

    Parameters
    ----------
    code : uint32, shape (instructions, 6)
        What to do, the register of the result, and four operands. Unsigned: Numba then omits
        the test for negative indices, which count from the end.
    terms : uint32, shape (terms, 2)
        The products of all `COMBINE`: places of the uniform number and of the register. And those of all `DOTS`:
        places of the sum and of the register.
    uniform : float64, one-dimensional
    lanes : float64, shape (registers, lanes)
        As many samples are computed at a time as a register has lanes.
    arguments : float64, shape (arguments, samples)
        Copied into the first registers.
    kept : uint32, shape (results,)
        The registers whose numbers are the results.
    results : float64, shape (results, samples)
        Filled.
    sums : float64, shape (chunks, sums)
        What `DOTS` add to: every `CHUNK` samples to a row of their own. So it makes no difference to the last bit which
        thread computes which chunk.
    first, last : int
        The samples that are computed, from the first to the one before the last; the first begins a chunk.
    functions, rare, rarest : bool or None
        None where the code has no instructions from `FUNCTIONS` on, or from `RARE` or `RAREST` on. Numba leaves out
        what stands under ``is not None`` then, and compiles twice as fast.
    """
    block = lanes.shape[1]
    for start in range(first, last, block):
        width = min(block, last - start)
        for k in range(arguments.shape[0]):
            for i in range(width):
                lanes[k, i] = arguments[k, start + i]
        for n in range(code.shape[0]):
            what, out, a, b, c, d = code[n, 0], code[n, 1], code[n, 2], code[n, 3], code[n, 4], code[n, 5]
            if what == COMBINE:
                combine(terms, a, b, uniform[c], uniform, lanes, out, width)
            elif what == DOTS:
                dots(terms, b, c, a, lanes, sums, start // CHUNK, width)
            elif what == LINEAR:
                u, v = uniform[b], uniform[c]
                for i in range(width):
                    lanes[out, i] = u * lanes[a, i] + v
            elif what == ADD:
                u = uniform[c]
                for i in range(width):
                    lanes[out, i] = lanes[a, i] + u * lanes[b, i]
            elif what == MUL:
                for i in range(width):
                    lanes[out, i] = lanes[a, i] * lanes[b, i]
            elif what == MULADD:
                for i in range(width):
                    lanes[out, i] = lanes[a, i] * lanes[b, i] + lanes[c, i]
            elif what == SPLAT:
                u = uniform[a]
                for i in range(width):
                    lanes[out, i] = u
            elif what == LT:
                for i in range(width):
                    yes, no = lanes[c, i], lanes[d, i]
                    lanes[out, i] = yes if lanes[a, i] < lanes[b, i] else no
            elif what == LE:
                for i in range(width):
                    yes, no = lanes[c, i], lanes[d, i]
                    lanes[out, i] = yes if lanes[a, i] <= lanes[b, i] else no
            elif what == MAXIMUM:
                for i in range(width):
                    x, y = lanes[a, i], lanes[b, i]
                    lanes[out, i] = x if x > y or x != x else y
            elif what < RARE and functions is not None:
                if what == EQ:
                    for i in range(width):
                        yes, no = lanes[c, i], lanes[d, i]
                        lanes[out, i] = yes if lanes[a, i] == lanes[b, i] else no
                elif what == DIV:
                    for i in range(width):
                        lanes[out, i] = lanes[a, i] / lanes[b, i]
                elif what == EXP:
                    for i in range(width):
                        lanes[out, i] = elementary.exp(lanes[a, i])
                elif what == TANH:
                    for i in range(width):
                        lanes[out, i] = elementary.tanh(lanes[a, i])
            elif what < RAREST and rare is not None:
                if what == MINIMUM:
                    for i in range(width):
                        x, y = lanes[a, i], lanes[b, i]
                        lanes[out, i] = x if x < y or x != x else y
                elif what == ABS:
                    for i in range(width):
                        lanes[out, i] = abs(lanes[a, i])
                elif what == SIGN:
                    for i in range(width):
                        x = lanes[a, i]
                        lanes[out, i] = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0 if x == 0.0 else x)
                elif what == SQRT:
                    for i in range(width):
                        x = lanes[a, i]
                        lanes[out, i] = math.sqrt(x) if x >= 0.0 else math.nan
                elif what == LOG:
                    for i in range(width):
                        lanes[out, i] = elementary.log(lanes[a, i])
                elif what == EXPM1:
                    for i in range(width):
                        lanes[out, i] = math.expm1(lanes[a, i])
                elif what == LOG1P:
                    for i in range(width):
                        lanes[out, i] = elementary.log1p(lanes[a, i])
                elif what == SIN:
                    large = False
                    for i in range(width):
                        x = lanes[a, i]
                        lanes[out, i] = elementary.sin(x)
                        large |= not abs(x) <= elementary.LARGEST_ANGLE
                    if large:
                        for i in range(width):
                            x = lanes[a, i]
                            if not abs(x) <= elementary.LARGEST_ANGLE:
                                lanes[out, i] = math.sin(x) if abs(x) < math.inf else math.nan
                elif what == COS:
                    large = False
                    for i in range(width):
                        x = lanes[a, i]
                        lanes[out, i] = elementary.cos(x)
                        large |= not abs(x) <= elementary.LARGEST_ANGLE
                    if large:
                        for i in range(width):
                            x = lanes[a, i]
                            if not abs(x) <= elementary.LARGEST_ANGLE:
                                lanes[out, i] = math.cos(x) if abs(x) < math.inf else math.nan
                elif what == POW:
                    for i in range(width):
                        lanes[out, i] = lanes[a, i] ** lanes[b, i]
                elif what == FLOOR_DIVIDE:
                    for i in range(width):
                        x, y = lanes[a, i], lanes[b, i]
                        lanes[out, i] = x // y if y != 0.0 else x / y
                elif what == REMAINDER:
                    for i in range(width):
                        x, y = lanes[a, i], lanes[b, i]
                        lanes[out, i] = x % y if y != 0.0 and abs(x) < math.inf else math.nan
                elif what == ROUND:
                    for i in range(width):
                        lanes[out, i] = np.rint(lanes[a, i])
            elif rarest is not None:
                rarely(what, lanes, out, a, b, width)
        for k in range(kept.shape[0]):
            for i in range(width):
                results[k, start + i] = lanes[kept[k], i]

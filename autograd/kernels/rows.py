"""The virtual machine without Numba: it runs the same tape as `machine.run`, an instruction by NumPy's functions.

What NumPy needs to get going, half a microsecond, is paid for every instruction, whatever the number of samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inversa.autograd.kernels import machine

BLOCK = machine.CHUNK  # samples: with fewer at a time, getting going would be most of the work

ONE = {
    machine.EXP: np.exp, machine.TANH: np.tanh, machine.ABS: np.abs, machine.SIGN: np.sign, machine.SQRT: np.sqrt,
    machine.LOG: np.log, machine.EXPM1: np.expm1, machine.LOG1P: np.log1p, machine.SIN: np.sin, machine.COS: np.cos,
    machine.ROUND: np.rint, machine.TAN: np.tan, machine.ASIN: np.arcsin, machine.ACOS: np.arccos,
    machine.ATAN: np.arctan, machine.SINH: np.sinh, machine.COSH: np.cosh, machine.ASINH: np.arcsinh,
    machine.ACOSH: np.arccosh, machine.ATANH: np.arctanh, machine.LOG2: np.log2, machine.LOG10: np.log10,
    machine.FLOOR: np.floor, machine.CEIL: np.ceil, machine.TRUNC: np.trunc,
}  # fmt: skip
TWO = {
    machine.MUL: np.multiply, machine.DIV: np.divide, machine.POW: np.power,
    machine.FLOOR_DIVIDE: np.floor_divide, machine.REMAINDER: np.remainder, machine.ATAN2: np.arctan2,
    machine.HYPOT: np.hypot, machine.COPYSIGN: np.copysign,
}  # fmt: skip
CHOICES = {machine.LT: np.less, machine.LE: np.less_equal, machine.EQ: np.equal}
EXTREMES = {machine.MAXIMUM: np.greater, machine.MINIMUM: np.less}


def run(
    code: Any,
    terms: Any,
    uniform: Any,
    lanes: Any,
    arguments: Any,
    kept: Any,
    results: Any,
    sums: Any,
    first: int,
    last: int,
    *_: Any,
) -> None:
    """A tape over some samples, block by block. The parameters are those of `machine.run`."""
    block, instructions = lanes.shape[1], code.tolist()
    with np.errstate(all="ignore"):
        for start in range(first, last, block):
            samples = slice(start, min(start + block, last))
            rows = lanes[:, : samples.stop - start]
            rows[: len(arguments)] = arguments[:, samples]
            _compute(instructions, terms, uniform, rows, sums, start // machine.CHUNK)
            results[:, samples] = rows[kept]


def _compute(instructions: list[list[int]], terms: Any, uniform: Any, registers: Any, sums: Any, chunk: int) -> None:
    """All instructions, for the samples that the registers have lanes for."""
    rows = list(registers)
    for what, out, a, b, c, d in instructions:
        if what in TWO:
            TWO[what](rows[a], rows[b], rows[out])
        elif what in ONE:
            ONE[what](rows[a], rows[out])
        elif what == machine.COMBINE:
            numbers, places = terms[a:b].T
            np.add(uniform[numbers] @ registers[places], uniform[c], rows[out])
        elif what == machine.DOTS:
            numbers, places = terms[b:c].T
            np.add.at(sums[chunk], numbers, registers[places] @ rows[a])
        elif what == machine.LINEAR:
            np.add(uniform[b] * rows[a], uniform[c], rows[out])
        elif what == machine.ADD:
            np.add(rows[a], uniform[c] * rows[b], rows[out])
        elif what == machine.MULADD:
            np.add(rows[a] * rows[b], rows[c], rows[out])
        elif what == machine.SPLAT:
            rows[out].fill(uniform[a])
        elif what in CHOICES:
            rows[out][:] = np.where(CHOICES[what](rows[a], rows[b]), rows[c], rows[d])
        else:
            x, y = rows[a], rows[b]
            rows[out][:] = np.where(EXTREMES[what](x, y) | (x != x), x, y)

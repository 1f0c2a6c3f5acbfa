"""The loop that turns rows of a trace into primitive instructions, each computed once. See `sweeping` for the columns.

An instruction is four numbers: what it computes, and the places of up to three others that it reads. A constant reads
none, it has the place of its number; arguments and parameters have the numbers that the function gives them.
"""

from __future__ import annotations

import math
from typing import Any

from inversa.autograd.kernels.sweeping import CONSTANT, OPERATIONS

UNARY = (
    "neg", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "abs", "sign", "round",
    "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "log2", "log10", "floor", "ceil", "trunc",
)  # fmt: skip
BINARY = (
    "add", "sub", "mul", "div", "pow", "maximum", "minimum", "floor_divide", "remainder", "atan2", "hypot", "copysign",
    "lt", "le", "gt", "ge", "eq",
)  # fmt: skip
# Sorted by how many they read: from NEG on one, from ADD on two, WHERE three.
INSTRUCTIONS = ("constant", "argument", "parameter", *UNARY, *BINARY, "where")
ARGUMENT, PARAMETER, NEG = 1, 2, 3
ADD = NEG + len(UNARY)
SUB, MUL, DIV, POW = range(ADD + 1, ADD + 5)
WHERE = ADD + len(BINARY)
LT, LE, GT, GE, EQ = range(WHERE - 5, WHERE)

# What the loop remembers from call to call, and what it stops for.
NODE, ROW, COUNT, NUMBERS, FOLDED, WHAT, FIRST, SECOND = range(8)
DONE, TO_FOLD, UNKNOWN = 0, 1, 2


def count_kinds(kinds: Any, order: Any, count: Any, uses: Any) -> Any:
    """How often each kind occurs among the first rows in order."""
    for n in range(count):
        uses[kinds[order[n]]] += 1


def lower_rows(
    kinds: Any,
    first: Any,
    inputs: Any,
    constants: Any,
    leaves: Any,
    leaf_numbers: Any,
    order: Any,
    end: Any,
    begin: Any,
    rows: Any,
    row_numbers: Any,
    results: Any,
    places: Any,
    what: Any,
    xs: Any,
    ys: Any,
    zs: Any,
    uniform: Any,
    numbers: Any,
    table: Any,
    slots: Any,
    state: Any,
    folded: Any,
) -> Any:
    """Lower rows up to ``order[end]``, from where the state says; fill ``places`` with their instructions.

    A row is a template with its letters put in, like a pullback's: ``rows`` has four numbers for each instruction,
    inputs given as slots; a template's slots are the inputs of the row, and then its own instructions.

    An instruction is written down unless there is one that has the same value, to the last bit, whatever its inputs
    are: the same one (looked up in ``table``, with open addresses), or a simpler one. What is computed from constants
    alone is a constant. Arithmetic is done here; for the functions the loop stops, returns `TO_FOLD`, and is called
    again with the number in ``folded``: they are few, and would take longer to compile than all the rest.
    """
    mask = len(table) - 1
    for n in range(state[NODE], end):
        i = order[n]
        k = kinds[i]
        start, width, length = first[i], 0, 1
        if k >= OPERATIONS:
            width, length = first[i + 1] - start, begin[k + 1] - begin[k]
            for j in range(width):
                slots[j] = places[inputs[start + j]]
        for row in range(state[ROW], length):
            x, y, z, number = 0, 0, 0, 0.0
            if state[FOLDED]:
                state[FOLDED] = 0
                w, number = CONSTANT, folded[0]
            elif k == CONSTANT:
                w, number = CONSTANT, constants[inputs[start]]
            elif k < OPERATIONS:
                w, x = leaves[inputs[start]], leaf_numbers[inputs[start]]
                if w == CONSTANT:
                    state[NODE] = n
                    return UNKNOWN
            else:
                r = 4 * (begin[k] + row)
                w = rows[r]
                if w == CONSTANT:
                    number = row_numbers[begin[k] + row]
                else:
                    x = slots[rows[r + 1]]
                    if w >= ADD:
                        y = slots[rows[r + 2]]
                    if w == WHERE:
                        z = slots[rows[r + 3]]

            # Constants, and what is simpler.
            same = -1
            if w >= NEG:
                of_x = what[x] == CONSTANT
                of_y = w >= ADD and what[y] == CONSTANT
                a = numbers[xs[x]] if of_x else 0.0
                b = numbers[xs[y]] if of_y else 0.0
                if of_x and (of_y or w < ADD) and w != WHERE:
                    if w == NEG:
                        number = -a
                    elif w == ADD:
                        number = a + b
                    elif w == SUB:
                        number = a - b
                    elif w == MUL:
                        number = a * b
                    elif w == DIV and b != 0.0:
                        number = a / b
                    elif w == LT:
                        number = 1.0 if a < b else 0.0
                    elif w == LE:
                        number = 1.0 if a <= b else 0.0
                    elif w == GT:
                        number = 1.0 if a > b else 0.0
                    elif w == GE:
                        number = 1.0 if a >= b else 0.0
                    elif w == EQ:
                        number = 1.0 if a == b else 0.0
                    else:
                        state[NODE], state[ROW], state[WHAT], state[FIRST], state[SECOND] = n, row, w, x, y
                        return TO_FOLD
                    w, x, y = CONSTANT, 0, 0
                elif w == MUL and of_x and a == 1.0:
                    same = y
                elif w in (MUL, DIV, POW) and of_y and b == 1.0:
                    same = x
                elif w == POW and of_y and b == 2.0:
                    w, y = MUL, x
                elif w == MUL and of_x and a == -1.0:
                    w, x, y = NEG, y, 0
                elif w in (MUL, DIV) and of_y and b == -1.0:
                    w, y = NEG, 0
                elif w == WHERE and of_x:
                    same = y if a != 0.0 else z
                elif w == WHERE and y == z:
                    same = y
                if w == NEG and same < 0 and what[x] == NEG:
                    same = xs[x]

            # The same one, or a new one.
            if same < 0:
                h = w * 0x1E3779B97F4A7C15 + x * 0x22B2AE3D27D4EB4F + y * 0x165667B19E3779F9 + z * 0x16E8FEB86659FD93
                if w == CONSTANT and abs(number) < math.inf:
                    fraction, exponent = math.frexp(number)
                    h += int(fraction * 2.0**53) * 0x1F51AFD7ED558CCD + exponent
                k_table = (h ^ (h >> 29)) & mask
                same = table[k_table]
                while same >= 0:
                    if what[same] == w:
                        if w != CONSTANT:
                            if xs[same] == x and ys[same] == y and zs[same] == z:
                                break
                        else:  # 0.0 and −0.0 are not the same, NaN and NaN are
                            c = numbers[xs[same]]
                            if c == number and (c != 0.0 or math.copysign(1.0, c) == math.copysign(1.0, number)):
                                break
                            if c != c and number != number:
                                break
                    k_table = (k_table + 1) & mask
                    same = table[k_table]
                if same < 0:
                    same = state[COUNT]
                    state[COUNT] = same + 1
                    table[k_table] = same
                    if w == CONSTANT:
                        x = state[NUMBERS]
                        state[NUMBERS] = x + 1
                        numbers[x] = number
                    what[same], xs[same], ys[same], zs[same] = w, x, y, z
                    lanewise = w == ARGUMENT or (w >= NEG and not uniform[x])
                    lanewise = lanewise or (w >= ADD and not uniform[y]) or (w == WHERE and not uniform[z])
                    uniform[same] = 0 if lanewise else 1
            slots[width + row] = same
        state[ROW] = 0
        places[i] = slots[results[k]] if k >= OPERATIONS else slots[0]
    state[NODE] = end
    return DONE


def drop_unused(
    what: Any, xs: Any, ys: Any, zs: Any, uniform: Any, count: Any, half: Any, outputs: Any, places: Any
) -> Any:
    """Leave out what no output needs, such as a branch that was decided against; return what is left, also before half.

    ``places`` are 0 in the beginning, and then where each instruction stands that was kept.
    """
    for n in range(len(outputs)):
        places[outputs[n]] = 1
    for i in range(count - 1, -1, -1):
        if places[i] and what[i] >= NEG:
            places[xs[i]] = 1
            if what[i] >= ADD:
                places[ys[i]] = 1
            if what[i] == WHERE:
                places[zs[i]] = 1
    kept = before = 0
    for i in range(count):
        if places[i]:
            w, x, y, z = what[i], xs[i], ys[i], zs[i]
            what[kept], uniform[kept] = w, uniform[i]
            xs[kept] = places[x] if w >= NEG else x
            ys[kept] = places[y] if w >= ADD else y
            zs[kept] = places[z] if w == WHERE else z
            places[i] = kept
            kept += 1
            before += i < half
    return kept, before

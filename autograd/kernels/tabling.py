"""Loops that turn instructions into the tables of the machine: which are fused, in which register each result lies.

Instructions and places are those of `lowering`, with one difference: a comparison reads four, for it chooses between
two numbers, and so there is no WHERE; what is greater is written the other way round.
"""

from __future__ import annotations

import math
from typing import Any

from inversa.autograd.kernels.lowering import (
    ADD,
    ARGUMENT,
    EQ,
    GE,
    GT,
    LE,
    LT,
    MUL,
    NEG,
    PARAMETER,
    SUB,
    WHERE,
)
from inversa.autograd.kernels.sweeping import CONSTANT

# Constants that tables need, whose places are given in this order.
ZERO, MINUS_ZERO, ONE, MINUS_ONE = range(4)

# The machine's numbers for what has none of its own among the instructions are given in this order.
COMBINE, DOTS, LINEAR, PLUS, SPLAT = range(5)


def find_constants(what: Any, x: Any, numbers: Any, wanted: Any, places: Any) -> Any:
    """Where the wanted numbers are among the constants; ``places`` stay as they are for those that are not there."""
    for i in range(len(what)):
        if what[i] == CONSTANT:
            for k in range(len(wanted)):
                if numbers[x[i]] == wanted[k] and math.copysign(1.0, numbers[x[i]]) == math.copysign(1.0, wanted[k]):
                    places[k] = i


def choose(
    what: Any, x: Any, y: Any, z: Any, known: Any, special: Any, op: Any, a: Any, b: Any, c: Any, d: Any, uniform: Any
) -> Any:
    """Every instruction as the machine has it, with the special constants behind; return how many additions there are.

    Comparisons choose between two numbers, and there is none with >.
    """
    additions = 0
    for i in range(len(what)):
        w = what[i]
        uniform[i] = known[i]
        k, yes, no = i, special[ONE], special[ZERO]
        if w == WHERE:
            k, yes, no = x[i], y[i], z[i]
        compared = what[k]
        op[i], a[i], b[i] = w, x[i], y[i]
        if w == ADD:
            additions += 1
        elif LT <= compared <= EQ:
            op[i], a[i], b[i], c[i], d[i] = compared, x[k], y[k], yes, no
            if compared in (GT, GE):
                op[i], a[i], b[i] = LT if compared == GT else LE, y[k], x[k]
        elif w == WHERE:
            op[i], a[i], b[i], c[i], d[i] = EQ, k, special[ZERO], no, yes
    for i in range(len(what), len(op)):
        op[i], uniform[i] = CONSTANT, 1
    return additions


def count_uses(op: Any, a: Any, b: Any, c: Any, d: Any, outputs: Any, special: Any, uses: Any) -> Any:
    """How often each result is read by what is needed itself; nothing else is computed."""
    for i in outputs:
        uses[i] += 1
    for i in range(len(op) - 1, -1, -1):
        if uses[i] and op[i] >= NEG:
            uses[a[i]] += 1
            if op[i] >= ADD:
                uses[b[i]] += 1
            if LT <= op[i] <= EQ:
                uses[c[i]] += 1
                uses[d[i]] += 1
    for i in special:
        uses[i] += 1


def take_sums_apart(
    op: Any, a: Any, b: Any, uniform: Any, uses: Any, outputs: Any, reduced: Any, one: Any, within: Any, stack: Any,
    sum_k: Any, sum_i: Any, dot_k: Any, dot_x: Any, dot_y: Any,
) -> Any:  # fmt: skip
    """The terms of what is summed over the samples: uniform ones, and products, which need no register of their own.

    Return how many there are of each.
    A sum over samples may be taken apart: the sum of its terms' sums. So DOTS give the gradients of weights.
    """
    sums, dots = 0, 0
    for k in range(reduced):
        if uniform[outputs[k]]:
            sum_k[sums], sum_i[sums] = k, outputs[k]
            sums += 1
    for k in range(reduced):
        if uniform[outputs[k]]:
            continue
        stack[0] = outputs[k]
        top = 1
        while top:
            top -= 1
            i = stack[top]
            if uniform[i]:
                sum_k[sums], sum_i[sums] = k, i
                sums += 1
            elif op[i] == ADD and uses[i] == 1:
                within[i] = 1
                stack[top], stack[top + 1] = b[i], a[i]
                top += 2
            else:
                inside = op[i] == MUL and uses[i] == 1 and not uniform[a[i]] and not uniform[b[i]]
                dot_k[dots] = k
                dot_x[dots] = a[i] if inside else i
                dot_y[dots] = b[i] if inside else one
                if inside:
                    within[i] = 1
                dots += 1
    return sums, dots


def fuse(
    op: Any, a: Any, b: Any, uniform: Any, uses: Any, special: Any, within: Any, seen: Any, stack: Any, found: Any,
    added: Any, group: Any, fused: Any, starts: Any, ends: Any, constants: Any, terms: Any, lowest: Any, plus_a: Any,
    plus_b: Any,
) -> Any:  # fmt: skip
    """Sums of at least two products of a uniform number and a register: COMBINE, the longest first.

    ``fused[i]`` is which one computes i, or −1. This goes backwards, so their terms are put below ``lowest``, one sum
    below the other: they lie in memory as they will be read. Uniform terms are added up in new instructions, whose
    inputs are ``plus_a`` and ``plus_b``, and which come behind all others. Return the lowest term, and how many such
    instructions there are.
    """
    count, more = 0, 0
    for i in range(len(op)):
        seen[i] = within[i]
    for place in range(len(op) - 1, -1, -1):
        if op[place] != ADD or uniform[place] or seen[place] or not uses[place]:
            continue
        stack[0], stack[1] = b[place], a[place]
        top, length, inner, products, plain = 2, 0, 0, 0, 0
        while top:
            top -= 1
            i = stack[top]
            if op[i] == ADD and not uniform[i] and uses[i] == 1:
                seen[i] = 1
                added[inner] = i
                inner += 1
                stack[top], stack[top + 1] = b[i], a[i]
                top += 2
            else:
                found[length] = i
                length += 1
                if op[i] == MUL and uses[i] == 1 and uniform[a[i]] != uniform[b[i]]:
                    products += 1
                elif not uniform[i]:
                    plain += 1
        if products < 2:
            continue  # not worth it: added one by one
        for j in range(inner):
            within[added[j]] = 1
        width = products + plain
        lowest -= width + (-width) % group
        at, behind = lowest, lowest + products
        constant = special[ZERO]
        for j in range(length):
            i = found[j]
            if op[i] == MUL and uses[i] == 1 and uniform[a[i]] != uniform[b[i]]:
                within[i] = 1
                terms[2 * at], terms[2 * at + 1] = a[i], b[i]
                if uniform[b[i]]:
                    terms[2 * at], terms[2 * at + 1] = b[i], a[i]
                at += 1
            elif not uniform[i]:
                terms[2 * behind], terms[2 * behind + 1] = special[ONE], i
                behind += 1
            elif constant == special[ZERO]:
                constant = i
            else:
                plus_a[more], plus_b[more] = constant, i
                constant = len(op) + more
                more += 1
        starts[count] = lowest
        while (behind - lowest) % group:
            terms[2 * behind], terms[2 * behind + 1] = special[ZERO], special[ZERO]
            behind += 1
        ends[count], constants[count] = behind, constant
        fused[place] = count
        count += 1
    return lowest, more


def write_rows(
    op: Any, a: Any, b: Any, c: Any, d: Any, uniform: Any, uses: Any, special: Any, within: Any, fused: Any,
    starts: Any, ends: Any, lowest: Any, constants: Any, machine: Any, rows_of: Any, code: Any,
) -> Any:  # fmt: skip
    """What is computed for every sample: sums of products in one row, the rest one by one; return how many rows.

    A row is what to do, the result, and four operands: registers, then uniform numbers. Here they are still places of
    instructions. What the machine has is more general: a + u·b and u·a + v, with uniform u and v. (a + −0 is a, even
    if a is −0.)
    """
    row = 0
    for i in range(len(op)):
        w = op[i]
        if uniform[i] or not uses[i] or within[i] or w == ARGUMENT:
            continue
        what, p, q, s, t = rows_of[w], a[i], 0, 0, 0
        if w >= ADD:
            q = b[i]
        if fused[i] >= 0:
            k = fused[i]
            what, p, q, s = machine[COMBINE], starts[k] - lowest, ends[k] - lowest, constants[k]
        elif w == NEG:
            what, q, s = machine[LINEAR], special[MINUS_ONE], special[MINUS_ZERO]
        elif w in (MUL, ADD, SUB) and uniform[p] != uniform[q] and not (w == SUB and uniform[q]):
            u, v = special[ONE], special[MINUS_ZERO]
            if uniform[p]:
                p, q = q, p
            if w == MUL:
                u = q
            else:
                v = q
                if w == SUB:
                    u = special[MINUS_ONE]
            what, q, s = machine[LINEAR], u, v
        elif w in (ADD, SUB):
            what, s = machine[PLUS], special[ONE]
            if w == SUB:
                s = special[MINUS_ONE]
        elif LT <= w <= EQ:
            s, t = c[i], d[i]
        code[6 * row], code[6 * row + 1], code[6 * row + 2] = what, i, p
        code[6 * row + 3], code[6 * row + 4], code[6 * row + 5] = q, s, t
        row += 1
    return row


def spread_uniform(
    source: Any, rows: Any, terms: Any, uniform: Any, kept: Any, machine: Any, registers_of: Any, spread: Any,
    registers: Any, code: Any,
) -> Any:  # fmt: skip
    """The rows, and before those that read a uniform number as a register, SPLAT, which puts it there."""
    row = 0
    for n in range(rows + 1):
        count = 0
        what = source[6 * n] if n < rows else -1
        if n == rows:  # the results that are uniform
            for i in kept:
                if uniform[i]:
                    registers[count] = i
                    count += 1
        else:
            for j in range(registers_of[what]):
                registers[count] = source[6 * n + 2 + j]
                count += 1
            if what in (machine[COMBINE], machine[DOTS]):
                at = 6 * n + (2 if what == machine[COMBINE] else 3)
                for j in range(source[at], source[at + 1]):
                    registers[count] = terms[2 * j + 1]
                    count += 1
        for j in range(count):
            i = registers[j]
            if uniform[i] and not spread[i]:
                spread[i] = 1
                code[6 * row], code[6 * row + 1], code[6 * row + 2] = machine[SPLAT], i, i
                code[6 * row + 3] = code[6 * row + 4] = code[6 * row + 5] = 0
                row += 1
        if n < rows:
            for j in range(6):
                code[6 * row + j] = source[6 * n + j]
            row += 1
    return row


def group_dots(
    dot_k: Any, dot_x: Any, dot_y: Any, dots: Any, reduced: Any, group: Any, count: Any, group_of: Any, common: Any,
    lengths: Any, machine: Any, code: Any, rows: Any, terms: Any, first: Any,
) -> Any:  # fmt: skip
    """DOTS: products whose sums are wanted, together with others that have an operand in common.

    They come behind the rows and terms that there are; return how many there are then. Sums are filled up to a group
    with one that is not read.
    """
    for j in range(dots):
        count[dot_x[j]] += 1
        count[dot_y[j]] += 1
    groups = 0
    for j in range(dots):
        if count[dot_x[j]] > count[dot_y[j]]:
            dot_x[j], dot_y[j] = dot_y[j], dot_x[j]
        if group_of[dot_y[j]] < 0:
            group_of[dot_y[j]] = groups
            common[groups] = dot_y[j]
            groups += 1
        lengths[group_of[dot_y[j]]] += 1
    for g in range(groups):
        row = 6 * (rows + g)
        length = lengths[g] + (-lengths[g]) % group
        code[row], code[row + 1], code[row + 2], code[row + 3] = machine[DOTS], 0, common[g], first
        code[row + 4], code[row + 5] = first + length, 0
        for j in range(first, first + length):
            terms[2 * j], terms[2 * j + 1] = reduced, common[g]
        lengths[g] = first
        first += length
    for j in range(dots):
        g = group_of[dot_y[j]]
        terms[2 * lengths[g]], terms[2 * lengths[g] + 1] = dot_k[j], dot_x[j]
        lengths[g] += 1
    return rows + groups, first


def number_uniform(
    op: Any, a: Any, b: Any, c: Any, d: Any, uniform: Any, uses: Any, numbers: Any, special: Any, plus_a: Any,
    plus_b: Any, more: Any, parameters: Any, machine: Any, rows_of: Any, number: Any, constants: Any, code: Any,
) -> Any:  # fmt: skip
    """Give every uniform number a place, parameters the first ones, and write what is computed once a call.

    Return how many numbers there are, and how many rows.
    """
    size = len(op)
    free, row = parameters, 0
    for i in range(size + more):
        if i < size and (not uniform[i] or not uses[i]):
            continue
        if i < size and op[i] == PARAMETER:
            number[i] = a[i]
            continue
        number[i] = free
        if i < size and op[i] == CONSTANT:
            constants[free] = numbers[a[i]]
        free += 1
    for i in range(size + more):
        w = op[i] if i < size else ADD
        if w < NEG or (i < size and (not uniform[i] or not uses[i])):
            continue
        what, q, s, t = rows_of[w], 0, 0, 0
        if i >= size:
            what, p, q, s = machine[PLUS], number[plus_a[i - size]], number[plus_b[i - size]], number[special[ONE]]
        else:
            p = number[a[i]]
            if w >= ADD:
                q = number[b[i]]
            if w == NEG:
                what, q, s = machine[LINEAR], number[special[MINUS_ONE]], number[special[MINUS_ZERO]]
            elif w in (ADD, SUB):
                what, s = machine[PLUS], number[special[ONE] if w == ADD else special[MINUS_ONE]]
            elif LT <= w <= EQ:
                s, t = number[c[i]], number[d[i]]
        code[6 * row], code[6 * row + 1], code[6 * row + 2] = what, number[i], p
        code[6 * row + 3], code[6 * row + 4], code[6 * row + 5] = q, s, t
        row += 1
    return free, row


def assign_registers(
    op: Any, a: Any, code: Any, rows: Any, terms: Any, machine: Any, registers_of: Any, number: Any, arguments: Any,
    kept: Any, last: Any, register: Any, free: Any,
) -> Any:  # fmt: skip
    """Put registers and numbers in place of places; return how many registers there are.

    Every result has one; where its number is not needed any more, another is put in.
    """
    forever = rows + 1
    for i in range(len(op)):
        if op[i] == ARGUMENT:
            register[i] = a[i]
    for n in range(rows):
        what = code[6 * n]
        for j in range(registers_of[what]):
            last[code[6 * n + 2 + j]] = n
        if what in (machine[COMBINE], machine[DOTS]):
            at = 6 * n + (2 if what == machine[COMBINE] else 3)
            for j in range(code[at], code[at + 1]):
                last[terms[2 * j + 1]] = n
    for i in kept:
        last[i] = forever
    count, top = arguments, 0
    for n in range(rows):
        what, out = code[6 * n], code[6 * n + 1]
        with_terms = what in (machine[COMBINE], machine[DOTS])
        at = 6 * n + (2 if what == machine[COMBINE] else 3)
        place = 0
        if what != machine[DOTS]:
            if top:
                top -= 1
                place = free[top]
            else:
                place = count
                count += 1
            register[out] = place
        code[6 * n + 1] = place
        # Registers whose numbers are read for the last time are free for the next row.
        for j in range(registers_of[what]):
            i = code[6 * n + 2 + j]
            code[6 * n + 2 + j] = register[i]
            if last[i] == n and register[i] >= arguments:
                free[top] = register[i]
                top += 1
                last[i] = -1
        if with_terms:
            for j in range(code[at], code[at + 1]):
                i = terms[2 * j + 1]
                terms[2 * j + 1] = register[i]
                if last[i] == n and register[i] >= arguments:
                    free[top] = register[i]
                    top += 1
                    last[i] = -1
                if what == machine[COMBINE]:
                    terms[2 * j] = number[terms[2 * j]]
        if what == machine[COMBINE]:
            code[at + 2] = number[code[at + 2]]
        elif what == machine[SPLAT]:
            code[6 * n + 2] = number[code[6 * n + 2]]
        elif what == machine[LINEAR]:
            code[6 * n + 3], code[6 * n + 4] = number[code[6 * n + 3]], number[code[6 * n + 4]]
        elif what == machine[PLUS]:
            code[6 * n + 4] = number[code[6 * n + 4]]
    return count

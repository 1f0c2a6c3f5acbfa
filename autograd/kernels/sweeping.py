"""Loops over the columns of a trace: the order in which rows are needed, and the rows of the inverse network.

Plain Python, which runs on lists as well as, compiled, on arrays; see `inversa.autograd.compiling.scalar.loops`. No
loop calls another one: it would be compiled into its caller, anew for each place where it is called.

A trace is given by its columns, and a row is a place in them. Row i is of kind ``kinds[i]`` and reads the rows
``inputs[first[i]:first[i + 1]]``; rows of a kind below `OPERATIONS` read none, and have a number there.
"""

from __future__ import annotations

from typing import Any

CONSTANT, LEAF, OPERATIONS = 0, 1, 2  # kinds; the operations of a trace are numbered from the last one on


def order_rows(kinds: Any, first: Any, inputs: Any, outputs: Any, seen: Any, stack: Any, order: Any, count: Any) -> Any:
    """Put the rows that the outputs need, every one after all its inputs, behind the first ``count``; return how many.

    Depth first, as `Graph` does, so that sums of flows are added up in the order in which they are without compiling.
    On the stack ~i announces that all inputs of row i have been placed.
    """
    for output in outputs:
        stack[0] = output
        top = 1
        while top:
            top -= 1
            i = stack[top]
            if i < 0:
                order[count] = ~i
                count += 1
            elif not seen[i]:
                seen[i] = 1
                stack[top] = ~i
                top += 1
                if kinds[i] >= OPERATIONS:
                    for k in range(first[i + 1] - 1, first[i] - 1, -1):
                        stack[top] = inputs[k]
                        top += 1
    return count


def mark_reached(
    kinds: Any,
    first: Any,
    inputs: Any,
    differentiable: Any,
    order: Any,
    count: Any,
    operands: Any,
    pullbacks: Any,
    reached: Any,
    uses: Any,
) -> Any:
    """Mark what depends on rows that are marked already, and count how often each pullback is going to be used."""
    for n in range(count):
        i = order[n]
        for slot in range(operands[kinds[i]]):
            if differentiable[i] and reached[inputs[first[i] + slot]]:
                reached[i] = 1
                uses[pullbacks[kinds[i]] + slot] += 1


def append_inverse(
    kinds: Any,
    first: Any,
    inputs: Any,
    differentiable: Any,
    order: Any,
    count: Any,
    operands: Any,
    pullbacks: Any,
    reached: Any,
    begin: Any,
    row_kinds: Any,
    row_first: Any,
    row_inputs: Any,
    results: Any,
    add: Any,
    flows: Any,
    new_kinds: Any,
    new_first: Any,
    new_inputs: Any,
    new_differentiable: Any,
    slots: Any,
) -> Any:
    """Write the rows of the inverse network; return how many.

    Each is a row of a pullback's template with its letters put in. A template's inputs are, if negative, numbers of
    slots (~k is slot k): the flow, the row itself, its inputs, and then the rows of the template one after the other.
    ``flows`` has the row of the flow that arrives at each row, −1 where there is none yet.
    """
    rows, before = len(kinds), len(inputs)
    made = 0
    entries = 0
    for n in range(count - 1, -1, -1):
        i = order[n]
        if flows[i] < 0:
            continue
        start, width = first[i], first[i + 1] - first[i]
        for slot in range(operands[kinds[i]]):
            x = inputs[start + slot]
            if not reached[x]:
                continue
            template = pullbacks[kinds[i]] + slot
            slots[0], slots[1] = flows[i], i
            for j in range(width):
                slots[2 + j] = inputs[start + j]
            top = 2 + width
            for r in range(begin[template], begin[template + 1]):
                depends = 0
                for j in range(row_first[r], row_first[r + 1]):
                    place = row_inputs[j]
                    if place < 0:
                        place = slots[~place]
                    if j - row_first[r] < operands[row_kinds[r]]:
                        depends |= differentiable[place] if place < rows else new_differentiable[place - rows]
                    new_inputs[entries] = place
                    entries += 1
                new_kinds[made], new_first[made], new_differentiable[made] = row_kinds[r], before + entries, depends
                slots[top] = rows + made
                top += 1
                made += 1
            share = results[template]
            if share < 0:
                share = slots[~share]
            if flows[x] >= 0:
                new_inputs[entries], new_inputs[entries + 1] = flows[x], share
                entries += 2
                new_kinds[made], new_first[made], new_differentiable[made] = add, before + entries, 1
                share = rows + made
                made += 1
            flows[x] = share
    return made

"""Listing: a program as lines to read, forward and then inverse."""

from __future__ import annotations

from collections.abc import Sequence

from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.graph import written_number

_SIGNS = {"add": "+", "sub": "−", "mul": "·", "div": "/", "pow": "^"}
_SIGNS |= {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠"}
_WRITTEN = {name: f"{{}} {sign} {{}}" for name, sign in _SIGNS.items()}
_WRITTEN |= {"neg": "−{}", "where": "{1} if {0} else {2}"}


def listing(program: Program, arguments: Sequence[str], parameters: Sequence[str], results: Sequence[str]) -> str:
    """One line an instruction; what is the same for all samples, and so computed once a call, has a mark."""
    names: list[str] = []
    lines: list[str] = []
    count = 0
    for place, x in enumerate(program.instructions):
        if place == program.forward:
            lines.append("inverse")
        if x.name == "argument":
            names.append(arguments[int(x.number)])
        elif x.name == "parameter":
            names.append(parameters[int(x.number)])
        elif x.name == "constant":
            names.append(written_number(x.number))
        else:
            count += 1
            names.append(f"v{count}")
            inputs = [names[i] for i in x.inputs]
            template = _WRITTEN.get(x.name, f"{x.name}({', '.join(['{}'] * len(inputs))})")
            once = "   (once)" if program.uniform[place] else ""
            lines.append(f"   v{count} = {template.format(*inputs)}{once}")
    if program.forward >= len(program.instructions):
        lines.append("inverse")
    ends = [f"   {name} = {names[i]}" for name, i in zip(results, program.outputs, strict=True)]
    return "\n".join(["forward", *lines, "results", *ends])

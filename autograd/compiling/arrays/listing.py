"""Listing of a recording: its calls as lines to read, forward and then inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inversa.autograd.compiling.arrays.trace import ArraySymbol
from inversa.autograd.graph import written_number
from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from inversa.autograd.compiling.arrays.recording import Recording


def listing_of_arrays(recording: Recording) -> str:
    """One line a call, with the shape of what it computes; a view, such as a transposition, is no call."""
    lines = ["forward"]
    names: dict[ArraySymbol, str] = {}

    def name(x: ArraySymbol) -> str:
        constant = recording.plan.constant(x)
        if constant is not None:
            flat = np.ravel(constant)
            alike = flat.size and (flat == flat[0]).all()
            return written_number(flat[0]) if alike else f"constant {x.shape}"
        return names.get(x) or (x.name if x.op is None and x.name else written(x))

    def written(x: ArraySymbol) -> str:
        if x.op is None:
            return "drawn" if x.draw else "array"
        operands = [name(operand) for operand in x.inputs]
        if x.op.variadic:
            operands = [", ".join(operands)]
        return str(x.op.notation.format(**dict(zip(x.op.operands, operands, strict=True))))

    for step in recording.plan.steps:
        if step.computed is None:
            lines.append(f"   check {name(step.symbols[0])}")
            continue
        if "inverse" not in lines and step.computed not in recording.forward:
            lines.append("inverse")
        text = written(step.computed) if step.computed.op is not None else name(step.symbols[0])
        names[step.computed] = f"v{len(names) + 1}"
        lines.append(f"   {names[step.computed]} = {text}   {step.computed.shape}")
    leaves = [tensor.name or "?" if tensor is not None else x.name for tensor, x in recording.leaves]
    results = ["value", *("another" for _ in range(recording.others)), *(f"∂/∂{leaf}" for leaf in leaves)]
    ends = [f"   {title} = {names[x]}" for title, x in zip(results, recording.plan.results, strict=True)]
    return "\n".join([*lines, "results", *ends])

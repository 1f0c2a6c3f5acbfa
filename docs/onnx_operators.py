"""The table of ONNX's operators that are read, from the table by which they are computed."""

from __future__ import annotations

from inversa.nn.interchange.reading.table import OPERATORS, TOPICS


def table() -> str:
    """A row for every topic, in Markdown."""
    rows = [f"| {title} | {', '.join(f'`{name}`' for name in names_of(module))} |" for title, module in TOPICS.items()]
    return "\n".join(["| | |", "|---|---|", *rows]) + "\n"


def names_of(module: object) -> list[str]:
    """The operators whose functions stand in a module, in the order of the alphabet."""
    return sorted(name for name, entry in OPERATORS.items() if entry.function.__module__ == module.__name__)

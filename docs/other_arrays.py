"""What arrays of other libraries than NumPy cannot do: the table is made of what the tests leave out."""

from __future__ import annotations

import runpy
from pathlib import Path

from inversa.autograd import Operation, special  # noqa: F401  # which declares its operations

OTHERS = Path(__file__).parents[1] / "tests" / "autograd" / "others.py"
TITLES = {"array_api_strict": "array-api-strict", "dask": "Dask", "torch": "PyTorch", "jax": "JAX"}


def table() -> str:
    """A row for every reason, in Markdown. What stands behind the name of a function is the shape of its example."""
    lacking = runpy.run_path(str(OTHERS))["LACKING"]
    scipys = [op.name for op in Operation.registry.values() if "of_scipy" in op.forward.__code__.co_names]
    rows = [("all", scipys, "SciPy computes it, of numbers and NumPy's arrays")]
    for library, reasons in lacking.items():
        names: dict[str, list[str]] = {}
        for name, reason in reasons.items():
            names.setdefault(reason, []).append(name)
        rows += [(TITLES[library], found, reason) for reason, found in names.items()]
    lines = [f"| {title} | {', '.join(f'`{name}`' for name in names)} | {reason} |" for title, names, reason in rows]
    return "\n".join(["| library | not | because |", "|---|---|---|", *lines]) + "\n"

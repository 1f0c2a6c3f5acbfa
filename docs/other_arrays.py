"""What was computed with arrays of other libraries than NumPy, and what cannot be: the tests say it.

They note what agrees with NumPy in a file, the libraries that are large when `make peers` runs them; what `make docs`
has found with the libraries that are installed here counts more.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from inversa.autograd import Operation, special  # noqa: F401  # which declares its operations

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests" / "autograd"
RECORDS = (TESTS / "arrays_of_others.json", HERE / "generated" / "arrays.json")
TITLES = {"array_api_strict": "array-api-strict", "dask": "Dask", "torch": "PyTorch", "jax": "JAX", "cupy": "CuPy"}


def page() -> str:
    """Both tables."""
    record: dict[str, Any] = {}
    for path in RECORDS:
        record |= json.loads(path.read_text("utf-8")) if path.exists() else {}
    return f"{computed(record)}\n{lacking()}"


def computed(record: dict[str, Any]) -> str:
    """Which examples are right in which library: a row for every function of which not all are, in Markdown."""
    heads, whole = [], {library: set(found["all"].split()) for library, found in record.items()}
    for library, found in record.items():
        title = f"{TITLES[library]} {found['version'].partition('+')[0]}"
        heads.append(f"{title}, on {found['device']}: {found['examples']} examples")
    tried = {library: whole[library] | found["some"].keys() for library, found in record.items()}
    names = sorted(set.union(*tried.values()))
    partial = [name for name in names if not all(name in found for found in whole.values())]
    lines = ["| function | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    lines.append(f"| {len(names) - len(partial)} functions | " + " | ".join("all" for _ in heads) + " |")
    for name in partial:
        cells = [
            "all" if name in whole[library] else shown(found["some"][name]) if name in tried[library] else "not run"
            for library, found in record.items()
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def shown(types: dict[str, str]) -> str:
    """How many examples are right, in words: of both types together where that is the same."""
    texts: dict[str, list[str]] = {}
    for dtype, counts in types.items():
        examples, value, gradient, second = counts.split()
        text = f"value {value}, gradient {gradient}, second order {second} of {examples}"
        if value == gradient == second:
            text = "none" if value == "0" else f"{value} of {examples}"
        texts.setdefault(text, []).append(dtype)
    return "; ".join(text if len(texts) == 1 else f"{' and '.join(of)} {text}" for text, of in texts.items())


def lacking() -> str:
    """A row for every reason, in Markdown. What stands behind the name of a function is the shape of its example."""
    reasons_of = runpy.run_path(str(TESTS / "others.py"))["LACKING"]
    scipys = [op.name for op in Operation.registry.values() if "of_scipy" in op.forward.__code__.co_names]
    rows = [("all", scipys, "SciPy computes it, of numbers and NumPy's arrays")]
    for library, reasons in reasons_of.items():
        names: dict[str, list[str]] = {}
        for name, reason in reasons.items():
            names.setdefault(reason, []).append(name)
        rows += [(TITLES[library], found, reason) for reason, found in names.items()]
    lines = [f"| {title} | {', '.join(f'`{name}`' for name in names)} | {reason} |" for title, names, reason in rows]
    return "\n".join(["| library | not | because |", "|---|---|---|", *lines]) + "\n"

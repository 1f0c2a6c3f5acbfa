"""Reporting: a table to read, JSON to keep, and a picture; with the machine and the versions."""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from measure import Row, Section

PACKAGES = (
    "inversa", "numpy", "numba", "scipy", "micrograd", "autograd", "mygrad", "casadi", "scikit-learn", "torch", "jax",
)  # fmt: skip


def machine(threads: int) -> dict[str, Any]:
    """Where and with what this was measured."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,  # of others: nothing has been run yet
        "blas": blas(),
        "versions": versions,
    }


def blas() -> str:
    """NumPy's BLAS, and the kind of processor that its code was chosen for."""
    import numpy  # noqa: F401  # loads it
    from threadpoolctl import threadpool_info

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(f"{pool['internal_api']} for {pool.get('architecture', '?')}" for pool in found) or "unknown"


def processor() -> str:
    """The processor's name, as well as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def pools() -> list[dict[str, Any]]:
    """The thread pools that the loaded libraries have, and their sizes."""
    from threadpoolctl import threadpool_info

    keys = ("internal_api", "version", "num_threads")
    return [{key: pool.get(key) for key in keys} for pool in threadpool_info()]


def heading(about: dict[str, Any]) -> str:
    """The machine in three lines."""
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    load = f", load {about['load']:.2f} before the start" if about["load"] is not None else ""
    threads = f"{about['cores']} cores, {about['threads']} threads for each, {about['blas']}{load}"
    return (
        f"Python {about['python']}, {about['processor']}, {threads}\n{versions}\n"
        "Medians ± half the distance of the quartiles. Ratios: a peer's time / ours; above 1, ours is faster.\n"
    )


def table(section: Section) -> str:
    """One section: a line for every row, a column of ratios for every one of ours."""
    ours = list(dict.fromkeys(name for row in section.rows for name in row.ratios))
    widths = {name: max(16, len(name) + 4) for name in ours}
    lines = [section.title]
    if ours:
        lines.append(
            f"  {'':34}{'median':>12}{'':7}" + "".join(f"{'÷ ' + name:>{widths[name]}}" for name in ours) + "  target"
        )
    for row in section.rows:
        ratios = "".join(f"{ratio(row, name):>{widths[name]}}" for name in ours)
        end = "  ".join(part for part in (row.target, verdict(row), row.note) if part)
        lines.append(f"  {row.name:34}{amount(row.value, row.unit):>12}{spread(row):>7}{ratios}  {end}".rstrip())
    lines += [f"  {section.note}"] * bool(section.note)
    lines += [f"  RESULTS DISAGREE, not timed: {section.error}"] * bool(section.error)
    return "\n".join(lines) + "\n"


def spread(row: Row) -> str:
    return f"±{row.spread:.0%}" if row.spread else ""


def ratio(row: Row, name: str) -> str:
    return f"{row.ratios[name]:,.3g} ×" if name in row.ratios else ""


def verdict(row: Row) -> str:
    return {True: "reached", False: "NOT REACHED", None: ""}[row.met]


def amount(value: float | None, unit: str) -> str:
    """A number in units that suit it."""
    if value is None:
        return "—"
    if unit == "s":
        for size, name in ((1, "s"), (1e-3, "ms")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
        return f"{value * 1e6:.3g} µs"
    return f"{value:.0f} {unit}" if value >= 100 or value == int(value) else f"{value:.3g} {unit}".rstrip()


def write(sections: Sequence[Section], about: dict[str, Any], folder: Path) -> None:
    """``results.json`` and, where matplotlib is installed, ``results.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": about | {"pools": pools()}, "sections": [asdict(section) for section in sections]}
    (folder / "results.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        picture(sections, about, folder / "results.png")
    except ModuleNotFoundError as error:
        print(f"no picture: {error.name} is not installed", file=sys.stderr)


def picture(sections: Sequence[Section], about: dict[str, Any], path: Path) -> None:
    """Left, the peers' times as multiples of our best, with a mark at every target; right, reverse mode by size.

    The kernels are too many to be seen beside them: the table has them.
    """
    from matplotlib.figure import Figure

    rows = [
        (f"{section.title.partition(':')[0]}  {row.name}", max(row.ratios.values()), row)
        for section in sections
        for row in section.rows
        if row.ratios and not row.name.startswith("inversa") and not section.title.startswith("Kernel")
    ]
    swept = [section for section in sections if section.curves]
    figure = Figure(figsize=(14, max(5.0, 0.24 * len(rows) + 1)), layout="constrained")
    figure.suptitle(f"Inversa beside its peers — {about['processor']}, {about['threads']} threads", fontsize=10)
    bars, *plots = figure.subplot_mosaic([["bars", n] for n in range(len(swept))] or [["bars"]]).values()
    colours = {True: "tab:green", False: "tab:red", None: "tab:gray"}
    for height, (_, found, row) in enumerate(rows):
        bars.barh(height, math.log10(found), color=colours[row.met])
        if row.target.startswith("≥"):
            bars.plot(math.log10(float(row.target.split()[1])), height, "k|", markersize=12)
    bars.axvline(0, color="black", linewidth=0.8)
    bars.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    bars.xaxis.set_major_formatter(lambda x, _: f"{10**x:,.3g}")
    bars.invert_yaxis()
    bars.set_xlabel("peer's time / ours (our best); a mark is the target; right of 1 we are faster")
    for axes, section in zip(plots, swept, strict=True):
        for name, points in section.curves.items():
            axes.loglog(*zip(*points, strict=True), "o-", label=name)
        axes.set_xlabel("weights")
        axes.set_ylabel("seconds")
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)

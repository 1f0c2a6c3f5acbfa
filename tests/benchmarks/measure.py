"""Measuring: the results are compared first, then everybody takes turns, and medians are quoted."""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

# A subject whose module is missing is reported. Any other ImportError is a mistake and is raised.
PEERS = ("micrograd", "autograd", "mygrad", "casadi", "sklearn", "torch", "jax")

LATER = "only in the full run"
NOISY = 0.25  # the spread above which a ratio says nothing: something else was running
QUIET = 0.2  # how many cores others may use on a machine that is called quiet

Results = Mapping[str, Any]


@dataclass
class Subject:
    """One library at work: what is timed, and what it computes, for the comparison with the others.

    ``result`` gives names and numbers or arrays, such as the loss and the gradients, after at most one step. All
    subjects of a workload give the same names, and numbers that agree; None for what has nothing to compare.
    """

    step: Callable[[], Any]
    result: Callable[[], Results] | None = None


@dataclass
class Workload:
    """The same work for several libraries; ours come first and have names that begin with "inversa"."""

    title: str
    subjects: dict[str, Callable[[], Subject]]
    targets: dict[str, float] = field(default_factory=dict)  # subject -> its time / ours to reach
    tolerance: float = 1e-10  # of the results, relative to the largest entry of each array
    collector: bool = True  # whether Python's cyclic garbage collector runs
    slow: tuple[str, ...] = ()  # subjects that a quick run compares, but does not time
    freeze: bool = True  # whether it passes over what was there before, such as all that the peers have loaded


@dataclass
class Row:
    """One line of the report: a measurement, or the reason why there is none."""

    name: str
    value: float | None = None
    unit: str = "s"
    spread: float = 0.0  # half the distance of the quartiles, relative to the median
    ratios: dict[str, float] = field(default_factory=dict)  # ours -> this subject's time / our time
    target: str = ""
    met: bool | None = None
    note: str = ""


@dataclass
class Section:
    """The rows of one workload."""

    title: str
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    error: str = ""  # which results disagree
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # to be drawn: (weights, seconds)


@dataclass(frozen=True)
class Effort:
    """How long to measure: `quick` leaves out what is slow, `check` compares the results and times nothing."""

    rounds: int = 15
    warmups: int = 2  # rounds that do not count: the first compiles, the second says how many calls fill a turn
    turn: float = 0.05  # seconds that a subject's turn lasts at least
    quick: bool = False
    check: bool = False


def run(workload: Workload, effort: Effort) -> Section:
    """Compare the results of all subjects, then time them."""
    built, rows = build(workload.subjects)
    results = {name: subject.result() for name, subject in built.items() if subject.result}
    error = disagreement(results, workload.tolerance) if results else ""
    for name in results if effort.check and not error else ():
        rows[name].note = "agrees"
    if not error and not effort.check:
        for name in workload.slow if effort.quick else ():
            if built.pop(name, None):
                rows[name].note = LATER
        steps = {name: subject.step for name, subject in built.items()}
        times = alternate(steps, effort, workload.collector, workload.freeze)
        for name, taken in times.items():
            first, median, third = statistics.quantiles(taken, method="inclusive")
            rows[name].value, rows[name].spread = median, (third - first) / (2 * median)
            rows[name].ratios = {
                ours: statistics.median(b / a for a, b in zip(times[ours], taken, strict=True))
                for ours in times
                if ours.startswith("inversa") and ours != name
            }
    for name, least in workload.targets.items():
        rows[name].target = f"≥ {least:g} ×"
        if rows[name].ratios:
            ours, best = max(rows[name].ratios.items(), key=lambda item: item[1])
            if max(rows[name].spread, rows[ours].spread) > NOISY:
                rows[name].note = "too noisy to tell"
            else:
                rows[name].met = best >= least
    return Section(workload.title, list(rows.values()), error=error)


def build(factories: Mapping[str, Callable[[], Subject]]) -> tuple[dict[str, Subject], dict[str, Row]]:
    """The subjects that can be had, and a row for every one, with a note for those that cannot."""
    built, rows = {}, {name: Row(name) for name in factories}
    for name, factory in factories.items():
        try:
            built[name] = factory()
        except ImportError as error:
            rows[name].note = absence(error)
    return built, rows


def absence(error: ImportError) -> str:
    """Why a subject is missing: a peer that is not installed, or a part of ours that does not exist yet."""
    module = error.name or ""
    if module.startswith("inversa."):
        return "not built yet"
    if module.partition(".")[0] in PEERS:
        return "not installed"
    raise error


def disagreement(results: Mapping[str, Results], tolerance: float) -> str:
    """What differs from the first subject's results; empty when all agree."""
    (first, reference), *others = results.items()
    for name, found in others:
        if found.keys() != reference.keys():
            return f"{first} computes {', '.join(reference)}, {name} computes {', '.join(found)}"
        for key in reference:
            a, b = np.asarray(reference[key], float), np.asarray(found[key], float)
            if a.shape != b.shape:
                return f"{key}: shape {a.shape} in {first}, {b.shape} in {name}"
            difference, size = np.abs(a - b).max(), np.abs(a).max()
            if not difference <= tolerance * size:  # also true for nan
                return f"{key}: {first} and {name} differ by {difference:.1e}, the largest entry is {size:.1e}"
    return ""


def alternate(
    steps: Mapping[str, Callable[[], Any]], effort: Effort, collector: bool = True, freeze: bool = True
) -> dict[str, list[float]]:
    """Seconds a call of every step in every round, in turns (A B C A B C …), after the warm-up."""
    calls = dict.fromkeys(steps, 1)
    times: dict[str, list[float]] = {name: [] for name in steps}
    gc.collect()
    if freeze:  # the collector passes over what was there before
        gc.freeze()
    for number in range(-effort.warmups, effort.rounds):
        for name, step in steps.items():
            seconds = turn(step, calls[name], collector)
            if number < 0:
                calls[name] = max(1, math.ceil(effort.turn / seconds))
            else:
                times[name].append(seconds)
    gc.unfreeze()
    return times


def turn(step: Callable[[], Any], calls: int, collector: bool) -> float:
    """Seconds a call, over several calls one after another, so that the collector's work is shared out."""
    gc.collect()
    time.sleep(0.01)  # the threads of whoever came before fall asleep
    with collecting(collector):
        if calls > 1:
            step()  # fills the caches with this subject's data
        start = time.perf_counter()
        for _ in range(calls):
            step()
        return (time.perf_counter() - start) / calls


@contextmanager
def collecting(collector: bool) -> Any:
    """With Python's cyclic garbage collector on or off."""
    if not collector:
        gc.disable()
    try:
        yield
    finally:
        gc.enable()


def others(seconds: float = 0.3) -> float:
    """How many cores other processes use while this one sleeps; 0 where the system does not say."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0

    def used() -> int:
        _, user, nice, system, _idle, _waiting, *interrupts = stat.read_text().partition("\n")[0].split()
        return sum(map(int, (user, nice, system, *interrupts[:2])))

    before = used()
    time.sleep(seconds)
    return (used() - before) / (seconds * os.sysconf("SC_CLK_TCK"))


def without_verdict(section: Section, cores: float) -> Section:
    """The section, for which other processes should have used no core: where they used so many, nothing is decided."""
    if cores > QUIET:
        section.note = f"other processes were using {cores:.1f} cores: no verdict"
        for row in section.rows:
            row.met = None
    return section


def limited(name: str, value: float, unit: str, limit: float | None = None, note: str = "") -> Row:
    """A row that has a limit of its own and is compared with nobody."""
    target = "" if limit is None else f"≤ {limit:g} {unit}"
    return Row(name, value, unit, target=target, met=None if limit is None else value <= limit, note=note)

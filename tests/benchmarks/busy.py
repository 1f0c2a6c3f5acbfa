"""B1: training steps while other processes use the cores, as on anybody's machine.

Means, over a second: a step that now and then has to wait for a thread that is not running costs what it costs, and a
median would hide it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import tensors
from measure import LATER, Effort, Row, Section, Subject, build, others, without_verdict
from threadpoolctl import threadpool_limits
from trainers import Problem

SLOWER = 3  # times the quiet time that a step may take
NETWORKS = ("T2", "T3")
ONE_THREAD = "inversa jit, one thread"  # of BLAS, as `fit` has it for products of moderate size
SUBJECTS = {"inversa jit": "inversa jit", ONE_THREAD: "inversa jit", "numpy": "numpy", "torch": "torch", "jax": "jax"}
TURNS, PART = 5, 0.2  # each subject has a second, in turns with the others


def sections(effort: Effort) -> Iterator[Section]:
    """Every network with no other process, one and two. What they compute is compared elsewhere."""
    if effort.check:
        return
    for name in NETWORKS:
        sizes, samples, _ = tensors.NETWORKS[name]
        shape = "-".join(map(str, sizes))
        title = f"B1, {name} {shape}, batch {samples}, means of a second beside {{}}"
        if effort.quick and name != NETWORKS[0]:
            yield Section(title.format("busy processes"), note=LATER)
            continue
        problem = Problem(sizes, samples)
        built, rows = build({name: partial(tensors.SUBJECTS[made], problem) for name, made in SUBJECTS.items()})
        before, quiet = others(), dict[str, float]()
        for count, beside in enumerate(("no busy process", "one busy process", "two busy processes")):
            with busy(count):
                times = means(built, 1 if effort.quick else TURNS)
            quiet = quiet or times
            section = Section(title.format(beside), [row(name, times, quiet) or rows[name] for name in SUBJECTS])
            yield without_verdict(section, before)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """With so many processes that do nothing but count; they run where this one runs."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.2 * bool(count))  # until they are there
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def means(subjects: dict[str, Subject], turns: int) -> dict[str, float]:
    """Seconds a step, of all steps together."""
    steps: dict[str, Callable[[], Any]] = {name: subject.step for name, subject in subjects.items()}
    taken: dict[str, list[tuple[float, int]]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in range(turns):
        for name, step in steps.items():
            time.sleep(0.01)  # the threads of whoever came before fall asleep
            with threadpool_limits(1 if name == ONE_THREAD else None, user_api="blas"):
                taken[name].append(for_a_while(step))
    return {name: sum(t for t, _ in parts) / sum(n for _, n in parts) for name, parts in taken.items()}


def for_a_while(step: Callable[[], Any]) -> tuple[float, int]:
    """Seconds, and how many steps were taken in them."""
    start, count = time.perf_counter(), 0
    while (seconds := time.perf_counter() - start) < PART:
        step()
        count += 1
    return seconds, count


def row(name: str, times: dict[str, float], quiet: dict[str, float]) -> Row | None:
    """How much slower than when it is quiet, and than ours; None where there is none."""
    if name not in times:
        return None
    found = Row(name, times[name])
    slower = times[name] / quiet[name]
    if times is not quiet:
        found.note = f"{slower:.2g} × its quiet time"
    if not name.startswith("inversa"):
        found.ratios = {ours: times[name] / times[ours] for ours in times if ours.startswith("inversa")}
        if name == "jax":
            found.target, found.met = "≥ 1 ×", max(found.ratios.values()) >= 1
    elif times is not quiet:
        found.target, found.met = f"≤ {SLOWER} × its quiet time", slower <= SLOWER
    return found

"""A1 to A3: our training step on PyTorch's arrays beside PyTorch's own: the same work, by the same functions.

So the ratio is what recording in Python costs. CPU time of one thread, each engine in a process of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import tensors
import trainers
from measure import NOISY, Effort, Row, Section, Workload, run
from trainers import Problem

OURS = "inversa on torch"
ENGINES = {OURS: trainers.on_torch, "torch": trainers.torch}
TURNS = 3
NETWORKS = {"A1": ("T1", 0.25), "A2": ("T2", 0.25), "A3": ("T3", 1 / 1.5)}  # which network, and the ratio to reach


def sections(effort: Effort) -> Iterator[Section]:
    """The results are compared first, in this process."""
    for name, (network, least) in NETWORKS.items():
        sizes, samples, _ = tensors.NETWORKS[network]
        title = f"{name}: training step {'-'.join(map(str, sizes))}, batch {samples}, on PyTorch's arrays, CPU time"
        makers = {engine: partial(make, Problem(sizes, samples)) for engine, make in ENGINES.items()}
        section = run(Workload(title, makers, tolerance=1e-5), Effort(check=True))
        missing = any(row.note == "not installed" for row in section.rows)
        yield section if section.error or missing or effort.check else timed(title, network, least, effort)


def timed(title: str, network: str, least: float, effort: Effort) -> Section:
    """Both engines, one after the other."""
    rows = {}
    for engine in ENGINES:
        command = [
            sys.executable,
            "-P",
            Path(__file__).with_name("run.py"),
            "--arrays",
            network,
            engine,
            str(effort.rounds),
        ]
        taken = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        first, median, third = statistics.quantiles(taken, method="inclusive")
        rows[engine] = Row(engine, median, spread=(third - first) / (2 * median))
    ours, theirs = rows.values()
    theirs.ratios = {OURS: theirs.value / ours.value}  # type: ignore[operator]
    theirs.target = f"≥ {least:.2g} ×"
    if max(row.spread for row in rows.values()) > NOISY:
        theirs.note = "too noisy to tell"
    else:
        theirs.met = theirs.ratios[OURS] >= least
    return Section(title, list(rows.values()))


def measure_here(network: str, engine: str, rounds: int) -> str:
    """In the new process: seconds of the processor's a step, in every round, as JSON."""
    import torch

    torch.set_num_threads(1)
    sizes, samples, _ = tensors.NETWORKS[network]
    step = ENGINES[engine](Problem(sizes, samples)).step
    taken: list[float] = []
    for number in range(rounds + 1):  # the first is to warm up
        start, count = time.process_time(), 0
        while time.process_time() - start < 0.1:
            step()
            count += 1
        taken += [(time.process_time() - start) / count] * bool(number)
    return json.dumps(taken)

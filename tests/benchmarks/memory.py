"""Memory: bytes a node, the peak of training beside the peers', and that nothing grows."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import scalar
import tensors
from measure import LATER, Effort, Row, Section, Subject, absence, build, collecting, limited
from trainers import Problem

STATUS = Path("/proc/self/status")
MEGABYTE = 2**20


def sections(effort: Effort) -> Iterator[Section]:
    """The smallest things first."""
    if effort.check:
        return
    yield bytes_a_node()
    yield growth()
    for name in ("T3", "T4"):
        yield Section(f"Memory: peak of training {name}", note=LATER) if effort.quick else peaks(name)


def bytes_a_node() -> Section:
    """S1's graph after the forward pass, divided by its nodes."""
    from inversa.autograd import Graph, Value

    nodes = len(Graph(scalar.network(Value).loss()))
    rows = [limited("inversa", traced(scalar.network(Value).loss) / nodes, "bytes", 200, f"{nodes} nodes")]
    try:
        from micrograd.engine import Value as Micrograd
    except ImportError as error:
        rows.append(Row("micrograd", note=absence(error)))
    else:
        rows.append(limited("micrograd", traced(scalar.network(Micrograd).loss) / nodes, "bytes"))
    return Section("Memory: bytes a node of S1, forward", rows)


def traced(function: Callable[[], Any]) -> int:
    """Bytes that what the function returns keeps alive."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = function()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del kept
    return used


def growth(steps: int = 10_000) -> Section:
    """What 10 000 steps leave behind, with the cyclic collector off: nothing but a few cached objects."""
    sizes, samples, _ = tensors.NETWORKS["T1"]
    problem = Problem(sizes, samples)
    built, rows = build({"inversa": lambda: tensors.SUBJECTS["inversa"](problem),
                         "inversa jit": lambda: tensors.SUBJECTS["inversa jit"](problem),
                         "inversa Values": small_scalar_network})  # fmt: skip
    for name, subject in built.items():
        gc.collect()
        with collecting(False):
            for _ in range(steps // 4):  # fills the interpreter's own lists of spare objects
                subject.step()
            before = sys.getallocatedblocks()
            for _ in range(steps):
                subject.step()
            left = sys.getallocatedblocks() - before
        rows[name] = limited(name, left, "objects", 100)
    return Section(f"Memory: left behind by {steps} training steps, collector off", list(rows.values()))


def small_scalar_network() -> Subject:
    """A step of a network of Values so small that 10 000 are soon done."""
    from inversa.nn import NeuronNetwork, optim

    network = NeuronNetwork([1, 2, 1], activation="tanh", seed=0)
    optimizer = optim.SGD(network.parameters(), lr=0.01)

    def step() -> None:
        optimizer.zero_grad()
        ((network([0.5]) - 1) ** 2).backward()
        optimizer.step()

    return Subject(step)


def peaks(name: str) -> Section:
    """Every library in a process of its own: how far its memory rises from idle until after three steps."""
    sizes, samples, _ = tensors.NETWORKS[name]
    weights = sum(array.nbytes for array in Problem(sizes, samples).parameters())
    section = Section(f"Memory: peak of training {name}, above the idle library; the weights take {weights >> 20} MB")
    if not STATUS.exists():
        section.note = "not measured: this needs Linux's /proc"
        return section
    run = Path(__file__).with_name("run.py")
    for subject in tensors.SUBJECTS:
        command = [sys.executable, "-P", str(run), "--peak", name, subject]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        try:
            section.rows.append(limited(subject, int(done.stdout) / MEGABYTE, "MB"))
        except ValueError:
            section.rows.append(Row(subject, note=done.stdout.strip()))
    return section


def peak(name: str, subject: str) -> str:
    """In the new process: bytes, or why there is no such subject."""
    sizes, samples, _ = tensors.NETWORKS[name]
    make = tensors.SUBJECTS[subject]
    try:
        idle = make(Problem((2, 3, 3), 4))  # loads all that is needed
    except ImportError as error:
        return absence(error)
    idle.step()
    before = high_water()
    training = make(Problem(sizes, samples))
    for _ in range(3):
        training.step()
    return str(high_water() - before)


def high_water() -> int:
    """The most memory that this process has had, in bytes; unlike getrusage's, without the parent's."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

"""What a new process costs: importing, and the first gradient."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace

from measure import LATER, PEERS, Effort, Section, Subject, alternate, build

IMPORTS = {
    "bare Python": "pass",
    "inversa": "from inversa.autograd import Value",
    **{name: f"import {name}" for name in ("numpy", "numba", *PEERS)},
}

FIRST_GRADIENTS = {
    "inversa": "from inversa.autograd import Value; x = Value(2.0); (x * x).backward(); assert x.grad == 4",
    "inversa Tensor": "from inversa.autograd import Tensor; x = Tensor(2.0, requires_grad=True); (x * x).backward()",
    "micrograd": "from micrograd.engine import Value; x = Value(2.0); (x * x).backward()",
    "autograd": "from autograd import grad; grad(lambda x: x * x)(2.0)",
    "mygrad": "import mygrad; x = mygrad.tensor(2.0); (x * x).backward()",
    "torch": "import torch; x = torch.tensor(2.0, requires_grad=True); (x * x).backward()",
    "jax": "import jax; jax.jit(jax.grad(lambda x: x * x))(2.0).block_until_ready()",
}
SLOW = {"numba", "mygrad", "sklearn", "torch", "jax", "inversa jit, never compiled"}
COMPILED = """
from inversa.autograd import Value, jit
w = Value(3.0)
f = jit(lambda x: w * x)
f.backward([1.0, 2.0], reduce="sum")
assert w.grad == 3
"""


def sections(effort: Effort) -> Iterator[Section]:
    """Imports above bare Python, then first gradients from the start of the process."""
    if effort.check:
        return
    few = replace(effort, rounds=3 if effort.quick else 9, warmups=1, turn=0)
    yield imports(few)
    yield first_gradients(few)


def imports(effort: Effort) -> Section:
    """Medians of the differences from bare Python."""
    section = timed("Import, above bare Python", {name: start(code) for name, code in IMPORTS.items()}, effort)
    bare, *others = section.rows
    for row in others:
        if row.value is not None and bare.value is not None:
            row.value -= bare.value
        row.target = "≤ 40 ms" if row.name == "inversa" else ""
        row.met = row.value is not None and row.value <= 0.040 if row.target else None
    return section


def first_gradients(effort: Effort) -> Section:
    """From starting Python to its end."""
    limits = {"inversa": 0.1, "inversa jit, never compiled": 2.0, "inversa jit, compiled before": 0.6}
    factories = {name: start(code) for name, code in FIRST_GRADIENTS.items()}
    factories["inversa jit, never compiled"] = start(COMPILED, new_cache=True)
    factories["inversa jit, compiled before"] = start(COMPILED)
    section = timed("First gradient in a new process, from its start to its end", factories, effort)
    for row in section.rows:
        if row.name in limits:
            row.target = f"≤ {limits[row.name]:g} s"
            row.met = row.value <= limits[row.name] if row.value is not None else None
    return section


def timed(title: str, factories: dict[str, Callable[[], Subject]], effort: Effort) -> Section:
    """All of them in turns; a quick run leaves out what takes long to start."""
    built, rows = build(factories)
    for name in SLOW & built.keys() if effort.quick else ():
        del built[name]
        rows[name].note = LATER
    for name, taken in alternate({name: subject.step for name, subject in built.items()}, effort).items():
        rows[name].value = statistics.median(taken)
    return Section(title, list(rows.values()))


def start(code: str, new_cache: bool = False) -> Callable[[], Subject]:
    """Run this program in a new Python, with a cache of compiled functions that is new, too, or the usual one."""
    # Bytecode may be kept, as it is once a library has been installed.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-P", "-c", code]

    def step() -> None:
        with tempfile.TemporaryDirectory() as folder:
            cache = {"NUMBA_CACHE_DIR": folder} if new_cache else {}
            subprocess.run(command, check=True, env=environment | cache)

    def factory() -> Subject:
        available(code)
        return Subject(step)

    return factory


def available(code: str) -> None:
    """Raise the ImportError that this program would raise."""
    words = code.replace(";", " ").split()
    if "jit" in words:
        from inversa.autograd import jit  # noqa: F401
    elif words[0] in ("from", "import") and importlib.util.find_spec(words[1].partition(".")[0]) is None:
        raise ModuleNotFoundError(name=words[1])

"""Two threads for everybody; to be imported first, for libraries read this when they are loaded."""

from __future__ import annotations

import os

THREADS = 2

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_NUM_THREADS"] = str(THREADS)
if hasattr(os, "sched_setaffinity"):  # jax's compiler has no such setting, but respects this
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

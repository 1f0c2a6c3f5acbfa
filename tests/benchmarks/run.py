"""`make bench`: every comparison is a ratio measured side by side, after the results were found to agree.

The workloads are in the modules of `GROUPS`; measure.py says how they are timed. The exit status is 1 when results
disagree, and 0 otherwise, whatever the times.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the benchmarks are scripts beside this one

import threads  # before the libraries are

# isort: split
import arrays
import busy
import compiling
import gpt
import graphs
import hessians
import kernels
import memory
import process
import report
import reverse
import samples
import scalar
import sequences
import tensors
from measure import Effort

# The scalars first: the collector's work grows with the heap, and no other library is loaded yet.
GROUPS = {
    "scalar": scalar, "graphs": graphs, "reverse": reverse, "tensors": tensors, "kernels": kernels,
    "process": process, "memory": memory, "compiling": compiling, "hessians": hessians, "samples": samples,
    "gpt": gpt, "sequences": sequences, "busy": busy, "arrays": arrays,
}  # fmt: skip


def main() -> int:
    """Measure, print, write."""
    options = arguments()
    if options.peak:
        print(memory.peak(*options.peak))
        return 0
    if options.compile:
        subject, shape, size = options.compile
        print(compiling.measure_here(subject, shape, int(size)))
        return 0
    if options.arrays:
        network, engine, rounds = options.arrays
        print(arrays.measure_here(network, engine, int(rounds)))
        return 0
    effort = Effort()
    if options.quick or options.check:
        effort = Effort(rounds=3, warmups=1, turn=0.01, quick=True, check=options.check)
    about = report.machine(threads.THREADS)
    print(report.heading(about))
    sections = []
    for name in options.groups or GROUPS:
        for section in GROUPS[name].sections(effort):
            print(report.table(section), flush=True)
            sections.append(section)
    if not options.check:
        report.write(sections, about, options.out)
        print(f"written to {options.out}/")
    return int(any(section.error for section in sections))


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="The benchmarks of Inversa and its peers.")
    parser.add_argument("groups", nargs="*", help=f"some of {', '.join(GROUPS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, without the largest workloads")
    parser.add_argument("--check", action="store_true", help="compare the results and time nothing")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="where results.json and .png go")
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)  # memory.py's, for new processes
    parser.add_argument("--compile", nargs=3, help=argparse.SUPPRESS)  # compiling.py's
    parser.add_argument("--arrays", nargs=3, help=argparse.SUPPRESS)  # arrays.py's
    options = parser.parse_args()
    if unknown := set(options.groups) - GROUPS.keys():
        parser.error(f"there is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())

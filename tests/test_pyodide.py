"""The scalar half of the library in Pyodide, without NumPy, Numba, processes and threads: its tests, and its numbers.

Run by `make live-tests`, which makes what they need: Node, and the packages `pyodide` and `@viz-js/viz` of npm.
"""

import json
import math
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from .pyodide import programs

ROOT = Path(__file__).parents[1]
MODULES = Path(os.environ.get("INVERSA_NODE_MODULES", ROOT / ".build" / "live" / "node_modules"))
LIBRARY = ".links/inversa"

# What is run, and how many of it pass at least. All others there say what is missing: mostly NumPy.
TESTS = {
    "the engine": (
        560,
        [
            "tests/autograd",
            "--ignore=tests/autograd/kernels",
            # It counts calls; one more is made there for what is freed.
            "--deselect=tests/autograd/test_operators.py::test_a_number_or_a_name_makes_no_detour",
        ],
    ),
    "networks": (
        66,
        [
            *(f"tests/nn/test_{name}.py" for name in ("neurons", "neuron_rnn", "losses", "optim", "schedules")),
            *(f"tests/nn/test_{name}.py" for name in ("keywords", "module", "penalties", "summary")),
        ],
    ),
    "pictures": (
        245,
        [
            *(f"tests/viz/{name}" for name in ("drawing", "lettering", "neurons", "pages", "picture", "recurrent")),
            *(f"tests/viz/test_{name}.py" for name in ("golden", "pictures", "numbers", "answers", "language")),
            "--ignore=tests/viz/picture/test_arrays_of_others.py",
        ],
    ),
    "examples": (
        290,
        [
            *(f"{LIBRARY}/{package}" for package in ("autograd", "nn", "viz")),
            *(
                f"--ignore={LIBRARY}/{room}"
                for room in ("autograd/kernels", "nn/estimators", "viz/plots", "viz/slides")
            ),
        ],
    ),
}

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(not (MODULES / "pyodide").exists(), reason=f"no packages of npm in {MODULES}: make live"),
]


def run(*arguments):
    """What Pyodide prints, and the last line of it as JSON."""
    command = ["node", "tests/pyodide/run.mjs", ROOT, sysconfig.get_path("purelib"), MODULES]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600)
    *lines, last = done.stdout.splitlines() or [""]
    assert last.startswith("{"), done.stdout[-3000:] + done.stderr[-3000:]
    return "\n".join(lines), json.loads(last)


@pytest.mark.parametrize("what", TESTS)
def test_the_tests_pass(what):
    least, wanted = TESTS[what]
    printed, counts = run(*wanted)
    assert "failed" not in counts, printed[-5000:]
    assert counts["passed"] >= least, counts
    print(what, counts)


def test_the_numbers_are_those_of_cpython():
    _, found = run("--numbers")
    expected = json.loads(programs.computed())
    assert found.keys() == expected.keys()
    assert found["arithmetic"] == expected["arithmetic"]
    for name, limit in {"functions": 1e-15, "training": 1e-13, "compiled": 1e-14}.items():
        pairs = zip(found[name], expected[name], strict=True)
        worst = max(abs(a - b) / max(1.0, abs(b)) for a, b in (map(float.fromhex, pair) for pair in pairs))
        assert worst <= limit, (name, worst)
        assert math.isfinite(worst)

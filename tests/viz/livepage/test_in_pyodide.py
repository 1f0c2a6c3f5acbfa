"""Sessions inside Pyodide, under Node: the numbers of this Python, examples at once, and memory that stays as it is.

Pyodide has another library of mathematics than other Pythons, that of musl: its exp, tanh, sin and the like differ from
glibc's by one or two units in the last place now and then. What is computed without these is the same to the last bit.
"""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from inversa.viz.livepage import session
from inversa.viz.livepage.examples import EXAMPLES
from inversa.viz.livepage.library import library

pytestmark = pytest.mark.live
MADE = Path(__file__).parents[3] / ".build" / "live" / "node_modules"
MODULES = Path(os.environ.get("INVERSA_NODE_MODULES", MADE))
PROGRAMS = Path(__file__).with_name("programs.py").read_text("utf-8")

PRINTED = """
from inversa.viz.livepage import session

def printed(program, numbers):
    found = []
    for k in numbers:
        answer = session.run(program(k), "en")
        assert answer["error"] is None, answer["error"]
        found.append(answer["printed"])
    return found
"""
NUMBERS = (
    f"{PROGRAMS}{PRINTED}"
    + """
everything = [printed(exact_expression, range(100)), printed(expression, range(300)), printed(network, range(50))]
"""
)
FUNCTIONS = (
    f"{PROGRAMS}{PRINTED}"
    + """
some = random.Random(0)
points = [some.uniform(0.001, 6) for _ in range(1000)]
functions = session.running.usual_names() | {"abs": abs}
everything = {name: [float(functions[name](x)) for x in points] for name in FUNCTIONS}
"""
)
EDITS = """
import gc, json
from inversa.autograd import Value
from inversa.viz.livepage import session
from inversa.viz.livepage.examples import source

def edits(numbers):
    for i in numbers:
        session.run(f"{source('neuron')}\\ndef f(): return f\\nJ = J * {i}", "en")
        session.show("picture", "en", 780, 570)
        session.show("gradients", "en")
        session.names("en")
        session.run(f"{source('neuron')}\\nwrong", "en")
    gc.collect()
    return [memory(), len(gc.get_objects()), sum(isinstance(x, Value) for x in gc.get_objects())]

json.dumps([edits(range(1000)), edits(range(1000, 2000))])
"""
SPEED = """
import json
from inversa.viz.livepage import session
from inversa.viz.livepage.examples import EXAMPLES, source

def taken(name):
    start = seconds()
    assert session.run(source(name), "en")["error"] is None
    assert "svg" in session.show("picture", "en", 780, 570)
    return seconds() - start

json.dumps({name: min(taken(name) for _ in range(5)) for name in EXAMPLES})
"""
FAILURES = """
import json
from inversa.viz.livepage import session
codes = "def f(n): return f(n)\\n\\nf(1)", "x = (\\n", "1\\ninput()", "1\\nexit()", "w = Value(1.0)\\nnn.Neuron(2)([w])"
found = [session.run(code, "es")["error"] for code in codes]
json.dumps([[error["line"], error["type"], error["text"]] for error in found])
"""


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    """Run a program inside Pyodide; what its last line gives is JSON."""
    if shutil.which("node") is None or not MODULES.is_dir():
        pytest.skip("needs Node.js and what `make live` gets from npm")
    folder = tmp_path_factory.mktemp("inside")
    (folder / "library.zip").write_bytes(library())

    def inside(program):
        (folder / "program.py").write_text(program, "utf-8")
        command = [
            "node",
            Path(__file__).with_name("inside.mjs"),
            MODULES,
            folder / "library.zip",
            folder / "program.py",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    return inside


def computed(program):
    """The same here."""
    exec(compile(program, "program.py", "exec"), space := {})
    return space["everything"]


def differences(found, expected):
    """The relative differences of all numbers of programs."""
    for text, other in zip(found, expected, strict=True):
        numbers, others = (eval(each, {"inf": math.inf, "nan": math.nan}) for each in (text, other))
        assert numbers.keys() == others.keys()
        for name, x in numbers.items():
            y = others[name]
            yield 0.0 if x == y or math.isnan(x) == math.isnan(y) is True else abs(x - y) / max(abs(x), abs(y))


def test_numbers_are_those_of_this_python(inside):
    exact, expressions, networks = inside(f"import json\n{NUMBERS}\njson.dumps(everything)")
    here = computed(NUMBERS)
    assert exact == here[0]  # without functions of the mathematical library: to the last bit
    found = sorted([*differences(expressions, here[1]), *differences(networks, here[2])])
    assert len(found) > 2000
    assert found.count(0.0) > 0.85 * len(found)
    assert found[int(0.99 * len(found))] < 2e-15
    assert found[-1] < 1e-14


def test_functions_differ_in_the_last_digit_at_most(inside):
    found = inside(f"import json\n{FUNCTIONS}\njson.dumps(everything)")
    units = {
        name: max(abs(x - y) / math.ulp(y) for x, y in zip(found[name], numbers, strict=True))
        for name, numbers in computed(FUNCTIONS).items()
    }
    print(units)
    assert max(units.values()) <= 2, units


def test_a_thousand_edits_leave_memory_flat(inside):
    (bytes_before, objects_before, values_before), (bytes_after, objects_after, values_after) = inside(EDITS)
    assert bytes_after == bytes_before
    assert objects_after == pytest.approx(objects_before, rel=0.01)  # sizes of numbers never seen before are kept
    assert values_after == values_before


def test_examples_are_drawn_at_once(inside):
    taken = inside(SPEED)
    print(taken)
    assert taken.keys() == set(EXAMPLES)
    assert max(taken.values()) < 0.3


def test_errors_have_the_readers_line(inside):
    recursion, syntax, asked, left, library_error = inside(FAILURES)
    assert [recursion[:2], syntax[:2], asked[:2]] == [[1, "RecursionError"], [1, "SyntaxError"], [2, "NoInputError"]]
    assert [left[:2], library_error[:2]] == [[2, "SystemExit"], [2, "ValueError"]]
    assert recursion[2] == "Una función se llama a sí misma sin fin."
    assert session.run("1\nexit()", "es")["error"]["text"] == left[2]

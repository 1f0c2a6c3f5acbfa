"""The student's file runs in a process of its own, and whatever it does ends there."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inversa.viz.command import cli
from inversa.viz.examiner import ExaminerError, Limits
from inversa.viz.examiner.child import protocol

from .mistakes import right

HOSTILE = """
import math, os, subprocess, sys, threading, time

print("hello" * 1000)
sys.setrecursionlimit(10**6)
sys.stdout.write("x")


def forever():
    while True:
        try:
            time.sleep(0.01)
        except:
            pass


threading.Thread(target=forever).start()


class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents, self.push = data, 0.0, parents, lambda: None

    def __add__(self, other):
        print("adding", os.write(1, b"adding"))
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out.push = push
        return out

    def __sub__(self, other):
        sys.exit(3)

    def __mul__(self, other):
        os._exit(0)

    def __truediv__(self, other):
        return Value(len([0] * 10**10))

    def __pow__(self, n):
        while True:
            try:
                time.sleep(0.001)
            except:
                pass

    def __neg__(self):
        while True:
            try:
                math.sin(1.0)
            except:
                pass

    def exp(self):
        os.kill(os.getpid(), 9)

    def sigmoid(self):
        with open("large", "wb") as file:
            file.write(b"0" * 10**8)

    def log(self):
        return Value(input())

    def relu(self):
        return [open(os.devnull) for _ in range(10**5)]

    def sin(self):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open({pids!r}, "a") as file:
            file.write(str(child.pid) + " ")
        os._exit(0)

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.push()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits of memory and files")
def test_a_file_that_does_everything_wrong(examined, tmp_path):
    pids = tmp_path / "pids"
    begin = time.monotonic()
    examination = examined(HOSTILE.replace("{pids!r}", repr(str(pids))), limits=Limits(0.2, 1.0, 30.0, files=32))
    assert time.monotonic() - begin < 30
    found = {o.probe.name: o for o in examination.outcomes}
    assert found["seed"].state == found["alone add"].state == "right"
    assert found["alone subtract"].error == "SystemExit"
    assert found["alone multiply"].state == "died"
    assert found["alone divide"].error == "MemoryError"
    assert found["alone power 3"].state == "slow"
    assert found["alone negative at 3"].state == "slow"
    assert found["alone exp at 0.7"].state == "died"
    assert found["alone sigmoid at 0.7"].error == "OSError"
    assert found["alone log at 0.7"].error == "EOFError"
    assert found["alone relu at 0.7"].error == "OSError"
    assert found["alone cos at 0.7"].state == "missing"
    assert found["accumulate add argument 1"].state == "right"  # it goes on after what has ended the process
    assert found["through multiply"].state == "unanswered"  # and does not ask for more of the same
    assert "{" not in examination.report("es")
    time.sleep(0.1)
    for pid in pids.read_text().split():
        assert not _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(0)", "reading engine.py ends the process: what it runs"),
        ("while True:\n    pass", "reading engine.py does not end: what it runs"),
        ("class Value:\n  pass\n pass", "engine.py cannot be used: IndentationError"),
        ("import nowhere", "engine.py cannot be used, line 1: ModuleNotFoundError: No module named 'nowhere'"),
        ("x = 1", "engine.py has no class, or several: name that of its nodes"),
        ("class A: pass\nclass B: pass", "has no class, or several"),
        ("class Value: pass", "engine.py cannot be used, line 0: TypeError"),
        ("class Value:\n    def __init__(self, x): pass", r"calls its data and backward was not found: say so, --data"),
    ],
)
def test_files_that_cannot_be_used(examined, code, message):
    with pytest.raises(ExaminerError, match=message.replace(", line 0", "")):
        examined(code, limits=Limits(0.2, 1.0))


def test_a_file_that_ends_itself_after_its_class_is_examined(examined):
    examination = examined(right("tags") + "\nraise SystemExit('done')\n")
    assert not examination.faults
    assert [r.values for r in examination.remarks if r.key == "stopped"] == [(("error", "SystemExit: done"),)]


def test_it_gives_up_when_nothing_is_answered(examined):
    source = right("closures").replace(
        "    def backward(self):\n", "    def backward(self):\n        while True: pass\n"
    )
    begin = time.monotonic()
    examination = examined(source)
    assert time.monotonic() - begin < 15
    assert [fault.cause for fault in examination.faults] == ["endless"]
    assert any(remark.key == "unanswered" for remark in examination.remarks)


def test_what_the_file_writes_is_gone(examined, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examined(right("tape") + "\nopen('left.txt', 'w').write('x')\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["engine.py"]


def test_it_sees_little_of_the_environment(examined, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    assert not examined(right("tape") + "\nimport os\nassert 'SECRET' not in os.environ\n").remarks[1:]


def test_it_can_import_what_stands_beside_it(examined, tmp_path):
    (tmp_path / "helpers.py").write_text("from math import tanh\n")
    source = right("tags").replace(
        "from math import exp, log, tanh", "from helpers import tanh\nfrom math import exp, log"
    )
    assert not examined(source).faults


def test_what_runs_the_file_is_in_the_way_of_no_import(examined, tmp_path):
    for name in ("child", "protocol"):
        (tmp_path / f"{name}.py").write_text("OURS = 1\n")
    assert not examined("from child import OURS\nimport protocol\nprotocol.OURS\n" + right("tags")).faults


def test_a_state_that_is_left_does_not_spoil_the_next_program(examined):
    source = (
        right("closures")
        .replace("import math\n", "import math\nCOUNT = [0]\n")
        .replace(
            "        self.grad = 1.0\n", "        COUNT[0] += 1\n        self.grad = 1.0 if COUNT[0] < 4 else 5.0\n"
        )
    )
    assert not examined(source).faults  # no program has more than two passes


def test_a_system_without_limits_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert protocol._limit({"memory": 1, "file": 1, "files": 1}) == ["memory", "files", "time"]
    protocol._allow(1.0)  # and does without


def test_without_a_limit_of_computing_the_time_that_passes_is_one(examined, monkeypatch):
    monkeypatch.delattr(signal, "SIGXCPU", raising=False)
    source = right("closures").replace(
        "        t = math.tanh(self.data)\n", "        __import__('time').sleep(99)\n        t = 1.0\n"
    )
    examination = examined(source, limits=Limits(wall=0.7))
    assert [(fault.cause, fault.operations) for fault in examination.faults] == [("endless", ("tanh",))]


SMALL = right("small")


@pytest.mark.parametrize("shape", ["()", "1"], ids=["no axes", "one number"])
def test_numbers_may_be_arrays(examined, shape):
    """Gradients in arrays are added to in place: one that two nodes share would count both."""
    source = SMALL.replace("data, 0.0,", f"np.full({shape}, data), np.zeros({shape}),")
    examination = examined("import numpy as np\n" + source)
    assert not examination.faults


def test_a_node_may_be_a_float(examined):
    source = """
class Value(float):
    def __new__(cls, data, parents=()):
        node = super().__new__(cls, data)
        node.grad, node.parents = 0.0, parents
        return node

    def __add__(self, other):
        return Value(float(self) + float(other), ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(float(self) * float(other), ((self, float(other)), (other, float(self))))
"""
    examination = examined(source + SMALL[SMALL.index("    def backward") :])
    assert examination.names["data"] == "real"
    assert {o.probe.op: o.state for o in examination.outcomes if o.probe.kind == "alone"}["add"] == "right"


def test_gradients_that_cannot_be_set_are_no_mistake(examined):
    source = (
        SMALL.replace("self.grad", "self._grad") + "\n    @property\n    def grad(self):\n        return self._grad\n"
    )
    assert not examined(source).faults


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
@pytest.mark.parametrize(
    "before",
    [
        "import os\nos.fork()\n",
        "import os\nfor i in range(3, 20):\n    try: os.write(i, b'[1]\\nno answer\\n')\n    except OSError: pass\n",
    ],
    ids=["forks", "writes everywhere"],
)
def test_what_else_is_written_into_the_pipe_is_no_answer(examined, before):
    examination = examined(before + SMALL)
    assert examination.complete
    assert not examination.faults


def test_messages_bring_no_signs_for_the_console(examined):
    source = SMALL.replace(
        "        return Value(self.data * other.data",
        "        raise ValueError('\\x1b[31m\\u202ered')\n        return Value(self.data",
    )
    report = examined(source).report("en")
    assert "[31m" in report
    assert all(c.isprintable() for c in report.replace("\n", ""))


@pytest.mark.parametrize("names", [{"data": "foo"}, {"backward": "foo"}, {"zero": "foo"}], ids=str)
def test_names_that_are_not_there_are_no_mistake_of_the_engine(examined, names):
    with pytest.raises(ExaminerError, match=r"engine\.py has no foo"):
        examined(SMALL, **names)


def test_what_was_not_examined_to_the_end_is_not_called_right(examined, monkeypatch):
    whole = examined(right("tape"))
    cut = replace(whole, outcomes=(*whole.outcomes[:-1], whole.outcomes[-1]._replace(state="unanswered")))
    assert (whole.complete, cut.complete) == (True, False)
    assert "not all was examined" in cut.report("en")
    assert "no se examinó todo" in cut.report("es")
    for examination, code in ((whole, 0), (cut, 1)):
        monkeypatch.setattr(cli, "examine", lambda *_, found=examination, **__: found)
        assert cli.main(["examine", "engine.py"]) == code

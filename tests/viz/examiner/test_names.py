"""What an engine calls things is guessed by what it holds, or given."""

import re

import pytest

from inversa.viz.examiner import ExaminerError, examine

from .conftest import QUICK
from .mistakes import right

SPANISH = {
    "Scalar": "Numero",
    "as_scalar": "a_numero",
    "value": "contenido",
    "gradient": "derivada",
    "backprop": "retropropagar",
    "zero_grad": "olvidar",
}


def renamed(source, names):
    for old, new in names.items():
        source = re.sub(rf"\b{old}\b", new, source)
    return source


def test_names_are_guessed_by_what_they_hold(examined):
    examination = examined(renamed(right("tags"), SPANISH))
    assert examination.kind == "Numero"
    assert examination.names == {"data": "contenido", "grad": "derivada", "backward": "retropropagar"}
    assert not examination.faults
    assert "contenido (número), derivada (gradiente), retropropagar" in examination.report("es")


def test_a_gradient_of_any_name_is_the_one_that_becomes_1(examined):
    assert examined(renamed(right("tags"), {"gradient": "sensitivity"})).names["grad"] == "sensitivity"


def test_names_can_be_given(examined):
    names = {"value": "a1", "gradient": "a2", "backprop": "run_it", "zero_grad": "forget"}
    source = renamed(right("tags"), names)
    with pytest.raises(ExaminerError, match="calls its backward was not found: say so, --backward NAME"):
        examined(source)
    examination = examined(source, data="a1", grad="a2", backward="run_it", zero="forget")
    assert examination.names == {"data": "a1", "grad": "a2", "backward": "run_it", "zero": "forget"}
    assert not examination.faults


def test_the_class_is_the_one_with_a_backward_pass(examined):
    source = renamed(right("closures"), {"Value": "Unusual"}) + "\n\nclass Network:\n    pass\n"
    assert examined(source).kind == "Unusual"


def test_what_empties_a_tape_is_not_what_sets_gradients_to_zero(examined):
    examination = examined(right("tape") + "\n\ndef reset():\n    TAPE.clear()\n")
    assert "zero" not in examination.names
    assert not examination.faults


def test_a_tape_that_is_an_object(examined):
    source = right("tape").replace(
        "def backward(out):",
        "class Tape:\n    def backward(self, out):\n        pull(out)\n\n\ntape = Tape()\n\n\ndef pull(out):",
    )
    examination = examined(source, "Var")
    assert examination.names["backward"] == "tape.backward"
    assert not examination.faults


def test_gradients_have_to_be_asked_for_in_some_engines(examined):
    source = right("closures").replace('label=""', 'label="", requires_grad=False')
    source = source.replace(
        "        self.label = label\n",
        "        self.label = label\n        self.wanted = requires_grad or bool(parents)\n",
    )
    source = source.replace("self.grad += out.grad\n", "self.grad += out.grad if self.wanted else 0.0\n")
    assert not examined(source).faults


LEAVES = """        for node in reversed(order):
            node.push()
        for node in order:
            node.grad = None if node.parents else node.grad
"""


def test_gradients_that_are_kept_at_leaves_alone(examined):
    source = right("closures").replace("        for node in reversed(order):\n            node.push()\n", LEAVES)
    fresh = "        visit(self)\n        for node in order:\n            node.grad = node.grad or 0.0\n"
    source = source.replace("        visit(self)\n", fresh)
    assert not examined(source).faults
    seed = source.replace("self.grad = 1.0", "self.grad = 2.0")
    assert [fault.cause for fault in examined(seed).faults] == ["seed"]


def test_numpy_numbers(examined):
    source = right("closures").replace(
        "        self.data = data\n", "        self.data = np.array(data, dtype=np.float32)\n"
    )
    assert not examined("import numpy as np\n" + source).faults


@pytest.mark.parametrize(
    ("engine", "names", "message"),
    [
        ("engine.txt", {}, "engine is a Python file and a class in it, such as 'engine.py:Value', not"),
        ("engine.py", {"backward": "a b"}, "backward is a name in the file, such as 'backward', not 'a b'"),
        ("engine.py", {"data": ""}, "data is a name in the file, such as 'backward', not ''"),
    ],
)
def test_arguments_are_checked(tmp_path, engine, names, message):
    (tmp_path / engine).write_text(right("tags"))
    with pytest.raises(ValueError, match=message):
        examine(tmp_path / engine, **names)


def test_a_class_that_is_not_there(tmp_path):
    (tmp_path / "engine.py").write_text(right("tags"))
    with pytest.raises(
        ExaminerError, match=r"engine.py has no Value: name the class of its nodes, as in engine.py:Value"
    ):
        examine(f"{tmp_path / 'engine.py'}:Value")
    with pytest.raises(FileNotFoundError, match="is not there"):
        examine(tmp_path / "motor.py")


# Engines in packages.


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose engine imports what stands beside it, and above."""
    folder = tmp_path / "course" / "engines"
    folder.mkdir(parents=True)
    (tmp_path / "course" / "__init__.py").write_text("")
    (tmp_path / "course" / "shared.py").write_text("from math import tanh\n")
    (folder / "__init__.py").write_text("from .engine import Scalar\n")
    (folder / "ops.py").write_text("from math import exp, log\n")
    source = right("tags").replace(
        "from math import exp, log, tanh", "from ..shared import tanh\nfrom .ops import exp, log"
    )
    assert ".ops" in source
    (folder / "engine.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(
    "engine",
    [
        "course/engines/engine.py:Scalar",
        "course/engines/engine.py",
        "course.engines.engine:Scalar",
        "course.engines.engine",
        "course.engines:Scalar",
        "course/engines/__init__.py:Scalar",
    ],
)
def test_an_engine_may_be_part_of_a_package(package, engine):
    examination = examine(engine, limits=QUICK)
    assert (examination.kind, examination.faults) == ("Scalar", ())
    assert examination.complete


def test_what_stands_beside_the_file_is_read_anew_too(package):
    (package / "ops.py").write_text("from math import exp, log\nCOUNT = [0]\n")
    source = (package / "engine.py").read_text().replace("import exp, log", "import COUNT, exp, log")
    counted = "    def backprop(self):\n        COUNT[0] += 1\n        assert COUNT[0] < 4\n"
    (package / "engine.py").write_text(source.replace("    def backprop(self):\n", counted))
    assert not examine("course.engines.engine:Scalar", limits=QUICK).faults  # no program has more than two passes


def test_a_package_without_its_file_is_imported_by_its_name_alone(package):
    (package / "__init__.py").unlink()
    (package.parent / "__init__.py").unlink()
    assert not examine("course.engines.engine:Scalar", limits=QUICK).faults
    with pytest.raises(
        ExaminerError, match=r"line \d+: ImportError: .*relative import.*: put an __init__\.py into the"
    ):
        examine("course/engines/engine.py:Scalar", limits=QUICK)


def test_a_module_that_is_not_there_is_named(package):
    with pytest.raises(
        FileNotFoundError, match=r"no module 'course\.nothing' in the current folder: name a file, such"
    ):
        examine("course.nothing:Scalar")
    (package / "ops.py").unlink()
    with pytest.raises(ExaminerError, match=r"engine\.py cannot be used.*No module named 'course\.engines\.ops'"):
        examine("course.engines.engine:Scalar")

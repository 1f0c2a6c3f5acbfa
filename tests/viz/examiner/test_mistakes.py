"""Every mistake is found and named, alone; engines without one are accused of nothing."""

import pytest

from inversa.autograd.languages import languages, texts

from .mistakes import CLASSES, REPORTED, SEEDED, right


@pytest.mark.parametrize("engine", CLASSES)
def test_right_engines_get_remarks_at_most(examined, engine):
    examination = examined(right(engine), CLASSES[engine])
    assert not examination.faults
    keys = {remark.key for remark in examination.remarks}
    assert ("paths" in keys) == (engine == "paths")
    assert ("recursion" in keys) == (engine in ("paths", "closures"))


def test_micrograd_is_right(tmp_path):
    engine = pytest.importorskip("micrograd.engine")
    from inversa.viz.examiner import examine

    examination = examine(f"{engine.__file__}:Value")
    assert not examination.faults
    assert [remark.key for remark in examination.remarks] == ["missing reflected", "recursion", "again all"]


@pytest.mark.parametrize("mistake", [*SEEDED, *REPORTED], ids=lambda m: f"{m.engine}: {m.done}")
def test_a_mistake_has_one_cause(examined, mistake):
    examination = examined(mistake.source, CLASSES[mistake.engine])
    assert [(fault.cause, fault.operations) for fault in examination.faults] == [(mistake.cause, mistake.operations)]
    for lang in languages():  # every cause and hint has its sentences
        report = examination.report(lang)
        assert texts(lang).examiner[f"advice {mistake.cause}"] in report
        assert "{" not in report


def test_there_are_enough_of_them():
    assert len(SEEDED) == 25
    assert len(REPORTED) == 15
    assert {mistake.engine for mistake in SEEDED} == set(CLASSES)


def test_two_mistakes_have_two_causes(examined):
    source = right("closures").replace("(1 - t**2)", "(1 + t**2)").replace("(self.data > 0) *", "(self.data > 0) * 2 *")
    found = [(fault.cause, fault.operations) for fault in examined(source).faults]
    assert found == [("derivative", ("tanh",)), ("derivative", ("relu",))]


def test_a_late_binding_closure_is_a_wrong_variable(examined):
    source = right("closures").replace("    def exp(self):", "    def one_exp(self):")
    source = source.replace("    def tanh(self):", "    def one_tanh(self):")
    source += """

for name, f, slope in [
    ("exp", math.exp, lambda x, y: y), ("sin", math.sin, lambda x, y: math.cos(x)),
    ("tanh", math.tanh, lambda x, y: 1 - y * y),
]:
    def method(self, f=f):
        out = Value(f(self.data), (self,))
        chosen = globals()["slope"]

        def push():
            self.grad += chosen(self.data, out.data) * out.grad

        out.push = push
        return out

    setattr(Value, name, method)
"""
    (fault,) = examined(source).faults
    assert fault.cause == "variable"
    assert fault.operations == ("exp", "sin")


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("        self.grad = 1.0\n", "        import os; os._exit(3)\n", "died"),
        ("        self.grad = 1.0\n", "        self.gard += 1.0\n", "error"),
        ("            visit(parent)", "            visit(node)", "walk"),
        ("                seen.add(node)\n", "", "visits"),
    ],
)
def test_backward_passes_that_do_not_end_well(examined, old, new, cause):
    source = right("closures")
    assert old in source
    assert [fault.cause for fault in examined(source.replace(old, new)).faults] == [cause]


@pytest.mark.parametrize(
    ("engine", "old", "new"),
    [
        ("tags", "self.gradient = 0.0\n        self.op", "self.gradient = 1.0\n        self.op"),
        ("functions", "ordered(output), 0.0)", "ordered(output), 1.0)"),
    ],
)
def test_gradients_that_do_not_begin_with_0(examined, engine, old, new):
    source = right(engine)
    assert old in source
    assert [fault.cause for fault in examined(source.replace(old, new)).faults] == ["fresh"]


def test_an_error_has_its_line(examined):
    source = right("tags").replace("g / self.inputs[0].value\n", "g / self.input[0].value\n")
    (fault,) = examined(source).faults
    assert fault.operations == ("log",)
    assert fault.outcome.error == "AttributeError"
    assert "self.input[0]" in source.splitlines()[fault.outcome.line - 1]


def test_what_is_none_of_the_causes_is_found_by_chance(examined):
    source = right("functions").replace(
        "            for arg, slope in zip", "            for arg, slope in [] if len(grads) == 13 else zip"
    )
    assert source != right("functions")
    (fault,) = examined(source).faults
    assert fault.cause == "unknown"
    assert fault.outcome.probe.kind == "chance"
    assert len(fault.outcome.probe.program.reached()) == 13

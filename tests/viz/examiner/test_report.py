"""What is told: a text, a page with pictures, a command, tests."""

import re
from html import escape
from html.parser import HTMLParser

import pytest

from inversa import viz
from inversa.autograd.languages import texts
from inversa.viz.command.cli import main
from inversa.viz.examiner import Limits, examine
from inversa.viz.examiner.sentences import cause, happened

from .mistakes import CLASSES, REPORTED, SEEDED, right

pytest_plugins = ["pytester"]
OVERWRITES, VARIABLE = SEEDED[0], SEEDED[5]


def test_an_errors_message_is_repeated_as_it_is(examined):
    source = (
        OVERWRITES.source
        + """
def fail(self, *_):
    raise TypeError("{line} of {0}")
for name in ("__add__", "__radd__", "__mul__", "__rmul__", "__sub__", "__neg__", "__truediv__", "__pow__"):
    setattr(Value, name, fail)
"""
    )
    assert "raises TypeError in line" in (report := examined(source, "Value").report("en"))
    assert "{line} of {0}." in report


def test_the_text_says_what_where_and_why(examined):
    report = examined(OVERWRITES.source).report("en")
    assert "1. = for += in a * b\n   ∂f/∂a is 4.5000, and this engine says 1.6000.\n" in report
    assert "       d = a * b\n       e = a * c\n       f = d + e\n       f.backward()\n" in report
    assert "The rule that is broken is ⑧: branching point becomes sum of outputs." in report
    assert "= en lugar de += en a * b" in examined(OVERWRITES.source).report("es")


def test_programs_are_written_as_they_are_called(examined):
    subtracts, logs = SEEDED[-2:]
    assert "       c = sub(a, b)\n       gradients(c)\n" in examined(subtracts.source, "Node").report()
    assert "       b = log(a)\n       gradients(b)\n" in examined(logs.source, "Node").report()


def test_it_speaks_the_chosen_language(examined):
    examination = examined(OVERWRITES.source)
    viz.set_language("es")
    try:
        assert examination.report() == examination.report("es") != examination.report("en")
        assert "el suyo" in examination.figure().svg()
    finally:
        viz.set_language("en")


def test_nothing_wrong(examined):
    examination = examined(right("tags"))
    assert "Nothing is wrong: it agrees with Inversa in " in examination.report()
    with pytest.raises(ValueError, match="nothing is wrong, so there is nothing to draw"):
        examination.figure()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_picture_has_both_numbers_at_the_place(examined, lang):
    figure = examined(VARIABLE.source).figure(lang)
    svg = figure.svg()
    card = re.search(r'<g id="[^"]*f-n1" .*?</g>', svg, re.S)[0]
    yours = texts(lang).examiner["yours"].strip()
    assert re.search(rf">{yours}\s*</text>", card)
    assert ">−2.0000<" in card
    assert ">3.0000<" in card
    assert "s-error" in card
    assert svg.count('s-error"') == svg.count('s-error"') == card.count('s-error"')
    assert yours in figure.alt_text()
    assert figure.alt_text("en") != figure.alt_text("es")


def test_the_wrong_number_is_red_in_every_theme(examined):
    figure = examined(VARIABLE.source).figure()
    assert "#D4121F" in figure.svg("light")
    assert "#FF6B6B" in figure.svg("dark")


class Sections(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.seen = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)


def test_the_page_stands_alone(examined):
    examination = examined(VARIABLE.source.replace("(self.data > 0) *", "(self.data > 0) * 2 *"))
    page = examination.page("es")
    assert Sections(page).seen.count("svg") == len(examination.faults) == 2
    assert '<html lang="es">' in page
    assert not re.search(r'(src|href)="?http', page)
    seen = re.sub(r"<(desc|title)\b.*?</\1>", "", page, flags=re.DOTALL)
    for fault in examination.faults:  # nothing is said twice
        assert seen.count(f"{escape(cause(fault, 'es'))}<") == 1
        assert seen.count(f"{escape(happened(fault.outcome, 'es'))}<") == 1


def test_names_and_messages_of_students_are_text(examined):
    source = right("tags").replace("g / self.inputs[0].value\n", "g / boom('<script>alert(1)</script>')\n")
    page = examined(source + "\n\ndef boom(text):\n    raise ValueError(text + '{n}')\n").page()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{n}" in page


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "engine.py").write_text(VARIABLE.source, "utf-8")
    (tmp_path / "right.py").write_text(right("tags"), "utf-8")
    return tmp_path


def test_the_command(folder, capsys):
    assert main(["examine", "engine.py:Value", "--lang", "es", "--out", "page.html"]) == 1
    out = capsys.readouterr().out
    assert "a * b: en la vuelta se usa la variable equivocada" in out
    assert out.endswith(f"{folder / 'page.html'}\n")
    assert "<svg" in (folder / "page.html").read_text("utf-8")
    assert main(["examine", "right.py", "--data", "value"]) == 0


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["nothing.py"], 1, "the file 'nothing.py' is not there"),
        (["engine.py:Scalar"], 1, "engine.py has no Scalar"),
        (["engine.py", "--out", "page.png"], 2, "cannot save as 'page.png': the suffix is one of .html"),
        (["engine.py", "--backward", "a b"], 2, "backward is a name in the file"),
        ([], 2, "the following arguments are required: file:class"),
    ],
)
def test_the_command_called_wrongly(folder, capsys, argv, code, message):
    assert main(["examine", *argv]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inversa: ")
    assert err.count("\n") == 1
    assert message in err


@pytest.fixture
def pytested(pytester, folder, monkeypatch):
    """Run pytest with the plug-in in the folder."""
    monkeypatch.chdir(folder)

    def run(*argv):
        result = pytester.runpytest_inprocess(
            "-q", "-p", "inversa.viz.examiner.plugin", f"--rootdir={folder}", folder, *argv
        )
        return result.ret, "\n".join([*result.outlines, *result.errlines])

    return run


def test_the_plug_in_makes_a_test_of_every_probe(pytested):
    code, out = pytested("--engine", "engine.py:Value", "--engine-lang", "es", "-k", "alone")
    assert code == 1
    assert "engine.py:Value: alone multiply" in out
    assert "∂c/∂b es 3.0000, y este motor dice −2.0000." in out
    assert "FAILED engine.py:Value::alone multiply - a * b: en la vuelta se usa" in out
    assert "Traceback" not in out
    assert re.search(r"\d+ failed, \d+ passed, \d+ skipped", out)


def test_the_plug_in_leaves_other_tests_alone(pytested, folder):
    (folder / "test_own.py").write_text("def test_own():\n    pass\n")
    code, out = pytested("--engine", "right.py")
    assert code == 0
    assert re.search(r"\d{3} passed, \d+ skipped", out)
    code, out = pytested()
    assert code == 0
    assert "1 passed" in out
    code, out = pytested("--engine", "nothing.py")
    assert code == 4
    assert "ERROR: the file 'nothing.py' is not there" in out


def test_pytest_does_not_load_it_by_itself():
    from importlib.metadata import entry_points

    assert not [entry for entry in entry_points(group="pytest11") if "inversa" in entry.value]


@pytest.mark.long
@pytest.mark.parametrize("mistake", [*SEEDED, *REPORTED], ids=lambda m: f"{m.engine}: {m.done}")
def test_every_mistake_can_be_drawn(tmp_path, mistake):
    (tmp_path / "engine.py").write_text(mistake.source, "utf-8")
    examination = examine(f"{tmp_path / 'engine.py'}:{CLASSES[mistake.engine]}", limits=Limits(0.2, 2.0))
    for lang in ("en", "es"):
        assert texts(lang).examiner["yours"].strip() in examination.figure(lang).svg()
        assert "<svg" in examination.page(lang)

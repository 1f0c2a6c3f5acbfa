"""The console command: results, exit codes, one line on stderr for whatever goes wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inversa.viz.command import cli
from inversa.viz.command.cli import main


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        code = main(list(argv))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_draw_prints_and_draws(run, tmp_path):
    code, out, err = run("draw", "(a*b + c) * f", "a=2", "b=-3", "c=10", "f=-2")
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()[:-2]] == [
        ["name", "value", "∂y/∂·"],
        ["a", "2.0000", "6.0000"],
        ["b", "−3.0000", "−4.0000"],
        ["c", "10.0000", "−2.0000"],
        ["f", "−2.0000", "4.0000"],
        ["y", "−8.0000", "1.0000"],
    ]
    assert out.splitlines()[-1] == str(tmp_path / "expression.svg")
    assert "<svg" in (tmp_path / "expression.svg").read_text("utf-8")


@pytest.mark.parametrize("view", ["forward", "inverse", "both"])
def test_draw_options(run, tmp_path, view):
    code, out, _ = run(
        "draw",
        "e = w*x; (e - y)²",
        "w=1",
        "x=2",
        "y=1",
        "--data",
        "x, y",
        "--view",
        view,
        "--lang",
        "es",
        "--out",
        "n.svg",
    )
    assert code == 0
    assert out.startswith("nombre")
    assert (tmp_path / "n.svg").exists()


def test_draw_other_cases(run):
    assert run("draw", "-a*b", "a=2", "b=3")[0] == 0  # no option, though it looks like one
    assert run("draw", "-h*a", "a=2", "h=3")[0] == 0
    assert run("draw", "log(a)", "a=0", "--view", "both")[0] == 0  # infinite, and drawn
    assert run("draw", "a ** 0.5", "a=-1", "--view", "both")[0] == 0  # nan
    assert run("draw", "a", "a=1")[0] == 0


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["draw", "a +", "a=1"], 2, "'a +' is not an expression"),
        (["draw", "a * b", "a=1"], 2, "'b' has no value"),
        (["draw", "a", "a=1", "b=1"], 2, "does not use 'b'"),
        (["draw", "a", "a=one"], 2, "'one' is not a number"),
        (["draw", "a", "a"], 2, "gives no value"),
        (["draw", "foo(a)", "a=1"], 2, "there is no function 'foo'"),
        (["draw", "a.real", "a=1"], 2, "not allowed"),
        (["draw", "a\nb", "a=1"], 2, "'a' is not used"),
        (["draw", "2", ], 2, "only numbers"),
        (["draw", "a", "a=1", "--data", "q"], 2, "--data names q"),
        (["draw", "a", "a=1", "--out", "a.xyz"], 2, ".svg"),
        (["draw", "a", "a=1", "--out", "nowhere/a.svg"], 1, "nowhere"),
        (["draw", "a", "a=1", "--view", "sideways"], 2, "sideways"),
        (["draw", "a", "a=1", "--lang", "fr"], 2, "fr"),
        (["draw"], 2, "expression"),
        (["paint"], 2, "paint"),
        (["--paint"], 2, "unrecognized arguments: --paint"),
        (["tour", "--lang", "fr"], 2, "fr"),
        (["exam", "--lang", "fr"], 2, "fr"),
        (["exam", "--network", "1-2-x"], 2, "such as '1-2-1', not '1-2-x'"),
        (["exam", "--versions", "four"], 2, "argument --versions: invalid int value: 'four'"),
        (["exam", "--versions", "-1"], 2, "versions is a positive integer, such as 4, not -1"),
        (["exam", "--versions", "99"], 2, "from 1 to 26"),
        (["exam", "--ask", "hh"], 2, "did you mean 'h'"),
        (["exam", "--format", "doc"], 2, "'doc'"),
        (["exam", "--alpha", "0"], 2, "alpha is a positive number, not 0.0"),
        (["exam", "--ask", "step"], 2, "alpha"),
        (["exam", "--activation", "step"], 2, "step"),
    ],
)  # fmt: skip
def test_errors_are_one_line(run, argv, code, message):
    found, out, err = run(*argv)
    assert (found, out) == (code, "")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("inside", "message"),
    [("file/tour", "cannot write in the folder 'file/tour'"), ("file", "'file' is a file: --out names a folder")],
)
def test_unwritable_folder_is_found_before_training(run, tmp_path, monkeypatch, inside, message):
    monkeypatch.setattr(cli, "tour", lambda *_: pytest.fail("the tour has begun"))
    (tmp_path / "file").write_text("")
    code, out, err = run("tour", "--out", inside)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_exam(run, tmp_path):
    code, out, err = run(
        "exam", "--network", "1-2-1", "--versions", "2", "--lang", "es", "--ask", "h, J,gradients", "--decimals", "3",
        "--activation", "tanh", "--loss", "half_squared_error", "--seed", "5", "--format", "html,gift",
        "--out", "exams/mine",
    )  # fmt: skip
    assert (code, err) == (0, "")
    names = ["A.html", "B.html", "key.html", "questions.gift"]
    assert out.splitlines() == [str(tmp_path / "exams" / "mine" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "exams" / "mine").iterdir()) == names
    sheet = (tmp_path / "exams" / "mine" / "B.html").read_text("utf-8")
    assert "Versión B" in sheet
    assert "decimales: 3" in sheet
    assert sheet.count("<input") == 2 + 9
    questions = (tmp_path / "exams" / "mine" / "questions.gift").read_text("utf-8")
    assert questions.count("::1-2-1 ") == 18


def test_an_exam_goes_into_a_folder(run, tmp_path):
    (tmp_path / "exam").write_text("mine")
    code, out, err = run("exam", "--format", "gift", "--out", "exam")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "'exam' is a file: --out names a folder" in err


def test_missing_scikit_learn_is_one_line(run, monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    code, out, err = run("tour")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert 'pip install "inversa[train]"' in err


def test_ctrl_c_is_quiet(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "tour", interrupted)
    assert run("tour") == (130, "", "")


def test_help_and_version(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "tour" in out
    assert "draw" in out
    assert run("--help")[0] == 0
    assert run("tour", "--help")[0] == 0
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("inversa ")


def python(*argv, **environment):
    environment = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-P", "-m", "inversa.viz", *argv], capture_output=True, env=environment)


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_any_encoding_of_the_console(tmp_path, environment):
    done = python("draw", "a*b", "a=2", "b=-3", "--lang", "es", "--out", str(tmp_path / "e.svg"), **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("ascii").splitlines()[1].split() == ["a", "2.0000", "-3.0000"]


def test_python_m_gives_the_exit_code(tmp_path):
    done = python("draw", "a*", "a=2")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="needs a shell")
def test_a_reader_who_leaves_is_no_error(tmp_path):
    command = f'"{sys.executable}" -P -m inversa.viz draw a a=1 --out "{tmp_path}/e.svg" | true'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_closed_streams(tmp_path, stream):
    code = (
        f"import sys; sys.{stream} = None; from inversa.viz.command.cli import main; "
        "sys.exit(main(['draw', 'a*2', 'a=1']))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "expression.svg").exists()


def test_reserved_words_are_named(run):
    assert "Python reserves the word" in run("draw", "a*2", "lambda=2")[2]


def test_player_and_open(run, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: shown.append(address) or True)
    neuron = ["(tanh(w*x + b) - y)**2", "w=0.5", "x=2", "b=1", "y=1", "--data", "x,y", "--open"]
    code, _, err = run("player", *neuron)
    assert (code, err) == (0, "")
    assert "Sum of the inputs" in (tmp_path / "player.html").read_text("utf-8")
    assert shown == [(tmp_path / "player.html").as_uri()]
    code, _, err = run("draw", *neuron, "--detail", "neuron", "--theme", "dark", "--out", "n.svg")
    assert (code, err) == (0, "")
    assert "×" in (tmp_path / "n.svg").read_text("utf-8")
    assert run("player", "x**2", "x=2", "--out", "p.txt")[0] == 2
    code, _, err = run("draw", "exp(x) + 1", "x=2", "--detail", "neuron")
    assert (code, err.count("\n")) == (2, 1)
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: False)
    code, _, err = run("player", *neuron)
    assert code == 1
    assert "no browser could be started" in err


def test_a_tilde_is_the_home_folder(run, tmp_path, monkeypatch):
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    code, out, _ = run("draw", "a*2", "a=1", "--out", "~/a.svg")
    assert code == 0
    assert out.splitlines()[-1] == str(tmp_path / "home" / "a.svg")
    assert (tmp_path / "home" / "a.svg").exists()


def test_arguments_that_look_like_options_are_taken_as_they_are(run, tmp_path):
    code, out, err = run("draw", "-a*b", "a=-1", "b=2", "--data", "a", "--out", "-rf.svg")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == str(tmp_path / "-rf.svg")
    assert run("draw", "a*2", "a=1", "--out", " -spaced.svg")[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"-rf.svg", " -spaced.svg"}
    for argv, said in (
        (("draw", "a", "a=1", "--view", "-x"), "invalid choice: '-x'"),
        (("draw", "a", "-x"), "'-x' gives no value"),
        (("draw", "a", "a=1", "--data", "-x"), "--data names -x,"),
        (("-x",), "invalid choice: '-x'"),
    ):
        code, out, err = run(*argv)
        assert (code, out) == (2, "")
        assert said in err


@pytest.mark.parametrize("format", ["html", "tex"])
def test_slides_of_a_lecture(run, tmp_path, format):
    code, out, err = run("slides", "001", "--lang", "es", "--format", format)
    assert (code, err) == (0, "")
    assert out.splitlines() == [str(tmp_path / f"001_es.{format}")]
    assert "La neurona inversa" in (tmp_path / f"001_es.{format}").read_text("utf-8")
    assert (tmp_path / "001_es-pictures").exists() == (format == "tex")


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        (["005"], 2, "invalid choice: '005'"),
        (["001", "--out", "deck.pptx"], 2, "the suffix is one of .html, .pdf, .tex"),
        (["001", "--format", "pdf", "--out", "deck.html"], 2, "are two formats"),
        (["001", "--tutorials", "."], 1, "there are no notebooks in"),
    ],
)
def test_slides_that_cannot_be_made(run, tmp_path, argv, code, error):
    found, out, err = run("slides", *argv)
    assert (found, out) == (code, "")
    assert error in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_drawing_for_paper(run, tmp_path):
    code, _, err = run("draw", "a*b", "a=2", "b=3", "--width", "8cm", "--theme", "print", "--out", "ab.tikz")
    assert (code, err) == (0, "")
    assert "useasboundingbox" in (tmp_path / "ab.tikz").read_text("utf-8")
    assert run("draw", "a*b", "a=2", "b=3", "--width", "8", "--out", "ab.svg")[0] == 2
    assert run("draw", "a*b", "a=2", "b=3", "--transparent")[0] == 0
    assert "f-paper" not in (tmp_path / "expression.svg").read_text("utf-8").split("<g ")[0].split("</style>")[1]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--versions", "versions is a positive integer, such as 4, not -1"),
        ("--seed", "seed is 0 or a positive integer, not -1"),
        ("--alpha", "alpha is a positive number, not -1.0"),
    ],
)
def test_a_negative_number_is_read_as_one(run, option, said):
    assert run("exam", option, "-1") == (2, "", f"inversa: {said}\n")


def test_an_exam_needs_the_name_of_a_folder(run, tmp_path):
    assert run("exam", "--versions", "1", "--format", "gift", "--out", "")[0] == 2
    assert not list(tmp_path.iterdir())


def test_where_a_report_cannot_be_written_is_told_before_the_examination(run, tmp_path):
    (tmp_path / "engine.py").write_text("class Value: pass\n")
    code, out, err = run("examine", "engine.py", "--out", "nowhere/report.html")
    assert (code, out) == (1, "")
    assert "there is no folder 'nowhere'" in err

"""The language of the command: who chooses it, and that nothing is said in another."""

import argparse
import re

import pytest

from inversa.autograd import languages as language_files
from inversa.autograd.languages import languages, texts
from inversa.viz._draw import draw
from inversa.viz._player import player
from inversa.viz.command import cli
from inversa.viz.command.cli import FORMATS, main
from inversa.viz.command.expression import MAX_LENGTH, evaluate
from inversa.viz.command.speech import _ARGPARSE, Parser
from inversa.viz.livepage import runtime

MARKED = """
from dataclasses import replace
from inversa.autograd.languages.en import LANGUAGE as ENGLISH

LANGUAGE = replace(ENGLISH, command={
    key: text if key == "columns" else f"«{key}: {text}»" for key, text in ENGLISH.command.items()
})
"""

COMMANDS = ("tour", "draw", "player", "playground", "slides", "exam", "examine", "live")
PRINTED = {"columns"}  # what is neither help nor an error

# What can go wrong, each with the key of the sentence that says so.
MISTAKES = {
    ("draw",): "missing",
    ("--paint",): "unknown",
    ("draw", "a", "--t=dark", "--o=a"): "ambiguous",
    ("paint",): "no choice",
    ("draw", "a", "--view", "sideways"): "no choice",
    ("draw", "a", "--out"): "no value",
    ("draw", "a", "a=1", "--width", "8cm", "--out", "a.onnx"): "no picture",
    ("draw", "a", "--open=yes"): "takes no value",
    ("draw", "a" * (MAX_LENGTH + 1)): "too many characters",
    ("draw", "+".join("a" * 4000), "a=1"): "too long",
    ("draw", " "): "empty",
    ("draw", "a +", "a=1"): "no expression",
    ("draw", "a\0", "a=1"): "no expression",
    ("draw", "\ud800"): "no text",
    ("draw", "9" * 5000 + "*a", "a=1"): "too many digits",
    ("draw", "a.real", "a=1"): "not allowed",
    ("draw", "a", "a"): "no equals sign",
    ("draw", "a", "a=one"): "no number",
    ("draw", "a", "1a=1"): "no name",
    ("draw", "a", "lambda=1"): "reserved",
    ("draw", "a", "a=1", "a=2"): "given twice",
    ("draw", "a = 1; a", "a=1"): "assigned",
    ("draw", "a*b", "a=1"): "without value",
    ("draw", "a*exp", "a=1"): "a function",
    ("draw", "foo(a)", "a=1"): "no function",
    ("draw", "cumsum(a)", "a=1"): "of arrays",
    ("draw", "round(a, 0.5)", "a=1"): "refused",
    ("draw", "exp()", "a=1"): "wrong arguments",
    ("draw", "elu(a, alpha=a)", "a=1"): "no parameter",
    ("draw", "a", "a=1", "b=1"): "unused",
    ("draw", "a; b", "a=1", "b=1"): "unused part",
    ("draw", "2"): "only numbers",
    ("draw", "a", "a=1", "--data", "q"): "no data",
    ("draw", "a", "a=1", "--out", "a.xyz"): "no format",
    ("player", "a", "a=1", "--out", "a.png"): "no format",
    ("playground", "--out", "a.png"): "no format",
    ("playground", "file"): "refused",
    ("playground", "nowhere.csv"): "refused",
    ("examine", "engine.py", "--out", "a.png"): "no format",
    ("examine", "file"): "refused",
    ("examine", "nowhere.py"): "refused",
    ("draw", "exp(a) + 1", "a=1", "--detail", "neuron"): "refused",
    ("tour", "--out", "file"): "a file",
    ("exam", "--versions", "four"): "wrong kind",
    ("exam", "--network", "one"): "refused",
    ("exam", "--format", "gift", "--out", "file"): "a file",
    ("tour", "--out", "file/tour"): "no folder",
    ("draw", "a", "a=1", "--out", "nowhere/a.svg"): "refused",
    ("draw", "a", "a=1", "--open"): "no browser",
    ("draw", "a", "a=1", "--width", "8"): "refused",
    ("slides", "005"): "no choice",
    ("slides", "001", "--out", "a.pptx"): "no format",
    ("slides", "001", "--out", "a.html", "--format", "pdf"): "other format",
    ("slides", "001", "--tutorials", "."): "refused",
    ("live", "a*a", "a=1", "--network", "1-2-1"): "two sources",
    ("live", "--network", "one"): "refused",
    ("live", "a*b", "a=1"): "without value",
    ("live", "--out", "a.svg"): "no format",
    ("live", "nowhere.py"): "refused",
    ("live", "--runtime", "nowhere.zip"): "refused",
    ("live", "--runtime", "file"): "refused",
    ("live", "file.py", "a=1"): "unknown",
    ("live",): "no runtime",
}


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: False)
    monkeypatch.setattr(runtime, "_installed", lambda: iter(()))
    monkeypatch.delenv(runtime.VARIABLE, raising=False)

    def run(*argv):
        code = main(list(argv))
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def marked(tmp_path, monkeypatch):
    """A language in which every sentence is marked, and says its key; the command speaks it."""
    (tmp_path / "qq.py").write_text(MARKED, "utf-8")
    monkeypatch.setattr(language_files, "__path__", [*language_files.__path__, str(tmp_path)])
    monkeypatch.setenv("INVERSA_LANG", "qq")


def without_marked(text: str) -> str:
    """What is left when sentences of the marked language are taken out; they may hold others."""
    while (shorter := re.sub("«[^«»]*»", "", text)) != text:
        text = shorter
    return text


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(("argv", "key"), MISTAKES.items(), ids=lambda given: given if isinstance(given, str) else "")
def test_every_error_is_in_the_language(run, argv, key):
    code, _, error = run(*argv)
    assert code > 0
    assert error.startswith(f"inversa: «{key}: ")
    assert without_marked(error.removeprefix("inversa: ")).strip() in ("", "()")


def test_every_sentence_is_said(run, marked, monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert "«no scikit-learn: " in run("tour")[2]
    monkeypatch.setattr(cli, "version", lambda name: (_ for _ in ()).throw(cli.PackageNotFoundError))
    said = {*PRINTED, "no scikit-learn", *MISTAKES.values(), *_ARGPARSE, "wrong variable"}
    for argv in (["--version"], [], *([command, "--help"] for command in COMMANDS), ["draw"]):
        said |= set(re.findall("«(.+?): ", "".join(run(*argv)[1:])))
    said |= {f"{command} about" for command in COMMANDS}
    assert said == set(texts("en").command)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("argv", [[], *([command, "-h"] for command in COMMANDS)])
def test_help_is_in_the_language(run, argv):
    code, text, error = run(*argv)
    assert (code, error) == (0, "")
    text = without_marked(" ".join(text.split()))
    known = {"inversa", *COMMANDS, "html", "pdf", "tex", "tanh", "sigmoid", "relu", "inversa-tour", "expression"}
    known |= {"neuron", "pictures", "points", "inversa-live"}
    known |= {"squared_error", "half_squared_error", "binary_cross_entropy"}
    known |= {"engine", "Value"}
    known |= {"forward", "inverse", "both", "auto", "light", "dark", "print", "op", *languages()}  # what is typed
    words = set(re.findall(r"(?<![-.\w])[^\W\d_][\w-]+", re.sub(r"--\w+ (\w+,?)*|\.\w+", "", text)))
    assert words <= known


def test_words_of_argparse_itself_are_in_the_language():
    """Those that the command's options do not bring about today."""
    spanish = Parser(texts("es").command, prog="inversa", exit_on_error=False)
    group = spanish.add_mutually_exclusive_group()
    group.add_argument("--versions", type=int)
    group.add_argument("--seeds", nargs="+")
    spanish.add_argument("--half", type=lambda text: (_ for _ in ()).throw(argparse.ArgumentTypeError("«nein»")))
    for given, said in {
        "--versions x": "argumento --versions: no es un valor de tipo int: 'x'",
        "--seeds": "argumento --seeds: falta al menos un valor",
        "--seeds 1 --versions 2": "argumento --versions: no se admite junto con el argumento --seeds",
        "--half 1": "argumento --half: «nein»",
    }.items():
        with pytest.raises(argparse.ArgumentError) as raised:
            spanish.parse_args(given.split())
        assert spanish.reworded(str(raised.value)) == said


@pytest.mark.parametrize(
    ("argv", "environment", "spoken", "drawn"),
    [
        ([], {}, "en", "en"),
        ([], {"LANG": "es_MX.UTF-8"}, "es", "en"),
        ([], {"LANG": "es_MX.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en", "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "es"}, "es", "en"),
        ([], {"LANG": "fr_FR.UTF-8"}, "en", "en"),
        ([], {"LANG": ""}, "en", "en"),
        ([], {"INVERSA_LANG": "es"}, "es", "es"),
        ([], {"INVERSA_LANG": "en", "LANG": "es_ES"}, "en", "en"),
        ([], {"INVERSA_LANG": "", "LANG": "es_ES"}, "es", "en"),
        (["--lang", "es"], {}, "es", "es"),
        (["--lang=es"], {"INVERSA_LANG": "en"}, "es", "es"),
        (["--la", "en"], {"INVERSA_LANG": "es"}, "en", "en"),
    ],
)
@pytest.mark.parametrize("place", ["before", "after"])
def test_who_chooses_the_language(run, monkeypatch, argv, environment, spoken, drawn, place):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def called(*arguments):
        return run(*argv, *arguments) if place == "before" else run(*arguments, *argv)

    for arguments in (("draw", "--help"), ("draw", "a", "a=1", "b=1")):
        code, out, error = called(*arguments)
        assert ("Dibuja" in out or "el resultado no usa 'b'" in error) == (spoken == "es")
    code, out, error = called("draw", "a*a", "a=1", "--out", "a.svg")
    assert (code, error) == (0, "")
    assert out.startswith("nombre" if drawn == "es" else "name")


def test_a_language_that_is_none_is_refused(run, monkeypatch):
    monkeypatch.setenv("INVERSA_LANG", "fr")
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    code, out, error = run("--help")
    assert (code, out) == (2, "")
    assert error == "inversa: la variable INVERSA_LANG vale 'fr': ha de nombrar un idioma, uno de en, es\n"
    code, _, error = run("draw", "--help", "--lang", "en")  # the option goes first
    assert (code, error) == (0, "")
    assert run("--lang", "fr")[2].startswith("inversa: la variable")
    monkeypatch.delenv("INVERSA_LANG")
    assert run("--lang", "fr")[2].startswith("inversa: argumento --lang: 'fr' no es una de las opciones")


def test_the_formats_are_those_that_there_are(tmp_path):
    for command, show in (("draw", draw), ("player", player)):
        result = evaluate("a*a", {"a": 1}).result
        result.backward()
        with pytest.raises(ValueError, match="the suffix is one of ") as refused:
            show(result).render(tmp_path / "a.xyz")
        pictures = set(FORMATS[command]) - {".onnx"}
        assert set(re.findall(r"\.\w+", str(refused.value).partition(" one of ")[2])) == pictures

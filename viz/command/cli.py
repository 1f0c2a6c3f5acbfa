"""The console command ``inversa``."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from argparse import SUPPRESS, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inversa.autograd import Graph
from inversa.autograd.files import expanded, replaceable, write_atomically
from inversa.autograd.languages import Lang, languages, texts
from inversa.autograd.languages._language import Texts
from inversa.autograd.printing import encodable, printable
from inversa.viz._draw import draw
from inversa.viz._player import player
from inversa.viz._playground import made
from inversa.viz.cards.layout import EngineError
from inversa.viz.command import live
from inversa.viz.command.as_onnx import as_onnx
from inversa.viz.command.console import one_line, quoted, speak_any_encoding, table
from inversa.viz.command.errors import FAILED, INTERRUPTED, CommandError, MisuseError
from inversa.viz.command.expression import Expression, assigned, evaluate
from inversa.viz.command.speech import Parser, asked_for, of_the_system
from inversa.viz.examiner import ExaminerError, examine
from inversa.viz.examiner.sentences import NAMES
from inversa.viz.exercises import _exam as exams
from inversa.viz.exercises.choosing import LOSSES
from inversa.viz.lettering.numbers import DASH, number
from inversa.viz.lettering.theme import THEMES
from inversa.viz.livepage.runtime import RuntimeBrokenError
from inversa.viz.playing.table import read_table
from inversa.viz.rules.formulas import ACTIVATIONS
from inversa.viz.slides import saving
from inversa.viz.slides.deck import deck
from inversa.viz.slides.deck import table as decks
from inversa.viz.tour import tour

FORMATS = {
    "draw": (".svg", ".png", ".pdf", ".html", ".dot", ".gv", ".mmd", ".tex", ".tikz", ".onnx"),
    "player": (".html", ".svg", ".gif", ".mp4", ".tex"),
    "slides": tuple(f".{name}" for name in saving.FORMATS),
    "examine": (".html",),
    "playground": (".html",),
}

_EXAMPLES = """
  inversa tour --out pictures
  inversa draw "(a*b + c) * f" a=2 b=-3 c=10 f=-2
  inversa draw "z = w*x + b; h = sigmoid(z); (h - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --view both --out neuron.svg
  inversa draw "(tanh(w*x + b) - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --detail neuron --open
  inversa draw "(tanh(w*x + b) - y)**2" w=0.5 x=2 b=1 y=1 --out neuron.onnx
  inversa player "(tanh(w*x + b) - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --open
  inversa slides 001 --lang es --open
  inversa playground points.csv --open
  inversa exam --network 1-2-1 --versions 4 --out exam
  inversa examine engine.py:Value --out report.html
  inversa live "z = w*x + b; (tanh(z) - y)**2" w=0.5 x=2 b=1 y=1 --out page.html
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 when it failed or found mistakes, 2 when it was called wrongly.

    Help and errors are in the language that ``--lang`` or the variable INVERSA_LANG names, or else in the system's.
    Pictures, and what is printed beside them, are in English unless one of the two names another language: the same
    command makes the same picture on every system.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process when left out.

    Examples
    --------
    >>> from inversa.viz.command.cli import main
    >>> main(["draw", "a * b", "a=2"])  # says on stderr what is missing
    2
    """
    speak_any_encoding()
    arguments = list(sys.argv[1:] if argv is None else argv)
    said = texts(of_the_system(os.environ)).command
    try:
        asked = asked_for(arguments, os.environ)
        said = texts(asked).command if asked else said
        code = _run(arguments, said, asked or "en")
        if sys.stdout is not None:  # as when it was closed: inversa tour >&-
            sys.stdout.flush()  # here, so that a reader who has gone is noticed
        return code
    except SystemExit as leaving:  # argparse's way out, after --help and after a wrong option
        return int(leaving.code or 0)
    except CommandError as error:
        return _fail(error.worded(said), error.code)
    except (OSError, EngineError, ExaminerError, ImportError) as error:
        if isinstance(error, BrokenPipeError):  # the reader closed the pipe: inversa tour | head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        return _fail(said["refused"].format(reason=one_line(error)), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: Sequence[str], said: Texts, lang: Lang) -> int:
    parser = _parser(said, lang)
    options = parser.parsed(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    run = {
        "tour": _tour, "draw": _draw, "player": _player, "playground": _playground, "slides": _slides, "exam": _exam,
        "examine": _examine, "live": _live,
    }  # fmt: skip
    return run[options.command](options) or 0


def _parser(said: Texts, lang: Lang) -> Parser:
    """What the command takes.

    Parameters
    ----------
    said : mapping
        The sentences in which help is written.
    lang : {"en", "es"}
        The language of pictures, where no option names another.
    """
    examples = f"{said['examples']}:{_EXAMPLES}"
    parser = Parser(said, prog="inversa", description=said["about"], epilog=examples)
    parser.add_argument("--version", action="version", version=f"inversa {_version(said)}", help=said["version"])
    spoken = f"{said['--lang']} ({lang})"
    parser.add_argument("--lang", choices=languages(), default=lang, help=spoken)
    commands = parser.add_subparsers(dest="command", title=said["commands"])

    def add_command(name: str, **settings: Any) -> Parser:
        about = said[f"{name} about"]
        sentence = f"{about[0].upper()}{about[1:]}."
        return commands.add_parser(name, said=said, help=about, description=sentence, **settings)

    add_command("tour").add_argument("--out", metavar=said["FOLDER"], default="inversa-tour", help=said["tour --out"])
    _add_draw(add_command("draw", epilog=examples))
    _add_expression(add_command("player", epilog=examples), "player.html", FORMATS["player"])
    _add_playground(add_command("playground", epilog=examples))
    _add_slides(add_command("slides", epilog=examples))
    _add_exam(add_command("exam", epilog=examples))
    _add_examine(add_command("examine", epilog=said["examine care"]))
    live.add_live(add_command("live", epilog=examples))
    commands.metavar = " | ".join(commands.choices)
    for command in commands.choices.values():
        command.add_argument("--lang", choices=languages(), default=SUPPRESS, help=spoken)
        command.add_argument("--open", action="store_true", help=said["--open"])
    return parser


def _add_draw(command: Parser) -> None:
    said = command.said
    _add_expression(command, "expression.svg", FORMATS["draw"])
    command.add_argument("--view", choices=["forward", "inverse", "both"], default="forward", help=said["draw --view"])
    command.add_argument("--detail", choices=["auto", "neuron", "op"], default="auto", help=said["draw --detail"])
    command.add_argument("--theme", choices=THEMES, default="auto", help=said["draw --theme"])
    command.add_argument("--width", metavar="8cm", help=said["draw --width"])
    command.add_argument("--transparent", action="store_true", help=said["draw --transparent"])


def _add_playground(command: Parser) -> None:
    said, out = command.said, "playground.html"
    command.add_argument("data", nargs="?", metavar=said["TABLE"], help=said["playground data"])
    command.add_argument("--out", metavar=said["FILE"], default=out, help=f".html ({out})")


def _add_slides(command: Parser) -> None:
    said, formats = command.said, ", ".join(FORMATS["slides"])
    command.add_argument("lecture", choices=list(decks()), metavar=said["LECTURE"], help=", ".join(decks()))
    command.add_argument("--format", choices=saving.FORMATS, help=said["slides --format"])
    command.add_argument("--out", metavar=said["FILE"], help=f"{formats} (001_en.html)")
    command.add_argument("--tutorials", metavar=said["FOLDER"], help=said["slides --tutorials"])


def _add_examine(command: Parser) -> None:
    said = command.said
    command.add_argument("engine", metavar=said["ENGINE"], help=said["engine"])
    for name in NAMES:
        command.add_argument(f"--{name}", metavar=said["NAME"], help=said[f"examine --{name}"])
    command.add_argument("--out", metavar=said["FILE"], default="", help=said["examine --out"])


def _add_exam(command: Parser) -> None:
    said = command.said

    def add(name: str, default: Any, metavar: str | None = None, **settings: Any) -> None:
        settings |= {} if metavar is None else {"metavar": said[metavar]}
        command.add_argument(f"--{name}", default=default, help=said[f"exam --{name}"], **settings)

    add("network", "1-2-1", "SIZES")
    add("versions", 4, "NUMBER", type=int)
    add("activation", "sigmoid", choices=ACTIVATIONS)
    add("loss", "squared_error", choices=LOSSES)
    add("ask", "gradients", "NAMES")
    add("alpha", None, "NUMBER", type=float)
    add("decimals", 4, "NUMBER", type=int)
    add("seed", 0, "NUMBER", type=int)
    add("format", ",".join(exams.FORMATS), "NAMES")
    add("out", "inversa-exam", "FOLDER")


def _add_expression(command: Parser, out: str, formats: Sequence[str]) -> None:
    said = command.said
    command.add_argument("expression", metavar=said["EXPRESSION"], help=said["expression"])
    command.add_argument("values", nargs="*", metavar=said["VALUE"], help=said["values"])
    command.add_argument("--out", metavar=said["FILE"], default=out, help=f"{', '.join(formats)} ({out})")
    command.add_argument("--data", metavar=said["NAMES"], default="", help=said["--data"])


def _tour(options: Namespace) -> None:
    if find_spec("sklearn") is None:
        raise CommandError("no scikit-learn")
    out = expanded(options.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):  # better to fail now than after the training
            pass
    except FileExistsError:
        raise CommandError("a file", path=quoted(options.out)) from None
    except OSError as error:
        raise CommandError("no folder", path=quoted(options.out), reason=error.strerror) from None
    try:
        written = tour(out, options.lang)
    except RuntimeBrokenError as error:
        raise CommandError("refused", reason=one_line(error)) from None
    if options.open:
        _open(written[-1])  # the page to begin with


def _draw(options: Namespace) -> None:
    if Path(options.out).suffix.lower() == ".onnx":
        _draw_nothing(options)
        return
    expression, data = _evaluated(options)
    settings: dict[str, Any] = {"lang": options.lang, "data": data, "detail": options.detail, "theme": options.theme}
    with _as_misuse():
        figure = draw(expression.result, view=options.view, width=options.width, **settings)
        path = figure.render(options.out, transparent=options.transparent)
    _say(expression, path, options)


def _draw_nothing(options: Namespace) -> None:
    """A file of numbers alone: the expression, and its gradients, for programs that run ONNX."""
    usual = {"view": "forward", "detail": "auto", "theme": "auto", "width": None, "transparent": False, "open": False}
    lost = [f"--{name}" for name, setting in usual.items() if getattr(options, name) != setting]
    if lost:
        raise MisuseError("no picture", options=", ".join(lost), path=quoted(options.out))
    expression, _ = _evaluated(options)
    with _as_misuse():
        path = as_onnx(expression, options.out)
    _say(expression, path, options)


def _player(options: Namespace) -> None:
    expression, data = _evaluated(options)
    with _as_misuse():
        path = player(expression.result, lang=options.lang, data=data).render(options.out)
    _say(expression, path, options)


def _playground(options: Namespace) -> None:
    _check_format(options.out, FORMATS["playground"])
    replaceable(expanded(options.out))  # better to fail now than after the tracing
    with _as_misuse():
        given = read_table(options.data) if options.data else None
        path = made(None, "given" if given else "moons", given, lang=options.lang).render(options.out)
    _show([path], options)


def _slides(options: Namespace) -> None:
    out = options.out or f"{options.lecture}_{options.lang}.{options.format or 'html'}"
    _check_format(out, FORMATS["slides"])
    if options.format and Path(out).suffix.lower() != f".{options.format}":
        raise MisuseError("other format", format=options.format, path=quoted(out))
    with _as_misuse():
        path = saving.save(deck(options.lecture, options.lang, options.tutorials), out)
    _show([path], options)


def _exam(options: Namespace) -> None:
    names = ("network", "versions", "activation", "loss", "alpha", "decimals", "seed", "lang")
    settings: dict[str, Any] = {name: getattr(options, name) for name in names}
    try:
        with _as_misuse():
            settings |= {"ask": _listed(options.ask), "formats": _listed(options.format)}
            written = exams.exam(options.out, **settings)
    except NotADirectoryError:
        raise CommandError("a file", path=quoted(options.out)) from None
    _show(written, options)


def _live(options: Namespace) -> None:
    _show([live.written(options)], options)


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _evaluated(options: Namespace) -> tuple[Expression, list[str]]:
    """The expression, run forwards and backwards, and the names that are data."""
    _check_format(options.out, FORMATS[options.command])
    expression = evaluate(options.expression, assigned(options.values))
    data = _listed(options.data)
    unknown = [name for name in data if name not in expression.named]
    if unknown:
        raise MisuseError("no data", names=", ".join(unknown))
    expression.result.backward()
    return expression, data


def _check_format(path: str, formats: Sequence[str]) -> None:
    if Path(path).suffix.lower() not in formats:
        raise MisuseError("no format", path=quoted(path), formats=", ".join(formats))


def _examine(options: Namespace) -> int:
    out = options.out or ("examined.html" if options.open else "")
    if out:
        _check_format(out, FORMATS["examine"])
        replaceable(expanded(out))  # better to fail now than after the examination
    try:
        examination = examine(options.engine, **{name: getattr(options, name) for name in NAMES})
    except ExaminerError:
        raise
    except ValueError as error:
        raise MisuseError("refused", reason=one_line(error)) from None
    print(encodable(examination.report(options.lang)))
    if out:
        print()
        _show([write_atomically(out, examination.page(options.lang).encode())], options)
    return FAILED if examination.faults or not examination.complete else 0


@contextmanager
def _as_misuse() -> Iterator[None]:
    """A setting or expression that is refused: one line, and exit code 2."""
    try:
        yield
    except ValueError as error:
        raise MisuseError("refused", reason=one_line(error)) from None


def _say(expression: Expression, path: Path, options: Namespace) -> None:
    """Print the numbers and where the picture is; show it, if that was asked for."""
    columns = texts(options.lang).command["columns"].split("|")
    rows = [
        [node.name or "", number(node.data), DASH if node.grad is None else number(node.grad)]
        for node in Graph(expression.result)
        if node.name in expression.named
    ]
    print(encodable(table([*columns, f"∂{expression.result.name}/∂·"], rows)) + "\n")
    _show([path], options)


def _show(written: Sequence[Path], options: Namespace) -> None:
    """Print the paths of files; show the first in the browser, if that was asked for."""
    for path in written:
        print(encodable(str(path.absolute())))
    if options.open:
        _open(written[0])


def _open(path: Path) -> None:
    if not webbrowser.open(path.absolute().as_uri()):
        raise CommandError("no browser", path=quoted(path))


def _version(said: Texts) -> str:
    try:
        return version("inversa")
    except PackageNotFoundError:
        return f"({said['not installed']})"


def _fail(message: str, code: int) -> int:
    print(f"inversa: {printable(message)}", file=sys.stderr)
    return code

"""The console command ``inversa``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any, NoReturn

from inversa.autograd import Graph
from inversa.autograd.files import expanded, write_atomically
from inversa.autograd.languages import languages, texts
from inversa.autograd.texts import encodable, printable
from inversa.viz._draw import draw
from inversa.viz._player import player
from inversa.viz.cards.layout import EngineError
from inversa.viz.command.console import one_line, speak_any_encoding, table
from inversa.viz.command.expression import Expression, ExpressionError, assigned, evaluate
from inversa.viz.examiner import ExaminerError, examine
from inversa.viz.lettering.numbers import DASH, number
from inversa.viz.lettering.theme import THEMES
from inversa.viz.tour import tour

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
HIDDEN = "\0"

_EXAMPLES = """
examples:
  inversa tour --out pictures
  inversa draw "(a*b + c) * f" a=2 b=-3 c=10 f=-2
  inversa draw "z = w*x + b; h = sigmoid(z); (h - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --view both --out neuron.svg
  inversa draw "(tanh(w*x + b) - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --detail neuron --open
  inversa player "(tanh(w*x + b) - y)**2" w=0.5 x=2 b=1 y=1 --data x,y --open
  inversa examine engine.py:Value --out report.html
"""


_CARE = """
The file runs in a process of its own, with limits of time, memory and files. They are for accidents, such as endless
loops; they are no sandbox for files that mean harm. The exit code is 0 where nothing is wrong, and else 1.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 when it failed or found mistakes, 2 when it was called wrongly.

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
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        if sys.stdout is not None:  # as when it was closed: inversa tour >&-
            sys.stdout.flush()  # here, so that a reader who has gone is noticed
        return code
    except SystemExit as leaving:  # argparse's way out, after --help and after a wrong option
        return int(leaving.code or 0)
    except ExpressionError as error:
        return _fail(error, MISUSED)
    except (OSError, EngineError, ExaminerError, ImportError) as error:
        if isinstance(error, BrokenPipeError):  # the reader closed the pipe: inversa tour | head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(argv: list[str]) -> int:
    parser = _parser()
    # argparse takes -a*b for an option; behind a sign that no argument can hold it is an expression, or a file
    hidden = [HIDDEN + a if a[:1] == "-" != a[1:2] and a not in ("-", "-h") else a for a in argv]
    options = parser.parse_args(hidden, _Options())
    if options.command is None:
        parser.print_help()
        return 0
    run = {"tour": _tour, "draw": _draw, "player": _player, "examine": _examine}[options.command]
    return run(options) or 0


class _Options(argparse.Namespace):
    """What was asked for, as it was written."""

    def __setattr__(self, name: str, value: Any) -> None:
        shown = [v.removeprefix(HIDDEN) for v in value] if isinstance(value, list) else value
        super().__setattr__(name, shown.removeprefix(HIDDEN) if isinstance(shown, str) else shown)


class _Parser(argparse.ArgumentParser):
    """argparse, with errors of one line."""

    def error(self, message: str) -> NoReturn:
        message = message.replace(HIDDEN, "").replace(repr(HIDDEN)[1:-1], "")
        self.exit(MISUSED, f"inversa: {shorten(message, 300, placeholder='…')} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    layout: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = _Parser(
        prog="inversa",
        description="Draws networks, and the inverse networks that give their gradients.",
        epilog=_EXAMPLES,
        **layout,
    )
    parser.add_argument("--version", action="version", version=f"inversa {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="tour | draw | player | examine", title="commands")

    about = "the lecture's worked example with its misprint found, and a network trained on real data"
    command = commands.add_parser("tour", help=about, description=f"Shows {about}.")
    command.add_argument("--out", metavar="DIR", default="inversa-tour", help="folder for the pictures (inversa-tour)")

    about = "draw an expression of named numbers with its gradients"
    command = commands.add_parser("draw", help=about, description=about.capitalize() + ".", epilog=_EXAMPLES, **layout)
    _add_expression(command, "expression.svg", ".svg, .png, .pdf, .html, .dot, .mmd, .tex")
    command.add_argument("--view", choices=["forward", "inverse", "both"], default="forward", help="(forward)")
    command.add_argument(
        "--detail", choices=["auto", "neuron", "op"], default="auto", help="neurons or operations (auto)"
    )
    command.add_argument("--theme", choices=THEMES, default="auto", help="colours (auto)")

    about = "run an expression step by step in a page, forwards and backwards"
    command = commands.add_parser(
        "player", help=about, description=about.capitalize() + ".", epilog=_EXAMPLES, **layout
    )
    _add_expression(command, "player.html", ".html, .svg, .gif, .mp4, .tex")

    about = "examine an engine that a student has written, and name its mistakes"
    command = commands.add_parser("examine", help=about, description=about.capitalize() + ".", epilog=_CARE, **layout)
    command.add_argument("engine", help="a file and the class of its nodes: engine.py:Value")
    command.add_argument("--data", metavar="NAME", help="what it calls the number of a node (guessed)")
    command.add_argument("--grad", metavar="NAME", help="what it calls the gradient (guessed)")
    command.add_argument("--backward", metavar="NAME", help="the method or function of the backward pass (guessed)")
    command.add_argument("--zero", metavar="NAME", help="what sets gradients to zero, if it has that (guessed)")
    command.add_argument("--out", metavar="FILE.html", help="a page with pictures")
    for command in commands.choices.values():
        command.add_argument("--lang", choices=languages(), default="en", help="language of the picture (en)")
        command.add_argument("--open", action="store_true", help="show the result in the browser")
    return parser


def _add_expression(command: argparse.ArgumentParser, out: str, formats: str) -> None:
    command.add_argument("expression", help="+ - * / **, functions such as tanh(x), and names: c = a*b; c + d")
    command.add_argument("values", nargs="*", metavar="name=number", help="a value for every name")
    command.add_argument("--out", metavar="FILE", default=out, help=f"{formats} ({out})")
    command.add_argument("--data", metavar="NAMES", default="", help="names that are data, such as x,y")


def _tour(options: argparse.Namespace) -> None:
    if find_spec("sklearn") is None:
        raise ImportError('the tour\'s real data come with scikit-learn: pip install "inversa[train]"')
    out = expanded(options.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):  # better to fail now than after the training
            pass
    except FileExistsError:
        raise OSError(f"{shorten(options.out, 300)!r} is a file: --out names a folder") from None
    except OSError as error:
        raise OSError(f"cannot write in the folder {shorten(options.out, 300)!r}: {error.strerror}") from None
    written = tour(out, options.lang)
    if options.open:
        _open(next(path for path in written if path.suffix == ".html"))


def _draw(options: argparse.Namespace) -> None:
    expression, data = _evaluated(options)
    settings: dict[str, Any] = {"lang": options.lang, "data": data, "detail": options.detail, "theme": options.theme}
    with _misuse_told():
        path = draw(expression.result, view=options.view, **settings).render(options.out)
    _say(expression, path, options)


def _player(options: argparse.Namespace) -> None:
    expression, data = _evaluated(options)
    with _misuse_told():
        path = player(expression.result, lang=options.lang, data=data).render(options.out)
    _say(expression, path, options)


def _evaluated(options: argparse.Namespace) -> tuple[Expression, list[str]]:
    """The expression, run forwards and backwards, and the names that are data."""
    expression = evaluate(options.expression, assigned(options.values))
    data = [name.strip() for name in options.data.split(",") if name.strip()]
    unknown = [name for name in data if name not in expression.named]
    if unknown:
        raise ExpressionError(f"--data names {', '.join(unknown)}, which the expression does not")
    expression.result.backward()
    return expression, data


def _examine(options: argparse.Namespace) -> int:
    if options.out and not options.out.endswith((".html", ".htm")):
        raise ExpressionError(f"--out names a page, such as report.html, not {shorten(options.out, 300)!r}")
    names = {name: getattr(options, name) for name in ("data", "grad", "backward", "zero")}
    try:
        examination = examine(options.engine, **names)
    except ExaminerError:
        raise
    except ValueError as error:
        raise ExpressionError(one_line(error)) from None
    print(encodable(examination.report(options.lang)))
    if options.out or options.open:
        path = write_atomically(options.out or "examined.html", examination.page(options.lang).encode())
        print(f"\n{path.absolute()}")
        if options.open:
            _open(path)
    return FAILED if examination.faults else 0


@contextmanager
def _misuse_told() -> Iterator[None]:
    """A suffix that is no format, more than a picture holds, no inverse network: one line, and exit code 2."""
    try:
        yield
    except ValueError as error:
        raise ExpressionError(one_line(error)) from None


def _say(expression: Expression, path: Path, options: argparse.Namespace) -> None:
    """Print the numbers and where the picture is; show it, if that was asked for."""
    columns = texts(options.lang).command["columns"].split("|")
    rows = [
        [node.name or "", number(node.data), DASH if node.grad is None else number(node.grad)]
        for node in Graph(expression.result)
        if node.name in expression.named
    ]
    print(encodable(table([*columns, f"∂{expression.result.name}/∂·"], rows)))
    print(f"\n{path.absolute()}")
    if options.open:
        _open(path)


def _open(path: Path) -> None:
    """Show a file in the browser."""
    if not webbrowser.open(path.absolute().as_uri()):
        raise OSError(f"no browser could be started: open {str(path)!r} yourself")


def _version() -> str:
    try:
        return version("inversa")
    except PackageNotFoundError:
        return "(not installed)"


def _fail(error: BaseException, code: int) -> int:
    print(f"inversa: {printable(one_line(error))}", file=sys.stderr)
    return code

"""``inversa live``: a page in which Python runs, with a file, a network or an expression in its editor."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from inversa.autograd.files import expanded, replaceable
from inversa.autograd.languages import Lang
from inversa.viz._live_page import LivePage, live_page
from inversa.viz.command.console import one_line, quoted
from inversa.viz.command.errors import CommandError, MisuseError
from inversa.viz.command.expression import assigned, evaluate
from inversa.viz.command.speech import Parser
from inversa.viz.exercises._exam import sizes_of
from inversa.viz.livepage.runtime import RuntimeBrokenError, RuntimeMissingError
from inversa.viz.livepage.writing import program_of, program_of_network


def add_live(command: Parser) -> None:
    """What it takes."""
    said = command.said
    command.add_argument("source", nargs="?", metavar=said["SOURCE"], help=said["live source"])
    command.add_argument("values", nargs="*", metavar=said["VALUE"], help=said["values"])
    command.add_argument("--network", metavar=said["SIZES"], help=said["live --network"])
    command.add_argument("--out", metavar=said["FILE"], default="inversa-live.html", help=".html (inversa-live.html)")
    command.add_argument("--runtime", metavar=said["FILE"], help=said["live --runtime"])


def written(options: Namespace) -> Path:
    """The page, saved. What is wrong is found before anything is written."""
    page = _page(_source(options), options)
    return page.render(options.out)


def _page(source: str | Path | None, options: Namespace) -> LivePage:
    if Path(options.out).suffix.lower() != ".html":
        raise MisuseError("no format", path=quoted(options.out), formats=".html")
    replaceable(expanded(options.out))
    try:
        return live_page(source, lang=options.lang, runtime=options.runtime)
    except RuntimeMissingError:
        raise CommandError("no runtime") from None
    except RuntimeBrokenError as error:
        raise CommandError("refused", reason=one_line(error)) from None
    except ValueError as error:
        raise MisuseError("refused", reason=one_line(error)) from None


def _source(options: Namespace) -> str | Path | None:
    if options.network is not None:
        if options.source is not None:
            raise MisuseError("two sources", source=quoted(options.source))
        return _of_network(options.network, options.lang)
    if options.source is None or options.source.strip().endswith(".py"):
        if options.values:
            raise MisuseError("unknown", given=" ".join(options.values))
        return None if options.source is None else Path(options.source)
    expression = evaluate(options.source, assigned(options.values))
    if "J" not in expression.named and expression.result.name not in options.source:  # the name is not the reader's
        expression.result.named("J")
    return program_of(expression.result)


def _of_network(network: str, lang: Lang) -> str:
    try:
        return program_of_network(sizes_of(network), lang)
    except ValueError as error:
        raise MisuseError("refused", reason=one_line(error)) from None

"""Which language the command speaks, and argparse's own words in it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import zip_longest
from textwrap import shorten
from typing import Any, NoReturn, cast

from inversa.autograd.languages import Lang, languages
from inversa.autograd.languages._language import Texts
from inversa.viz.command.errors import MISUSED, MisuseError

VARIABLE = "INVERSA_LANG"
HIDDEN = "\0"  # stands before an argument that looks like an option

# What argparse says about wrong arguments, by the key of the sentence that is said instead.
_ARGPARSE = {
    "missing": r"the following arguments are required: (?P<names>.*)",
    "unknown": r"unrecognized arguments: (?P<given>.*)",
    "ambiguous": r"ambiguous option: (?P<given>.*) could match (?P<matches>.*)",
    "no choice": r"argument (?P<name>.*?): invalid choice: (?P<given>.*?)(, maybe .*)? \(choose from (?P<choices>.*)\)",
    "no value": r"argument (?P<name>.*?): expected one argument",
    "no values": r"argument (?P<name>.*?): expected at least one argument",
    "takes no value": r"argument (?P<name>.*?): ignored explicit argument (?P<given>.*)",
    "wrong kind": r"argument (?P<name>.*?): invalid (?P<kind>.*?) value: (?P<given>.*)",
    "excluded": r"argument (?P<name>.*?): not allowed with argument (?P<other>.*)",
    "wrong": r"argument (?P<name>.*?): (?P<message>.*)",
}


def asked_for(arguments: Sequence[str], environment: Mapping[str, str]) -> Lang | None:
    """The language that the option ``--lang`` names, or else the variable ``INVERSA_LANG``; None without both.

    The arguments are searched before they are understood, for help and errors shall be in that language, too.

    >>> asked_for(["draw", "--help", "--lang=es"], {})
    'es'
    >>> asked_for(["--lang", "en", "tour"], {"INVERSA_LANG": "es"})
    'en'
    """
    asked = None
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, equals, value = argument.partition("=")
        if len(name) > 2 and "--lang".startswith(name):  # --la, too: argparse takes abbreviations
            value = value if equals else following
            asked = cast("Lang", value) if value in languages() else asked
    if asked is None and (value := environment.get(VARIABLE, "")):
        if value not in languages():
            raise MisuseError("wrong variable", variable=VARIABLE, value=repr(value), languages=", ".join(languages()))
        asked = cast("Lang", value)
    return asked


def of_the_system(environment: Mapping[str, str]) -> Lang:
    """The language of the system's locale, if it is one of ours, or else English.

    >>> of_the_system({"LANG": "es_MX.UTF-8"}), of_the_system({"LC_ALL": "C", "LANG": "es_ES"})
    ('es', 'en')
    """
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))  # in this order, says POSIX
    code = re.split(r"[_.@]", next(filter(None, names), ""))[0]
    return cast("Lang", code) if code in languages() else "en"


class Parser(argparse.ArgumentParser):
    """argparse in a language, with errors of one line. An expression may begin like an option: -a*b.

    Parameters
    ----------
    said : mapping
        The sentences of the command, `Language.command`.
    **settings
        Those of argparse.
    """

    def __init__(self, said: Texts, **settings: Any) -> None:
        super().__init__(add_help=False, formatter_class=partial(_Formatter, said), **settings)
        self.said = said
        self._positionals.title, self._optionals.title = said["arguments"], said["options"]
        self.add_argument("-h", "--help", action="help", help=said["help"])

    def parsed(self, arguments: Sequence[str]) -> argparse.Namespace:
        """What was asked for, as it was written."""
        # behind a sign that no argument can hold, argparse takes nothing for an option
        hidden = [HIDDEN + a if _hides(a) else a for a in arguments]
        return self.parse_args(hidden, _Options())

    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong, and leave."""
        message = self.reworded(message.replace(HIDDEN, "").replace(repr(HIDDEN)[1:-1], ""))
        hint = self.said["see"].format(command=f"{self.prog} --help")
        self.exit(MISUSED, f"inversa: {shorten(message, 300, placeholder='…')} ({hint})\n")

    def reworded(self, message: str) -> str:
        """A message of argparse in our words; one that is not known stays as it is."""
        for key, pattern in _ARGPARSE.items():
            if match := re.fullmatch(pattern, message, re.DOTALL):
                return self.said[key].format(**match.groupdict())
        return message


def _hides(argument: str) -> bool:
    """Whether an argument would be taken for an option; of negative numbers argparse knows that they are none."""
    return argument[:1] == "-" != argument[1:2] and not re.fullmatch(r"-|-h|-\d+|-\d*\.\d+", argument)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, said: Texts, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._usage = said["usage"]

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, f"{self._usage}: " if prefix is None else prefix)


class _Options(argparse.Namespace):
    """Shows arguments without the sign that hid them from argparse."""

    def __setattr__(self, name: str, value: Any) -> None:
        shown = [v.removeprefix(HIDDEN) for v in value] if isinstance(value, list) else value
        super().__setattr__(name, shown.removeprefix(HIDDEN) if isinstance(shown, str) else shown)

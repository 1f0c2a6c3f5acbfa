"""Examination: a student's engine, asked by the ladder of probes; what is wrong, and what is worth a remark."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from inversa.autograd import checks
from inversa.autograd.files import readable
from inversa.autograd.languages import language
from inversa.viz._figure import Figure
from inversa.viz.examiner import report
from inversa.viz.examiner.causes import faults
from inversa.viz.examiner.departure import departure
from inversa.viz.examiner.evidence import Evidence, Outcome, near, outcome
from inversa.viz.examiner.fault import Fault
from inversa.viz.examiner.probes import DEPTH, PATHS, WANTED, ladder
from inversa.viz.examiner.process import Answers, Engine, Limits, ask

SLOW = 1.0  # seconds for reading a file that are worth a remark
SECOND_PASS = {64.0: "", 96.0: "again all", 32.0: "again none"}  # what two passes over (x·x)² may give at x = 2


class ExaminerError(ValueError):
    """A file that cannot be examined; the message says why, and what to do."""


@dataclass(frozen=True)
class Remark:
    """Something that is no mistake, but worth knowing: ``key`` says what, ``values`` fill the sentence's blanks."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Examination:
    """What came of examining an engine.

    Attributes
    ----------
    file : str
        The file's name.
    kind : str
        The class in it.
    names : dict of str to str
        What it calls its number ("data"), its gradient ("grad"), its backward pass and, if it has one, what sets
        gradients to zero: given, or guessed.
    functions : dict of str to str
        What it calls as functions of the file, rather than as operators and methods.
    faults : tuple of Fault
        The mistakes.
    remarks : tuple of Remark
        What is no mistake: operations that are not there, recursion, a file that is slow to read.
    outcomes : tuple of Outcome
        What came of every probe.
    """

    file: str
    kind: str
    names: Mapping[str, str]
    functions: Mapping[str, str]
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        """Whether every program was asked; one that does not end may take the time of those behind it."""
        return all(outcome.state != "unanswered" for outcome in self.outcomes)

    def report(self, lang: str | None = None) -> str:
        """The mistakes and the remarks as a text.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `inversa.viz.set_language` chose.
        """
        return report.text(self, language(lang))

    def page(self, lang: str | None = None, theme: str = "auto") -> str:
        """The same as a page, with a picture of each mistake; nothing in it is fetched from elsewhere."""
        return report.page(self, language(lang), theme)

    def figure(self, lang: str | None = None) -> Figure:
        """The graph of the first mistake: what is right, and in red what this engine says where it departs first.

        Raises
        ------
        ValueError
            When nothing is wrong, or the program that shows it is too large to draw.
        """
        if not self.faults:
            raise ValueError("nothing is wrong, so there is nothing to draw")
        return departure(self.faults[0], lang)


def examined(
    engine: str | os.PathLike[str], names: Mapping[str, str | None] | None = None, limits: Limits | None = None
) -> Examination:
    """Examine an engine; see `inversa.viz.examiner.examine`."""
    found = located(engine)
    given = {name: checked_name(name, value) for name, value in (names or {}).items() if value is not None}
    probes = ladder()
    answers = ask(found, given, [probe.program for probe in probes], limits or Limits())
    if answers.fatal:
        raise ExaminerError(_fatal(found.path, found.kind, answers.fatal))
    outcomes = tuple(outcome(probe, answers.given.get(i)) for i, probe in enumerate(probes))
    mistakes = tuple(faults(Evidence(outcomes)))
    return Examination(
        found.path.name,
        answers.kind,
        answers.names,
        answers.functions,
        mistakes,
        tuple(_remarks(Evidence(outcomes), answers, mistakes)),
        outcomes,
    )


def located(engine: str | os.PathLike[str]) -> Engine:
    """What ``engine.py:Value`` or ``package.module:Value`` name; the class may be left out."""
    text = os.fspath(engine)
    name, colon, kind = text.rpartition(":")
    if not colon or not (kind.isidentifier() or not kind) or not name:
        name, kind = text, ""
    if all(part.isidentifier() for part in name.split(".")) and not name.endswith(".py"):
        return Engine(_file_of(name), Path.cwd(), name, kind)
    path = readable(name).absolute()
    if path.suffix != ".py":
        raise checks.wrong("engine", "a Python file and a class in it", text, "'engine.py:Value'")
    package = list(takewhile(_is_package, path.parents))
    if not package:
        return Engine(path, path.parent, "engine", kind)
    names = [folder.name for folder in reversed(package)] + [path.stem] * (path.stem != "__init__")
    return Engine(path, package[-1].parent, ".".join(names), kind)


def _file_of(module: str) -> Path:
    """The file of a module, or of a package, that can be imported from the current folder."""
    place = Path.cwd().joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.exists():
            return readable(path)
    raise FileNotFoundError(
        f"there is no module {module!r} in the current folder: name a file, such as engine.py:Value, or go to the "
        f"folder that holds {module.partition('.')[0]!r}"
    )


def _is_package(folder: Path) -> bool:
    return folder.name.isidentifier() and (folder / "__init__.py").exists()


def checked_name(name: str, value: object) -> str:
    """A name, or names with points between them."""
    if isinstance(value, str) and value and all(part.isidentifier() for part in value.split(".")):
        return value
    raise checks.wrong(name, "a name in the file", value, "'backward'")


def _fatal(path: Path, kind: str, record: Mapping[str, Any]) -> str:
    why, message = record["fatal"], record["message"]
    if why == "class":
        if kind:
            return f"{path.name} has no {kind}: name the class of its nodes, as in {path.name}:Value"
        return f"{path.name} has no class, or several: name that of its nodes, as in {path.name}:Value"
    if why == "unknown":
        return f"{path.name} has no {message.replace(', ', ' and no ')}: name what a node, or the file, has"
    if why == "names":
        options = " ".join(f"--{name} NAME" for name in message.split(", "))
        return f"what a node of {path.name} calls its {message.replace(', ', ' and ')} was not found: say so, {options}"
    if why in ("slow", "died"):
        happened = "does not end" if why == "slow" else "ends the process"
        return (
            f"reading {path.name} {happened}: what it runs, beside its classes, goes under if __name__ == '__main__':"
        )
    if "relative import" in message:
        message += f": put an __init__.py into the folder of {path.name}, or name it as package.module:Value"
    line = f", line {record['line']}" if record.get("line") else ""
    return f"{path.name} cannot be used{line}: {why}: {' '.join(message.split())}"


def _remarks(evidence: Evidence, answers: Answers, found: Sequence[Fault]) -> list[Remark]:
    """What is no mistake."""
    remarks = []

    def remark(key: str, **values: object) -> None:
        remarks.append(Remark(key, tuple((name, str(value)) for name, value in values.items())))

    absent = sorted({o.probe.op for o in evidence.of("alone") if o.state == "missing"} & WANTED)
    if absent:
        remark("missing", names=", ".join(absent))
    reflected = [o.probe.op for o in evidence.of("reflected") if o.state == "missing" and o.probe.op not in absent]
    if reflected:
        remark("missing reflected", names=", ".join(reflected))
    if any(o.state == "error" for o in evidence.of("number")):
        remark("numbers", names=", ".join(o.probe.op for o in evidence.of("number") if o.state == "error"))
    nodes = evidence.named("nodes", "power")
    if nodes.state == "gradient" and nodes.place == 1:
        remark("exponent")
    deep, paths, again = (evidence.named(kind) for kind in ("deep", "paths", "again"))
    if deep.error == "RecursionError" or deep.state == "died":
        remark("recursion", n=DEPTH)
    if deep.state == "slow":
        remark("slow chain", n=DEPTH)
    if paths.state in ("slow", "died"):
        remark("paths", n=PATHS)
    total = again.gradients.get(0)
    key = next((key for number, key in SECOND_PASS.items() if near(total, number)), "again otherwise")
    if total is not None and key and not found:
        remark(key, found=f"{total:g}")
    if answers.seconds > SLOW:
        remark("import", seconds=round(answers.seconds, 1))
    if answers.stopped:
        remark("stopped", error=answers.stopped)
    if any(o.state == "unanswered" for o in evidence.outcomes):
        remark("unanswered", n=sum(o.state == "unanswered" for o in evidence.outcomes))
    if answers.unlimited:
        remark("limits", names=", ".join(answers.unlimited))
    return remarks

"""Plug-in for pytest: every probe of the examiner is a test, whose failure says what is wrong.

It is loaded where it is asked for, and nowhere else::

    pytest -p inversa.viz.examiner.plugin --engine engine.py:Value

For every run in a folder these options stand in the ``addopts`` of its ``pytest.ini``.
The engine itself is not imported by pytest: it runs in a process of its own, see `inversa.viz.examiner.examine`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inversa.autograd.languages import language
from inversa.viz.examiner.evidence import Outcome, is_choice
from inversa.viz.examiner.examination import Examination, examined
from inversa.viz.examiner.report import fault_text
from inversa.viz.examiner.sentences import NAMES, cause, happened, say


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("inversa", "engines that students write")
    group.addoption("--engine", metavar="FILE.py:CLASS", help="examine this engine: every probe is a test")
    group.addoption("--engine-lang", default=None, help="language of what is wrong: en, es")
    for name in NAMES:
        group.addoption(f"--engine-{name}", metavar="NAME", help=f"what the engine calls its {name} (guessed)")


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the probes before the other tests."""
    option = config.getoption
    if not option("--engine"):
        return
    try:
        lang = language(option("--engine-lang"))
        examination = examined(option("--engine"), {name: option(f"--engine-{name}") for name in NAMES})
    except (OSError, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    name = f"{examination.file}:{examination.kind}"
    engine = EngineUnderTest.from_parent(session, name=name, nodeid=name, examination=examination, lang=lang)
    items[:0] = engine.collect()


class DepartureError(Exception):
    """A probe that came out wrong; the message is the diagnosis."""


class EngineUnderTest(pytest.Collector):
    """An engine that has been examined: a test for every probe."""

    def __init__(self, *, examination: Examination, lang: str, **given: Any) -> None:
        super().__init__(**given)
        self.examination = examination
        self.lang = lang

    def collect(self) -> Iterator[ProbeItem]:
        """The tests."""
        for outcome in self.examination.outcomes:
            yield ProbeItem.from_parent(self, name=outcome.probe.name, outcome=outcome)

    def diagnosis(self, outcome: Outcome) -> str:
        """What is wrong: in full at the program that shows it best, in a line at the others."""
        own = [fault for fault in self.examination.faults if fault.outcome.probe == outcome.probe]
        if own:
            return "\n\n".join(fault_text(fault, self.examination, self.lang) for fault in own)
        causes = "; ".join(cause(fault, self.lang) for fault in self.examination.faults)
        return f"{happened(outcome, self.lang)} {say('follows', self.lang, cause=causes)}"


class ProbeItem(pytest.Item):
    """The test of one probe."""

    parent: EngineUnderTest

    def __init__(self, *, outcome: Outcome, **given: Any) -> None:
        super().__init__(**given)
        self.outcome = outcome

    def runtest(self) -> None:
        """Fail where the engine departs; skip what it does not have, and what is no mistake."""
        state, probe = self.outcome.state, self.outcome.probe
        if state in ("missing", "unanswered"):
            pytest.skip(state)
        shown = any(fault.outcome.probe == probe for fault in self.parent.examination.faults)
        if state != "right" and not shown and (is_choice(self.outcome) or not self.parent.examination.faults):
            pytest.skip("no mistake: see the remarks of inversa examine")
        if state != "right" or shown:
            raise DepartureError(self.parent.diagnosis(self.outcome))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnosis without a traceback."""
        return str(excinfo.value) if excinfo.errisinstance(DepartureError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """What the heading of a failure says."""
        return self.path, None, f"{self.parent.name}: {self.name}"

"""Questions in GIFT, Moodle's format for text files. They have no pictures: equations say what the network is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from inversa.viz.exercises.exports.questions import Question
from inversa.viz.pages.page import paragraphs

_SPECIAL = "\\~=#{}:"  # the backslash, too: Moodle reads \n as the end of a line


def gift(questions: Iterable[Question], category: str) -> str:
    """A text file of questions."""
    parts = [f"$CATEGORY: $course$/top/{category}", *map(_question, questions)]
    return "\n\n".join(parts) + "\n"


def _question(question: Question) -> str:
    """One question; no line of it may be blank."""
    right, *wrong = question.answers
    return "\n".join(
        [
            f"// {question.key}",
            f"::{literal(question.name)}::[html]{literal(paragraphs(question.text))}{{#",
            f"\t=%100%{right.number}:{right.tolerance}#{_feedback(right.feedback)}",
            *(f"\t=%0%{each.number}:{each.tolerance}#{_feedback(each.feedback)}" for each in wrong),
            f"\t~#{_feedback(question.otherwise)}",
            f"\t####{literal('<br>'.join(map(escape, question.solution)))}",
            "}",
        ]
    )


def _feedback(text: str) -> str:
    return literal(escape(text))


def literal(text: str) -> str:
    r"""A text as GIFT reads it.

    >>> print(literal("{a}: 1 = #2 ~ \\nu"))
    \{a\}\: 1 \= \#2 \~ \\nu
    """
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)

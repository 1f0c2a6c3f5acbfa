"""Questions as Moodle's XML, with the picture of the network."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from inversa.viz.exercises.exports.questions import Question
from inversa.viz.pages.page import paragraphs

NAME = "network.png"


class Picture(NamedTuple):
    """A picture of the question's network: the PNG, its width on the page in pixels, and what it shows."""

    png: bytes
    width: int
    shown: str


def moodle(questions: Iterable[tuple[Question, Picture]], category: str) -> str:
    """An XML file of questions. Its first line is that of XML: Moodle takes nothing before it."""
    entries = "".join(_question(question, picture) for question, picture in questions)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
        f'<question type="category"><category><text>$course$/top/{escape(category)}</text></category></question>\n'
        f"{entries}</quiz>\n"
    )


def _question(question: Question, picture: Picture) -> str:
    right, *wrong = question.answers
    image = f'<p><img src="@@PLUGINFILE@@/{NAME}" alt="{escape(picture.shown)}" width="{picture.width}"></p>'
    data = base64.b64encode(picture.png).decode()
    answers = [
        _answer(right.number, right.tolerance, right.feedback, 100),
        *(_answer(each.number, each.tolerance, each.feedback, 0) for each in wrong),
        _answer("*", "0", question.otherwise, 0),
    ]
    return (
        f'<question type="numerical">\n<name><text>{escape(question.name)}</text></name>\n'
        f'<questiontext format="html">{_html(paragraphs(question.text) + image)}'
        f'<file name="{NAME}" path="/" encoding="base64">{data}</file></questiontext>\n'
        f'<generalfeedback format="html">{_html("<br>".join(map(escape, question.solution)))}</generalfeedback>\n'
        "<defaultgrade>1</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>\n"
        f"<idnumber>{escape(question.key)}</idnumber>\n{''.join(answers)}"
        "<unitgradingtype>0</unitgradingtype><unitpenalty>0</unitpenalty><showunits>3</showunits>"
        "<unitsleft>0</unitsleft>\n</question>\n"
    )


def _answer(number: str, tolerance: str, feedback: str, fraction: int) -> str:
    return (
        f'<answer fraction="{fraction}" format="moodle_auto_format"><text>{number}</text>'
        f'<feedback format="html">{_html(escape(feedback))}</feedback><tolerance>{tolerance}</tolerance></answer>\n'
    )


def _html(text: str) -> str:
    """HTML as it stands, within XML."""
    return f"<text><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></text>"

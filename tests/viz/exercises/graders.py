"""Readers of what is exported to Moodle, which grade as it does: the first answer whose tolerance holds."""

import re
from typing import NamedTuple
from xml.etree import ElementTree


class Graded(NamedTuple):
    """What an answer earns, of 100, and what is said about it."""

    points: float
    feedback: str


class Read(NamedTuple):
    """A question as a platform has it: its answers, (number or "*", tolerance, points, feedback)."""

    name: str
    text: str
    answers: tuple[tuple[str, float, float, str], ...]
    solution: str

    def grade(self, typed):
        """What a number that was typed earns."""
        assert re.fullmatch(r"[+-]?\d*[.,]?\d+", typed), typed  # what Moodle reads; a comma is a point
        x = float(typed.replace(",", "."))
        for number, tolerance, points, feedback in self.answers:
            if number == "*" or abs(x - float(number)) <= tolerance + 1e-14:
                return Graded(points, feedback)
        return Graded(0.0, "")


def of_xml(source):
    """The questions of a file for Moodle."""
    assert source.startswith("<?xml")
    for question in ElementTree.fromstring(source.encode()):
        if question.get("type") != "numerical":
            continue
        answers = tuple(
            (a.findtext("text"), float(a.findtext("tolerance")), float(a.get("fraction")), a.findtext("feedback/text"))
            for a in question.findall("answer")
        )
        texts = (question.findtext(f"{part}/text") for part in ("name", "questiontext", "generalfeedback"))
        name, text, solution = texts
        yield Read(name, text.partition("<p><img")[0], answers, solution)


def of_gift(source):
    """The questions of a GIFT file: blank lines divide them, a backslash makes a sign literal."""
    for block in re.split(r"\n\s*\n", source.strip()):
        lines = [line for line in block.split("\n") if not line.startswith("//")]
        if lines[0].startswith("$CATEGORY:"):
            continue
        signs = "\n".join(lines)
        signs = re.sub(r"\\(.)", lambda match: chr(0xE000 + ord(match[1])), signs)  # out of the way
        match = re.fullmatch(r"::(.*?)::\[html\](.*?)\{#(.*)\}", signs, re.S)
        assert match, signs
        name, text, body = match.groups()
        body, _, solution = body.partition("####")
        answers = []
        for sign, rest in re.findall(r"([=~])([^=~]*)", body):
            number, _, feedback = rest.partition("#")
            weight = re.match(r"%([\d.-]+)%", number)
            value, _, tolerance = number.removeprefix(weight[0] if weight else "").partition(":")
            points = float(weight[1]) if weight else 100.0 if sign == "=" else 0.0
            answers.append((value.strip() or "*", float(tolerance or 0), points, literal(feedback)))
        yield Read(literal(name), literal(text), tuple(answers), literal(solution))


def literal(signs):
    return "".join(chr(ord(c) - 0xE000) if 0xE000 <= ord(c) < 0xE080 else c for c in signs).strip()

"""Every declared operation in pictures: all its letters are there, nothing is cut, and formulas have their brackets."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from inversa import viz
from inversa.autograd import (
    Operation,
    Value,
    arctan2,
    cbrt,
    copysign,
    exp2,
    floor,
    hypot,
    languages,
    log2,
    reciprocal,
    sin,
    sinh,
    sqrt,
    square,
    tan,
)
from inversa.autograd import abs as absolute
from inversa.autograd.mode import LOSS, mode
from inversa.viz.lettering import measure, theme
from inversa.viz.output.latex import words
from inversa.viz.picture.reading import read

from .operations import declared, graph_of

OPERATIONS = declared()
MARKS = re.compile(r"[ΣΠ]…|\[…\]")  # of running sums and of places: an ellipsis that cuts nothing


@pytest.mark.parametrize("op", OPERATIONS, ids=str)
def test_our_faces_have_every_letter(op: Operation[...]) -> None:
    for text in (op.symbol, op.notation, *op.derivatives):
        for face in theme.FACES:
            if "symbols" not in face:
                assert set(text) <= measure.advances(face).keys(), (text, face)
        assert "inversaletter" not in words(text)


@pytest.mark.parametrize("lang", languages.languages())
@pytest.mark.parametrize("op", OPERATIONS, ids=str)
def test_it_is_drawn(op: Operation[...], lang: Any) -> None:
    J = graph_of(op)
    figure = viz.draw(J, view="both" if J.requires_grad else "forward", detail="op", lang=lang)
    root = ET.fromstring(figure.svg())
    written = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(written) > 3
    for text in written:
        assert measure.covered(text)
        assert not re.search(r"[{}\ue000\ue001]", text)
        assert "…" not in MARKS.sub("", text), text
    assert not re.search(r"\{\w+\}", figure.source)
    assert not re.search(r"\{\w+\}", figure.alt_text())


@pytest.mark.parametrize("lang", languages.languages())
def test_a_sum_that_a_flow_is_multiplied_by_stands_in_parentheses(lang: Any) -> None:
    y = tan(Value(0.5, name="x")).named("y")
    shown = [t.text for t in ET.fromstring(viz.draw(y, view="inverse", lang=lang).svg()).iter() if t.text]
    assert "× (1 + y²)" in shown
    assert "× (1 + y²) = " in str(y.inverse())


@pytest.mark.parametrize("op", OPERATIONS, ids=str)
def test_it_is_played(op: Operation[...]) -> None:
    J = graph_of(op)
    if not J.requires_grad:
        pytest.skip("it has no gradient")
    page = viz.player(J, detail="op").html()
    assert not re.search(r">[^<>]*\{\w+\}[^<>]*<", re.sub("<(style|script).*?</(style|script)>", "", page, flags=re.S))


NESTED: dict[str, Callable[[Any, Any], Any]] = {
    "tan (a + b)": lambda a, b: tan(a + b),
    "sin a + sinh b": lambda a, b: sin(a) + sinh(b),
    "(a + b)²": lambda a, b: square(a + b),
    "(a²)²": lambda a, _: square(square(a)),
    "⌊a + b⌋": lambda a, b: floor(a + b),
    "⌊a⌋ + b": lambda a, b: floor(a) + b,
    "⌊a⌋²": lambda a, b: square(floor(a)),
    "2 ^ (a + b)": lambda a, b: exp2(a + b),
    "2 ^ a · b": lambda a, b: exp2(a) * b,
    "1 / (a · b)": lambda a, b: reciprocal(a * b),
    "1 / (1 / a)": lambda a, b: reciprocal(reciprocal(a)),
    "√((a + b)² + b²)": lambda a, b: hypot(a + b, b),
    "arctan((a − b) / (a + b))": lambda a, b: arctan2(a - b, a + b),
    "(√a)²": lambda a, b: square(sqrt(a)),
    "∛(a · b)": lambda a, b: cbrt(a * b),
    "log₂ (a + b)": lambda a, b: log2(a + b),
    "|a + b|²": lambda a, b: square(absolute(a + b)),
    "|a − b| · sign (a + b)": lambda a, b: copysign(a - b, a + b),
    "(a + b) % (a · b)": lambda a, b: (a + b) % (a * b),
    "a · (a % b)": lambda a, b: a * (a % b),
    "a % b + b": lambda a, b: a % b + b,
    "a − (−b)": lambda a, b: a - (-b),
}


@pytest.mark.parametrize("text", NESTED)
def test_a_formula_in_a_formula_has_the_brackets_that_it_needs(text: str) -> None:
    a, b = Value(3.0, name="a"), Value(1.25, name="b")
    with mode(module=LOSS):
        y = NESTED[text](a, b)
    assert [group.title for group in read((y.named("y"),)).groups if group.loss] == [text]

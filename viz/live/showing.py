"""Showing what was computed: pictures, players and tables, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

from inversa.autograd import Graph
from inversa.autograd.languages import Lang, texts
from inversa.nn import Module
from inversa.viz import Figure, Player, draw, player
from inversa.viz.cards.writer import Writer
from inversa.viz.lettering.numbers import count
from inversa.viz.live.choosing import Subject
from inversa.viz.live.listing import listing
from inversa.viz.neurons.structure import StructureError
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Box, Picture
from inversa.viz.picture.spoken import spoken

Tab = Literal["picture", "inverse", "player", "gradients", "listing"]
MAX_ROWS = 300  # of the table
ORDER = "parameter", "data", "forward", "loss"


def shown(subject: Subject, tab: str, lang: Lang) -> dict[str, Any]:
    """What a tab holds, to be sent as JSON.

    "picture" gives SVG of "forward", "inverse" and "both", and under "alt" the same as descriptions; "inverse" the one
    "inverse"; without an inverse network these are empty, and "note" says why there is none. "player" gives a page as
    "html"; "gradients" the "columns" and "rows" of a table, its cells texts, and a "note"; "listing" a "text".
    """
    make: dict[str, Callable[[Subject, Lang], dict[str, Any]]] = {
        "picture": pictures,
        "inverse": partial(pictures, views=("inverse",)),
        "player": playing,
        "gradients": gradients,
        "listing": listed,
    }
    return make[tab](subject, lang)


# Pictures.


def figure(subject: Subject, lang: Lang) -> Figure:
    """The twins, or what the code drew itself."""
    if isinstance(subject.made, Figure):
        return subject.made
    if isinstance(subject.made, Player):
        return subject.made.figure()
    try:
        return _drawn(subject, lang, "both")
    except ValueError:
        return _drawn(subject, lang, "forward")  # which exists where there is no inverse network


def _drawn(subject: Subject, lang: Lang, view: Any) -> Figure:
    settings: dict[str, Any] = {"lang": lang, "view": view, "data": subject.data}
    if isinstance(subject.source, Module):
        return draw(subject.source, **settings | {"data": ()})
    try:
        return draw(subject.source, detail="neuron", **settings)
    except StructureError:  # no network of neurons
        return draw(subject.source, **settings)


def pictures(subject: Subject, lang: Lang, views: tuple[str, ...] = ("forward", "inverse", "both")) -> dict[str, Any]:
    """The twins, one by one and together."""
    both = figure(subject, lang)
    made = {each.view: each for each in both.apart()}
    note = ""
    if len(made) == 1:
        try:
            twin = both.flip()
            made[twin.view] = twin
        except ValueError as error:
            note = str(error)
    made["both"] = both
    found = {view: made[view].svg() if view in made else "" for view in views}
    return found | {"alt": {view: made[view].alt_text() for view in views if view in made}, "note": note}


def played(subject: Subject, lang: Lang) -> Player:
    """The player, or the one that the code made."""
    if isinstance(subject.made, Player):
        return subject.made
    return player(subject.source, lang=lang, data=subject.data)  # type: ignore[arg-type]  # its error says what is wrong


def playing(subject: Subject, lang: Lang) -> dict[str, Any]:
    """The page of the player."""
    return {"html": played(subject, lang).html()}


# Texts.


def gradients(subject: Subject, lang: Lang) -> dict[str, Any]:
    """Every number with its gradient, and the product or sum that the gradient is."""
    said = texts(lang).live
    outputs = subject.outputs
    if isinstance(subject.source, Module):
        outputs = tuple(dict.fromkeys(subject.source.parameters()))
    picture = spoken(read(outputs, subject.data, known=True), lang)
    writer = Writer(picture, lang, 4)
    boxes = sorted(picture.boxes, key=lambda box: ORDER.index(box.role))
    rows = [[box.name, writer.said_of(box), *_gradient(writer, picture, box)] for box in boxes[:MAX_ROWS]]
    name = "J" if picture.several else writer.output
    columns = [column.format(J=name) for column in said["columns"].split("|")]
    left = len(boxes) - len(rows)
    notes = [said["more rows"].format(n=count(left))] if left else []
    notes += [said["added up"]] if picture.accumulated else []
    return {"columns": columns, "rows": rows, "note": " ".join(notes)}


def _gradient(writer: Writer, picture: Picture, box: Box) -> Iterator[str]:
    """∂J/∂ of a number, and how it comes about."""
    yield writer.said_of(box, "forward") if box.differentiable else ""
    if picture.several or not box.differentiable:
        yield ""
    elif box.is_output:
        yield "1"
    else:
        yield writer.returned(box)


def listed(subject: Subject, lang: Lang) -> dict[str, Any]:
    """The program that `jit` makes of the graph."""
    if isinstance(subject.source, Module):
        return {"text": texts(lang).live["no listing"].format(reason=texts(lang).live["not run"])}
    if not subject.outputs:
        return {"text": texts(lang).live["nothing"]}
    try:
        return {"text": listing(Graph(*subject.outputs), subject.data)}
    except Exception as error:  # of whatever kind, it is why there is none
        return {"text": texts(lang).live["no listing"].format(reason=error)}

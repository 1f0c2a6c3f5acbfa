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
from inversa.viz.livepage.choosing import Subject
from inversa.viz.livepage.listing import listing
from inversa.viz.neurons.structure import StructureError
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Box, Picture
from inversa.viz.picture.spoken import spoken

Room = tuple[float, float] | None  # width and height in pixels
Tab = Literal["picture", "inverse", "player", "gradients", "listing"]
MAX_ROWS = 300  # of the table
ORDER = "parameter", "data", "forward", "loss"  # of its rows, and within these that of the forward pass


def shown(subject: Subject, tab: Tab, lang: Lang, room: Room) -> dict[str, Any]:
    """What a tab holds, to be sent as JSON.

    "picture" is the twins as "svg", with an "alt" text, in the form that fills the room best; "inverse" the second of
    them. Without an inverse network the one is the network alone, and the other a "note" that says why there is none.
    "player" gives a page as "html"; "gradients" the "columns" and "rows" of a table, its cells texts, and a "note";
    "listing" a "text".
    """
    make: dict[str, Callable[[Subject, Lang], dict[str, Any]]] = {
        "picture": partial(twins, room=room),
        "inverse": partial(inverse, room=room),
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


def twins(subject: Subject, lang: Lang, room: Room) -> dict[str, str]:
    """Both networks."""
    return _picture(figure(subject, lang), room)


def inverse(subject: Subject, lang: Lang, room: Room) -> dict[str, str]:
    """The inverse network alone."""
    both = figure(subject, lang)
    apart = {each.view: each for each in both.apart()}
    if "inverse" in apart:
        return _picture(apart["inverse"], room)
    try:
        return _picture(both.flip(), room)
    except ValueError as error:
        return {"note": str(error)}


def _picture(made: Figure, room: Room) -> dict[str, str]:
    return {"svg": made.svg() if room is None else made._filling(*room), "alt": made.alt_text()}


def played(subject: Subject, lang: Lang) -> Player:
    """The player, or the one that the code made."""
    if isinstance(subject.made, Player):
        return subject.made
    return player(subject.source, lang=lang, data=subject.data)


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
    used = {arrow.source: arrow.target for arrow in reversed(picture.arrows)}  # by what first
    boxes = sorted(picture.boxes, key=lambda box: (ORDER.index(box.role), used.get(box.number, box.number)))
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

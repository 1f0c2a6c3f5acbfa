"""Folding: how a graph of a hundred thousand operations becomes a picture that a person can read.

A box then stands for a whole module, or for all operations of one kind in the same layer of the graph, or, when that is
still too much, for everything in a band of layers. What is folded is decided by the graph alone: the same graph gives
the same picture.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from statistics import median
from typing import NamedTuple

from inversa.autograd import Rule
from inversa.autograd.mode import LOSS
from inversa.viz.lettering.numbers import size
from inversa.viz.picture.records import Amount, Array, Arrow, Box, Fold, Picture, Terms, norm

SINGLE = 200  # up to this many boxes nothing is folded
MAX_EQUATIONS = 6  # equations of a box
MAX_SHAPES = 4  # of arrays of parameters in a box
READABLE, SHORT = 60, 24  # what folding aims at, and when only bands of layers are left
POSSIBLE = 5000  # more boxes than this take a layout engine too long

Key = Hashable


def summarised(picture: Picture, detail: str) -> Picture:
    """The picture with every operation, or folded until it can be read.

    Raises
    ------
    ValueError
        When more boxes are left than can be laid out.
    """
    if detail == "op" or (detail == "auto" and len(picture.boxes) <= SINGLE):
        return drawable(picture)
    has_modules = any(box.module for box in picture.boxes)
    for i, keys in enumerate(_foldings(picture)):
        if len(set(keys)) <= READABLE or (detail == "layer" and has_modules and i == 1):
            break  # the last folding is always short enough
    return drawable(folded(picture, without_loops(picture, keys))[0])


def drawable(picture: Picture) -> Picture:
    """The picture, if it is not too large to be laid out.

    Raises
    ------
    ValueError
        It says how to draw less.
    """
    if len(picture.boxes) > POSSIBLE:
        raise ValueError(
            f"{len(picture.boxes)} boxes are too many for one picture: fold them with detail='auto' or detail='layer', "
            "and modules inside modules with depth=1"
        )
    return picture


def _foldings(picture: Picture) -> Iterator[list[Key]]:
    """Ways to fold, from fine to coarse: for every box the key of the box that it becomes part of.

    A module that is called several times becomes several boxes at first, and one where that is too many.
    """
    boxes, inputs, users = picture.boxes, *_neighbours(picture)
    heads = _sums(boxes, users)
    levels = _levels(boxes, inputs, heads)

    def module_of(i: int, depth: int) -> str | None:
        """The module of a box; a parameter that several calls of one share is in it."""
        box = boxes[i]
        modules = {boxes[n].module for n in users[i]} if box.role == "parameter" and not box.module else {box.module}
        path = modules.pop() if len(modules) == 1 else None
        return ".".join(path.split(".")[:depth]) if path else None

    def keys(band: int | None, kinds: bool, depth: int | None, apart: bool = False) -> list[Key]:
        box_keys: list[Key] = []
        for i, box in enumerate(boxes):
            place = i if box.operation or not users[i] else users[i][0]  # a leaf belongs where it is first used
            path = None if depth is None else box.within(depth) if apart else module_of(i, depth)
            if box.is_output and box.operation:
                box_keys.append(i)
            elif path is not None:
                box_keys.append(path)
            elif band is None:
                box_keys.append(i)
            elif box.role == "data":
                box_keys.append(("data", levels[place] // band))
            else:
                owner = boxes[place]
                box_keys.append((owner.operation if kinds else "", levels[place] // band))
        return box_keys

    deepest = max((box.module.count(".") + 1 for box in boxes if box.module), default=0)
    if deepest:
        yield keys(None, True, deepest, apart=True)
        yield keys(None, True, deepest)
    for depth in range(deepest, 0, -1):
        yield keys(1, True, depth)
    yield keys(1, True, None)
    yield keys(max(levels) // SHORT + 1, False, None)


class Stage(NamedTuple):
    """A part of a box that is left and entered again: how often it was left before."""

    of: Key
    left: int


def without_loops(picture: Picture, keys: list[Key]) -> list[Key]:
    """The same keys; what is left and entered again, such as a block around another one, becomes a box each time."""
    place = {box.number: i for i, box in enumerate(picture.boxes)}
    edges = [(place[arrow.source], place[arrow.target]) for arrow in picture.arrows]
    for key in sorted(_in_loops(edges, keys), key=keys.index):
        left = [0] * len(keys)  # how often the way to a box has left those of the key
        for source, target in edges:  # by target: what a box is computed from comes first
            leaves = keys[source] == key and keys[target] != key
            left[target] = max(left[target], left[source] + leaves)
        if len({n for n, k in zip(left, keys, strict=True) if k == key}) > 1:
            keys = [Stage(k, n) if k == key else k for n, k in zip(left, keys, strict=True)]
    return keys


def _in_loops(edges: list[tuple[int, int]], keys: list[Key]) -> set[Key]:
    """The keys that can be reached from themselves through others: what peeling off beginnings and ends leaves."""
    links = {(keys[a], keys[b]) for a, b in edges if keys[a] != keys[b]}
    while True:
        inner = {a for a, _ in links} & {b for _, b in links}
        rest = {(a, b) for a, b in links if a in inner and b in inner}
        if rest == links:
            return inner
        links = rest


def _neighbours(picture: Picture) -> tuple[list[list[int]], list[list[int]]]:
    """For every box, by its place in the picture, what it was computed from and what uses it."""
    place = {box.number: i for i, box in enumerate(picture.boxes)}
    inputs: list[list[int]] = [[] for _ in picture.boxes]
    users: list[list[int]] = [[] for _ in picture.boxes]
    for arrow in picture.arrows:
        source, target = place[arrow.source], place[arrow.target]
        inputs[target].append(source)
        users[source].append(target)
    return inputs, users


def _sums(boxes: Sequence[Box], users: list[list[int]]) -> list[int]:
    """For every box the end of the chain of additions that it is a link of: a + b + c + d is one sum of four."""
    heads = list(range(len(boxes)))
    for i in reversed(range(len(boxes))):
        if boxes[i].operation == "add" and len(users[i]) == 1 and boxes[users[i][0]].operation == "add":
            heads[i] = heads[users[i][0]]
    return heads


def _levels(boxes: Sequence[Box], inputs: list[list[int]], heads: list[int]) -> list[int]:
    """How many operations lie below every box at most, a chain of additions being one."""
    levels = [0] * len(boxes)
    for i in range(len(boxes)):
        for source in inputs[i]:
            step = 0 if heads[source] == heads[i] else 1
            levels[i] = max(levels[i], levels[source] + step)
    return [levels[head] for head in heads]


def folded(picture: Picture, keys: list[Key]) -> tuple[Picture, dict[Key, int]]:
    """The picture with one box a key, and the number of the box of every key."""
    members: dict[Key, list[Box]] = {}
    for key, box in zip(keys, picture.boxes, strict=True):
        members.setdefault(key, []).append(box)
    home = {box.number: group[-1].number for group in members.values() for box in group}
    single = {group[0].number for group in members.values() if len(group) == 1}
    leaving = {a.source for a in picture.arrows if home[a.source] != home[a.target]}
    partly = {a.target for a in picture.arrows if a.source not in single}  # formulas of these name what is hidden
    arrows = _arrows(picture, home, single, partly)
    names = {b.number: b.name for b in picture.boxes}
    rank = {n: i for i, n in enumerate(_in_order(sorted(set(home.values())), arrows))}

    def renamed(terms: Terms) -> Terms:
        """A formula with the new numbers of boxes; those that were folded have none."""
        return tuple(t if isinstance(t, str) else rank[t] if t in single else "…" for t in terms)

    boxes = []
    for key, group in members.items():
        module = _module(key)
        box = group[0] if len(group) == 1 else _box(group, module, leaving, _equations(group, names, leaving))
        if box.number in partly and box.fold is None:
            box = replace(box, expression="")
        beside = rank[box.beside] if box.beside in single else None
        number = rank[home[group[0].number]]
        boxes.append(replace(box, number=number, beside=beside, terms=renamed(box.terms), origin=box.number))
    boxes.sort(key=lambda box: box.number)
    arrows = [
        replace(arrow, source=rank[arrow.source], target=rank[arrow.target], terms=renamed(arrow.terms))
        for arrow in arrows
    ]
    places = {key: rank[group[-1].number] for key, group in members.items()}
    return replace(picture, boxes=tuple(boxes), arrows=tuple(arrows), groups=()), places


def _module(key: Key) -> str | None:
    """The module that a key stands for."""
    while isinstance(key, Stage):
        key = key.of
    return key if isinstance(key, str) else None


def _in_order(numbers: list[int], arrows: list[Arrow]) -> list[int]:
    """Topological order; where a module is left and entered again there is none, and the old order has to do."""
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(numbers, ()))
    for arrow in arrows:
        sorter.add(arrow.target, arrow.source)
    try:
        return list(sorter.static_order())
    except CycleError:
        return numbers


def _equations(group: list[Box], names: dict[int, str], leaving: set[int]) -> tuple[str, ...]:
    """What the boxes of a group compute; those that have no name of their own are written into others."""
    if len(group) > 4 * MAX_EQUATIONS:
        return ()
    inner = {b.number: b for b in group if b.operation and re.fullmatch("v[₀-₉]+", b.name) and b.number not in leaving}

    def written(box: Box, depth: int = 0) -> str:
        pieces = []
        for term in box.terms:
            if isinstance(term, str) or term not in inner or depth > MAX_EQUATIONS:
                pieces.append(term if isinstance(term, str) else names.get(term, "…"))
                continue
            text = written(inner[term], depth + 1)
            pieces.append(f"({text})" if " + " in text or " − " in text else text)
        return "".join(pieces)

    return tuple(f"{b.name} = {written(b)}" for b in group if b.terms and b.number not in inner)[:MAX_EQUATIONS]


def _box(group: list[Box], module: str | None, leaving: set[int], equations: tuple[str, ...]) -> Box:
    operations = Counter(box.symbol for box in group if box.operation)
    computed = [box for box in group if box.operation]
    parameters = [box for box in group if box.role == "parameter"]
    subject = parameters or [box for box in computed if box.number in leaving] or group
    sent = [box for box in group if box.number in leaving] or computed or group
    slopes = [_size(box.gradient) for box in subject if box.gradient is not None]
    rules = Counter(box.rules[-1] for box in computed if box.rules)
    kinds = {box.operation for box in computed}
    return Box(
        number=0,
        name=module or "",
        role="loss" if module == LOSS else "forward" if computed else "parameter" if parameters else "data",
        symbol=computed[0].symbol if len(kinds) == 1 else "…" if computed else "●",
        expression="",
        value=_together([box.value for box in sent]),
        gradient=_together([box.gradient for box in subject]),
        flow=_together([box.flow for box in subject]),
        rules=(Rule.NEURON,) if module else tuple(rule for rule, _ in rules.most_common(2)),
        module=module,
        differentiable=any(box.differentiable for box in group),
        branches=False,
        is_output=any(box.is_output for box in group),
        wiring=computed[0].wiring if len(kinds) == 1 else "",
        fold=Fold(
            nodes=len(group),
            operations=tuple(sorted(operations.items(), key=lambda item: (-item[1], item[0]))),
            parameters=sum(_count(box.value) for box in parameters if box.value is not None),
            shapes=_shapes(parameters),
            inputs=len(group) - len(computed) - len(parameters),
            spread=(min(slopes), median(slopes), max(slopes)) if len(slopes) > 1 else None,
            equations=equations,
            values=tuple(b.number for b in sent if b.value is not None),
            subjects=tuple(b.number for b in subject if b.flow is not None),
            gradients=tuple((b.number, b.name, b.flow) for b in parameters[:MAX_EQUATIONS]),
        ),
    )


def _shapes(parameters: Sequence[Box]) -> tuple[str, ...]:
    """The shapes of the first arrays."""
    shapes = tuple(size(box.value.shape) for box in parameters if isinstance(box.value, Array))
    return shapes if len(shapes) <= MAX_SHAPES else (*shapes[:MAX_SHAPES], "…")


def _together(amounts: Sequence[Amount | None]) -> Amount | None:
    """Several amounts as one: the number of them, and the norm of all."""
    known = [amount for amount in amounts if amount is not None]
    if len(known) <= 1:
        return known[0] if known else None
    return Array((sum(_count(amount) for amount in known),), "", norm([*map(_size, known)]))


def _size(amount: Amount) -> float:
    return amount.norm if isinstance(amount, Array) else abs(amount)


def _count(amount: Amount) -> int:
    return math.prod(amount.shape) if isinstance(amount, Array) else 1


def _arrows(picture: Picture, home: dict[int, int], single: set[int], partly: set[int]) -> list[Arrow]:
    """The arrows between the folded boxes; several between the same two become one, which has no formula.

    Nor has one into a box that some of its inputs are hidden from.
    """
    between: dict[tuple[int, int], list[Arrow]] = {}
    arrows = []
    for arrow in picture.arrows:
        source, target = home[arrow.source], home[arrow.target]
        if arrow.source in single and arrow.target in single:
            arrows.append(replace(arrow, formula="") if arrow.target in partly else arrow)
        elif source != target:
            between.setdefault((source, target), []).append(arrow)
    for (source, target), joined in between.items():
        carries = any(arrow.carries for arrow in joined)
        arrows.append(Arrow(joined[0].number, source, target, 0, "", None, carries, len(joined)))
    return sorted(arrows, key=lambda arrow: arrow.number)

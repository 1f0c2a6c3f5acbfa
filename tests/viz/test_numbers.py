"""No picture lies: the numbers read back from SVG and PDF are those of the engine, and stand beside its names."""

import io
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pypdf
import pytest

from inversa import viz
from inversa.autograd import Graph, InverseNetwork, Value, tanh
from inversa.autograd.mode import mode
from inversa.viz.lettering import measure
from inversa.viz.lettering.numbers import subscripted

from ..random_networks import BUILDERS, Engine, Sample, constant, norm, printed, sample

FEW, ALL, PARTS = 20, 1000, 20
SVG = "{http://www.w3.org/2000/svg}"
POINT = 0.75  # points of a PDF to a pixel of the picture
SHARE = {"start": 0.0, "middle": 0.5, "end": 1.0}  # of a text's width that lies before its anchor
# Numbers that are not whole: those count things, and are indices.
DECIMAL = re.compile(
    r"−?\d+\.\d+(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|−?(?:\d·)?\b10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d[.\d]*e\S+|−?∞|−?\binf\b|\bnan\b"
)


class Read(NamedTuple):
    """A text of an SVG: in which view and part, which number it says it is, at which place."""

    view: str
    part: str
    slot: str
    text: str
    before: str  # the words in front of it, back to the number before
    left: float
    right: float
    base: float


def texts(element: ET.Element, view: str = "", part: str = "", x: float = 0.0, y: float = 0.0) -> Iterator[Read]:
    """All texts of an SVG."""
    move = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", "translate(0 0)"))
    x, y, before = x + float(move[1]), y + float(move[2]), ""
    if name := re.fullmatch(r"inversa-\w+-([fi])-(.+)", element.get("id") or ""):
        view, part = name.groups()
    for child in element:
        if child.tag != f"{SVG}text":
            yield from texts(child, view, part, x, y)
            continue
        text, slot = "".join(child.itertext()).replace("\xa0", " "), child.get("data-n", "")
        width = measure.width(text, child.get("class").split()[-1], float(child.get("font-size")))
        left = x + float(child.get("x")) - SHARE[child.get("text-anchor", "start")] * width
        yield Read(view, part, slot, text, before, left, left + width, y + float(child.get("y")))
        before = "" if slot else f"{before}|{text}"


class Truth:
    """What the picture of a network may say."""

    def __init__(self, made: Sample) -> None:
        self.made, self.engine, self.digits = made, Engine(made.outputs), made.options["digits"]
        self.graph, self.one = self.engine.graph, printed(1.0, self.digits)
        self.names = [subscripted(name) for name in self.graph.names]
        literals = [node.item() for node in self.graph if node.op is None and node.shape == ()]
        literals += [x for node in self.graph for x in (node.params or {}).values() if isinstance(x, int | float)]
        literals += [x for x in self.engine.gains.values() if x is not None]
        self.constants = {constant(c) for x in literals for c in (x, x - 1, -x)}

    def faults(self, source: str) -> Iterator[str]:
        root = ET.fromstring(source)
        found = list(texts(root))
        for read in found:
            if read.slot and read.text != self.expected(read):
                yield f"{read.view}-{read.part} {read.slot} is {read.text}, not {self.expected(read)}"
            if read.slot and not self.is_named(read):
                yield f"{read.view}-{read.part} {read.slot} stands behind {read.before}"
            for number in () if read.slot else DECIMAL.findall(read.text):
                if read.view and number not in self.constants:
                    yield f"{number} in {read.text} is no number of the graph"
        yield from self.missing(root, found)
        yield from self.untrue_edges(root)
        for group in root.iter(f"{SVG}g"):
            yield from self.untrue_titles(group)

    def expected(self, read: Read) -> str:
        """What stands in a slot, with as many decimals as it has, which are those that were asked for."""
        decimals = re.search(r"\.(\d+)", read.text)
        digits = len(decimals[1]) if decimals else self.digits
        if digits not in ({self.digits} if self.made.kind != "circles" else {self.digits, min(3, self.digits), 2}):
            return "of other decimals"
        return self.engine.written(read.slot, digits, stored=self.made.cards and read.view == "f")

    def is_named(self, read: Read) -> bool:
        """Whether what stands in front of a number is the name of what it is of."""
        if read.part[0] == "l":
            return self.is_label(read)
        if read.slot[0] not in "vd" or "…" in read.before:
            return True
        node, J = int(read.slot[1:]), self.names[self.graph.position[self.made.outputs[0]]]
        name, parameter = self.names[node], self.made.kind == "circles" and self.graph.nodes[node].op is None
        if read.slot[0] == "v":
            names = {name, f"× {name}", "b" if parameter else name}
        else:
            names = {
                f"∂{J}/∂{name}",
                f"δ{name[1:]}" if name[0] == "z" else "",
                "δ" if self.made.kind == "circles" else "",
            }
            names |= {"1"} if name == J else {"× L′"} if read.part == "L" else set()
        return any(word.removesuffix(" = ") in names for word in read.before.split("|")[1:])

    def is_label(self, read: Read) -> bool:
        """Whether the label of an arrow is of that arrow: its gain, or a weight between its ends."""
        if read.slot[0] == "g":
            return read.part == f"l{read.slot[1:]}"
        a, b = map(int, read.part[1:].split("-"))
        if read.slot[0] == "p":
            return read.slot == f"p{b}/{a}"
        weight, signal = self.graph.nodes[int(read.slot[1:])], self.graph.nodes[a]
        return any({weight, signal} == {*node.inputs} for node in self.graph.nodes[:b])

    def missing(self, root: ET.Element, found: list[Read]) -> Iterator[str]:
        """Every leaf is told in the forward view, and its gradient in the inverse one; of many circles only some."""
        told = {(read.view, atom) for read in found for atom in re.findall(r"[vd]\d+", read.slot)}
        for group in root.iter(f"{SVG}g"):
            if name := re.fullmatch(r"inversa-\w+-([fi])-e.+", group.get("id") or ""):
                told |= {(name[1], path.get("data-w")) for path in group.iter(f"{SVG}path")}
        elided = self.made.kind == "circles" and re.search(">(…|⋮)<", ET.tostring(root, encoding="unicode"))
        narrow = self.made.kind == "circles" and self.made.width == 390  # has no biases
        for n in () if elided or narrow or self.made.options["detail"] == "layer" else self.made.drawing.leaves:
            if self.made.view != "inverse" and ("f", f"v{n}") not in told:
                yield f"the value of {self.names[n]} is missing"
            if self.made.view != "forward" and self.graph.nodes[n].requires_grad and ("i", f"d{n}") not in told:
                yield f"the gradient of {self.names[n]} is missing"

    def untrue_edges(self, root: ET.Element) -> Iterator[str]:
        """An edge that stands for a number is dashed where that is negative, and the thicker the larger it is."""
        for view in root.iter(f"{SVG}g"):
            if view.get("class") not in ("forward", "inverse"):
                continue
            sizes = []
            for path in view.iterfind(f".//{SVG}path[@data-w]"):
                x, dash = self.engine.number(path.get("data-w")), path.get("stroke-dasharray", "")
                if dash != ("1 4" if x != x else "7 5" if x < 0 else ""):
                    yield f"{path.get('data-w')} is {x}, and its edge is dashed {dash!r}"
                sizes += [(abs(x), float(path.get("stroke-width")))] if path.get("data-w")[0] != "p" and x == x else []
            widths = [width for _, width in sorted(sizes)]
            if widths != sorted(widths):
                yield f"a larger number has a thinner edge in the {view.get('class')} view: {sorted(sizes)}"

    def untrue_titles(self, group: ET.Element) -> Iterator[str]:
        """The numbers in the title of a part are numbers of its own."""
        part = re.fullmatch(r"inversa-\w+-[fi]-([en])(.+)", group.get("id") or "")
        title = group.findtext(f"{SVG}title") or ""
        if not part or not (DECIMAL.search(title) or self.made.cards):
            return
        own = [self.gain(part[2])] if part[1] == "e" else [*self.of_box(int(part[2]))]
        slots = [path.get("data-w") for path in group.iter(f"{SVG}path")]  # an edge of circles says its weight
        own += [self.engine.written(slot, self.digits) for slot in filter(None, slots)]
        right = self.constants.union(*map(DECIMAL.findall, own))
        if wrong := [x for x in DECIMAL.findall(title) if x not in right]:
            yield f"{', '.join(wrong)} in the title of {part[0]}, {title}"
        if part[1] == "e" and self.made.cards and own[0] not in ("", self.one) and own[0] not in title:
            yield f"the gain {own[0]} of {part[0]} is not in its title, {title}"

    def gain(self, ends: str) -> str:
        """The gain of an arrow; of cards it is called by its number, else by its ends."""
        source, _, target = ends.partition("-")
        if not target:
            return self.engine.written(f"g{source}", self.digits) if int(source) in self.engine.gains else ""
        if source == "L":
            return self.one
        if target == "L" and not self.engine.flows:
            return ""
        return self.engine.written(f"d{source}" if target == "L" else f"p{target}/{source}", self.digits)

    def of_box(self, n: int) -> Iterator[str]:
        """The value and the gradients of a box; of a folded one the norms, and how they are spread."""
        nodes = {"v": (n,), "d": (n,)}
        if self.made.cards:
            box = next(box for box in self.made.drawing.picture.boxes if box.number == n)
            nodes = {"v": (box.node,), "d": (box.node,)}
            if box.fold is not None:
                nodes = {"v": box.fold.values, "d": box.fold.subjects}
        flows = {self.graph.position[node] for node in self.engine.flows}
        for kind, stored in (("v", False), ("d", False), ("d", True)):
            known = [i for i in nodes[kind] if kind == "v" or i in flows]
            sizes = sorted(norm(self.engine.entries(f"{kind}{i}", stored)) for i in known) or [0.0]
            slots = [f"{kind}{known[0]}"] if len(known) == 1 else []
            slots += ["|" + "+".join(f"{kind}{i}" for i in known)] if known else []
            yield from (self.engine.written(slot, self.digits, stored) for slot in slots)
            yield from (printed(x, self.digits) for x in (sizes[0], median(sizes), sizes[-1]))


def letters(pdf: bytes, scale: float) -> tuple[list[str], np.ndarray]:
    """The letters of a PDF of one page and where they begin on their baselines, in pixels of the picture."""
    page, found = pypdf.PdfReader(io.BytesIO(pdf)).pages[0], []

    def visit(text, matrix, _, font, size):
        if text.strip():
            found.append((text.strip(), matrix[4], float(page.mediabox.height) - matrix[5]))

    page.extract_text(visitor_text=visit)
    return [letter for letter, _, _ in found], np.array([[x, y] for _, x, y in found]) / (POINT * scale)


def faults_of_pdf(figure: Any) -> Iterator[str]:
    """The numbers of an SVG that do not stand at their places in the PDF."""
    found = [read for read in texts(ET.fromstring(figure.svg())) if read.slot]
    known, places = letters(figure.pdf(), figure.width / figure._composition.size[0])
    for read in found:
        here = (abs(places[:, 1] - read.base) < 1) & (places[:, 0] > read.left - 1) & (places[:, 0] < read.right - 0.5)
        text = "".join(known[i] for i in sorted(np.flatnonzero(here), key=lambda i: places[i, 0]))
        if text != read.text.replace(" ", ""):
            yield f"{read.view}-{read.part} {read.slot} is {read.text} in SVG, and {text} in PDF"


def faults(seeds: range) -> list[str]:
    """All faults of the networks of these seeds, each with its seed."""
    wrong = []
    for made in map(sample, seeds):
        figure = made.figure()
        found = [*Truth(made).faults(figure.svg()), *faults_of_pdf(figure)]
        wrong += [f"{made.seed} ({made.kind}): {fault}" for fault in found]
    return wrong


def test_svg_and_pdf():
    assert faults(range(FEW)) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_svg_and_pdf(part):
    assert faults(range(part * ALL // PARTS, (part + 1) * ALL // PARTS)) == []


def test_every_kind_of_network_and_number_occurs():
    made = list(map(sample, range(60)))
    assert {m.kind for m in made} == set(BUILDERS)
    assert {m.view for m in made} == {"forward", "inverse", "both"}
    text = "".join(m.figure().svg() for m in made[:12])
    assert all(f">{sign}" in text for sign in ("nan", "∞", "−", "0.0000"))
    assert re.search("·10<tspan[^>]*>⁻", text)


WRONG = {
    "another digit": (r'(data-n="[vd]\d+">−?)(\d)', lambda m: f"{m[1]}{9 - int(m[2])}"),
    "no sign": (r'(data-n="[vdg]\d+">)−', r"\1"),
    "another number": (r'data-n="v[1-9]"', 'data-n="v0"'),
    "another name": (r'(class="f-\w+ serif-italic"[^>]*>)(∂J/∂)?w', r"\1\2u"),
    "a number less": (r'<text[^>]*data-n="v1".*?</text>', ""),
    "a number more": (r"(?<=-f-n1)(.*?)(?=<text)", r'\1<text x="0" y="0" class="sans" font-size="9">0.1234</text>'),
    "another title": (r"(<title>[^<]* = )[^<;]*", r"\g<1>0.1234"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_found(kind):
    x, w, b = Value(2.0, name="x"), Value(-1.5, name="w1"), Value(-0.25, name="b")
    J = ((w * x).tanh() * x - b).named("J")
    made = Sample(0, "graph", (J,), {"detail": "op", "digits": 4, "lang": "en"}, "both", None)
    right = made.figure().svg("light")
    assert list(Truth(made).faults(right)) == []
    wrong, found = re.subn(*WRONG[kind], right, count=1, flags=re.DOTALL)
    assert found
    assert list(Truth(made).faults(wrong))


def test_a_norm_of_more_numbers_than_a_slot_can_name():
    with mode(module="hidden"):
        weights = [[Value(math.sin(9 * i + j), name=f"w{i}_{j}") for j in range(9)] for i in range(9)]
        signals = [tanh(sum((w * (0.1 + j) for j, w in enumerate(row)), Value(0.0, name=f"b{i}")))
                   for i, row in enumerate(weights)]  # fmt: skip
    J = (sum(signals[1:], signals[0]) ** 2).named("J")
    found = [read for read in texts(ET.fromstring(viz.draw(J, view="both", detail="layer").svg())) if read.slot == "?"]
    flows = InverseNetwork(J).run()
    parameters = [flows[node] for node in Graph(J) if node.op is None and node in flows]
    assert len(parameters) == 90
    assert [read.text for read in found if "θ" in read.before] == [printed(norm(parameters), 4)] * 2

"""What the parts of a head are made of: elements and wires, in one view."""

from __future__ import annotations

from collections.abc import Sequence

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.heads.columns import Columns
from inversa.viz.lettering.spans import Line, Span, View
from inversa.viz.neurons.elements import size_of
from inversa.viz.neurons.sheet import Element, Form, Link, bent, between, line

DOT, POINT, THIN = 5.0, 14.0, 1.6  # the radii of a branching point and of its dual, and the width of a wire


class Pieces:
    """Collects the elements and links of one view."""

    def __init__(self, columns: Columns, view: View) -> None:
        self.columns, self.lettering, self.head = columns, columns.lettering, columns.lettering.head
        self.view, self.inverse = view, view == "inverse"
        self.role = "inverse" if self.inverse else "forward"
        self.elements: dict[str, Element] = {}
        self.links: list[Link] = []

    def _add(
        self, name: str | int, form: Form, role: str, place: Point, size: Point, lines: tuple[Line, ...] = (),
        rule: Rule | None = None, corner: Point = (1.0, -1.0), tint: str = "",
    ) -> Element:  # fmt: skip
        title = self.lettering.tip(name, self.view) if isinstance(name, int) else ""
        name = parts.box(name) if isinstance(name, int) else name
        element = self.elements[name] = Element(name, form, role, *place, *size, lines, title, rule, corner, tint)
        return element

    def _label(self, name: str, lines: tuple[Line, ...], place: Point, tint: str = "") -> Element:
        return Element(name, "label", self.role, *place, *size_of(lines), lines, tint=tint)

    def _text(self, name: str, lines: tuple[Line, ...], place: Point) -> None:
        self.elements[name] = self._label(name, lines, place)

    def _wire(
        self, source: Element, target: Element, points: Sequence[Point] = (), *, head: bool = True, back: bool = True,
        label: Element | None = None, carries: bool = True, cut: bool = False, thickness: float = THIN, halo: str = "",
    ) -> None:  # fmt: skip
        """Connect two elements, given in the forward direction; ``head`` and ``back`` are whether it has arrowheads."""
        way = bent(points) if points else between(source, target)
        name = parts.wire(source.name, target.name)
        ends = source.name, target.name
        if self.inverse and carries and not cut:
            dash = "6 4" if thickness == THIN else f"{5 + thickness:.4g} {3 + 0.35 * thickness:.3g}"
            link = Link(
                name, *ends[::-1], tuple(way[::-1]), "inverse", None, thickness=thickness, dash=dash, open=True,
                head=back, label=label, halo=halo,
            )  # fmt: skip
        else:
            dotted = self.inverse or cut
            link = Link(
                name, *ends, tuple(way), "forward", None, thickness=THIN if dotted else thickness,
                dash="1 5" if dotted else "", head=head and not dotted, label=label, halo=halo,
            )  # fmt: skip
        self.links.append(link)

    def _point(self, name: str, place: Point, mark: Point) -> Element:
        """A branching point; in the inverse network a sum."""
        if not self.inverse:
            corner = (mark[0] / DOT, mark[1] / DOT)
            return self._add(name, "dot", self.role, place, (2 * DOT, 2 * DOT), (), Rule.BRANCHING, corner)
        sign, corner = (line(Span("Σ", "sign"), height=22),), (mark[0] / POINT, mark[1] / POINT)
        return self._add(
            name, "circle", self.role, place, (2 * POINT, 2 * POINT), sign, Rule.BRANCHING, corner, "paper"
        )

    def _joint(self, name: str, place: Point) -> Element:
        if self.inverse:
            return self._add(name, "joint", self.role, place, (0.0, 0.0))
        return self._add(name, "dot", self.role, place, (7.0, 7.0))

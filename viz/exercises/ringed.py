"""A drawing of neurons with one place ringed in the colour of mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from inversa.viz.drawing import parts
from inversa.viz.drawing.shapes import Part, Rect, Shapes
from inversa.viz.exercises.cells import Cell, Network
from inversa.viz.lettering.spans import View
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.sheet import Element

AIR = 7.0  # between an element and its ring


@dataclass(frozen=True)
class RingedDrawing(NeuronDrawing):
    """The same drawing; ``places`` are the names of the parts to be ringed, of which the first that is there is."""

    places: tuple[str, ...] = ()

    def shapes(self, view: View) -> Shapes:
        """The shapes of one view, the ring on top."""
        yield from super().shapes(view)
        elements = {element.name: element for element in self._elements(view)}
        found = next((elements[name] for name in self.places if name in elements), None)
        if found is not None:
            yield _ring(found)

    def _elements(self, view: View) -> Iterator[Element]:
        sheet = self.sheet(view)
        yield from sheet.elements
        yield from (link.label for link in sheet.links if link.label is not None)


def ringed(drawing: NeuronDrawing, network: Network, cell: Cell) -> RingedDrawing:
    """The drawing with the part ringed that shows a cell; the neuron where its numbers have no parts of their own."""
    neuron = parts.box(network.units[cell.neuron].neuron.output)
    known = {field.name: getattr(drawing, field.name) for field in fields(drawing)}
    return RingedDrawing(**known, places=(cell.place, neuron) if drawing.small else (neuron,))


def _ring(e: Element) -> Part:
    width, height = e.width + 2 * AIR, e.height + 2 * AIR
    round_corners = min(width, height) / 2 if e.form in ("circle", "ring", "point", "dot") else 12.0
    ring = Rect(e.x - width / 2, e.y - height / 2, width, height, round_corners, "", "error", 3.5)
    return Part("ring", "ring", "", (ring,))

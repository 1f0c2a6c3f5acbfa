"""A `graphviz.Digraph` that a notebook shows without an installed Graphviz.

Importing this module imports the package graphviz, so it is imported where it is used.
"""

from __future__ import annotations

from typing import Any

import graphviz

from inversa.viz.cards.layout import EngineError, rendered
from inversa.viz.output.notebook import image


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # it publishes no types
    """As its base class, but for how it shows itself: drawn by whichever engine lays out our own pictures."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
        source = str(self.source)
        try:
            svg = rendered(source)
        except EngineError as error:
            return {"text/plain": f"{error}\n\n{source}"}
        return {"text/html": image(svg, "Graph drawn by Graphviz"), "image/svg+xml": svg, "text/plain": source}

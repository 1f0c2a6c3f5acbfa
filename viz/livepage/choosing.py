"""What of the code that was run there is to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from inversa.autograd import Graph, InverseNetwork, Node
from inversa.nn import Module
from inversa.viz import Figure, Player
from inversa.viz.livepage.running import SHOWN, Ran

Kind = Literal["value", "network", "none"]
DATA = re.compile(r"[xy]_?\d*(_\d+)?")  # as the lectures call inputs and targets


@dataclass(frozen=True)
class Subject:
    """What is shown.

    Attributes
    ----------
    source : Node, Graph, Module or None
        What pictures, tables and listings are made from; None where there is nothing.
    made : Figure, Player or None
        What the code drew itself: that is shown instead of a picture or player of ours.
    """

    source: Node | Graph | Module | None = None
    made: Figure | Player | None = None

    @property
    def kind(self) -> Kind:
        """Whether it is a value that was computed, or a network."""
        if isinstance(self.source, Module):
            return "network"
        return "none" if self.source is None and self.made is None else "value"

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The nodes that were computed; of a network there are none before it has run."""
        match self.source:
            case Node():
                return (self.source,)
            case Graph():
                return self.source.outputs
        return ()

    @property
    def name(self) -> str:
        """What it is called; empty where it has no name."""
        if isinstance(self.source, Module):
            return type(self.source).__name__
        return ", ".join(node.name or "" for node in self.outputs)

    @property
    def data(self) -> list[str]:
        """The leaves to be called data: x, x1, y, … beside others, which are then parameters."""
        names = {node.name for node in Graph(*self.outputs) if node.op is None and node.requires_grad and node.name}
        data = {name for name in names if DATA.fullmatch(name)}
        return sorted(data) if data < names else []


def subject(ran: Ran) -> Subject:
    """What the last statement gave; or what was computed, or made, last.

    Examples
    --------
    >>> from inversa.viz.livepage.choosing import subject
    >>> from inversa.viz.livepage.running import run
    >>> subject(run("w, x = Value(0.5), Value(2.0); z = w * x; h = tanh(z); print(h.data)")).name
    'h'
    >>> subject(run("nn.Neuron(2)")).kind
    'network'
    """
    found = [ran.namespace.get(name) for name in reversed(ran.assigned)]
    shown = [ran.value, *found] if isinstance(ran.value, SHOWN) else found
    computed = (thing for thing in shown if isinstance(thing, Node) and thing.op is not None)
    made = next((thing for thing in shown[:1] if isinstance(thing, Figure | Player)), None)
    if isinstance(ran.value, SHOWN) and made is None:
        return Subject(_source(ran.value))
    others = (thing for thing in shown if isinstance(thing, SHOWN) and not isinstance(thing, Figure | Player))
    return Subject(next(map(_source, chain(computed, others)), None), made)


def _source(thing: Any) -> Node | Graph | Module:
    """An inverse network is that of its graph."""
    found: Node | Graph | Module = thing.graph if isinstance(thing, InverseNetwork) else thing
    return found

"""Guards: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from inversa.autograd.compiling.errors import ArrayNeededError, NumberNeededError, OutsideError
from inversa.autograd.compiling.surroundings import Surroundings
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.tensor import Tensor


class Guards:
    """What a trace depends on besides its arguments: the modules that ran, and all that was read from outside.

    A run of what was compiled computes what they computed, and does nothing else that they may do: so what changes
    itself or its surroundings when it runs, or draws random numbers, cannot be compiled.

    Parameters
    ----------
    symbol : callable
        What the trace makes of a node.
    function : callable
        What is traced.
    """

    def __init__(self, symbol: Callable[[Any], Any], function: Callable[..., Any] | None) -> None:
        self.symbol = symbol
        self.inside: set[Node] = set()  # what was computed from nodes alone since the trace began
        self._surroundings = Surroundings(*([] if function is None else [function]))
        self._visited: dict[int, Any] = {}
        self._generators: dict[int, tuple[Any, Any, str]] = {}  # with their states, and whose they are
        self._notice_generators("it")
        self.changed = self._surroundings.changed  # what was changed since, so that another program would be traced

    def visit(self, module: Any) -> None:
        """Note that a module runs, or anything else with settings in its attributes."""
        if id(module) not in self._visited:
            self._visited[id(module)] = module
            self._surroundings.add_object(module)
            self._notice_generators(type(module).__name__)

    def _notice_generators(self, owner: str) -> None:
        for generator in self._surroundings.generators:
            self._generators.setdefault(id(generator), (generator, generator.bit_generator.state, owner))

    @property
    def finds_tensors(self) -> bool:
        """Whether there are Tensors in the surroundings."""
        return any(isinstance(node, Tensor) for node in self._surroundings.nodes)

    def made(self, node: Node) -> None:
        """Note that a node was computed from nodes that are no symbols."""
        self.inside.add(node)

    def must_be_inside(self, node: Node) -> None:
        """Raise unless this is a leaf, or was computed since the trace began.

        Raises
        ------
        OutsideError
            A run would compute it anew, from what its leaves are then; the function as it is would not.
        """
        if node.op is not None and node not in self.inside:
            raise OutsideError(
                f"it uses {node.name or 'a ' + type(node).__name__}, which was computed outside: compute it inside, or "
                "use what its detach() gives outside"
            )

    def looked_at(self, node: Node) -> NoReturn:
        """Refuse: traced data has no values.

        Raises
        ------
        NumberNeededError
            Always: what was seen may be something else in the next run.
        """
        # A symbol stands for one of the two.
        error, kind = (ArrayNeededError, "Tensor") if isinstance(node, Tensor) else (NumberNeededError, "Value")
        raise error(
            f"it looks at the numbers of {node.name or 'a ' + kind}, or changes them",
            "compute with it, or with w.detach() where no gradient is to flow",
        )

    def end(self) -> str:
        """Restore everything; return why the trace cannot be replayed, or ''."""
        changed = self.changed()
        why = f"it changes {changed} when it runs" if changed else ""
        if changed:
            self._surroundings.restore()
        for generator, state, owner in self._generators.values():
            if not _equal(generator.bit_generator.state, state):
                why = f"{owner} draws random numbers; draw them outside, and give them as an argument"
                generator.bit_generator.state = state
        return why


def _equal(state: Any, before: Any) -> bool:
    """Whether two states of a random generator are the same; some have arrays in them."""
    if isinstance(state, dict):
        return all(_equal(state[key], before[key]) for key in state)
    return bool(np.array_equal(state, before))

"""Guards: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from types import MappingProxyType
from typing import Any, NoReturn

from inversa.autograd.compiling.errors import ArrayNeededError, NumberNeededError, OutsideError
from inversa.autograd.compiling.surroundings import Moving, Surroundings
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
    moving : mapping, optional
        By their ids, objects with the names of settings that are read at every run.
    setting : callable, optional
        What the trace makes of a setting that is read at every run, given an object and a name.
    """

    def __init__(
        self,
        symbol: Callable[[Any], Any],
        function: Callable[..., Any] | None,
        moving: Moving = MappingProxyType({}),
        setting: Callable[[Any, str], Any] | None = None,
    ) -> None:
        self.symbol = symbol
        self._moving = moving
        self._setting = setting
        self._settings: dict[int, tuple[Any, dict[str, Any], Any]] = {}  # what they were, and what stands for them
        self._stand_ins: list[tuple[Any, dict[str, Any]]] = []  # and what their attributes were
        self.whole = False  # whether for an array another program would be traced than for its entries
        self.inside: set[Node] = set()  # what was computed from nodes alone since the trace began
        self._surroundings = Surroundings(*([] if function is None else [function]), moving=moving)
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

    @property
    def visited(self) -> list[Any]:
        """The modules and losses that ran."""
        return list(self._visited.values())

    def settings(self, x: Any) -> Any:
        """An object with settings: itself, or a copy of it in which those that move are symbols."""
        if id(x) not in self._settings:
            self.visit(x)
            stand_in = x
            if id(x) in self._moving and self._setting is not None:
                stand_in = copy(x)
                vars(stand_in).update({name: self._setting(x, name) for name in self._moving[id(x)][1]})
                self._stand_ins.append((stand_in, dict(vars(stand_in))))
            self._settings[id(x)] = x, dict(vars(x)), stand_in
        return self._settings[id(x)][2]

    def moved(self) -> dict[int, tuple[Any, frozenset[str]]]:
        """The objects of which settings changed that are floats, and their names."""
        found = {}
        for key, (x, before, _) in self._settings.items():
            now = vars(x)
            names = {name for name, number in before.items() if type(number) is type(now.get(name)) is float}
            if changed := frozenset(name for name in names if now[name] != before[name]):
                found[key] = x, changed | self._moving.get(key, (x, frozenset()))[1]
        return found

    def _notice_generators(self, owner: str) -> None:
        for generator in self._surroundings.generators:
            self._generators.setdefault(id(generator), (generator, generator.bit_generator.state, owner))

    @property
    def finds_tensors(self) -> bool:
        """Whether there are Tensors in the surroundings."""
        return any(isinstance(node, Tensor) for node in self._surroundings.nodes)

    def found(self, node: Node) -> bool:
        """Whether this node is in the surroundings: in a variable, or in an attribute or list of what is there."""
        return node in self._surroundings.nodes

    def minds_arrays(self) -> None:
        """Note that something else is computed of an array than the same of each of its entries."""
        self.whole = True

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
        for stand_in, before in self._stand_ins:
            now = vars(stand_in)
            if now.keys() != before.keys() or any(now[name] is not x for name, x in before.items()):
                changed = changed or type(stand_in).__name__
        why = f"it changes {changed} when it runs" if changed else ""
        if changed:
            self._surroundings.restore()
        for generator, state, owner in self._generators.values():
            if not _equal(generator.bit_generator.state, state):
                why = (
                    f"{owner} draws random numbers; draw them outside and give them as an argument, or by draw_random()"
                )
                generator.bit_generator.state = state
        return why


def _equal(state: Any, before: Any) -> bool:
    """Whether two states of a random generator are the same; some have arrays in them."""
    if isinstance(state, dict):
        return all(_equal(state[key], before[key]) for key in state)
    return bool(np.array_equal(state, before))

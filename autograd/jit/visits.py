"""Visits: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from inversa.autograd.jit.errors import ArraysMetError, TracingError
from inversa.autograd.jit.surroundings import Surroundings
from inversa.autograd.mode import MODE, Mode
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import np
from inversa.autograd.tensor import Tensor


class Visits:
    """The modules that told that they ran, and all else that a trace was told of. This is what code sees of a trace.

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
        self._modules: dict[int, Any] = {}
        self._generators: dict[int, tuple[Any, Any, str]] = {}  # with their states, and whose they are
        # The modules' attributes, the lists, dictionaries and sets among them and among those of their classes; the
        # names of the modules' classes; copies.
        self._things: list[Any] = []
        self._owners: list[str] = []
        self._copies: list[Any] = []
        self._notice_generators("it")

    def visit(self, module: Any) -> None:
        """Be told that a module runs, or anything else with settings in its attributes."""
        if id(module) in self._modules:
            return
        self._modules[id(module)] = module
        name = type(module).__name__
        own = list(vars(module).values())
        shared = [x for kind in type(module).__mro__ for key, x in vars(kind).items() if not key.startswith("__")]
        things = [vars(module), *(x for x in own + shared if isinstance(x, (list, dict, set)))]
        self._things += things
        self._owners += [name] * len(things)
        self._copies += [x.copy() for x in things]
        for x in own:
            if isinstance(x, (np.ndarray, np.random.Generator, list, tuple, dict)):
                self._surroundings.add(x, name)
        self._surroundings.add(getattr(module, "forward", module), name)
        self._notice_generators(name)

    def _notice_generators(self, owner: str) -> None:
        for generator in self._surroundings.generators:
            self._generators.setdefault(id(generator), (generator, generator.bit_generator.state, owner))

    def made(self, node: Node) -> None:
        """Be told that a node was computed from nodes that are no symbols."""
        self.inside.add(node)

    def must_be_inside(self, node: Node) -> None:
        """Raise unless this is a leaf, or was computed since the trace began.

        Raises
        ------
        TracingError
            A run would compute it anew, from what its leaves are then; the function as it is would not.
        """
        if node.op is not None and node not in self.inside:
            raise TracingError(
                f"it uses {node.name or 'a ' + type(node).__name__}, which was computed outside: compute it inside, or "
                "use what its detach() gives outside"
            )

    def looked_at(self, node: Node) -> NoReturn:
        """Be told that somebody looks at the data of a node.

        Raises
        ------
        TracingError
            Always: what was seen may be something else in the next run.
        """
        # A symbol stands for one of the two.
        error, kind = (ArraysMetError, "Tensor") if isinstance(node, Tensor) else (TracingError, "Value")
        raise error(f"it looks at the numbers of {node.name or 'a ' + kind}, or changes them")

    def end(self) -> str:
        """Have everything be as it was before; say what happened that would not in a run, if anything."""
        why = ""
        changed = self._surroundings.changed()
        if changed:
            why = f"it changes {changed} when it runs"
        if not _same(self._things, self._copies):
            owners = [
                owner
                for owner, x, copy in zip(self._owners, self._things, self._copies, strict=True)
                if not _same(x, copy)
            ]
            why = f"{' or '.join(dict.fromkeys(owners))} changes itself when it runs"
        if why:
            self._surroundings.restore()
            for x, copy in zip(self._things, self._copies, strict=True):
                x.clear()
                x.extend(copy) if isinstance(x, list) else x.update(copy)
        for generator, state, owner in self._generators.values():
            if not _equal(generator.bit_generator.state, state):
                why = f"{owner} draws random numbers"
                generator.bit_generator.state = state
        return why

    def changed(self) -> str:
        """The name of something that was changed since, so that another program would be traced; empty if nothing."""
        if not _same(self._things, self._copies):
            return next(o for o, x, y in zip(self._owners, self._things, self._copies, strict=True) if not _same(x, y))
        return self._surroundings.changed()


def _equal(state: Any, before: Any) -> bool:
    """Whether two states of a random generator are the same; some have arrays in them."""
    if isinstance(state, dict):
        return all(_equal(state[key], before[key]) for key in state)
    return bool(np.array_equal(state, before))


def _same(things: Any, copies: Any) -> bool:
    token = MODE.set(NOT_COMPARED)
    try:  # Python looks first whether two things are the same
        return bool(things == copies)
    except (TypeError, ValueError, TracingError):  # another Tensor; another array
        return False
    finally:
        MODE.reset(token)


class _NotCompared:
    """For nodes: in place of a trace, so that one does not equal another with the same number."""

    def symbol(self, node: Node) -> NoReturn:
        raise TracingError("another node")


NOT_COMPARED = Mode(trace=_NotCompared())

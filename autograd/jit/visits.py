"""Visits: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from inversa.autograd.jit.symbol import ArraysMetError, TracingError
from inversa.autograd.mode import MODE, Mode
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import np
from inversa.autograd.tensor import Tensor


class Visits:
    """The modules that told that they ran. This is what code that runs sees of a trace.

    A run of what was compiled computes what they computed, and does nothing else that they may do: so a module that
    changes itself when it runs, or draws random numbers, cannot be compiled.
    """

    def __init__(self, symbol: Callable[[Any], Any]) -> None:
        self.symbol = symbol  # what the trace makes of a node
        self._modules: dict[Any, list[tuple[Any, Any]]] = {}  # with their random generators and these' states
        # The modules' attributes, the lists, dictionaries and sets among them and among those of their classes; the
        # names of the modules' classes; copies.
        self._things: list[Any] = []
        self._owners: list[str] = []
        self._copies: list[Any] = []

    def visit(self, module: Any) -> None:
        """Be told that a module runs."""
        if module in self._modules:
            return
        own = list(vars(module).values())
        shared = [x for kind in type(module).__mro__ for name, x in vars(kind).items() if not name.startswith("__")]
        things = [vars(module), *(x for x in own + shared if isinstance(x, (list, dict, set)))]
        self._things += things
        self._owners += [type(module).__name__] * len(things)
        self._copies += [x.copy() for x in things]
        self._modules[module] = [(x, x.bit_generator.state) for x in own if isinstance(x, np.random.Generator)]

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
        """Have the modules be as they were before; say what they did that a run would not do, if anything."""
        why = ""
        if not self.hold():
            changed = [
                owner
                for owner, x, copy in zip(self._owners, self._things, self._copies, strict=True)
                if not _same(x, copy)
            ]
            why = f"{' or '.join(dict.fromkeys(changed))} changes itself when it runs"
            for x, copy in zip(self._things, self._copies, strict=True):
                x.clear()
                x.extend(copy) if isinstance(x, list) else x.update(copy)
        for module, generators in self._modules.items():
            for generator, state in generators:
                if generator.bit_generator.state != state:
                    why = f"{type(module).__name__} draws random numbers"
                    generator.bit_generator.state = state
        return why

    def hold(self) -> bool:
        """Whether the same would be traced again: no module was changed, or switched between training and use."""
        return _same(self._things, self._copies)


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


def names_outside(function: Callable[..., Any]) -> Callable[[], list[Any]]:
    """What gives the things that the function's variables from outside, closed over or global, stand for now."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None) or ()
    outside = getattr(function, "__globals__", {})
    used = [name for name in code.co_names if name in outside] if code else []
    return lambda: [cell.cell_contents for cell in cells] + [outside.get(name) for name in used]

"""Visits: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from inversa.autograd.jit.symbol import ArraysMetError, TracingError
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import np
from inversa.autograd.tensor import Tensor


class _Seen(NamedTuple):
    """A module as it was when it began to run."""

    attributes: dict[str, Any]
    contents: list[tuple[Any, Any]]  # its lists, dictionaries and sets, and those of its class, with copies of them
    generators: list[tuple[Any, Any]]  # its random generators, with their states

    def is_as_it_was(self, module: Any) -> bool:
        """Whether the module has the same attributes, and the same things in its lists."""
        try:  # what is the same object is equal; Tensors and arrays that are not do not compare as wholes
            return vars(module) == self.attributes and all(x == copy for x, copy in self.contents)
        except (TypeError, ValueError, TracingError):
            return False


class Visits:
    """The modules that told that they ran. This is what code that runs sees of a trace.

    A run of what was compiled computes what they computed, and does nothing else that they may do: so a module that
    changes itself when it runs, or draws random numbers, cannot be compiled.
    """

    def __init__(self, symbol: Callable[[Any], Any]) -> None:
        self.symbol = symbol  # what the trace makes of a node
        self._modules: dict[Any, _Seen] = {}

    def visit(self, module: Any) -> None:
        """Be told that a module runs."""
        if module in self._modules:
            return
        attributes = dict(vars(module))
        shared = [x for kind in type(module).__mro__ for name, x in vars(kind).items() if not name.startswith("__")]
        held = [x for x in (*attributes.values(), *shared) if isinstance(x, (list, dict, set))]
        generators = [x for x in attributes.values() if isinstance(x, np.random.Generator)]
        self._modules[module] = _Seen(
            attributes, [(x, x.copy()) for x in held], [(x, x.bit_generator.state) for x in generators]
        )

    def looked_at(self, node: Node) -> NoReturn:
        """Be told that somebody looks at the data of a node.

        Raises
        ------
        TracingError
            Always: what was seen may be something else in the next run.
        """
        error = ArraysMetError if isinstance(node, Tensor) else TracingError
        raise error(f"it looks at the numbers of {node.name or 'a ' + type(node).__name__}")

    def end(self) -> None:
        """Have the modules be as they were before.

        Raises
        ------
        TracingError
            When one of them was changed, or a random generator used.
        """
        why = ""
        for module, seen in self._modules.items():
            if not seen.is_as_it_was(module):
                why = f"{type(module).__name__} changes itself when it runs"
                vars(module).clear()
                vars(module).update(seen.attributes)
                for x, copy in seen.contents:
                    x.clear()
                    x.extend(copy) if isinstance(x, list) else x.update(copy)
            for generator, state in seen.generators:
                if generator.bit_generator.state != state:
                    why = f"{type(module).__name__} draws random numbers"
                    generator.bit_generator.state = state
        if why:
            raise TracingError(why)

    def hold(self) -> bool:
        """Whether the same would be traced again: no module was changed, or switched between training and use."""
        return all(seen.is_as_it_was(module) for module, seen in self._modules.items())

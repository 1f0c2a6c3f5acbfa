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

    generators: list[tuple[Any, Any]]  # random generators and their states
    attributes: dict[str, Any]
    lengths: list[tuple[Any, int]]  # of the lists, dictionaries and sets that are attributes, also of its class


class Visits:
    """The modules that told that they ran. This is what code that runs sees of a trace.

    A run of what was compiled computes what they computed, and does nothing else that they may do: so a module that
    changes itself when it runs, or draws random numbers, cannot be compiled.
    """

    def __init__(self, symbol: Callable[[Any], Any]) -> None:
        self.symbol = symbol  # what the trace makes of a node
        self._modules: dict[Any, _Seen] = {}
        self._training: list[bool] = []  # of every module, whether it was being trained

    def visit(self, module: Any) -> None:
        """Be told that a module runs."""
        if module in self._modules:
            return
        self._training.append(module.training)
        attributes = dict(vars(module))
        generators = [x for x in attributes.values() if isinstance(x, np.random.Generator)]
        shared = [x for kind in type(module).__mro__ for x in vars(kind).values()]
        held = [x for x in (*attributes.values(), *shared) if isinstance(x, (list, dict, set))]
        self._modules[module] = _Seen(
            [(generator, generator.bit_generator.state) for generator in generators],
            attributes,
            [(x, len(x)) for x in held],
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
            now = vars(module)
            same = now.keys() == seen.attributes.keys() and all(now[key] is x for key, x in seen.attributes.items())
            if not same or any(len(x) != length for x, length in seen.lengths):
                why = f"{type(module).__name__} changes itself when it runs"
                now.clear()
                now.update(seen.attributes)
                for x, length in seen.lengths:
                    if isinstance(x, list):
                        del x[length:]
            for generator, state in seen.generators:
                if generator.bit_generator.state != state:
                    why = f"{type(module).__name__} draws random numbers"
                    generator.bit_generator.state = state
        if why:
            raise TracingError(why)

    def hold(self) -> bool:
        """Whether the same would be traced again: no module was switched between training and use."""
        return [module.training for module in self._modules] == self._training

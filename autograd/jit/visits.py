"""Visits: which modules ran while a function was traced. What they did may depend on more than numbers."""

from __future__ import annotations

from typing import Any

from inversa.autograd.jit.symbol import TracingError
from inversa.autograd.ops.namespace import np


class Visits:
    """The modules that told that they ran: whether each was being trained, and where its random generators stood."""

    def __init__(self) -> None:
        self._modules: dict[Any, tuple[bool, list[tuple[Any, Any]]]] = {}

    def visit(self, module: Any) -> None:
        """Be told that a module runs."""
        if module not in self._modules:
            generators = [x for x in vars(module).values() if isinstance(x, np.random.Generator)]
            self._modules[module] = module.training, [(g, g.bit_generator.state) for g in generators]

    def end(self) -> None:
        """Put random generators back.

        Raises
        ------
        TracingError
            When one of them was used: the random numbers would be the same in every run.
        """
        used = False
        for _, generators in self._modules.values():
            for generator, state in generators:
                used |= bool(generator.bit_generator.state != state)
                generator.bit_generator.state = state
        if used:
            raise TracingError("random numbers are drawn in it, which would be the same in every run")

    def hold(self) -> bool:
        """Whether the same would be traced again: no module was switched between training and use."""
        return all(module.training == training for module, (training, _) in self._modules.items())

"""The library as it was: what code changes in modules, classes and operations is undone before other code runs.

A page runs one program after the other in the same Python. Without this one that replaces `Value.__mul__`, say, or
declares other pullbacks of tanh, would change what all later ones compute, long after it was deleted.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

from inversa.autograd import Operation

BUILTINS = vars(builtins)  # of which restoring them needs none
OTHERS = "math", "random"
STATE = "inversa.viz.livepage.session"  # which has variables of its own


class Original:
    """What the attributes of all that code may change are, from now on; of modules that come later as they come.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.viz.livepage.restoring import Original
    >>> original = Original()
    >>> Value.__mul__ = lambda a, b: a
    >>> original.restore()
    >>> (Value(2.0) * 3).data
    6.0
    """

    def __init__(self) -> None:
        self._builtins = dict(BUILTINS)
        self._operations = dict(Operation.registry)
        self._known: set[str] = set()
        self._attributes: list[tuple[Any, dict[str, Any]]] = []
        self._learn()

    def restore(self) -> None:
        """Undo what was changed, added and deleted since."""
        BUILTINS.update(self._builtins)
        for name in BUILTINS.keys() - self._builtins.keys():
            del BUILTINS[name]
        for owner, before in self._attributes:
            now = vars(owner)
            for name, value in before.items():
                if name not in now or now[name] is not value:
                    setattr(owner, name, value)
            if len(now) > len(before):
                for name in [*now]:
                    if name not in before and not isinstance(now[name], ModuleType):  # which was imported meanwhile
                        with suppress(AttributeError, TypeError):  # Python itself adds some
                            delattr(owner, name)
        Operation.registry.clear()
        Operation.registry.update(self._operations)
        self._learn()

    def _learn(self) -> None:
        for name, module in [*sys.modules.items()]:
            ours = name.partition(".")[0] == "inversa" and name != STATE
            if name not in self._known and (ours or name in OTHERS):
                self._known.add(name)
                self._attributes += [(owner, dict(vars(owner))) for owner in _owners(module, ours)]


def _owners(module: ModuleType, ours: bool) -> Iterator[Any]:
    """A module, and what in it has attributes of its own."""
    yield module
    for value in [*vars(module).values()] if ours else ():
        made_here = isinstance(value, type | Operation) and value.__module__ == module.__name__
        if made_here:
            yield value

"""Freeing long chains of Values one after the other, where Python would do it with a call inside a call.

Dropping the last of a chain frees what it was computed from, and so on to the first. CPython limits how deep these
calls get, by the size of its stack; compiled to WebAssembly it does not know that, for the stack is the browser's, and
a few thousand Values in a row end the whole page.
"""

from __future__ import annotations

import sys
from typing import Any


def let_go(x: Any) -> None:
    """Take a Value that goes away out of its graph, with all that goes with it; it is ``__del__``."""
    stack: list[Any] = [getattr(x, "_left", None), getattr(x, "_right", None)]
    x._left = x._right = None
    while stack:
        node = stack.pop()
        if sys.getrefcount(node) == _ALONE and hasattr(node, "_left"):
            stack += (node._left, node._right)
            node._left = node._right = None


def _alone() -> int:
    """How many references to something are counted there, if nobody else has one."""
    stack = [_Something()]
    node = stack.pop()
    return sys.getrefcount(node)


class _Something:
    pass


_ALONE = _alone()

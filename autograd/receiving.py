"""One thread at a time changes nodes that threads may share, by adding to the gradients of leaves for instance."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

_LOCK = RLock()  # it may be entered again: memory is cleared at any time, and what is cleared may run anything


def receiving() -> Any:
    """The lock to hold while changing a shared node: ``with receiving(): x.grad = x.grad + flow``."""
    return _LOCK


def _renew() -> None:
    """Replace the lock in a forked process: the thread that held it does not exist there."""
    global _LOCK
    _LOCK = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)

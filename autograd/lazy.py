"""Modules that are imported when they are first used: scalar work never loads NumPy."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LazyModule", "np"]


class LazyModule(ModuleType):
    """A module that is imported when one of its names is first used: scalar work never loads NumPy."""

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.__name__)
        self.__dict__.update({key: value for key, value in vars(module).items() if key != "__name__"})
        return getattr(module, name)


if not TYPE_CHECKING:
    np = LazyModule("numpy")

"""Modules that are imported when they are first used: scalar work never loads NumPy, and does without it."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LazyModule", "NumpyMissingError", "has_numpy", "np"]


class LazyModule(ModuleType):
    """A module that is imported when one of its names is first used: scalar work never loads NumPy."""

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.__name__)
        self.__dict__.update({key: value for key, value in vars(module).items() if key != "__name__"})
        return getattr(module, name)


class NumpyMissingError(ModuleNotFoundError):
    """Something needs arrays, and NumPy cannot be imported."""

    def __init__(
        self, what: str = "this", instead: str = "compute with Values, single numbers, which need none"
    ) -> None:
        super().__init__(
            f"{what} needs arrays, and so NumPy, which cannot be imported here: {_how_to_install()}{instead}",
            name="numpy",
        )


def _how_to_install() -> str:
    """Advice, with an "or" behind it; none for a page that can install nothing."""
    in_page = sys.platform == "emscripten"
    if in_page and find_spec("micropip") is None:
        return ""
    how = "await micropip.install('numpy')" if in_page else "pip install numpy"
    return f"install it with `{how}`, or "


class _NoArray:
    """What stands for the classes of arrays where there are none: nothing is an instance of it."""


_KINDS = ("ndarray", "generic", "integer", "floating", "bool_", "Generator")


class _Numpy(LazyModule):
    """NumPy. Where it cannot be imported nothing is an array, and what needs arrays says so."""

    def __getattr__(self, name: str) -> Any:
        if has_numpy():
            return super().__getattr__(name)
        if name.startswith("__"):  # what Python asks of any module
            raise AttributeError(name)
        if name == "random":
            return _Numpy("numpy.random")
        if name in _KINDS:
            return _NoArray
        raise NumpyMissingError


@cache
def has_numpy() -> bool:
    """Whether NumPy can be imported, as it cannot everywhere in a page; it is, by the question."""
    try:
        importlib.import_module("numpy")
    except ImportError:
        return False
    return True


if not TYPE_CHECKING:
    np = _Numpy("numpy")

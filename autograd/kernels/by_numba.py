"""Numba's njit, with the compiled code kept in the user's folder of caches. Nothing else imports Numba."""

# mypy: allow-untyped-calls
# Numba has few types.

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numba
from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator
from numba.core.runtime.nrt import rtsys
from numba.extending import register_jitable
from numba.misc.appdirs import AppDirs

F = TypeVar("F", bound=Callable[..., Any])


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``@njit(error_model="numpy", **options)``, kept on disk; without that where no folder can be written in.

    Dividing by 0 gives what it gives in NumPy.
    """

    def compile_later(function: Callable[..., Any]) -> Any:
        kernel = njit(error_model="numpy", **options)(function)
        if kernel is not function:  # as it is where Numba has been told not to compile
            with suppress(RuntimeError):  # "cannot cache function: no locator available"
                kernel._cache = _Cache(function)
        return kernel

    return compile_later


def inlined(**options: Any) -> Callable[[F], F]:
    """For a function that is compiled into those that call it."""
    return register_jitable(error_model="numpy", forceinline=True, **options)


def compiles() -> bool:
    """Whether Numba has not been told to compile nothing."""
    return not config.DISABLE_JIT  # type: ignore[attr-defined]


class _Place(_CacheLocator):
    """Where compiled code is kept: in ``NUMBA_CACHE_DIR`` or, without it, in the user's folder of caches.

    Not beside the source, as Numba does by itself: a folder that `pip uninstall` leaves behind could still be imported.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._py_file, self._line = file, function.__code__.co_firstlineno  # the first by Numba's own name

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> _Place | None:
        """The place, if it can be written in."""
        place = cls(function, file)
        if not os.path.isabs(place.get_cache_path()):  # there is no home
            return None
        try:
            place.ensure_cache_path()
        except OSError:
            return None
        return place

    def get_cache_path(self) -> str:
        """A folder for each version of Numba and of our source, so that several have their places side by side."""
        root = config.CACHE_DIR or AppDirs("inversa", appauthor=False).user_cache_dir  # type: ignore[attr-defined]
        return os.path.join(root, f"numba-{numba.__version__}-{_source()[:16]}")

    def get_source_stamp(self) -> str:
        """Code from other source is not used."""
        return _source()

    def get_disambiguator(self) -> str:
        """Tells functions of one name apart."""
        return str(self._line)


@cache
def _source() -> str:
    """The checksum of all kernels, not of one file: they are compiled into each other."""
    checksum = hashlib.sha256()
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            checksum.update(file.read_bytes())
    return checksum.hexdigest()


class _Kept(CompileResultCacheImpl):
    _locator_classes = [_Place]  # noqa: RUF012  # Numba's type


class _Files(IndexDataCacheFile):
    """A file for each kernel, types of arguments, and processor.

    Numba numbers them in an index. Processes that compile at once, as those of a cluster do, would there give one
    number to different code, and lose each other's entries.
    """

    def save(self, key: Any, data: Any) -> None:
        self._save_data(self._named(key), data)

    def load(self, key: Any) -> Any:
        return self._load_data(self._named(key))

    def _named(self, key: Any) -> str:
        return self._index_name.replace(".nbi", f".{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc")


class _Cache(FunctionCache):
    """Numba's, sooner ready; a damaged file or a full disk costs the time of compiling, and nothing else."""

    _impl_class = _Kept

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled before. Numba's own first loads all that compiling needs, SciPy included: 0.3 s."""
        rtsys.initialize(target_context)  # which is all that running needs
        try:
            return self._load_overload(sig, target_context)
        except Exception:  # there is no such file yet, or whatever comes of reading half of one
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)

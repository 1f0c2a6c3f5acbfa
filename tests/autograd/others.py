"""The libraries of arrays besides NumPy that Tensors are tested on, where they are installed; and what cannot be there.

`tests/autograd/test_arrays_of_others.py` computes with them, and the table in the documentation is made of this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from inversa.autograd.ops.held import to_numpy

_NONE = "Dask has no such function"
_CHUNKS = "Dask computes it of one matrix, in square chunks"
_SIGNS = "Dask computes it of one matrix with few columns in one column of chunks, and chooses other signs than NumPy"
_KNOWN = "the shape depends on numbers, which Dask does not know"
_TURNED = "the singular vectors have other signs than NumPy's"
LACKING: dict[str, dict[str, str]] = {  # by library; a key is the name of a function, or begins that of a case
    "array_api_strict": {},
    "dask": {
        "reshape": "Dask's chunks are split or merged evenly: x.rechunk(-1) before",
        "window_max 0x3x3": "the largest of windows of no images",
        "dft": "Dask transforms an axis that is in one chunk: x.rechunk(-1) before",
        "det": _NONE, "slogdet_packed": _NONE, "linalg.slogdet": _NONE, "cofactors": _NONE, "pinv": _NONE,
        "eigh_packed": _NONE, "linalg.eigh": _NONE, "linalg.eigvalsh": _NONE, "linalg.lstsq": _NONE,
        "inv": _CHUNKS, "solve": _CHUNKS, "cholesky_lower": _CHUNKS, "linalg.cholesky": _CHUNKS,
        "linalg.tensorsolve": _CHUNKS, "linalg.tensorinv": _CHUNKS,
        "qr_packed": _SIGNS, "linalg.qr": _SIGNS, "svd_packed": _SIGNS, "linalg.svd": _SIGNS, "linalg.svdvals": _SIGNS,
        "linalg.cond": _SIGNS, "linalg.matrix_norm": _SIGNS,
        "compress": _KNOWN, "extract": _KNOWN,
    },
    "torch": {
        "dft 0x3x2": "MKL transforms no arrays without entries",
        "svd_packed 2x3": _TURNED, "linalg.svd 2x3": _TURNED,
    },
    "jax": {},
    "cupy": {},
}  # fmt: skip


# How many singular values count decides how many rows the result has.
LOOKING = ("linalg.lstsq",)  # at numbers, to know what to do


class Library(NamedTuple):
    """A library, and how NumPy's arrays go there.

    ``place`` is the device that it computes on; ``cases`` the number of examples of every operation that are computed,
    for some take long.
    """

    name: str
    there: Callable[[Any], Any]
    place: str = "cpu"
    cases: int = 1000

    def here(self, x: Any) -> Any:
        """An array of this library as NumPy's; an error for any other."""
        assert type(x) is type(self.there(np.zeros(1))), f"not the library's own: {type(x)}"
        assert getattr(x, "device", None) == getattr(self.there(np.zeros(1)), "device", None)
        return to_numpy(x)


# What gives an array's numbers to NumPy or to Python: a transfer from a device, and with Dask a computation.
_WAYS_OUT = (
    "__array__", "__dlpack__", "__buffer__", "__bool__", "__int__", "__index__", "__float__", "__complex__",
    "item", "tolist", "numpy", "cpu", "get", "compute", "persist",
)  # fmt: skip


@contextmanager
def watched(library: Library) -> Iterator[list[str]]:
    """By which ways numbers leave the library's arrays meanwhile. Those of JAX cannot be watched."""
    kind = type(library.there(np.zeros(1)))
    taken: list[str] = []

    def noting(name: str, way: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            taken.append(name)
            return way(*args, **kwargs)

        return noted

    with ExitStack() as stack:
        for name in _WAYS_OUT if library.name != "jax" else ():
            if hasattr(kind, name):
                stack.enter_context(patch.object(kind, name, noting(name, getattr(kind, name))))
        yield taken


def _strict() -> Library:
    """Nothing but the standard, on a device that is not the default one: its arrays do not become NumPy's."""
    import array_api_strict as strict

    strict.set_array_api_strict_flags(api_version="2024.12")
    device = strict.Device("device1")
    return Library("array_api_strict", lambda x: strict.asarray(np.asarray(x), device=device), "device1")


def _dask() -> Library:
    import dask.array

    return Library("dask", lambda x: dask.array.from_array(np.asarray(x), chunks=2), cases=2)


def _torch() -> Library:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Library("torch", lambda x: torch.asarray(np.array(x), device=device), device)


def _jax() -> Library:
    import jax

    jax.config.update("jax_enable_x64", True)
    return Library("jax", lambda x: jax.numpy.asarray(np.asarray(x)), jax.default_backend(), cases=3)


def _cupy() -> Library | None:
    import cupy

    return Library("cupy", lambda x: cupy.asarray(np.asarray(x)), "cuda") if cupy.is_available() else None


_MAKING = {"array_api_strict": _strict, "dask": _dask, "torch": _torch, "jax": _jax, "cupy": _cupy}


def installed() -> list[Library]:
    """Those that can be imported, and have what they compute on."""
    return [library for name, make in _MAKING.items() if find_spec(name) and (library := make())]


# What was computed where.

STAGES = ("value", "gradient", "second order")


class Table:
    """How many examples of each function agree with NumPy, in each library."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, dict[str, list[int]]]] = {}

    def note(self, library: str, name: str, dtype: str, agreed: list[str]) -> None:
        """One example more, and the stages up to which it agrees."""
        counts = self._found.setdefault(library, {}).setdefault(name, {}).setdefault(dtype, [0] * (len(STAGES) + 1))
        for place, reached in enumerate((True, *(stage in agreed for stage in STAGES))):
            counts[place] += reached

    def write(self, path: Path, libraries: list[Library]) -> None:
        """Put what was found into a file, which keeps what it says of libraries that nothing was found of.

        Of every function the numbers of examples and of those with the right value, gradient and second derivatives, by
        type; a function of which all are right is in the list ``all``.
        """
        record = json.loads(path.read_text("utf-8")) if path.exists() else {}
        for library in libraries:
            if library.name not in self._found:
                continue
            found = self._found[library.name]
            whole = sorted(name for name, types in found.items() if all(len(set(n)) == 1 for n in types.values()))
            record[library.name] = {
                "version": version(library.name),
                "device": library.place,
                "examples": sum(counts[0] for types in found.values() for counts in types.values()),
                "all": " ".join(whole),
                "some": {
                    name: {dtype: " ".join(map(str, counts)) for dtype, counts in types.items()}
                    for name, types in sorted(found.items())
                    if name not in whole
                },
            }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

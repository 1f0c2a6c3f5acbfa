"""The libraries of arrays besides NumPy that Tensors are tested on, where they are installed; and what cannot be there.

`tests/autograd/test_arrays_of_others.py` computes with them, and the table in the documentation is made of this.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from inversa.autograd.ops.held import to_numpy

_NONE = "Dask has no such function"
_CHUNKS = "Dask computes it of one matrix, in square chunks"
_SIGNS = "Dask computes it of one matrix with few columns in one column of chunks, and chooses other signs than NumPy"
_KNOWN = "the shape depends on numbers, which Dask does not know"
_TURNED = "the singular vectors have other signs than NumPy's"
LACKING: dict[str, dict[str, str]] = {  # by library; a key is the name of a function, or begins that of a case
    "array_api_strict": {
        "linspace 0-d,0-d num=3": "integers meet floats, which the standard leaves to the libraries",
    },
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
}  # fmt: skip


class Library(NamedTuple):
    """A library, and how NumPy's arrays go there.

    ``cases`` is the number of examples of every operation that are computed, for some take long.
    """

    name: str
    there: Callable[[Any], Any]
    cases: int = 1000

    def here(self, x: Any) -> Any:
        """An array of this library as NumPy's; an error for any other."""
        assert type(x) is type(self.there(np.zeros(1))), f"not the library's own: {type(x)}"
        assert getattr(x, "device", None) == getattr(self.there(np.zeros(1)), "device", None)
        return to_numpy(x)


def _strict() -> Library:
    """Nothing but the standard, on a device that is not the default one: its arrays do not become NumPy's."""
    import array_api_strict as strict

    strict.set_array_api_strict_flags(api_version="2024.12")
    device = strict.Device("device1")
    return Library("array_api_strict", lambda x: strict.asarray(np.asarray(x), device=device))


def _dask() -> Library:
    import dask.array

    return Library("dask", lambda x: dask.array.from_array(np.asarray(x), chunks=2), cases=2)


def _torch() -> Library:
    import torch

    return Library("torch", lambda x: torch.asarray(np.array(x)))


def _jax() -> Library:
    import jax

    jax.config.update("jax_enable_x64", True)
    return Library("jax", lambda x: jax.numpy.asarray(np.asarray(x)), cases=3)


_MAKING = {"array_api_strict": _strict, "dask": _dask, "torch": _torch, "jax": _jax}


def installed() -> list[Library]:
    """Those that can be imported."""
    return [make() for name, make in _MAKING.items() if find_spec(name)]

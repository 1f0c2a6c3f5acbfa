"""Dropout: kept entries are divided by the keep probability, the others become 0."""

from __future__ import annotations

from typing import Any

from inversa.autograd.kernels.compiling import compiled


@compiled(nogil=True)
def drop(x: Any, kept: Any, share: Any, out: Any) -> None:
    """``out = x / share where kept else 0`` of flat arrays; ``share`` is of the type of x.

    NumPy's ``where`` jumps at every entry, and which way cannot be guessed from a random mask: this does not.
    """
    zero = out.dtype.type(0)
    for i in range(x.size):
        scaled = x[i] / share
        out[i] = scaled if kept[i] else zero

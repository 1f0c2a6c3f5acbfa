"""Arrays of PyTorch's and ours, without importing it: who has a module has imported it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from inversa.autograd import Tensor, Value
from inversa.autograd.lazy import np

__all__ = ["array_of", "tensors"]


def array_of(x: Any) -> Any:
    """A copy of the numbers of an array of PyTorch's, of ours, or of NumPy's."""
    if isinstance(x, (Tensor, Value)):
        x = x.numpy() if isinstance(x, Tensor) else x.data
    elif hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    return np.array(x)


def tensors(arrays: Sequence[Any], module: Any) -> tuple[Any, ...]:
    """Copies as PyTorch's, where the parameters of a module are."""
    torch = sys.modules["torch"]
    first = next(module.parameters(), None)
    place = "cpu" if first is None else first.device
    return tuple(torch.from_numpy(np.array(x)).to(place) for x in arrays)

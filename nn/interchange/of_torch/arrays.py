"""Arrays of PyTorch's and ours, without importing it: who has a module has imported it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from inversa.autograd import Tensor, Value
from inversa.autograd.lazy import np

__all__ = ["ADVICE", "array_of", "is_module", "is_tensor", "tensors", "torch_of"]


ADVICE = "take this module of PyTorch's over first, model = inversa.interchange.from_torch(module, x)"


def torch_of(module: Any) -> Any:
    """PyTorch, where it has been imported and this is a module of its; else None."""
    torch = sys.modules.get("torch")
    kind = getattr(getattr(torch, "nn", None), "Module", None)
    return torch if isinstance(kind, type) and isinstance(module, kind) else None


def is_module(thing: Any) -> bool:
    """Whether this is a module of PyTorch's."""
    return torch_of(thing) is not None


def is_tensor(thing: Any) -> bool:
    """Whether this is an array of PyTorch's."""
    kind = getattr(sys.modules.get("torch"), "Tensor", None)
    return isinstance(kind, type) and isinstance(thing, kind)


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

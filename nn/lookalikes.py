"""Objects of PyTorch's and Keras's, told without importing them: who has one has imported its library."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["ADVICE", "is_keras", "is_module", "is_tensor", "torch_of", "unwrapped"]

ADVICE = "take this module of PyTorch's over first, model = inversa.interchange.from_torch(module, x)"


def torch_of(module: Any) -> Any:
    """PyTorch, where it has been imported and this is a module of its; else None.

    >>> from inversa.nn.lookalikes import torch_of
    >>> torch_of("a text") is None
    True
    """
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


def is_keras(thing: Any) -> bool:
    """Whether this is a model or a layer of Keras's.

    With PyTorch as its backend it is a module of PyTorch's as well, so ask this first.
    """
    packages = {base.__module__.partition(".")[0] for base in type(thing).__mro__}
    return bool(packages & {"keras", "tf_keras"}) and hasattr(thing, "get_config") and hasattr(thing, "get_weights")


_WRAPPERS = {"OptimizedModule": "_orig_mod", "DataParallel": "module", "DistributedDataParallel": "module"}


def unwrapped(module: Any) -> Any:
    """A module of PyTorch's without what says how it is run, such as ``torch.compile``."""
    while (name := _WRAPPERS.get(type(module).__name__)) and hasattr(module, name):
        module = getattr(module, name)
    return module

"""Weights of PyTorch's as parameters and buffers of ours: a copy of each, one for those that are tied."""

from __future__ import annotations

from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of
from inversa.nn.module import Module
from inversa.nn.parameter import Buffer, Parameter


def with_weights_of(ours: Module, theirs: Any, known: dict[int, Any]) -> Module:
    """Our module with the weights of theirs: a copy of each, which those that are tied share.

    Raises
    ------
    InterchangeError
        When their names or shapes are others than ours.
    """
    parameters = dict(theirs.named_parameters(remove_duplicate=False))
    buffers = dict(theirs.named_buffers(remove_duplicate=False))
    here = {**dict(ours.named_parameters()), **dict(ours.named_buffers())}
    there = {**parameters, **buffers}
    different = set(here) ^ set(there) or {path for path in here if tuple(here[path].shape) != tuple(there[path].shape)}
    if different:
        raise InterchangeError(
            f"{type(theirs).__name__} has other parameters than ours: {', '.join(sorted(different))}"
        )
    for path, original in there.items():
        owner, name = _owner(ours, path)
        taken = known[id(original)]
        taken.name = here[path].name
        setattr(owner, name, taken)
    return ours


def _owner(module: Module, path: str) -> tuple[Module, str]:
    """The module that has this parameter, and its name there."""
    *above, name = path.split(".")
    for part in above:
        module = dict(module.named_children())[part]
    return module, name


def taken_over(module: Any) -> dict[int, Any]:
    """Our parameter or buffer for each of theirs, by its ``id``."""
    known: dict[int, Any] = {}
    for path, p in module.named_parameters(remove_duplicate=False):
        if id(p) not in known:
            known[id(p)] = Parameter(array_of(p), requires_grad=bool(p.requires_grad), name=path)
    for path, b in module.named_buffers(remove_duplicate=False):
        if id(b) not in known:
            known[id(b)] = Buffer(np.asarray(array_of(b)), name=path)
    return known

"""What PyTorch itself computes of a module, and how far ours is from it: values, and gradients of everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Tensor
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of, tensors
from inversa.nn.lookalikes import torch_of
from inversa.nn.module import Module

INPUT = "input {}"  # what the gradient of an argument is called


def leaves_of(answer: Any) -> list[Any]:
    """The arrays in what a module gives, in order."""
    if isinstance(answer, Mapping):
        return [leaf for part in answer.values() for leaf in leaves_of(part)]
    if isinstance(answer, (list, tuple)):
        return [leaf for part in answer for leaf in leaves_of(part)]
    return [] if answer is None else [answer]


def answers(module: Any, inputs: Sequence[Any]) -> list[Any]:
    """What a module of PyTorch's gives; its buffers stay as they are."""
    torch = torch_of(module)
    kept = [(b, b.clone()) for b in module.buffers()]
    try:
        with torch.no_grad():
            return [array_of(x) for x in leaves_of(module(*tensors(inputs, module)))]
    finally:
        with torch.no_grad():
            for b, before in kept:
                b.copy_(before)


def their_gradients(module: Any, inputs: Sequence[Any], seeds: Sequence[Any]) -> dict[str, Any]:
    """By PyTorch: the gradients of parameters and inputs of Σ seed · output; those that are kept stay as they are."""
    torch = torch_of(module)
    given = tensors(inputs, module)
    named = {name: p for name, p in module.named_parameters() if p.requires_grad}
    named |= {INPUT.format(i): x.requires_grad_() for i, x in enumerate(given) if x.dtype.is_floating_point}
    with torch.enable_grad():
        outputs = leaves_of(module(*given))
        pairs = [(y, s) for y, s in zip(outputs, tensors(seeds, module), strict=True) if y.requires_grad]
        if not pairs or not named:
            return {name: np.zeros(tuple(x.shape)) for name, x in named.items()}
        ys, weights = zip(*pairs, strict=True)
        try:
            found = torch.autograd.grad(ys, list(named.values()), weights, allow_unused=True)
        except RuntimeError as error:
            raise InterchangeError(f"PyTorch itself has no gradient of {type(module).__name__}: {error}") from error
    return {
        name: np.zeros(tuple(x.shape)) if g is None else array_of(g)
        for (name, x), g in zip(named.items(), found, strict=True)
    }


def our_gradients(module: Module, inputs: Sequence[Any], seeds: Sequence[Any]) -> dict[str, Any]:
    """The same by the inverse network."""
    given = [Tensor(x, requires_grad=True) if x.dtype.kind == "f" else x for x in inputs]
    outputs = leaves_of(module(*given))
    terms = [(y * s).sum() for y, s in zip(outputs, seeds, strict=True) if isinstance(y, Tensor)]
    named: dict[str, Any] = {name: p for name, p in module.named_parameters() if p.requires_grad}
    named |= {INPUT.format(i): x for i, x in enumerate(given) if isinstance(x, Tensor)}
    total = sum(terms[1:], terms[0]) if terms else None
    flows = InverseNetwork(Graph(total)).run() if total is not None and total.requires_grad else {}
    return {name: array_of(flows[x]) if x in flows else np.zeros(x.shape) for name, x in named.items()}


def largest_difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> float:
    """The largest difference of any two entries; both have the same names."""
    apart = [float(np.max(np.abs(ours[name] - g), initial=0.0)) for name, g in theirs.items()]
    return max(apart, default=0.0)

"""The gradients that Keras's backend computes of a model, in the places that they have in a network of ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.of_keras.chain import chain
from inversa.nn.interchange.of_keras.converting import converted

__all__ = ["backend_of", "their_gradients"]

INPUT = "input 0"  # what the gradient of the argument is called


def backend_of(model: Any) -> str:
    """The name of the backend that can differentiate a model here; empty for one that we do not know."""
    keras = sys.modules.get("keras")
    name = str(keras.backend.backend()) if keras is not None and hasattr(keras.backend, "backend") else ""
    return name if name in _BACKENDS and hasattr(model, "stateless_call") else ""


def their_gradients(model: Any, inputs: Sequence[Any], seeds: Sequence[Any]) -> dict[str, Any]:
    """The gradients of Σ seed · output, by the names of our parameters.

    They are taken over as the weights are: where a kernel is transposed, so is its gradient.
    """
    (x,), (seed,) = inputs, seeds
    wanted = [v for v in model.weights if v.trainable]
    slopes, at_input = _BACKENDS[backend_of(model)](model, wanted, x, seed)
    found = {id(v): g for v, g in zip(wanted, slopes, strict=True)}
    layers = [
        replace(layer, weights=[found.get(id(v), np.zeros(tuple(v.shape))) for v in layer.object.weights])
        for layer in chain(model)
    ]
    named: dict[str, Any] = dict(converted(layers).named_parameters())
    gradients = {name: p.numpy() for name, p in named.items() if p.requires_grad}
    return gradients if at_input is None else gradients | {INPUT: at_input}


def _by_torch(model: Any, wanted: Sequence[Any], x: Any, seed: Any) -> tuple[list[Any], Any]:
    torch = sys.modules["torch"]
    keras = sys.modules["keras"]
    given = keras.ops.convert_to_tensor(x)
    differentiable = given.is_floating_point()
    leaves = [v.value for v in wanted] + ([given.requires_grad_()] if differentiable else [])
    with torch.enable_grad():
        output = model(given, training=False)
        found = torch.autograd.grad(output, leaves, keras.ops.convert_to_tensor(seed), allow_unused=True)
    arrays = [
        np.zeros(tuple(leaf.shape)) if g is None else g.detach().cpu().numpy()
        for leaf, g in zip(leaves, found, strict=True)
    ]
    return (arrays[:-1], arrays[-1]) if differentiable else (arrays, None)


def _by_jax(model: Any, wanted: Sequence[Any], x: Any, seed: Any) -> tuple[list[Any], Any]:
    jax = sys.modules["jax"]
    fixed = [v.value for v in model.non_trainable_variables]
    given = jax.numpy.asarray(x)

    def output(weights: Any, x: Any) -> Any:
        return model.stateless_call(weights, fixed, x, training=False)[0]

    weights = [v.value for v in model.trainable_variables]
    if given.dtype.kind == "f":
        answer, pullback = jax.vjp(output, weights, given)
        slopes, at_input = pullback(jax.numpy.asarray(seed, answer.dtype))
    else:
        answer, pullback = jax.vjp(lambda weights: output(weights, given), weights)
        (slopes,), at_input = pullback(jax.numpy.asarray(seed, answer.dtype)), None
    found = {id(v): np.asarray(g) for v, g in zip(model.trainable_variables, slopes, strict=True)}
    return [found[id(v)] for v in wanted], None if at_input is None else np.asarray(at_input)


_BACKENDS: dict[str, Callable[..., tuple[list[Any], Any]]] = {"torch": _by_torch, "jax": _by_jax}

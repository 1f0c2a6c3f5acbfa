"""A step of an optimiser, written by its own formula: weights and running averages in, new ones out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import reference, xp
from inversa.nn.interchange.writing.nodes import Names
from inversa.nn.optim import Optimizer


@dataclass
class Step:
    """What a step reads besides the data, with defaults, and what it gives."""

    inputs: dict[str, Reference] = field(default_factory=dict)
    outputs: dict[str, Reference] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)


def step_of(
    optimizer: Optimizer, weights: Mapping[Any, Reference], gradients: Mapping[Any, Reference], names: Names
) -> Step:
    """Write one step.

    Parameters
    ----------
    optimizer : Optimizer
    weights : mapping of node to Reference
        All that the model reads, by its parameters.
    gradients : mapping of node to Reference
    names : Names
        Those in the file, to which the step's are added.
    """
    step = Step()
    for number, group in enumerate(optimizer.groups):
        settings = {name: setting for name, setting in group.items() if name not in ("params", "lr")}
        rate = names.free("lr" if len(optimizer.groups) == 1 else f"lr_{number}")
        for parameter in group["params"]:
            if parameter not in gradients:
                continue
            w, g = weights[parameter], gradients[parameter]
            if rate not in step.inputs:
                step.inputs[rate] = Reference(rate, (), w.dtype)
                step.defaults[rate] = np.asarray(group["lr"], w.dtype)
            step.inputs[w.name] = w
            state = _given(step, optimizer, parameter, w, settings | {"lr": group["lr"]}, names)
            read = {name: entry.name for name, entry in state.items()}
            lr = xp.astype(step.inputs[rate], w.dtype)
            change = optimizer.change(w, g, state, lr=lr, **settings)
            step.outputs[f"new_{w.name}"] = xp.astype(w + change, w.dtype)
            for name, entry in state.items():
                key = read[name]
                step.outputs[f"new_{key}"] = xp.astype(reference(entry), step.inputs[key].dtype)
    if not step.outputs:
        raise InterchangeError("the optimiser has none of the parameters that the loss depends on")
    return step


def _given(
    step: Step, optimizer: Optimizer, parameter: Any, w: Reference, settings: Mapping[str, Any], names: Names
) -> dict[str, Any]:
    """The state of a parameter as inputs. Which entries there are a step with numbers tells; they start at 0."""
    tried: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        optimizer.change(np.ones(w.shape, w.dtype), np.ones(w.shape, w.dtype), tried, **settings)
    given: dict[str, Any] = {}
    for name, entry in tried.items():
        dtype = np.dtype(np.int64) if isinstance(entry, int) else w.dtype
        key, shape = names.free(f"{w.name}.{name}"), np.shape(entry)
        given[name] = step.inputs[key] = Reference(key, shape, dtype)
        now = optimizer.state[parameter].get(name, 0)
        step.defaults[key] = np.broadcast_to(np.asarray(now, dtype), shape).copy()
    return given

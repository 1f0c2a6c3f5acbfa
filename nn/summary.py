"""Summary: a model's layers with the shapes of their outputs and their numbers of parameters, as a table."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, no_grad
from inversa.autograd.languages import language, texts
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.held import places, zeros
from inversa.autograd.printing import encodable
from inversa.nn.losses.loss import shape_of
from inversa.nn.training.arrays import as_numbers
from inversa.nn.training.prediction import as_mode

if TYPE_CHECKING:
    from inversa.nn.training.model import Model


def summary(model: Model, input_shape: tuple[int, ...] | None = None) -> str:
    """The table of a model's layers, in the order in which they run; its heads are in the language that is chosen.

    A line below says where the parameters lie, if they are arrays of another library than NumPy.

    Parameters
    ----------
    model : Module
    input_shape : tuple of int, optional
        The shape of one sample, such as ``(1, 8, 8)``; not needed where the first layer says how many inputs it has.

    Raises
    ------
    ValueError
        When the shape is not known, or the model does not take samples of this shape.
    """
    shape = _input_shape(model) if input_shape is None else tuple(input_shape)
    worded = texts(language()).worded
    head = (worded("layer"), worded("kind"), worded("output"), worded("parameters"))
    rows = [head, (worded("input"), "", _shown((1, *shape)), "")]
    try:
        ran = _outputs(model, _zeros(model, (1, *shape)))
    except ValueError:
        if input_shape is None:  # that of a step, where the model takes sequences
            raise _unknown() from None
        raise
    for path, module, output in ran:
        kind = f"{type(module).__name__}({module.extra_repr()})"
        own = sum(prod(parameter.shape) for _, parameter in module.own_parameters())
        row = path, kind, _shown(output), f"{own:,}"
        if row not in rows:  # a module that runs at every step of a sequence has one line
            rows.append(row)
    rows.append((worded("total"), "", "", f"{model.parameter_count():,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}" for a, b, c, d in rows]
    rule = "─" * len(lines[0])
    found = places(plain(parameter) for parameter in model.parameters())
    below = [texts(language()).placed(found)] if found else []
    return encodable("\n".join(line.rstrip() for line in [lines[0], rule, *lines[1:-1], rule, lines[-1], *below]))


def _outputs(model: Model, x: Any) -> list[tuple[str, Model, tuple[int, ...]]]:
    """The modules that compute something themselves and ran for these samples, with the shapes of what they gave."""
    ran: list[tuple[str, Model, tuple[int, ...]]] = []
    watched = [
        (path or "model", module)
        for path, module in model.named_modules()
        if any(module.own_parameters()) or not any(module.named_children())
    ]

    def watching(path: str, module: Model, forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            output = forward(*args, **kwargs)
            ran.append((path, module, output.shape if isinstance(output, Tensor) else shape_of(as_numbers(output))))
            return output

        return run

    for path, module in watched:
        vars(module)["forward"] = watching(path, module, module.forward)
    try:
        with as_mode(model, training=False), no_grad():
            model(x)
    except ValueError as error:
        raise ValueError(f"the model does not take samples of shape {shape_of(x)[1:]}: {error}") from None
    finally:
        for _, module in watched:
            del vars(module)["forward"]
    return ran


def _zeros(model: Model, shape: tuple[int, ...]) -> Any:
    """Samples of zeros, of the type and the library of the parameters, and where they lie; for Values lists."""
    beside = next((parameter for parameter in model.parameters() if isinstance(parameter, Tensor)), None)
    if beside is not None:
        return zeros(plain(beside), shape)
    return _lists(shape) if any(model.parameters()) else np.zeros(shape)


def _lists(shape: tuple[int, ...]) -> Any:
    return [_lists(shape[1:]) for _ in range(shape[0])] if shape else 0.0


def example(model: Model) -> Any:
    """One sample of zeros, of the shape that the first layer says.

    Raises
    ------
    ValueError
        When it does not.

    >>> from inversa.nn import MLP
    >>> from inversa.nn.summary import example
    >>> example(MLP([3, 1])).tolist()
    [[0.0, 0.0, 0.0]]
    """
    return _zeros(model, (1, *_input_shape(model)))


def _input_shape(model: Model) -> tuple[int, ...]:
    for module in model.modules():
        weights = getattr(module, "weights", ())  # a neuron's
        inputs: int = getattr(module, "inputs", 0) or (len(weights) if isinstance(weights, list) else 0)
        if inputs:
            return (inputs,)
        if any(module.own_parameters()):
            break
    raise _unknown()


def _unknown() -> ValueError:
    return ValueError("the shape of a sample is not known from the first layer: give it, as summary((1, 8, 8))")


def _shown(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['n', *map(str, shape[1:])])})"

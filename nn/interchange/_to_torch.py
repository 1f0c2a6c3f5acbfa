"""to_torch: a network of ours as a module of PyTorch's, or the text that makes it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Literal, overload

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.writing import Call, classes, written
from inversa.nn.module import Module

__all__ = ["to_torch"]

MOST_NUMBERS = 2000  # that are written into a text


@overload
def to_torch(model: Module, code: Literal[False] = False) -> Any: ...
@overload
def to_torch(model: Module, code: Literal[True]) -> str: ...
def to_torch(model: Module, code: bool = False) -> Any:
    """A network as a module of PyTorch's, with the same numbers under the same names.

    Parameters
    ----------
    model : Module
        Made of the layers of `inversa.nn`.
    code : bool
        Whether it is the text that makes it, to paste into a lecture: a program that needs nothing but PyTorch. Up to
        2000 weights stand in it; of more it says how to load them.

    Returns
    -------
    torch.nn.Module or str
        In the mode of the model, frozen where it is.

    Raises
    ------
    InterchangeError
        For modules and activation functions of your own, and a recurrent layer that cuts its gradient off.
    ImportError
        Without PyTorch; the text needs none.

    Examples
    --------
    >>> from inversa import interchange, nn
    >>> layer = nn.Dense(2, 1, "tanh", bias=False)
    >>> layer.load_state_dict({"weight": [[0.5, -1.0]]})
    >>> print(interchange.to_torch(nn.Sequential(layer), code=True))
    from collections import OrderedDict
    <BLANKLINE>
    import torch
    from torch import nn
    <BLANKLINE>
    model = nn.Sequential(OrderedDict([("0", nn.Linear(2, 1, bias=False)), ("0_tanh", nn.Tanh())]))
    model = model.to(torch.float64)
    weights = {
        "0.weight": [[0.5, -1.0]],
    }
    model.load_state_dict({name: torch.tensor(x, dtype=torch.float64) for name, x in weights.items()})
    <BLANKLINE>
    """
    if not isinstance(model, Module):
        raise checks.wrong("model", "a Module", model, "nn.MLP([2, 3, 1])", TypeError)
    checks.flag("code", code)
    text = _structure(model)
    if code:
        return "\n".join([*text, *_numbers(model), *_modes(model), ""])
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise ImportError("to_torch makes a module of PyTorch's, which is not installed: pip install torch") from error
    namespace: dict[str, Any] = {"__name__": "inversa.to_torch"}
    exec("\n".join(text), namespace)  # our own text: names of layers, and numbers
    theirs = namespace["model"]
    state = {name: torch.from_numpy(np.array(x)) for name, x in _state(model).items()}
    try:
        theirs.load_state_dict(state)
    except RuntimeError as error:
        raise InterchangeError(f"PyTorch's module has other parameters than ours: {error}") from error
    exec("\n".join(_modes(model)), namespace)
    return theirs


def _structure(model: Module) -> list[str]:
    """The lines up to the module without its numbers."""
    call = written(model)
    _refuse_repetitions(model)
    needed = set(call.names())
    lines = ["from collections import OrderedDict", ""] if "OrderedDict" in needed else []
    lines += ["import torch", "from torch import nn", ""]
    for name, text in classes().items():
        if name in needed:
            lines += ["", text, ""]
    lines += [""] if _own(call) else []
    lines += [f"model = {call.text()}"]
    dtype = _type_of(model)
    lines += [f"model = model.to(torch.{dtype})"] if dtype else []
    return [*lines, *_ties(model)]


def _own(call: Call) -> bool:
    return not classes().keys().isdisjoint(call.names())


def _type_of(model: Module) -> str:
    """The type of the parameters; empty where there are none."""
    found = sorted({str(np.dtype(p.dtype)) for p in [*model.parameters(), *model.buffers()] if p.dtype.kind == "f"})
    if len(found) > 1:
        raise InterchangeError(f"its parameters are of several types: {', '.join(found)}")
    return found[0] if found else ""


def _parameters(model: Module) -> Iterator[tuple[str, Any]]:
    """All parameters with their paths; those that are tied have several."""
    for path, module in model.named_modules():
        for name, p in module.own_parameters():
            yield f"{path}.{name}" if path else name, p


def _state(model: Module) -> dict[str, Any]:
    """The numbers of everything by all paths."""
    return {path: x.numpy() for path, x in [*_parameters(model), *model.named_buffers()]}


def _refuse_repetitions(model: Module) -> None:
    children = [child for module in model.modules() for child in module.children()]
    if len(set(map(id, children))) < len(children):
        raise InterchangeError("a module stands in it twice: make two, and tie their weights (b.weight = a.weight)")
    if len({module.training for module in model.modules()}) > 1:
        raise InterchangeError("some of its modules are in training and others are not: call train() or eval()")


def _ties(model: Module) -> Iterator[str]:
    """What makes one parameter of those that are one here."""
    first: dict[int, str] = {}
    for path, p in _parameters(model):
        before = first.setdefault(id(p), path)
        if before != path:
            yield f"{_attribute(path)} = {_attribute(before)}"


def _attribute(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f'model.get_submodule("{module}").{name}'


def _numbers(model: Module) -> Iterator[str]:
    """What gives it its weights."""
    state, dtype = _state(model), _type_of(model)
    if not state:
        return
    count = sum(x.size for x in state.values())
    if count > MOST_NUMBERS:
        yield f"# Its {count} weights, as model.state_dict() of Inversa gives them:"
        yield "# model.load_state_dict({name: torch.from_numpy(x) for name, x in state.items()})"
        return
    yield "weights = {"
    yield from (f'    "{name}": {x.tolist()},' for name, x in state.items())
    yield "}"
    yield f"model.load_state_dict({{name: torch.tensor(x, dtype=torch.{dtype}) for name, x in weights.items()}})"


def _modes(model: Module) -> Iterator[str]:
    """What freezes what is frozen, and ends training where that is over."""
    yield from (f"{_attribute(path)}.requires_grad_(False)" for path, p in _parameters(model) if not p.requires_grad)
    if not model.training:
        yield "model = model.eval()"

"""What a module is made of, as data: classes of ours by name, with the arguments that they were called with.

A file that has this beside the weights can be loaded without the program that made the model. Nothing in it is code:
`rebuilt` knows the classes of `inversa.nn` and the names of activation functions, and their constructors check the
arguments.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.nn.activations import FUNCTIONS
from inversa.nn.init import bounded
from inversa.nn.module import Module

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

_FORGOTTEN = ("seed", "init")  # how the first weights were drawn, which are not the last ones


class NotDescribedError(ValueError):
    """A module that is made of something that a file cannot hold, such as a class or a function of one's own."""


@cache
def _classes() -> dict[str, type[Module]]:
    """The classes that a file may name."""
    nn = importlib.import_module("inversa.nn")
    offered = {name: getattr(nn, name) for name in nn.__all__}
    found = {name: kind for name, kind in offered.items() if isinstance(kind, type) and issubclass(kind, Module)}
    del found["Module"]
    return found


def described(module: Module) -> dict[str, Any]:
    """A module as JSON.

    Raises
    ------
    NotDescribedError
        For what could not be rebuilt from it: modules of one's own, functions without a name, what was changed after it
        was made.

    Examples
    --------
    >>> from inversa.nn import Linear, Sequential, Tanh
    >>> from inversa.nn.architecture import described
    >>> described(Sequential(Linear(2, 3), Tanh()))["arguments"]["modules"][0]
    {'class': 'Linear', 'arguments': {'inputs': 2, 'outputs': 3}, 'title': 'Linear 0'}
    """
    description: dict[str, Any] = _described(module)
    copy = rebuilt(description)
    if repr(copy) != repr(module) or _forms(copy) != _forms(module):
        raise NotDescribedError("it was changed after it was made")
    return description


def rebuilt(description: Any, entries: int | None = None) -> Module:
    """The module that a description is of, with new weights.

    Parameters
    ----------
    description : JSON
    entries : int, optional
        How many numbers its parameters and buffers may have: as many as there are in the file.

    Raises
    ------
    ValueError
        For anything that is no such description.
    """
    with bounded(entries):
        try:
            module = _rebuilt(description)
        except RecursionError:
            raise ValueError("the architecture is nested too deep") from None
        except (TypeError, LookupError, AttributeError, MemoryError) as error:
            raise ValueError(f"the architecture is none that can be built: {error}") from error
    if not isinstance(module, Module):
        raise ValueError("the architecture is no module")
    return module


def _described(x: Any) -> Any:
    match x:
        case None | bool() | int() | float() | str():
            return x
        case list() | tuple():
            return [_described(part) for part in x]
        case Module():
            kind = type(x)
            if _classes().get(kind.__name__) is not kind:
                raise NotDescribedError(f"{kind.__name__} is a class of your own")
            bound = inspect.signature(kind.__init__).bind(x, *x.made_with.args, **x.made_with.kwargs)
            given = {name: value for name, value in list(bound.arguments.items())[1:] if name not in _FORGOTTEN}
            found: dict[str, Any] = {"class": kind.__name__}
            found["arguments"] = {name: _described(value) for name, value in given.items()}
            if x.title is not None:
                found["title"] = x.title
            if not x.training:
                found["training"] = False
            return found
    with suppress(TypeError):
        for name, function in FUNCTIONS.items():
            if x is function:
                return {"function": name}
        return np.dtype(x).name
    raise NotDescribedError(f"{x!r} is none of the functions that have a name")


def _rebuilt(x: Any) -> Any:
    match x:
        case None | bool() | int() | float() | str():
            return x
        case list():
            return [_rebuilt(part) for part in x]
        case {"function": str(name)}:
            return FUNCTIONS[name]
        case {"class": str(name), "arguments": dict(arguments)} if name in _classes():
            kind = _classes()[name]
            given = {key: _rebuilt(value) for key, value in arguments.items()}
            module = kind(*given.pop(_variadic(kind), ()), **given)
            title = x.get("title")
            module.title = None if title is None else str(title)
            return module if x.get("training", True) else module.eval()
    raise ValueError(f"there is no module of ours in it, but {str(x)[:80]}")


def _variadic(kind: type[Module]) -> str:
    """The name of the constructor's argument that takes any number of them, as that of Sequential; or empty."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "")


def _forms(module: Module) -> Mapping[str, tuple[tuple[int, ...], DTypeLike]]:
    return {name: (np.shape(array), np.asarray(array).dtype) for name, array in module.state_dict().items()}

"""The table of operators: their names in ONNX, and the functions that compute them.

A function's positional parameters are the operator's inputs, its keywords the attributes. The values that attributes
have by default come from ONNX's own schema of the file's opset. An attribute, or an input, that the function does not
have is refused, so that nothing in a file is passed over.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from inversa.nn.interchange.errors import InterchangeError

Function = Callable[..., Any]

CONTEXT = ("opset", "outputs")  # keywords that are no attributes: the version, and how many results are asked for


class Operator:
    """A function under its name in ONNX.

    Attributes
    ----------
    name : str
    function : callable
    attributes : frozenset of str
        Those that it has.
    context : frozenset of str
        What else it wants to know: see `CONTEXT`.
    inputs : int or None
        How many it takes at most; None for any number.
    needed : int or None
        How many of them may not be left out; None for all.
    """

    def __init__(self, name: str, function: Function) -> None:
        self.name = name
        self.function = function
        parameters = inspect.signature(function).parameters.values()
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        named = {*positional, *(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)}
        self.attributes = frozenset(named.difference(CONTEXT))
        self.context = frozenset(named.intersection(CONTEXT))
        any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.inputs = None if any_number else len(positional)
        needed = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
        self.needed = None if any_number else len(needed)

    def arguments(
        self, given: Mapping[str, Any], defaults: Mapping[str, Any], context: Mapping[str, int]
    ) -> dict[str, Any]:
        """The keywords to call the function with.

        Raises
        ------
        InterchangeError
            For an attribute that it does not have.
        """
        for name in given:
            if name not in self.attributes:
                raise InterchangeError(f"the attribute {name} of {self.name} is not supported")
        known = {name: value for name, value in defaults.items() if name in self.attributes}
        return {**known, **given, **{name: context[name] for name in self.context}}


OPERATORS: dict[str, Operator] = {}


def operator(*names: str) -> Callable[[Function], Function]:
    """Put a function into the table under these names."""

    def put(function: Function) -> Function:
        for name in names:
            OPERATORS[name] = Operator(name, function)
        return function

    return put


def put_all(functions: Mapping[str, Function], kind: Callable[[Function], Function]) -> None:
    """Put functions into the table that are made of others in one way."""
    for name, function in functions.items():
        operator(name)(kind(function))

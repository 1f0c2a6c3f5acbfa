"""An expression as an ONNX file: its value, and its gradients by the inverse network."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from inversa.autograd import Graph
from inversa.autograd.files import expanded
from inversa.viz.command.expression import Expression


class _Function:
    """An expression as a function of the numbers that were given for its names.

    Attributes
    ----------
    argument_names : tuple of str
        What its arguments are called in the file.
    """

    def __init__(self, expression: Expression) -> None:
        self.result = expression.result
        self.given = [node for node in expression.named.values() if node.op is None]
        self.numbers = {node: node.data for node in Graph(self.result) if node.op is None}
        self.argument_names = tuple(str(node.name) for node in self.given)
        self.__name__ = str(expression.result.name)

    def __call__(self, *numbers: Any) -> dict[str, Any]:
        found: dict[Any, Any] = self.numbers | dict(zip(self.given, numbers, strict=True))
        for node in Graph(self.result):
            if node.op is not None:
                found[node] = node.op.again([found[x] for x in node.inputs], node.params or {})
        return {str(self.result.name): found[self.result]}


def as_onnx(expression: Expression, path: str) -> Path:
    """Write an expression; its value has its name there, and the gradients are called d_a, d_b and so on.

    Raises
    ------
    ImportError
        Without the package onnx.
    """
    to_onnx = importlib.import_module("inversa.nn.interchange").to_onnx  # without which the command starts sooner
    function = _Function(expression)
    example = tuple(float(node.data) for node in function.given)
    to_onnx(function, example, path, gradients="inputs")
    return expanded(path)

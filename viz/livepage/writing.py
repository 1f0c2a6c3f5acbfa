"""Code for the editor of a page: a program that computes a given graph again, or runs a network."""

from __future__ import annotations

import ast
import keyword
import math
from collections.abc import Iterator, Sequence
from typing import Any

from inversa import autograd
from inversa.autograd import Graph, Node, Value
from inversa.autograd.graph import is_literal
from inversa.autograd.languages import Lang, texts
from inversa.viz.picture.opening import opened

MAX_NODES = 500  # of a graph that is written down
MAX_LINE = 70  # letters of a formula; what is longer gets lines of its own
OPERATORS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "subtract": ast.Sub(),
    "multiply": ast.Mult(),
    "divide": ast.Div(),
    "power": ast.Pow(),
    "floor_divide": ast.FloorDiv(),
    "remainder": ast.Mod(),
}


def program_of(*outputs: Node) -> str:
    """A program that computes Values as they were computed, with the numbers that their leaves have now.

    Raises
    ------
    TypeError
        For Tensors: there are single numbers only in a page.
    ValueError
        For more than 500 nodes.

    Examples
    --------
    >>> from inversa.autograd import Value, tanh
    >>> from inversa.viz.livepage.writing import program_of
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> print(program_of((tanh(w * x + 1) ** 2).named("J")))
    from inversa.autograd import Value, tanh
    <BLANKLINE>
    w = Value(0.5)
    x = Value(2.0)
    <BLANKLINE>
    J = tanh(w * x + 1) ** 2
    <BLANKLINE>
    J.backward()
    <BLANKLINE>
    """
    return _Writing(Graph(*opened(outputs))).program()


class _Writing:
    """The lines so far, and what every node is called or written as."""

    def __init__(self, graph: Graph) -> None:
        if len(graph) > MAX_NODES:
            raise ValueError(f"a live page starts with a program of at most {MAX_NODES} nodes, not {len(graph)}")
        self.graph = graph
        self.functions: set[str] = set()
        self.written: dict[Node, ast.expr] = {}
        self.taken = {name for name in dir(autograd) if not name.startswith("_")}
        self.given: list[str] = []
        self.computed: list[str] = []

    def program(self) -> str:
        """All of it."""
        for node, leaving in zip(self.graph.nodes, self.graph.outgoing, strict=True):
            if not isinstance(node, Value):
                raise TypeError("a live page computes with single numbers: give it Values, or a network and a sample")
            formula = _constant(node.item()) if is_literal(node) else self._formula(node)
            used_again = len(leaving) != 1
            long = node.op is not None and len(ast.unparse(formula)) > MAX_LINE
            if not is_literal(node) and (node.op is None or node.name or used_again or long):
                formula = self._assigned(node, formula)
            self.written[node] = formula
        outputs = [ast.unparse(self.written[output]) for output in self.graph.outputs]
        several = len(outputs) > 1
        names = {"Value", *self.functions, *(["Graph"] if several else [])}
        blocks = [_imports(names), self.given, self.computed]
        if several:
            blocks.append([f"Graph({', '.join(outputs)})"])
        elif self.computed and self.graph.outputs[0].requires_grad:
            blocks.append([f"{outputs[0]}.backward()"])
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    def _formula(self, node: Node) -> ast.expr:
        if node.op is None:
            frozen = [] if node.requires_grad else [ast.keyword("requires_grad", ast.Constant(False))]
            return ast.Call(ast.Name("Value"), [_number(node.item())], frozen)
        operands = [self.written[x] for x in node.inputs]
        if node.op.name in OPERATORS:
            return ast.BinOp(operands[0], OPERATORS[node.op.name], operands[1])
        if node.op.name == "negative":
            return ast.UnaryOp(ast.USub(), operands[0])
        self.functions.add(node.op.name)
        if node.op.variadic:
            return ast.Call(ast.Name(node.op.name), [ast.List(operands)], [])
        settings = {name: _setting(value) for name, value in (node.params or {}).items()}
        named = dict(zip(node.op.operands, operands, strict=True))
        if next(iter(node.op.arguments)) in settings:  # the condition of where: all that follows has its name, too
            operands, settings = [], settings | named
        return ast.Call(ast.Name(node.op.name), operands, [ast.keyword(*pair) for pair in settings.items()])

    def _assigned(self, node: Node, formula: ast.expr) -> ast.expr:
        """Write a line, and use its variable from now on; a name that no variable can have is given to the node."""
        name = node.name if node.name and self._is_free(node.name) else next(filter(self._is_free, _fresh()))
        self.taken.add(name)
        if node.name and node.name != name:
            naming = ast.Attribute(formula, "named")
            formula = ast.Call(naming, [ast.Constant(node.name)], [])
        (self.given if node.op is None else self.computed).append(f"{name} = {ast.unparse(formula)}")
        return ast.Name(name)

    def _is_free(self, name: str) -> bool:
        return name.isidentifier() and not keyword.iskeyword(name) and name not in self.taken


def _fresh() -> Iterator[str]:
    return (f"v{i}" for i in range(1, 10 * MAX_NODES))


def _number(x: float) -> ast.expr:
    if not math.isfinite(x):
        return ast.Call(ast.Name("float"), [ast.Constant(repr(x))], [])
    size: ast.expr = ast.Constant(abs(x))
    return ast.UnaryOp(ast.USub(), size) if math.copysign(1, x) < 0 else size


def _constant(x: float) -> ast.expr:
    """A number in a formula: 2 for 2.0."""
    return ast.Constant(int(x)) if x == 0 < math.copysign(1, x) or (0 < x < 1e6 and x.is_integer()) else _number(x)


def _setting(value: Any) -> ast.expr:
    plain = value.item() if hasattr(value, "item") else value
    if not isinstance(plain, bool | int | float | str | None):
        raise TypeError(f"a live page has no {type(value).__name__} among its settings")
    return _number(plain) if isinstance(plain, float) else ast.Constant(plain)


def _imports(names: set[str]) -> list[str]:
    """What single numbers need is in two modules."""
    usual = {name for name in names if name in autograd.__all__ or name in ("abs", "round")}
    lines = [f"from inversa.autograd import {', '.join(sorted(usual))}"]
    return lines + (
        [f"from inversa.autograd.special import {', '.join(sorted(names - usual))}"] if names - usual else []
    )


def program_of_network(sizes: Sequence[int], lang: Lang) -> str:
    """A program that runs a network of neurons on a sample, and compares it with a target.

    Examples
    --------
    >>> from inversa.viz.livepage.writing import program_of_network
    >>> print(program_of_network([2, 3, 1], "en"))  # doctest: +ELLIPSIS
    \"\"\"A 2-3-1 network, and its inverse.\"\"\"
    ...
    network = NeuronNetwork([2, 3, 1], activation="sigmoid", output="sigmoid", seed=0)
    x1, x2 = Value(0.5), Value(-0.25)
    y = Value(1.0)
    <BLANKLINE>
    J = squared_error(network([x1, x2]), y)
    J.backward()
    ...
    """
    x, given = _sample("x", sizes[0], (0.5, -0.25, 0.75, -1.0))
    y, wanted = _sample("y", sizes[-1], (1.0, 0.0))
    title = texts(lang).live["network"].format(sizes="-".join(map(str, sizes)))
    return (
        f'"""{title}"""\n\n'
        "from inversa.autograd import Value\n"
        "from inversa.nn import NeuronNetwork\n"
        "from inversa.nn.losses import squared_error\n\n"
        f'network = NeuronNetwork({list(sizes)}, activation="sigmoid", output="sigmoid", seed=0)\n'
        f"{given}{wanted}\nJ = squared_error(network({x}), {y})\nJ.backward()\n\n"
        "for parameter in network.parameters():\n    print(parameter.name, parameter.grad)\n"
    )


def _sample(letter: str, n: int, numbers: Sequence[float]) -> tuple[str, str]:
    """What numbers are called, and the line that makes them."""
    names = [f"{letter}{i}" for i in range(1, n + 1)] if n > 1 else [letter]
    listed = ", ".join(names)
    values = ", ".join(f"Value({numbers[i % len(numbers)]})" for i in range(n))
    return f"[{listed}]" if n > 1 else listed, f"{listed} = {values}\n"

"""Expressions of named scalars, from text to a graph of Values.

The text is parsed into Python's syntax tree and walked; nothing is ever executed. Allowed are numbers, names,
+ − * / // % **, parentheses, calls of the declared operations, and assignments that name intermediate results. All
else is refused. All arithmetic is done in floats, so that no exponent can hang the program.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from inversa.autograd import (
    Graph,
    Operation,
    Value,
    add,
    divide,
    floor_divide,
    multiply,
    negative,
    power,
    remainder,
    special,  # noqa: F401  # it declares functions of single numbers
    subtract,
)
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.viz.command.errors import MisuseError

MAX_LENGTH = 10_000  # characters; beyond, Python's parser itself may run out of stack

_BINARY: dict[type[ast.operator], Operation[...]] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
    ast.FloorDiv: floor_divide,
    ast.Mod: remainder,
    ast.Pow: power,
}
_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "−": "-", "÷": "/", "^": "**"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_ALIASES = {"ln": "log", "σ": "sigmoid", "max": "maximum", "min": "minimum"}


class ExpressionError(MisuseError, ValueError):
    """An expression, or the values given for its names, that cannot be understood; the message is one line."""


class Expression(NamedTuple):
    """What an expression gave: its value, and everything in it that has a name, in order of appearance."""

    result: Value
    named: dict[str, Value]


def evaluate(text: str, values: Mapping[str, float]) -> Expression:
    """Compute an expression of named scalars, recording its graph.

    Parameters
    ----------
    text : str
        Such as ``"(a*b + c) * f"``. Intermediate results get names by assignments: ``"e = a*b; (e + c) * f"``. The
        signs × · ÷ − ^ ² ³ are understood, and so are all declared operations of single numbers:
        ``"tanh(x) + leaky_relu(x, slope=0.1)"``.
    values : dict of str to float
        A value for every name that is not assigned.

    Raises
    ------
    ExpressionError
        With one line that says what is wrong: the syntax, an unknown function, a missing or unused value, …

    Examples
    --------
    >>> from inversa.viz.command.expression import evaluate
    >>> expression = evaluate("(a·b + c) × f", {"a": 2, "b": -3, "c": 10, "f": -2})
    >>> expression.result.backward()
    >>> expression.result.data, expression.named["a"].grad
    (-8.0, 6.0)
    """
    for name in values:
        _check_name(name)
    try:
        return _Walk(values).run(_parsed(text))
    except (RecursionError, MemoryError):
        raise ExpressionError("too long") from None


def assigned(texts: list[str]) -> dict[str, float]:
    """The values in texts such as ``"a=2"``.

    >>> from inversa.viz.command.expression import assigned
    >>> assigned(["a=2", "b=−3"])
    {'a': 2.0, 'b': -3.0}
    """
    values: dict[str, float] = {}
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        name = unicodedata.normalize("NFKC", name)  # as Python does with the names in the expression
        if not equals:
            raise ExpressionError("no equals sign", text=_quoted(text))
        _check_name(name)
        if name in values:
            raise ExpressionError("given twice", name=_quoted(name))
        try:
            values[name] = float(number.translate(_SIGNS))
        except ValueError:
            raise ExpressionError("no number", text=_quoted(number), name=_quoted(name)) from None
    return values


def functions() -> dict[str, Operation[...]]:
    """The operations that an expression may call, by name."""
    scalar = {name: op for name, op in Operation.registry.items() if op.on_floats and not op.variadic}
    return scalar | {alias: Operation.registry[name] for alias, name in _ALIASES.items()}


def _parsed(text: str) -> list[ast.stmt]:
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too many characters", number=len(text), most=MAX_LENGTH)
    plain = re.sub("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda match: f"**({match[0].translate(_RAISED)})", text)
    plain = plain.translate(_SIGNS).strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks about strings and the like, which are refused anyway
            statements = ast.parse(plain).body
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else ""
        key = "too many digits" if "int_max_str_digits" in reason else "no expression" if reason else "no text"
        raise ExpressionError(key, text=_quoted(text), reason=_one_line(reason)) from None
    if not statements:
        raise ExpressionError("empty")
    return statements


class _Walk:
    """One evaluation: the names known so far, and which of the given values were used."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.given = {name: Value(number, name=name) for name, number in values.items()}
        self.named: dict[str, Value] = {}

    def run(self, statements: list[ast.stmt]) -> Expression:
        result: Any = None
        for number, statement in enumerate(statements, start=1):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=formula):
                    result = self.assign(name, formula)
                case ast.Expr(value=formula) if number == len(statements):
                    result = self.number(formula)
                case ast.Expr():
                    raise ExpressionError("unused part", part=_written(statement))
                case _:
                    raise _refused(statement)
        if not isinstance(result, Value):
            raise ExpressionError("only numbers")
        used = set(Graph(result))
        unused = [name for name, node in (self.given | self.named).items() if node not in used]
        if unused:
            raise ExpressionError("unused", names=", ".join(map(_quoted, unused)))
        if result.name is None:
            free = next(name for name in ("y", "result", "result_", "result__") if name not in self.named)
            self.named[free] = result.named(free)
        return Expression(result, self.named)

    def assign(self, name: str, formula: ast.expr) -> Any:
        if name in self.given or name in self.named:
            raise ExpressionError("assigned", name=_quoted(name))
        result = self.number(formula)
        if not isinstance(result, Value):
            result = Value(result)  # a number that has a name is an input like any other
        self.named[name] = result if result.name is not None else result.named(name)
        return result

    def number(self, tree: ast.expr) -> Any:
        """The Value of a subexpression; a float where there are no names in it."""
        match tree:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return _as_float(number)
            case ast.Name(id=name):
                return self.look_up(name)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
                return _BINARY[type(sign)](self.number(left), self.number(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return negative(self.number(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.number(operand)
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, tree)
            case _:
                raise _refused(tree)

    def look_up(self, name: str) -> Value:
        if name in self.named:
            return self.named[name]
        if name not in self.given:
            raise ExpressionError("a function" if name in functions() else "without value", name=name)
        self.named[name] = self.given[name]
        return self.named[name]

    def call(self, name: str, tree: ast.Call) -> Any:
        op = functions().get(name)
        if op is None:
            if name in Operation.registry or name in {key.rpartition(".")[2] for key in COMPOSITIONS}:
                raise ExpressionError("of arrays", name=_quoted(name))
            raise ExpressionError("no function", name=_quoted(name), known=", ".join(sorted(functions())))
        signature = f"{name}({', '.join(op.arguments)})"
        pairs = [*zip(op.arguments, tree.args, strict=False), *((k.arg, k.value) for k in tree.keywords)]
        given = {argument for argument, _ in pairs}
        needed = set(op.arguments) - set(op.defaults)
        if len(tree.args) > len(op.arguments) or len(given) < len(pairs) or not needed <= given <= set(op.arguments):
            raise ExpressionError("wrong arguments", call=_written(tree), signature=signature)
        numbers = {str(k): self.literal(k, v) if k in op.parameters else self.number(v) for k, v in pairs}
        for k, number in numbers.items():
            if op.forward.__annotations__.get(k) == "int" and number.is_integer():
                numbers[k] = int(number)  # so many decimals, say
        try:
            return op(**numbers)
        except (TypeError, ValueError, ImportError) as error:
            reason = re.sub("^.* of shapes .*?: ", "", _one_line(str(error)))
            raise ExpressionError("refused", reason=f"{_written(tree)}: {reason}") from None

    def literal(self, name: str | None, tree: ast.expr) -> float:
        """A parameter, such as a slope: it is not differentiated, so it has to be a number."""
        number = self.number(tree)
        if isinstance(number, Value):
            raise ExpressionError("no parameter", name=name, text=_written(tree))
        return float(number)


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _check_name(name: str) -> None:
    if keyword.iskeyword(name):
        raise ExpressionError("reserved", name=_quoted(name))
    if not name.isidentifier():
        raise ExpressionError("no name", name=_quoted(name))


def _refused(tree: ast.AST) -> ExpressionError:
    return ExpressionError("not allowed", text=_written(tree))


def _written(tree: ast.AST) -> str:
    return _quoted(ast.unparse(tree))


def _quoted(text: str) -> str:
    text = _one_line(text)
    return f"'{text}'" if len(text) <= 50 else f"'{text[:49]}…'"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))

"""Running code: in a namespace of its own, its output kept, its errors caught, and nothing of it left behind."""

from __future__ import annotations

import ast
import builtins
import linecache
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import copy_context
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from inversa import autograd, nn, viz
from inversa.autograd import Node, Operation
from inversa.viz.livepage.failing import FILE
from inversa.viz.livepage.printing import NoInput, Printed

FRONT = (
    *("Value", "Tensor", "Graph", "InverseNetwork", "no_grad", "detect_anomaly", "jit"),
    *("grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp", "gradcheck"),
)
SHOWN = (Node, autograd.Graph, autograd.InverseNetwork, nn.Module, viz.Figure, viz.Player)  # what is no text
SEED = 0  # of Python's random numbers, at the beginning of every run: an edit changes what was edited, and nothing else
_LAST, _TELL = " last", " tell"  # hold what the last statement gave, and what prints it: no name can be typed so
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp
_SCOPES |= ast.GeneratorExp


@dataclass
class Ran:
    """Code that was run.

    Attributes
    ----------
    namespace : dict
        Its variables.
    value : object
        What the last statement gave, if that is an expression; else None.
    assigned : list of str
        The variables that statements outside of functions assign, in the order of the code.
    printed : Printed
    error : BaseException or None
        What stopped it.
    seconds : float
    """

    namespace: dict[str, Any]
    value: Any = None
    assigned: list[str] = field(default_factory=list)
    printed: Printed = field(default_factory=Printed)
    error: BaseException | None = None
    seconds: float = 0.0


def usual_names() -> dict[str, Any]:
    """What code finds without importing it: the packages, Value, the transforms, and all functions of numbers.

    >>> {"Value", "sigmoid", "nn", "viz", "grad"} <= usual_names().keys(), "abs" in usual_names()
    (True, False)
    """
    names = {name: getattr(autograd, name) for name in FRONT}
    functions = {name: op for name, op in Operation.registry.items() if op.on_floats and not op.variadic}
    names |= {name: op for name, op in functions.items() if name in autograd.__all__ and not hasattr(builtins, name)}
    return names | {"nn": nn, "viz": viz}


def fresh_namespace() -> dict[str, Any]:
    """The variables of a program that is about to begin."""
    return {"__name__": "__main__", "__builtins__": builtins, **usual_names()}


def run(code: str, namespace: dict[str, Any] | None = None) -> Ran:
    """Run code, which is the reader's own: nothing protects the process from it.

    What a page shows later is computed from the namespace. Values without a name get that of their variable.

    Parameters
    ----------
    code : str
    namespace : dict, optional
        The variables of code that ran before, with which this goes on as one types at Python's prompt: what every
        expression gives is printed. By default they are fresh, and the last expression's alone is.

    Examples
    --------
    >>> from inversa.viz.livepage.running import run
    >>> ran = run("x = Value(3.0); y = x * x; y")
    >>> ran.value.name, ran.assigned
    ('y', ['x', 'y'])
    >>> run("1 / 0").error
    ZeroDivisionError('division by zero')
    """
    typed = namespace is not None
    ran = Ran(fresh_namespace() if namespace is None else namespace)
    linecache.cache[FILE] = len(code), None, [f"{line}\n" for line in code.splitlines()], FILE
    random.seed(SEED)
    started = perf_counter()
    with _standing_in(ran.printed):
        try:
            tree = ast.parse(code, FILE)
            ran.assigned = list(dict.fromkeys(_assigned(tree)))
            copy_context().run(_executed, tree, ran, typed)
        except BaseException as error:  # SystemExit, too: the page goes on
            ran.error = error
    ran.seconds = perf_counter() - started
    return ran


@contextmanager
def _standing_in(printed: Printed) -> Iterator[None]:
    """What code writes is kept, what it wants to read is refused, and what it says of warnings is of this run."""
    keyboard, depth = sys.stdin, sys.getrecursionlimit()
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda *said: _warn(printed, *said)
        sys.stdin = NoInput()
        try:
            yield
        finally:
            sys.stdin = keyboard
            sys.setrecursionlimit(depth)


def _warn(printed: Printed, message: Any, category: Any, file: str, line: int, *_: Any) -> None:
    printed.write(warnings.formatwarning(message, category, file, line))


def _executed(tree: ast.Module, ran: Ran, typed: bool) -> None:
    ran.namespace[_TELL] = _tell_typed if typed else _tell
    ends_in_expression = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    for statement in list(tree.body if typed else tree.body[-1:]):
        if isinstance(statement, ast.Expr):
            at = tree.body.index(statement)
            tree.body[at : at + 1] = _told(statement)
    exec(compile(tree, FILE, "exec", dont_inherit=True), ran.namespace)
    last = ran.namespace.pop(_LAST, None)
    ran.value = last if ends_in_expression else None
    ran.namespace.pop(_TELL, None)
    for name in ran.assigned:
        node = ran.namespace.get(name)
        if isinstance(node, Node) and node.name is None:
            node.name = name


def _told(statement: ast.Expr) -> list[ast.stmt]:
    """An expression, with what it gives kept and printed."""
    target = ast.copy_location(ast.Name(_LAST, ast.Store()), statement)
    given, tell = (ast.copy_location(ast.Name(name, ast.Load()), statement) for name in (_LAST, _TELL))
    telling = ast.copy_location(ast.Call(tell, [given], []), statement)
    return [
        ast.copy_location(ast.Assign([target], statement.value), statement),
        ast.copy_location(ast.Expr(telling), statement),
    ]


def _tell(value: Any) -> None:
    """Print what the last statement gave, as Python's prompt does, unless there will be a picture of it."""
    if value is not None and not isinstance(value, SHOWN):
        print(repr(value))


def _tell_typed(value: Any) -> None:
    """Print what an expression gave, as Python's prompt does."""
    if value is not None and not isinstance(value, viz.Figure | viz.Player):
        print(repr(value))


def _assigned(tree: ast.AST) -> Iterator[str]:
    """The names that are assigned, but for those inside of functions and classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, _SCOPES):
            yield from _assigned(node)

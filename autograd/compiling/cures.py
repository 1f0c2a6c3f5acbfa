"""Cures: what to write instead of a line that cannot be compiled, with the names that stand in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from types import CodeType, TracebackType
from typing import NamedTuple


class Place(NamedTuple):
    """A part of a source text: its first and last line, and the columns where it begins and ends, in bytes."""

    line: int
    end_line: int
    column: int
    end_column: int


def cure(traceback: TracebackType, lines: Sequence[str]) -> str:
    """What to write in the line in which a traceback ends, given all lines of its file; '' where nothing is known."""
    place = _place(traceback.tb_frame.f_code, traceback.tb_lasti)
    if place is None:
        return ""
    try:
        path = list(_path(ast.parse("".join(lines)), place))
    except (SyntaxError, ValueError):  # what is no file of Python's, such as a cell with magic commands
        return ""
    return next((found for node in reversed(path) if (found := _of_node(node, path))), "")


def _place(code: CodeType, instruction: int) -> Place | None:
    """Where the source of an instruction stands."""
    position = next(islice(code.co_positions(), instruction // 2, None), (None,))
    return None if None in position else Place(*position)


def _path(tree: ast.AST, place: Place) -> Iterator[ast.AST]:
    """The nodes that hold a place, from the outermost to the innermost."""
    for node in ast.iter_child_nodes(tree):
        if not hasattr(node, "lineno"):  # the clause of a comprehension
            yield from _path(node, place)
        elif _holds(node, place):
            yield node
            yield from _path(node, place)


def _holds(node: ast.AST, place: Place) -> bool:
    begins = (node.lineno, node.col_offset) <= (place.line, place.column)  # type: ignore[attr-defined]
    return begins and (node.end_lineno, node.end_col_offset) >= (place.end_line, place.end_column)  # type: ignore[attr-defined]


def _of_node(node: ast.AST, path: Sequence[ast.AST]) -> str:
    """What to write for one of the nodes of the path, if it is what cannot be compiled."""
    text = ast.unparse
    match node:
        case ast.IfExp(test=test, body=a, orelse=b) if _asks(test, node, path):
            return f"write where({_condition(test)}, {text(a)}, {text(b)})"
        case ast.If(test=test) if _asks(test, node, path):
            return f"write {_of_statement(node, path)}"
        case ast.While(test=test) if _asks(test, node, path):
            return f"write a loop of a fixed number of turns, with where({_condition(test)}, …, …) in it"
        case ast.Assert(test=test) if _asks(test, node, path):
            return "check the arguments before the call"
        case ast.ListComp(elt=entry, generators=loops) | ast.GeneratorExp(elt=entry, generators=loops):
            tests = [test for loop in loops for test in loop.ifs if _asks(test, node, path)]
            return f"write where({_condition(tests[0])}, {text(entry)}, …) for every entry" if tests else ""
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _of_call(name, args)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math" | "np" | "numpy"), attr=name), args=args):
            return f"write {name}({', '.join(map(text, args))}) with the {name} of inversa.autograd, if there is one"
        case ast.Call(func=ast.Attribute(value=x, attr="any")):
            return f"write where({text(x)}, 1.0, 0.0).max() > 0"
        case ast.Call(func=ast.Attribute(value=x, attr="all")):
            return f"write where({text(x)}, 1.0, 0.0).min() > 0"
        case ast.Attribute(value=x, attr="data") | ast.Call(func=ast.Attribute(value=x, attr="item" | "numpy")):
            if isinstance(x, ast.Call) and isinstance(x.func, ast.Attribute) and x.func.attr == "detach":
                return f"write {text(x)}"
            return f"compute with {text(x)}, or with {text(x)}.detach() where no gradient is to flow"
        case ast.Subscript(value=rows, slice=index) if node is path[-1] or index in path:
            match index:
                case ast.Call(func=ast.Name(id="int"), args=[x]):
                    return f"write take({text(rows)}, {text(x)})"
                case ast.Slice() | ast.Tuple():
                    return ""
            return f"write take({text(rows)}, {text(index)})"
        case ast.JoinedStr():
            return "leave out the text, and look at what the compiled function gives"
    return ""


def _of_call(name: str, args: Sequence[ast.expr]) -> str:
    """What to write for a call of one of Python's own functions."""
    text = ast.unparse
    match name, args:
        case (("max" | "min"), [a, b]):
            return f"write {name}imum({text(a)}, {text(b)})"
        case (("max" | "min"), [*numbers]) if numbers:
            given = _as_list(numbers[0]) if len(numbers) == 1 else f"[{', '.join(map(text, numbers))}]"
            return f"write autograd.{name}({given}), after `from inversa import autograd`"
        case (("any" | "all"), [ast.GeneratorExp(elt=test, generators=loops)]):
            most, each = "max" if name == "any" else "min", ast.Name(f"where({_condition(test)}, 1.0, 0.0)")
            return f"write autograd.{most}({text(ast.ListComp(each, loops))}) > 0, after `from inversa import autograd`"
        case "range", _:
            return "give the number of turns as an argument of its own, a plain integer"
        case "float", [x]:
            return f"leave out float(): write {text(x)}"
        case (("print" | "str" | "repr" | "format"), _):
            return f"leave out {name}(), and look at what the compiled function gives"
    return ""


def _as_list(x: ast.expr) -> str:
    return ast.unparse(ast.ListComp(x.elt, x.generators) if isinstance(x, ast.GeneratorExp) else x)


def _asks(test: ast.expr, node: ast.AST, path: Sequence[ast.AST]) -> bool:
    """Whether the path ends where it is asked if a test holds, and not in something that is computed for it."""
    last = path[-1]
    if last is node:  # as Python 3.11 has it for a test that is a name
        return True
    return test in path and all(isinstance(x, (ast.BoolOp, ast.UnaryOp)) for x in path[path.index(test) : -1])


def _of_statement(node: ast.If, path: Sequence[ast.AST]) -> str:
    """An ``if`` whose branches return something, or set the same variable, in one line; else the test alone."""
    condition = _condition(node.test)
    if returned := _returned([node, *_following(node, path)]):
        return f"return {returned}"
    match node.body, node.orelse:
        case [ast.Assign(targets=[x], value=a)], [ast.Assign(targets=[y], value=b)] if ast.unparse(x) == ast.unparse(y):
            return f"{ast.unparse(x)} = where({condition}, {ast.unparse(a)}, {ast.unparse(b)})"
        case [ast.Assign(targets=[x], value=a)], []:
            return f"{ast.unparse(x)} = where({condition}, {ast.unparse(a)}, {ast.unparse(x)})"
    return f"where({condition}, …, …) for each result that depends on it"


def _returned(statements: Sequence[ast.stmt]) -> str:
    """What these statements return, as one expression; '' if they do more than that."""
    match statements:
        case [ast.Return(value=ast.expr() as x), *_]:
            return ast.unparse(x)
        case [ast.If(test=test, body=body, orelse=otherwise), *rest]:
            a, b = _returned([*body, *rest]), _returned([*otherwise, *rest])
            return f"where({_condition(test)}, {a}, {b})" if a and b else ""
    return ""


def _following(node: ast.If, path: Sequence[ast.AST]) -> list[ast.stmt]:
    """What stands after an ``if`` in the same block."""
    for parent in path:
        for block in ("body", "orelse"):
            statements = getattr(parent, block, None)
            if isinstance(statements, list) and node in statements:
                return statements[statements.index(node) + 1 :]
    return []


def _condition(test: ast.expr) -> str:
    """A test as a condition of `where`: with & and | in place of words, which ask for the truth of one number."""
    match test:
        case ast.BoolOp(op=op, values=values):
            return (" & " if isinstance(op, ast.And) else " | ").join(f"({_condition(x)})" for x in values)
        case ast.Compare(left=left, ops=[_, _, *_] as ops, comparators=others):
            pairs = zip([left, *others], ops, others, strict=False)
            return " & ".join(f"({ast.unparse(ast.Compare(a, [op], [b]))})" for a, op, b in pairs)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() as x):
            return f"{ast.unparse(x)} == 0"
        case ast.UnaryOp(op=ast.Not(), operand=x):
            return f"where({_condition(x)}, 0.0, 1.0) > 0"
        case ast.Name():
            return f"{ast.unparse(test)} != 0"
    return ast.unparse(test)

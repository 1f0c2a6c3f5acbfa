"""Files of what a page shows: their names, their types and their contents."""

from __future__ import annotations

import ast
import re
from typing import Literal

from inversa.autograd.languages import Lang, texts
from inversa.viz.livepage.choosing import Subject
from inversa.viz.livepage.handout import handout
from inversa.viz.livepage.running import usual_names
from inversa.viz.livepage.showing import figure, gradients, played

What = Literal["picture", "player", "handout", "python"]


def python(code: str) -> dict[str, str]:
    """The code with the imports that it needs elsewhere, as a file: its "name", its "type", and its "text"."""
    return {"name": "inversa.py", "type": "text/x-python", "text": importing(code)}


def saved(what: str, subject: Subject, lang: Lang) -> dict[str, str]:
    """A file of what is shown: a "picture" is SVG, a "player" and a "handout" are pages."""
    name = f"{_as_file_name(subject.name)}_{texts(lang).live[f'file {what}']}"
    if what == "picture":
        return {"name": f"{name}.svg", "type": "image/svg+xml", "text": figure(subject, lang).svg()}
    run = played(subject, lang)
    if what == "player":
        return {"name": f"{name}.html", "type": "text/html", "text": run.html()}
    table = gradients(subject, lang)
    return {"name": f"{name}.html", "type": "text/html", "text": handout(run, table["columns"], table["rows"], lang)}


def _as_file_name(name: str) -> str:
    """A name that every system takes.

    >>> _as_file_name("J"), _as_file_name("../a|b"), _as_file_name("")
    ('J', 'a_b', 'inversa')
    """
    return re.sub(r"\W+", "_", name).strip("_")[:40] or "inversa"


def importing(code: str) -> str:
    r"""The code with imports of the names that a page has without any.

    They stand behind the code's own description and what it imports from the future. What is no Python stays as it is.

    Examples
    --------
    >>> from inversa.viz.livepage.saving import importing
    >>> print(importing("# A neuron.\nw = Value(0.5)\nh = tanh(w)"))
    from inversa.autograd import Value, tanh
    <BLANKLINE>
    # A neuron.
    w = Value(0.5)
    h = tanh(w)
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):  # saved as it is
        return code
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _bound(tree)
    needed = sorted({node.id for node in names} & usual_names().keys() - own)
    if not needed:
        return code
    packages = [name for name in needed if name in ("nn", "viz")]
    lines = [f"from inversa import {', '.join(packages)}"] if packages else []
    lines += [f"from inversa.autograd import {', '.join(rest)}"] if (rest := sorted({*needed} - {*packages})) else []
    written = code.splitlines(keepends=True)
    start = _start(tree)
    before, after = "".join(written[:start]), "".join(written[start:])
    return f"{before}{chr(10) if start else ''}{chr(10).join(lines)}\n\n{after}"


def _bound(tree: ast.AST) -> set[str]:
    """The names that imports, functions and classes bind, and the parameters of functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.arg(arg=name):
                found.add(name)
    return found


def _start(tree: ast.Module) -> int:
    """How many lines stand before the first import may."""
    start = 0
    for k, node in enumerate(tree.body):
        described = k == 0 and isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)
        if not described and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        start = node.end_lineno or 0
    return start

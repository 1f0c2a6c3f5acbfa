"""Docstrings in the site: the names that they mention, the classes behind a class, and signs that are no markup."""

from __future__ import annotations

import inspect
import re
from typing import Any

from inversa import autograd, nn, viz
from inversa.nn import data, estimators, losses, optim, training

# Every public object by the name under which it was defined: `inversa.autograd.value.Value`.
PUBLIC = {
    f"{getattr(getattr(package, name), '__module__', package.__name__)}.{name}"
    for package in (autograd, nn, data, losses, optim, training, estimators, viz)
    for name in dir(package)
}


def complete(_app: Any, what: str, _name: str, thing: Any, _options: Any, lines: list[str]) -> None:
    """Say what a class is derived from, and keep |x| from being taken for the name of something to be put there."""
    example = False
    for number, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            lines[number] = re.sub(r"(``.*?``)|\|", lambda match: match[1] or r"\|", line)
    if what in ("class", "exception"):
        above = (base for base in thing.__mro__[1:] if f"{base.__module__}.{base.__name__}" in PUBLIC)
        if base := next(above, None):
            lines[:0] = [f"Derived from `~{base.__module__}.{base.__name__}`.", ""]


def sign(_app: Any, _what: str, _name: str, thing: Any, *_: Any) -> tuple[str, str] | None:
    """Show the arguments of a loss, an object with a signature of its own, as those of functions: without types."""
    if not isinstance(thing, losses.Loss):
        return None
    signature = inspect.signature(thing)
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=bare)), ""


def skip(_app: Any, _what: str, _name: str, thing: Any, _skipped: bool, _options: Any) -> bool | None:
    """Leave out the fields of tuples, which have nothing to say for themselves: their classes describe them."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def resolve(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Find what a docstring means by the end of a public name, such as ``Figure.render``.

    Of several things the one in the same package is meant. A name that fits nothing, or too much, is left to Sphinx,
    which warns.
    """
    if node["refdomain"] != "py":
        return None
    domain, target = env.domains.python_domain, node["reftarget"].partition("(")[0]
    found = [name for name, entry in domain.objects.items() if name.endswith(f".{target}") and not entry.aliased]
    near = [name for name in found if name.startswith(f"{node.get('py:module')}.")]
    for names in (found, near):
        if len(names) == 1:
            return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", names[0], node, content)
    return None

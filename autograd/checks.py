"""Checks of arguments. Every message has one form: what the argument is, an example, and what was given instead."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from numbers import Real
from typing import Any, TypeVar

S = TypeVar("S", bound=str)

MAX_SHOWN = 60  # characters of a given thing that a message repeats


def wrong(name: str, wanted: str, given: Any, example: str = "", kind: type[Exception] = ValueError) -> Exception:
    """The error that says what ``name`` is, gives an example, and shows what was given.

    Examples
    --------
    >>> from inversa.autograd.checks import wrong
    >>> print(wrong("epochs", "a positive integer", "ten", "10"))
    epochs is a positive integer, such as 10, not 'ten'
    """
    such = f", such as {example}" if example else ""
    return kind(f"{name} is {wanted}{such}, not {shown(given)}")


def shown(given: Any) -> str:
    """What was given, in few words: an array by its shape, anything long by its beginning."""
    shape = getattr(given, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{_article(type(given).__name__.removeprefix('nd'))} of the shape {shape}"
    if isinstance(given, type):
        return f"the class {given.__name__}"
    if callable(given) and hasattr(given, "__name__"):
        return f"the function {given.__name__}"
    text = repr(given)
    return text if len(text) <= MAX_SHOWN else f"{_article(type(given).__name__)}, {text[:MAX_SHOWN]}…"


def number(
    name: str,
    x: Any,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    example: str = "",
    unit: str = "",
) -> float:
    """``x`` as a float, if it is a finite number within the bounds; a NumPy float64 would widen float32 arrays.

    Parameters
    ----------
    name : str
        What the message calls it.
    x : object
        What was given.
    above, below, at_least, at_most : float
        The bounds: ``above`` and ``below`` are themselves not allowed.
    example : str
        A value that is allowed, as one types it.
    unit : str
        What the number counts, as in "pixels".

    Raises
    ------
    ValueError
        For anything else: booleans, texts, arrays, nan and infinities too.

    Examples
    --------
    >>> from inversa.autograd.checks import number
    >>> number("lr", 1, above=0)
    1.0
    >>> number("momentum", 1.5, at_least=0, below=1, example="0.9")
    Traceback (most recent call last):
    ...
    ValueError: momentum is a number from 0 to below 1, such as 0.9, not 1.5
    """
    if type(x) is not bool and isinstance(x, Real):
        try:
            given = float(x)
        except OverflowError:  # 10**400
            given = math.inf
        if math.isfinite(given) and above < given < below and at_least <= given <= at_most:
            return given
    raise wrong(name, _range(above, below, at_least, at_most) + (f" of {unit}" if unit else ""), x, example)


def positive(name: str, x: Any) -> float:
    """``x`` as a float, if it is a positive number."""
    return number(name, x, above=0)


def not_negative(name: str, x: Any) -> float:
    """``x`` as a float, if it is 0 or a positive number."""
    return number(name, x, at_least=0)


def count(name: str, x: Any, *, at_least: int = 1, example: str = "") -> int:
    """``x`` as an int, if it is an integer and not too small; a boolean is none.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> from inversa.autograd.checks import count
    >>> count("epochs", 2.5, example="10")
    Traceback (most recent call last):
    ...
    ValueError: epochs is a positive integer, such as 10, not 2.5
    """
    words = {0: "0 or a positive integer", 1: "a positive integer"}.get(at_least, f"an integer from {at_least}")
    if not isinstance(x, bool) and hasattr(x, "__index__") and not getattr(x, "shape", ()):
        try:
            whole = operator.index(x)
        except TypeError:
            raise wrong(name, words, x, example) from None
        if whole >= at_least:
            return whole
    raise wrong(name, words, x, example)


def flag(name: str, x: Any) -> bool:
    """``x``, if it is True or False (or NumPy's).

    Raises
    ------
    ValueError
        For anything else: a 0 may be meant for the argument beside it.
    """
    if isinstance(x, bool) or type(x).__name__ in ("bool", "bool_"):  # NumPy's, which need not be imported for that
        return bool(x)
    raise wrong(name, "True or False", x)


def choice(name: str, x: Any, choices: Iterable[S], otherwise: str = "") -> S:
    """``x``, if it is one of the texts.

    Parameters
    ----------
    name : str
        What the message calls it.
    x : object
        What was given.
    choices : iterable of str
        The texts that are allowed.
    otherwise : str
        What else is allowed, as in "a function".

    Raises
    ------
    ValueError
        It lists the choices, the one that is nearest first.

    Examples
    --------
    >>> from inversa.autograd.checks import choice
    >>> choice("solver", "adm", ["sgd", "adam"])
    Traceback (most recent call last):
    ...
    ValueError: solver is one of 'adam', 'sgd', not 'adm'
    """
    known = list(choices)
    if isinstance(x, str) and x in known:
        return x
    near = nearest(x, known, 0.7) if isinstance(x, str) else ""
    listed = ", ".join(map(repr, sorted(known, key=lambda k: k != near)))
    raise wrong(name, f"one of {listed}" + (f", or {otherwise}" if otherwise else ""), x)


def nearest(name: str, known: Iterable[str], similarity: float = 0.6) -> str:
    """The name that is most likely meant, or "" where none is so similar: 1 is the same, 0 has no letter in common.

    >>> nearest("learning_rat", ["lr", "learning_rate"]), nearest("x", ["lr", "learning_rate"])
    ('learning_rate', '')
    """
    import difflib  # here alone: it would be half the time that importing the scalar engine takes

    return next(iter(difflib.get_close_matches(name, known, 1, similarity)), "")


def _range(above: float, below: float, at_least: float, at_most: float) -> str:
    least, most = max(above, at_least), min(below, at_most)
    if least == -math.inf:
        return "a finite number" if most == math.inf else f"a number {'below' if below == most else 'up to'} {most:g}"
    if most == math.inf:
        if least == 0:
            return "a positive number" if above == 0 else "0 or a positive number"
        return f"a number {'above' if above == least else 'from'} {least:g}"
    begin = "above" if above == least else "from"
    end = "below" if below == most else ""
    return f"a number {begin} {least:g} to {end}{' ' if end else ''}{most:g}"


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"

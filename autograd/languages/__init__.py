"""Languages: what is printed and drawn, one file a language. A file more in this folder is a language more.

English is spoken unless a call (``lang="es"``) or `set_language` says otherwise. The first use of a language loads it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule

if TYPE_CHECKING:
    import pkgutil

    from inversa.autograd.languages._language import Language
else:
    pkgutil = LazyModule("pkgutil")

__all__ = ["Lang", "language", "languages", "set_language", "texts"]

Lang = Literal["en", "es"]  # the languages of this folder, for type checkers and editors

_chosen: Lang = "en"


def languages() -> tuple[str, ...]:
    """The languages that there are: the names of the files in this folder."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


@cache
def texts(lang: str) -> Language:
    """The texts of a language.

    >>> texts("es").rules[7]
    ('punto de bifurcación', 'suma de salidas')
    """
    return import_module(f"{__name__}.{lang}").LANGUAGE  # type: ignore[no-any-return]


def language(lang: str | None = None) -> Lang:
    """The language that was asked for; of None, the chosen one."""
    if lang is None:
        return _chosen
    return cast("Lang", checks.choice("lang", lang, languages()))


def set_language(lang: Lang) -> None:
    """Choose the language of pictures, plots and tables to come; calls that name theirs (``lang=…``) keep it.

    One line at the beginning of a notebook is then enough. It holds for the whole process.

    Parameters
    ----------
    lang : {"en", "es"}
        The language of its words.

    Raises
    ------
    ValueError
        For any other language.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> square = Value(2.0, name="x") ** 2
    >>> viz.set_language("es")
    >>> print(viz.draw(square).alt_text()[:22])
    Grafo de operaciones d
    >>> print(square.inverse())
    ①⑤ v1  unidad 1, derivada f. de activación: a x × 2 · x = 4.0
    ⑤ x  derivada f. de activación
    >>> viz.set_language("en")
    """
    global _chosen
    _chosen = language(lang)

"""The language of what is printed and drawn: English, unless a call or `set_language` says otherwise."""

from __future__ import annotations

from inversa.autograd import checks

LANGUAGES = ("en", "es")

_chosen = LANGUAGES[0]


def set_language(lang: str) -> None:
    """Choose the language of pictures, plots and tables to come; calls that name theirs (``lang=…``) keep it.

    One line at the beginning of a notebook is then enough. It holds for the whole process.

    Parameters
    ----------
    lang : {"en", "es"}
        English or Spanish.

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


def language(lang: str | None = None) -> str:
    """The language that was asked for; of None, the chosen one."""
    if lang is None:
        return _chosen
    return checks.choice("lang", lang, LANGUAGES)

"""Sentences and names as pictures print them, in one of the languages of `inversa.autograd.languages`."""

from __future__ import annotations

import re
from typing import Any

from inversa.autograd.languages import texts
from inversa.viz.lettering.numbers import count


def say(key: str, lang: str, **values: Any) -> str:
    """A sentence in a language, its blanks filled in.

    >>> say("shown", "es", shown=count(41), total=count(3122))
    '3 122 nodos en 41 cajas.'
    """
    return texts(lang).picture[key].format(**values)


def way(view: str, upright: bool, lang: str) -> str:
    """Which way the signals of a view flow.

    >>> way("forward", False, "en"), way("inverse", True, "es")
    ('left to right', 'de abajo arriba')
    """
    ends = ("top", "bottom") if upright else ("left", "right")
    start, end = ends if view == "forward" else ends[::-1]
    return say(f"{start} to {end}", lang)


# What `inversa.nn` calls the parts of its networks and its losses: pictures translate these, and no others.
_TITLE = re.compile(r"(hidden|output) (layer|neuron)( \d+)?(?:\.neuron(| \d+))?")


def translated(title: str, lang: str, inverse: bool = False) -> str:
    """The title of a layer or neuron of `inversa.nn` in another language; any other title as it is.

    >>> translated("hidden neuron 1", "es"), translated("output layer", "es"), translated("my layer", "es")
    ('neurona oculta 1', 'capa de salida', 'my layer')
    >>> translated("hidden layer 2 (3)", "es"), translated("my layer (linear)", "es")
    ('capa oculta 2 (3)', 'my layer (linear)')
    >>> translated("hidden layer 2.neuron 3", "en"), translated("hidden layer 2.neuron", "es")
    ('neuron 3 of hidden layer 2', 'neurona de la capa oculta 2')
    """
    title, _, call = title.partition(" (")  # which call of the module it is
    if call:
        return f"{translated(title, lang, inverse)} ({call}"
    match = _TITLE.fullmatch(title)
    if match is None:
        return title
    where, what, number = (part or "" for part in match.groups()[:3])
    neuron = match[4]  # its number, empty for the only one of its layer; None for a layer
    return texts(lang).part(where, what, number, neuron, inverse)


def inverted(title: str, lang: str) -> str:
    """What the inverse of a neuron or layer is called.

    >>> inverted("hidden neuron 1", "en"), inverted("output neuron", "es"), inverted("mine", "en")
    ('inverse hidden neuron 1', 'neurona inversa de salida', 'inverse: mine')
    """
    if not title or _TITLE.fullmatch(title.partition(" (")[0]):
        return translated(title, lang, inverse=True)
    return say("inverse of any", lang, layer=title)


def activation_name(name: str, lang: str) -> str:
    """What an activation function is called.

    >>> activation_name("sigmoid", "es"), activation_name("tanh", "es")
    ('sigmoide', 'tanh')
    """
    return texts(lang).activations.get(name, name)


def loss_name(name: str, lang: str) -> str:
    """What a loss is called.

    >>> loss_name("mean_squared_error", "en"), loss_name("mean_squared_error", "es")
    ('mean squared error', 'error cuadrático medio')
    """
    return texts(lang).losses.get(name) or name.replace("_", " ")


def counted(noun: str, n: int, lang: str) -> str:
    """A number of things.

    >>> counted("parameter", 1, "en"), counted("parameter", 1200, "es")
    ('1 parameter', '1 200 parámetros')
    """
    return say(noun, lang) if n == 1 else say(noun + "s", lang, n=count(n))


def block_title(first: int, last: int, rows: int, lang: str) -> str:
    """What blocks of rows are called.

    >>> block_title(1, 1, 3, "en"), block_title(3, 11, 1, "es")
    ('block 1, 3 rows', 'bloques 3 a 11, 1 fila')
    """
    key = "block" if first == last else "blocks"
    return say(key, lang, first=count(first), last=count(last), rows=counted("row", rows, lang))

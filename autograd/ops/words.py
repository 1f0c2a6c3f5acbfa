"""The words in the declarations of operations, and in what is printed about them, in both languages.

Declarations are written in English: ``"max of windows of {x}"``. Names of functions that both languages share, such as
tanh or softmax, are no words.
"""

from __future__ import annotations

import re

_SPANISH = {
    # Symbols and notations.
    "max of windows": "máx. de ventanas",
    "to max of windows": "al máx. de ventanas",
    "windows of": "ventanas de",
    "windows": "ventanas",
    "cross-entropy": "entropía cruzada",
    "of": "de",
    "mean": "media",
    "std": "desv. típica",
    "reshape": "redimensionar",
    "broadcast": "repetir",
    "repeated": "repetido",
    "scatter": "esparcir",
    "concatenate": "concatenar",
    "stack": "apilar",
    "pad": "rellenar",
    "padded": "rellenado",
    "fold": "plegar",
    "in place": "en su lugar",
    "at": "en",
    "where": "donde",
    "sign": "signo",
    "clip": "recortar",
    "round": "redondear",
    "leaky relu": "relu con fuga",
    "step": "escalón",
    "sin": "sen",
    "max": "máx",
    "min": "mín",
    "dropped": "descartado",
    "or": "o",
    # Derivatives.
    "at the maximum": "en el máximo",
    "at the minimum": "en el mínimo",
    "if chosen": "si se elige",
    "if": "si",
    "inside": "dentro",
    "or the slope": "o la pendiente",
    # Printed tables.
    "to": "a",
    "layer": "capa",
    "kind": "clase",
    "output": "salida",
    "parameters": "parámetros",
    "input": "entrada",
    "total": "total",
    "epoch": "época",
    "training": "entrenamiento",
    "validation": "validación",
}
_PHRASE = re.compile(rf"(?<![\w{{])(?:{'|'.join(sorted(map(re.escape, _SPANISH), key=len, reverse=True))})(?![\w}}])")


def worded(text: str, lang: str) -> str:
    """A declaration's text in a language; operands in braces, signs and numbers stay.

    >>> worded("max of windows of {x}", "es"), worded("1 if {a} > {b}", "es"), worded("mean {x}", "en")
    ('máx. de ventanas de {x}', '1 si {a} > {b}', 'mean {x}')
    """
    return text if lang == "en" else _PHRASE.sub(lambda match: _SPANISH[match[0]], text)

"""The eight rules of the inverse neuron: what every element of a network becomes when it is run backwards.

Backpropagation is running another network, the inverse one, in which each element has been replaced by its dual:
J. Luque, *Fundamentos del aprendizaje automático* (lecture on deep learning, "Backpropagation, resumen"). It is the
adjoint network of E. A. Wan and F. Beaufays, "Diagrammatic derivation of gradient algorithms for neural networks",
Neural Computation 8(1), 1996: reverse every arrow, swap sums and branching points, replace functions by derivatives.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from inversa.autograd.languages import texts


class Names(NamedTuple):
    """What a rule's forward element and its dual are called in one language."""

    forward: str
    inverse: str


class Rule(Enum):
    """One of the eight rules; its value is its number in the lecture's table.

    >>> Rule.ACTIVATION.value, Rule.ACTIVATION.names("en").inverse
    (5, 'derivative ψ′')
    >>> Rule.BRANCHING.names("es").inverse
    'suma de salidas'
    """

    COST = 1
    LOSS = 2
    NEURON = 3
    SUM = 4
    ACTIVATION = 5
    WEIGHTED_INPUT = 6
    CONSTANT_INPUT = 7
    BRANCHING = 8

    @property
    def mark(self) -> str:
        """The number in a circle, ① to ⑧, as pictures print it."""
        return "①②③④⑤⑥⑦⑧"[self.value - 1]

    def names(self, lang: str = "en") -> Names:
        """The names of the forward element and of its dual, in a language (``en``, ``es``)."""
        return Names(*texts(lang).rules[self.value - 1])

"""Chance: the random numbers of the playground, the same in Python and in pages for a seed.

NumPy's generators are not to be had in a page. This one is small and known to be good: xoshiro128** of D. Blackman and
S. Vigna, "Scrambled linear pseudorandom number generators", ACM Transactions on Mathematical Software 47(4), 2021; its
four words are filled by SplitMix32, as its authors recommend. ``web/chance.js`` is its twin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import cos, log, pi, sqrt
from typing import Any

from inversa.autograd import checks

WORD = 0xFFFFFFFF

# What first weights are drawn from, as `inversa.nn.init` does: the distribution, and its bound or deviation, a number
# or the root of a number over the neuron's inputs, or over inputs and outputs together.
INITIAL: dict[str, dict[str, Any]] = {
    "zeros": {"draw": "uniform", "scale": 0.0},
    "uniform": {"draw": "uniform", "scale": 1.0},
    "normal": {"draw": "normal", "scale": 0.01},
    "glorot_uniform": {"draw": "uniform", "root": 6, "over": ["inputs", "outputs"]},
    "glorot_normal": {"draw": "normal", "root": 2, "over": ["inputs", "outputs"]},
    "he_uniform": {"draw": "uniform", "root": 6, "over": ["inputs"]},
    "he_normal": {"draw": "normal", "root": 2, "over": ["inputs"]},
}
PURPOSES = ("weights", "data", "order")  # each draws from a stream of its own, so that one does not disturb another


class Chance:
    """A generator of random numbers.

    Parameters
    ----------
    seed : int
        From 0 to 2³² − 1.
    purpose : {"weights", "data", "order"}
        What the numbers are for: each has a stream of its own.

    Raises
    ------
    ValueError
        For other seeds and purposes.

    Examples
    --------
    >>> from inversa.viz.playing.chance import Chance
    >>> chance = Chance(0)
    >>> chance.uniform(), chance.permutation(4)
    (0.41675133258104324, [3, 2, 1, 0])
    """

    def __init__(self, seed: int, purpose: str = "weights") -> None:
        if checks.count("seed", seed, at_least=0) > WORD:
            raise checks.wrong("seed", "a whole number below 2³²", seed, "0")
        checks.choice("purpose", purpose, PURPOSES)
        word = (seed + PURPOSES.index(purpose) * 0x85EBCA6B) & WORD
        self.state = []
        for _ in range(4):
            word, mixed = _split_mix(word)
            self.state.append(mixed)

    @classmethod
    def of(cls, words: Sequence[int]) -> Chance:
        """One that goes on where another one was: from its ``state``."""
        chance = cls(0)
        chance.state = list(words)
        return chance

    def word(self) -> int:
        """The next 32 bits."""
        a, b, c, d = self.state
        found = _rotated(b * 5 & WORD, 7) * 9 & WORD
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ (b << 9 & WORD), _rotated(d, 11)]
        return found

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from low to below high."""
        return low + (high - low) * (self.word() / 2**32)

    def normal(self, deviation: float = 1.0) -> float:
        """A normally distributed number with mean 0, by the formula of Box and Muller."""
        radius = sqrt(-2 * log(1 - self.uniform()))
        return deviation * radius * cos(2 * pi * self.uniform())

    def permutation(self, n: int) -> list[int]:
        """The numbers below n in a random order, by the method of Fisher and Yates."""
        order = list(range(n))
        for last in range(n - 1, 0, -1):
            chosen = int(self.uniform() * (last + 1))
            order[last], order[chosen] = order[chosen], order[last]
        return order

    def batches(self, n: int, size: int | None, shuffle: bool = True) -> Iterator[list[int]]:
        """The rows of every batch of an epoch over n samples, the last of which may be smaller; all, without a size."""
        order = self.permutation(n) if shuffle else list(range(n))
        size = n if size is None else size
        return (order[i : i + size] for i in range(0, n, size))

    def weights(self, initial: str, outputs: int, inputs: int) -> list[list[float]]:
        """First weights of a layer, one row a neuron; biases start at 0."""
        checks.choice("initial", initial, INITIAL)
        kind = INITIAL[initial]
        bound = scale(kind, {"inputs": inputs, "outputs": outputs})
        draw = partial(self.uniform, -bound, bound) if kind["draw"] == "uniform" else partial(self.normal, bound)
        return [[draw() for _ in range(inputs)] for _ in range(outputs)]


def scale(kind: dict[str, Any], fans: dict[str, int]) -> float:
    """The bound of a uniform distribution, or the deviation of a normal one."""
    if "scale" in kind:
        return float(kind["scale"])
    return sqrt(kind["root"] / sum(fans[name] for name in kind["over"]))


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & WORD


def _split_mix(word: int) -> tuple[int, int]:
    """One step of SplitMix32: its state, and the word that comes out."""
    word = (word + 0x9E3779B9) & WORD
    z = word
    z = (z ^ z >> 16) * 0x21F0AAAD & WORD
    z = (z ^ z >> 15) * 0x735A2D97 & WORD
    return word, z ^ z >> 15

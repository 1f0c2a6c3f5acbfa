"""Dropout: neurons are switched off at random while the network is being trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import where
from inversa.autograd.ops.namespace import np
from inversa.nn.module import Module

if TYPE_CHECKING:
    from inversa.nn.init import Seed


class Dropout(Module):
    """In training every entry is 0 with probability p, and divided by 1 − p otherwise; else nothing changes.

    The division keeps the expected value ("inverted" dropout), so that ``eval()`` need not scale anything. Every call
    switches off other entries.

    Parameters
    ----------
    p : float
        The probability of switching an entry off, from 0 up to but not including 1. The lecture's p is the probability
        of keeping it: its p = 0.8 is ``Dropout(0.2)``, here as in every library.
    seed : int or numpy Generator, optional
        What decides; without one, every run differs.

    Attributes
    ----------
    generator : numpy Generator
        Where the random numbers come from.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a simple way to prevent neural
    networks from overfitting", Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import Dropout
    >>> dropout = Dropout(0.5, seed=0)
    >>> dropout(Tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    [2.0, 0.0, 0.0, 0.0]
    >>> dropout.eval()(Tensor([1.0, 2.0, 3.0, 4.0])).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"the probability of switching an entry off is at least 0 and below 1, not {p}")
        self.p = p
        self.generator = np.random.default_rng(seed)

    def forward(self, x: Any) -> Any:
        """The same shape; a list, such as the Values of a layer of neurons, gives a list."""
        if not self.training:
            return x
        if isinstance(x, (list, tuple)):
            return [self.forward(entry) for entry in x]
        kept = self.generator.random(getattr(x, "shape", ())) >= self.p
        return where(kept, x / (1 - self.p), 0.0)

    def extra_repr(self) -> str:
        """The probability."""
        return str(self.p)

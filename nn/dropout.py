"""Dropout: neurons are switched off at random while the network is being trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from inversa.autograd import Rule, checks, operation, where
from inversa.autograd.compiling.effects import draw_random
from inversa.autograd.lazy import LazyModule, np
from inversa.nn.module import Module

if TYPE_CHECKING:
    from inversa.autograd.kernels import compiling
    from inversa.autograd.kernels import dropout as kernels
    from inversa.nn.init import Seed

    X = TypeVar("X")
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import
    kernels = LazyModule("inversa.autograd.kernels.dropout")


@operation(
    "dropout",
    Rule.WEIGHTED_INPUT,
    notation="{x} or dropped",
    derivatives=("1 / (1 − p) or 0",),
    parameters=("condition", "p"),
    composition=lambda x, *, condition, p: where(condition, x / (1 - p), 0.0),
)
def drop(xp: Any, x: Any, condition: Any, p: float = 0.5) -> Any:
    """x / (1 − p) where the condition holds, 0 elsewhere: what `Dropout` does once it has decided.

    Parameters
    ----------
    x : a number, or an array of any shape
    condition : bool, or an array of them of the same shape
        Whether to keep it.
    p : float
        The probability with which an entry was to be dropped.

    Examples
    --------
    >>> from inversa.nn.dropout import drop
    >>> drop(3.0, True, p=0.25), drop(3.0, False, p=0.25)
    (4.0, 0.0)
    """
    fits = type(x) is np.ndarray and x.dtype in (np.float32, np.float64) and x.shape == np.shape(condition)
    if fits and compiling.HAS_NUMBA:
        out = np.empty(x.shape, x.dtype)
        kernels.drop(_flat(x), _flat(np.asarray(condition)), x.dtype.type(1 - p), out.reshape(-1))
        return out  # the same numbers as from the formula, and faster at every size
    return xp.where(condition, x / (1 - p), 0.0)


def _flat(x: Any) -> Any:
    """As the kernel takes it. It is also writable, since Numba compiles everything again for arrays that are not."""
    return (x if x.flags.carray else x.copy("C")).reshape(-1)


drop.pullbacks(lambda g, _y, _x, *, condition, p: drop(g, condition, p))


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

    Raises
    ------
    ValueError
        When p is no such number.

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
        self.p = checks.number("p, the probability of switching an entry off,", p, at_least=0, below=1, example="0.5")
        self.generator = np.random.default_rng(seed)

    if TYPE_CHECKING:

        def __call__(self, x: X) -> X:
            """A Tensor of a Tensor, a list of a list."""

    def forward(self, x: Any) -> Any:
        """The same shape; a list, such as the Values of a layer of neurons, gives a list."""
        if not self.training or self.p == 0:
            return x
        if isinstance(x, (list, tuple)):
            return [self.forward(entry) for entry in x]
        shape = getattr(x, "shape", ())
        return drop(x, draw_random(shape, lambda: self.generator.random(shape) >= self.p, near=x), self.p)

    def extra_repr(self) -> str:
        """The probability."""
        return str(self.p)

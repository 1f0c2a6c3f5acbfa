"""Maxout: the largest of several linear neurons, an activation function that is learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks
from inversa.autograd.lazy import np
from inversa.nn.init import glorot_uniform
from inversa.nn.layers import Initialiser, Linear

if TYPE_CHECKING:
    from inversa.nn.init import Seed


class Maxout(Linear):
    """Every output is max(w₁ᵀx + b₁, w₂ᵀx + b₂, …): a convex function of straight pieces, whose shape is learnt.

    Two pieces can be ReLU (one of them is 0) or the absolute value (one is the opposite of the other). Ties share the
    gradient equally.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    pieces : int
        Of how many linear neurons every output is the largest. Those of output j are ``pieces`` rows of
        ``weight``, from row ``pieces * j`` on.
    seed, init, dtype
        As for `Linear`.

    References
    ----------
    I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville and Y. Bengio, "Maxout networks", ICML 2013.

    Examples
    --------
    >>> from inversa.nn import Maxout
    >>> layer = Maxout(3, 4, pieces=2, seed=0)
    >>> layer([[1.0, 2.0, 3.0]]).shape, layer.parameter_count()
    ((1, 4), 32)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        pieces: int = 2,
        *,
        seed: Seed = None,
        init: Initialiser = glorot_uniform,
        dtype: Any = "float64",
    ) -> None:
        outputs, pieces = checks.count("outputs", outputs, example="4"), checks.count("pieces", pieces, example="2")
        super().__init__(inputs, outputs * pieces, seed=seed, init=init, dtype=dtype)
        self.pieces = pieces

        self.names = ("z", "a")  # what pictures call the sums and the output

    @classmethod
    def of(cls, pieces: Sequence[tuple[float, float]]) -> Maxout:
        """One neuron of one input, the largest of these straight lines.

        Parameters
        ----------
        pieces : sequence of (slope, intercept)

        Raises
        ------
        ValueError
            Unless the pieces are pairs of finite numbers, at least one.

        Examples
        --------
        >>> from inversa.nn import Maxout
        >>> absolute = Maxout.of([(1, 0), (-1, 0)])
        >>> absolute([[-2.0], [3.0]]).tolist()
        [[2.0], [3.0]]
        """
        try:
            lines = np.array(pieces, dtype=float)
            if lines.ndim != 2 or lines.shape[1] != 2 or not len(lines) or not np.isfinite(lines).all():
                raise ValueError
        except (TypeError, ValueError):
            wanted = "a list of pairs (slope, intercept)"
            raise checks.wrong("pieces", wanted, pieces, "[(1, 0), (-1, 0)]") from None
        neuron = cls(1, 1, len(lines), seed=0)
        neuron.weight[...], neuron.bias[...] = lines[:, :1], lines[:, 1]  # type: ignore[index]
        return neuron

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        z = super().forward(x).named(self.names[0])
        return z.reshape(*z.shape[:-1], self.outputs, self.pieces).max(axis=-1).named(self.names[1])

    @property
    def outputs(self) -> int:
        """How many numbers come out."""
        return self.weight.shape[0] // self.pieces

    def extra_repr(self) -> str:
        """The sizes and the number of pieces."""
        return f"{super().extra_repr()}, pieces={self.pieces}"

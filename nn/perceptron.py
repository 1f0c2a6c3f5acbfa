"""Perceptron: Rosenblatt's neuron, which answers 0 or 1, and the rule by which it learns."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, step
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import is_foreign, library, namespace
from inversa.nn.checks import check_finite, check_rows, check_weights
from inversa.nn.init import zeros
from inversa.nn.layers import Linear
from inversa.nn.parameter import assign

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


class ConvergenceWarning(UserWarning):
    """Training ended before its goal was reached, such as a perceptron that still makes errors after its last epoch."""


@dataclass
class PerceptronHistory:
    """What `Perceptron.fit` reports.

    Attributes
    ----------
    errors : list of int
        The errors of every epoch, each corrected when it was made.
    remaining : int
        The errors that the final weights make.
    """

    errors: list[int]
    remaining: int

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.errors)

    @property
    def converged(self) -> bool:
        """Whether every sample is classified correctly."""
        return self.remaining == 0


class Perceptron(Linear):
    """step(w·x + b): one neuron, or a row of them, that answers 1 where the sum is positive and else 0.

    The derivative of the step is 0, so no gradient can train it. It learns by Rosenblatt's rule instead; see `fit`.
    ``weight`` (outputs, inputs) and ``bias`` (outputs,) start at 0.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out; with several outputs each is a perceptron of its own.
    dtype : numpy dtype
        The type of the parameters.

    Examples
    --------
    >>> from inversa.nn import Perceptron
    >>> x = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> model = Perceptron(2)
    >>> model.fit(x, [0, 0, 0, 1], shuffle=False)  # AND
    PerceptronHistory(errors=[1, 3, 3, 2, 1, 0], remaining=0)
    >>> model(x).tolist()
    [[0.0], [0.0], [0.0], [1.0]]
    >>> model.weight.tolist(), model.bias.tolist()
    ([[2.0, 1.0]], [-2.0])

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
    Psychological Review 65(6), 1958.
    """

    def __init__(self, inputs: int, outputs: int = 1, *, dtype: Any = "float64") -> None:
        super().__init__(inputs, outputs, init=zeros, dtype=dtype)

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        h: Tensor = step(super().forward(x))
        return h

    def fit(  # type: ignore[override]  # no gradient is followed: other settings, another history
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        epochs: int = 100,
        lr: float = 1.0,
        seed: Seed = 0,
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        batch: bool = False,
        pocket: bool = False,
    ) -> PerceptronHistory:
        """Learn by Rosenblatt's rule: after every sample w ← w + η (y − h) x and b ← b + η (y − h).

        Only errors change anything, for else y − h = 0. Learning starts from the present weights and stops after an
        epoch without an error. That epoch comes if, and only if, a hyperplane separates the classes (Novikoff): count
        the bias as the weight of one more input, always 1. Starting at 0, the rule then corrects at most (R/γ)²
        errors, where R is the length of the longest input vector and γ the distance of the nearest one from a
        hyperplane through 0 that separates them.

        Parameters
        ----------
        x : array_like, shape (samples, inputs)
        y : array_like, shape (samples,) or (samples, outputs)
            The targets, 0 or 1.
        epochs : int
            How often every sample is seen at most.
        lr : float
            The learning rate η. When starting at 0 it scales the weights and changes no answer.
        seed : int or numpy Generator
            Of the order of the samples.
        shuffle : bool
            Whether every epoch has a random order.
        sample_weight : array_like, shape (samples,), optional
            What each sample's correction is multiplied by; a sample of weight 0 is left out.
        batch : bool
            Whether the corrections of an epoch are added at its end, all at once. Their order then does not matter.
        pocket : bool
            Whether to keep, for every output, the weights that made the fewest errors (by sample weight) at any time,
            rather than the last ones. For classes that overlap. Costs a look at all samples after each correction.

        Returns
        -------
        PerceptronHistory

        Warns
        -----
        ConvergenceWarning
            When errors are left after the last epoch; not with ``pocket``, which is meant for that.

        Raises
        ------
        ValueError
            For data or settings that do not fit; nothing is changed then.
        TypeError
            For arrays of other libraries than NumPy.

        Examples
        --------
        No line separates the classes of XOR, and three out of four is the best that one perceptron can do:

        >>> from inversa.nn import Perceptron
        >>> Perceptron(2).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], pocket=True).remaining
        1

        References
        ----------
        The bound: A. B. J. Novikoff, "On convergence proofs on perceptrons", Symposium on the Mathematical Theory of
        Automata, 1962. The pocket: S. I. Gallant, "Perceptron-based learning algorithms", IEEE Transactions on Neural
        Networks 1(2), 1990; here its ratchet turns at every correction.
        """
        inputs, targets, importance = self._samples(x, y, sample_weight)
        checks.count("epochs", epochs)
        lr = checks.positive("the learning rate", lr)
        generator = np.random.default_rng(seed)
        assert self.bias is not None
        w = np.column_stack([self.weight.numpy(), self.bias.numpy()])

        def wrong(rows: Any = slice(None)) -> Any:
            """Y − h: 1, −1, or 0 where the answer is right."""
            return targets[rows] - (inputs[rows] @ w.T > 0)

        def cost() -> Any:
            return (importance * abs(wrong())).sum(axis=0)

        best, lowest = w.copy(), cost()
        errors: list[int] = []
        for _ in range(epochs):
            order = generator.permutation(len(inputs)) if shuffle and not batch else np.arange(len(inputs))
            errors.append(0)
            for rows in [order] if batch else order[:, None]:
                correction = wrong(rows)
                if correction.any():
                    errors[-1] += int(np.count_nonzero(correction))
                    w += lr * (importance[rows] * correction).T @ inputs[rows]
                    if pocket:
                        now = cost()
                        best[now < lowest] = w[now < lowest]
                        lowest = np.minimum(lowest, now)
            if not errors[-1]:
                break
        if pocket:
            w = best
        assign(self.weight, w[:, :-1])
        assign(self.bias, w[:, -1])
        history = PerceptronHistory(errors, int(np.count_nonzero(wrong())))
        if not history.converged and not pocket:
            warnings.warn(
                f"no convergence in {epochs} epochs, errors left: {history.remaining}. The data may not be linearly "
                "separable, as XOR is not: pocket=True keeps the best weights. If it is, raise epochs.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return history

    def _samples(self, x: Any, y: Any, sample_weight: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """What is learnt from, checked: inputs with a last column of 1 for the bias, targets, and weights, a column."""
        for array in (self.weight, x, y, sample_weight):
            if is_foreign(array):
                raise TypeError(
                    f"this rule learns with NumPy's arrays, not with those of {library(namespace(array))}: write "
                    "model.to(numpy), and asarray(x, numpy)"
                )
        x, y = np.asarray(x, dtype=self.weight.dtype), np.asarray(y)
        check_rows(x, y)
        if x.shape[1:] != (self.inputs,):
            raise ValueError(f"x has the shape (samples, {self.inputs}) for {self!r}, not {x.shape}")
        check_finite("x", x)
        if y.ndim == 1 and self.outputs == 1:
            y = y[:, None]
        if y.shape[1:] != (self.outputs,):
            raise ValueError(f"y has the shape (samples, {self.outputs}) for {self!r}, not {y.shape}")
        if not np.isin(y, (0, 1)).all():
            row, column = np.argwhere(~np.isin(y, (0, 1)))[0]
            raise ValueError(f"targets are 0 or 1, not {y[row, column]} as in row {row}")
        importance = np.ones(len(x)) if sample_weight is None else check_weights(sample_weight, len(x))
        if not importance.any():
            raise ValueError("the weights of the samples are all 0: there is nothing to learn from")
        used = importance > 0
        inputs = np.column_stack([x, np.ones(len(x), x.dtype)])
        return inputs[used], y[used].astype(x.dtype), importance[used, None].astype(x.dtype)

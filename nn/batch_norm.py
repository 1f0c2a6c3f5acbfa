"""Normalisation over a batch: BatchNorm1d and BatchNorm2d, and the running statistics that they use afterwards."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks, stack
from inversa.autograd.compiling.effects import at_every_run
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import namespace
from inversa.autograd.ops.standardising import standardised
from inversa.nn.init import ones, zeros
from inversa.nn.module import Module
from inversa.nn.normalisation import each_channel, scaled, unusual, with_channels
from inversa.nn.parameter import Buffer, Parameter, assign

if TYPE_CHECKING:
    from inversa.autograd import Tensor


class _BatchNorm(Module):
    """Every channel: over the batch mean 0 and variance 1, then · weight + bias."""

    axes = 0, 0  # the smallest and the largest number of axes that samples may have in a batch

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = "float64",
    ) -> None:
        self.num_features = checks.count("num_features", num_features, example="16")
        self.eps = checks.positive("eps", eps)
        if momentum is not None:
            name = "momentum, the share of a new batch in the running statistics,"
            checks.number(name, momentum, at_least=0, at_most=1, example="0.1")
        self.momentum = momentum
        self.weight = Parameter(ones((num_features,)), name="γ", dtype=dtype) if affine else None
        self.bias = Parameter(zeros((num_features,)), name="β", dtype=dtype) if affine else None
        self.running_mean = Buffer(zeros((num_features,)), "μ", dtype) if track_running_stats else None
        self.running_var = Buffer(ones((num_features,)), "σ²", dtype) if track_running_stats else None
        self.num_batches_tracked = Buffer(np.array(0)) if track_running_stats else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (n, features, …), the same comes out."""
        x = with_channels(x, self.num_features, self)
        least, most = self.axes
        if not least <= len(x.shape) <= most:
            raise ValueError(f"{type(self).__name__} takes {_axes(least, most)} axes, not the shape {tuple(x.shape)}")
        if self.training or self.running_mean is None or self.running_var is None:
            y = self._over_batch(x)
        else:
            mean, variance = each_channel(x, self.running_mean, self.running_var)
            y = (x - mean) * (variance + self.eps) ** -0.5
        return scaled(y, *each_channel(x, self.weight, self.bias))

    def _over_batch(self, x: Any) -> Any:
        axes = tuple(i for i in range(len(x.shape)) if i != 1)
        number = prod(x.shape[i] for i in axes)
        if number < 2:
            raise ValueError(f"{self!r} has one number a channel to train on, whose variance is 0: give more samples")
        y, mean, variance = standardised(x, axes, self.eps)
        if self.training and self.running_mean is not None:
            at_every_run(stack([mean, variance]), self._following(number / (number - 1)))
        return y

    def _following(self, factor: float) -> Callable[[Any], None]:
        """What moves the running statistics towards the mean and the variance of a batch.

        The factor makes of its variance what it is for all samples there may be, not for these alone.
        """

        def move(found: Any) -> None:
            count: Any = self.num_batches_tracked
            averages: Any = self.running_mean, self.running_var
            assign(count, count._data + 1)
            share = self.momentum if self.momentum is not None else 1 / int(count.item())  # else the mean of all
            found = namespace(found).reshape(found, (2, -1))
            for average, new in zip(averages, (found[0, ...], factor * found[1, ...]), strict=True):
                assign(average, (1 - share) * average._data + share * new)

        return move

    def extra_repr(self) -> str:
        """The number of channels, and settings that are not the usual ones."""
        return str(self.num_features) + unusual("eps", self.eps, 1e-5) + unusual("momentum", self.momentum, 0.1)


class BatchNorm1d(_BatchNorm):
    """In training every feature has mean 0 and variance 1 over the batch, then · weight + bias.

    Meanwhile running means and variances are kept, by which ``eval()`` normalises: ``running ← (1 − momentum) · running
    + momentum · batch``. They are part of ``state_dict()`` and of checkpoints.

    Parameters
    ----------
    num_features : int
        How many features, or channels, there are.
    eps : float
        Is added to the variance.
    momentum : float or None
        The share of a new batch in the running statistics; None for the mean of all batches.
    affine : bool
        Whether there are a weight and a bias for every feature.
    track_running_stats : bool
        Without them the batch is normalised by itself after training, too.
    dtype : numpy dtype
        The type of the parameters.

    Raises
    ------
    ValueError
        For a batch of one number a feature in training.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.

    Examples
    --------
    >>> from inversa.nn import BatchNorm1d
    >>> norm = BatchNorm1d(2)
    >>> norm([[1.0, 10.0], [3.0, 30.0]]).numpy().round(3).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> norm.running_mean.numpy().round(3).tolist()
    [0.2, 2.0]
    """

    axes = 2, 3


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for images: every channel has mean 0 and variance 1 over the batch and all pixels.

    Parameters
    ----------
    num_features : int
        How many channels there are.
    eps, momentum, affine, track_running_stats, dtype
        As for `BatchNorm1d`.

    Raises
    ------
    ValueError
        For a batch of one number a channel in training.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import BatchNorm2d
    >>> BatchNorm2d(1)(Tensor([[[[1.0, 3.0], [3.0, 1.0]]]])).numpy().round(3).tolist()
    [[[[-1.0, 1.0], [1.0, -1.0]]]]
    """

    axes = 4, 4


def _axes(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} or {most}"

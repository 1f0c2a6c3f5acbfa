"""Normalisation within a sample: LayerNorm, RMSNorm and GroupNorm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks, mean, reshape
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import as_floats
from inversa.autograd.ops.standardising import standardised
from inversa.nn.init import ones, zeros
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd import Tensor


class LayerNorm(Module):
    """Every sample by itself: over its last axes mean 0 and variance 1, then · weight + bias.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The lengths of the last axes.
    eps : float
        Is added to the variance.
    elementwise_affine, bias : bool
        Whether there are a weight and a bias for every entry.
    dtype : numpy dtype
        The type of the parameters.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016, arXiv 1607.06450.

    Examples
    --------
    >>> from inversa.nn import LayerNorm
    >>> LayerNorm(3)([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]).numpy().round(3).tolist()
    [[-1.225, 0.0, 1.225], [-1.225, 0.0, 1.225]]
    """

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = "float64",
    ) -> None:
        self.normalized_shape = _lengths(normalized_shape)
        self.eps = checks.positive("eps", eps)
        self.weight = Parameter(ones(self.normalized_shape), name="γ", dtype=dtype) if elementwise_affine else None
        has_bias = elementwise_affine and bias
        self.bias = Parameter(zeros(self.normalized_shape), name="β", dtype=dtype) if has_bias else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, and those of ``normalized_shape``), the same comes out."""
        y, _, _ = standardised(_ending_in(x, self.normalized_shape, self), _last(self.normalized_shape), self.eps)
        return scaled(y, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The lengths of the axes, and ε where it is not the usual one."""
        return _shown(self.normalized_shape) + unusual("eps", self.eps, 1e-5)


class RMSNorm(Module):
    """Every sample by itself: divided by the root of the mean square over its last axes, then · weight.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The lengths of the last axes.
    eps : float, optional
        Is added to the mean square; by default the distance from 1 to the next number of the parameters' type.
    elementwise_affine : bool
        Whether there is a weight for every entry.
    dtype : numpy dtype
        The type of the parameters.

    References
    ----------
    B. Zhang and R. Sennrich, "Root mean square layer normalization", NeurIPS 2019.

    Examples
    --------
    >>> from inversa.nn import RMSNorm
    >>> RMSNorm(2)([3.0, 4.0]).numpy().round(3).tolist()
    [0.849, 1.131]
    """

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = "float64",
    ) -> None:
        self.normalized_shape = _lengths(normalized_shape)
        self.eps = float(np.finfo(dtype).eps) if eps is None else checks.positive("eps", eps)
        self.weight = Parameter(ones(self.normalized_shape), name="γ", dtype=dtype) if elementwise_affine else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, and those of ``normalized_shape``), the same comes out."""
        x = as_floats(_ending_in(x, self.normalized_shape, self))
        square = mean(x * x, _last(self.normalized_shape), keepdims=True)
        return scaled(x * (square + self.eps) ** -0.5, self.weight, None)

    def extra_repr(self) -> str:
        """The lengths of the axes, and ε where it is not the usual one."""
        usual = [float(np.finfo(dtype).eps) for dtype in ("float64", "float32")]
        return _shown(self.normalized_shape) + unusual("eps", self.eps, *usual)


class GroupNorm(Module):
    """Every sample by itself: its channels in groups, each with mean 0 and variance 1; then · weight + bias a channel.

    Parameters
    ----------
    num_groups, num_channels : int
        The channels are divided into so many groups of neighbours.
    eps : float
        Is added to the variance.
    affine : bool
        Whether there are a weight and a bias for every channel.
    dtype : numpy dtype
        The type of the parameters.

    Raises
    ------
    ValueError
        When the channels cannot be divided into so many groups.

    References
    ----------
    Y. Wu and K. He, "Group normalization", ECCV 2018.

    Examples
    --------
    >>> from inversa.nn import GroupNorm
    >>> GroupNorm(2, 4)([[1.0, 3.0, 10.0, 30.0]]).numpy().round(3).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, dtype: Any = "float64"
    ) -> None:
        self.num_groups = checks.count("num_groups", num_groups, example="4")
        self.num_channels = checks.count("num_channels", num_channels, example="16")
        if num_channels % num_groups:
            raise ValueError(f"{num_channels} channels cannot be divided into {num_groups} groups of the same size")
        self.eps = checks.positive("eps", eps)
        self.weight = Parameter(ones((num_channels,)), name="γ", dtype=dtype) if affine else None
        self.bias = Parameter(zeros((num_channels,)), name="β", dtype=dtype) if affine else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (n, channels, …), the same comes out."""
        x = with_channels(x, self.num_channels, self)
        groups = reshape(x, (x.shape[0], self.num_groups, -1))
        y, _, _ = standardised(groups, (2,), self.eps)
        return scaled(reshape(y, x.shape), *each_channel(x, self.weight, self.bias))

    def extra_repr(self) -> str:
        """The numbers of groups and channels, and ε where it is not the usual one."""
        return f"{self.num_groups}, {self.num_channels}" + unusual("eps", self.eps, 1e-5)


def unusual(name: str, setting: Any, *usual: Any) -> str:
    """A setting as ``repr`` shows it, where it is another than usual: checkpoints tell models apart by that."""
    return "" if setting in usual else f", {name}={setting!r}"


def scaled(x: Any, weight: Any, bias: Any) -> Tensor:
    """The affine part, where there is one."""
    x = x if weight is None else x * weight
    return x if bias is None else x + bias  # type: ignore[no-any-return]


def each_channel(x: Any, *parameters: Any) -> list[Any]:
    """Parameters, one number a channel, in the shape that meets the axis 1 of x."""
    shape = (1, -1) + (1,) * (len(x.shape) - 2)
    return [p if p is None else reshape(p, shape) for p in parameters]


def with_channels(x: Any, channels: int, module: Module) -> Any:
    """An array, or what is as good as one, of samples with so many channels."""
    x = module.as_array(x)
    if len(x.shape) < 2 or x.shape[1] != channels:
        raise ValueError(f"{module!r} takes inputs of shape (n, {channels}, …), not {tuple(x.shape)}")
    return x


def _ending_in(x: Any, shape: tuple[int, ...], module: Module) -> Any:
    x = module.as_array(x)
    if tuple(x.shape[-len(shape) :]) != shape:
        raise ValueError(f"{module!r} takes inputs of shape (…, {_shown(shape)}), not {tuple(x.shape)}")
    return x


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(shape), 0))


def _lengths(given: int | Iterable[int]) -> tuple[int, ...]:
    lengths = tuple(given) if isinstance(given, Iterable) else (given,)
    if not lengths:
        raise checks.wrong("normalized_shape", "the lengths of the last axes", given, "(16,)")
    return tuple(checks.count("normalized_shape", length, example="16") for length in lengths)


def _shown(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))

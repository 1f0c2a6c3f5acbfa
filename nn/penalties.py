"""Penalties: regularisation by what is added to the loss so that weights stay small.

A penalty is called with a model and gives a recorded number. Biases are not penalised: they only shift a neuron's
threshold and do not make it more sensitive to its inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks
from inversa.autograd.mode import LOSS, mode

if TYPE_CHECKING:
    from inversa.nn.training.model import Model

_BIAS = re.compile(r"bias|b\d*(_\d+)?")  # `bias` in layers; b, b1, b2_1 in the lectures' notation


@dataclass(frozen=True)
class ElasticNet:
    """λ₁ ‖w‖₁ + λ₂ ‖w‖²: the absolute values and the squares of all weights.

    Parameters
    ----------
    l1, l2 : float
        λ₁ and λ₂, not negative.
    biases : bool
        Whether biases are penalised, too.

    References
    ----------
    H. Zou and T. Hastie, "Regularization and variable selection via the elastic net", Journal of the Royal Statistical
    Society B 67(2), 2005.

    Examples
    --------
    >>> from inversa.nn import Linear
    >>> from inversa.nn.penalties import ElasticNet
    >>> model = Linear(2, 1)
    >>> model.weight[...] = [[3.0, -4.0]]
    >>> ElasticNet(l1=0.1, l2=0.01)(model).item()
    0.95
    """

    l1: float = 0.0
    l2: float = 0.0
    biases: bool = False

    def __post_init__(self) -> None:
        for name in ("l1", "l2"):
            number = checks.number(name, getattr(self, name), at_least=0, example="1e-4")
            object.__setattr__(self, name, number)  # a float: a NumPy number would widen float32

    def __call__(self, model: Model) -> Any:
        """The penalty of the model's weights, to be added to its loss."""
        weights = [w for path, w in model.named_parameters() if self.biases or not is_bias(path)]
        with mode(module=LOSS):
            return sum(self._terms(weights), start=0.0)

    def _terms(self, weights: list[Any]) -> Iterator[Any]:
        if self.l1:
            yield self.l1 * sum(_total(abs(w)) for w in weights)
        if self.l2:
            yield self.l2 * sum(_total(w * w) for w in weights)


def L1(strength: float) -> ElasticNet:
    """λ ‖w‖₁, the sum of the weights' absolute values (Lasso): many weights become exactly or nearly 0.

    >>> from inversa.nn.penalties import L1
    >>> L1(0.01)
    ElasticNet(l1=0.01, l2=0.0, biases=False)
    """
    return ElasticNet(l1=strength)


def L2(strength: float) -> ElasticNet:
    """λ ‖w‖², the sum of the weights' squares (Tikhonov, ridge): all weights become smaller.

    The derivative is 2λw: a ``weight_decay`` of 2λ in other libraries.

    >>> from inversa.nn.penalties import L2
    >>> L2(0.01)
    ElasticNet(l1=0.0, l2=0.01, biases=False)
    """
    return ElasticNet(l2=strength)


def is_bias(path: str) -> bool:
    """Whether a parameter of this path is a bias: called ``bias``, or ``b``, ``b1``, ``b2_1`` as in the lectures.

    >>> from inversa.nn.penalties import is_bias
    >>> is_bias("layers.0.bias"), is_bias("b2_1"), is_bias("layers.0.weight")
    (True, True, False)
    """
    return _BIAS.fullmatch(path.rpartition(".")[2]) is not None


def _total(x: Any) -> Any:
    return x.sum() if isinstance(x, Tensor) else x

"""Bayesian layers: every weight is a normal distribution, and so the outputs say how sure they are.

What the data D teach about the weights w is the posterior p(w | D), which no formula gives for a network. It is
approximated by a product of normal distributions, one a weight (mean field):

    q(w) = Π N(w_i; μ_i, σ_i²),  the q that has the largest  ELBO = E_q[ln p(D | w)] − KL(q ‖ p)

The first term wants weights that explain the data, the second keeps q near the prior p(w) = Π N(w_i; 0, σ₀²). Divided
by the number n of samples it is an ordinary loss and a penalty:

    −ELBO / n = mean over the samples of −ln p(y | x, w)  +  KL(q ‖ p) / n
                `GaussianLikelihood`, or cross_entropy       `KLPenalty(n)`

with w drawn anew for every forward pass.

References
----------
A. Graves, "Practical variational inference for neural networks", NIPS 2011. C. Blundell, J. Cornebise, K. Kavukcuoglu
and D. Wierstra, "Weight uncertainty in neural networks", ICML 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, prod
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, log, matmul, no_grad, softplus
from inversa.autograd.compiling.effects import draw_random
from inversa.autograd.lazy import np
from inversa.autograd.mode import LOSS, mode
from inversa.nn.init import glorot_uniform, zeros
from inversa.nn.losses import half_mean_squared_error
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter
from inversa.nn.training.prediction import as_input, as_mode

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed

# σ at the start. Small, so that training begins with nearly the network of the means, whose gradients are not yet
# drowned in the noise of the draws; and not tiny, for σ grows the more slowly the smaller it is.
FIRST_DEVIATION = 0.05


class BayesianLinear(Module):
    """x @ Wᵀ + b, all entries of W and b drawn from normal distributions N(μ, σ²) of their own.

    Every forward pass draws them once, for all samples alike: w = μ + σ·ε with ε ~ N(0, 1), so that gradients flow to
    μ and σ. It does so in training and in use: ``model.predict(x)`` is one network of many. See `predictive` for what
    they say together, and `set_sampling` for the network of the means.

    The parameters are ``weight_mean`` and ``weight_spread``, both (outputs, inputs), and ``bias_mean`` and
    ``bias_spread``, both (outputs,). σ = softplus(spread) is positive whatever the spread is.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    bias : bool
        Whether a constant is added.
    prior_deviation : float
        σ₀ of the prior N(0, σ₀²) of every entry, positive.
    seed : int or numpy Generator, optional
        Of the first means and of all draws. Give every layer another one, or all the same Generator: layers with the
        same integer would draw the same noise.
    dtype : numpy dtype
        The type of the parameters.

    Attributes
    ----------
    generator : numpy Generator
        Where the draws come from.
    sampling : bool
        Whether weights are drawn; the means are used where not.

    Examples
    --------
    >>> from inversa.nn import Sequential, Tanh
    >>> from inversa.nn.bayes import BayesianLinear, set_sampling
    >>> model = Sequential(BayesianLinear(1, 8, seed=0), Tanh(), BayesianLinear(8, 1, seed=1))
    >>> model([[0.5]]).item() == model([[0.5]]).item()  # another draw, another network
    False
    >>> set_sampling(model, False)
    >>> model([[0.5]]).item() == model([[0.5]]).item()
    True

    References
    ----------
    C. Blundell et al., "Weight uncertainty in neural networks", ICML 2015, section 3.2; the spread is their ρ.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        *,
        prior_deviation: float = 1.0,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.generator = np.random.default_rng(seed)
        self.prior_deviation = checks.positive("prior_deviation", prior_deviation)
        self.sampling = True
        weights, biases = (outputs, inputs), (outputs,)
        spread = np.log(np.expm1(FIRST_DEVIATION))  # softplus(spread) is the deviation
        self.weight_mean = Parameter(glorot_uniform(weights, self.generator), name="μ_W", dtype=dtype)
        self.weight_spread = Parameter(np.full(weights, spread), name="ρ_W", dtype=dtype)
        self.bias_mean = Parameter(zeros(biases), name="μ_b", dtype=dtype) if bias else None
        self.bias_spread = Parameter(np.full(biases, spread), name="ρ_b", dtype=dtype) if bias else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        x = x if hasattr(x, "shape") else np.asarray(x)
        if x.shape[-1:] != (self.inputs,):
            raise ValueError(f"{self!r} takes inputs of shape (…, {self.inputs}), not {x.shape}")
        z: Tensor = matmul(x, self._draw(self.weight_mean, self.weight_spread, x).T)
        return z if self.bias_mean is None else z + self._draw(self.bias_mean, self.bias_spread, x)

    def _draw(self, mean: Tensor, spread: Any, x: Any) -> Tensor:
        if not self.sampling:
            return mean
        shape, dtype = mean.shape, mean.dtype
        noise = draw_random(shape, lambda: self.generator.standard_normal(shape).astype(dtype), near=x, dtype=dtype)
        return mean + softplus(spread) * noise  # type: ignore[no-any-return]

    def kl(self) -> Tensor:
        """KL(q ‖ p) = Σ [ln(σ₀/σ) + (σ² + μ²) / (2σ₀²) − ½], how far the weights are from their prior; in nats."""
        total = self._kl(self.weight_mean, self.weight_spread)
        return total if self.bias_mean is None else total + self._kl(self.bias_mean, self.bias_spread)

    def _kl(self, mean: Tensor, spread: Any) -> Tensor:
        prior, deviation = self.prior_deviation, softplus(spread)
        each: Tensor = log(prior / deviation) + (deviation**2 + mean**2) / (2 * prior**2) - 0.5
        return each.sum()

    def extra_repr(self) -> str:
        """The sizes and the prior."""
        bias = ", bias=False" if self.bias_mean is None else ""
        return f"{self.inputs}, {self.outputs}{bias}, prior_deviation={self.prior_deviation}"


def set_sampling(model: Module, sampling: bool) -> None:
    """Make the Bayesian layers of a model draw their weights, or use the means.

    Raises
    ------
    ValueError
        When there is no Bayesian layer.
    """
    for layer in _layers(model):
        layer.sampling = sampling


def kl(model: Module) -> Tensor:
    """KL(q ‖ p) of all Bayesian layers of a model together, a recorded scalar.

    Raises
    ------
    ValueError
        When there is no Bayesian layer.

    Examples
    --------
    >>> from inversa.nn.bayes import BayesianLinear, kl
    >>> model = BayesianLinear(1, 1, bias=False, seed=0)
    >>> model.weight_mean[...] = 2.0
    >>> kl(model).item()  # −ln 0.05 + (0.05² + 2²) / 2 − ½
    4.49698
    """
    with mode(module=LOSS):
        first, *others = [layer.kl() for layer in _layers(model)]
        total: Tensor = sum(others, start=first)
        return total.named("KL")


@dataclass
class KLPenalty:
    """The penalty KL(q ‖ p) / n, to be added to the mean loss of the samples.

    Parameters
    ----------
    samples : int
        n, the number of samples in the whole training set, not in a batch: the mean loss of a batch stands for that of
        them all.

    Examples
    --------
    >>> from inversa.nn.bayes import BayesianLinear, GaussianLikelihood, KLPenalty, predictive
    >>> x, y = [[0.0], [1.0], [2.0]], [[1.0], [2.0], [3.0]]
    >>> model = BayesianLinear(1, 1, seed=0)
    >>> model.compile(loss=GaussianLikelihood(0.1), penalty=KLPenalty(len(x)), optimizer="adam", lr=0.05)
    >>> history = model.fit(x, y, epochs=200)
    >>> near, far = predictive(model, [[1.0], [10.0]]).deviation.ravel()
    >>> bool(far > 3 * near)  # less sure far from the data
    True
    """

    samples: int

    def __post_init__(self) -> None:
        checks.count("samples", self.samples)
        self.samples = int(self.samples)  # a NumPy number would widen float32

    def __call__(self, model: Module) -> Any:
        """KL(q ‖ p) / n of the model, a recorded scalar."""
        return kl(model) / self.samples


@dataclass
class GaussianLikelihood:
    """The loss −ln p(y | x, w) of targets with normal noise, averaged over the samples.

    Every output h of a sample adds ½ ((y − h) / s)² + ln s + ½ ln 2π, where s is the deviation of the noise.

    Parameters
    ----------
    deviation : float
        s, in the unit of the targets, positive.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn.bayes import GaussianLikelihood
    >>> GaussianLikelihood(1.0)(Tensor([[1.0], [2.0]]), [[0.0], [2.0]]).item()  # ¼ + ½ ln 2π
    1.168939
    """

    deviation: float

    def __post_init__(self) -> None:
        self.deviation = checks.positive("deviation", self.deviation)

    def __call__(self, outputs: Any, targets: Any, weights: ArrayLike | None = None) -> Any:
        """The loss of outputs and targets of the same shape (samples, …); ``weights`` as for every `Loss`."""
        squares = half_mean_squared_error(outputs, targets, weights=weights)
        constant = prod(np.shape(targets)[1:]) * (log(self.deviation) + log(2 * pi) / 2)
        with mode(module=LOSS):
            return (squares / self.deviation**2 + constant).named("J")


@dataclass(frozen=True)
class Predictive:
    """What a Bayesian model predicts: see `predictive`.

    Attributes
    ----------
    draws : array of shape (draws, samples, …)
        The outputs of as many networks.
    noise : float
        The deviation of the noise of the targets, if that is to be part of the answer.
    """

    draws: NDArray[Any]
    noise: float = 0.0

    @property
    def mean(self) -> NDArray[Any]:
        """The mean of the outputs."""
        return self.draws.mean(axis=0)  # type: ignore[no-any-return]

    @property
    def deviation(self) -> NDArray[Any]:
        """The standard deviation: of the outputs, and of the noise, added in quadrature."""
        return np.sqrt(self.draws.var(axis=0, ddof=1) + self.noise**2)  # type: ignore[no-any-return]

    def band(self, level: float = 0.95) -> tuple[NDArray[Any], NDArray[Any]]:
        """The lower and upper edge of the band that holds this share of a normal distribution: mean ± z · deviation.

        For what is far from normal, take ``np.quantile(predictive(…).draws, [0.025, 0.975], axis=0)``.
        """
        level = checks.number("level", level, above=0, below=1, example="0.95")
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.deviation
        return self.mean - reach, self.mean + reach


def predictive(model: Module, x: ArrayLike, samples: int = 100, *, noise: float = 0.0) -> Predictive:
    """The outputs of many networks drawn from a Bayesian model: p(y | x, D) ≈ mean of p(y | x, w) over w ~ q.

    Nothing is recorded. All modules are in ``eval`` mode meanwhile, and afterwards as before.

    Parameters
    ----------
    model : Module
        With at least one `BayesianLinear`.
    x : array_like
        Inputs, one a row.
    samples : int
        How many networks are drawn, at least 2.
    noise : float
        The deviation s of the targets' noise. 0 leaves it out: the answer is then about the function alone.

    Raises
    ------
    ValueError
        When there is no Bayesian layer, or for numbers that make no sense.

    Examples
    --------
    >>> from inversa.nn.bayes import BayesianLinear, predictive
    >>> model = BayesianLinear(1, 1, bias=False, seed=0)
    >>> answer = predictive(model, [[0.0], [1.0], [10.0]], samples=1000)
    >>> answer.deviation.ravel().tolist()  # that of the weight, 0.05, times x
    [0.0, 0.05, 0.5]
    """
    _layers(model)
    checks.count("samples", samples)
    if samples < 2:
        raise ValueError("one sample has no deviation: draw at least 2")
    noise = checks.not_negative("noise", noise)
    inputs = as_input(model, x)
    with as_mode(model, training=False), no_grad():
        return Predictive(np.stack([model(inputs).numpy() for _ in range(samples)]), noise)


def _layers(model: Module) -> list[BayesianLinear]:
    layers = [module for module in model.modules() if isinstance(module, BayesianLinear)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no Bayesian layer: build it with BayesianLinear")
    return layers

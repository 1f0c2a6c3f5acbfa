"""Bayesian layers: every weight is a normal distribution, and so the outputs say how sure they are.

What the data D teach about the weights w is the posterior p(w | D), which no formula gives for a network. It is
approximated by a normal distribution q, either of each weight alone or of all weights of a layer together:

    mean field    q(w) = Π N(w_i; μ_i, σ_i²)
    full rank     q(w) = N(w; μ, L Lᵀ),  L lower triangular

namely by the q that has the largest  ELBO = E_q[ln p(D | w)] − KL(q ‖ p).

The first term wants weights that explain the data, the second keeps q near the prior p(w) = Π N(w_i; 0, σ₀²). Divided
by the number n of samples it is an ordinary loss and a penalty:

    −ELBO / n = mean over the samples of −ln p(y | x, w)  +  KL(q ‖ p) / n
                `GaussianLikelihood`, or cross_entropy       `KLPenalty(n)`

with w drawn anew for every forward pass. The ELBO is a lower bound of the logarithm of the evidence p(D), which says
how well a prior suits the data: of several priors `elbo` chooses.

References
----------
A. Graves, "Practical variational inference for neural networks", NIPS 2011. C. Blundell, J. Cornebise, K. Kavukcuoglu
and D. Wierstra, "Weight uncertainty in neural networks", ICML 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, prod
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import Tensor, checks, concatenate, log, matmul, no_grad, softplus
from inversa.autograd.compiling.effects import draw_random
from inversa.autograd.lazy import np
from inversa.autograd.mode import LOSS, mode
from inversa.autograd.ops.namespace import alike, namespace
from inversa.nn import losses
from inversa.nn.activations import named as named_activation
from inversa.nn.init import constant, glorot_uniform, zeros
from inversa.nn.losses.loss import as_is
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter
from inversa.nn.training.arrays import as_array
from inversa.nn.training.objective import output_activation
from inversa.nn.training.prediction import as_input, as_mode

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed

# σ at the start. Small, so that training begins with nearly the network of the means, whose gradients are not yet
# drowned in the noise of the draws; and not tiny, for σ grows the more slowly the smaller it is.
FIRST_DEVIATION = 0.05
LARGEST_FULL = 5_000  # weights of a layer of full rank: its matrix then has 200 MB

Posterior = Literal["mean_field", "full_rank"]


class BayesianLinear(Module):
    """x @ Wᵀ + b, the entries of W and b drawn from normal distributions.

    Every forward pass draws them once, for all samples alike: w = μ + σ·ε with ε ~ N(0, 1), so that gradients flow to
    μ and σ. It does so in training and in use: ``model.predict(x)`` is one network of many. See `predictive` for what
    they say together, and `set_sampling` for the network of the means.

    The parameters are ``weight_mean`` (outputs, inputs) and ``bias_mean`` (outputs,), and for the mean field
    ``weight_spread`` and ``bias_spread`` of the same shapes: σ = softplus(spread) is positive whatever the spread is.
    The full rank draws w = μ + L·ε and has the n (n + 1) / 2 entries of L, row by row, in ``factor``; n is the number
    of entries of W and b. On the diagonal of L stands the softplus of what is in ``factor``.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    bias : bool
        Whether a constant is added.
    prior_deviation : float
        σ₀ of the prior N(0, σ₀²) of every entry, positive.
    posterior : {"mean_field", "full_rank"}
        Whether the entries are independent of each other, or may be correlated. The latter is for small layers.
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
    C. Blundell et al., "Weight uncertainty in neural networks", ICML 2015, section 3.2; the spread is their ρ. A.
    Kucukelbir, D. Tran, R. Ranganath, A. Gelman and D. Blei, "Automatic differentiation variational inference", Journal
    of Machine Learning Research 18, 2017, section 2.4: mean field and full rank.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        *,
        prior_deviation: float = 1.0,
        posterior: Posterior = "mean_field",
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.generator = np.random.default_rng(seed)
        self.prior_deviation = checks.positive("prior_deviation", prior_deviation)
        self.posterior = checks.choice("posterior", posterior, ("mean_field", "full_rank"))
        self.sampling = True
        full = self.posterior == "full_rank"
        weights, biases = (outputs, inputs), (outputs,)
        spread = np.log(np.expm1(FIRST_DEVIATION))  # softplus(spread) is the deviation
        self.weight_mean = Parameter(glorot_uniform(weights, self.generator), name="μ_W", dtype=dtype)
        self.weight_spread = None if full else Parameter(constant(weights, value=spread), name="ρ_W", dtype=dtype)
        self.bias_mean = Parameter(zeros(biases), name="μ_b", dtype=dtype) if bias else None
        self.bias_spread = (
            Parameter(constant(biases, value=spread), name="ρ_b", dtype=dtype) if bias and not full else None
        )
        self.factor = None
        if full:
            n = outputs * (inputs + bias)
            if n > LARGEST_FULL:
                raise ValueError(
                    f"a full rank for {n} weights has {n * (n + 1) // 2} numbers: it is for layers of up to "
                    f"{LARGEST_FULL} weights, take posterior='mean_field'"
                )
            self.factor = Parameter((spread * np.eye(n))[np.tril_indices(n)], name="ρ_L", dtype=dtype)

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        x = self.as_array(x)
        if x.shape[-1:] != (self.inputs,):
            raise ValueError(f"{self!r} takes inputs of shape (…, {self.inputs}), not {tuple(x.shape)}")
        weight, *bias = self._draw(x) if self.sampling else self._means()
        z: Tensor = matmul(x, weight.T)
        return z + bias[0] if bias else z

    def kl(self) -> Tensor:
        """KL(q ‖ p) = Σ ln(σ₀ / L_ii) + (Σ L_ij² + Σ μ_i²) / (2σ₀²) − n/2, how far the weights are from their prior.

        In nats. For the mean field L has the deviations σ on its diagonal, and nothing beside it.
        """
        prior = self.prior_deviation
        entries = self._deviations() if self.factor is None else [self._triangle()]
        diagonal = entries if self.factor is None else [_diagonal(entries[0])]
        far = sum(((each**2).sum() for each in (*entries, *self._means())), start=0.0) / (2 * prior**2)
        n = sum(mean.size for mean in self._means())
        return sum((log(prior / each).sum() for each in diagonal), start=far - n / 2)  # type: ignore[return-value]

    def moments(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The mean and the covariance of q, of the entries of W, row by row, and then of b; in the layer's library.

        Examples
        --------
        >>> from inversa.nn.bayes import BayesianLinear
        >>> mean, covariance = BayesianLinear(1, 1, posterior="full_rank", seed=0).moments()
        >>> covariance.tolist()
        [[0.0025, 0.0], [0.0, 0.0025]]
        """
        with no_grad():
            mean = concatenate([each.reshape(-1) for each in self._means()])
            if self.factor is None:
                deviations = concatenate([each.reshape(-1) for each in self._deviations()])
                factor = deviations * alike(deviations._array, np.eye(deviations.size))
            else:
                factor = self._triangle()
            return mean.data, (factor @ factor.T).data

    def _means(self) -> list[Tensor]:
        return [self.weight_mean] if self.bias_mean is None else [self.weight_mean, self.bias_mean]

    def _deviations(self) -> list[Tensor]:
        """The deviations of the mean field."""
        return [softplus(spread) for spread in (self.weight_spread, self.bias_spread) if spread is not None]

    def _triangle(self) -> Tensor:
        """L of the full rank."""
        n = sum(mean.size for mean in self._means())
        places = np.zeros((n, n), int)
        places[np.tril_indices(n)] = np.arange(n * (n + 1) // 2)
        entries = self.factor[places]  # type: ignore[index]
        lower, diagonal = (alike(entries._array, numbers) for numbers in (np.tril(np.ones((n, n)), -1), np.eye(n)))
        triangle: Tensor = entries * lower + softplus(entries) * diagonal
        return triangle

    def _draw(self, x: Any) -> list[Tensor]:
        """The weights, and the biases if there are any, once."""
        means = self._means()
        if self.factor is None:
            return [
                mean + sigma * self._noise(mean.shape, x) for mean, sigma in zip(means, self._deviations(), strict=True)
            ]
        away = matmul(self._triangle(), self._noise((sum(mean.size for mean in means),), x))
        ends = np.cumsum([0, *(mean.size for mean in means)]).tolist()
        return [mean + away[i:j].reshape(mean.shape) for mean, i, j in zip(means, ends, ends[1:], strict=False)]

    def _noise(self, shape: tuple[int, ...], x: Any) -> Any:
        like = self.weight_mean._array
        return draw_random(shape, lambda: alike(like, self.generator.standard_normal(shape)), near=x, dtype=like.dtype)

    def extra_repr(self) -> str:
        """The sizes, the prior, and a posterior of full rank."""
        bias = ", bias=False" if self.bias_mean is None else ""
        rank = ", posterior=full_rank" if self.factor is not None else ""
        return f"{self.inputs}, {self.outputs}{bias}, prior_deviation={self.prior_deviation}{rank}"


def _diagonal(matrix: Tensor) -> Tensor:
    n = len(matrix)
    return matrix[np.arange(n), np.arange(n)]


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


def elbo(
    model: Module, x: ArrayLike, y: ArrayLike, loss: losses.names.Name | Callable[..., Any], samples: int = 100
) -> float:
    """The ELBO, E_q[ln p(D | w)] − KL(q ‖ p): a lower bound of the logarithm of the evidence p(D), in nats.

    The evidence is the probability of the data with the weights integrated out. A prior so wide that almost all of its
    networks miss the data has little of it, and so has one too narrow for any to fit: of several priors, networks or
    noise deviations take the one with the largest ELBO, after training each. No data need to be held out for that.

    Parameters
    ----------
    model : Module
        Trained, with at least one `BayesianLinear`.
    x, y : array_like
        The samples that it was trained on, all of them.
    loss : str or callable
        The loss that it was trained with, −ln p(y | x, w): a `GaussianLikelihood`, ``"cross_entropy"`` or another
        cross-entropy; or a function that gives its mean over the samples.
    samples : int
        Over how many networks drawn from q the expectation is taken.

    Raises
    ------
    ValueError
        When there is no Bayesian layer, and for a loss that is no probability's logarithm, such as a squared error.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, section 3.4 (evidence) and equation (10.3).

    Examples
    --------
    >>> from inversa.nn.bayes import BayesianLinear, GaussianLikelihood, elbo
    >>> model = BayesianLinear(1, 1, bias=False, seed=0)
    >>> model.weight_mean[...], model.weight_spread[...] = 2.0, -20.0
    >>> elbo(model, [[1.0]], [[2.0]], GaussianLikelihood(1.0))  # −½ ln 2π − KL, 21.5
    -22.4189385
    """
    _layers(model)
    checks.count("samples", samples)
    compare = losses.named(loss)
    if isinstance(compare, losses.Loss) and compare.link is None:
        raise ValueError(f"{compare.name} is no logarithm of a probability: take GaussianLikelihood(deviation)")
    inputs, targets = as_input(model, x), as_array(model, y, "y")
    in_all = {"reduction": "sum"} if isinstance(compare, losses.Loss) else {}
    times = 1 if in_all else inputs.shape[0]
    with as_mode(model, training=False), no_grad():
        drawn = [times * float(compare(model(inputs), targets, **in_all).item()) for _ in range(samples)]
        return -sum(drawn) / samples - float(kl(model).item())


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
        squares = losses.half_mean_squared_error(outputs, targets, weights=weights)
        constant = prod(np.shape(targets)[1:]) * (log(self.deviation) + log(2 * pi) / 2)
        with mode(module=LOSS):
            return (squares / self.deviation**2 + constant).named("J")


@dataclass(frozen=True)
class Predictive:
    """What a Bayesian model predicts: see `predictive`.

    Attributes
    ----------
    draws : array of shape (draws, samples, …)
        The outputs of as many networks, or their probabilities.
    noise : float
        The deviation of the noise of the targets, if that is to be part of the answer.
    """

    draws: NDArray[Any]
    noise: float = 0.0

    @property
    def mean(self) -> NDArray[Any]:
        """The mean of the outputs. Of probabilities it is the probability that all networks together give."""
        return namespace(self.draws).mean(self.draws, axis=0)  # type: ignore[no-any-return]

    @property
    def deviation(self) -> NDArray[Any]:
        """The standard deviation: of the outputs, and of the noise, added in quadrature."""
        xp = namespace(self.draws)
        return xp.sqrt(xp.var(self.draws, axis=0, correction=1) + self.noise**2)  # type: ignore[no-any-return]

    def band(self, level: float = 0.95) -> tuple[NDArray[Any], NDArray[Any]]:
        """The lower and upper edge of the band that holds this share of a normal distribution: mean ± z · deviation.

        For what is far from normal, such as probabilities near 0 or 1, take
        ``np.quantile(predictive(…).draws, [0.025, 0.975], axis=0)``.
        """
        level = checks.number("level", level, above=0, below=1, example="0.95")
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.deviation
        return self.mean - reach, self.mean + reach


def predictive(
    model: Module,
    x: ArrayLike,
    samples: int = 100,
    *,
    noise: float = 0.0,
    link: Literal["softmax", "sigmoid"] | Callable[[Any], Any] | None = None,
) -> Predictive:
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
    link : {"softmax", "sigmoid"} or callable, optional
        What makes the outputs probabilities, for a model of classes that gives logits. Then the probabilities of the
        networks are averaged. (The softmax of the averaged logits is another number, and mostly too sure.)

    Raises
    ------
    ValueError
        When there is no Bayesian layer, for numbers that make no sense, for noise with a link, and for a link where the
        network gives probabilities itself.

    Examples
    --------
    >>> from inversa.nn.bayes import BayesianLinear, predictive
    >>> model = BayesianLinear(1, 1, bias=False, seed=0)
    >>> answer = predictive(model, [[0.0], [1.0], [10.0]], samples=1000)
    >>> answer.deviation.ravel().tolist()  # that of the weight, 0.05, times x
    [0.0, 0.05, 0.5]

    Logits of a class between −1.5 and 2.5: the mean of the probabilities says more than the sigmoid of the mean, 0.62.

    >>> model.weight_mean[...], model.weight_spread[...] = 0.5, 2.0
    >>> probability = predictive(model, [[1.0]], samples=1000, link="sigmoid").mean.item()
    >>> 0.5 < probability < 0.6
    True
    """
    _layers(model)
    checks.count("samples", samples)
    if samples < 2:
        raise ValueError("one sample has no deviation: draw at least 2")
    noise = checks.not_negative("noise", noise)
    if link is not None and noise:
        raise ValueError("noise is for regression, and link for probabilities: give one of them")
    if link is not None and output_activation(model) in ("softmax", "sigmoid"):
        raise ValueError(f"the network ends in a {output_activation(model)} and gives probabilities: leave out link")
    if link is not None and not callable(link):
        checks.choice("link", link, ("softmax", "sigmoid"), "a function")
    function = as_is if link is None else named_activation(link)
    inputs = as_input(model, x)
    with as_mode(model, training=False), no_grad():
        draws = [function(model(inputs)).data for _ in range(samples)]
        return Predictive(namespace(*draws).stack(draws), noise)


def _layers(model: Module) -> list[BayesianLinear]:
    layers = [module for module in model.modules() if isinstance(module, BayesianLinear)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no Bayesian layer: build it with BayesianLinear")
    return layers

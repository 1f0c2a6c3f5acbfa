"""Bayesian layers: closed forms of KL, posterior, evidence and predictive; gradients of a draw; bands; errors."""

from math import log, pi

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, gradcheck, softplus, tanh
from inversa.nn import MLP, Linear, Sequential, Tanh, optim
from inversa.nn.bayes import (
    BayesianLinear,
    GaussianLikelihood,
    KLPenalty,
    Predictive,
    kl,
    predictive,
    set_sampling,
)
from inversa.nn.schedules import TimeDecay

PRIOR, NOISE = 0.8, 0.7


def spread(deviation):
    """The inverse of softplus."""
    return np.log(np.expm1(deviation))


class Signs:
    """In place of a generator: (1, 1), (1, −1), (−1, 1), (−1, −1), and again.

    Four draws have the mean 0 and the covariance I of the normal distribution. The loss of a linear model is quadratic
    in the draw, so their average is its expectation, exactly.
    """

    def __init__(self):
        self.calls = 0

    def standard_normal(self, shape):
        self.calls += 1
        return np.array([1 - (self.calls & 2), 1 - 2 * (self.calls & 1)], dtype=float).reshape(shape)


def linear_data(correlated):
    generator = np.random.default_rng(0)
    x = np.linalg.qr(generator.standard_normal((6, 2)))[0] * [1.5, 2.0]  # orthogonal columns
    x = x @ [[1.0, 0.8], [0.0, 0.6]] if correlated else x
    return x, x @ [[1.0], [-0.5]] + NOISE * generator.standard_normal((6, 1))


def posterior(x, y):
    """Precision and mean of the posterior of Bayesian linear regression: Bishop, PRML, equations (3.50) and (3.51)."""
    precision = x.T @ x / NOISE**2 + np.eye(2) / PRIOR**2
    return precision, np.linalg.solve(precision, x.T @ y / NOISE**2).ravel()


def linear_model(mean, deviation, seed=0):
    model = BayesianLinear(2, 1, bias=False, prior_deviation=PRIOR, seed=seed)
    model.weight_mean[...] = [mean]
    model.weight_spread[...] = [spread(deviation)]
    return model


def negative_elbo(model, x, y, draws=4):
    """−ELBO / n, averaged over some draws."""
    loss, penalty = GaussianLikelihood(NOISE), KLPenalty(len(x))
    return sum(loss(model(x), y) for _ in range(draws)) / draws + penalty(model)


@pytest.mark.parametrize("correlated", [False, True])
def test_the_best_mean_field_posterior_of_linear_regression(correlated):
    # KL(q ‖ N(m, Λ⁻¹)) is least where μ = m and σ_i² = 1 / Λ_ii. These are the true variances (Λ⁻¹)_ii if Λ is
    # diagonal, and too small otherwise: mean field knows no correlations.
    x, y = linear_data(correlated)
    precision, mean = posterior(x, y)
    model = BayesianLinear(2, 1, bias=False, prior_deviation=PRIOR, seed=0)
    model.generator = Signs()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    for _ in range(200):
        optimizer.zero_grad()
        negative_elbo(model, x, y).backward()
        optimizer.step()
    deviation = softplus(model.weight_spread).numpy()[0]
    np.testing.assert_allclose(model.weight_mean.numpy()[0], mean, rtol=1e-6)
    np.testing.assert_allclose(deviation, 1 / np.sqrt(np.diag(precision)), rtol=1e-6)
    exact = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert (deviation < 0.9 * exact).all() if correlated else np.allclose(deviation, exact, rtol=1e-6)


def test_training_with_one_random_draw_a_step_comes_near_it():
    x, y = linear_data(correlated=True)
    precision, mean = posterior(x, y)
    best = 1 / np.sqrt(np.diag(precision))
    model = BayesianLinear(2, 1, bias=False, prior_deviation=PRIOR, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    means, spreads = [], []
    for _ in range(800):
        optimizer.zero_grad()
        negative_elbo(model, x, y, draws=1).backward()
        optimizer.step()
        means.append(model.weight_mean.numpy()[0].copy())
        spreads.append(model.weight_spread.numpy()[0].copy())
    # the average of the later steps, which the noise of the draws cancels in (Polyak and Ruppert)
    np.testing.assert_allclose(np.mean(means[300:], axis=0), mean, atol=0.15 * best.min())
    np.testing.assert_allclose(softplus(np.mean(spreads[300:], axis=0)), best, rtol=0.1)


@pytest.mark.parametrize("correlated", [False, True])
def test_the_elbo_of_the_exact_posterior_is_the_evidence(correlated):
    x, y = linear_data(correlated)
    precision, mean = posterior(x, y)
    covariance = NOISE**2 * np.eye(6) + PRIOR**2 * x @ x.T  # of p(y | x), the weights integrated out
    log_evidence = -0.5 * (y.T @ np.linalg.solve(covariance, y) + np.linalg.slogdet(2 * pi * covariance)[1]).item()
    model = linear_model(mean, 1 / np.sqrt(np.diag(precision)))
    model.generator = Signs()
    elbo = -6 * negative_elbo(model, x, y).item()
    if correlated:  # then q is not the posterior, and the bound is not reached: it falls short by their KL divergence
        _, logdet = np.linalg.slogdet(precision)
        log_evidence -= 0.5 * (np.log(np.diag(precision)).sum() - logdet)
    assert elbo == pytest.approx(log_evidence, rel=1e-12)


def test_the_predictive_deviation_of_linear_regression():
    x, y = linear_data(correlated=False)
    precision, mean = posterior(x, y)
    model = linear_model(mean, 1 / np.sqrt(np.diag(precision)))
    new = np.array([[1.0, 0.0], [0.5, -2.0], [3.0, 3.0]])
    variance = np.einsum("ni,ij,nj->n", new, np.linalg.inv(precision), new)
    answer = predictive(model, new, samples=5000, noise=NOISE)
    np.testing.assert_allclose(answer.deviation.ravel(), np.sqrt(variance + NOISE**2), rtol=0.03)
    np.testing.assert_allclose(answer.mean.ravel(), new @ mean, atol=0.05)
    lower, upper = answer.band(0.95)
    np.testing.assert_allclose((upper - lower) / 2, 1.959964 * answer.deviation, rtol=1e-6)
    np.testing.assert_allclose((upper + lower) / 2, answer.mean)
    without = Predictive(answer.draws)  # the function alone
    np.testing.assert_allclose(without.deviation.ravel(), np.sqrt(variance), rtol=0.03)


def test_a_predictive_by_hand():
    answer = Predictive(np.array([[1.0, 0.0], [3.0, 0.0]]), noise=2.0)
    assert answer.mean.tolist() == [2.0, 0.0]
    np.testing.assert_allclose(answer.deviation**2, [2.0 + 4.0, 4.0])  # ((1 − 2)² + (3 − 2)²) / (2 − 1), and 2²


def test_kl_in_closed_form_and_by_monte_carlo():
    model = BayesianLinear(2, 3, prior_deviation=PRIOR, seed=0)
    generator = np.random.default_rng(1)
    expected = 0.0
    for mean, rho in ((model.weight_mean, model.weight_spread), (model.bias_mean, model.bias_spread)):
        mean[...] = generator.normal(size=mean.shape)
        deviation = generator.uniform(0.2, 2.0, mean.shape)
        rho[...] = spread(deviation)
        w = generator.normal(mean.numpy(), deviation, (200_000, *mean.shape))
        log_q = -(((w - mean.numpy()) / deviation) ** 2) / 2 - np.log(deviation)
        log_p = -((w / PRIOR) ** 2) / 2 - log(PRIOR)
        expected += (log_q - log_p).mean(axis=0).sum()
    assert kl(model).item() == pytest.approx(expected, rel=0.01)
    assert kl(model).item() == model.kl().item()
    assert KLPenalty(50)(model).item() == pytest.approx(kl(model).item() / 50)


def test_kl_is_zero_at_the_prior_and_positive_beside_it():
    model = BayesianLinear(3, 2, prior_deviation=PRIOR)
    for mean, rho in ((model.weight_mean, model.weight_spread), (model.bias_mean, model.bias_spread)):
        mean[...] = 0.0
        rho[...] = spread(PRIOR)
    assert kl(model).item() == pytest.approx(0.0, abs=1e-14)
    kl(model).backward()
    assert max(abs(p.grad).max() for p in model.parameters()) < 1e-14  # the least of all
    model.bias_mean[0] = 0.1
    assert kl(model).item() == pytest.approx(0.1**2 / (2 * PRIOR**2))


def test_kl_of_a_model_is_the_sum_over_its_layers():
    first, second = BayesianLinear(2, 3, seed=0), BayesianLinear(3, 1, bias=False, prior_deviation=2.0, seed=1)
    model = Sequential(first, Tanh(), Linear(3, 3, seed=2), second)
    assert kl(model).item() == pytest.approx(first.kl().item() + second.kl().item())
    kl(model).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == ["2.weight", "2.bias"]


def test_the_gradients_of_a_draw_and_of_kl():
    layer = BayesianLinear(2, 3)
    x = np.random.default_rng(0).standard_normal((4, 2))

    def forward(weight_mean, weight_spread, bias_mean, bias_spread):
        layer.weight_mean, layer.weight_spread = weight_mean, weight_spread
        layer.bias_mean, layer.bias_spread = bias_mean, bias_spread
        layer.generator = np.random.default_rng(7)  # the same draw every time
        return (tanh(layer(x)) ** 2).sum() + layer.kl() / 10

    generator = np.random.default_rng(1)
    assert gradcheck(forward, *(generator.standard_normal(shape) for shape in ((3, 2), (3, 2), (3,), (3,))))


def test_draws_are_normal_and_independent():
    mean, deviation = np.array([[1.0, -2.0], [0.0, 3.0]]), np.array([[0.5, 0.1], [1.0, 0.2]])
    model = BayesianLinear(2, 2, bias=False, seed=0)
    model.weight_mean[...] = mean
    model.weight_spread[...] = spread(deviation)
    noise = (np.stack([model(np.eye(2)).numpy().T for _ in range(4000)]) - mean).reshape(4000, 4) / deviation.ravel()
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(4), atol=0.08)
    np.testing.assert_allclose((abs(noise) < 1).mean(axis=0), 0.6827, atol=0.03)


def test_one_draw_serves_all_samples_of_a_pass_and_the_next_pass_has_another():
    model = BayesianLinear(2, 1, seed=0)
    first = model([[1.0, 2.0], [1.0, 2.0]]).numpy()
    assert first[0] == first[1]
    assert model([[1.0, 2.0]]).numpy()[0] != first[0]
    assert model.eval()([[1.0, 2.0]]).numpy()[0] != first[0]


def test_a_seed_repeats_the_draws():
    runs = [[BayesianLinear(2, 2, seed=5)([1.0, 1.0]).tolist() for _ in range(2)] for _ in range(2)]
    assert runs[0] == runs[1]
    layer = BayesianLinear(2, 2, seed=5)
    state = layer.generator.bit_generator.state
    drawn = layer([1.0, 1.0]).tolist()
    layer.generator.bit_generator.state = state
    assert layer([1.0, 1.0]).tolist() == drawn


def test_the_network_of_the_means():
    model = Sequential(BayesianLinear(2, 3, seed=0), Tanh(), BayesianLinear(3, 1, seed=1))
    plain = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
    for bayesian, linear in ((model[0], plain[0]), (model[2], plain[2])):
        linear.weight[...] = bayesian.weight_mean.numpy()
        linear.bias[...] = bayesian.bias_mean.numpy() + 0.1
        bayesian.bias_mean[...] = linear.bias.numpy()
    x = np.random.default_rng(0).standard_normal((5, 2))
    set_sampling(model, False)
    np.testing.assert_array_equal(model(x).numpy(), plain(x).numpy())
    assert not predictive(model, x, samples=3).deviation.any()
    set_sampling(model, True)
    assert (model(x).numpy() != plain(x).numpy()).all()


def test_gaussian_likelihood_sums_over_outputs_and_averages_over_samples():
    generator = np.random.default_rng(0)
    h, y = generator.standard_normal((2, 5, 3))
    each = 0.5 * ((y - h) / NOISE) ** 2 + log(NOISE) + 0.5 * log(2 * pi)
    assert GaussianLikelihood(NOISE)(Tensor(h), y).item() == pytest.approx(each.sum(axis=1).mean())
    assert GaussianLikelihood(NOISE)(Tensor(h[0]), y[0]).item() == pytest.approx(each[0].mean())  # three samples
    weights = [0, 1, 2, 0, 3]
    weighted = GaussianLikelihood(NOISE)(Tensor(h), y, weights=weights).item()
    assert weighted == pytest.approx(np.average(each.sum(axis=1), weights=weights))
    assert GaussianLikelihood(NOISE)([Value(1.0), Value(2.0)], [1.0, 2.0]).item() == pytest.approx(
        log(NOISE) + 0.5 * log(2 * pi)
    )
    with pytest.raises(ValueError, match="nothing is broadcast"):
        GaussianLikelihood(NOISE)(Tensor(h), y[:, 0])


def test_bands_are_wider_away_from_the_data():
    generator = np.random.default_rng(2)
    x = np.concatenate([np.linspace(-2, -1, 20), np.linspace(1, 2, 20)])[:, None]  # nothing between −1 and 1
    y = np.sin(2 * x) + 0.1 * generator.standard_normal(x.shape)
    model = Sequential(BayesianLinear(1, 16, seed=generator), Tanh(), BayesianLinear(16, 1, seed=generator))
    model.compile(
        loss=GaussianLikelihood(0.1), penalty=KLPenalty(len(x)), optimizer="adam", lr=0.05, schedule=TimeDecay(0.005)
    )
    model.fit(x, y, epochs=300, batch_size=None)
    far_left, left, gap, right, far_right = predictive(model, [[-6], [-1.5], [0], [1.5], [6]], 500).deviation.ravel()
    data = max(left, right)
    assert gap > 2 * data
    assert min(far_left, far_right) > 1.1 * data


def test_classes_are_learnt_with_cross_entropy_and_the_penalty():
    generator = np.random.default_rng(0)
    x = generator.standard_normal((40, 2))
    labels = (x[:, 0] > 0).astype(int)
    model = BayesianLinear(2, 2, seed=0)
    model.compile(loss="cross_entropy", penalty=KLPenalty(40), optimizer="sgd", lr=0.5)
    model.fit(x, labels, epochs=100, batch_size=None)
    assert (predictive(model, x).mean.argmax(axis=1) == labels).mean() > 0.9


def test_predictive_records_nothing_and_restores_the_training_flags():
    model = Sequential(BayesianLinear(2, 3, seed=0), Tanh(), BayesianLinear(3, 1, seed=1))
    model[1].eval()
    seen = []
    forward = model[1].forward
    model[1].forward = lambda z: seen.append((model.training, z.requires_grad)) or forward(z)
    answer = predictive(model, np.zeros((4, 2)), samples=5)
    assert seen == [(False, False)] * 5
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert answer.draws.shape == (5, 4, 1)
    assert answer.mean.shape == answer.deviation.shape == (4, 1)
    model[1].forward = None
    with pytest.raises(TypeError):
        predictive(model, np.zeros((4, 2)))
    assert model.training


def test_float32_stays_float32():
    model = BayesianLinear(2, 1, prior_deviation=np.float64(1.0), seed=0, dtype="float32")
    x = np.ones((4, 2), np.float32)
    cost = GaussianLikelihood(np.float64(0.1))(model(x), np.ones((4, 1))) + KLPenalty(np.int64(4))(model)
    cost.backward()
    answer = predictive(model, x.astype(np.float64), samples=3, noise=np.float64(0.1))
    kinds = {model(x).dtype, cost.dtype, answer.mean.dtype, answer.deviation.dtype, answer.band()[0].dtype}
    assert kinds | {p.grad.dtype for p in model.parameters()} == {np.dtype("float32")}


def test_parameters_and_repr():
    model = BayesianLinear(2, 3, prior_deviation=0.5, seed=0)
    assert [name for name, _ in model.named_parameters()] == [
        "weight_mean", "weight_spread", "bias_mean", "bias_spread",
    ]  # fmt: skip
    assert model.parameter_count() == 2 * (3 * 2 + 3)
    np.testing.assert_allclose(softplus(model.weight_spread).numpy(), 0.05)
    assert repr(model) == "BayesianLinear(2, 3, prior_deviation=0.5)"
    assert repr(BayesianLinear(2, 3, bias=False)) == "BayesianLinear(2, 3, bias=False, prior_deviation=1.0)"
    assert model(np.zeros((5, 4, 2))).shape == (5, 4, 3)


@pytest.mark.parametrize(
    "function", [kl, KLPenalty(3), lambda m: set_sampling(m, True), lambda m: predictive(m, [[0]])]
)
def test_a_model_without_bayesian_layers_is_refused(function):
    with pytest.raises(ValueError, match="MLP has no Bayesian layer: build it with BayesianLinear"):
        function(MLP([2, 1]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BayesianLinear(2, 1, prior_deviation=0.0), "prior_deviation is a positive number, not 0.0"),
        (lambda: BayesianLinear(0, 1), "at least 1"),
        (lambda: BayesianLinear(2, 1)(np.zeros((4, 3))), r"takes inputs of shape \(…, 2\), not \(4, 3\)"),
        (lambda: KLPenalty(0), "samples is a positive integer, not 0"),
        (lambda: GaussianLikelihood(-1.0), "deviation is a positive number, not -1.0"),
        (lambda: GaussianLikelihood(float("nan")), "deviation is a positive number, not nan"),
        (lambda: predictive(BayesianLinear(2, 1), [[0.0, 0.0]], samples=1), "draw at least 2"),
        (
            lambda: predictive(BayesianLinear(2, 1), [[0.0, 0.0]], noise=-0.1),
            "noise is 0 or a positive number, not -0.1",
        ),
        (lambda: Predictive(np.zeros((3, 2))).band(95), "level is a number above 0 to below 1, such as 0.95, not 95"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

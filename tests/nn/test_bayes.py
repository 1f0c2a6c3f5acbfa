"""Bayesian layers: closed forms of KL, posterior, evidence and predictive; gradients of a draw; bands; errors."""

from math import log, pi

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, gradcheck, sigmoid, softmax, softplus, tanh
from inversa.nn import MLP, Linear, Sequential, Softmax, Tanh, losses, optim
from inversa.nn.bayes import (
    BayesianLinear,
    GaussianLikelihood,
    KLPenalty,
    Predictive,
    elbo,
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
    bound = -6 * negative_elbo(model, x, y).item()
    if correlated:  # then q is not the posterior, and the bound is not reached: it falls short by their KL divergence
        _, logdet = np.linalg.slogdet(precision)
        log_evidence -= 0.5 * (np.log(np.diag(precision)).sum() - logdet)
    assert bound == pytest.approx(log_evidence, rel=1e-12)
    model.generator = Signs()
    assert elbo(model, x, y, GaussianLikelihood(NOISE), samples=4) == pytest.approx(bound, rel=1e-12)


# The posterior of full rank.


def test_the_best_posterior_of_full_rank_is_the_exact_one_with_its_correlation():
    x, y = linear_data(correlated=True)
    precision, mean = posterior(x, y)
    model = BayesianLinear(2, 1, bias=False, prior_deviation=PRIOR, posterior="full_rank", seed=0)
    model.generator = Signs()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    for _ in range(400):
        optimizer.zero_grad()
        negative_elbo(model, x, y).backward()
        optimizer.step()
    exact = np.linalg.inv(precision)
    found_mean, found = model.moments()
    np.testing.assert_allclose(found_mean, mean, rtol=1e-6)
    np.testing.assert_allclose(found, exact, rtol=1e-6)
    assert abs(exact[0, 1]) > 0.5 * np.sqrt(exact[0, 0] * exact[1, 1])  # which the mean field cannot have
    covariance = NOISE**2 * np.eye(6) + PRIOR**2 * x @ x.T
    log_evidence = -0.5 * (y.T @ np.linalg.solve(covariance, y) + np.linalg.slogdet(2 * pi * covariance)[1]).item()
    for draws in (1, 4):  # where q is the posterior every multiple of four draws gives the evidence
        assert elbo(model, x, y, GaussianLikelihood(NOISE), samples=4 * draws) == pytest.approx(log_evidence, rel=1e-9)


def test_training_of_full_rank_by_fit_comes_near_the_exact_posterior():
    x, y = linear_data(correlated=True)
    precision, mean = posterior(x, y)
    model = BayesianLinear(2, 1, bias=False, prior_deviation=PRIOR, posterior="full_rank", seed=0)
    model.compile(
        loss=GaussianLikelihood(NOISE), penalty=KLPenalty(6), optimizer="adam", lr=0.05, schedule=TimeDecay(0.01)
    )
    model.fit(x, y, epochs=4000, batch_size=None)
    assert model.trainer.why_not is None
    exact = np.linalg.inv(precision)
    found_mean, found = model.moments()
    np.testing.assert_allclose(found_mean, mean, atol=0.1 * np.sqrt(exact.diagonal().min()))
    np.testing.assert_allclose(found, exact, atol=0.1 * exact.diagonal().min())


@pytest.mark.parametrize("bias", [True, False])
def test_a_draw_of_full_rank_and_its_gradients(bias):
    model = BayesianLinear(2, 3, bias, prior_deviation=PRIOR, posterior="full_rank", seed=0)
    n = 9 if bias else 6
    model.factor[...] = np.random.default_rng(1).normal(size=n * (n + 1) // 2)
    x, y = np.random.default_rng(2).normal(size=(4, 2)), np.ones((4, 3))
    state = model.generator.bit_generator.state

    def cost(_):
        model.generator.bit_generator.state = state
        return GaussianLikelihood(NOISE)(model(x), y) + KLPenalty(4)(model)

    for parameter in model.parameters():
        check_parameter(cost, parameter)
    mean, covariance = model.moments()
    factor = np.zeros((n, n))
    factor[np.tril_indices(n)] = model.factor.numpy()
    factor[np.diag_indices(n)] = softplus(factor.diagonal())
    np.testing.assert_allclose(covariance, factor @ factor.T)
    model.generator.bit_generator.state = state
    noise = model.generator.standard_normal(n)
    drawn = mean + factor @ noise
    weight, offset = drawn[:6].reshape(3, 2), drawn[6:] if bias else 0
    model.generator.bit_generator.state = state
    np.testing.assert_allclose(model(x).numpy(), x @ weight.T + offset)
    # Σ and μ against the formula of two normal distributions
    _, logdet = np.linalg.slogdet(covariance)
    kl_exact = (np.trace(covariance) + mean @ mean) / PRIOR**2 - n + 2 * n * log(PRIOR) - logdet
    assert model.kl().item() == pytest.approx(kl_exact / 2, rel=1e-12)
    assert kl(Sequential(model)).item() == pytest.approx(kl_exact / 2, rel=1e-12)


def check_parameter(cost, parameter):
    """The gradient of a cost against central differences."""
    parameter.grad = None
    cost(None).backward()
    gradient, before = parameter.grad.copy(), parameter.numpy().copy()
    for place in np.ndindex(*before.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = before.copy()
            moved[place] += step
            parameter[...] = moved
            ends.append(cost(None).item())
        parameter[...] = before
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_full_rank_starts_as_the_mean_field_and_has_its_parameters():
    model = BayesianLinear(2, 3, prior_deviation=0.5, posterior="full_rank", seed=0)
    assert [name for name, _ in model.named_parameters()] == ["weight_mean", "bias_mean", "factor"]
    assert model.parameter_count() == 9 + 9 * 10 // 2
    assert repr(model) == "BayesianLinear(2, 3, prior_deviation=0.5, posterior=full_rank)"
    mean, covariance = model.moments()
    other_mean, other = BayesianLinear(2, 3, prior_deviation=0.5, seed=0).moments()
    np.testing.assert_allclose(covariance, other)
    np.testing.assert_array_equal(mean, other_mean)
    set_sampling(model, False)
    x = np.ones((2, 2))
    np.testing.assert_allclose(model(x).numpy(), x @ model.weight_mean.numpy().T + model.bias_mean.numpy())
    assert BayesianLinear(1, 1, posterior="full_rank", dtype="float32")(np.ones((1, 1), "float32")).dtype == "float32"


# Probabilities, and the choice of a prior.


@pytest.mark.parametrize(("outputs", "link"), [(3, "softmax"), (1, "sigmoid")])
def test_probabilities_are_averaged_over_the_networks(outputs, link):
    model = BayesianLinear(2, outputs, seed=0)
    model.weight_spread[...] = spread(2.0)
    x = np.random.default_rng(0).normal(size=(5, 2))
    state = model.generator.bit_generator.state
    answer = predictive(model, x, samples=50, link=link)
    model.generator.bit_generator.state = state
    logits = predictive(model, x, samples=50).draws
    function = softmax if link == "softmax" else sigmoid
    np.testing.assert_allclose(answer.draws, function(logits))
    np.testing.assert_allclose(answer.mean, function(logits).mean(axis=0))
    if link == "softmax":
        np.testing.assert_allclose(answer.mean.sum(axis=1), 1)
        sure = answer.mean.max(axis=1)
        assert (
            sure.mean() < function(logits.mean(axis=0)).max(axis=1).mean() - 0.1
        )  # the mean of the logits is too sure
    model.generator.bit_generator.state = state
    np.testing.assert_allclose(predictive(model, x, samples=50, link=function).mean, answer.mean)


def test_the_evidence_prefers_the_prior_that_the_weights_were_drawn_from():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 8))
    y = x @ generator.normal(scale=0.5, size=(8, 1)) + NOISE * generator.standard_normal((60, 1))
    bounds = {}
    for prior in (0.05, 0.5, 5.0):
        model = BayesianLinear(8, 1, bias=False, prior_deviation=prior, posterior="full_rank", seed=0)
        precision = x.T @ x / NOISE**2 + np.eye(8) / prior**2
        covariance = np.linalg.inv(precision)
        factor = np.linalg.cholesky(covariance)
        np.fill_diagonal(factor, spread(factor.diagonal()))
        model.weight_mean[...] = (covariance @ x.T @ y / NOISE**2).T
        model.factor[...] = factor[np.tril_indices(8)]
        bounds[prior] = elbo(model, x, y, GaussianLikelihood(NOISE), samples=400)
        total = NOISE**2 * np.eye(60) + prior**2 * x @ x.T
        exact = -0.5 * (y.T @ np.linalg.solve(total, y) + np.linalg.slogdet(2 * pi * total)[1]).item()
        assert bounds[prior] == pytest.approx(exact, abs=0.5)  # 400 draws have a standard error of about 0.1
    assert max(bounds, key=bounds.get) == 0.5


def test_the_elbo_of_classes_is_that_of_all_samples():
    x, labels = np.random.default_rng(0).normal(size=(7, 2)), [0, 1, 2, 2, 1, 0, 0]
    model = BayesianLinear(2, 3, seed=0)
    set_sampling(model, False)  # every draw the same
    for loss, y in (("cross_entropy", labels), ("binary_cross_entropy", np.eye(3)[labels])):
        expected = -losses.named(loss)(model(x), y, "sum").item() - kl(model).item()
        assert elbo(model, x, y, loss, samples=2) == pytest.approx(expected)
    mean = lambda outputs, targets: losses.cross_entropy(outputs, targets)  # noqa: E731
    assert elbo(model, x, labels, mean, samples=1) == pytest.approx(elbo(model, x, labels, "cross_entropy", samples=1))
    assert model.training


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
    "function",
    [
        kl,
        KLPenalty(3),
        lambda m: elbo(m, [[0, 0]], [[0]], GaussianLikelihood(1.0)),
        lambda m: set_sampling(m, True),
        lambda m: predictive(m, [[0]]),
    ],
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
        (lambda: BayesianLinear(2, 1, posterior="full"), "posterior is one of 'mean_field', 'full_rank', not 'full'"),
        (lambda: elbo(BayesianLinear(1, 1), [[0.0]], [[0.0]], "mse"), "no logarithm of a probability: take Gaussian"),
        (lambda: elbo(BayesianLinear(1, 1), [[0.0]], [[0.0]], "hinge"), "no logarithm of a probability"),
        (lambda: elbo(BayesianLinear(1, 1), [[0.0]], [[0.0]], GaussianLikelihood(1.0), samples=0), "samples is a pos"),
        (lambda: predictive(BayesianLinear(1, 1), [[0.0]], noise=0.1, link="sigmoid"), "noise is for regression"),
        (
            lambda: predictive(BayesianLinear(1, 1), [[0.0]], link="sofmax"),
            "link is one of 'softmax', 'sigmoid', or a function, not 'sofmax'",
        ),
        (
            lambda: predictive(Sequential(BayesianLinear(1, 2), Softmax()), [[0.0]], link="softmax"),
            "ends in a softmax and gives probabilities: leave out link",
        ),
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


def test_a_full_rank_of_too_many_weights_is_refused():
    with pytest.raises(ValueError, match="take posterior='mean_field'"):
        BayesianLinear(784, 128, posterior="full_rank")

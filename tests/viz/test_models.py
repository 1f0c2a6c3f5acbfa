"""Models as networks of Values: the same numbers, one object a neuron; and what is none."""

import numpy as np
import pytest

from inversa import nn
from inversa.viz.models import as_neurons

X = [0.3, -1.2]
NETWORKS = {
    "mlp": nn.MLP([2, 3, 2], activation="tanh", seed=1),
    "softmax": nn.MLP([2, 3, 3], activation="elu", output="softmax", seed=1),
    "linear": nn.Linear(2, 2, seed=0),
    "without bias": nn.Linear(2, 1, bias=False, seed=0),
    "dense": nn.Dense(2, 3, "sigmoid", seed=0),
    "perceptron": nn.Perceptron(2, 2),
    "sequential": nn.Sequential(
        nn.Linear(2, 3, seed=0),
        nn.Tanh(),
        nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2, bias=False, seed=1), nn.LeakyReLU(0.1)),
    ).eval(),
    "softmax apart": nn.Sequential(nn.Linear(2, 3, seed=0), nn.Softmax()),
}


class Doubled(nn.Linear):
    """A layer with a formula of its own."""

    def forward(self, x):
        return 2 * super().forward(x)


TIED = nn.Linear(2, 2, seed=0)
OTHERS = [
    Doubled(2, 1),
    nn.Maxout(2, 2),
    nn.BayesianLinear(2, 1),
    nn.Sequential(TIED, nn.Tanh(), TIED),
    nn.Sequential(nn.Tanh(), nn.Linear(2, 1)),
    nn.Sequential(nn.Linear(2, 1), nn.Tanh(), nn.Tanh()),
    nn.Sequential(nn.Linear(2, 2), nn.LogSoftmax()),
    nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)),
    "no model",
]


@pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS)
def test_the_same_numbers_neuron_by_neuron(model):
    found = as_neurons(model)(X)
    numbers = [value.data for value in (found if isinstance(found, list) else [found])]
    np.testing.assert_allclose(numbers, model(X).numpy(), rtol=1e-13)


@pytest.mark.parametrize("model", OTHERS, ids=str)
def test_what_is_no_chain_of_layers_of_neurons(model):
    assert as_neurons(model) is None


def test_what_is_frozen_stays_frozen():
    model = nn.MLP([2, 2, 1], seed=0)
    model.layers[0].weight.requires_grad = False
    model.layers[1].bias.requires_grad = False
    frozen = {name for name, value in as_neurons(model).named_parameters() if not value.requires_grad}
    assert frozen == {"w1_11", "w1_12", "w1_21", "w1_22", "b2_1"}


@pytest.mark.filterwarnings("ignore:no convergence")
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "PerceptronClassifier"])
def test_estimators_are_their_networks_once_they_have_one(name):
    pytest.importorskip("sklearn")
    estimator = getattr(nn, name)(random_state=0)
    with pytest.raises(ValueError, match=f"this {name} has no network yet: fit it first"):
        as_neurons(estimator)
    x = np.random.default_rng(0).normal(size=(20, 2))
    estimator.set_params(max_iter=3).fit(x, (x[:, 0] > 0).astype(int))
    assert as_neurons(estimator)(X).data == pytest.approx(estimator.model_(X).item())

"""Models of Python's, trained on in the page: the same numbers, and what is frozen there is frozen here."""

import numpy as np
import pytest

from inversa.autograd import exp
from inversa.nn import MLP, Linear, Sequential, Softmax, Tanh
from inversa.viz.picture.running import as_neurons
from inversa.viz.playing.chance import Chance
from inversa.viz.playing.models import layers_of, numbers_of

TRAIN = """(templates, {config, layers, x, y, steps}) => {
  const network = new Network(templates, config);
  network.state = withNumbers(network.state, layers);
  network.give(asMatrix(x), asMatrix(y));
  for (let k = 0; k < steps; k++) network.step();
  return network.state.layers.map(({weight, bias}) => [weight, bias].map(({values}) => asLists(values)));
}"""


def test_a_model_without_some_biases_and_with_frozen_weights_is_trained_as_in_python(run):
    model = Sequential(Linear(2, 3, bias=False, seed=0), Tanh(), Linear(3, 3, seed=1), Softmax())
    model[2].bias.requires_grad = False
    model[2].bias[...] = [0.5, 0.0, -0.5]
    x = np.random.default_rng(0).normal(size=(12, 2))
    y = np.eye(3)[np.arange(12) % 3]
    network = as_neurons(model)
    loss = "cross_entropy_of_probabilities"
    config = {"inputs": 2, "layers": layers_of(network), "loss": loss, "optimizer": "adam", "settings": {"lr": 0.05},
              "batch": 5, "seed": 3}  # fmt: skip
    assert [layer["activation"] for layer in config["layers"]] == ["tanh", "softmax"]
    given = {"config": config, "layers": numbers_of(network), "x": x.tolist(), "y": y.tolist(), "steps": 3}
    first, last = run(TRAIN, given)
    model.compile(loss=loss, optimizer="adam", lr=0.05)
    model.fit([(x[rows], y[rows]) for rows in Chance(3, "order").batches(12, 5)], progress=False)
    np.testing.assert_allclose(first[0], model[0].weight.numpy(), rtol=1e-9)
    np.testing.assert_allclose(last[0], model[2].weight.numpy(), rtol=1e-9)
    assert (first[1], last[1]) == ([[0.0, 0.0, 0.0]], [[0.5, 0.0, -0.5]])


def test_other_activations_are_refused():
    with pytest.raises(ValueError, match="has no activation"):
        layers_of(as_neurons(MLP([1, 2, 1], activation=exp)))

"""Small models and data that the tests of training share."""

import numpy as np

from inversa.nn import MLP, Callback, Linear

X = np.linspace(-1, 1, 20)[:, None]
Y = 3 * X - 1


def line(lr=0.1, **settings):
    model = Linear(1, 1, seed=0)
    model.compile(**{"loss": "mse", "optimizer": "sgd", "lr": lr} | settings)
    return model


def small(**settings):
    model = MLP([1, 2, 1], seed=0)
    model.compile(**{"loss": "mse", "optimizer": "sgd", "lr": 0.1} | settings)
    return model


def weights(model):
    return np.concatenate([np.ravel(array) for array in model.state_dict().values()])


def bits(model):
    """The parameters to the last bit."""
    return {name: np.asarray(array).tobytes() for name, array in model.state_dict().items()}


class Recorder(Callback):
    """Keeps the weights after every step."""

    def __init__(self, steps):
        self.steps = steps

    def on_step_end(self, trainer):
        self.steps.append(weights(trainer.model))

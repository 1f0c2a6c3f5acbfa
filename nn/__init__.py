"""Neural networks: modules of Tensors, the lecture's networks of Values, losses, optimisers and training."""

if __name__ != "inversa.nn":
    raise ImportError("this folder is not a package of its own: install the project and write `import inversa.nn`")

from inversa.nn import data, init, losses, optim, training
from inversa.nn.activations import ELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Softplus, Tanh
from inversa.nn.layers import Dense, Linear, Sequential
from inversa.nn.mlp import MLP
from inversa.nn.module import Module
from inversa.nn.neurons import Neuron, NeuronLayer, NeuronNetwork
from inversa.nn.parameter import Parameter
from inversa.nn.training import DivergenceError, History, accuracy, evaluate, fit, predict

__all__ = [
    # Modules of Tensors.
    "Module", "Parameter", "Linear", "Dense", "Sequential", "MLP",
    "Activation", "Identity", "Tanh", "Sigmoid", "ReLU", "LeakyReLU", "ELU", "Softplus", "Softmax",
    # The lecture's network of Values.
    "Neuron", "NeuronLayer", "NeuronNetwork",
    # Training.
    "fit", "predict", "evaluate", "accuracy", "History", "DivergenceError",
    # Submodules.
    "data", "init", "losses", "optim", "training",
]  # fmt: skip

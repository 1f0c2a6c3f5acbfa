"""Neural networks: modules of Tensors, the lecture's networks of Values, losses, optimisers and training."""

import importlib
from typing import TYPE_CHECKING, Any

if __name__ != "inversa.nn":
    raise ImportError("this folder is not a package of its own: install the project and write `import inversa.nn`")

from inversa.nn import (
    augment,
    bayes,
    data,
    init,
    losses,
    metrics,
    optim,
    penalties,
    sampling,
    saving,
    schedules,
    training,
)
from inversa.nn._load import load
from inversa.nn.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Hardtanh,
    Identity,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)
from inversa.nn.attention import MultiHeadAttention
from inversa.nn.batch_norm import BatchNorm1d, BatchNorm2d
from inversa.nn.bayes import BayesianLinear
from inversa.nn.convolution import Conv1d, Conv2d, Flatten
from inversa.nn.dropout import Dropout
from inversa.nn.embedding import Embedding
from inversa.nn.layers import Add, Dense, Linear, Sequential
from inversa.nn.maxout import Maxout
from inversa.nn.mlp import MLP
from inversa.nn.module import Module
from inversa.nn.neurons import Neuron, NeuronLayer, NeuronNetwork
from inversa.nn.normalisation import GroupNorm, LayerNorm, RMSNorm
from inversa.nn.parameter import Buffer, Parameter
from inversa.nn.perceptron import ConvergenceWarning, Perceptron
from inversa.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from inversa.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, NeuronRNN, RNNCell
from inversa.nn.training import Callback, DivergenceError, EarlyStopping, History, Trainer
from inversa.nn.transformer import PositionalEmbedding, PositionalEncoding, TransformerBlock
from inversa.nn.transposed import ConvTranspose2d

if TYPE_CHECKING:
    from inversa.nn.estimators import MLPClassifier as MLPClassifier
    from inversa.nn.estimators import MLPRegressor as MLPRegressor
    from inversa.nn.estimators import PerceptronClassifier as PerceptronClassifier

__all__ = [
    # Modules of Tensors.
    "Module", "Parameter", "Buffer", "Linear", "Dense", "Sequential", "Add", "MLP", "Perceptron", "Maxout", "Dropout",
    "Embedding", "BayesianLinear",
    "Conv2d", "Conv1d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "GlobalAvgPool", "Flatten",
    "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell",
    "MultiHeadAttention", "TransformerBlock", "PositionalEncoding", "PositionalEmbedding",
    "BatchNorm1d", "BatchNorm2d", "LayerNorm", "RMSNorm", "GroupNorm",
    "Activation", "Identity", "Step", "Tanh", "Sigmoid", "ReLU", "LeakyReLU", "ELU", "SELU", "Softplus", "GELU", "SiLU",
    "Mish", "Hardtanh", "Softmax", "LogSoftmax",
    # The lecture's network of Values.
    "Neuron", "NeuronLayer", "NeuronNetwork", "NeuronRNN",
    # Training.
    "Trainer", "History", "Callback", "EarlyStopping", "DivergenceError", "ConvergenceWarning",
    # Saving.
    "load",
    # Submodules.
    "augment", "bayes", "data", "init", "losses", "metrics", "optim", "penalties", "sampling", "saving", "schedules",
    "training",
]  # fmt: skip


# Not in __all__: `from inversa.nn import *` does not need scikit-learn.
ESTIMATORS = ("MLPClassifier", "MLPRegressor", "PerceptronClassifier")


def __getattr__(name: str) -> Any:
    """Import the estimators, and with them scikit-learn, when one of them is first used."""
    if name in ESTIMATORS:
        return getattr(importlib.import_module("inversa.nn.estimators"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *ESTIMATORS]

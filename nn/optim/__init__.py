"""Optimisers: what is done with the gradients."""

from inversa.nn.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from inversa.nn.optim.clipping import clip_grad_norm, clip_grad_value
from inversa.nn.optim.gradient_descent import SGD, Momentum
from inversa.nn.optim.optimizer import Optimizer

__all__ = ["Optimizer", "SGD", "Momentum", "AdaGrad", "RMSProp", "Adam", "AdamW", "clip_grad_norm", "clip_grad_value"]


def __dir__() -> list[str]:
    return __all__

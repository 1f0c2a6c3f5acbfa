"""Naming: what things are usually called in engines."""

from __future__ import annotations

import operator
from typing import Any

DATA = ("data", "value", "val", "v", "x", "valor", "dato", "number", "num", "real")  # the last of a float
GRADIENT = ("grad", "gradient", "gradiente", "g", "derivative", "derivada", "adjoint", "delta", "dv", "bar")
BACKWARD = (
    "backward",
    "backwards",
    "backprop",
    "backpropagate",
    "back",
    "propagate",
    "retropropagar",
    "retropropagacion",
    "gradients",
    "gradients_of",
    "compute_gradients",
    "gradientes",
    "grad",
)
ZERO = ("zero_grad", "zero_gradients", "zero_grads", "reset_grad", "reset_gradients", "clear_grad", "clear_grads")
CLASSES = ("Value", "Variable", "Var", "Node", "Scalar", "Number", "Valor", "Nodo", "Tensor")
# What is called for an operation: the method of Python's operator, what it is called with a number before it, and
# names of functions, of the class or of the file.
OPERATIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "add": ("__add__", "__radd__", ("add", "plus", "suma", "sumar")),
    "subtract": ("__sub__", "__rsub__", ("sub", "subtract", "minus", "resta", "restar")),
    "multiply": ("__mul__", "__rmul__", ("mul", "multiply", "times", "prod", "multiplicar", "producto")),
    "divide": ("__truediv__", "__rtruediv__", ("div", "divide", "truediv", "dividir")),
    "power": ("__pow__", "__rpow__", ("pow", "power", "potencia")),
    "negative": ("__neg__", "", ("neg", "negative", "negate", "opuesto")),
    "add in place": ("__add__", "", ()),
    "subtract in place": ("__sub__", "", ()),
    "multiply in place": ("__mul__", "", ()),
    "tanh": ("", "", ("tanh", "Tanh")),
    "relu": ("", "", ("relu", "ReLU", "Relu")),
    "exp": ("", "", ("exp", "Exp")),
    "sigmoid": ("", "", ("sigmoid", "sigma", "logistic", "sigmoide", "Sigmoid")),
    "log": ("", "", ("log", "ln", "Log")),
    "sin": ("", "", ("sin", "sen")),
    "cos": ("", "", ("cos",)),
    "sqrt": ("", "", ("sqrt", "raiz")),
}
PYTHON: dict[str, Any] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
    "add in place": operator.iadd,
    "subtract in place": operator.isub,
    "multiply in place": operator.imul,
}

"""Backpropagation as running the inverse network: the packages `autograd`, `nn` and `viz`, and the first names.

>>> import inversa
>>> x = inversa.Value(3.0)
>>> (x * x).backward()
>>> x.grad
6.0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inversa import autograd, nn, viz
    from inversa.autograd import (
        Graph,
        InverseNetwork,
        Tensor,
        Value,
        detect_anomaly,
        grad,
        gradcheck,
        hessian,
        hvp,
        jacobian,
        jit,
        jvp,
        no_grad,
        value_and_grad,
        vjp,
    )
    from inversa.nn import interchange
    from inversa.viz import exercises

    __version__: str

__all__ = [
    "autograd", "nn", "viz", "exercises", "interchange",
    "Value", "Tensor", "Graph", "InverseNetwork", "no_grad", "detect_anomaly",
    "grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp", "gradcheck", "jit",
    "__version__",
]  # fmt: skip

_PACKAGES = {
    "autograd": "autograd",
    "nn": "nn",
    "viz": "viz",
    "exercises": "viz.exercises",
    "interchange": "nn.interchange",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it first is: the scalar engine does not wait for NumPy, nor that for pictures."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _PACKAGES:
        return import_module(f"{__name__}.{_PACKAGES[name]}")
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("inversa")
    else:
        value = getattr(import_module(f"{__name__}.autograd"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

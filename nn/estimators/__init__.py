"""Estimators: Inversa's networks as scikit-learn's estimators, for pipelines, grid searches and cross-validation."""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError as error:
    raise ImportError('the estimators need scikit-learn: pip install "inversa[train]"') from error

from inversa.nn.estimators.mlp import MLPClassifier, MLPRegressor
from inversa.nn.estimators.perceptron import PerceptronClassifier

__all__ = ["MLPClassifier", "MLPRegressor", "PerceptronClassifier"]


def __dir__() -> list[str]:
    return __all__

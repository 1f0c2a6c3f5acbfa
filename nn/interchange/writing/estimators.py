"""Fitted estimators, their results named as converters of scikit-learn's models name them."""

from __future__ import annotations

from typing import Any

from inversa.autograd import astype, concatenate, sigmoid, softmax
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import constant, xp


class Predicting:
    """What a fitted network estimator predicts, as a function of X.

    Attributes
    ----------
    argument_names : tuple of str
        What its argument is called in the file.
    """

    argument_names = ("X",)

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._kind = getattr(estimator, "out_activation_", "identity")
        self._several = getattr(estimator, "_multilabel", False)  # several labels a sample, each yes or no

    def __call__(self, X: Any) -> dict[str, Any]:
        """The scores of all classes, and their probabilities; or the numbers that are predicted."""
        model = self._estimator.model_
        dtype = next(iter(model.parameters())).dtype
        outputs = model(astype(X, dtype))
        if not hasattr(self._estimator, "classes_"):
            return {"variable": outputs}
        if self._several:
            return {"label": outputs, "probabilities": sigmoid(outputs)}
        if outputs.shape[1] == 1:  # of two classes: softmax (0, z) = (1 − σ(z), σ(z))
            outputs = concatenate([0.0 * outputs, outputs], axis=1)
        if self._kind == "identity":  # distances, no probabilities
            return {"label": outputs, "scores": outputs}
        return {"label": outputs, "probabilities": softmax(outputs)}

    def finished(self, found: dict[str, Reference]) -> dict[str, Reference]:
        """The label of the largest score in the place of the scores; or 1 for each label whose score is above 0."""
        if "label" not in found:
            return found
        scores = found["label"]
        if self._several:
            return {**found, "label": xp.astype(scores > 0.0, np.int64)}
        classes = self._estimator.classes_
        return {**found, "label": xp.take(constant(classes), xp.argmax(scores, axis=1))}


def as_function(model: Any) -> Any:
    """A fitted estimator as a function of X; anything else as it is.

    Raises
    ------
    InterchangeError
        For one that is not fitted, or none of ours.
    """
    if not hasattr(model, "get_params"):
        return model
    name = type(model).__name__
    if type(model).__module__.startswith("sklearn."):
        raise InterchangeError(
            f"{name} is scikit-learn's own: skl2onnx writes it, or from_sklearn makes a network of it"
        )
    if not hasattr(model, "model_"):
        raise InterchangeError(f"this {name} is not fitted yet: call fit(X, y) first")
    return Predicting(model)

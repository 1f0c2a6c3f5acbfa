"""from_sklearn: what scikit-learn has fitted, as a network that can be drawn, differentiated and trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd import Tensor, checks
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.layers import Dense, Sequential
from inversa.nn.module import Module
from inversa.nn.parameter import Buffer

__all__ = ["Scaling", "from_sklearn"]

ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax"}


class Scaling(Module):
    """(x − shift) / scale for each input: what a scaler of scikit-learn's learnt of the data.

    Parameters
    ----------
    shift, scale : array, shape (inputs,)

    Examples
    --------
    >>> from inversa import interchange
    >>> interchange.Scaling([1.0, 2.0], [2.0, 4.0])([[3.0, 6.0]]).numpy()
    array([[1., 1.]])
    """

    def __init__(self, shift: Any, scale: Any) -> None:
        self.shift = Buffer(np.asarray(shift, np.float64), "μ")
        self.scale = Buffer(np.asarray(scale, np.float64), "σ")

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, inputs)."""
        scaled: Tensor = (self.as_array(x) - self.shift) / self.scale
        return scaled

    def extra_repr(self) -> str:
        """The number of inputs."""
        return str(self.shift.shape[0])


def from_sklearn(model: Any, *, logits: bool = False) -> Sequential:
    """A fitted model of scikit-learn's as a network with the same numbers.

    It is taken over by what it looks like: ``coefs_`` and ``intercepts_`` are those of a network, ``coef_`` and
    ``intercept_`` those of one layer, and the steps of a pipeline before it are scalers. scikit-learn is not imported.

    Parameters
    ----------
    model : estimator or pipeline
        ``MLPClassifier``, ``MLPRegressor``, a linear model, or a pipeline that ends in one. Our own estimators, too.
    logits : bool
        Whether a classifier's network gives logits, for a loss that wants them, instead of probabilities.

    Returns
    -------
    Sequential
        Of layers of neurons, behind a `Scaling` for each scaler. For two classes it has one output, that of the second
        class. The weights are copies: training changes the network alone.

    Raises
    ------
    InterchangeError
        For what is not fitted, is no network or scaler, or decides among three classes by one against the rest.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from inversa import interchange
    >>> fitted = LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 0, 1])
    >>> interchange.from_sklearn(fitted)
    Sequential(
      (0): Dense(1, 1, sigmoid)
    )
    >>> bool(abs(interchange.from_sklearn(fitted)([[0.5]]).item() - fitted.predict_proba([[0.5]])[0, 1]) < 1e-15)
    True
    """
    checks.flag("logits", logits)
    *front, last = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    layers: list[Module] = [_titled(step) for step in front if step is not None and step != "passthrough"]
    return Sequential(*layers, *_network(last, logits))


def _titled(step: Any) -> Scaling:
    """A scaler with scikit-learn's name, which pictures show."""
    scaling = _scaling(step)
    scaling.title = type(step).__name__
    return scaling


def _scaling(step: Any) -> Scaling:
    """A scaler, told by what it has learnt: StandardScaler, RobustScaler, MinMaxScaler or MaxAbsScaler."""
    name = type(step).__name__
    if getattr(step, "clip", False):
        raise InterchangeError(f"this {name} clips what lies outside of its range: fit it with clip=False")
    if not hasattr(step, "n_features_in_") or not hasattr(step, "scale_"):
        raise InterchangeError(f"in front of a network stand fitted scalers, not {name}")
    number, scale = step.n_features_in_, step.scale_
    if hasattr(step, "data_min_"):  # x · scale + min
        return Scaling(-step.min_ / scale, 1.0 / scale)
    known = hasattr(step, "mean_") or hasattr(step, "center_") or hasattr(step, "max_abs_")
    if not known:
        raise InterchangeError(f"in front of a network stand fitted scalers, not {name}")
    shift = getattr(step, "mean_", getattr(step, "center_", None))
    if not getattr(step, "with_mean", True):  # it may have been computed all the same, for the variance
        shift = None
    return Scaling(np.zeros(number) if shift is None else shift, np.ones(number) if scale is None else scale)


def _network(model: Any, logits: bool) -> Sequence[Module]:
    name = type(model).__name__
    if hasattr(model, "coefs_") and hasattr(model, "intercepts_"):
        hidden = ACTIVATIONS.get(model.activation, model.activation)  # ours have more of them, by our names
        psis = [hidden] * (len(model.coefs_) - 1) + [ACTIVATIONS[model.out_activation_]]
        weights, biases = [np.asarray(W).T for W in model.coefs_], list(model.intercepts_)
    elif hasattr(model, "coef_") and hasattr(model, "intercept_"):
        coefficients = model.coef_.toarray() if hasattr(model.coef_, "toarray") else np.asarray(model.coef_)
        weights = [np.atleast_2d(coefficients)]
        biases = [np.broadcast_to(np.atleast_1d(model.intercept_), (len(weights[0]),))]
        psis = [_decision(model, len(weights[0]))]
    else:
        raise InterchangeError(f"this {name} has neither coefs_ nor coef_: fit it first, or it is no network")
    if logits and psis[-1] in ("sigmoid", "softmax"):
        psis[-1] = "identity"
    return [_dense(W, b, psi) for W, b, psi in zip(weights, biases, psis, strict=True)]


# Whose probabilities of several classes are the softmax of their sums, and not one against the rest.
_SOFTMAX = ("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis")


def _decision(model: Any, outputs: int) -> str:
    """What makes a linear model's sums its predictions: probabilities where it gives such."""
    name = type(model).__name__
    if not hasattr(model, "classes_") or not _gives_probabilities(model):
        return "identity"
    if getattr(model, "loss", "log_loss") != "log_loss":
        raise InterchangeError(f"this {name} of the loss {model.loss!r} makes probabilities in a way of its own")
    if outputs == 1:
        return "sigmoid"
    apart = getattr(model, "multi_class", None) == "ovr" or getattr(model, "solver", None) == "liblinear"
    if name not in _SOFTMAX or apart:
        raise InterchangeError(f"this {name} decides among {outputs} classes one against the rest, which is no softmax")
    return "softmax"


def _gives_probabilities(model: Any) -> bool:
    try:
        return callable(model.predict_proba)
    except AttributeError:  # as SGDClassifier says for a loss without them
        return False


def _dense(W: Any, b: Any, psi: Any) -> Dense:
    W, b = np.asarray(W), np.asarray(b)
    layer = Dense(W.shape[1], W.shape[0], psi, dtype=W.dtype if W.dtype.kind == "f" else "float64", seed=0)
    layer.load_state_dict({"weight": W, "bias": b})
    return layer

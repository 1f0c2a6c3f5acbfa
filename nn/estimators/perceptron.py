"""PerceptronClassifier: Rosenblatt's perceptron as an estimator of scikit-learn's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn import perceptron
from inversa.nn.estimators.parameters import KnowsAbsent, generator_of
from inversa.nn.estimators.samples import (
    ConvergenceWarning,
    all_or_nothing,
    checked,
    class_targets,
    inputs,
    known_classes,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_RULE = "Rosenblatt's rule has none; MLPClassifier(()) is a linear model with penalty, tolerance and early stopping"

# Parameters of scikit-learn's Perceptron that are not here, and what to use.
ABSENT = dict.fromkeys(
    ("penalty", "alpha", "l1_ratio", "tol", "early_stopping", "validation_fraction", "n_iter_no_change"), _RULE
) | {
    "fit_intercept": "there always is a bias; an nn.Linear(n, 1, bias=False) has none",
    "verbose": "errors_ has the errors of every epoch",
    "n_jobs": "all classes are learnt at once",
    "class_weight": "fit takes sample_weight, such as sklearn.utils.class_weight.compute_sample_weight gives",
}


class PerceptronClassifier(ClassifierMixin, KnowsAbsent):  # type: ignore[misc]  # scikit-learn publishes no types
    """One `Perceptron` for two classes, one for each of several against the rest, learnt by Rosenblatt's rule.

    Of several classes that one is chosen whose perceptron says yes most clearly: the sample lies on the right side of
    its hyperplane, as far away as possible. Distances can be compared, the sums w·x + b cannot: the rule fixes w only
    up to its length.

    Parameters
    ----------
    eta0 : float
        The learning rate η. Starting at 0 it scales the weights and changes no answer.
    max_iter : int
        The largest number of epochs; learning ends sooner when there are no errors.
    batch : bool
        Whether the corrections of an epoch are made all at once: the order of the samples then does not matter, and a
        sample of weight 2 is the same as two samples. False is Rosenblatt's rule, sample by sample.
    pocket : bool
        Whether ``fit`` keeps the weights that made the fewest errors rather than the last ones, for classes that no
        hyperplane separates.
    shuffle : bool
        Whether each epoch has an order of its own; without batch.
    random_state : int, numpy RandomState or None
        Where the order is drawn from.
    warm_start : bool
        Whether ``fit`` goes on from the present weights.

    Attributes
    ----------
    classes_ : array
        The labels, sorted.
    model_ : Perceptron
        The neurons.
    coef_, intercept_ : array
        Their weights, shape (1 or classes, features), and biases.
    n_iter_ : int
        The epochs of the last call.
    errors_ : list of int
        The errors of each of these epochs.
    n_features_in_, feature_names_in_
        How many inputs there are, and their names if X was a DataFrame.

    Examples
    --------
    >>> from inversa.nn import PerceptronClassifier, data
    >>> iris = data.iris()
    >>> is_setosa = iris.y == 0  # a line separates these flowers from the others
    >>> PerceptronClassifier().fit(iris.x, is_setosa).score(iris.x, is_setosa)
    1.0

    References
    ----------
    See `Perceptron` and its ``fit``.
    """

    _absent = ABSENT
    model_: perceptron.Perceptron
    _generator: np.random.Generator

    def __init__(
        self,
        eta0: float = 1.0,
        *,
        max_iter: int = 1000,
        batch: bool = True,
        pocket: bool = True,
        shuffle: bool = True,
        random_state: Any = None,
        warm_start: bool = False,
    ) -> None:
        self.eta0 = eta0
        self.max_iter = max_iter
        self.batch = batch
        self.pocket = pocket
        self.shuffle = shuffle
        self.random_state = random_state
        self.warm_start = warm_start

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from new weights, or with ``warm_start`` from the present ones.

        Parameters
        ----------
        X : array_like or DataFrame, shape (samples, features)
        y : array_like or Series, shape (samples,)
        sample_weight : array_like, shape (samples,), optional
            What each sample's corrections are multiplied by; one of weight 0 is left out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that do not fit.

        Warns
        -----
        ConvergenceWarning
            When errors are left after ``max_iter`` epochs; not with ``pocket``, which is meant for that.
        """
        self._check_parameters()
        with all_or_nothing(self):
            history = self._learn(X, y, sample_weight, epochs=self.max_iter, pocket=self.pocket)
        if not (history.converged or self.pocket):
            warnings.warn(
                f"no convergence in max_iter={self.max_iter} epochs, errors left: {history.remaining}; pocket=True "
                "keeps the best weights where no hyperplane separates the classes",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Learn for one epoch from these samples, going on from the present weights.

        There is no pocket here: which weights are best is seen by all samples only.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array_like
            All labels that will ever come; needed in the first call.

        Returns
        -------
        self
        """
        self._check_parameters()
        with all_or_nothing(self):
            self._learn(X, y, sample_weight, epochs=1, pocket=False, incremental=True, classes=classes)
        return self

    def _check_parameters(self) -> None:
        checks.number("eta0", self.eta0, above=0, example="1.0")
        checks.count("max_iter", self.max_iter, example="1000")
        for name in ("batch", "pocket", "shuffle", "warm_start"):
            checks.flag(name, getattr(self, name))
        generator_of(self.random_state, draw=False)

    def _learn(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        epochs: int,
        pocket: bool,
        incremental: bool = False,
        classes: Any = None,
    ) -> perceptron.PerceptronHistory:
        reset = not (hasattr(self, "model_") and (incremental or self.warm_start))
        X, y, weights = checked(self, X, y, sample_weight, reset=reset)
        check_classification_targets(y)
        known = known_classes(self, y, classes, incremental=incremental, reset=reset)
        targets = class_targets(y, known)
        if reset:
            generator = generator_of(self.random_state)
            model = perceptron.Perceptron(X.shape[1], targets.shape[1], dtype=X.dtype)
        else:
            generator, model = self._generator, self.model_
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", perceptron.ConvergenceWarning)  # fit says it in scikit-learn's category
            history = model.fit(
                X,
                targets,
                epochs=epochs,
                lr=self.eta0,
                seed=generator,
                shuffle=self.shuffle,
                sample_weight=weights,
                batch=self.batch,
                pocket=pocket,
            )
        self.classes_, self.model_, self._generator = known, model, generator
        self.n_iter_, self.errors_ = history.epochs, history.errors
        return history

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """How far each sample lies on the side of yes, in units of the inputs: (w·x + b) / ‖w‖.

        Returns
        -------
        array, shape (samples,) for two classes, else (samples, classes)
        """
        distances = self._distances(X)
        return distances.ravel() if len(self.classes_) == 2 else distances

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The class of each sample.

        Returns
        -------
        array, shape (samples,)
        """
        distances = self._distances(X)
        chosen = distances[:, 0] > 0 if len(self.classes_) == 2 else distances.argmax(axis=1)
        return self.classes_[chosen.astype(int)]  # type: ignore[no-any-return]

    def _distances(self, X: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        X = inputs(self, X)
        w = self.coef_
        lengths = np.linalg.norm(w, axis=1)
        lengths[lengths == 0] = 1.0
        return (X @ w.T + self.intercept_) / lengths  # type: ignore[no-any-return]

    @property
    def coef_(self) -> NDArray[Any]:
        """The weights, one row a perceptron."""
        return self.model_.weight.numpy().copy()

    @property
    def intercept_(self) -> NDArray[Any]:
        """The biases."""
        return self.model_.bias.numpy().copy()  # type: ignore[union-attr]  # it has one

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

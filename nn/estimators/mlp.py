"""MLPClassifier and MLPRegressor: the multilayer perceptron as scikit-learn's estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from inversa.autograd import log_softmax, sigmoid, softmax, softplus
from inversa.autograd.lazy import np
from inversa.nn.estimators.network import NetworkEstimator
from inversa.nn.estimators.samples import checked, class_targets, class_weighted, known_classes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.activations import Function
    from inversa.nn.activations import Name as ActivationName
    from inversa.nn.losses.names import Name as LossName


class MLPClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """A multilayer perceptron that tells classes apart, with the parameters of scikit-learn's ``MLPClassifier``.

    Two classes are one output and the binary cross-entropy, more classes one output each and the cross-entropy of their
    softmax. Several labels a sample, a matrix of 0 and 1 with one column a label, are as many yes-or-no questions.

    Inputs want a common scale: put a ``StandardScaler`` before.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        The number of neurons of each hidden layer; an empty one is a linear model.
    activation : str or callable
        Of the hidden layers: ``"relu"``, ``"tanh"``, ``"logistic"`` (or ``"sigmoid"``), ``"identity"``, … A callable
        must be one that can be pickled if the estimator is to be.
    solver : {"sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"}
        The optimiser, see `inversa.nn.optim`.
    alpha : float
        α, the strength of the penalty α / (2n) ‖w‖² on the weights, n being the number of samples in a batch.
    batch_size : int or "auto"
        Samples between two steps; "auto" is 200, or all if there are fewer.
    learning_rate_init : float
        The learning rate, which stays the same.
    max_iter : int
        The largest number of epochs.
    shuffle : bool
        Whether each epoch takes the samples in an order of its own.
    random_state : int, numpy RandomState or None
        Where first weights, order, and samples held out are drawn from; an integer makes a fit repeatable.
    tol, n_iter_no_change : float, int or infinity
        Training stops when for n_iter_no_change epochs the loss (with early_stopping: the validation score) was not
        better by tol than the best one. As a best one counts only what was better by tol itself, so that many small
        steps are progress, too; scikit-learn compares with the smallest loss so far and stops earlier.
    verbose : bool
        Whether a progress bar is shown.
    warm_start : bool
        Whether ``fit`` goes on from the present weights.
    momentum, nesterovs_momentum : float, bool
        Of the solver "sgd"; "momentum" has the first alone.
    early_stopping : bool
        Whether to stop by the score on samples that are held out, instead of the loss. The best weights are put back.
    validation_fraction : float
        The share of the samples that is held out, drawn at random, of every class the same; in their score all count
        the same.
    class_weight : dict, "balanced" or None
        What the weights of a class's samples are multiplied by; "balanced" gives all classes the same sum.

    Attributes
    ----------
    classes_ : array
        The labels, sorted; the numbers of the columns for several labels a sample.
    model_ : MLP
        The network.
    coefs_, intercepts_ : tuple of array
        Its weights, shape (inputs, outputs), and biases, layer by layer. They may be set, all at once; the arrays are
        copies that cannot be changed.
    n_layers_, n_outputs_, out_activation_ : int, int, str
        The layers with inputs and outputs, the outputs, and what makes these predictions.
    n_iter_ : int
        The epochs of the last call.
    loss_, best_loss_, loss_curve_ : float, float or None, list of float
        The loss with the penalty: the last one, the smallest (None with early_stopping), and that of every epoch since
        the weights were new.
    validation_scores_, best_validation_score_ : list of float and float, or None
        With early_stopping, the accuracy on the samples held out after every epoch of the last call, and the largest,
        that of the weights.
    n_features_in_, feature_names_in_
        How many inputs there are, and their names if X was a DataFrame.

    Examples
    --------
    >>> from inversa.nn import MLPClassifier, data
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> iris = data.iris()
    >>> network = MLPClassifier((8,), learning_rate_init=0.02, max_iter=500, tol=1e-3, random_state=0)
    >>> classifier = make_pipeline(StandardScaler(), network)
    >>> bool(cross_val_score(classifier, iris.x, iris.y, cv=3).mean() > 0.9)
    True

    Notes
    -----
    What differs from scikit-learn's, beside ``tol``: there is no solver "lbfgs" and none of the parameters that go with
    it or with learning rates that change; a parameter that is not here is refused by name, with what to use. Training
    stops after n_iter_no_change epochs, not one later. What diverges raises a DivergenceError, and a fit that fails
    leaves the estimator as it was. Of sample weights the mean counts, not each batch's own. Epochs are shown as a
    progress bar, not printed. The shares that early_stopping holds out are stratified for several classes, too.
    A ``warm_start`` with another activation or other sizes is refused. A sparse X is made dense.

    References
    ----------
    The penalty, the first weights and the names: F. Pedregosa et al., "Scikit-learn: machine learning in Python",
    JMLR 12, 2011.
    """

    _metric = "accuracy"

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: ActivationName | Literal["logistic"] | Function = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        class_weight: Mapping[Any, float] | str | None = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
        )
        self.class_weight = class_weight

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on these samples, going on from what was learnt before.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array_like
            All labels that will ever come; needed in the first call, unless y is a matrix of labels.

        Returns
        -------
        self

        Examples
        --------
        >>> from inversa.nn import MLPClassifier
        >>> classifier = MLPClassifier((4,), random_state=0)
        >>> classifier.partial_fit([[0.0], [1.0]], ["no", "yes"], classes=["no", "yes", "perhaps"]).classes_.tolist()
        ['no', 'perhaps', 'yes']
        """
        self._train(X, y, sample_weight, incremental=True, classes=classes)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each sample; or 1 for each label with a probability above one half.

        Returns
        -------
        array, shape (samples,) or (samples, labels)
        """
        scores = self._scores(X)
        return (scores > 0).astype(int) if self._multilabel else self.classes_[scores.argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """The probabilities of the classes, in the order of ``classes_``, or of the labels.

        Returns
        -------
        array, shape (samples, classes)
        """
        scores = self._scores(X)
        return np.asarray(sigmoid(scores) if self._multilabel else softmax(scores))

    def predict_log_proba(self, X: ArrayLike) -> NDArray[Any]:
        """The logarithms of the probabilities, computed without rounding any probability to 0.

        Returns
        -------
        array, shape (samples, classes)
        """
        scores = self._scores(X)
        return np.asarray(-softplus(-scores) if self._multilabel else log_softmax(scores))

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """The network's outputs, the logits: of two classes, the larger the more it is the second.

        Returns
        -------
        array, shape (samples,) for two classes, else (samples, classes)
        """
        outputs = self._outputs(X)
        return outputs.ravel() if self._binary else outputs

    def _scores(self, X: ArrayLike) -> NDArray[Any]:
        """Logits, a column for each class: softmax (0, z) = (1 − σ(z), σ(z))."""
        outputs = self._outputs(X)
        return np.column_stack([np.zeros_like(outputs), outputs]) if self._binary else outputs

    @property
    def _binary(self) -> bool:
        return self._loss == "binary_cross_entropy"

    @property
    def _multilabel(self) -> bool:
        return self._loss == "multilabel_cross_entropy"

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool, classes: Any
    ) -> tuple[Any, Any, Any, LossName]:
        X, y, weights = checked(self, X, y, sample_weight, reset=reset, multi_output=True)
        check_classification_targets(y)
        if y.ndim == 2:
            if type_of_target(y) != "multilabel-indicator":
                raise ValueError(
                    "several columns in y are labels, each 0 or 1: for several classifications fit one each"
                )
            self.classes_ = np.arange(y.shape[1])
        else:
            self.classes_ = known_classes(self, y, classes, incremental=incremental, reset=reset)
        weights = class_weighted(self.class_weight, y, self.classes_, weights, incremental=incremental)
        if y.ndim == 2:
            return X, y, weights, "multilabel_cross_entropy"
        loss: LossName = "binary_cross_entropy" if len(self.classes_) == 2 else "cross_entropy"
        return X, class_targets(y, self.classes_), weights, loss

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """A multilayer perceptron that predicts numbers, with the parameters of scikit-learn's ``MLPRegressor``.

    The loss is half the mean squared error, 1/(2n) Σ ‖ŷ − y‖²; with several outputs their errors are added up. Inputs
    and targets want a common scale: put a ``StandardScaler`` before, and a ``TransformedTargetRegressor`` around.

    Parameters
    ----------
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate_init, max_iter, shuffle, random_state, \
    tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, n_iter_no_change
        As for `MLPClassifier`. The validation score is R².

    Attributes
    ----------
    model_, coefs_, intercepts_, n_layers_, n_outputs_, out_activation_, n_iter_, loss_, best_loss_, loss_curve_, \
    validation_scores_, best_validation_score_, n_features_in_, feature_names_in_
        As for `MLPClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import MLPRegressor
    >>> X = np.linspace(-2, 2, 100)[:, None]
    >>> regressor = MLPRegressor((16,), activation="tanh", learning_rate_init=0.05, max_iter=500, random_state=0)
    >>> bool(regressor.fit(X, np.sin(2 * X[:, 0])).score(X, np.sin(2 * X[:, 0])) > 0.95)
    True
    """

    _metric = "r2"

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch on these samples, going on from what was learnt before; see `fit`.

        Examples
        --------
        >>> from inversa.nn import MLPRegressor
        >>> regressor = MLPRegressor((4,), random_state=0)
        >>> len(regressor.partial_fit([[0.0]], [1.0]).partial_fit([[1.0]], [3.0]).loss_curve_)
        2
        """
        self._train(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The network's outputs.

        Returns
        -------
        array, shape (samples,) or (samples, outputs)
        """
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool, classes: Any
    ) -> tuple[Any, Any, Any, LossName]:
        X, y, weights = checked(self, X, y, sample_weight, reset=reset, multi_output=True, y_numeric=True)
        return X, y.reshape(len(y), -1), weights, "half_mean_squared_error"

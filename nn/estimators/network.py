"""NetworkEstimator: what MLPClassifier and MLPRegressor share, their parameters and training by `Trainer`."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sklearn.base import BaseEstimator, MultiOutputMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from inversa.autograd.ops.namespace import np
from inversa.nn.data import check_count
from inversa.nn.estimators.samples import ConvergenceWarning
from inversa.nn.init import uniform
from inversa.nn.mlp import MLP
from inversa.nn.optim.names import NAMES
from inversa.nn.optim.settings import not_negative
from inversa.nn.parameter import assign
from inversa.nn.penalties import L2
from inversa.nn.training import EarlyStopping, Trainer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.activations import Function
    from inversa.nn.optim import Optimizer
    from inversa.nn.penalties import ElasticNet
    from inversa.nn.training import History


class NetworkEstimator(MultiOutputMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """The parameters and their meaning; a subclass says what the outputs are. See `MLPClassifier`."""

    _metric: ClassVar[str]  # what is watched on the samples that early stopping holds out
    model_: MLP
    loss_curve_: list[float]
    _loss: str
    _trainer: Trainer
    _generator: np.random.Generator

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Function = "relu",
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
        n_iter_no_change: int = 10,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a new network, or with ``warm_start`` the present one further.

        Parameters
        ----------
        X : array_like or DataFrame, shape (samples, features)
        y : array_like, Series or DataFrame, shape (samples,) or (samples, outputs)
        sample_weight : array_like, shape (samples,), optional
            How much each sample counts: one of weight 2 like two samples, one of weight 0 like none.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that do not fit.
        DivergenceError
            When the loss became infinite.

        Warns
        -----
        ConvergenceWarning
            When training ended before the stopping rule was met.
        """
        history = self._train(X, y, sample_weight)
        if not history.stopped:
            warnings.warn(
                f"no convergence in max_iter={self.max_iter} epochs: raise max_iter, or try another "
                "learning_rate_init; inputs want a common scale, as StandardScaler gives them",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    @abstractmethod
    def _samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool, classes: Any
    ) -> tuple[Any, Any, Any, str]:
        """Samples, targets (one column an output) and weights, all checked, and the name of the loss."""

    def _train(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool = False, classes: Any = None) -> History:
        """All epochs of a fit, or the one of a partial fit."""
        self._check_parameters()
        reset = not (hasattr(self, "model_") and (incremental or self.warm_start))
        X, targets, weights, loss = self._samples(
            X, y, sample_weight, reset=reset, incremental=incremental, classes=classes
        )
        share = self._share_held_out(len(X)) if self.early_stopping and not incremental else 0.0
        batch_size, penalty = self._scale(len(X) - round(share * len(X)), weights)

        sizes = (X.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), targets.shape[1])
        if reset:
            generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
            model = self._network(sizes, generator, X.dtype)
        else:
            generator, model = self._generator, self.model_
            before = model.sizes, self._loss
            if before != (sizes, loss):
                raise ValueError(
                    f"training cannot go on: the network has the sizes {before[0]} and learns by {before[1]}, what is "
                    f"given asks for {sizes} and {loss}. To start anew use fit with warm_start=False"
                )
        if incremental and not reset:
            trainer = self._trainer  # its optimiser goes on with its running averages
        else:
            metrics = [self._metric] if share else []
            trainer = Trainer(model, loss=loss, optimizer=self._optimizer, metrics=metrics)
        trainer.objective.penalty = penalty
        watched = f"val_{self._metric}" if share else "loss"
        history = trainer.fit(
            X,
            targets,
            epochs=1 if incremental else self.max_iter,
            batch_size=batch_size,
            validation_split=share,
            sample_weight=weights,
            callbacks=[EarlyStopping(watched, self.n_iter_no_change, self.tol, restore_best=bool(share))],
            shuffle=self.shuffle,
            seed=generator,
            progress=bool(self.verbose),
        )
        self.model_, self._loss, self._trainer, self._generator = model, loss, trainer, generator
        self.n_iter_ = len(history)
        self.loss_curve_ = ([] if reset else self.loss_curve_) + history.loss
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.inf  # Ctrl-C in the first epoch
        self.best_loss_ = min(self.loss_curve_, default=np.inf)
        self.validation_scores_ = history.history.get(watched, []) if share else None
        return history

    def _check_parameters(self) -> None:
        check_count("max_iter", self.max_iter)
        check_count("n_iter_no_change", self.n_iter_no_change)
        not_negative("tol", self.tol)
        not_negative("alpha", self.alpha)
        if self.batch_size != "auto":
            check_count("batch_size", self.batch_size)
        if self.solver not in NAMES:
            raise ValueError(f"there is no solver {self.solver!r}: use one of {', '.join(NAMES)}")

    def _network(self, sizes: tuple[int, ...], generator: np.random.Generator, dtype: Any) -> MLP:
        """A network with scikit-learn's first parameters: Glorot's bounds, for biases as for weights."""
        activation = "sigmoid" if self.activation == "logistic" else self.activation
        model = MLP(sizes, activation, seed=generator, dtype=dtype)
        for layer in model.layers:
            bound = sqrt((2 if activation == "sigmoid" else 6) / (layer.inputs + layer.outputs))
            for parameter in layer.parameters():
                assign(parameter, uniform(parameter.shape, generator, bound))
        return model

    def _share_held_out(self, samples: int) -> float:
        if not 2 <= round(samples * self.validation_fraction) < samples:
            raise ValueError(
                f"early_stopping holds out validation_fraction={self.validation_fraction} of n_samples={samples}: "
                "that must be 2 samples at least, and leave one to train on"
            )
        return self.validation_fraction

    def _scale(self, samples: int, weights: NDArray[Any] | None) -> tuple[int, ElasticNet]:
        """The batch size, and the penalty that goes with it: scikit-learn's α / 2 ‖w‖² over the weight of a batch."""
        batch_size = min(200 if self.batch_size == "auto" else int(self.batch_size), samples)
        strength = self.alpha / (2 * batch_size)
        return batch_size, L2(strength if weights is None else strength / float(weights.mean()))

    def _optimizer(self, parameters: list[Any]) -> Optimizer:
        settings: dict[str, Any] = {}
        if self.solver == "sgd":
            settings = {"momentum": self.momentum, "nesterov": self.nesterovs_momentum and self.momentum != 0}
        elif self.solver == "momentum":
            settings = {"beta": self.momentum}
        return NAMES[self.solver](parameters, lr=self.learning_rate_init, **settings)

    def _outputs(self, X: ArrayLike) -> NDArray[Any]:
        """What the network gives, shape (samples, outputs): predictions, or logits."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.model_.predict(X)

    @property
    def coefs_(self) -> list[NDArray[Any]]:
        """The weights of every layer, each of the shape (inputs, outputs)."""
        return [layer.weight.numpy().T.copy() for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[NDArray[Any]]:
        """The biases of every layer."""
        return [layer.bias.numpy().copy() for layer in self.model_.layers]  # type: ignore[union-attr]  # all have one

"""NetworkEstimator: what MLPClassifier and MLPRegressor share, their parameters and training by `Trainer`."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from sklearn.base import MultiOutputMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.activations import FUNCTIONS
from inversa.nn.activations import named as named_activation
from inversa.nn.estimators.parameters import KnowsAbsent, generator_of
from inversa.nn.estimators.samples import ConvergenceWarning, all_or_nothing, inputs
from inversa.nn.init import uniform
from inversa.nn.mlp import MLP
from inversa.nn.optim.names import NAMES
from inversa.nn.parameter import assign
from inversa.nn.penalties import L2
from inversa.nn.training import DivergenceError, EarlyStopping, Trainer
from inversa.nn.training.objective import Objective

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.activations import Function
    from inversa.nn.activations import Name as ActivationName
    from inversa.nn.losses.names import Name as LossName
    from inversa.nn.module import Module
    from inversa.nn.optim import Optimizer
    from inversa.nn.training import History

_SCHEDULES = "the learning rate stays the same; an nn.Trainer has schedules, such as schedules.TimeDecay(0.1)"
_ADAM = (
    "an nn.Trainer takes an optimizer with settings, such as optim.Adam(model.parameters(), 0.001, betas=(0.9, 0.99))"
)
_LBFGS = "there is no solver 'lbfgs', which it is for; max_iter limits the epochs"

# Parameters of scikit-learn's that are not here, and what to use.
ABSENT = {
    "learning_rate": _SCHEDULES,
    "power_t": _SCHEDULES,
    "beta_1": _ADAM,
    "beta_2": _ADAM,
    "epsilon": _ADAM,
    "max_fun": _LBFGS,
    "loss": "the loss follows from the targets; an nn.Trainer takes any, such as loss='huber'",
    "class_weight": "it is for classifiers: fit takes sample_weight",
}


class BatchObjective(Objective):
    """A loss with scikit-learn's penalty, strength / n · ‖w‖²: n is the number of samples in the batch at hand."""

    def __init__(self, model: Module, loss: LossName, metrics: list[str], strength: float) -> None:
        super().__init__(model, loss, metrics, penalty=None)
        self.strength = strength

    def penalised(self, loss: Any, number: int) -> Any:
        """The loss of a number of samples, and the penalty of the model."""
        return super().penalised(loss, number) + L2(self.strength / number)(self.model)


class NetworkEstimator(MultiOutputMixin, KnowsAbsent):  # type: ignore[misc]  # scikit-learn publishes no types
    """The parameters and their meaning; a subclass says what the outputs are. See `MLPClassifier`."""

    _absent = ABSENT
    _metric: ClassVar[str]  # what is watched on the samples that early stopping holds out
    model_: MLP
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    _loss: LossName
    _trainer: Trainer
    _generator: np.random.Generator

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

        Whatever is raised, the estimator is then as it was before.

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
    ) -> tuple[Any, Any, Any, LossName]:
        """Samples, targets (one column an output) and weights, all checked, and the name of the loss."""

    def _train(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool = False, classes: Any = None) -> History:
        """All epochs of a fit, or the one of a partial fit: all of it, or nothing."""
        self._check_parameters()
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it is one epoch, and holds no samples out"
            )
        with all_or_nothing(self):
            try:
                return self._learn(X, y, sample_weight, incremental, classes)
            except DivergenceError as error:
                raise DivergenceError(
                    f"{str(error).partition(':')[0]}: try a smaller learning_rate_init than "
                    f"{self.learning_rate_init:g}, or put a StandardScaler before; the estimator is as it was"
                ) from None

    def _learn(self, X: Any, y: Any, sample_weight: Any, incremental: bool, classes: Any) -> History:
        reset = not (hasattr(self, "model_") and (incremental or self.warm_start))
        X, targets, weights, loss = self._samples(
            X, y, sample_weight, reset=reset, incremental=incremental, classes=classes
        )
        sizes = (X.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), targets.shape[1])
        if reset:
            generator = generator_of(self.random_state)
            model = self._network(sizes, generator, X.dtype)
        else:
            self._check_same(sizes, loss)
            generator, model = self._generator, self.model_
        held_out = None
        if self.early_stopping:
            X, targets, weights, held_out = self._divided(X, targets, weights, loss, generator)
        # scikit-learn's penalty is α / 2 ‖w‖² over the weight of a batch
        strength = self.alpha / 2 / (1.0 if weights is None else float(weights.mean()))
        trainer = self._trainer_of(model, loss, strength, goes_on=incremental and not reset)
        history = trainer.fit(
            X,
            targets,
            epochs=1 if incremental else self.max_iter,
            batch_size=min(200 if self.batch_size == "auto" else int(self.batch_size), len(X)),
            validation_data=held_out,
            sample_weight=weights,
            callbacks=self._callbacks(),
            shuffle=bool(self.shuffle),
            seed=generator,
            progress=bool(self.verbose),
        )
        self.model_, self._loss, self._trainer, self._generator = model, loss, trainer, generator
        self._note(history, reset)
        return history

    def _note(self, history: History, reset: bool) -> None:
        """Put down what is reported of a training."""
        self.n_iter_ = len(history)
        self.loss_curve_ = ([] if reset else self.loss_curve_) + history.loss
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else inf  # Ctrl-C in the first epoch
        self.best_loss_ = self.validation_scores_ = self.best_validation_score_ = None
        if self.early_stopping:
            self.validation_scores_ = history.history.get(f"val_{self._metric}", [])
            self.best_validation_score_ = max(self.validation_scores_, default=-inf)
        else:
            self.best_loss_ = min(self.loss_curve_, default=inf)

    def _check_layers(self) -> None:
        sizes: Any = self.hidden_layer_sizes
        sizes = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
        if isinstance(sizes, str) or not isinstance(sizes, Sequence):
            checks.count("hidden_layer_sizes", sizes, example="100, or a sequence of them, (8, 4)")
        else:
            for i, size in enumerate(sizes):
                checks.count(f"hidden_layer_sizes[{i}]", size, example="100")
        if isinstance(self.activation, str) or not callable(self.activation):
            checks.choice("activation", self.activation, ["logistic", *FUNCTIONS], "a function")
        else:
            named_activation(self.activation)  # a class is none

    def _check_parameters(self) -> None:
        self._check_layers()
        checks.choice("solver", self.solver, NAMES)
        checks.number("alpha", self.alpha, at_least=0, example="0.0001")
        if not (isinstance(self.batch_size, str) and self.batch_size == "auto"):
            checks.count("batch_size", self.batch_size, example="200, or 'auto'")
        checks.number("learning_rate_init", self.learning_rate_init, above=0, example="0.001")
        checks.count("max_iter", self.max_iter, example="200")
        checks.number("tol", self.tol, at_least=0, example="0.0001")
        checks.number("momentum", self.momentum, at_least=0, below=1, example="0.9")
        checks.number("validation_fraction", self.validation_fraction, at_least=0, below=1, example="0.1")
        patience: Any = self.n_iter_no_change
        if not (isinstance(patience, float) and patience == inf):
            checks.count("n_iter_no_change", patience, example="10, or infinity")
        for name in ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping"):
            checks.flag(name, getattr(self, name))
        verbose: Any = self.verbose
        if not isinstance(verbose, int):  # a number, as scikit-learn has it, is as good as True
            checks.flag("verbose", verbose)
        generator_of(self.random_state, draw=False)

    def _check_same(self, sizes: tuple[int, ...], loss: str) -> None:
        """Raise unless the present network is what the parameters and the targets ask for."""
        now = self.model_.sizes, self._loss
        if now != (sizes, loss):
            raise ValueError(
                f"training cannot go on: the network has the sizes {now[0]} and learns by {now[1]}, what is "
                f"given asks for {sizes} and {loss}. To start anew use fit with warm_start=False"
            )
        if any(getattr(layer, "activation", None) is not self._activation for layer in self.model_.layers[:-1]):
            raise ValueError(
                f"training cannot go on: the network has another activation than {checks.shown(self.activation)}. To "
                "start anew use fit with warm_start=False"
            )

    @property
    def _activation(self) -> Function:
        return named_activation("sigmoid" if self.activation == "logistic" else self.activation)

    def _network(self, sizes: tuple[int, ...], generator: np.random.Generator, dtype: Any) -> MLP:
        """A network with scikit-learn's first parameters: Glorot's bounds, for biases as for weights."""
        model = MLP(sizes, self._activation, seed=generator, dtype=dtype)
        for layer in model.layers:
            bound = sqrt((2 if self.activation in ("logistic", "sigmoid") else 6) / (layer.inputs + layer.outputs))
            for parameter in layer.parameters():
                assign(parameter, uniform(parameter.shape, generator, bound))
        return model

    def _divided(
        self, X: Any, targets: Any, weights: Any, loss: LossName, generator: np.random.Generator
    ) -> tuple[Any, Any, Any, tuple[Any, Any]]:
        """The samples to train on, and those that are held out: of every class the same share."""
        share = f"validation_fraction={self.validation_fraction} of n_samples={len(X)}"
        if ceil(len(X) * self.validation_fraction) < 2:
            raise ValueError(f"The validation set is too small: {share} must be 2 samples at least")
        try:
            used, held = train_test_split(
                np.arange(len(X)),
                test_size=self.validation_fraction,
                random_state=int(generator.integers(2**31)),
                stratify=targets if loss in ("binary_cross_entropy", "cross_entropy") else None,
            )
        except ValueError as error:
            raise ValueError(f"early_stopping holds out {share}, some of every class: {error}") from None
        return X[used], targets[used], None if weights is None else weights[used], (X[held], targets[held])

    def _callbacks(self) -> list[EarlyStopping]:
        """What ends the training; with early_stopping also what keeps the best weights, however little better."""
        never = self.max_iter + 1
        patience = never if self.n_iter_no_change == inf else int(self.n_iter_no_change)
        watched = f"val_{self._metric}" if self.early_stopping else "loss"
        ends = EarlyStopping(watched, patience, self.tol, restore_best=False)
        return [ends, EarlyStopping(watched, never)] if self.early_stopping else [ends]

    def _trainer_of(self, model: MLP, loss: LossName, strength: float, goes_on: bool) -> Trainer:
        """The trainer of a new training, or the one that goes on: with the settings of now, and its averages."""
        optimizer = self._optimizer(model.parameters())
        if goes_on and type(optimizer) is type(self._trainer.optimizer):
            settings, optimizer = optimizer.state_dict()["groups"], self._trainer.optimizer
            if any(optimizer.groups[0][name] != setting for name, setting in settings[0].items()):
                optimizer.load_state_dict(optimizer.state_dict() | {"groups": settings})
            if self._trainer.objective.strength == strength:  # type: ignore[attr-defined]  # a BatchObjective
                return self._trainer
        trainer = Trainer(model, loss=loss, optimizer=optimizer)
        trainer.objective = BatchObjective(model, loss, [self._metric] if self.early_stopping else [], strength)
        return trainer

    def _optimizer(self, parameters: list[Any]) -> Optimizer:
        settings: dict[str, Any] = {}
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum) and self.momentum != 0
            settings = {"momentum": self.momentum, "nesterov": nesterov}
        elif self.solver == "momentum":
            settings = {"beta": self.momentum}
        return NAMES[self.solver](parameters, lr=self.learning_rate_init, **settings)  # type: ignore[abstract]  # a subclass, which is not

    def _outputs(self, X: ArrayLike) -> NDArray[Any]:
        """What the network gives, shape (samples, outputs): predictions, or logits."""
        check_is_fitted(self)
        return self.model_.predict(inputs(self, X))

    @property
    def n_layers_(self) -> int:
        """The number of layers, inputs and outputs counted."""
        return len(self.model_.sizes)

    @property
    def n_outputs_(self) -> int:
        """The number of outputs."""
        return self.model_.sizes[-1]

    @property
    def out_activation_(self) -> str:
        """What makes the network's outputs predictions: "identity", "logistic" or "softmax"."""
        logistic = ("binary_cross_entropy", "multilabel_cross_entropy")
        return "logistic" if self._loss in logistic else "softmax" if self._loss == "cross_entropy" else "identity"

    @property
    def coefs_(self) -> tuple[NDArray[Any], ...]:
        """The weights of every layer, each of the shape (inputs, outputs); may be set, as a whole."""
        return tuple(_copy(layer.weight.numpy().T) for layer in self.model_.layers)

    @coefs_.setter
    def coefs_(self, arrays: Sequence[ArrayLike]) -> None:
        given = self._of_shapes("coefs_", arrays, [array.shape for array in self.coefs_])
        for layer, array in zip(self.model_.layers, given, strict=True):
            assign(layer.weight, array.T)

    @property
    def intercepts_(self) -> tuple[NDArray[Any], ...]:
        """The biases of every layer; may be set, as a whole."""
        return tuple(_copy(layer.bias.numpy()) for layer in self.model_.layers)  # type: ignore[union-attr]  # all have one

    @intercepts_.setter
    def intercepts_(self, arrays: Sequence[ArrayLike]) -> None:
        given = self._of_shapes("intercepts_", arrays, [array.shape for array in self.intercepts_])
        for layer, array in zip(self.model_.layers, given, strict=True):
            assign(layer.bias, array)  # type: ignore[arg-type]  # all have one

    def _of_shapes(self, name: str, arrays: Any, shapes: list[tuple[int, ...]]) -> list[NDArray[Any]]:
        """The arrays, if they are finite numbers in these shapes."""
        try:
            given = [np.asarray(array, dtype=float) for array in arrays]
        except (TypeError, ValueError):
            raise checks.wrong(name, f"arrays of the shapes {shapes}", arrays) from None
        actual = [array.shape for array in given]
        if actual != shapes:
            raise ValueError(f"{name} is arrays of the shapes {shapes}, not of {actual}")
        if not all(np.isfinite(array).all() for array in given):
            raise ValueError(f"{name} is arrays of finite numbers, not infinite or nan")
        return given

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _copy(array: NDArray[Any]) -> NDArray[Any]:
    """A copy that cannot be changed, for the network would not change with it."""
    array = array.copy()
    array.flags.writeable = False
    return array

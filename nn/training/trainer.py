"""Trainer: the loop over epochs and mini-batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule, np
from inversa.nn.metrics import Metric
from inversa.nn.optim.names import named as named_optimizer
from inversa.nn.schedules import Scheduler
from inversa.nn.training.arguments import (
    as_callbacks,
    as_file,
    as_generator,
    as_pair,
    check_batches,
    check_monitors,
)
from inversa.nn.training.batches import Batches
from inversa.nn.training.blocks import Blocks
from inversa.nn.training.callbacks import Callback
from inversa.nn.training.fingerprint import described, fingerprint
from inversa.nn.training.history import History
from inversa.nn.training.keywords import spelled
from inversa.nn.training.objective import Objective
from inversa.nn.training.prediction import predict
from inversa.nn.training.run import Run
from inversa.nn.training.samples import Samples, counted, divided
from inversa.nn.training.sources import checked
from inversa.nn.training.stepper import Stepper

if TYPE_CHECKING:
    from distributed import Client
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed
    from inversa.nn.losses import names as losses
    from inversa.nn.metrics import Name as MetricName
    from inversa.nn.optim import Optimizer
    from inversa.nn.optim import names as optimizers
    from inversa.nn.training import parallel
    from inversa.nn.training.model import Model
else:
    parallel = LazyModule("inversa.nn.training.parallel")  # needs Dask


_EXAMPLES = {"penalty": "penalties.L2(1e-4)", "schedule": "schedules.TimeDecay(0.1)", "augment": "augment.Jitter(0.1)"}


class Trainer:
    """What a model is trained for, and how: a loss, an optimiser, and what goes with them.

    Parameters
    ----------
    model : Module
        An `MLP`, a `NeuronNetwork`, or any module whose output the loss understands.
    loss : str or callable
        ``"mse"``, ``"cross_entropy"``, … (see `inversa.nn.losses.named`), or a function of outputs and targets.
    optimizer : str, Optimizer, or callable
        ``"sgd"``, ``"adam"``, …, an optimiser of the model's parameters, or a function that makes one of them.
    lr : float, optional
        The learning rate of an optimiser given by its name or class; by default that of the class, 0.001 for Adam and
        AdamW, else 0.01.
    metrics : sequence of str or callable
        ``"accuracy"``, ``"r2"``, names of functions of `sklearn.metrics`, or functions of targets and predictions.
        Predictions are classes if the loss is one for classes.
    penalty : callable, optional
        Gives for the model a number that is added to the loss of every batch, such as ``L2(1e-4)`` of
        `inversa.nn.penalties`.
    schedule : callable, optional
        Gives for t = 0, 1, 2, … what the learning rate is multiplied by, such as ``TimeDecay(0.1)`` of
        `inversa.nn.schedules`.
    schedule_per : {"epoch", "step"}
        What t counts.
    clip_norm, clip_value : float, optional
        The largest norm of all gradients together, and the largest absolute value of any.
    augment : callable, optional
        Changes every training batch, such as ``Jitter(0.1)`` of `inversa.nn.augment`.

    Raises
    ------
    ValueError
        For settings that make no sense or do not go together, such as a sigmoid at the output and a loss that takes
        logits.
    TypeError
        For settings of the wrong kind, and a loss that cannot be differentiated, such as one of scikit-learn.

    Attributes
    ----------
    history : History
        Of the last training.

    Examples
    --------
    >>> from inversa.nn import MLP, Trainer
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    >>> model = MLP([2, 4, 1], activation="tanh", seed=0)
    >>> trainer = Trainer(model, loss="mse", optimizer="adam", lr=0.05)
    >>> history = trainer.fit(x, y, epochs=300)
    >>> model.predict(x).round().ravel().tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    @spelled("compile")
    def __init__(
        self,
        model: Model,
        *,
        loss: losses.Name | Callable[..., Any],
        optimizer: optimizers.Name | Optimizer | Callable[[list[Any]], Optimizer] = "adam",
        lr: float | None = None,
        metrics: Sequence[MetricName | str | Metric] = (),
        penalty: Callable[[Model], Any] | None = None,
        schedule: Callable[[int], float] | None = None,
        schedule_per: Literal["epoch", "step"] = "epoch",
        clip_norm: float | None = None,
        clip_value: float | None = None,
        augment: Callable[[NDArray[Any], np.random.Generator], NDArray[Any]] | None = None,
    ) -> None:
        checks.choice("schedule_per", schedule_per, ("epoch", "step"))
        for name, limit in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if limit is not None:
                checks.number(name, limit, above=0, example="1.0")
        functions: dict[str, Any] = {"penalty": penalty, "schedule": schedule, "augment": augment}
        for name, setting in functions.items():
            if setting is not None and (not callable(setting) or isinstance(setting, type)):
                raise checks.wrong(name, "a function", setting, _EXAMPLES[name], TypeError)
        self.model = model
        self.objective = Objective(model, loss, metrics, penalty)
        self.optimizer = named_optimizer(optimizer, model.parameters(), lr)
        if not {id(p) for p in self.optimizer.parameters} & {id(p) for p in model.parameters()}:
            raise ValueError("the optimizer has none of this model's parameters: give it model.parameters()")
        self.settings = {  # those that a checkpoint is held to
            "loss": loss,
            "optimizer": [type(self.optimizer), self.optimizer.state_dict()["groups"]],
            "metrics": list(self.objective.metrics),
            "penalty": penalty,
            "schedule": [schedule, schedule_per],
            "clip_norm": clip_norm,
            "clip_value": clip_value,
            "augment": augment,
        }
        self.scheduler = Scheduler(self.optimizer, schedule) if schedule else None
        self.schedule_per = schedule_per
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.augment = augment
        self.stepper = Stepper(self)
        self.history = History()

    # Training.

    @spelled("fit")
    def fit(
        self,
        x: ArrayLike | Iterable[Any] | Callable[[], Iterable[Any]],
        y: ArrayLike | None = None,
        *,
        epochs: int = 1,
        batch_size: int | None = 32,
        validation_split: float = 0.0,
        validation_data: Sequence[ArrayLike] | Iterable[Any] | None = None,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        callbacks: Iterable[Callback | Callable[[int, History], object]] = (),
        shuffle: bool = True,
        seed: Seed = 0,
        progress: bool | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        client: Client | None = None,
    ) -> History:
        """Train the model.

        Steps are compiled where they can be (see `why_not`): ``forward`` runs when a step is compiled, and not each
        time. Attributes of modules, of the loss and of the penalty may be changed during training, arrays in them in
        place, and so may the variables, closed over or global, that these read. Floats of the loss and of the penalty,
        as an annealed weight, are read in every step without compiling anew. What they do besides computing, such as
        printing, is done once.

        Parameters
        ----------
        x, y : array_like
            Samples and targets, one a row: lists, or arrays of the library of the model's parameters, on their device.
            Beside NumPy's, Dask arrays are read block by block, and need not fit into memory. In place of both, an
            iterable may give (x, y) or (x, y, weights) for every batch, such as a DataLoader of PyTorch; or a function
            returns one. What is read when, and in which order, is in the documentation, "Data larger than memory".
        epochs : int
            How often every sample is seen, in all: with ``resume`` together with the epochs before.
        batch_size : int or None
            How many samples there are between two steps of the optimiser: 1 is stochastic gradient descent, None (all)
            the batch method.
        validation_split : float
            The share of the samples, drawn at random, that is not trained on but only looked at after every epoch.
        validation_data : (x, y) or (x, y, sample_weight), or iterable of such batches, optional
            Other samples to look at after every epoch, instead of a split.
        sample_weight : array_like of shape (samples,) or (samples, steps), optional
            How much each sample counts, or each step of a sequence: the mean loss made small is Σ w·l / Σ w over
            all samples, whatever the size of the batches. For that the weights are divided once by their mean over the
            samples that are trained on, and in a batch Σ w·l by its number of samples. A sample of weight 0 is left
            out.
        class_weight : dict or "balanced", optional
            How much the samples of each class count, 1 where nothing is said: ``{0: 1.0, 1: 5.0}``. ``"balanced"`` lets
            all classes count alike. Multiplies ``sample_weight``.
        callbacks : iterable of Callback or callable
            Such as `EarlyStopping`. A function is called after every epoch with its number, from 1, and the history;
            training ends when it returns True.
        shuffle : bool
            Whether every epoch has an order of its own.
        seed : int or numpy Generator
            Of the order of the samples, the validation split and the augmentation. Every call starts from it anew;
            give all calls the same Generator to have them go on.
        progress : bool, optional
            Whether a progress bar is shown on stderr, if tqdm is installed; by default in terminals and notebooks.
        checkpoint : path, optional
            A file that everything is written to after every epoch: model, optimiser, schedule, random state, history.
            What was in it before is lost, unless ``resume`` goes on with it.
        resume : bool
            Whether to go on from the checkpoint if there is one. Training that was killed at any moment and resumed
            with the same data and settings gives what uninterrupted training gives, bit for bit. What modules of
            one's own keep outside of parameters and generators is not in the file.
        client : dask.distributed.Client, optional
            Of a cluster: the gradient of every batch is computed where its samples lie, and added up. Worth it for
            large batches and large models only. What is in memory is cut into blocks, two for each thread of the
            cluster. Batches and their order are those of a Dask array of these blocks.

        Returns
        -------
        History
            Ctrl-C ends the training early, with the weights of the last complete step (or the best ones, where
            `EarlyStopping` puts them back). The model is then in the mode, `train` or `eval`, that it was in before.

        Raises
        ------
        DivergenceError
            When the loss is not a finite number; the model then has the last weights for which it was.
        ValueError
            For data and settings that do not fit, before anything is changed: not the model, nor the history or an old
            checkpoint.
        TypeError
            For arguments of the wrong kind, and callbacks with hooks that would not be called.

        Warns
        -----
        UserWarning
            When parameters get no gradient from the first batch; it names them. Frozen ones need none.

        Examples
        --------
        >>> from inversa.nn import Linear
        >>> model = Linear(1, 1, seed=0)
        >>> model.compile(loss="mse", optimizer="sgd", lr=0.1)
        >>> history = model.fit([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]], epochs=100, batch_size=1)
        >>> model.predict([[3.0]]).tolist()
        [[7.00]]
        """
        checks.count("epochs", epochs, example="10")
        if batch_size is not None:
            checks.count("batch_size", batch_size, example="32")
        checks.number("validation_split", validation_split, at_least=0, below=1, example="0.2")
        checks.flag("shuffle", shuffle)
        checks.flag("resume", resume)
        if progress is not None:
            checks.flag("progress", progress)
        if client is not None:
            _check_client(client, self.model)
        calls = as_callbacks(callbacks)
        file = as_file(checkpoint)
        if resume and file is None:
            raise ValueError("resume=True goes on from a checkpoint: give checkpoint='run.safetensors'")
        others = None if validation_data is None else as_pair(validation_data)
        if y is None:
            check_batches(batch_size, validation_split, sample_weight, class_weight, resume, client)
        generator = as_generator(seed)
        order = generator.bit_generator.state
        try:
            if client is not None:
                x, y = parallel.kept(client, x, y)
            samples = checked(self.objective, (x, y, sample_weight), class_weight, epochs)
            if not isinstance(samples, Batches) and samples.weights is not None:
                samples = samples.rows(counted(samples.weights))
                if not samples.number:
                    raise ValueError("the weights of the samples are all 0: there is nothing to learn from")
            held_out = None if others is None else checked(self.objective, others, passes=epochs)
            if isinstance(samples, Blocks) and client is not None and batch_size is None:
                size = samples.number  # which no single computer needs to have in memory
            else:
                size = samples.size(batch_size)
            settings: dict[str, Any] = {}
            if file is not None:
                given: dict[str, Any] = {
                    **samples.identity(),
                    "batch_size": size,
                    "shuffle": shuffle,
                    "seed": generator,
                    "validation_split": validation_split,
                    "validation_data": held_out,
                    "callbacks": [type(call) for call in calls],
                    "model": described(self.model),
                }
                if client is not None and isinstance(samples, Samples):
                    given["client"] = len(parallel.slots(client))  # the blocks, and so the order, depend on it
                settings = fingerprint(given | self.settings)
            if not isinstance(samples, Batches):
                if validation_split and held_out is None:
                    samples, held_out = divided(samples, validation_split, generator)
                self.objective.tried_alone(samples, size)
                samples = self.objective.scaled(samples)
            check_monitors(calls, self._recorded(held_out is not None))
            source: Samples | Blocks | Batches | parallel.Cluster = samples
            place: AbstractContextManager[Any] = nullcontext()
            if client is not None and not isinstance(samples, Batches):
                source = parallel.Cluster(client, self.objective, self.optimizer.parameters, samples, size)
                place = source.at_work(self.stepper)
            run = Run(self, source, held_out, epochs, size, shuffle, generator, calls, file, place, settings)
            run.prepare(resume)
        except BaseException:
            generator.bit_generator.state = order
            raise
        run.train(progress)
        return self.history

    def _recorded(self, held_out: bool) -> list[str]:
        """What every epoch will record."""
        names = ["loss", *self.objective.metrics]
        held = [f"val_{name}" for name in names] if held_out else []
        return names + held + (["lr"] if self.scheduler else [])

    def step(self, x: Any, y: Any, w: Any = None, where: str = "this step") -> tuple[float, Any]:
        """One mini-batch forwards, backwards, and one step of the optimiser; the cost before it, and the outputs."""
        cost, seen = self.stepper.step(Samples(x, y, w), where)
        return cost, seen and seen[1]

    @property
    def why_not(self) -> str | None:
        """Why the last step was computed by recording a graph and not by replaying what was compiled; None if it was.

        >>> from inversa.nn import MLP, Trainer
        >>> trainer = Trainer(MLP([1, 1]), loss=lambda h, y: ((h - y) ** 2 if h.mean() > 0 else h - y).mean())
        >>> history = trainer.fit([[1.0]], [[1.0]])
        >>> print(trainer.why_not)
        it looks at the numbers of a traced array (a branch)...
        >>> trainer = Trainer(MLP([1, 1]), loss="mse")
        >>> history = trainer.fit([[1.0]], [[1.0]])
        >>> print(trainer.why_not)
        None
        """
        return self.stepper.compiled.why_not

    # Using the trained model.

    @spelled("evaluate")
    def evaluate(self, x: Any, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> dict[str, float]:
        """The loss and the metrics of the model on samples x with targets y, dropout off.

        Dask arrays are read block by block; in place of x and y an iterable may give batches, as in `fit`.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> model = MLP([2, 3])
        >>> model.compile(loss="cross_entropy", metrics=["accuracy"])
        >>> model.evaluate([[0.0, 0.0]], [0])
        {'loss': 1.0986122886681098, 'accuracy': 1.0}
        """
        return self.objective.measure(checked(self.objective, (x, y, sample_weight)))

    @spelled("predict_proba")
    def predict_proba(self, x: ArrayLike) -> NDArray[Any]:
        """The probabilities of the classes, one row a sample: the sigmoid or softmax of what a model of logits gives.

        With one output it is the probability of class 1.

        Raises
        ------
        ValueError
            When the loss is not one of probabilities, such as a squared error or the hinge loss.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> model = MLP([2, 4])
        >>> model.compile(loss="cross_entropy")
        >>> model.predict_proba([[0.0, 0.0]]).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
        """
        self.objective.expects_logits(x)
        return self.objective.probabilities(predict(self.model, x))  # type: ignore[no-any-return]

    @spelled("predict_classes")
    def predict_classes(self, x: ArrayLike) -> NDArray[Any]:
        """The classes: the most probable one, or 1 for a probability of 0.5 or more; −1 or 1 with the hinge loss.

        Raises
        ------
        ValueError
            When the loss is not one for classes.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> model = MLP([2, 4])
        >>> model.compile(loss="cross_entropy")
        >>> model.predict_classes([[0.0, 0.0]]).tolist()
        [0]
        """
        self.objective.expects_logits(x)
        return self.objective.classes(predict(self.model, x))  # type: ignore[no-any-return]

    # Keeping and restoring.

    def state_dict(self) -> dict[str, Any]:
        """Everything that training changes: the model, the optimiser, the schedule, the modules' random state."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.scheduler.state_dict() if self.scheduler else None,
            "random": {path: g.bit_generator.state for path, g in self.model.named_generators()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; nothing is changed unless everything fits.

        Raises
        ------
        ValueError
            For the state of another model, optimiser or schedule; the error names what differs.
        """
        before = self.state_dict()
        try:
            self._set(state)
        except BaseException:
            self._set(before)
            raise

    def _set(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        if (self.scheduler is None) != (state["schedule"] is None):
            raise ValueError("this state was saved " + ("without" if self.scheduler else "with") + " a schedule")
        if self.scheduler:
            self.scheduler.load_state_dict(state["schedule"])
        self.optimizer.load_state_dict(state["optimizer"])  # after the schedule: a callback may have set another rate
        generators = dict(self.model.named_generators())
        if set(generators) != set(state["random"]):
            raise ValueError(
                f"random numbers are drawn in {sorted(generators)} here and {sorted(state['random'])} there"
            )
        for path, generator in generators.items():
            generator.bit_generator.state = state["random"][path]


def _check_client(client: Any, model: Model) -> None:
    """Raise unless there is Dask, and the client has a cluster that works."""
    try:
        check = parallel.check_client
    except ImportError as error:
        raise ImportError(f'client= is for clusters of Dask ({error}): pip install "inversa[dask]"') from error
    check(client, model)

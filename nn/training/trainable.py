"""Trainable: what every `Module` can do once it is compiled: fit, evaluate, predict."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from inversa.nn import saving, summary
from inversa.nn.training.prediction import as_input, as_mode, predict
from inversa.nn.training.trainer import Trainer

if TYPE_CHECKING:
    from inversa.nn.training.model import Model

P = ParamSpec("P")
R = TypeVar("R")


def _of_trainer(method: Callable[Concatenate[Trainer, P], R]) -> Callable[Concatenate[Any, P], R]:
    """A method of `Trainer` as a method of the model that it trains."""

    @wraps(method)
    def verb(model: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        if model.trainer is None:
            raise RuntimeError(f"{method.__name__}() needs a loss: call compile(loss=...) first")
        return method(model.trainer, *args, **kwargs)

    return verb  # type: ignore[return-value]  # mypy tells apart what differs only in the first argument's name


def _of_model(function: Callable[Concatenate[Model, P], R]) -> Callable[Concatenate[Any, P], R]:
    """A function of a model as its method."""
    return function


def _of_settings(
    init: Callable[Concatenate[Trainer, Model, P], None],
) -> Callable[..., Callable[Concatenate[Any, P], None]]:
    """For a method that takes what `Trainer` takes besides the model: help and editors show these settings."""
    own, _, *settings = inspect.signature(init).parameters.values()

    def shown(method: Any) -> Any:
        method.__signature__ = inspect.Signature([own, *settings])
        return method

    return shown


class Trainable:
    """Keras's verbs, for every module; `Trainer` does the work and has the documentation."""

    trainer: Trainer | None = None

    @_of_settings(Trainer.__init__)
    def compile(self, **settings: Any) -> None:
        """Say what the model is trained for, and how: ``loss``, ``optimizer`` and the other settings of `Trainer`.

        Examples
        --------
        The regression of A. Torres and R. Naveiro's lecture, with the architecture 3-4-2:

        >>> import numpy as np
        >>> from inversa.nn import MLP
        >>> model = MLP([3, 4, 2], activation="sigmoid")
        >>> model.compile(loss="mse", optimizer="sgd")
        >>> x = np.random.default_rng(0).normal(size=(1000, 3))
        >>> history = model.fit(x, x[:, :2], epochs=10, batch_size=128, validation_split=0.2)
        >>> sorted(history.history), sorted(model.evaluate(x, x[:, :2]))
        (['loss', 'val_loss'], ['loss'])
        """
        self.trainer = Trainer(self, **settings)  # type: ignore[arg-type]

    fit = _of_trainer(Trainer.fit)
    evaluate = _of_trainer(Trainer.evaluate)
    predict_proba = _of_trainer(Trainer.predict_proba)
    predict_classes = _of_trainer(Trainer.predict_classes)
    predict = _of_model(predict)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a safetensors file, atomically, and what the model is made of, for `inversa.nn.load`.

        Raises
        ------
        ValueError
            For a path with the suffix of another kind of file, such as ``.h5``.

        Examples
        --------
        >>> import tempfile
        >>> from inversa.nn import MLP
        >>> model, other = MLP([2, 3, 1], seed=0), MLP([2, 3, 1], seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.safetensors")
        ...     other.load(f"{folder}/model.safetensors")
        >>> model([1.0, 2.0]).item() == other([1.0, 2.0]).item()
        True
        """
        saving.check_suffix(path)
        architecture = importlib.import_module("inversa.nn.architecture")  # it knows all modules, so it stands above
        try:
            description = architecture.described(self)
        except architecture.NotDescribedError as error:
            description = {"lacking": str(error)}
        saving.save(path, self.state_dict(), description)  # type: ignore[attr-defined]

    def export(self, path: str | os.PathLike[str], example: Any = None) -> None:
        """Write what the model computes in use as an ONNX file, for other libraries, runtimes and languages.

        It takes any number of samples and has neither loss nor gradients;
        `inversa.nn.interchange.to_onnx` writes those, too. The package onnx is needed: ``pip install "inversa[onnx]"``.

        Parameters
        ----------
        path : str or path
            The file, which is written atomically; its name ends with ``.onnx``.
        example : array_like, or tuple of them, optional
            Samples such as the model takes, of which one is enough. Needed where the first layer does not say how many
            inputs there are, as with images and sequences.

        Raises
        ------
        ValueError
            For another suffix, without an example where it is needed, and for what cannot be written.
        ImportError
            Without the package onnx.

        Examples
        --------
        >>> import tempfile
        >>> from inversa.nn import MLP, Conv2d
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     MLP([2, 3, 1]).export(f"{folder}/model.onnx")
        ...     Conv2d(1, 2, 3).export(f"{folder}/images.onnx", example=[[[[0.0] * 8] * 8]])
        """
        saving.check_export(path)
        interchange = importlib.import_module("inversa.nn.interchange")  # it stands above
        model: Any = self
        with as_mode(model, training=False):
            if example is not None:
                xs = example if isinstance(example, tuple) else (example,)
                interchange.to_onnx(model, tuple(as_input(model, x) for x in xs), path)
                return
            try:
                interchange.to_onnx(model, summary.example(model), path)
            except interchange.InterchangeError:
                raise
            except (TypeError, ValueError) as error:
                raise ValueError(f"{error}; give samples such as it takes: export(path, example=x[:1])") from error

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read the parameters from a file of `save`, or from a checkpoint; nothing is changed unless they all fit.

        A checkpoint gives the weights that its training left the model with: the best ones where `EarlyStopping` put
        them back, the last ones of a training that was killed.

        Raises
        ------
        FileNotFoundError
            When there is no such file.
        ValueError
            When the file is damaged, or is that of another architecture; the error names what differs.
        """
        state = saving.load(path)
        if isinstance(state, dict) and "settings" in state:  # a checkpoint of a training, of which this is a part
            state = state.get("result", state.get("model"))  # early stopping may have put other weights back
        if not isinstance(state, dict):
            raise ValueError(f"{os.fspath(path)!r} holds no parameters: take another copy")
        try:
            self.load_state_dict(state)  # type: ignore[attr-defined]
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)!r}: {error}") from None

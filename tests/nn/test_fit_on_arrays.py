"""Training on arrays of other libraries gives what NumPy's give, to rounding; resumed, bit for bit."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor
from inversa.autograd.ops import losses
from inversa.autograd.ops.namespace import MixedArraysError, is_foreign
from inversa.nn import (
    MLP,
    BatchNorm1d,
    Callback,
    Conv2d,
    DivergenceError,
    Dropout,
    EarlyStopping,
    Flatten,
    Linear,
    MaxPool2d,
    MLPClassifier,
    NeuronNetwork,
    ReLU,
    Sequential,
    Tanh,
    optim,
)
from inversa.nn.augment import Compose, Flip, Jitter, Shift
from inversa.nn.losses import classification
from inversa.nn.penalties import L2
from inversa.nn.schedules import Cosine
from inversa.viz.plots.samples import predictions

from ..autograd.others import Library, installed
from .small import bits
from .test_arrays_of_others import there
from .test_checkpoints import Kill

TRAINED_ON = [library for library in installed() if library.name != "dask"]
EVERY = pytest.mark.parametrize("library", TRAINED_ON, ids=lambda library: library.name)

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(41, 3))
LABELS = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 0)
WEIGHTS = RANDOM.integers(0, 3, 41) / 2  # some are 0
YES = (X[:, :1] > 0).astype(float)
IMAGES = RANDOM.normal(size=(20, 1, 6, 6))
DARK = (IMAGES.mean(axis=(1, 2, 3)) < 0).astype("uint8")


def moved(model: Any, library: Library | None) -> Any:
    return model if library is None else there(model, library)


def placed(array: Any, library: Library | None) -> Any:
    return array if library is None else library.there(array)


def classifier(library: Library | None) -> Any:
    """Labels, weights of samples and classes, a schedule, clipping, a split, and early stopping in the middle."""
    model = moved(MLP([3, 5, 3], "tanh", seed=0), library)
    model.compile(
        loss="cross_entropy", lr=0.05, schedule=Cosine(60), schedule_per="step", clip_norm=0.5, metrics=["accuracy"]
    )
    model.fit(
        placed(X, library),
        placed(LABELS, library),
        epochs=12,
        batch_size=7,
        validation_split=0.25,
        sample_weight=placed(WEIGHTS, library),
        class_weight={1: 2.0},
        callbacks=[EarlyStopping("val_loss", patience=2, min_delta=0.02)],
    )
    return model


def of_images(library: Library | None) -> Any:
    """Convolutions, and images that are changed at random."""
    layers = (Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 2, seed=1))
    model = moved(Sequential(*layers), library)
    model.compile(loss="cross_entropy", optimizer="rmsprop", augment=Compose(Flip(), Shift(1)))
    model.fit(placed(IMAGES, library), placed(DARK, library), epochs=2, batch_size=8)
    return model


def regularised(library: Library | None) -> Any:
    """Normalisation, dropout, a penalty, noise, Nesterov's momentum, and other samples to look at."""
    model = moved(
        Sequential(Linear(3, 6, seed=0), BatchNorm1d(6), Tanh(), Dropout(0.3, seed=1), Linear(6, 1, seed=2)), library
    )
    model.compile(
        loss="binary_cross_entropy",
        optimizer=lambda parameters: optim.SGD(parameters, lr=0.3, momentum=0.8, nesterov=True),
        penalty=L2(1e-3),
        augment=Jitter(0.1),
        clip_value=0.2,
        metrics=["accuracy"],
    )
    other = tuple(placed(array, library) for array in (X[:9], YES[:9], WEIGHTS[:9]))
    model.fit(placed(X, library), placed(YES, library), epochs=3, batch_size=9, validation_data=other)
    return model


@EVERY
@pytest.mark.parametrize("train", [classifier, of_images, regularised])
def test_a_training_gives_what_it_gives_on_numpys(library: Library, train: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours, theirs = train(None), train(library)
    for parameter in theirs.parameters():
        library.here(parameter._array)  # is where it was
    for path, array in ours.state_dict().items():
        np.testing.assert_allclose(theirs.state_dict()[path], array, rtol=1e-12, atol=1e-12, err_msg=path)
    found, expected = theirs.trainer.history, ours.trainer.history
    assert list(found) == list(expected)
    assert found.stopped == expected.stopped
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-11, err_msg=name)
    assert "jit compiles for NumPy's" in theirs.trainer.why_not
    assert ours.trainer.why_not is None


def test_early_stopping_ends_the_training_above_in_the_middle() -> None:
    history = classifier(None).trainer.history
    assert 3 < len(history) < 12
    assert history.stopped


@EVERY
def test_a_model_is_judged_and_used_in_its_library(library: Library) -> None:
    ours, theirs = classifier(None), classifier(library)
    x = library.there(X)
    for verb in ("predict", "predict_proba", "predict_classes"):
        found, expected = getattr(theirs, verb)(x), getattr(ours, verb)(X)
        np.testing.assert_allclose(library.here(found), expected, rtol=1e-11, atol=1e-12)
        assert str(library.here(found).dtype) == str(expected.dtype)
    np.testing.assert_allclose(library.here(theirs.predict(x, batch_size=4)), ours.predict(X), rtol=1e-11)
    found = theirs.evaluate(x, library.there(LABELS), library.there(WEIGHTS))
    assert found == pytest.approx(ours.evaluate(X, LABELS, WEIGHTS), rel=1e-11)
    np.testing.assert_allclose(library.here(theirs.predict(X.tolist())), ours.predict(X), rtol=1e-11)  # lists go along


def everything(library: Library | None) -> Any:
    """A training with all the state there is: averages, a schedule, dropout, noise."""
    first = Linear(3, 6, bias=False, seed=0)  # a bias would have no gradient but rounding, which Adam makes steps of
    layers = (first, BatchNorm1d(6), Tanh(), Dropout(0.2, seed=1), Linear(6, 3, seed=2))
    model = moved(Sequential(*layers), library)
    model.compile(loss="cross_entropy", lr=0.02, schedule=Cosine(40), schedule_per="step", augment=Jitter(0.01))
    return model


def run(library: Library | None, **settings: Any) -> Any:
    model = everything(library)
    data = placed(X, library), placed(LABELS, library)
    model.fit(*data, epochs=4, batch_size=9, validation_split=0.2, seed=3, **settings)
    return model


@EVERY
def test_a_killed_training_goes_on_in_any_library(library: Library, tmp_path: Any) -> None:
    whole, file = run(library), tmp_path / "run.safetensors"
    with pytest.raises(SystemExit):
        run(library, checkpoint=file, callbacks=[Kill(9)])
    begun = file.read_bytes()
    assert bits(run(library, checkpoint=file, resume=True, callbacks=[Kill(-1)])) == bits(whole)
    file.write_bytes(begun)
    elsewhere = run(None, checkpoint=file, resume=True, callbacks=[Kill(-1)])
    for path, array in whole.state_dict().items():
        np.testing.assert_allclose(elsewhere.state_dict()[path], array, rtol=1e-12, atol=1e-12)
    file.write_bytes(begun)
    model, x, y = everything(library), library.there(X + 1), library.there(LABELS)
    with pytest.raises(ValueError, match="different in x"):
        model.fit(x, y, batch_size=9, checkpoint=file, resume=True)


@EVERY
def test_what_is_saved_is_loaded_in_any_library(library: Library, tmp_path: Any) -> None:
    ours, theirs = everything(None), everything(library)
    for parameter in theirs.parameters():
        parameter.data = library.there(parameter.numpy() + 1)
    theirs.save(tmp_path / "theirs.safetensors")
    ours.load(tmp_path / "theirs.safetensors")
    assert bits(ours) == bits(theirs)
    again = everything(library)
    again.load(tmp_path / "theirs.safetensors")
    assert bits(again) == bits(theirs)
    assert all(map(is_foreign, again.parameters()))


@EVERY
def test_samples_of_another_library_are_refused_before_anything_is_changed(library: Library) -> None:
    foreign = tuple(map(library.there, (X, LABELS, WEIGHTS)))
    for model, right, wrong in (
        (everything(library), foreign, (X, LABELS, WEIGHTS)),
        (everything(None), (X, LABELS, WEIGHTS), foreign),
    ):
        before, (x, y, _) = bits(model), right
        for arguments, more in (
            ((wrong[0], y), {}),
            ((x, wrong[1]), {}),
            ((x, y), {"sample_weight": wrong[2]}),
            ((x, y), {"validation_data": (x, wrong[1])}),
        ):
            with pytest.raises(MixedArraysError, match=r"= asarray\(.*model.to\("):
                model.fit(*arguments, **more)
        for verb in (model.predict, model.predict_classes):
            with pytest.raises(MixedArraysError, match=r"x = asarray\(x, .*model.to\("):
                verb(wrong[0])
        assert bits(model) == before


@EVERY
def test_labels_are_looked_at_once_and_not_in_every_step(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = everything(library), library.there(X)
    before = bits(model)
    with pytest.raises(ValueError, match="label 3 is none of the 3 classes"):
        model.fit(x, library.there(LABELS + (LABELS == 2)))
    assert bits(model) == before
    looks: list[Any] = []
    check = losses.check_labels
    for module in (losses, classification):
        monkeypatch.setattr(module, "check_labels", lambda labels, n: (looks.append(labels), check(labels, n)))
    model.fit(x, library.there(LABELS), epochs=4, batch_size=3)
    assert 0 < len(looks) < 10  # and there were 56 steps


@EVERY
def test_what_is_not_finite_is_refused_and_undone(library: Library) -> None:
    line = moved(Sequential(Linear(3, 4, seed=0), BatchNorm1d(4), Linear(4, 1, seed=1)), library)
    broken = X.copy()
    line.compile(loss="mse", optimizer="sgd", lr=1e200)
    broken[4, 1] = np.nan
    x, nan, y = map(library.there, (X, broken, YES))
    with pytest.raises(ValueError, match="x has nan in row 4, column 1"):
        line.fit(nan, y)
    with pytest.raises(DivergenceError, match="left with the last weights for which the loss was finite"):
        line.fit(x, y, epochs=9, batch_size=9)
    assert np.isfinite(line.evaluate(x, y)["loss"])
    assert all(np.isfinite(array).all() for array in line.state_dict().values())


class WatchData(Callback):
    """Keeps the parameters' arrays and what is in them at the beginning."""

    def on_train_begin(self, trainer: Any) -> None:
        self.arrays = [p._array for p in trainer.model.parameters()]
        self.numbers = [p.numpy().copy() for p in trainer.model.parameters()]


@EVERY
def test_arrays_that_were_given_are_never_written_into(library: Library) -> None:
    model, watch = everything(library), WatchData()
    x, y = library.there(X), library.there(LABELS)
    model.fit(x, y, callbacks=[watch])
    for array, numbers in zip((x, y, *watch.arrays), (X, LABELS, *watch.numbers), strict=True):
        np.testing.assert_array_equal(library.here(array), numbers)


@EVERY
def test_a_loss_of_ones_own_gets_tensors_of_the_library(library: Library) -> None:
    def loss(outputs: Any, targets: Any, weights: Any = None) -> Any:
        each = ((targets - outputs) ** 2).sum(axis=1)
        return each.mean() if weights is None else (weights * each).sum() / weights.sum()

    results = []
    for where in (None, library):
        model = moved(Linear(3, 1, seed=0), where)
        model.compile(loss=loss, optimizer="sgd")
        model.fit(placed(X, where), placed(YES, where), sample_weight=placed(WEIGHTS, where))
        results.append(model.state_dict())
    for path, array in results[0].items():
        np.testing.assert_allclose(results[1][path], array, rtol=1e-12)


@EVERY
def test_estimators_refuse_arrays_of_other_libraries(library: Library) -> None:
    with pytest.raises(TypeError, match=rf"X is an array of {library.name}.*asarray\(X, numpy\)"):
        MLPClassifier().fit(library.there(X), LABELS)
    with pytest.raises(TypeError, match=rf"y is an array of {library.name}.*asarray\(y, numpy\)"):
        MLPClassifier().fit(X, library.there(LABELS))
    known = MLPClassifier((2,), max_iter=20, tol=1.0).fit(X, LABELS)
    with pytest.raises(TypeError, match=rf"X is an array of {library.name}"):
        known.predict(library.there(X))


def test_samples_on_another_device_and_for_neurons_are_refused() -> None:
    strict = pytest.importorskip("array_api_strict")
    model = everything(None).to(strict)
    elsewhere = strict.asarray(X, device=strict.Device("device1"))
    with pytest.raises(MixedArraysError, match=r"lies on .*device1.*, and the model on .*model.to\(x.device\)"):
        model.predict(elsewhere)
    model.to(elsewhere.device).predict(elsewhere)
    neurons = NeuronNetwork([3, 1], seed=0)
    with pytest.raises(MixedArraysError, match=r"write x = asarray\(x, numpy\)$"):
        neurons.predict(elsewhere)


@EVERY
def test_what_plots_ask_a_model_for_is_asked_where_it_is(library: Library) -> None:
    ours, theirs = classifier(None), classifier(library)
    for verb in ("predict", "predict_classes"):
        np.testing.assert_allclose(predictions(theirs, X, verb), predictions(ours, X, verb), rtol=1e-11)


@EVERY
def test_a_model_may_move_between_trainings(library: Library) -> None:
    stays, moves = everything(None), everything(None)
    for where in (None, library, None):
        stays.fit(X, LABELS, epochs=2, batch_size=9)
        there(moves, library) if where else moves.to(np)
        moves.fit(placed(X, where), placed(LABELS, where), epochs=2, batch_size=9)
    for path, array in stays.state_dict().items():
        np.testing.assert_allclose(moves.state_dict()[path], array, rtol=1e-12, atol=1e-12)


def test_a_model_of_dasks_arrays_is_not_trained() -> None:
    array = pytest.importorskip("dask.array")
    model = everything(None).to(array)
    with pytest.raises(TypeError, match=r"is not trained: train model.to\(numpy\)"):
        model.fit(array.from_array(X), array.from_array(LABELS))


def test_lists_of_arrays_are_no_samples() -> None:
    strict = pytest.importorskip("array_api_strict")
    with pytest.raises(TypeError, match="x is a list of arrays: join them in one"):
        everything(None).fit([strict.asarray(row) for row in X], LABELS)


def test_a_tensor_is_what_is_in_it() -> None:
    for x, y in ((Tensor(X), LABELS), (X, Tensor(LABELS))):
        model = everything(None)
        model.fit(x, y, epochs=2)
    assert np.isfinite(model.evaluate(Tensor(X), LABELS)["loss"])

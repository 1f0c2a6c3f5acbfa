"""Normalisation, embeddings, sums of branches: second derivatives, training, and what is refused."""

import copy
import pickle

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor, gradcheck, vmap
from inversa.nn import (
    Add,
    BatchNorm1d,
    BatchNorm2d,
    Embedding,
    GlobalAvgPool,
    GroupNorm,
    Identity,
    LayerNorm,
    Linear,
    RMSNorm,
    Sequential,
)
from inversa.nn.training.fingerprint import described

from .small import bits

generator = np.random.default_rng(0)


@pytest.mark.parametrize(
    "layer", [BatchNorm1d(3, track_running_stats=False), LayerNorm(3), RMSNorm(3), GroupNorm(1, 3)], ids=repr
)
def test_second_derivatives(layer):
    w = generator.normal(size=(4, 3))
    assert gradcheck(lambda x: (w * layer(x) ** 2).sum(), generator.normal(size=(4, 3)), order=2)


def network():
    return Sequential(
        Linear(2, 4, seed=0), BatchNorm1d(4), nn.Tanh(), Add(Identity(), Linear(4, 4, seed=1)), LayerNorm(4),
        Linear(4, 1, seed=2),
    )  # fmt: skip


X = generator.normal(size=(20, 2))
Y = X[:, :1] * X[:, 1:]


def test_compiled_training_keeps_the_averages_that_evaluated_training_keeps():
    compiled, evaluated = network(), network()
    for model in (compiled, evaluated):
        model.compile(loss="mse", optimizer="sgd", lr=0.05)
    evaluated.trainer.stepper.compiled.replay = lambda *_: None
    for model in (compiled, evaluated):
        model.fit(X, Y, epochs=3, batch_size=8)
    assert compiled.trainer.why_not is None
    for name, array in compiled.state_dict().items():
        np.testing.assert_allclose(array, evaluated.state_dict()[name], atol=1e-14)
    assert compiled.state_dict()["1.num_batches_tracked"] == 9
    np.testing.assert_allclose(compiled.predict(X[:1]), compiled.predict(X)[:1])  # used, a sample stands for itself


def test_training_that_was_cut_short_goes_on_bit_for_bit(tmp_path):
    whole, cut = network(), network()
    for model in (whole, cut):
        model.compile(loss="mse", optimizer="adam", lr=0.05)
    whole.fit(X, Y, epochs=4, batch_size=8)
    cut.fit(X, Y, epochs=2, batch_size=8, checkpoint=tmp_path / "run.safetensors")
    other = network()
    other.compile(loss="mse", optimizer="adam", lr=0.05)
    other.fit(X, Y, epochs=4, batch_size=8, checkpoint=tmp_path / "run.safetensors", resume=True)
    assert bits(other) == bits(whole)


@pytest.mark.parametrize("batch_size", [19, 1])
def test_a_batch_of_one_sample_is_refused_before_training(batch_size):
    da = pytest.importorskip("dask.array")
    model = network()
    model.compile(loss="mse", optimizer="sgd")
    before = bits(model)
    for x in (X, da.from_array(X, chunks=6)):
        with pytest.raises(
            ValueError, match=f"one number .*; batches of {batch_size} leave one of 20 samples by itself"
        ):
            model.fit(x, Y, batch_size=batch_size)
        assert bits(model) == before
    model.fit(X[1:], Y[1:], batch_size=19)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_mapped_over_samples_the_averages_follow_each(momentum):
    mapped, looped = BatchNorm1d(2, momentum=momentum), BatchNorm1d(2, momentum=momentum)
    batches = generator.normal(size=(3, 5, 2))
    found = vmap(mapped)(Tensor(batches))
    each = [looped(batch) for batch in batches]
    np.testing.assert_allclose(found.numpy(), [y.numpy() for y in each], atol=1e-12)
    for name, array in mapped.state_dict().items():
        np.testing.assert_allclose(array, looped.state_dict()[name], atol=1e-12)


def test_squares_of_small_integers():
    np.testing.assert_allclose(RMSNorm(3)(np.array([[100, 100, -100]], np.int8)).numpy(), [[1.0, 1.0, -1.0]])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_what_is_kept_is_copied_and_pickled(copied):
    model = network()
    model.compile(loss="mse", optimizer="adam")
    model.fit(X, Y, batch_size=10)
    twin, before = copied(model), bits(model)
    assert bits(twin) == before
    assert twin.buffers()[0].name == "μ"
    twin.fit(X, Y, batch_size=10)
    assert bits(model) == before
    model.fit(X, Y, batch_size=10)
    assert bits(twin) == bits(model)


def test_the_row_of_what_stands_for_nothing_stays():
    layer = Embedding(4, 2, padding_idx=-1, seed=0)
    assert layer.weight.numpy()[3].tolist() == [0.0, 0.0]
    layer([[0, 3, 0]]).sum().backward()
    assert layer.weight.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_a_mean_of_every_channel():
    images = generator.normal(size=(2, 3, 4, 5))
    np.testing.assert_allclose(GlobalAvgPool()(Tensor(images)).numpy(), images.mean((2, 3)), atol=1e-15)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: BatchNorm1d(3)(np.ones((1, 3))), "one number a channel to train on"),
        (lambda: BatchNorm1d(3)(np.ones((4, 2))), r"inputs of shape \(n, 3, …\), not \(4, 2\)"),
        (lambda: BatchNorm2d(3)(np.ones((4, 3))), r"takes 4 axes, not the shape \(4, 3\)"),
        (lambda: BatchNorm1d(3, momentum=2.0), "momentum"),
        (lambda: LayerNorm(()), "normalized_shape is"),
        (lambda: LayerNorm(3)(np.ones((4, 2))), r"inputs of shape \(…, 3\), not \(4, 2\)"),
        (lambda: GroupNorm(2, 3), "3 channels cannot be divided into 2 groups"),
        (lambda: Embedding(4, 2)([4]), "rows 0 to 3, and no row 4"),
        (lambda: Embedding(4, 2)([[0, -1]]), "no row -1"),
        (lambda: Embedding(4, 2, padding_idx=4), "padding_idx is the number of one of the 4 rows"),
        (lambda: Add(Linear(2, 2)), "two modules or more"),
        (lambda: Add(Linear(2, 2), Linear(2, 3))(np.ones((1, 2))), r"\(1, 2\) from Linear\(2, 2\), \(1, 3\) from"),
        (lambda: GlobalAvgPool()(np.ones((2, 3))), r"\(samples, channels, …\), not \(2, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_numbers_of_rows_are_integers():
    with pytest.raises(TypeError, match=r"takes integers, not float64: convert whole numbers with x.astype\(int\)"):
        Embedding(4, 2)([0.0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LayerNorm(3), LayerNorm(3, eps=0.1)),
        (RMSNorm(3), RMSNorm(3, eps=0.1)),
        (GroupNorm(1, 3), GroupNorm(1, 3, eps=0.1)),
        (BatchNorm1d(3), BatchNorm1d(3, eps=0.1)),
        (BatchNorm1d(3), BatchNorm1d(3, momentum=None)),
        (nn.RNN(2, 3), nn.RNN(2, 3, truncate=2)),
        (nn.RNN(2, 3), nn.RNN(2, 3, batch_first=False)),
        (nn.NeuronRNN([1, 1]), nn.NeuronRNN([1, 1], truncate=2)),
        (nn.ELU(), nn.ELU(alpha=2.0)),
        (nn.LeakyReLU(), nn.LeakyReLU(0.3)),
        (nn.RNN(2, 3), nn.RNN(2, 3, nonlinearity="relu")),
        (nn.LSTM(2, 3), nn.GRU(2, 3)),
    ],
)
def test_a_checkpoint_tells_settings_apart(one, other):
    assert described(one) != described(other)
    assert described(one) == described(copy.deepcopy(one))

"""Optimisers, mini-batches, fit, predict, evaluate: settings, errors, Ctrl-C, and learning real data."""

import sys
from collections import Counter

import numpy as np
import pytest

from inversa.autograd import Graph, Tensor, Value
from inversa.nn import MLP, DivergenceError, Linear, Parameter, accuracy, evaluate, fit, losses, optim, predict
from inversa.nn.data import batches
from inversa.viz.tour import iris, train_iris


def test_sgd_on_values_and_tensors():
    w, W, untouched = Value(1.0), Parameter([1.0, 2.0]), Parameter([5.0])
    optimizer = optim.SGD([w, W, untouched], lr=0.1)
    (w * w + (W * W).sum()).backward()
    optimizer.step()
    assert (w.data, W.data.tolist(), untouched.data.tolist()) == (0.8, [0.8, 1.6], [5.0])
    assert w.is_leaf
    assert W.is_leaf
    optimizer.zero_grad()
    assert w.grad is W.grad is None


def test_a_step_is_noticed_by_a_graph_that_still_needs_the_old_values():
    W = Parameter([1.0, 2.0])
    J = (W * W).sum()
    J.backward()
    optim.SGD([W], lr=0.1).step()
    with pytest.raises(RuntimeError, match="changed in place"):
        J.backward()


def test_float32_parameters_stay_float32():
    W = Parameter(np.ones(2, "float32"))
    (W * W).sum().backward()
    optim.SGD([W], lr=0.1).step()
    assert W.dtype == np.float32


@pytest.mark.parametrize("lr", [0, -1.0, float("nan"), float("inf"), "0.1", None])
def test_learning_rate_is_positive(lr):
    with pytest.raises(ValueError, match="the learning rate is a positive number"):
        optim.SGD([Value(1.0)], lr=lr)


def test_parameters_of_an_optimizer():
    with pytest.raises(ValueError, match="empty"):
        optim.SGD([], lr=0.1)
    with pytest.raises(TypeError, match="not computed"):
        optim.SGD([1.0], lr=0.1)
    with pytest.raises(TypeError, match="not computed"):
        optim.SGD([Value(1.0) * 2], lr=0.1)
    w = Value(1.0)
    with pytest.raises(ValueError, match="twice"):
        optim.SGD([w, w], lr=0.1)


def test_an_epoch_shows_every_sample_once():
    x = np.arange(23)[:, None]
    sizes, seen = [], Counter()
    for inputs, targets in batches(x, x[:, 0] * 2, 5, seed=0):
        assert (inputs[:, 0] * 2 == targets).all()
        sizes.append(len(inputs))
        seen.update(inputs[:, 0].tolist())
    assert sizes == [5, 5, 5, 5, 3]
    assert seen == Counter(range(23))


def test_order_of_batches():
    x = np.arange(10)
    first = [b.tolist() for b, _ in batches(x, x, 3, seed=1)]
    assert first == [b.tolist() for b, _ in batches(x, x, 3, seed=1)]
    assert [b.tolist() for b, _ in batches(x, x, 4, shuffle=False)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    generator = np.random.default_rng(1)
    (one, _), (two, _) = (next(batches(x, x, 10, seed=generator)) for _ in range(2))
    assert one.tolist() != two.tolist()


@pytest.mark.parametrize(
    ("x", "y", "size", "message"),
    [
        (np.zeros((3, 2)), np.zeros(2), 1, r"\(3, 2\) and \(2,\)"),
        (np.zeros((0, 2)), np.zeros(0), 1, "no samples"),
        (np.zeros((3, 2)), np.zeros(3), 0, "batch_size is a positive integer, not 0"),
        (np.zeros((3, 2)), np.zeros(3), 1.5, "batch_size is a positive integer"),
        (1.0, np.zeros(3), 1, "one row a sample"),
    ],
)
def test_wrong_batches(x, y, size, message):
    with pytest.raises(ValueError, match=message):
        batches(x, y, size)
    model = MLP([2, 1])
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        train(model, x, y, batch_size=size)
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())


def train(model, x, y, lr=0.1, **settings):
    settings = {"progress": False, "loss": losses.mean_squared_error, **settings}
    return fit(model, x, y, optimizer=optim.SGD(model.parameters(), lr=lr), **settings)


X = np.linspace(-1, 1, 20)[:, None]
Y = 3 * X - 1


def test_a_linear_neuron_finds_the_line():
    model = Linear(1, 1, seed=0)
    history = train(model, X, Y, epochs=60, batch_size=5)
    assert model.weight.item() == pytest.approx(3, abs=1e-3)
    assert model.bias.item() == pytest.approx(-1, abs=1e-3)
    assert len(history.loss) == 60
    assert history.history["loss"][-1] < 1e-5 < history.loss[0]
    assert evaluate(model, X, Y, losses.mean_squared_error) < 1e-5
    assert not history.interrupted


def test_training_can_be_repeated():
    one, two = (train(MLP([1, 4, 1], seed=2), X, Y, epochs=3, seed=7).loss for _ in range(2))
    assert one == two


def test_the_loss_of_an_epoch_is_the_mean_over_samples():
    model = Linear(1, 1, seed=0)
    before = evaluate(model, X[:3], Y[:3], losses.mean_squared_error)
    history = train(model, X[:3], Y[:3], lr=1e-12, batch_size=2)
    assert history.loss[0] == pytest.approx(before)


def test_divergence_is_told_and_leaves_finite_parameters():
    model = Linear(1, 1, seed=0)
    with pytest.raises(DivergenceError, match=r"the loss became (inf|nan) in epoch \d+: try a smaller learning rate"):
        train(model, 1e3 * X, Y, lr=10.0, epochs=200)
    assert all(np.isfinite(array).all() for array in model.state_dict().values())


def test_ctrl_c_leaves_the_model_and_the_history():
    def interrupt(epoch, history):
        if epoch == 3:
            raise KeyboardInterrupt

    model = MLP([1, 2, 1]).eval()
    history = train(model, X, Y, epochs=10, callback=interrupt)
    assert history.interrupted
    assert len(history.loss) == 3
    assert np.isfinite(predict(model, X)).all()
    assert not model.training  # as before


def test_a_callback_can_end_training():
    history = train(MLP([1, 2, 1]), X, Y, epochs=10, callback=lambda epoch, history: epoch == 4)
    assert len(history.loss) == 4


def test_wrong_epochs():
    with pytest.raises(ValueError, match="epochs is a positive integer, not 0"):
        train(MLP([1, 2, 1]), X, Y, epochs=0)


def test_progress_is_written_to_stderr(capsys):
    train(MLP([1, 2, 1]), X, Y, epochs=2, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 2/2" in err
    assert "loss=" in err


def test_without_tqdm_there_is_no_bar_and_no_failure(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert len(train(MLP([1, 2, 1]), X, Y, epochs=2, progress=True).loss) == 2
    assert capsys.readouterr() == ("", "")


def test_predict_records_nothing_and_keeps_the_mode():
    model = MLP([1, 2, 1])
    assert isinstance(predict(model, X), np.ndarray)
    assert model.training
    y = model(Tensor(X))
    assert len(Graph(y)) > 1


def test_accuracy_checks_shapes():
    with pytest.raises(ValueError, match=r"\(20, 1\) with \(20, 1\)"):
        accuracy(MLP([1, 2, 1]), X, Y)


def test_iris_is_learnt():
    data = iris()
    assert (len(data.x_train), len(data.x_test)) == (105, 45)
    assert Counter(data.y_test.tolist()) == {0: 15, 1: 15, 2: 15}
    assert np.abs(data.x_train.mean(axis=0)).max() < 1e-12
    for seed in range(3):
        trained = train_iris(data, seed=seed, progress=False)
        assert trained.test_accuracy >= 0.93
        assert trained.train_accuracy >= 0.93
        assert trained.history.loss[-1] < trained.history.loss[0] / 5


def test_evaluate_refuses_probabilities_where_a_loss_wants_logits() -> None:
    with pytest.raises(ValueError, match="logits"):
        evaluate(MLP([2, 3], output="softmax"), [[0.0, 1.0]], [1], losses.cross_entropy)


def test_the_laws_hold_in_single_precision() -> None:
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    loss = losses.cross_entropy(MLP([4, 8, 3], dtype="float32", seed=0)(x), np.arange(20) % 3)
    assert loss.dtype == np.float32
    assert loss.inverse().check()["adjoint"] < 1e-5

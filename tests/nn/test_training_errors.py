"""What can go wrong in training: divergence, data and settings that do not fit. Nothing is lost."""

import numpy as np
import pytest

from inversa.autograd import Tensor, softmax, sqrt
from inversa.nn import (
    MLP,
    Activation,
    BatchNorm1d,
    BayesianLinear,
    Callback,
    Dense,
    DivergenceError,
    EarlyStopping,
    Linear,
    NeuronNetwork,
    ReLU,
    Sequential,
    optim,
)
from inversa.nn.bayes import GaussianLikelihood
from inversa.nn.schedules import TimeDecay

from .small import Recorder, X, Y, line, weights


def test_divergence_is_told_and_leaves_the_last_good_weights():
    model, steps = line(lr=10.0), []
    expected = r"the loss became (inf|nan) in epoch \d+, batch \d+: try a smaller learning rate than 10, standardise"
    with pytest.raises(DivergenceError, match=expected):
        model.fit(1e3 * X, Y, epochs=200, callbacks=[Recorder(steps)])
    assert np.isfinite(model.evaluate(1e3 * X, Y)["loss"])
    assert (weights(model) == steps[-2]).all()


class Averages(Callback):
    """Keeps the running averages after every step."""

    def __init__(self, kept):
        self.kept = kept

    def on_step_end(self, trainer):
        self.kept.append([buffer.tolist() for buffer in trainer.model.buffers()])


def test_divergence_leaves_the_last_good_running_averages():
    model, kept = Sequential(Linear(1, 4, seed=0), BatchNorm1d(4), Linear(4, 1, seed=1)), []
    model.compile(loss="mse", optimizer="sgd", lr=1e200)
    with pytest.raises(DivergenceError, match="the loss became nan in epoch 1, batch 2"):
        model.fit(X, Y, batch_size=10, callbacks=[Averages(kept)])
    assert [buffer.tolist() for buffer in model.buffers()] == kept[0]


def test_an_infinite_weight_after_the_last_step_is_noticed():
    model = line(lr=1e200)
    before = weights(model)
    with pytest.raises(DivergenceError, match="a weight became infinite in epoch 1, batch 1"):
        model.fit(1e120 * X, Y, batch_size=None)
    assert (weights(model) == before).all()


def test_an_infinite_gradient_is_told_where_gradients_are_clipped():
    model = Sequential(Linear(1, 1, seed=0), Activation(sqrt))
    for parameter in model.parameters():
        parameter[...] = 0.0
    model.compile(loss="mse", optimizer="sgd", clip_norm=1.0)
    with pytest.raises(DivergenceError, match="a gradient became infinite or nan in epoch 1, batch 1"):
        model.fit(X, Y, batch_size=None)
    assert (weights(model) == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[:5]}, r"\(5, 1\) and \(20, 1\)"),
        ({"x": np.zeros((0, 1)), "y": np.zeros((0, 1))}, "no samples"),
        ({"x": np.zeros((20, 3))}, r"\(…, 1\), not \(1, 3\)"),
        ({"x": np.where(X == 1, np.nan, X)}, "nan in row 19, column 0"),
        ({"y": np.where(X == 1, np.inf, Y)}, "inf in row 19, column 0"),
        ({"epochs": 0}, "epochs is a positive integer, such as 10, not 0"),
        ({"batch_size": 0}, "batch_size is a positive integer, such as 32, not 0"),
        ({"batch_size": 1.5}, "batch_size is a positive integer"),
        ({"validation_split": 1.5}, "validation_split is a number from 0 to below 1, such as 0.2, not 1.5"),
        ({"validation_split": 0.01}, "leaves samples on both sides of 20"),
        ({"validation_data": (X, Y[:3])}, r"\(20, 1\) and \(3, 1\)"),
        ({"sample_weight": np.ones(3)}, r"shape \(20,\), not \(3,\)"),
        ({"sample_weight": -np.ones(20)}, "not negative"),
        ({"sample_weight": np.zeros(20)}, "all 0"),
        ({"resume": True}, "give checkpoint="),
        ({"y": Y[:, 0]}, r"write targets\[:, None\]"),
    ],
)
def test_bad_input_changes_nothing(change, message):
    model = line()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        model.fit(**{"x": X, "y": Y, "batch_size": None} | change)
    assert (weights(model) == before).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "msee"}, "loss is one of 'mse', .*or a function of outputs and targets, not 'msee'"),
        ({"optimizer": "sdg"}, "optimizer is one of 'sgd', .*or an Optimizer, not 'sdg'"),
        ({"optimizer": optim.SGD([Tensor(1.0, True)], lr=0.1), "lr": 1.0}, "a learning rate of its own"),
        ({"schedule": TimeDecay(1.0), "schedule_per": "batch"}, "schedule_per is one of 'epoch', 'step', not 'batch'"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Linear(1, 1).compile(**{"loss": "mse"} | settings)


def test_a_label_that_is_no_class_is_named():
    model = MLP([1, 3])
    model.compile(loss="cross_entropy")
    with pytest.raises(ValueError, match="label 3 is none of the 3 classes"):
        model.fit(X, np.arange(20) % 4, batch_size=None)


def test_verbs_need_a_loss():
    with pytest.raises(RuntimeError, match=r"fit\(\) needs a loss: call compile"):
        MLP([1, 1]).fit(X, Y)


def test_probabilities_are_refused_where_a_loss_wants_logits():
    class Own(MLP):
        def forward(self, x):
            return softmax(super().forward(x))

    model = Own([2, 3])
    model.compile(loss="cross_entropy")  # what forward() does is not known before it runs
    x = [[0.0, 1.0]]
    for use in (lambda: model.evaluate(x, [1]), lambda: model.predict_proba(x), lambda: model.predict_classes(x)):
        with pytest.raises(ValueError, match="takes logits, but a softmax was already applied"):
            use()


BAD_LABEL = np.where(np.arange(20) == 19, 7, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"y": BAD_LABEL, "shuffle": False}, "label 7 is none of the 2 classes"),
        ({"validation_data": (np.zeros((4, 3)), np.zeros(4, int))}, r"\(…, 1\), not \(1, 3\)"),
        ({"validation_data": (X, BAD_LABEL)}, "label 7"),
        ({"validation_data": (X, np.zeros(20, int), np.full(20, np.nan))}, "finite and not negative"),
        ({"validation_data": (np.full((20, 1), np.nan), np.zeros(20, int))}, "nan in row 0"),
    ],
)
def test_what_comes_up_in_a_later_batch_is_found_before_the_first(tmp_path, settings, message):
    """Nothing is changed: not the model, not its random state, not the checkpoint of an earlier training."""
    model = Sequential(Linear(1, 2, seed=0), BayesianLinear(2, 2, seed=0))  # which draws in use, too
    model.compile(loss="cross_entropy", optimizer="sgd")
    model.fit(X, np.zeros(20, int), checkpoint=tmp_path / "run")
    before, file, random = weights(model), (tmp_path / "run").read_bytes(), model[1].generator.bit_generator.state
    arguments = {"x": X, "y": np.zeros(20, int), "batch_size": 4, "checkpoint": tmp_path / "run"}
    with pytest.raises(ValueError, match=message):
        model.fit(**arguments | settings)
    assert (weights(model) == before).all()
    assert (tmp_path / "run").read_bytes() == file
    assert model[1].generator.bit_generator.state == random


def test_objects_are_taken_for_the_numbers_they_are():
    model, other = line(), line()
    model.fit(X.astype(object), Y.astype(object))
    other.fit(X, Y)
    assert (weights(model) == weights(other)).all()
    with pytest.raises(ValueError, match="nan in row 1, column 0"):
        model.fit(np.array([[0.0], [None]], dtype=object).astype(float).astype(object), [[1.0], [2.0]])
    classifier = MLP([1, 2])
    classifier.compile(loss="cross_entropy")
    classifier.fit(X, (np.arange(20) % 2).astype(object))


@pytest.mark.parametrize("x", [X.astype(complex), X.astype(str), np.full((20, 1), object())])
def test_samples_are_real_numbers(x):
    with pytest.raises(TypeError, match="samples are real numbers, not"):
        line().fit(x, Y)


def test_numbers_too_large_for_the_parameters_are_told():
    model = MLP([1, 1], dtype="float32")
    model.compile(loss="mse")
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="x has -inf in row 0, column 0"):
        model.fit(1e300 * X, Y)


def test_values_take_flags():
    network = NeuronNetwork([1, 1], seed=0)
    network.compile(loss="mse")
    assert len(network.fit(X > 0, Y[:, 0])) == 1


@pytest.mark.parametrize("optimizer", ["momentum", "adagrad", "rmsprop", "adam"])
def test_after_a_divergence_training_can_go_on(optimizer):
    """The averages of the optimiser are given back with the weights: nothing that was infinite stays in them."""
    model = Sequential(Linear(1, 1, seed=0), Activation(sqrt))
    for parameter in model.parameters():
        parameter[...] = 0.0  # where the root has no derivative
    model.compile(loss="mse", optimizer=optimizer)
    with pytest.raises(DivergenceError, match="left with the last weights for which the loss was finite"):
        model.fit(X, Y, epochs=3)
    assert (weights(model) == 0).all()
    model[0].bias[...] = [9.0]
    assert np.isfinite(model.fit(X, Y, epochs=3).loss).all()


def test_a_second_training_that_diverges_at_once_keeps_the_weights_of_the_first():
    model = line()
    model.fit(X, Y, epochs=3)
    before = weights(model)
    with pytest.raises(DivergenceError, match=r"epoch 1, batch 1.*the model is as it was"):
        model.fit(1e200 * X, Y)
    assert (weights(model) == before).all()


def test_callbacks_end_however_training_does():
    model, stop = line(lr=1.0, schedule=lambda t: 1e60 if t >= 5 else 0.1), EarlyStopping(patience=99)
    with pytest.raises(DivergenceError):
        model.fit(X, Y, epochs=20, batch_size=None, callbacks=[stop], validation_data=(X, Y))
    assert model.evaluate(X, Y)["loss"] == stop.best < 2.0


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"metrics": "accuracy"}, TypeError, r"in a list: \['accuracy'\]"),
        ({"metrics": ["r2", "r2"]}, ValueError, "called 'r2' would be mixed up"),
        ({"metrics": [lambda t, p: 0, lambda t, p: 1]}, ValueError, "called '<lambda>' would be mixed up"),
        ({"optimizer": optim.SGD([Tensor(1.0, True)], lr=0.1)}, ValueError, "none of this model's parameters"),
    ],
)
def test_settings_that_would_do_nothing_or_harm(settings, error, message):
    with pytest.raises(error, match=message):
        Linear(1, 1).compile(**{"loss": "mse"} | settings)


def test_a_metric_may_not_be_called_loss():
    def loss(targets, predictions):
        return 0.0

    with pytest.raises(ValueError, match="called 'loss'"):
        Linear(1, 1).compile(loss="mse", metrics=[loss])


def test_networks_that_end_in_a_softmax_or_sigmoid_are_refused_where_logits_are_wanted():
    for sizes, output, loss in [
        ([2, 3], "softmax", "cross_entropy"),
        ([2, 3], "sigmoid", "cross_entropy"),
        ([2, 3], "sigmoid", "binary_cross_entropy"),
        ([2, 3], "sigmoid", "multilabel_cross_entropy"),
        ([2, 1], "sigmoid", "binary_cross_entropy"),
    ]:
        for network in (
            NeuronNetwork(sizes, output=output, seed=0),
            MLP(sizes, output=output),
            Sequential(Linear(*sizes), Activation(output)),
            Sequential(Dense(*sizes, output)),
        ):
            before = network.trainer
            with pytest.raises(ValueError, match=f"a {output} was already applied.*output='identity'.*or use a loss"):
                network.compile(loss=loss)
            assert network.trainer is before


@pytest.mark.parametrize("loss", ["mse", "half_mean_squared_error", "binary_cross_entropy_of_probabilities"])
def test_a_sigmoid_at_the_output_is_trained_by_losses_of_what_it_gives(loss):
    for make in (MLP, NeuronNetwork):
        model = make([1, 1], output="sigmoid", seed=0)
        model.compile(loss=loss, optimizer="adam", lr=0.2)
        y = np.where(X > 0.1, 1.0, 0.0)
        model.fit(X, y if make is MLP else y.ravel(), epochs=60)
        assert ((model.predict(X).ravel() > 0.5) == y.ravel()).mean() > 0.9
        if loss.endswith("probabilities"):
            assert (model.predict_proba(X) == model.predict(X)).all()
            assert (model.predict_classes(X).ravel() == y.ravel()).mean() > 0.9


def test_a_callback_is_a_callback_or_a_function():
    with pytest.raises(TypeError, match="a callback is a Callback or a function"):
        line().fit(X, Y, callbacks=[None])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"penalty": 0.01}, TypeError, r"penalty is a function, such as penalties\.L2\(1e-4\), not 0\.01"),
        ({"schedule": "cosine"}, TypeError, r"schedule is a function, such as schedules\.TimeDecay\(0\.1\)"),
        ({"schedule": TimeDecay}, TypeError, "schedule is a function"),
        ({"augment": []}, TypeError, r"augment is a function, such as augment\.Jitter\(0\.1\), not \[\]"),
        ({"loss": GaussianLikelihood}, TypeError, r"write GaussianLikelihood\(…\)"),
        ({"metrics": ["accuracy"]}, ValueError, "mean_squared_error is not a loss for classes: there is no accuracy"),
    ],
)
def test_settings_of_the_wrong_kind_are_told_by_compile(settings, error, message):
    with pytest.raises(error, match=message):
        Linear(1, 1).compile(**{"loss": "mse"} | settings)


@pytest.mark.parametrize("callbacks", [EarlyStopping(), lambda epoch, history: None])
def test_callbacks_come_in_a_list(callbacks):
    with pytest.raises(TypeError, match="callbacks come in a list"):
        line().fit(X, Y, callbacks=callbacks)


def test_a_class_is_no_callback_and_no_activation():
    with pytest.raises(TypeError, match="a callback is a Callback or a function"):
        line().fit(X, Y, callbacks=[EarlyStopping])
    with pytest.raises(TypeError, match=r"write ReLU\(\)"):
        MLP([2, 3, 1], activation=ReLU)


def test_names_of_classes_are_told_from_their_numbers():
    model = MLP([1, 2])
    model.compile(loss="cross_entropy")
    with pytest.raises(TypeError, match=r"targets are numbers, not <U1: take np\.unique"):
        model.fit(X, np.array(list("ab" * 10)))


def test_a_loss_of_ones_own_gives_one_number():
    model = line(loss=lambda outputs, targets: (outputs - targets) ** 2)
    with pytest.raises(ValueError, match=r"<lambda> gives an array of shape \(1, 1\), a loss one number"):
        model.fit(X, Y)


def test_an_architecture_is_a_list():
    with pytest.raises(ValueError, match=r"such as \[4, 8, 3\], not \[2\]"):
        MLP(2, 1)  # type: ignore[arg-type]


def test_a_softmax_at_the_output_is_trained_by_the_cross_entropy_of_probabilities():
    x = np.random.default_rng(0).normal(size=(90, 2))
    labels = np.digitize(x[:, 0], [-0.5, 0.5])
    for targets in (labels, np.eye(3)[labels]):
        model, of_logits = (MLP([2, 8, 3], activation="tanh", output=end) for end in ("softmax", "identity"))
        model.compile(loss="cross_entropy_of_probabilities", optimizer="sgd", lr=0.5, metrics=["accuracy"])
        of_logits.compile(loss="cross_entropy", optimizer="sgd", lr=0.5, metrics=["accuracy"])
        history, other = (m.fit(x, targets, epochs=30, seed=0) for m in (model, of_logits))
        np.testing.assert_allclose(history["loss"], other["loss"], rtol=1e-9)
        assert history["accuracy"][-1] > 0.9
        assert model.trainer.why_not is None
        assert (model.predict_proba(x) == model.predict(x)).all()
        assert (model.predict_classes(x) == of_logits.predict_classes(x)).all()


def test_a_network_of_logits_is_refused_by_the_cross_entropy_of_probabilities():
    model = MLP([1, 3])
    model.compile(loss="cross_entropy_of_probabilities")
    with pytest.raises(ValueError, match=r"takes probabilities.*or use cross_entropy"):
        model.fit([[1.0], [2.0]], [0, 1])


@pytest.mark.parametrize(
    ("output", "loss"),
    [("sigmoid", "binary_cross_entropy_of_probabilities"), ("softmax", "cross_entropy_of_probabilities")],
)
def test_probabilities_that_are_nan_are_a_divergence_and_no_wrong_output(output, loss):
    model = MLP([2, 2], output=output)
    model.compile(loss=loss, optimizer="sgd")
    model.layers[0].weight[...] = np.inf
    with pytest.raises(DivergenceError), np.errstate(all="ignore"):
        model.fit([[1.0, -1.0]], [[1.0, 0.0]])  # the outputs are nan

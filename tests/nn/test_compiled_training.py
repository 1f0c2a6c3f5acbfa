"""Training replays what was compiled: it gives what evaluating gives, and is not used where it would not."""

import copy
import pickle

import numpy as np
import pytest

from inversa.autograd import Tensor, jit, tanh
from inversa.autograd.compiling.arrays import function
from inversa.nn import (
    MLP,
    AvgPool2d,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Linear,
    Maxout,
    MaxPool2d,
    Module,
    NeuronNetwork,
    Parameter,
    Sequential,
    Trainer,
    losses,
)
from inversa.nn.augment import Jitter
from inversa.nn.bayes import BayesianLinear, GaussianLikelihood, KLPenalty
from inversa.nn.losses.names import NAMES
from inversa.nn.penalties import L1, L2, ElasticNet

from .small import bits, weights

rng = np.random.default_rng(0)
X = rng.normal(size=(23, 4))
Y = np.sin(X[:, :3])
LABELS = rng.integers(0, 3, 23)
TARGETS = {
    "cross_entropy": LABELS,
    "categorical_crossentropy": np.eye(3)[LABELS],
    "binary_cross_entropy": np.eye(3)[LABELS],
    "binary_crossentropy": 0.1 + 0.8 * np.eye(3)[LABELS],
    "multilabel_cross_entropy": np.eye(3)[LABELS],
    "binary_cross_entropy_of_probabilities": np.eye(3)[LABELS],
    "cross_entropy_of_probabilities": LABELS,
    "hinge": 2.0 * np.eye(3)[LABELS] - 1,
}


def trained(make, x, y, *, compiled, fit=None, **settings):
    """A trained model; why the last step was not compiled; and the history."""
    model = make()
    trainer = Trainer(model, **settings)
    if not compiled:
        trainer.stepper.compiled.replay = lambda *arguments, **reduce: None
    history = trainer.fit(x, y, **({"epochs": 3, "batch_size": 10} | (fit or {})))
    return model, trainer.why_not, history.history


def assert_compiled(make, x=X, y=Y, tolerance=1e-12, **settings):
    """Training is compiled, and gives the same weights and history as without."""
    settings = {"loss": "mse", "optimizer": "sgd", "lr": 0.05} | settings
    (model, why_not, history), (other, _, expected) = (
        trained(make, x, y, compiled=compiled, **settings) for compiled in (True, False)
    )
    assert why_not is None
    np.testing.assert_allclose(weights(model), weights(other), rtol=tolerance, atol=tolerance)
    assert history.keys() == expected.keys()
    for name, numbers in history.items():
        np.testing.assert_allclose(numbers, expected[name], rtol=tolerance, atol=tolerance)
    return model


def mlp(**settings):
    return lambda: MLP([4, 6, 5, 3], **({"activation": "tanh", "seed": 1} | settings))


@pytest.mark.parametrize("loss", NAMES)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(loss, weighted):
    fit = {"sample_weight": rng.uniform(0.5, 2, 23)} if weighted else {}
    ends = {"binary_cross_entropy_of_probabilities": "sigmoid", "cross_entropy_of_probabilities": "softmax"}
    output = ends.get(loss, "identity")
    assert_compiled(mlp(output=output), y=TARGETS.get(loss, Y), loss=loss, fit=fit)


@pytest.mark.parametrize(
    "activation", ["identity", "relu", "leaky_relu", "elu", "softplus", "sigmoid", "tanh", "softmax", "log_softmax"]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_activation_and_type(activation, dtype):
    # float32 is trained for one step only, so that the rounding is not enlarged
    fit = {} if dtype == "float64" else {"epochs": 1, "batch_size": None}
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    assert_compiled(mlp(activation=activation, dtype=dtype), lr=0.005, fit=fit, tolerance=tolerance)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"])
def test_every_optimiser(optimizer):
    assert_compiled(mlp(), optimizer=optimizer, lr=0.01, tolerance=1e-9)  # g / √g² enlarges the rounding


@pytest.mark.parametrize("penalty", [L1(0.01), L2(0.01), ElasticNet(0.01, 0.02, biases=True)])
def test_penalties(penalty):
    assert_compiled(mlp(), penalty=penalty)


def test_everything_at_once():
    assert_compiled(
        lambda: Sequential(Linear(4, 6, seed=0), Dropout(0.3, seed=1), Dense(6, 5, "relu", seed=2),
                           Dropout(0.5, seed=3), Maxout(5, 3, pieces=2, seed=4)),
        penalty=L2(0.01), clip_norm=0.5, clip_value=0.2, augment=Jitter(0.1), metrics=["mae", "r2"],
        fit={"validation_split": 0.2},
    )  # fmt: skip


def test_images():
    x = rng.normal(size=(12, 1, 10, 10))
    for pool in (MaxPool2d, AvgPool2d):
        assert_compiled(
            lambda pool=pool: Sequential(
                Conv2d(1, 2, 3, seed=0), pool(2), Conv2d(2, 3, 2, padding=1, seed=1), Flatten(),
                Linear(3 * 5 * 5, 3, seed=2),
            ),
            x, LABELS[:12], loss="cross_entropy", metrics=["accuracy"],
        )  # fmt: skip


def test_frozen_parameters_stay_and_may_be_freed():
    model = mlp()()
    model.layers[0].weight.requires_grad = False
    before = bits(model)
    trainer = Trainer(model, loss="mse", optimizer="sgd")
    trainer.fit(X, Y)
    changed = {name for name, data in bits(model).items() if data != before[name]}
    assert trainer.why_not is None
    assert "layers.0.weight" not in changed
    assert len(changed) == 5
    model.layers[0].weight.requires_grad = True
    trainer.fit(X, Y)
    assert bits(model)["layers.0.weight"] != before["layers.0.weight"]


class Own(Module):
    """A module as users write it."""

    def __init__(self):
        self.first = Linear(4, 5, seed=0)
        self.scale = Parameter([1.0], name="scale")
        self.second = Linear(5, 3, seed=1)

    def forward(self, x):
        return self.second(tanh(self.first(x)) * self.scale)


def test_modules_of_ones_own():
    assert_compiled(Own)


class Counting(Own):
    def __init__(self):
        super().__init__()
        self.runs, self.sizes = 0, []

    def forward(self, x):
        self.runs += 1
        self.sizes.append(len(x))
        return super().forward(x)


class Drawing(Own):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(0)

    def forward(self, x):
        return super().forward(x + self.generator.normal(size=x.shape))


class Looking(Own):
    def forward(self, x):
        z = super().forward(x)
        return z if z.numpy().mean() > 0 else z * 1.5


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Counting, "it changes runs when it runs"),
        (Drawing, "Drawing draws random numbers"),
        (Looking, "it looks at the numbers of"),
    ],
)
def test_what_a_replay_would_leave_out_is_not_replayed(make, why):
    (model, why_not, history), (other, _, expected) = (
        trained(make, X, Y, compiled=compiled, loss="mse", optimizer="sgd") for compiled in (True, False)
    )
    assert why_not.startswith(why)
    assert bits(model) == bits(other)
    assert history == expected
    if make is Counting:
        assert (model.runs, model.sizes) == (other.runs, other.sizes)


def test_what_cannot_be_compiled_may_become_possible():
    class Noisy(Drawing):
        def forward(self, x):
            return super().forward(x) if self.training else Own.forward(self, x)

    model = Noisy()
    f = jit(lambda x: model(x))
    with pytest.warns(UserWarning, match="Noisy draws random numbers"):
        f(X)
    assert f.why_not.startswith("Noisy draws random numbers; draw them outside")
    model.eval()
    np.testing.assert_allclose(f(X), model(X).numpy(), rtol=1e-12)
    assert f.why_not is None


def test_losses_of_ones_own():
    assert_compiled(mlp(), loss=lambda outputs, targets: ((outputs - targets) ** 2 * [1.0, 2.0, 3.0]).mean())
    _, why_not, _ = trained(
        mlp(), X, Y, compiled=True, loss=lambda outputs, targets: losses.mean_squared_error(outputs, targets.tolist())
    )
    assert "tolist" in why_not


@pytest.mark.parametrize("loss", NAMES)
def test_networks_of_values(loss):
    ends = {"binary_cross_entropy_of_probabilities": "sigmoid", "cross_entropy_of_probabilities": "softmax"}
    fit = {"sample_weight": rng.uniform(0.5, 2, 23), "epochs": 2}
    assert_compiled(
        lambda: NeuronNetwork([4, 3, 3], activation="tanh", output=ends.get(loss, "identity"), seed=0),
        y=TARGETS.get(loss, Y), loss=loss, fit=fit, penalty=L2(0.01),
    )  # fmt: skip


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "softplus", "softmax"])
def test_networks_of_values_with_one_output(activation):
    assert_compiled(
        lambda: NeuronNetwork([2, 3, 2, 1], activation=activation, seed=1), X[:, :2], Y[:, 0], metrics=["mae"]
    )


def test_a_network_of_values_gives_a_tensor_for_a_tensor_of_samples():
    for sizes in ([4, 3, 2], [4, 1], [1, 2]):
        model = NeuronNetwork(sizes, activation="tanh", output="softmax", seed=0)
        samples = X[:, : sizes[0]]
        found = model(Tensor(samples))
        assert isinstance(found, Tensor)
        evaluated = [[h.data for h in (row if isinstance(row, list) else [row])] for row in model(samples)]
        np.testing.assert_allclose(found.numpy().reshape(23, -1), evaluated, rtol=1e-14)


def test_a_step_that_fails_leaves_no_gradient_behind():
    model = mlp()()
    trainer = Trainer(model, loss="cross_entropy")
    trainer.step(X, LABELS)
    before = bits(model)
    with pytest.raises(ValueError, match="label 3 is none of the 3 classes"):
        trainer.step(X, LABELS + 1)
    assert bits(model) == before
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_trained_model_is_copied_with_its_trainer(copied):
    model = mlp()()
    model.compile(loss="mse", optimizer="adam")
    model.fit(X, Y)
    other = copied(model)
    for each in (model, other):
        each.fit(X, Y)
        assert each.trainer.why_not is None
    assert bits(model) == bits(other)
    other.fit(X, Y)
    assert bits(model) != bits(other)


def test_changes_of_a_model_are_noticed():
    model = Sequential(Linear(4, 5, seed=0), Dropout(0.5, seed=0), Linear(5, 3, seed=1))
    cost = jit(lambda x, y: losses.mean_squared_error(model(x), y))

    def evaluated():
        return losses.mean_squared_error(model(X), Y).item()

    def assert_same():
        model.members[1].generator = np.random.default_rng(3)
        found = cost(X, Y)
        model.members[1].generator = np.random.default_rng(3)
        assert found == pytest.approx(evaluated(), rel=1e-12)
        assert cost.why_not is None

    assert_same()
    model.members[1].p = 0.2
    assert_same()
    model.eval()
    assert_same()
    model.members[0].weight = Parameter(rng.normal(size=(5, 4)))
    assert_same()
    model.members[2].bias = None
    assert_same()
    model.train()
    assert_same()
    one = Own()
    f = jit(lambda x: one(x).sum())
    f(X)
    one.scale = Parameter([1.0])  # another one, with the same number
    f(X)
    one.scale[...] = [2.0]
    assert f(X) == pytest.approx(one(X).sum().item())
    own = Own()
    own.layers = [Linear(4, 2, seed=0), Linear(2, 3, seed=1)]
    own.forward = lambda x: own.layers[1](own.layers[0](x))
    f = jit(lambda x: own(x).sum())
    assert f(X) == pytest.approx(own(X).sum().item())
    own.layers[1] = Linear(2, 3, seed=5)
    assert f(X) == pytest.approx(own(X).sum().item())


class Annealed:
    """A loss whose setting changes during training."""

    def __init__(self):
        self.factor = 1.0

    def __call__(self, outputs, targets):
        return losses.mean_squared_error(outputs, targets) * self.factor


def test_settings_of_losses_and_penalties_may_change_during_training():
    weights_after = []
    for compiled in (True, False):
        loss, penalty = Annealed(), Annealed()
        penalty.__class__ = type("Penalty", (Annealed,), {"__call__": lambda self, model: L2(self.factor)(model)})
        model = mlp()()
        trainer = Trainer(model, loss=loss, penalty=penalty, optimizer="sgd")
        if not compiled:
            trainer.stepper.compiled.replay = lambda *arguments, **reduce: None

        def anneal(epoch, history, loss=loss, penalty=penalty):
            loss.factor, penalty.factor = 1.0 / (1 + epoch), 0.01 * epoch

        trainer.fit(X, Y, epochs=4, callbacks=[anneal])
        weights_after.append(weights(model))
        assert trainer.why_not is None
    np.testing.assert_allclose(*weights_after, rtol=1e-12)


class Weighted:
    """A penalty with a weight that a training anneals."""

    def __init__(self):
        self.weight = 0.5

    def __call__(self, model):
        return self.weight * sum(((w * w).sum() for w in model.parameters()), start=0.0) / 10


class Deciding(Weighted):
    def __call__(self, model):
        return super().__call__(model) if self.weight > 0.3 else 0.0


class ChangingItself(Weighted):
    def __call__(self, model):
        self.weight *= 0.5
        return super().__call__(model)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("kind", "traces"), [(Weighted, 6), (Deciding, 22), (ChangingItself, 40)])
def test_an_annealed_weight_is_read_in_every_step(kind, traces, dtype, monkeypatch):
    made = []

    class Counted(function.Recording):
        def __init__(self, *arguments):
            made.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(function, "Recording", Counted)
    models = []
    for how in ("as settings", "as constants", "evaluated"):
        penalty, model = kind(), MLP([4, 5, 3], dtype=dtype)
        trainer = Trainer(model, loss="mse", penalty=penalty, optimizer="sgd")
        if how == "as constants":
            trainer.stepper.compiled._fixed = {id(penalty): penalty}
        elif how == "evaluated":
            trainer.stepper.compiled.replay = lambda *arguments, **reduce: None
        for step in range(20):
            if kind is not ChangingItself:
                penalty.weight = 0.5 - step / 40 if step != 10 else np.float64(0.25)  # another type, once
            trainer.step(X.astype(dtype), Y.astype(dtype))
        if how == "as settings":
            assert (trainer.why_not is None) == (kind is not ChangingItself)
            assert len(made) <= traces
        models.append(model)
    assert bits(models[0]) == bits(models[1])
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(weights(models[0]), weights(models[2]), rtol=tolerance, atol=tolerance)


class Masked(Own):
    def __init__(self):
        super().__init__()
        self.mask = np.ones((1, 5))

    def forward(self, x):
        return self.second(tanh(self.first(x)) * (1 - (1 - self.mask)) * self.scale)


WEIGHT = 1.0


@pytest.mark.parametrize("where", ["mask", "closure", "global"])
def test_what_is_changed_around_a_training_is_noticed(where, monkeypatch):
    weights_after = []
    for compiled in (True, False):
        weight = 1.0
        monkeypatch.setitem(globals(), "WEIGHT", 1.0)
        model = Masked()

        def closed_over(outputs, targets):
            return losses.mean_squared_error(outputs, targets) * weight  # noqa: B023

        def of_global(outputs, targets):
            return losses.mean_squared_error(outputs, targets) * WEIGHT

        def change(epoch, history, model=model):
            nonlocal weight
            if where == "mask":
                model.mask[0, epoch] = 0.0
            elif where == "closure":
                weight = 1 / (1 + epoch)
            else:
                monkeypatch.setitem(globals(), "WEIGHT", 1 / (1 + epoch))

        loss = of_global if where == "global" else closed_over
        trainer = Trainer(model, loss=loss, optimizer="sgd", lr=0.1)
        if not compiled:
            trainer.stepper.compiled.replay = lambda *arguments, **reduce: None
        trainer.fit(X, Y, epochs=4, callbacks=[change])
        assert trainer.why_not is None
        weights_after.append(weights(model))
    np.testing.assert_allclose(*weights_after, rtol=1e-12)


def test_bayesian_layers_draw_anew_in_every_run():
    assert_compiled(
        lambda: Sequential(BayesianLinear(4, 5, seed=0), BayesianLinear(5, 3, seed=1)),
        loss=GaussianLikelihood(0.5), penalty=KLPenalty(len(X)),
    )  # fmt: skip

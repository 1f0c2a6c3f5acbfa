"""Estimators: scikit-learn's conventions, scikit-learn's numbers, and what our estimators add or refuse."""

import inspect
import io
import pickle
import sys
from copy import deepcopy

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import make_friedman1, make_moons
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import Perceptron
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from inversa.nn import MLP, DivergenceError, MLPClassifier, MLPRegressor, PerceptronClassifier, data
from inversa.nn.parameter import assign
from inversa.nn.training import History, Trainer

converging_or_not = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ESTIMATORS = [MLPClassifier, MLPRegressor, PerceptronClassifier]

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
TWO = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
THREE = np.digitize(X[:, 1], [-0.5, 0.5])
LABELS = (X[:, :2] > 0).astype(int)
LINE = X @ [1.0, 2.0, 3.0]
PLANE = X @ rng.normal(size=(3, 2))


def quick(kind, **settings):
    """An estimator whose fit takes a moment and stays silent."""
    if kind is PerceptronClassifier:
        return kind(**settings)
    quickly = {"hidden_layer_sizes": (4,), "learning_rate_init": 0.05, "tol": 1.0, "n_iter_no_change": 3}
    return kind(**quickly | {"random_state": 0} | settings)


def squared(z):
    return z * z


def fixed(kind, epochs, **settings):
    """An estimator that runs a number of epochs, whatever the loss does."""
    return kind(**{"max_iter": epochs, "n_iter_no_change": epochs, "tol": 0, "random_state": 0} | settings)


# scikit-learn's conventions, every check.


@converging_or_not
@parametrize_with_checks(
    [
        MLPClassifier(max_iter=60),
        MLPClassifier((8, 4), "tanh", solver="sgd", learning_rate_init=0.2, batch_size=100, max_iter=20),
        MLPRegressor(max_iter=100),
        MLPRegressor((), "identity", solver="sgd", learning_rate_init=0.05, batch_size=50, max_iter=20),
        PerceptronClassifier(),
        PerceptronClassifier(0.1, pocket=False, max_iter=100),
    ]
)
def test_convention(estimator, check, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it one check is skipped
    check(estimator)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_have_the_names_the_order_and_the_defaults_of_scikit_learn(name):
    ours, theirs = (
        {p.name: (p.default, p.kind) for p in inspect.signature(kind).parameters.values()}
        for kind in ({c.__name__: c for c in ESTIMATORS}[name], getattr(neural_network, name))
    )
    assert ours.items() - theirs.items() <= {("class_weight", (None, inspect.Parameter.KEYWORD_ONLY))}


# scikit-learn's numbers.


@converging_or_not
@pytest.mark.parametrize(
    ("solver", "within"),
    [
        ({"solver": "sgd", "momentum": 0.0}, 1e-13),
        ({"solver": "sgd"}, 1e-13),
        ({"solver": "sgd", "nesterovs_momentum": False}, 1e-13),
        ({"solver": "adam"}, 2e-5),  # scikit-learn adds ε to the square root before the bias correction
    ],
)
@pytest.mark.parametrize("y", [TWO, THREE, LABELS, LINE, PLANE], ids=["two", "three", "labels", "line", "plane"])
def test_from_the_same_weights_training_takes_the_same_course_as_in_scikit_learn(y, solver, within):
    name = "MLPRegressor" if y.dtype.kind == "f" else "MLPClassifier"
    settings = {"hidden_layer_sizes": (5, 4), "alpha": 0.5, "batch_size": 10, "learning_rate_init": 0.01, **solver}
    theirs, ours = (
        fixed(kind, 1, shuffle=False, warm_start=True, **settings).fit(X, y)
        for kind in (getattr(neural_network, name), {c.__name__: c for c in ESTIMATORS}[name])
    )
    for layer, weights, biases in zip(ours.model_.layers, theirs.coefs_, theirs.intercepts_, strict=True):
        assign(layer.weight, weights.T)
        assign(layer.bias, biases)
    for estimator in (theirs, ours):
        estimator.set_params(max_iter=20, n_iter_no_change=20).fit(X, y)
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=within)
    if y is not PLANE:  # where scikit-learn follows the gradient of the sum over the outputs, and reports their mean
        np.testing.assert_allclose(ours.loss_curve_[1:], theirs.loss_curve_[1:], rtol=within)
    if y is LABELS:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=within)


@converging_or_not
@pytest.mark.parametrize("batch_size", [7, 16, 39])
def test_the_penalty_of_a_smaller_last_batch_is_that_of_scikit_learn(batch_size):
    theirs, ours = (
        fixed(kind, 1, hidden_layer_sizes=(4,), solver="sgd", alpha=5.0, warm_start=True).fit(X, LINE)
        for kind in (neural_network.MLPRegressor, MLPRegressor)
    )
    ours.coefs_, ours.intercepts_ = theirs.coefs_, theirs.intercepts_
    for estimator in (theirs, ours):
        settings = {"max_iter": 20, "n_iter_no_change": 20, "batch_size": batch_size, "shuffle": False}
        estimator.set_params(**settings).fit(X, LINE)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-13)
    np.testing.assert_allclose(ours.loss_curve_[1:], theirs.loss_curve_[1:], rtol=1e-13)


@converging_or_not
@pytest.mark.parametrize("weighted", [False, True])
def test_sample_weights_act_as_in_scikit_learn(weighted):
    weights = np.arange(40) % 3 + 1.0 if weighted else None
    theirs, ours = (
        fixed(kind, 1, hidden_layer_sizes=(), solver="sgd", alpha=2.0, warm_start=True).fit(X, LINE)
        for kind in (neural_network.MLPRegressor, MLPRegressor)
    )
    assign(ours.model_.layers[0].weight, theirs.coefs_[0].T)
    assign(ours.model_.layers[0].bias, theirs.intercepts_[0])
    for estimator in (theirs, ours):
        estimator.set_params(max_iter=20, n_iter_no_change=20).fit(X, LINE, sample_weight=weights)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-13)


@converging_or_not
@pytest.mark.parametrize("batch_size", [1, 2, 8, 32])
def test_sample_weights_have_the_weighted_optimum_for_every_batch_size(batch_size):
    heavy = np.arange(32) % 4 == 0
    y, weights = np.where(heavy, 0.0, 1.0), np.where(heavy, 27.0, 1.0)  # whose mean with these weights is 0.1
    settings = {"hidden_layer_sizes": (), "alpha": 0, "solver": "sgd", "momentum": 0, "batch_size": batch_size}
    regressor = fixed(MLPRegressor, 400, learning_rate_init=0.002 * batch_size, **settings)
    regressor.fit(np.zeros((32, 1)), y, sample_weight=weights)
    np.testing.assert_allclose(regressor.intercepts_[0], np.average(y, weights=weights), atol=0.03)


def same_mean(ours, theirs):
    """Means of five runs each differ by less than three standard errors of their difference."""
    error = np.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / len(ours))
    return abs(np.mean(ours) - np.mean(theirs)) < 3 * error


def scores_and_losses(kind, training, test, **settings):
    runs = [fixed(kind, 40, **settings | {"random_state": seed}).fit(*training) for seed in range(5)]
    return [run.score(*test) for run in runs], [run.loss_ for run in runs]


@converging_or_not
def test_accuracy_and_loss_on_moons_are_those_of_scikit_learn():
    moons = [make_moons(n, noise=0.2, random_state=seed) for n, seed in ((300, 0), (500, 1))]
    settings = {"hidden_layer_sizes": (32,), "batch_size": 50, "learning_rate_init": 0.01, "alpha": 1e-3}
    accuracies, losses = scores_and_losses(MLPClassifier, *moons, **settings)
    their_accuracies, their_losses = scores_and_losses(neural_network.MLPClassifier, *moons, **settings)
    assert min(accuracies) > 0.85
    assert same_mean(accuracies, their_accuracies)
    assert same_mean(losses, their_losses)


@converging_or_not
def test_r2_and_loss_of_a_regression_are_those_of_scikit_learn():
    inputs, targets = make_friedman1(400, noise=1.0, random_state=0)
    inputs, targets = (inputs - 0.5) / inputs.std(axis=0), (targets - targets.mean()) / targets.std()
    parts = (inputs[:200], targets[:200]), (inputs[200:], targets[200:])
    settings = {"hidden_layer_sizes": (16,), "batch_size": 50, "learning_rate_init": 0.01, "alpha": 1e-3}
    scores, losses = scores_and_losses(MLPRegressor, *parts, **settings)
    their_scores, their_losses = scores_and_losses(neural_network.MLPRegressor, *parts, **settings)
    assert min(scores) > 0.5
    assert same_mean(scores, their_scores)
    assert same_mean(losses, their_losses)


# Together with the rest of scikit-learn.


def test_a_pipeline_in_a_grid_search():
    iris = data.iris()
    network = MLPClassifier((8,), learning_rate_init=0.02, tol=1e-2, max_iter=500, random_state=0)
    grid = {"mlpclassifier__activation": ["tanh", "relu"], "mlpclassifier__alpha": [1e-4, 1e3]}
    search = GridSearchCV(make_pipeline(StandardScaler(), network), grid, cv=3).fit(iris.x, iris.y)
    assert search.best_params_["mlpclassifier__alpha"] == 1e-4
    assert search.best_score_ > 0.9
    assert cross_val_score(search.best_estimator_, iris.x, iris.y, cv=3).mean() == search.best_score_


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_parameters_can_be_read_set_and_cloned(kind):
    estimator = kind(max_iter=7).set_params(warm_start=True)
    copy = clone(estimator)
    assert copy is not estimator
    assert copy.get_params() == estimator.get_params() == kind(max_iter=7, warm_start=True).get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        estimator.set_params(depth=3)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_data_frames_with_string_labels(kind):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    target = pd.Series(LINE if kind is MLPRegressor else TWO, index=frame.index[::-1])  # the index has no meaning
    estimator = quick(kind).fit(frame, target)
    assert list(estimator.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(estimator.predict(frame), quick(kind).fit(X, target.to_numpy()).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame.rename(columns={"a": "z"}))


def dumped(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "cloudpickle": lambda x: pickle.loads(pytest.importorskip("cloudpickle").dumps(x)),
    "joblib": dumped,
    "deepcopy": deepcopy,
}


def learn_on(estimator):
    if getattr(estimator, "early_stopping", False):
        return estimator.fit(X, THREE)
    return estimator.partial_fit(X, THREE, **({} if isinstance(estimator, MLPRegressor) else {"classes": [0, 1, 2]}))


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize(
    "settings",
    [
        (MLPClassifier, {"batch_size": 7, "random_state": np.random.RandomState(3)}),
        (MLPClassifier, {"batch_size": 7, "early_stopping": True, "warm_start": True}),
        (MLPRegressor, {"batch_size": 7, "solver": "sgd"}),
        (PerceptronClassifier, {"batch": False, "random_state": 0}),
    ],
    ids=lambda settings: f"{settings[0].__name__}, {', '.join(settings[1])}",  # a RandomState is named by its address
)
def test_a_copy_goes_on_as_the_original_does(settings, way):
    """The same weights, order of the samples, and running averages, whether it had learnt or not."""
    kind, given = settings
    estimator = clone(quick(kind, **given))
    for _ in range(3):
        copy = COPIES[way](estimator)
        assert hasattr(copy, "model_") == hasattr(estimator, "model_")
        learn_on(copy), learn_on(estimator)
        for name, array in estimator.model_.state_dict().items():
            np.testing.assert_array_equal(copy.model_.state_dict()[name], array, strict=True)
        np.testing.assert_array_equal(copy.predict(X), estimator.predict(X))
    assert not hasattr(clone(copy), "model_")


def test_a_pickle_has_the_weights_and_the_averages_once():
    network = fixed(MLPClassifier, 1, hidden_layer_sizes=(500,)).partial_fit(X, TWO, classes=["no", "yes"])
    weights = sum(array.nbytes for array in (*network.coefs_, *network.intercepts_))
    assert len(pickle.dumps(network)) < 3 * weights + 10_000  # Adam has two averages


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("inversa.nn.estimators")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r'pip install "inversa\[train\]"'):
        import inversa.nn.estimators  # noqa: F401


# Targets.


def test_two_classes_have_one_output():
    classifier = quick(MLPClassifier, max_iter=500, tol=1e-3).fit(X, TWO)
    hidden = np.maximum(0, X @ classifier.coefs_[0] + classifier.intercepts_[0])
    logits = (hidden @ classifier.coefs_[1] + classifier.intercepts_[1])[:, 0]
    no, yes = 1 / (1 + np.exp(logits)), 1 / (1 + np.exp(-logits))
    assert classifier.classes_.tolist() == ["no", "yes"]
    assert [weights.shape for weights in classifier.coefs_] == [(3, 4), (4, 1)]
    np.testing.assert_allclose(classifier.decision_function(X), logits)
    np.testing.assert_allclose(classifier.predict_proba(X), np.column_stack([no, yes]))
    np.testing.assert_array_equal(classifier.predict(X), np.where(logits > 0, "yes", "no"))
    assert classifier.score(X, TWO) > 0.9
    assert isinstance(classifier.model_, MLP)


def test_several_classes_have_an_output_each():
    classifier = quick(MLPClassifier, max_iter=500, tol=1e-3).fit(X, THREE)
    logits = classifier.decision_function(X)
    assert logits.shape == (40, 3)
    np.testing.assert_allclose(classifier.predict_proba(X), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_array_equal(classifier.predict(X), logits.argmax(axis=1))
    assert classifier.score(X, THREE) > 0.9


@pytest.mark.parametrize("kind", [MLPClassifier, PerceptronClassifier])
def test_a_single_class_is_always_right(kind):
    assert quick(kind).fit(X, ["only"] * 40).predict(X[:2]).tolist() == ["only", "only"]


def test_several_labels_a_sample():
    classifier = quick(MLPClassifier, max_iter=500, tol=1e-3).fit(X, pd.DataFrame(LABELS, columns=["left", "right"]))
    assert classifier.classes_.tolist() == [0, 1]
    assert classifier.score(X, LABELS) > 0.9
    np.testing.assert_array_equal(classifier.predict(X), classifier.predict_proba(X) >= 0.5)
    np.testing.assert_array_equal(classifier.predict(X), classifier.decision_function(X) > 0)


@pytest.mark.parametrize("y", [TWO, LABELS], ids=["two", "labels"])
def test_logarithms_of_probabilities_do_not_underflow(y):
    classifier = quick(MLPClassifier).fit(X, y)
    np.testing.assert_allclose(classifier.predict_log_proba(X), np.log(classifier.predict_proba(X)))
    assign(classifier.model_.layers[-1].bias, -1e4)
    assert classifier.predict_proba(X).min() == 0
    np.testing.assert_allclose(classifier.predict_log_proba(X).min(), -1e4, rtol=1e-2)


def test_several_outputs_of_a_regression():
    regressor = fixed(MLPRegressor, 300, hidden_layer_sizes=(), learning_rate_init=0.1, alpha=0, tol=1e-9)
    targets = pd.DataFrame(PLANE, columns=["u", "v"])
    with pytest.warns(ConvergenceWarning):
        regressor.fit(X, targets)
    assert regressor.predict(X).shape == (40, 2)
    assert regressor.score(X, targets) > 0.999


def test_float32_stays_float32():
    classifier = quick(MLPClassifier).fit(X.astype("float32"), TWO)
    assert {a.dtype for a in (*classifier.coefs_, *classifier.intercepts_)} == {np.dtype("float32")}
    assert classifier.predict_proba(X).dtype == "float32"


# Sample weights.


@converging_or_not
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_weight_counts_like_so_many_samples(kind):
    y = LINE if kind is MLPRegressor else THREE
    weights = np.arange(40) % 3
    estimator = PerceptronClassifier() if kind is PerceptronClassifier else fixed(kind, 20, alpha=10.0)
    weighted = clone(estimator).fit(X, y, sample_weight=weights).predict(X)
    np.testing.assert_allclose(weighted, estimator.fit(X.repeat(weights, axis=0), y.repeat(weights)).predict(X))
    assert (weighted != estimator.fit(X, y).predict(X)).any()


@converging_or_not
@pytest.mark.parametrize("kind", [MLPClassifier, PerceptronClassifier])
def test_samples_of_weight_0_are_as_if_they_were_not_there(kind):
    used = THREE != 1
    settings = {"batch": False} if kind is PerceptronClassifier else {"batch_size": 7}
    with_all, with_used = (kind(max_iter=20, random_state=0, **settings) for _ in range(2))
    with_all.fit(X, THREE, sample_weight=used)
    with_used.fit(X[used], THREE[used])
    assert with_all.classes_.tolist() == [0, 2]
    np.testing.assert_allclose(with_all.decision_function(X), with_used.decision_function(X))


# Going on: partial_fit and warm_start.


@converging_or_not
def test_partial_fits_are_the_epochs_of_a_fit():
    whole = fixed(MLPClassifier, 5).fit(X, THREE)
    parts = fixed(MLPClassifier, 5)
    for epoch in range(1, 6):
        parts.partial_fit(X, THREE, classes=[0, 1, 2])
        assert (len(parts.loss_curve_), parts.n_iter_) == (epoch, 1)
    assert parts.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])


@pytest.mark.parametrize("kind", [MLPClassifier, PerceptronClassifier])
def test_a_partial_fit_knows_all_classes_from_the_first_call(kind):
    classifier = quick(kind)
    with pytest.raises(ValueError, match=r"the first partial_fit needs classes="):
        classifier.partial_fit(X, THREE)
    classifier.partial_fit(X[THREE < 2], THREE[THREE < 2], classes=[2, 0, 1])
    classifier.partial_fit(X, THREE)
    assert classifier.classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"y has the classes \[5\], but this classifier knows \[0, 1, 2\]"):
        classifier.partial_fit(X, np.where(THREE == 2, 5, THREE))
    with pytest.raises(ValueError, match=r"classes=\[0, 1\] are not those of the first partial_fit: \[0, 1, 2\]"):
        classifier.partial_fit(X, THREE, classes=[0, 1])


@converging_or_not
def test_a_warm_start_goes_on_and_a_fit_starts_anew():
    warm = fixed(MLPRegressor, 5, warm_start=True).fit(X, LINE)
    first = warm.loss_curve_
    warm.fit(X, LINE)
    assert warm.loss_curve_[:5] == first
    assert (len(warm.loss_curve_), warm.n_iter_, warm.loss_) == (10, 5, warm.loss_curve_[-1])
    assert warm.best_loss_ == min(warm.loss_curve_) < min(first)
    warm.set_params(warm_start=False).fit(X, LINE)
    assert warm.loss_curve_ == first


def test_a_warm_start_refuses_another_network():
    warm = quick(MLPClassifier, warm_start=True).fit(X, THREE)
    with pytest.raises(ValueError, match=r"sizes \(3, 4, 3\) .* asks for \(3, 5, 3\)"):
        warm.set_params(hidden_layer_sizes=(5,)).fit(X, THREE)
    with pytest.raises(ValueError, match=r"learns by cross_entropy, .* and multilabel_cross_entropy"):
        warm.set_params(hidden_layer_sizes=(4,)).fit(X, np.eye(3, dtype=int)[THREE])
    with pytest.raises(ValueError, match=r"y has the classes \[1, 2, 7\], but a warm start goes on with \[0, 1, 2\]"):
        warm.fit(X, np.where(THREE == 0, 7, THREE))


def test_a_warm_perceptron_goes_on():
    cold = PerceptronClassifier(max_iter=1, pocket=False, eta0=0.5)
    with pytest.warns(ConvergenceWarning, match="no convergence in max_iter=1 epochs, errors left: "):
        cold.fit(X, TWO)
    weights = cold.coef_
    warm = cold.set_params(warm_start=True, max_iter=1000).fit(X, TWO)
    assert warm.score(X, TWO) == 1
    assert (warm.coef_ != weights).any()
    assert warm.n_iter_ == len(warm.errors_) < PerceptronClassifier().fit(X, TWO).n_iter_


def test_a_warm_start_refuses_another_activation():
    warm = quick(MLPClassifier, warm_start=True).fit(X, THREE)
    before = learnt(warm)
    warm.set_params(activation="tanh")
    for fit in (warm.fit, warm.partial_fit):
        with pytest.raises(ValueError, match="the network has another activation than 'tanh'"):
            fit(X, THREE)
    assert learnt(warm) == before
    quick(MLPClassifier, warm_start=True, activation="sigmoid").fit(X, THREE).set_params(activation="logistic").fit(
        X, THREE
    )
    anew = warm.set_params(warm_start=False).fit(X, THREE)
    assert [layer.activation.__name__ for layer in anew.model_.layers] == ["tanh", "identity"]


@pytest.mark.parametrize("kind", [MLPClassifier, PerceptronClassifier])
def test_a_warm_start_refuses_fewer_classes_and_a_partial_fit_takes_them(kind):
    warm = quick(kind, warm_start=True).fit(X, THREE)
    before = learnt(warm)
    with pytest.raises(ValueError, match=r"y has the classes \[0, 1\], but a warm start goes on with \[0, 1, 2\]"):
        warm.fit(X[THREE < 2], THREE[THREE < 2])
    assert learnt(warm) == before
    assert warm.partial_fit(X[THREE < 2], THREE[THREE < 2]).classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate_init": 0.5},
        {"alpha": 5.0},
        {"batch_size": 7},
        {"momentum": 0.1},
        {"nesterovs_momentum": False},
        {"solver": "adam"},
        {"shuffle": False, "batch_size": 7},
    ],
)
def test_a_partial_fit_has_the_settings_of_now(settings):
    def after(**changed):
        regressor = quick(MLPRegressor, solver="sgd").partial_fit(X, LINE).partial_fit(X, LINE)
        return regressor.set_params(**changed).partial_fit(X, LINE)

    assert (after(**settings).coefs_[0] != after().coefs_[0]).any()


def test_a_changed_learning_rate_keeps_the_running_averages():
    # one step of gradient descent with momentum: v ← 0.9 v − η g, and w ← w + v
    regressor = quick(MLPRegressor, hidden_layer_sizes=(), solver="momentum", alpha=0, learning_rate_init=0.01)
    regressor.partial_fit(X, LINE)
    w = [regressor.coefs_[0]]
    for rate in (0.01, 1e-9):
        regressor.set_params(learning_rate_init=rate).partial_fit(X, LINE)
        w.append(regressor.coefs_[0])
    np.testing.assert_allclose(w[2] - w[1], 0.9 * (w[1] - w[0]), rtol=0.5)
    assert np.abs(w[2] - w[1]).min() > 1e-5


# Random numbers, stopping, solvers.


def test_random_state_makes_a_fit_repeatable():
    def weights(random_state):
        return quick(MLPClassifier, random_state=random_state, batch_size=7).fit(X, TWO).coefs_[0].tolist()

    assert weights(1) == weights(1) != weights(2)
    assert weights(np.random.RandomState(1)) == weights(1)
    assert weights(None) != weights(None)


def test_training_stops_when_the_loss_gets_no_better():
    regressor = MLPRegressor((), learning_rate_init=0.1, max_iter=1000, tol=1e-3, random_state=0).fit(X, LINE)
    curve = regressor.loss_curve_
    assert regressor.n_iter_ == len(curve) < 1000
    assert min(curve[:-10]) - min(curve[-10:]) <= 1e-3
    assert regressor.validation_scores_ is None
    with pytest.warns(ConvergenceWarning, match="no convergence in max_iter=3 epochs: raise max_iter"):
        regressor.set_params(max_iter=3).fit(X, LINE)


@pytest.mark.parametrize(("kind", "y"), [(MLPClassifier, THREE), (MLPClassifier, LABELS), (MLPRegressor, LINE)])
def test_early_stopping_keeps_the_weights_that_were_best_on_samples_held_out(kind, y, monkeypatch):
    estimator = kind((16,), learning_rate_init=0.3, early_stopping=True, validation_fraction=0.5, random_state=0)
    estimator.fit(X, y)
    scores = estimator.validation_scores_
    best = int(np.argmax(scores)) + 1
    assert len(scores) == estimator.n_iter_ < 200
    again = clone(estimator).set_params(max_iter=best)
    with pytest.warns(ConvergenceWarning):
        again.fit(X, y)
    np.testing.assert_array_equal(again.coefs_[0], estimator.coefs_[0])


@pytest.mark.parametrize("solver", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"])
def test_every_solver_learns(solver):
    regressor = MLPRegressor((), solver=solver, learning_rate_init=0.1, tol=1e-2, max_iter=500, random_state=0)
    assert regressor.fit(X, LINE).score(X, LINE) > 0.8


@converging_or_not
def test_momentum_is_that_of_both_solvers_that_have_one():
    def weights(solver, momentum):
        settings = {"solver": solver, "momentum": momentum, "nesterovs_momentum": False}
        return fixed(MLPRegressor, 5, learning_rate_init=0.01, **settings).fit(X, LINE).coefs_[0]

    np.testing.assert_allclose(weights("momentum", 0.5), weights("sgd", 0.5))
    assert (weights("momentum", 0.5) != weights("momentum", 0.9)).any()


@converging_or_not
def test_a_larger_alpha_makes_smaller_weights():
    small, large = (np.abs(fixed(MLPRegressor, 30, alpha=alpha).fit(X, LINE).coefs_[0]).sum() for alpha in (0, 100))
    assert large < 0.9 * small


def test_activations_by_scikit_learns_name_ours_and_as_functions():
    logistic, sigmoid = (quick(MLPClassifier, activation=name).fit(X, TWO) for name in ("logistic", "sigmoid"))
    np.testing.assert_array_equal(logistic.predict_proba(X), sigmoid.predict_proba(X))
    identity = quick(MLPRegressor, activation="identity", hidden_layer_sizes=4).fit(X, LINE)
    product = X @ identity.coefs_[0] @ identity.coefs_[1] + identity.intercepts_[0] @ identity.coefs_[1]
    np.testing.assert_allclose(identity.predict(X), (product + identity.intercepts_[1])[:, 0])
    square = quick(MLPRegressor, activation=squared).fit(X, LINE)
    hidden = (X @ square.coefs_[0] + square.intercepts_[0]) ** 2
    np.testing.assert_allclose(square.predict(X), (hidden @ square.coefs_[1] + square.intercepts_[1])[:, 0])


def test_verbose_shows_a_progress_bar(capsys):
    quick(MLPClassifier, verbose=True).fit(X, TWO)
    assert "epoch 4/200" in capsys.readouterr().err
    quick(MLPClassifier).fit(X, TWO)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_with_an_infinite_patience_all_epochs_are_run(kind, early_stopping):
    settings = {"n_iter_no_change": np.inf, "tol": 1e9, "max_iter": 30, "early_stopping": early_stopping}
    with pytest.warns(ConvergenceWarning):
        estimator = kind((4,), random_state=0, **settings).fit(X, THREE)
    assert estimator.n_iter_ == 30


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_the_best_validation_score_is_that_of_the_weights_however_large_tol_is(kind):
    settings = {"early_stopping": True, "tol": 0.5, "learning_rate_init": 0.01, "validation_fraction": 0.5}
    estimator = kind((16,), random_state=0, **settings).fit(X, THREE)
    scores = estimator.validation_scores_
    assert estimator.best_validation_score_ == max(scores) > scores[0]
    assert estimator.best_loss_ is None
    with pytest.warns(ConvergenceWarning):
        best = clone(estimator).set_params(max_iter=int(np.argmax(scores)) + 1, n_iter_no_change=np.inf).fit(X, THREE)
    np.testing.assert_array_equal(best.coefs_[0], estimator.coefs_[0])
    estimator.set_params(early_stopping=False).fit(X, THREE)
    assert (estimator.validation_scores_, estimator.best_validation_score_) == (None, None)
    assert estimator.best_loss_ == min(estimator.loss_curve_)


def test_early_stopping_holds_out_the_same_share_of_every_class(monkeypatch):
    rare = np.repeat([0, 1, 2], [60, 30, 10])
    held_out = []
    monkeypatch.setattr(
        Trainer, "fit", lambda self, x, y, **settings: held_out.append(settings["validation_data"][1]) or History()
    )
    for seed in range(5):
        with pytest.warns(ConvergenceWarning):
            MLPClassifier(early_stopping=True, validation_fraction=0.2, random_state=seed).fit(
                rng.normal(size=(100, 2)), rare
            )
    assert [part.sum(axis=0).tolist() for part in held_out] == [[12, 6, 2]] * 5


def test_early_stopping_says_when_a_class_has_too_few_samples():
    with pytest.raises(ValueError, match=r"early_stopping holds out .*, some of every class: .* only 1 member"):
        MLPClassifier(early_stopping=True, validation_fraction=0.5).fit(X[:8], [0, 0, 0, 0, 0, 0, 0, 1])
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPRegressor(early_stopping=True).partial_fit(X, LINE)


# What was learnt, in scikit-learn's names.


@converging_or_not
@pytest.mark.parametrize("y", [TWO, THREE, LABELS, LINE, PLANE], ids=["two", "three", "labels", "line", "plane"])
def test_layers_outputs_and_their_activation_are_called_as_in_scikit_learn(y):
    name = "MLPRegressor" if y.dtype.kind == "f" else "MLPClassifier"
    theirs, ours = (
        fixed(kind, 1, hidden_layer_sizes=(5, 4)).fit(X, y)
        for kind in (getattr(neural_network, name), {c.__name__: c for c in ESTIMATORS}[name])
    )
    for attribute in ("n_layers_", "n_outputs_", "out_activation_", "best_validation_score_", "validation_scores_"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


@converging_or_not
def test_weights_of_scikit_learns_network_can_be_put_in():
    theirs = fixed(neural_network.MLPClassifier, 20, hidden_layer_sizes=(5, 4)).fit(X, THREE)
    ours = fixed(MLPClassifier, 1, hidden_layer_sizes=(5, 4)).fit(X, THREE)
    ours.coefs_, ours.intercepts_ = theirs.coefs_, theirs.intercepts_
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    np.testing.assert_array_equal(ours.coefs_[1], theirs.coefs_[1])
    before = learnt(ours)
    with pytest.raises(
        ValueError, match=r"coefs_ is arrays of the shapes \[\(3, 5\), .*, not of \[\(3, 5\), \(4, 5\), \(4, 3\)\]"
    ):
        ours.coefs_ = [ours.coefs_[0] + 1, ours.coefs_[1].T, ours.coefs_[2]]
    with pytest.raises(ValueError, match=r"coefs_ is arrays of the shapes .*, not None"):
        ours.coefs_ = None
    with pytest.raises(ValueError, match="intercepts_ is arrays of finite numbers"):
        ours.intercepts_ = [ours.intercepts_[0] + 1, ours.intercepts_[1], np.full(3, np.nan)]
    assert learnt(ours) == before


def test_a_change_of_weights_that_the_network_would_not_see_is_refused():
    regressor = quick(MLPRegressor).fit(X, LINE)
    with pytest.raises(ValueError, match="read-only"):
        regressor.coefs_[0][0, 0] = 1.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        regressor.intercepts_[0] = np.zeros(4)


# Sparse inputs, weights of classes.


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_sparse_inputs_are_as_dense_ones(kind, form):
    dense = np.where(np.abs(X) > 0.5, X, 0)
    expected, given = (quick(kind).fit(x, THREE).partial_fit(x, THREE) for x in (dense, form(dense)))
    assert learnt_numbers(given) == learnt_numbers(expected)
    np.testing.assert_array_equal(given.predict(form(dense)), expected.predict(dense))


@converging_or_not
def test_weights_of_classes_are_weights_of_samples():
    by_class = {0: 2.0, 2: 5.0}  # 1 is not named: it counts once
    weights = np.array([2.0, 1.0, 5.0])[THREE]
    given = np.arange(40) % 2 + 1.0
    for ours, theirs, sample_weight in (
        (by_class, weights, None),
        (by_class, weights * given, given),
        ("balanced", (40 / 3 / np.bincount(THREE))[THREE], None),
    ):
        a = fixed(MLPClassifier, 10, class_weight=ours).fit(X, THREE, sample_weight=sample_weight)
        b = fixed(MLPClassifier, 10).fit(X, THREE, sample_weight=theirs)
        np.testing.assert_allclose(a.coefs_[0], b.coefs_[0], atol=1e-14)
        assert (a.coefs_[0] != fixed(MLPClassifier, 10).fit(X, THREE).coefs_[0]).any()
    names = {"yes": 3.0}
    a = fixed(MLPClassifier, 5, class_weight=names).partial_fit(X, TWO, classes=["no", "yes"])
    b = fixed(MLPClassifier, 5).partial_fit(X, TWO, np.where(TWO == "yes", 3.0, 1.0), ["no", "yes"])
    np.testing.assert_allclose(a.coefs_[0], b.coefs_[0], atol=1e-14)
    with pytest.raises(ValueError, match="class_weight='balanced' needs all samples, and partial_fit has some"):
        MLPClassifier(class_weight="balanced").partial_fit(X, TWO, classes=["no", "yes"])
    with pytest.raises(ValueError, match="class_weight is for one class a sample"):
        MLPClassifier(class_weight="balanced").fit(X, LABELS)


# What is refused.


WRONG = [
    ({"hidden_layer_sizes": 0}, "hidden_layer_sizes is a positive integer, such as 100, or .*, not 0"),
    ({"hidden_layer_sizes": "wide"}, "hidden_layer_sizes is a positive integer, .*, not 'wide'"),
    ({"hidden_layer_sizes": (4, 0)}, r"hidden_layer_sizes\[1\] is a positive integer, such as 100, not 0"),
    ({"hidden_layer_sizes": (4, 2.5)}, r"hidden_layer_sizes\[1\] is a positive integer, such as 100, not 2.5"),
    ({"activation": "reluu"}, "activation is one of 'relu', .*, or a function, not 'reluu'"),
    ({"activation": 3}, "activation is one of 'logistic', .*, or a function, not 3"),
    ({"solver": "lbfgs"}, "solver is one of 'sgd', .*, not 'lbfgs'"),
    ({"alpha": -1}, "alpha is 0 or a positive number, such as 0.0001, not -1"),
    ({"alpha": np.nan}, "alpha is 0 or a positive number, such as 0.0001, not nan"),
    ({"batch_size": 0}, "batch_size is a positive integer, such as 200, or 'auto', not 0"),
    ({"batch_size": "all"}, "batch_size is a positive integer, such as 200, or 'auto', not 'all'"),
    ({"learning_rate_init": 0}, "learning_rate_init is a positive number, such as 0.001, not 0"),
    ({"max_iter": 0}, "max_iter is a positive integer, such as 200, not 0"),
    ({"shuffle": "yes"}, "shuffle is True or False, not 'yes'"),
    ({"random_state": "x"}, "random_state is an integer from 0, .*, not 'x'"),
    ({"random_state": -1}, "random_state is an integer from 0, .*, not -1"),
    ({"tol": -1}, "tol is 0 or a positive number, such as 0.0001, not -1"),
    ({"verbose": "very"}, "verbose is True or False, not 'very'"),
    ({"warm_start": 2}, "warm_start is True or False, not 2"),
    ({"momentum": 1}, "momentum is a number from 0 to below 1, such as 0.9, not 1"),
    ({"nesterovs_momentum": None}, "nesterovs_momentum is True or False, not None"),
    ({"early_stopping": 1}, "early_stopping is True or False, not 1"),
    ({"validation_fraction": 1.0}, "validation_fraction is a number from 0 to below 1, such as 0.1, not 1.0"),
    ({"n_iter_no_change": 0}, "n_iter_no_change is a positive integer, such as 10, or infinity, not 0"),
    ({"early_stopping": True, "validation_fraction": 0.01}, "validation_fraction=0.01 of n_samples=40 must be 2"),
]
WRONG_CLASS_WEIGHTS = [
    ({"class_weight": "heavy"}, "class_weight is None, 'balanced', or weights by class, .*, not 'heavy'"),
    ({"class_weight": {0: 1, 7: 2}}, r"class_weight has the classes \[7\], but there are \[0, 1, 2\]"),
    ({"class_weight": {0: 0}}, r"class_weight\[0\] is a positive number, such as 2.0, not 0"),
]
WRONG_OF_THE_PERCEPTRON = [
    ({"eta0": 0}, "eta0 is a positive number, such as 1.0, not 0"),
    ({"max_iter": 0}, "max_iter is a positive integer, such as 1000, not 0"),
    ({"batch": "all"}, "batch is True or False, not 'all'"),
    ({"pocket": 1}, "pocket is True or False, not 1"),
    ({"shuffle": None}, "shuffle is True or False, not None"),
    ({"random_state": "x"}, "random_state is an integer from 0, .*, not 'x'"),
    ({"warm_start": 0}, "warm_start is True or False, not 0"),
]


def plain(part):
    """Arrays in dicts and lists as lists, which can be compared."""
    if isinstance(part, dict):
        return {name: plain(entry) for name, entry in part.items()}
    return (
        [plain(entry) for entry in part] if isinstance(part, (list, tuple)) else getattr(part, "tolist", lambda: part)()
    )


def learnt(estimator):
    """All that an estimator is and has learnt, the same objects with the same numbers in them."""
    holder = getattr(estimator, "_trainer", estimator.model_)
    parts = {name: part for name, part in vars(estimator).items() if name not in estimator.get_params()}
    return plain([parts, holder.state_dict(), estimator._generator.bit_generator.state])


def learnt_numbers(estimator):
    """The network's parameters."""
    return plain(estimator.model_.state_dict())


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        *((MLPClassifier, *case) for case in WRONG + WRONG_CLASS_WEIGHTS),
        *((MLPRegressor, *case) for case in WRONG),
        *((PerceptronClassifier, *case) for case in WRONG_OF_THE_PERCEPTRON),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_is_changed(kind, wrong, message):
    new = kind(**wrong)
    with pytest.raises(ValueError, match=message):
        new.fit(X, THREE)
    assert vars(new) == kind(**wrong).get_params()
    fitted = quick(kind).fit(X, THREE)
    before = learnt(fitted)
    fitted.set_params(**wrong)
    with pytest.raises(ValueError, match=message):
        fitted.fit(X[:, :2], THREE)  # which would change n_features_in_
    assert learnt(fitted) == before
    if wrong.keys() != {"early_stopping", "validation_fraction"}:  # of a partial fit another error
        with pytest.raises(ValueError, match=message):
            fitted.partial_fit(X, THREE)
        assert learnt(fitted) == before


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_parameter_of_a_wrong_kind_is_named(kind):
    for name in kind().get_params():
        for wrong in ("text", np.array([1.0, 4.0]), np.array(2.5), {"x": 2}, object(), np.nan, 1j, [[1], 2], MLP):
            with pytest.raises((ValueError, TypeError), match=name):
                quick(kind).set_params(**{name: wrong}).fit(X, THREE)


def test_every_parameter_has_its_test():
    tested = {name for wrong, _ in WRONG + WRONG_CLASS_WEIGHTS for name in wrong}
    assert tested == MLPClassifier().get_params().keys()
    assert {
        name for wrong, _ in WRONG_OF_THE_PERCEPTRON for name in wrong
    } == PerceptronClassifier().get_params().keys()


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        (MLPClassifier, neural_network.MLPClassifier),
        (MLPRegressor, neural_network.MLPRegressor),
        (PerceptronClassifier, Perceptron),
    ],
)
def test_a_parameter_that_only_scikit_learn_has_is_refused_with_what_to_use(kind, theirs):
    for name in theirs().get_params().keys() - kind().get_params().keys():
        with pytest.raises(TypeError, match=f"{kind.__name__} has no {name}: "):
            kind(**{name: 1})
        estimator = kind(max_iter=7)
        with pytest.raises(ValueError, match=f"{kind.__name__} has no {name}: "):
            estimator.set_params(**{"max_iter": 8, name: 1})
        assert estimator.max_iter == 7


# A fit that fails changes nothing.


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("warm_start", [False, True])
def test_a_refit_that_fails_leaves_the_estimator_as_it_was(kind, warm_start):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    fitted = quick(kind, warm_start=warm_start).fit(frame, THREE)
    before, predictions = learnt(fitted), fitted.predict(frame)
    wider = pd.DataFrame(np.column_stack([X, X[:, 0]]), columns=list("defg"))
    failing = [(frame, THREE[:-1], "inconsistent"), (wider * np.nan, THREE + 10, "NaN|feature names")]
    for inputs, target, message in failing:
        for fit in (fitted.fit, fitted.partial_fit):
            with pytest.raises(ValueError, match=message):
                fit(inputs, target)
            assert learnt(fitted) == before
    np.testing.assert_array_equal(fitted.predict(frame), predictions)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("warm_start", [False, True])
def test_a_refit_that_diverges_leaves_network_classes_and_averages_as_they_were(method, warm_start):
    fitted = quick(MLPClassifier, solver="sgd", batch_size=10, warm_start=warm_start).fit(X, THREE)
    before, predictions = learnt(fitted), fitted.predict(X)
    fitted.set_params(learning_rate_init=1e150)
    goes_on = warm_start or method == "partial_fit"
    with pytest.raises(DivergenceError, match=r"epoch 1, batch [234]: .*; the estimator is as it was"):
        getattr(fitted, method)(X, THREE if goes_on else THREE + 10)
    assert learnt(fitted) == before
    np.testing.assert_array_equal(fitted.predict(X), predictions)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_wrong_data_are_refused(kind):
    estimator = quick(kind)
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    estimator.fit(X, THREE)
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3 features"):
        estimator.predict(X[:, :2])
    for bad in (np.nan, np.inf):
        spoilt = X.copy()
        spoilt[3, 1] = bad
        with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
            estimator.fit(spoilt, THREE)
        with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
            estimator.predict(spoilt)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 39\]"):
        estimator.fit(X, THREE[:-1])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        estimator.fit(X, THREE, sample_weight=-np.ones(40))


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_masked_entries_are_refused(kind):
    hidden = np.ma.masked_array(X, mask=X > 1)
    weights = np.ma.masked_array(np.ones(40), mask=np.arange(40) == 3)
    fitted = quick(kind).fit(X, THREE)
    for call, name in (
        (lambda: fitted.fit(hidden, THREE), "X"),
        (lambda: fitted.partial_fit(X, np.ma.masked_equal(THREE, 1)), "y"),
        (lambda: fitted.fit(X, THREE, sample_weight=weights), "sample_weight"),
        (lambda: fitted.predict(hidden), "X"),
    ):
        with pytest.raises(ValueError, match=f"{name} has masked entries: leave such rows out"):
            call()


def test_several_classifications_at_once_are_refused():
    with pytest.raises(ValueError, match="several columns in y are labels, each 0 or 1"):
        MLPClassifier().fit(X, np.column_stack([THREE, THREE]))
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        MLPClassifier().fit(X, LINE)


def test_divergence_is_reported():
    with pytest.raises(
        DivergenceError, match=r"try a smaller learning_rate_init than 1e\+100, or put a StandardScaler"
    ):
        MLPRegressor((), solver="sgd", learning_rate_init=1e100).fit(X, LINE)


# The perceptron.


def test_a_perceptron_separates_what_a_plane_separates():
    classifier = PerceptronClassifier().fit(X, TWO)
    assert classifier.score(X, TWO) == 1
    assert classifier.errors_[-1] == 0
    assert classifier.n_iter_ == len(classifier.errors_) < 1000
    assert (classifier.coef_.shape, classifier.intercept_.shape) == ((1, 3), (1,))


def test_a_perceptrons_decision_is_the_distance_from_its_hyperplane():
    classifier = PerceptronClassifier().partial_fit([[0.0, 0.0], [3.0, 4.0]], [0, 1], classes=[0, 1])
    # both sums are 0 at first, so that the second sample alone is wrong
    assert (classifier.coef_.tolist(), classifier.intercept_.tolist()) == ([[3.0, 4.0]], [1.0])
    np.testing.assert_allclose(classifier.decision_function([[0.0, 0.0], [3.0, 4.0], [-3.0, -4.0]]), [0.2, 5.2, -4.8])


@pytest.mark.parametrize("batch", [True, False])
def test_the_pocket_keeps_the_best_of_classes_that_overlap(batch):
    moons = data.moons(100, noise=0.3, seed=0)
    settings = {"batch": batch, "max_iter": 100, "random_state": 0}
    with pytest.warns(ConvergenceWarning):
        last = PerceptronClassifier(pocket=False, **settings).fit(moons.x, moons.y)
    best = PerceptronClassifier(pocket=True, **settings).fit(moons.x, moons.y)
    assert best.score(moons.x, moons.y) > max(0.8, last.score(moons.x, moons.y))


def test_one_perceptron_against_the_rest_for_each_of_three_classes():
    iris = data.iris()
    classifier = PerceptronClassifier().fit(iris.x, iris.y)
    assert classifier.coef_.shape == (3, 4)
    assert classifier.decision_function(iris.x).shape == (150, 3)
    assert classifier.score(iris.x, iris.y) > 0.9


def test_partial_fits_teach_a_perceptron():
    classifier = PerceptronClassifier(batch=False, random_state=0)
    for _ in range(50):
        classifier.partial_fit(X, TWO, classes=["no", "yes"])
    assert classifier.n_iter_ == 1
    assert classifier.score(X, TWO) == 1


def test_random_state_is_the_order_of_a_perceptrons_samples():
    def weights(random_state, **settings):
        settings = {"batch": False, "max_iter": 20, "random_state": random_state, **settings}
        return PerceptronClassifier(**settings).fit(X, THREE).coef_.tolist()

    assert weights(0) == weights(0) != weights(1)
    assert weights(0, shuffle=False) == weights(1, shuffle=False)
    assert weights(0, batch=True) == weights(1, batch=True)


BAD_PARAMETERS = {
    "hidden_layer_sizes": "8", "activation": "foo", "solver": "lbfgs", "alpha": -1.0, "batch_size": 0,
    "learning_rate_init": 0.0, "max_iter": 2.5, "shuffle": "no", "random_state": "a", "tol": float("nan"),
    "verbose": "yes", "warm_start": 1, "momentum": 1.0, "nesterovs_momentum": 1, "early_stopping": 1,
    "validation_fraction": 1.0, "n_iter_no_change": 0, "class_weight": "equal",
    "eta0": 0.0, "batch": 1, "pocket": 1,
}  # fmt: skip


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_parameter_has_a_bad_value_that_changes_nothing(kind):
    """A new parameter needs a check, and a case above."""
    estimator = quick(kind).fit(X, LINE if kind is MLPRegressor else TWO)
    for name in inspect.signature(kind).parameters:
        good, before = estimator.get_params(), estimator.predict(X).tolist()
        estimator.set_params(**{name: BAD_PARAMETERS[name]})
        state = {key: repr(thing) for key, thing in vars(estimator).items()}
        with pytest.raises((ValueError, TypeError), match=name):
            estimator.fit(X, LINE if kind is MLPRegressor else TWO)
        assert {key: repr(thing) for key, thing in vars(estimator).items()} == state
        estimator.set_params(**good)
        assert estimator.predict(X).tolist() == before

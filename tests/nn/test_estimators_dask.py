"""On a cluster of two worker processes searches, and optimisers of other libraries, find what one process finds."""

import sys

import joblib
import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score

from inversa.autograd import jit
from inversa.nn import MLP, MLPClassifier, MLPRegressor, PerceptronClassifier, data, losses

distributed = pytest.importorskip("distributed", reason="a cluster needs Dask: pip install 'inversa[dask]'")

IRIS = data.iris()
ORDER = np.random.default_rng(0).permutation(len(IRIS.x))
X, Y = IRIS.x[ORDER], IRIS.y[ORDER]
CLASSIFIER = MLPClassifier(4, learning_rate_init=0.05, tol=1e-2, batch_size=50, random_state=0)
REGRESSOR = MLPRegressor(4, learning_rate_init=0.05, tol=1e-2, batch_size=50, random_state=0)
PERCEPTRON = PerceptronClassifier(batch=False, max_iter=20, random_state=0)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Two worker processes that only this machine can reach."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=":0",  # a free port
            local_directory=tmp_path_factory.mktemp("workers"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("kind", "estimator", "parameters"),
    [
        (GridSearchCV, CLASSIFIER, {"hidden_layer_sizes": [(2,), (8,), (4, 4)]}),
        (GridSearchCV, REGRESSOR, {"alpha": [1e-4, 1.0]}),
        (GridSearchCV, PERCEPTRON, {"pocket": [True, False]}),
        (HalvingGridSearchCV, CLASSIFIER, {"solver": ["adam", "sgd", "rmsprop"]}),
    ],
    ids=lambda given: getattr(given, "__name__", type(given).__name__),
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_on_a_cluster_finds_what_it_finds_in_one_process(client, kind, estimator, parameters):
    settings = {"random_state": 0} if kind is HalvingGridSearchCV else {}
    here, there = (kind(estimator, parameters, cv=3, **settings) for _ in range(2))
    here.fit(X, Y)
    with joblib.parallel_config(backend="dask"):
        there.fit(X, Y)
    assert any(client.run(lambda: "inversa.nn.estimators" in sys.modules).values())  # the workers, not this process
    assert there.best_params_ == here.best_params_
    np.testing.assert_array_equal(there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(there.predict(X), here.predict(X))
    assert np.ptp(here.cv_results_["mean_test_score"]) > 0


@pytest.mark.parametrize("estimator", [CLASSIFIER, REGRESSOR, PERCEPTRON], ids=lambda given: type(given).__name__)
def test_an_estimator_learns_on_along_workers_as_in_one_process(client, estimator):
    """As `dask_ml.wrappers.Incremental` does it: each task teaches what the one before gave another block."""
    classes = {} if estimator is REGRESSOR else {"classes": [0, 1, 2]}

    def learnt(model, x, y, weights):
        return model.partial_fit(x, y, weights, **classes)

    here, there = clone(estimator), clone(estimator)
    weights = np.where(Y == 1, 2.0, 0.5)
    for i, start in enumerate(range(0, 150, 40)):
        block = [array[start : start + 40] for array in (X, Y, weights)]
        learnt(here, *block)
        worker = sorted(client.scheduler_info()["workers"])[i % 2]  # it goes from one process to another
        there = client.submit(learnt, there, *block, workers=[worker], pure=False)
    there = there.result()
    learnt(here, X, Y, None), learnt(there, X, Y, None)  # and home again
    for name, array in here.model_.state_dict().items():
        np.testing.assert_array_equal(there.model_.state_dict()[name], array)


@pytest.mark.parametrize("estimator", [CLASSIFIER, REGRESSOR, PERCEPTRON], ids=lambda given: type(given).__name__)
def test_dask_mls_incremental_is_partial_fit_block_by_block(client, estimator):
    wrappers = pytest.importorskip("dask_ml.wrappers", reason="needs dask-ml: pip install dask-ml")
    from dask.array import from_array

    x, y = from_array(X, chunks=(40, -1)), from_array(Y, chunks=40)
    classes = {} if estimator is REGRESSOR else {"classes": [0, 1, 2]}
    incremental = wrappers.Incremental(estimator, shuffle_blocks=False).fit(x, y, **classes)
    incremental.partial_fit(x, y)
    here = clone(estimator)
    for start in (0, 40, 80, 120) * 2:
        here.partial_fit(X[start : start + 40], Y[start : start + 40], **classes)
    for name, array in here.model_.state_dict().items():
        np.testing.assert_array_equal(incremental.estimator_.model_.state_dict()[name], array)
    np.testing.assert_array_equal(incremental.predict(x).compute(), here.predict(X))
    assert not hasattr(estimator, "model_")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_optuna_asks_and_is_told_by_a_cluster(client):
    optuna = pytest.importorskip("optuna", reason="needs Optuna: pip install optuna")

    def accuracy(parameters):
        return cross_val_score(clone(CLASSIFIER).set_params(**parameters), X, Y, cv=3).mean()

    def found(compute):
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
        for _ in range(3):
            trials = [study.ask({"alpha": optuna.distributions.FloatDistribution(1e-4, 100, log=True)}) for _ in "ab"]
            for trial, value in zip(trials, compute([trial.params for trial in trials]), strict=True):
                study.tell(trial, value)
        return [(trial.params, trial.value) for trial in study.trials]

    assert found(lambda points: client.gather(client.map(accuracy, points))) == found(
        lambda points: map(accuracy, points)
    )


def test_dask_mls_hyperband_teaches_the_better_ones_further(client):
    searches = pytest.importorskip("dask_ml.model_selection", reason="needs dask-ml: pip install dask-ml")
    from dask import __version__ as version

    if version >= "2025.3":
        pytest.skip(f"dask-ml's Hyperband needs Dask before 2025.3, this is {version}")
    search = searches.HyperbandSearchCV(CLASSIFIER, {"alpha": np.logspace(-4, 1, 9)}, max_iter=9, random_state=0)
    search.fit(X, Y, classes=[0, 1, 2])
    calls = search.cv_results_["partial_fit_calls"]
    assert max(calls) > min(calls)
    assert len(search.best_estimator_.loss_curve_) == calls[search.best_index_]
    assert search.score(X, Y) > 0.6


def test_scipys_l_bfgs_takes_the_same_course_on_a_cluster(client):
    from dask.array import from_array

    from inversa.nn.training.parallel import cost_on

    model = MLP([4, 6, 3], "tanh", seed=0)
    error = jit(lambda x, y: losses.cross_entropy(model(x), y))
    blocks = (100, 0, 3, 47)
    x, y = from_array(X, chunks=(blocks, -1)), from_array(Y, chunks=(blocks,))
    start = np.concatenate([parameter.numpy().ravel() for parameter in model.parameters()])
    here, there = (
        minimize(f, start, jac=True, method="L-BFGS-B", options={"maxiter": 12})
        for f in (error.of_parameters(X, Y), cost_on(client, model, "cross_entropy", x, y))
    )
    assert there.nfev == here.nfev
    np.testing.assert_allclose(there.x, here.x, rtol=1e-12, atol=1e-12)
    assert there.fun == pytest.approx(here.fun, rel=1e-12)
    assert here.fun < 0.5

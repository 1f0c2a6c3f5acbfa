"""A grid search under joblib's Dask backend on a local cluster finds what it finds in one process."""

import sys

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from inversa.nn import MLPClassifier, data

distributed = pytest.importorskip("distributed", reason="a cluster needs Dask: pip install 'dask[distributed]'")


def test_a_grid_search_on_a_cluster_finds_what_it_finds_in_one_process(tmp_path):
    iris = data.iris()
    classifier = MLPClassifier(learning_rate_init=0.05, tol=1e-2, random_state=0)
    search = GridSearchCV(classifier, {"hidden_layer_sizes": [(2,), (8,), (4, 4)]}, cv=3)
    here = search.fit(iris.x, iris.y).cv_results_["mean_test_score"]
    with (
        # two worker processes that only this machine can reach
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=tmp_path,
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_backend("dask"),
    ):
        search.fit(iris.x, iris.y)
        fitted = client.run(lambda: "inversa.nn.estimators" in sys.modules)
    assert any(fitted.values())  # the workers, that is, not this process
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], here)
    assert search.best_score_ == here.max() > 0.9

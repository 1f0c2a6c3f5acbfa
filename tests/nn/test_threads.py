"""BLAS has one thread while products of moderate size are computed: the same bits, however many the machine has."""

import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from inversa.nn import MLP
from inversa.nn.training import threads

from .small import weights

BLAS = ThreadpoolController().select(user_api="blas")
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(128, 784)).astype(np.float32), rng.integers(10, size=128)


def now():
    return {library["num_threads"] for library in BLAS.info()}


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    for name in threads.CHOSEN_BY_USER:
        monkeypatch.delenv(name, raising=False)
    with BLAS.limit(limits=2):
        if now() != {2}:
            pytest.skip("NumPy's BLAS has no threads here, or none that can be set")
        yield
        assert now() == {2}  # whatever happened


def network(**settings):
    model = MLP([784, 128, 10], dtype="float32", seed=0)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.01, **settings)
    return model


def noting(seen):
    return lambda epoch, history: seen.append(now())


def test_training_gives_the_same_bits_with_one_thread_and_with_two():
    trained = []
    for count in (1, 2):
        with BLAS.limit(limits=count):
            model = network()
            history = model.fit(X, Y, epochs=2, batch_size=64, validation_data=(X, Y))
            trained.append((weights(model).tobytes(), history.history, model.predict(X).tobytes()))
    assert trained[0] == trained[1]


def test_the_size_decides_and_the_setting_is_restored(monkeypatch):
    seen = []
    network().fit(X, Y, callbacks=[noting(seen)])
    assert seen == [{1}]
    for limit, size in (("MAX_MULTIPLICATIONS", 128 * 784 * 128), ("MIN_MULTIPLICATIONS", 128 * 784 * 128)):
        with monkeypatch.context() as patched:
            patched.setattr(threads, limit, size)
            network().fit(X, Y, batch_size=None, callbacks=[noting(seen)])
    assert seen[1:] == [{2}, {2}]


def test_a_limit_around_larger_products_holds(monkeypatch):
    monkeypatch.setattr(threads, "MAX_MULTIPLICATIONS", 128 * 784 * 128)
    seen = []
    with threadpool_limits(1):
        network().fit(X, Y, batch_size=None, callbacks=[noting(seen)])
    assert seen == [{1}]


@pytest.mark.parametrize("name", threads.CHOSEN_BY_USER)
def test_a_number_that_the_user_has_chosen_is_left_alone(monkeypatch, name):
    monkeypatch.setenv(name, "2")
    seen = []
    network().fit(X, Y, callbacks=[noting(seen)])
    assert seen == [{2}]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_setting_is_restored_after_errors(error):
    def stop(epoch, history):
        assert now() == {1}
        raise error

    model = network()
    if error is KeyboardInterrupt:
        model.fit(X, Y, callbacks=[stop])
    else:
        with pytest.raises(error):
            model.fit(X, Y, callbacks=[stop])
    assert now() == {2}


def test_trainings_in_several_threads_end_in_any_order():
    started, go_on, seen = threading.Event(), threading.Event(), []

    def wait(epoch, history):
        started.set()
        assert go_on.wait(30)
        seen.append(now())

    first = threading.Thread(target=lambda: network().fit(X, Y, callbacks=[wait]))
    first.start()
    assert started.wait(30)
    network().fit(X, Y, callbacks=[noting(seen)])
    go_on.set()
    first.join()
    assert seen[0] == {1}
    assert now() == {2}


def test_the_setting_is_restored_by_whoever_changed_it():
    first, second = (threads.one_thread(network(), 64) for _ in range(2))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)  # it began when there was one thread, and does not put that back
    assert now() == {2}

"""Training on a cluster of Dask's: what one machine gives, whatever happens to the workers."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from inversa.autograd import sqrt, tanh
from inversa.nn import (
    MLP,
    BatchNorm1d,
    Dropout,
    EarlyStopping,
    Linear,
    Module,
    NeuronNetwork,
    Parameter,
    Sequential,
    Tanh,
)
from inversa.nn.penalties import L2

distributed = pytest.importorskip("distributed", reason="a cluster needs Dask: pip install 'inversa[dask]'")
da = pytest.importorskip("dask.array")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
LABELS = RANDOM.integers(0, 3, 60)
WEIGHTS = RANDOM.uniform(0, 2, 60)
WEIGHTS[::7] = 0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two worker processes that only this machine can reach."""
    import dask

    with (
        # Else a worker that is killed, and again 15 seconds later, is given up.
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            local_directory=tmp_path_factory.mktemp("workers"),
        ) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="module")
def client(cluster):
    with distributed.Client(cluster) as client:
        yield client


def classifier(**settings):
    model = MLP([3, 5, 3], activation="tanh", seed=0)
    model.compile(**({"loss": "cross_entropy", "optimizer": "adam", "lr": 0.05, "metrics": ["accuracy"]} | settings))
    return model


def numbers(model):
    return [np.asarray(data).tobytes() for data in model.state_dict().values()]


def assert_same(model, history, other, expected, tolerance=1e-12):
    for (path, data), there in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        np.testing.assert_allclose(data, there, rtol=tolerance, atol=tolerance, err_msg=path)
    assert history.history.keys() == expected.history.keys()
    for name, entries in history.history.items():
        np.testing.assert_allclose(entries, expected.history[name], rtol=tolerance, atol=tolerance, err_msg=name)


CHUNKS = [(60,), (30, 30), (1, 59), (7, 0, 23, 30), (0, 60, 0), (5,) * 12]


@pytest.mark.parametrize("rows", CHUNKS, ids=str)
def test_a_full_batch_is_that_of_one_machine_in_any_blocks(client, rows):
    here, there = classifier(), classifier()
    expected = here.fit(X, LABELS, batch_size=None, epochs=2, seed=0)
    x, y = da.from_array(X, chunks=(rows, (2, 1))), da.from_array(LABELS, chunks=(rows,))
    assert_same(there, there.fit(x, y, batch_size=None, epochs=2, seed=0, client=client), here, expected)


def test_many_parts_are_added_in_pairs_on_the_cluster(client, monkeypatch):
    from inversa.nn.training import parallel

    addresses = list(client.nthreads())
    monkeypatch.setattr(parallel, "slots", lambda client: (3 * addresses)[:5])
    found = []
    for added_here in (5, 1):
        monkeypatch.setattr(parallel, "ADDED_HERE", added_here)
        model = classifier()
        history = model.fit(X, LABELS, batch_size=None, epochs=2, seed=0, client=client)
        found.append((model, history))
    assert_same(*found[0], *found[1], 1e-13)


def test_batches_are_those_of_a_stream(client):
    x, y = da.from_array(X, chunks=((7, 0, 23, 30), 3)), da.from_array(LABELS, chunks=20)
    here, there = classifier(), classifier()
    settings = {"batch_size": 25, "epochs": 3, "seed": 4, "sample_weight": WEIGHTS, "validation_data": (x[:20], y[:20])}
    expected = here.fit(x, y, **settings)
    assert_same(there, there.fit(x, y, **settings, client=client), here, expected)


def test_everything_around_the_gradients_is_that_of_one_machine(client):
    def trained(**where):
        model = classifier(penalty=L2(1e-3), clip_norm=0.1, schedule=lambda t: 1 / (1 + t), schedule_per="step")
        model.layers[0].bias.requires_grad = False
        stops = EarlyStopping(monitor="val_accuracy", patience=2)
        history = model.fit(
            X, LABELS, batch_size=None, epochs=8, seed=0, validation_split=0.2, sample_weight=WEIGHTS,
            class_weight="balanced", callbacks=[stops], **where,
        )  # fmt: skip
        return model, history

    here, expected = trained()
    there, history = trained(client=client)
    assert_same(there, history, here, expected)
    assert there.trainer.why_not is None
    assert np.array_equal(there.layers[0].bias.numpy(), MLP([3, 5, 3], seed=0).layers[0].bias.numpy())


def test_tied_weights_in_single_precision(client):
    class Tied(Module):
        def __init__(self):
            self.inner = Linear(3, 3, seed=0, dtype="float32")
            self.outer = self.inner

        def forward(self, x):
            return self.outer(tanh(self.inner(x)))

    models = Tied(), Tied()
    histories = []
    for model, where in zip(models, ({}, {"client": client}), strict=True):
        model.compile(loss="cross_entropy", optimizer="sgd", lr=0.5)
        histories.append(model.fit(X, LABELS, batch_size=None, epochs=3, seed=0, **where))
    assert models[1].inner.weight.dtype == np.float32
    assert_same(models[1], histories[1], models[0], histories[0], 1e-5)


def test_neurons_of_values(client):
    models = NeuronNetwork([3, 2, 1], seed=0), NeuronNetwork([3, 2, 1], seed=0)
    histories = []
    for model, where in zip(models, ({}, {"client": client}), strict=True):
        model.compile(loss="mse", optimizer="sgd", lr=0.1)
        histories.append(model.fit(X[:12], LABELS[:12] / 2, batch_size=None, epochs=2, seed=0, **where))
    assert_same(models[1], histories[1], models[0], histories[0])


def test_losses_of_ones_own_are_means_or_sums(client):
    def summed(outputs, targets):
        return ((outputs - targets) ** 2).sum()

    class Annealed:
        weight = 1.0

        def __call__(self, outputs, targets):
            return self.weight * ((outputs - targets) ** 2).mean()

    def trained(loss, **where):
        model = Linear(3, 1, seed=0)
        model.compile(loss=loss, optimizer="sgd", lr=1e-3)

        def anneal(epoch, history):
            loss.weight = 1 / (1 + epoch)

        calls = [anneal] if isinstance(loss, Annealed) else []
        return model, model.fit(X, X[:, :1] ** 2, batch_size=None, epochs=3, seed=0, callbacks=calls, **where)

    for kind in (lambda: summed, Annealed):
        here, expected = trained(kind())
        there, history = trained(kind(), client=client)
        assert_same(there, history, here, expected)


def test_samples_may_not_meet_on_a_cluster(client):
    class Centred(Module):
        def __init__(self):
            self.linear = Linear(3, 1, seed=0)

        def forward(self, x):
            h = self.linear(x)
            return h - h.mean(axis=0)

    class Counting(Module):
        def __init__(self):
            self.linear = Linear(3, 1, seed=0)
            self.runs = np.zeros(1)

        def forward(self, x):
            self.runs += 1
            return self.linear(x)

    for model, loss, said in [
        (Linear(3, 1, seed=0), lambda h, y: sqrt(((h - y) ** 2).mean()), "has to be their mean, or their sum"),
        (Centred(), "mse", "has to be their mean, or their sum"),
        (Counting(), "mse", "keeps something from run to run"),
        (Sequential(BatchNorm1d(3), Dropout(0.1), Linear(3, 1, seed=0)), "mse", "keeps something from run to run"),
    ]:
        model.compile(loss=loss)
        before = numbers(model)
        with pytest.raises(ValueError, match=said):
            model.fit(X, X[:, :1] ** 2, client=client)
        assert numbers(model) == before


def test_what_is_drawn_at_random_is_drawn_again_in_the_same_way(client, tmp_path):
    def trained(epochs, seed=0, resume=False, **file):
        model = Sequential(Linear(3, 8, seed=0), Tanh(), Dropout(0.5, seed=seed), Linear(8, 3, seed=1))
        noise = lambda x, generator: x + generator.normal(size=x.shape)  # noqa: E731
        model.compile(loss="cross_entropy", augment=noise, optimizer="adam", lr=0.05)
        model.fit(X, LABELS, batch_size=None, epochs=epochs, seed=0, client=client, resume=resume, **file)
        return numbers(model)

    whole = trained(3)
    assert trained(3) == whole != trained(3, seed=1)
    trained(2, checkpoint=tmp_path / "run.safetensors")
    assert trained(3, checkpoint=tmp_path / "run.safetensors", resume=True) == whole


def test_errors_of_ones_own_come_at_once_and_as_they_are(client):
    class Failing(Module):
        def __init__(self):
            self.weight = Parameter(np.ones((3, 1)))
            self.failing = False

        def forward(self, x):
            if self.failing:
                raise FileNotFoundError("of one's own")  # an OSError, as lost connections are
            return x @ self.weight

    def fail(epoch, history):
        model.failing = True

    model = Failing()
    model.compile(loss="mse")
    begun = time.perf_counter()
    with pytest.raises(FileNotFoundError, match="of one's own"):
        model.fit(X, X[:, :1], epochs=5, client=client, callbacks=[fail])
    assert time.perf_counter() - begun < 20  # nothing was tried again and again


def test_a_loss_that_is_no_number_leaves_the_last_weights(client):
    model = Linear(3, 1, seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=1e200)
    with pytest.raises(ArithmeticError, match="try a smaller learning rate"):
        model.fit(X, X[:, :1], batch_size=None, epochs=5, client=client)
    assert np.isfinite(model.weight.numpy()).all()


def test_a_function_for_optimisers_of_other_libraries(client):
    from inversa.nn.training.parallel import cost_on

    model = classifier()
    before = numbers(model)
    flat = np.concatenate([parameter.numpy().ravel() for parameter in model.parameters()])
    f = cost_on(client, model, "cross_entropy", da.from_array(X, chunks=(25, 3)), LABELS, penalty=L2(1e-3))
    cost, gradient = f(flat + 0.1)
    assert numbers(model) == before
    for parameter in model.parameters():
        parameter[...] = parameter.numpy() + 0.1
    model.trainer.objective.penalty = L2(1e-3)
    expected, _ = model.trainer.objective.cost_and_outputs(X, LABELS, None)
    expected.backward()
    assert cost == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(gradient, np.concatenate([p.grad.ravel() for p in model.parameters()]), rtol=1e-11)
    with pytest.raises(ValueError, match="an array of 38 numbers"):
        f(flat[1:])


# Clients.


def test_clients_that_are_none(client, monkeypatch):
    from inversa.nn.training import parallel

    model = classifier()
    with pytest.raises(TypeError, match="client is a Client of dask"):
        model.fit(X, LABELS, client="tcp://127.0.0.1:8786")
    closed = distributed.Client(client.scheduler.address, set_as_default=False)
    closed.close()
    with pytest.raises(ValueError, match="the client is closed"):
        model.fit(X, LABELS, client=closed)
    with pytest.raises(ValueError, match="client is not for an iterable of batches"):
        model.fit([(X, LABELS)], client=client)
    monkeypatch.setattr(parallel, "WAIT", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty,
        distributed.Client(empty, set_as_default=False) as idle,
        pytest.raises(TimeoutError, match="no worker of the cluster came"),
    ):
        model.fit(X, LABELS, client=idle)


def test_without_dask_it_says_what_to_install(monkeypatch):
    from inversa.autograd.lazy import LazyModule
    from inversa.nn.training import trainer

    monkeypatch.setattr(trainer, "parallel", LazyModule("inversa.nn.training.parallel"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "inversa.nn.training.parallel")
    with pytest.raises(ImportError, match=r'pip install "inversa\[dask\]"'):
        classifier().fit(X, LABELS, client=object())


# Workers that die.


def processes(client, dead):
    """The workers' processes, once all those are back that were killed."""
    while True:
        try:
            found = set(client.run(os.getpid).values())
        except OSError:  # one died, and the scheduler did not notice yet
            found = set()
        if len(found - dead) == 2 and not found & dead:
            return sorted(found)
        time.sleep(0.05)


def survives(client, kills):
    """Whether a training, with a worker killed in each of so many runs, always gives the same bits."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2000, 100)), rng.integers(0, 3, 2000)

    def trained():
        model = MLP([100, 200, 3], activation="tanh", seed=0)
        model.compile(loss="cross_entropy", optimizer="adam")
        history = model.fit(x, y, batch_size=None, epochs=8, seed=0, client=client)
        return numbers(model), history.history

    dead = set()
    trained()
    begun = time.perf_counter()
    expected = trained()
    takes = time.perf_counter() - begun
    drawn = random.Random(0)
    for _ in range(kills):
        victim = drawn.choice(processes(client, dead))
        dead.add(victim)
        timer = threading.Timer(drawn.uniform(0, takes), os.kill, (victim, signal.SIGKILL))
        timer.start()
        try:
            found = trained()
        finally:
            timer.join()
        if found != expected:
            return False
    processes(client, dead)
    return True


def test_a_step_whose_results_are_lost_is_repeated(client, monkeypatch):
    from inversa.nn.training import parallel

    def trained():
        model = classifier()
        model.fit(X, LABELS, batch_size=None, epochs=2, seed=0, client=client)
        return numbers(model)

    def gather(futures, **settings):
        calls.append(futures)
        if len(calls) in lost:
            raise OSError("the connection was lost")
        return gathered(futures, **settings)

    expected, gathered, calls, lost = trained(), client.gather, [], {2, 3}
    monkeypatch.setattr(client, "gather", gather)
    assert trained() == expected
    monkeypatch.setattr(parallel, "ATTEMPTS", 2)
    lost |= set(range(len(calls), 100))
    with pytest.raises(OSError, match="the connection was lost"):
        trained()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_workers_change_no_bit(client):
    assert survives(client, 2)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_thirty_killed_workers_change_no_bit(client):
    assert survives(client, 30)


INTERRUPTED = """
import os, signal, threading, time
import numpy as np
from distributed import Client, LocalCluster
from inversa.nn import MLP, Callback

if __name__ == "__main__":
    x, y = np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) % 3
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        workers = client.run(os.getpid)
        steps = []
        model = MLP([3, 5, 3], activation="tanh", seed=0)
        model.compile(loss="cross_entropy")

        class Steps(Callback):
            def on_step_end(self, trainer):
                steps.append([p.numpy().copy() for p in model.parameters()])
                if len(steps) == 3:
                    threading.Timer(0.01, os.killpg, (os.getpgid(0), signal.SIGINT)).start()

        history = model.fit(x, y, batch_size=None, epochs=10**6, client=client, callbacks=[Steps()])
        whole = all(np.array_equal(p.numpy(), q) for p, q in zip(model.parameters(), steps[-1]))
        time.sleep(0.5)
        alive = client.run(os.getpid) == workers
        ignored = any(client.run(lambda: signal.getsignal(signal.SIGINT) == signal.SIG_IGN).values())
        again = model.fit(x, y, batch_size=None, epochs=2, client=client)
        print(history.interrupted, 3 <= len(steps) < 10**4, whole, alive, ignored, len(again), sep=",")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")
def test_ctrl_c_in_a_terminal_leaves_whole_steps_and_living_workers(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "-P", str(script)], capture_output=True, text=True, timeout=120, start_new_session=True
    )
    assert done.stdout.strip() == "True,True,True,True,False,2", done.stderr

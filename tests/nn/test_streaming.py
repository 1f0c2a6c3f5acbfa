"""Training on what is larger than memory: Dask arrays, block by block, and iterables of batches."""

import subprocess
import sys
import textwrap
import threading
import weakref
from itertools import chain

import numpy as np
import pytest

from inversa.nn import MLP, Callback, Dropout, Embedding, Linear, Sequential, Tanh
from inversa.nn.augment import Jitter
from inversa.nn.data import batch_rows
from inversa.nn.data import batches as mini_batches
from inversa.nn.training.blocks import AHEAD, Blocks

from .small import bits, line

dask = pytest.importorskip("dask", reason="blocks need Dask: pip install 'inversa[dask]'")
da = pytest.importorskip("dask.array", reason="blocks need Dask: pip install 'inversa[dask]'")

CHUNKS = (7, 1, 0, 23, 20)  # 51 samples
X = np.random.default_rng(0).normal(size=(51, 3))
Y = (X[:, 0] > X[:, 1]) + (X[:, 2] > 1).astype(int)  # 0, 1, 2
WEIGHTS = np.random.default_rng(1).integers(4, size=51) / 4  # whose sum is the same in any order


def streamed(array, chunks=CHUNKS):
    return da.from_array(array, chunks=(chunks, *array.shape[1:]))


def classifier(**settings):
    model = MLP([3, 5, 3], activation="tanh", seed=0)
    model.compile(**{"loss": "cross_entropy", "optimizer": "adam", "lr": 0.02, "metrics": ["accuracy"]} | settings)
    return model


def blocks_of(chunks):
    return Blocks(da.zeros((sum(chunks), 2), chunks=(chunks, 2)), da.zeros(sum(chunks), chunks=(chunks,)))


def numbers(blocks, size, shuffle, generator):
    """The plan of an epoch, with the samples numbered through all blocks."""
    starts = np.cumsum([0, *blocks.sizes])
    plan = blocks.plan(size, shuffle, generator)
    return [np.concatenate([starts[block] + rows for block, rows in parts]).tolist() for parts in plan]


# The order of the samples.


@pytest.mark.parametrize("size", [1, 4, 9, 30, 100])
@pytest.mark.parametrize("shuffle", [True, False])
def test_an_epoch_has_every_sample_once_in_full_batches(size, shuffle):
    batches = numbers(blocks_of(CHUNKS), size, shuffle, np.random.default_rng(0))
    epoch = list(chain(*batches))
    assert sorted(epoch) == list(range(51))
    assert [len(batch) for batch in batches] == [size] * (51 // size) + [51 % size] * (51 % size > 0)
    assert (epoch == list(range(51))) is not shuffle


def test_samples_of_a_block_stay_together_and_every_epoch_has_another_order():
    generator = np.random.default_rng(0)
    first, second = (list(chain(*numbers(blocks_of(CHUNKS), 10, True, generator))) for _ in range(2))
    assert first != second
    for epoch in (first, second):
        block_of = np.repeat(range(5), CHUNKS)[epoch]
        assert np.count_nonzero(np.diff(block_of)) == 3  # of four blocks that are not empty
        assert any(np.diff(epoch) < 0)


def test_a_single_block_has_the_order_of_an_array_in_memory():
    ours, memory = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(2):
        expected = [rows.tolist() for rows in batch_rows(51, 8, True, memory)]
        assert numbers(blocks_of((0, 51)), 8, True, ours) == expected


def test_empty_blocks_change_nothing():
    one, other = (numbers(blocks_of(chunks), 8, True, np.random.default_rng(0)) for chunks in (CHUNKS, (7, 1, 23, 20)))
    assert one == other


# Training: what the arrays in memory give.


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_training_is_that_of_the_same_order_in_memory_bit_for_bit(weights):
    model, memory = classifier(), classifier()
    weights_of_dask = None if weights is None else streamed(weights)
    history = model.fit(
        streamed(X), da.from_array(Y, 10), sample_weight=weights_of_dask, epochs=3, batch_size=6, seed=4
    )
    used = np.arange(51) if weights is None else np.flatnonzero(weights)
    block_of = np.repeat(range(5), CHUNKS)[used]
    sizes = tuple(np.bincount(block_of, minlength=5).tolist())
    generator = np.random.default_rng(4)
    for epoch in range(3):
        order = used[list(chain(*numbers(blocks_of(sizes), 6, True, generator)))]
        some = None if weights is None else weights[order]
        expected = memory.fit(X[order], Y[order], sample_weight=some, batch_size=6, shuffle=False)
        assert {name: [column[epoch]] for name, column in history.history.items()} == expected.history
    assert bits(model) == bits(memory)


@pytest.mark.parametrize(
    "settings",
    [
        {"validation_split": 0.3},
        {"validation_data": (X[:9], Y[:9], WEIGHTS[:9])},
        {"sample_weight": WEIGHTS, "class_weight": {0: 2.0, 2: 0.0}},
        {"class_weight": "balanced", "shuffle": False},
    ],
)
def test_one_block_gives_what_the_array_gives_bit_for_bit(settings):
    def train(stream):
        model = Sequential(Linear(3, 5, seed=0), Tanh(), Dropout(0.2, seed=1), Linear(5, 3, seed=2))
        model.compile(loss="cross_entropy", metrics=["accuracy"], augment=Jitter(0.1))
        given = {
            name: tuple(map(stream, value)) if name == "validation_data" else value for name, value in settings.items()
        }
        history = model.fit(stream(X), stream(Y), epochs=3, batch_size=8, seed=2, **given)
        return bits(model), history.history

    assert train(lambda array: da.from_array(array, chunks=-1)) == train(np.asarray)


def test_the_samples_held_out_are_those_held_out_in_memory():
    seen = []

    class See(Callback):
        def on_epoch_end(self, trainer, epoch):
            seen.append(trainer.history.history["val_loss"][-1])

    for x in (X, streamed(X), streamed(X, (10, 41))):
        line_of = Linear(3, 3, seed=0)
        line_of.compile(loss="cross_entropy", optimizer="sgd", lr=1e-300)  # stays as it is
        line_of.fit(x, Y, validation_split=0.4, seed=1, callbacks=[See()])
    np.testing.assert_allclose(seen, seen[0], rtol=1e-14)


def test_penalties_and_sums_count_once_in_what_is_measured():
    for loss in ("mse", "half_squared_error"):
        model = Linear(3, 1, seed=0)
        model.compile(loss=loss, penalty=lambda model: (model.weight**2).sum(), metrics=["r2"])
        weights = WEIGHTS * (np.arange(51) > 6)  # the first block has none
        expected = model.evaluate(X, Y[:, None], weights)
        assert model.evaluate(streamed(X), streamed(Y[:, None]), weights) == pytest.approx(expected, rel=1e-14)


def test_integers_stay_integers_for_a_model_that_looks_them_up():
    rows, weights = np.arange(51) % 4, WEIGHTS + 0.25

    def train(stream):
        model = Sequential(Embedding(4, 3, seed=0))
        model.compile(loss="cross_entropy", optimizer="sgd", lr=0.5)
        model.fit(stream(rows), stream(Y), sample_weight=weights)
        return bits(model), model.evaluate(stream(rows), stream(Y), weights)

    assert train(lambda array: da.from_array(array, chunks=-1)) == train(np.asarray)


# Reading.


class Watched:
    """Blocks that are made when they are read, and how many of them are in memory."""

    def __init__(self, sizes, change=lambda block, number: block):
        self.read, self.threads, self.alive, self.most, self.change = [], set(), 0, 0, change
        marks = da.zeros((sum(sizes), 1), chunks=(sizes, 1))
        self.x = marks.map_blocks(self.make, chunks=(sizes, (3,)), dtype=float, meta=np.empty((0, 0)))

    def make(self, marks, block_info):
        number = block_info[0]["chunk-location"][0]
        block = self.change(np.random.default_rng(number).normal(size=(len(marks), 3)), number)
        self.read.append(number)
        self.threads.add(threading.current_thread())
        self.alive += 1
        self.most = max(self.most, self.alive)
        weakref.finalize(block, self.freed)
        return block

    def freed(self):
        self.alive -= 1


def test_blocks_are_read_in_the_order_of_the_epoch_by_another_thread_and_few_are_in_memory():
    sizes = (5, 2, 9) * 5
    watched = Watched(sizes)
    model = classifier()
    model.fit(watched.x, np.zeros(sum(sizes), int), epochs=2, batch_size=4, seed=3)
    generator, expected = np.random.default_rng(3), list(range(15))
    for _ in range(2):
        expected += list(
            dict.fromkeys(block for batch in blocks_of(sizes).plan(4, True, generator) for block, _ in batch)
        )
    assert watched.read == expected  # once before training, once an epoch
    assert threading.main_thread() not in watched.threads
    assert watched.most <= 1 + AHEAD + 1  # the one that is used, those ahead, and the one before, until it is let go
    assert watched.alive == 0


def test_a_scheduler_of_ones_own_is_used():
    watched, here = Watched((5, 5)), []

    def get(graph, keys, **settings):
        here.append(keys)
        return dask.get(graph, keys, **settings)

    with dask.config.set(scheduler=get):
        classifier().fit(watched.x, np.zeros(10, int))
    assert len(here) == 4


def test_what_fails_to_be_read_in_a_later_epoch_leaves_the_weights_of_the_last_step():
    def fail(block, number):
        if len(watched.read) > 7:
            raise OSError("the disk is gone")
        return block

    watched, steps = Watched((4, 4, 4), fail), []

    class Count(Callback):
        def on_step_end(self, trainer):
            steps.append(bits(trainer.model))

    model = classifier()
    with pytest.raises(OSError, match="the disk is gone"):
        model.fit(watched.x, np.zeros(12, int), epochs=5, batch_size=4, callbacks=[Count()])
    assert len(steps) == 5
    assert bits(model) == steps[-1]


PROGRAM = """
    import resource, sys
    import dask.array as da
    import numpy as np
    from inversa.nn import MLP

    rows, size = int(sys.argv[1]), 5000  # blocks of 15.7 MB
    generator = da.random.default_rng(0)
    x = generator.random((rows, 784), dtype="float32", chunks=(size, 784))
    y = (10 * x[:, 0]).astype(int)
    model = MLP([784, 16, 10], seed=0, dtype="float32")
    model.compile(loss="cross_entropy", metrics=["accuracy"])
    model.fit(x[:size], y[:size], batch_size=500)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model.fit(x, y, batch_size=500, validation_data=(x[:size], y[:size]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print((after - before) / 1e3)
"""


@pytest.mark.parametrize("gigabytes", [0.2, pytest.param(2, marks=pytest.mark.long)])
def test_memory_holds_a_few_blocks(gigabytes):
    rows = int(gigabytes * 1e9 / 784 / 4)
    command = [sys.executable, "-P", "-c", textwrap.dedent(PROGRAM), str(rows)]
    megabytes = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert megabytes < 5 * 15.7


# Checkpoints.


class Kill(Callback):
    """Ends training abruptly, as a killed process does."""

    def __init__(self, at):
        self.at = at

    def on_step_end(self, trainer):
        self.at -= 1
        if not self.at:
            raise SystemExit


@pytest.mark.parametrize("at", [1, 6, 7, 15])
def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(tmp_path, at):
    settings = {"epochs": 3, "batch_size": 7, "seed": 3, "validation_split": 0.2}
    whole, killed, resumed = (classifier(augment=Jitter(0.1)) for _ in range(3))
    expected = whole.fit(streamed(X), Y, **settings, callbacks=[Kill(0)])
    with pytest.raises(SystemExit):
        killed.fit(streamed(X), Y, **settings, callbacks=[Kill(at)], checkpoint=tmp_path / "run")
    x = streamed(X.copy()).map_blocks(lambda block: block)  # of another name
    history = resumed.fit(x, Y, **settings, callbacks=[Kill(0)], checkpoint=tmp_path / "run", resume=True)
    assert bits(resumed) == bits(whole)
    assert history.history == expected.history


def test_a_checkpoint_is_of_these_numbers_in_these_blocks(tmp_path):
    other = X.copy()
    other[-1, -1] += 1e-12
    model = classifier()
    model.fit(streamed(X), Y, checkpoint=tmp_path / "run", validation_data=(streamed(X), Y))
    for x, held_out in ((streamed(other), streamed(X)), (streamed(X, (7, 24, 20)), streamed(X)), (streamed(X), other)):
        with pytest.raises(ValueError, match="is of another training, different in"):
            model.fit(x, Y, epochs=2, checkpoint=tmp_path / "run", validation_data=(held_out, Y), resume=True)
    model.fit(streamed(X), Y, epochs=2, checkpoint=tmp_path / "run", validation_data=(streamed(X), Y), resume=True)
    assert len(model.trainer.history) == 2


# Using the model.


@pytest.mark.parametrize("verb", ["predict", "predict_proba", "predict_classes"])
def test_predictions_are_a_dask_array_of_the_model_as_it_is_now(verb):
    model = classifier()
    expected = getattr(model, verb)(X)
    watched = Watched((7, 44))
    lazy, of_watched = getattr(model, verb)(streamed(X).rechunk((CHUNKS, 2))), getattr(model, verb)(watched.x)
    assert not watched.read
    model.fit(X, Y)
    assert isinstance(lazy, da.Array)
    assert (lazy.shape, lazy.dtype, lazy.chunks[0]) == (expected.shape, expected.dtype, CHUNKS)
    np.testing.assert_allclose(lazy.compute(), expected, rtol=1e-13)
    assert of_watched[:3].compute().shape == expected[:3].shape
    assert not np.array_equal(model.predict(streamed(X)).compute(), lazy.compute())
    assert model.training  # threads used a copy


def test_rows_that_are_not_counted_can_be_predicted():
    model = classifier()
    some = streamed(X)[streamed(Y) > 0]
    np.testing.assert_allclose(model.predict(some).compute(), model.predict(X[Y > 0]), rtol=1e-13)


# What is refused, before anything is changed.


def wrong_blocks(change):
    """The samples, the last block of which is changed."""
    return streamed(X).map_blocks(
        lambda block, block_info: change(block) if block_info[0]["chunk-location"][0] == 4 else block,
        dtype=X.dtype, meta=np.empty((0, 0)),
    )  # fmt: skip


def with_nan(block):
    block = block.copy()
    block[2, 1] = np.nan
    return block


REFUSED = {
    "nan in a late block": (
        lambda: (wrong_blocks(with_nan), Y, {}),
        r"in block 4, which begins with row 31: x has nan in row 2, column 1",
    ),
    "a label in a late block": (
        lambda: (streamed(X), np.append(Y[:-1], 3), {}),
        r"in block 4, which begins with row 31: .*3",
    ),
    "other types": (
        lambda: (wrong_blocks(lambda block: block.astype("float32")), Y, {}),
        r"block 4 of x is float32 \(20, 3\), where Dask says float64 \(20, 3\)",
    ),
    "other shapes": (lambda: (wrong_blocks(lambda block: block[1:]), Y, {}), r"block 4 of x is float64 \(19, 3\)"),
    "other numbers of rows": (lambda: (streamed(X), Y[:-1], {}), r"their shapes are \(51, 3\) and \(50,\)"),
    "rows that are not counted": (lambda: (streamed(X)[streamed(Y) < 3], Y, {}), r"call x.compute_chunk_sizes\(\)"),
    "no rows": (lambda: (streamed(X)[:0], Y[:0], {}), "there are no samples"),
    "objects": (lambda: (streamed(X.astype(object) + 1j), Y, {}), "real numbers"),
    "weights for others": (lambda: (streamed(X), Y, {"sample_weight": streamed(WEIGHTS)[1:]}), r"not \(50,\)"),
    "negative weights": (lambda: (streamed(X), Y, {"sample_weight": -WEIGHTS}), "not negative"),
    "no weights": (lambda: (streamed(X), Y, {"sample_weight": 0 * WEIGHTS}), "all 0"),
    "unknown classes": (lambda: (streamed(X), Y, {"class_weight": {3: 1.0}}), r"but the targets have \[0, 1, 2\]"),
    "all samples": (lambda: (streamed(X), Y, {"batch_size": None}), "give batch_size"),
    "bags": (lambda: (dask.delayed(X), Y, {}), "x is a Dask array"),
    "labels in a late block of others": (
        lambda: (X, Y, {"validation_data": (streamed(X), np.append(Y[:-1], 3))}),
        "in block 4",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_before_training(case, tmp_path):
    make, message = REFUSED[case]
    x, y, settings = make()
    model = classifier()
    model.fit(X, Y, checkpoint=tmp_path / "run")
    history, before, file = model.trainer.history, bits(model), (tmp_path / "run").read_bytes()
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(x, y, **settings, checkpoint=tmp_path / "run")
    assert model.trainer.history is history
    assert bits(model) == before
    assert (tmp_path / "run").read_bytes() == file


def test_data_frames_are_refused_with_what_makes_arrays_of_them():
    class Frame:  # as Dask's, which needs pyarrow
        __dask_graph__ = to_dask_array = None

    with pytest.raises(
        TypeError, match=r"x is a Dask array, such as x.to_dask_array\(lengths=True\), not the class Frame"
    ):
        classifier().fit(Frame(), Y)
    with pytest.raises(TypeError, match=r"x is a Dask array, such as x\.to_dask_array"):
        classifier().predict(Frame())
    with pytest.raises(ValueError, match=r"one row a sample, and its shape is \(3,\)"):
        classifier().predict(da.ones(3))


def test_chunks_along_the_features_and_other_chunks_of_the_targets_are_joined():
    one, other = classifier(), classifier()
    one.fit(streamed(X), streamed(Y))
    other.fit(streamed(X).rechunk((CHUNKS, 1)), da.from_array(Y, 50))
    assert bits(one) == bits(other)


def test_metrics_that_need_all_classes_are_tried_on_all_blocks():
    def of_two(targets, predictions):
        if len(set(targets)) < 2:
            raise ValueError("one class only")
        return 1.0

    y = np.sort(Y > 0).astype(float)[:, None]
    model = line(metrics=[of_two])
    model.fit(streamed(X[:, :1]), y)  # all blocks but one are of one class
    with pytest.raises(ValueError, match="the metric of_two fails with these targets: one class only"):
        model.fit(streamed(X[:, :1]), 0 * y)


# Iterables of batches.


class Loader:
    """What a DataLoader is to us: batches, anew in every epoch."""

    def __init__(self, *arrays, size=8):
        self.arrays, self.size, self.begun = arrays, size, 0

    def __len__(self):
        return -(-len(self.arrays[0]) // self.size)

    def __iter__(self):
        self.begun += 1
        for i in range(0, len(self.arrays[0]), self.size):
            yield tuple(array[i : i + self.size] for array in self.arrays)


@pytest.mark.parametrize("wrap", [lambda loader: loader, list, lambda loader: lambda: iter(loader)])
def test_batches_of_an_iterable_are_those_of_the_arrays_bit_for_bit(wrap):
    model, memory = classifier(), classifier()
    loader = Loader(X, Y)
    settings = {"epochs": 3, "validation_data": (X[:9], Y[:9])}
    history = model.fit(wrap(loader), **settings)
    expected = memory.fit(X, Y, batch_size=8, shuffle=False, **settings)
    assert bits(model) == bits(memory)
    assert history.history == expected.history
    assert loader.begun == (1 if wrap is list else 3)  # nothing is made only to be looked at
    assert model.evaluate(wrap(loader)) == pytest.approx(model.evaluate(X, Y), rel=1e-14)


def test_a_generator_will_do_for_one_epoch():
    model, memory = classifier(), classifier()
    generator = mini_batches(X, Y, 8, shuffle=False)
    with pytest.raises(ValueError, match="gives its batches once, and 2 epochs need them 2 times"):
        model.fit(generator, epochs=2)
    model.fit(generator)
    memory.fit(X, Y, batch_size=8, shuffle=False)
    assert bits(model) == bits(memory)
    with pytest.raises(ValueError, match="there are no batches"):
        model.fit(generator)


def test_weights_of_batches_count_as_they_are_and_those_of_0_not_at_all():
    model, memory = classifier(), classifier()
    model.fit(Loader(X, Y, WEIGHTS))
    for x, y, weights in Loader(X, Y, WEIGHTS):
        used = weights > 0
        memory.trainer.step(x[used], y[used], weights[used])
    assert bits(model) == bits(memory)


def test_batches_may_have_sequences_of_several_lengths():
    model, memory = (Sequential(Embedding(3, 4, seed=0), Linear(4, 1, seed=1)) for _ in range(2))
    rows = np.arange(24) % 3
    loader = [(rows.reshape(n, -1), rows[::-1].reshape(n, -1, 1)) for n in (6, 4, 6, 12)]
    for each in (model, memory):
        each.compile(loss="mse")
    model.fit(loader, epochs=2)
    for x, y in 2 * loader:
        memory.trainer.step(x, y)
    assert bits(model) == bits(memory)
    with pytest.raises(ValueError, match=r"batch 2: outputs of shape \(4, 6, 1\) cannot be compared"):
        model.fit([loader[0], (loader[1][0], loader[1][1][:, 1:])])


def test_other_batches_can_be_looked_at_after_every_epoch():
    model, memory = classifier(), classifier()
    history = model.fit(X, Y, epochs=2, validation_data=Loader(X[:20], Y[:20]))
    expected = memory.fit(X, Y, epochs=2, validation_data=(X[:20], Y[:20]))
    for name, column in expected.history.items():
        assert history[name] == pytest.approx(column, rel=1e-14)


def test_a_checkpoint_is_written_after_every_epoch_of_batches(tmp_path):
    model, other = classifier(), classifier()
    model.fit(Loader(X, Y), epochs=2, checkpoint=tmp_path / "run")
    other.load(tmp_path / "run")
    assert bits(model) == bits(other)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: (X, {}), r"y is left out, and x is .*: give x and y, or an iterable of batches"),
        (lambda: ([], {}), "there are no batches"),
        (lambda: ([(X, Y, 0 * Y)], {}), "there are no more samples"),
        (lambda: ([X], {}), r"what x gives, where y is left out, is \(x, y\) or \(x, y, weights\), not"),
        (lambda: ([{"x": X}], {}), r"what x gives, where y is left out, is \(x, y\)"),
        (lambda: ([(X, Y[:3])], {}), "batch 1: x and y have one row a sample"),
        (lambda: ([(X, Y), (X, Y + 1)], {}), "batch 2: "),
        (lambda: ([(X, Y), (X * np.nan, Y)], {}), "batch 2: x has nan in row 0"),
        (lambda: (Loader(X, Y), {"batch_size": 8}), "batch_size is not for an iterable of batches: the batches come"),
        (
            lambda: (Loader(X, Y), {"validation_split": 0.1}),
            "validation_split .*: give other batches as validation_data",
        ),
        (lambda: (Loader(X, Y), {"class_weight": "balanced"}), r"class_weight .*: let it give \(x, y, weights\)"),
        (lambda: (Loader(X, Y), {"sample_weight": WEIGHTS}), r"sample_weight .*: let it give \(x, y, weights\)"),
        (lambda: (Loader(X, Y), {"resume": True, "checkpoint": "run"}), "resume is not for an iterable of batches"),
    ],
)
def test_batches_that_do_not_fit_are_refused(given, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    batches, settings = given()
    with pytest.raises((ValueError, TypeError), match=message):
        classifier().fit(batches, **settings)
    assert not list(tmp_path.iterdir())


def test_iterables_that_are_used_up_are_noticed_in_the_next_epoch():
    class Once:
        def __init__(self):
            self.batches = iter(Loader(X, Y))

        def __iter__(self):
            return self.batches

    model = classifier()
    with pytest.raises(ValueError, match="there are no more samples: give an iterable that begins anew"):
        model.fit(Once(), epochs=2)


def test_batches_of_another_library_say_where_they_are_made():
    strict = pytest.importorskip("array_api_strict")
    batch = (strict.asarray(X), strict.asarray(Y))
    with pytest.raises(TypeError, match=r"batch 1: x is an array of array_api_strict.*collate_fn"):
        classifier().fit([batch])

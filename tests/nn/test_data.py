"""Mini-batches, checks, splitting, standardising, one-hot rows, and the small data sets."""

import sys
from collections import Counter
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from inversa.nn import data
from inversa.nn.data import batch_rows, batches, check_count, check_finite, check_rows, one_hot, split, standardize

NAN, INF = float("nan"), float("inf")


# Mini-batches.


def test_an_epoch_shows_every_sample_once():
    x = np.arange(23)[:, None]
    parts = list(batches(x, x[:, 0] * 2, 5, seed=0))
    assert [len(inputs) for inputs, _ in parts] == [5, 5, 5, 5, 3]
    assert all((inputs[:, 0] * 2 == targets).all() for inputs, targets in parts)
    seen = np.concatenate([inputs[:, 0] for inputs, _ in parts])
    assert sorted(seen) == list(range(23))
    assert seen.tolist() != list(range(23))


def test_batches_are_those_of_batch_rows():
    x = np.arange(10) ** 2
    rows = list(batch_rows(10, 4, True, np.random.default_rng(3)))
    assert [len(part) for part in rows] == [4, 4, 2]
    for part, (inputs, _) in zip(rows, batches(x, x, 4, seed=3), strict=True):
        assert np.array_equal(x[part], inputs)


def test_without_shuffling_rows_keep_their_order_and_nothing_is_drawn():
    generator = np.random.default_rng(0)
    rows = [part.tolist() for part in batch_rows(5, 2, False, generator)]
    assert rows == [[0, 1], [2, 3], [4]]
    assert generator.random() == np.random.default_rng(0).random()


def test_a_generator_gives_another_order_each_epoch():
    generator = np.random.default_rng(1)
    one, two = (next(batch_rows(50, 50, True, generator)).tolist() for _ in range(2))
    assert one != two
    assert sorted(one) == sorted(two)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "3", None])
def test_batch_size_is_a_positive_integer(size):
    with pytest.raises(ValueError, match="batch_size is a positive integer"):
        batch_rows(3, size, True, np.random.default_rng(0))
    with pytest.raises(ValueError, match="batch_size is a positive integer"):
        batches([1, 2], [1, 2], size)


def test_float32_stays_in_batches():
    ((x, y),) = batches(np.ones((2, 3), "float32"), np.ones(2, "int8"), 2, seed=0)
    assert (x.dtype, y.dtype) == (np.float32, np.int8)


# Checks.


def test_check_rows_and_check_count():
    check_rows(np.zeros((2, 3)), np.zeros(2))
    check_count("epochs", np.int64(3))
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(2,\)"):
        check_rows(np.zeros((3, 2)), np.zeros(2))
    with pytest.raises(ValueError, match="no samples"):
        check_rows(np.zeros((0, 2)), np.zeros(0))


@pytest.mark.parametrize(
    ("place", "number", "message"),
    [
        ((3, 1), NAN, "x has nan in row 3, column 1:"),
        ((0, 2), INF, "x has inf in row 0, column 2:"),
        ((4, 0), -INF, "x has -inf in row 4, column 0:"),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_check_finite_names_the_place(place, number, message, dtype):
    x = np.ones((5, 3), dtype)
    x[place] = number
    with pytest.raises(ValueError, match=message):
        check_finite("x", x)


def test_check_finite_names_the_first_place_in_any_number_of_axes():
    with pytest.raises(ValueError, match=r"y has nan in row 1: "):
        check_finite("y", [1.0, NAN, INF])
    image = np.zeros((4, 1, 5, 5))
    image[2, 0, 3, 4] = INF
    image[3] = NAN
    with pytest.raises(ValueError, match="row 2, column 0, 3, 4:"):
        check_finite("x", image)


def test_check_finite_sees_infinities_that_would_cancel():
    with pytest.raises(ValueError, match="x has inf in row 0, column 0"):
        check_finite("x", [[INF, -INF]])


@pytest.mark.parametrize(
    "clean", [[[1.0, 2.0]], [[1e308, 1e308]], [[1, 2]], ["a", "b"], [True], np.zeros((0, 2)), np.full(9, 6e4, "f2")]
)
def test_check_finite_passes_what_is_clean(clean):
    check_finite("x", clean)


# Preprocessing.


def test_split_holds_out_a_fraction_and_keeps_rows_together():
    x = np.arange(50)[:, None]
    x_train, x_test, y_train, y_test = split(x, x[:, 0] * 2, 0.3, seed=0)
    assert (len(x_train), len(x_test)) == (35, 15)
    assert (x_train[:, 0] * 2 == y_train).all()
    assert (x_test[:, 0] * 2 == y_test).all()
    assert sorted([*x_train[:, 0], *x_test[:, 0]]) == list(range(50))


def test_split_by_seed():
    x = np.arange(100)
    first, same, other = (split(x, x, seed=seed)[1].tolist() for seed in (0, 0, 1))
    assert first == same != other
    assert len(first) == 20  # a fifth unless told otherwise
    generator = np.random.default_rng(0)
    one, two = (split(x, x, seed=generator)[1].tolist() for _ in range(2))
    assert one != two
    assert one == split(x, x, seed=np.random.default_rng(0))[1].tolist()


def test_split_without_a_seed_does_not_touch_numpys_global_generator():
    np.random.seed(0)  # noqa: NPY002
    x = np.arange(100)
    first = split(x, x)[1].tolist()
    np.random.seed(0)  # noqa: NPY002
    assert split(x, x)[1].tolist() != first


def test_a_stratified_split_keeps_the_shares_of_the_classes():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    *_, y_train, y_test = split(np.zeros((100, 1)), labels, 0.2, seed=3, stratify=True)
    assert Counter(y_test.tolist()) == {0: 12, 1: 6, 2: 2}
    assert Counter(y_train.tolist()) == {0: 48, 1: 24, 2: 8}


@pytest.mark.parametrize("fraction", [0, 1, 1.5, -0.1, 20, NAN])
def test_the_fraction_held_out_is_between_0_and_1(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(np.zeros((4, 1)), np.zeros(4), fraction)


def test_split_refuses_what_cannot_be_split():
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(2,\)"):
        split(np.zeros((3, 2)), np.zeros(2))
    with pytest.raises(ValueError, match="train set will be empty"):
        split(np.zeros((1, 2)), np.zeros(1))
    with pytest.raises(ValueError, match="too few"):
        split(np.zeros((5, 2)), [0, 0, 0, 0, 1], stratify=True)


def test_standardize_uses_the_numbers_of_the_training_set():
    train = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]])
    kept = train.copy()
    scaled, other, third = standardize(train, [[2.0, 30.0]], [[5.0, 30.0]])
    # mean 2 and 30, standard deviation √(2/3) and √(1400/3)
    assert scaled == pytest.approx((train - [2, 30]) / np.sqrt([2 / 3, 1400 / 3]))
    assert other == pytest.approx(np.zeros((1, 2)))
    assert third == pytest.approx(np.array([[3 / np.sqrt(2 / 3), 0.0]]))
    assert np.array_equal(train, kept)


def test_standardize_of_one_array_is_one_array():
    assert standardize([[1, 5], [3, 5]]).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_a_column_that_is_constant_becomes_0():
    scaled = standardize(np.full((7, 1), 0.1))
    assert np.abs(scaled).max() < 1e-15


def test_standardize_keeps_float32():
    train, test = standardize(np.ones((3, 2), "float32"), np.ones((1, 2), "float32"))
    assert train.dtype == test.dtype == np.float32


def test_standardize_refuses():
    with pytest.raises(ValueError, match="argument 1 has nan in row 1, column 0"):
        standardize([[1.0], [NAN]])
    with pytest.raises(ValueError, match="argument 3 has inf in row 0, column 0"):
        standardize([[1.0]], [[1.0]], [[INF]])
    with pytest.raises(ValueError, match="3 features"):
        standardize(np.zeros((2, 2)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="Expected 2D array"):
        standardize([1.0, 2.0])


def test_one_hot():
    assert one_hot([1, 0]).tolist() == [[0, 1], [1, 0]]
    assert one_hot(np.array([1, 0], "uint8"), classes=3).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert one_hot([0]).tolist() == [[1]]


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 1, 3], 3, "label 3 in row 2 is none of the 3 classes, 0 to 2"),
        ([0, -1], None, "label -1 in row 1 is none of the 1 classes, 0 to 0"),
        ([-2], None, "label -2 in row 0"),
        ([0.0, 1.0], None, r"not float64 of shape \(2,\)"),
        ([[0, 1]], None, r"shape \(1, 2\)"),
        ([], None, r"shape \(0,\)"),
        (2, None, r"shape \(\)"),
        ([0], 0, "classes is a positive integer, not 0"),
        ([0], 1.0, "classes is a positive integer, not 1.0"),
    ],
)
def test_wrong_labels(labels, classes, message):
    with pytest.raises(ValueError, match=message):
        one_hot(labels, classes)


# Data sets.

CLASSIFICATION = {
    "iris": (data.iris, (150, 4), 3),
    "digits": (data.digits, (1797, 64), 10),
    "moons": (data.moons, (100, 2), 2),
    "circles": (data.circles, (100, 2), 2),
    "truth table": (data.xor, (4, 2), 2),
    "clouds": (lambda: data.xor(40), (40, 2), 2),
    "clients": (data.clients, (5, 2), 2),
}


@pytest.mark.parametrize(("load", "shape", "classes"), CLASSIFICATION.values(), ids=CLASSIFICATION)
def test_classification_data_have_labels_and_names(load, shape, classes):
    loaded = load()
    assert (loaded.x.shape, loaded.x.dtype) == (shape, np.float64)
    assert (loaded.y.shape, loaded.y.dtype) == (shape[:1], np.int64)
    assert set(loaded.y.tolist()) == set(range(classes))
    assert len(loaded.classes) == len(set(loaded.classes)) == classes
    assert len(loaded.features) == len(set(loaded.features)) == shape[1]
    assert all(type(name) is str for name in loaded.features + loaded.classes)
    assert loaded.description
    check_finite("x", loaded.x)


def test_a_dataset_cannot_be_changed_by_mistake_and_is_loaded_afresh():
    loaded = data.iris()
    with pytest.raises(FrozenInstanceError):
        loaded.x = None
    loaded.x[:] = 0
    assert data.iris().x[0].tolist() == [5.1, 3.5, 1.4, 0.2]
    assert repr(data.houses()) == "Dataset(x: (7, 1), y: (7, 1))"


def test_iris_is_fishers():
    loaded = data.iris()
    assert loaded.classes == ("setosa", "versicolor", "virginica")
    assert Counter(loaded.y.tolist()) == {0: 50, 1: 50, 2: 50}
    assert loaded.x.mean(axis=0).round(2).tolist() == [5.84, 3.06, 3.76, 1.2]  # cm


def test_digits_as_rows_and_as_images():
    rows, images = data.digits(), data.digits(images=True)
    assert images.x.shape == (1797, 1, 8, 8)
    assert np.array_equal(images.x.reshape(1797, 64), rows.x)
    assert (rows.x.min(), rows.x.max()) == (0, 1)
    assert images.features == rows.features
    assert rows.features[8 * 2 + 5] == "pixel 2,5"
    assert rows.classes[rows.y[0]] == "0"


@pytest.mark.parametrize("make", [data.moons, data.circles, data.xor])
def test_points_come_from_the_seed(make):
    first, same, other = (make(20, 0.1, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.x, same.x)
    assert not np.array_equal(first.x, other.x)
    generator = np.random.default_rng(0)
    assert not np.array_equal(make(20, 0.1, generator).x, make(20, 0.1, generator).x)
    for samples in (0, -3, 2.5):
        with pytest.raises(ValueError, match="samples is a positive integer"):
            make(samples)


def test_moons_and_circles_without_noise():
    moons = data.moons(40, noise=0.0)
    upper, lower = moons.x[moons.y == 0], moons.x[moons.y == 1]
    assert np.hypot(*upper.T) == pytest.approx(np.ones(20))
    assert np.hypot(*(lower - [1, 0.5]).T) == pytest.approx(np.ones(20))
    assert upper[:, 1].min() > -1e-12
    circles = data.circles(40, noise=0.0, factor=0.3)
    assert np.hypot(*circles.x.T) == pytest.approx(np.where(circles.y == 0, 1.0, 0.3))


def test_xor_is_true_where_exactly_one_input_is():
    table = data.xor()
    assert table.y.tolist() == [int(a) ^ int(b) for a, b in table.x]
    clouds = data.xor(400, noise=0.1, seed=0)
    a, b = (clouds.x > 0.5).T
    assert np.array_equal(clouds.y, a ^ b)  # a point 5 standard deviations away would be on the wrong side
    assert np.unique(data.xor(8, noise=0.0).x, axis=0).tolist() == table.x.tolist()


def test_tables_are_those_of_the_lectures():
    houses = data.houses()
    assert houses.x.shape == houses.y.shape == (7, 1)
    assert houses.x.dtype == houses.y.dtype == np.float64
    assert houses.classes is None
    assert houses.features == ("size (m²)",)
    assert np.hstack([houses.x, houses.y]).tolist() == [
        [433.71, 61590.60],
        [446.84, 69741.66],
        [582.16, 56292.42],
        [833.68, 113220.61],
        [920.39, 145932.16],
        [931.33, 126830.14],
        [1326.25, 171278.58],
    ]
    clients = data.clients()
    answers = [clients.classes[label] for label in clients.y]
    assert list(zip(*clients.x.T.tolist(), answers, strict=True)) == [
        (97.17, 26.6, "yes"),
        (44.67, 32.3, "no"),
        (46.64, 26.7, "no"),
        (33.84, 23.7, "no"),
        (79.35, 27.0, "yes"),
    ]


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("sklearn.datasets", data.iris),
        ("sklearn.datasets", data.mnist),
        ("sklearn.model_selection", lambda: split([1, 2], [1, 2])),
        ("sklearn.preprocessing", lambda: standardize([[1.0]])),
    ],
)
def test_without_scikit_learn_the_error_says_what_to_install(module, call, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'pip install "inversa\[train\]"'):
        call()
    data.xor(), data.houses(), data.clients()  # need nothing

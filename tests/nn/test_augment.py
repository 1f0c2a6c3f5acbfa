"""Augmentation: what each transform does to a batch, and what all of them leave alone."""

import sys

import numpy as np
import pytest

from inversa.nn.augment import Compose, Flip, Jitter, Rotate, Shift

TRANSFORMS = [Jitter(0.1), Flip(), Flip(-2, 1), Shift(2), Rotate(20), Compose(Shift(1), Flip(), Rotate(5), Jitter(0.1))]
ON_IMAGES = [Flip(), Shift(1), Rotate(5)]


def images(samples=12, channels=2, dtype="float64"):
    return np.random.default_rng(5).uniform(0.1, 1, (samples, channels, 6, 7)).astype(dtype)


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype_stay_and_the_input_is_not_changed(transform, dtype):
    x = images(dtype=dtype)
    x.flags.writeable = False
    result = transform(x, np.random.default_rng(0))
    assert (result.shape, result.dtype) == (x.shape, x.dtype)
    assert not np.shares_memory(result, x)
    assert not np.array_equal(result, x)
    assert np.array_equal(x, images(dtype=dtype))


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_random_numbers_come_from_the_generator_alone(transform):
    generator = np.random.default_rng(1)
    first, second = transform(images(), generator), transform(images(), generator)
    assert np.array_equal(first, transform(images(), np.random.default_rng(1)))
    if transform != Flip(-2, 1):  # which flips everything
        assert not np.array_equal(first, second)


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_an_empty_batch_stays_empty(transform):
    assert transform(images(samples=0), np.random.default_rng(0)).shape == (0, 2, 6, 7)


@pytest.mark.parametrize("transform", [*ON_IMAGES, Compose(Jitter(1), Flip())], ids=repr)
@pytest.mark.parametrize("shape", [(5,), (5, 784)])
def test_transforms_of_images_refuse_what_is_no_image(transform, shape):
    with pytest.raises(ValueError, match=r"images have the shape \(samples, …, height, width\), not \(5,"):
        transform(np.zeros(shape), np.random.default_rng(0))


@pytest.mark.parametrize("transform", ON_IMAGES, ids=repr)
def test_channels_of_an_image_move_together_and_images_without_channels_will_do(transform):
    one = images(channels=1)
    both = transform(np.repeat(one, 2, axis=1), np.random.default_rng(3))
    assert np.array_equal(both[:, 0], both[:, 1])
    assert np.array_equal(both[:, 0], transform(one[:, 0], np.random.default_rng(3)))


def test_jitter_adds_normal_noise_of_the_deviation():
    x = np.full((100, 50), 7.0)
    noise = Jitter(0.5)(x, np.random.default_rng(0)) - x
    assert noise.std() == pytest.approx(0.5, rel=0.05)
    assert noise.mean() == pytest.approx(0, abs=0.05)
    assert len(np.unique(noise)) == noise.size


def test_flip_mirrors_about_half_of_the_images_each_as_a_whole():
    x = images(samples=400)
    result = Flip()(x, np.random.default_rng(0))
    flipped = (result == x[..., ::-1]).all(axis=(1, 2, 3))
    assert (flipped ^ (result == x).all(axis=(1, 2, 3))).all()
    assert 160 < flipped.sum() < 240  # 200 expected, standard deviation 10


def test_flip_along_each_axis():
    x, generator = images(), np.random.default_rng(0)
    assert np.array_equal(Flip(-1, 1)(x, generator), x[:, :, :, ::-1])
    assert np.array_equal(Flip(-2, 1)(x, generator), x[:, :, ::-1, :])
    assert np.array_equal(Flip(p=0)(x, generator), x)


def moved(image, down, right):
    """The image, shifted pixel by pixel."""
    result = np.zeros_like(image)
    height, width = image.shape[-2:]
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                result[..., i, j] = image[..., i - down, j - right]
    return result


def test_shift_moves_each_image_within_the_limit_and_zeros_move_in():
    x = images(samples=200)
    ways = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    seen = set()
    for image, result in zip(x, Shift(2)(x, np.random.default_rng(0)), strict=True):
        found = [way for way in ways if np.array_equal(moved(image, *way), result)]
        assert len(found) == 1
        seen.update(found)
    assert seen == set(ways)


def test_shift_farther_than_the_image_and_of_integers():
    x = np.full((50, 2, 2), 9, "uint8")
    result = Shift(5)(x, np.random.default_rng(0))
    assert result.dtype == np.uint8
    assert not result.any(axis=(1, 2)).all()


def test_rotate_turns_about_the_centre():
    line = np.zeros((300, 1, 9, 9))
    line[:, :, 4, :] = 1  # a horizontal line through the centre
    result = Rotate(30)(line, np.random.default_rng(0))
    assert result[:, 0, 4, 4] == pytest.approx(np.ones(300))
    rows, columns = np.mgrid[:9, :9] - 4
    # the angle of the line, from its second moments; the corners of the square cut off a little of it
    moments = [(result[:, 0] * m).sum(axis=(1, 2)) for m in (rows**2, rows * columns, columns**2)]
    angles = np.degrees(np.arctan2(-2 * moments[1], moments[2] - moments[0]) / 2)
    assert -31 < angles.min() < -25
    assert 25 < angles.max() < 31
    assert abs(angles.mean()) < 3


def test_rotate_stays_within_the_range_of_the_image_and_zeros_move_in():
    result = Rotate(45)(np.ones((20, 1, 8, 8)), np.random.default_rng(0))
    assert result.min() == 0
    assert result.max() == pytest.approx(1)


def test_compose_goes_from_left_to_right_and_takes_functions():
    x = images()
    both = Compose(Shift(1), Jitter(0.1))(x, np.random.default_rng(2))
    generator = np.random.default_rng(2)
    assert np.array_equal(both, Jitter(0.1)(Shift(1)(x, generator), generator))
    doubled = Compose(lambda x, _: x + 1, lambda x, _: x * 2)(x, generator)
    assert np.array_equal(doubled, (x + 1) * 2)
    assert np.array_equal(Compose()(x, generator), x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Jitter(0), "deviation is a positive number, such as 0.1, not 0"),
        (lambda: Jitter(-1.0), "deviation is a positive number"),
        (lambda: Jitter(float("nan")), "deviation is a positive number"),
        (lambda: Rotate(0.0), "degrees is a positive number"),
        (lambda: Rotate(float("inf")), "degrees is a positive number, such as 15, not inf"),
        (lambda: Flip(0), "axis is -1 .* or -2 .*, not 0"),
        (lambda: Flip(p=1.5), "p is a number from 0 to 1, such as 0.5, not 1.5"),
        (lambda: Flip(p=float("nan")), "p is a number from 0 to 1"),
        (lambda: Shift(0), "pixels is a positive integer, not 0"),
        (lambda: Shift(1.5), "pixels is a positive integer, not 1.5"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_types():
    with pytest.raises(TypeError, match=r"called as transform\(x, generator\); 3 cannot be called"):
        Compose(Flip(), 3)
    with pytest.raises(TypeError, match="not to uint8"):
        Jitter(1)(np.zeros((2, 2), "uint8"), np.random.default_rng(0))


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    with pytest.raises(ImportError, match=r'scipy.ndimage.*pip install "inversa\[train\]"'):
        Rotate(5)(images(), np.random.default_rng(0))

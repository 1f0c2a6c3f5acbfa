"""Random numbers: the same in the page and in Python, and those that were published."""

import numpy as np
import pytest

from inversa.nn import init
from inversa.viz.playing.chance import INITIAL, PURPOSES, Chance, scale

DRAWS = """(_, given) => given.map(({seed, purpose, kinds}) => {
  const chance = Chance.of(seed, purpose);
  const words = Array.from({length: 20}, () => chance.word());
  const uniform = Array.from({length: 20}, () => chance.uniform(-2, 3));
  const normal = Array.from({length: 20}, () => chance.normal(0.5));
  const weights = Object.values(kinds).map((kind) => [...chance.weights(kind, 3, 2)]);
  return {words, uniform, normal, weights, orders: [7, 1, 100].map((n) => chance.permutation(n)), end: chance.words};
})"""


def test_the_generator_is_the_published_one():
    """The numbers that other implementations give for the state 1, 2, 3, 4."""
    chance = Chance.of([1, 2, 3, 4])
    assert [chance.word() for _ in range(6)] == [11520, 0, 5927040, 70819200, 2031721883, 1637235492]


def test_a_seed_gives_the_same_numbers_in_the_page(run):
    """Normal ones to the last digits, in which logarithms of browsers differ from others; all others exactly."""
    given = [{"seed": s, "purpose": p, "kinds": INITIAL} for s in (0, 1, 12345, 2**32 - 1) for p in PURPOSES]
    for asked, found in zip(given, run(DRAWS, given), strict=True):
        chance = Chance(asked["seed"], asked["purpose"])
        assert found["words"] == [chance.word() for _ in range(20)]
        assert found["uniform"] == [chance.uniform(-2, 3) for _ in range(20)]
        np.testing.assert_allclose(found["normal"], [chance.normal(0.5) for _ in range(20)], rtol=1e-14, atol=1e-15)
        for name, weights in zip(INITIAL, found["weights"], strict=True):
            np.testing.assert_allclose(weights, np.ravel(chance.weights(name, 3, 2)), rtol=1e-14, atol=1e-15)
        assert found["orders"] == [chance.permutation(n) for n in (7, 1, 100)]
        assert found["end"] == chance.state


def test_streams_of_one_seed_differ():
    words = {Chance(3, purpose).word() for purpose in PURPOSES}
    assert len(words) == len(PURPOSES)


@pytest.mark.parametrize("name", [name for name in INITIAL if name != "zeros"])
def test_first_weights_have_the_scale_of_nn(name):
    class Generator(np.random.Generator):
        def uniform(self, low, high, shape):
            return np.full(shape, -low) if low == -high else None

        def normal(self, mean, deviation, shape):
            return np.full(shape, deviation)

    for outputs, inputs in ((3, 2), (1, 7), (8, 8)):
        asked = getattr(init, name)((outputs, inputs), Generator(np.random.PCG64()))
        assert scale(INITIAL[name], {"inputs": inputs, "outputs": outputs}) == pytest.approx(asked[0, 0], rel=1e-15)


def test_draws_spread_as_they_should():
    chance = Chance(0, "data")
    uniform = np.array([chance.uniform() for _ in range(4000)])
    normal = np.array([chance.normal(2.0) for _ in range(4000)])
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.02
    assert abs(normal.mean()) < 0.15
    assert abs(normal.std() - 2) < 0.1
    assert sorted(chance.permutation(50)) == list(range(50))


@pytest.mark.parametrize(("seed", "purpose"), [(-1, "data"), (2**32, "data"), (0.5, "data"), (0, "tea")])
def test_other_seeds_are_refused(seed, purpose):
    with pytest.raises(ValueError, match="is"):
        Chance(seed, purpose)

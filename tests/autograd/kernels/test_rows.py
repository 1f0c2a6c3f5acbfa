"""The machine of NumPy's functions does what the compiled machine does, for every instruction there is."""

import numpy as np
import pytest

from inversa.autograd.kernels import machine, rows

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-300, 1e300, -800.0, 800.0, 1e6, np.inf, -np.inf, np.nan)
INSTRUCTIONS = {
    number: name for name, number in vars(machine).items() if name.isupper() and type(number) is int and name != "GROUP"
}
NUMBERS = sorted(number for number in INSTRUCTIONS if number < machine.BLOCK)
# What is not a register.
OPERANDS = {
    machine.COMBINE: (0, 4, 1, 0),
    machine.DOTS: (0, 0, 4, 0),
    machine.LINEAR: (0, 1, 2, 0),
    machine.ADD: (0, 1, 3, 0),
    machine.SPLAT: (2, 0, 0, 0),
}


def computed(run, what, samples):
    """A register and the sums after one instruction on registers with these samples."""
    arguments = np.resize(samples, (4, samples.shape[1]))
    lanes = np.zeros((5, 64))
    results, sums = np.empty((1, arguments.shape[1])), np.zeros((-(-arguments.shape[1] // machine.CHUNK), 3))
    code = np.array([[what, 4, *OPERANDS.get(what, (0, 1, 2, 3))]], np.uint32)
    terms = np.array([[0, 1], [2, 2], [1, 3], [2, 0]], np.uint32)
    uniform = np.array([0.3, -1.7, 2.0, 1e-5])
    kept = np.array([4 if what != machine.DOTS else 0], np.uint32)
    run(code, terms, uniform, lanes, arguments, kept, results, sums, 0, arguments.shape[1], True, True, True)
    return results, sums


def test_instructions_are_numbered_without_a_gap():
    assert list(range(len(NUMBERS))) == NUMBERS


@pytest.mark.parametrize("what", NUMBERS, ids=INSTRUCTIONS.get)
def test_instruction(what):
    edges = np.array([(x, y) for x in EDGES for y in EDGES]).T
    for samples in (edges, np.random.default_rng(what).normal(size=(4, 1500))):
        (found, found_sums), (result, sums) = computed(rows.run, what, samples), computed(machine.run, what, samples)
        np.testing.assert_allclose(found, result, rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(found_sums, sums, rtol=1e-12, atol=1e-12)


def test_what_is_no_instruction_is_an_error():
    with pytest.raises(KeyError):
        computed(rows.run, len(NUMBERS), np.ones((2, 3)))

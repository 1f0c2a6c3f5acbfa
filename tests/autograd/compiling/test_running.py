"""Many samples: on any number of lanes and threads the same bits, also in a forked child."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inversa.autograd import Value, cos, jit, sin, tanh
from inversa.autograd.compiling import pool
from inversa.autograd.compiling.scalar import running
from inversa.autograd.kernels import machine

SAMPLES = (1, 2, 7, 127, 128, 129, 1023, 1024, 1025, 3000, 10_240)


def _cost():
    w = [Value(0.1 * i - 0.3) for i in range(8)]
    return jit(lambda x, y: (w[0] * tanh(w[1] * x + w[2] * y + w[3]) + w[4] * sin(w[5] * x) + w[6] * y - w[7]) ** 2)


def _arguments(samples):
    return np.random.default_rng(samples).normal(size=(2, samples))


@pytest.fixture
def shared(monkeypatch):
    """Threads for however little work."""
    monkeypatch.setattr(running, "WORTH_SHARING", 0)

    def threads(count):
        monkeypatch.setattr(running, "cores", lambda: count)

    return threads


@pytest.mark.parametrize("samples", SAMPLES)
def test_any_number_of_threads_gives_the_same_bits(samples, shared):
    numbers = np.linspace(-1, 1, 8)
    cost = _cost()
    found = []
    for count in (1, 2, 3, 5):
        shared(count)
        value, gradient = cost.of_parameters(*_arguments(samples))(numbers)
        found.append((value, gradient.tobytes(), cost(*_arguments(samples)).tobytes()))
    assert len(set(found)) == 1


@pytest.mark.parametrize("samples", SAMPLES)
def test_a_sample_is_computed_as_if_it_were_alone(samples):
    cost = _cost()
    x, y = _arguments(samples)
    together = cost(x, y)
    for i in {0, samples // 2, samples - 1}:
        assert cost(x[i], y[i]) == together[i]


def test_all_samples_are_shared_out(shared, monkeypatch):
    shared(2)
    chunks = []
    run = running.machine.run

    def noted(*given):
        chunks.append(given[8:10])
        return run(*given)

    monkeypatch.setattr(running.machine, "run", noted)
    _cost().of_parameters(*_arguments(3000))
    _cost().backward(*_arguments(3000))
    uniform = (0, 1)
    assert sorted(set(chunks) - {uniform}) == [(0, 1024), (1024, 2048), (2048, 3000)]


def test_programs_with_many_registers_have_fewer_lanes():
    assert running.lanes_for(registers=10, samples=1000, most=128) == 128
    assert running.lanes_for(registers=10, samples=0, most=128) == 1
    assert running.lanes_for(registers=10, samples=1, most=128) == 1
    assert running.lanes_for(registers=10, samples=5, most=128) == 8
    assert running.lanes_for(registers=4096, samples=1000, most=128) == 32
    assert running.lanes_for(registers=10**6, samples=1000, most=128) == 8
    assert running.lanes_for(registers=10**6, samples=1, most=128) == 1


def test_few_lanes_give_what_many_give(monkeypatch):
    arguments, numbers = _arguments(1500), np.linspace(-1, 1, 8)
    many = _cost().of_parameters(*arguments)(numbers)
    values = _cost()(*arguments)
    monkeypatch.setattr(running, "CACHE", 1)
    few = _cost().of_parameters(*arguments)(numbers)
    assert (_cost()(*arguments) == values).all()
    np.testing.assert_allclose(few[0], many[0], rtol=1e-14)
    np.testing.assert_allclose(few[1], many[1], rtol=1e-12)


def test_threads_of_the_user_share_the_pool(shared):
    shared(2)
    cost, arguments, numbers = _cost(), _arguments(5000), np.linspace(-1, 1, 8)
    function = cost.of_parameters(*arguments)
    wanted = function(numbers)
    with ThreadPoolExecutor(4) as users:
        for value, gradient in users.map(lambda _: function(numbers), range(40)):
            assert value == wanted[0]
            assert (gradient == wanted[1]).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_a_pool_of_its_own(shared):
    shared(2)
    function = _cost().of_parameters(*_arguments(5000))
    numbers = np.linspace(-1, 1, 8)
    wanted = function(numbers)[0]
    child = os.fork()
    if child == 0:
        os._exit(0 if function(numbers)[0] == wanted else 1)
    for _ in range(200):  # twenty seconds: a child that waits for its parent's threads never ends
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the child hangs")
    assert status == 0


def test_an_error_in_a_thread_is_raised():
    def work(numbers):
        for number in numbers:
            if number == 3:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pool.share(work, 100, 3)


@pytest.mark.parametrize("function", [sin, cos], ids=["sin", "cos"])
def test_angles_of_any_size_stand_side_by_side(function):
    angles = np.array([0.0, -0.0, 1e-300, 1e-9, 1.0, -2.0, 1e4, 16384.0, 16385.0, 1e15, -1e300, np.inf, np.nan, 3.0])
    with np.errstate(invalid="ignore"):
        wanted = getattr(np, function.name)(angles)
    given = jit(lambda x: function(x))(angles)
    np.testing.assert_allclose(given, wanted, rtol=4e-16, atol=1e-17)
    numbers = ~np.isnan(wanted)
    assert (np.signbit(given) == np.signbit(wanted))[numbers].all()


def test_a_product_that_is_only_added_is_computed_in_one_row_and_rounded_as_ever():
    x, y, z = np.random.default_rng(0).normal(size=(3, 2000))
    for function, rows in (
        (lambda x, y, z: x * y + z, [machine.MULADD]),
        (lambda x, y, z: z + x * y, [machine.MULADD]),
        (lambda x, y, z: x * y + z * z, [machine.MUL, machine.MULADD]),
        (lambda x, y, z: z + 0.1 * x, [machine.ADD]),
        (lambda x, y, z: x * z + x * z, [machine.MUL, machine.ADD]),  # one product, read twice
        (lambda x, y, z: (x * y + z) * (x * y), [machine.MUL, machine.ADD, machine.MUL]),
    ):
        compiled = jit(function)
        assert np.array_equal(compiled(x, y, z), function(x, y, z))
        assert compiled._programs._last._value.bytecode.code[:, 0].tolist() == rows
    product, total = jit(lambda x, y, z: (x * y, x * y + z))(x, y, z)  # read and asked for
    assert np.array_equal(product, x * y)
    assert np.array_equal(total, x * y + z)

"""Schedules: their formulas, putting them together, applying them to an optimiser, bad input."""

import dataclasses
import json
from math import cos, inf, nan, pi

import pytest

from inversa.autograd import Value
from inversa.nn import optim
from inversa.nn.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    RobbinsMonro,
    Scheduler,
    StepDecay,
    TimeDecay,
    WarmUp,
)


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (Constant(), [1, 1, 1]),
        (TimeDecay(0.5), [1, 2 / 3, 1 / 2, 2 / 5]),
        (TimeDecay(0), [1, 1, 1]),
        (StepDecay(3), [1, 1, 1, 0.1, 0.1, 0.1, 0.01]),
        (StepDecay(1, factor=0.5), [1, 0.5, 0.25]),
        (ExponentialDecay(0.9), [1, 0.9, 0.81, 0.729]),
        (RobbinsMonro(1), [1, 1 / 2, 1 / 3, 1 / 4]),
        (RobbinsMonro(0.75), [1, 2**-0.75, 3**-0.75, 4**-0.75]),
        (Cosine(3), [1, 0.75, 0.25, 0, 0, 0, 0]),
        (Cosine(2, minimum=0.2), [1, 0.6, 0.2, 0.2]),
        (Cosine(5), [(1 + cos(pi * t / 5)) / 2 for t in range(5)]),
        (WarmUp(4), [0.25, 0.5, 0.75, 1, 1, 1]),
        (WarmUp(1), [1, 1]),
        (WarmUp(2, then=TimeDecay(1)), [0.5, 1, 1, 1 / 2, 1 / 3]),
        (WarmUp(2, then=lambda t: 10 + t), [0.5, 1, 10, 11]),
    ],
)
def test_formulas(schedule, factors):
    assert [schedule(t) for t in range(len(factors))] == pytest.approx(factors, abs=1e-15)
    assert schedule(0) == schedule(0)  # a schedule keeps nothing


def test_schedules_can_be_compared_and_read_but_not_changed():
    assert Cosine(10) == Cosine(10, minimum=0.0) != Cosine(11)
    assert repr(WarmUp(5, then=StepDecay(2))) == "WarmUp(steps=5, then=StepDecay(every=2, factor=0.1))"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Cosine(10).steps = 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimeDecay(-0.1), "gamma is 0 or a positive number, not -0.1"),  # the misprint's minus sign
        (lambda: TimeDecay("0.1"), "gamma is 0 or a positive number, not '0.1'"),
        (lambda: StepDecay(0), "every is a positive integer, not 0"),
        (lambda: StepDecay(2.5), "every is a positive integer, not 2.5"),
        (lambda: StepDecay(2, 0.0), "factor is a number above 0 to 1, not 0.0"),
        (lambda: StepDecay(2, 10), "factor is a number above 0 to 1, not 10"),
        (lambda: ExponentialDecay(1.1), "gamma is a number above 0 to 1, not 1.1"),
        (
            lambda: RobbinsMonro(0.5),
            "lest Ση² = ∞, at most 1 lest Ση < ∞.* is a number above 0.5 to 1, not 0.5",
        ),
        (lambda: RobbinsMonro(1.01), "kappa .* is a number above 0.5 to 1, not 1.01"),
        (lambda: Cosine(0), "steps is a positive integer, not 0"),
        (lambda: Cosine(10, 1.5), "minimum is a number from 0 to 1, not 1.5"),
        (lambda: WarmUp(-1), "steps is a positive integer, not -1"),
    ],
)
def test_impossible_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_warm_up_is_followed_by_a_function():
    with pytest.raises(TypeError, match=r"a function of t, such as Constant\(\), not 0.1"):
        WarmUp(5, then=0.1)


def two_groups():
    return optim.SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)], "lr": 0.5}], lr=0.1)


def rates(optimizer):
    return [group["lr"] for group in optimizer.groups]


def test_every_group_keeps_its_initial_rate_times_the_factor():
    optimizer = two_groups()
    scheduler = Scheduler(optimizer, WarmUp(2, then=ExponentialDecay(0.5)))
    seen = []
    for time in range(5):
        assert scheduler.time == time
        seen.append(rates(optimizer))
        scheduler.step()
    assert seen == [[0.1 * f, 0.5 * f] for f in (0.5, 1.0, 1.0, 0.5, 0.25)]


def test_the_rate_may_come_to_0():
    optimizer = two_groups()
    scheduler = Scheduler(optimizer, Cosine(1))
    scheduler.step()
    assert rates(optimizer) == [0.0, 0.0]
    w = optimizer.parameters[0]
    w.grad = 1.0
    optimizer.step()
    assert w.data == 1.0


def test_saved_in_the_middle_the_rates_go_on():
    optimizer, schedule = two_groups(), Cosine(7, minimum=0.1)
    scheduler = Scheduler(optimizer, schedule)
    for _ in range(3):
        scheduler.step()
    state = json.loads(json.dumps(scheduler.state_dict()))
    assert state == {"time": 3, "initial": [0.1, 0.5]}

    other = two_groups()
    other.lr = 0.7
    resumed = Scheduler(other, schedule)
    resumed.load_state_dict(state)
    for _ in range(6):
        assert rates(other) == rates(optimizer)
        scheduler.step()
        resumed.step()
    assert resumed.state_dict() == scheduler.state_dict()
    assert state == {"time": 3, "initial": [0.1, 0.5]}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"time": 3}, "entries 'time' and 'initial', not time"),
        ({"time": 3, "initial": [0.1]}, "2 groups of parameters here and 1 there"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, message):
    optimizer = two_groups()
    scheduler = Scheduler(optimizer, TimeDecay(1.0))
    with pytest.raises(ValueError, match=message):
        scheduler.load_state_dict(state)
    assert (scheduler.time, rates(optimizer)) == (0, [0.1, 0.5])


@pytest.mark.parametrize("factor", [-0.1, nan, inf, None, "half"])
def test_an_impossible_factor_is_told_with_its_time_and_changes_nothing(factor):
    optimizer = two_groups()
    scheduler = Scheduler(optimizer, lambda t: factor if t == 2 else 0.5)
    scheduler.step()
    with pytest.raises(
        ValueError, match=rf"the factor of .*lambda.* at t = 2 is 0 or a positive number, not {factor!r}"
    ):
        scheduler.step()
    assert (scheduler.time, rates(optimizer)) == (1, [0.05, 0.25])


def test_an_impossible_first_factor_leaves_the_optimiser():
    optimizer = two_groups()
    with pytest.raises(ValueError, match="at t = 0"):
        Scheduler(optimizer, lambda t: t - 1)
    assert rates(optimizer) == [0.1, 0.5]

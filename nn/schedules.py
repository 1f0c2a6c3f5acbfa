"""Schedules: how the learning rate changes with time.

A schedule is a function of time t = 0, 1, 2, …: the factor by which the initial learning rate is multiplied. It keeps
nothing, so that it can be read, plotted and put together; any function of t will do. A `Scheduler` applies it, and its
user decides what time is: steps or epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, pi
from typing import Any

from inversa.autograd import checks
from inversa.nn.optim import Optimizer

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Constant:
    """1: the learning rate stays as it is.

    >>> from inversa.nn import schedules
    >>> schedules.Constant()(100)
    1.0
    """

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return 1.0


@dataclass(frozen=True)
class TimeDecay:
    """1 / (1 + γt): half of the initial rate at t = 1/γ, a third at 2/γ.

    The lectures print 1 / (1 − γt) once. That rate grows, and divides by zero at t = 1/γ.

    Parameters
    ----------
    gamma : float
        γ, 0 or positive.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> [schedules.TimeDecay(1.0)(t) for t in (0, 1, 3)]
    [1.0, 0.5, 0.25]
    """

    gamma: float

    def __post_init__(self) -> None:
        checks.not_negative("gamma", self.gamma)

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return 1 / (1 + self.gamma * t)


@dataclass(frozen=True)
class StepDecay:
    """factor^⌊t / every⌋: every so often the rate is multiplied by the factor.

    Parameters
    ----------
    every : int
        How long the rate stays the same.
    factor : float
        Above 0, at most 1.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> [schedules.StepDecay(every=2, factor=0.5)(t) for t in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        checks.count("every", self.every)
        checks.number("factor", self.factor, above=0, at_most=1)

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return self.factor ** (t // self.every)


@dataclass(frozen=True)
class ExponentialDecay:
    """γᵗ.

    Parameters
    ----------
    gamma : float
        γ, above 0 and at most 1.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> [schedules.ExponentialDecay(0.5)(t) for t in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    gamma: float

    def __post_init__(self) -> None:
        checks.number("gamma", self.gamma, above=0, at_most=1)

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return self.gamma**t


@dataclass(frozen=True)
class RobbinsMonro:
    """1 / (1 + t)^κ, with which stochastic gradient descent converges in spite of the noise.

    The rates η must satisfy two conditions. Ση = ∞: the steps can reach any point, however far. Ση² < ∞: the noise
    that they let in stays finite and dies out. Here the first needs κ ≤ 1 and the second κ > 0.5.

    Parameters
    ----------
    kappa : float
        κ, above 0.5 and at most 1.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", The Annals of Mathematical Statistics 22(3), 1951.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> [schedules.RobbinsMonro(1.0)(t) for t in (0, 1, 3)]
    [1.0, 0.5, 0.25]
    """

    kappa: float

    def __post_init__(self) -> None:
        checks.number("kappa (above 0.5 lest Ση² = ∞, at most 1 lest Ση < ∞)", self.kappa, above=0.5, at_most=1)

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return float((1 + t) ** -self.kappa)


@dataclass(frozen=True)
class Cosine:
    """Half a period of the cosine from 1 down to the minimum, slow at both ends; then the minimum for good.

    Parameters
    ----------
    steps : int
        When the minimum is reached.
    minimum : float
        The last factor, from 0 to 1.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation (5),
    without the restarts.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> [round(schedules.Cosine(steps=4)(t), 4) for t in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """

    steps: int
    minimum: float = 0.0

    def __post_init__(self) -> None:
        checks.count("steps", self.steps)
        checks.number("minimum", self.minimum, at_least=0, at_most=1)

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        if t >= self.steps:
            return self.minimum
        return self.minimum + (1 - self.minimum) * (1 + cos(pi * t / self.steps)) / 2


@dataclass(frozen=True)
class WarmUp:
    """A straight rise, (t + 1) / steps for t < steps, which ends with 1; then another schedule from its own t = 0.

    Parameters
    ----------
    steps : int
        How long the rise takes.
    then : callable
        The schedule that follows.

    Examples
    --------
    >>> from inversa.nn import schedules
    >>> schedule = schedules.WarmUp(4, then=schedules.ExponentialDecay(0.5))
    >>> [schedule(t) for t in range(7)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.25]
    """

    steps: int
    then: Schedule = Constant()

    def __post_init__(self) -> None:
        checks.count("steps", self.steps)
        if not callable(self.then):
            raise TypeError(f"what follows a warm-up is a function of t, such as Constant(), not {self.then!r}")

    def __call__(self, t: int) -> float:
        """The factor at time t."""
        return (t + 1) / self.steps if t < self.steps else self.then(t - self.steps)


class Scheduler:
    """Applies a schedule: at time t every learning rate is its initial value × schedule(t).

    Parameters
    ----------
    optimizer : Optimizer
        Its learning rates now are the initial ones; those for t = 0 are set at once.
    schedule : callable
        A function of t = 0, 1, 2, … that gives a factor.

    Attributes
    ----------
    time : int
        t, the number of calls of `step`.

    Raises
    ------
    ValueError
        When the schedule gives something else than a finite number that is not negative. Nothing is changed.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim, schedules
    >>> optimizer = optim.SGD([Value(1.0)], lr=0.8)
    >>> scheduler = schedules.Scheduler(optimizer, schedules.StepDecay(every=2, factor=0.5))
    >>> for epoch in range(4):
    ...     print(scheduler.time, optimizer.lr)
    ...     scheduler.step()
    0 0.8
    1 0.8
    2 0.4
    3 0.4
    """

    def __init__(self, optimizer: Optimizer, schedule: Schedule) -> None:
        self.optimizer = optimizer
        self.schedule = schedule
        self.time = 0
        self.initial = [group["lr"] for group in optimizer.groups]
        self._set(self.time, self.initial)

    def step(self) -> None:
        """Move on by one step or epoch."""
        self._set(self.time + 1, self.initial)

    def _set(self, time: int, initial: list[float]) -> None:
        factor = checks.not_negative(f"the factor of {self.schedule!r} at t = {time}", self.schedule(time))
        self.time, self.initial = time, initial
        for group, rate in zip(self.optimizer.groups, initial, strict=True):
            group["lr"] = rate * factor

    def state_dict(self) -> dict[str, Any]:
        """The time and the initial learning rates; plain numbers, ready for JSON."""
        return {"time": self.time, "initial": list(self.initial)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave, and set the learning rates of that time.

        Raises
        ------
        ValueError
            When the state is none of a scheduler, or of another number of groups. Nothing is changed.
        """
        if state.keys() != {"time", "initial"}:
            raise ValueError(f"a scheduler's state has the entries 'time' and 'initial', not {', '.join(state)}")
        if len(state["initial"]) != len(self.initial):
            raise ValueError(f"{len(self.initial)} groups of parameters here and {len(state['initial'])} there")
        self._set(int(state["time"]), [float(rate) for rate in state["initial"]])

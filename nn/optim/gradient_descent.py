"""Gradient descent: SGD, and momentum in the two forms of the lectures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.nn.optim.in_place import InPlace
from inversa.nn.optim.optimizer import Optimizer, State


class SGD(Optimizer):
    """Gradient descent: w ← w − αg, where g is the gradient ∂J/∂w.

    Stochastic if the gradient is that of one sample, mini-batch if that of several: see `inversa.nn.data.batches`.
    With a momentum μ, v ← μv + g and w ← w − αv, as in PyTorch. Nesterov's form looks a step ahead: w ← w − α(g + μv).

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        See `Optimizer`.
    lr : float
        The learning rate α, positive.
    momentum : float
        μ, from 0 to below 1.
    nesterov : bool
        Whether to take Nesterov's form; it needs a momentum.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics and
    Mathematical Physics 4(5), 1964. I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of
    initialization and momentum in deep learning", ICML 2013, for Nesterov's form.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w = Value(1.0)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.8
    """

    def check(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The usual checks, and that Nesterov's form has a momentum."""
        settings = super().check(settings)
        if settings["nesterov"] and settings["momentum"] == 0:
            raise ValueError("nesterov=True without a momentum is plain gradient descent: give one, as momentum=0.9")
        return settings

    def change(self, w: Any, g: Any, state: State, *, lr: float, momentum: float = 0.0, nesterov: bool = False) -> Any:
        """−αg, −αv or −α(g + μv)."""
        if momentum == 0:
            return -lr * g
        v = state["v"] = momentum * state.get("v", 0.0) + g
        return -lr * (g + momentum * v if nesterov else v)

    def in_place(self, *, lr: float, momentum: float, nesterov: bool) -> InPlace:
        """The same as a kernel."""
        if momentum == 0:
            return InPlace("sgd", (), (lr,))
        if nesterov:
            return InPlace("nesterov", ("v",), (momentum, lr))
        return InPlace("momentum", ("v",), (momentum, 1.0, lr))


class Momentum(Optimizer):
    """Gradient descent with momentum: the steps are made by a running average of the gradients g.

    The lectures have two forms, and both start from 0:

    - classical: v ← βv + αg, w ← w − v. The decay β is written γ there.
    - exponential moving average ("ema"): m ← βm + (1 − β)g, w ← w − αm.

    They differ by a scale: while α stays the same, αm = (1 − β)v, so that the second form with the learning rate
    α / (1 − β) makes the steps of the first with α. When α changes, the classical form goes on with the steps that were
    scaled by the old α; the other one scales all of its average by the new. (One slide prints the average as
    βm − (1 − β)x: the minus sign is a misprint.)

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        See `Optimizer`.
    lr : float
        The learning rate α, positive.
    beta : float
        The decay β, from 0 to below 1: what is kept of the average at every step.
    form : {"classical", "ema"}

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> v, m = Value(1.0), Value(1.0)
    >>> classical = optim.Momentum([v], lr=0.1, beta=0.5)
    >>> average = optim.Momentum([m], lr=0.2, beta=0.5, form="ema")
    >>> for _ in range(2):
    ...     v.grad = m.grad = 1.0
    ...     classical.step()
    ...     average.step()
    >>> v.data, m.data
    (0.75, 0.75)
    """

    def change(self, w: Any, g: Any, state: State, *, lr: float, beta: float = 0.9, form: str = "classical") -> Any:
        """−v or −αm."""
        if form == "classical":
            v = state["v"] = beta * state.get("v", 0.0) + lr * g
            return -v
        m = state["m"] = beta * state.get("m", 0.0) + (1 - beta) * g
        return -lr * m

    def in_place(self, *, lr: float, beta: float, form: str) -> InPlace:
        """The same as a kernel."""
        if form == "classical":
            return InPlace("momentum", ("v",), (beta, lr, 1.0))
        return InPlace("momentum", ("m",), (beta, 1 - beta, lr))

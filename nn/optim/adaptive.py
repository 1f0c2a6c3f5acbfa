"""Adaptive optimisers: every parameter has a learning rate of its own, made from the size of its past gradients."""

from __future__ import annotations

from typing import Any

from inversa.nn.optim.in_place import InPlace
from inversa.nn.optim.optimizer import Optimizer, State


class AdaGrad(Optimizer):
    """G ← G + g², w ← w − αg / (√G + ε): steps shrink with the sum of all squared gradients g² so far.

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        See `Optimizer`.
    lr : float
        The learning rate α, positive.
    eps : float
        ε, positive: keeps the divisor from being 0.
    eps_inside : bool
        Whether to divide by √(G + ε), as the lectures do, instead of √G + ε, as PyTorch does.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
    JMLR 12, 2011.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w = Value(1.0)
    >>> w.grad = 4.0
    >>> optim.AdaGrad([w], lr=0.1).step()
    >>> w.data  # the first step has the length α, whatever the gradient
    0.9
    """

    def change(
        self, w: Any, g: Any, state: State, *, lr: float = 0.01, eps: float = 1e-10, eps_inside: bool = False
    ) -> Any:
        """−αg / (√G + ε)."""
        G = state["G"] = state.get("G", 0.0) + g * g
        return -lr * g / _root(G, eps, eps_inside)

    def in_place(self, *, lr: float, eps: float, eps_inside: bool) -> InPlace:
        """The same as a kernel."""
        return InPlace("scaled", ("G",), (1.0, 1.0, lr, eps, eps_inside))


class RMSProp(Optimizer):
    """v ← βv + (1 − β)g², w ← w − αg / (√v + ε): AdaGrad that forgets, with a moving average for the sum.

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        See `Optimizer`.
    lr : float
        The learning rate α, positive.
    beta : float
        The decay β of the average, from 0 to below 1 (β₂ in the lectures).
    eps : float
        ε, positive: keeps the divisor from being 0.
    eps_inside : bool
        Whether to divide by √(v + ε), as the lectures do, instead of √v + ε, as PyTorch does.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", COURSERA: Neural Networks for Machine Learning, 2012.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w = Value(1.0)
    >>> w.grad = 4.0
    >>> optim.RMSProp([w], lr=0.1, beta=0.75).step()  # √v = √(0.25 · 4²) = 2
    >>> w.data
    0.8
    """

    def change(
        self,
        w: Any,
        g: Any,
        state: State,
        *,
        lr: float = 0.01,
        beta: float = 0.99,
        eps: float = 1e-8,
        eps_inside: bool = False,
    ) -> Any:
        """−αg / (√v + ε)."""
        v = state["v"] = beta * state.get("v", 0.0) + (1 - beta) * (g * g)
        return -lr * g / _root(v, eps, eps_inside)

    def in_place(self, *, lr: float, beta: float, eps: float, eps_inside: bool) -> InPlace:
        """The same as a kernel."""
        return InPlace("scaled", ("v",), (beta, 1 - beta, lr, eps, eps_inside))


class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − αm̂ / (√v̂ + ε): momentum and RMSProp together.

    Both averages start at 0 and are too small at first. The bias correction makes up for it: after t steps
    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). The lectures leave it out and put ε inside the root:
    ``Adam(…, bias_correction=False, eps_inside=True)``.

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        See `Optimizer`.
    lr : float
        The learning rate α, positive.
    betas : (float, float)
        The decays β₁ and β₂ of the averages, from 0 to below 1.
    eps : float
        ε, positive: keeps the divisor from being 0.
    bias_correction : bool
        Whether to divide by m̂ and v̂ instead of m and v.
    eps_inside : bool
        Whether to divide by √(v̂ + ε) instead of √v̂ + ε.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w = Value(1.0)
    >>> w.grad = 4.0
    >>> optim.Adam([w], lr=0.1).step()
    >>> w.data  # the first step has the length α, whatever the gradient
    0.9
    """

    def change(
        self,
        w: Any,
        g: Any,
        state: State,
        *,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        bias_correction: bool = True,
        eps_inside: bool = False,
    ) -> Any:
        """−αm̂ / (√v̂ + ε)."""
        beta1, beta2 = betas
        t = state["t"] = state.get("t", 0) + 1
        m = state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
        v = state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * (g * g)
        correction1, correction2 = (1 - beta1**t, 1 - beta2**t) if bias_correction else (1, 1)
        step = m / correction1
        step *= -lr  # in place, for it is new: more memory would take longer than to compute
        step /= _root(v / correction2, eps, eps_inside)
        return step

    def in_place(
        self, *, lr: float, betas: tuple[float, float], eps: float, bias_correction: bool, eps_inside: bool
    ) -> InPlace:
        """The same as a kernel."""
        return InPlace("adam", ("m", "v"), (*betas, bias_correction, lr, 0.0, eps, eps_inside), counts=True)


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w − αλw − αm̂ / (√v̂ + ε), where λw does not pass through the averages.

    As in PyTorch, biases decay like weights, unless they are in a group of their own with ``weight_decay=0``.

    Parameters
    ----------
    parameters, lr, betas, eps, bias_correction, eps_inside
        As for `Adam`.
    weight_decay : float
        λ, 0 or positive.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    Examples
    --------
    >>> from inversa.nn import Linear, optim
    >>> layer = Linear(2, 3, seed=0)
    >>> optim.AdamW([{"params": [layer.weight]}, {"params": [layer.bias], "weight_decay": 0}], lr=0.01)
    AdamW(
      1 parameter, lr=0.01, betas=(0.9, 0.999), eps=1e-08, bias_correction=True, eps_inside=False, weight_decay=0.01
      1 parameter, lr=0.01, betas=(0.9, 0.999), eps=1e-08, bias_correction=True, eps_inside=False, weight_decay=0.0
    )
    """

    def change(
        self,
        w: Any,
        g: Any,
        state: State,
        *,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        bias_correction: bool = True,
        eps_inside: bool = False,
        weight_decay: float = 0.01,
    ) -> Any:
        """−αλw − αm̂ / (√v̂ + ε)."""
        adam = super().change(
            w, g, state, lr=lr, betas=betas, eps=eps, bias_correction=bias_correction, eps_inside=eps_inside
        )
        return -lr * weight_decay * w + adam

    def in_place(
        self,
        *,
        lr: float,
        betas: tuple[float, float],
        eps: float,
        bias_correction: bool,
        eps_inside: bool,
        weight_decay: float = 0.01,
    ) -> InPlace:
        """The same as a kernel."""
        numbers = (*betas, bias_correction, lr, lr * weight_decay, eps, eps_inside)
        return InPlace("adam", ("m", "v"), numbers, counts=True)


def _root(average: Any, eps: float, inside: bool) -> Any:
    if inside:
        return (average + eps) ** 0.5
    root = average**0.5
    root += eps
    return root

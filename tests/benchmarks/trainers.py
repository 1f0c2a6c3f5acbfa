"""The training step of T1 to T4 in every library: the same data, weights, arithmetic and type."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from measure import Subject

RATE = np.float32(0.1)  # the learning rate


class Problem:
    """A network and a batch, drawn from a seed.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, neurons of every layer, classes.
    samples : int
        Samples in the batch.
    """

    def __init__(self, sizes: tuple[int, ...], samples: int) -> None:
        generator = np.random.default_rng(0)
        self.sizes, self.samples = sizes, samples
        self.x = generator.standard_normal((samples, sizes[0]), dtype=np.float32)
        self.labels = generator.integers(sizes[-1], size=samples)
        self.one_hot = np.eye(sizes[-1], dtype=np.float32)[self.labels]
        self._layers = []
        a = self.x
        for n, m in pairwise(sizes):
            W = generator.standard_normal((m, n), dtype=np.float32) * np.float32((2 / n) ** 0.5)
            z = a @ W.T
            b = far_from_kinks(z)
            self._layers.append((W, b))
            a = np.maximum(z + b, 0)

    def layers(self) -> list[tuple[Any, Any]]:
        """New copies of the first weights (outputs, inputs) and biases of all layers."""
        return [(W.copy(), b.copy()) for W, b in self._layers]

    def parameters(self) -> list[Any]:
        """The same in one list: W1, b1, W2, b2, …"""
        return [array for layer in self.layers() for array in layer]


def far_from_kinks(z: Any) -> Any:
    """Biases with which no sum z + b is so near to 0 that rounding decides whether a ReLU is active.

    Otherwise the libraries, which add in different orders, differ by a whole sample's gradient now and then. For every
    neuron, 0 is put into the widest gap between the sums of the samples in the middle.
    """
    half = len(z) // 2
    middle = np.sort(z, axis=0)[max(half - 5, 0) : half + 6]
    widest = np.diff(middle, axis=0).argmax(axis=0)
    neurons = np.arange(z.shape[1])
    return -(middle[widest, neurons] + middle[widest + 1, neurons]) / 2


def named(loss: Any, gradients: Any) -> dict[str, Any]:
    """Results under names that all libraries share."""
    return {"loss": float(loss), **{f"gradient {number}": np.array(g) for number, g in enumerate(gradients)}}


def pairs(parameters: Any) -> list[tuple[Any, Any]]:
    """W1, b1, W2, b2, … as (W1, b1), (W2, b2), …"""
    return list(zip(parameters[::2], parameters[1::2], strict=True))


def ours(problem: Problem) -> Subject:
    """Eager Tensors: what somebody who writes the loop writes."""
    from inversa.nn import losses

    model, optimizer = network(problem)

    def step() -> Any:
        optimizer.zero_grad()
        loss = losses.cross_entropy(model(problem.x), problem.labels)
        loss.backward()
        optimizer.step()
        return loss

    return Subject(step, lambda: named(step().item(), [p.grad for p in model.parameters()]))


def compiled(problem: Problem) -> Subject:
    """The same, recorded once and replayed."""
    from inversa.autograd import jit
    from inversa.nn import losses

    model, optimizer = network(problem)
    cost = jit(lambda x, labels: losses.cross_entropy(model(x), labels))

    def step() -> float:
        optimizer.zero_grad()
        loss: float = cost.backward(problem.x, problem.labels)
        optimizer.step()
        return loss

    return Subject(step, lambda: named(step(), [p.grad for p in model.parameters()]))


def network(problem: Problem) -> tuple[Any, Any]:
    """Our model with the problem's weights, and its optimiser."""
    from inversa.nn import MLP, optim
    from inversa.nn.parameter import assign

    model = MLP(problem.sizes, dtype=np.float32)
    for parameter, array in zip(model.parameters(), problem.parameters(), strict=True):
        assign(parameter, array)
    return model, optim.SGD(model.parameters(), lr=float(RATE))


def by_hand(problem: Problem) -> Subject:
    """Plain NumPy with the gradients written out."""
    layers = problem.layers()
    rows = np.arange(problem.samples)

    def step() -> tuple[Any, list[Any]]:
        inputs = [problem.x]
        for W, b in layers:
            z = inputs[-1] @ W.T
            z += b
            inputs.append(np.maximum(z, 0))
        z -= z.max(axis=1, keepdims=True)
        g = np.exp(z)
        total = g.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - z[rows, problem.labels]).mean()
        g /= total
        g[rows, problem.labels] -= 1
        g /= np.float32(problem.samples)
        gradients: list[Any] = []
        for (W, _), a in zip(layers[::-1], inputs[-2::-1], strict=True):
            gradients[:0] = [g.T @ a, g.sum(axis=0)]
            if a is not problem.x:
                g = g @ W
                g *= a > 0
        for (W, b), (gW, gb) in zip(layers, pairs(gradients), strict=True):
            W -= RATE * gW
            b -= RATE * gb
        return loss, gradients

    return Subject(step, lambda: named(*step()))


def torch(problem: Problem) -> Subject:
    """Eager tensors."""
    import torch
    from torch.nn import functional

    x, labels = torch.from_numpy(problem.x), torch.from_numpy(problem.labels)
    parameters = [torch.nn.Parameter(torch.from_numpy(array)) for array in problem.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=float(RATE))
    *hidden, (last_W, last_b) = pairs(parameters)

    def step() -> Any:
        optimizer.zero_grad()
        a = x
        for W, b in hidden:
            a = functional.linear(a, W, b).relu()
        loss = functional.cross_entropy(functional.linear(a, last_W, last_b), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Subject(step, lambda: named(step().item(), [p.grad.numpy() for p in parameters]))


def on_torch(problem: Problem) -> Subject:
    """Eager Tensors of PyTorch's arrays."""
    import torch

    from inversa.nn import losses

    model, optimizer = network(problem)
    model.to(torch)
    x, labels = torch.from_numpy(problem.x), torch.from_numpy(problem.labels)

    def step() -> Any:
        optimizer.zero_grad()
        loss = losses.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Subject(step, lambda: named(step().item(), [p.grad.numpy() for p in model.parameters()]))


def jax(problem: Problem) -> Subject:
    """Forward, backward and update compiled as one function, which may reuse the old weights' memory."""
    import jax
    import jax.numpy as jnp

    x, labels = jnp.asarray(problem.x), jnp.asarray(problem.labels)
    parameters = [jnp.asarray(array) for array in problem.parameters()]

    def cost(parameters: Any, x: Any, labels: Any) -> Any:
        a = x
        for W, b in pairs(parameters):
            z = a @ W.T + b
            a = jax.nn.relu(z)
        return -jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], axis=1).mean()

    def update(parameters: Any, x: Any, labels: Any) -> Any:
        loss, gradients = jax.value_and_grad(cost)(parameters, x, labels)
        return loss, [p - RATE * g for p, g in zip(parameters, gradients, strict=True)]

    train = jax.jit(update, donate_argnums=0)

    def step() -> None:
        nonlocal parameters
        _, parameters = train(parameters, x, labels)
        jax.block_until_ready(parameters)

    return Subject(step, lambda: named(*jax.jit(jax.value_and_grad(cost))(parameters, x, labels)))


def hips(problem: Problem) -> Subject:
    """HIPS autograd: NumPy, wrapped."""
    import autograd.numpy as anp

    from autograd import value_and_grad

    parameters = problem.parameters()

    def cost(parameters: Any) -> Any:
        a = problem.x
        for W, b in pairs(parameters):
            z = anp.dot(a, W.T) + b
            a = anp.maximum(z, 0)
        z = z - anp.max(z, axis=1, keepdims=True)
        each = anp.log(anp.sum(anp.exp(z), axis=1)) - anp.sum(z * problem.one_hot, axis=1)
        return anp.mean(each)

    function = value_and_grad(cost)

    def step() -> Any:
        loss, gradients = function(parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p -= RATE * g
        return loss, gradients

    return Subject(step, lambda: named(*step()))


def mygrad(problem: Problem) -> Subject:
    """MyGrad's tensors."""
    import mygrad
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    parameters = [mygrad.tensor(array) for array in problem.parameters()]
    *hidden, (last_W, last_b) = pairs(parameters)

    def step() -> Any:
        a = problem.x
        for W, b in hidden:
            a = relu(mygrad.matmul(a, W.T) + b)
        loss = softmax_crossentropy(mygrad.matmul(a, last_W.T) + last_b, problem.labels)
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss

    return Subject(step, lambda: named(step().item(), [p.grad for p in parameters]))


def sklearn(problem: Problem) -> Subject:
    """MLPClassifier; it does not show its gradients, so they are read off what a step changes."""
    from sklearn.neural_network import MLPClassifier

    def classifier(rate: float) -> Any:
        model = MLPClassifier(
            problem.sizes[1:-1], solver="sgd", learning_rate_init=rate, momentum=0.0, nesterovs_momentum=False,
            alpha=0.0, batch_size=problem.samples, shuffle=False, random_state=0,
        )  # fmt: skip
        model.partial_fit(problem.x, problem.labels, classes=range(problem.sizes[-1]))
        for W, b, (first_W, first_b) in zip(model.coefs_, model.intercepts_, problem.layers(), strict=True):
            W[...], b[...] = first_W.T, first_b
        return model

    def result() -> Any:
        rate = 100.0  # a change so large that rounding does not matter
        model = classifier(rate).partial_fit(problem.x, problem.labels)
        after = [array for W, b in zip(model.coefs_, model.intercepts_, strict=True) for array in (W.T, b)]
        return named(model.loss_, [(w - v) / rate for w, v in zip(problem.parameters(), after, strict=True)])

    model = classifier(float(RATE))
    return Subject(lambda: model.partial_fit(problem.x, problem.labels), result)

"""L1 and A1: training steps of an LSTM and of a transformer in float32, with gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from measure import Effort, Section, Subject, Workload, run

RATE = 0.01
SAMPLES, STEPS, INPUTS, HIDDEN = 32, 50, 64, 128  # of L1
TOKENS, WIDTH, HEADS, BLOCKS = 64, 64, 4, 2  # of A1

State = dict[str, Any]


def sections(effort: Effort) -> Iterator[Section]:
    """The LSTM, then the transformer."""
    lstm = {
        "inversa jit": lambda: ours(recurrent(), sequences()),
        "torch, cell by cell": torch_cells,
        "torch": lambda: of_torch(torch_recurrent(), sequences()),
        "jax": lambda: of_jax(recurrent().state_dict(), jax_recurrent, sequences()),
    }
    title = f"L1: training step of an LSTM, {INPUTS} inputs, {HIDDEN} hidden, {STEPS} steps, batch {SAMPLES}, float32"
    yield run(Workload(title, lstm, {"torch, cell by cell": 1.5, "torch": 1}, tolerance=1e-4), effort)
    transformer = {
        "inversa jit": lambda: ours(attentive(), texts()),
        "torch": lambda: of_torch(torch_attentive(), texts()),
        "jax": lambda: of_jax(attentive().state_dict(), jax_attentive, texts()),
    }
    sizes = f"{BLOCKS} blocks, width {WIDTH}, {HEADS} heads, {TOKENS} tokens, batch {SAMPLES}"
    title = f"A1: training step of a transformer, {sizes}, float32"
    yield run(Workload(title, transformer, {"torch": 1.5, "jax": 1}, tolerance=1e-4), effort)


def sequences() -> Any:
    """Inputs of the LSTM."""
    return np.random.default_rng(0).standard_normal((SAMPLES, STEPS, INPUTS), dtype=np.float32)


def texts() -> Any:
    """Inputs of the transformer."""
    return np.random.default_rng(0).standard_normal((SAMPLES, TOKENS, WIDTH), dtype=np.float32)


def named(loss: Any, gradients: State) -> dict[str, Any]:
    """The results in an order that all share."""
    return {"loss": float(loss), **{name: np.asarray(gradients[name]) for name in sorted(gradients)}}


# Ours: the loss is the mean square of what comes out.


def recurrent() -> Any:
    from inversa.nn import LSTM

    return LSTM(INPUTS, HIDDEN, output="sequence", seed=0, dtype="float32")


def attentive() -> Any:
    from inversa.nn import Sequential, TransformerBlock

    settings: Any = {"causal": True, "norm_first": True, "dtype": "float32"}
    return Sequential(*(TransformerBlock(WIDTH, HEADS, seed=i, **settings) for i in range(BLOCKS)))


def ours(model: Any, x: Any) -> Subject:
    """Compiled."""
    from inversa.autograd import jit
    from inversa.nn import optim

    cost = jit(lambda x: (model(x) ** 2).mean())
    optimizer = optim.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss: float = cost.backward(x)
        optimizer.step()
        return loss

    return Subject(step, lambda: named(step(), {name: p.grad.copy() for name, p in model.named_parameters()}))


# PyTorch's own layers, with our first weights.


def torch_recurrent() -> Any:
    import torch

    module = torch.nn.LSTM(INPUTS, HIDDEN, batch_first=True)
    module.load_state_dict({name: torch.from_numpy(array) for name, array in recurrent().state_dict().items()})
    return module


def torch_attentive() -> Any:
    import torch

    later = torch.triu(torch.ones(TOKENS, TOKENS, dtype=torch.bool), 1)

    class Blocks(torch.nn.Sequential):
        def forward(self, x: Any) -> Any:
            for block in self:
                x = block(x, src_mask=later)
            return x

    settings: Any = {"dropout": 0.0, "batch_first": True, "norm_first": True}
    layer = torch.nn.TransformerEncoderLayer
    module = Blocks(*(layer(WIDTH, HEADS, 4 * WIDTH, **settings) for _ in range(BLOCKS)))
    module.load_state_dict({name: torch.from_numpy(array) for name, array in attentive().state_dict().items()})
    return module


def of_torch(module: Any, x: Any) -> Subject:
    """Evaluated by PyTorch's kernels for whole layers."""

    def forward(x: Any) -> Any:
        outputs = module(x)
        return outputs[0] if isinstance(outputs, tuple) else outputs

    return stepping(module, forward, x)


def torch_cells() -> Subject:
    """The LSTM step by step."""
    import torch

    cell = torch.nn.LSTMCell(INPUTS, HIDDEN)
    cell.load_state_dict(
        {name.removesuffix("_l0"): torch.from_numpy(array) for name, array in recurrent().state_dict().items()}
    )

    def forward(x: Any) -> Any:
        state, outputs = None, []
        for t in range(STEPS):
            state = cell(x[:, t], state)
            outputs.append(state[0])
        return torch.stack(outputs, 1)

    return stepping(cell, forward, sequences(), "_l0")


def stepping(module: Any, forward: Callable[[Any], Any], x: Any, suffix: str = "") -> Subject:
    """Loss, gradients, and a step of gradient descent."""
    import torch

    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
    inputs = torch.from_numpy(x)

    def step() -> Any:
        optimizer.zero_grad()
        loss = (forward(inputs) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    def result() -> Any:
        loss = step().item()
        return named(loss, {name + suffix: p.grad.numpy().copy() for name, p in module.named_parameters()})

    return Subject(step, result)


# JAX, written out.


def of_jax(state: State, forward: Callable[[State, Any], Any], x: Any) -> Subject:
    """Forward, backward and update compiled as one function."""
    import jax
    import jax.numpy as jnp

    weights = {name: jnp.asarray(array) for name, array in state.items()}
    inputs = jnp.asarray(x)

    def cost(weights: State, x: Any) -> Any:
        return (forward(weights, x) ** 2).mean()

    def update(weights: State, x: Any) -> Any:
        loss, gradients = jax.value_and_grad(cost)(weights, x)
        return loss, {name: w - RATE * gradients[name] for name, w in weights.items()}

    train = jax.jit(update, donate_argnums=0)

    def step() -> None:
        nonlocal weights
        _, weights = train(weights, inputs)
        jax.block_until_ready(weights)

    return Subject(step, lambda: named(*jax.jit(jax.value_and_grad(cost))(weights, inputs)))


def jax_recurrent(p: State, x: Any) -> Any:
    import jax
    import jax.numpy as jnp

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ p["weight_hh_l0"].T + p["bias_hh_l0"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    z = jnp.swapaxes(x, 0, 1) @ p["weight_ih_l0"].T + p["bias_ih_l0"]
    start = jnp.zeros((SAMPLES, HIDDEN), x.dtype)
    return jax.lax.scan(step, (start, start), z)[1]


def jax_attentive(p: State, x: Any) -> Any:
    import jax
    import jax.numpy as jnp

    def linear(x: Any, name: str) -> Any:
        return x @ p[f"{name}weight"].T + p[f"{name}bias"]

    def normalised(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * ((centred**2).mean(-1, keepdims=True) + 1e-5) ** -0.5 * p[f"{name}weight"] + p[f"{name}bias"]

    later = jnp.triu(jnp.full((TOKENS, TOKENS), -jnp.inf, x.dtype), 1)
    for block in range(BLOCKS):
        z = linear(normalised(x, f"{block}.norm1."), f"{block}.self_attn.in_proj_")
        q, k, v = (part.reshape(SAMPLES, TOKENS, HEADS, -1).swapaxes(1, 2) for part in jnp.split(z, 3, axis=-1))
        weights = jax.nn.softmax(q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5 + later)
        joined = (weights @ v).swapaxes(1, 2).reshape(x.shape)
        x = x + linear(joined, f"{block}.self_attn.out_proj.")
        hidden = jax.nn.relu(linear(normalised(x, f"{block}.norm2."), f"{block}.linear1."))
        x = x + linear(hidden, f"{block}.linear2.")
    return x

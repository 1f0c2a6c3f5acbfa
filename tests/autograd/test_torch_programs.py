"""Random programs beside PyTorch, where it is installed: scalars, arrays that broadcast, and compiled."""

import numpy as np
import pytest

import inversa.autograd as ours
from inversa.autograd import Tensor, Value, jit

from .numeric import close
from .test_oracles import EXACT, random_program

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, -1e-9, 30.0, -30.0]
SHAPES = [(), (3,), (2, 1), (2, 3)]
PART = 100  # programs a test


def point(generator, shape):
    """Numbers of moderate size, or in a quarter of the places the edges."""
    return np.where(generator.random(shape) < 0.25, generator.choice(EDGES, shape), generator.uniform(-1.5, 1.5, shape))


def torch_says(program, arrays):
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]
    value = program(torch, leaves)
    value.sum().backward()
    return value.detach().numpy(), [np.zeros(x.shape) if x.grad is None else x.grad.numpy() for x in leaves]


def gradients(leaves):
    return [np.zeros(np.shape(x.data)) if x.grad is None else x.grad for x in leaves]


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 40))])
def test_random_programs_with_torch(part):
    for seed in range(PART * part, PART * (part + 1)):
        generator, program = np.random.default_rng(seed), random_program(seed)
        arrays = [point(generator, SHAPES[k] if seed % 2 else ()) for k in range(4)]
        value, slopes = torch_says(program, arrays)
        for kind in (Value, Tensor) if seed % 2 == 0 else (Tensor,):
            leaves = [Value(float(x)) if kind is Value else Tensor(x, requires_grad=True) for x in arrays]
            result = program(ours, list(leaves))
            result.sum().backward() if kind is Tensor else result.backward()
            found = [result.data, *gradients(leaves)]
            if seed % 10 == 0 and kind is Value:
                compiled = jit(lambda a, b, c, d, program=program: program(ours, [a, b, c, d]))
                assert close(compiled(*map(float, arrays)), value, EXACT), seed
            for a, b in zip(found, [value, *slopes], strict=True):
                assert close(a, b, EXACT), seed

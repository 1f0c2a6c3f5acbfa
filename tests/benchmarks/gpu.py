"""`make bench-gpu`: the size below which a GPU loses against the processor, for two kinds of work.

    python -P tests/benchmarks/gpu.py [FIRST SECOND] [--most 4096]

FIRST and SECOND say where to compute, as library:device, such as torch:cpu and torch:cuda, numpy:cpu and cupy:cuda, or
jax:cpu and jax:gpu. Without them every GPU that PyTorch, CuPy or JAX finds is taken, beside the processor. Where there
is none this is said, and the exit status is 0.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from measure import Effort, alternate

from inversa.autograd import Tensor, asarray, matmul, no_grad, relu, softmax_cross_entropy

PRODUCTS, SAMPLES, CLASSES = 10, 64, 10
EFFORT = Effort(rounds=5, turn=0.02)
Step = Callable[[], float]


def put(place: str) -> Callable[[Any], Any]:
    """What moves arrays of NumPy's to a place, ``library:device``."""
    name, _, device = place.partition(":")
    library: Any = importlib.import_module("jax.numpy" if name == "jax" else name)
    target: Any = importlib.import_module("jax").devices(device)[0] if name == "jax" else device
    if name == "cupy":  # it has no other devices than GPUs, and takes the current one
        return lambda x: asarray(x, library)
    return lambda x: asarray(Tensor(x), library).to(target).data


def chain(size: int, there: Callable[[Any], Any]) -> Step:
    """Products of matrices one after another, and the gradient of them all."""
    generator = np.random.default_rng(0)
    drawn = generator.standard_normal((PRODUCTS, size, size), dtype=np.float32) / np.float32(size**0.5)
    factors = [Tensor(there(factor), requires_grad=True) for factor in drawn]

    def step() -> float:
        product = factors[0]
        for factor in factors[1:]:
            product = matmul(product, factor)
        product.sum().backward()
        found = factors[0].grad.sum()  # type: ignore[union-attr]
        for factor in factors:
            factor.grad = None
        return float(found)  # waits until it is there

    return step


def training(size: int, there: Callable[[Any], Any]) -> Step:
    """A step of gradient descent of a network with two hidden layers of this size."""
    generator = np.random.default_rng(0)
    shapes = ((size, size), (size,), (size, size), (size,), (size, CLASSES), (CLASSES,))
    drawn = [generator.standard_normal(shape, dtype=np.float32) / np.float32(size**0.5) for shape in shapes]
    parameters = [Tensor(there(array), requires_grad=True) for array in drawn]
    x = Tensor(there(generator.standard_normal((SAMPLES, size), dtype=np.float32)))
    labels = there(generator.integers(CLASSES, size=SAMPLES))

    def step() -> float:
        W, b, V, c, U, d = parameters
        z = relu(relu(x @ W + b) @ V + c) @ U + d
        softmax_cross_entropy(z, target=labels).mean().backward()
        with no_grad():
            for p in parameters:
                p -= 0.01 * p.grad  # type: ignore[operator]
                p.grad = None
        return parameters[0].sum().item()

    return step


WORK = {
    f"{PRODUCTS} matrices n × n multiplied, and the gradient": chain,
    f"training step of n-n-n-{CLASSES}, batch {SAMPLES}": training,
}


def crossing(sizes: Sequence[int], first: Sequence[float], second: Sequence[float]) -> int | None:
    """The size from which the second is faster, there and for all that is larger; None where it is not at the end."""
    faster = None
    for size, a, b in zip(reversed(sizes), reversed(first), reversed(second), strict=True):
        if b >= a:
            break
        faster = size
    return faster


def compared(first: str, second: str, most: int) -> Iterator[str]:
    """Lines of the report: every size in both places, and where they cross."""
    sizes = [size for size in (2**k for k in range(4, 31)) if size <= most]
    for title, make in WORK.items():
        yield f"\n{title}, float32\n{'n':>6}{first:>14}{second:>14}"
        times: list[list[float]] = [[], []]
        for size in sizes:
            steps = dict(enumerate(make(size, put(place)) for place in (first, second)))
            one, other = (step() for step in steps.values())
            if not np.isclose(one, other, rtol=1e-2, atol=1e-2):
                raise ArithmeticError(f"{first} computes {one}, {second} computes {other}")
            for place, taken in alternate({str(k): step for k, step in steps.items()}, EFFORT).items():
                times[int(place)].append(float(np.median(taken)))
            yield f"{size:>6}" + "".join(f"{1e3 * seconds[-1]:>11.3f} ms" for seconds in times)
        found = crossing(sizes, *times)
        yield f"{second} is faster from n = {found} on" if found else f"{second} is not faster, up to n = {sizes[-1]}"


def pairs() -> Iterator[tuple[str, str]]:
    """The processor and the GPU of every library that finds one."""
    for name, there, both in (
        ("torch", lambda torch: torch.cuda.is_available(), ("torch:cpu", "torch:cuda")),
        ("cupy", lambda cupy: cupy.is_available(), ("numpy:cpu", "cupy:cuda")),
        ("jax", lambda jax: jax.default_backend() == "gpu", ("jax:cpu", "jax:gpu")),
    ):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        if there(library):
            yield both


def main(arguments: Sequence[str]) -> int:
    """Compare the two places that are named, or all that there are."""
    parser = argparse.ArgumentParser(description="The size below which a GPU loses against the processor.")
    parser.add_argument(
        "places", nargs="*", metavar="PLACE", help="two of library:device, such as torch:cpu torch:cuda"
    )
    parser.add_argument("--most", type=int, default=4096, help="the largest size")
    options = parser.parse_args(arguments)
    if len(options.places) not in (0, 2) or not all(":" in place for place in options.places):
        parser.error("name two places, such as torch:cpu torch:cuda, or none")
    found = [tuple(options.places)] if options.places else list(pairs())
    if not found:
        print("There is no GPU here that PyTorch, CuPy or JAX can use, so nothing was measured.")
        print(f"They are looked for in {sys.prefix}: where there is a GPU, install one of them there.")
    for first, second in found:
        print(f"{first} beside {second}")
        for line in compared(first, second, options.most):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

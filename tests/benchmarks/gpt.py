"""S3: the GPT of single numbers among the tutorials, compiled, beside peers that compute the same with arrays."""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from measure import Effort, Row, Section, Subject, Workload, run

TUTORIAL = Path(__file__).parents[2] / "tutorials" / "gpt.py"
LETTERS, BATCH = (3, 15), 32  # of the words, which with their dots are programs of 4 and of 16 predictions


def sections(effort: Effort) -> Iterator[Section]:
    """One word, then a batch, each with short words and with long ones; then compiling."""
    for letters in LETTERS[:1] if effort.quick else LETTERS:
        one = {name: _of(factory, letters, 1) for name, factory in SUBJECTS.items()}
        targets = {"inversa eager": 150, "torch, letter by letter": 5}
        title = f"S3: GPT of single numbers, {letters + 1} predictions, one word: value + gradient"
        yield run(Workload(title, one, targets, slow=("inversa eager",)), effort)
        many = {name: _of(factory, letters, BATCH) for name, factory in SUBJECTS.items() if name != "inversa eager"}
        targets = {"torch, letter by letter": 50, "jax": 1}
        title = f"S3: {BATCH} words of {letters} letters: ours at once, the others one by one"
        yield run(Workload(title, many, targets, slow=("torch, letter by letter",)), effort)
        if not effort.check:
            yield compiling(letters)


def _of(factory: Callable[[int, int], Subject], letters: int, number: int) -> Callable[[], Subject]:
    return lambda: factory(letters, number)


def compiling(letters: int) -> Section:
    """The first call of the program beside the same work evaluated."""
    gpt, weights, words = problem(letters, 1)
    compiled = program(gpt, weights)
    start = time.perf_counter()
    compiled.backward(columns(words))
    first = time.perf_counter() - start
    start = time.perf_counter()
    gpt.cost(words[0], weights).backward()
    eager = time.perf_counter() - start
    row = Row("inversa jit, first call", first, target="≤ 4 eager steps", met=first <= 4 * eager)
    return Section(f"S3: compiling it, {letters + 1} predictions", [row, Row("inversa eager, a step", eager)])


# The problem.


def problem(letters: int, number: int) -> tuple[Any, dict[str, Any], list[list[int]]]:
    """The tutorial's module, its first weights, and words of one length as lists of tokens."""
    spec = importlib.util.spec_from_file_location("gpt_tutorial", TUTORIAL)
    assert spec is not None
    assert spec.loader is not None
    gpt = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gpt)
    gpt.LONGEST = max(LETTERS)
    generator = random.Random(0)
    weights = gpt.initial_weights(generator)
    words = ["".join(generator.choices(gpt.LETTERS[1:], k=letters)) for _ in range(number)]
    return gpt, weights, [gpt.tokens_of(word) for word in words]


def columns(words: list[list[int]]) -> list[Any]:
    """The tokens of all words at each position."""
    return list(np.array(words, float).T)


def program(gpt: Any, weights: dict[str, Any]) -> Any:
    """The cost of words of one length, compiled."""
    from inversa.autograd import jit

    return jit(lambda tokens: gpt.cost(tokens, weights))


def every(weights: dict[str, Any]) -> list[Any]:
    """All weights in a row."""
    return [w for rows in weights.values() for row in rows for w in row]


# Ours.


def compiled(letters: int, number: int) -> Subject:
    """All words at once; the gradients are left in the Values."""
    gpt, weights, words = problem(letters, number)
    function, tokens = program(gpt, weights), columns(words)

    def step() -> Any:
        for w in every(weights):
            w.grad = None
        return function.backward(tokens, reduce="mean")

    return Subject(
        lambda: function.backward(tokens, reduce="mean"),
        lambda: {"cost": step(), "gradient": [w.grad or 0.0 for w in every(weights)]},
    )


def of_one_array(letters: int, number: int) -> Subject:
    """The same as a function of one array of weights."""
    gpt, weights, words = problem(letters, number)
    function = program(gpt, weights)
    of_numbers = function.of_parameters(columns(words), reduce="mean")
    used = function.parameters
    numbers = np.array([w.data for w in used])

    def result() -> Any:
        cost, slopes = of_numbers(numbers)
        found = dict(zip(used, slopes, strict=True))
        return {"cost": cost, "gradient": [found.get(w, 0.0) for w in every(weights)]}

    return Subject(lambda: of_numbers(numbers), result)


def eager(letters: int, number: int) -> Subject:
    """Operation by operation."""
    gpt, weights, words = problem(letters, number)

    def step() -> Any:
        J = gpt.cost(words[0], weights)
        J.backward()
        return J

    def result() -> Any:
        for w in every(weights):
            w.grad = None
        return {"cost": step().data, "gradient": [w.grad or 0.0 for w in every(weights)]}

    return Subject(step, result)


# The peers, with arrays in double precision.


def numbers_of(letters: int, number: int) -> tuple[dict[str, Any], list[list[int]], int]:
    """The weights as arrays, the words, and the number of heads."""
    gpt, weights, words = problem(letters, number)
    return {name: np.array([[w.data for w in row] for row in rows]) for name, rows in weights.items()}, words, gpt.HEADS


def torch_letters(letters: int, number: int) -> Subject:
    """As the program of numbers does it: one letter after the other, with keys and values kept."""
    import torch

    arrays, words, heads = numbers_of(letters, number)
    p = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}

    def normalised(x: Any) -> Any:
        return x * ((x * x).mean() + 1e-5) ** -0.5

    def cost(tokens: list[int]) -> Any:
        keys, values, costs = [], [], []
        for position, (token, following) in enumerate(pairwise(tokens)):
            x = normalised(p["letter"][token] + p["position"][position])
            z = normalised(x)
            query = (p["query"] @ z).view(heads, -1)
            keys.append(p["key"] @ z)
            values.append(p["value"] @ z)
            key, value = (torch.stack(rows).view(len(rows), heads, -1) for rows in (keys, values))
            matches = torch.softmax(torch.einsum("thd,hd->ht", key, query) * query.shape[1] ** -0.5, -1)
            x = x + p["join"] @ torch.einsum("ht,thd->hd", matches, value).reshape(-1)
            x = x + p["down"] @ torch.relu(p["up"] @ normalised(x))
            costs.append(-torch.log_softmax(p["scores"] @ x, -1)[following])
        return torch.stack(costs).mean()

    return of_torch(p, words, cost)


def torch_words(letters: int, number: int) -> Subject:
    """All letters of a word at once, with a mask."""
    import torch

    arrays, words, heads = numbers_of(letters, number)
    p = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    n = letters + 1
    mask = torch.triu(torch.full((n, n), -torch.inf, dtype=torch.float64), 1)

    def normalised(x: Any) -> Any:
        return x * ((x * x).mean(-1, keepdim=True) + 1e-5) ** -0.5

    def cost(tokens: list[int]) -> Any:
        x = normalised(p["letter"][torch.tensor(tokens[:-1])] + p["position"][:n])
        z = normalised(x)
        q, k, v = ((z @ p[name].T).view(n, heads, -1).transpose(0, 1) for name in ("query", "key", "value"))
        matches = torch.softmax((q @ k.transpose(1, 2)) * q.shape[2] ** -0.5 + mask, -1)
        x = x + (matches @ v).transpose(0, 1).reshape(n, -1) @ p["join"].T
        x = x + torch.relu(normalised(x) @ p["up"].T) @ p["down"].T
        return torch.nn.functional.cross_entropy(x @ p["scores"].T, torch.tensor(tokens[1:]))

    return of_torch(p, words, cost)


def of_torch(p: dict[str, Any], words: list[list[int]], cost: Callable[[list[int]], Any]) -> Subject:
    """One word after the other."""

    def step() -> float:
        total = 0.0
        for x in p.values():
            x.grad = None
        for tokens in words:
            J = cost(tokens)
            J.backward()
            total += J.item()
        return total / len(words)

    def result() -> Any:
        mean = step()
        return {"cost": mean, "gradient": np.concatenate([(x.grad / len(words)).numpy().ravel() for x in p.values()])}

    return Subject(step, result)


def jax_words(letters: int, number: int) -> Subject:
    """All letters of a word at once, compiled; one word after the other."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    arrays, words, heads = numbers_of(letters, number)
    p = {name: jnp.asarray(array) for name, array in arrays.items()}
    n = letters + 1
    mask = jnp.triu(jnp.full((n, n), -jnp.inf), 1)

    def normalised(x: Any) -> Any:
        return x * ((x * x).mean(-1, keepdims=True) + 1e-5) ** -0.5

    def cost(p: dict[str, Any], tokens: Any) -> Any:
        x = normalised(p["letter"][tokens[:-1]] + p["position"][:n])
        z = normalised(x)
        q, k, v = ((z @ p[name].T).reshape(n, heads, -1).transpose(1, 0, 2) for name in ("query", "key", "value"))
        matches = jax.nn.softmax((q @ k.transpose(0, 2, 1)) * q.shape[2] ** -0.5 + mask, -1)
        x = x + (matches @ v).transpose(1, 0, 2).reshape(n, -1) @ p["join"].T
        x = x + jax.nn.relu(normalised(x) @ p["up"].T) @ p["down"].T
        return -jax.nn.log_softmax(x @ p["scores"].T)[jnp.arange(n), tokens[1:]].mean()

    function = jax.jit(jax.value_and_grad(cost))
    tokens = [jnp.asarray(word) for word in words]

    def step() -> Any:
        return jax.block_until_ready([function(p, word) for word in tokens])

    def result() -> Any:
        found = step()
        slopes = [np.concatenate([np.ravel(g[name]) for name in p]) for _, g in found]
        return {"cost": np.mean([float(J) for J, _ in found]), "gradient": np.mean(slopes, axis=0)}

    return Subject(step, result)


SUBJECTS: dict[str, Callable[[int, int], Subject]] = {
    "inversa jit": compiled,
    "inversa jit, one array": of_one_array,
    "inversa eager": eager,
    "torch, letter by letter": torch_letters,
    "torch": torch_words,
    "jax": jax_words,
}

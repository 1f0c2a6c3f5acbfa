"""The table of operators: their names in ATen, PyTorch's library of them, and the functions that compute them.

A function's parameters are the operator's, by PyTorch's names, without those that say where an array lies in memory.
One that a function does not have is refused, so that nothing of a program is passed over.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inversa.nn.interchange.errors import InterchangeError

Function = Callable[..., Any]

OPERATORS: dict[str, Function] = {}

TOPICS = (
    "elementwise",
    "comparing",
    "creating",
    "shapes",
    "indexing",
    "reducing",
    "products",
    "normalising",
    "scalars",
)

# Where and how an array lies in memory, which says nothing about its numbers.
IN_MEMORY = frozenset({"layout", "device", "pin_memory", "memory_format", "non_blocking", "sparse", "sparse_grad"})

AT_RANDOM = ("rand", "bernoulli", "dropout", "multinomial", "normal", "exponential", "poisson", "uniform", "rrelu")
INTO_ARRAYS = ("copy", "slice_scatter", "select_scatter", "index_put", "masked_scatter", "fill", "as_strided")
BRANCHES = ("cond", "while_loop", "_local_scalar_dense", "nonzero", "item", "scan", "map_impl")


def aten(*names: str) -> Callable[[Function], Function]:
    """Put a function into the table under these names."""

    def put(function: Function) -> Function:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return put


def put_all(functions: Mapping[str, Function]) -> None:
    """Put functions of arrays alone into the table: as many as the function takes."""
    OPERATORS.update(functions)


def function_of(name: str) -> Function:
    """What computes an operator.

    Raises
    ------
    InterchangeError
        For one that is not in the table; the message says why where that is known.
    """
    for topic in TOPICS:
        importlib.import_module(f"inversa.nn.interchange.of_torch.{topic}")
    if name in OPERATORS:
        return OPERATORS[name]
    bare = name.partition(".")[0].strip("_").removeprefix("native_")
    if bare.startswith(AT_RANDOM):
        raise InterchangeError(f"it draws at random ({name}): switch it to eval() first")
    if bare in INTO_ARRAYS:
        raise InterchangeError(f"it writes into an array ({name}): write torch.where or torch.cat instead")
    if bare.startswith("batch_norm"):
        raise InterchangeError(f"it follows the statistics of batches ({name}): switch it to eval() first")
    if bare in BRANCHES or name.partition(".")[0] in BRANCHES:
        raise InterchangeError(f"what it computes depends on the numbers ({name}): write torch.where instead")
    if bare == "wrap_with_set_grad_enabled" or bare == "detach":
        raise InterchangeError("a part of it has no gradient (detach, or torch.no_grad), which an inverse network has")
    raise InterchangeError(f"there is no function here for PyTorch's operator {name}")


def fitted(name: str, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords that the function takes.

    Raises
    ------
    InterchangeError
        For arguments that it does not have.
    """
    given = {key: value for key, value in kwargs.items() if key not in IN_MEMORY}
    try:
        inspect.signature(function).bind(*args, **given)
    except TypeError as error:
        raise InterchangeError(
            f"PyTorch's operator {name} is called with what is not supported here: {error}"
        ) from error
    except ValueError:  # a function without a signature, such as those of the module operator
        pass
    return given

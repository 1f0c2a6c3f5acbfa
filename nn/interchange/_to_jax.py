"""to_jax: what a function or a model computes, as a function of JAX's arrays."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from inversa.autograd import Tensor, checks, trees
from inversa.autograd.compiling.arrays.trace import ArrayTrace, mapped
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.ops.comparisons import COMPARISONS
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.module import Module

__all__ = ["JaxFunction", "to_jax"]


def to_jax(function: Any) -> JaxFunction:
    """A function of JAX's arrays that computes what a model or a function of Tensors does.

    Each call traces the function with the shapes of its arguments, and computes the trace by the formulas of the
    operations with ``jax.numpy``. So ``jax.grad``, ``jax.jit`` and ``jax.vmap`` take it, and JAX's gradients can be
    compared with those of the inverse network. Within ``jax.jit`` it is traced once for all.

    Parameters
    ----------
    function : Module or callable
        A module in the mode that it is in; or a function of arrays that gives an array, or a tuple, list or dict of
        them. Tensors and Values that a function closes over are constants, as always in JAX: pass as an argument what
        you differentiate by.

    Returns
    -------
    JaxFunction
        Of a module it has ``parameters``, arrays by their names, and takes others by ``parameters=``.

    Raises
    ------
    ImportError
        Without JAX; the message says what to install.
    TypeError
        For what is no function.

    Notes
    -----
    JAX computes in single precision unless told otherwise: ``jax.config.update("jax_enable_x64", True)``. A function
    that looks at numbers, or draws at random, raises an `InterchangeError` when it is called.

    Examples
    --------
    >>> import jax, jax.numpy as jnp  # doctest: +SKIP
    >>> from inversa import interchange, nn
    >>> model = nn.MLP([2, 3, 1], "tanh", seed=0)
    >>> f = interchange.to_jax(model)  # doctest: +SKIP
    >>> x = jnp.ones((4, 2))  # doctest: +SKIP
    >>> slopes = jax.grad(lambda w: (f(x, parameters=w) ** 2).mean())(f.parameters)  # doctest: +SKIP
    >>> slopes["layers.0.weight"].shape  # doctest: +SKIP
    (3, 2)
    """
    if not callable(function):
        raise checks.wrong("function", "a module or a function", function, "nn.MLP([2, 3, 1])", TypeError)
    try:
        numpy = importlib.import_module("jax.numpy")
    except ModuleNotFoundError as error:
        raise ImportError("to_jax computes with JAX, which is not installed: pip install jax") from error
    return JaxFunction(function, numpy)


class JaxFunction:
    """What `to_jax` returns: a function of JAX's arrays.

    Attributes
    ----------
    parameters : dict of str to array
        Of a module, by their names, as they were when this was made; those of a function are constants.
    """

    def __init__(self, function: Any, numpy: Any) -> None:
        self._function = function
        self._numpy = numpy
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self._nodes: dict[str, Any] = dict(function.named_parameters()) if isinstance(function, Module) else {}
        self.parameters = {name: self._array(node) for name, node in self._nodes.items()}

    def __call__(self, *arguments: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Compute it.

        Parameters
        ----------
        *arguments : array
        parameters : dict, optional
            Arrays of JAX instead of ``parameters``, with the same names.

        Raises
        ------
        InterchangeError
            When the function looks at numbers, or draws at random.
        ValueError
            For parameters of other names.
        """
        parameters = self.parameters if parameters is None else parameters
        if set(parameters) != set(self._nodes):
            wrong = sorted(set(parameters) ^ set(self._nodes))
            raise ValueError(f"the parameters are those of .parameters, and not otherwise in {', '.join(wrong)}")
        arrays = [self._numpy.asarray(x) for x in arguments]
        trace, results = self._traced(arrays)
        found: dict[Any, Any] = dict(zip(trace.arguments, arrays, strict=True))
        given = {node: parameters[name] for name, node in self._nodes.items()}
        for node, symbol in trace.parameters.items():
            found[symbol] = given[node] if node in given else self._array(node)
        for owner, name, symbol in trace.settings:
            found[symbol] = vars(owner)[name]
        for node in Graph(*trees.leaves(results, trees.is_container)):
            if node not in found:
                found[node] = self._computed(node, found)
        return trees.mapped(lambda symbol: self._numpy.asarray(found[symbol]), results, trees.is_container)

    def _traced(self, arrays: Sequence[Any]) -> tuple[ArrayTrace, Any]:
        """The trace for arrays of these shapes, and what the function gives in it."""
        examples = [np.broadcast_to(np.zeros((), x.dtype), x.shape) for x in arrays]
        names = [f"x{i}" for i in range(len(arrays))]
        trace = ArrayTrace(examples, names, True, self._function)
        try:
            with mode(trace=trace.guards, watched=True):
                results = self._function(*trace.arguments)
            why_not = trace.guards.end()
        except TracingError as error:
            raise InterchangeError(f"this cannot be computed with JAX: {error}") from error
        if why_not:
            raise InterchangeError(f"this cannot be computed with JAX: {why_not}")
        return trace, trees.mapped(trace.symbol, results, trees.is_container)

    def _computed(self, symbol: Any, found: Mapping[Any, Any]) -> Any:
        """What a symbol stands for, by the formula of its operation."""
        if symbol.draw is not None:
            raise InterchangeError("it draws random numbers: call model.eval() first")
        if symbol.constant is not None:
            return symbol.constant if symbol.weak else self._numpy.asarray(symbol.constant)
        inputs = [found[x] for x in symbol.inputs]
        if symbol.op.name in COMPARISONS:
            return COMPARISONS[symbol.op.name](*inputs)
        params = {key: mapped(found.__getitem__, param) for key, param in (symbol.params or {}).items()}
        if symbol.op.name not in ("getitem", "scatter"):  # whose places may be NumPy's
            params = {key: self._numpy.asarray(p) if isinstance(p, np.ndarray) else p for key, p in params.items()}
        if "dtype" in params:  # double precision where JAX has it
            params["dtype"] = self._numpy.zeros((), params["dtype"]).dtype
        if not any(hasattr(x, "shape") for x in inputs):
            inputs = [self._numpy.asarray(x) for x in inputs]
        return symbol.op.compute(inputs, params)

    def _array(self, node: Any) -> Any:
        return self._numpy.asarray(node.numpy().copy() if isinstance(node, Tensor) else node.data)

    def __repr__(self) -> str:
        return f"<{self.__name__} as a function of JAX>"

"""to_onnx: a model or a function as an ONNX file, with its loss, its gradients, or a whole step of training."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from math import prod
from typing import Any, Literal

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace
from inversa.autograd.compiling.errors import ForeignError, TracingError
from inversa.autograd.files import expanded, replaceable, write_atomically
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.trees import leaves
from inversa.nn import losses
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.estimators import Predicting, as_function
from inversa.nn.interchange.writing.lengths import Program, of_any_length
from inversa.nn.interchange.writing.model import as_model, needs_onnx
from inversa.nn.interchange.writing.nodes import WRITER, Names, Nodes
from inversa.nn.interchange.writing.replay import replay
from inversa.nn.interchange.writing.states import check_states
from inversa.nn.interchange.writing.step import Step, step_of
from inversa.nn.lookalikes import ADVICE, is_keras, is_module
from inversa.nn.module import Module
from inversa.nn.optim import Optimizer

__all__ = ["to_onnx"]

Gradients = Literal["parameters", "inputs", "all"]


def to_onnx(
    model: Any,
    example: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    gradients: Gradients | None = None,
    loss: str | Callable[..., Any] | None = None,
    optimizer: Optimizer | None = None,
    fixed: bool = False,
) -> Any:
    """Write a model or a function as ONNX: its value, its gradients by the inverse network, or a step of training.

    The file has ordinary operators alone, so that whatever runs ONNX runs it, backwards too: an inverse network is a
    graph like any other. It is written by the formulas of the operations, of their pullbacks and of the optimiser
    themselves.

    Parameters
    ----------
    model : Module, estimator or callable
        A module; call its ``eval()`` first. A fitted estimator gives ``label`` and
        ``probabilities``, or ``variable`` for numbers. A function takes Tensors; those that it closes over are its
        parameters.
    example : array_like, or tuple of them
        Arguments of the right shapes and types. With a loss: ``(x, y)``.
    path : str or path, optional
        A file to write, atomically; its name ends with ``.onnx``.
    gradients : {"parameters", "inputs", "all"}, optional
        Of the loss, or of the function's value, which is a single number then. They are further outputs, ``d_`` and the
        name of what they belong to.
    loss : str or callable, optional
        A name from `nn.losses`, or a function of outputs and targets. ``loss`` becomes an output.
    optimizer : Optimizer, optional
        Of the model's parameters. The file is a step of training then: weights and running averages are inputs, with
        today's as defaults, and the new ones, ``new_`` and their names, outputs. The learning rate ``lr`` is an input.
    fixed : bool
        Write it for the number of samples in the example alone. By default the first axis of the arguments, which is of
        one length in all of them, is left open.

    Returns
    -------
    onnx.ModelProto
        Checked by ``onnx.checker``, of opset 18 and IR version 10. Its inputs are called as the arguments are, and the
        targets ``y``. Its outputs are ``output``, or ``output_0`` and so on, or called as in the dictionary that the
        function gives; then come ``loss`` and the rest. A name that is taken already gets a ``_`` behind it.

    Raises
    ------
    InterchangeError
        For what cannot be written: what looks at numbers, draws at random, or has no operator in ONNX; and where the
        program depends on the number of samples.
    ImportError
        Without the package onnx; the message says what to install.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange, nn
    >>> model = nn.MLP([2, 3, 1], "tanh", seed=0)
    >>> x, y = np.zeros((4, 2)), np.zeros((4, 1))
    >>> file = interchange.to_onnx(model, (x, y), loss="mean_squared_error", gradients="parameters")
    >>> [output.name for output in file.graph.output][:4]
    ['output', 'loss', 'd_layers.0.weight', 'd_layers.0.bias']

    Runtimes give the same numbers:

    >>> from onnx.reference import ReferenceEvaluator
    >>> value = ReferenceEvaluator(file).run(["loss"], {"x": x, "y": y})[0]
    >>> float(abs(value - nn.losses.mean_squared_error(model(x), y).item()))
    0.0

    Notes
    -----
    onnxruntime may pass over NaN where it takes the largest or smallest of several numbers.
    """
    if is_keras(model):
        raise TypeError("to_onnx writes what is computed here: first, model = inversa.interchange.from_keras(model)")
    if is_module(model):
        raise TypeError(f"to_onnx writes what is computed here: {ADVICE}")
    needs_onnx()
    if gradients is not None:
        checks.choice("gradients", gradients, ("parameters", "inputs", "all"))
    checks.flag("fixed", fixed)
    if path is not None:
        _check_path(path)
    writing = _Writing(model, example, gradients, loss, optimizer)
    file = Context().run(writing.result, fixed)  # where no no_grad(), and no trace, is under way
    if path is not None:
        write_atomically(path, file.SerializeToString())
    return file


def _check_path(path: str | os.PathLike[str]) -> None:
    """Raise for a file that cannot be written, before there is any work."""
    if not os.fspath(path).lower().endswith(".onnx"):
        raise ValueError(f"an ONNX file's name ends with .onnx, not as {os.fspath(path)!r} does")
    replaceable(expanded(path))


class _Writing:
    """What is written, for one number of samples after another."""

    def __init__(self, model: Any, example: Any, gradients: str | None, loss: Any, optimizer: Optimizer | None) -> None:
        function: Any = as_function(model)
        if not callable(function) or isinstance(function, type):
            raise checks.wrong(
                "model", "a module, a fitted estimator or a function", model, "nn.MLP([2, 3, 1])", TypeError
            )
        if loss is not None and function is not model:
            raise InterchangeError("an estimator predicts: its network, model_, is what has a loss and gradients")
        if optimizer is not None and not isinstance(optimizer, Optimizer):
            raise checks.wrong(
                "optimizer", "an optimiser", optimizer, "optim.SGD(model.parameters(), lr=0.1)", TypeError
            )
        if optimizer is not None and loss is None:
            raise ValueError('a step of training needs a loss, such as loss="cross_entropy"')
        self.function = function
        self.loss = None if loss is None else losses.named(loss)
        self.gradients = gradients
        self.optimizer = optimizer
        self.arrays = [_array(x) for x in (example if isinstance(example, tuple) else (example,))]
        if self.loss is not None and len(self.arrays) < 2:
            raise ValueError("with a loss the example is a tuple of inputs and targets: (x, y)")
        self.names = self._argument_names()
        named = inspect.unwrap(model) if callable(model) else model  # jit(model) has the model's names
        self.title = getattr(named, "__name__", type(named).__name__)
        self.known = _known_names(named)
        self.weights: dict[str, Any] = {}
        self.buffers: set[str] = set()  # the names of those that are not trained

    def result(self, fixed: bool) -> Any:
        """The model of the package onnx."""
        lengths = {x.shape[0] for x in self.arrays if x.shape}
        if fixed or len(lengths) != 1 or not all(x.shape for x in self.arrays):
            return self.file(self.program(None))
        if 0 in lengths:
            raise ValueError("the example has no samples: one is enough")
        taken = {n for x in self.arrays for n in x.shape[1:]} | {n for node in self.known for n in node.shape}
        file = self.file(of_any_length(self._tried, taken, sum(prod(x.shape[1:]) for x in self.arrays)))
        for samples in (1, 2):
            self.compare(file, samples)
        return file

    def _argument_names(self) -> list[str]:
        number = len(self.arrays) - (self.loss is not None)
        names = list(getattr(self.function, "argument_names", ()))
        if not names:
            try:
                names = [
                    p.name for p in inspect.signature(self.function).parameters.values() if p.kind < p.VAR_POSITIONAL
                ]
            except (TypeError, ValueError):
                names = []
        names = [*names, *(f"x{i}" for i in range(len(names), number))][:number]
        free = Names()
        names = [free.free(name) for name in names]
        return [*names, "y" if "y" not in names else free.free("target")] if self.loss is not None else names

    def _tried(self, samples: int) -> Program:
        """The program for a number of samples; where it fails for that number alone, an error says so."""
        try:
            return self.program(samples)
        except Exception as error:
            self.program(None)  # whose error, about the example, says more
            raise InterchangeError(
                f"for {samples} samples it fails ({error}): write it for the number in the example alone, with "
                "fixed=True"
            ) from error

    def program(self, samples: int | None) -> Program:
        """The program for a number of samples; for that of the example by default."""
        arrays = self.arrays if samples is None else [_of_length(x, samples) for x in self.arrays]
        differentiated = self.gradients in ("inputs", "all")
        trace = ArrayTrace(arrays, self.names, differentiated, self.function)
        why_not = ""
        try:
            with mode(trace=trace.guards, watched=True):
                results = self._called(trace)
        except ForeignError as error:
            raise InterchangeError("what is written has NumPy's arrays: model.to(numpy) moves a model there") from error
        except TracingError as error:
            raise InterchangeError(f"this cannot be written as ONNX: {error}") from error
        finally:
            why_not = trace.guards.end()  # which puts generators and averages back, too
        if why_not:
            raise InterchangeError(f"this cannot be written as ONNX: {why_not}")
        check_states(trace.guards.visited)
        return self._written(trace, results, self._slopes(trace, results))

    def file(self, program: Program) -> Any:
        """The model of the package onnx."""
        return as_model(program.nodes, program.inputs, self.weights, program.outputs, self.buffers, doc=self.title)

    def compare(self, file: Any, samples: int) -> None:
        """Raise if so few samples are computed otherwise than any number of them: a branch on how many there are."""
        try:
            alone = self.file(self.program(samples))
        except InterchangeError as error:
            raise InterchangeError(f"{error}; with fixed=True it is written for the example's number alone") from error
        except Exception:  # which the function raises for so few
            return
        evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator
        generator = np.random.default_rng(0)
        feeds = dict(zip(self.names, (_of_length(x, samples) for x in self.arrays), strict=True))
        feeds = {
            name: x + generator.uniform(0.1, 0.9, x.shape).astype(x.dtype) if x.dtype.kind == "f" else x
            for name, x in feeds.items()
        }
        with np.errstate(all="ignore"):
            results = [evaluator(each).run(None, feeds) for each in (file, alone)]
        for one, other in zip(*results, strict=True):
            if not _alike(one, other):
                raise InterchangeError(
                    f"{samples} sample{'s' * (samples > 1)} alone are computed otherwise: a branch on the number of "
                    "samples has no place in a file; write it for the number in the example alone, with fixed=True"
                )

    def _called(self, trace: ArrayTrace) -> list[tuple[str, ArraySymbol]]:
        """The results and their names: outputs, and last the loss."""
        if self.loss is None:
            results = _named(self.function(*trace.arguments))
        else:
            *xs, target = trace.arguments
            outputs = self.function(*xs)
            results = [*_named(outputs), ("loss", self.loss(outputs, target))]
        if not results:
            raise InterchangeError("the function gives no result: nothing is to be written")
        return [(name, trace.symbol(y)) for name, y in results]

    def _slopes(self, trace: ArrayTrace, results: Sequence[tuple[str, ArraySymbol]]) -> dict[ArraySymbol, ArraySymbol]:
        """The gradient of what is differentiated, by what it is the gradient of."""
        if self.gradients is None and self.optimizer is None:
            return {}
        value = results[-1][1]
        if value.size != 1 or (self.loss is None and len(results) > 1):
            what = f"an array of the shape {value.shape}" if value.size != 1 else f"{len(results)} results"
            raise InterchangeError(f"gradients are those of a single number, not of {what}: give a loss, or sum up")
        wanted = [x for x in trace.arguments if self.gradients in ("inputs", "all") and x.requires_grad]
        if self.gradients == "inputs" and not wanted:
            raise InterchangeError("no input has a gradient, for none is an array of floats: write .astype(float)")
        if self.gradients in ("parameters", "all") or self.optimizer is not None:
            wanted = [x for x in trace.parameters.values() if x.requires_grad] + wanted
        one = trace.symbol(np.ones(value.shape, value.dtype))
        flows = InverseNetwork(Graph(value)).run(one, record=True) if value.requires_grad else {}
        return {x: trace.symbol(flows[x] if x in flows else np.zeros(x.shape, x.dtype)) for x in wanted}

    def _written(
        self,
        trace: ArrayTrace,
        results: Sequence[tuple[str, ArraySymbol]],
        slopes: Mapping[ArraySymbol, ArraySymbol],
    ) -> Program:
        for node, x in trace.parameters.items():
            if node not in self.known and not node.requires_grad:  # made in the function, such as a first state
                x.constant, x.weak = np.asarray(node._data), False
        for owner, name, symbol in trace.settings:
            symbol.constant, symbol.weak = np.asarray(vars(owner)[name], symbol.dtype), False
        names = Names(self.names)
        given = self._given(trace, names)
        nodes = Nodes({*names.taken, *(name for name, _ in results)})
        token = WRITER.set(nodes)
        try:
            references = replay([*(y for _, y in results), *slopes.values()], given)
            outputs = [(name, x) for (name, _), x in zip(results, references, strict=False)]
            gradients = dict(zip(slopes, references[len(results) :], strict=True))
            if isinstance(self.function, Predicting):
                outputs = list(self.function.finished(dict(outputs)).items())
            inputs = {str(x.name): given[x] for x in trace.arguments}
            if self.optimizer is not None:
                step = self._step(trace, given, gradients, names)
                inputs |= step.inputs
                outputs += step.outputs.items()
            if self.gradients is not None:
                outputs += [(f"d_{given[x].name}", g) for x, g in gradients.items()]
        finally:
            WRITER.reset(token)
        return Program(nodes, inputs, {names.free(name): x for name, x in outputs})

    def _step(
        self,
        trace: ArrayTrace,
        given: Mapping[ArraySymbol, Reference],
        gradients: Mapping[ArraySymbol, Reference],
        names: Names,
    ) -> Step:
        assert self.optimizer is not None
        reads = {node: given[x] for node, x in trace.parameters.items() if x in given}
        slopes = {node: gradients[x] for node, x in trace.parameters.items() if x in gradients}
        step = step_of(self.optimizer, reads, slopes, names)
        self.weights |= step.defaults
        return step

    def _given(self, trace: ArrayTrace, names: Names) -> dict[ArraySymbol, Reference]:
        """Arguments by their names; parameters by their paths in the model, or the names that they were given."""
        given = {x: Reference(str(x.name), x.shape, x.dtype) for x in trace.arguments}
        read = [(node, x) for node, x in trace.parameters.items() if x.constant is None]
        for number, (node, x) in enumerate(read, start=1):
            name = names.free(self.known.get(node) or node.name or f"p{number}")
            given[x] = Reference(name, x.shape, x.dtype)
            if not node.requires_grad:
                self.buffers.add(name)
            self.weights[name] = np.array(node.numpy() if isinstance(node, Tensor) else node.data, x.dtype)
        return given


def _known_names(model: Any) -> dict[Any, str]:
    """The paths of a model's parameters and buffers."""
    module = getattr(model, "model_", model)
    if not isinstance(module, Module):
        return {}
    named: Sequence[tuple[str, Any]] = [*module.named_parameters(), *module.named_buffers()]
    return {node: name for name, node in named}


def _named(results: Any) -> list[tuple[str, Any]]:
    """Results and their names: one is ``output``, several are numbered, and a dictionary has names."""
    if isinstance(results, Mapping):
        return [(str(name), y) for name, y in results.items()]
    every = list(leaves(results, lambda x: isinstance(x, (tuple, list, dict))))
    return [("output", every[0])] if len(every) == 1 else [(f"output_{i}", y) for i, y in enumerate(every)]


def _array(x: Any) -> Any:
    """An argument of the example as a new array of NumPy's."""
    if isinstance(x, (Tensor, Value)):
        x = x.numpy() if isinstance(x, Tensor) else x.data
    array = np.array(x)
    if array.dtype.kind not in "fiub":
        raise checks.wrong("example", "an array of numbers, or a tuple of arrays", x, "np.zeros((1, 2))", TypeError)
    return array


def _alike(one: Any, other: Any) -> bool:
    """Whether arrays have the same numbers, but for rounding."""
    if one.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    digits = 1e-9 if one.dtype.itemsize > 4 else 1e-4
    size = np.max(np.abs(other), initial=0, where=np.isfinite(other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=digits, atol=digits * size, equal_nan=True))


def _of_length(x: Any, samples: int) -> Any:
    """The rows of an example, repeated until there are so many."""
    return x[np.arange(samples) % len(x)]

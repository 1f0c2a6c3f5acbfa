"""to_onnx: a model or a function as an ONNX file, with its loss, its gradients, or a whole step of training."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.files import write_atomically
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.trees import leaves
from inversa.nn import losses
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.estimators import as_function
from inversa.nn.interchange.writing.lengths import Program, of_any_length
from inversa.nn.interchange.writing.model import as_model, needs_onnx
from inversa.nn.interchange.writing.nodes import WRITER, Nodes
from inversa.nn.interchange.writing.replay import replay
from inversa.nn.interchange.writing.step import step_of
from inversa.nn.lookalikes import ADVICE, is_module
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
        A module, in the mode that it is in: call ``eval()`` first. A fitted estimator gives ``label`` and
        ``probabilities``, or ``variable`` for numbers. A function takes Tensors; those that it closes over are its
        parameters.
    example : array_like, or tuple of them
        Arguments of the right shapes and types. With a loss: ``(x, y)``.
    path : str or path, optional
        A file to write, atomically.
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
        Checked by ``onnx.checker``, of opset 18 and IR version 10.

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
    onnxruntime passes over NaN where it takes the largest or smallest of several numbers.
    """
    if is_module(model):
        raise TypeError(f"to_onnx writes what is computed here: {ADVICE}")
    needs_onnx()
    if gradients is not None:
        checks.choice("gradients", gradients, ("parameters", "inputs", "all"))
    checks.flag("fixed", fixed)
    writing = _Writing(model, example, gradients, loss, optimizer)
    if fixed or not writing.open:
        file = writing.file(writing.program(None))
    else:
        file = writing.file(of_any_length(writing.program, writing.taken))
        for samples in (1, 2):
            writing.compare(file, samples)
    if path is not None:
        write_atomically(path, file.SerializeToString())
    return file


class _Writing:
    """What is written, for one number of samples after another."""

    def __init__(self, model: Any, example: Any, gradients: str | None, loss: Any, optimizer: Optimizer | None) -> None:
        function = as_function(model)
        if not callable(function):
            raise checks.wrong(
                "model", "a module, a fitted estimator or a function", model, "nn.MLP([2, 3, 1])", TypeError
            )
        self.function: Any = function
        self.title = (
            type(model).__name__ if isinstance(model, Module) else getattr(model, "__name__", type(model).__name__)
        )
        self.loss = None if loss is None else losses.named(loss)
        if optimizer is not None and self.loss is None:
            raise ValueError('a step of training needs a loss, such as loss="cross_entropy"')
        self.gradients = gradients
        self.optimizer = optimizer
        self.arrays = [_array(x) for x in (example if isinstance(example, tuple) else (example,))]
        if self.loss is not None and len(self.arrays) < 2:
            raise ValueError("with a loss the example is a tuple of inputs and targets: (x, y)")
        self.names = self._argument_names()
        lengths = {x.shape[0] for x in self.arrays if x.shape}
        self.open = len(lengths) == 1 and all(x.shape for x in self.arrays)
        self.known = self._known_names(model)
        self.weights: dict[str, Any] = {}
        self.buffers: set[str] = set()  # the names of those that are not trained
        self.taken = {n for x in self.arrays for n in x.shape[1:]}
        self.taken |= {n for node in self.known for n in node.shape}

    def _argument_names(self) -> list[str]:
        number = len(self.arrays) - (self.loss is not None)
        names = list(getattr(self.function, "names", ()))
        if not names:
            try:
                names = [
                    p.name for p in inspect.signature(self.function).parameters.values() if p.kind < p.VAR_POSITIONAL
                ]
            except (TypeError, ValueError):
                names = []
        names = [*names, *(f"x{i}" for i in range(len(names), number))][:number]
        return [*names, "y" if "y" not in names else "target"] if self.loss is not None else names

    @staticmethod
    def _known_names(model: Any) -> dict[Any, str]:
        module = getattr(model, "model_", model)
        if not isinstance(module, Module):
            return {}
        named: Sequence[tuple[str, Any]] = [*module.named_parameters(), *module.named_buffers()]
        return {node: name for name, node in named}

    def program(self, samples: int | None) -> Program:
        """The program for a number of samples; for that of the example by default."""
        arrays = self.arrays if samples is None else [_of_length(x, samples) for x in self.arrays]
        differentiated = self.gradients in ("inputs", "all")
        trace = ArrayTrace(arrays, self.names, differentiated, self.function)
        try:
            with mode(trace=trace.guards, watched=True):
                results = self._called(trace)
            why_not = trace.guards.end()
        except TracingError as error:
            raise InterchangeError(f"this cannot be written as ONNX: {error}") from error
        if why_not:
            raise InterchangeError(f"this cannot be written as ONNX: {why_not}")
        outputs = {name: trace.symbol(y) for name, y in results.items()}
        slopes = self._slopes(trace, outputs)
        return self._written(trace, outputs, slopes)

    def file(self, program: Program) -> Any:
        """The model of the package onnx."""
        return as_model(program.nodes, program.inputs, self.weights, program.outputs, self.buffers, doc=self.title)

    def compare(self, file: Any, samples: int) -> None:
        """Raise if so few samples are computed otherwise than any number of them: a branch on how many there are."""
        try:
            alone = self.file(self.program(samples))
        except Exception:  # which the function has for so few
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

    def _called(self, trace: ArrayTrace) -> dict[str, Any]:
        """The results by their names: outputs, and the loss."""
        if self.loss is None:
            return _named(self.function(*trace.arguments))
        *xs, target = trace.arguments
        outputs = self.function(*xs)
        return {**_named(outputs), "loss": self.loss(outputs, target)}

    def _slopes(self, trace: ArrayTrace, outputs: Mapping[str, ArraySymbol]) -> dict[ArraySymbol, ArraySymbol]:
        """The gradient of what is differentiated, by what it is the gradient of."""
        if self.gradients is None and self.optimizer is None:
            return {}
        value = outputs["loss"] if self.loss is not None else next(iter(outputs.values()))
        if value.size != 1:
            raise InterchangeError(
                f"gradients are those of a single number, not of {value.shape}: give a loss, or sum up"
            )
        wanted = [x for x in trace.arguments if self.gradients in ("inputs", "all") and x.requires_grad]
        if self.gradients in ("parameters", "all") or self.optimizer is not None:
            wanted = [x for x in trace.parameters.values() if x.requires_grad] + wanted
        one = trace.symbol(np.ones(value.shape, value.dtype))
        with mode(trace=None, watched=False):
            flows = InverseNetwork(Graph(value)).run(one, record=True) if value.requires_grad else {}
        return {x: trace.symbol(flows[x] if x in flows else np.zeros(x.shape, x.dtype)) for x in wanted}

    def _written(
        self, trace: ArrayTrace, outputs: Mapping[str, ArraySymbol], slopes: Mapping[ArraySymbol, ArraySymbol]
    ) -> Program:
        for node, x in trace.parameters.items():
            if node not in self.known and not node.requires_grad:  # made in the function, such as a first state
                x.constant, x.weak = np.asarray(node._data), False
        nodes = Nodes()
        names = self._names_in_file(trace)
        given = {x: Reference(name, x.shape, x.dtype) for x, name in names.items()}
        for owner, name, symbol in trace.settings:
            symbol.constant = np.asarray(vars(owner)[name], symbol.dtype)
            symbol.weak = False
        token = WRITER.set(nodes)
        try:
            references = replay([*outputs.values(), *slopes.values()], given)
            found = dict(zip(outputs, references, strict=False))
            gradients = dict(zip(slopes, references[len(outputs) :], strict=True))
            if hasattr(self.function, "finished"):
                found = self.function.finished(found)
            inputs = {x.name or "": given[x] for x in trace.arguments}
            if self.optimizer is None:
                found |= {f"d_{names[x]}": g for x, g in gradients.items()}
            else:
                reads = {node: given[x] for node, x in trace.parameters.items() if x in given}
                slopes_of = {node: gradients[x] for node, x in trace.parameters.items() if x in gradients}
                step = step_of(self.optimizer, reads, slopes_of)
                inputs, found = {**inputs, **step.inputs}, {**found, **step.outputs}
                self.weights |= step.defaults
                if self.gradients is not None:
                    found |= {f"d_{names[x]}": g for x, g in gradients.items()}
        finally:
            WRITER.reset(token)
        return Program(nodes, inputs, found)

    def _names_in_file(self, trace: ArrayTrace) -> dict[ArraySymbol, str]:
        """Arguments by their names; parameters by their paths in the model, or the names that they were given."""
        names = {x: str(x.name) for x in trace.arguments}
        taken = {*names.values()}
        read = [(node, x) for node, x in trace.parameters.items() if x.constant is None]
        for number, (node, x) in enumerate(read, start=1):
            name = self.known.get(node) or node.name or f"p{number}"
            while name in taken:
                name += "_"
            taken.add(name)
            names[x] = name
            if not node.requires_grad:
                self.buffers.add(name)
            self.weights[name] = np.array(node.numpy() if isinstance(node, Tensor) else node.data, x.dtype)
        return names


def _named(results: Any) -> dict[str, Any]:
    """Results by their names: one is ``output``, several are numbered, and a dictionary has names."""
    if isinstance(results, Mapping):
        return {str(name): y for name, y in results.items()}
    every = list(leaves(results, lambda x: isinstance(x, (tuple, list, dict))))
    return {"output": every[0]} if len(every) == 1 else {f"output_{i}": y for i, y in enumerate(every)}


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
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=digits, atol=digits, equal_nan=True))


def _of_length(x: Any, samples: int) -> Any:
    """The rows of an example, repeated until there are so many."""
    if not len(x):
        raise ValueError("the example has no samples: one is enough")
    return x[np.arange(samples) % len(x)]

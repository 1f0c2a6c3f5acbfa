"""from_onnx: a network from an ONNX file, to be differentiated, drawn, compiled and trained like our own."""

from __future__ import annotations

import inspect
import keyword
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.compiling.arrays.trace import ArraySymbol
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.expanding import expanded
from inversa.nn.interchange.reading.loading import loaded
from inversa.nn.interchange.reading.program import Step, program_of, run, shape_of
from inversa.nn.interchange.reading.values import type_of
from inversa.nn.interchange.writing.model import needs_onnx
from inversa.nn.module import Module
from inversa.nn.parameter import Buffer, Parameter

__all__ = ["OnnxModel", "from_onnx"]

# The inputs of operators that training leaves alone: averages that are kept, and numbers that set an operator up.
_AVERAGES = {"BatchNormalization": (3, 4)}
_SETTINGS = {
    "Clip": (1, 2), "Dropout": (1,), "OneHot": (2,), "Pad": (2,), "Pow": (1,), "Range": (0, 1, 2), "Resize": (1, 2),
    "Upsample": (1,),
}  # fmt: skip


class Input:
    """An argument: its name, its type, and what the file says of its shape."""

    def __init__(self, info: Any) -> None:
        self.name = str(info.name)
        self.dtype = type_of(info.type.tensor_type.elem_type)
        self.shape = shape_of(info)

    def taken(self, x: Any) -> Any:
        """An argument as operators take it.

        Raises
        ------
        InterchangeError
            For another shape, and for floating point where integers are wanted.
        TypeError
            For what is no array of numbers.
        """
        if isinstance(x, Value):
            raise TypeError(f"{self.name!r} is an array: give a Tensor, or numbers, not a Value")
        if isinstance(x, Tensor) and not isinstance(x, ArraySymbol) and x.dtype.kind != "f":
            x = x.numpy()
        x = x if isinstance(x, Tensor) else np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise TypeError(f"{self.name!r} is an array of {self.dtype}, not of {x.dtype}")
        if self.dtype.kind == "f":
            x = x if x.dtype.kind == "f" else np.asarray(x).astype(self.dtype)
        elif x.dtype != self.dtype:
            if x.dtype.kind == "f" or not np.can_cast(x.dtype, self.dtype, "same_kind"):
                raise InterchangeError(f"{self.name!r} is of {self.dtype}, not of {x.dtype}")
            x = x.astype(self.dtype)
        self._check_shape(tuple(x.shape))
        return _as_tensor(x)

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if self.shape is None:
            return
        fits = len(shape) == len(self.shape) and all(
            not isinstance(wanted, int) or n == wanted for n, wanted in zip(shape, self.shape, strict=True)
        )
        if not fits:
            lengths = ", ".join("any" if n is None else str(n) for n in self.shape)
            raise InterchangeError(f"{self.name!r} has the shape ({lengths}), not {shape}")


class OnnxModel(Module):
    """What an ONNX file computes; `from_onnx` makes it.

    Its parameters are the file's arrays of floating point, by their names there. Single numbers, integers, and what
    only sets an operator up, such as the averages of batch normalisation, are not trained.

    Attributes
    ----------
    input_names, output_names : list of str
        Their names in the file: the arguments, and the results, which are a tuple if there are several.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange, nn
    >>> network = nn.MLP([2, 3, 1], "tanh", seed=0)
    >>> copy = interchange.from_onnx(interchange.to_onnx(network, np.zeros((1, 2))))
    >>> copy.input_names, copy.output_names
    (['x'], ['output'])
    """

    def __init__(self, model: Any) -> None:
        vars(self).pop("made_with", None)  # the file: it need not be kept
        onnx = needs_onnx()
        opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0)
        graph = model.graph
        self.steps: list[Step] = program_of(graph, opset)
        self.trained: list[Parameter] = []
        self.kept: list[Buffer] = []
        self.constants: dict[str, Any] = {}
        self._names: list[list[str]] = [[], []]
        averages, settings = _only_in(graph, _AVERAGES), _only_in(graph, _SETTINGS)
        for tensor in graph.initializer:
            array = np.array(onnx.numpy_helper.to_array(tensor))
            constant = tensor.doc_string == "constant" or tensor.name in settings
            if array.dtype.kind != "f" or not array.ndim or constant:
                self.constants[tensor.name] = array
            elif tensor.name in averages or tensor.doc_string == "buffer":
                self.kept.append(Buffer(array, name=tensor.name))
                self._names[1].append(tensor.name)
            else:
                self.trained.append(Parameter(array, name=tensor.name))
                self._names[0].append(tensor.name)
        known = {tensor.name for tensor in graph.initializer}
        self._arguments = [Input(info) for info in graph.input if info.name not in known]
        self.output_names = [info.name for info in graph.output]
        vars(self)["__signature__"] = _signature(self.input_names)  # what jit and pictures ask for

    @property
    def input_names(self) -> list[str]:
        """The names of the arguments."""
        return [argument.name for argument in self._arguments]

    def forward(self, *arguments: Any) -> Any:
        """Run the program.

        Parameters
        ----------
        *arguments : array_like
            In the order of `input_names`. What is more precise than the file is computed as precisely.

        Returns
        -------
        Tensor, or NumPy array for what is not floating point; a tuple for several results

        Raises
        ------
        InterchangeError
            For arguments that do not fit, and what goes wrong in an operator, which is named.
        """
        if len(arguments) != len(self._arguments):
            raise InterchangeError(
                f"this takes {len(self._arguments)} arguments, {self.input_names}, not {len(arguments)}"
            )
        names = dict(self.constants)
        names |= zip(self._names[0], self.trained, strict=True)
        names |= zip(self._names[1], self.kept, strict=True)
        for argument, x in zip(self._arguments, arguments, strict=True):
            names[argument.name] = argument.taken(x)
        run(self.steps, names)
        results = tuple(_as_tensor(names[name]) for name in self.output_names)
        return results if len(results) != 1 else results[0]

    def own_parameters(self) -> Iterator[tuple[str, Parameter | Value]]:
        """By their names in the file."""
        yield from zip(self._names[0], self.trained, strict=True)

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """By their names in the file."""
        yield from zip(self._names[1], self.kept, strict=True)

    def extra_repr(self) -> str:
        """What goes in, what comes out, and by how many operators."""
        return f"{', '.join(self.input_names)} → {', '.join(self.output_names)}, {len(self.steps)} operators"


def _as_tensor(x: Any) -> Any:
    """A Tensor, if it is of floating point."""
    return Tensor(x) if not isinstance(x, Tensor) and x.dtype.kind == "f" else x


def _signature(names: list[str]) -> inspect.Signature:
    """Of a function with arguments of these names, as far as Python has such names."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W", "_", name)
        plain = plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"x_{plain}"
        while plain in found:
            plain += "_"
        found.append(plain)
    return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in found])


def _only_in(graph: Any, places: Mapping[str, tuple[int, ...]]) -> set[str]:
    """The names that are read as these inputs of operators, and nowhere else."""
    inside: set[str] = set()
    elsewhere: set[str] = set()
    for node in graph.node:
        for i, name in enumerate(node.input):
            (inside if i in places.get(node.op_type, ()) else elsewhere).add(name)
    return inside - elsewhere


def from_onnx(model: str | os.PathLike[str] | bytes | Any) -> OnnxModel:
    """A network from an ONNX file: a function of Tensors with parameters, like any of ours.

    The file is checked by ``onnx.checker`` first. Operators, attributes and types that are not supported, control flow
    and strings are refused by name before anything runs. The operators are computed by our operations, and so have
    inverse networks; operators that ONNX defines by others are written out as those.

    Parameters
    ----------
    model : path, bytes or onnx.ModelProto
        Other files that it names must lie in its folder.

    Returns
    -------
    OnnxModel
        A `Module` for `grad`, `jit`, `draw`, `player` and ``fit``.

    Raises
    ------
    InterchangeError
        For what is no sound model, or not supported. No array that a file asks for may have more than 2²⁷ entries, and
        a run may not compute more than 2²⁹.
    ImportError
        Without the package onnx; the message says what to install.
    OSError
        For files that cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange, nn
    >>> network = nn.MLP([2, 3, 1], "tanh", seed=0)
    >>> interchange.to_onnx(network, np.zeros((1, 2)), "network.onnx")  # doctest: +SKIP
    >>> copy = interchange.from_onnx(interchange.to_onnx(network, np.zeros((1, 2))))
    >>> x = np.array([[1.0, -2.0], [0.5, 3.0]])
    >>> float(abs(copy(x) - network(x)).max().data) < 1e-15
    True
    >>> [name for name, _ in copy.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']

    Notes
    -----
    PyTorch's exporter folds constants and may rename or merge parameters, so that a model that has gone through a file
    can have other parameters than before; ``torch.onnx.export(…, dynamo=True, optimize=False)`` keeps their names.
    """
    onnx = needs_onnx()
    if not isinstance(model, (str, bytes, os.PathLike, onnx.ModelProto)):
        raise checks.wrong("model", "a path, the bytes of a file or a ModelProto", model, '"network.onnx"', TypeError)
    return OnnxModel(expanded(loaded(model)))

"""What is written into an ONNX file: nodes, each an operator applied to names, and constants."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Written(NamedTuple):
    """One node of the file."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    doc: str
    path: str = ""


class Nodes:
    """Everything written so far. What is computed twice from the same is written once.

    Attributes
    ----------
    written : list of Written
    constants : dict of str to array
        By their names.
    prefix : str
        What all names begin with.
    doc : str
        What is noted at the nodes that are written now: module, operation and rule.
    path : str
        The modules that they belong to, ``"/block/hidden"``, which their names begin with.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.written: list[Written] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.doc = ""
        self.path = ""
        self._known: dict[Any, str] = {}

    def emit(self, operator: str, inputs: tuple[str, ...], attributes: dict[str, Any], number: int = 1) -> str:
        """Write a node unless it is there already; the name of its result."""
        key = (operator, inputs, repr(sorted(attributes.items())))
        if key not in self._known:
            name = self._known[key] = f"{self._prefix}t{len(self.written) + 1}"
            names = (name, *(f"{name}_{i}" for i in range(1, number)))
            self.written.append(Written(operator, inputs, names, attributes, self.doc, self.path))
        return self._known[key]

    def emit_several(
        self, operator: str, inputs: tuple[str, ...], attributes: dict[str, Any], number: int
    ) -> tuple[str, ...]:
        """Write a node of several results."""
        first = self.emit(operator, inputs, attributes, number)
        return (first, *(f"{first}_{i}" for i in range(1, number)))

    def constant(self, array: NDArray[Any]) -> str:
        """The name of a constant array; equal ones are kept once."""
        numbers = array.tobytes() if array.dtype.kind in "biuf" else tuple(array.ravel().tolist())
        key = (array.dtype.str, array.shape, numbers)
        if key not in self._known:
            name = self._known[key] = f"{self._prefix}c{len(self.constants) + 1}"
            self.constants[name] = np.array(array, order="C")
        return self._known[key]


WRITER: ContextVar[Nodes] = ContextVar("inversa_onnx_nodes")  # where what is computed now is written

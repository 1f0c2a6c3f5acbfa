"""What is written into an ONNX file: nodes, each an operator applied to names, and constants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


MOST = 500_000  # nodes of a file


class Names:
    """Names of which no two are alike: one that is taken already gets a _ behind it.

    >>> from inversa.nn.interchange.writing.nodes import Names
    >>> names = Names(["x"])
    >>> names.free("x"), names.free("w"), names.free("w")
    ('x_', 'w', 'w_')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def free(self, name: str) -> str:
        """The name, or one like it; it is taken then."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


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
    taken : collection of str
        Names that what is written must not get: those of arguments, parameters and results.
    doc : str
        What is noted at the nodes that are written now: module, operation and rule.
    path : str
        The modules that they belong to, ``"/block/hidden"``, which their names begin with.
    """

    def __init__(self, taken: Collection[str] = (), prefix: str = "") -> None:
        self.taken = taken
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
            if len(self.written) >= MOST:
                raise InterchangeError(
                    f"it has more than {MOST:,} operations, for a loop is written out: write one step of it"
                )
            name = self._known[key] = self._new("t", len(self.written))
            names = (name, *(f"{name}_{i}" for i in range(1, number)))
            self.written.append(Written(operator, inputs, names, attributes, self.doc, self.path))
        return self._known[key]

    def _new(self, letter: str, before: int) -> str:
        name = f"{self._prefix}{letter}{before + 1}"
        while name in self.taken:
            name += "_"
        return name

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
            name = self._known[key] = self._new("c", len(self.constants))
            self.constants[name] = np.array(array, order="C")
        return self._known[key]


WRITER: ContextVar[Nodes] = ContextVar("inversa_onnx_nodes")  # where what is computed now is written

"""Batched: the arrays of all samples in place of that of one, and how operations compute with them.

How an operation on one sample is one on many is looked up in `ops.samples`.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, NoReturn

from inversa.autograd.compiling.errors import TracingError, level_of_caller
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops import samples
from inversa.autograd.ops.comparisons import COMPARISONS
from inversa.autograd.ops.held import computed, is_array, placeholder
from inversa.autograd.ops.namespace import kind_of
from inversa.autograd.ops.operation import BATCHED, Operation
from inversa.autograd.ops.samples import Samples
from inversa.autograd.ops.shaping import broadcast_to, getitem, reshape, stack
from inversa.autograd.tensor import Tensor, as_constant
from inversa.autograd.trees import is_tree, leaves, mapped
from inversa.autograd.value import Value

_numbers = itertools.count()


class Batch:
    """One call of what `vmap` gives: its number of samples, and the call that it is made in."""

    def __init__(self, size: int, outer: Batch | None) -> None:
        self.size = size
        self.outer = outer
        self.number = next(_numbers)  # inner ones come later

    def variable(self, x: Any) -> Batched:
        """What a transform differentiates by in here: a node of this batch, also for what all samples share."""
        if isinstance(x, Batched) and x.batch is self:
            return x.as_variable()
        return Batched(self, x if isinstance(x, Node) else computed(x), mapped=False).as_variable()


class Batched(Tensor):
    """The arrays of all samples, in a graph of its own: that of one sample.

    Attributes
    ----------
    array : array or node
        Of all samples, which are along axis 0; of one if it is not ``mapped``, but the same for all.
    mapped : bool
    batch : Batch
    """

    __slots__ = ("array", "batch", "mapped")

    level: ClassVar[int] = BATCHED

    def __init__(self, batch: Batch, array: Any, mapped: bool = True, requires_grad: bool = False) -> None:
        self._become(placeholder(array, array.shape[mapped:]))
        self.batch = batch
        self.array = array
        self.mapped = mapped
        self._requires_grad = requires_grad

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Any:
        """Compute an operation for all samples."""
        batch = _newest([*operands, *_in_params(params)])
        if op.composition is not None and op not in samples.RULES:
            return op.composition(*operands, **{k: np.asarray(p) if type(p) is list else p for k, p in params.items()})
        out = Batched(batch, *_computed(op, batch, operands, params))
        state = MODE.get()
        out.op, out.params, out.module = op, params or None, state.module
        out.inputs = tuple([x if isinstance(x, Node) else as_constant(x) for x in operands])
        out._requires_grad = state.recording and kind_of(out.dtype) == "f" and any(x._requires_grad for x in out.inputs)
        return out

    def as_variable(self) -> Batched:
        """The same samples as a node of its own, which a transform differentiates by."""
        if kind_of(self.dtype) != "f":
            raise TypeError(f"cannot differentiate by {self.dtype} data: write 1.0 instead of 1, or use .astype(float)")
        if self._requires_grad:
            return reshape(self, self.shape)  # type: ignore[return-value]  # what is computed with it is Batched
        return Batched(self.batch, self.array, self.mapped, True)

    def detach(self) -> Batched:
        """The same samples, through which no gradient flows."""
        array = self.array
        return Batched(self.batch, array.detach() if isinstance(array, (Tensor, Value)) else array, self.mapped)

    # Comparisons are computed for all samples, for `where`.

    def _compared(self, relation: str, other: Any) -> Batched:
        batch = _newest([self, other])
        pair = [as_samples(x, batch) for x in (self, other)]
        ndim = max(len(x.shape) for x in pair)
        arrays = [samples.lengthened(x, ndim) for x in pair]
        if any(isinstance(x, Node) for x in arrays):
            arrays = [Tensor(x) if is_array(x) else x for x in arrays]
        found = COMPARISONS[relation](*arrays)
        array = found if hasattr(found, "dtype") else np.asarray(found)  # of single numbers that all share
        return Batched(batch, array, any(x.mapped for x in pair))

    def __and__(self, other: Any) -> Batched:
        return self._compared("and", other)

    def __or__(self, other: Any) -> Batched:
        return self._compared("or", other)

    __rand__, __ror__ = __and__, __or__

    # What it cannot do.

    def _check_unchanged(self) -> None:
        """Its arrays look after themselves."""

    def _no_numbers(self, what: str) -> NoReturn:
        raise TracingError(
            f"it looks at the numbers of {self.name or 'a sample'} ({what}), of which vmap has many: use "
            "where(condition, a, b), maximum, minimum or relu"
        )

    @property
    def _data(self) -> Any:
        self._no_numbers("a branch, or a NumPy function on it")

    @property
    def data(self) -> Any:
        """There are many."""
        self._no_numbers("data")

    @data.setter
    def data(self, values: Any) -> None:
        self._no_numbers("data is set")

    def _observed(self) -> Any:
        self._no_numbers("a branch on it, float() or item()")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._no_numbers("it becomes a NumPy array")

    def __setitem__(self, index: Any, values: Any) -> None:
        self._no_numbers("an assignment")

    def __repr__(self) -> str:
        return f"Batched({self.batch.size} samples of {self.summary()})"


def _newest(among: Sequence[Any]) -> Batch:
    """The innermost call of `vmap` among those that these belong to."""
    return max((x.batch for x in among if isinstance(x, Batched)), key=lambda batch: batch.number)


def _in_params(params: dict[str, Any]) -> list[Any]:
    return leaves(list(params.values()))


def as_samples(x: Any, batch: Batch) -> Samples:
    """What this is in a batch: samples, or the same for all."""
    if isinstance(x, Batched) and x.batch is batch:
        return Samples(x.array, x.mapped, x.shape)
    return Samples(x, False, x.shape if hasattr(x, "shape") else np.shape(x))


def _computed(op: Operation[...], batch: Batch, operands: Sequence[Any], params: dict[str, Any]) -> tuple[Any, bool]:
    """The array of an operation's results for all samples, and whether they are different ones."""
    given = [as_samples(x, batch) for x in operands]
    if any(isinstance(x.array, Value) for x in given):  # which meets Tensors, and no arrays
        given = [x._replace(array=Tensor(x.array)) if is_array(x.array) else x for x in given]
    params = {key: mapped(lambda p: _in_param(p, batch), p) for key, p in params.items()}
    among = [x for x in leaves(list(params.values()), _holds_samples) if isinstance(x, Samples)]
    if not any(x.mapped for x in (*given, *among)):
        return _applied(op, [x.array for x in given], params), False
    if op.elementwise:
        conditions = [p for p in params.values() if hasattr(p, "shape")]
        ndim = max(len(x.shape) for x in (*given, *conditions))
        aligned = {key: samples.lengthened(p, ndim) if isinstance(p, Samples) else p for key, p in params.items()}
        found = _applied(op, [samples.lengthened(x, ndim) for x in given], aligned)
        whole = (batch.size, *np.broadcast_shapes(*(x.shape for x in (*given, *conditions))))
        return found if found.shape == whole else broadcast_to(found, whole), True
    rule = samples.RULES.get(op)
    found = NotImplemented
    if rule is not None and (not among or op in samples.OF_PARAMETERS):
        found = rule(batch.size, *given, **params)
    return _one_by_one(op, batch, given, params) if found is NotImplemented else found, True


def _in_param(p: Any, batch: Batch) -> Any:
    """A condition or an index: samples where it is one for every sample of the batch."""
    if not (isinstance(p, Batched) and p.batch is batch):
        return p
    return as_samples(p, batch) if p.mapped else p.array


def _holds_samples(x: Any) -> bool:
    return is_tree(x) and not isinstance(x, Samples)


def _applied(op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """An operation called with its arguments in their order."""
    if op.variadic:
        return op(list(operands), **params)
    named = {**dict(zip(op.operands, operands, strict=True)), **params}
    return op(*[named[name] for name in op.arguments])


def _one_by_one(op: Operation[...], batch: Batch, given: Sequence[Samples], params: dict[str, Any]) -> Any:
    warnings.warn(
        f"vmap computes {op.name} for one sample after the other, which is slow: there is no rule for many",
        stacklevel=level_of_caller(),
    )
    rows = []
    for i in range(batch.size):
        row = partial(_row, i)
        of_row = {key: mapped(row, p, _holds_samples) for key, p in params.items()}
        rows.append(_applied(op, list(map(row, given)), of_row))
    return stack(rows)


def _row(i: int, x: Any) -> Any:
    """What belongs to one of the samples."""
    if not isinstance(x, Samples):
        return x
    return getitem(x.array, i) if x.mapped else x.array

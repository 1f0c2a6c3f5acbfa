"""vmap: a function of one sample as a function of many, all computed at once.

The function is called once, with `Batched` in place of the samples: each stands for as many arrays as there are
samples, has the shape of one, and computes with all of them. How an operation does that is looked up in `ops.samples`.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ClassVar, NamedTuple, NoReturn
from weakref import WeakKeyDictionary

from inversa.autograd import checks
from inversa.autograd.compiling.errors import TracingError, level_of_caller, reason
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, mode
from inversa.autograd.node import Node
from inversa.autograd.ops import samples
from inversa.autograd.ops.comparisons import COMPARISONS
from inversa.autograd.ops.operation import BATCHED, Operation
from inversa.autograd.ops.samples import Samples
from inversa.autograd.ops.shaping import broadcast_to, getitem, reshape, stack, transpose
from inversa.autograd.tensor import Tensor
from inversa.autograd.trees import alike, is_tree, leaves, mapped, rebuilt
from inversa.autograd.value import Value

Axes = Any  # an integer, None, or a tuple, list or dictionary of such

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
        return Batched(self, x if isinstance(x, Node) else np.asarray(x), mapped=False).as_variable()


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
        self._become(np.broadcast_to(np.zeros((), array.dtype), array.shape[mapped:]))
        self.batch = batch
        self.array = array
        self.mapped = mapped
        self._requires_grad = requires_grad

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Any:
        """Compute an operation for all samples."""
        batch = _newest([*operands, *_in_params(params)])
        if op.composition is not None:
            return op.composition(*operands, **{k: np.asarray(p) if type(p) is list else p for k, p in params.items()})
        out = Batched(batch, *_computed(op, batch, operands, params))
        state = MODE.get()
        out.op, out.params, out.module = op, params or None, state.module
        out.inputs = tuple([x if isinstance(x, Node) else Tensor(x) for x in operands])
        out._requires_grad = state.recording and out.dtype.kind == "f" and any(x._requires_grad for x in out.inputs)
        return out

    def as_variable(self) -> Batched:
        """The same samples as a node of its own, which a transform differentiates by."""
        if self.dtype.kind != "f":
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
        pair = [_operand(x, batch) for x in (self, other)]
        ndim = max(len(x.shape) for x in pair)
        arrays = [samples.lengthened(x, ndim) for x in pair]
        if any(isinstance(x, Node) for x in arrays):
            arrays = [Tensor(x) if isinstance(x, np.ndarray) else x for x in arrays]
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


def _operand(x: Any, batch: Batch) -> Samples:
    """What this is in a batch: samples, or the same for all."""
    if isinstance(x, Batched) and x.batch is batch:
        return Samples(x.array, x.mapped, x.shape)
    return Samples(x, False, x.shape if hasattr(x, "shape") else np.shape(x))


def _computed(op: Operation[...], batch: Batch, operands: Sequence[Any], params: dict[str, Any]) -> tuple[Any, bool]:
    """The array of an operation's results for all samples, and whether they are different ones."""
    given = [_operand(x, batch) for x in operands]
    if any(isinstance(x.array, Value) for x in given):  # which meets Tensors, and no arrays
        given = [x._replace(array=Tensor(x.array)) if isinstance(x.array, np.ndarray) else x for x in given]
    among = {key: _operand(p, batch) for key, p in params.items() if isinstance(p, Batched)}
    if not any(x.mapped for x in (*given, *among.values())):
        return _applied(op, [x.array for x in given], {**params, **{key: p.array for key, p in among.items()}}), False
    if op.elementwise:
        conditions = [p for p in params.values() if hasattr(p, "shape") and not isinstance(p, Batched)]
        every = [*given, *among.values(), *(_operand(p, batch) for p in conditions)]
        ndim = max(len(x.shape) for x in every)
        aligned = {key: samples.lengthened(x, ndim) for key, x in among.items()}
        found = _applied(op, [samples.lengthened(x, ndim) for x in given], {**params, **aligned})
        whole = (batch.size, *np.broadcast_shapes(*(x.shape for x in every)))
        return found if found.shape == whole else broadcast_to(found, whole), True
    rule = samples.RULES.get(op)
    found = NotImplemented
    if rule is not None and not any(isinstance(x, Batched) and x.batch is batch for x in _in_params(params)):
        found = rule(batch.size, *given, **params)
    return _one_by_one(op, batch, given, params) if found is NotImplemented else found, True


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
        operands = [getitem(x.array, i) if x.mapped else x.array for x in given]
        of_row = {key: mapped(lambda p: _row(p, batch, i), p) for key, p in params.items()}  # noqa: B023
        rows.append(_applied(op, operands, of_row))
    return stack(rows)


def _row(p: Any, batch: Batch, i: int) -> Any:
    if not (isinstance(p, Batched) and p.batch is batch):
        return p
    return getitem(p.array, i) if p.mapped else p.array


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """A function of one sample as a function of many: computed at once, without a loop in Python.

    It composes with `grad` and the other transforms, which it may hold or be held by, and with `jit`.

    Parameters
    ----------
    f : callable
        Of arrays, or of lists, tuples and dictionaries of arrays; so may be what it gives.
    in_axes : int, None, or tuple
        Along which axis the samples of the arguments are; None for what is the same for all. A tuple has an entry for
        every argument, which may be a list, tuple or dictionary itself. Arguments by name have theirs along axis 0.
    out_axes : int, or tuple, list or dictionary
        Along which axis they are in the results.

    Returns
    -------
    callable
        Numbers in, numbers out; nodes where an argument or what f closes over requires a gradient.

    Raises
    ------
    TypeError, ValueError
        For something that has no such axis, and where there are different numbers of samples.

    Notes
    -----
    Random numbers of `Dropout` and of Bayesian layers are other ones for every sample. What f draws from a generator
    by itself is drawn once, and the same for all.

    An operation for which there is no rule is computed for one sample after the other, and so is a function that looks
    at numbers, as in ``if x > 0``; a warning says so.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import grad, vmap
    >>> vmap(lambda x: x[0] * x[1])(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [2.0, 12.0]
    >>> loss = lambda w, x: (w * x).sum() ** 2
    >>> each = vmap(grad(loss), in_axes=(None, 0))  # the gradient of every sample
    >>> each(np.array([1.0, 1.0]), np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[6.0, 12.0], [42.0, 56.0]]
    """
    if not callable(f):
        raise checks.wrong("f", "a function", f, "lambda x: x * x", TypeError)

    @wraps(f)
    def of_many(*args: Any, **kwargs: Any) -> Any:
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes has {len(axes)} entries, and there are {len(args)} arguments by position")
        arguments = [_with_axes(x, axis) for x, axis in zip(args, axes, strict=True)]
        named = {name: _with_axes(x, 0) for name, x in kwargs.items()}
        state = MODE.get()
        batch = Batch(_size([leaf for x in (*arguments, *named.values()) for leaf in leaves(x, _holds)]), state.batch)
        nodes = any(isinstance(x.array, Node) for x in leaves([*arguments, *named.values()], _holds))

        def call(take: Callable[[_Given], Any]) -> Any:
            return f(
                *(mapped(take, x, _holds) for x in arguments),
                **{name: mapped(take, x, _holds) for name, x in named.items()},
            )

        try:
            with mode(depth=state.depth + 1, batch=batch):
                results = call(lambda x: x.batched(batch))
        except TracingError as error:
            if state.trace is not None:
                raise
            warnings.warn(
                f"vmap calls {getattr(f, '__name__', 'the function')} for one sample after the other, which is slow: "
                f"{reason(error)}",
                stacklevel=level_of_caller(),
            )
            with mode(depth=state.depth + 1):
                rows = [call(lambda x: x.row(i)) for i in range(batch.size)]  # noqa: B023
            results = _stacked(rows, batch)
        return _outward(results, out_axes, batch, nodes or state.trace is not None)

    vmaps[of_many] = Vmap(f, in_axes, out_axes)
    return of_many


class Vmap(NamedTuple):
    """What `vmap` was called with."""

    function: Callable[..., Any]
    in_axes: Axes
    out_axes: Axes


# Of what is vmapped, what it was made from: jit may compute all samples as lanes of one program.
vmaps: WeakKeyDictionary[Callable[..., Any], Vmap] = WeakKeyDictionary()


class _Given(NamedTuple):
    """An argument, and the axis of its samples."""

    array: Any
    axis: int | None

    def batched(self, batch: Batch) -> Any:
        """As the function is called with it."""
        if self.axis is None:
            return self.array
        watched = MODE.get().anomaly and not isinstance(self.array, Node)
        return Batched(batch, _moved(Tensor(self.array) if watched else self.array, self.axis, 0))

    def row(self, i: int) -> Any:
        """That of one sample."""
        if self.axis is None:
            return self.array
        row = getitem(self.array, (*(slice(None),) * self.axis, i))
        return row if isinstance(row, Node) else Tensor(row)


def _holds(x: Any) -> bool:
    """Whether this is a list, tuple or dictionary of arguments."""
    return isinstance(x, (list, tuple, dict)) and not isinstance(x, _Given)


def _with_axes(x: Any, axis: Axes) -> Any:
    """Every array in an argument, with its axis."""
    if isinstance(axis, (tuple, list, dict)):
        pairs = alike(x, axis) if is_tree(x) else None
        if pairs is None:
            raise ValueError("an entry of in_axes that is a tuple, list or dictionary is like its argument")
        return rebuilt(x, [_with_axes(part, one) for part, one in pairs])
    if is_tree(x):
        return mapped(lambda part: _with_axes(part, axis), x)
    if axis is None:
        return _Given(x, None)
    if isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise checks.wrong(
            "in_axes", "an integer, None, or a tuple with an entry for every argument", axis, "0", TypeError
        )
    array: Any = x if isinstance(x, Node) else np.asarray(x)
    if not isinstance(x, Node) and array.dtype.kind not in "fiub":
        raise checks.wrong("an argument of what vmap gives", "an array of numbers", x, "[1.0, 2.0]", TypeError)
    ndim = len(array.shape)
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"an array of shape {array.shape} has no axis {axis} to take samples from: say in_axes=None for what is "
            "the same for all samples"
        )
    return _Given(array, axis % ndim)


def _size(given: Sequence[_Given]) -> int:
    sizes = {x.array.shape[x.axis] for x in given if x.axis is not None}
    if len(sizes) > 1:
        raise ValueError(f"the arguments have different numbers of samples: {', '.join(map(str, sorted(sizes)))}")
    if not sizes:
        raise ValueError("vmap needs an argument with samples: in_axes is None for all")
    (size,) = sizes
    if not size:
        raise ValueError("there are no samples")
    return int(size)


def _moved(array: Any, source: int, target: int) -> Any:
    """The array with one axis moved elsewhere."""
    if source == target:
        return array
    order = [i for i in range(len(array.shape)) if i != source]
    order.insert(target, source)
    return transpose(array, tuple(order))


def _stacked(rows: Sequence[Any], batch: Batch) -> Any:
    """What was computed for one sample after the other, as if it had been computed at once."""
    if len({len(leaves(row)) for row in rows}) > 1:
        raise ValueError("the function of vmap gives more results for some samples than for others")
    columns = zip(*(map(_checked, leaves(row)) for row in rows), strict=True)
    following = iter([Batched(batch, _checked(stack(list(column)))) for column in columns])
    return mapped(lambda _: next(following), rows[0])


def _checked(x: Any) -> Any:
    """A result of the function, as an array."""
    array = x if hasattr(x, "shape") and hasattr(x, "dtype") else np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise checks.wrong("what the function of vmap gives", "numbers", x, "x * x", TypeError)
    return array


def _outward(results: Any, axes: Axes, batch: Batch, nodes: bool) -> Any:
    """The results with their samples along the axes that were asked for."""
    if is_tree(results):
        if not isinstance(axes, (tuple, list, dict)):
            return mapped(lambda x: _outward(x, axes, batch, nodes), results)
        pairs = alike(results, axes)
        if pairs is None:
            raise ValueError("out_axes is one integer, or is like what the function gives")
        return rebuilt(results, [_outward(x, axis, batch, nodes) for x, axis in pairs])
    array = samples.spread(batch.size, _operand(_checked(results), batch))
    ndim = len(array.shape)
    if isinstance(axes, bool) or not hasattr(axes, "__index__") or not -ndim <= axes < ndim:
        raise checks.wrong("out_axes", f"an integer from {-ndim} to {ndim - 1}", axes, "0", ValueError)
    array = _moved(array, 0, axes % ndim)
    if isinstance(array, Node):
        return array if nodes or array.requires_grad or MODE.get().depth else np.array(array._data)
    return Tensor(array) if nodes else np.array(array)

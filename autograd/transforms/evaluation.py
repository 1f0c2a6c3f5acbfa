"""Evaluation: one call of a function on fresh variables, from which all transforms take what they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from inversa.autograd import checks
from inversa.autograd.inverse import InverseNetwork, as_node, zeros_like
from inversa.autograd.lazy import NumpyMissingError, has_numpy, np
from inversa.autograd.mode import MODE, mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.held import computed, copied
from inversa.autograd.ops.namespace import is_foreign, kind_of
from inversa.autograd.ops.operation import TRACED
from inversa.autograd.ops.shaping import reshape
from inversa.autograd.tensor import Tensor
from inversa.autograd.trees import is_branch, is_container, is_tree, leaf_names, leaves, mapped
from inversa.autograd.value import Value

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def check(f: Any, argnums: Any = 0, has_aux: Any = False) -> None:
    """Raise unless it is a function, numbers of arguments, and a flag, before anything is called."""
    if not callable(f):
        raise checks.wrong("f", "a function", f, "lambda x: x * x", TypeError)
    for i in argnums if isinstance(argnums, (tuple, list)) else [argnums]:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise checks.wrong("argnums", "the number of an argument or a tuple of them", argnums, "0", TypeError)
    checks.flag("has_aux", has_aux)


class Evaluation:
    """One call of f on fresh variables, ready to be differentiated.

    Attributes
    ----------
    arguments : list
        Those that are differentiated by, with a variable in the place of every number and array.
    variables : list of Node
        These variables.
    output : Node, or a list, tuple or dictionary of nodes
        What f gave, once it was evaluated.
    aux : object
        What it gave besides, with numbers and arrays in the places of nodes.
    record : bool
        Whether somebody outside may differentiate what is found.
    """

    output: Any
    aux: Any = None

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Argnums) -> None:
        self._alone = not isinstance(argnums, (tuple, list))
        places = [index(i) for i in (argnums if isinstance(argnums, (tuple, list)) else [argnums])]
        if any(not -len(args) <= i < len(args) for i in places):
            raise ValueError(
                f"argnums={argnums}, but the function was called with {len(args)} arguments by position, "
                "which are those that can be differentiated by"
            )
        self._f, self._args, self._kwargs = f, list(args), kwargs
        self.arguments = [_variables(args[i], i % len(args)) for i in places]
        for i, x in zip(places, self.arguments, strict=True):
            self._args[i] = mapped(lambda leaf: leaf, x, is_branch)  # a container that the function may change
        self.variables: list[Node] = [leaf for x in self.arguments for leaf in leaves(x, is_branch)]
        self.record = any(map(differentiable, leaves([*args, *kwargs.values()]))) or inside_another()

    def call(self, has_aux: bool = False) -> None:
        """Call the function."""
        before = [_state(x) for x in self.variables]
        with mode(recording=True, depth=MODE.get().depth + 1):
            found = self._f(*self._args, **self._kwargs)
        if before != [_state(x) for x in self.variables]:
            raise TypeError(
                "the function changed its argument in place, which is not differentiable: compute a new one with "
                "where, concatenate or stack, and x = x + 1 instead of x.data += 1"
            )
        if has_aux:
            if not (isinstance(found, tuple) and len(found) == 2):
                raise TypeError(
                    f"with has_aux=True the function returns a pair, (value, aux), not {checks.shown(plain(found))}"
                )
            found, aux = found
            self.aux = mapped(lambda x: self.result(x) if isinstance(x, Node) else x, aux, is_container)
        self.output = _outputs(found)

    def pull(self, *fed: tuple[Node, Any]) -> list[Any]:
        """What the inverse network sends to every variable; zeros to one on which the outputs do not depend.

        Parameters
        ----------
        *fed : tuple of a node and a float, array or node
            An output and what is fed in there; None is 1 at a single number.
        """
        record = self.record or any(differentiable(seed) for _, seed in fed) or inside_another()
        outputs = [y for y, _ in fed if y.requires_grad]
        seeds = [seed for y, seed in fed if y.requires_grad]
        flows: dict[Node, Any] = {}
        if outputs:
            flows = InverseNetwork(*outputs).run(seeds[0] if len(seeds) == 1 else seeds, record)
        return [settled(flows[x] if x in flows else zeros_like(x), record) for x in self.variables]

    def result(self, x: Any) -> Any:
        """Nodes that may be differentiated again, else plain numbers or arrays; also in lists and dictionaries."""
        return mapped(lambda y: settled(y, self.record), x, holds_results)

    def arrange(self, gradients: Sequence[Any]) -> Any:
        """The gradients in the lists, tuples and dictionaries in which the variables came."""
        following = iter(gradients)
        arranged = tuple(mapped(lambda _: next(following), x, is_branch) for x in self.arguments)
        return arranged[0] if self._alone else arranged


def holds_results(x: Any) -> bool:
    """Whether this holds results of a function: it has no lists that stand for one array."""
    return x is None or isinstance(x, (list, tuple, dict))


def settled(x: Any, record: bool) -> Any:
    """A node if it may be differentiated again, else a plain number or array."""
    if record:
        return as_node(x)
    data = plain(x)
    if isinstance(data, float):
        return data
    return copied(data) if is_foreign(data) else np.array(data)[()]


def inside_another() -> bool:
    """Whether another transform is differentiating what happens now, or jit is tracing it; or vmap, of many samples."""
    mode = MODE.get()
    return mode.trace is not None or mode.batch is not None or (mode.depth > 0 and mode.recording)


def differentiable(x: Any) -> bool:
    """Whether code outside may differentiate with respect to this argument."""
    return isinstance(x, Node) and x.requires_grad and MODE.get().recording


def _state(x: Node) -> Any:
    """What is another once a leaf's data were changed in place."""
    return x._current_version() if type(x) is Tensor else x._data if type(x) is Value else None


def _outputs(found: Any) -> Any:
    """What a function returned, with a node in the place of every number."""
    if not holds_results(found):
        return _as_output(found, "")
    names = iter(leaf_names(found, "", holds_results))
    return mapped(lambda x: _as_output(x, next(names)), found, holds_results)


def _as_output(x: Any, name: str) -> Node:
    """A result as a node; ``name`` is how one writes where it is in what the function returned."""
    if isinstance(x, Node):
        return x
    if isinstance(x, (int, float)) and not isinstance(x, bool):  # it does not depend on the arguments
        return Value(x, requires_grad=False)
    where = f" as result{name}" if name else ""
    raise TypeError(
        f"the function returned {type(x).__name__}{where}, not a Value or Tensor: compute "
        "with the arguments themselves and inversa.autograd's functions; what is not to be differentiated is returned "
        "beside the value, with has_aux=True"
    )


def _variables(x: Any, place: int) -> Any:
    """An argument with a variable for every number and array in it; None is one only in a container."""
    if not is_tree(x):
        return _variable(x, f"argument {place}", alone=True)
    names = iter(leaf_names(x, f"argument {place}", is_branch))
    return mapped(lambda leaf: _variable(leaf, next(names)), x, is_branch)


def _variable(x: Any, name: str, alone: bool = False) -> Node:
    """A node of its own for an argument, so that what was computed from it can be told from everything else."""
    x = _floats(x, name, alone)
    state = MODE.get()
    if state.batch is not None:
        return state.batch.variable(x)  # type: ignore[no-any-return]
    if state.trace is not None:  # also what is a constant there: a node of no trace would not be found in its graph
        x = state.trace.symbol(x)
    if isinstance(x, Node) and x.level >= TRACED:
        return x.as_variable()  # type: ignore[attr-defined, no-any-return]  # those of traces have it
    if isinstance(x, Value):
        return x * 1.0 if differentiable(x) else Value(x.data)
    if isinstance(x, Tensor):
        return reshape(x, x.shape) if differentiable(x) else Tensor(x._observed(), requires_grad=True)
    return Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True)


def _floats(x: Any, name: str, alone: bool) -> Any:
    """What is differentiated by, checked: a float, an array or a node. An integer is one only where it stands alone."""
    if isinstance(x, float) or (alone and type(x) is int):
        return float(x)
    if isinstance(x, Value):
        return x
    if not isinstance(x, Node):
        x = _as_array(x, name)
    kind = kind_of(x.dtype) if hasattr(x, "dtype") else "f"  # a symbol has none
    if kind not in "fiub":
        raise _not_floats(x if is_foreign(x) else x.tolist(), name)
    if kind != "f":
        raise TypeError(
            f"cannot differentiate by {x.dtype} data, which is in {name}: write 1.0 instead of 1, or use .astype(float)"
        )
    return x


def _as_array(x: Any, name: str) -> Any:
    if not has_numpy():
        raise _not_floats(x, name) if isinstance(x, int) else NumpyMissingError(f"{name}, which is no single number,")
    try:
        return computed(x)
    except ValueError:  # lists of different lengths
        raise _not_floats(x, name) from None


def _not_floats(x: Any, name: str) -> Exception:
    wanted = "a number or an array of floats"
    return checks.wrong(f"{name} that is differentiated by", wanted, x, "2.0", TypeError)

"""jit: a function of Values or of Tensors, compiled by calling it once with symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper, wraps
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from inversa.autograd import checks
from inversa.autograd.compiling.arguments import Flat, Form, is_plain, put_together
from inversa.autograd.compiling.errors import NotRecordedError, TracingError
from inversa.autograd.compiling.programs import Programs
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import LazyModule, np
from inversa.autograd.mode import MODE, Mode
from inversa.autograd.node import Node
from inversa.autograd.printing import encodable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.autograd.compiling.arrays import function as of_arrays
    from inversa.autograd.compiling.entries import taking_apart
    from inversa.autograd.compiling.programs import Program
    from inversa.autograd.ops.calls import Array
    from inversa.autograd.tensor import Tensor
    from inversa.autograd.value import Value
else:
    of_arrays = LazyModule("inversa.autograd.compiling.arrays.function")
    taking_apart = LazyModule("inversa.autograd.compiling.entries.taking_apart")

F = TypeVar("F")  # what it gives for floats
A = TypeVar("A")  # what it gives for arrays


class Compiled(Generic[F, A]):
    """A compiled function; made by `jit`. It is a function like any other: with nodes it gives nodes.

    The numbers of Values and Tensors that it closes over are read at every call, so an optimiser may change them in
    between. Everything else that it reads, in variables closed over or global and in attributes that its code names, is
    compared at every call, arrays entry by entry, and where something was changed the function is compiled anew: give
    it large arrays as arguments.
    """

    def __init__(
        self, function: Callable[..., Any], static: Iterable[str] = (), names: Sequence[str] | None = None
    ) -> None:
        import inspect  # here alone: importing the scalar engine would wait for it

        update_wrapper(self, function, updated=("__dict__",) if isinstance(function, FunctionType) else ())
        self.function = function
        parameters = [] if names is not None else inspect.signature(function).parameters.values()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
            raise TypeError("jit compiles functions with a fixed number of arguments, such as f(x, y), not f(*x)")
        self.names = [*(names or ()), *(p.name for p in parameters)]
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        self._by_position = _by_position(function, by_name) if by_name else function
        self.static = frozenset(static)
        for name in sorted(self.static - set(self.names)):
            raise checks.wrong("static_argnames", f"names among {', '.join(self.names)}", name, repr(self.names[:1]))
        self._programs = Programs(function, self._by_position, self.names)
        self._methods: dict[int, Compiled[F, A]] = {}
        self._of_leaves: dict[Any, Compiled[F, A]] = {}  # by the forms of arguments that are taken apart
        self._last_of_leaves: Compiled[F, A] | None = None
        self._not_recorded: str | None = None  # why the last call could not be recorded
        self._forms: tuple[Form, ...] | None = None  # of what is one of leaves, those of the whole arguments

    def __get__(self, instance: Any, owner: Any = None) -> Compiled[F, A]:
        """In a class it is a method, compiled for every object by itself."""
        if instance is None:
            return self
        if id(instance) not in self._methods:
            if len(self._methods) == of_arrays.MAX_RECORDINGS:
                del self._methods[next(iter(self._methods))]
            method = MethodType(self.function, instance)  # which keeps the object alive
            self._methods[id(instance)] = self._telling_no_reason_twice(Compiled(method, self.static))
        return self._methods[id(instance)]

    def _telling_no_reason_twice(self, other: Compiled[F, A]) -> Compiled[F, A]:
        """The same function, called otherwise, which does not tell again why it is not compiled."""
        other._programs.warned = self._programs.warned
        return other

    # Calling it.

    @overload
    def __call__(self, *arguments: float, **named: float) -> F: ...
    @overload
    def __call__(self, *arguments: float | Array, **named: float | Array) -> A: ...
    @overload
    def __call__(self, *arguments: Node | float | Array, **named: Any) -> Any: ...
    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The function's value: of a function of Values for every sample, floats for numbers, arrays for arrays.

        Called with nodes, or within `grad` and its kin, it gives nodes where something requires a gradient, be it an
        argument or what the function closes over: the whole program is recorded as one operation, whose pullback is
        the inverse program. Called while another function is compiled it becomes a part of that.

        >>> from inversa.autograd import Value, grad, jit
        >>> w = Value(2.0)
        >>> f = jit(lambda x: w * x**2)
        >>> f(3.0), grad(f)(3.0), grad(grad(f))(3.0), jit(grad(f))(3.0)
        (18.0, 12.0, 4.0, 12.0)
        >>> f(Value(3.0)).backward()
        >>> w.grad
        9.0
        """
        mode = MODE.get()
        if mode.trace is not None or mode.batch is not None:  # a part of what is compiled, or of what vmap calls
            return self.function(*arguments, **named)
        compiled, leaves = self._taken_apart(arguments, named)
        return compiled._called(leaves, mode)

    def _called(self, given: tuple[Any, ...], mode: Mode) -> Any:
        self._not_recorded = None
        if not (mode.recording and (mode.depth or any(isinstance(x, Node) for x in given))):
            return self._ran(self._programs.find(given), "__call__", given)
        try:
            if mode.anomaly:  # which is to name the operations one by one
                raise NotRecordedError("detect_anomaly() is on")
            program = self._programs.find(given, recorded=True)
            found = program.record(*given)
            return self._ran(program, "__call__", given) if found is None else found
        except NotRecordedError as error:
            self._not_recorded = str(error)
        lists_as_arrays = [np.asarray(x) if isinstance(x, (list, tuple)) else x for x in given]
        return self._by_position(*of_arrays.as_tensors(lists_as_arrays))

    def _ran(self, program: Program, method: str, given: tuple[Any, ...], **settings: Any) -> Any:
        """What a method of a program gives; if that evaluated the function, it has been said."""
        result = getattr(program, method)(*given, **settings)
        if (untold := getattr(program, "untold", None)) is not None:
            self._programs.warn(untold)
        return result

    def _taken_apart(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Compiled[F, A], tuple[Any, ...]]:
        """The arguments without lists, dictionaries and statics, and what takes them so."""
        given = self._bound(arguments, named)
        if len(arguments) < len(self.names) and taking_apart.minds_names(self.function):
            return self._called_by_name(len(arguments), tuple(named))._taken_apart((*arguments, *named.values()), {})
        if not self.static and is_plain(given):
            self._last_of_leaves = None
            return self, given
        flat = Flat.of(given, self.names, self.static)
        compiled = self._of_leaves.get(flat.forms)
        if compiled is None:
            if len(self._of_leaves) == of_arrays.MAX_RECORDINGS:
                del self._of_leaves[next(iter(self._of_leaves))]
            compiled = Compiled(flat.taking_leaves(self._by_position), names=flat.names)
            compiled._forms = flat.forms
            self._of_leaves[flat.forms] = self._telling_no_reason_twice(compiled)
        self._last_of_leaves = compiled
        return compiled, flat.leaves

    def _called_by_name(self, count: int, names: tuple[str, ...]) -> Compiled[F, A]:
        """The same for calls with arguments by name, which reach the function so; it has the defaults."""
        compiled = self._of_leaves.get((count, names))
        if compiled is None:
            every = [*self.names[:count], *names]
            function = _by_position(self.function, list(names))
            compiled = self._telling_no_reason_twice(Compiled(function, self.static & {*every}, every))
            self._of_leaves[count, names] = compiled
        self._last_of_leaves = compiled
        return compiled

    def value_and_grad(self, *arguments: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivatives with respect to the arguments; of a function of Values for every sample."""
        compiled, given = self._numbers("value_and_grad", arguments, named)
        value, slopes = compiled._ran(compiled._programs.find(given), "value_and_grad", given)
        return value, slopes if compiled._forms is None else put_together(compiled._forms, slopes, statics=False)

    def backward(self, *arguments: ArrayLike | Value, reduce: Literal["mean", "sum"] = "mean") -> F:
        """The mean (or sum) of the values; its gradient is added to the ``grad`` of what the function closes over.

        Of a function of Values that is the mean over the samples, of one of Tensors over the entries of its result,
        which is usually one number already. Where a function of Tensors gives several results, the first one counts,
        and all are returned.
        """
        compiled, given = self._numbers("backward", arguments, {})
        return cast("F", compiled._ran(compiled._programs.find(given), "backward", given, reduce=_checked(reduce)))

    def of_parameters(
        self, *arguments: ArrayLike | Value, reduce: Literal["mean", "sum"] = "mean"
    ) -> Callable[[ArrayLike], tuple[float, NDArray[Any]]]:
        """What `backward` computes, as a function of one array that stands for all `parameters`, in their order.

        It gives the value and the gradient, and leaves the parameters as they are: what optimisers of other libraries
        take, and the fastest way to run a function of many Values.

        >>> from scipy.optimize import minimize
        >>> from inversa.autograd import Value, jit
        >>> w, b = Value(0.0), Value(0.0)
        >>> cost = jit(lambda x, y: (w * x + b - y) ** 2)
        >>> found = minimize(cost.of_parameters([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]), [w.data, b.data], jac=True)
        >>> found.x.round(4).tolist()
        [2.0, 1.0]
        """
        compiled, given = self._numbers("of_parameters", arguments, {})
        return compiled._programs.find(given).of_parameters(*given, reduce=_checked(reduce))

    def _numbers(
        self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[Compiled[F, A], tuple[Any, ...]]:
        """The arguments of a method that gives plain numbers, taken apart."""
        if MODE.get().trace is not None:
            raise TracingError(f"{method}() of what jit compiled is run in it")
        compiled, given = self._taken_apart(arguments, named)
        if _differentiated(given):
            raise TypeError(
                f"no gradient flows through {method}() of what jit compiled, which gives plain numbers: call the "
                "function itself, or give it x.detach()"
            )
        return compiled, given

    def _bound(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in their order, with the defaults of those that are not given."""
        if len(arguments) == len(self.names) and not named:
            return arguments
        given = {**self.defaults, **dict(zip(self.names, arguments, strict=False)), **named}
        repeated = named.keys() & self.names[: len(arguments)]
        if len(arguments) > len(self.names) or repeated or given.keys() != set(self.names):
            name = getattr(self.function, "__name__", "the function")
            count = len(arguments) + len(named)
            raise TypeError(f"{name} takes {len(self.names)} arguments ({', '.join(self.names)}), not {count}")
        return tuple(given[name] for name in self.names)

    # Looking at it.

    @property
    def why_not(self) -> str | None:
        """Why the last call evaluated the function as usual instead of running what was compiled; None if it did not.

        >>> from inversa.autograd import Tensor, jit
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> import warnings
        >>> f = jit(lambda x: (w * x).sum() if x.mean() > 0 else w.sum())
        >>> with warnings.catch_warnings(action="ignore"):
        ...     f([1.0, 1.0])
        3.0
        >>> print(f.why_not)
        it looks at the numbers of a traced array (a branch)...
        """
        shown = self if self._last_of_leaves is None else self._last_of_leaves
        return shown._not_recorded or self._shown().why_not

    def _shown(self) -> Program:
        """What the last call ran, or would run now."""
        shown = self if self._last_of_leaves is None else self._last_of_leaves
        return self._programs.last() if shown is self else shown._shown()

    def listing(self) -> str:
        """The program as lines to read: forward, then the inverse network that gives the parameters' gradients.

        Of a function of Tensors these are the calls that were recorded last, with the shapes of their results.

        >>> from inversa.autograd import Value, jit
        >>> w = Value(0.5, name="w")
        >>> print(jit(lambda x: (w * x) ** 2).listing())
        forward
           v1 = w · x
           v2 = v1 · v1
        inverse
           v3 = 2 · v1
           v4 = v3 · x
        results
           value = v2
           ∂/∂w = v4
        """
        return encodable(self._shown().listing())

    @property
    def graph(self) -> Graph:
        """The graph of the function, of symbols."""
        return self._shown().graph

    @property
    def parameters(self) -> list[Any]:
        """The Values or Tensors that the function closes over and that require a gradient."""
        return list(self._shown().parameters)


def _by_position(function: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """The function, with the last arguments, which it takes by name only, by position."""

    @wraps(function)
    def called(*given: Any) -> Any:
        count = len(given) - len(names)
        return function(*given[:count], **dict(zip(names, given[count:], strict=True)))

    return called


def _differentiated(given: tuple[Any, ...]) -> bool:
    """Whether a gradient may be asked for through a call with these arguments."""
    mode = MODE.get()
    if not mode.recording:
        return False
    for x in given:
        if isinstance(x, Node) and x.requires_grad:
            return True
    return mode.depth > 0


def _checked(reduce: Any) -> Any:
    if reduce not in ("mean", "sum"):
        raise ValueError(f"reduce is 'mean' or 'sum', not {reduce!r}")
    return reduce


# In this order: of a function whose result has no known type the first is taken, and promises nothing.
@overload
def jit(
    function: Callable[..., Tensor | tuple[Any, ...] | list[Any]], *, static_argnames: str | Iterable[str] = ()
) -> Compiled[Any, Any]: ...
@overload
def jit(
    function: Callable[..., Value | float], *, static_argnames: str | Iterable[str] = ()
) -> Compiled[float, NDArray[Any]]: ...
@overload
def jit(*, static_argnames: str | Iterable[str]) -> Callable[[Callable[..., Any]], Compiled[Any, Any]]: ...
def jit(function: Callable[..., Any] | None = None, *, static_argnames: str | Iterable[str] = ()) -> Any:
    """Compile a function: of Values, to be run over many samples at once, or of Tensors.

    A function of Values is traced once, and its program run over as many samples as are given. A function of Tensors is
    recorded once for arrays of the same shapes and types, and replayed: products of matrices and kernels, on memory
    that was allocated once. Either way `Compiled.backward` adds to the gradients of the Values and Tensors that the
    function closes over.

    Where an expression needs a choice, write ``where(condition, a, b)``, and `take` for a row of a list: a Python
    ``if`` and a list's ``rows[i]`` cannot depend on numbers that are not there yet. A function with such an ``if`` is
    evaluated as usual, one of Values for one sample after the other, after one warning that names the line and what to
    write there; `Compiled.why_not` keeps it.

    Random numbers that `Dropout` draws are other ones in every run; a function that draws from a generator of its own
    surroundings is evaluated as usual: give it the numbers as an argument.

    What is compiled composes: ``grad(jit(f))``, ``jit(grad(f))``, ``hessian(jit(f))`` and compiled functions in others
    give what they give without `jit`.

    Parameters
    ----------
    function : callable
        Of a fixed number of arguments. They may be numbers, arrays, nodes, and lists, tuples and dictionaries of them;
        flags and strings are constants. The same goes for its results.
    static_argnames : str or iterable of str, optional
        Arguments that are constants, hashable ones: for each of their values a program of its own is made. Without a
        function, as in ``@jit(static_argnames="n")``, it gives a decorator.

    Returns
    -------
    Compiled

    Raises
    ------
    TypeError
        For a function of ``*args``.
    ValueError
        When a static argument is none of the function's.

    Examples
    --------
    >>> from inversa.autograd import Tensor, Value, jit, tanh
    >>> w, b = Value(0.5, name="w"), Value(0.1, name="b")
    >>> @jit
    ... def cost(x, y):
    ...     return (tanh(w * x + b) - y) ** 2
    >>> cost(1.0, 0.5)
    0.00137
    >>> cost([1.0, 2.0], [0.5, 1.0])
    array([0.00137, 0.03980])
    >>> cost.backward([1.0, 2.0], [0.5, 1.0])
    0.0206
    >>> w.grad
    -0.117

    >>> W = Tensor([[1.0, 2.0]], requires_grad=True, name="W")
    >>> error = jit(lambda x, y: ((x @ W.T - y) ** 2).mean())
    >>> error.backward([[1.0, 0.0], [0.0, 1.0]], [[0.0], [0.0]])
    2.5
    >>> W.grad.tolist()
    [[1.0, 2.0]]
    """
    static = [static_argnames] if isinstance(static_argnames, str) else static_argnames
    if function is None:  # @jit(static_argnames=...)
        return lambda function: Compiled(function, static)
    return Compiled(function, static)

"""An operation is declared once; everything that is done with it derives from that one declaration.

    @operation("tanh", Rule.ACTIVATION, derivatives=("1 − {y}²",))
    def tanh(xp, x):
        '''Hyperbolic tangent.'''
        return xp.tanh(x)

    tanh.pullbacks(lambda g, y, _x: g * (1 - y * y))

The function is the forward formula; ``xp`` is the namespace it computes in (`math` for floats, NumPy for arrays).
There is one pullback for each input, in order. It receives the upstream gradient ``g``, the output ``y`` and all the
inputs, and returns the gradient of its own input. It is written with operators and with the operations declared here,
so the same line works on floats, arrays and recorded nodes alike: derivatives of derivatives need nothing more. An
argument whose values it does not look at (only its shape, say) is written with a leading underscore: the engine reads
these names and knows which arrays must be unchanged when the inverse network runs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from numbers import Number
from types import MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, NamedTuple, ParamSpec

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule, np
from inversa.autograd.ops.namespace import MixedArraysError, beside, floats, foreign_parts, is_foreign, namespace
from inversa.autograd.ops.rules import Rule

if TYPE_CHECKING:
    import inspect
    from inspect import Signature

else:
    inspect = LazyModule("inspect")  # slow to import, and only help() needs it

P = ParamSpec("P")
Pullback = Callable[..., Any]

_NUMBERS = {float, bool, int}
_SCALARS: set[type] = {float, bool, int}  # and the classes of nodes that are one number, traced or not
_PLAIN: set[type] = {float, bool, int, str, type(None)}  # types known to be plain; grows as new ones are met
_TUPLES: set[type] = {tuple}  # and types that were met which are tuples, too, as PyTorch's shapes

FLOATS, ARRAYS, TRACED, TRACED_ARRAYS, BATCHED = 0, 1, 2, 3, 4
CO_VARARGS = 0x04  # flag of a function that takes *arguments (as in the inspect module, which is slow to import)


class Operand:
    """What an operation looks for among its operands: a node, whose class records what is computed with it."""

    __slots__ = ()
    level: ClassVar[int]  # FLOATS, ARRAYS, …; where they meet, the highest level records
    kinds: ClassVar[dict[int, type[Operand]]] = {}

    def __init_subclass__(cls) -> None:
        if "level" in vars(cls):
            Operand.kinds[cls.level] = cls
            if cls.level in (FLOATS, TRACED):
                _SCALARS.add(cls)

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Any:
        """Apply the operation to nodes and plain operands; return the node of the result."""
        raise NotImplementedError


class Example(NamedTuple):
    """Inputs to test an operation on: a shape for every operand, and the operation's parameters.

    ``values`` gives the operands themselves where their numbers matter (ties, repeated indices).
    """

    shapes: tuple[tuple[int, ...], ...] = ()
    params: Mapping[str, Any] = MappingProxyType({})
    values: tuple[Any, ...] = ()


class _Signature:
    """What help() shows of an operation: the forward formula's arguments without the namespace."""

    def __get__(self, op: Operation[...] | None, kind: type) -> Signature:
        if op is None:
            raise AttributeError("the class itself has its usual signature")
        whole = inspect.signature(op.forward)
        return whole.replace(parameters=list(whole.parameters.values())[1:])


class Operation(Generic[P]):
    """One declared operation: called like the function it was made from, on numbers, arrays, Values and Tensors.

    Attributes
    ----------
    name, symbol : str
        ``"multiply"`` and ``"×"``.
    rule : Rule
        Which of the eight inverse-neuron rules its dual is.
    notation : str
        How pictures write the expression, with the operands' names in braces: ``"{a} · {b}"``.
    derivatives : tuple of str
        The local derivative with respect to each operand, in the same notation: ``("{b}", "{a}")``. Where entries
        depend on each other, all that comes back is written, with δ for what arrives: ``"δ − e ^ {y} · Σ δ"``.
    domain : tuple of (float, float)
        For each operand an interval in which it may be evaluated and differentiated.
    kinks : tuple of float
        Points without a derivative; ``convention`` says what is returned there.
    analytic : bool
        Whether the formula also holds for complex numbers, so that the complex step can check it.
    parameters : tuple of str
        The arguments that are not operands: an axis, a slope, a condition.
    on_floats, elementwise : bool
        Whether it takes single floats, and whether it acts element by element (inputs broadcast), as what takes single
        floats does if nothing else is said.
    examples : tuple of Example
        Inputs from which the tests of a non-elementwise or parametrised operation are generated.
    wires : str or callable
        ``"reorders"`` or ``"selects"`` for an operation that adds and computes nothing, so that it is none of the eight
        rules: its dual sends every entry back to where it came from. A function of the parameters where they decide.
    invertible : bool
        Whether it is defined for matrices with an inverse only: a trace, which knows no numbers, tries it on unit
        matrices.
    composition : callable or None
        For an operation that does in one step what others do in several: the same from those, on nodes and arrays.
    of_numbers : callable or None
        For an operation on arrays: what it does with a list of Values and numbers, which are no array.
    check : callable or None
        What refuses numbers that make no sense, such as labels of no class. It is called with all arguments before the
        formula, which does not look at numbers itself, where these are NumPy's: others may not be computed yet.
    """

    registry: ClassVar[dict[str, Operation[...]]] = {}
    __signature__ = _Signature()

    def __init__(
        self,
        forward: Callable[Concatenate[Any, P], Any],
        symbol: str,
        rule: Rule,
        *,
        notation: str = "",
        derivatives: tuple[str, ...] = (),
        domain: tuple[tuple[float, float], ...] = (),
        kinks: tuple[float, ...] = (),
        convention: str = "",
        analytic: bool = True,
        elementwise: bool | None = None,
        on_floats: bool = True,
        variadic: bool = False,
        parameters: tuple[str, ...] = (),
        examples: tuple[Example, ...] = (),
        wires: str | Callable[..., str] = "",
        invertible: bool = False,
        composition: Callable[..., Any] | None = None,
        of_numbers: Callable[[Sequence[object]], object] | None = None,
        check: Callable[..., None] | None = None,
    ) -> None:
        self.forward = forward
        self.name = self.__name__ = forward.__name__
        self.__doc__ = forward.__doc__
        self.__module__ = forward.__module__
        self.__wrapped__ = forward
        self.symbol = symbol
        self.rule = rule
        self.derivatives = derivatives
        self.kinks = kinks
        self.convention = convention
        self.analytic = analytic
        self.elementwise = on_floats if elementwise is None else elementwise
        self.on_floats = on_floats
        self.variadic = variadic
        self.examples = examples
        self.wires = wires
        self.invertible = invertible
        self.composition = composition
        self.of_numbers = of_numbers
        self.check = check
        self.arguments = _argument_names(forward)[1:]  # all but xp
        defaults = getattr(forward, "__defaults__", None) or ()
        self.defaults = dict(zip(self.arguments[len(self.arguments) - len(defaults) :], defaults, strict=True))
        self.operands = tuple(n for n in self.arguments if n not in self.defaults and n not in parameters)
        self.parameters = tuple(n for n in self.arguments if n not in self.operands)
        self.on_float: Callable[..., float] = MethodType(forward, floats)
        self.required = len(self.arguments) - len(self.defaults)
        self.notation = notation or f"{symbol}({', '.join('{' + name + '}' for name in self.operands)})"
        self.domain = domain or ((-2.0, 2.0),) * len(self.operands)
        self.vjps: tuple[Pullback, ...] = ()
        self.needs: tuple[tuple[bool, ...], ...] = ()

    def pullbacks(self, *vjps: Pullback) -> None:
        """Declare the pullback of every input, in order; a variadic operation has one that returns all gradients."""
        arity = 2 + len(self.operands)
        if len(vjps) != (1 if self.variadic else len(self.operands)):
            raise TypeError(f"{self.name} has the operands {', '.join(self.operands)}: declare one pullback for each")
        if not self.variadic and any(len(_argument_names(vjp)) != arity for vjp in vjps):
            raise TypeError(
                f"a pullback of {self.name} takes (g, y, {', '.join(self.operands)}), parameters by keyword"
            )
        if self.derivatives and len(self.derivatives) != len(vjps):
            raise TypeError(f"{self.name} has {len(vjps)} pullbacks and {len(self.derivatives)} texts of derivatives")
        self.vjps = vjps
        self.needs = tuple(_needed(vjp, len(self.operands), self.variadic) for vjp in vjps)

    @property
    def rules(self) -> tuple[Pullback, ...]:
        """The former name of ``vjps``."""
        warnings.warn(f"{self.name}.rules is {self.name}.vjps now", DeprecationWarning, stacklevel=2)
        return self.vjps

    def wiring(self, params: Mapping[str, Any]) -> str:
        """``"reorders"`` or ``"selects"`` where with these parameters it computes nothing; else empty."""
        return self.wires(**params) if callable(self.wires) else self.wires

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Evaluate plain operands; where nodes are among them, have their class record the operation."""
        if self.required <= len(args) <= len(self.arguments) and not self.variadic:
            # The shortest ways: plain numbers and arrays, for pullbacks, and Values. All else goes the other.
            if self.on_floats and not kwargs:
                for x in args:
                    if type(x) is not float:
                        break
                else:
                    return self.on_float(*args)
            kinds = set(map(type, args))
            if kwargs:
                kinds.update(map(type, kwargs.values()))
            if kinds <= _NUMBERS and self.on_floats:
                return self.on_float(*args, **kwargs)
            if kinds <= _SCALARS and self.on_floats and not (kwargs or self.parameters):
                traced = Operand.kinds.get(TRACED) in kinds
                return Operand.kinds[TRACED if traced else FLOATS].record(self, args, {})
            others = kinds - _PLAIN
            simple = not others or (others <= _TUPLES and self.parameters and type(args[0]) not in _TUPLES)
            if simple and (any(getattr(x, "shape", ()) for x in args) if self.on_floats else hasattr(args[0], "shape")):
                try:
                    xp = namespace(*args)
                    if self.check is not None and xp is np:
                        self.check(*args, **kwargs)
                    return self.forward(xp, *args, **kwargs)
                except (TypeError, AttributeError, ValueError, LookupError):
                    simple = False  # the other way says what is wrong
            _PLAIN.update(kind for kind in others if not issubclass(kind, (Operand, list, tuple)))
            _TUPLES.update(kind for kind in others if issubclass(kind, tuple))
        operands, params = self._split(args, kwargs)
        for name, param in params.items():
            if getattr(param, "requires_grad", False):
                raise TypeError(f"{self.name} is not differentiated by its {name}: give it .detach(), or the number")
        levels = [x.level for x in operands if isinstance(x, Operand)]
        for param in params.values():
            parts = param if type(param) is tuple else (param,)
            levels += [level for part in parts if (level := getattr(part, "level", FLOATS)) >= TRACED]
        if not levels:
            if self.of_numbers is not None and params == self.defaults and _are_numbers(operands[0]):
                return self.of_numbers(operands[0])
            return self.compute(operands, {key: getattr(p, "_data", p) for key, p in params.items()})
        if not self.on_floats or _has_array(params):
            levels.append(ARRAYS)
        return Operand.kinds[max(levels)].record(self, operands, params)

    def again(self, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Call it with operands and parameters such as a node remembers them.

        >>> from inversa.autograd import Value, where
        >>> y = where(True, Value(1.0), Value(2.0))
        >>> y.op.again([Value(3.0), Value(4.0)], y.params).data
        3.0
        """
        named = {self.operands[0]: operands} if self.variadic else dict(zip(self.operands, operands, strict=True))
        call: Callable[..., Any] = self
        return call(**named, **params)

    def compute(self, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Evaluate on plain numbers or arrays; nothing is recorded.

        Raises
        ------
        TypeError, ValueError, IndexError
            With the operation's name and the shapes of the operands.
        """
        forward: Callable[..., Any] = self.forward
        try:
            on_floats = self.on_floats and not _has_array(params) and all(type(x) in _NUMBERS for x in operands)
            if not on_floats:
                operands = [x if hasattr(x, "shape") else self._operand(x, operands) for x in operands]
            xp = floats if on_floats else namespace(*operands)
            if params and (foreign := foreign_parts(params.values())):
                namespace(*operands, *foreign)  # which refuses other libraries and devices
            if self.check is not None and xp is np:
                self.check(*operands, **params)
            named = {self.operands[0]: operands} if self.variadic else dict(zip(self.operands, operands, strict=True))
            return forward(xp, **named, **params)
        except (TypeError, AttributeError, ValueError, LookupError) as error:
            kinds = (IndexError, ValueError, MixedArraysError)
            kind: type[Exception] = next((k for k in kinds if isinstance(error, k)), TypeError)
            if type(error).__name__ == "LinAlgError":  # NumPy's, which is not imported for floats
                kind = type(error)
            shapes = " and ".join(str(getattr(x, "shape", ())) for x in operands)
            given = ", ".join(f"{name}={checks.shown(p)}" for name, p in params.items()) if kind is TypeError else ""
            raise kind(f"{self.name} of shapes {shapes}{' with ' if given else ''}{given}: {error}") from None

    def _operand(self, x: Any, operands: Sequence[Any]) -> Any:
        """An operand as formulas take it: numbers stay Python's, so that they widen no array, if those will do."""
        if self.on_floats and type(x) in _NUMBERS:
            return x
        if isinstance(x, (list, tuple, Number)):
            array = np.asarray(x)
            if array.dtype.kind in "fiubc":
                like = next(filter(is_foreign, operands), None)
                return array if like is None else beside(like, array.tolist())
        raise checks.wrong("an operand", "a number or an array of numbers", x, "2.0", TypeError)

    def _split(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        """Tell operands from parameters; parameters left out take their defaults."""
        if len(args) == len(self.arguments) and not (self.parameters or self.variadic or kwargs):
            return args, {}
        given = {**dict(zip(self.arguments, args, strict=False)), **kwargs}
        params = {**self.defaults, **given}
        if len(given) < len(args) + len(kwargs) or set(params) != set(self.arguments):
            raise TypeError(f"call {self.name}({', '.join(self.arguments)}), not {self.name}({_shown(args, kwargs)})")
        operands = [params.pop(name) for name in self.operands]
        if self.variadic:
            if not hasattr(operands[0], "__iter__"):
                raise checks.wrong(f"what {self.name} takes", "a list of arrays", operands[0], "[x, y]", TypeError)
            operands = list(operands[0])
        return operands, params

    def __reduce__(self) -> str:
        return self.name  # copied and pickled as what it is: a name in its module

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.arguments)})>"


def _are_numbers(x: Any) -> bool:
    """Whether this is a list of single numbers, and at least one of them a node."""
    return (
        isinstance(x, (list, tuple))
        and any(isinstance(entry, Operand) for entry in x)
        and all(type(entry) in _NUMBERS or getattr(entry, "shape", None) == () for entry in x)
    )


def _has_array(params: Mapping[str, Any]) -> bool:
    return any(isinstance(p, list) or getattr(p, "shape", ()) != () for p in params.values())


def _needed(vjp: Pullback, operands: int, variadic: bool) -> tuple[bool, ...]:
    """Which inputs a pullback looks at: those whose argument has no leading underscore (arguments: g, y, inputs)."""
    code = vjp.__code__
    names = _argument_names(vjp)[2 : 2 + operands]
    if variadic and code.co_flags & CO_VARARGS:
        names = (code.co_varnames[code.co_argcount + code.co_kwonlyargcount],)  # where *inputs stands
    return tuple(not name.startswith("_") for name in names)


def _argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


def _shown(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    return ", ".join([type(x).__name__ for x in args] + [f"{key}=…" for key in kwargs]) or "no arguments"

"""Module: something with parameters that can be called, and that may be made of other modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from math import prod
from operator import setitem
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

from inversa.autograd import Node, Tensor, Value
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, Call
from inversa.autograd.ops.held import brought, is_array, kept, moved, to_numpy
from inversa.autograd.ops.namespace import beside, is_foreign, kind_of
from inversa.nn.matching import matched
from inversa.nn.optim.optimizer import at_once
from inversa.nn.parameter import Buffer, Parameter, assign, mark_changed, replacing
from inversa.nn.summary import summary
from inversa.nn.training.trainable import Trainable

if TYPE_CHECKING:
    P = ParamSpec("P")
    R = TypeVar("R")
    R_co = TypeVar("R_co", covariant=True)

    class Forward(Protocol[P, R_co]):
        """A module as type checkers see a call of it: it takes and gives what its ``forward`` takes and gives."""

        title: str | None

        def forward(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
            """What the subclass writes."""


class _Signature:
    """What ``inspect.signature``, and so `jit` and ``help``, find of a module: the arguments of its ``forward``."""

    def __get__(self, module: Module | None, kind: type[Module]) -> inspect.Signature:
        if module is None or kind.__call__ is not Module.__call__:
            raise AttributeError("it has the usual signature")
        return inspect.signature(module.forward)


class MadeWith:
    """The arguments that a module was made with; modules among them are not looked for in it."""

    __slots__ = ("args", "kwargs")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs

    def __deepcopy__(self, memo: dict[int, Any]) -> MadeWith:
        """The modules among them are those of the copy; all else is shared, such as the source of random numbers."""
        return self._with(lambda x: deepcopy(x, memo) if isinstance(x, Module) else x)

    def __reduce__(self) -> Any:
        """Without what is no data, such as the source of random numbers, which may not be picklable."""
        kept = self._with(lambda x: x if isinstance(x, (Module, int, float, str)) or callable(x) else None)
        return MadeWith, (kept.args, kept.kwargs)

    def _with(self, change: Callable[[Any], Any]) -> MadeWith:
        def changed(x: Any) -> Any:
            return type(x)(map(changed, x)) if type(x) in (list, tuple) else change(x)

        return MadeWith(changed(self.args), {name: changed(x) for name, x in self.kwargs.items()})


class Module(Trainable):
    """The base class of everything with parameters; a subclass writes ``forward``.

    Parameters and child modules are found where they are kept: in attributes, and in lists or tuples that are
    attributes. A parameter is a `Parameter` or a `Value` that was not computed.

    Attributes
    ----------
    title : str or None
        What pictures call this part. A module that becomes an attribute of another one and has no title yet gets the
        attribute's name. What it computes carries the titles of the modules that were running, joined by dots; an
        empty title adds nothing.
    training : bool
        Whether the module is being trained; see `train` and `eval`.

    Examples
    --------
    >>> from inversa.autograd import tanh
    >>> from inversa.nn import Linear, Module
    >>> class Net(Module):
    ...     def __init__(self):
    ...         self.hidden = Linear(2, 3, seed=0)
    ...         self.out = Linear(3, 1, seed=1)
    ...
    ...     def forward(self, x):
    ...         return self.out(tanh(self.hidden(x)))
    >>> net = Net()
    >>> net([[1.0, 2.0]]).shape
    (1, 1)
    >>> [name for name, _ in net.named_parameters()]
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    >>> net
    Net(
      (hidden): Linear(2, 3)
      (out): Linear(3, 1)
    )
    """

    title: str | None = None
    training: bool = True
    made_with: MadeWith
    __signature__ = _Signature()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Note the arguments, for a file that says what the module is made of."""
        module = super().__new__(cls)
        vars(module)["made_with"] = MadeWith(args, kwargs)
        return module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; to be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): write what it computes there")

    def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``forward``; what it computes carries this module's title."""
        title, outer = self.title, MODE.get()
        if outer.trace is not None:
            outer.trace.visit(self)
        if not title:
            return self.forward(*args, **kwargs)
        # `with mode(…)`, written out: neurons are called by the thousand
        token = MODE.set(outer.changed(module=Call.inside(outer.module, title)))
        try:
            return self.forward(*args, **kwargs)
        finally:
            MODE.reset(token)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        for path, module in _found(name, value, Module):
            if module.title is None:
                module.title = path

    # What it is made of.

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside this one, with their names: ``hidden``, ``layers.0``."""
        for name, value in vars(self).items():
            yield from _found(name, value, Module)

    def children(self) -> Iterator[Module]:
        """The modules directly inside this one."""
        return (module for _, module in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """The module itself, named ``prefix``, and all modules inside it, each once, with their paths."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module
                stack += [(_join(path, name), child) for name, child in module.named_children()][::-1]

    def modules(self) -> Iterator[Module]:
        """The module itself and all modules inside it, each once."""
        return (module for _, module in self.named_modules())

    def own_parameters(self) -> Iterator[tuple[str, Parameter | Value]]:
        """The parameters that belong to this module itself, with their names."""
        for name, value in vars(self).items():
            for path, parameter in _found(name, value, (Parameter, Value)):
                # a Value that was computed, or a nameless constant, is a result that was kept
                if parameter.is_leaf and (parameter.requires_grad or parameter.name is not None):
                    yield path, parameter

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter | Value]]:
        """All parameters, each once, with their paths: ``hidden.weight``."""
        seen: set[int] = set()
        for path, module in self.named_modules(prefix):
            for name, parameter in module.own_parameters():
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield _join(path, name), parameter

    def parameters(self) -> list[Any]:
        """All parameters, each once, in a fixed order."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """What the module and all inside it keep besides parameters, each once, with the paths: ``1.running_mean``."""
        seen: set[int] = set()
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                for attribute, buffer in _found(name, value, Buffer):
                    if id(buffer) not in seen:
                        seen.add(id(buffer))
                        yield _join(path, attribute), buffer

    def buffers(self) -> list[Buffer]:
        """All buffers, each once."""
        return [buffer for _, buffer in self.named_buffers()]

    def named_generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        """The random generators that modules draw from while they run, with their paths."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                yield from ((_join(path, attribute), g) for attribute, g in _found(name, value, np.random.Generator))

    def parameter_count(self) -> int:
        """How many numbers training may change: for layers of neurons N = Σ H_l (H_{l−1} + 1)."""
        return sum(prod(parameter.shape) for parameter in self.parameters())

    # Training.

    def train(self, mode: bool = True) -> Self:
        """Tell this module and all inside it that they are being trained (or not); return the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Tell this module and all inside it that they are being used, not trained; return the module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget all gradients: ``grad`` is None until the next backward pass."""
        for parameter in self.parameters():
            parameter.grad = None

    # Where it is.

    def as_array(self, x: Any) -> Any:
        """What a layer computes with: a number or a list as an array beside the parameters, in their library.

        An array of another library than NumPy becomes a Tensor, for not all of them leave operators to Tensors.

        Raises
        ------
        TypeError
            For several Tensors, such as a recurrent layer gives.

        >>> from inversa.nn import Linear
        >>> Linear(2, 1).as_array([1.0, 2.0])
        array([1., 2.])
        """
        if isinstance(x, tuple) and any(isinstance(part, Node) for part in x):
            raise TypeError(
                f"{self._heading} takes one array, not {len(x)}: take the one that is meant (a recurrent layer gives "
                "its outputs alone with output='sequence', or 'last')"
            )
        if not hasattr(x, "shape"):
            own = next((parameter._array for parameter in self.parameters() if isinstance(parameter, Tensor)), None)
            x = np.asarray(x) if own is None else beside(own, x)
        return Tensor(x) if not isinstance(x, Node) and is_foreign(x) else x

    def to(self, target: Any) -> Self:
        """Move all parameters and buffers to another library of arrays, or to another device of theirs.

        They stay the same objects, so that an optimiser goes on with them, whose averages follow at its next step. What
        was moved has no gradient any more. Arrays that modules keep in attributes move along; Values stay numbers of
        Python's. Nothing is moved unless everything can be.

        Parameters
        ----------
        target : module or device
            A library, such as ``torch``, ``jax.numpy`` or ``numpy``; or what the library of the parameters calls a
            device, such as ``"cuda"``.

        Returns
        -------
        Module
            This one.

        Raises
        ------
        TypeError, ValueError
            For what is neither, and for devices that are not there.

        Examples
        --------
        >>> import dask.array, numpy
        >>> from inversa.nn import MLP
        >>> model = MLP([2, 3, 1]).to(dask.array)
        >>> model(dask.array.ones((4, 2))).data
        dask.array<...shape=(4, 1)...>
        >>> model.to(numpy)(numpy.ones((4, 2))).shape
        (4, 1)
        """
        arrays = {tensor: _moved(tensor, target) for tensor in self._leaves()}
        changed = [tensor for tensor, array in arrays.items() if array is not tensor._array]
        calls = [call for tensor in changed for call in replacing(tensor, kept(arrays[tensor]))]
        calls += [(setattr, tensor, "grad", None) for tensor in changed]
        for module in self.modules():
            own = [(name, value) for name, value in vars(module).items() if _has_arrays(value)]
            calls += [(setitem, vars(module), name, _moved(value, target)) for name, value in own]
        mark_changed(changed)
        at_once(calls)
        return self

    def _leaves(self) -> Iterable[Tensor]:
        """The Tensors that modules keep and that were not computed, parameters and constants, each once."""
        kept = [found for m in self.modules() for name, x in vars(m).items() for _, found in _found(name, x, Tensor)]
        return dict.fromkeys(x for x in [*self.parameters(), *kept] if isinstance(x, Tensor) and x.is_leaf)

    # Keeping and restoring the parameters.

    def state_dict(self) -> dict[str, Any]:
        """A copy of every parameter and buffer under its path: an array for a Tensor, a float for a Value.

        Arrays are NumPy's, whatever library the parameters are of.
        """
        return {path: _copy(x) for path, x in self._named_state()}

    def _named_state(self) -> Iterator[tuple[str, Parameter | Buffer | Value]]:
        yield from self.named_parameters()
        yield from self.named_buffers()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set all parameters and buffers from what `state_dict` gave. Nothing is changed unless everything fits.

        Arrays of any library will do; they are moved to where the parameters are. States of an `MLP`, of a
        `Sequential` and of PyTorch's modules load from each other: what all names begin with, such as ``module.``, and
        numbers that are left out say nothing (see ``inversa.nn.matching``).

        Raises
        ------
        ValueError
            When a parameter is missing, when the module has none of that name, or when a shape or kind of data differs.
        """
        parameters = dict(self._named_state())
        pairs = matched(parameters, state)
        wrong = [f"missing: {path}" for path in parameters if path not in pairs]
        wrong += [f"unexpected: {path}" for path in state if path not in pairs.values()]
        arrays = {}
        for path, theirs in pairs.items():
            try:
                arrays[path] = _fitted(parameters[path], state[theirs])
            except (TypeError, ValueError) as error:
                wrong.append(f"{path}: {error}")
            else:
                shape = tuple(getattr(arrays[path], "shape", ()))
                if shape != tuple(parameters[path].shape):
                    shapes = f"{tuple(parameters[path].shape)} here and {shape} there"
                    wrong.append(f"{path} has shape {shapes}")
        if wrong:
            raise ValueError(f"this state does not fit {type(self).__name__}: " + "; ".join(wrong))
        for path, array in arrays.items():
            assign(parameters[path], array)

    # Showing it.

    def extra_repr(self) -> str:
        """What stands in the parentheses of ``repr``, beside the children."""
        return ""

    def summary(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Print the layers, the shapes of their outputs (n samples), and their numbers of parameters.

        Parameters
        ----------
        input_shape : tuple of int, optional
            The shape of one sample, such as ``(1, 8, 8)``, where the first layer does not say how many inputs it has.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> MLP([3, 2, 3, 2]).summary()
        layer     kind                   output  parameters
        ───────────────────────────────────────────────────
        input                            (n, 3)
        layers.0  Dense(3, 2, relu)      (n, 2)           8
        layers.1  Dense(2, 3, relu)      (n, 3)           9
        layers.2  Dense(3, 2, identity)  (n, 2)           8
        ───────────────────────────────────────────────────
        total                                            25
        """
        print(summary(self, input_shape))

    @property
    def _heading(self) -> str:
        """The kind and the sizes, without what is inside: what messages call a layer."""
        return f"{type(self).__name__}({self.extra_repr()})"

    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        if not lines:
            return self._heading
        extra = [self.extra_repr()] if self.extra_repr() else []
        return "\n  ".join([f"{type(self).__name__}(", *extra, *lines]) + "\n)"


def _copy(parameter: Parameter | Buffer | Value) -> Any:
    return parameter.data if isinstance(parameter, Value) else parameter.numpy().copy()


def _fitted(parameter: Parameter | Buffer | Value, numbers: Any) -> Any:
    """Numbers as an array that a parameter can take over; for a Value a number will do."""
    if isinstance(parameter, Value):
        if isinstance(numbers, (int, float)):
            return float(numbers)
        return np.array(to_numpy(numbers), dtype=parameter.dtype)
    theirs = hasattr(numbers, "detach") and not isinstance(numbers, Node)
    if theirs and type(parameter._array) is np.ndarray:
        numbers = numbers.detach().cpu().numpy()  # PyTorch's, without what arrays of other libraries need
    return brought(parameter._array, numbers)


def _has_arrays(value: Any) -> bool:
    if type(value) in (list, tuple):
        return any(map(_has_arrays, value))
    return is_array(value) and kind_of(value.dtype) in "biufc"


def _moved(value: Any, target: Any) -> Any:
    """The array of a Tensor, or an array, alone or in a list or tuple, in another library or on another device."""
    if type(value) in (list, tuple):
        return type(value)(_moved(part, target) if _has_arrays(part) else part for part in value)
    return moved(value._observed() if isinstance(value, Tensor) else value, target)


def _found(name: str, value: Any, wanted: Any) -> Iterator[tuple[str, Any]]:
    """The wanted objects in an attribute: itself, or the members of a list or tuple."""
    if isinstance(value, wanted):
        yield name, value
    elif isinstance(value, (list, tuple)):
        for i, member in enumerate(value):
            if isinstance(member, wanted):
                yield f"{name}.{i}", member


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name

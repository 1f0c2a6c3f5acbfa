"""Optimizer: the parameters, their settings and running averages; a subclass adds the formula."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import starmap
from operator import call, setitem
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Protocol, overload

from inversa.autograd import Node, Value, checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import brought, kept, to_numpy
from inversa.autograd.ops.namespace import device, is_foreign, namespace
from inversa.nn.optim.in_place import InPlace, State, Step, Workspace
from inversa.nn.optim.settings import checked
from inversa.nn.parameter import Call, mark_changed, replacing

__all__ = ["Optimizer", "State", "leaves"]


if TYPE_CHECKING:
    P = ParamSpec("P")

    class Change(Protocol[P]):
        """An optimiser as type checkers see its constructor, which takes the settings that its ``change`` takes."""

        def change(self, w: Any, g: Any, state: State, *_: P.args, **settings: P.kwargs) -> Any:
            """What the subclass writes."""


class Optimizer(ABC):
    """The base class of all optimisers: a subclass writes ``change``, the formula, and nothing else.

    The keyword arguments of ``change`` are the optimiser's settings: the constructor takes them with the same defaults.

    Parameters
    ----------
    parameters : iterable of Parameter or Value, or of groups
        What is to be changed: ``model.parameters()``. A group is a dictionary of parameters, under ``"params"``, and of
        settings for these alone: ``[{"params": [W], "lr": 0.1}, {"params": [b]}]``.
    *positional, **named
        The settings, among them the learning rate ``lr``.

    Attributes
    ----------
    groups : list of dict
        The parameters of every group, under ``"params"``, and all its settings.
    state : dict
        What ``change`` keeps for every parameter from step to step: its running averages. As kernels change arrays in
        place, `state_dict` gives copies.

    Raises
    ------
    ValueError
        When there are no parameters, one of them twice, or a setting has an impossible value.
    TypeError
        When something else than a Value or Tensor that was not computed is among the parameters, or there is no
        setting of this name. Frozen parameters are left alone.

    Examples
    --------
    Gradient descent that looks at the signs of the gradients alone:

    >>> from inversa.autograd import Value, sign
    >>> from inversa.nn.optim import Optimizer
    >>> class SignDescent(Optimizer):
    ...     def change(self, w, g, state, *, lr=0.01):
    ...         return -lr * sign(g)
    >>> w = Value(1.0)
    >>> optimizer = SignDescent([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.75
    """

    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls) -> None:
        settings = [p for p in inspect.signature(cls.change).parameters.values() if p.kind is p.KEYWORD_ONLY]
        if "change" in vars(cls) and "lr" not in [p.name for p in settings]:
            raise TypeError(f"{cls.__name__}.change() lacks the learning rate: write change(self, w, g, state, *, lr)")
        # The constructor takes them by position, too: SGD(parameters, 0.1).
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = [inspect.Parameter("parameters", kind), *settings]
        cls.__signature__ = inspect.Signature([p.replace(kind=kind, annotation=p.empty) for p in names])

    @overload
    def __init__(self: Change[P], parameters: Iterable[Any], *positional: P.args, **named: P.kwargs) -> None: ...
    @overload
    def __init__(self, parameters: Iterable[Mapping[str, Any]], *positional: Any, **named: Any) -> None: ...
    @overload
    def __init__(self, parameters: Iterable[Any], lr: float, /, *positional: Any, **named: Any) -> None: ...
    def __init__(self, parameters: Iterable[Any], *positional: Any, **named: Any) -> None:
        entries = _listed(parameters)
        groups = entries if all(isinstance(entry, Mapping) for entry in entries) else [{"params": entries}]
        self.groups = [
            {**self._settings(group, positional, named), "params": leaves(group["params"])} for group in groups
        ]
        if not self.parameters:
            raise ValueError("there is nothing to optimise: the list of parameters is empty")
        self.state: dict[Any, State] = {parameter: {} for parameter in self.parameters}
        if len(self.state) < len(self.parameters):
            raise ValueError("a parameter is in the list twice: it would be changed twice at every step")
        self._workspace = Workspace()

    def _settings(
        self, group: Mapping[str, Any], positional: tuple[Any, ...], named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """All settings of a group: its own, those given for all groups, and the defaults."""
        if "params" not in group:
            raise ValueError(f"a group of parameters has an entry 'params', not only {', '.join(group)}")
        try:
            given = self.__signature__.bind_partial(group["params"], *positional, **named).arguments
            bound = self.__signature__.bind(**{**given, **_without_params(group)})
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}{self.__signature__}: {error}") from None
        bound.apply_defaults()
        del bound.arguments["parameters"]
        return self.check(bound.arguments)

    def check(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """A group's settings as they will be used; a subclass may add conditions of its own.

        Raises
        ------
        ValueError
            When one of the usual settings (``lr``, ``betas``, ``eps``, …) has an impossible value.
        """
        return {name: checked(name, setting) for name, setting in settings.items()}

    @abstractmethod
    def change(self, w: Any, g: Any, state: State, *_: Any, **settings: Any) -> Any:
        """What is added to a parameter; the subclass writes ``def change(self, w, g, state, *, lr, …)``.

        Parameters
        ----------
        w, g : float or array
            The parameter and its gradient: floats for a Value, arrays of one shape for a Tensor.
        state : dict
            What was kept for this parameter, at first nothing. New numbers and arrays are put there; none is changed
            in place, so that a step that fails half way leaves everything as it was.
        **settings
            Those of the parameter's group.
        """

    def in_place(self, *_: Any, **settings: Any) -> InPlace | None:
        """The kernel that does the same as ``change`` with these settings; None, as here, where there is none.

        It counts for this very class alone: a subclass may have another formula.
        """
        return None

    def step(self) -> None:
        """Change every parameter that has a gradient; nothing is recorded.

        NumPy's arrays are changed in place; those of other libraries are never written into, new ones take their place.
        Nothing is changed before everything is computed, or has been found to be in order for a kernel.

        Raises
        ------
        MixedArraysError
            When a gradient is of another library than its parameter, or on another device.
        """
        step = Step([], [], {})
        assignments = []  # the calls that change what is not for a kernel
        has_kernel = "in_place" in vars(type(self))
        for group in self.groups:
            settings = _without_params(group)
            in_place = self.in_place(**settings) if has_kernel else None
            rest = group["params"]
            if in_place is not None:
                rest = self._workspace.prepare(in_place, rest, self.state, step)
            for parameter in rest:
                if parameter.grad is not None and parameter.requires_grad:
                    state = step.states[parameter] = _beside(parameter._data, self.state[parameter])
                    assignments += self._assignments(parameter, state, settings)
                    if not isinstance(parameter, Value):
                        step.tensors.append(parameter)
        self._workspace.copy_aliased_gradients(step)
        if step.states:
            assignments.append((self.state.update, step.states))
        mark_changed(step.tensors)
        at_once(step.calls + assignments)

    def _assignments(self, parameter: Any, state: State, settings: dict[str, Any]) -> list[Call]:
        """The calls that will give a parameter its new values, which are computed here by the formula."""
        g = parameter.grad
        if isinstance(parameter, Value):
            w = parameter.data
            return [(setattr, parameter, "_data", float(w + self.change(w, g, state, **settings)))]  # see at_once
        foreign = is_foreign(parameter._array)
        # a plain look; .data would make the engine watch for changes from outside
        w = parameter._observed() if foreign else parameter.numpy()
        namespace(w, g)  # others are refused
        result = w + self.change(w, g, state, **settings)
        result = kept(result, w.dtype) if foreign else np.asarray(result, dtype=w.dtype)
        if result.shape != w.shape:
            shapes = f"{tuple(w.shape)} cannot change by numbers of shape {tuple(result.shape)}"
            raise ValueError(f"a parameter of shape {shapes}")
        return replacing(parameter, result) if foreign else [(setitem, parameter._array, ..., result)]

    def zero_grad(self) -> None:
        """Forget all gradients: ``grad`` is None until the next backward pass."""
        for parameter in self.parameters:
            parameter.grad = None

    @property
    def parameters(self) -> list[Any]:
        """The parameters of all groups."""
        return [parameter for group in self.groups for parameter in group["params"]]

    @property
    def lr(self) -> float:
        """The learning rate, that of the first group; setting it sets that of all groups."""
        return self.groups[0]["lr"]  # type: ignore[no-any-return]

    @lr.setter
    def lr(self, rate: float) -> None:
        rate = checked("lr", rate)
        for group in self.groups:
            group["lr"] = rate

    # Keeping and restoring it.

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that training needs to go on: of every parameter's state, in order, and the groups' settings.

        Arrays are NumPy's, whatever library the parameters are of.

        >>> from inversa.autograd import Value
        >>> from inversa.nn import optim
        >>> optim.SGD([Value(1.0)], lr=0.1).state_dict()
        {'state': [{}], 'groups': [{'lr': 0.1, 'momentum': 0.0, 'nesterov': False}]}
        """
        return {
            "state": [{name: _copy(entry) for name, entry in state.items()} for state in self.state.values()],
            "groups": [_without_params(group) for group in self.groups],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave, bit for bit. Nothing is changed unless everything fits.

        Arrays of any library will do; they are moved to where the parameters are.

        Raises
        ------
        ValueError
            When the number of parameters or groups differs, the names of the settings, or the shape of an average.
        """
        if state.keys() != {"state", "groups"}:
            raise ValueError(f"an optimiser's state has the entries 'state' and 'groups', not {', '.join(state)}")
        wrong = []
        for name, here, there in (("parameters", self.state, state["state"]), ("groups", self.groups, state["groups"])):
            if len(here) != len(there):
                wrong.append(f"{name}: {len(here)} here and {len(there)} there")
        for number, (group, saved) in enumerate(zip(self.groups, state["groups"], strict=False)):
            own = _without_params(group)
            if own.keys() != saved.keys():
                wrong.append(f"group {number} has the settings {', '.join(own)} here and {', '.join(saved)} there")
        for number, (parameter, saved) in enumerate(zip(self.state, state["state"], strict=False)):
            for name, entry in saved.items():
                shape = () if isinstance(entry, (int, float)) else np.shape(entry)
                if shape not in ((), parameter.shape):
                    shapes = f"{shape}, the parameter {parameter.shape}"
                    wrong.append(f"{name!r} of parameter {number} has shape {shapes}")
        if wrong:
            raise ValueError(f"this state does not fit {type(self).__name__}: " + "; ".join(wrong))
        # A rate of 0 is refused as a setting, but a schedule may have come to it.
        groups = [
            {
                **self.check({**saved, "lr": saved["lr"] or 1.0}),
                "lr": checks.not_negative("the learning rate", saved["lr"]),
            }
            for saved in state["groups"]
        ]
        states = {
            parameter: {name: _restored(entry, parameter) for name, entry in saved.items()}
            for parameter, saved in zip(self.state, state["state"], strict=True)
        }
        for group, settings in zip(self.groups, groups, strict=True):
            group.update(settings)
        self.state = states

    def __repr__(self) -> str:
        groups = []
        for group in self.groups:
            count = len(group["params"])
            settings = [f"{name}={setting!r}" for name, setting in _without_params(group).items()]
            groups.append(", ".join([f"{count} parameter{'s' * (count != 1)}", *settings]))
        shown = groups[0] if len(groups) == 1 else "\n  " + "\n  ".join(groups) + "\n"
        return f"{type(self).__name__}({shown})"


def at_once(calls: Iterable[Call]) -> None:
    """Make all calls so that Ctrl-C comes before the first or after the last.

    Python looks for Ctrl-C where it runs code of its own: a loop could be left half way, with some parameters changed
    and others not. This is one instruction that runs through all calls, so none of them may run Python's code either:
    a Value is set in its slot, for its ``data`` is a property, and arrays not by ``np.copyto``, which asks a function
    of NumPy first. (The first call of a kernel does, when it is compiled.)
    """
    deque(starmap(call, calls), maxlen=0)


def leaves(parameters: Iterable[Any]) -> list[Any]:
    """The parameters as a list, each a Value or Tensor that was not computed."""
    listed = _listed(parameters)
    for parameter in listed:
        if not isinstance(parameter, Node) or not parameter.is_leaf:
            raise TypeError(f"a parameter is a Value or Tensor that was not computed, not {parameter!r}")
    return listed


def _listed(parameters: Iterable[Any]) -> list[Any]:
    if isinstance(parameters, (Node, Mapping)) or not isinstance(parameters, Iterable):
        raise TypeError(
            f"parameters come in a list, such as model.parameters() or [w, b]; this is a {type(parameters).__name__}"
        )
    return list(parameters)


def _without_params(group: Mapping[str, Any]) -> dict[str, Any]:
    settings = dict(group)
    del settings["params"]
    return settings


def _beside(w: Any, state: State) -> State:
    """A copy of a parameter's state, its averages where the parameter is now: it may have been moved since."""
    return {name: brought(w, entry) if _is_elsewhere(entry, w) else entry for name, entry in state.items()}


def _is_elsewhere(entry: Any, w: Any) -> bool:
    if not hasattr(entry, "dtype") or not (is_foreign(entry) or is_foreign(w)):
        return False
    return type(entry) is not type(w) or device(entry) != device(w)


def _copy(entry: Any) -> Any:
    return np.array(to_numpy(entry)) if hasattr(entry, "dtype") else entry


def _restored(entry: Any, parameter: Any) -> Any:
    """One entry of a saved state as ``change`` left it: from a file, a number may come as an array without axes."""
    if isinstance(entry, (int, float)) and isinstance(parameter, Value):
        return entry
    entry = to_numpy(entry)
    is_number = entry.shape == () and (isinstance(parameter, Value) or parameter.shape or entry.dtype.kind != "f")
    return entry.item() if is_number else brought(parameter._array, entry)

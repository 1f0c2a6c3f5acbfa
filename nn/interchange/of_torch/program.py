"""Program: what torch.export saw of a module, run on Tensors. Nothing of PyTorch's is in it any more."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inversa.autograd import Tensor, part
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import fitted, function_of
from inversa.nn.interchange.of_torch.values import is_float
from inversa.nn.module import Module

Length = int | str  # of an axis; a text stands for any length, the same one for the same text


@dataclass(frozen=True)
class Name:
    """Stands among arguments for what a step gave."""

    name: str


@dataclass(frozen=True)
class Form:
    """The shape and the type of an array."""

    shape: tuple[Length, ...]
    dtype: str

    def fits(self, x: Any) -> bool:
        """Whether an array has this shape."""
        lengths = zip(self.shape, x.shape, strict=False)
        return len(self.shape) == len(x.shape) and all(isinstance(n, str) or n == found for n, found in lengths)


@dataclass(frozen=True)
class Step:
    """One operator: its name, what computes it, its arguments, the part of the model, and what it should give."""

    name: str
    operator: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    part: str = ""
    form: Form | None = None


@dataclass(frozen=True)
class Listing:
    """A program as data.

    Attributes
    ----------
    title : str
        The class of the module.
    inputs : mapping from str to Form
        What it is called with.
    known : mapping from str to str
        Names of parameters and buffers, and their paths in the module.
    constants : mapping from str to array
        Other arrays by name.
    steps : sequence of Step
    outputs : nested tuples, lists and dicts of Names
    """

    title: str
    inputs: Mapping[str, Form]
    known: Mapping[str, str]
    constants: Mapping[str, Any]
    steps: Sequence[Step]
    outputs: Any


class Run:
    """The function that a program is, with arguments of their names in PyTorch."""

    def __init__(self, program: Program) -> None:
        self.program = program
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in program.listing.inputs])

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """Run it."""
        return self.program.run(*self.__signature__.bind(*inputs, **named).args)


class _Forward:
    """What ``forward`` of a program is: a function of the inputs that the example had."""

    def __get__(self, program: Program | None, kind: type[Program]) -> Any:
        return self if program is None else Run(program)


class Program(Module):
    """A module of PyTorch's as the operators that it runs, with its parameters under their names there.

    Made by `from_torch`.

    Parameters
    ----------
    listing : Listing
    state : mapping from str to Parameter, Buffer or array
        Parameters and buffers by their paths. What has several paths, such as tied weights, is one object.
    """

    def __init__(self, listing: Listing, state: Mapping[str, Any]) -> None:
        self.listing = listing
        self.lengths_refused: frozenset[int] = frozenset()
        self.takes_integers = any(np.dtype(form.dtype).kind in "iu" for form in listing.inputs.values())
        for path, array in state.items():
            vars(self)[path] = array  # named as in PyTorch, with dots

    forward: Any = _Forward()

    def run(self, *inputs: Any) -> Any:
        """What the module's ``forward`` gives.

        Raises
        ------
        InterchangeError
            For inputs of another number, or of other lengths than the example had; the first axis is free.
        """
        found: dict[str, Any] = {name: vars(self)[path] for name, path in self.listing.known.items()}
        found |= {name: Tensor(x) if x.dtype.kind == "f" else x for name, x in self.listing.constants.items()}
        found |= self._given(inputs)
        for step in self.listing.steps:
            if step.part:
                with part(step.part):
                    found[step.name] = self._computed(step, found)
            else:
                found[step.name] = self._computed(step, found)
        return _looked_up(self.listing.outputs, found)

    def _given(self, inputs: Sequence[Any]) -> dict[str, Any]:
        """The inputs by their names, checked."""
        forms = self.listing.inputs
        lengths: dict[str, int] = {}
        given = {}
        for (name, form), x in zip(forms.items(), inputs, strict=True):
            x = self.as_array(x)
            wanted = tuple(lengths.setdefault(n, found) if isinstance(n, str) else n for n, found in _beside(form, x))
            if not form.fits(x) or wanted != tuple(x.shape):
                shown = ", ".join("any" if isinstance(n, str) else str(n) for n in form.shape)
                raise InterchangeError(
                    f"{self.listing.title} was taken over for {name} of the shape ({shown}), not {tuple(x.shape)}: "
                    "call from_torch with an example of this shape"
                )
            given[name] = _of_type(x, form.dtype)
        for n in self.lengths_refused.intersection(lengths.values()):
            raise InterchangeError(f"{self.listing.title} computes {n} samples otherwise than more of them")
        return given

    def _computed(self, step: Step, found: Mapping[str, Any]) -> Any:
        args, kwargs = _looked_up(step.args, found), _looked_up(step.kwargs, found)
        try:
            result = step.function(*args, **kwargs)
        except InterchangeError as error:
            raise InterchangeError(f"{self.listing.title} cannot be run: {error}") from error
        if step.form is None:
            return result
        result = _of_type(result, step.form.dtype)
        if not step.form.fits(result):
            raise InterchangeError(
                f"{self.listing.title} cannot be run: {step.operator} gives the shape {tuple(result.shape)}, where "
                f"PyTorch's gives {step.form.shape}"
            )
        return result

    def extra_repr(self) -> str:
        """The class, and how many operators it runs."""
        return f"{self.listing.title}, {len(self.listing.steps)} operators"


def step_of(name: str, operator: str, args: Any, kwargs: Any, title: str, form: Form | None) -> Step:
    """A step, if there is a function for its operator that takes these arguments."""
    function = function_of(operator)
    return Step(name, operator, function, tuple(args), fitted(operator, function, args, kwargs), title, form)


def _beside(form: Form, x: Any) -> zip[tuple[Length, int]]:
    return zip(form.shape, x.shape, strict=False)


def _looked_up(x: Any, found: Mapping[str, Any]) -> Any:
    """Arguments with what the names in them stand for."""
    match x:
        case Name(name):
            return found[name]
        case list() | tuple():
            return type(x)(_looked_up(entry, found) for entry in x)
        case dict():
            return {key: _looked_up(entry, found) for key, entry in x.items()}
    return x


def _of_type(x: Any, dtype: str) -> Any:
    """An array of the type that PyTorch has there; numbers in Python mix with arrays by other rules there."""
    if not hasattr(x, "dtype"):
        x = np.asarray(x, dtype)
    if np.dtype(x.dtype) == np.dtype(dtype):
        return Tensor(x) if np.dtype(dtype).kind == "f" and not isinstance(x, Tensor) else x
    kind = np.dtype(dtype).kind
    if kind == "f":
        return x.astype(dtype) if isinstance(x, Tensor) else Tensor(np.asarray(x).astype(dtype))
    if is_float(x):
        raise InterchangeError(f"whole numbers are wanted, not {x.dtype}")
    return x.astype(dtype)

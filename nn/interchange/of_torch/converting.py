"""The conversion of one module and of all inside it: ours where there is one, else what torch.export sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of
from inversa.nn.interchange.of_torch.checking import answers, leaves_of, our_gradients, their_gradients
from inversa.nn.interchange.of_torch.exporting import exported
from inversa.nn.interchange.of_torch.modules import Named, ours_for, refuse_training
from inversa.nn.interchange.of_torch.program import Program
from inversa.nn.interchange.of_torch.weights import taken_over, with_weights_of
from inversa.nn.layers import Sequential
from inversa.nn.lookalikes import torch_of
from inversa.nn.module import Module


class Converting:
    """A module on its way.

    Parameters
    ----------
    module : torch.nn.Module
    example : sequence of array, or None
    """

    def __init__(self, module: Any, example: Sequence[Any] | None) -> None:
        self.module = module
        self.example = example
        refuse_training(module)
        self.known = taken_over(module)
        self._inputs: dict[int, list[Any]] | None = None  # of the members of Sequentials, once they are asked for
        self._made: dict[int, Module] = {}

    def whole(self) -> Module:
        """The module as ours."""
        return self._converted(self.module, "")

    def _converted(self, module: Any, path: str) -> Module:
        if id(module) not in self._made:
            self._made[id(module)] = self._anew(module, path)
        return self._made[id(module)]

    def _anew(self, module: Any, path: str) -> Module:
        kind = type(module)
        if kind.__module__ == "torch.nn.modules.container" and kind.__name__ == "Sequential":
            members = {name: self._converted(m, f"{path}.{name}".lstrip(".")) for name, m in module.named_children()}
            members = self._repeated(module, members)
            numbered = list(members) == [str(i) for i in range(len(members))]
            both = Sequential(*members.values()) if numbered else Named(members)
            return both.train(bool(module.training)) if not members else both
        ndim = self._ndim(module) if kind.__name__ in ("Softmax", "LogSoftmax") else None
        ours = ours_for(module, ndim)
        return self._program(module) if ours is None else with_weights_of(ours, module, self.known)

    def _repeated(self, module: Any, members: dict[str, Module]) -> dict[str, Module]:
        """With those that stand in a Sequential twice, which named_children() gives once."""
        names = {name: id(m) for name, m in module._modules.items() if m is not None}
        return {name: self._made[key] for name, key in names.items()}

    def _ndim(self, module: Any) -> int | None:
        inputs = self._inputs_of(module) if self.example is not None else None
        return inputs[0].ndim if inputs else None

    def _program(self, module: Any) -> Program:
        """What torch.export sees of a module, checked with the example."""
        name = type(module).__name__
        if self.example is None:
            raise InterchangeError(f"{name} is none of our layers: give an example of what it takes, from_torch(m, x)")
        inputs = self._inputs_of(module)
        if inputs is None:
            raise InterchangeError(f"{name} is not called with arrays alone, or not at all, for this example")
        self._answers(module, inputs)
        program = exported(module, inputs, self.known)
        program.train(bool(module.training))
        self._check(program, module, inputs)
        return program

    def _answers(self, module: Any, inputs: Sequence[Any]) -> None:
        """Raise if PyTorch's own module does not take this."""
        try:
            answers(module, inputs)
        except Exception as error:
            name, said = type(module).__name__, str(error).strip().partition("\n")[0]
            raise InterchangeError(f"{name} does not take this example: {said}") from error

    def _check(self, program: Program, module: Any, inputs: Sequence[Any]) -> None:
        """Compare with PyTorch's own answer and gradients, also for a single sample, which its export passes over."""
        name = type(module).__name__
        if not _alike(program, module, inputs):
            raise InterchangeError(f"{name} gives other numbers here than in PyTorch, for the example")
        if not _gradients_alike(program, module, inputs):
            raise InterchangeError(
                f"{name} has other gradients in PyTorch: a part of it is cut off from them (detach, torch.no_grad), or "
                "has a backward of its own"
            )
        single = [x[:1] if x.ndim else x for x in inputs]
        free = all(isinstance(form.shape[0], str) for form in program.listing.inputs.values() if form.shape)
        if free and not _takes(program, module, single):
            program.lengths_refused = frozenset({1})

    def _inputs_of(self, module: Any) -> list[Any] | None:
        """What a module inside the whole is called with, for the example."""
        assert self.example is not None
        if module is self.module:
            return list(self.example)
        if self._inputs is None:
            self._inputs = _seen_inputs(self.module, self.example)
        return self._inputs.get(id(module))


def _seen_inputs(module: Any, example: Sequence[Any]) -> dict[int, list[Any]]:
    """What every module inside this one is called with, the first time, if that are arrays alone."""
    found: dict[int, list[Any]] = {}
    torch = torch_of(module)

    def note(part: Any, inputs: Any) -> None:
        if id(part) not in found and all(isinstance(x, torch.Tensor) for x in inputs):
            found[id(part)] = [array_of(x) for x in inputs]

    hooks = [part.register_forward_pre_hook(note) for part in module.modules()]
    try:
        answers(module, example)
    except Exception as error:
        raise InterchangeError(f"{type(module).__name__} does not take this example: {error}") from error
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _alike(program: Program, module: Any, inputs: Sequence[Any]) -> bool:
    """Whether both give the same numbers, but for rounding."""
    theirs = answers(module, inputs)
    ours = [array_of(x) for x in leaves_of(program(*inputs))]
    return len(ours) == len(theirs) and all(map(_equal, ours, theirs))


def _takes(program: Program, module: Any, inputs: Sequence[Any]) -> bool:
    """Whether both take this, and give the same numbers."""
    try:
        return _alike(program, module, inputs)
    except Exception:
        return False


def _gradients_alike(program: Program, module: Any, inputs: Sequence[Any]) -> bool:
    """Whether both have the same gradients near the example, where no two entries are equal by chance."""
    generator = np.random.default_rng(0)
    inputs = [_shaken(x, generator) for x in inputs]
    seeds = [generator.normal(size=y.shape).astype(y.dtype) for y in answers(module, inputs)]
    ours, theirs = our_gradients(program, inputs, seeds), their_gradients(module, inputs, seeds)
    return ours.keys() == theirs.keys() and all(_equal(ours[name], g) for name, g in theirs.items())


def _shaken(x: Any, generator: Any) -> Any:
    if x.dtype.kind != "f":
        return x
    size = np.max(np.abs(x), initial=0.0) or 1.0
    return (x + 1e-3 * size * generator.normal(size=x.shape)).astype(x.dtype)


def _equal(ours: Any, theirs: Any) -> bool:
    """Whether two arrays are the same but for rounding, of which most is where the numbers are large."""
    if ours.shape != theirs.shape:
        return False
    digits = {2: 1e-2, 4: 1e-3}.get(theirs.dtype.itemsize, 1e-8) if theirs.dtype.kind == "f" else 0.0
    finite = theirs[np.isfinite(theirs)]
    room = digits * max(1.0, float(np.max(np.abs(finite), initial=0.0)))
    return bool(np.allclose(ours, theirs, rtol=digits, atol=room, equal_nan=True))

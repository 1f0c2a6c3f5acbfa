"""The conversion of one module and of all inside it: ours where there is one, else what torch.export sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of, tensors, torch_of
from inversa.nn.interchange.of_torch.exporting import exported
from inversa.nn.interchange.of_torch.modules import Named, ours_for, refuse_training, taken_over, with_weights_of
from inversa.nn.interchange.of_torch.program import Program
from inversa.nn.layers import Sequential
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
        program = exported(module, inputs, self.known)
        program.train(bool(module.training))
        self._check(program, module, inputs)
        return program

    def _check(self, program: Program, module: Any, inputs: Sequence[Any]) -> None:
        """Compare with PyTorch's own answer, also for a single sample, which its export takes for several."""
        if not _alike(program, module, inputs):
            raise InterchangeError(f"{type(module).__name__} gives other numbers here than in PyTorch, for the example")
        single = [x[:1] if x.ndim else x for x in inputs]
        free = all(isinstance(form.shape[0], str) for form in program.listing.inputs.values() if form.shape)
        if free and not _alike(program, module, single):
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
        _called(module, example)
    except Exception as error:
        raise InterchangeError(f"{type(module).__name__} does not take this example: {error}") from error
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _called(module: Any, inputs: Sequence[Any]) -> Any:
    """What a module of PyTorch's gives; its buffers stay as they are."""
    torch = torch_of(module)
    kept = [(b, b.clone()) for b in module.buffers()]
    try:
        with torch.no_grad():
            return module(*tensors(inputs, module))
    finally:
        with torch.no_grad():
            for b, before in kept:
                b.copy_(before)


def _alike(program: Program, module: Any, inputs: Sequence[Any]) -> bool:
    """Whether both give the same numbers, but for rounding; also where neither takes the inputs."""
    try:
        theirs = [array_of(x) for x in leaves_of(_called(module, inputs))]
    except Exception:
        return False
    ours = [array_of(x) for x in leaves_of(program(*inputs))]
    return len(ours) == len(theirs) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=_digits(b), atol=_digits(b), equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )


def leaves_of(answer: Any) -> list[Any]:
    """The arrays in what a module gives, in order."""
    if isinstance(answer, dict):
        return [leaf for part in answer.values() for leaf in leaves_of(part)]
    if isinstance(answer, (list, tuple)):
        return [leaf for part in answer for leaf in leaves_of(part)]
    return [] if answer is None else [answer]


def _digits(x: Any) -> float:
    return {2: 1e-2, 4: 1e-3}.get(x.dtype.itemsize, 1e-8) if x.dtype.kind == "f" else 0.0

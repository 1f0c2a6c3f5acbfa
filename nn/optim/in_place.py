"""Steps in place: the compiled kernel that does what an optimiser's formula says, where the arrays allow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.lazy import LazyModule, np
from inversa.nn.parameter import Call

if TYPE_CHECKING:
    from inversa.autograd.kernels import compiling
    from inversa.autograd.kernels import optimizers as kernels
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import
    kernels = LazyModule("inversa.autograd.kernels.optimizers")

__all__ = ["Call", "InPlace", "State", "Step", "Workspace"]

State = dict[str, Any]


class InPlace(NamedTuple):
    """A kernel that gives what ``change`` gives, to the last bit, and its other arguments.

    It is for arrays of every size: even with the smallest, NumPy takes longer for any two operations.
    """

    kernel: str  # its name in inversa.autograd.kernels.optimizers
    averages: tuple[str, ...]  # arrays that it changes together with the parameter: their names in the state
    numbers: tuple[float, ...]  # True is 1, and False 0
    counts: bool = False  # whether it takes the number of the step, "t" in the state

    def rows(self, state: State, dtype: Any, shape: Any) -> list[Any] | None:
        """Flat views of the averages, and the number of the step; None if there is an average of another kind.

        What is new, or will be after the step, is put into the state.
        """
        if self.counts:
            state["t"] = state.get("t", 0) + 1
        rows = []
        for name in self.averages:
            average = state.get(name)
            if average is None:
                average = np.zeros(shape, dtype)
            elif type(average) is not np.ndarray or average.shape != shape or average.dtype != dtype:
                return None
            state[name] = _tidy(average)
            rows.append(state[name].ravel())
        return [*rows, float(state["t"])] if self.counts else rows


class Step(NamedTuple):
    """All that one step will change."""

    calls: list[Call]  # these make the changes
    tensors: list[Any]
    states: dict[Any, State]  # the new ones, where there are averages


class Workspace:
    """Where the calls of kernels are prepared: it keeps for the next step what does not change.

    Of the few microseconds that a step of a small network takes, most would be spent on looking at its arrays anew.
    """

    def __init__(self) -> None:
        # Of every parameter's array a flat view, its class, the type of its entries, its shape.
        self._targets: dict[Any, tuple[Any, Any, Any, Any]] = {}
        self._arrays: set[int] = set()  # the ids of these arrays

    def __reduce__(self) -> Any:
        return Workspace, ()  # a copy of the optimiser changes other arrays

    def prepare(self, in_place: InPlace, parameters: list[Any], kept: dict[Any, State], step: Step) -> list[Any]:
        """Add to the step the calls of a kernel; return the parameters that are not for it: the formula is left.

        Nothing is changed yet.
        """
        name, averages, numbers, _ = in_place
        kernel = None
        # An edited group may hold an integer: for the compiler that would be another kernel.
        numbers = tuple(map(float, numbers))
        targets, calls, tensors = self._targets, step.calls, step.tensors
        left = []
        for parameter in parameters:
            g = parameter.grad
            if g is None or not parameter._requires_grad:
                continue
            if type(g) is float or not compiling.HAS_NUMBA:  # of a Value, with which it is never loaded
                left.append(parameter)
                continue
            target = targets.get(parameter)
            if target is None or target[0].base is not parameter._array:
                target = self._target(parameter)
            w, kind, dtype, shape = target
            if type(g) is not kind or g.shape != shape or g.dtype != dtype:
                left.append(parameter)
                continue
            rows: Sequence[Any] = ()
            if averages:
                state = dict(kept[parameter])
                views = in_place.rows(state, dtype, shape)
                if views is None:
                    left.append(parameter)
                    continue
                rows, step.states[parameter] = views, state
            g = (g if g.flags.carray else g.copy()).ravel()
            kernel = kernel or getattr(kernels, name)
            calls.append((kernel, w, g, *rows, *numbers))
            tensors.append(parameter)
        return left

    def copy_aliased_gradients(self, step: Step) -> None:
        """Copy gradients that alias another parameter, which may be updated first (``x.grad = y.data``).

        For y may change before x.
        """
        if not self._arrays.isdisjoint([id(arguments[2].base) for arguments in step.calls]):
            step.calls[:] = [(kernel, w, g.copy(), *rest) for kernel, w, g, *rest in step.calls]

    def _target(self, parameter: Any) -> tuple[Any, Any, Any, Any]:
        """Look at a parameter's array: for the first time, or because another one has taken its place."""
        if parameter in self._targets:
            self._arrays.discard(id(self._targets.pop(parameter)[0].base))
        w = parameter._data
        if not isinstance(w, np.ndarray) or w.dtype not in (np.float32, np.float64) or not w.flags.carray:
            return None, None, None, None  # fits no gradient
        self._arrays.add(id(w))
        target = self._targets[parameter] = w.ravel(), type(w), w.dtype, w.shape
        return target


def _tidy(x: Any) -> Any:
    """The array, or a copy if its entries do not lie side by side in the usual order."""
    return x if x.flags.carray else x.copy()

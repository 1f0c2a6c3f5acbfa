"""Which class a model gives to which part of the plane, and where exactly one ends and another begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inversa.autograd.lazy import np
from inversa.viz.plots.samples import classes, finite, predictions

GRID_POINTS = 200  # of the grid, along each side
HALVINGS = 7  # of the way between two of its points of different classes
ROOM = 0.08  # around the data, as a share of their range


def classifier(model: Any, kinds: Any, threshold: float | None) -> Callable[[Any], Any]:
    """The model as a function from points to classes; ``kinds`` are those of the data, sorted."""
    trainer = getattr(model, "trainer", None)
    compiled = threshold is None and trainer is not None and trainer.objective.decide is not None
    if threshold is not None and len(kinds) > 2:
        raise ValueError(f"a threshold tells two classes apart; y has {len(kinds)}")

    def decide(points: Any) -> Any:
        answers = predictions(model, points, "predict_classes" if compiled else "predict")
        answers = answers.reshape(len(points), -1)
        if answers.dtype.kind in "fiub":
            finite("the model's answers", answers)
        if answers.shape[1] > 1:
            if compiled:
                raise ValueError("regions need one class for each point; this model gives several labels")
            return _at(answers.argmax(axis=1), answers.shape[1], kinds)
        whole = compiled or answers.dtype.kind != "f" or hasattr(model, "classes_") or len(kinds) > 2
        if threshold is None and whole:
            labels = classes("the model's answers", answers)
            return _at(labels, len(kinds), kinds) if kinds.dtype.kind == "U" != labels.dtype.kind else labels
        negative = kinds.dtype.kind == "i" and kinds[0] < 0
        low, high = kinds if len(kinds) == 2 else (-1, 1) if negative else (0, 1)
        middle = (0.0 if negative else 0.5) if threshold is None else threshold
        return np.where(answers[:, 0] >= middle, high, low)

    return decide


def _at(outputs: Any, count: int, kinds: Any) -> Any:
    """The classes of outputs 0, 1, …: these numbers, or, where the data have other classes, those in their order."""
    if kinds.dtype.kind == "i" and kinds[0] >= 0 and kinds[-1] < count:
        return outputs
    if len(kinds) != count or outputs.min() < 0 or outputs.max() >= count:
        raise ValueError(f"the model tells {count} classes apart; those in y are {', '.join(map(str, kinds))}")
    return kinds[outputs]


def sides(x: Any) -> list[Any]:
    """The coordinates of a grid around samples of two inputs."""
    room = [ROOM * float(np.ptp(values)) or 1.0 for values in x.T]
    return [
        np.linspace(values.min() - more, values.max() + more, GRID_POINTS)
        for values, more in zip(x.T, room, strict=True)
    ]


def points(grid: list[Any]) -> Any:
    """All points of a grid, one a row."""
    return np.column_stack([side.ravel() for side in np.meshgrid(*grid)])


def sharpen(contours: Any, grid: list[Any], inside: Callable[[Any], Any]) -> None:
    """Move the corners of contours of a class, found on a grid, to where the model changes its answer.

    Each lies half-way between two neighbours on the grid of which one is inside. Bisection finds the place between
    them, of any model: it has to answer, not to be smooth.
    """
    first, step = np.array([[side[0], side[1] - side[0]] for side in grid]).T
    for path in contours.get_paths():
        if not len(path.vertices):
            continue
        places = (path.vertices - first) / step
        half = np.where(np.abs(places - np.round(places)) > 0.25, step / 2, 0.0)
        low, high = path.vertices - half, path.vertices + half
        low_inside = inside(low)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            same = (inside(middle) == low_inside)[:, None]
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        path.vertices = (low + high) / 2

"""Exercises on backpropagation by hand, and the diagnosis of answers: which rule was broken, and where.

A sheet has *cells*: sums, outputs, the cost, deltas, gradients. Each kind of cell has one rule (`rules`) and a few
broken ones (`mistakes`), written once for everything they are run on: `intervals` of what rounding allows, and
`writing`, which gives the equation in names and in numbers. `networks` finds the `cells`, `running` goes through them;
`searching` finds the mistakes that explain a sheet, `telling` says so: that is a `diagnosis`. `choosing` draws numbers
that show every mistake, `solution` writes what is right, `alternatives` is for one number that is asked for alone.

>>> from inversa import exercises
>>> sheet = exercises.exercise(sizes=[1, 2, 1], seed=1)
>>> sheet.check(sheet.answers).right
True
"""

from inversa.viz.exercises._exam import exam
from inversa.viz.exercises._exercise import Exercise, exercise
from inversa.viz.exercises.alternatives import Alternative
from inversa.viz.exercises.cells import Cell
from inversa.viz.exercises.diagnosis import Departure, Diagnosis, Explanation
from inversa.viz.exercises.intervals import Interval
from inversa.viz.exercises.solution import WorkedStep

__all__ = [
    "Alternative",
    "Cell",
    "Departure",
    "Diagnosis",
    "Exercise",
    "Explanation",
    "Interval",
    "WorkedStep",
    "exam",
    "exercise",
]


def __dir__() -> list[str]:
    return __all__

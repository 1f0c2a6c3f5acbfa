"""Exercises on backpropagation by hand, and the diagnosis of answers: which rule was broken, and where.

A sheet has *cells*: sums, outputs, the cost, deltas, gradients. Each kind of cell has one rule and a few broken ones,
which stand in `inversa.viz.rules`. They are run on intervals of what rounding allows, and on `writing`, for the
`equations` in names and in numbers.

The public functions stand in the files with an underscore. To make a sheet, `choosing` draws numbers that show every
mistake, `networks` finds the `cells` in the drawing of the network, `running` computes them, with `rounding` as it is
done by hand, and `solution` writes that down. To check one, `entries` reads the numbers, `searching` finds the mistakes
that explain them, and `messages` say so, with the place `ringed` in the picture: that is a `diagnosis`. `alternatives`
is for one number that is asked for alone. A `sheet` has all this; `exports` makes exams of sheets: paper, pages,
questions.

>>> from inversa import exercises
>>> sheet = exercises.exercise(sizes=[1, 2, 1], seed=1)
>>> sheet.check(sheet.answers).right
True
"""

from inversa.viz.exercises._exam import exam
from inversa.viz.exercises._exercise import exercise
from inversa.viz.exercises.alternatives import Alternative
from inversa.viz.exercises.cells import Cell
from inversa.viz.exercises.diagnosis import Departure, Diagnosis, Explanation
from inversa.viz.exercises.sheet import Exercise
from inversa.viz.exercises.solution import WorkedStep
from inversa.viz.rules.intervals import Interval

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

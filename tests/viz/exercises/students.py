"""Random networks, and students who make mistakes in them: what the diagnosis is measured with."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable

from inversa.autograd import Value
from inversa.nn import NeuronNetwork
from inversa.viz._draw import make_drawing
from inversa.viz.exercises import cells
from inversa.viz.exercises.choosing import LOSSES
from inversa.viz.exercises.networks import network as network_of
from inversa.viz.exercises.rounding import cut, rounded
from inversa.viz.exercises.running import answered, layout, walk
from inversa.viz.exercises.searching import RIGHT, Hypothesis, departures, hypotheses
from inversa.viz.rules.intervals import exact
from inversa.viz.rules.mistakes import MISTAKES

SIZES = [[1, 2, 1], [2, 2, 1], [1, 3, 1], [2, 3, 1], [1, 2, 2, 1], [2, 2, 2, 1], [2, 3, 2, 1]]
FORMS: dict[str, Callable[[cells.Cell], bool]] = {
    "every cell": lambda cell: cell.kind not in cells.GROUPS["step"],
    "h, J, gradients": lambda cell: cell.kind in (*cells.GROUPS["gradients"], "cost") or cell.name == "h",
    "gradients": lambda cell: cell.kind in cells.GROUPS["gradients"],
    "every cell and a step": lambda cell: True,
}


def random_network(some: random.Random) -> cells.Network:
    """A network with numbers of one decimal."""
    tenths = [k / 10 for k in range(-9, 10) if k]
    sizes, activation, loss = some.choice(SIZES), some.choice(["sigmoid", "tanh", "relu"]), some.choice(list(LOSSES))
    last = some.choice([activation, "identity"] if activation == "relu" else [activation, activation, "identity"])
    model = NeuronNetwork(
        sizes, activation=activation, output="sigmoid" if loss == "binary_cross_entropy" else last, seed=0
    )
    for parameter in model.parameters():
        parameter.data = some.choice(tenths)
    x = [Value(some.choice(tenths), name=f"x{i + 1}") for i in range(sizes[0])]
    h = model(x)
    y = Value(some.choice([0.0, 1.0] if loss == "binary_cross_entropy" else tenths), name="y")
    if h.data == y.data:
        return random_network(some)
    J = LOSSES[loss](h, y).named("J")
    drawing, _ = make_drawing(J, detail="neuron", data=x)
    return network_of(drawing.structure, alpha=0.5)


class Student:
    """One who fills in a sheet."""

    def __init__(self, network: cells.Network, decimals: int, form: str, shorten=rounded) -> None:
        self.network, self.decimals, self.shorten = network, decimals, shorten
        self.names = {cell.name for cell in network.cells if FORMS[form](cell)}

    def sheet(self, broken=RIGHT) -> tuple[dict[str, float], bool]:
        """What is written down, and whether the mistake was made at all."""
        numbers, applied, _ = answered(self.network, self.decimals, broken, self.shorten)
        return {name: x for name, x in numbers.items() if name in self.names}, applied

    def slipped(self, some: random.Random) -> tuple[dict[str, float], tuple[str, str]]:
        """A sheet with a slip of the pen in one cell, carried on; and what happened."""
        slip = some.choice([_sign, _digit, _exchanged, _point])
        where = some.choice([cell for cell in self.network.cells if cell.kind not in cells.GROUPS["step"]])
        numbers = {}

        def see(cell, number, _):
            x = self.shorten(number.middle, self.decimals)
            numbers[cell.name] = slip(some, x, self.decimals) if cell == where else x
            return exact(numbers[cell.name])

        walk(self.network, layout(self.network), see)
        written = {name: x for name, x in numbers.items() if name in self.names}
        return written, (slip.__name__, where.kind)

    def wrong(self, sheet: dict[str, float]) -> bool:
        """Whether a sheet shows that something is wrong."""
        return bool(departures(self.network, sheet, self.decimals))

    def mistakes(self) -> list[str]:
        """Those that the sheet can show."""
        return [
            key
            for key, mistake in MISTAKES.items()
            if mistake.wrong
            and (not set(mistake.broken) <= set(cells.GROUPS["step"]) or any("new" in name for name in self.names))
        ]

    def places(self, mistake: str) -> list[Hypothesis]:
        """The single neurons where a mistake can be made."""
        return [h for h in hypotheses(self.network) if h.mistake == mistake and h.neuron is not None]


def _sign(some, x, decimals):
    return -x + 0.0


def _digit(some, x, decimals):
    digits = list(f"{abs(x):.{decimals}f}")
    k = some.choice([k for k, digit in enumerate(digits) if digit.isdigit()])
    digits[k] = str((int(digits[k]) + some.randint(1, 9)) % 10)
    return math.copysign(float("".join(digits)), x)


def _exchanged(some, x, decimals):
    digits = list(f"{abs(x):.{decimals}f}")
    k = some.randrange(len(digits) - decimals, len(digits) - 1)
    digits[k], digits[k + 1] = digits[k + 1], digits[k]
    return math.copysign(float("".join(digits)), x)


def _point(some, x, decimals):
    return rounded(x * some.choice([10, 0.1]), decimals)


def share(counts: Counter, part: str, whole: str) -> float:
    """Which part of some are others; of none all."""
    return counts[part] / counts[whole] if counts[whole] else 1.0


def shorteners() -> Iterable[Callable[[float, int], float]]:
    """Students who round and students who cut."""
    return rounded, cut

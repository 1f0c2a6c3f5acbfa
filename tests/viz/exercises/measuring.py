"""What share of sheets is diagnosed rightly: the figures that the tests hold to."""

import random
from collections import Counter

from inversa.viz.exercises.searching import Hypothesis, certain, departures, explaining, precision
from inversa.viz.rules.mistakes import MISTAKES

from .students import Student, random_network


def named(student: Student, sheet: dict[str, float]) -> tuple[list[str], bool]:
    """The mistakes that explain a sheet, and whether one is a fact."""
    found = explaining(student.network, sheet, student.decimals)
    kinds = sorted({hypothesis.mistake for hypothesis in found})
    return kinds, certain(student.network, sheet, student.decimals, found)


def excused(student: Student, sheet: dict[str, float]) -> bool:
    """Whether a wrong sheet is called right, with fewer decimals."""
    return precision(student.network, sheet, student.decimals) != student.decimals


def single(student: Student, some: random.Random, counts: Counter, most: int) -> None:
    """Mistakes one by one, made everywhere and at one neuron, carried on."""
    keys = student.mistakes()
    for where in ("everywhere", "one neuron"):
        some.shuffle(keys)
        made = 0
        for key in keys:
            places = [Hypothesis(key, None)] if where == "everywhere" else student.places(key)
            if made == most or not places:
                continue
            made_at = some.choice(places)
            sheet, applied = student.sheet(made_at.broken(student.network))
            if not applied:
                continue
            made += 1
            counts[where] += 1
            if not student.wrong(sheet):
                continue
            counts[f"{where}, visible"] += 1
            counts["excused"] += excused(student, sheet)
            kinds, is_fact = named(student, sheet)
            counts[f"{where}, alone"] += kinds == [key]
            counts[f"{where}, certain"] += kinds == [key] and is_fact
            places = [h.neuron for h in explaining(student.network, sheet, student.decimals) if h.mistake == key]
            counts[f"{where}, place"] += kinds == [key] and made_at.neuron in places
            counts[f"{where}, one place"] += kinds == [key] and len(places) == 1
            counts[f"{where}, among"] += key in kinds
            if key not in kinds:
                counts["missed", key, tuple(kinds)] += 1
            elif len(kinds) > 1:
                counts["confused", tuple(kinds)] += 1


def pair(student: Student, some: random.Random, counts: Counter) -> None:
    """Two mistakes at once, both of which show."""
    for _ in range(20):
        keys = some.sample(student.mistakes(), 2)
        made = [some.choice([Hypothesis(key, None), *student.places(key)]).broken(student.network) for key in keys]
        sheets = [student.sheet(broken) for broken in made]
        sheet, _ = student.sheet({**made[0], **made[1]})
        shown = all(applied and student.wrong(alone) for alone, applied in sheets)
        if shown and student.wrong(sheet) and sheet not in [alone for alone, _ in sheets]:
            break
    else:
        return
    counts["pairs"] += 1
    kinds, is_fact = named(student, sheet)
    if not kinds:
        local = departures(student.network, sheet, student.decimals)
        counts["pairs, first departure"] += 1
        counts["pairs, both causes"] += set(keys) <= {mistake for mistakes in local.values() for mistake in mistakes}
    elif not set(kinds) & set(keys):
        counts["pairs, false"] += len(kinds) == 1
        counts["pairs, false and certain"] += is_fact
        counts["pair", *keys, *kinds, is_fact] += 1


def stranger(student: Student, some: random.Random, counts: Counter) -> None:
    """A mistake that is not on the list, because it was taken out, and a slip of the pen."""
    key = some.choice(student.mistakes())
    broken = some.choice([Hypothesis(key, None), *student.places(key)]).broken(student.network)
    sheet, applied = student.sheet(broken)
    if applied and student.wrong(sheet):
        every = dict(MISTAKES)
        del MISTAKES[key]
        kinds, is_fact = named(student, sheet)
        MISTAKES.clear()
        MISTAKES.update(every)  # in their order, which pages show
        counts["unlisted"] += 1
        counts["excused"] += excused(student, sheet)
        counts["unlisted, named"] += len(kinds) == 1
        counts["unlisted, certain"] += is_fact
        if is_fact:
            counts["unlisted", key, *kinds] += 1
    sheet, what = student.slipped(some)
    if student.wrong(sheet):
        kinds, is_fact = named(student, sheet)
        counts["slips"] += 1
        counts["excused"] += excused(student, sheet)
        counts["slips, named"] += len(kinds) == 1
        counts["slips, certain"] += is_fact
        if is_fact:
            counts["slip", *what, *kinds] += 1


def study(networks: range, form: str, shorten, most: int = 99, strangers: int = 1) -> Counter:
    """Everything for a range of random networks."""
    counts: Counter = Counter()
    for seed in networks:
        some = random.Random(seed)
        student = Student(random_network(some), some.choice([3, 4, 5]), form, shorten)
        counts["networks"] += 1
        counts["accused"] += student.wrong(student.sheet()[0])
        if most:
            single(student, some, counts, most)
            pair(student, some, counts)
        for _ in range(strangers):
            stranger(student, some, counts)
    return counts

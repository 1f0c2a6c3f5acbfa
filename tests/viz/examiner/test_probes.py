"""The ladder: programs whose numbers tell mistakes apart."""

from collections import Counter

import pytest

from inversa.autograd import Value
from inversa.viz.examiner.probes import UNARY, ladder
from inversa.viz.examiner.programs import Program, contributions, letter, nodes, ours

PROBES = [probe for probe in ladder() if probe.kind not in ("deep", "paths")]


def test_names_are_different():
    names = Counter(probe.name for probe in ladder())
    assert max(names.values()) == 1


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_numbers_are_moderate_and_different(probe):
    values = [abs(node.data) for node in nodes(probe.program)]
    assert max(values) < 40
    same = len(values) - len({round(value, 6) for value in values})
    # a unary operation that is used twice, numbers that shall be equal, x − x, and relu(x) = x
    allowed = probe.kind in ("accumulate", "equal", "repeated", "graphs") or probe.op in ("relu", "negative")
    assert same == 0 or allowed


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_what_comes_back_from_all_uses_is_the_gradient(probe):
    program = Program(probe.program.steps, (probe.program.output,))
    right = ours(program).gradients
    for place in program.reached() - {program.output}:
        assert sum(contributions(program, place)) == pytest.approx(right[place], abs=1e-9)


def test_the_programs_code_is_what_is_run():
    for probe in PROBES:
        program = probe.program
        if {"cleared", "zeroed"} & {probe.kind} or not all(
            hasattr(Value, op) for op in program.operations & set(UNARY)
        ):
            continue
        known: dict[str, Value] = {}
        exec(program.code(), {"Value": Value}, known)
        for place, value in ours(program).values.items():
            if "in place" not in probe.name:
                assert known[letter(place)].data == pytest.approx(value)


def test_ours_is_what_differences_say():
    program = next(probe.program for probe in ladder() if probe.name == "shared near and far")
    leaves = [step.inputs[0] for step in program.steps if step.op == "leaf"]

    def formula(a, b, c, d):
        m = a * b
        return (m * d * c + m * c) * m

    assert formula(*leaves) == pytest.approx(ours(program).values[program.output])
    for place in range(4):
        up, down = ([x + side * (k == place) for k, x in enumerate(leaves)] for side in (1e-6, -1e-6))
        assert ours(program).gradients[place] == pytest.approx((formula(*up) - formula(*down)) / 2e-6, rel=1e-6)

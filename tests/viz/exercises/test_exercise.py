"""Exercises as lecturers and students use them."""

import math
import re
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from inversa import exercises, viz
from inversa.autograd import Value, softplus
from inversa.autograd.languages import languages, texts
from inversa.nn import MLP, NeuronNetwork, losses
from inversa.viz.exercises import choosing
from inversa.viz.exercises.ringed import ringed
from inversa.viz.exercises.rounding import rounded
from inversa.viz.exercises.running import answered
from inversa.viz.exercises.searching import Hypothesis
from inversa.viz.exercises.writing import shown
from inversa.viz.rules.formulas import ACTIVATIONS
from inversa.viz.rules.mistakes import MISTAKES
from inversa.viz.tour import lecture_network

SIZES = [[1, 2, 1], [2, 2, 1], [2, 3, 1], [1, 2, 2, 1], [2, 2, 2, 1], [2, 3, 2, 1]]


@pytest.fixture
def sheet() -> exercises.Exercise:
    return exercises.exercise(lecture_network()[1], ask="all")


def made(sheet: exercises.Exercise, mistake: str, neuron: int | None = None) -> dict[str, float]:
    """The numbers of one who makes a mistake."""
    broken = Hypothesis(mistake, neuron).broken(sheet._network)
    return answered(sheet._network, sheet.decimals, broken).numbers


# The numbers.


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_exercises_show_all_mistakes_and_can_be_done_by_hand(sizes, activation) -> None:
    for seed, loss in enumerate(choosing.LOSSES):
        good(sizes, activation, loss, "all" if seed else "gradients", seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 8))
def test_so_do_many(seed) -> None:
    for sizes in SIZES:
        for activation in ACTIVATIONS:
            for loss in choosing.LOSSES:
                for ask in ("gradients", "all"):
                    good(sizes, activation, loss, ask, seed)


def good(sizes, activation, loss, ask, seed) -> None:
    start = time.process_time()
    chosen = exercises.exercise(sizes=sizes, activation=activation, loss=loss, ask=ask, seed=seed)
    assert time.process_time() - start < 2
    assert (chosen.invisible, chosen.indistinguishable) == ((), ())
    if activation == "relu" and loss != "binary_cross_entropy":
        assert all(round(x, 3) == x for x in chosen.answers.values())
        assert "exact" in chosen.solution("en")


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again = (exercises.exercise(sizes=[2, 2, 1], activation="relu", seed=3) for _ in range(2))
    assert first.given == again.given


def test_another_seed_gives_other_numbers() -> None:
    given = [tuple(exercises.exercise(seed=seed).given.values()) for seed in range(6)]
    assert len(set(given)) == 6


def test_mistakes_that_cannot_be_seen_are_listed() -> None:
    network = NeuronNetwork([1, 2, 1], seed=0)
    for parameter, number in zip(network.parameters(), [0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 0.5], strict=True):
        parameter.data = number
    J = losses.squared_error(network(Value(0.5, name="x")), Value(0.5, name="y"))
    found = exercises.exercise(J)
    assert "slope left out" in found.invisible  # no neuron is at rest


def test_the_rounded_chain_is_that_of_the_lecture(sheet) -> None:
    assert sheet.answers["dJ/dw1_2"] == -0.0068  # 0.5 · (−0.0135); without rounding before it would be −0.0067
    assert sheet.given == {
        "x": 0.5, "y": 0.88, "w1_1": 0.1, "b1_1": -0.3, "w1_2": -0.1, "b1_2": 0.5, "w2_11": 0.4, "w2_12": 0.7,
        "b2_1": 0.2,
    }  # fmt: skip


# Networks of one's own.


def test_a_model_with_a_sample_is_an_exercise() -> None:
    model = MLP([2, 2, 1], activation="tanh", output="sigmoid", seed=0)
    for loss in choosing.LOSSES:
        found = exercises.exercise(model, [0.5, -1.0], 1.0, loss=loss, decimals=6)
        flow = viz.exercises.exercise(model, [0.5, -1.0], 1.0, loss=loss, decimals=9).answers["dJ/dw1_11"]
        assert found.answers["dJ/dw1_11"] == pytest.approx(flow, abs=1e-4)
        assert found.check(found.answers).right


def test_what_is_printed_is_what_is_computed_with() -> None:
    network = NeuronNetwork([1, 2, 1], activation="tanh", seed=0)
    sheet = exercises.exercise(
        losses.squared_error(network(Value(1 / 3, name="x")), Value(2 / 3, name="y")), decimals=3
    )
    assert all(round(x, 3) == x for x in sheet.given.values())
    assert sheet.answers["z1_1"] == round(sheet.given["w1_1"] * sheet.given["x"] + sheet.given["b1_1"], 3)


def test_a_network_written_by_hand_is_an_exercise() -> None:
    w, b, x, y = (Value(v, name=n) for v, n in ((0.5, "w"), (0.1, "b"), (2.0, "x"), (0.3, "y")))
    h = (w * x + b).named("s").tanh().named("out")
    found = exercises.exercise(((e := h - y) * e).named("C"), ask="all")
    assert list(found.answers) == ["s", "out", "C", "dC/dout", "dC/ds", "dC/db", "dC/dw"]
    assert found.check(found.answers).right


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (lambda h, y: softplus(h - y), "no part of a neuron|other numbers"),
        (lambda h, y: (h - y) ** 4, "the loss of an exercise is one of squared_error"),
        (lambda h, y: (h - 0.5) ** 2, "compares its output with one target"),
        (lambda h, y: (h - Value(h.data, name="y")) ** 2, "no gradient is left"),
    ],
)
def test_what_is_no_exercise_says_why(cost, message) -> None:
    network = NeuronNetwork([1, 2, 1], activation="tanh", seed=0)
    with pytest.raises(ValueError, match=message):
        exercises.exercise(cost(network(Value(0.5, name="x")), Value(0.9, name="y")))


def test_other_networks_and_settings_say_why() -> None:
    two = NeuronNetwork([1, 2, 2], seed=0)(Value(0.5, name="x"))
    with pytest.raises(ValueError, match="one output, not 2"):
        exercises.exercise(losses.squared_error(two, [Value(0.1, name="y1"), Value(0.2, name="y2")]))
    soft = NeuronNetwork([1, 2, 1], activation="softplus", seed=0)(Value(0.5, name="x"))
    with pytest.raises(ValueError, match="have sigmoid, tanh, relu or nothing as ψ, not softplus"):
        exercises.exercise(losses.squared_error(soft, Value(0.9, name="y")))
    settings = {"activation": "elu", "loss": "hinge", "decimals": 0, "seed": -1, "alpha": -1.0, "sizes": [2]}
    for name, wrong in settings.items():
        with pytest.raises(ValueError, match=f"{name} is|architecture is"):
            exercises.exercise(**{name: wrong})
    with pytest.raises(ValueError, match="for a network that is drawn"):
        exercises.exercise(lecture_network()[1], sizes=[2, 2, 1])
    with pytest.raises(ValueError, match="a sample for a model"):
        exercises.exercise(x=[0.5])
    with pytest.raises(TypeError, match="go with a model"):
        exercises.exercise(lecture_network()[1], 0.5, 1.0)
    with pytest.raises(ValueError, match="nothing is asked for"):
        exercises.exercise(ask="step")
    with pytest.raises(ValueError, match="did you mean 'dJ/dw1_1'"):
        exercises.exercise(ask=["J", "dJ/dw1_11"])


def test_frozen_parameters_have_no_gradient_to_ask_for() -> None:
    network = NeuronNetwork([1, 2, 1], activation="tanh", seed=0)
    first, second, *_ = network.parameters()
    first.requires_grad = second.requires_grad = False
    sheet = exercises.exercise(losses.squared_error(network(Value(0.5, name="x")), Value(0.9, name="y")), ask="all")
    assert not {"dJ/dw1_1", "dJ/db1_1"} & set(sheet.asked)
    assert "delta1_1" in sheet.asked
    assert [each.mistake for each in sheet.check(made(sheet, "slope left out")).explanations] == ["slope left out"]


def test_what_is_asked_for_is_groups_or_names() -> None:
    found = exercises.exercise(alpha=0.5, ask=["h", "∂J/∂w₁⁽¹⁾", "step"])
    assert found.asked[:3] == ("h", "new b2_1", "new w2_11")
    assert "dJ/dw1_1" in found.asked
    assert len(exercises.exercise(ask="values").asked) == 7


# Answers.


def test_answers_are_read_as_people_write_them(sheet) -> None:
    forms = {"h": "0,6905", "dJ/dh": "−.379", "∂J/∂b₁⁽²⁾": "-81/1000", "delta2_1": " -8.1e-2 ", "J": "3.59·10⁻²"}
    assert sheet.check(forms).sheet == {
        "h": 0.6905, "dJ/dh": -0.379, "dJ/db2_1": -0.081, "delta2_1": -0.081, "J": pytest.approx(0.0359)
    }  # fmt: skip
    assert sheet.check({"h": None, "J": ""}).sheet == {}


@pytest.mark.parametrize("wrong", ["abc", "1.2.3", "1/0", "__import__('os')", "nan", math.inf, True, [1], "1e999"])
def test_what_is_no_number_says_how_to_write_one(sheet, wrong) -> None:
    with pytest.raises(ValueError, match=r"h is a number, written as 0\.5, 0,5"):
        sheet.check({"h": wrong})


def test_a_name_that_is_no_cell_says_which_is_near(sheet) -> None:
    with pytest.raises(ValueError, match="no cell is called 'dJ/dw1_3': did you mean 'dJ/dw1_"):
        sheet.check({"dJ/dw1_3": 1})


# Diagnoses.


def test_a_mistake_is_named_with_its_place_and_its_numbers(sheet) -> None:
    found = sheet.check(made(sheet, "slope left out", 1))
    (explanation,) = found.explanations
    assert (explanation.mistake, explanation.rule, explanation.cell) == ("slope left out", 5, "delta1_2")
    assert not explanation.everywhere
    assert found.first.name == "delta1_2"
    assert found.message("en").startswith("Inverse hidden neuron 2: ")
    assert "you have −0.0567, which is ∂J/∂a₂⁽¹⁾" in found.message("en")
    assert "usted tiene −0.0567, que es ∂J/∂a₂⁽¹⁾" in found.message("es")
    everywhere = sheet.check(made(sheet, "slope left out"))
    assert everywhere.explanations[0].everywhere
    assert everywhere.certain
    assert "and everywhere else: ψ′ is left out." in everywhere.message("en")


def test_a_mistake_that_shows_at_one_neuron_is_not_said_to_be_everywhere() -> None:
    sheet = exercises.exercise(sizes=[1, 2, 1], activation="relu")  # one of the two neurons is at rest
    (explanation,) = sheet.check(made(sheet, "psi left out")).explanations
    assert not explanation.everywhere


def test_little_evidence_is_no_certainty(sheet) -> None:
    found = sheet.check({"dJ/db2_1": made(sheet, "slope left out")["dJ/db2_1"]})
    assert [each.mistake for each in found.explanations] == ["slope left out"]
    assert not found.certain
    assert "these numbers come out when ψ′ is left out" in found.message("en")


def test_what_a_slip_of_the_pen_gives_too_is_no_certainty() -> None:
    sheet = exercises.exercise(lecture_network()[1], ask="all", decimals=6)
    found = sheet.check(made(sheet, "sign of the loss"))
    assert [each.mistake for each in found.explanations] == ["sign of the loss"]
    assert not found.certain
    assert "these numbers come out when L′ has the other sign" in found.message("en")
    assert sheet.check(made(sheet, "factor of the loss")).certain


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_fewer_decimals_are_right_and_remarked(activation) -> None:
    sheet = exercises.exercise(sizes=[2, 2, 1], activation=activation, ask="all", decimals=5, seed=2)
    fewer = {name: rounded(x, 3) for name, x in sheet.answers.items()}
    found = sheet.check(fewer)
    assert (found.right, found.decimals, sheet.points(fewer)) == (True, 3, 1.0)
    assert "fewer decimals than were asked for: 3, not 5" in found.message("en")
    assert "menos decimales de los que se pedían: 3, no 5" in found.message("es")
    assert sheet.check(sheet.answers).message("en") == "Everything is right."
    one = sheet.check(fewer | {"dJ/dw2_11": fewer["dJ/dw2_11"] + 0.01})
    assert [departure.cell.name for departure in one.departures if departure.cell.name == "dJ/dw2_11"]
    assert "fewer decimals" not in one.message("en")


def test_so_few_decimals_that_mistakes_do_not_show_are_not_right(sheet) -> None:
    for decimals in (0, 1):
        found = sheet.check({name: rounded(x, decimals) for name, x in sheet.answers.items()})
        assert not found.right
        assert "fewer decimals" not in found.message("en")
    assert not sheet.check({"J": rounded(sheet.answers["J"], 2)}).right  # of one number it may be chance


def test_two_mistakes_that_give_the_same_are_both_said() -> None:
    network = NeuronNetwork([1, 1], activation="sigmoid", output="sigmoid", seed=0)
    for parameter, number in zip(network.parameters(), [0.7, 0.5], strict=True):
        parameter.data = number
    J = losses.squared_error(network(Value(0.5, name="x")), Value(0.1, name="y"))
    sheet = exercises.exercise(J)
    assert ("bias like a weight", "bias multiplied") in sheet.indistinguishable  # because x = b
    found = sheet.check(made(sheet, "bias multiplied"))
    assert found.indistinguishable == ("bias like a weight", "bias multiplied")
    assert not found.certain
    said = found.message("en")
    assert "the bias is treated like a weight" in said
    assert "δ is multiplied by the bias itself" in said


def test_a_slip_is_where_it_is_and_what_follows_is_right(sheet) -> None:
    def slipped(cell: str, number: float) -> exercises.Diagnosis:
        fixed = {c.name: sheet.answers[c.name] for c in sheet.cells[: sheet.cell(cell).number]} | {cell: number}
        return sheet.check(answered(sheet._network, 4, fixed=fixed).numbers)

    found = slipped("dJ/dh", -0.739)  # two digits exchanged
    assert (found.explanations, found.first.name) == ((), "dJ/dh")
    assert "What follows from it is right." in found.message("en")
    assert [departure.cell.name for departure in found.departures] == ["dJ/dh"]


def test_the_gradient_of_the_bias_stands_for_delta_where_that_is_not_on_the_sheet(sheet) -> None:
    wrong = answered(sheet._network, 4, fixed={"delta2_1": 0.3}).numbers  # nothing gives that
    gradients = {name: x for name, x in wrong.items() if name.startswith(("dJ/db", "dJ/dw"))}
    assert [each.cell.name for each in sheet.check(gradients).departures] == ["dJ/db2_1"]
    assert [each.cell.name for each in sheet.check(wrong).departures] == ["delta2_1"]
    right = dict(sheet.answers) | {"dJ/db2_1": 0.3}  # and here δ is right
    assert [each.cell.name for each in sheet.check(right).departures] == ["dJ/db2_1"]


def test_two_mistakes_at_once_are_both_found_where_they_are(sheet) -> None:
    broken = [Hypothesis(m, k).broken(sheet._network) for m, k in (("slope left out", 2), ("bias multiplied", 0))]
    found = sheet.check(answered(sheet._network, 4, {**broken[0], **broken[1]}).numbers)
    assert found.explanations == ()
    local = {departure.cell.name: [e.mistake for e in departure.explanations] for departure in found.departures}
    assert "slope left out" in local["delta2_1"]
    assert "bias multiplied" in local["dJ/db1_1"]
    assert "There is at least one more mistake" in found.message("en")


def test_h_minus_y_is_no_mistake_where_it_is_delta() -> None:
    sheet = exercises.exercise(loss="binary_cross_entropy", ask="all")
    at_once = made(sheet, "delta for the slope")
    error = at_once.pop("dJ/dh")
    assert at_once["delta2_1"] == error == pytest.approx(sheet.answers["h"] - sheet.given["y"], abs=1e-9)
    assert sheet.check(at_once).right
    found = sheet.check({**at_once, "dJ/dh": error})
    assert [each.mistake for each in found.explanations] == ["delta for the slope"]
    assert "h − y is right, but it is δ₁⁽²⁾ already" in found.message("en")
    assert not found.certain
    wrong = sheet.check(made(sheet, "error for the slope"))
    assert [each.mistake for each in wrong.explanations] == ["error for the slope"]


def test_empty_boxes_are_told() -> None:
    sheet = exercises.exercise()
    assert sheet.check({}).message("en") == "Nothing is filled in yet."
    assert [bool(sheet.check(answer)) for answer in ({}, {"dJ/db2_1": 9}, sheet.answers)] == [False, False, True]
    assert sheet.check({"dJ/db2_1": sheet.answers["dJ/db2_1"]}).message("en").startswith("What is filled in is right.")
    assert sheet.check(sheet.answers).message("es") == "Todo está bien."


def test_what_is_said_to_be_wrong_differs_from_the_rule() -> None:
    said = re.compile(r"says (.+); (?:you have .+, which is|your numbers follow from) (.+)\.$")
    for ask in ("gradients", "all"):
        sheet = exercises.exercise(sizes=[2, 2, 2, 1], activation="relu", ask=ask)
        for mistake in MISTAKES:
            found = sheet.check(made(sheet, mistake))
            if len(found.explanations) == 1 and MISTAKES[mistake].wrong:
                rule, wrong = said.search(found.message("en")).groups()
                assert rule.partition(" = ")[2] != wrong.rpartition(" = ")[2]
                assert rule != wrong


@pytest.mark.parametrize("lang", languages())
def test_every_mistake_has_words(lang) -> None:
    assert set(texts(lang).mistakes) == set(MISTAKES)
    for loss, activation in (("squared_error", "tanh"), ("binary_cross_entropy", "sigmoid")):
        sheet = exercises.exercise(sizes=[2, 2, 2, 1], loss=loss, activation=activation, alpha=0.5, ask="all")
        for mistake in MISTAKES:
            found = sheet.check(made(sheet, mistake))
            if not found.right:
                said = found.message(lang)
                assert "{" not in said, said
                assert texts(lang).mistakes[mistake] in said or mistake == "delta for the slope", said


# Pictures.


def numbers_in(svg: str) -> set[str]:
    return set(re.findall(r">(−?\d+\.\d+)<", svg))


def test_the_figure_has_empty_boxes(sheet) -> None:
    given = {shown(x) for x in sheet.given.values()}
    assert numbers_in(sheet.figure("es").svg()) == given
    assert "−0.0810" in numbers_in(sheet.figure(solved=True).svg())


def test_the_figure_writes_what_is_given_as_the_sheet_does() -> None:
    x, y, w, b = (Value(v, name=n) for v, n in ((0.1 + 0.2, "x"), (1 / 3, "y"), (-2.0, "w"), (0.0, "b")))
    sheet = exercises.exercise(losses.squared_error((w * x + b).sigmoid(), y), decimals=3)
    text = sheet.solution().splitlines()[0]
    assert text == "Given: x = 0.3, y = 0.333, w = −2, b = 0."
    for figure in (sheet.figure(), sheet.figure(solved=True)):
        written = re.findall(r">([^<>]+)</text>", figure.svg())
        assert {"0.3", "0.333", "−2", "0"} <= set(written)
        assert not {"0.300", "−2.000", "0.000"} & set(written)
        assert "x = 0.3;" in figure.alt_text()


def test_the_place_is_ringed_and_nothing_is_given_away(sheet) -> None:
    found = sheet.check(made(sheet, "slope left out", 1))
    svg = found.figure("en").svg()
    assert svg.count('class="s-error"') == 1
    assert numbers_in(svg) <= numbers_in(sheet.figure().svg())
    assert 's-error"' not in sheet.check(sheet.answers).figure().svg()
    shown = found._repr_mimebundle_()
    assert found.message() in shown["text/plain"]
    assert "<img" in shown["text/html"]


def test_every_cell_has_a_place_in_every_form_of_the_picture() -> None:
    for sizes in ([1, 2, 1], [2, 3, 2, 1], [4, 6, 1]):
        model = NeuronNetwork(sizes, activation="tanh", seed=0)
        x = [0.1 * k for k in range(1, sizes[0] + 1)]
        sheet = exercises.exercise(model, x if len(x) > 1 else x[0], 0.9, alpha=0.1, ask="all")
        forms = (
            list(sheet._drawing.forms) if sheet._drawing.small else [sheet._drawing]
        )  # narrow circles leave some out
        for form in forms:
            sheets = {view: form.sheet(view) for view in ("forward", "inverse")}
            for cell in sheet.cells:
                drawn = {part.name for part in sheets[cell.view].elements}
                drawn |= {link.label.name for link in sheets[cell.view].links if link.label is not None}
                assert drawn & set(ringed(form, sheet._network, cell).places), (sizes, form.form, cell)


# The solution.


def evaluated(side: str) -> float:
    """The number of a side of an equation."""
    side = side.replace("−", "-").replace("·", "*").replace("²", "**2").replace("½", "0.5")
    side = re.sub(r"ln ([\d.]+)", r"ln(\1)", side.replace("e^", "e**"))
    return eval(side, {"e": math.e, "ln": math.log, "tanh": math.tanh, "max": max, "__builtins__": {}})


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("loss", list(choosing.LOSSES))
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_every_equation_of_the_solution_is_true(activation, loss, lang) -> None:
    sheet = exercises.exercise(sizes=[2, 2, 1], activation=activation, loss=loss, alpha=0.5)
    found = [equation for step in sheet.steps(lang) for equation in step.equations]
    assert len(found) == len(sheet.cells)
    for cell, equation in zip(sheet.cells, found, strict=True):
        *_, numbers, result = equation.split(" = ")
        assert evaluated(result) == sheet.answers[cell.name]
        if re.search(r"[₀-₉]|∂|\bh\b", numbers) is None:
            assert evaluated(numbers) == pytest.approx(sheet.answers[cell.name], abs=0.5001e-4), equation
    text = sheet.solution(lang)
    assert all(equation in text for equation in found)
    assert not re.search(r"[·+−] −\d", text)  # a negative number in the middle stands in parentheses
    assert "{" not in text


def test_the_solution_in_spanish_is_spanish(sheet) -> None:
    text = sheet.solution("es")
    assert "Datos: x = 0.5" in text
    assert "Neurona inversa de salida: la activación pasa a ser ψ′" in text
    assert "δ₁⁽²⁾ = ∂J/∂h · ψ′(z₁⁽²⁾) = ∂J/∂h · h · (1 − h) = −0.3790 · 0.6905 · (1 − 0.6905) = −0.0810" in text


# One number alone.


@pytest.mark.parametrize("carried", [False, True])
def test_alternatives_are_apart_and_found(carried) -> None:
    sheet = exercises.exercise(sizes=[2, 2, 1], activation="tanh", alpha=0.5, ask="all")
    for cell in sheet.cells:
        right = sheet.band(cell.name, carried=carried)
        assert right.holds(sheet.answers[cell.name])
        wrong = sheet.alternatives(cell.name, carried=carried)
        bands = [right, *(each.band for each in wrong)]
        assert not any(a.meets(b) for i, a in enumerate(bands) for b in bands[:i])
        for each in wrong:
            assert "{" not in each.message("es")
            for mistake in each.mistakes:
                neuron = None if carried else cell.neuron
                before = {} if carried else {c.name: sheet.answers[c.name] for c in sheet.cells[: cell.number]}
                broken = Hypothesis(mistake, neuron).broken(sheet._network)
                assert each.band.holds(answered(sheet._network, 4, broken, fixed=before).numbers[cell.name])
    assert {m for cell in sheet.cells for each in sheet.alternatives(cell.name) for m in each.mistakes} >= {
        "slope left out", "input left out", "bias multiplied", "weight left out", "step uphill"
    }  # fmt: skip
    assert sheet.otherwise("es").startswith("No es correcto")


# What is typed by mistake.


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"decimals": 20}, "decimals is a whole number from 1 to 12, such as 4, not 20"),
        ({"sizes": [1, 2, 2]}, "sizes is two or more positive integers, the last of them 1"),
        ({"sizes": "1-2-1"}, "sizes is two or more positive integers"),
        ({"sizes": None}, "sizes is two or more positive integers"),
        ({"ask": None}, "ask is one of 'gradients'"),
        ({"ask": 5}, "ask is one of 'gradients'"),
    ],
    ids=str,
)
def test_settings_that_make_no_exercise_say_what_makes_one(settings, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        exercises.exercise(**settings)


def test_a_seed_may_come_from_numpy() -> None:
    assert exercises.exercise(seed=np.int64(3)).answers == exercises.exercise(seed=3).answers


@pytest.mark.parametrize("answer", [None, 5, "0.5", [("h", 0.5)]], ids=repr)
def test_what_is_no_dict_of_answers_says_so(sheet, answer) -> None:
    for method in (sheet.check, sheet.points):
        with pytest.raises(ValueError, match="an answer is a dict from names of cells to numbers"):
            method(answer)


def test_a_number_that_is_answered_twice_is_refused(sheet) -> None:
    with pytest.raises(ValueError, match="answered twice"):
        sheet.check({"dJ/db2_1": 1, "∂J/∂b₁⁽²⁾": 2})


@pytest.mark.parametrize("given", [10**400, Fraction(10**400, 3), "9" * 5000], ids=["int", "fraction", "text"])
def test_a_number_beyond_all_floats_is_no_answer(sheet, given) -> None:
    with pytest.raises(ValueError, match="h is a number, written as") as error:
        sheet.check({"h": given})
    assert len(str(error.value)) < 250
    assert sheet.points({"h": given}) == 0


@pytest.mark.parametrize("kind", [Decimal, Value, np.array, np.float32], ids=str)
def test_a_number_of_any_kind_is_an_answer(sheet, kind) -> None:
    h = sheet.answers["h"]
    assert sheet.check({"h": kind(str(h)) if kind is Decimal else kind(h)}).sheet["h"] == pytest.approx(h)


@pytest.mark.parametrize("points", [None, "7", -1, math.nan])
def test_points_are_a_number(sheet, points) -> None:
    with pytest.raises(ValueError, match="out_of is 0 or a positive number"):
        sheet.points(sheet.answers, out_of=points)


@pytest.mark.parametrize("names", ["wwxyhJ", "whxyhJ", "xbxyhJ", "wbxyJJ"])
def test_numbers_of_one_name_are_refused(names) -> None:
    w, b, x, y = (Value(number, name=name) for number, name in zip((0.5, -0.2, 1.5, 0.8), names, strict=False))
    h = (w * x + b).named("z").sigmoid().named(names[4])
    with pytest.raises(ValueError, match="two numbers of the network are called"):
        exercises.exercise(((h - y) ** 2).named(names[5]))


def test_numbers_with_too_many_digits_are_refused() -> None:
    model = MLP([1, 2, 1], activation="tanh", seed=0)
    with pytest.raises(ValueError, match=r"x is 1e\+300: numbers to compute with by hand are smaller"):
        exercises.exercise(model, [1e300], [0.3])


def test_a_name_from_right_to_left_is_typed_as_it_is() -> None:
    w, x, y = Value(0.5, name="שלום"), Value(1.5, name="x"), Value(0.8, name="y")
    sheet = exercises.exercise((((w * x).named("z").sigmoid().named("h") - y) ** 2).named("J"))
    assert sheet.cell("dJ/dשלום").kind == "weight gradient"


def test_a_huge_answer_is_not_written_with_all_its_digits(sheet) -> None:
    message = sheet.check({"h": 1e300}).message("en")
    assert "1e+300" in message
    assert len(message) < 500


@pytest.mark.parametrize("sizes", [[1, 2, 1], [2, 3, 2, 1]])
def test_what_no_numbers_tell_apart_is_not_waited_for(monkeypatch, sizes):
    """New weights alone cannot tell a step uphill from the other sign of L′: that is listed, not searched for."""
    judged, draws = choosing.judged, []
    monkeypatch.setattr(choosing, "judged", lambda *given: draws.append(given) or judged(*given))
    sheet = exercises.exercise(sizes=sizes, ask="step", alpha=0.5)
    assert sheet.indistinguishable == (("sign of the loss", "step uphill"),)
    assert len(draws) < choosing.TRIES

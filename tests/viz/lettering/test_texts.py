"""Numbers, names and sentences."""

import math

import pytest

from inversa.autograd import Value
from inversa.autograd.printing import printable
from inversa.viz.lettering.numbers import count, number, size, subscripted
from inversa.viz.picture.reading import read


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0.0000"), (-0.0, "0.0000"), (-0.25, "−0.2500"), (1.0, "1.0000"), (-0.00004, "−4.0000·10⁻⁵"),
        (1e-9, "1.0000·10⁻⁹"), (1e12, "1.0000·10¹²"), (999999.0, "999999.0000"), (math.nan, "nan"), (math.inf, "∞"),
        (-math.inf, "−∞"), (0.00012, "0.0001"), (-1.5e-300, "−1.5000·10⁻³⁰⁰"),
    ],
)  # fmt: skip
def test_numbers(x, text):
    assert number(x) == text


def test_no_digits_and_no_hyphens():
    assert number(2.5, 0) == "2"
    assert number(0.3, 0) == "3·10⁻¹"
    for digits in range(13):
        for x in (-1e-9, -0.5, -123.456, -0.0):
            assert "-" not in number(x, digits)
            assert set(number(-0.0, digits)) <= set("0.")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("w1", "w₁"), ("w11", "w₁₁"), ("w_11", "w₁₁"), ("w1_1", "w₁⁽¹⁾"),
        ("w2_12", "w₁₂⁽²⁾"), ("x10", "x₁₀"), ("σ2", "σ₂"), ("w", "w"),
        ("w_", "w_"), ("1w", "1w"), ("layer.1", "layer.1"), ("w1_1_1", "w1_1_1"), ("w 1", "w 1"), ("", ""),
    ],
)  # fmt: skip
def test_indices(name, printed):
    assert subscripted(name) == printed


def test_names_that_would_look_the_same_stay_apart():
    total = Value(1.0, name="w11") * Value(2.0, name="w_11") * Value(3.0, name="w2")
    names = [box.name for box in read((total,)).boxes]
    assert {"w11", "w_11", "w₂"} <= set(names)


def test_control_characters_and_direction():
    assert printable("plain") == "plain"
    assert printable("a\tb") == "a⇥b"
    assert printable("\u202eevil") == "\ufffdevil"
    assert printable("\ud800\ufffe") == "\ufffd\ufffd"
    assert printable("👩\u200d🔬") == "👩\u200d🔬"
    assert printable("שלום") == "\u2068שלום\u2069"
    assert (
        read(((Value(1.0, name="שלום") + 1).named("y"),)).boxes[1].expression.strip("\u2068\u2069") == "שלום\u2069 + 1"
    )


def test_sizes():
    assert size((4, 3)) == "4×3"
    assert count(104180) == "104 180"

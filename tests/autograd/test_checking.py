"""gradcheck accepts what is right and catches what is wrong: the checker is checked."""

import numpy as np
import pytest

from inversa.autograd import (
    GradientError,
    Operation,
    Rule,
    abs,
    clip,
    exp,
    gradcheck,
    matmul,
    maximum,
    multiply,
    operation,
    relu,
    sin,
    softmax,
    tanh,
)

MATRIX = np.array([[0.5, -1.2, 2.0], [0.1, 0.7, -0.4]])


@pytest.fixture
def wrong_cube():
    """An operation whose pullback forgets the factor 3."""

    @operation("wrong", Rule.ACTIVATION)
    def wrong_cube(xp, x):
        return x * x * x

    wrong_cube.pullbacks(lambda g, _y, x: g * x * x)
    yield wrong_cube
    del Operation.registry["wrong_cube"]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_gradients_pass(order: int) -> None:
    assert gradcheck(lambda x, w: tanh(x * w), MATRIX, 0.3, order=order)


def test_the_complex_step_passes() -> None:
    assert gradcheck(lambda a, b: sin(matmul(a, b)) * exp(a[0, 0]), MATRIX, MATRIX.T.copy(), method="complex")


def test_kinks_accept_a_value_between_the_slopes() -> None:
    assert gradcheck(relu, 0.0)
    assert gradcheck(abs, [0.0, 1.0, -1.0])
    assert gradcheck(maximum, 1.0, 1.0)
    assert gradcheck(lambda x: clip(x, -1.0, 1.0), [-1.0, 0.0, 1.0])


def test_a_pullback_that_forgets_what_arrives_is_caught_at_a_single_number() -> None:
    @operation("careless", Rule.ACTIVATION)
    def careless(xp, x):
        return x * x

    careless.pullbacks(lambda _g, _y, x: 2 * x)
    try:
        with pytest.raises(GradientError, match=r"the gradient is 1\.5, the slope is 3"):
            gradcheck(careless, 1.5)
    finally:
        del Operation.registry["careless"]


@pytest.mark.parametrize("method", ["central", "complex"])
def test_a_wrong_rule_is_caught(wrong_cube, method: str) -> None:
    with pytest.raises(GradientError, match="argument 0"):
        gradcheck(wrong_cube, 1.5, method=method)
    with pytest.raises(GradientError, match=r"entry \(1, 2\)|entry \(0, 0\)"):
        gradcheck(wrong_cube, MATRIX)


@pytest.mark.parametrize("factor", [1.01, 1.00001, -1.0])
def test_a_slightly_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    first, second = multiply.vjps
    monkeypatch.setattr(multiply, "vjps", (first, lambda *args: second(*args) * factor))
    with pytest.raises(GradientError, match="argument 1"):
        gradcheck(lambda a, b: a * b, MATRIX, MATRIX + 1)


def test_an_error_of_second_order_only_is_caught() -> None:
    """A pullback that is right in value but cut off from the graph."""

    @operation("cut", Rule.ACTIVATION)
    def cut(xp, x):
        return x * x

    cut.pullbacks(lambda g, _y, x: g * (2.0 * (x if isinstance(x, (float, np.ndarray)) else x.detach())))
    try:
        assert gradcheck(cut, 1.5)
        with pytest.raises(GradientError):
            gradcheck(cut, 1.5, order=2)
    finally:
        del Operation.registry["cut"]


def test_large_arguments_are_tested_along_directions(wrong_cube) -> None:
    x = np.random.default_rng(1).normal(size=(20, 10))
    assert gradcheck(softmax, x)
    with pytest.raises(GradientError, match="random direction"):
        gradcheck(wrong_cube, x)


def test_a_slope_at_a_kink_outside_the_slopes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu, "vjps", (lambda g, _y, _x: 1.5 * g,))
    with pytest.raises(GradientError, match="between 0 and 1"):
        gradcheck(relu, 0.0)


def test_bad_calls() -> None:
    with pytest.raises(ValueError, match="method"):
        gradcheck(tanh, 1.0, method="magic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order"):
        gradcheck(tanh, 1.0, order=0)
    with pytest.raises(ValueError, match="argument"):
        gradcheck(tanh)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"order": 9}, "order is an integer from 1 to 4, such as 2, not 9"),
        ({"order": 1.5}, "order is a positive integer, such as 2, not 1.5"),
        ({"order": "2"}, "order is a positive integer"),
        ({"order": True}, "order is a positive integer"),
        ({"tolerance": -1e-6}, "tolerance is a positive number, such as 1e-6, not -1e-06"),
        ({"tolerance": float("nan")}, "tolerance is a positive number"),
        ({"tolerance": "small"}, "tolerance is a positive number"),
        ({"seed": -1}, "seed is 0 or a positive integer, not -1"),
        ({"method": None}, "method is one of 'central', 'complex', not None"),
    ],
)
def test_settings_that_mean_nothing(settings, message) -> None:
    """They are refused before the function is called."""

    def never(x):
        raise AssertionError

    with pytest.raises(ValueError, match=message):
        gradcheck(never, 1.0, **settings)


@pytest.mark.parametrize("point", ["a", None, [[1.0], [1.0, 2.0]], float("nan"), [1.0, float("inf")]])
def test_points_without_slopes(point) -> None:
    """At nan nothing is larger than the tolerance, and a wrong gradient would pass."""
    with pytest.raises(ValueError, match="argument 1 is a number or an array of finite numbers, such as"):
        gradcheck(multiply, 1.0, point)
    with pytest.raises(TypeError, match=r"f is a function, such as lambda x: x \* x, not 3"):
        gradcheck(3, 1.0)  # type: ignore[arg-type]


def test_a_curved_function_is_not_taken_for_a_kink() -> None:
    @operation("steep", Rule.ACTIVATION)
    def steep(xp, x):
        return 1e4 * x * x

    steep.pullbacks(lambda g, _y, x: g * (2e4 * x + 0.05))
    try:
        with pytest.raises(GradientError):
            gradcheck(steep, 0.0)
    finally:
        del Operation.registry["steep"]


def test_a_large_constant_does_not_drown_the_slope() -> None:
    assert gradcheck(lambda x: x + 1e8, 1.0)


def test_the_complex_step_is_for_first_order() -> None:
    with pytest.raises(ValueError, match="order 2"):
        gradcheck(tanh, 1.0, order=2, method="complex")

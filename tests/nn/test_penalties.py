"""Penalties: their values and gradients, and that biases are left alone."""

import numpy as np
import pytest

from inversa.autograd import Value
from inversa.nn import MLP, Conv2d, Module, NeuronNetwork, Parameter
from inversa.nn.penalties import L1, L2, ElasticNet, is_bias


@pytest.mark.parametrize("make", [lambda: MLP([2, 3, 1], seed=0), lambda: NeuronNetwork([2, 3, 1], seed=0)])
def test_values_and_gradients(make):
    model = make()
    for parameter in model.parameters():
        if isinstance(parameter, Value):
            parameter.data += 0.1  # biases start at 0
        else:
            parameter[...] = parameter.numpy() + 0.1
    w = np.concatenate([np.ravel(p.data) for path, p in model.named_parameters() if not is_bias(path)])
    assert len(w) == 9
    assert L1(0.5)(model).item() == pytest.approx(0.5 * np.abs(w).sum())
    assert L2(0.5)(model).item() == pytest.approx(0.5 * (w**2).sum())
    both = ElasticNet(l1=0.25, l2=0.5)(model)
    assert both.item() == pytest.approx(0.25 * np.abs(w).sum() + 0.5 * (w**2).sum())
    both.backward()
    for path, parameter in model.named_parameters():
        if is_bias(path):
            assert parameter.grad is None
        else:
            data = np.asarray(parameter.data)
            assert np.asarray(parameter.grad) == pytest.approx(0.25 * np.sign(data) + data)
    everything = ElasticNet(l2=1.0, biases=True)(model).item()
    assert everything == pytest.approx(sum((np.asarray(p.data) ** 2).sum() for p in model.parameters()))


def test_filters_of_convolutions_are_weights():
    layer = Conv2d(1, 2, 3, seed=0)
    layer.bias[...] = 1.0
    assert L2(1.0)(layer).item() == pytest.approx((layer.weight.numpy() ** 2).sum())


def test_no_penalty_is_zero():
    assert ElasticNet()(MLP([2, 1])) == 0.0


@pytest.mark.parametrize(
    ("path", "bias"),
    [
        ("bias", True), ("layers.0.bias", True), ("b", True), ("b2", True), ("b2_1", True), ("net.b1_12", True),
        ("weight", False), ("w2_12", False), ("beta", False), ("base", False), ("bias_free", False),
    ],
)  # fmt: skip
def test_what_a_bias_is_called(path, bias):
    assert is_bias(path) is bias


def test_a_module_of_ones_own():
    class Scale(Module):
        def __init__(self):
            self.factor, self.b = Parameter([3.0]), Parameter([5.0])

    assert L2(1.0)(Scale()).item() == 9.0


@pytest.mark.parametrize("strength", [-1.0, float("nan"), float("inf")])
def test_wrong_strengths(strength):
    with pytest.raises(ValueError, match="l2 is 0 or a positive number, such as 1e-4, not"):
        L2(strength)

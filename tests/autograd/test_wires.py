"""What the wires of an inverse network carry, and the rules of its elements."""

import numpy as np

from inversa.autograd import Rule, Tensor, Value, concatenate, tanh
from inversa.nn import MLP, NeuronNetwork, losses


def test_what_arrives_is_the_sum_of_what_the_wires_carry() -> None:
    generator = np.random.default_rng(0)
    W = Tensor(generator.normal(size=(3, 2)), requires_grad=True)
    x = Tensor(generator.normal(size=2), requires_grad=True)
    h = tanh(W @ x)
    network = (concatenate([h, h * h]).sum() * Value(2.0)).inverse()
    flows = network.run()
    for element in network.elements:
        if element.incoming and element.node in flows:
            carried = [network.carry(w, flows[network.graph.nodes[w.source]]) for w in element.incoming]
            np.testing.assert_allclose(sum(carried), flows[element.node], rtol=1e-14)


def test_the_last_step_of_a_loss_is_the_loss_derivative() -> None:
    J = losses.squared_error(NeuronNetwork([1, 2, 1], seed=0)(0.5), 0.88)
    assert J.inverse().elements[-1].rules == (Rule.COST, Rule.LOSS)
    J = losses.cross_entropy(MLP([2, 3])([[0.5, 1.0]]), [1])
    assert J.inverse().elements[-1].rules == (Rule.COST, Rule.LOSS)
    assert (Value(2.0) ** 2).inverse().elements[-1].rules == (Rule.COST, Rule.ACTIVATION)

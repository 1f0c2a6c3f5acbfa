"""The recurrent network of Values: the numbers of the one of Tensors, training, compiled functions, errors."""

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, grad, gradcheck, jit
from inversa.nn import LSTM, RNN, Linear, NeuronRNN, losses

generator = np.random.default_rng(0)
SEQUENCES = generator.normal(size=(5, 4, 2))
TARGETS = generator.normal(size=5)


@pytest.mark.parametrize(
    ("truncate", "nonlinearity", "bias"), [(None, "tanh", True), (2, "tanh", True), (3, "relu", False)]
)
def test_it_is_the_rnn_of_tensors(truncate, nonlinearity, bias):
    rnn = RNN(2, 3, nonlinearity=nonlinearity, bias=bias, truncate=truncate, output="last", seed=0)
    output = Linear(3, 1, bias=bias, seed=1)
    neurons = NeuronRNN.like(rnn, output)
    tensors = losses.mean_squared_error(output(rnn(SEQUENCES))[:, 0], TARGETS)
    values = losses.mean_squared_error(neurons(SEQUENCES), TARGETS.tolist())
    assert values.item() == pytest.approx(tensors.item(), abs=1e-14)
    tensors.backward()
    values.backward()
    found = {name: p.grad for name, p in neurons.named_parameters()}
    for j in range(3):
        for k in range(3):
            assert found[f"w{j + 1}{k + 1}"] == pytest.approx(rnn.weight_hh_l0.grad[j, k], abs=1e-12)
        for i in range(2):
            assert found[f"u{j + 1}{i + 1}"] == pytest.approx(rnn.weight_ih_l0.grad[j, i], abs=1e-12)
        assert found[f"v{j + 1}"] == pytest.approx(output.weight.grad[0, j], abs=1e-12)
        if bias:
            assert found[f"b{j + 1}"] == pytest.approx(rnn.bias_hh_l0.grad[j], abs=1e-12)
    together = neurons(Tensor(SEQUENCES)).numpy()
    np.testing.assert_allclose(together, [h.item() for h in neurons(SEQUENCES)], atol=1e-14)


def test_an_rnn_that_is_more_than_one_layer_of_neurons_is_refused():
    for more in ({"num_layers": 2}, {"bidirectional": True}):
        with pytest.raises(ValueError, match="one recurrent layer, in one direction"):
            NeuronRNN.like(RNN(1, 1, **more))
    with pytest.raises(ValueError, match=r"not like LSTM\(1, 2\)"):
        NeuronRNN.like(LSTM(1, 2))
    with pytest.raises(ValueError, match=r"Linear\(3, 1\) does not take the 2 outputs of RNN\(1, 2\)"):
        NeuronRNN.like(RNN(1, 2), Linear(3, 1))


def test_its_sequences_may_be_of_unequal_lengths_and_are_any_kind_of_numbers():
    rnn = NeuronRNN([1, 2, 1], seed=0)
    short, long = rnn([[[0.5], [1.0]], [[0.5], [1.0], [-1.0]]])
    assert short.item() == rnn([0.5, 1.0]).item() == rnn(np.array([0.5, 1.0])).item() == rnn([Value(0.5), 1]).item()
    assert long.item() == rnn([[0.5], [1.0], [-1.0]]).item() != short.item()
    assert gradcheck(lambda a, b: rnn([a, b]), 0.5, 1.0)


def test_training_is_compiled_and_gives_what_evaluating_gives():
    trained = []
    for compiled in (True, False):
        rnn = NeuronRNN([2, 3, 1], seed=0)
        rnn.compile(loss="mse", lr=0.05)
        if not compiled:
            rnn.trainer.stepper.compiled.replay = lambda *arguments, **reduce: None
        history = rnn.fit(SEQUENCES, TARGETS, epochs=20, batch_size=2, progress=False)
        assert rnn.trainer.why_not is None or not compiled
        assert history.history["loss"][-1] < history.history["loss"][0] / 2
        trained.append([p.item() for p in rnn.parameters()])
        assert rnn.predict(SEQUENCES).shape == (5,)
    np.testing.assert_allclose(*trained, atol=1e-12)


def test_a_compiled_function_of_it():
    rnn = NeuronRNN([1, 1], truncate=2, seed=0)

    def J(x1, x2, x3):
        return (rnn([x1, x2, x3]) - 0.2) ** 2

    assert jit(J)(1.0, -0.5, 0.3) == pytest.approx(J(1.0, -0.5, 0.3).item(), abs=1e-15)
    assert jit(grad(J))(1.0, -0.5, 0.3) == grad(J)(1.0, -0.5, 0.3) == 0.0  # x1 lies before the cut
    last = grad(J, 2)(1.0, -0.5, 0.3)
    assert jit(grad(J, 2))(1.0, -0.5, 0.3) == pytest.approx(last, abs=1e-15) != 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NeuronRNN([1]), "sizes is two or three positive integers"),
        (lambda: NeuronRNN([1, 0]), "each of the sizes is"),
        (lambda: NeuronRNN([1, 1], truncate=0), "truncate is"),
        (lambda: NeuronRNN([2, 1])([0.5, 1.0]), r"NeuronRNN\(\[2, 1\]\) takes .* of length 2, not of 1"),
        (lambda: NeuronRNN([2, 1])([[0.5, 1.0], [1.0]]), "not of 1 and 2"),
        (lambda: NeuronRNN([1, 1])([]), "not without a step"),
        (lambda: NeuronRNN([1, 1])(np.zeros((2, 3, 2))), "not of 2"),
        (lambda: NeuronRNN([1, 1])(Tensor(np.zeros((2, 0, 1)))), "not without a step"),
    ],
)  # fmt: skip
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()

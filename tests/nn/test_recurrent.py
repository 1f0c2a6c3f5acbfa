"""Recurrent networks: sequences of unequal lengths, states, truncation, long sequences, training."""

import numpy as np
import pytest

from inversa.autograd import Tensor, gradcheck
from inversa.nn import GRU, LSTM, RNN, Flatten, GRUCell, LayerNorm, Linear, LSTMCell, RNNCell, Sequential
from inversa.nn.recurrent import detached

from .small import bits

generator = np.random.default_rng(0)
X = generator.normal(size=(3, 5, 2))
LENGTHS = np.array([2, 5, 1])
KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU], ids=lambda kind: kind.__name__)


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@KINDS
@pytest.mark.parametrize("both_ways", [False, True])
def test_a_short_sequence_among_longer_ones_is_as_by_itself(kind, both_ways):
    layer = kind(2, 3, num_layers=2, bidirectional=both_ways, seed=0)
    x = Tensor(X, requires_grad=True)
    outputs, state = layer(x, lengths=LENGTHS)
    (outputs**2).sum().backward()
    together = [p.grad for p in layer.parameters()]
    for p in layer.parameters():
        p.grad = None
    for i, length in enumerate(LENGTHS):
        alone, last = layer(X[i, :length])
        (alone**2).sum().backward()
        np.testing.assert_allclose(outputs.numpy()[i, :length], alone.numpy(), atol=1e-14)
        assert not outputs.numpy()[i, length:].any()
        assert not x.grad[i, length:].any()
        for mine, its in zip(parts(state), parts(last), strict=True):
            np.testing.assert_allclose(mine.numpy()[:, i], its.numpy(), atol=1e-14)
    for p, gradient in zip(layer.parameters(), together, strict=True):
        np.testing.assert_allclose(gradient, p.grad, atol=1e-12)


@pytest.mark.parametrize(("kind", "cell"), [(RNN, RNNCell), (LSTM, LSTMCell), (GRU, GRUCell)])
def test_a_layer_is_its_cell_step_by_step(kind, cell):
    layer, one = kind(2, 3, seed=0), cell(2, 3, seed=1)
    one.load_state_dict({name.removesuffix("_l0"): array for name, array in layer.state_dict().items()})
    outputs, _ = layer(X)
    state = None
    for t in range(5):
        state = one(X[:, t], state)
        np.testing.assert_allclose(parts(state)[0].numpy(), outputs.numpy()[:, t], atol=1e-15)


@KINDS
def test_a_state_is_gone_on_from_and_what_a_call_gives_is_chosen(kind):
    layer = kind(2, 3, num_layers=2, seed=0)
    outputs, state = layer(X)
    _, half = layer(X[:, :2])
    rest, same = layer(X[:, 2:], half)
    np.testing.assert_allclose(rest.numpy(), outputs.numpy()[:, 2:], atol=1e-15)
    for a, b in zip(parts(same), parts(state), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-15)
    for output, expected in (("sequence", outputs.numpy()), ("last", outputs.numpy()[:, -1])):
        other = kind(2, 3, num_layers=2, output=output, seed=0)
        np.testing.assert_array_equal(other(X).numpy(), expected)


@KINDS
def test_the_gradient_is_cut_off_where_it_is_to_be(kind):
    whole, cut = kind(2, 3, seed=0), kind(2, 3, seed=0, truncate=2)
    for layer in (whole, cut):
        x = Tensor(X, requires_grad=True)
        outputs, _ = layer(x)
        outputs[:, 3].sum().backward()
        reached = np.abs(x.grad).sum((0, 2)) > 0
        assert reached.tolist() == ([True] * 4 + [False] if layer is whole else [False, False, True, True, False])
    pieces = 0.0
    x, state = Tensor(X, requires_grad=True), None
    for piece in (x[:, :2], x[:, 2:4], x[:, 4:]):  # the same by hand
        outputs, state = whole(piece, state)
        pieces = pieces + (outputs**2).sum()
        state = detached(state)
    whole.zero_grad()
    pieces.backward()
    cut.zero_grad()
    (cut(X)[0] ** 2).sum().backward()
    for p, q in zip(whole.parameters(), cut.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad, atol=1e-13)


def test_ten_thousand_steps():
    layer = RNN(1, 2, output="last", seed=0)
    x = Tensor(np.sin(np.arange(10_000.0))[None, :, None], requires_grad=True)
    layer(x).sum().backward()
    assert x.grad[0, -1, 0] != 0
    assert np.isfinite(layer.weight_hh_l0.grad).all()


@KINDS
def test_second_derivatives(kind):
    layer = kind(1, 2, output="last", seed=0)
    assert gradcheck(lambda x: (layer(x) ** 2).sum(), generator.normal(size=(2, 3, 1)), order=2)


@KINDS
def test_training_is_compiled_and_goes_on_bit_for_bit(kind, tmp_path):
    def model():
        model = Sequential(kind(2, 4, num_layers=2, dropout=0.2, output="last", seed=0), Linear(4, 1, seed=1))
        model.compile(loss="mse", optimizer="adam", lr=0.01)
        return model

    y = X[:, :, :1].sum(1)
    whole, cut, rest = model(), model(), model()
    whole.fit(X, y, epochs=4, batch_size=2)
    assert whole.trainer.why_not is None
    file = tmp_path / "run.safetensors"
    cut.fit(X, y, epochs=2, batch_size=2, checkpoint=file)
    rest.fit(X, y, epochs=4, batch_size=2, checkpoint=file, resume=True)
    assert bits(rest) == bits(whole)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: RNN(2, 3)(X[..., :1]), r"^RNN\(2, 3\) takes inputs of shape \(samples, steps, 2\), not \(3, 5, 1\)"),
        (lambda: RNN(2, 3, batch_first=False)(X[..., :1]), r"\(steps, samples, 2\)"),
        (lambda: RNN(2, 3)(X[:, :0]), "a sequence has at least one step"),
        (lambda: RNN(2, 3)(X, np.zeros((1, 2, 3))), r"has the shape \(1, 3, 3\) here, not \(1, 2, 3\)"),
        (lambda: LSTM(2, 3)(X, np.zeros((1, 3, 3))), r"\(1, 3, 3\) and \(1, 3, 3\) here, not \(1, 3, 3\)"),
        (lambda: RNN(2, 3)(X, lengths=[5, 5]), "one for each of the 3 sequences"),
        (lambda: RNN(2, 3)(X, lengths=[5.0, 5.0, 1.0]), "lengths are integers"),
        (lambda: RNN(2, 3)(X, lengths=[6, 5, 1]), "from 1 to the 5 steps"),
        (lambda: RNN(2, 3)(X, lengths=[5, 5, 0]), "from 1 to the 5 steps"),
        (lambda: RNN(2, 3, nonlinearity="sigmoid"), "nonlinearity"),
        (lambda: RNN(2, 3, output="first"), "output"),
        (lambda: RNN(2, 3, truncate=0), "truncate"),
        (lambda: RNNCell(2, 3)(X), r"inputs of shape \(n, 2\), not \(3, 5, 2\)"),
        (lambda: LSTMCell(2, 3)(X[0], np.zeros((5, 3))), r"not \(5, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


@pytest.mark.parametrize(
    "after", [Linear(3, 1), LayerNorm(3), GRU(3, 1), Flatten()], ids=lambda layer: type(layer).__name__
)
def test_a_layer_does_not_take_outputs_and_state(after):
    with pytest.raises(TypeError, match=r"\w+\(.*\) takes one array, not 2: .* output='sequence', or 'last'"):
        Sequential(RNN(2, 3), after)(X)

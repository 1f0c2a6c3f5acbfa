"""Modules, losses and optimisers on arrays of other libraries: the same numbers as on NumPy's, nothing transferred."""

from __future__ import annotations

import gc
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Node, Tensor, Value, grad, jit, softmax, stack, vmap
from inversa.autograd.compiling.effects import seen
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import MixedArraysError, is_foreign, kind_of, namespace
from inversa.nn import MLP, Module, Parameter, augment, data, losses, optim, saving
from inversa.nn.bayes import GaussianLikelihood, KLPenalty, elbo, predictive
from inversa.nn.optim import optimizer as optimizer_module
from inversa.nn.optim.names import NAMES as OPTIMIZERS
from inversa.nn.optim.snapshot import Snapshot
from inversa.nn.penalties import L1, L2, ElasticNet

from ..autograd.others import Library, installed

INSTALLED = installed()
EVERY = pytest.mark.parametrize("library", INSTALLED, ids=lambda library: library.name)

X = np.random.default_rng(0).normal(size=(4, 3))


@pytest.fixture(autouse=True)
def _in_this_thread() -> Iterator[None]:
    """Dask computes at once, and where it is asked to."""
    if find_spec("dask") is None:
        yield
        return
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


def there(model: Any, library: Library) -> Any:
    """The model, moved to a library, and there to the device of its arrays."""
    array = library.there(np.zeros(1))
    device = getattr(array, "device", None)
    model.to(namespace(array))
    return model if device is None or library.name == "dask" else model.to(device)


def close(library: Library, found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(library.here(found[name]), array, rtol=1e-12, atol=1e-12, err_msg=name)


def arrays_of(model: Any) -> dict[str, Any]:
    return {path: parameter._array for path, parameter in model.named_parameters()}


def step(model: Any, optimizer: Any, x: Any) -> None:
    optimizer.zero_grad()
    (model(x) ** 2).sum().backward()
    optim.clip_grad_norm(model.parameters(), 2.0)
    optim.clip_grad_value(model.parameters(), 1.0)
    optimizer.step()


@EVERY
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_put_new_arrays_in_the_place_of_parameters(library: Library, name: str) -> None:
    ours, theirs = MLP([3, 4, 2], "tanh"), there(MLP([3, 4, 2], "tanh"), library)
    before = arrays_of(theirs)
    numbers = {path: library.here(array).copy() for path, array in before.items()}
    a, b = (OPTIMIZERS[name](model.parameters(), lr=0.1) for model in (ours, theirs))
    for _ in range(3):
        step(ours, a, X)
        step(theirs, b, library.there(X))
    close(library, arrays_of(theirs), ours.state_dict())
    close(library, before, numbers)  # nothing was written into them
    for state, expected in zip(b.state.values(), a.state.values(), strict=True):
        assert state.keys() == expected.keys()
        for key, average in state.items():
            np.testing.assert_allclose(library.here(average) if is_foreign(average) else average, expected[key])


@EVERY
def test_what_is_kept_is_numpys_and_goes_back_bit_for_bit(library: Library) -> None:
    ours, theirs = MLP([3, 4, 2], "tanh"), there(MLP([3, 4, 2], "tanh", seed=1), library)
    a, b = optim.Adam(ours.parameters()), optim.Adam(theirs.parameters())
    step(ours, a, X)
    theirs.load_state_dict(ours.state_dict())
    b.load_state_dict(a.state_dict())
    for found, expected in ((theirs.state_dict(), ours.state_dict()), (b.state_dict(), a.state_dict())):
        assert repr(found) == repr(expected)
    other = MLP([3, 4, 2], "tanh", seed=2)
    other.load_state_dict(arrays_of(theirs))
    assert repr(other.state_dict()) == repr(ours.state_dict())
    with pytest.raises(ValueError, match=r"layers.0.weight has shape \(4, 3\) here and \(3,\) there"):
        theirs.load_state_dict(ours.state_dict() | {"layers.0.weight": library.there(np.ones(3))})


@EVERY
def test_an_optimiser_goes_on_where_its_parameters_are_moved_to(library: Library) -> None:
    ours, travelling = MLP([3, 4, 2], "tanh"), MLP([3, 4, 2], "tanh")
    a, b = optim.Adam(ours.parameters(), lr=0.1), optim.Adam(travelling.parameters(), lr=0.1)
    parameters = travelling.parameters()
    for move in (lambda: travelling, lambda: there(travelling, library), lambda: travelling.to(np)):
        assert move() is travelling
        step(ours, a, X)
        step(travelling, b, library.there(X) if is_foreign(parameters[0]) else X)
    assert all(p is q for p, q in zip(travelling.parameters(), parameters, strict=True))
    for found, expected in zip(travelling.state_dict().values(), ours.state_dict().values(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert all(type(entry) in (int, np.ndarray) for state in b.state.values() for entry in state.values())


class Holding(Module):
    """Keeps arrays and Tensors of every kind."""

    def __init__(self) -> None:
        self.weight = Parameter([1.0, 2.0], name="W")
        self.mask = np.array([True, False])
        self.constant = Tensor([3.0, 4.0], name="c")
        self.more = [np.array([1, 2]), "text", (np.ones(1), None)]
        self.result = self.weight * 2.0
        self.names = np.array(["a", "b"])


@EVERY
def test_what_modules_keep_moves_along(library: Library) -> None:
    model = Holding()
    weight, constant, given, names = model.weight, model.constant, model.more, model.names
    model.result.sum().backward()
    graph = (model.weight**2).sum()
    there(model, library)
    assert (model.weight, model.constant) == (weight, constant)
    assert (model.weight.grad, model.weight.name, model.weight.requires_grad) == (None, "W", True)
    for moved in (model.weight.data, model.constant.data, model.mask, model.more[0], model.more[2][0]):
        library.here(moved)
    assert (model.more[1], model.more[2][1], model.names is names, type(given[0])) == ("text", None, True, np.ndarray)
    assert library.here(model.mask).dtype == bool
    with pytest.raises(RuntimeError, match="'W' was changed in place after"):
        graph.backward()


def test_nothing_is_moved_unless_everything_can_be() -> None:
    class Full:
        """A device with room for two arrays."""

        __name__ = "full"
        taken = 0

        def asarray(self, array: Any) -> Any:
            self.taken += 1
            if self.taken > 2:
                raise MemoryError
            return array.copy()

    model = Holding()
    before = [model.weight._array, model.mask, model.constant._array]
    with pytest.raises(MemoryError):
        model.to(Full())
    for target in ("cuda", 3):
        with pytest.raises(ValueError, match='is a library, or "cpu", such as torch, not'):
            model.to(target)
    model.to("cpu")
    assert all(a is b for a, b in zip([model.weight._array, model.mask, model.constant._array], before, strict=True))


@EVERY
def test_gradients_of_another_library_are_refused(library: Library) -> None:
    w, v = Parameter(library.there(X)), Parameter(X)
    optimizer = optim.SGD([w, v], 0.1)
    for a, b in ((X, X), (library.there(X), library.there(X))):
        w.grad, v.grad = a, b
        with pytest.raises(MixedArraysError, match="meet here"):
            optimizer.step()
    np.testing.assert_array_equal(library.here(w.data), X)
    np.testing.assert_array_equal(v.data, X)


@EVERY
def test_norms_are_in_double_precision_and_finite(library: Library) -> None:
    w, v = Parameter(library.there(np.zeros(2, "float32"))), Parameter(np.zeros(1))
    w.grad, v.grad = library.there(np.array([3e30, 0.0], "float32")), np.array([4e30])
    assert optim.clip_grad_norm([w, v], 1.0) == pytest.approx(5e30, rel=1e-6)
    np.testing.assert_allclose(library.here(w.grad), [0.6, 0.0], rtol=1e-6)
    w.grad = library.there(np.array([np.nan, 0.0], "float32"))
    with pytest.raises(FloatingPointError, match="the norm of the gradients is nan"):
        optim.clip_grad_norm([w], 1.0)


@EVERY
def test_a_snapshot_holds_on_to_arrays_that_nobody_changes(library: Library) -> None:
    model = there(MLP([3, 2]), library)
    optimizer = optim.Momentum(model.parameters(), lr=0.1)
    step(model, optimizer, library.there(X))
    snapshot, numbers = Snapshot(optimizer), model.state_dict()
    snapshot.take()
    averages = repr(optimizer.state_dict())
    step(model, optimizer, library.there(X))
    assert repr(optimizer.state_dict()) != averages
    snapshot.put_back()
    close(library, arrays_of(model), numbers)
    assert repr(optimizer.state_dict()) == averages


# Every module of the package.

IMAGES = np.random.default_rng(1).normal(size=(2, 2, 3, 3))
SEQUENCES, POSITIONS = (np.random.default_rng(2).normal(size=(2, 3, n)) for n in (3, 4))
EXAMPLES: dict[str, tuple[Callable[[], Any], Any]] = {  # by name, with an input; others are made without arguments
    "Linear": (lambda: nn.Linear(3, 2, seed=0), X),
    "Dense": (lambda: nn.Dense(3, 2, "tanh", seed=0), X),
    "Sequential": (lambda: nn.Sequential(nn.Linear(3, 2, seed=0), nn.Tanh(), nn.Linear(2, 1, seed=1)), X),
    "Add": (lambda: nn.Add(nn.Identity(), nn.Linear(3, 3, seed=0)), X),
    "MLP": (lambda: MLP([3, 4, 2], "maxout"), X),
    "Perceptron": (lambda: nn.Perceptron(3, 2), X),
    "Maxout": (lambda: nn.Maxout(3, 2, seed=0), X),
    "Dropout": (lambda: nn.Dropout(0.5, seed=0), X),
    "Embedding": (lambda: nn.Embedding(5, 3, padding_idx=0, seed=0), np.array([[0, 1], [4, 1]])),
    "BayesianLinear": (lambda: nn.BayesianLinear(3, 2, seed=0), X),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3, padding=1, stride=2, seed=0), IMAGES),
    "Conv1d": (lambda: nn.Conv1d(3, 6, 2, dilation=2, groups=3, seed=0), IMAGES[0]),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 1, 2, stride=2, padding=1, seed=0), IMAGES),
    "MaxPool2d": (lambda: nn.MaxPool2d(2, padding=1), IMAGES),
    "AvgPool2d": (lambda: nn.AvgPool2d(2, padding=1), IMAGES),
    "GlobalAvgPool": (lambda: nn.GlobalAvgPool(), IMAGES),
    "Flatten": (lambda: nn.Flatten(), IMAGES),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), X),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2), IMAGES),
    "LayerNorm": (lambda: nn.LayerNorm(3), X),
    "RMSNorm": (lambda: nn.RMSNorm(3), X),
    "GroupNorm": (lambda: nn.GroupNorm(2, 2), IMAGES),
    "RNN": (lambda: nn.RNN(3, 2, num_layers=2, dropout=0.3, bidirectional=True, output="last", seed=0), SEQUENCES),
    "LSTM": (lambda: nn.LSTM(3, 2, output="sequence", truncate=2, seed=0), SEQUENCES),
    "GRU": (lambda: nn.GRU(3, 2, output="last", seed=0), SEQUENCES),
    "RNNCell": (lambda: nn.RNNCell(3, 2, seed=0), X),
    "LSTMCell": (lambda: nn.LSTMCell(3, 2, seed=0), X),
    "GRUCell": (lambda: nn.GRUCell(3, 2, seed=0), X),
    "MultiHeadAttention": (lambda: nn.MultiHeadAttention(4, 2, 0.2, causal=True, seed=0), POSITIONS),
    "TransformerBlock": (lambda: nn.TransformerBlock(4, 2, 5, 0.2, seed=0), POSITIONS),
    "PositionalEncoding": (lambda: nn.PositionalEncoding(4, 0.2, seed=0), POSITIONS),
    "PositionalEmbedding": (lambda: nn.PositionalEmbedding(5, 4, seed=0), POSITIONS),
    "Activation": (lambda: nn.Activation("leaky_relu", slope=0.1), X),
    "Neuron": (lambda: nn.Neuron(3, "tanh", seed=0), X[0]),
    "NeuronLayer": (lambda: nn.NeuronLayer(3, 2, "tanh", seed=0), X[0]),
    "NeuronNetwork": (lambda: nn.NeuronNetwork([3, 2, 2], activation="tanh", seed=0), X),
    "NeuronRNN": (lambda: nn.NeuronRNN([3, 2, 1], truncate=2, seed=0), SEQUENCES),
}
MODULES = [name for name in nn.__all__ if inspect.isclass(kind := getattr(nn, name)) and issubclass(kind, Module)]
MODULES.remove("Module")


def trained(model: Any, given: Any, target: float, steps: int) -> list[Any]:
    """What comes out at every step of a training, the gradient of the input, and what comes out in use afterwards."""
    x = Tensor(given, requires_grad=kind_of(given.dtype) == "f")
    parameters = model.parameters()
    optimizer = optim.SGD(parameters, lr=0.1, momentum=0.9) if parameters else None
    outputs = []
    for _ in range(steps):
        y = model(x)
        y = stack(list(y)) if isinstance(y, (list, tuple)) else y
        outputs.append(y.data)
        if optimizer is not None:
            optimizer.zero_grad()
        if y.requires_grad:
            ((y - target) ** 2).sum().backward()
        if optimizer is not None:
            optimizer.step()
    y = model.eval()(given if is_foreign(given) else x)
    return [*outputs, x.grad, *(each.data if isinstance(each, Node) else each for each in _listed(y))]


def _listed(y: Any) -> list[Any]:
    return list(y) if isinstance(y, (list, tuple)) else [y]


@EVERY
@pytest.mark.parametrize("name", MODULES)
def test_modules(library: Library, name: str) -> None:
    make, x = EXAMPLES.get(name, (getattr(nn, name), X))
    ours, theirs = make(), there(make(), library)
    steps = 1 if library.name == "dask" else 3  # where many small things take long
    expected, found = trained(ours, x, 0.25, steps), trained(theirs, library.there(x), 0.25, steps)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(library.here(a), b, rtol=1e-12, atol=1e-12)
    states = zip(theirs.state_dict().items(), ours.state_dict().items(), strict=True)
    for (path, array), (same, numbers) in states:
        assert path == same
        np.testing.assert_allclose(array, numbers, rtol=1e-12, atol=1e-12)
        assert np.asarray(array).dtype == np.asarray(numbers).dtype
    assert repr(theirs) == repr(ours)


@EVERY
def test_lists_go_to_where_a_layer_is(library: Library) -> None:
    for name in ("Linear", "Conv2d", "BayesianLinear", "LayerNorm", "BatchNorm1d", "Embedding", "Add", "NeuronNetwork"):
        make, x = EXAMPLES[name]
        model = there(make(), library)
        y = model(x.tolist())
        if name != "NeuronNetwork":  # of Values, which are numbers
            library.here(y.data)
    layer = there(nn.Linear(3, 2), library)
    with pytest.raises(MixedArraysError, match="meet here"):
        layer(X)
    with pytest.raises(ValueError, match=r"takes inputs of shape \(…, 3\), not \(2, 2\)"):
        layer(library.there(np.ones((2, 2))))


@EVERY
def test_draws_are_numpys_wherever_they_are_used(library: Library) -> None:
    for make in (lambda: nn.Dropout(0.5, seed=0), lambda: nn.BayesianLinear(3, 2, posterior="full_rank", seed=0)):
        ours, theirs = make(), there(make(), library)
        for dtype in ("float32", "float64"):
            x = X.astype(dtype)
            expected, found = ours(Tensor(x)), theirs(library.there(x))
            assert library.here(found.data if isinstance(found, Node) else found).dtype == expected.dtype
            np.testing.assert_allclose(library.here(getattr(found, "data", found)), expected.numpy(), rtol=1e-6)


# Every loss.

LOSSES = [name for name in losses.__all__ if isinstance(getattr(losses, name), losses.Loss)]
LABELS = np.array([0, 2, 1, 2])
HOT = np.eye(3)[LABELS]
TARGETS = {  # by the loss: what it takes, and what it does not; others take any numbers
    "cross_entropy": ([LABELS, HOT, HOT.astype(bool)], [LABELS + 1, -LABELS, 2 * HOT, LABELS * 1.0, HOT[:, :2]]),
    "cross_entropy_of_probabilities": ([LABELS, HOT], [LABELS + 1, 2 * HOT]),
    "binary_cross_entropy": ([HOT], [2 * HOT, -HOT]),
    "binary_cross_entropy_of_probabilities": ([HOT], [2 * HOT, -HOT]),
    "multilabel_cross_entropy": ([HOT], [2 * HOT]),
    "hinge": ([2 * HOT - 1, (2 * HOT - 1).astype(int)], [HOT]),
}
WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5])


def outputs_for(name: str) -> Any:
    return np.asarray(softmax(X, axis=-1)) if "probabilities" in name else X


def costs(loss: Any, z: Any, t: Any, w: Any, reductions: Sequence[Any]) -> Iterator[Any]:
    """The losses of outputs, and their gradients."""
    for reduction in reductions:
        for weights in (None, w):
            x = Tensor(z, requires_grad=True)
            cost = loss(x, t, reduction, weights)
            (cost * cost).sum().backward()
            yield cost.data
            yield x.grad


@EVERY
@pytest.mark.parametrize("name", LOSSES)
def test_losses(library: Library, name: str) -> None:
    loss, z, there = getattr(losses, name), outputs_for(name), library.there
    for t in TARGETS.get(name, ([X + 1.0, LABELS[:, None] + np.zeros((4, 3), int)], []))[0]:
        kinds, reductions = [(there(t), there(WEIGHTS))], ["mean"]
        if library.name != "dask":
            kinds += [(Tensor(there(t)), Tensor(there(WEIGHTS))), (t.tolist(), WEIGHTS.tolist())]
            reductions += ["sum", "none"]
        expected = list(costs(loss, z, t, WEIGHTS, reductions))
        for target, weights in kinds:
            for a, b in zip(costs(loss, there(z), target, weights, reductions), expected, strict=True):
                np.testing.assert_allclose(library.here(a), b, rtol=1e-12, atol=1e-14)
        for target, weights in ((t, None), (Tensor(t), None), (there(t), WEIGHTS), (there(t), Tensor(WEIGHTS))):
            with pytest.raises(MixedArraysError, match="meet here"):
                loss(Tensor(there(z)), target, weights=weights)
        with pytest.raises(MixedArraysError, match="meet here"):
            loss(Tensor(z), there(t))
        with pytest.raises(MixedArraysError, match=r"Values go with numbers, .* write x.tolist\(\)"):
            loss([[Value(x) for x in row] for row in z.tolist()], there(t))
    if loss.decide is not None:
        np.testing.assert_array_equal(library.here(loss.decide(there(z))), loss.decide(z))


@EVERY
@pytest.mark.parametrize("name", LOSSES)
def test_losses_refuse_what_they_refuse_of_numpys(library: Library, name: str) -> None:
    loss, z, there = getattr(losses, name), outputs_for(name), library.there
    good, bad = TARGETS.get(name, ([X], [X[:, :2], X[0]]))
    shapes = [(z[:0], good[0][:0], None), (z, good[0][:2], None)]
    shapes += [(z, good[0], w) for w in (WEIGHTS[:1], WEIGHTS[:, None])]
    numbers = [(z, t, None) for t in bad] + [(z, good[0], -WEIGHTS)]
    numbers += [(z, good[0], 0 * WEIGHTS)] if loss.reduction == "mean" else []
    numbers += [(3 * z, good[0], None)] if "probabilities" in name else []
    for outputs, t, w in shapes if library.name == "dask" else shapes + numbers:
        with pytest.raises(ValueError) as ours:  # noqa: PT011  # whatever it is
            loss(Tensor(outputs), t, weights=w)
        with pytest.raises(ValueError) as theirs:  # noqa: PT011
            loss(Tensor(there(outputs)), there(t), weights=None if w is None else there(w))
        message = str(theirs.value)
        assert str(ours.value).endswith(message.replace("array_api_strict.", "").replace("torch.", ""))


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_seen_is_not_looked_at_again(name: str) -> None:
    strict = next(library for library in INSTALLED if library.name == "array_api_strict")
    loss, z = getattr(losses, name), outputs_for(name)
    for t in TARGETS[name][1][:1]:
        with pytest.raises(ValueError, match=r"label|probabilities|between 0 and 1|-1 and 1"):
            loss(Tensor(strict.there(z)), strict.there(t))
        with seen(), pytest.raises(ValueError, match=r"label|probabilities|between 0 and 1|-1 and 1"):
            loss(Tensor(z), t)


# What changes samples, and what is added to a loss.

TRANSFORMS = {
    "Jitter": augment.Jitter(0.1),
    "Flip": augment.Flip(),
    "Shift": augment.Shift(1),
    "Rotate": augment.Rotate(40),
    "Compose": augment.Compose(augment.Flip(-2), augment.Shift(1)),
}


def test_every_transform_is_tested() -> None:
    public = {name for name, x in vars(augment).items() if inspect.isclass(x) and x.__module__ == augment.__name__}
    assert set(TRANSFORMS) == public


@EVERY
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(library: Library, name: str) -> None:
    images = np.random.default_rng(2).uniform(size=(5, 2, 4, 6))
    for dtype in ("float64", "float32"):
        x = images.astype(dtype)
        expected = TRANSFORMS[name](x, np.random.default_rng(3))
        found = library.here(TRANSFORMS[name](library.there(x), np.random.default_rng(3)))
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "float32" else 1e-12, atol=1e-12)
        assert not np.array_equal(found, x)
    whole = (255 * images).astype("uint8")
    if name in ("Jitter", "Rotate"):
        with pytest.raises(TypeError, match="floating-point"):
            TRANSFORMS[name](library.there(whole), np.random.default_rng(3))
    else:
        found = TRANSFORMS[name](library.there(whole), np.random.default_rng(3))
        np.testing.assert_array_equal(library.here(found), TRANSFORMS[name](whole, np.random.default_rng(3)))


@EVERY
def test_penalties_and_likelihoods(library: Library) -> None:
    def cost(model: Any, x: Any, y: Any) -> Any:
        added = sum(penalty(model) for penalty in (ElasticNet(0.1, 0.2, biases=True), L1(0.1), L2(0.3), KLPenalty(4)))
        return GaussianLikelihood(0.5)(model(x), y) + added

    def make() -> Any:
        layers = nn.BayesianLinear(3, 2, seed=0), nn.BayesianLinear(2, 1, posterior="full_rank", seed=1)
        return nn.Sequential(*layers)

    ours, theirs = make(), there(make(), library)
    for model, x in ((ours, X), (theirs, library.there(X))):
        cost(model, x, [[0.5]] * 4).backward()
    for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
        np.testing.assert_allclose(library.here(p.grad), q.grad, rtol=1e-12, atol=1e-12)
    for number in (0, 1):
        for found, expected in zip(theirs[number].moments(), ours[number].moments(), strict=True):
            np.testing.assert_allclose(library.here(found), expected, rtol=1e-12, atol=1e-12)


@EVERY
def test_masks_and_lengths(library: Library) -> None:
    x, hides, short = POSITIONS, np.triu(np.ones((3, 3), bool), 1), np.array([[False, False, True], [False] * 3])
    attention, rnn = (lambda: nn.MultiHeadAttention(4, 2, seed=0)), (lambda: nn.LSTM(4, 2, seed=0))
    ours, theirs = attention(), there(attention(), library)
    expected = ours(x, attn_mask=hides, key_padding_mask=short).numpy()
    for mask, padding in ((library.there(hides), library.there(short)), (hides.tolist(), short.tolist())):
        found = theirs(library.there(x), attn_mask=mask, key_padding_mask=padding)
        np.testing.assert_allclose(library.here(found.data), expected, rtol=1e-12)
    with pytest.raises(MixedArraysError, match="meet here"):
        theirs(library.there(x), attn_mask=hides)
    one, two = rnn(), there(rnn(), library)
    state = [np.ones((1, 2, 2)), np.ones((1, 2, 2))]
    expected = one(x, state, lengths=[3, 1])
    for lengths in ([3, 1], library.there(np.array([3, 1])), Tensor(library.there(np.array([3, 1])))):
        found = two(library.there(x), [library.there(part) for part in state], lengths=lengths)
        for a, b in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
            np.testing.assert_allclose(library.here(a.data), b.numpy(), rtol=1e-12)
    if library.name != "dask":
        with pytest.raises(ValueError, match=r"from 1 to the 3 steps that there are, not \[4, 1\]"):
            two(library.there(x), lengths=library.there(np.array([4, 1])))
        with pytest.raises(ValueError, match="nothing to look at"):
            theirs(library.there(x), attn_mask=library.there(np.ones((3, 3), bool)))


@EVERY
def test_python_runs_no_code_of_its_own_while_a_step_changes_things(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []

    def enter(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            entered.append(frame.f_code.co_name)

    def observed(calls: Any) -> None:
        gc.disable()  # a collection may call back what a testing library has registered with it
        sys.setprofile(enter)
        try:
            make_calls(calls)
        finally:
            sys.setprofile(None)
            gc.enable()

    make_calls = optimizer_module.at_once
    for module in (optimizer_module, sys.modules["inversa.nn.module"]):
        monkeypatch.setattr(module, "at_once", observed)
    model = MLP([3, 2])
    optimizer = optim.Adam(model.parameters())
    for place in (library.there, np.asarray, library.there):
        entered.clear()
        model.to(namespace(place(X)))
        if library.name not in ("dask", "jax") and is_foreign(place(X)):
            model.to(place(X).device)
        assert set(entered) == {"at_once"}
        (model(place(X)) ** 2).sum().backward()
        entered.clear()
        optimizer.step()
        assert entered == ["at_once"]


@EVERY
def test_compiled_functions_follow_what_is_moved(library: Library) -> None:
    model = MLP([3, 2], "tanh")
    cost = jit(lambda x: (model(x) ** 2).sum())
    squares = jit(lambda: sum((p * p).sum() for p in model.parameters()))
    slope = grad(jit(lambda w: (model.layers[0].weight * w).sum()))
    expected = cost(X), squares(), slope(X[:2])
    assert squares.why_not is None
    there(model, library)
    with pytest.warns(UserWarning, match=f"an array of {library.name}, and jit compiles for NumPy's"):
        found = squares()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each says so
        others = cost(library.there(X)), slope(library.there(X[:2]))
        squares.backward()
    for result, number in zip((others[0], found, others[1]), expected, strict=True):
        np.testing.assert_allclose(library.here(result), number)
    np.testing.assert_allclose(library.here(model.layers[0].weight.grad), 2 * model.state_dict()["layers.0.weight"])
    model.to(np)
    assert (cost(X), squares()) == pytest.approx(expected[:2], rel=1e-15)
    np.testing.assert_array_equal(slope(X[:2]), expected[2])
    assert squares.why_not is None


@EVERY
def test_files_are_read_into_any_library(library: Library, tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    model, other = there(MLP([3, 2], seed=1), library), MLP([3, 2], seed=2)
    optimizer = optim.Adam(model.parameters())
    step(model, optimizer, library.there(X))
    model.save(tmp_path / "model.safetensors")
    saving.save(tmp_path / "steps.safetensors", optimizer.state_dict())
    other.load(tmp_path / "model.safetensors")
    assert repr(other.state_dict()) == repr(model.state_dict())
    again = optim.Adam(there(other, library).parameters())
    again.load_state_dict(saving.load(tmp_path / "steps.safetensors"))
    assert repr(again.state_dict()) == repr(optimizer.state_dict())
    for a, b in zip(again.state.values(), optimizer.state.values(), strict=True):
        np.testing.assert_array_equal(library.here(a["m"]), library.here(b["m"]))


@EVERY
def test_rosenblatts_rule_is_for_numpys_arrays(library: Library) -> None:
    model = there(nn.Perceptron(3), library)
    with pytest.raises(TypeError, match=rf"not with those of {library.name}: write model.to\(numpy\)"):
        model.fit(X, [0, 1, 0, 1])
    with pytest.raises(TypeError, match=rf"not with those of {library.name}: .* asarray\(x, numpy\)"):
        model.to(np).fit(library.there(X), [0, 1, 0, 1])


@pytest.mark.parametrize("name", LOSSES)
def test_many_batches_at_once(name: str) -> None:
    (strict,) = (library for library in INSTALLED if library.name == "array_api_strict")
    z, t = outputs_for(name), TARGETS.get(name, ([X + 1.0],))[0][0]
    outputs, targets = np.stack([z, z[::-1]]), np.stack([t, t])
    for f in (getattr(losses, name), grad(getattr(losses, name))):
        expected = np.asarray(vmap(f)(outputs, targets))
        found = vmap(f)(strict.there(outputs), strict.there(targets))
        np.testing.assert_allclose(strict.here(found), expected, rtol=1e-12, atol=1e-14)


def test_draws_for_many_samples_at_once() -> None:
    (strict,) = (library for library in INSTALLED if library.name == "array_api_strict")
    for make in (lambda: nn.Dropout(0.5, seed=1), lambda: nn.BayesianLinear(3, 2, seed=1), lambda: nn.BatchNorm1d(3)):
        ours, theirs = make(), there(make(), strict)
        x = np.stack([X, 2 * X])
        expected, found = vmap(ours)(x), vmap(theirs)(strict.there(x))
        np.testing.assert_allclose(to_numpy(getattr(found, "data", found)), getattr(expected, "data", expected))
        np.testing.assert_equal(theirs.state_dict(), ours.state_dict())


@EVERY
@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_labels_are_integers_of_any_type(library: Library, dtype: str) -> None:
    for name in ("cross_entropy", "cross_entropy_of_probabilities"):
        loss, z = getattr(losses, name), outputs_for(name)
        x = Tensor(library.there(z), requires_grad=True)
        cost = loss(x, library.there(LABELS.astype(dtype)))
        cost.backward()
        np.testing.assert_allclose(cost.item(), loss(Tensor(z), LABELS).item())
        np.testing.assert_allclose(library.here(x.grad), grad(loss)(z, LABELS), rtol=1e-12)


@EVERY
def test_batches_and_what_prepares_data(library: Library) -> None:
    labels = np.arange(4)
    pairs = zip(
        data.batches(library.there(X), library.there(labels), 3, seed=0),
        data.batches(X, labels, 3, seed=0),
        strict=True,
    )
    for found, expected in pairs:
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(library.here(a), b)
    x, y = library.there(X), library.there(labels)
    for prepare in (lambda: data.split(x, y), lambda: data.standardize(x), lambda: data.one_hot(y)):
        with pytest.raises(TypeError, match=rf"not with those of {library.name}: asarray\(x, numpy\) before"):
            prepare()


def test_parameters_on_several_devices() -> None:
    strict = pytest.importorskip("array_api_strict")
    places = [strict.Device(name) for name in ("CPU_DEVICE", "device1", "device2")]
    parameters = [Parameter(strict.asarray([1.0, 2.0], device=place)) for place in places]
    for parameter, length in zip(parameters, (2.0, 3.0, 6.0), strict=True):
        parameter.grad = strict.asarray([0.0, length], device=parameter.device)
    assert optim.clip_grad_norm(parameters, 3.5) == 7.0
    optim.SGD(parameters, 1.0).step()
    assert [parameter.device for parameter in parameters] == places
    np.testing.assert_allclose([parameter.tolist() for parameter in parameters], [[1, 1], [1, 0.5], [1, -1]], rtol=1e-6)


@pytest.mark.parametrize("library", [x for x in INSTALLED if x.name != "dask"], ids=lambda library: library.name)
def test_what_bayesian_models_say(library: Library) -> None:
    ours, theirs = nn.BayesianLinear(3, 1, seed=0), there(nn.BayesianLinear(3, 1, seed=0), library)
    x, y = library.there(X), library.there(X[:, :1])
    expected, found = predictive(ours, X, 5, noise=0.1), predictive(theirs, x, 5, noise=0.1)
    pairs = [
        (found.mean, expected.mean),
        (found.deviation, expected.deviation),
        *zip(found.band(), expected.band(), strict=True),
    ]
    for a, b in pairs:
        np.testing.assert_allclose(library.here(a), b, rtol=1e-12)
    likelihood = GaussianLikelihood(0.5)
    assert elbo(theirs, x, y, likelihood, 5) == pytest.approx(elbo(ours, X, X[:, :1], likelihood, 5), rel=1e-12)

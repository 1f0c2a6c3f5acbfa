"""Module: what it is made of, training mode, state, titles of what it computes."""

import copy
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

from inversa.autograd import Graph, Tensor, Value, jit, no_grad, tanh
from inversa.nn import (
    MLP,
    Activation,
    BatchNorm1d,
    Dense,
    Linear,
    Module,
    NeuronNetwork,
    Parameter,
    ReLU,
    Sequential,
    Tanh,
)


class Net(Module):
    def __init__(self):
        self.hidden = Linear(2, 3, seed=0)
        self.blocks = [Linear(3, 3, seed=1), Sequential(Linear(3, 3, seed=2), Tanh())]
        self.scale = Parameter(2.0)
        self.shift = Value(0.5)
        self.constant = Tensor([1.0])

    def forward(self, x):
        x = tanh(self.hidden(x))
        for block in self.blocks:
            x = block(x)
        return x * self.scale + self.shift


def test_parameters_are_found_in_attributes_and_lists():
    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == [
        "scale",
        "shift",
        "hidden.weight",
        "hidden.bias",
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.0.weight",
        "blocks.1.0.bias",
    ]
    assert net.parameter_count() == 1 + 1 + 9 + 12 + 12
    assert [name for name, _ in net.named_children()] == ["hidden", "blocks.0", "blocks.1"]
    assert len(list(net.modules())) == 6


def test_a_shared_module_is_counted_once():
    layer = Linear(2, 2)
    assert len(Sequential(layer, Tanh(), layer).parameters()) == 2


def test_a_kept_result_is_no_parameter():
    net = Net()
    net.last = net.shift * 2
    assert "last" not in dict(net.named_parameters())


def test_nodes_carry_the_titles_of_the_modules():
    y = Net()([[1.0, 2.0]])
    assert {node.module for node in Graph(y) if node.op} == {
        None,
        "hidden",
        "blocks.0",
        "blocks.1.Linear 0",
        "blocks.1.Tanh 1",
    }


def test_titles_of_an_mlp():
    y = MLP([4, 8, 3])(np.zeros((1, 4)))
    assert [node.module for node in Graph(y) if node.op] == ["hidden layer"] * 4 + ["output layer"] * 3


def test_a_title_that_was_chosen_stays():
    layer = Linear(1, 1)
    layer.title = "encoder"
    net = Net()
    net.hidden = layer
    assert layer.title == "encoder"


def test_train_and_eval_reach_every_module():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_zero_grad_forgets():
    net = Net()
    net([[1.0, 2.0]]).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize(
    "build", [lambda seed: MLP([2, 3, 1], seed=seed), lambda seed: NeuronNetwork([2, 3, 1], seed=seed)]
)
def test_state_dict_round_trip(build):
    model, other = build(1), build(2)
    state = model.state_dict()
    other.load_state_dict(state)
    x = [0.3, -0.7]
    assert model(x).item() == other(x).item()
    for p in model.parameters():  # the state is a copy
        p.data = p.data * 0
    assert any(np.any(array != 0) for array in state.values())
    other.load_state_dict({name: np.asarray(array).tolist() for name, array in state.items()})


def test_load_state_dict_names_everything_that_is_wrong_and_changes_nothing():
    model = MLP([2, 3, 1])
    before = model.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    del state["layers.0.bias"]
    state["more"] = np.zeros(2)
    state["layers.1.weight"] = np.zeros((3, 1))
    with pytest.raises(ValueError, match="does not fit MLP") as caught:
        model.load_state_dict(state)
    message = str(caught.value)
    for part in (
        "missing: layers.0.bias",
        "unexpected: more",
        "layers.1.weight has shape (1, 3) here and (3, 1) there",
    ):
        assert part in message
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())


def test_repr_is_nested():
    text = repr(Sequential(Linear(2, 3), Sequential(ReLU(), Activation("elu", alpha=2.0))))
    assert text == (
        "Sequential(\n  (0): Linear(2, 3)\n  (1): Sequential(\n"
        "    (0): ReLU()\n    (1): Activation(elu, alpha=2.0)\n  )\n)"
    )


def test_forward_has_to_be_written():
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        Module()(1.0)


def test_parameter():
    p = Parameter([1.0, 2.0], name="b")
    assert p.requires_grad
    assert not Parameter([1.0], requires_grad=False).requires_grad
    assert repr(p).startswith("Parameter(")
    with pytest.raises(TypeError, match="cannot require a gradient"):
        Parameter([1, 2])


def test_linear_checks_shapes_and_sizes():
    with pytest.raises(ValueError, match=r"Linear\(2, 3\) takes inputs of shape \(…, 2\), not \(1, 3\)"):
        Linear(2, 3)([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="inputs is a positive integer, such as 4, not 0"):
        Linear(0, 3)


def test_linear_is_x_times_the_transposed_weight():
    layer = Linear(3, 2, seed=0)
    layer.bias.data = [1.0, -1.0]
    x = np.arange(6.0).reshape(2, 3)
    assert np.allclose(layer(x).data, x @ layer.weight.data.T + [1.0, -1.0])
    assert Linear(3, 2, bias=False, seed=0).bias is None
    assert np.array_equal(Linear(3, 2, seed=0).weight.data, Linear(3, 2, seed=0).weight.data)


def test_float32_stays_float32():
    model = MLP([2, 3, 1], dtype="float32")
    y = model(np.ones((4, 2), "float32")).sum()
    y.backward()
    assert y.dtype == np.float32
    assert {p.grad.dtype for p in model.parameters()} == {np.dtype("float32")}


def test_unknown_activation():
    with pytest.raises(ValueError, match=r"activation is one of 'relu', .*, or a function, not 'rellu'"):
        Dense(1, 1, "rellu")
    with pytest.raises(TypeError, match="Sequential takes modules"):
        Sequential(tanh)


def test_import_loads_nothing_heavy():
    heavy = {"numpy", "numba", "sklearn", "tqdm", "graphviz", "matplotlib"}
    program = f"import sys, inversa.nn; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_a_state_that_cannot_be_read_changes_nothing() -> None:
    model = MLP([1, 1], seed=0)
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"layers\.0\.bias"):
        model.load_state_dict({"layers.0.weight": [[5.0]], "layers.0.bias": ["a"]})
    assert all((before[path] == array).all() for path, array in model.state_dict().items())


def test_a_result_that_was_kept_is_no_parameter() -> None:
    class Keeping(Module):
        def __init__(self) -> None:
            self.w = Value(2.0)

        def forward(self, x: float) -> Value:
            self.last = self.w * x
            return self.last

    module = Keeping()
    with no_grad():
        module(3.0)
    assert [name for name, _ in module.named_parameters()] == ["w"]


def test_models_are_copied_deeply() -> None:
    model = MLP([2, 3, 1], seed=0)
    twin = copy.deepcopy(model)
    twin.parameters()[0][...] = 0.0
    assert model.parameters()[0].numpy().any()
    assert twin([[1.0, 2.0]]).shape == (1, 1)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_the_running_averages_too(copied) -> None:
    model = BatchNorm1d(2)
    model([[1.0, 2.0], [3.0, 5.0]])
    state, twin = model.state_dict(), copied(model).state_dict()
    assert state.keys() == twin.keys()
    assert all(np.array_equal(state[path], twin[path]) for path in state)


def test_children_are_the_modules_directly_inside() -> None:
    model = Sequential(Dense(2, 3), Sequential(Tanh()))
    assert [type(child) for child in model.children()] == [Dense, Sequential]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "model",
    [MLP([2, 3, 1], seed=0), Linear(2, 2, seed=0), NeuronNetwork([2, 3, 1], activation="tanh", seed=0)],
    ids=lambda model: type(model).__name__,
)
def test_a_model_is_compiled_as_it_is(model):
    compiled, x = jit(model), Tensor([[1.0, 2.0], [0.5, -1.0]])
    expected = model(x)
    np.testing.assert_allclose(compiled(x.numpy()), expected.data, rtol=1e-14)
    assert compiled.why_not is None
    gradients = []
    for output in (compiled(x), expected):
        model.zero_grad()
        (output * output).sum().backward()
        gradients.append([p.grad for p in model.parameters()])
    for found, wanted in zip(*gradients, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_a_compiled_model_may_have_two_inputs_and_changes_with_it():
    class Mixed(Module):
        def __init__(self):
            self.first, self.names = Linear(2, 2, seed=0), "mine"

        def forward(self, x, *, scale=1.0):
            y = self.first(x) * scale
            return y if self.training else -y

    model, x = Mixed(), np.ones((1, 2))
    compiled = jit(model)
    assert list(inspect.signature(model).parameters) == ["x", "scale"]
    for scale in (1.0, 2.0):
        np.testing.assert_array_equal(compiled(x, scale=scale), scale * compiled(x))
    before = compiled(x)
    model.eval()
    np.testing.assert_array_equal(compiled(x), -before)
    model.first.weight.data = np.zeros((2, 2))
    np.testing.assert_array_equal(compiled(x), [[0.0, 0.0]])
    with pytest.raises(TypeError, match=r"takes 2 arguments \(x, scale\)"):
        compiled(x, 1.0, 2.0)


def test_a_module_that_is_called_otherwise_has_its_own_signature():
    class Called(Module):
        def __call__(self, a, b):
            return a + b

    assert list(inspect.signature(Called()).parameters) == ["a", "b"]
    assert list(inspect.signature(Linear).parameters)[:2] == ["inputs", "outputs"]
    assert jit(Called())(1.0, 2.0) == 3.0

"""What can be tested of PyTorch's models without it: they are told by what they look like, and it is not imported."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from inversa import interchange, nn, viz
from inversa.nn.interchange.of_torch import checking
from inversa.nn.interchange.of_torch.losses import loss_for
from inversa.nn.interchange.of_torch.operators import OPERATORS, fitted, function_of


class FakeTensor(np.ndarray):
    requires_grad = True
    device = "cpu"

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return np.asarray(self)


class FakeModule:
    training = False

    def __init__(self, **tensors):
        self.tensors = {name: np.asarray(x, float).view(FakeTensor) for name, x in tensors.items()}

    def named_parameters(self, remove_duplicate=True):
        return list(self.tensors.items())

    def parameters(self):
        return iter(())

    def named_buffers(self, remove_duplicate=True):
        return []

    def modules(self):
        return [self]

    def named_modules(self):
        return [("", self)]


class Linear(FakeModule):
    __module__ = "torch.nn.modules.linear"
    in_features, out_features = 2, 1
    bias = True


@pytest.fixture
def module(monkeypatch):
    torch = ModuleType("torch")
    torch.nn = SimpleNamespace(Module=FakeModule)
    torch.Tensor = FakeTensor
    monkeypatch.setitem(sys.modules, "torch", torch)
    return Linear(weight=[[0.5, -1.0]], bias=[0.25])


def test_a_module_becomes_ours_with_its_weights(module):
    ours = interchange.from_torch(module)
    assert type(ours) is nn.Linear
    assert not ours.training
    assert ours([[1.0, 2.0]]).item() == -1.25
    assert [p.name for p in ours.parameters()] == ["W", "b"]


def test_it_is_drawn_with_the_difference_of_the_gradients(module, monkeypatch):
    def theirs(module, inputs, seeds):
        ours = checking.our_gradients(interchange.from_torch(module), inputs, seeds)
        return {**ours, "weight": ours["weight"] + 0.125}

    monkeypatch.setattr("inversa.viz.picture.foreign.checking.their_gradients", theirs)
    figure = viz.draw(module, [1.0, 2.0], 1.0, loss="mse", view="both")
    assert figure.alt_text().endswith("The gradients differ from PyTorch’s by at most 0.1.")
    assert "PyTorch’s" in figure.svg()
    assert "The gradients differ from PyTorch" in figure.to_tikz()
    assert viz.draw(module, [1.0, 2.0], lang="es").alt_text().endswith("en 0.1 como mucho.")
    player = viz.player(module, [1.0, 2.0], 1.0, loss="mse")
    assert "by at most 0.1" in player.html()


def test_what_must_be_taken_over_first_says_so(module):
    for call in (
        lambda: viz.record(module, [[1.0, 2.0]]),
        lambda: viz.plot_gradient_by_depth(module),
        lambda: interchange.to_onnx(module, [[1.0, 2.0]]),
    ):
        with pytest.raises(TypeError, match="from_torch"):
            call()
    with pytest.raises(ValueError, match=r"draw\(model, x\)"):
        viz.draw(module)


def test_pytorch_is_not_imported():
    program = "import sys; from inversa import interchange, nn, viz; viz.draw(nn.MLP([1, 1]), [0.5]); "
    program += "interchange.to_torch(nn.MLP([1, 1]), code=True); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", program], check=False).returncode == 0


def test_only_modules_of_pytorch_are_taken_over():
    with pytest.raises(TypeError, match="a module of PyTorch's"):
        interchange.from_torch(nn.Linear(1, 1))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("native_dropout", "draws at random"), ("rand", "draws at random"), ("slice_scatter", "writes into an array"),
        ("_native_batch_norm_legit", "statistics of batches"), ("_local_scalar_dense", "depends on the numbers"),
        ("grid_sampler_2d", "no function here"),
    ],
)  # fmt: skip
def test_operators_that_there_is_no_function_for_are_refused_with_a_reason(name, why):
    with pytest.raises(interchange.InterchangeError, match=why):
        function_of(name)


def test_settings_that_a_function_does_not_have_are_refused():
    function = function_of("native_layer_norm")
    with pytest.raises(interchange.InterchangeError, match="cudnn_enable"):
        fitted("native_layer_norm", function, (1, 2, 3, 4, 5), {"cudnn_enable": True})
    assert fitted("full", OPERATORS["full"], ((2,), 0.5), {"device": "cpu", "dtype": "float64"}) == {"dtype": "float64"}


def test_losses_are_told_by_their_names():
    loss = SimpleNamespace(reduction="mean")
    mse = type("MSELoss", (SimpleNamespace,), {"__module__": "torch.nn.modules.loss"})
    assert loss_for(mse(reduction="mean")) == "mean_squared_error"
    assert loss_for("mse") == "mse"
    assert loss_for(loss) is loss
    with pytest.raises(interchange.InterchangeError, match="reduction"):
        loss_for(mse(reduction="sum"))


def test_the_text_of_a_network_is_pytorchs():
    layer = nn.Dense(2, 1, "relu", seed=0)
    layer.load_state_dict({"weight": [[0.5, -1.0]], "bias": [0.25]})
    text = interchange.to_torch(nn.Sequential(layer, nn.Linear(1, 1, seed=0)).eval(), code=True)
    compile(text, "model.py", "exec")
    assert '("0", nn.Linear(2, 1)), ("0_relu", nn.ReLU()), ("1", nn.Linear(1, 1))' in text
    assert '"0.weight": [[0.5, -1.0]],' in text
    assert text.endswith("model = model.eval()\n")

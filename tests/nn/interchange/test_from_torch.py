"""Models of PyTorch's give here what they give there: values, and the gradients of inputs and of all parameters."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from inversa import interchange, nn, viz  # noqa: E402
from inversa.autograd import Tensor, grad, jit  # noqa: E402
from inversa.nn.interchange import InterchangeError  # noqa: E402

from . import torch_models as models  # noqa: E402

TINY = 1e-12


def made(name, dtype=torch.float64):
    """A model, and what makes inputs of so many samples."""
    make, shape = models.MODELS[name]
    torch.manual_seed(0)
    model = make().to(dtype).eval()
    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.5, 2)

    def inputs(samples):
        if name == "embedding":
            return torch.randint(1, 11, (samples, *shape))
        return torch.randn(samples, *shape, dtype=dtype)

    return model, inputs


def difference(ours, model, x):
    """The largest one of values, of the gradient of the inputs, and of those of all parameters."""
    learns = x.dtype.is_floating_point
    x.requires_grad_(learns)
    theirs = model(x)
    seed = torch.randn_like(theirs)
    model.zero_grad()
    (theirs * seed).sum().backward()
    mine = Tensor(x.detach().numpy(), requires_grad=True) if learns else x.numpy()
    y = ours(mine)
    ours.zero_grad()
    (y * seed.numpy()).sum().backward()
    found = [(y.numpy(), theirs.detach().numpy())] + ([(mine.grad, x.grad.numpy())] if learns else [])
    parameters = dict(model.named_parameters())
    named = dict(ours.named_parameters())
    assert len(named) == len(parameters)
    found += [(p.grad, parameters[name].grad.numpy()) for name, p in named.items()]
    return max(float(np.max(np.abs(np.asarray(a) - b))) for a, b in found)


@pytest.mark.parametrize("name", models.MODELS)
def test_values_and_gradients_are_those_of_pytorch(name):
    model, inputs = made(name)
    ours = interchange.from_torch(model, inputs(4))
    for samples in (4, 7, 1):
        assert difference(ours, model, inputs(samples)) <= TINY, samples


def function(forward, **parts):
    """A module of one's own with this forward."""

    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

    Own.forward = forward
    return Own().double().eval()


def linear():
    return torch.nn.Linear(6, 6)


def assigned(self, x):
    y = self.layer(x)
    y[:, 0] = 0
    return y


def without_gradient(self, x):
    with torch.no_grad():
        h = self.layer(x)
    return h * self.layer(x)


X = np.random.default_rng(0).normal(size=(4, 6))


@pytest.mark.parametrize(
    ("forward", "why"),
    [
        (lambda self, x: self.layer(x) if x.sum() > 0 else x, "depends on the numbers"),
        (lambda self, x: self.layer(x) * x[0, 0].item(), "depends on the numbers"),
        (lambda self, x: self.layer(x)[x[:, 0] > 0], "depends on the numbers"),
        (lambda self, x: self.layer(x.add_(1)), "changes its input in place"),
        (assigned, "writes into an array"),
        (lambda self, x: torch.dropout(self.layer(x), 0.5, True), "draws at random"),
        (lambda self, x: self.layer(x) + torch.rand(6, dtype=x.dtype), "draws at random"),
        (lambda self, x: self.layer(x).detach() * self.layer(x), "cut off"),
        (without_gradient, "cut off"),
        (lambda self, x: torch.fft.rfft(self.layer(x)).abs(), "complex"),
        (lambda self, x: self.layer(x) * (self.layer(x) // 1), "PyTorch itself has no gradient"),
        (lambda self, x: torch.cdist(self.layer(x), x), "no function here for PyTorch's operator _cdist_forward"),
        (lambda self, x: self.layer(x[:, :3]), "does not take this example"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_with_a_reason(forward, why):
    with pytest.raises(InterchangeError, match=why) as caught:
        interchange.from_torch(function(forward, layer=linear()), X)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: torch.nn.Sequential(linear(), torch.nn.Dropout()), r"Dropout \(1\) draws at random in training"),
        (lambda: torch.nn.Sequential(linear(), torch.nn.BatchNorm1d(6)), "follows the statistics of batches"),
        (lambda: torch.nn.LSTM(6, 3, 2, dropout=0.1, batch_first=True), "drops outputs"),
        (lambda: function(lambda self, x: self.norm(x), norm=torch.nn.BatchNorm1d(6)).train(), "statistics"),
    ],
)
def test_what_is_random_or_learns_statistics_in_training_is_refused(make, why):
    module = make().double()
    with pytest.raises(InterchangeError, match=why):
        interchange.from_torch(module, X)
    interchange.from_torch(module.eval(), X if not isinstance(module, torch.nn.LSTM) else X[None])


def test_nothing_of_the_module_is_changed():
    module = torch.nn.Sequential(linear(), function(lambda self, x: torch.relu(x))).double()
    before = {name: x.clone() for name, x in module.state_dict().items()}
    ours = interchange.from_torch(module, X)
    ours[0].weight[...] = 0.0
    assert all(torch.equal(before[name], x) for name, x in module.state_dict().items())
    assert all(p.grad is None for p in module.parameters())
    assert not module[0]._forward_pre_hooks


def test_lengths_are_those_of_the_example_but_for_the_first():
    ours = interchange.from_torch(made("LSTM")[0], np.zeros((2, 6, 3)))
    assert ours(np.zeros((9, 6, 3))).shape == (9, 2)
    for shape in ((2, 7, 3), (2, 6, 4), (6, 3)):
        with pytest.raises(InterchangeError, match=r"of the shape \(any, 6, 3\)"):
            ours(np.zeros(shape))
    with pytest.raises(TypeError, match="too many positional arguments"):
        ours(np.zeros((2, 6, 3)), np.zeros(3))


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: self.layer(x) if len(x) > 3 else x,
        lambda self, x: self.layer(x) * torch.arange(4, dtype=x.dtype)[:, None],
        lambda self, x: self.layer(x).reshape(-1, 2, 6).sum(1),
    ],
)
def test_what_depends_on_the_number_of_samples_takes_that_of_the_example_alone(forward):
    module = function(forward, layer=linear())
    ours = interchange.from_torch(module, X)
    assert np.allclose(ours(X).numpy(), module(torch.from_numpy(X)).detach().numpy(), rtol=0, atol=TINY)
    with pytest.raises(InterchangeError, match="of the shape"):
        ours(X[:3])


def test_a_single_sample_that_is_computed_otherwise_is_refused():
    ours = interchange.from_torch(function(lambda self, x: self.layer(x[:, None]).squeeze(), layer=linear()), X)
    assert ours(X[:2]).shape == (2, 6)
    with pytest.raises(InterchangeError, match="otherwise"):
        ours(X[:1])


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: torch.nn.functional.scaled_dot_product_attention(*[self.layer(x)[None]] * 3, is_causal=True),
        lambda self, x: torch.einsum("ni,ij->nj", x, self.layer.weight).clamp(-0.1, 0.2),
        lambda self, x: self.layer(x).gather(1, x.argmax(1, keepdim=True)) + x[:, [0, 2, 2]].prod(1, keepdim=True),
        lambda self, x: torch.nn.functional.normalize(self.layer(x)).max(1).values - self.layer(x).min(),
        lambda self, x: torch.nn.functional.cross_entropy(self.layer(x), x.argmax(1)),
        lambda self, x: torch.nn.functional.glu(self.layer(x)) + torch.tril(x.T @ x).sum(),
        lambda self, x: torch.stack([a * 2 for a in self.layer(x).unbind(1)], 1) * torch.arange(6),
        lambda self, x: torch.where(x > 0, self.layer(x), 0.5).float().double() @ x.T,
        lambda self, x: torch.nn.functional.interpolate(
            self.layer(x)[:, None, None], scale_factor=(2, 2.5), mode="bilinear"
        ),
        lambda self, x: torch.nn.functional.interpolate(
            self.layer(x).reshape(-1, 1, 2, 3), size=(5, 4), mode="bilinear", align_corners=True
        ),
        lambda self, x: self.layer(x).unfold(1, 3, 2).sum(-1) + torch.hypot(x, x)[:, :2] / (x.abs() + 1)[:, :2],
        lambda self, x: {"a": self.layer(x), "b": [x.roll(1, 1), (x.repeat(1, 2) - 1).sort(1).values]},
        lambda self, x: torch.nn.functional.pixel_shuffle(self.layer(x)[:, :4, None, None], 2).relu_(),
    ],
)
def test_more_operators(forward):
    module = function(forward, layer=linear())
    ours = interchange.from_torch(module, X)
    theirs = [y.detach().numpy() for y in torch.utils._pytree.tree_leaves(module(torch.from_numpy(X)))]
    answer = ours(X)
    mine = answer.values() if isinstance(answer, dict) else [answer]
    flat = [y for part in mine for y in (part if isinstance(part, (list, tuple)) else [part])]
    tolerance = 1e-5 if "float()" in str(forward) else TINY
    assert all(np.allclose(a.numpy(), b, rtol=tolerance, atol=tolerance) for a, b in zip(flat, theirs, strict=True))


def test_ours_are_used_where_there_are_any_and_tied_weights_stay_tied():
    module = models.mixed().double().eval()
    module[1].encode.weight = module[0].weight = torch.nn.Parameter(torch.randn(6, 6, dtype=torch.float64))
    module[1] = torch.nn.Linear(6, 6).double()
    module[1].weight = module[0].weight
    ours = interchange.from_torch(module, X)
    assert [type(part) for part in ours] == [nn.Linear, nn.Linear, nn.Tanh, nn.Softmax]
    assert ours[0].weight is ours[1].weight
    assert ours.state_dict().keys() == {"0.weight", "0.bias", "1.bias"}


def test_a_sequential_with_names_keeps_them():
    named = torch.nn.Sequential()
    named.add_module("hidden", torch.nn.Linear(2, 3))
    named.add_module("psi", torch.nn.Tanh())
    assert list(interchange.from_torch(named).state_dict()) == ["hidden.weight", "hidden.bias"]


def test_what_was_taken_over_is_compiled_differentiated_and_trained():
    module = function(lambda self, x: torch.tanh(self.layer(x)) + self.shift, layer=linear(), shift=torch.ones(6))
    ours = interchange.from_torch(module, X)
    assert np.allclose(jit(ours)(X), ours(X).numpy(), rtol=0, atol=TINY)
    assert np.allclose(grad(lambda x: ours(x).sum())(X), grad(jit(lambda x: ours(x).sum()))(X), rtol=0, atol=TINY)
    ours.compile(loss="mse", optimizer="adam")
    losses = ours.fit(X, np.zeros((4, 6)), epochs=3, progress=False).loss
    assert losses[-1] < losses[0]


def test_a_module_without_an_example_says_that_it_needs_one():
    with pytest.raises(InterchangeError, match="give an example"):
        interchange.from_torch(models.Residual().eval())
    with pytest.raises(TypeError, match="module of PyTorch's"):
        interchange.from_torch(nn.Linear(1, 1))


def test_entry_points_that_take_our_models_say_what_to_do():
    module = torch.nn.Linear(2, 1)
    for call in (
        lambda: viz.record(module, X),
        lambda: viz.plot_decision(module, X[:, :2], X[:, 0] > 0),
        lambda: viz.plot_gradient_by_depth(module),
        lambda: interchange.to_onnx(module, X[:, :2]),
    ):
        with pytest.raises(TypeError, match="from_torch"):
            call()


def test_the_summary_has_a_line_for_it(capsys):
    interchange.from_torch(made("residual")[0], np.zeros((2, 4))).summary((4,))
    assert "Program(Residual, 12 operators)  (n, 3)         155" in capsys.readouterr().out


def test_modules_with_several_inputs():
    module = function(lambda self, x: x)
    type(module).forward = lambda self, x, y: torch.tanh(self.layer(x)) * y
    module.layer = linear().double()
    ours = interchange.from_torch(module, (X, X[:, :1]))
    theirs = module(torch.from_numpy(X), torch.from_numpy(X[:, :1])).detach().numpy()
    assert np.allclose(ours(X, X[:, :1]).numpy(), theirs, rtol=0, atol=TINY)
    assert np.allclose(jit(ours)(X[:2], X[:2, :1]), theirs[:2], rtol=0, atol=TINY)
    with pytest.raises(InterchangeError, match="of the shape"):
        ours(X, X[:1, :1])
    assert "PyTorch" in viz.draw(module, (X, X[:, :1])).alt_text()

"""Our networks as PyTorch's modules, as text, and back."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from inversa import interchange, nn  # noqa: E402
from inversa.autograd import Tensor  # noqa: E402
from inversa.nn.interchange import InterchangeError  # noqa: E402

PSI = ("tanh", "relu", "sigmoid", "gelu", "silu", "softplus", "elu", "mish", "selu", "identity", "hard_tanh")


def random_model(seed):
    """A model, and the shape of a sample."""
    rng = np.random.default_rng(seed)
    psi, other = rng.choice(PSI, 2)
    a, b, c = (int(n) for n in rng.integers(2, 6, 3))
    match seed % 6:
        case 0:
            sizes = [int(n) for n in rng.integers(1, 7, rng.integers(2, 6))]
            return nn.MLP(sizes, str(psi), seed=seed, output=rng.choice(["identity", "softmax"])), (sizes[0],)
        case 1:
            return nn.Sequential(
                nn.Dense(a, b, str(psi), seed=seed), nn.Dropout(0.3), nn.LayerNorm(b),
                nn.Add(nn.Identity(), nn.Sequential(nn.Dense(b, c, str(other), seed=seed), nn.Linear(c, b, seed=seed))),
                nn.Maxout(b, c, 3, seed=seed), nn.Activation("leaky_relu", slope=0.1),
            ), (a,)  # fmt: skip
        case 2:
            return nn.Sequential(
                nn.Conv2d(2, 4, (2, 3), padding=1, groups=int(rng.integers(1, 3)), seed=seed), nn.BatchNorm2d(4),
                nn.Activation(str(psi)), nn.AvgPool2d(2), nn.ConvTranspose2d(4, 2, 2, stride=2, seed=seed),
                nn.MaxPool2d(2), nn.GroupNorm(2, 2), nn.GlobalAvgPool() if a % 2 else nn.Flatten(),
            ), (2, 7, 6)  # fmt: skip
        case 3:
            kind = [nn.RNN, nn.LSTM, nn.GRU][a % 3]
            return nn.Sequential(
                kind(a, b, num_layers=int(rng.integers(1, 3)), bidirectional=bool(c % 2), output="sequence", seed=seed),
                nn.GRU(b * (1 + c % 2), c, output="last", seed=seed), nn.RMSNorm(c),
                nn.Dense(c, 2, str(psi), seed=seed),
            ), (4, a)  # fmt: skip
        case 4:
            return nn.Sequential(
                nn.Linear(a, 4, bias=False, seed=seed), nn.PositionalEncoding(4),
                nn.PositionalEmbedding(9, 4, seed=seed),
                nn.MultiHeadAttention(4, 2, causal=bool(b % 2), seed=seed),
                nn.TransformerBlock(4, 2, 6, norm_first=bool(c % 2), causal=bool(a % 2), activation="gelu", seed=seed),
            ), (5, a)  # fmt: skip
        case _:
            return nn.Sequential(
                nn.Conv1d(a, b, 3, padding=1, stride=2, seed=seed), nn.BatchNorm1d(b), nn.Activation(str(psi)),
                nn.Flatten(), nn.Linear(3 * b, c, seed=seed), nn.LogSoftmax(),
            ), (a, 6)  # fmt: skip


def ready(seed):
    """A random model whose statistics have seen something, and a sample generator."""
    model, shape = random_model(seed)
    rng = np.random.default_rng(seed)
    for buffer in model.buffers():
        if buffer.dtype.kind == "f":
            buffer[...] = rng.uniform(0.5, 2, buffer.shape)
    for p in model.parameters():
        p[...] = p.numpy() + rng.normal(size=p.shape) / 5
    return model.eval(), rng.normal(size=(3, *shape))


def answers(model, x):
    """The outputs, and the gradients of everything, here."""
    x = Tensor(x, requires_grad=True)
    model.zero_grad()
    y = model(x)
    (y * np.cos(np.arange(y.size)).reshape(y.shape)).sum().backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    return {"y": y.numpy(), "x": x.grad, **gradients}


def their_answers(model, x):
    x = torch.from_numpy(x).requires_grad_()
    y = model(x)
    (y * torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)).sum().backward()
    gradients = {name: p.grad.numpy() for name, p in model.named_parameters()}
    return {"y": y.detach().numpy(), "x": x.grad.numpy(), **gradients}


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, numbers in theirs.items():
        assert np.max(np.abs(ours[name] - numbers)) <= 1e-12, name


@pytest.mark.parametrize("seed", [*range(60), *(pytest.param(n, marks=pytest.mark.long) for n in range(60, 200))])
def test_to_pytorch_and_back(seed):
    model, x = ready(seed)
    theirs = interchange.to_torch(model)
    here = answers(model, x)
    assert_equal(here, their_answers(theirs, x))
    back = interchange.from_torch(theirs, x)
    assert_equal(answers(back, x), here)
    assert back.state_dict().keys() == model.state_dict().keys()


@pytest.mark.parametrize("seed", range(6))
def test_the_text_runs_by_itself_and_gives_the_same_numbers(seed):
    model, x = ready(seed)
    text = interchange.to_torch(model, code=True)
    assert "inversa" not in text.lower()
    namespace = {}
    exec(text, namespace)
    assert_equal(answers(model, x), their_answers(namespace["model"], x))
    assert namespace["model"].training is False


def test_what_is_tied_frozen_or_of_float32_stays_so():
    a, b = nn.Linear(3, 3, seed=0, dtype="float32"), nn.Linear(3, 3, seed=1, dtype="float32")
    b.weight = a.weight
    a.bias.requires_grad = False
    theirs = interchange.to_torch(nn.Sequential(a, nn.Tanh(), b))
    assert theirs[0].weight is theirs[2].weight
    assert theirs[0].weight.dtype == torch.float32
    assert not theirs[0].bias.requires_grad
    assert theirs[2].bias.requires_grad
    assert theirs.training
    back = interchange.from_torch(theirs)
    assert back[0].weight is back[2].weight
    assert not back[0].bias.requires_grad
    assert back[0].weight.dtype == "float32"


def test_large_models_say_how_their_weights_are_loaded():
    model = nn.MLP([50, 50, 1], seed=0)
    text = interchange.to_torch(model, code=True)
    assert len(text) < 1000
    namespace = {"state": model.state_dict()}
    exec(text.replace("# model.load", "model.load"), namespace)
    x = np.ones((2, 50))
    assert np.allclose(namespace["model"](torch.from_numpy(x)).detach().numpy(), model(x).numpy(), rtol=0, atol=1e-12)


def test_what_pytorch_has_no_module_for_is_refused():
    class Own(nn.Module):
        def forward(self, x):
            return x

    for model, why in (
        (Own(), "Own is no layer"),
        (nn.Sequential(nn.Linear(1, 1), Own()), "Own is no layer"),
        (nn.Activation(lambda x: x * x), "no name that PyTorch knows"),
        (nn.RNN(1, 1, truncate=3), "cut off"),
    ):
        with pytest.raises(InterchangeError, match=why):
            interchange.to_torch(model)
    layer = nn.Linear(2, 2)
    with pytest.raises(InterchangeError, match="stands in it twice"):
        interchange.to_torch(nn.Sequential(layer, layer))


@pytest.mark.parametrize("wrapped", ["module.", "_orig_mod.", "_orig_mod.module.", "net."])
def test_states_load_from_each_other_with_the_prefixes_of_pytorch(wrapped):
    model, _ = ready(2)
    state = {f"{wrapped}{name}": torch.from_numpy(x) for name, x in model.state_dict().items()}
    fresh, _ = random_model(2)
    fresh.load_state_dict(state)
    assert all(np.array_equal(x, fresh.state_dict()[name]) for name, x in model.state_dict().items())


def test_a_data_parallel_module_is_told_by_its_own_prefix():
    theirs = torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)))
    model = nn.MLP([2, 3, 1], "tanh", dtype="float32")
    model.load_state_dict(theirs.state_dict())
    x = np.ones((2, 2), np.float32)
    assert np.allclose(model(x).numpy(), theirs.module(torch.from_numpy(x)).detach().numpy(), atol=1e-6)

"""Models of PyTorch's give here what they give there: values, and the gradients of inputs and of all parameters."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from inversa import interchange, nn  # noqa: E402
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

"""ONNX files that PyTorch has written: values and gradients are PyTorch's own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.nn.interchange import from_onnx

torch = pytest.importorskip("torch")
F = torch.nn.functional


class Recurrent(torch.nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, kind: Any, **settings: Any) -> None:
        super().__init__()
        self.layer = kind(4, 5, batch_first=True, **settings)
        self.out = torch.nn.Linear(5 * (1 + self.layer.bidirectional), 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.layer(x)[0][:, -1])


class Residual(torch.nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norm, self.out = torch.nn.Linear(6, 6), torch.nn.LayerNorm(6), torch.nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        return F.log_softmax(self.out(self.norm(x + F.gelu(self.hidden(x)))), -1)


class Images(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Down, up again in two ways, and both side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.down = torch.nn.Conv2d(1, 4, 3, padding=1)
        self.middle = torch.nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.up = torch.nn.ConvTranspose2d(4, 4, 2, 2)
        self.out = torch.nn.Conv2d(8, 1, 1)

    def forward(self, x: Any) -> Any:
        a = torch.relu(self.down(x))
        b = torch.relu(self.middle(F.max_pool2d(a, 2)))
        return self.out(torch.cat([a, self.up(b) + F.interpolate(b, scale_factor=2, mode="bilinear")], 1))


MODELS = {
    "lstm": (lambda: Recurrent(torch.nn.LSTM, num_layers=2, bidirectional=True), (3, 7, 4)),
    "gru": (lambda: Recurrent(torch.nn.GRU), (3, 7, 4)),
    "residual": (Residual, (4, 6)),
    "images": (Images, (2, 1, 8, 8)),
}


@pytest.mark.parametrize("name", MODELS)
def test_numbers_and_gradients(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    make, shape = MODELS[name]
    model = make().double().eval()
    x = torch.randn(*shape, dtype=torch.float64, requires_grad=True)
    path = str(tmp_path / "model.onnx")
    open_axis = {"x": {0: "N"}, "y": {0: "N"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (x.detach(),), path, dynamo=False, opset_version=18, do_constant_folding=False, input_names=["x"],
            output_names=["y"], dynamic_axes=open_axis, training=torch.onnx.TrainingMode.PRESERVE,
        )  # fmt: skip
    y = model(x)
    seed = torch.randn_like(y)
    (y * seed).sum().backward()
    network = from_onnx(path)
    given = Tensor(x.detach().numpy(), requires_grad=True)
    result = network(given)
    flows = InverseNetwork(result).run(seed.numpy())
    pairs = [(result.numpy(), y.detach()), (flows[given], x.grad)]
    ours = dict(network.named_parameters())
    pairs += [(flows[ours[path]], p.grad) for path, p in model.named_parameters()]
    for found, wanted in pairs:  # attributes such as ε are of single precision in a file
        np.testing.assert_allclose(found, wanted.numpy(), rtol=0, atol=1e-11)

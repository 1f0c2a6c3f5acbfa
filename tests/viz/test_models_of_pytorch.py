"""PyTorch's modules are drawn as they are, with the difference of the gradients below the picture."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from inversa import viz  # noqa: E402
from inversa.nn.interchange import InterchangeError  # noqa: E402


class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


def mlp():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()


def difference(figure):
    """The number in the sentence below a picture."""
    sentence = figure.alt_text().split(". ")[-1]
    assert "PyTorch" in sentence
    if "last digit" in sentence:
        return 0.0
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    number = sentence.rstrip(".").rpartition(" ")[2].translate(digits).replace("·10", "e")
    return float(number)


def test_a_network_is_drawn_neuron_by_neuron_with_the_difference_below():
    figure = viz.draw(mlp(), [0.5, -1.0], 1.0, loss=torch.nn.MSELoss(), view="both")
    assert "2-3-1 network" in repr(figure)
    assert difference(figure) <= 1e-12
    note = figure.alt_text().split(". ")[-1]
    assert note.split()[0] in figure.svg()
    assert note in figure.flip().alt_text()
    assert note in figure.fitted(900).alt_text()


def test_the_difference_is_that_of_the_gradients(monkeypatch):
    true = torch.autograd.grad

    def wrong(*args, **kwargs):
        first, *others = true(*args, **kwargs)
        return first + 0.5, *others

    model, x = mlp(), torch.tensor([[0.5, -1.0], [1.0, 2.0]], dtype=torch.float64)
    monkeypatch.setattr(torch.autograd, "grad", wrong)
    assert difference(viz.draw(model, x, np.ones((2, 1)), loss="mse")) == 0.5
    assert "0.5" in viz.draw(model, x, np.ones((2, 1)), loss="mse", lang="es").alt_text().split(" ")[-3]


@pytest.mark.parametrize("x", [[0.5, -1.0], [[0.5, -1.0], [1.0, 2.0]]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_any_module_is_drawn_by_its_operators_and_the_modules_in_it(x, dtype):
    figure = viz.draw(Own().to(dtype), x, view="forward")
    assert all(name in figure.svg() for name in ("first", "second"))
    assert difference(figure) <= (1e-12 if dtype == torch.float64 else 1e-5)


def test_a_module_that_takes_batches_alone_is_drawn_with_one_sample():
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten()).double().eval()
    assert difference(viz.draw(model, np.ones((1, 4, 4)))) <= 1e-12


def test_classes_and_losses_of_pytorch():
    model = torch.nn.Sequential(torch.nn.Embedding(5, 2), torch.nn.Flatten(), torch.nn.Linear(6, 3)).double()
    words, labels = torch.tensor([[0, 1, 4], [2, 2, 3]]), torch.tensor([2, 0])
    figure = viz.draw(model, words, labels, loss=torch.nn.functional.cross_entropy, view="inverse")
    assert difference(figure) <= 1e-12
    with pytest.raises(InterchangeError, match="label_smoothing"):
        viz.draw(model, words, labels, loss=torch.nn.CrossEntropyLoss(label_smoothing=0.1))


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # PyTorch's compiler imports what it deprecates
def test_how_a_module_is_run_makes_no_difference():
    for wrap in (torch.compile, torch.nn.DataParallel):
        figure = viz.draw(wrap(mlp()), [0.5, -1.0], 1.0, loss="mse", view="both")
        assert "2-3-1 network" in repr(figure)
        assert difference(figure) <= 1e-12


def test_the_player_says_it_too():
    player = viz.player(mlp(), [0.5, -1.0], 1.0, loss="mse")
    assert "PyTorch’s" in player.html()
    assert "PyTorch" in player.figure().alt_text()


def test_without_a_sample_and_for_arrays_it_says_what_to_do():
    with pytest.raises(ValueError, match=r"draw\(model, x\)"):
        viz.draw(mlp())
    with pytest.raises(TypeError, match=r"draw\(module, x\)"):
        viz.draw(torch.ones(2))
    with pytest.raises(InterchangeError, match="eval"):
        viz.draw(torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Dropout()), [0.5, 1.0])

"""What the page gives away: programs that go on where it was, files that nn reads, data sets."""

import runpy

import numpy as np
import pytest

from inversa.autograd import Tensor
from inversa.nn import MLP, losses, saving
from inversa.viz.playing.templates import OPTIMIZERS

SAMPLES = np.random.default_rng(3).normal(size=(11, 2))
LABELS = (SAMPLES[:, :1] * SAMPLES[:, 1:] > 0).astype(float)
EXPORT = """(templates, all) => all.map(({config, x, y, steps, epochs}) => {
  const network = new Network(templates, config);
  network.give(asMatrix(x), asMatrix(y));
  network.state = withHeld(network.state, 0, "weight", 1, true);
  for (let k = 0; k < steps; k++) network.step();
  const words = {about: "About", state: "State", held: "Held", order: "Order"};
  const texts = [pythonOf(network, epochs, words), playerOf(network, 2, words)];
  const file = [...safetensorsOf(network.config, network.state)];
  const numbers = () => network.state.layers.map(({weight, bias}) => [weight, bias].map(({values}) => asLists(values)));
  const now = numbers();
  for (let k = 0; k < epochs; k++) network.epoch();
  return {texts, file, now, later: numbers(), answers: asLists(network.forward(network.x).layers.at(-1).a)};
})"""


def exported(optimizer, steps, **others):
    """A configuration that is left in the midst of an epoch, and one without hidden layers."""
    config = {
        "inputs": 2,
        "layers": [{"neurons": 3, "activation": "sin"}, {"neurons": 1, "activation": "identity"}],
        "loss": "binary_cross_entropy", "optimizer": optimizer, "settings": {"lr": 0.05}, "batch": 4, "seed": 9,
    }  # fmt: skip
    return {"config": config | others, "x": SAMPLES.tolist(), "y": LABELS.tolist(), "steps": steps, "epochs": 3}


CASES = [
    *(exported(name, 5) for name in OPTIMIZERS),
    exported("adam", 0, batch=None, shuffle=False),
    exported("adamw", 7, penalty={"l1": 0.01, "l2": 0.02}, layers=[{"neurons": 1, "activation": "identity"}]),
]


@pytest.fixture
def all_exports(run):
    return run(EXPORT, CASES)


def test_programs_go_on_training_to_the_numbers_of_the_page(all_exports, tmp_path, capsys):
    for case, found in zip(CASES, all_exports, strict=True):
        path = tmp_path / "playground.py"
        path.write_text(found["texts"][0], "utf-8")
        names = runpy.run_path(str(path))
        for (weight, bias), layer in zip(found["later"], names["model"].layers, strict=True):
            np.testing.assert_allclose(weight, layer.weight.numpy(), rtol=0, atol=1e-9, err_msg=str(case))
            np.testing.assert_allclose(bias[0], layer.bias.numpy(), rtol=0, atol=1e-9, err_msg=str(case))
        printed = capsys.readouterr().out.split()
        cost = losses.binary_cross_entropy(Tensor(found["answers"]), LABELS).item()
        assert float(printed[-1]) == pytest.approx(cost, rel=1e-9)


def test_files_are_read_by_nn_and_are_the_same_network(all_exports, tmp_path):
    for case, found in zip(CASES, all_exports, strict=True):
        path = tmp_path / "playground.safetensors"
        path.write_bytes(bytes(found["file"]))
        sizes = [2, *(layer["neurons"] for layer in case["config"]["layers"])]
        model = MLP(sizes)
        model.load_state_dict(saving.load(path))
        for (weight, bias), layer in zip(found["now"], model.layers, strict=True):
            assert layer.weight.tolist() == weight
            assert layer.bias.tolist() == bias[0]


def test_a_program_writes_the_player_of_this_very_state(all_exports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "player.py"
    path.write_text(all_exports[0]["texts"][1], "utf-8")
    names = runpy.run_path(str(path))
    assert (tmp_path / "player.html").stat().st_size > 10_000
    assert names["model"].layers[0].weight.tolist() == all_exports[0]["now"][0][0]


DATASETS = """(_, given) => given.map((settings) => [settings.kind, settings].map(() => {
  const {x, y, classes} = dataset(settings.kind, settings);
  return {x: asLists(x), y: asLists(y), classes};
}))"""


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_data_sets_are_repeated_by_their_seed(run, noise):
    kinds = ["moons", "circles", "spirals", "xor", "blobs", "regression"]
    given = [{"kind": kind, "samples": 31, "noise": noise, "seed": seed} for kind in kinds for seed in (0, 1)]
    found = run(DATASETS, given)
    for (one, again), asked in zip(found, given, strict=True):
        assert one == again
        x, y = np.array(one["x"]), np.array(one["y"])
        assert np.isfinite(x).all()
        assert abs(x).max() < 2
        assert y.shape == (31, 1)
        if one["classes"]:
            assert set(y.ravel()) == set(range(one["classes"]))
            assert x.shape == (31, 2)
        if asked["kind"] == "xor" and not noise:
            np.testing.assert_array_equal((x[:, 0] * x[:, 1] > 0), y[:, 0] == 0)
        if asked["kind"] == "circles" and not noise:
            np.testing.assert_allclose(np.hypot(*x.T), np.where(y[:, 0] == 0, 1, 0.4), rtol=1e-12)
    assert all(found[i][0]["x"] != found[i + 1][0]["x"] for i in range(0, len(found), 2) if noise or i not in (8,))

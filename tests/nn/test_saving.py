"""Saving: models and trees of arrays in files that other programs can read, kept exactly."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from inversa.nn import MLP, NeuronNetwork, data, saving

from .small import bits


def test_a_model_is_saved_and_loaded(tmp_path):
    path = tmp_path / "model.safetensors"
    for make in (
        lambda seed: MLP([2, 3, 1], seed=seed, dtype="float32"),
        lambda seed: NeuronNetwork([2, 2], seed=seed),
    ):
        model, other = make(0), make(1)
        model.save(path)
        other.load(path)
        assert bits(other) == bits(model)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        other.load(tmp_path / "nowhere")


def test_other_programs_can_read_and_write_the_files(tmp_path):
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "model.safetensors"
    model, other = MLP([2, 3, 1], seed=0), MLP([2, 3, 1], seed=1)
    model.save(path)
    arrays = load_file(path)
    assert {name: array.tobytes() for name, array in arrays.items()} == bits(model)
    save_file({name: 2 * array for name, array in arrays.items()}, path)
    other.load(path)
    assert (other.layers[0].weight.numpy() == 2 * model.layers[0].weight.numpy()).all()


def test_trees_are_kept_exactly(tmp_path):
    tree = {
        "floats": [0.1, 1e-320, float("inf")],
        "large": 2**127 - 1,
        "text": "σ “ ”",
        "none": None,
        "flag": True,
        "arrays": {"empty": np.zeros((0, 3)), "0-d": np.array(1.5, "float32"), "ints": np.arange(3)},
        "strided": np.arange(6.0)[::2],
        "number": np.float64(0.1),
    }
    saving.save(tmp_path / "tree", tree)
    loaded = saving.load(tmp_path / "tree")
    assert json.dumps({k: v for k, v in loaded.items() if k not in ("arrays", "strided")}) == json.dumps(
        {k: v for k, v in tree.items() if k not in ("arrays", "strided")}
    )
    for name, array in tree["arrays"].items():
        assert (loaded["arrays"][name].dtype, loaded["arrays"][name].shape) == (array.dtype, array.shape)
        assert (loaded["arrays"][name] == array).all()
    assert loaded["strided"].tolist() == [0.0, 2.0, 4.0]


def test_without_safetensors(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"inversa\[train\]"):
        MLP([1, 1]).save(tmp_path / "model")
    assert not list(Path(tmp_path).iterdir())


def test_arrays_whose_names_would_be_the_same_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"two arrays would be called 'a\.b'"):
        saving.save(tmp_path / "tree", {"a": {"b": np.zeros(1)}, "a.b": np.ones(1)})
    assert not list(tmp_path.iterdir())


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "labels").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    assert data.read_idx("~/labels").tolist() == [5, 0, 4]
    with pytest.raises(FileNotFoundError, match=re.escape(f"no folder {tmp_path / 'digits'}")):
        data.mnist("~/digits")
    model = MLP([1, 1], activation="tanh", seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=0.1)
    model.fit([[1.0]], [[0.5]], epochs=1, checkpoint="~/run.safetensors")
    model.fit([[1.0]], [[0.5]], epochs=2, checkpoint="~/run.safetensors", resume=True)
    found = {path.name for path in tmp_path.iterdir()} - {".cache"}  # where compiled kernels are kept
    assert found == {"labels", "run.safetensors"}
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none"))):
        saving.load("~/none")

"""Expressions as ONNX files."""

import numpy as np
import onnxruntime
import pytest

from inversa.viz.command.cli import main


@pytest.fixture(autouse=True)
def _quiet():
    onnxruntime.set_default_logger_severity(3)


@pytest.fixture
def run(capsys):
    def run(*argv):
        code = main(list(argv))
        return code, *capsys.readouterr()

    return run


def test_an_expression_with_its_gradients(run, tmp_path):
    path = tmp_path / "neuron.onnx"
    code, out, error = run(
        "draw", "z = w*x + b; y = tanh(z) + 3 * leaky_relu(x, slope=0.1)", "w=0.5", "x=-2", "b=1", "--out", str(path)
    )
    assert (code, error) == (0, "")
    assert out.split()[0] == "name"
    assert out.split()[-1] == str(path)
    session = onnxruntime.InferenceSession(path)
    names = [y.name for y in session.get_outputs()]
    assert ([x.name for x in session.get_inputs()], names) == (["w", "x", "b"], ["y", "d_w", "d_x", "d_b"])
    found = session.run(names, {"w": np.asarray(0.5), "x": np.asarray(2.0), "b": np.asarray(-1.0)})
    assert found == pytest.approx([6.0, 2.0, 3.5, 1.0], rel=1e-15)


def test_what_is_of_pictures_is_refused(run, tmp_path):
    path = tmp_path / "neuron.onnx"
    code, out, error = run("draw", "a*a", "a=2", "--width", "8cm", "--open", "--out", str(path))
    assert (code, out, path.exists()) == (2, "", False)
    assert "--width, --open" in error
    code, _, error = run("draw", "gamma(a)", "a=2", "--out", str(path))
    assert (code, path.exists()) == (2, False)
    assert "cannot be written as ONNX" in error

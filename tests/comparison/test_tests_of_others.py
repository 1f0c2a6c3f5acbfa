"""The scripts that run the tests of other libraries on this engine: what they find, they say."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = """
import autograd.numpy as np
import pytest
from autograd import grad, jacobian
from autograd.test_util import check_grads, combo_check

def test_right():
    check_grads(lambda x, y: np.sin(x["a"]) * y[0], argnum=(0, 1))({"a": np.ones((2, 3))}, [0.5, (2.0,)])

def test_several_results():
    check_grads(lambda x: [x * x, (np.exp(x), 3.0)])(np.array([0.5, 2.0]))

def test_real_case():
    combo_check(np.exp, [0])([1.5, 0.5j])

def test_complex():
    check_grads(np.exp)(0.5j)

def test_wrong():
    assert grad(lambda x: x * x)(3.0) == 5.0

def test_wrong_gradient():
    check_grads(lambda x: x * x if isinstance(x, float) else x * x * 1.001)(3.0)

def test_missing():
    jacobian(np.packbits)(np.ones(3))
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder like a checkout of HIPS autograd, with other tests."""
    hips = importlib.util.find_spec("autograd")
    assert hips is not None
    shutil.copytree(Path(hips.origin).parent, tmp_path / "autograd")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)
    return tmp_path


def run(*arguments):
    command = [sys.executable, "-P", str(HERE / "hips.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_became_of_tests_of_hips_autograd(checkout):
    done = run(checkout, "--all")
    assert done.returncode == 1, done.stdout + done.stderr
    outcomes = {line.split("::")[1].split()[0]: line[:10].strip() for line in done.stdout.splitlines() if "::" in line}
    assert outcomes == {
        "test_right": "passed",
        "test_several_results": "passed",
        "test_real_case": "passed",
        "test_complex": "by design",
        "test_wrong": "failed",
        "test_wrong_gradient": "failed",
        "test_missing": "not there",
    }
    assert "complex cases left out: 1" in done.stdout
    assert "1  numpy.packbits" in done.stdout


def test_a_folder_that_is_no_checkout_is_said(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 2
    assert "CHECKOUT is a folder" in done.stdout


@pytest.fixture
def torch_samples():
    pytest.importorskip("torch")
    pytest.importorskip("expecttest")
    spec = importlib.util.spec_from_file_location("torch_samples", HERE / "torch_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_samples_of_pytorch_agree_and_mistakes_are_found(torch_samples, monkeypatch, capsys):
    assert torch_samples.main(["sin", "prod", "cat"]) == 0
    assert "agrees" in capsys.readouterr().out
    sin, double = torch_samples.OURS["sin"], torch_samples.ours.Tensor
    monkeypatch.setitem(torch_samples.OURS, "sin", lambda x: sin(x) * 1.001)
    monkeypatch.setitem(torch_samples.OURS, "cos", lambda x: torch_samples.np.cos(double(x.numpy())) + 0 * x)
    assert torch_samples.main(["sin", "cos"]) == 1
    shown = capsys.readouterr().out
    assert "value differs      sin: 1 of 1" in shown
    assert "gradient differs   cos: 2 of 3" in shown  # one is empty

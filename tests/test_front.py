"""`import inversa` is enough, shows what there is, and leaves Python's own names alone."""

import builtins
import subprocess
import sys
from importlib.metadata import version

import pytest

import inversa
from inversa import autograd, nn, viz


def test_the_first_names_are_those_of_the_packages() -> None:
    assert (inversa.autograd, inversa.nn, inversa.viz) == (autograd, nn, viz)
    for name in inversa.__all__:
        assert (
            name == "__version__"
            or name in ("autograd", "nn", "viz", "exercises", "interchange")
            or (getattr(inversa, name) is getattr(autograd, name))
        )
    assert inversa.__version__ == version("inversa")
    assert inversa.exercises is viz.exercises
    assert inversa.interchange is nn.interchange


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'inversa' has no attribute 'Vaule'"):
        inversa.Vaule  # noqa: B018
    with pytest.raises(ImportError):
        exec("from inversa import Vaule")


def test_python_m_inversa_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "inversa", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"inversa {version('inversa')}\n")


@pytest.mark.parametrize("module", [inversa, autograd, nn, viz], ids=lambda module: module.__name__)
def test_dir_lists_what_is_public(module) -> None:
    extra = {"MLPClassifier", "MLPRegressor", "PerceptronClassifier"} if module is nn else set()
    extra |= {"abs", "max", "min", "pow", "round", "sum"} & set(vars(module))
    assert set(dir(module)) == set(module.__all__) | extra
    for name in dir(module):
        getattr(module, name)


@pytest.mark.parametrize("module", ["inversa", "inversa.autograd", "inversa.nn", "inversa.viz"])
def test_a_star_import_leaves_pythons_own_functions_alone(module) -> None:
    names: dict[str, object] = {}
    exec(f"from {module} import *", names)
    changed = {name for name in names if name in vars(builtins) and names[name] is not vars(builtins)[name]}
    assert not changed - {"__builtins__"}


def test_operations_named_like_pythons_functions_are_still_there() -> None:
    from inversa.autograd import abs, max, min, sum

    assert sum([1.0, 2.0]) == 3.0
    assert (abs(-2.0), max([1.0, 3.0]), min([1.0, 3.0])) == (2.0, 3.0, 1.0)

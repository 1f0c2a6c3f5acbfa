"""What runs inside Pyodide: the library put together in memory, pytest, and what it makes of tests that need more.

There is no NumPy, nor are there processes and threads. A test that asks for one of these is skipped, and counted as
such; how many must pass, in spite of that, is in tests/test_pyodide.py. Many test modules import NumPy for a few of
their tests: they get a module that has some functions of numbers, from `math`, and whose arrays no test can look at.
"""

import collections
import contextlib
import doctest
import json
import math
import os
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

HERE = Path("/repository")  # the library and its tests, in memory
SITE = Path("/site")
PACKAGES = (
    "pytest",
    "_pytest",
    "py.py",
    "pluggy",
    "pluggy-*",
    "iniconfig",
    "packaging",
    "pygments",
    "graphviz",
    "hypothesis",
    "sortedcontainers",
    "_hypothesis_globals.py",
    "micrograd",
)
CANNOT = ("emscripten does not support processes", "can't start new thread", "fork", "subprocess")


def _refuse():
    from inversa.autograd.lazy import NumpyMissingError

    raise NumpyMissingError


def _absent(*_args, **_kwargs):
    """Something made of NumPy: when test modules are imported it may stay unknown, for a test it is needed."""
    return _refuse() if Numbers.running else Absent()


class Absent:
    """What a test module made of NumPy when it was imported; the first test that looks at it is skipped."""

    def __getattr__(self, name):
        if name == "__name__":
            return "array"
        if name.startswith("_"):
            raise AttributeError(name)
        return _absent()

    def __instancecheck__(self, instance):
        return False

    def __repr__(self):
        return "an array"

    __hash__ = object.__hash__


_OPERATORS = (
    "call getitem eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv pow rpow matmul rmatmul neg abs"
)
for _name in _OPERATORS.split():
    setattr(Absent, f"__{_name}__", _absent)
for _name in ("bool", "float", "int", "len", "iter", "index", "contains"):
    setattr(Absent, f"__{_name}__", lambda *_: _refuse())


def _of_numbers(function):
    return lambda x: function(x) if isinstance(x, (int, float)) else _absent()


_FUNCTIONS = ("exp", "log", "tanh", "sin", "cos", "sqrt", "cosh", "sinh", "expm1", "isnan")
NUMBERS = {name: _of_numbers(getattr(math, name)) for name in _FUNCTIONS}
NUMBERS |= {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}
NUMBERS |= {
    "finfo": lambda _kind: SimpleNamespace(eps=sys.float_info.epsilon, max=sys.float_info.max),
    "errstate": lambda **_: contextlib.nullcontext(),
}


class Numbers(ModuleType):
    """What stands for NumPy in test modules."""

    running = False  # whether tests are: what they ask for themselves is refused at once

    def __getattr__(self, name):
        if name in NUMBERS:
            return NUMBERS[name]
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent()


def put_together():
    """Copy what is tested into memory, where it is read faster, and find the packages that pytest needs."""
    HERE.mkdir()
    for name in ("autograd", "nn", "viz", "tests"):
        shutil.copytree(
            f"/checkout/{name}", HERE / name, ignore=shutil.ignore_patterns("__pycache__", "*.png", "*.npz")
        )
    shutil.copy("/checkout/pyproject.toml", HERE)
    inversa = HERE / ".links" / "inversa"
    inversa.mkdir(parents=True)
    for file in Path("/checkout/.links/inversa").iterdir():
        if file.suffix in (".py", ".typed"):
            shutil.copy(file, inversa)
    for name in ("autograd", "nn", "viz"):
        (inversa / name).symlink_to(HERE / name)
    SITE.mkdir()
    for path in (path for name in PACKAGES for path in Path("/packages").glob(name)):
        (SITE / path.name).symlink_to(path)
    sys.path[:0] = [str(HERE / ".links"), str(SITE)]


def pytest_runtest_setup(item):
    """From now on NumPy's functions are asked for by tests; some are run with what it made."""
    Numbers.running = True
    if hasattr(item, "callspec") and any(isinstance(x, Absent) for x in item.callspec.params.values()):
        _refuse()


def pytest_runtest_makereport(item, call):
    """A test that needs what is not there is skipped."""
    error = call.excinfo and call.excinfo.value
    why = _missing(error) if isinstance(error, BaseException) else ""
    if why:
        import pytest

        call.excinfo = pytest.ExceptionInfo.from_exception(_skip(why))


def _skip(why):
    import pytest

    try:
        pytest.skip(why)
    except BaseException as error:
        return error


def _missing(error):
    """What a test asked for that is not there; empty if it failed for another reason."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, doctest.UnexpectedException):
            error = error.exc_info[1]
            continue
        if isinstance(error, doctest.DocTestFailure) and "NumpyMissingError" in error.got:
            return "numpy"
        if isinstance(error, ModuleNotFoundError):
            return error.name or str(error)
        if isinstance(error, (OSError, RuntimeError)) and any(text in str(error) for text in CANNOT):
            return "processes and threads"
        if isinstance(error, TypeError) and "Absent" in str(error):
            return "numpy"
        if isinstance(error, AttributeError) and re.match(
            "'list' object has no attribute '(tolist|shape|sum|mean)'", str(error)
        ):
            return "lists where there are no arrays"
        error = error.__cause__ or error.__context__
    return ""


class Counts:
    """How many tests ended how."""

    def __init__(self):
        self.found = collections.Counter()
        self.why = collections.Counter()

    def pytest_collectreport(self, report):
        """Modules that cannot be imported without what is missing."""
        if report.failed:
            self.found["not collected"] += 1

    def pytest_runtest_logreport(self, report):
        """One report a test, and one more for what fails before or after it."""
        if report.when == "call" or report.outcome != "passed":
            self.found[report.outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple):
                self.why[report.longrepr[2].removeprefix("Skipped: ")[:60]] += 1


def main(wanted):
    """Run pytest with these arguments, or compute the programs' numbers; the last line printed is a JSON object."""
    put_together()
    if wanted == ["--numbers"]:
        import programs

        print(programs.computed())
        return 0
    from inversa.autograd.lazy import has_numpy

    assert not has_numpy()
    sys.modules["numpy"] = Numbers("numpy")
    sys.modules["numpy.typing"] = typing = ModuleType("numpy.typing")
    typing.ArrayLike = typing.NDArray = list
    import pytest

    os.chdir(HERE)
    counts = Counts()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys"]
    options += ["-W", "ignore:Numba cannot be imported", "--continue-on-collection-errors", "--tb=short"]
    pytest.main([*options, *wanted], plugins=[counts, sys.modules[__name__]])
    print(json.dumps(counts.found | {"why": counts.why}))
    return int(counts.found["failed"] > 0)

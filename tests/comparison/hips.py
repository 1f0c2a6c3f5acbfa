"""HIPS autograd's own tests, run on this engine: which pass, which fail, which functions are not there.

    python -P tests/comparison/hips.py CHECKOUT [TESTS ...] [--all]

CHECKOUT is a folder with the sources of https://github.com/HIPS/autograd: its tests are read from there and nothing of
it is kept here. TESTS are names of its test files, such as test_numpy.py; all of them without. With --all every test is
listed, not only those that did not pass.

The tests are not changed. What they import is made here: `autograd.numpy` is NumPy, which calls our operations when a
Tensor comes in; `autograd.grad` and its kin are our transforms behind their signatures. What only combines these (their
differential operators, their checker of gradients, `flatten`) is theirs, read from CHECKOUT. A number is a Tensor
without axes, as their numbers are arrays. Cases with complex numbers are left out of a check, and counted.
"""

from __future__ import annotations

import importlib
import re
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pytest

from inversa import autograd
from inversa.autograd.trees import is_container, leaves, mapped

np: Any = numpy  # its functions take Tensors, which its types do not say
ours: Any = autograd

SECONDS = 60  # for one test
SCIPYS = (
    "scipy.special", "scipy.linalg", "scipy.signal", "scipy.integrate", "scipy.stats.beta", "scipy.stats.chi2",
    "scipy.stats.dirichlet", "scipy.stats.gamma", "scipy.stats.multivariate_normal", "scipy.stats.norm",
    "scipy.stats.poisson", "scipy.stats.t",
)  # fmt: skip


class NotThere(Exception):  # noqa: N818  # said of a function
    """A function that has no gradient here."""


class ByDesign(Exception):  # noqa: N818
    """Something this engine does otherwise on purpose."""


# What became of a test that did not pass, by the first pattern that is found in "FILE::TEST ErrorType: message"; the
# pattern's groups name what is not there.
NOT_THERE, DESIGN = "not there", "by design"
REASONS: tuple[tuple[str, str, str], ...] = (
    (DESIGN, r"unexpected keyword argument 'allow_singular'", "a covariance matrix has an inverse"),
    (DESIGN, r"ByDesign: (.+)", "{}"),
    (
        DESIGN,
        r"numpy\.(?:fft\.|linalg\.)?(i?r?fft[2n]?|i?hfft|eig) has no gradient here",
        "real numbers only: {} gives complex ones",
    ),
    (DESIGN, r"Error: .*(holds real numbers|[Cc]omplex|clongdouble|, not \S*\dj)", "real numbers only"),
    (DESIGN, r"the function returned \w+, not a Value", "a result that is no node is an error, not a gradient of 0"),
    (DESIGN, r"cannot differentiate by u?int", "integers have no gradient"),
    (DESIGN, r"test_[rc]_.* do not become a NumPy array", "NumPy does not ask in r_ and c_: concatenate"),
    (DESIGN, r"(_list_of_boxes|_append_list\w*) .* do not become a NumPy array", "a list of nodes is no array: stack"),
    (DESIGN, r"test_cast_to_int .* do not become a NumPy array", "NumPy does not ask in np.int64(x): x.numpy()"),
    (DESIGN, r"::test_custom_where", "their where, unlike NumPy's, has keywords and gives Python's numbers and lists"),
    (DESIGN, r"_dataarray_(binary_ufunc|holding_box) ", "a Tensor times another library's array is a Tensor"),
    (DESIGN, r"::test_const_graph AssertionError", "a function that changes a list outside is called anew by jit"),
    (DESIGN, r"::test_wrapped_name_and_docs", "names and texts of functions"),
    (NOT_THERE, r"NotThere: (\S+)", "{}"),
    (NOT_THERE, r"numpy\.(\S+) has no gradient here", "numpy.{}"),
    (NOT_THERE, r"numpy\.(\S+) of a node takes no (\w+)=", "{1}= of numpy.{0}"),
    (NOT_THERE, r"Error: (\w+)\(\) got (?:an unexpected|some positional-only).* '(\w+)", "{1}= of {0}"),
    (NOT_THERE, r"Error: call (\w+)\(.* not (\w+\(.*)", "{1}"),
    (NOT_THERE, r"Error: (norm) of shapes .* not (\S+)$|Error: (pad) of shapes (.*):", "{0} of {1}"),
    (NOT_THERE, r"Error: (einsum) (?:of shapes .* not (\S+);|(is not differentiated by its subscripts))", "{0} {1}"),
)


# Their transforms, by ours.


def spread(f: Callable[[Any], Any], x: Any) -> tuple[Callable[..., Any], list[Any]]:
    """f as a function of the arrays in x, one argument each; and these arrays."""
    arrays = [part if isinstance(part, ours.Node) else np.array(part) for part in parts(x)]
    return lambda *nodes: f(filled(x, nodes)), arrays


def parts(x: Any) -> list[Any]:
    return leaves(x, is_container)


def filled(like: Any, arrays: Iterable[Any]) -> Any:
    """The same lists, tuples and dictionaries with other arrays in them."""
    following = iter(arrays)
    return mapped(lambda _: next(following), like, is_container)


def make_vjp(f: Callable[[Any], Any], x: Any) -> tuple[Callable[[Any], Any], Any]:
    of_arrays, arrays = spread(f, x)
    value, pullback = ours.vjp(of_arrays, *arrays)
    return lambda g: filled(x, pullback(g)), value


def make_jvp(f: Callable[[Any], Any], x: Any) -> Callable[[Any], Any]:
    of_arrays, arrays = spread(f, x)
    return lambda u: ours.jvp(of_arrays, arrays, parts(u))


def value_and_grad(f: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    of_arrays, arrays = spread(f, x)
    value, gradients = ours.value_and_grad(of_arrays, tuple(range(len(arrays))))(*arrays)
    return value, filled(x, gradients)


def grad(f: Callable[[Any], Any], x: Any) -> Any:
    return value_and_grad(f, x)[1]


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    of_arrays, arrays = spread(f, x)
    return ours.jacobian(of_arrays)(*arrays)


def hessian(f: Callable[[Any], Any], x: Any) -> Any:
    of_arrays, arrays = spread(f, x)
    return ours.hessian(of_arrays)(*arrays)


class Space:
    """What their checker asks of the space in which x lies: x may be an array, or arrays in lists and dictionaries."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.kinds = [(np.shape(part), np.result_type(part)) for part in parts(x)]
        self.size = sum(int(np.prod(shape, dtype=int)) for shape, _ in self.kinds)
        self.shape = np.shape(x) if not is_container(x) else x
        self.iscomplex = any(dtype.kind == "c" for _, dtype in self.kinds)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space) or self.kinds != other.kinds:
            return False
        return bool(mapped(lambda _: 0, self.x, is_container) == mapped(lambda _: 0, other.x, is_container))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return str(self.kinds)

    def _made(self, make: Callable[[tuple[int, ...]], Any]) -> Any:
        return filled(self.x, (np.asarray(make(shape), dtype)[()] for shape, dtype in self.kinds))

    def zeros(self) -> Any:
        return self._made(np.zeros)

    def ones(self) -> Any:
        return self._made(np.ones)

    def randn(self) -> Any:
        return self._made(lambda shape: np.random.randn(*shape))  # what their tests seed

    def standard_basis(self) -> Iterator[Any]:
        for row in np.eye(self.size):
            pieces = np.split(row, np.cumsum([np.prod(shape, dtype=int) for shape, _ in self.kinds])[:-1])
            yield filled(self.x, (y.reshape(shape)[()] for y, (shape, _) in zip(pieces, self.kinds, strict=True)))

    def covector(self, x: Any) -> Any:
        return x

    def add(self, x: Any, y: Any) -> Any:
        return filled(x, (a + b for a, b in zip(parts(x), parts(y), strict=True)))

    def scalar_mul(self, x: Any, factor: Any) -> Any:
        return filled(x, (part * factor for part in parts(x)))

    def inner_prod(self, x: Any, y: Any) -> Any:
        return sum(np.sum(a * b) for a, b in zip(parts(x), parts(y), strict=True))


# Their modules.


def array(x: Any, *args: Any, **kwargs: Any) -> Any:
    """Their `array`, which takes what was computed in lists, too: NumPy does not ask us about it."""
    if isinstance(x, ours.Node):
        return x
    if is_container(x) and any(isinstance(part, ours.Node) for part in parts(x)):
        return ours.stack([array(part) for part in x])
    return np.array(x, *args, **kwargs)


def differentiable(path: str, function: Any) -> Any:
    """Our function of that name, or SciPy's for numbers alone, since it does not ask us."""
    _, place, *_, name = path.split(".")
    for namespace in (getattr(ours, place, None), ours if place == "special" else None):
        if hasattr(namespace, name):
            return getattr(namespace, name)

    def numbers_alone(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(part, ours.Node) for part in parts([args, kwargs])):
            raise NotThere(path)
        return function(*args, **kwargs)

    return numbers_alone


def unavailable(text: str) -> Callable[..., Any]:
    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise ByDesign(text)

    return refuse


def module(name: str, contents: dict[str, Any], folder: Path | None = None) -> ModuleType:
    """A module that the tests import; what it has not is looked for in the folder."""
    made = sys.modules[name] = ModuleType(name)
    made.__dict__.update({key: x for key, x in contents.items() if not key.startswith("__") or key == "__version__"})
    made.__path__ = [str(folder)] if folder else []
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, made)
    return made


def pretend(checkout: Path) -> None:
    """Make the modules that the tests import."""
    base = checkout / "autograd"
    extension = unavailable("an operation is declared with `operation`, not with primitive and defvjp")
    core = {
        "make_vjp": make_vjp, "make_jvp": make_jvp, "vspace": Space, "primitive": extension, "primitive_vjps": {},
        "defvjp": extension, "defjvp": extension, "defvjp_argnum": extension, "notrace_primitive": lambda f: f,
        "isbox": lambda x: isinstance(x, ours.Node), "getval": lambda x: x,
    }  # fmt: skip
    top = module("autograd", {}, base)
    for name in ("core", "extend", "tracer"):
        module(f"autograd.{name}", core)
    like_arrays = {"isinstance": lambda x, kind: isinstance(x.numpy() if isinstance(x, ours.Tensor) else x, kind)}
    containers = {"tuple": tuple, "list": list, "dict": dict, "type": type} | like_arrays
    module("autograd.builtins", containers)

    more = {"array": array, "row_stack": np.vstack, "make_diagonal": lambda x, **_: x[..., None] * np.eye(x.shape[-1])}
    module("autograd.numpy", vars(np) | more)
    for name in ("random", "fft"):
        module(f"autograd.numpy.{name}", vars(getattr(np, name)))
    of_theirs = {"T": lambda x: np.swapaxes(x, -1, -2), "_dot": lambda x, y: np.einsum("...ij,...jk->...ik", x, y)}
    module("autograd.numpy.linalg", vars(np.linalg) | of_theirs)

    wrap = importlib.import_module("autograd.wrap_util")
    operators = importlib.import_module("autograd.differential_operators")
    for f in (grad, value_and_grad, jacobian, hessian):  # their others are combined of ours, too
        setattr(operators, f.__name__, wrap.unary_to_nary(f))
    public = {name: f for name, f in vars(operators).items() if callable(f) and not name.startswith("_")}
    top.__dict__.update(public | containers)
    test_util: Any = importlib.import_module("autograd.test_util")
    test_util.check_grads = real_cases(test_util.check_grads)
    module("autograd.misc", {"const_graph": const_graph}, base / "misc")
    flattening: Any = importlib.import_module("autograd.misc.flatten")
    sys.modules["autograd.misc"].__dict__["flatten"] = flattening.flatten

    module("autograd.scipy", {})
    module("autograd.scipy.stats", {})
    for path in SCIPYS:
        parent, _, last = path.rpartition(".")
        source = getattr(importlib.import_module(parent), last) if "stats" in path else importlib.import_module(path)
        functions = {name: getattr(source, name) for name in dir(source) if not name.startswith("_")}
        found = {name: differentiable(f"{path}.{name}", f) for name, f in functions.items() if callable(f)}
        module(f"autograd.{path}", found | (vars_of(getattr(ours.stats, last)) if "stats" in path else {}))


def vars_of(distribution: type) -> dict[str, Any]:
    """The functions of a distribution by name."""
    return {name: getattr(distribution, name) for name in vars(distribution) if not name.startswith("_")}


def const_graph(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return ours.jit(partial(f, *args, **kwargs) if args or kwargs else f)


# Running them.


@dataclass
class Counts:
    """How many checks of the test that is running were made, and how many left out for complex numbers."""

    made: int = 0
    left_out: int = 0


NOW = Counts()


def real_cases(check_grads: Callable[..., Any]) -> Callable[..., Any]:
    """Their checker, for real numbers."""

    def prepared(f: Any, *settings: Any, **by_name: Any) -> Callable[..., None]:
        check = check_grads(f, *settings, **by_name)

        def checked(*args: Any, **kwargs: Any) -> None:
            if any(np.iscomplexobj(part) for part in parts(args) if not isinstance(part, ours.Node)):
                NOW.left_out += 1
                return
            check(*args, **kwargs)
            NOW.made += 1

        return checked

    return prepared


@dataclass
class Results:
    """A plugin of pytest that notes what became of every test."""

    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        NOW.made = NOW.left_out = 0

        def too_long(*_: Any) -> None:
            raise TimeoutError(f"longer than {SECONDS} s")

        before = signal.signal(signal.SIGALRM, too_long)
        signal.alarm(SECONDS)
        yield
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        yield
        if call.excinfo is not None:
            self.outcomes[item.nodeid] = self.reason(item.nodeid, call.excinfo.value)
        elif call.when == "call":
            if NOW.left_out and not NOW.made:
                self.outcomes[item.nodeid] = DESIGN, "real numbers only"
            else:
                self.outcomes[item.nodeid] = "passed", f"complex cases left out: {NOW.left_out}" * bool(NOW.left_out)

    @pytest.hookimpl
    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = "failed", str(report.longrepr).splitlines()[-1]

    def reason(self, name: str, error: BaseException) -> tuple[str, str]:
        if isinstance(error, pytest.skip.Exception):
            return "skipped", str(error)
        message = f"{name} {type(error).__name__}: {error}"
        for outcome, pattern, text in REASONS:
            if found := re.search(pattern, message):
                why = text.format(*[group for group in found.groups() if group is not None])
                self.missing.update([why] if outcome == NOT_THERE else [])
                return outcome, why
        return "failed", f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def main(arguments: list[str]) -> int:
    """Run the tests and print what became of them."""
    names = [argument for argument in arguments if argument != "--all"]
    if not names or not (Path(names[0]) / "autograd" / "test_util.py").is_file():
        print(__doc__)
        return 2
    checkout = Path(names[0]).resolve()
    pretend(checkout)
    results = Results()
    tests = checkout / "tests"
    chosen = [str(tests / name) for name in names[1:]] or [str(tests)]
    options = [
        "-c",
        "/dev/null",
        "--rootdir",
        str(tests),
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
        "-W",
        "ignore",
    ]
    with warnings.catch_warnings():
        pytest.main([*options, "-p", "no:doctest", *chosen], plugins=[results])
    for test, (outcome, why) in sorted(results.outcomes.items(), key=lambda item: (item[1][0], item[0])):
        if outcome != "passed" or "--all" in arguments:
            print(f"{outcome:10} {test.split('/')[-1]}  {why}")
    print("\nNot there, by the number of tests that ask for it first:")
    for name, count in results.missing.most_common():
        print(f"{count:5}  {name}")
    print()
    for outcome, count in Counter(outcome for outcome, _ in results.outcomes.values()).most_common():
        print(f"{outcome:10} {count}")
    return int(any(outcome == "failed" for outcome, _ in results.outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

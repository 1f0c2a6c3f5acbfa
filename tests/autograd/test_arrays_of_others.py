"""Tensors of arrays of other libraries: operations and compositions, twice differentiable, as with NumPy's arrays."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from copy import copy, deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    AnomalyError,
    Graph,
    InverseNetwork,
    Tensor,
    Value,
    asarray,
    clip,
    concatenate,
    cumsum,
    detect_anomaly,
    einsum,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jit,
    jvp,
    linalg,
    log,
    no_grad,
    pad,
    percentile,
    quantile,
    repeat,
    roll,
    sin,
    softmax_cross_entropy,
    sort,
    split,
    sqrt,
    stack,
    take,
    tanh,
    value_and_grad,
    vjp,
    vmap,
    where,
)
from inversa.autograd.ops.namespace import MixedArraysError, namespace
from inversa.autograd.trees import is_container, leaves
from inversa.nn.losses import cross_entropy
from inversa.viz import draw

from .cases import CASES, OF_SCIPY, Case
from .others import LACKING, LOOKING, STAGES, Library, Table, installed, watched
from .test_compositions import CASES as COMPOSED
from .test_compositions import Case as Composed

Arrays = Sequence[Any]


@pytest.fixture(autouse=True)
def _in_this_thread() -> Iterator[None]:
    """Dask computes at once, and where it is asked to."""
    if find_spec("dask") is None:
        yield
        return
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


def weights(shapes: Sequence[tuple[int, ...]], dtype: Any) -> list[Any]:
    generator = np.random.default_rng(5)
    return [np.asarray(generator.uniform(0.5, 1.5, shape), dtype) for shape in shapes]


def stages(f: Callable[..., Any], arrays: Arrays, there: Callable[[Any], Any], dtype: Any) -> Iterator[list[Any]]:
    """The values of f, its gradients, and those of their weighted sum, in a library; None for no gradient."""
    xs = [Tensor(there(x), requires_grad=x.dtype.kind == "f") for x in arrays]
    values = [y for y in leaves(f(*xs), is_container) if isinstance(y, Tensor)]
    yield [y.data for y in values]
    outputs = [y for y in values if y.requires_grad]
    first: list[Any] = [None for _ in xs]
    if outputs:
        seeds = [there(g) for g in weights([y.shape for y in outputs], dtype)]
        flows = InverseNetwork(*outputs).run(seeds if len(seeds) > 1 else seeds[0], record=True)
        first = [flows.get(x) for x in xs]
    yield [None if g is None else g.data for g in first]
    pairs = zip(first, weights([x.shape for x in xs], dtype), strict=True)
    terms = [(flow * there(w)).sum() for flow, w in pairs if flow is not None]
    total = sum(terms[1:], start=terms[0]) if terms else None
    second = total.inverse().run() if total is not None and total.requires_grad else {}
    yield [second.get(x) for x in xs]


def check(library: Library, f: Callable[..., Any], arrays: Arrays, dtype: str, looking: bool = False) -> Iterator[str]:
    """Compare numbers, shapes and types with NumPy's, and look that nothing leaves the library. Gives what agrees."""
    arrays = [np.asarray(x, dtype) if np.asarray(x).dtype.kind == "f" else np.asarray(x) for x in arrays]
    tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == "float64" else {"rtol": 5e-4, "atol": 1e-4}
    theirs, ours = (stages(f, arrays, there, dtype) for there in (library.there, np.asarray))
    for stage in STAGES:
        with watched(library) as taken:
            found = next(theirs)
        assert looking or not taken, f"numbers leave the library by {taken[0]}"
        for a, b in zip(found, next(ours), strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                here = library.here(a)
                assert (here.shape, here.dtype) == (b.shape, b.dtype)
                np.testing.assert_allclose(here, b, **tolerance)
        yield stage


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[Table | None]:
    """What agrees, to be written into a file: with the option ``--record``."""
    path = request.config.getoption("--record")
    found = Table() if path else None
    yield found
    if found:
        found.write(Path(path), INSTALLED)


def compare(library: Library, case: Case | Composed, name: str, dtype: str, table: Table | None) -> None:
    """One example. What is lacking is tried only for the table, which says how far it comes."""
    why = next((why for what, why in LACKING[library.name].items() if f"{case} ".startswith(f"{what} ")), None)
    f = (lambda *xs: case.apply(xs)) if isinstance(case, Case) else case.of
    agreed = []
    try:
        if why is None or table is not None:
            agreed += check(library, f, case.operands, dtype, looking=name in LOOKING)
    except Exception:
        if why is None:
            raise
    finally:
        if table is not None:
            table.note(library.name, name, dtype, agreed)
    if why is not None:
        pytest.skip(f"{library.name}: {why}")


def sampled(library: Library, cases: Sequence[Any], name: Callable[[Any], str]) -> list[Any]:
    """The library with every case; with the first few of each function where a call takes long."""
    seen: dict[str, int] = {}
    chosen = []
    for case in cases:
        seen[name(case)] = seen.get(name(case), 0) + 1
        if seen[name(case)] <= library.cases:
            chosen.append(pytest.param(library, case, id=f"{library.name}-{case}"))
    return chosen


INSTALLED = installed()
OF_ANY_LIBRARY = [case for case in CASES if case.op.name not in OF_SCIPY]
OPERATIONS = [pair for library in INSTALLED for pair in sampled(library, OF_ANY_LIBRARY, lambda case: case.op.name)]
COMPOSITIONS = [pair for library in INSTALLED for pair in sampled(library, COMPOSED, lambda case: case.name)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("library", "case"), OPERATIONS)
def test_operations(library: Library, case: Case, dtype: str, table: Table | None) -> None:
    compare(library, case, case.op.name, dtype, table)


@pytest.mark.parametrize(("library", "case"), COMPOSITIONS)
def test_compositions(library: Library, case: Composed, table: Table | None) -> None:
    compare(library, case, case.name, "float64", table)


def test_what_agrees_is_recorded(tmp_path: Path) -> None:
    table, path = Table(), tmp_path / "record.json"
    path.write_text('{"torch": {}}')
    for name, agreed in (("sin", STAGES), ("det", STAGES[:2]), ("det", STAGES)):
        table.note("numpy", name, "float64", list(agreed))
    table.write(path, [Library("numpy", np.asarray), Library("jax", np.asarray)])
    record = json.loads(path.read_text())
    assert list(record) == ["torch", "numpy"]
    assert (record["numpy"]["all"], record["numpy"]["some"]) == ("sin", {"det": {"float64": "2 2 2 1"}})
    assert record["numpy"]["examples"] == 3


@pytest.mark.parametrize("library", LACKING)
def test_what_is_lacking_is_the_name_of_something(library: str) -> None:
    cases = [f"{case} " for case in (*CASES, *COMPOSED)]
    assert [what for what in LACKING[library] if not any(case.startswith(f"{what} ") for case in cases)] == []


# What a Tensor does with the array it is given.

A = np.array([[1.0, 2.0], [3.0, 4.0]])
EVERY = pytest.mark.parametrize("library", INSTALLED, ids=lambda library: library.name)


@EVERY
def test_an_array_is_kept_and_never_written_into(library: Library) -> None:
    given = library.there(A)
    x = Tensor(given, requires_grad=True, name="x")
    assert x.data is given
    assert (x.shape, x.ndim, x.size, len(x), x.device) == ((2, 2), 2, 4, 2, getattr(given, "device", None))
    (x * x).sum().backward()
    with no_grad():
        x -= 0.5 * x.grad  # type: ignore[operator]
    assert x.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    x.data = library.there(2 * A)
    x.data = [[1, 2], [3, 4]]
    x[0] = 5.0
    x[1, 0] = library.there(np.asarray(7.0))
    x[x.data > 6.0] = 6.0
    x[..., 1] = [8.0, 9.0]
    assert x.tolist() == [[5.0, 8.0], [6.0, 9.0]]
    assert library.here(x.data).dtype == np.float64
    np.testing.assert_array_equal(library.here(given), A)
    with pytest.raises(ValueError, match="'x' has shape"):
        x.data = [1.0]


@EVERY
def test_gradients_are_of_the_same_library_and_their_own(library: Library) -> None:
    x, y = (Tensor(library.there(A), requires_grad=True) for _ in range(2))
    (x + y).sum().backward()
    (x + y).sum().backward()
    assert x.grad is not y.grad
    np.testing.assert_array_equal(library.here(x.grad), np.full((2, 2), 2.0))
    z = x * y
    z.backward(library.there(A))
    z.backward([[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(library.here(y.grad), 2 + A * (A + 1))
    with pytest.raises(MixedArraysError, match="meet here"):
        z.backward(A)


@EVERY
def test_lists_numbers_and_values_go_there(library: Library) -> None:
    w = Value(3.0)
    x = Tensor(library.there(np.asarray(A, "float32")), requires_grad=True)
    y = ((x - [-0.1, -0.2]) * np.float64(2.0) @ [1, 2]).sum() * w + stack([x[0, 0], 1.0, w]).sum()
    y.backward()
    assert library.here(y.data).dtype == np.float32
    np.testing.assert_allclose(library.here(x.grad), [[7.0, 12.0], [6.0, 12.0]], rtol=1e-6)
    assert isinstance(w.grad, float)
    assert w.grad == pytest.approx(35.0, rel=1e-6)


@pytest.mark.parametrize("library", [library for library in INSTALLED if library.name != "array_api_strict"])
def test_arrays_leave_operators_to_tensors(library: Library) -> None:
    a, x = library.there(A), Tensor(library.there(A), requires_grad=True)
    for y, expected in ((a + x, A + A), (a - x, A - A), (a * x, A * A), (a / x, A / A), (a @ x, A @ A), (a**x, A**A)):
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(library.here(y.data), expected)


@EVERY
def test_other_libraries_are_refused(library: Library) -> None:
    x = Tensor(library.there(A), requires_grad=True)
    ours = Tensor(A)
    for mix in (
        lambda: x + A,
        lambda: x * ours,
        lambda: ours @ x,
        lambda: x > A,
        lambda: x == ours,
        lambda: where(A > 2, x, 0.0),
        lambda: concatenate([x, ours]),
        lambda: x.__setitem__(0, A[0]),
        lambda: ours.__setitem__(0, x.data[0, ...]),
        lambda: setattr(x, "data", A),
        lambda: setattr(ours, "data", x.data),
        lambda: grad(lambda a: (a * A).sum())(x.data),
    ):
        with pytest.raises(MixedArraysError, match=f"arrays of .*{library.name}.* meet here: .* x.to"):
            mix()
    places, low = library.there(np.array([0, 1])), library.there(np.asarray(1.0))
    for setting in (
        lambda: ours[places],
        lambda: ours[places, 0],
        lambda: ours[x.data > 1.0],
        lambda: ours.__setitem__(places, 0.0),
        lambda: clip(ours, low),
        lambda: take(ours, places),
    ):
        with pytest.raises(MixedArraysError, match="meet here"):
            setting()
    for number in (
        lambda: pad(ours, places),
        lambda: roll(ours, places, axis=(0, 1)),
        lambda: quantile(ours, low),
        lambda: quantile(x, low),
        lambda: percentile(ours, low),
        lambda: split(ours, places),
        lambda: repeat(ours, places, axis=0),
    ):
        with pytest.raises(TypeError, match=r"plain numbers are wanted here, not an array of .*: write x.tolist\(\)"):
            number()
    with pytest.raises(TypeError, match="stack"):
        Tensor([x.data, x.data])
    with pytest.raises(TypeError, match=r"x.numpy\(\)"):
        np.asarray(x.detach())
    with pytest.raises(TypeError, match=r"x.numpy\(\)"):
        np.isnan(x.detach())


def raised(call: Callable[[], Any]) -> str:
    with pytest.raises((ValueError, TypeError, IndexError, RuntimeError, AttributeError)) as error:
        call()
    return str(error.value)


@EVERY
def test_nothing_leaves_the_library_unasked(library: Library) -> None:
    def cube(x: Any) -> Any:
        return (x**3).sum()

    def change(x: Tensor) -> None:
        with no_grad():
            x[0] = 1.0
            x[1, 0] = library.there(np.asarray(2.0))
            x -= 0.1 * x  # type: ignore[misc]
        x.data = [[1.0, 2.0], [3.0, 4.0]]

    there = library.there(A)
    x = Tensor(there, requires_grad=True, name="x")
    doings: list[Callable[[], Any]] = [
        lambda: cube(x).backward(), lambda: cube(x).inverse(), lambda: cube(x).inverse().run(),
        lambda: value_and_grad(cube)(there), lambda: hessian(cube)(there), lambda: jacobian(lambda a: a * a)(there),
        lambda: jacfwd(cube)(there), lambda: hvp(cube, there, there), lambda: jvp(cube, (there,), (there,)),
        lambda: vjp(cube, there)[1](library.there(np.asarray(1.0))), lambda: vmap(grad(cube))(there),
        lambda: change(Tensor(there, requires_grad=True)), lambda: deepcopy(x), lambda: copy(x), lambda: x.detach(),
        lambda: x.astype("float32"), lambda: x.to(namespace(there)), lambda: list(x), lambda: x > 1.0,
        lambda: x[library.there(np.array([1, 0]))], lambda: x[[0, 1], [1, 0]], lambda: x.summary(),
        lambda: str(cube(x).inverse()), lambda: str(Graph(cube(x))),
        lambda: raised(lambda: x * [1.0, 2.0, 3.0]), lambda: raised(lambda: x @ [1.0, 2.0, 3.0]),
        lambda: raised(lambda: x[5]), lambda: raised(lambda: x.reshape((3,))), lambda: raised(lambda: x + A),
        lambda: raised(lambda: np.asarray(x)), lambda: raised(lambda: np.isnan(x)), lambda: raised(lambda: float(x)),
        lambda: raised(lambda: x.backward()), lambda: raised(lambda: gradcheck(cube, there)),
        lambda: raised(lambda: setattr(x, "data", [1.0])), lambda: raised(lambda: x.nothing),
    ]  # fmt: skip
    for number, do in enumerate(doings):
        with watched(library) as taken:
            do()
        assert not taken, f"{number}: numbers leave the library by {taken[0]}"
    for ask in (x.numpy, x.tolist, lambda: (x * x).sum().item(), lambda: np.asarray(asarray(x, np).data)):
        with watched(library) as taken:
            ask()
        assert taken or library.name == "jax"


@EVERY
def test_places_that_are_not_there(library: Library) -> None:
    x = Tensor(library.there(A), requires_grad=True)
    for index in ([0, 2], np.array([[-3]]), (slice(None), [5, 0]), 2, (0, -3)):
        with pytest.raises(IndexError, match="out of bounds"):
            x[index]
    places = library.there(np.array([0, 2, -3, -1]))
    if library.name in ("array_api_strict", "torch"):
        with pytest.raises(IndexError):
            x[places]
    else:
        np.testing.assert_array_equal(x[places].numpy(), [A[0], [np.nan] * 2, [np.nan] * 2, A[1]])


@EVERY
def test_there_and_back(library: Library) -> None:
    x = Tensor(library.there(A), requires_grad=True, name="x")
    home = x.to(np)
    assert (type(home.data), home.name, home.requires_grad, home.is_leaf) == (np.ndarray, "x", True, True)
    assert x.to(namespace(x.data)) is x
    there = asarray(home, namespace(x.data))
    assert type(there.data) is type(x.data)
    assert there.tolist() == x.tolist() == A.tolist() == asarray(x.data, np).tolist()
    np.testing.assert_array_equal(x.detach().to_numpy(), A)
    with pytest.raises(TypeError, match="lost"):
        x.to_numpy()
    with pytest.raises(TypeError, match="move the leaves"):
        (x * x).to(np)
    assert (x * x).detach().to(np).tolist() == (A * A).tolist()
    assert (x.sum().item(), Tensor(x.data).argmax().shape, x.astype("float32").numpy().dtype) == (10.0, (), "float32")
    assert type(x.sum().item()) is float


@EVERY
def test_it_is_shown(library: Library) -> None:
    x = Tensor(library.there(A), requires_grad=True, name="x")
    y = (x * 2.0).sum()
    for text in (x.summary(), str(Graph(y))):
        assert f"float64 (2, 2), {library.name}" in text
    assert repr(x.data) in repr(x)
    assert f"{y:.2f}" == "20.00"
    assert "× 2" in str(y.inverse())
    assert y.inverse().check()["adjoint"] < 1e-12


@EVERY
def test_it_is_drawn(library: Library) -> None:
    def drawn(array: Any) -> str:
        y = (Tensor(array, requires_grad=True, name="x") * 2.0).sum()
        y.backward()
        assert "∂" in draw(y, view="inverse").svg()
        return draw(y).svg()

    theirs, ours = drawn(library.there(A)), drawn(A)
    assert theirs.count("<text") == ours.count("<text")


@EVERY
def test_copies(library: Library) -> None:
    x = Tensor(library.there(A), requires_grad=True, name="x")
    (x * x).sum().backward()
    other = deepcopy(x)
    assert (other.name, other.requires_grad) == ("x", True)
    assert other.grad is not x.grad
    np.testing.assert_array_equal(library.here(other.grad), library.here(x.grad))
    other[0] = 0.0
    assert x.tolist() == A.tolist()


@EVERY
def test_changes_are_noticed(library: Library) -> None:
    for change in (lambda x: x.__setitem__(0, 0.0), lambda x: setattr(x, "data", x.data * 2.0)):
        x = Tensor(library.there(A), requires_grad=True, name="x")
        y = (x * x).sum()
        change(x)
        with pytest.raises(RuntimeError, match="'x' was changed in place after multiply"):
            y.backward()


@EVERY
def test_transforms(library: Library) -> None:
    def cube(x: Any) -> Any:
        return (x**3).sum()

    there, here = library.there, library.here
    x = there(A)
    value, slope = value_and_grad(cube)(x)
    np.testing.assert_allclose(here(value), 100.0)
    np.testing.assert_allclose(here(slope), 3 * A**2)
    np.testing.assert_allclose(here(grad(lambda p: cube(p["a"]))({"a": x})["a"]), 3 * A**2)
    expected = hessian(cube)(A)
    for f in (hessian, lambda f: jacrev(grad(f)), lambda f: jacfwd(grad(f))):
        np.testing.assert_allclose(here(f(cube)(x)), expected)
    np.testing.assert_allclose(here(hvp(cube, x, there(A))), 6 * A * A)
    np.testing.assert_allclose(here(jvp(cube, (x,), (there(A),))[1]), 3 * (A**3).sum())
    np.testing.assert_allclose(here(vjp(lambda a: a * a, x)[1](there(A))[0]), 2 * A * A)
    np.testing.assert_allclose(here(vmap(cube)(x)), (A**3).sum(axis=1))
    np.testing.assert_allclose(here(vmap(grad(cube))(x)), 3 * A**2)
    np.testing.assert_allclose(here(grad(lambda a: vmap(cube, in_axes=1)(a).sum())(x)), 3 * A**2)
    assert here(jacobian(lambda a: a[0, :0])(x)).shape == (0, 2, 2)


@EVERY
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")  # of those that compute with NumPy
def test_modes(library: Library) -> None:
    x = Tensor(library.there(A - 1), requires_grad=True, name="x")
    with no_grad():
        assert not (x * x).requires_grad
    with detect_anomaly():
        with pytest.raises(AnomalyError, match="pullback of sqrt gave an infinity for x of shape"):
            sqrt(x).sum().backward()
        with pytest.raises(AnomalyError, match="log gave nan"):
            log(x - 1.0)


@EVERY
def test_what_is_compiled_is_evaluated_and_says_so(library: Library) -> None:
    w = Tensor(library.there(A), requires_grad=True)
    x = library.there(A)
    squares, products = jit(lambda a: (a * a).sum()), jit(lambda a: (a * w).sum())
    with pytest.warns(UserWarning, match=f"an array of {library.name}, and jit compiles for NumPy's"):
        np.testing.assert_allclose(library.here(squares(x)), 30.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it has been said
        np.testing.assert_allclose(library.here(squares(x)), 30.0)
        np.testing.assert_allclose(library.here(grad(squares)(x)), 2 * A)
        np.testing.assert_allclose(library.here(squares.value_and_grad(x)[1][0]), 2 * A)
        assert squares(A) == 30.0  # this is compiled
        assert squares.why_not is None
    with pytest.warns(UserWarning, match=f"an array of {library.name}, and jit compiles for NumPy's"):
        products.backward(x)
    np.testing.assert_array_equal(library.here(w.grad), A)


@EVERY
def test_slopes_are_found_with_numpy(library: Library) -> None:
    with pytest.raises(TypeError, match="gradcheck computes with NumPy"):
        gradcheck(lambda x: (x * x).sum(), library.there(A))


def test_devices_do_not_mix() -> None:
    strict = pytest.importorskip("array_api_strict")
    x, y = (Tensor(strict.asarray(A, device=strict.Device(name))) for name in ("device1", "device2"))
    with pytest.raises(MixedArraysError, match=r"arrays on .*device1.* and .*device2.* meet here: .* x.to\(device\)"):
        x + y
    assert (x + y.to(x.device)).tolist() == (2 * A).tolist()
    with pytest.raises(MixedArraysError, match=r"arrays on .*device1.* and .*device2.* meet here"):
        x[strict.asarray([0, 1], device=strict.Device("device2"))]
    assert x.to(x.device).device == x.device


@pytest.mark.parametrize("library", [library for library in INSTALLED if library.name in ("dask", "torch")])
def test_changes_that_a_library_counts_are_noticed(library: Library) -> None:
    given = library.there(A)
    x = Tensor(given, requires_grad=True, name="x")
    y = (x * x).sum()
    given[0] = 5.0
    with pytest.raises(RuntimeError, match="'x' was changed in place"):
        y.backward()


JITTED: list[Callable[[Any], Any]] = [
    lambda a: (tanh(a) ** 2).sum(),
    lambda a: a.prod() + (a[[0, 1, 0]][:, :1] * a[0, ::-1]).sum(),
    lambda a: (sort(a, axis=0) * cumsum(a, axis=1)).sum(),
    lambda a: where(a > 2.0, a * a, sin(a)).max(axis=0).sum(),
    lambda a: linalg.solve(a @ a.T, a).sum() + einsum("ij,kj->", a, a),
    lambda a: (grad(lambda b: (b**4).sum())(a) ** 2).sum(),
]


@pytest.mark.parametrize("f", JITTED)
def test_around_it_jax_compiles(f: Callable[[Any], Any]) -> None:
    jax = pytest.importorskip("jax")
    np.testing.assert_allclose(jax.jit(grad(f))(jax.numpy.asarray(A)), grad(f)(A), rtol=1e-10, atol=1e-10)


def test_around_a_network_jax_compiles() -> None:
    jax = pytest.importorskip("jax")
    generator = np.random.default_rng(0)
    x, labels = generator.standard_normal((6, 5)), np.arange(6) % 3
    W, b, V, c = (generator.standard_normal(shape) for shape in ((5, 8), (8,), (8, 3), (3,)))

    def cost(layers: Any, x: Any, labels: Any) -> Any:
        (W, b), (V, c) = layers
        return softmax_cross_entropy(tanh(x @ W + b) @ V + c, target=labels).mean()

    given = [(W, b), (V, c)], x, labels
    value, slopes = jax.jit(value_and_grad(cost))(*jax.tree.map(jax.numpy.asarray, given))
    expected, ours = value_and_grad(cost)(*given)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for theirs, own in zip(jax.tree.leaves(slopes), jax.tree.leaves(ours), strict=True):
        np.testing.assert_allclose(theirs, own, rtol=1e-10, atol=1e-12)


def test_digits_that_jax_does_not_keep_are_said_to_be_lost() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.warns(UserWarning, match="float64 has become float32 in jax: .*jax_enable_x64"):
            assert str(Tensor(A).to(jax.numpy).dtype) == "float32"
        assert asarray(A.astype("float32"), jax.numpy).dtype == "float32"
    finally:
        jax.config.update("jax_enable_x64", True)


def test_jax_has_places_of_32_bits() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", False)
    try:  # a warning of JAX's would be an error here
        x = jax.numpy.asarray(A.astype("float32"))
        assert grad(lambda a: (a[[0, 1, 1]] * a[::-1, 0][:1]).sum())(x).tolist() == [[3.0, 3.0], [23.0, 6.0]]
        assert cross_entropy(Tensor(x), jax.numpy.asarray([0, 1])).shape == ()
    finally:
        jax.config.update("jax_enable_x64", True)


def test_pytorchs_modes_change_nothing() -> None:
    torch = pytest.importorskip("torch")
    with torch.inference_mode():
        x = Tensor(torch.ones(2), requires_grad=True)
        (x * torch.ones(2, requires_grad=True)).sum().backward()
    assert (x.grad.tolist(), x.grad.requires_grad) == ([1.0, 1.0], False)


def test_without_array_api_compat_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Array:
        """Of a library that array-api-compat knows."""

        def __dlpack__(self) -> None: ...

    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    with pytest.raises(ImportError, match=r"pip install 'inversa\[arrays\]'"):
        Tensor(Array())  # type: ignore[arg-type]


def test_libraries_and_devices_are_checked() -> None:
    with pytest.raises(TypeError, match="xp is a library of arrays, such as numpy"):
        asarray([1.0], "torch")
    with pytest.raises(ValueError, match="where an array of NumPy's goes is a library"):
        Tensor(A).to("cuda")

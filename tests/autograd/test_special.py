"""Special functions: values at extremes against SciPy's and the C library's, conventions, and how they are reached."""

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.special

from inversa.autograd import Tensor, Value, erf, erfc, gelu, grad, gradcheck, hard_tanh, jit, mish, silu, special, vmap

EDGES = [0.0, 1e-320, 1e-20, 1e-8, 0.1, 0.3, 0.31, 0.5, 0.64, 0.65, 0.7, 1.0, 1.5, 2.0, 3.3, 5.0, 6.0, 10.0, 26.0]
EDGES += [40.0, 100.0, 170.0, 200.0, 600.0, 1e5, 1e300, math.inf, math.nan, 0.999999]
EDGES += [-x for x in EDGES]
ORDERS: dict[str, tuple[float, ...]] = {
    "polygamma": (0, 1, 3),
    "gammainc": (0.5, 2.0),
    "gammaincc": (0.5, 2.0),
    "jv": (0.0, 2.5),
    "yv": (0.0, 1.0),
    "iv": (0.0, 2.0),
    "kv": (0.0, 1.0),
}
OF_TWO = ("xlogy", "xlog1py", "rel_entr", "kl_div", "beta", "betaln")
WITH_SETTINGS = {"betainc", "stdtr"}
ALONG_AN_AXIS = {"softmax", "log_softmax", "logsumexp"}
OF_ONE = [n for n in special.__all__ if n not in {*ORDERS, *OF_TWO, *ALONG_AN_AXIS, *WITH_SETTINGS, "jn"}]


def same(found: Any, expected: Any, atol: float = 1e-318) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=atol)


@pytest.mark.parametrize("name", OF_ONE)
@np.errstate(all="ignore")
def test_values_are_scipys(name: str) -> None:
    ours, theirs = getattr(special, name), getattr(scipy.special, name, getattr(np, name, None))
    expected = theirs(np.array(EDGES))
    same(ours(np.array(EDGES)), expected)
    same([ours(x) for x in EDGES], expected)
    assert {type(ours(x)) for x in EDGES} == {float}
    same([ours(Value(x)).data for x in EDGES], expected)
    assert ours(np.float32([0.5, 0.7])).dtype == np.float32
    assert ours(np.array([])).shape == (0,)


@pytest.mark.parametrize("name", ORDERS)
@np.errstate(all="ignore")
def test_values_of_every_order_are_scipys(name: str) -> None:
    for order in ORDERS[name]:
        expected = getattr(scipy.special, name)(order, np.array(EDGES))
        same(getattr(special, name)(order, np.array(EDGES)), expected)
        same([getattr(special, name)(order, x) for x in EDGES], expected)


@pytest.mark.parametrize("name", OF_TWO)
@np.errstate(all="ignore")
def test_values_of_two_are_scipys(name: str) -> None:
    edges = [x for x in EDGES if abs(x) != 1e-320]  # SciPy divides by what is too small
    a, b = (x.ravel() for x in np.meshgrid(edges, edges))
    fits = np.isfinite(a / b) | (b == 0) | ~np.isfinite(a)
    a, b = a[fits], b[fits]
    same(getattr(special, name)(a, b), getattr(scipy.special, name)(a, b), atol=3e-16)  # of kl_div, where a ≈ b
    same([getattr(special, name)(float(x), float(y)) for x, y in zip(a, b, strict=True)], getattr(special, name)(a, b))


@pytest.mark.parametrize(("ours", "theirs", "units"), [(erf, math.erf, 2), (erfc, math.erfc, 6)], ids=["erf", "erfc"])
def test_the_last_digits_of_error_functions(ours: Any, theirs: Any, units: int) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-6, 6, 4000), rng.uniform(-1, 26, 4000), 10 ** rng.uniform(-300, 0, 500)])
    expected = np.array([theirs(each) for each in x])
    assert (np.abs(ours(x) - expected) <= (units + 1) * np.spacing(np.abs(expected))).all()  # one of theirs
    assert (erf(-x) == -erf(x)).all()
    same(jit(lambda x: ours(x))(x), ours(x))


def test_error_functions_warn_of_nothing() -> None:
    x = np.array([math.inf, -math.inf, math.nan, 1e300, -1e300, 0.0])
    same(erf(x), [1, -1, math.nan, 1, -1, 0])
    same(erfc(x), [0, 2, math.nan, 0, 2, 1])
    assert math.copysign(1, erf(-0.0)) == -1


def test_scipys_and_numpys_own_functions_take_nodes() -> None:
    x = Tensor([0.3, 0.6], requires_grad=True)
    for name in ("gammaln", "psi", "expit", "log_expit", "logit", "erf", "ndtri", "entr", "i0"):
        result = getattr(scipy.special, name)(x)
        same(result.numpy(), getattr(scipy.special, name)(x.numpy()))
        assert result.requires_grad
    same(scipy.special.jv(2.0, x).numpy(), scipy.special.jv(2.0, x.numpy()))
    same(scipy.special.xlogy(x, 2.0).numpy(), scipy.special.xlogy(x.numpy(), 2.0))
    assert np.i0(x).op is special.i0
    assert scipy.special.gammaln(Value(0.3)).op is special.gammaln
    with pytest.raises(TypeError, match=r"wofz has no gradient here"):
        scipy.special.wofz(x)


def test_they_are_loaded_by_scipys_call_alone() -> None:
    program = """
import sys
from inversa.autograd import Tensor
import scipy.special
assert "inversa.autograd.special" not in sys.modules
print(scipy.special.gammaln(Tensor([1.0], requires_grad=True)).op.name)
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "gammaln", done.stderr


def test_without_scipy_the_error_says_what_to_install() -> None:
    program = """
import sys
sys.modules["scipy"] = sys.modules["scipy.special"] = None
from inversa.autograd import special
print(special.erfc(0.0), special.entr(0.5))
special.gammaln(2.0)
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["1.0", "0.34657359027997264"]
    assert 'ImportError: gammaln is computed by SciPy: pip install "inversa[special]"' in done.stderr


def test_what_scipy_computes_takes_no_arrays_of_other_libraries() -> None:
    strict = pytest.importorskip("array_api_strict")
    with pytest.raises(TypeError, match=r"gammaln.*SciPy computes it, and takes numbers and NumPy's arrays alone"):
        special.gammaln(strict.asarray([0.3, 0.6]))


def test_compiled_with_arrays_and_for_samples() -> None:
    compiled = jit(lambda x: (special.gammaln(x) * special.i0(x)).sum())
    x = np.array([0.5, 1.5, 2.5])
    value, (slope,) = compiled.value_and_grad(x)
    assert compiled.why_not is None
    same(value, (scipy.special.gammaln(x) * scipy.special.i0(x)).sum())
    same(slope, [grad(lambda x: special.gammaln(x) * special.i0(x))(each) for each in x])
    same(vmap(special.gammaln)(x), scipy.special.gammaln(x))
    same(vmap(grad(special.ndtri))(np.array([0.2, 0.5])), [grad(special.ndtri)(each) for each in (0.2, 0.5)])
    same(vmap(lambda x: special.jv(2.0, x))(x), scipy.special.jv(2.0, x))


@np.errstate(all="ignore")
def test_slopes_at_ends_and_poles() -> None:
    assert [grad(special.rgamma)(-float(n)) for n in range(4)] == pytest.approx([1.0, -1.0, 2.0, -6.0])
    assert (grad(special.i0e)(0.0), grad(special.i1e)(0.0), grad(special.j1)(0.0), grad(special.i1)(0.0)) == (
        *(0.0, 0.5, 0.5, 0.5),
    )
    assert [grad(special.xlogy, 1)(0.0, b) for b in (0.0, 2.0)] == [0.0, 0.0]
    assert [grad(special.kl_div, 1)(0.0, b) for b in (0.0, 2.0)] == [1.0, 1.0]
    assert grad(special.entr)(0.0) == math.inf
    slopes = [grad(lambda x, a=a: special.gammainc(a, x))(0.0) for a in (0.5, 1.0, 2.0)]
    assert slopes == [math.inf, 1.0, 0.0]
    assert [grad(special.log_ndtr)(x) for x in (-1e10, 40.0)] == [pytest.approx(1e10), 0.0]
    assert [grad(special.exprel)(x) for x in (0.0, 1e-9)] == pytest.approx([0.5, 0.5])
    assert [grad(hard_tanh)(x) for x in (-1.0, 0.5, 1.0)] == [0.0, 1.0, 0.0]


@np.errstate(all="ignore")
@pytest.mark.parametrize("gate", [gelu, silu, mish, lambda x: gelu(x, approximate="tanh")])
def test_gates_are_closed_and_open_at_the_infinities(gate: Any) -> None:
    assert [gate(x) for x in (-math.inf, -1e300, 1e300, math.inf)] == [0.0, 0.0, 1e300, math.inf]
    assert [grad(gate)(x) for x in (-math.inf, -1e300, 1e300, math.inf)] == [0.0, 0.0, 1.0, 1.0]
    assert math.isnan(gate(math.nan))
    assert math.isnan(grad(gate)(math.nan))


def test_gates_are_pytorchs() -> None:
    torch = pytest.importorskip("torch").nn.functional
    import torch as library

    x = np.linspace(-9, 9, 101)
    for ours, theirs in [
        (gelu, torch.gelu), (lambda x: gelu(x, approximate="tanh"), lambda x: torch.gelu(x, approximate="tanh")),
        (silu, torch.silu), (mish, torch.mish), (hard_tanh, torch.hardtanh),
    ]:  # fmt: skip
        np.testing.assert_allclose(ours(x), theirs(library.from_numpy(x)).numpy(), rtol=1e-12, atol=1e-14)


def test_settings_that_are_none() -> None:
    with pytest.raises(ValueError, match="approximate is one of 'tanh', 'none', not 'tan'"):
        gelu(1.0, approximate="tan")
    with pytest.raises(ValueError, match="n is 0 or a positive integer"):
        special.polygamma(0.5, 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="gammainc is not differentiated by its a"):
        special.gammainc(Value(1.0), 2.0)


def test_higher_orders_and_arrays_of_orders() -> None:
    assert gradcheck(lambda x: special.gammainc(np.array([0.5, 2.0]), x), np.array([0.3, 1.2]), order=2)
    assert gradcheck(lambda x: special.gammaln(x), 2.5, order=2)
    third = grad(grad(grad(special.gammaln)))(2.5)
    assert third == pytest.approx(scipy.special.polygamma(2, 2.5))


@np.errstate(all="ignore")
def test_distributions_with_settings_are_scipys() -> None:
    x, t = np.linspace(0.0, 1.0, 21), np.linspace(-30.0, 30.0, 21)
    for a, b in ((0.5, 2.0), (3.0, 0.7)):
        same(special.betainc(a, b, x), scipy.special.betainc(a, b, x))
        assert special.betainc(a, b, Value(0.25)).data == scipy.special.betainc(a, b, 0.25)
        assert gradcheck(lambda x, a=a, b=b: special.betainc(a, b, x), [0.1, 0.6, 0.9], order=2)
    for df in (1.0, 4.5):
        same(special.stdtr(df, t), scipy.special.stdtr(df, t))
        assert gradcheck(lambda t, df=df: special.stdtr(df, t), [-2.0, 0.0, 3.0], order=2)
    with pytest.raises(TypeError, match="not differentiated by its a"):
        special.betainc(Value(1.0), 1.0, 0.5)

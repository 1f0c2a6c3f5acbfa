"""The texts of derivatives say what the pullbacks compute: every declaration's text is evaluated and compared."""

import re
from typing import Any

import numpy as np
import pytest
import scipy.special

from inversa.autograd import Operation
from inversa.autograd.ops import decompositions, inverses, systems

from .cases import OPERATIONS
from .numeric import Array

SHAPE = (2, 3)
PARAMETERS: dict[str, dict[str, Any]] = {
    "where": {"condition": np.array([[True, False, True], [False, False, True]])},
    "clip": {"low": -0.5, "high": 0.5},
    "leaky_relu": {"slope": 0.1},
    "elu": {"alpha": 1.5},
    **{name: {"v": 1.5} for name in ("jv", "yv", "iv", "kv")},
    **{name: {"a": 1.5} for name in ("gammainc", "gammaincc")},
    "betainc": {"a": 1.5, "b": 2.0},
    "stdtr": {"df": 2.5},
    "polygamma": {"n": 1},
    "softmax_cross_entropy": {"target": np.array([[0.25, 0.25, 0.5], [1.0, 0.0, 0.0]])},
    "contract": {"subscripts": "ij,ij->ij"},
    "window_max": {"size": (1, 3), "stride": (1, 3)},
}
UNSAID = {"softmax_minus_target": "only y′", "cumsum": "of a part", "cumprod": "of a part"}
SPOKEN = [op for op in OPERATIONS if op.derivatives and op.name not in UNSAID]
SELU = 1.0507009873554805, 1.6732632423543772
OF_MATRICES = {module.__name__ for module in (inverses, decompositions, systems)}
UNPACKED: dict[str, Any] = {
    "eigh_packed": lambda p: {"λ": p[:, 0], "v": p[:, 1:].T},
    "svd_packed": lambda p: {"u": p[:, :3].T, "s": p[:, 3][None], "v": p[:, 4:].T},
    "qr_packed": lambda p: {"q": p[:, :3].T, "r": p[:, 3:]},
}


def gaps(x: Array) -> Array:
    """x_j − x_i; of an entry and itself infinite, for nothing is turned by that."""
    return np.where(np.eye(len(x)), np.inf, x[None, :] - x[:, None])


NAMES = {
    "inverse": np.linalg.inv,
    "gaps": gaps,
    "diag": lambda x: np.diag(x.ravel()),
    "lower": lambda x: np.tril(x) + np.tril(x.T, -1),
    "copied": lambda x: np.tril(x) + np.tril(x, -1).T,
    "half": lambda x: np.tril(x) - np.diag(np.diag(x)) / 2,
    "ΣΣ": np.sum,
    "back": lambda x: len(x) * np.stack([(z := np.fft.ifft(x @ [1, 1j])).real, z.imag], axis=-1),
    "e": np.e,
    "sign": np.sign,
    "cos": np.cos,
    "sin": np.sin,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "ln": np.log,
    "sqrt": np.sqrt,
    "π": np.pi,
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "Φ": scipy.special.ndtr,
    "φ": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "tanh": np.tanh,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "λ": SELU[0],
    "Γ": scipy.special.gamma,
    "B": scipy.special.beta,
    "ψ": scipy.special.digamma,
    "trigamma": lambda x: scipy.special.polygamma(1, x),
    "next_polygamma": lambda x: scipy.special.polygamma(2, x),
    "erfcx": scipy.special.erfcx,
    **{letter: getattr(scipy.special, f"{letter.lower()}v") for letter in "JYIK"},
    **{f"{name[0].upper()}{name[1]}": getattr(scipy.special, name) for name in ("j0", "j1", "y0", "y1", "i0", "i1")},
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
    "Σ": lambda x: x.sum(axis=-1, keepdims=True),
    "n": SHAPE[-1],
}
SIGNS = {
    "−": "-",
    "√": "sqrt",
    "·": "*",
    "²": "**2",
    "^": "**",
    "the slope": "slope",
    "ψ′": "trigamma",
    "ψ⁽ⁿ⁺¹⁾": "next_polygamma",
    "₀": "0",
    "₁": "1",
}


def expression(text: str) -> str:
    """A text in Python."""
    text = re.sub(r"\{(\w+)\}", r"\1", text)
    text = re.sub(r"^· (\w+)ᵀ$", r"δ @ \1.T", text)  # products of matrices have a place for what comes in
    text = re.sub(r"^(\w+)ᵀ ·$", r"\1.T @ δ", text)
    text = re.sub(r"√(\w+)", r"√(\1)", text)
    text = re.sub(r"\|(\w+)\|", r"abs(\1)", text)
    text = text.replace("DFT⁻", "back")
    text = re.sub(r"(\w+)⁻ᵀ", r"inverse(\1).T", re.sub(r"(\w+)⁻¹", r"inverse(\1)", text))
    text = re.sub(r"(\w+)ᵀ", r"\1.T", text)
    text = re.sub(r"\b(Σ) (\w+( · \w+)?)", r"\1(\2)", text)
    text = re.sub(r"\b(sign|cosh|sinh|cos|sin|ln) (\w+)", r"\1(\2)", text)
    text = re.sub(r"(?<=[\d)]) \(", " * (", text)  # 2 (x − mean)
    for sign, code in SIGNS.items():
        text = text.replace(sign, code)
    return text


def said(text: str, names: dict[str, Any]) -> list[Array]:
    """What comes back according to a text; several things where it leaves open which one."""
    condition = re.fullmatch("1 if (.* [<>] .*)", text)
    if condition:
        return [names["δ"] * eval(expression(condition[1]), names)]
    open_ones = ["1", "0"] if re.match("1 (if|at|inside)", text) else text.split(" or ")
    found = []
    for each in map(expression, open_ones):
        value = eval(each, names)
        found.append(value if "δ" in each else names["δ"] * value)
    return found


@pytest.mark.parametrize("op", SPOKEN, ids=str)
def test_a_text_says_what_the_pullback_computes(op: Operation[...]) -> None:
    rng = np.random.default_rng(0)
    shapes = {"matmul": [SHAPE, SHAPE[::-1]], "dft": [(3, 2)]}.get(op.name, [SHAPE] * len(op.operands))
    operands = [rng.uniform(*op.domain[i], shape) for i, shape in enumerate(shapes)]
    if op.__module__ in OF_MATRICES:  # those of the declaration that are square
        operands = next([np.array(x) for x in e.values] for e in op.examples if all(np.ndim(x) == 2 for x in e.values))
    params = op.defaults | PARAMETERS.get(op.name, {})
    if "axis" in op.parameters:
        params = params | {"axis": -1} | ({"keepdims": True} if "keepdims" in op.parameters else {})
    y = op.compute(operands, params)
    g = rng.uniform(0.5, 1.5, y.shape)
    flow = g[:, None] if op.name == "softmax_cross_entropy" else g[1] if op.name == "slogdet_packed" else g
    names = NAMES | {"δ": flow, "y": y, "α": params.get("alpha", SELU[1]), "t": params.get("target")} | params
    names |= {"mean": operands[0].mean(axis=-1, keepdims=True)} | dict(zip(op.operands, operands, strict=True))
    if op.name in UNPACKED:
        parts, flows = map(UNPACKED[op.name], (y, g))
        names |= parts | {f"δ{name}": flow for name, flow in flows.items()}
        names["turns"] = lambda x, flow: (x.T @ flow - flow.T @ x) / gaps(parts["s"][0] ** 2)
    for i, text in enumerate(op.derivatives):
        received = op.vjps[i](g, y, *operands, **params)
        agreeing = [np.isclose(each, received, rtol=1e-9, atol=1e-12) for each in said(text, names)]
        assert np.logical_or.reduce(agreeing).all(), f"{op.name}: {text} says {said(text, names)}, not {received}"


def test_a_wrong_text_is_noticed() -> None:
    y, g = np.array([[0.2, 0.3, 0.5]]), np.array([[1.0, 2.0, 4.0]])
    (wrong,) = said("{y} · (δ − {y})", NAMES | {"y": y, "δ": g})
    (right,) = said("{y} · (δ − Σ δ · {y})", NAMES | {"y": y, "δ": g})
    received = Operation.registry["softmax"].vjps[0](g, y, y, axis=-1)
    assert np.allclose(right, received)
    assert not np.allclose(wrong, received)

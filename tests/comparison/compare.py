"""The same 1-2-1 network drawn by micrograd's recipe, torchviz, torchview and this project, side by side in a page.

    python tests/comparison/compare.py FOLDER

What each drawing shows is found by parsing what the tool wrote, not typed in. Of a tool that is not installed the page
says so.
"""

from __future__ import annotations

import importlib
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import graphviz

from inversa import viz
from inversa.autograd.files import write_atomically
from inversa.viz.cards import layout
from inversa.viz.output.letters import font_faces, of_html
from inversa.viz.pages import page as pages
from inversa.viz.tour import PARAMETERS, X, Y, lecture_network

VALUES = ("0.1000", "0.4378", "0.6905")  # w1_1, a1, h
GRADIENTS = ("-0.0040", "-0.0810", "-0.3789")  # of w1_1, b2_1, h
SLOPES = ("0.2461", "0.2137")  # of the two layers' sigmoids
STYLE = (
    "main{padding:16px;display:grid;gap:22px}h2{margin:0 0 8px;font-size:17px}section{min-width:0}"
    ".drawing{overflow:auto;background:#fff;border:1px solid var(--frame);border-radius:10px;padding:10px}"
    "table{border-collapse:collapse;font-size:14px}th,td{border-bottom:1px solid var(--frame);padding:4px 14px 4px 0;"
    "text-align:left}h1{font:700 21px Arial,sans-serif;margin:0}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 Arial,sans-serif}.wide{overflow:auto}"
)


@dataclass
class Drawing:
    """What a tool made of the network, and of x · x."""

    name: str
    source: str = ""  # the DOT source of the network
    square: str = ""  # … of x · x
    svg: str = ""
    missing: str = ""


def edges(source: str) -> list[tuple[str, str]]:
    """The edges of a DOT source."""
    return re.findall(r'"?([\w-]+)"?(?::\w+)? -> "?([\w-]+)"?', source)


def says(source: str, numbers: tuple[str, ...]) -> bool:
    """Whether all the numbers stand in what is shown."""
    text = unescape(source).replace("−", "-")
    return all(number in text for number in numbers)


FACTS: dict[str, Callable[[Drawing], bool]] = {
    "values of the nodes": lambda d: says(d.source, VALUES),
    "gradients": lambda d: says(d.source, GRADIENTS),
    "local derivatives on the edges": lambda d: says("".join(re.findall(r"->[^\n]*", d.source)), SLOPES),
    "names of the parameters": lambda d: bool(re.search(r"w1_1|w₁⁽¹⁾|weight", unescape(d.source))),
    "both edges of x · x": lambda d: len(edges(d.square)) - len(set(edges(d.square))) == 1,
    "the inverse network": lambda d: "dir=back" in d.source or "branching point" in d.source,
}


def micrograd() -> Drawing:
    """The recipe of micrograd's notebook, in our words: a record a value, an oval an operation, a set of edges."""
    engine: Any = importlib.import_module("micrograd.engine")

    def trace(root: Any) -> str:
        nodes, links, waiting = [], set(), [root]
        while waiting:
            value = waiting.pop()
            if value not in nodes:
                nodes.append(value)
                for child in value._prev:  # a set: the two edges of x · x are one
                    links.add((child, value))
                    waiting.append(child)
        number = {value: i for i, value in enumerate(nodes)}
        graph = graphviz.Digraph(graph_attr={"rankdir": "LR"})
        for value, i in number.items():
            graph.node(f"n{i}", f"{{ data {value.data:.4f} | grad {value.grad:.4f} }}", shape="record")
            if value._op:
                graph.node(f"n{i}op", value._op)
                graph.edge(f"n{i}op", f"n{i}")
        for child, value in sorted(links, key=lambda link: (number[link[1]], number[link[0]])):
            graph.edge(f"n{number[child]}", f"n{number[value]}op")
        return str(graph.source)

    p = {name: engine.Value(value) for name, value in PARAMETERS.items()}
    x = engine.Value(X)

    def sigmoid(z: Any) -> Any:  # micrograd has none: a node of one's own, as its users write it
        out = engine.Value(1 / (1 + math.exp(-z.data)), (z,), "sigmoid")

        def backward() -> None:
            z.grad += out.data * (1 - out.data) * out.grad

        out._backward = backward
        return out

    a = [sigmoid(p[f"w1_{i}"] * x + p[f"b1_{i}"]) for i in (1, 2)]
    h = sigmoid(p["w2_11"] * a[0] + p["w2_12"] * a[1] + p["b2_1"])
    J = (h - Y) ** 2
    J.backward()
    z = engine.Value(3.0)
    return Drawing("micrograd", trace(J), trace(z * z))


def _torch_network() -> tuple[Any, Any]:
    torch: Any = importlib.import_module("torch")
    network = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Sigmoid(), torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    return torch, network


def torchviz() -> Drawing:
    """PyTorch's own backward nodes."""
    make_dot = importlib.import_module("torchviz").make_dot
    torch, network = _torch_network()
    J = ((network(torch.tensor([[X]])) - Y) ** 2).sum()
    x = torch.tensor(3.0, requires_grad=True)
    return Drawing("torchviz", make_dot(J, params=dict(network.named_parameters())).source, make_dot(x * x).source)


def torchview() -> Drawing:
    """Modules and shapes."""
    draw_graph = importlib.import_module("torchview").draw_graph
    torch, network = _torch_network()
    square = type("Square", (torch.nn.Module,), {"forward": lambda self, x: x * x})()
    sources = [draw_graph(m, input_data=torch.tensor([[X]])).visual_graph.source for m in (network, square)]
    return Drawing("torchview", *sources)


def ours() -> Drawing:
    """This project: the operations forwards and backwards in one source, and the network neuron by neuron."""
    value: Any = importlib.import_module("inversa.autograd").Value
    _, J = lecture_network()
    x = value(3.0, name="x")
    figure = viz.draw(J, data=["x", "y"], view="both")
    neurons = viz.draw(J, data=["x", "y"], view="both", detail="neuron").svg()
    return Drawing("inversa", figure.source, viz.draw((x * x).named("y")).source, neurons + figure.svg())


def rendered(source: str) -> str:
    """A DOT source as SVG: by the installed Graphviz, else by our engine where no HTML-like label is in it."""
    if shutil.which("dot"):
        svg = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True).stdout.decode()
    elif "=<" in source:
        return f"<pre>{escape(source)}</pre><p>To see it drawn, install Graphviz.</p>"
    else:
        svg = bytes(layout._wasi_session().render(source, format="svg", engine="dot")).decode()
    return svg[svg.index("<svg") :]


def drawings() -> list[Drawing]:
    """All of them; those that are not installed with what to install."""
    found = []
    for make in (micrograd, torchviz, torchview, ours):
        try:
            drawing = make()
        except ImportError as error:
            found.append(Drawing(make.__name__, missing=f"not installed: pip install {error.name or make.__name__}"))
            continue
        drawing.svg = drawing.svg or rendered(drawing.source)
        found.append(drawing)
    return found


def html(found: list[Drawing]) -> str:
    """The page."""
    there = [d for d in found if not d.missing]
    heads = "".join(f"<th scope=col>{d.name}</th>" for d in there)
    rows = "".join(
        f"<tr><th scope=row>{escape(fact)}</th>"
        + "".join(f"<td>{'yes' if holds(d) else 'no'}</td>" for d in there)
        + "</tr>"
        for fact, holds in FACTS.items()
    )
    sections = "".join(
        f'<section><h2>{d.name}</h2><div class="drawing" role="group" tabindex="0" aria-label="{d.name}">'
        f"{d.missing or d.svg}</div></section>"
        for d in found
    )
    body = (
        "<main><h1>One network, drawn by several tools</h1><p>The lecture's 1-2-1 network with x = 0.5, y = 0.88. "
        "What is said in the table was found by parsing what each tool wrote.</p>"
        f'<div class="wide"><table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"{sections}</main>"
    )
    style = font_faces(of_html(body)) + pages.variables("auto") + STYLE
    return pages.html("One network, drawn by several tools", "en", style, body)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "comparison")
    folder.mkdir(parents=True, exist_ok=True)
    print(write_atomically(folder / "index.html", html(drawings()).encode()))

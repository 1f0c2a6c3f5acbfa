"""A page that has nothing but Python in a worker."""

import base64
import gzip
import io
import zipfile
from importlib.resources import files

import pytest

from inversa.autograd import Value, sigmoid
from inversa.viz.livepage.library import library
from inversa.viz.livepage.page import live_page_html
from inversa.viz.livepage.runtime import find_runtime

ALLOWED = (
    "default-src 'none'; script-src 'unsafe-inline' blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src blob:; "
    "style-src 'unsafe-inline'"
)
# Stands in for the session: what is tested here is what carries its answers.
SESSION = """
import inversa_viz_js, os
from inversa.autograd import Value, sigmoid
kept = []

def neuron(w, x, b, y):
    leaves = [Value(v) for v in (w, x, b, y)]
    J = (sigmoid(leaves[0] * leaves[1] + leaves[2]) - leaves[3]) ** 2
    J.backward()
    return [leaf.grad for leaf in leaves]

def layout(dot): return inversa_viz_js.layout(dot, "json0")
def echo(*args): return list(args)
def keep(x): kept.append(x); return kept
def loop():
    while True: pass
def say(text): os.write(1, text.encode()); return None
def fail(): raise ValueError("a reason")
def deep(): return deep() + 1
def broken(): os.abort()
def hungry():
    eaten = []
    while True: eaten.append(bytes(10_000_000))
def infinite(): return float("inf")
def version():
    import inversa
    return inversa.__version__
def unimportable():
    import importlib, zipfile
    missing = {}
    for name in zipfile.ZipFile("/lib/python314.zip").namelist():
        module = name.removesuffix(".pyc").replace("/", ".").removesuffix(".__init__")
        if name.endswith(".pyc") and not module.endswith("__main__") and module != "this":
            try: importlib.import_module(module)
            except Exception as error: missing[module] = repr(error)
    return missing
def traced():
    import statistics, traceback
    try: statistics.mean([])
    except statistics.StatisticsError: return traceback.format_exc()
def helped():
    import contextlib, statistics
    with contextlib.redirect_stdout(__import__("io").StringIO()) as out: help(statistics.mean)
    return out.getvalue()
"""
START = """
const events = [];
const files = async (name) => {
  const element = document.getElementById(name);
  const bytes = Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
  element.remove();
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
};
const on = {
  onstate: (state) => events.push(state),
  onprint: (text) => events.push(["printed", text]),
  onreset: () => events.push("reset"),
};
Object.assign(globalThis, { events, started: Python.start(files, on) });
"""


def with_session(library):
    """The library, with SESSION in the place of its session."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(library)) as ours, zipfile.ZipFile(packed, "w") as theirs:
        for name in ours.namelist():
            if not name.startswith("inversa/viz/livepage/session.py"):  # or .pyc
                theirs.writestr(zipfile.ZipInfo(name), ours.read(name))
        theirs.writestr(zipfile.ZipInfo("inversa/viz/livepage/session.py"), SESSION)
    return packed.getvalue()


@pytest.fixture(scope="session")
def worker_page():
    """HTML of a page in which Python starts; `make live` has made what it needs."""
    runtime = find_runtime()
    web = files("inversa.viz.livepage").joinpath("web")
    held = {
        **runtime.files,
        "library.zip": gzip.compress(with_session(library(runtime.compiled)), mtime=0),
        "worker.js": gzip.compress(web.joinpath("worker.js").read_bytes(), mtime=0),
    }
    scripts = "\n".join(
        f'<script type="text/plain" id="{name}">{base64.b64encode(content).decode()}</script>'
        for name, content in held.items()
    )
    return (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{ALLOWED}">'
        f"<title>worker</title>\n{scripts}\n"
        f'<script type="module">{web.joinpath("python.js").read_text("utf-8")}{START}</script>'
    )


@pytest.fixture
def slopes():
    """What the neuron of SESSION answers to 0.7, 0.5, -0.2, 1.0: computed here."""
    leaves = [Value(v) for v in (0.7, 0.5, -0.2, 1.0)]
    ((sigmoid(leaves[0] * leaves[1] + leaves[2]) - leaves[3]) ** 2).backward()
    return [leaf.grad for leaf in leaves]


@pytest.fixture(scope="session")
def neuron():
    """The code of the live page."""
    return """w, x, b, y = Value(0.7), Value(0.5), Value(-0.2), Value(1.0)
h = sigmoid(w * x + b)
J = (h - y)**2
J.backward()
print("gradient", w.grad)
"""


@pytest.fixture(scope="session")
def live_html(neuron):
    """A live page with a neuron; `make live` has made what it needs."""
    return live_page_html(neuron, find_runtime(), "en")

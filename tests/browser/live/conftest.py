"""Pages in which Python runs: one that has nothing but Python in a worker, and the live page."""

import base64
import functools
import gzip
import http.server
import io
import threading
import time
import zipfile
from importlib.resources import files

import pytest

from inversa.autograd import Value, sigmoid
from inversa.viz.livepage.library import library
from inversa.viz.livepage.page import live_page_html
from inversa.viz.livepage.runtime import find_runtime

LONGEST = 60  # seconds that anything may take on a busy machine
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


@pytest.fixture(scope="session")
def file(live_html, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "page.html"
    path.write_text(live_html, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def server(file):
    """The address of the page on a plain server."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=file.parent)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/{file.name}"
        running.shutdown()


class Live:
    """An open page, and what it asked for and complained about."""

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}} | options)
        self.page = self.context.new_page()
        self.address, self.messages = address.partition("#")[0], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", self.requested)
        self.page.on("dialog", lambda dialog: (self.messages.append("dialog"), dialog.dismiss()))

    def requested(self, request):
        if request.url.partition("#")[0] != self.address and not request.url.startswith(("blob:", "data:")):
            self.messages.append(request.url)

    def until(self, script, wanted=True, seconds=LONGEST):
        """Wait until a script gives what is wanted; Playwright's own way of waiting needs eval."""
        end = time.monotonic() + seconds
        while (found := self.page.evaluate(script)) != wanted:
            assert time.monotonic() < end, (script, found, wanted, self.status)
            time.sleep(0.02)

    @property
    def status(self):
        return self.page.inner_text("#status")

    def settled(self):
        """What it says when nothing runs and nothing is to run."""
        self.until("!running && !wanted && began === Infinity && document.getElementById('progress').hidden")
        return self.status

    def write(self, code):
        """Put code into the editor and wait until it has run."""
        self.page.evaluate("code => { editor.write(code); return run(); }", code)
        return self.settled()

    def printed(self):
        return self.page.text_content("#printed")


@pytest.fixture(scope="session")
def browsing(browser):
    """Open pages, each in a context of its own, after a script that runs before those of the page."""
    opened = []

    def start(address, script="", **options):
        opened.append(Live(browser, address, **options))
        opened[-1].page.add_init_script(script)
        opened[-1].page.goto(address)
        return opened[-1]

    yield start
    for live in opened:
        live.context.close()


@pytest.fixture(scope="session")
def shared(browsing, file):
    """A page that has run its code, which tests use one after the other."""
    live = browsing(file.as_uri())
    assert live.settled().startswith("J: done in")
    return live


@pytest.fixture
def live(shared, neuron):
    """The shared page, as it was in the beginning; it must not complain."""
    shared.page.set_viewport_size({"width": 1280, "height": 720})
    shared.page.evaluate("openTab('picture')")
    assert shared.write(neuron).startswith("J: done in")
    yield shared
    assert shared.messages == []

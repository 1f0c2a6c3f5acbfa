"""Python in a worker of a page that was opened as a file: without requests and storage, stopped and broken."""

import base64
import gzip
import http.server
import io
import threading
import time
import zipfile
from functools import partial
from importlib.metadata import version
from importlib.resources import files

import pytest

from inversa.autograd import Value, sigmoid
from inversa.viz.live.library import library
from inversa.viz.live.runtime import RuntimeMissingError, find_runtime

pytestmark = pytest.mark.live

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
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(globalThis, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""


@pytest.fixture(scope="module")
def runtime():
    try:
        return find_runtime()
    except RuntimeMissingError as error:
        pytest.skip(str(error))


def with_session():
    """The library, with SESSION in the place of its session."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(library())) as ours, zipfile.ZipFile(packed, "w") as theirs:
        for name in ours.namelist():
            if name != "inversa/viz/live/session.py":
                theirs.writestr(zipfile.ZipInfo(name), ours.read(name))
        theirs.writestr(zipfile.ZipInfo("inversa/viz/live/session.py"), SESSION)
    return packed.getvalue()


@pytest.fixture(scope="module")
def html(runtime):
    web = files("inversa.viz.live").joinpath("web")
    held = {
        **runtime.files,
        "library.zip": gzip.compress(with_session(), mtime=0),
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


class Live:
    """A page in which Python starts, and what it asked for and complained about."""

    def __init__(self, browser, address):
        self.page = browser.new_page()
        self.messages, self.requests = [], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.add_init_script(NO_STORAGE)
        self.page.goto(address)
        self.page.evaluate("started.then((python) => { globalThis.python = python; })")

    def call(self, name, *args):
        return self.page.evaluate("([name, args]) => python.call(name, ...args)", [name, list(args)])

    def events(self):
        return self.page.evaluate("events.splice(0)")


@pytest.fixture(scope="module")
def live(browser, html, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "page.html"
    path.write_text(html, "utf-8")
    opened = Live(browser, path.as_uri())
    yield opened
    opened.page.close()
    assert opened.messages == []
    assert {url.split("/")[0] for url in opened.requests} <= {"file:", "blob:null"}
    assert [url for url in opened.requests if url.startswith("file:")] == [path.as_uri()]


def test_it_starts_in_steps_and_computes_what_python_here_computes(live):
    assert live.events() == ["unpacking", "starting", "importing", "ready"]
    leaves = [Value(v) for v in (0.7, 0.5, -0.2, 1.0)]
    ((sigmoid(leaves[0] * leaves[1] + leaves[2]) - leaves[3]) ** 2).backward()
    assert live.call("neuron", 0.7, 0.5, -0.2, 1.0) == pytest.approx([leaf.grad for leaf in leaves], rel=1e-15)
    assert live.events() == ["busy", "ready"]


def test_graphviz_is_there(live):
    assert '"bb": "0,0,54,108"' in live.call("layout", "digraph { a -> b }")


def test_texts_and_numbers_are_carried_as_they_are(live):
    sent = ["</script><b>", "\u2028 \x00 😀 ñ \ud7ff", 0.1, 5e-324, -0.0, 2**53, None, True, {"a": [1, {}]}]
    assert live.call("echo", *sent) == sent


def test_calls_are_answered_in_their_order(live):
    script = "Promise.all([1, 2, 3].map((n) => python.call('keep', n))).then((kept) => kept.map((k) => k.length))"
    assert live.page.evaluate(script) == [1, 2, 3]


def test_what_goes_wrong_is_told_and_python_lives_on(live):
    for name, reason in {
        "fail": "a reason",
        "deep": "RecursionError",
        "infinite": "JSON",
        "nothing": "nothing",
    }.items():
        told = live.page.evaluate(f"python.call('{name}').catch(String)")
        assert reason in told
    assert live.call("echo", 1) == [1]


def test_what_is_printed_past_python_is_told(live):
    live.events()
    live.call("say", "past sys.stdout\n")
    assert ["printed", "past sys.stdout"] in live.events()


def test_every_module_of_the_standard_library_that_was_kept_can_be_imported(live):
    assert live.call("unimportable") == {}


def test_help_and_tracebacks_work_without_the_rest_of_it(live):
    assert live.call("helped").startswith("Help on function mean in module statistics")
    assert 'File "statistics.py", line ' in live.call("traced")


def test_the_library_knows_its_version(live):
    assert live.call("version") == version("inversa")


STOP = """async () => {
  await python.call("keep", "before");
  const looping = python.call("loop").catch((error) => error.stopped);
  const waiting = python.call("echo", 1).catch((error) => error.stopped);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const begin = performance.now();
  const both = [python.stop(), python.stop()];
  const stopped = await Promise.all([looping, waiting]);
  const took = performance.now() - begin;
  const early = python.call("keep", "after"); // before Python is there again
  await Promise.all(both);
  return [stopped, took, await early];
}"""


def test_an_endless_loop_is_stopped_and_python_starts_anew(live):
    live.events()
    stopped, took, kept = live.page.evaluate(STOP)
    assert stopped == [True, True]
    assert took < 1000
    assert kept == ["after"]
    told = live.events()
    assert told[told.index("stopping") :].count("reset") == 1


def test_python_starts_anew_when_it_is_broken(live):
    live.call("keep", "before")
    live.events()
    assert live.page.evaluate("python.call('broken').catch((error) => error.message)")
    assert live.call("keep", "after") == ["after"]
    assert "reset" in live.events()
    assert "Pyodide has suffered a fatal error" in live.messages[0]
    live.messages.clear()


@pytest.fixture(scope="module")
def isolated(browser, html, tmp_path_factory):
    """The page from a server that lets it share memory."""
    folder = tmp_path_factory.mktemp("served")
    folder.joinpath("page.html").write_text(html, "utf-8")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            super().end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = Live(browser, f"http://127.0.0.1:{server.server_port}/page.html")
        yield opened
        opened.page.close()
        server.shutdown()


def test_where_memory_can_be_shared_python_is_interrupted_and_keeps_what_it_made(isolated):
    assert isolated.page.evaluate("crossOriginIsolated")
    stopped, took, kept = isolated.page.evaluate(STOP)
    assert stopped == [True, True]
    assert took < 1000
    assert kept == ["before", "after"]
    assert "reset" not in isolated.events()
    assert isolated.messages == []


def test_a_start_that_fails_is_told(browser, html, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(html.replace("def neuron", "import nowhere\ndef neuron").replace("started: Python.start(files, on)",
        "started: Python.start(async (name) => name === 'stdlib.zip' ? new Uint8Array(9) : files(name), on)"
        ".catch((error) => { events.push(error.message); })"), "utf-8")  # fmt: skip
    opened = Live(browser, path.as_uri())
    begun = time.monotonic()
    *_, state, reason = opened.events()
    opened.page.close()
    assert state == "failed"
    assert reason
    assert time.monotonic() - begun < 60


def test_all_of_it_is_small_enough_for_one_file(html):
    assert len(html.encode()) < 9_400_000  # so that the page, with what it adds, stays below ten million

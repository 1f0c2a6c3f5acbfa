"""Python in a worker of a page that was opened as a file: without requests and storage, stopped and broken."""

import http.server
import threading
from functools import partial
from importlib.metadata import version

import pytest

pytestmark = pytest.mark.live

NO_STORAGE = """for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(globalThis, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""


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
def live(browser, worker_page, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "page.html"
    path.write_text(worker_page, "utf-8")
    opened = Live(browser, path.as_uri())
    yield opened
    opened.page.close()
    assert opened.messages == []
    assert {url.split("/")[0] for url in opened.requests} <= {"file:", "blob:null"}
    assert [url for url in opened.requests if url.startswith("file:")] == [path.as_uri()]


def test_it_starts_in_steps_and_computes_what_python_here_computes(live, slopes):
    assert live.events() == ["unpacking", "starting", "importing", "ready"]
    assert live.call("neuron", 0.7, 0.5, -0.2, 1.0) == pytest.approx(slopes, rel=1e-15)
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
def isolated(browser, worker_page, tmp_path_factory):
    """The page from a server that lets it share memory."""
    folder = tmp_path_factory.mktemp("served")
    folder.joinpath("page.html").write_text(worker_page, "utf-8")

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


def test_after_its_end_calls_are_refused(isolated):
    begun = "const looping = python.call('loop').catch(String); python.end();"
    refused = isolated.page.evaluate(
        f"async () => {{ {begun} return [await looping, await python.call('echo').catch(String)] }}"
    )
    assert refused == ["Error: Python has ended"] * 2


@pytest.mark.parametrize("name", ["stdlib.zip", "library.zip", "viz.js"])
def test_a_start_that_fails_is_told(browser, worker_page, tmp_path, name):
    damaged = f"async (name) => (name === '{name}' ? new Uint8Array(9) : files(name))"
    path = tmp_path / "page.html"
    path.write_text(worker_page.replace("Python.start(files, on)", f"Python.start({damaged}, on)"), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    reason = page.evaluate("started.catch((error) => error.message)")
    assert page.evaluate("events").pop() == "failed"
    page.close()
    assert reason


def test_all_of_it_is_small_enough_for_one_file(worker_page):
    assert len(worker_page.encode()) < 9_700_000  # so that the page, with what it adds, stays below ten million

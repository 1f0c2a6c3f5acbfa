"""Python in a worker of a page in Firefox, where there is one; it is driven by what it listens to, Marionette."""

import json
import os
import shutil
import socket
import subprocess
import time

import pytest

pytestmark = pytest.mark.live

FIREFOX = next(filter(None, map(shutil.which, ("firefox", "firefox-esr"))), None)


class Firefox:
    """A session of Marionette: messages are JSON, each after its length and a colon."""

    def __init__(self, port):
        self.socket, self.unread, self.sent = connected(port), b"", 0
        self.received()  # who it is
        self.command("WebDriver:NewSession", capabilities={"alwaysMatch": {"timeouts": {"script": 60_000}}})

    def received(self):
        while b":" not in self.unread:
            self.unread += self.socket.recv(65536)
        length, _, rest = self.unread.partition(b":")
        while len(rest) < int(length):
            rest += self.socket.recv(65536)
        self.unread = rest[int(length) :]
        return json.loads(rest[: int(length)])

    def command(self, name, **arguments):
        self.sent += 1
        message = json.dumps([0, self.sent, name, arguments])
        self.socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self.received()
        assert error is None, error
        return result

    def evaluate(self, promise):
        """What a promise of the page comes to."""
        script = (
            f"const end = arguments[0], page = window.wrappedJSObject; ({promise}).then(end, (e) => end(String(e)))"
        )
        return self.command("WebDriver:ExecuteAsyncScript", script=script, args=[])["value"]


def connected(port):
    for _ in range(150):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=90)
        except OSError:
            time.sleep(0.2)
    pytest.fail("Firefox does not answer")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    if FIREFOX is None:
        pytest.skip("needs Firefox (apt-get install firefox-esr)")
    home = tmp_path_factory.mktemp("firefox")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home.joinpath("user.js").write_text(f'user_pref("marionette.port", {port});\n')
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(home)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "HOME": str(home)}}
    with subprocess.Popen(command, **quiet) as process:
        started = Firefox(port)
        yield started
        started.socket.close()
        process.terminate()


def test_firefox_runs_python_in_a_page_that_is_a_file_and_stops_it(firefox, worker_page, slopes, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(worker_page, "utf-8")
    firefox.command("WebDriver:Navigate", url=path.as_uri())
    firefox.evaluate("started.then((python) => { window.python = python; })")
    assert firefox.evaluate("python.call('neuron', 0.7, 0.5, -0.2, 1.0)") == pytest.approx(slopes, rel=1e-15)
    assert firefox.evaluate("python.call('layout', 'digraph { a -> b }')").startswith("{")
    firefox.evaluate("new Promise((resolve) => { setTimeout(() => python.stop(), 200); resolve(); })")
    assert firefox.evaluate("python.call('loop').catch((error) => error.stopped)") is True
    assert firefox.evaluate("python.call('echo', 7).then(([n]) => n)") == 7


def test_firefox_shows_the_page(firefox, live_html, neuron, slopes, tmp_path):
    path = tmp_path / "live.html"
    path.write_text(live_html, "utf-8")
    firefox.command("WebDriver:Navigate", url=path.as_uri())

    def now(script):
        return firefox.command("WebDriver:ExecuteScript", script=f"return {script}", args=[])["value"]

    def until(script):
        end = time.monotonic() + 60
        while not now(script):
            assert time.monotonic() < end, now("document.getElementById('status').textContent")
            time.sleep(0.1)

    until("document.getElementById('status').textContent.startsWith('J: done')")
    printed = now("document.getElementById('printed').textContent")
    assert float(printed.removeprefix("gradient ")) == pytest.approx(slopes[0], rel=1e-15)
    assert now("document.querySelector('#panel-picture img').complete")
    assert now("document.getElementById('paper').textContent") == neuron
    now("document.getElementById('tab-player').click()")
    until("document.querySelector('iframe') !== null")

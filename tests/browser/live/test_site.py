"""The blocks of the site that run in their pages: after a click, and nothing before it."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from inversa.viz.livepage.runtime import RuntimeMissingError, find_runtime

pytestmark = pytest.mark.live
DOCS = Path(__file__).parents[3] / "docs"
SECONDS = 120  # until Python has started, on a busy machine


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    try:
        find_runtime()
    except RuntimeMissingError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-P", "-m", "sphinx", "-b", "html", "-q", "-W", str(DOCS), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def served(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser):
    """A page, with what it requested and complained about."""
    pages = []

    def open_it(address, dark=False):
        page = browser.new_page(viewport={"width": 1366, "height": 768}, color_scheme="dark" if dark else "light")
        pages.append(page)
        page.requests, page.complaints = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page

    yield open_it
    complaints = [complaint for page in pages for complaint in page.complaints]
    for page in pages:
        page.close()
    assert complaints == []


def of_python(page):
    """The files of Python for browsers that were requested."""
    names = [address.rpartition("/")[2].partition("?")[0] for address in page.requests if "_static/live/" in address]
    return sorted(name for name in names if name not in ("live.js", "live.css"))


def statuses(page, end):
    """What all open blocks say, once they all have run."""
    page.wait_for_function(
        "end => [...document.querySelectorAll('.live-status')].every(at => at.textContent.startsWith(end))",
        arg=end,
        timeout=1000 * SECONDS,
    )
    return page.locator(".live-status").all_inner_texts()


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_a_block_runs_after_a_press_of_its_button_and_nothing_is_loaded_before(site, served, opened, scheme):
    page = opened(f"{site.as_uri() if scheme == 'file' else served}/index.html", dark=scheme == "file")
    buttons = page.locator(".live-open")
    assert of_python(page) == []
    assert buttons.count() == 2
    buttons.nth(1).focus()  # which goes on with the first
    page.keyboard.press("Enter")
    statuses(page, "Done")
    assert of_python(page) == sorted(set(of_python(page)))  # each once
    assert "pyodide.asm.wasm.js" in of_python(page)
    assert "double weighted output: to w × x = 0.5" in page.locator(".live-printed").inner_text()
    assert not page.locator(".live-run").nth(1).is_visible()
    assert page.evaluate("document.activeElement.closest('.cm-editor') !== null")
    loaded = of_python(page)
    buttons.first.click()
    page.locator(".live-picture img").first.wait_for()
    assert page.locator(".live-printed").first.inner_text().strip() == "J = 0.2140, ∂J/∂w = -0.1150, ∂J/∂b = -0.2300"
    assert of_python(page) == loaded


def test_an_edit_an_error_a_loop_and_the_way_back(served, opened):
    page = opened(f"{served}/index.html")
    page.locator(".live-open").first.click()
    statuses(page, "Done")
    edit(page, "1 + 1\n1 / 0")
    page.keyboard.press("Control+Enter")
    assert statuses(page, "It ended") == ["It ended with an error."]
    assert page.locator(".live-printed").inner_text().strip() == "2"
    assert "line 2" in page.locator(".live-error").inner_text()
    assert page.locator(".cm-wrong").inner_text() == "1 / 0"
    edit(page, "while True: pass")
    page.keyboard.press("Control+Enter")
    statuses(page, "Running")
    page.get_by_role("button", name="Stop").click()
    statuses(page, "Stopped")
    page.get_by_role("button", name="As it was").click()
    page.get_by_role("button", name="Run", exact=True).click()
    statuses(page, "Done")
    assert "J = 0.2140" in page.locator(".live-printed").inner_text()
    edit(page, "from inversa.autograd import Value\nJ, w = Value(3.0).named('J'), Value(1.0)")
    page.locator(".live-open").click()  # of the second block, before which the edited one runs
    page.locator(".live-printed").nth(1).get_by_text("unit input 1").wait_for()


def edit(page, code):
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


@pytest.mark.parametrize(("path", "done"), [("tutorials/01_the_inverse_neuron", "Done"), ("es/diagnosis", "Hecho")])
def test_all_blocks_that_have_a_button_run(site, opened, path, done):
    page = opened(f"{site.as_uri()}/{path}.html")
    count = page.locator(".live-open").count()
    assert count > (40 if path.startswith("tutorials") else 1)
    page.evaluate("document.querySelectorAll('.live-open').forEach(button => button.click())")
    page.wait_for_function("n => document.querySelectorAll('.live-status').length === n", arg=count)
    assert len(statuses(page, done)) == count


def test_what_helps_those_who_cannot_see(served, opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for dark in (False, True):
        page = opened(f"{served}/index.html", dark)
        page.locator(".live-open").first.click()
        statuses(page, "Done")
        found = axe.run(page, context=".live-block").response["violations"]
        assert found == [], found


def test_what_needs_numpy_says_so_instead(served, opened):
    page = opened(f"{served}/tutorials/02_one_neuron.html")
    notes = page.locator(".live-note").all_text_contents()  # some are folded
    assert len(notes) > 20
    assert all("needs NumPy" in note for note in notes)
    assert "need NumPy" in opened(f"{served}/tutorials/04_softmax_and_iris.html").locator(".live-arrays").inner_text()

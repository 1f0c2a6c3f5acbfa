"""Pages in a real headless Chromium, which never asks the network for anything, and sees fonts of ours alone."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"]  # fmt: skip
WANTED = "needs Chromium (apt-get install chromium, or its path in CHROMIUM) and playwright"


@pytest.fixture(scope="session")
def launch(tmp_path_factory):
    """Start a browser that finds the fonts of a folder and no others; without one the tests are skipped."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    api = pytest.importorskip("playwright.sync_api", reason=WANTED)
    if found is None:
        pytest.skip(WANTED)
    with api.sync_playwright() as driver:
        started = []

        def start(folder):
            config = tmp_path_factory.mktemp("fontconfig") / "fonts.conf"
            config.write_text(
                '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
                f"<fontconfig><dir>{folder}</dir><cachedir>{config.parent / 'cache'}</cachedir></fontconfig>"
            )
            environment = {**os.environ, "FONTCONFIG_FILE": str(config)}
            started.append(driver.chromium.launch(executable_path=found, args=OPTIONS, env=environment))
            return started[-1]

        yield start
        for chromium in started:
            chromium.close()


@pytest.fixture(scope="session")
def dejavu(tmp_path_factory):
    """A folder with the fonts of a bare machine, which matplotlib carries."""
    matplotlib = pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("dejavu")
    for font in Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf"):
        shutil.copy(font, folder)
    return folder


@pytest.fixture(scope="session")
def browser(launch, dejavu):
    """The browser of the whole session, on a machine with one family of fonts."""
    return launch(dejavu)


class Tab:
    """A page that one test after the other uses: a new one is a new process, which takes longer than most tests.

    No page of ours stores anything; what else a test may leave behind is set anew.
    """

    def __init__(self, browser):
        self.page = browser.new_page()
        self.path, self.messages = None, []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", self.requested)

    def requested(self, request):
        own = request.url == "about:blank" or request.url.split("#")[0] == self.path.as_uri()
        if not own and not request.url.startswith(("data:font/", "data:image/")):
            self.messages.append(request.url)

    def open(self, path, anchor, width, height, dark, still):
        """Show a file as a new page of this size would."""
        self.path, self.messages = path, []
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(
            media="null",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
        )
        self.page.goto(path.as_uri() + anchor)
        return self.page

    def leave(self):
        """End what goes on in it, and take the pointer away; what the page complained about."""
        self.page.goto("about:blank")
        self.page.mouse.move(-1, -1)
        return [message for message in self.messages if not message.startswith(self.path.parent.as_uri())]


@pytest.fixture(scope="session")
def free():
    """Tabs that no test uses at present."""
    return []


@pytest.fixture
def open_page(browser, free, tmp_path):
    """Open HTML in a page of this size; in the end nothing may have been requested or complained about."""
    used = []

    def open_it(html, anchor="", width=1024, height=768, dark=False, still=False):
        path = tmp_path / f"page{len(used)}.html"
        path.write_text(html, encoding="utf-8")
        used.append(free.pop() if free else Tab(browser))
        return used[-1].open(path, anchor, width, height, dark, still)

    yield open_it
    messages = [message for tab in used for message in tab.leave()]
    free.extend(used)
    assert messages == []


# Every visible text with its place on the page: of SVG its <text> elements, of HTML the lines of text nodes.
TEXTS = """() => {
  const found = [];
  const seen = el => { for (let e = el; e && e.nodeType === 1; e = e.parentElement) {
    const s = getComputedStyle(e);
    if (s.visibility === 'hidden' || s.display === 'none' || +s.opacity < .05 || s.clipPath !== 'none') return false;
  } return true; };
  const scrolled = (el, r) => {  // out of what scrolls around it
    for (let e = svgOf(el).parentElement; e !== document.body; e = e.parentElement) {
      const box = e.getBoundingClientRect();
      const out = r.top > box.bottom - 3 || r.bottom < box.top + 3;
      if (out && getComputedStyle(e).overflowY !== 'visible') return true;
    }
    return false;
  };
  const svgOf = el => el.closest('svg') ?? el;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, el = node.parentElement;
    if (!node.data.trim() || el.closest('script,style,title,desc,noscript,math') || !seen(el)) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const svg = el.closest('text');
    const size = parseFloat(getComputedStyle(el).fontSize) * (svg ? svg.getScreenCTM().a : 1);
    for (const r of range.getClientRects()) if (r.width > .5 && !scrolled(el, r)) found.push({
      text: node.data.trim().slice(0, 40), size, svg: Boolean(svg),
      left: r.left + scrollX, right: r.right + scrollX, fixed: Boolean(el.closest('footer')),
      top: r.top + (svg ? r.height * .2 : 0) + scrollY, bottom: r.bottom - (svg ? r.height * .15 : 0) + scrollY});
  }
  return found;
}"""


@pytest.fixture
def check():
    """Checks of a page: `check.access(page)`, `check.layout(page)`."""

    def access(page):
        """axe-core finds nothing to complain about."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=WANTED)
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    def layout(page, smallest=9.0):
        """No text overlaps another one, none is too small, and the page itself does not scroll sideways."""
        texts = page.evaluate(TEXTS)
        assert texts
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        for text in texts:
            assert text["size"] >= smallest - 0.05, text
        placed = [text for text in texts if not text["fixed"]]
        for i, a in enumerate(placed):
            for b in placed[i + 1 :]:
                wide = min(a["right"], b["right"]) - max(a["left"], b["left"])
                high = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
                assert wide <= 1.5 or high <= 2.5, (a, b)

    return SimpleNamespace(access=access, layout=layout)

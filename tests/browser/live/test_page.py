"""The page in which Python runs, in a real browser: from a file and from a server, with nothing but what is in it."""

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from inversa.autograd import Value, sigmoid
from inversa.viz.livepage import examples

pytestmark = pytest.mark.live

ODD = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"q" onload="alert(1)', "a|b", "]]>",
       "&lt;b&gt;", "\u202eשלום", "😀", "</text></svg><script>alert(1)</script>"]  # fmt: skip


def gradient():
    w, x, b, y = Value(0.7), Value(0.5), Value(-0.2), Value(1.0)
    ((sigmoid(w * x + b) - y) ** 2).backward()
    return w.grad


def test_the_file_is_small(file):
    assert file.stat().st_size <= 10_000_000


def test_from_a_server(browsing, server):
    live = browsing(server)
    assert live.settled().startswith("J: done in")
    assert live.printed() == f"gradient {gradient()}\n"
    assert live.messages == []


def test_the_numbers_are_those_of_this_python(live):
    assert live.printed() == f"gradient {gradient()}\n"
    assert "Network" in live.page.get_attribute("#panel-picture img", "alt")


def test_two_screens_fit_without_scrolling(live):
    for width, height in [(1280, 720), (1024, 768), (1920, 1080)]:
        live.page.set_viewport_size({"width": width, "height": height})
        time.sleep(0.3)
        assert live.page.evaluate("""() => {
            const inside = (a, b) => a.top >= b.top && a.bottom <= b.bottom && a.left >= b.left && a.right <= b.right;
            const screen = { top: 0, left: 0, right: innerWidth, bottom: innerHeight };
            const box = (selector) => document.querySelector(selector).getBoundingClientRect();
            return inside(box("#panel-picture img"), box("#panel-picture")) && inside(box("#code"), screen)
                && inside(box("#panels"), screen) && document.documentElement.scrollHeight <= innerHeight;
        }""")


@pytest.mark.parametrize("width", [390, 700, 1024])
def test_no_page_scrolls_sideways(live, width):
    live.page.set_viewport_size({"width": width, "height": 800})
    time.sleep(0.3)
    assert live.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("dark", [False, True])
def test_everyone_can_read_it(live, check, dark):
    live.page.evaluate("dark => showDark(dark)", dark)
    for tab in ("picture", "gradients", "listing"):
        live.page.click(f"#tab-{tab}")
        live.settled()
        check.access(live.page)
    live.page.click("#save")
    check.access(live.page)
    live.page.keyboard.press("Escape")
    live.write("print(1)\nq")
    check.access(live.page)
    live.page.evaluate("showDark(false)")


def test_an_edit_runs_by_itself_and_an_error_has_its_line(live):
    live.page.click(".cm-content")
    live.page.keyboard.press("Control+End")
    live.page.keyboard.type("print(qq)")
    live.until("document.getElementById('error').hidden", False)
    assert live.page.inner_text("#error-line") == "Line 6"
    assert live.page.inner_text("#error-type") == "NameError"
    assert live.status == "Line 6: NameError: name 'qq' is not defined"
    assert live.page.text_content(".cm-wrong") == "print(qq)"
    assert live.page.evaluate(
        "!document.getElementById('stale').hidden && !!document.querySelector('#panel-picture img')"
    )
    live.page.keyboard.press("Control+Home")
    live.page.click("#error-line")
    assert live.page.evaluate("editor.text().length - document.getSelection().toString().length") > 0
    assert live.page.text_content(".cm-activeLine") == "print(qq)"
    for _ in range(9):
        live.page.keyboard.press("Delete")
    live.until("document.getElementById('error').hidden")
    assert live.page.evaluate("document.getElementById('stale').hidden")
    assert live.page.query_selector(".cm-wrong") is None


def test_mistakes_of_writing_have_their_line(live):
    assert live.write("x = 1\nif x\n  print(x)").startswith("Line 2: SyntaxError")
    assert live.write("def f():\n    return 1 / 0\n\nf()").startswith("Line 2: ZeroDivisionError")


def test_what_draws_nothing_is_said(live):
    assert live.write("x = 1").startswith("Nothing to draw")


def test_an_endless_loop_is_stopped_and_the_code_is_kept(live, neuron):
    code = "while True:\n    pass\n"
    live.page.evaluate("code => { editor.write(code); run(); }", code)
    live.until("document.getElementById('stop').disabled", False)
    time.sleep(0.2)
    began = time.monotonic()
    live.page.keyboard.press("Escape")
    live.until("running", False, seconds=1)
    assert time.monotonic() - began < 1
    assert live.status.startswith("Stopped")
    assert live.page.evaluate("editor.text()") == code
    assert live.page.evaluate("!!document.querySelector('#panel-picture img')")
    live.until("document.getElementById('status').textContent", "Stopped. Change the code if you like, and press Run.")
    assert live.write(neuron).startswith("J: done in")


def test_newer_code_ends_what_runs_for_ever(live, neuron):
    live.page.evaluate("editor.write('while True: pass'); void run()")
    live.until("performance.now() - began > PATIENCE")
    live.page.evaluate("code => editor.write(code)", neuron)
    live.until("document.getElementById('status').textContent.startsWith('J: done')")


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_examples(live, name):
    live.page.select_option("#examples", name)
    assert " done in " in live.settled()
    assert live.page.evaluate("editor.text()") == examples.source(name, "en")
    live.page.select_option("#lang", "es")
    assert " hecho en " in live.settled()
    assert live.page.evaluate("editor.text()") == examples.source(name, "es")
    for tab in ("inverse", "player", "gradients", "listing"):
        live.page.click(f"#tab-{tab}")
        live.until(f"shown['{tab}'] !== undefined && shown['{tab}'].startsWith(runs + ' es')")
    live.page.select_option("#lang", "en")
    live.settled()


def test_the_player_steps_in_its_frame(live):
    live.page.click("#tab-player")
    frame = live.page.frame_locator("iframe")
    assert frame.locator("#count").inner_text(timeout=20_000).startswith("1 / ")
    frame.locator("#next").click()
    assert frame.locator("#count").inner_text().startswith("2 / ")
    assert live.page.get_attribute("iframe", "sandbox") == "allow-scripts"


def test_the_keyboard_is_enough(live):
    page = live.page
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        if "cm-content" in seen[-1]:
            break
    assert {"examples", "run", "save", "lang", "dark"} <= {*seen}
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")  # indents
    assert page.evaluate("editor.text()").endswith("    ")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert "cm-content" not in page.evaluate("document.activeElement.className")
    page.focus("#tab-picture")
    for tab in ("inverse", "player", "gradients", "listing", "picture"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == f"tab-{tab}"
        assert page.get_attribute(f"#tab-{tab}", "aria-selected") == "true"
        assert page.is_visible(f"#panel-{tab}")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == "tab-listing"
    page.evaluate("editor.write('J = Value(2.0) * 3')")
    page.focus("#lang")
    page.keyboard.press("Control+Enter")
    assert live.settled().startswith("J: done")


def test_names_are_completed(live):
    live.page.click(".cm-content")
    live.page.keyboard.press("Control+End")
    live.page.keyboard.type("nn.NeuronNet", delay=20)
    live.page.wait_for_selector(".cm-tooltip-autocomplete li", timeout=10_000)
    assert "NeuronNetwork" in live.page.inner_text(".cm-tooltip-autocomplete")
    time.sleep(0.3)  # the list takes no key at once, for who types fast
    live.page.keyboard.press("Enter")
    assert live.page.evaluate("editor.text()").endswith("nn.NeuronNetwork")


@pytest.mark.parametrize("what", ["picture", "player", "handout", "python", "notices"])
def test_files_are_saved(live, what):
    live.page.click("#save")
    with live.page.expect_download() as download:
        live.page.click(f"#save-{what}")
    saved = Path(download.value.path()).read_text("utf-8")
    begins = {"picture": "<svg", "player": "<!DOCTYPE", "handout": "<!DOCTYPE", "python": "from ", "notices": ""}[what]
    assert saved.startswith(begins)
    assert len(saved) > 100
    suffix = {"picture": ".svg", "player": ".html", "handout": ".html", "python": ".py", "notices": ".txt"}[what]
    assert download.value.suggested_filename.endswith(suffix)


def test_the_code_is_saved_while_python_hangs(live):
    live.page.evaluate("editor.write('while True: pass'); void run()")
    live.until("document.getElementById('stop').disabled", False)
    live.page.click("#save")
    with live.page.expect_download() as download:
        live.page.click("#save-python")
    assert Path(download.value.path()).read_text("utf-8") == "while True: pass"
    live.page.click("#stop")
    live.until("document.getElementById('status').textContent", "Stopped. Change the code if you like, and press Run.")


def link(live, code):
    """The address that the page has for this code."""
    live.page.evaluate("code => remember(code)", code)
    live.until("location.hash.startsWith('#code=')")
    return live.page.evaluate("location.hash")


def test_code_of_a_link_is_shown_and_runs_only_when_the_reader_wants_it(live, browsing, file):
    code = 'print("it has run")\nJ = Value(2.0) * 3  # ∂ 😀\n'
    other = browsing(file.as_uri() + link(live, code))
    other.until("document.getElementById('progress').hidden && known.length > 0")
    assert other.page.evaluate("editor.text()") == code
    assert other.page.is_visible("#link-note")
    other.page.click(".cm-content")
    other.page.keyboard.press("Control+End")
    other.page.keyboard.type("# edited")
    time.sleep(0.8)
    assert other.page.evaluate("[runs, running, document.getElementById('printed').textContent]") == [0, False, ""]
    other.page.click("#run-link")
    assert other.settled().startswith("J: done")
    assert other.printed() == "it has run\n"
    assert not other.page.is_visible("#link-note")
    # And so does code of a link that is opened in the same page.
    before = other.page.evaluate("runs")
    other.page.evaluate("link => { location.hash = link; }", link(live, "J = Value(3.0) * 4"))
    other.until("editor.text()", "J = Value(3.0) * 4")
    time.sleep(0.8)
    assert other.page.evaluate("[runs, may]") == [before, False]
    assert other.messages == []


def test_broken_and_long_links(live, browsing, file, neuron):
    for broken in ("#code=abc", "#code=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "#code=", "#code=" + "A" * 5000):
        other = browsing(file.as_uri() + broken)
        other.until("typeof editor === 'object' && editor !== null")
        assert other.page.evaluate("editor.text()") in (neuron, "")
        assert other.page.is_visible("#link-note")
        assert other.page.evaluate("may") is False
        assert other.messages == []
        other.context.close()
    bomb = "x = 1\n" * 1_000_000
    packed = live.page.evaluate("code => packed(code)", bomb)
    assert live.page.evaluate("link => unpacked(link).catch((error) => error.message)", packed) == "too long"
    live.page.evaluate("remember(Array.from({ length: 20000 }, () => Math.random()).join(' '))")
    live.until("document.getElementById('long').hidden", False)
    assert live.page.evaluate("location.hash") == ""


@pytest.mark.parametrize("odd", ODD)
def test_what_users_type_is_text(live, odd):
    elements = "document.querySelectorAll('img, script, iframe, svg').length"
    before = live.page.evaluate(elements)
    name = json.dumps(odd, ensure_ascii=False)
    live.write(f"print({name})\nw = Value(0.5, name={name})\nJ = (w * 3).named({name})\nJ")
    assert live.printed() == f"{odd}\n"
    assert odd in live.status
    for tab in ("inverse", "gradients", "listing", "player"):
        live.page.click(f"#tab-{tab}")
        live.until(f"(shown['{tab}'] ?? '').startsWith(runs + ' ')")
    assert live.page.evaluate(elements) <= before + 2  # another picture, and the frame of the player
    live.page.click("#tab-picture")
    live.write(f"raise ValueError({name})")
    assert live.page.text_content("#error-text") == odd
    assert live.page.evaluate(elements) <= before + 2
    live.page.click("#save")
    with live.page.expect_download() as download:
        live.page.click("#save-picture")
    assert re.fullmatch(r"[\w.]+", download.value.suggested_filename)


def test_without_storage(browsing, file):
    denied = """
        for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
            Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
        Object.defineProperty(document, "cookie", { get() { throw new DOMException("denied", "SecurityError"); } });
    """
    live = browsing(file.as_uri(), denied)
    assert live.settled().startswith("J: done in")
    assert live.messages == []


def test_paper_has_the_code_and_the_picture(live, neuron):
    live.page.emulate_media(media="print")
    assert live.page.is_visible("#paper")
    assert live.page.text_content("#paper") == neuron
    assert live.page.is_visible("#panel-picture img")
    assert not live.page.is_visible("#run")
    assert not live.page.is_visible("#tabs")
    live.page.emulate_media(media="null")


def test_an_edit_does_not_wait(live, neuron):
    """The figures stand in the documentation; this one is for machines that do other things as well."""
    times = []
    for i in range(5):
        status = live.write(neuron.replace("0.7", f"0.{i + 1}"))
        times.append(int(re.search(r"(\d+) ms", status)[1]))
    assert sorted(times)[2] <= 1500, times


@pytest.mark.long
def test_a_thousand_edits_leave_memory_flat(browsing, file, neuron):
    live = browsing(file.as_uri())
    live.settled()
    session = live.context.new_cdp_session(live.page)
    session.send("HeapProfiler.enable")

    def size(edits):
        for i in edits:
            live.page.evaluate("code => { editor.write(code); return run(); }",
                               neuron.replace("0.7", f"0.{i}"))  # fmt: skip
        session.send("HeapProfiler.collectGarbage")
        objects = live.write("import gc\ngc.collect()\nprint(len(gc.get_objects()))")
        assert objects.startswith("Nothing to draw")
        return SimpleNamespace(
            objects=int(live.printed()),
            heap=live.page.evaluate("performance.memory.usedJSHeapSize"),
            nodes=live.page.evaluate("document.querySelectorAll('*').length"),
        )

    before, after = size(range(1, 101)), size(range(101, 1001))
    assert after.heap <= 1.2 * before.heap + 3_000_000, (before, after)
    assert after.objects <= before.objects + 1000
    assert after.nodes <= before.nodes + 50
    assert live.messages == []

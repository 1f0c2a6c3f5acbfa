"""Figures in a real browser: alone, ten on a page, and in a notebook that was converted."""

from functools import cache

import pytest

from inversa import viz
from inversa.autograd import Tensor, Value, tanh
from inversa.nn import MLP

ODD = ["a|b", "{x}", "<b>", '"q"', "]]>", "</script>", "&amp;", "😀", "שלום", "مرحبا", "w  1"]


def odd():
    total = Value(0.0, name="start")
    for name in ODD[:6]:
        total = (total + Value(1.0, name=name) * 2).named(f"{name}'")
    return total


def arrays():
    x = Tensor([[1.0, 2.0], [0.0, -1.0]], name="x")
    w = Tensor([[0.1, 0.2], [0.3, -0.4]], requires_grad=True, name="w")
    return tanh(x @ w).mean().named("J")


@cache
def drawn(kind, **options):
    """A figure, which is made once for all tests."""
    small = (MLP([2, 2, 1], activation="tanh", seed=0), [0.5, -1.0], 1.0)
    large = (MLP([2, 3, 3, 1], activation="tanh", seed=0), [0.5, -1.0], 1.0)
    model, x, y = small if kind == "neurons" else large
    if kind in ("odd", "arrays"):
        return viz.draw({"odd": odd, "arrays": arrays}[kind](), **options)
    detail = "op" if kind == "operations" else "auto"
    if kind == "operations":
        model, x, y = small[0].neurons(), x, y
    return viz.draw(model, x, y, loss="mse", detail=detail, **options)


KINDS = ["neurons", "circles", "operations", "odd", "arrays"]


@pytest.mark.parametrize("width", [390, 1024, 1920])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_with_one_figure(open_page, check, kind, width):
    figure = drawn(kind, view="both", lang="es" if width == 390 else "en")
    page = open_page(figure.html(), width=width, dark=width == 1024)
    check.layout(page)
    if width == 1024:
        check.access(page)


def test_ten_figures_on_a_page_do_not_meddle(open_page):
    figures = [drawn(kind, view=view) for kind in KINDS for view in ("forward", "inverse")]
    body = "\n".join(f"<div>{figure.svg()}</div>" for figure in figures)
    page = open_page(f'<!DOCTYPE html><html lang="en"><title>ten</title><body>{body}</body></html>')
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )
    look = (
        "s => [...s.querySelectorAll('rect,circle,path,text')].map(e => getComputedStyle(e))"
        ".map(e => [e.fill, e.stroke, e.fontFamily].join())"
    )
    together = page.eval_on_selector_all("body > div > svg", f"all => all.map({look})")
    assert len(together) == 10
    alone = open_page('<!DOCTYPE html><html lang="en"><title>one</title></html>')
    for figure, shown in zip(figures, together, strict=True):
        alone.set_content(f'<!DOCTYPE html><html lang="en"><title>one</title><body>{figure.svg()}</body></html>')
        assert alone.eval_on_selector_all("svg", f"all => all.map({look})") == [shown]


def test_dark_colours_follow_the_system(open_page):
    figure = drawn("neurons")
    found = set()
    for dark in (False, True):
        page = open_page(figure.html(), dark=dark)
        found.add(page.eval_on_selector("svg rect.f-paper", "r => getComputedStyle(r).fill"))
    assert len(found) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
def test_a_converted_notebook_still_shows_everything(browser, open_page, tmp_path):
    nbclient, nbconvert, nbformat = (pytest.importorskip(name) for name in ("nbclient", "nbconvert", "nbformat"))
    cells = [
        "from inversa import viz\nfrom inversa.nn import MLP\nmodel = MLP([2, 2, 1], activation='tanh', seed=0)",
        "viz.draw(model, [0.5, -1.0], 1.0, loss='mse')",
        "viz.draw(model, [0.5, -1.0], 1.0, loss='mse', view='inverse')",
        "viz.player(model, [0.5, -1.0], 1.0, loss='mse')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    exporter = nbconvert.HTMLExporter(template_name="basic")  # without the page around it, which asks for MathJax
    body, _ = exporter.from_notebook_node(notebook)
    page = open_page(f'<!DOCTYPE html><html lang="en"><title>notebook</title><body>{body}</body></html>', height=2000)
    page.frames[1].wait_for_selector("#count")
    assert page.frames[1].inner_text("#count") == "1 / 34"
    pictures = page.query_selector_all("svg[role=img], img[src^='data:image/svg']")
    assert len(pictures) >= 3
    context = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    path = tmp_path / "still.html"
    path.write_text(body, encoding="utf-8")
    still.goto(path.as_uri())
    assert still.frames[1].is_visible("#one svg")
    context.close()


@cache
def fitted(kind):
    """A figure for a notebook, the same for phones, and the image that holds both."""
    figure = drawn(kind, view="both").fitted(860, quiet=True)
    return figure, figure.fitted(358, quiet=True), figure._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [390, 700, 1366])
def test_an_image_in_a_notebook_fits_the_window(open_page, kind, window):
    figure, narrow, html = fitted(kind)
    page = open_page(f'<body style="margin:16px"><div style="overflow-x:auto">{html}</div>', width=window)
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth")
    shown, natural = page.evaluate("[document.images[0].width, document.images[0].naturalWidth]")
    form = narrow if window <= 600 else figure
    assert natural == pytest.approx(form.width, abs=1)
    assert round(form.least) <= shown <= max(window - 32, round(form.least))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

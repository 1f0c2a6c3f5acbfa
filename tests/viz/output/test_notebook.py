"""What notebooks show, and what becomes of it in pages and papers that are made from them."""

import base64
import re
import sys
import xml.etree.ElementTree as ET
from html import unescape

import pytest

from inversa import viz
from inversa.autograd import Value


@pytest.fixture(params=["figure", "player", "node"])
def shown(request, lecture):
    """Something that shows a picture."""
    makes = {"figure": lambda: viz.draw(lecture), "player": lambda: viz.player(lecture), "node": lambda: lecture}
    return makes[request.param]()


def notebook(shown):
    v4 = pytest.importorskip("nbformat.v4")  # slow to import, and every process of a test run reads this file
    output = v4.new_output("display_data", data=shown._repr_mimebundle_())
    return v4.new_notebook(cells=[v4.new_code_cell("show", outputs=[output])])


def test_the_picture_is_an_image_that_needs_no_trust(shown):
    html = shown._repr_mimebundle_()["text/html"]
    source = re.search(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)">', html)[1]
    assert ET.fromstring(base64.b64decode(source)).tag.endswith("svg")
    assert "<svg" not in html
    assert "<script" not in html


def test_a_figure_is_shown_in_every_format(lecture):
    figure = viz.draw(lecture, view="both")
    bundle = figure._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "application/pdf", "text/plain"]
    assert bundle["image/svg+xml"] == figure.svg()
    assert base64.b64decode(bundle["application/pdf"]) == figure.pdf()
    assert f",{round(0.9 * figure.width)}px)" in bundle["text/html"]


def test_a_narrow_window_is_shown_a_narrow_form(lecture):
    figure = viz.draw(lecture, view="both")
    html = figure._repr_mimebundle_()["text/html"]
    source = re.search(r'<source media="\(max-width:600px\)" srcset="data:image/svg\+xml;base64,([^"]+)">', html)[1]
    narrow = figure.fitted(358, quiet=True)
    assert base64.b64decode(source).decode() == narrow.svg()
    assert narrow.width < 0.5 * figure.width
    again = narrow._repr_mimebundle_()["text/html"]
    assert "<source" not in again
    assert f"min-width:{round(narrow.least)}px" in again


def test_alt_texts_survive_whatever_is_in_them(build):
    figure = viz.draw(build["odd_network"]())
    html = figure._repr_mimebundle_()["text/html"]
    assert unescape(re.search(r'alt="([^"]*)"', html)[1]) == figure.alt_text()
    assert re.findall(r"<(\w+)", html) == ["picture", "source", "img"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of nbconvert's own libraries
def test_a_page_made_from_a_notebook_describes_the_picture(shown, lecture, caplog):
    exporters = pytest.importorskip("nbconvert.exporters")
    page, _ = exporters.HTMLExporter().from_notebook_node(notebook(shown))
    described = [text for text in re.findall(r'<img alt="([^"]*)"', page) if "J" in text]
    assert len(described) == 1
    assert "Alternative text is missing" not in caplog.text
    assert "No description" not in page


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_paper_made_from_a_notebook_has_the_picture_without_inkscape(shown, tmp_path, monkeypatch):
    exporters = pytest.importorskip("nbconvert.exporters")
    monkeypatch.setenv("PATH", str(tmp_path))
    paper, resources = exporters.LatexExporter().from_notebook_node(notebook(shown))
    pictures = [name for name in resources["outputs"] if name.endswith(".pdf")]
    assert len(pictures) == 1
    assert resources["outputs"][pictures[0]].startswith(b"%PDF")
    assert f"{{{pictures[0]}}}" in paper


def test_without_typst_only_the_pdf_is_missing(lecture, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    assert list(viz.draw(lecture)._repr_mimebundle_()) == ["text/html", "image/svg+xml", "text/plain"]
    assert list(viz.player(lecture)._repr_mimebundle_()) == ["text/html", "text/plain"]


def test_where_no_pdf_can_be_made_the_rest_is_shown(monkeypatch):
    x = Value(2.0, name="x")
    figure = viz.draw(x * x)

    def forked(_):
        raise RuntimeError("a process forked after a PDF was made cannot make one")

    monkeypatch.setattr(type(figure), "pdf", forked)
    assert list(figure._repr_mimebundle_()) == ["text/html", "image/svg+xml", "text/plain"]

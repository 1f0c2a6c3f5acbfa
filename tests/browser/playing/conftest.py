"""The scripts of the playground that compute, in a page without anything to be seen."""

import json
from importlib.resources import files

import pytest

from inversa.viz.pages.page import page, source
from inversa.viz.playing.templates import templates

SCRIPTS = ("arrays.js", "chance.js", "datasets.js", "config.js", "model.js", "editing.js", "exports.js")
PRELUDE = """
const asLists = ({rows, columns, data}) =>
  Array.from({length: rows}, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);
const asMatrix = (rows) => matrix(rows.length, rows[0].length, Float64Array.from(rows.flat()));
const templates = JSON.parse(document.getElementById("data").textContent);
"""


def script():
    web = files("inversa.viz.playing").joinpath("web")
    return "\n".join([source("engine.js"), *(web.joinpath(name).read_text("utf-8") for name in SCRIPTS), PRELUDE])


@pytest.fixture
def run(open_page):
    """Call a function of JavaScript, of the templates and of what is given, and return what it returns."""
    opened = open_page(page("engine", "en", "auto", "", "<main></main>", script(), templates()))

    def call(function, given):
        text = f"(text) => JSON.stringify(({function})(templates, JSON.parse(text)))"
        return json.loads(opened.evaluate(text, json.dumps(given)))

    return call

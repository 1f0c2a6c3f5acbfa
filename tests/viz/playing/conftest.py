"""The scripts of the playground, run under Node where it is installed, else in the browser."""

import json
import shutil
import subprocess
from importlib.resources import files

import pytest

from inversa.viz.pages.page import as_json, page
from inversa.viz.playing.templates import templates

SCRIPTS = ("arrays.js", "chance.js", "datasets.js", "config.js", "model.js", "editing.js", "exports.js")
PRELUDE = """
const asLists = ({rows, columns, data}) =>
  Array.from({length: rows}, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);
const asMatrix = (rows) => matrix(rows.length, rows[0].length, Float64Array.from(rows.flat()));
"""


def script():
    web = files("inversa.viz")
    texts = [web.joinpath("pages", "web", "engine.js"), *(web.joinpath("playing", "web", name) for name in SCRIPTS)]
    return "\n".join([*(text.read_text("utf-8") for text in texts), PRELUDE])


@pytest.fixture(scope="session")
def under_node(tmp_path_factory):
    """Whether Node is there, and a folder for what it runs."""
    return tmp_path_factory.mktemp("node") if shutil.which("node") else None


@pytest.fixture
def run(under_node, request):
    """Call a function of JavaScript, of the templates and of what is given, and return what it returns."""

    def call(function, given):
        if under_node is None:
            opened = request.getfixturevalue("open_page")(
                page("engine", "en", "auto", "", "<main></main>", script(), {})
            )
            return opened.evaluate(f"([templates, given]) => ({function})(templates, given)", [templates(), given])
        path = under_node / "run.js"
        text = f"{script()}\nconsole.log(JSON.stringify(({function})({as_json(templates())}, {as_json(given)})));"
        path.write_text(text, "utf-8")
        done = subprocess.run(["node", path], capture_output=True, text=True, timeout=60)
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)

    return call

"""The documentation site: pages in MyST, notebooks as they were run, the reference from the docstrings.

`make docs` builds it. Nothing is fetched, neither then nor when a page is read: no inventories of other projects, no
fonts or scripts from elsewhere, and no MathJax, for formulas are Unicode.
"""

from __future__ import annotations

import gc
import re
import sys
from html import unescape
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # for what stands beside this file

import abilities  # noqa: E402
import docstrings  # noqa: E402
import files  # noqa: E402
import layers  # noqa: E402
import links  # noqa: E402
import notebooks  # noqa: E402
import numpy_functions  # noqa: E402
import onnx_operators  # noqa: E402
import operations  # noqa: E402
import other_arrays  # noqa: E402
import pictures  # noqa: E402
import switch  # noqa: E402
import tensors  # noqa: E402

import live  # noqa: E402

project = "Inversa"
project_copyright = "The Inversa authors"
version = release = version_of("inversa")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["generated", "live"]  # what is there is included by pages
nitpicky = True  # a name that leads nowhere is a warning, and warnings are errors
nitpick_ignore_regex = [("py:.*", r"(graphviz|matplotlib|numpy|random|sklearn)(\..*)?")]  # documented elsewhere

# Markdown and notebooks.
nb_execution_mode = "off"  # they are shown as they were run; a test runs them
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
myst_heading_slug_func = "links.anchor"
myst_url_schemes = {"http": None, "https": None, "site": "{{path}}"}  # site: a path in the built site, see links.py

# The reference.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say the types, in words
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False  # autodoc shows them
add_module_names = False
toc_object_entries_show_parents = "hide"

# The pages.
html_theme = "furo"
html_title = "Inversa"
html_static_path = ["style.css"]
pygments_dark_style = "github-dark"
html_css_files = ["style.css"]
LEAST = {"svg": 0.9, "png": 0.72}  # of their widths: letters of 10 pixels in pictures, of 12.5 in plots, have 9 then
CONTENTS: dict[tuple[Any, ...], str] = {}  # the contents beside source files, by folder and options
html_copy_source = html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def generate(app: Any) -> None:
    """Make what is not written by hand: it is included by the pages, or lies beside them in the built site."""
    made = {"layers.svg": layers.svg(layers.HOUSE)}
    made["tutorials.md"], made["tutorials_es.md"] = notebooks.copied()
    made |= {f"layers_{name.lower()}.svg": layers.svg(getattr(layers, name)) for name in ("COMPILING", "NN", "VIZ")}
    made |= {
        "operations.md": operations.table(),
        "onnx_operators.md": onnx_operators.table(),
        "operations.rst": operations.reference(),
        "abilities.md": abilities.table(),
        "arrays.md": other_arrays.page(),
        "numpy.md": numpy_functions.page(),
        "tensors.rst": tensors.tables(),
    }
    made |= {f"{kind}.html": html for kind, html in pictures.draw_galleries(Path(app.outdir)).items()}
    for name, content in made.items():
        files.write(HERE / "generated" / name, content)


def refine(app: Any, doctree: nodes.document) -> None:
    """Give pictures their width, a click that shows them in full size, and ours their descriptions.

    Remove the empty last line of examples, which only doctest needs.
    """
    for block in doctree.findall(nodes.literal_block):
        block.rawsource = block.rawsource.rstrip()
        block[:] = [nodes.Text(block.astext().rstrip())]
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir, image["uri"])
        picture = file.read_text("utf-8") if file.suffix == ".svg" else ""
        if found := re.search(r'<svg[^>]* width="(\d+)"', picture):
            image["width"] = f"{found[1]}px"  # Sphinx links an image with a width to its file
        if found := re.search(r"<desc[^>]*>(.*?)</desc>", picture, re.S):
            image["alt"] = unescape(found[1])
        if file.suffix == ".png":
            image["width"] = f"{image.get('width') or Image.open(file).width}px"
            image.attributes.pop("height", None)


def keep_readable(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let no picture become so narrow that its letters are too small: it scrolls."""

    def with_least(match: re.Match[str]) -> str:
        before, suffix, width = match.groups()
        return f"{before}min-width: {round(LEAST[suffix] * int(width))}px; width: {width}px"

    context["body"] = re.sub(r'(src="[^"]*\.(svg|png)" style=")width: (\d+)px', with_least, context.get("body", ""))


def share_contents(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Make the contents once for all source files of a folder: they stand in none, and one takes as long as a page."""
    if not page.startswith("_modules/"):
        return
    folder, make = page.rpartition("/")[0], context["toctree"]

    def shared(**options: Any) -> str:
        key = folder, *options.items()
        if key not in CONTENTS:
            CONTENTS[key] = make(**options)
        return CONTENTS[key]

    context["toctree"] = shared


def setup(app: Any) -> None:
    """Say when what is done; Sphinx calls this."""
    gc.freeze()  # modules, which stay
    gc.set_threshold(200_000, 50, 50)  # the trees of pages stay long: looking through them took a quarter of the time
    app.connect("builder-inited", generate)
    app.connect("include-read", links.rewrite_included)
    app.connect("autodoc-process-signature", docstrings.sign, priority=400)  # before numpydoc, the first answer counts
    app.connect("autodoc-skip-member", docstrings.skip)
    app.connect("doctree-read", refine)
    app.connect("html-page-context", keep_readable)
    app.connect("html-page-context", links.lead_back)
    app.connect("html-page-context", share_contents, priority=400)  # before the theme, which asks for the contents
    app.connect("html-page-context", switch.add, priority=900)  # after the theme, which makes the contents
    live.setup(app)
    app.connect("missing-reference", docstrings.resolve)
    app.connect("autodoc-process-docstring", docstrings.complete, priority=600)  # after numpydoc

"""The documentation site: pages in MyST, notebooks as they were run, the reference from the docstrings.

`make docs` builds it. Nothing is fetched, neither then nor when a page is read: no inventories of other projects, no
fonts or scripts from elsewhere, and no MathJax, for formulas are Unicode.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from docutils import nodes

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # for what stands beside this file

import docstrings  # noqa: E402
import files  # noqa: E402
import layers  # noqa: E402
import links  # noqa: E402
import notebooks  # noqa: E402
import operations  # noqa: E402
import pictures  # noqa: E402

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
exclude_patterns = ["generated"]  # what is there is included by pages
nitpicky = True  # a name that leads nowhere is a warning, and warnings are errors
nitpick_ignore_regex = [("py:.*", r"(graphviz|matplotlib|numpy|random|sklearn)(\..*)?")]  # documented elsewhere

# Markdown and notebooks.
nb_execution_mode = "off"  # they are shown as they were run; a test runs them
nb_mime_priority_overrides = [("html", "image/svg+xml", 20)]  # before HTML: a file, which a click shows in full size
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
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
html_copy_source = html_show_sourcelink = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def generate(app: Any) -> None:
    """Make what is not written by hand: it is included by the pages, or lies beside them in the built site."""
    made = {"tutorials.md": notebooks.copied(), "layers.svg": layers.svg()}
    made |= {"operations.md": operations.table(), "operations.rst": operations.reference()}
    made |= {f"{kind}.html": html for kind, html in pictures.drawn(Path(app.outdir, "gallery")).items()}
    for name, content in made.items():
        files.write(HERE / "generated" / name, content)


def refine(app: Any, doctree: nodes.document) -> None:
    """Give our pictures their descriptions, for those who cannot see them, and a click that shows them in full size.

    Examples lose the empty line at their end, with which doctest is told that they end.
    """
    for block in doctree.findall(nodes.literal_block):
        block.rawsource = block.rawsource.rstrip()
        block[:] = [nodes.Text(block.astext().rstrip())]
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir, image["uri"])
        picture = file.read_text("utf-8") if file.suffix == ".svg" else ""
        if found := re.search(r'<svg[^>]* width="(\d+)".*?<desc[^>]*>(.*?)</desc>', picture, re.S):
            image["width"] = f"{found[1]}px"  # Sphinx links an image with a width to its file
            image["alt"] = unescape(found[2])


def setup(app: Any) -> None:
    """Say when what is done; Sphinx calls this."""
    app.connect("builder-inited", generate)
    app.connect("include-read", links.rewrite_included)
    app.connect("autodoc-process-signature", docstrings.sign, priority=400)  # before numpydoc, the first answer counts
    app.connect("autodoc-skip-member", docstrings.skip)
    app.connect("doctree-read", refine)
    app.connect("missing-reference", docstrings.resolve)
    app.connect("autodoc-process-docstring", docstrings.complete, priority=600)  # after numpydoc

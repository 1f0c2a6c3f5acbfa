"""What a cell showed, in few words: a picture, a plot, or a text.

The wheel is built with this file alone, so it imports nothing of ours.
"""

from __future__ import annotations

import base64
import re
from typing import Any

_IMAGE = re.compile(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"')
_STYLE = re.compile(r"<style>.*?</style>\n?", re.DOTALL)  # all that it says is said by attributes, too


def slim(notebook: dict[str, Any], used: set[str]) -> dict[str, Any]:
    """A notebook with only what slides need: all prose and code, and what the used cells showed."""
    cells = []
    for cell in notebook["cells"]:
        kept = {key: cell[key] for key in ("id", "cell_type", "source")}
        if cell["cell_type"] == "code":
            kept["outputs"] = [shown(output) for output in cell["outputs"]] if cell["id"] in used else []
        cells.append(kept)
    return {"cells": cells}


def shown(output: dict[str, Any]) -> dict[str, Any]:
    r"""One output as ``{"svg": …}``, ``{"png": …}`` or ``{"text": …}``; one that is that already stays as it is.

    >>> shown({"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]})
    {'text': 'one\ntwo'}
    """
    if "output_type" not in output:
        return output
    data = {kind: "".join(content) for kind, content in output.get("data", {}).items()}
    if image := _IMAGE.search(data.get("text/html", "")):
        return {"svg": _STYLE.sub("", base64.b64decode(image[1]).decode("utf-8"))}
    if "image/png" in data:
        return {"png": "".join(data["image/png"].split())}
    return {"text": "".join(output.get("text", data.get("text/plain", ""))).rstrip()}

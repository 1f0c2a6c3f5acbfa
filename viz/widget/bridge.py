"""The widget that joins a page in a notebook and Python: numbers one way, changes the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from inversa.viz.widget.messages import Numbers


@cache
def widget_class() -> Any:
    """The class of the widget, made when it is first needed: anywidget is an extra.

    Raises
    ------
    ImportError
        When anywidget is missing; the message says what to install.
    """
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ImportError('live pictures need a package: pip install "inversa[widget]"') from error

    class LiveWidget(anywidget.AnyWidget):  # type: ignore[misc]  # which is not there for whoever does not want it
        """What a notebook's front end has of a live picture: its page, its title and the numbers of its leaves."""

        _esm = files("inversa.viz.widget").joinpath("web/bridge.js").read_text("utf-8")
        page = traitlets.Unicode().tag(sync=True)
        title = traitlets.Unicode().tag(sync=True)
        leaves = traitlets.List().tag(sync=True)

    return LiveWidget


def bridge(page: str, title: str, leaves: Numbers, change: Callable[[Any], None]) -> Any:
    """A widget that shows a page; every change that is wanted there is given to ``change``.

    The page hears whether a change was made, or why not, whatever ``change`` raises.
    """
    widget = widget_class()(page=page, title=title, leaves=leaves)

    def heard(_: Any, message: Any, buffers: Any) -> None:
        if not isinstance(message, dict) or message.get("kind") != "edit":
            return
        try:
            change(message.get("changes"))
        except Exception as error:
            widget.send({"kind": "refused", "id": message.get("id"), "why": str(error) or type(error).__name__})
            if not isinstance(error, ValueError | ArithmeticError):
                raise  # nobody is to blame who sits at the page: the notebook's log tells more
        else:
            widget.send({"kind": "made", "id": message.get("id")})

    widget.on_msg(heard)
    return widget


def _request() -> dict[str, Any]:
    """The message that a notebook has sent to have a cell run; empty where there is no notebook."""
    interactive = sys.modules.get("IPython")
    kernel = getattr(interactive and interactive.get_ipython(), "kernel", None)
    return (kernel.get_parent("shell") or {}) if kernel is not None else {}


def is_watched() -> bool:
    """Whether somebody may sit in front of a notebook; who runs one from end to end lets it ask nothing."""
    return bool(_request().get("content", {}).get("allow_stdin", True))


def cell_and_run() -> tuple[str, str]:
    """The cell that is run, where the notebook says so, and which of its runs it is."""
    request = _request()
    cell = request.get("metadata", {}).get("cellId")
    return (str(cell), str(request["header"]["msg_id"])) if cell else ("", "")

"""live_page: one file in which Python and this library run, with a program in its editor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, checks
from inversa.autograd.files import readable
from inversa.autograd.languages import Lang, language
from inversa.nn import Module
from inversa.nn.losses.names import Name as LossName
from inversa.viz.livepage.examples import EXAMPLES
from inversa.viz.livepage.examples import source as example
from inversa.viz.livepage.page import live_page_html
from inversa.viz.livepage.runtime import Runtime, find_runtime
from inversa.viz.livepage.writing import program_of
from inversa.viz.output.saving import save
from inversa.viz.picture.running import network_of, run

MAX_CODE = 100_000  # characters


def live_page(
    source: str | os.PathLike[str] | Node | Graph | InverseNetwork | Module | None = None,
    x: Any = None,
    y: Any = None,
    *,
    loss: LossName | Callable[..., Any] | None = None,
    lang: Lang | None = None,
    title: str = "",
    runtime: str | os.PathLike[str] | None = None,
) -> LivePage:
    """A page in which Python and this library run: code on the left, what it computes on the right.

    Whoever gets the file needs nothing else, no Python, no server, no network. They change the code, and see the
    network and its inverse, the player, the gradients and the listing; examples are there to choose from.

    Parameters
    ----------
    source : str, path, Value, Graph, InverseNetwork or Module, optional
        What stands in the editor: code, which is not run here; a Python file; or the program that computes a Value
        again, or a network's answer to a sample. By default the first example.
    x, y, loss : optional
        A sample and a target for a network, and what compares the two, as for `draw`.
    lang : {"en", "es"}, optional
        The language that the page begins with; by default what `set_language` chose.
    title : str
        What stands above it.
    runtime : path, optional
        The file with Python for browsers, from ``make live``; by default the one that is installed.

    Returns
    -------
    LivePage
        To `LivePage.render` to an HTML file of almost 10 MB.

    Raises
    ------
    RuntimeMissingError
        Where Python for browsers is not installed; the message says how to get it.
    ValueError
        For a damaged ``runtime``, for more than 100 000 characters of code or 500 nodes, and for a network without a
        sample or that is none of neurons.
    TypeError
        For Tensors and other things: there are single numbers only in a page.
    OSError
        For a file that cannot be read.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> page = viz.live_page((w * x).tanh().named("J"))  # doctest: +SKIP
    >>> print(page.code)  # doctest: +SKIP
    from inversa.autograd import Value, tanh
    <BLANKLINE>
    w = Value(0.5)
    x = Value(2.0)
    <BLANKLINE>
    J = tanh(w * x)
    <BLANKLINE>
    J.backward()
    <BLANKLINE>
    >>> page.render("neuron.html")  # doctest: +SKIP
    PosixPath('neuron.html')
    """
    lang = language(lang)
    code = _code(source, x, y, loss, lang)
    if len(code) > MAX_CODE:
        raise ValueError(f"a live page has room for {MAX_CODE} characters of code, not for {len(code)}")
    return LivePage(code, lang, title, find_runtime(runtime))


class LivePage:
    """What `live_page` returns.

    Attributes
    ----------
    code : str
        What stands in its editor.
    """

    def __init__(self, code: str, lang: Lang, title: str, runtime: Runtime) -> None:
        self.code = code
        self._lang, self._title, self._runtime = lang, title, runtime

    def html(self) -> str:
        """The page."""
        return live_page_html(self.code, self._runtime, self._lang, self._title)

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the page.

        Parameters
        ----------
        path : path-like
            Ending in .html. The file is replaced at once when it is complete, never left half-written.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        ValueError
            For another suffix.
        OSError
            When the path is a folder or cannot be written; the message says why.
        """
        return save(path, {".html": self.html})

    def __repr__(self) -> str:
        return f"<LivePage: {len(self.code.splitlines())} lines of code; render('page.html') saves it>"


def _code(source: Any, x: Any, y: Any, loss: Any, lang: Lang) -> str:
    model = network_of(source)
    if isinstance(model, Module):
        if x is None:
            raise ValueError(
                "a live page shows a network's answer: give it a sample, live_page(model, x, y, loss='mse')"
            )
        return program_of(*run(source, x, y, loss, "neuron").outputs)
    if any(given is not None for given in (x, y, loss)):
        raise TypeError(
            "x, y and loss go with a network: a node has been computed already, and code computes for itself"
        )
    match source:
        case None:
            return example(EXAMPLES[0], lang)
        case InverseNetwork():
            return program_of(*source.graph.outputs)
        case Graph():
            return program_of(*source.outputs)
        case Node():
            return program_of(source)
        case str() if not source.strip().endswith(".py") or "\n" in source.strip():
            return source
        case str() | os.PathLike():
            return _read(source)
    wanted = "code, the path of a Python file, a Value or a network"
    raise checks.wrong("source", wanted, source, "'x = Value(2.0)'", TypeError)


def _read(path: str | os.PathLike[str]) -> str:
    found = readable(path)
    try:
        return found.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{str(found)!r} is no text in UTF-8") from None

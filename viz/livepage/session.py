"""A session: what a page asks of its Python. All that goes in and out can be written as JSON.

The last run that gave something to show is kept, and nothing older: whatever is shown or saved is made from it when it
is asked for. A run that fails leaves it as it was.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from inversa.autograd import checks
from inversa.autograd.languages import language, set_language, texts
from inversa.autograd.languages._language import Texts
from inversa.viz.drawing.composition import set_width
from inversa.viz.lettering.numbers import count
from inversa.viz.livepage import completion, running, saving, showing
from inversa.viz.livepage.choosing import Subject, subject
from inversa.viz.livepage.failing import failure
from inversa.viz.livepage.printing import MAX_PRINTED, Printed
from inversa.viz.livepage.restoring import Original


@dataclass
class _Shown:
    """What is shown: something among the variables of the last run that did not fail."""

    subject: Subject
    variables: dict[str, Any]


_shown = _Shown(Subject(), {})
_code = ""  # of the last run
# Only in a page: elsewhere others may have changed the library, by an operation of their own for instance.
_original = Original() if sys.platform == "emscripten" else None
_kept: dict[str, Any] = {}  # the variables of runs that keep them


def run(code: str, lang: str, keep: bool = False) -> dict[str, Any]:
    r"""Run code, and find what there is to show.

    Parameters
    ----------
    code : str
        Python, the reader's own. The names of `running.usual_names` are there already.
    lang : str
        The language of what it says.
    keep : bool
        Whether it goes on with the variables of the runs before that kept them, as the blocks of a text do.

    Returns
    -------
    dict
        "printed", a text; "error", None or a dict of its "line" (or None), "type", "text" and "trace"; "name" and
        "kind" ("value", "network" or "none") of what is shown from now on; and "ran", for how many milliseconds.

    Examples
    --------
    >>> from inversa.viz.livepage import session
    >>> found = session.run("w = Value(0.5)\nprint('hello')\nJ = (w * 3)**2", "en")
    >>> found["printed"], found["error"], found["name"], found["kind"]
    ('hello\n', None, 'J', 'value')
    >>> session.run("w = Value(0.5)\nw.bakcward()", "en")["error"]["line"]
    2
    """
    global _shown, _code
    if _original is not None and not keep:
        _original.restore()
    said = texts(language(lang)).live
    set_language(language(lang))
    set_width(None)
    _code = code
    if keep and not _kept:
        _kept.update(running.fresh_namespace())
    ran = running.run(code, _kept if keep else None)
    try:
        found = None if ran.error else subject(ran)
    except Exception as error:  # of what the code has made of our classes
        ran.error = error
    told = None if ran.error is None else failure(ran.error, said)._asdict()
    if told is None and found is not None:
        _forget(_shown.variables)
        _shown = _Shown(found, ran.namespace)
    else:
        ran.error = None  # its frames hold all that was computed
        _forget(ran.namespace)
    shown = Subject() if told else _shown.subject
    return {
        "printed": _printed(ran.printed, said),
        "error": told,
        "name": shown.name,
        "kind": shown.kind,
        "ran": round(1000 * ran.seconds, 3),
    }


def show(tab: str, lang: str, width: float | None = None, height: float | None = None) -> dict[str, Any]:
    """What a tab holds, made from the last run that did not fail.

    Parameters
    ----------
    tab : {"picture", "inverse", "player", "gradients", "listing"}
    lang : str
    width, height : float, optional
        The room for a picture, in pixels: it has the form that is largest there.

    Returns
    -------
    dict
        As `showing.shown` gives it; or with an "error", as that of `run`, where it cannot be made.
    """
    checks.choice("tab", tab, get_args(showing.Tab))
    room = None if width is None or height is None else (width, height)
    return _made(lambda: showing.shown(_shown.subject, tab, language(lang), room), lang)  # type: ignore[arg-type]


def save(what: str, lang: str) -> dict[str, Any]:
    """A file of the last run that did not fail.

    Parameters
    ----------
    what : {"picture", "player", "handout", "python"}
    lang : str

    Returns
    -------
    dict
        "name", "type" (as in mail) and "text"; or an "error", as that of `run`, where it cannot be made.
    """
    checks.choice("what", what, get_args(saving.What))
    if what == "python":  # also where there is nothing to show
        return saving.python(_code)
    return _made(lambda: saving.saved(what, _shown.subject, language(lang)), lang)


def names(lang: str) -> list[dict[str, str]]:
    """Names to complete code with: a "label", a "type" and an "info" each."""
    language(lang)
    return completion.names(_shown.variables)


def _forget(variables: dict[str, Any]) -> None:
    if variables is not _kept:
        variables.clear()  # a function and its variables hold one another


def _made(make: Callable[[], dict[str, Any]], lang: str) -> dict[str, Any]:
    said = texts(language(lang)).live
    if _shown.subject.kind == "none":
        return {"error": {"line": None, "type": "", "text": said["nothing"], "trace": ""}}
    try:
        with warnings.catch_warnings(action="ignore"):  # there is nobody to tell
            return make()
    except Exception as error:
        return {"error": failure(error, said)._asdict()}


def _printed(printed: Printed, said: Texts) -> str:
    note = "" if printed.whole else f"\n{said['cut'].format(n=count(MAX_PRINTED))}\n"
    return f"{printed.text}{note}"

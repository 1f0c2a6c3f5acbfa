"""The progress bar: tqdm's, in terminals and notebooks."""

from __future__ import annotations

import sys
import warnings
from typing import Any


def progress_bar(total: int | None, wanted: bool | None) -> Any:
    """A bar on stderr that counts steps; one that does nothing when tqdm is not installed.

    Parameters
    ----------
    total : int or None
        The number of steps, if it is known.
    wanted : bool or None
        None shows it in a terminal and in a notebook only, not in files and pipes.
    """
    if sys.stderr is None or sys.stderr.closed:
        return _NoBar()
    if wanted is None:
        wanted = _is_notebook() or sys.stderr.isatty()
    if not wanted:
        return _NoBar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tqdm's, that a notebook without ipywidgets gets a bar of text
            from tqdm.auto import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, unit="step", file=sys.stderr, dynamic_ncols=True)


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and type(ipython.get_ipython()).__name__ == "ZMQInteractiveShell"


class _NoBar:
    def update(self) -> None:
        pass

    def set_description(self, text: str, refresh: bool = True) -> None:
        pass

    def set_postfix(self, refresh: bool = True, **numbers: str) -> None:
        pass

    def close(self) -> None:
        pass

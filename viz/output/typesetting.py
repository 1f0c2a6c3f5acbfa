"""Pages set by Typst as PDF, with our own faces."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.resources import as_file, files

from inversa.viz.lettering import measure
from inversa.viz.output.raster import optional

_process: list[int] = []  # the process that made the first PDF: typst's threads live there, and in no fork of it


def typeset(program: str, inputs: Mapping[str, str]) -> bytes:
    """A program of Typst and the texts that it reads as ``sys.inputs``, as PDF.

    Raises
    ------
    ImportError
        Without the package that does it; the message says what to install.
    RuntimeError
        In a process forked from one that had made a PDF, where it would wait for ever.
    """
    typst = optional("typst", "pdf")
    if _process and _process[0] != os.getpid():
        raise RuntimeError(
            "a process forked after a PDF was made cannot make one: use the 'spawn' start method, or svg/png"
        )
    with as_file(files("inversa.viz.lettering").joinpath("fonts")) as folder:
        _process[:] = [os.getpid()]
        return bytes(
            typst.compile(
                program.encode(),
                sys_inputs=dict(inputs),
                font_paths=[str(folder)],
                ignore_system_fonts=all(map(measure.covered, inputs.values())),
            )
        )

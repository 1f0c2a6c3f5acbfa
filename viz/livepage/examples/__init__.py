"""Short programs to begin with, a file each: their code is shown in a page, and read as a lecture.

The files of a folder are the same programs as those of the others, with comments in its language.
"""

from __future__ import annotations

from importlib.resources import files

from inversa.autograd import checks

EXAMPLES = "neuron", "misprint", "xor", "two_inputs", "residual", "recurrent", "attention"


def source(name: str, lang: str = "en") -> str:
    """The code of an example; in English where there is none in the language.

    Raises
    ------
    ValueError
        For a name that is none of `EXAMPLES`.

    Examples
    --------
    >>> from inversa.viz.livepage.examples import source
    >>> source("neuron").splitlines()[2]
    'from inversa.autograd import Value, sigmoid'
    """
    checks.choice("name", name, EXAMPLES)
    folder = files(__name__)
    path = folder.joinpath(lang, f"{name}.py")
    return (path if path.is_file() else folder.joinpath("en", f"{name}.py")).read_text("utf-8")

"""Examiner: engines that students write, examined by small programs; where one departs, the mistake is named.

`probes` lists the `programs`, from single operations to graphs drawn by chance. `process` runs them with a student's
file in `child`, a program of its own. `evidence` compares the answers with ours. `causes` tells from that the mistakes,
each a `fault`: first those of the engine as a `whole`, then those of `single` operations, then those of the `walk`
through the graph. `examination` keeps all this; `sentences`, `departure` and `report` write and draw it, and `plugin`
makes tests of it for pytest.
"""

from __future__ import annotations

import os

from inversa.viz.examiner.evidence import Outcome
from inversa.viz.examiner.examination import Examination, ExaminerError, Remark, examined
from inversa.viz.examiner.fault import Fault
from inversa.viz.examiner.process import Limits

__all__ = ["Examination", "ExaminerError", "Fault", "Limits", "Outcome", "Remark", "examine"]


def examine(
    engine: str | os.PathLike[str],
    *,
    data: str | None = None,
    grad: str | None = None,
    backward: str | None = None,
    zero: str | None = None,
    limits: Limits | None = None,
) -> Examination:
    """Examine an engine for scalars that a student has written, and name its mistakes.

    The engine runs small programs: every operation alone, chains, branching points, a second backward pass, graphs
    drawn by chance. Their numbers are compared with ours; how it builds its graphs does not matter.

    The file runs in a process of its own, with limits. This is for accidents, such as endless loops, huge lists and
    ``sys.exit``. It is no sandbox: what the file does on purpose, such as deleting other files, is not prevented.

    Parameters
    ----------
    engine : str or path
        The file and the class of its nodes: ``"engine.py:Value"``, or ``"package.module:Value"`` for a module in the
        current folder. Where there is but one class, or one with a usual name, the file is enough. A file in a folder
        with an ``__init__.py`` is imported as a part of this package.
    data, grad, backward, zero : str, optional
        What the engine calls the number of a node, its gradient, the backward pass, and what sets gradients to zero.
        The last two may be methods, or functions of the file, also in an object (``"tape.backward"``). What is not
        given is guessed; see the ``names`` of the result.
    limits : Limits, optional
        Of time, memory and files.

    Returns
    -------
    Examination

    Raises
    ------
    ExaminerError
        For a file that cannot be used: it fails when it is read, has no such class, or names that are not found.
    FileNotFoundError, OSError
        When there is no such file, or it cannot be read.
    ValueError
        For a file that is no Python file, or a name that cannot be one.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from inversa.viz.examiner import examine
    >>> code = '''
    ... class Value:
    ...     def __init__(self, data, parents=()):
    ...         self.data, self.grad, self.parents = data, 0.0, parents
    ...
    ...     def __add__(self, other):
    ...         return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))
    ...
    ...     def __mul__(self, other):
    ...         return Value(self.data * other.data, ((self, other.data), (other, self.data)))
    ...
    ...     def backward(self, g=1.0):
    ...         self.grad = g
    ...         for parent, slope in self.parents:
    ...             parent.backward(g * slope)
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "engine.py"
    ...     _ = path.write_text(code)
    ...     examination = examine(path)
    >>> examination.faults[0].cause
    'overwrite'
    >>> print(examination.report().splitlines()[5])
    1. = for += in every operation
    >>> examination.figure()
    <Figure forward of f: 6 boxes, 6 arrows>
    """
    return examined(engine, {"data": data, "grad": grad, "backward": backward, "zero": zero}, limits)


def __dir__() -> list[str]:
    return __all__

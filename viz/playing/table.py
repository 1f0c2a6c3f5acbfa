"""Tables of points: from arrays, and from files of comma-separated values."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from inversa.autograd import checks
from inversa.autograd.files import readable
from inversa.autograd.lazy import np
from inversa.autograd.printing import printable

MOST_POINTS, MOST_CLASSES = 1000, 10  # as in web/setup.js
FAR = 1e9  # so there, too: no number is greater
FEW = 5  # so many whole numbers in a file are classes
MOST_BYTES = 1_000_000
MISSING = re.compile("[-+]?(nan|inf|infinity)", re.IGNORECASE)  # as in web/table.js
WANTED = "one or two columns of numbers, and then the target"


class Table(TypedDict):
    """Points: of each its inputs and its target, the number of a class or a number."""

    inputs: int
    classes: list[str]  # none of a regression
    rows: list[list[float]]
    names: list[str]  # of the inputs


def table_of(x: Any, y: Any, names: Sequence[str] = (), regression: bool | None = None) -> Table:
    """Samples and their targets.

    Names and truth values are classes, and where there are two inputs up to ten whole numbers, too, unless it is said
    to be a ``regression``; other numbers are learnt as such.

    Raises
    ------
    ValueError
        For more than two inputs, 1 000 points or ten classes, for missing targets, and for what is no finite number.

    Examples
    --------
    >>> from inversa.viz.playing.table import table_of
    >>> table_of([[0.0, 1.0], [1.0, 0.5]], ["no", "yes"])["classes"]
    ['no', 'yes']
    """
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        raise ValueError("the playground takes real numbers, not complex ones")
    inputs = np.asarray(x, dtype=float)
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    targets = np.asarray(y)
    if inputs.ndim != 2 or inputs.shape[1] not in (1, 2):
        raise ValueError(f"the playground takes one or two inputs; x has the shape {inputs.shape}")
    if targets.size != len(inputs):
        raise ValueError(
            f"there is one target for each sample: x has {len(inputs)} samples, y the shape {targets.shape}"
        )
    if not 2 <= len(inputs) <= MOST_POINTS:
        raise ValueError(f"the playground takes from 2 to {MOST_POINTS} points, not {len(inputs)}")
    targets = targets.ravel()
    if targets.dtype.kind in "OUS":
        missing = next((k for k, target in enumerate(targets.tolist()) if target is None or target != target), None)
        if missing is not None:
            raise ValueError(f"y has no target for sample {missing}: leave out samples without one")
        targets = targets.astype(str)
    whole = targets.dtype.kind != "U" and bool(np.all(targets == np.round(targets)))
    whole &= len(np.unique(targets)) <= MOST_CLASSES
    are_classes = inputs.shape[1] == 2 and whole if regression is None else not regression
    if targets.dtype.kind in "bU" or are_classes:
        kinds, places = np.unique(targets, return_inverse=True)
        if not 2 <= len(kinds) <= MOST_CLASSES:
            raise ValueError(f"the playground takes from 2 to {MOST_CLASSES} classes, not {len(kinds)}")
        classes, column = [printable(str(kind)) for kind in kinds.tolist()], places.astype(float)
    else:
        classes, column = list[str](), targets.astype(float)
    rows = np.column_stack([inputs, column])
    if not np.isfinite(rows).all():
        raise ValueError("the playground takes finite numbers only: there is a nan or an infinity in x or y")
    if np.abs(rows).max() > FAR:
        raise ValueError(f"a number in x or y is beyond {FAR:g}: divide that column")
    return {"inputs": inputs.shape[1], "classes": classes, "rows": rows.tolist(), "names": [*map(printable, names)]}


def read_table(path: str | os.PathLike[str]) -> Table:
    """The points in a file: a row a line, with or without names in the first one.

    The last column is the target: names are classes, and so are few whole numbers where there are two inputs. Columns
    are set apart by commas, semicolons or tabulators; with the latter two, numbers may have decimal commas.

    Raises
    ------
    ValueError
        For what is no such table; the message names the line.
    OSError
        When there is no such file, or it cannot be read.
    """
    path = readable(path)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{checks.shown(str(path))} is larger than {MOST_BYTES:,} bytes: at most {MOST_POINTS} points")
    return _parsed(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{checks.shown(str(path))} is no text in UTF-8: save it as CSV in UTF-8") from None


def _parsed(text: str) -> Table:
    first = re.sub('"[^"]*"', "", text.lstrip().partition("\n")[0])
    separator = next((each for each in "\t;," if each in first), ",")
    lines = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if any(map(str.strip, row))]
    header = bool(rows) and all(_is_name(cell, separator) for cell in rows[0][1][:-1])
    names = rows.pop(0)[1][:-1] if header else []
    if len(rows) < 2:
        raise ValueError(f"there are {len(rows)} rows of points: at least two are needed, with {WANTED}")
    if len(rows) > MOST_POINTS:
        raise ValueError(f"there are {len(rows)} points: at most {MOST_POINTS} are taken")
    width = len(rows[0][1])
    if width not in (2, 3):
        raise ValueError(f"line {rows[0][0]} has {width} columns: needed are {WANTED}")
    for line, cells in rows:
        if len(cells) != width:
            raise ValueError(f"line {line} has {len(cells)} columns, and the first row has {width}")
        wrong = next((cell for cell in cells[:-1] if _number(cell, separator) is None), None)
        if wrong is not None:
            raise ValueError(f"line {line}: {checks.shown(wrong)} is no finite number")
        if not cells[-1]:
            raise ValueError(f"line {line} has no target")
        if MISSING.fullmatch(cells[-1]):
            raise ValueError(f"line {line}: {checks.shown(cells[-1])} is no finite number, nor the name of a class")
    x = [[_number(cell, separator) for cell in cells[:-1]] for _, cells in rows]
    numbers = [_number(cells[-1], separator) for _, cells in rows]
    if any(number is None for number in numbers):
        return table_of(x, [cells[-1] for _, cells in rows], names)
    few = len(set(numbers)) <= FEW and all(number == round(number) for number in numbers if number is not None)
    if width == 3 and few:
        return table_of(x, [int(number) for number in numbers if number is not None], names)
    return table_of(x, numbers, names, regression=True)


def _is_name(text: str, separator: str) -> bool:
    return _number(text, separator) is None and not MISSING.fullmatch(text)


def _number(text: str, separator: str) -> float | None:
    """The finite number that a cell holds, or None."""
    plain = text.replace("−", "-")
    plain = plain if separator == "," else plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in plain else None

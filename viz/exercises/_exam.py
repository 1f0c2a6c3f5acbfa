"""exam: sheets of several versions, their key, and the same questions for learning platforms."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Literal, get_args

from inversa.autograd import checks
from inversa.autograd.files import expanded, write_together
from inversa.autograd.languages import Lang, language
from inversa.viz.exercises._exercise import exercise
from inversa.viz.exercises.cells import Ask
from inversa.viz.exercises.exports import page, pdf
from inversa.viz.exercises.exports.gift import gift
from inversa.viz.exercises.exports.moodle import Picture, moodle
from inversa.viz.exercises.exports.paper import Paper
from inversa.viz.exercises.exports.questions import Question, questions
from inversa.viz.output.raster import few_colours

Format = Literal["pdf", "html", "moodle", "gift"]
FORMATS: tuple[Format, ...] = get_args(Format)
MOST = len(ascii_uppercase)  # versions
WIDTH = 700  # pixels of a picture in Moodle
ZOOM = 1.5  # pixels of the PNG to one of those
Contents = Iterator[tuple[str, str | bytes]]  # names of files, and what is in them


def exam(
    out: str | os.PathLike[str],
    *,
    network: str = "1-2-1",
    versions: int = 4,
    activation: str = "sigmoid",
    loss: str = "squared_error",
    ask: Ask = "gradients",
    alpha: float | None = None,
    decimals: int = 4,
    seed: int = 0,
    lang: Lang | None = None,
    formats: Iterable[Format] = FORMATS,
) -> list[Path]:
    """Write an exam: a sheet for every version, one key for all, and the questions for Moodle.

    Parameters
    ----------
    out : path-like
        The folder for the files; it is made if there is none. Those of an earlier exam are replaced when all new ones
        are on the disk, each key as the last of its sheets: one that is there has all of them.
    network : str
        The number of inputs, then of the neurons of every layer: ``"1-2-1"``.
    versions : int
        How many there are: A, B, and so on, up to 26. Their networks differ in the numbers.
    activation, loss, ask, alpha, decimals : optional
        As for `exercise`.
    seed : int
        Which numbers are drawn: version A has those of the exercise with this seed, B those of the next.
    lang : {"en", "es"}, optional
        English or Spanish; by default what `set_language` chose.
    formats : iterable of str
        "pdf": ``A.pdf``, ``B.pdf``, … and ``key.pdf``. "html": the same as pages. "moodle": ``moodle.xml``, a question
        for every number, with the picture, and what is said about each mistake. "gift": ``questions.gift``, the same
        as text.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        For a setting that is none of the choices.
    OSError
        When the folder cannot be written, or holds more versions of another exam; the message says which.
    ImportError
        When an optional package is missing; the message says what to install.

    Examples
    --------
    >>> import tempfile
    >>> from inversa import exercises
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in exercises.exam(folder, versions=2, formats=["html", "gift"])]
    ['A.html', 'B.html', 'key.html', 'questions.gift']
    """
    sizes = sizes_of(network)
    if checks.count("versions", versions, example="4") > MOST:
        raise checks.wrong("versions", f"a whole number from 1 to {MOST}", versions, "4")
    wanted = [checks.choice("format", each, FORMATS) for each in ([formats] if isinstance(formats, str) else formats)]
    lang = language(lang)
    settings: dict[str, Any] = {"sizes": sizes, "activation": activation, "loss": loss, "ask": ask, "alpha": alpha}
    papers = [
        Paper(letter, exercise(**settings, decimals=decimals, seed=k), lang)
        for k, letter in enumerate(ascii_uppercase[:versions], start=checks.count("seed", seed, at_least=0))
    ]
    category = papers[0].say("title", sizes=network)
    name = f"inversa-{network}-{activation}-{loss}-{decimals}-{seed}"
    contents: dict[str, Callable[[], Contents]] = {
        "pdf": lambda: _sheets(papers, ".pdf", pdf.sheet, pdf.key),
        "html": lambda: _sheets(papers, ".html", page.sheet, page.key),
        "moodle": lambda: iter([("moodle.xml", moodle(_pictured(papers, name), category))]),
        "gift": lambda: iter([("questions.gift", gift(_asked(papers, name), category))]),
    }
    if not wanted:
        raise checks.wrong("formats", f"some of {', '.join(FORMATS)}", formats, "['pdf']")
    files = dict(entry for each in FORMATS if each in wanted for entry in contents[each]())
    folder = _folder(out)
    _check_others(folder, files)
    return write_together(
        {folder / file: content if isinstance(content, bytes) else content.encode() for file, content in files.items()}
    )


def sizes_of(network: Any) -> list[int]:
    """The sizes of a network in a text.

    >>> sizes_of("1-2-1")
    [1, 2, 1]
    """
    if not isinstance(network, str) or re.fullmatch(r"[1-9]\d?(-[1-9]\d?)+", network) is None:
        raise checks.wrong("network", "the sizes of its layers with hyphens between them", network, "'1-2-1'")
    return [int(size) for size in network.split("-")]


def _sheets(
    papers: Sequence[Paper],
    suffix: str,
    sheet: Callable[[Paper], str | bytes],
    key: Callable[[Sequence[Paper]], str | bytes],
) -> Contents:
    yield from ((paper.letter + suffix, sheet(paper)) for paper in papers)
    yield f"key{suffix}", key(papers)


def _asked(papers: Sequence[Paper], name: str) -> Iterator[Question]:
    for paper in papers:
        yield from questions(paper, name)


def _pictured(papers: Sequence[Paper], name: str) -> Iterator[tuple[Question, Picture]]:
    """Every question with the picture of its network."""
    for paper in papers:
        figure = paper.figure.fitted(WIDTH * ZOOM, quiet=True)
        picture = Picture(few_colours(figure.png(zoom=min(1.0, WIDTH * ZOOM / figure.width))), WIDTH, figure.alt_text())
        yield from ((question, picture) for question in questions(paper, name))


def _check_others(folder: Path, files: Collection[str]) -> None:
    """Sheets of an earlier exam with more versions would stay, and the new key would not have them."""
    suffixes = [Path(file).suffix for file in files if file.startswith("key.")]
    names = [letter + suffix for suffix in suffixes for letter in ascii_uppercase]
    others = [name for name in names if name not in files and (folder / name).exists()]
    if others:
        raise FileExistsError(
            f"{str(folder)!r} holds sheets of another exam, {', '.join(others)}: remove them, or name another folder"
        )


def _folder(out: str | os.PathLike[str]) -> Path:
    if not os.fspath(out):
        raise checks.wrong("out", "a folder", out, "'exam'")
    folder = expanded(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(f"{str(folder)!r} is a file: name a folder for the exam") from None
    return folder

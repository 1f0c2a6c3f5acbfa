"""Einstein's notation: what `einsum` does with arrays of given shapes, worked out from the letters alone."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from string import ascii_letters
from typing import Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.lazy import np

Shapes = tuple[tuple[int, ...], ...]


class Preparation(NamedTuple):
    """What is done to an operand before it is multiplied by others, in this order; nothing for None or ()."""

    shape: tuple[int, ...] | None  # without the axes of length 1 that are repeated along those of other operands
    diagonals: tuple[tuple[int, int], ...]  # pairs of axes with the same letter; the diagonal comes last
    summed: tuple[int, ...]  # axes with a letter that is nowhere else


class Plan(NamedTuple):
    """All steps of an `einsum`."""

    preparations: tuple[Preparation, ...]
    products: tuple[tuple[int, int, str], ...]  # of which two arrays, counted on from the operands, and their letters
    order: tuple[int, ...] | None  # of the last one's axes, where they are to be permuted


@lru_cache(maxsize=1024)
def plan(subscripts: str, shapes: Shapes, optimize: Any) -> Plan:
    """The steps for arrays of these shapes; see `einsum` for its errors.

    Examples
    --------
    >>> from inversa.autograd.ops.subscripts import plan
    >>> plan("i,ij,j", ((2,), (2, 3), (3,)), optimize=False).products
    ((0, 1, 'i,ij->j'), (3, 2, 'j,j->'))
    """
    written, result, lengths = _read(subscripts, shapes)
    terms, preparations = [], []
    for k, (term, shape) in enumerate(zip(written, shapes, strict=True)):
        letters, preparation = _prepared(term, shape, {*result}.union(*written[:k], *written[k + 1 :]))
        terms.append(letters)
        preparations.append(preparation)
    products = _products(terms, result, _path(terms, result, lengths, optimize))
    order = None if terms[-1] == result else tuple(map(terms[-1].index, result))
    return Plan(tuple(preparations), tuple(products), order)


def _prepared(term: str, shape: tuple[int, ...], wanted: set[str]) -> tuple[str, Preparation]:
    """The letters that are left of a term, each once and one of those that are wanted, and how that comes about."""
    kept = tuple(n for i, n in zip(term, shape, strict=True) if i != " ") if " " in term else None
    term = term.replace(" ", "")
    diagonals = []
    for i in term:
        while term.count(i) > 1:
            first, second = term.index(i), term.rindex(i)
            diagonals.append((first, second))
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + i
    summed = tuple(axis for axis, i in enumerate(term) if i not in wanted)
    return "".join(i for i in term if i in wanted), Preparation(kept, tuple(diagonals), summed)


def _products(terms: list[str], result: str, path: list[tuple[int, ...]]) -> list[tuple[int, int, str]]:
    """The products of two that a path asks for; the letters of each are added to the terms."""
    products = []
    left = list(range(len(terms)))
    for places in path:
        chosen = [left[place] for place in places]
        left = [k for k in left if k not in chosen]
        while len(chosen) > 1:
            i, j, *chosen = chosen
            needed = dict.fromkeys(chain(result, *(terms[k] for k in chosen + left)))
            terms.append("".join(x for x in needed if x in terms[i] or x in terms[j]))
            products.append((i, j, f"{terms[i]},{terms[j]}->{terms[-1]}"))
            chosen = [len(terms) - 1, *chosen]
        left += chosen
    return products


def _path(terms: list[str], result: str, lengths: dict[str, int], optimize: Any) -> list[tuple[int, ...]]:
    """Which places are multiplied, step after step; the product is put behind what is left."""
    if len(terms) < 3:
        return [tuple(range(len(terms)))]
    arrays = [np.broadcast_to(0.0, tuple(lengths[i] for i in term)) for term in terms]
    way = list(optimize) if isinstance(optimize, tuple) else optimize  # a tuple, so that the plan could be looked up
    try:
        path: list[Any] = np.einsum_path(f"{','.join(terms)}->{result}", *arrays, optimize=way)[0]
    except (IndexError, RuntimeError, TypeError, ValueError, KeyError):
        raise checks.wrong("optimize", f"a path that multiplies {len(terms)} arrays", optimize, "'greedy'") from None
    return path[1:]


def _read(subscripts: str, shapes: Shapes) -> tuple[list[str], str, dict[str, int]]:
    """A letter for every axis of the operands, a blank for one that is repeated; those of the result; their lengths."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"{subscripts!r} is for {len(terms)} arrays, and there are {len(shapes)}")
    for term in (*terms, result):
        letters = term.replace("...", "", 1)
        if letters and not (letters.isalpha() and letters.isascii()):
            raise ValueError(f"{term!r} of {subscripts!r} is no row of letters, such as 'ij', with at most one '...'")
    counts = [_not_written(term, shape) for term, shape in zip(terms, shapes, strict=True)]
    most = max(counts)
    others = "".join(i for i in ascii_letters if i not in subscripts)[:most]  # for the axes that ... stands for
    if len(others) < most:
        raise ValueError(f"{subscripts!r} leaves {len(others)} letters for the {most} axes of '...'")
    if not arrow:
        result = "..." + "".join(i for i in sorted(set(inputs) - set(",.")) if inputs.count(i) == 1)
    elif most and "..." not in result:
        raise ValueError(f"the result of {subscripts!r} needs '...', too: no axis that it stands for is summed over")
    terms = [term.replace("...", others[most - n :]) for term, n in zip(terms, counts, strict=True)]
    result = result.replace("...", others)
    _check_result(subscripts, result, terms)
    lengths = _lengths(subscripts, terms, shapes, others)
    return [_with_blanks(term, shape, lengths) for term, shape in zip(terms, shapes, strict=True)], result, lengths


def _not_written(term: str, shape: tuple[int, ...]) -> int:
    """How many axes of an array have no letter of their own."""
    written = len(term.replace("...", ""))
    if len(shape) < written or (len(shape) > written and "..." not in term):
        more = " or more" if "..." in term else ""
        raise ValueError(f"{term!r} is for {written}{more} axes, and the array of shape {shape} has {len(shape)}")
    return len(shape) - written


def _check_result(subscripts: str, result: str, terms: list[str]) -> None:
    for i in result:
        if result.count(i) > 1:
            raise ValueError(f"the result of {subscripts!r} has the index {i!r} twice")
        if not any(i in term for term in terms):
            raise ValueError(f"the result of {subscripts!r} has the index {i!r}, which no operand has")


def _lengths(subscripts: str, terms: list[str], shapes: Shapes, others: str) -> dict[str, int]:
    """That of every letter; only the axes of ``...`` broadcast."""
    lengths: dict[str, int] = {}
    for i, n in zip(chain(*terms), chain(*shapes), strict=True):
        known = lengths.setdefault(i, n)
        if known == 1 and i in others:
            lengths[i] = n
        elif n != known and not (n == 1 and i in others):
            what = (
                "an axis of '...' has the lengths" if i in others else f"index {i!r} of {subscripts!r} has the lengths"
            )
            raise ValueError(f"{what} {known} and {n}")
    return lengths


def _with_blanks(term: str, shape: tuple[int, ...], lengths: dict[str, int]) -> str:
    return "".join(i if n == lengths[i] else " " for i, n in zip(term, shape, strict=True))

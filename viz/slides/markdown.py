"""The little Markdown that stands in a paragraph: emphasis, code, and links, of which slides keep the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SPANS = re.compile(
    r"(?P<code>`+)(?P<a>.+?)(?P=code)|\*\*(?P<strong>.+?)\*\*|\*(?P<em>[^\s*](?:[^*]*[^\s*])?)\*|\[(?P<link>[^\]]+)\]\([^)]*\)|\\(?P<sign>[*_`#<>\[\]])"
)


class Span(NamedTuple):
    """A piece of text and how it is set: plainly, or as "strong", "em" or "code"."""

    text: str
    style: str = ""


def spans(paragraph: str) -> list[Span]:
    """The pieces of a paragraph.

    >>> spans("A `Value` is *one* number, see [there](x.md)")  # doctest: +NORMALIZE_WHITESPACE
    [Span(text='A ', style=''), Span(text='Value', style='code'), Span(text=' is ', style=''),
     Span(text='one', style='em'), Span(text=' number, see ', style=''), Span(text='there', style='')]
    """
    return list(_spans(paragraph, ""))


def _spans(paragraph: str, style: str) -> Iterator[Span]:
    start = 0
    for match in _SPANS.finditer(paragraph):
        if match.start() > start:
            yield Span(paragraph[start : match.start()], style)
        start = match.end()
        if match["code"]:
            yield Span(match["a"], "code")
        elif match["sign"]:
            yield Span(match["sign"], style)
        else:
            kind = next(kind for kind in ("strong", "em", "link") if match[kind])
            yield from _spans(match[kind], style if kind == "link" else kind)
    if paragraph[start:]:
        yield Span(paragraph[start:], style)


def plain(paragraph: str) -> str:
    """The words alone."""
    return "".join(span.text for span in spans(paragraph))


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph; what ends behind a single letter, as a name's initial, is none.

    >>> sentences("One. Two by J. Doe. Three:")
    ['One.', 'Two by J. Doe.', 'Three:']
    """
    return re.split(r"(?<=[^\s.]{2}[.:?!])\s+(?=[\"“«¿(`*]*[A-ZÁÉÍÓÚÑ])", paragraph)


def first_sentences(paragraph: str, most: int) -> str:
    """As many sentences as have room, and at least one.

    >>> first_sentences("One. Two is longer. Three.", 20)
    'One. Two is longer.'
    """
    chosen, *rest = sentences(paragraph)
    for sentence in rest:
        if len(plain(f"{chosen} {sentence}")) > most:
            break
        chosen += f" {sentence}"
    return chosen

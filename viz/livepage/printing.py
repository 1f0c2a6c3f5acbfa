"""What code prints, kept within limits: an endless loop of prints is not to fill the memory."""

from __future__ import annotations

import io

MAX_PRINTED = 20_000  # characters


class Printed(io.TextIOBase):
    """A text file that keeps the beginning of what is written to it.

    >>> printed = Printed(most=5)
    >>> printed.write("inverse"), printed.text, printed.whole
    (7, 'inver', False)
    """

    def __init__(self, most: int = MAX_PRINTED) -> None:
        self._room = most
        self._pieces: list[str] = []
        self.whole = True  # whether all of it was kept

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, text: str, /) -> int:
        """Keep as much of it as there is room for."""
        if not isinstance(text, str):
            raise TypeError(f"what is printed is text, not {type(text).__name__}")
        if kept := text[: self._room]:
            self._pieces.append(kept)
            self._room -= len(kept)
        self.whole = self.whole and len(kept) == len(text)
        return len(text)

    @property
    def text(self) -> str:
        """What was kept."""
        return sayable("".join(self._pieces))


def sayable(text: str) -> str:
    """A text that can leave Python: halves of characters, which only strings of Python hold, are question marks."""
    return text.encode("utf-8", "replace").decode()


class NoInputError(EOFError):
    """There is nobody to type an answer while code runs."""


class NoInput(io.TextIOBase):
    """In the place of a keyboard: who reads from it is told that there is none."""

    def readable(self) -> bool:
        """It can be asked, in vain."""
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Refused."""
        raise NoInputError("nothing can be typed while the code runs: write the value into the code, as in x = 0.5")

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # of texts, not of bytes
        """Refused."""
        return self.read()

"""What the command cannot do: errors whose message exists in every language."""

from __future__ import annotations

from inversa.autograd.languages import texts
from inversa.autograd.languages._language import Texts

FAILED, MISUSED, INTERRUPTED = 1, 2, 130  # exit codes


class CommandError(Exception):
    """A sentence of `Language.command`, by its key, and what fills its blanks. As an exception it is in English.

    >>> from inversa.autograd.languages import texts
    >>> from inversa.viz.command.errors import CommandError
    >>> error = CommandError("given twice", name="'a'")
    >>> print(error)
    'a' is given twice
    >>> error.worded(texts("es").command)
    "se ha dado dos veces un valor a 'a'"
    """

    code = FAILED

    def __init__(self, key: str, **blanks: object) -> None:
        self.key, self.blanks = key, blanks
        super().__init__(self.worded(texts("en").command))

    def worded(self, said: Texts) -> str:
        """The message in the language of these sentences."""
        return said[self.key].format(**self.blanks)


class MisuseError(CommandError):
    """The command was called with something that it does not take."""

    code = MISUSED

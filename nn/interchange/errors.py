"""The one error of what cannot be written to, or read from, the forms of other libraries."""

from __future__ import annotations

__all__ = ["InterchangeError"]


class InterchangeError(ValueError):
    """A model, a function or a file cannot be taken over; the message names what in it, and what to do."""

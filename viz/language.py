"""The language of pictures; what the engine prints has the same."""

from inversa.autograd.language import Language, language, set_language

__all__ = ["Language", "language", "set_language"]

"""The language of pictures; what the engine prints has the same."""

from inversa.autograd.language import language, set_language

__all__ = ["language", "set_language"]

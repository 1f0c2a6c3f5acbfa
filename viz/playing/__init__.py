"""The page in which a network is built, trained, and run forwards and backwards, without Python.

`page` writes it; the scripts in ``web`` are the page's own, each with what it owns at its top.
"""

"""Slides: a lecture as a deck, made from cells of the tutorials as they were run.

`notebooks` reads the cells; a table, ``decks.toml``, says which of them are whose slides; `deck` reads it. `reveal`,
`typeset` and `beamer` write a deck as a page, as a PDF and as LaTeX. ``web`` holds reveal.js, as its makers publish it.
"""

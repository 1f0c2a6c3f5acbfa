"""Slides: a lecture as a deck, made from cells of the tutorials as they were run.

`notebooks` reads the cells; a table, ``decks.toml``, says which of them are whose slides; `deck` reads it. `reveal`,
`typeset` and `beamer` write a deck as a page, as a PDF and as LaTeX. `saving` chooses by the suffix of a
file. ``web`` holds reveal.js 6.0.2 as its makers publish it on npm, under the MIT licence that stands beside it.
"""

"""Live pages: one file in which Python itself runs, without a server, a network or an installation.

`page` writes it. `runtime` finds what the pages need beside this library: Python and Graphviz for browsers; `library`
packs this library. ``web`` holds what runs in the page.

A page calls the functions of `session`. `running` runs code, `printing` keeps what it prints within limits, `failing`
says what went wrong and in which line; `choosing` finds what there is to show, `showing`, `listing` and `handout` show
it, `saving` makes files, `completion` lists names. `writing` turns expressions and networks into code, and `examples`
has some. All of these run with NumPy and without it.
"""

"""Inversa in a page: the reader's code is run by the page's own Python, and what it computes is shown.

A page calls the functions of `session`. `running` runs code, `printing` keeps what it prints within limits, `failing`
says what went wrong and in which line; `choosing` finds what there is to show, `showing`, `listing` and `handout` show
it, `saving` makes files, `completion` lists names. `writing` turns expressions and networks into code, and `examples`
has some. All of these run with NumPy and without it.
"""

"""Live pages: one file in which Python itself runs, without a server, a network or an installation.

`runtime` finds what the pages need beside this library: Python and Graphviz for browsers. `library` packs this library.
``web`` holds what runs in the page.
"""

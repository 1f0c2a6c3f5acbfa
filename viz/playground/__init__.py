"""The playground: a network that is built and trained in a page, without Python, by programs that Python traced.

`templates` traces the parts of networks, losses and optimisers as programs of array instructions; the scripts in
``web`` put them together and run them.
"""

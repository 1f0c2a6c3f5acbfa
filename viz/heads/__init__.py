"""Heads: the picture of one head of attention, for one of its queries, and of its inverse.

`head` runs it and reads the numbers, `lettering` writes them, `columns` and `layout` find their places with `pieces`,
and `drawing` makes a picture of that.
"""

"""Lettering: what every picture is written with. Colours and faces, widths of text, numbers, sentences, formulas.

`theme` says how pictures look, `truetype` and `measure` how wide a text is in our own faces, `numbers` and `sentences`
how numbers and names are written, `formula` how an equation is. Nothing here knows of a graph or of a file format.
"""

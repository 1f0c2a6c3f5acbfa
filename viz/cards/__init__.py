"""Cards: the style of boxes, one an operation or a layer, with its formula, value and gradient.

`writer` writes the cards of a picture, `layout` places them with Graphviz, `labels` and `rows` finish the arrows,
`scene` keeps all that, `drawing` turns it into shapes and `steps` into the steps of a player. `dot` and `mermaid` write
the same for other programs.
"""

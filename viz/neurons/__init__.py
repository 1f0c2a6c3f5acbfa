"""Neurons: the style of networks, neuron by neuron: the lecture's for small ones, circles and weighted edges else.

`structure` finds the neurons in a graph, `writer` writes their numbers, `elements`, `lecture`, `upright` and `circles`
place them on a `sheet`, `drawing` chooses among these, `steps` and `formulas` run them, with what mistakes give as
`alternatives`, `connections` makes of them what the rules look at, `exports` writes DOT and Mermaid.
"""

"""Time: pictures of recurrent networks, and of the way that a gradient takes back through the steps.

`recurrence` finds the steps in a graph of neurons, `cell` makes their parts, `unrolled` and `folded` lay them out,
`drawing` makes a picture of that and `steps` runs it. For layers of Tensors `layers` lays the steps out in frames, and
`layer_drawing` makes a picture of that.
"""

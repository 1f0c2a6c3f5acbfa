"""Time: pictures of recurrent networks, and of the way that a gradient takes back through the steps.

`recurrence` finds the steps in a graph of neurons, `unrolled` and `folded` lay them out, `drawing` makes a picture of
that and `steps` runs it. `layers` and `columns` do the same for networks of Tensors, one frame a step.
"""

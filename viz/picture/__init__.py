"""Picture: from the engine to plain data. No later room sees a node.

`running` takes a model and a sample to the graph of their loss, `reading` a graph to the `records`, `folding` makes a
large picture a small one, `spoken` translates it, `staleness` tells numbers that are out of date, `slots` name its
numbers, and `program` is what a page needs to compute it anew.
"""

"""What a neuron and its inverse compute: the rules, right and broken, for the quiz of the player and for exercises.

`formulas` are the rules, and `mistakes` the broken ones, each written once. They are run on `intervals`, on the `sums`
of products that a page computes, and by exercises also on names.
"""

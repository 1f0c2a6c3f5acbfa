"""Drawing: what all kinds of drawings have in common.

`shapes` are what they are made of, `parts` what their elements are called, `interfaces` what files, pages and players
ask of them, `step` is a moment of running a network, and `composition` finds the form of a drawing that fits the page.
"""

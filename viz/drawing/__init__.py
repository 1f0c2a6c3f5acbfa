"""Drawing: what all kinds of drawings have in common.

`shapes` are what they are made of, `parts` what their elements are called, `interfaces` what figures, files, players
and pages ask of them, and `composition` finds the form of a drawing that fits the page.
"""

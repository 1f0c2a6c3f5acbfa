"""Models of Keras's as networks of ours: `chain` finds the layers in their order, `layers` has what each becomes.

``modules`` are layers that Keras has and we have not, such as another order of the axes. Keras is not imported.
"""

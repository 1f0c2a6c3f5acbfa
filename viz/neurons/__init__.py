"""Networks drawn neuron by neuron: the lecture's style for small ones, circles and weighted edges for larger ones."""

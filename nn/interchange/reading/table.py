"""All operators: the table, with the entries of every topic."""

from inversa.nn.interchange.reading import (
    comparing,
    convolving,
    elementwise,
    indexing,
    normalising,
    pooling,
    products,
    recurrent,
    reducing,
    resizing,
    shapes,
)
from inversa.nn.interchange.reading.operators import OPERATORS

TOPICS = {
    "Entry by entry": elementwise,
    "Comparing and choosing": comparing,
    "Along axes": reducing,
    "Shapes and constants": shapes,
    "By positions": indexing,
    "Products": products,
    "Convolution": convolving,
    "Pooling": pooling,
    "Resizing": resizing,
    "Normalisation": normalising,
    "Recurrent layers": recurrent,
}

__all__ = ["OPERATORS", "TOPICS"]

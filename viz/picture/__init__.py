"""TODO viz/picture."""

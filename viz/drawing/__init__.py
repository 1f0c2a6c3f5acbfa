"""TODO viz/drawing."""

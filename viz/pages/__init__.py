"""TODO viz/pages."""

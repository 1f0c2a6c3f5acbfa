"""TODO viz/output."""

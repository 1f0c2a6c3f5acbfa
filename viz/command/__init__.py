"""TODO viz/command."""

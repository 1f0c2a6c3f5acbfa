"""TODO viz/cards."""

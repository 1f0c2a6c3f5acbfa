"""TODO viz/lettering."""

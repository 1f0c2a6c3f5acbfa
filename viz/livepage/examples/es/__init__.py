"""The programs with comments in Spanish."""

"""The programs with comments in English."""

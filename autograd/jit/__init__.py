"""Compiled execution: a function of Values is traced once, and its program run over many samples."""

"""Kernels: compiled functions of arrays. They know nothing of nodes."""

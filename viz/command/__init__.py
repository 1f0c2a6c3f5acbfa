"""Command: the program ``inversa``, the expressions that it takes, and what it prints."""

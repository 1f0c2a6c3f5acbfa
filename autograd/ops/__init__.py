"""The declarations of all operations, one file a topic."""

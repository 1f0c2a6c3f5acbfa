"""Writing ONNX: an array library whose arrays are names in a file, what was traced replayed on it, and the file."""

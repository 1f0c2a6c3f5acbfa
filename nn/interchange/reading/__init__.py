"""Reading ONNX: operators by topic, each a function of arrays, and the program of them that a file is."""

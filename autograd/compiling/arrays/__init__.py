"""Functions of Tensors: trace, fusion, plan; see `inversa.autograd.compiling`."""

"""Functions of Values: trace, program, bytecode; see `inversa.autograd.compiling`."""

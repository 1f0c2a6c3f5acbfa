"""Functions of Values: trace, program, bytecode, running; see `inversa.autograd.compiling`."""

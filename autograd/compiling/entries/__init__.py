"""Functions that take their vectors apart, as programs of single numbers; see `inversa.autograd.compiling`."""

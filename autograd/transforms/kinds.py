"""Which functions transforms have given: jit treats some in a way of their own."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakSet

from inversa.autograd.transforms.evaluation import Argnums, Function

# Of what the Jacobians that were asked for are: jit computes all rows of one at once.
jacobians: WeakKeyDictionary[Function, tuple[Function, Argnums]] = WeakKeyDictionary()
hessians: WeakSet[Function] = WeakSet()  # those of them that `hessian` gave

# What counts its arguments from the last one that is given: jit may not fill in the defaults of others.
from_the_end: WeakSet[Function] = WeakSet()


def noted(function: Function, argnums: Argnums) -> Function:
    """The function, remembered if it counts arguments from the last one."""
    if any(i < 0 for i in (argnums if isinstance(argnums, (tuple, list)) else [argnums])):
        from_the_end.add(function)
    return function

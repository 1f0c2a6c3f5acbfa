"""Derivatives of functions: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp, to any order.

Every transform calls the function on fresh nodes and runs the inverse network of what comes out. Outside, numbers go in
and numbers come out. Inside another transform (or when a node is passed in) the inverse network records its own
computation, so its results are nodes and can be differentiated again: the pullbacks are written in differentiable
operations, nothing else is needed.

`evaluation` evaluates the function, `pairing` holds tangents against what they belong to, `gradients`, `products` and
`jacobians` are the transforms, and `kinds` remembers which functions they gave.
"""

from inversa.autograd.transforms.gradients import grad, value_and_grad
from inversa.autograd.transforms.jacobians import hessian, jacfwd, jacobian, jacrev
from inversa.autograd.transforms.products import hvp, jvp, vjp

__all__ = ["grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "value_and_grad", "vjp"]

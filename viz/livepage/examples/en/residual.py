"""A residual block adds what it computes to what came in: a gradient finds a short way back."""

from inversa.autograd import Value, tanh

x, y = Value(0.5), Value(1.0)
w1, b1 = Value(0.3), Value(-0.1)
w2, b2 = Value(-0.4), Value(0.2)

z = w1 * x + b1  # here x branches: into the block,
f = w2 * tanh(z) + b2
h = x + f  # and past it
J = (h - y) ** 2

J.backward()

through = w2.data * (1 - tanh(z).data ** 2) * w1.data  # the product of the slopes along the block
print("∂h/∂x is 1 +", round(through, 4), "- the 1 does not vanish, however deep the network")
print("∂J/∂x =", round(x.grad, 4))

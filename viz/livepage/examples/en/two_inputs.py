"""A neuron with two inputs, operation by operation: what each one does forwards, and what it sends back."""

from inversa import viz
from inversa.autograd import Value, tanh

x1 = Value(2.0, name="x1")  # the inputs
x2 = Value(0.0, name="x2")
w1 = Value(-3.0, name="w1")  # their weights
w2 = Value(1.0, name="w2")
b = Value(6.8813735870195432, name="b")  # the bias, chosen so that round numbers come out

x1w1 = (x1 * w1).named("x1w1")
x2w2 = (x2 * w2).named("x2w2")
n = (x1w1 + x2w2 + b).named("n")
o = tanh(n).named("o")

o.backward()
print("∂o/∂x1 =", x1.grad, "  ∂o/∂w1 =", w1.grad)
print("∂o/∂x2 =", x2.grad, "  ∂o/∂w2 =", w2.grad)

viz.draw(o, view="both", detail="op", data=[x1, x2])

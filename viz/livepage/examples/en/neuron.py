"""A neuron of the lectures, and the inverse neuron that brings its gradients."""

from inversa.autograd import Value, sigmoid

w, b = Value(0.7), Value(-0.2)  # the parameters: a weight and a bias
x, y = Value(0.5), Value(1.0)  # the data: an input and its target

z = w * x + b  # forwards: the weighted input, and the sum
h = sigmoid(z)  # the activation ψ
J = (h - y) ** 2  # what the output costs

J.backward()  # backwards: 1 enters at J, and a gradient leaves at every parameter

print("∂J/∂w =", w.grad)
print("∂J/∂b =", b.grad)

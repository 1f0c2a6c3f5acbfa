"""La red 1-2-1 de la lección, cuyos gradientes impresos son erróneos en una capa. Busque la regla olvidada."""

from inversa.autograd import Value
from inversa.nn import NeuronNetwork
from inversa.nn.losses import squared_error

network = NeuronNetwork([1, 2, 1], activation="sigmoid", output="sigmoid")
numbers = [0.1, -0.3, -0.1, 0.5, 0.4, 0.7, 0.2]
for parameter, number in zip(network.parameters(), numbers, strict=True):
    parameter.data = number

x, y = Value(0.5), Value(0.88)
J = squared_error(network(x), y)
J.backward()

printed = [0.125, 0.245, 0.125, 0.250, -0.035, -0.049, -0.081]
for parameter, lecture in zip(network.parameters(), printed, strict=True):
    print(f"∂J/∂{parameter.name:5} = {parameter.grad:7.4f}   en la lección {lecture:6.3f}")

"""Un bloque residual suma lo que calcula a lo que entró: el gradiente tiene un camino corto de vuelta."""

from inversa.autograd import Value, tanh

x, y = Value(0.5), Value(1.0)
w1, b1 = Value(0.3), Value(-0.1)
w2, b2 = Value(-0.4), Value(0.2)

z = w1 * x + b1  # aquí x se bifurca: entra en el bloque,
f = w2 * tanh(z) + b2
h = x + f  # y pasa de largo
J = (h - y) ** 2

J.backward()

through = w2.data * (1 - tanh(z).data ** 2) * w1.data  # el producto de las pendientes a lo largo del bloque
print("∂h/∂x es 1 +", round(through, 4), "- el 1 no se desvanece, por profunda que sea la red")
print("∂J/∂x =", round(x.grad, 4))

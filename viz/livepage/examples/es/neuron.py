"""Una neurona de las lecciones, y la neurona inversa que trae sus gradientes."""

from inversa.autograd import Value, sigmoid

w, b = Value(0.7), Value(-0.2)  # los parámetros: un peso y un sesgo
x, y = Value(0.5), Value(1.0)  # los datos: una entrada y su objetivo

z = w * x + b  # hacia delante: la entrada ponderada, y la suma
h = sigmoid(z)  # la activación ψ
J = (h - y) ** 2  # lo que cuesta la salida

J.backward()  # hacia atrás: un 1 entra en J, y en cada parámetro sale un gradiente

print("∂J/∂w =", w.grad)
print("∂J/∂b =", b.grad)

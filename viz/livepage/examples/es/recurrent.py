"""Una neurona recurrente, desenrollada: los mismos parámetros en cada paso; sus gradientes son sumas en el tiempo."""

from inversa.autograd import Value, tanh

w, u, b = Value(0.8), Value(0.5), Value(0.1)  # de la entrada, de la memoria, y el sesgo
x1, x2, x3 = Value(1.0), Value(-0.5), Value(0.3)  # una secuencia
y = Value(0.6)

h0 = Value(0.0, requires_grad=False)  # aún no se recuerda nada
h1 = tanh(w * x1 + u * h0 + b)
h2 = tanh(w * x2 + u * h1 + b)
h3 = tanh(w * x3 + u * h2 + b)
J = (h3 - y) ** 2  # solo se compara el último paso

J.backward()
print("∂J/∂w =", w.grad)
print("∂J/∂h1, ∂J/∂h2, ∂J/∂h3 =", [round(h.grad, 4) for h in (h1, h2, h3)])  # se desvanece hacia atrás

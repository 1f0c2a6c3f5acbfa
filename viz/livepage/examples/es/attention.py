"""Una cabeza de atención: la última palabra pregunta a las otras, y toma lo que mejor responde."""

from inversa.autograd import Value, exp

wq, wk, wv = Value(1.5), Value(1.0), Value(0.8)  # lo que hace consultas, claves y valores
x1, x2, x3 = Value(0.9), Value(-0.4), Value(0.7)  # tres palabras
y = Value(0.5)

q = wq * x3
k1, k2, k3 = wk * x1, wk * x2, wk * x3
e1, e2, e3 = exp(q * k1), exp(q * k2), exp(q * k3)  # lo bien que las claves responden a la consulta
total = e1 + e2 + e3
a1, a2, a3 = e1 / total, e2 / total, e3 / total  # softmax: partes que suman 1
h = a1 * (wv * x1) + a2 * (wv * x2) + a3 * (wv * x3)
J = (h - y) ** 2

J.backward()
print("atención:", [round(a.data, 3) for a in (a1, a2, a3)])
print("gradientes:", [round(w.grad, 4) for w in (wq, wk, wv)])

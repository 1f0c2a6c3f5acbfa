"""An attention head: the last token asks the others, and takes what answers best."""

from inversa.autograd import Value, exp

wq, wk, wv = Value(1.5), Value(1.0), Value(0.8)  # what makes queries, keys and values
x1, x2, x3 = Value(0.9), Value(-0.4), Value(0.7)  # three tokens
y = Value(0.5)

q = wq * x3
k1, k2, k3 = wk * x1, wk * x2, wk * x3
e1, e2, e3 = exp(q * k1), exp(q * k2), exp(q * k3)  # how well the keys answer the query
total = e1 + e2 + e3
a1, a2, a3 = e1 / total, e2 / total, e3 / total  # softmax: shares, whose sum is 1
h = a1 * (wv * x1) + a2 * (wv * x2) + a3 * (wv * x3)
J = (h - y) ** 2

J.backward()
print("attention:", [round(a.data, 3) for a in (a1, a2, a3)])
print("gradients:", [round(w.grad, 4) for w in (wq, wk, wv)])

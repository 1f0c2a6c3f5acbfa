"""XOR: ninguna recta separa sus clases, pero una capa oculta aprende a hacerlo."""

from inversa.nn import NeuronNetwork

network = NeuronNetwork([2, 2, 1], activation="tanh", output="sigmoid", seed=1)
samples = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
rate = 1.0

for epoch in range(101):
    cost = sum((network(x) - y) ** 2 for x, y in samples)
    cost.backward()  # los gradientes de todas las muestras se suman
    for w in network.parameters():
        w.data -= rate * w.grad  # cuesta abajo
        w.grad = None  # y se empieza de nuevo
    if epoch % 20 == 0:
        print(f"época {epoch:3}: coste {cost.data:.4f}")

for x, y in samples:
    print(x, "->", round(network(x).data, 2), "debe ser", y)

J = (network([0, 1]) - 1) ** 2  # una muestra, para mirarla

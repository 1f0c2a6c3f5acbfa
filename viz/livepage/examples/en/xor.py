"""XOR: no straight line tells its classes apart, but a hidden layer learns to."""

from inversa.nn import NeuronNetwork

network = NeuronNetwork([2, 2, 1], activation="tanh", output="sigmoid", seed=1)
samples = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
rate = 1.0

for epoch in range(101):
    cost = sum((network(x) - y) ** 2 for x, y in samples)
    cost.backward()  # the gradients of all samples add up
    for w in network.parameters():
        w.data -= rate * w.grad  # downhill
        w.grad = None  # and start anew
    if epoch % 20 == 0:
        print(f"epoch {epoch:3}: cost {cost.data:.4f}")

for x, y in samples:
    print(x, "->", round(network(x).data, 2), "wanted", y)

J = (network([0, 1]) - 1) ** 2  # one sample, to look at

"""Random programs as readers type them, each with what it prints: its value and all of its gradients."""

import random

FUNCTIONS = (
    *("tanh", "sigmoid", "relu", "exp", "sin", "cos", "softplus", "sqrt", "log", "abs", "expm1", "log1p", "sinh"),
    *("arctan", "silu", "gelu", "leaky_relu", "elu", "cbrt", "square", "erf"),
)
POSITIVE = {"sqrt": "abs({}) + 0.1", "log": "abs({}) + 0.1", "log1p": "abs({})"}
ACTIVATIONS = "tanh", "sigmoid", "relu", "softplus", "elu"
PRINTED = "print({'value': J.data} | {node.name: node.grad for node in [%s]})\n"


def expression(seed: int) -> str:
    """A program that computes J from two to six Values."""
    some = random.Random(seed)
    names = [f"v{i}" for i in range(some.randint(2, 6))]
    lines = [f"{name} = Value({some.uniform(-2, 2)!r}, name={name!r})" for name in names]
    known = list(names)
    for i in range(some.randint(2, 9)):
        a, b, number = some.choice(known), some.choice(known), round(some.uniform(-3, 3), 3)
        function = some.choice(FUNCTIONS)
        inner = POSITIVE.get(function, "{}").format(a)
        made = some.choice(
            [f"{a} + {b}", f"{a} * {b}", f"{a} - {b}", f"{a} / ({b} * {b} + 1)", f"{number} * {a}", f"{number} - {a}"]
            + [f"{function}({inner})"] * 4
            + [f"{a} ** 2", f"{a} ** 3", f"(abs({a}) + 0.5) ** {b}", f"-{a}"]
        )
        lines.append(f"t{i} = {made}")
        known.append(f"t{i}")
    lines += [f"J = tanh(0.1 * ({' + '.join(known)}))", "J.backward()"]
    return "\n".join(lines) + "\n" + PRINTED % ", ".join(names)


def exact_expression(seed: int) -> str:
    """The same with nothing but what IEEE 754 rounds: sums, products, quotients, square roots, comparisons."""
    some = random.Random(seed)
    names = [f"v{i}" for i in range(some.randint(2, 6))]
    lines = [f"{name} = Value({some.uniform(-2, 2)!r}, name={name!r})" for name in names]
    known = list(names)
    for i in range(12):
        a, b, number = some.choice(known), some.choice(known), some.uniform(-3, 3)
        made = [f"{a} + {b}", f"{a} * {b}", f"{a} - {b}", f"{a} / ({b} * {b} + 1)", f"{number} - {a}", f"-{a}"]
        made += [f"relu({a})", f"abs({a})", f"sqrt({a} * {a} + {b} * {b} + 0.1)", f"maximum({a}, {b})", f"square({a})"]
        lines.append(f"t{i} = ({some.choice(made)}) / 2")
        known.append(f"t{i}")
    lines += [f"J = {' + '.join(known)}", "J.backward()"]
    return "\n".join(lines) + "\n" + PRINTED % ", ".join(names)


def network(seed: int) -> str:
    """A program that runs a network of neurons, and compares it with a target."""
    some = random.Random(seed)
    sizes = [some.randint(1, 3), *(some.randint(1, 4) for _ in range(some.randint(1, 2))), 1]
    inputs = [round(some.uniform(-1, 1), 4) for _ in range(sizes[0])]
    loss, target = some.choice(["squared_error", "absolute_error", "huber"]), some.random()
    return (
        f"network = nn.NeuronNetwork({sizes}, activation={some.choice(ACTIVATIONS)!r}, seed={seed})\n"
        f"J = nn.losses.{loss}(network({inputs}), {target!r})\n"
        "J.backward()\n" + PRINTED % "*network.parameters()"
    )

"""Functions instead of methods: nodes are plain, `gradients` returns a dictionary from nodes to numbers."""

import math


class Node:
    def __init__(self, value, kind="leaf", args=()):
        self.value = value
        self.kind = kind
        self.args = args


def add(a, b):
    return Node(a.value + b.value, "add", (a, b))


def sub(a, b):
    return Node(a.value - b.value, "sub", (a, b))


def mul(a, b):
    return Node(a.value * b.value, "mul", (a, b))


def div(a, b):
    return Node(a.value / b.value, "div", (a, b))


def neg(a):
    return Node(-a.value, "neg", (a,))


def exp(a):
    return Node(math.exp(a.value), "exp", (a,))


def log(a):
    return Node(math.log(a.value), "log", (a,))


def sigmoid(a):
    return Node(1 / (1 + math.exp(-a.value)), "sigmoid", (a,))


def tanh(a):
    return Node(math.tanh(a.value), "tanh", (a,))


DERIVATIVES = {
    "add": lambda n, a, b: (1, 1),
    "sub": lambda n, a, b: (1, -1),
    "mul": lambda n, a, b: (b.value, a.value),
    "div": lambda n, a, b: (1 / b.value, -a.value / b.value**2),
    "neg": lambda n, a: (-1,),
    "exp": lambda n, a: (n.value,),
    "log": lambda n, a: (1 / a.value,),
    "sigmoid": lambda n, a: (n.value * (1 - n.value),),
    "tanh": lambda n, a: (1 - n.value**2,),
}


def ordered(output):
    done, result, stack = set(), [], [(output, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            result.append(node)
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((arg, False) for arg in node.args)
    return result


def gradients(output):
    grads = dict.fromkeys(ordered(output), 0.0)
    grads[output] = 1.0
    for node in reversed(ordered(output)):
        if node.kind != "leaf":
            slopes = DERIVATIVES[node.kind](node, *node.args)
            for arg, slope in zip(node.args, slopes, strict=True):
                grads[arg] += slope * grads[node]
    return grads

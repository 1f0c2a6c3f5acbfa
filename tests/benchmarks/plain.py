"""The peer of S1 written for it: an engine as small and as quick as plain Python allows, and no more than S1 needs.

No closures, so no cycles; ``__slots__``; the children of a node and its local derivatives in tuples, worked out when
it is made; an iterative topological sort; no modes, no names, no checks. It has what teaching programs of two hundred
lines have, with their tricks: a − b is a + b · (−1), a / b is a · b⁻¹, a constant is a node like any other.
"""

from __future__ import annotations

import math
from typing import Any


class Plain:
    """A number, where it came from, and its gradient."""

    __slots__ = ("children", "data", "grad", "slopes")

    def __init__(self, data: float, children: tuple[Plain, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.slopes = slopes

    def __add__(self, other: Any) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Plain:
        other = other if isinstance(other, Plain) else Plain(other)
        return Plain(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent: float) -> Plain:
        return Plain(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def exp(self) -> Plain:
        """eˣ."""
        y = math.exp(self.data)
        return Plain(y, (self,), (y,))

    def log(self) -> Plain:
        """ln x."""
        return Plain(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self) -> Plain:
        """The hyperbolic tangent."""
        y = math.tanh(self.data)
        return Plain(y, (self,), (1 - y * y,))

    def relu(self) -> Plain:
        """max(0, x)."""
        return Plain(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def __neg__(self) -> Plain:
        return self * -1

    def __radd__(self, other: float) -> Plain:
        return self + other

    def __sub__(self, other: Any) -> Plain:
        return self + (-other)

    def __rsub__(self, other: float) -> Plain:
        return other + (-self)

    def __rmul__(self, other: float) -> Plain:
        return self * other

    def __truediv__(self, other: Any) -> Plain:
        return self * other**-1

    def __rtruediv__(self, other: float) -> Plain:
        return other * self**-1

    def backward(self) -> None:
        """Add to every node's gradient the derivative of this one by it."""
        order: list[Plain] = []
        seen: set[Plain] = set()
        stack: list[Any] = [self]
        while stack:
            node = stack.pop()
            if node is None:  # all that the next one was computed from has been placed
                order.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                stack.append(node)
                stack.append(None)
                stack.extend(node.children)
        self.grad = 1.0
        for node in reversed(order):
            g = node.grad
            for child, slope in zip(node.children, node.slopes):  # noqa: B905  # strict=True takes its time
                child.grad += slope * g

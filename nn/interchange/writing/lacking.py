"""Functions that ONNX has no operator for, or onnxruntime none in double precision, made of those that there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class Lacking:
    """A part of the namespace: its functions call the others."""

    abs: Any
    sign: Any
    exp: Any
    log: Any
    sqrt: Any
    sin: Any
    cos: Any
    tanh: Any
    floor: Any
    ceil: Any
    maximum: Any
    minimum: Any
    where: Any
    isinf: Any
    alike: Any  # operands in one type

    def expm1(self, x: Any) -> Any:
        """2t / (1 − t) with t = tanh(x/2), near 0, where exp(x) − 1 would lose digits."""
        t = self.tanh(0.5 * x)
        return self.where(self.abs(x) < 0.5, 2.0 * t / (1.0 - t), self.exp(x) - 1.0)

    def log1p(self, x: Any) -> Any:
        """log(u) · x / (u − 1) with u = 1 + x, in which the rounding of u cancels (W. Kahan)."""
        u = 1.0 + x
        lost = u - 1.0
        exact = (lost == 0.0) | (u == math.inf)
        return self.where(exact, self.where(lost == 0.0, x, u), self.log(u) * (x / self.where(exact, 1.0, lost)))

    def log2(self, x: Any) -> Any:
        """The natural logarithm over ln 2."""
        return self.log(x) / math.log(2.0)

    def log10(self, x: Any) -> Any:
        """The natural logarithm over ln 10."""
        return self.log(x) / math.log(10.0)

    def trunc(self, x: Any) -> Any:
        """Rounded towards 0."""
        return self.where(x < 0.0, self.ceil(x), self.floor(x))

    def copysign(self, x: Any, y: Any) -> Any:
        """|x| with the sign of y, which −0 has, too."""
        x, y = self.alike(x, y)
        below = (y < 0.0) | (1.0 / y == -math.inf)  # −0, too
        return self.where(below, -self.abs(x), self.abs(x))

    def signbit(self, x: Any) -> Any:
        """Whether the sign is minus, that of −0, too."""
        return (x < 0.0) | (1.0 / x == -math.inf)

    def hypot(self, x: Any, y: Any) -> Any:
        """The longer one times √(1 + (shorter / longer)²): no square overflows."""
        x, y = self.alike(x, y)
        longer, shorter = self.maximum(self.abs(x), self.abs(y)), self.minimum(self.abs(x), self.abs(y))
        ratio = shorter / self.where(longer == 0.0, 1.0, longer)
        found = longer * self.sqrt(1.0 + ratio * ratio)
        return self.where(self.isinf(longer), math.inf, found)

    # Hyperbolic functions and the inverses of circular ones: onnxruntime has them in single precision only.

    def sinh(self, x: Any) -> Any:
        """(m + m / (m + 1)) / 2 with m = exp|x| − 1, and the sign of x."""
        m = self.expm1(self.abs(x))
        half = self.exp(0.5 * self.abs(x))
        return self.copysign(self.where(self.abs(x) < 20.0, 0.5 * (m + m / (m + 1.0)), 0.5 * half * half), x)

    def cosh(self, x: Any) -> Any:
        """e^(|x|/2) squared, halved, and its reciprocal: it overflows no earlier than the result."""
        half = self.exp(0.5 * self.abs(x))
        return 0.5 * half * half + 0.5 / half / half

    def tan(self, x: Any) -> Any:
        """sin x / cos x."""
        return self.sin(x) / self.cos(x)

    def asinh(self, x: Any) -> Any:
        """log1p(|x| + x² / (1 + √(1 + x²))), and the sign of x."""
        a = self.abs(x)
        near = self.log1p(a + a * a / (1.0 + self.sqrt(1.0 + a * a)))
        return self.copysign(self.where(a < 1e8, near, self.log(a) + math.log(2.0)), x)

    def acosh(self, x: Any) -> Any:
        """log1p(t + √(2t + t²)) with t = x − 1."""
        t = x - 1.0
        near = self.log1p(t + self.sqrt(2.0 * t + t * t))
        return self.where(x < 1e8, near, self.log(x) + math.log(2.0))

    def atanh(self, x: Any) -> Any:
        """log1p(2x / (1 − x)) / 2."""
        return 0.5 * self.log1p(2.0 * x / (1.0 - x))

    def atan(self, x: Any) -> Any:
        """By S. L. Moshier's rational function (Cephes, atan.c) after two reductions, of |x| > tan 3π/8 and > 0.66."""
        a = self.abs(x)
        far, middle = a > 2.414213562373095, a > 0.66
        start = self.where(far, math.pi / 2, self.where(middle, math.pi / 4, 0.0))
        rest = self.where(far, 6.123233995736766e-17, self.where(middle, 3.061616997868383e-17, 0.0))
        small = self.where(middle, 1.0, a + 1.0)
        t = self.where(
            far, -1.0 / self.where(far, a, 1.0), self.where(middle, (a - 1.0) / (a + 1.0), a * small / small)
        )
        z = t * t
        p, q = _polynomial(z, _ATAN_P), _polynomial(z, _ATAN_Q)
        return self.copysign(start + (t * (z * p / q) + t + rest), x)

    def asin(self, x: Any) -> Any:
        """The angle whose sine is x and whose cosine is √(1 − x²)."""
        return self.atan2(x, self.sqrt((1.0 - x) * (1.0 + x)))

    def acos(self, x: Any) -> Any:
        """Twice the angle whose tangent is √((1 − x) / (1 + x))."""
        return 2.0 * self.atan2(self.sqrt(1.0 - x), self.sqrt(1.0 + x))

    def atan2(self, y: Any, x: Any) -> Any:
        """atan |y/x|, turned into the quadrant of the signs."""
        y, x = self.alike(y, x)
        zero = (x == 0.0) & (y == 0.0)
        both = self.isinf(x) & self.isinf(y)
        ratio = self.where(both, 1.0, self.abs(y) / self.where(zero, 1.0, self.abs(x)))
        angle = self.where(zero, 0.0, self.atan(ratio))
        return self.copysign(self.where(self.signbit(x), math.pi - angle, angle), y)


_ATAN_P = (-8.750608600031904122785e-1, -1.615753718733365076637e1, -7.500855792314704667340e1,
           -1.228866684490136173410e2, -6.485021904942025371773e1)  # fmt: skip
_ATAN_Q = (1.0, 2.485846490142306297962e1, 1.650270098316988542046e2, 4.328810604912902668951e2,
           4.853903996359136964868e2, 1.945506571482613964425e2)  # fmt: skip


def _polynomial(z: Any, coefficients: Sequence[float]) -> Any:
    value: Any = coefficients[0]
    for c in coefficients[1:]:
        value = value * z + c
    return value

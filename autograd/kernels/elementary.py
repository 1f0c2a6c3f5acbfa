"""Elementary functions: exp, log, tanh and their kin, in a form that compiles to vector instructions.

The C library takes one number a call. The functions here contain no call, no branch and no table, so a loop over them
compiles to instructions that take four or eight numbers at once. All follow one plan: bring the argument into a small
interval, sum a short series there, put the result together from that. Every error stays below 2 units in the last
place; ±0, ±∞, nan and arguments too large or too small give what NumPy gives, without its warnings.

A lane function (`exp`, `tanh`, …) takes one float64 and is compiled into the loop of the kernel that uses it. A row
function (`exp_into(x, out)`, …) fills ``out`` from ``x``, one-dimensional contiguous arrays of the same length, float64
or float32; they may be the same array, but vector instructions are used only where they do not overlap.

The plan, and how lost digits are recovered: J.-M. Muller, *Elementary Functions*, 3rd ed., Birkhäuser 2016.
"""

from __future__ import annotations

import math

import numpy as np

from inversa.autograd.kernels.compiling import compiled, inlined

Row = np.ndarray[tuple[int], np.dtype[np.float64]]

# "contract" allows a·b + c with one rounding; nothing may be reordered, and nan and ∞ mean what they mean.
row = compiled(fastmath={"contract"})
lane = inlined(fastmath={"contract"})

# Coefficients of power series, from the highest power down.
EXP_SERIES = tuple(1 / math.factorial(n) for n in range(13, 1, -1))  # eʳ = 1 + r + r²/2! + …
SIN_SERIES = tuple((-1) ** (n // 2) / math.factorial(n) for n in range(17, 1, -2))  # sin r = r − r³/3! + …
COS_SERIES = tuple((-1) ** (n // 2) / math.factorial(n) for n in range(16, 0, -2))  # cos r = 1 − r²/2! + r⁴/4! − …
LOG_SERIES = tuple(2 / n for n in range(21, 1, -2))  # ln((1 + s) / (1 − s)) = 2s + 2s³/3 + 2s⁵/5 + …

# Constants in pieces. The first ones have so few digits that their products with the whole numbers used are exact.
LN2 = tuple(float.fromhex(digits) for digits in ("0x1.62e42feep-1", "0x1.a39ef35793c76p-33"))
HALF_PI = tuple(float.fromhex(digits) for digits in ("0x1.921fb5444p0", "0x1.68c234c4cp-39", "0x1.98a2e03707345p-77"))

# From 2⁵² to 2⁵³ float64 has no digits for fractions: adding ROUND rounds to a whole number, found in the last bits.
ROUND = 1.5 * 2.0**52
ROUND_BITS = int(np.float64(ROUND).view(np.int64))
SQRT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))

SMALLEST_EXP = -746.0  # eˣ is 0 below
LARGEST_EXP = 709.782712893384  # and infinite above
LARGEST_ANGLE = 2.0**14  # HALF_PI has too few digits for more


@lane
def _polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    """Horner's rule."""
    result = coefficients[0]
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result


@lane
def _power_of_two(n: np.int64) -> float:
    """2ⁿ for −1023 < n < 1024: the bits of a float64 begin with its exponent."""
    return np.int64((n + 1023) << 52).view(np.float64)


@lane
def _modulo_ln2(x: float) -> tuple[np.int64, float]:
    """The pair n, r such that x = n·ln 2 + r and |r| ≤ ln 2 / 2: then eˣ = 2ⁿ eʳ."""
    shifted = x * (1 / math.log(2)) + ROUND
    k = shifted - ROUND
    return np.float64(shifted).view(np.int64) - ROUND_BITS, (x - k * LN2[0]) - k * LN2[1]


@lane
def exp(x: float) -> float:
    """The exponential function eˣ."""
    y = SMALLEST_EXP if x < SMALLEST_EXP else x
    y = LARGEST_EXP if x > LARGEST_EXP else y
    n, r = _modulo_ln2(y)
    half = n >> 1  # 2ⁿ itself may be too large, or too small, for a float64
    result = (1.0 + (r + r * r * _polynomial(r, EXP_SERIES))) * _power_of_two(half) * _power_of_two(n - half)
    return math.inf if x > LARGEST_EXP else result


@lane
def expm1(x: float) -> float:
    """The difference eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), to full precision near 0."""
    y = -40.0 if x < -40.0 else x  # −1 to the last digit
    y = LARGEST_EXP if x > LARGEST_EXP else y
    n, r = _modulo_ln2(y)
    power = _power_of_two(n - 1)  # half of 2ⁿ, which may be too large
    result = 2.0 * ((power - 0.5 + power * r) + power * (r * r * _polynomial(r, EXP_SERIES)))
    result = math.inf if x > LARGEST_EXP else result
    return x if abs(x) < 1e-17 else result


@lane
def _log_split(x: float) -> tuple[float, float]:
    """The pair k, m such that x = 2ᵏ m and √½ ≤ m < √2, for positive normal numbers."""
    bits = np.float64(x).view(np.int64)
    n = (bits - SQRT_HALF_BITS) >> 52
    return np.int64(n + ROUND_BITS).view(np.float64) - ROUND, np.int64(bits - (n << 52)).view(np.float64)


@lane
def _log_sum(k: float, f: float, small: float) -> float:
    """The logarithm k·ln 2 + ln(1 + f) + small, by the series in s = f / (2 + f)."""
    s = f / (2.0 + f)
    z = s * s
    # ln(1 + f) = f − h + s·(h + …) with h = f²/2: f is exact, and what is rounded is small beside it.
    h = 0.5 * f * f
    return k * LN2[0] - ((h - (s * (h + z * _polynomial(z, LOG_SERIES)) + (k * LN2[1] + small))) - f)


@lane
def log(x: float) -> float:
    """The natural logarithm: −∞ at 0, nan below."""
    y = x if x > 0.0 else 1.0
    subnormal = y < 2.0**-1022
    k, m = _log_split(y * 2.0**54 if subnormal else y)
    result = _log_sum(k - 54.0 if subnormal else k, m - 1.0, 0.0)
    result = result if x < math.inf else x
    result = result if x > 0.0 else math.nan
    return -math.inf if x == 0.0 else result


@lane
def log1p(x: float) -> float:
    """The logarithm ln(1 + x), to full precision near 0: −∞ at −1, nan below."""
    y = x if -1.0 < x < math.inf else 0.0
    total = 1.0 + y
    back = total - y
    lost = (y - (total - back)) + (1.0 - back)  # 1 + y = total + lost exactly (Knuth)
    k, m = _log_split(total)
    result = _log_sum(k, y if k == 0.0 else m - 1.0, 0.0 if k == 0.0 else lost / total)
    result = result if x < math.inf else x
    result = result if x > -1.0 else math.nan
    result = -math.inf if x == -1.0 else result
    return x if abs(x) < 1e-17 else result


@lane
def tanh(x: float) -> float:
    """The hyperbolic tangent: 1 − 2 / (e²ˣ + 1), and a fraction of polynomials near 0."""
    a = 22.0 if abs(x) > 22.0 else abs(x)  # 1 to the last digit
    near = a < 0.55
    n, r = _modulo_ln2(2.0 * a)
    power = (1.0 + (r + r * r * _polynomial(r, EXP_SERIES))) * _power_of_two(n)
    # Lambert's continued fraction x/(1 + z/(3 + z/(5 + … z/15))) with z = x², as x minus one fraction.
    z = a * a
    numerator = a * z * _polynomial(z, (1.0, 594.0, 45045.0, 675675.0)) if near else 2.0
    denominator = _polynomial(z, (1.0, 630.0, 51975.0, 945945.0, 2027025.0)) if near else power + 1.0
    result = (a if near else 1.0) - numerator / denominator
    result = -result if x < 0.0 else result
    return x if abs(x) < 1e-8 else result


@lane
def sigmoid(x: float) -> float:
    """The logistic function: 1 − q, and for negative x e − e·q, with e = e^−|x| and q = e / (1 + e)."""
    e = exp(-abs(x))
    most = 1.0 if x >= 0.0 else e
    return most - most * (e / (1.0 + e))


@lane
def softplus(x: float) -> float:
    """The smooth rectifier ln(1 + eˣ) = max(0, x) + ln(1 + e), with e = e^−|x|."""
    e = exp(-abs(x))
    large = e > 0.5  # ln(1 + e) = ln 2 + ln(1 + (e − 1)/2) keeps the series short
    return (x if x >= 0.0 else 0.0) + _log_sum(1.0 if large else 0.0, 0.5 * (e - 1.0) if large else e, 0.0)


@lane
def _sine(x: float, quarters: int) -> float:
    """The sine of x + quarters·π/2, for |x| ≤ LARGEST_ANGLE."""
    shifted = x * (2 / math.pi) + ROUND
    k = shifted - ROUND
    quadrant = np.float64(shifted).view(np.int64) + quarters
    high = x - k * HALF_PI[0]
    middle = high - k * HALF_PI[1]
    low = k * HALF_PI[2] - ((high - middle) - k * HALF_PI[1])
    r = middle - low  # x = k·π/2 + r and |r| ≤ π/4
    z = r * r
    sine = r + r * z * _polynomial(z, SIN_SERIES)
    cosine = 1.0 + z * _polynomial(z, COS_SERIES)
    result = cosine if quadrant & 1 else sine
    return -result if quadrant & 2 else result


@lane
def sin(x: float) -> float:
    """The sine, for |x| ≤ LARGEST_ANGLE."""
    return x if abs(x) < 1e-8 else _sine(x, 0)


@lane
def cos(x: float) -> float:
    """The cosine, for |x| ≤ LARGEST_ANGLE."""
    return _sine(x, 1)


@lane
def has_large_angle(x: Row) -> bool:
    """Whether there is an angle that `sin` and `cos` cannot take; nan and ∞ are such."""
    large = False
    for i in range(x.size):
        large |= not abs(x[i]) <= LARGEST_ANGLE
    return large


@row
def exp_into(x: Row, out: Row) -> None:
    """``out = exp(x)``."""
    for i in range(x.size):
        out[i] = exp(np.float64(x[i]))


@row
def expm1_into(x: Row, out: Row) -> None:
    """``out = expm1(x)``."""
    for i in range(x.size):
        out[i] = expm1(np.float64(x[i]))


@row
def log_into(x: Row, out: Row) -> None:
    """``out = log(x)``."""
    for i in range(x.size):
        out[i] = log(np.float64(x[i]))


@row
def log1p_into(x: Row, out: Row) -> None:
    """``out = log1p(x)``."""
    for i in range(x.size):
        out[i] = log1p(np.float64(x[i]))


@row
def tanh_into(x: Row, out: Row) -> None:
    """``out = tanh(x)``."""
    for i in range(x.size):
        out[i] = tanh(np.float64(x[i]))


@row
def sigmoid_into(x: Row, out: Row) -> None:
    """``out = sigmoid(x)``."""
    for i in range(x.size):
        out[i] = sigmoid(np.float64(x[i]))


@row
def softplus_into(x: Row, out: Row) -> None:
    """``out = softplus(x)``."""
    for i in range(x.size):
        out[i] = softplus(np.float64(x[i]))


@row
def sin_into(x: Row, out: Row) -> None:
    """``out = sin(x)``; one very large angle sends the whole row to the C library."""
    if has_large_angle(x):
        for i in range(x.size):
            out[i] = math.sin(x[i]) if math.isfinite(x[i]) else math.nan
    else:
        for i in range(x.size):
            out[i] = sin(x[i])


@row
def cos_into(x: Row, out: Row) -> None:
    """``out = cos(x)``; one very large angle sends the whole row to the C library."""
    if has_large_angle(x):
        for i in range(x.size):
            out[i] = math.cos(x[i]) if math.isfinite(x[i]) else math.nan
    else:
        for i in range(x.size):
            out[i] = cos(x[i])

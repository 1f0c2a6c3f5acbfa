"""Numbers, shapes and names as pictures print them, the same in every language."""

from __future__ import annotations

import math
import re

DASH = "—"  # where there is no gradient yet: never 0


def count(n: int) -> str:
    """A whole number, its thousands set apart."""
    return f"{n:,}".replace(",", " ")


def number(x: float, digits: int = 4) -> str:
    """A number as pictures print it: with a true minus sign, and never a zero that is none.

    >>> number(-0.00398), number(-0.0), number(-1e-9), number(2.5e12, digits=2)
    ('−0.0040', '0.0000', '−1.0000·10⁻⁹', '2.50·10¹²')
    """
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0 or (10.0**-digits <= abs(x) < 10.0**6):
        return f"{abs(x):.{digits}f}" if x == 0 else _minus(f"{x:.{digits}f}")
    mantissa, exponent = f"{x:.{digits}e}".split("e")
    return f"{_minus(mantissa)}·10{_raised(str(int(exponent)))}"


def brief(text: str) -> str:
    """A number as it is printed, without the zeros that its decimals end in.

    >>> brief(number(0.3)), brief(number(-2)), brief(number(100)), brief(number(1.5e-9)), brief(number(math.inf))
    ('0.3', '−2', '100', '1.5·10⁻⁹', '∞')
    """
    return re.sub(r"\.?0+(?=·|$)", "", text) if "." in text else text


def short(x: float) -> str:
    """A constant as expressions print it, to be read as one factor: with six digits at most, in parentheses if need be.

    >>> short(0.5), short(-1e-5), short(1.5e8), short(math.inf)
    ('0.5', '−10⁻⁵', '(1.5·10⁸)', '∞')
    """
    if x == 0 or not math.isfinite(x):
        return number(x, 0)
    mantissa, e, exponent = f"{x:.6g}".partition("e")
    if not e:
        return _minus(mantissa)
    power = f"10{_raised(str(int(exponent)))}"
    return _minus(mantissa[:-1]) + power if mantissa in ("1", "-1") else f"({_minus(mantissa)}·{power})"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _raised(digits: str) -> str:
    return digits.translate(str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def size(shape: tuple[int, ...]) -> str:
    """A shape: ``4×3``."""
    return "×".join(map(count, shape))


_INDEXED = re.compile(r"([A-Za-zΑ-ωÀ-ÿ]+)_?(\d{1,4})(?:_(\d{1,4}))?")


def subscripted(name: str) -> str:
    """A name with its simple index set low; any other name as it is.

    Of two indices the first is the layer's, which the lectures write high: w2_12 is w₁₂⁽²⁾.

    >>> subscripted("w1"), subscripted("w2_12"), subscripted("b_11"), subscripted("hidden.0")
    ('w₁', 'w₁₂⁽²⁾', 'b₁₁', 'hidden.0')
    """
    match = _INDEXED.fullmatch(name)
    if match is None:
        return name
    letters, first, second = match.groups()
    low = (second or first).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return f"{letters}{low}⁽{_raised(first)}⁾" if second else letters + low

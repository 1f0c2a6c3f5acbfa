"""What SciPy computes for us: its special functions, loaded when the first of them is called."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule, np
from inversa.autograd.ops.namespace import floats

special: Any = LazyModule("scipy.special")


class NoFormulaError(TypeError):
    """There is no formula in terms of an array namespace: another library computes it, of its own kinds of numbers."""


def of_scipy(xp: Any, name: str, *operands: Any) -> Any:
    """SciPy's function of Python's floats, or of NumPy's arrays.

    Raises
    ------
    ImportError
        Where SciPy is missing; the error says how to install it.
    NoFormulaError
        For arrays of other libraries, and for what is traced number by number.

    Examples
    --------
    >>> from inversa.autograd.ops.namespace import floats
    >>> of_scipy(floats, "gamma", 3.0)
    2.0
    """
    if xp is not floats and xp is not np:
        raise NoFormulaError("SciPy computes it, and takes numbers and NumPy's arrays alone")
    try:
        function = getattr(special, name)
    except ModuleNotFoundError as error:
        raise ImportError(f'{name} is computed by SciPy: pip install "inversa[special]"') from error
    if xp is floats:
        return float(function(*operands))
    kind = np.result_type(*operands)  # Python's numbers widen nothing
    return function(*(np.asarray(x, kind) for x in operands))


def number_or_array(name: str, x: Any) -> Any:
    """A setting that is a number, or an array with one for every entry.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> number_or_array("v", 2)
    2.0
    """
    return x if hasattr(x, "shape") else checks.number(name, x, example="2")

"""Covariance and correlation of several variables, and polynomials."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.elementary import sqrt
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rearranging import atleast_2d
from inversa.autograd.ops.reductions import mean
from inversa.autograd.ops.shaping import getitem, reshape, transpose


@composed(examples=(Example(((2, 5),)), Example(((5,),)), Example(((4, 3),), {"rowvar": False, "ddof": 0})))
def cov(x: Any, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """The covariances of variables that are the rows, with an observation in each column; or the other way round.

    Parameters
    ----------
    x : (variables, observations), or a single variable
    rowvar : bool
        Whether the rows are the variables.
    bias : bool
        Whether products are divided by the number of observations, not by one less.
    ddof : int, optional
        What is subtracted from the number of observations, instead of 1 or 0.

    Examples
    --------
    >>> from inversa.autograd import Tensor, cov
    >>> cov(Tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])).tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    if len(x.shape) > 2:
        raise ValueError(f"cov takes one variable, or a matrix of several, not the shape {tuple(x.shape)}")
    rows = atleast_2d(x) if rowvar or len(x.shape) < 2 else transpose(x)
    centred = rows - mean(rows, 1, True)
    freedom = rows.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    found = centred @ transpose(centred) / max(freedom, 0)  # too few observations give NaN
    return reshape(found, ()) if rows.shape[0] == 1 else found


@composed(examples=(Example(((3, 5),)), Example(((4, 2),), {"rowvar": False})))
def corrcoef(x: Any, rowvar: bool = True) -> Any:
    """The correlation coefficients of variables that are the rows: covariances over both standard deviations.

    >>> from inversa.autograd import Tensor, corrcoef
    >>> corrcoef(Tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])).round(3).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    found = cov(x, rowvar)
    if len(found.shape) == 0:
        return found / found
    diagonal = list(range(found.shape[0]))
    deviation = sqrt(getitem(found, (diagonal, diagonal)))
    return found / reshape(deviation, (-1, 1)) / deviation


@composed(operands=2, examples=(Example(((3,), (2, 2))), Example(((4,), ()))))
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients p, from the highest power down, at x; by Horner's rule.

    >>> from inversa.autograd import Value, polyval
    >>> polyval([3.0, 0.0, 1.0], Value(2.0)).item()
    13.0
    """
    if len(p.shape) == 0:
        raise checks.wrong("p", "an array of coefficients", p, "[1.0, 2.0]", TypeError)
    result = 0.0 * x
    for i in range(p.shape[0]):
        result = result * x + getitem(p, i)
    return result

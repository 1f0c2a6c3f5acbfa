"""SciPy's special functions under their names, with gradients: ``special.gammaln(x)`` instead of ``scipy.special``'s.

They take numbers, arrays, Values and Tensors; SciPy's own, called with a Tensor or a Value, become these. Those of the
error function, of entropies and of sigmoids are formulas of ours, for arrays of any library and for compiled programs
of numbers. The others are computed by SciPy: ``pip install "inversa[special]"``. This module is loaded when it is used.

>>> from inversa.autograd import Tensor, grad, special
>>> special.gammaln(Tensor([1.0, 5.0])).numpy().round(6).tolist()
[0.0, 3.178054]
>>> grad(special.ndtr)(0.0)
0.3989422804014327
"""

from inversa.autograd.ops.activations import log_sigmoid as log_expit
from inversa.autograd.ops.activations import logit
from inversa.autograd.ops.activations import sigmoid as expit
from inversa.autograd.ops.bessel import i0, i0e, i1, i1e, iv, j0, j1, jv, kv, y0, y1, yv
from inversa.autograd.ops.cancellation import cosm1, exprel
from inversa.autograd.ops.elementary import cbrt, exp2, expm1, log1p
from inversa.autograd.ops.entropy import entr, kl_div, rel_entr, xlog1py, xlogy
from inversa.autograd.ops.error_functions import erf, erfc
from inversa.autograd.ops.gamma import (
    beta,
    betainc,
    betaln,
    digamma,
    gamma,
    gammainc,
    gammaincc,
    gammaln,
    polygamma,
    rgamma,
    stdtr,
)
from inversa.autograd.ops.normal import erfcinv, erfcx, erfinv, log_ndtr, ndtr, ndtri
from inversa.autograd.ops.softmax import log_softmax, logsumexp, softmax
from inversa.autograd.ops.trigonometry import sinc

jn, psi = jv, digamma  # SciPy's other names

__all__ = [
    "gamma", "rgamma", "gammaln", "digamma", "psi", "polygamma", "beta", "betaln", "betainc", "gammainc", "gammaincc",
    "stdtr",
    "erf", "erfc", "erfcx", "erfinv", "erfcinv", "ndtr", "log_ndtr", "ndtri",
    "j0", "j1", "jv", "jn", "y0", "y1", "yv", "i0", "i1", "iv", "i0e", "i1e", "kv",
    "xlogy", "xlog1py", "entr", "rel_entr", "kl_div",
    "expit", "logit", "log_expit", "softmax", "log_softmax", "logsumexp",
    "expm1", "log1p", "exp2", "cbrt", "cosm1", "exprel", "sinc",
]  # fmt: skip

"""The methods of every node that act element by element, under the names of NumPy's and PyTorch's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from inversa.autograd.ops import (
    activations,
    arithmetic,
    elementary,
    error_functions,
    gates,
    hyperbolic,
    rounding,
    trigonometry,
)
from inversa.autograd.ops.operation import Operand, Operation

if TYPE_CHECKING:
    N = TypeVar("N")
    N_co = TypeVar("N_co", covariant=True)

    class Kind(Protocol[N_co]):
        """A kind of node: what operations on it give. That is a Tensor for a Parameter, which is a kind of Tensor."""

        @staticmethod
        def _unary(op: Operation[...], x: Any) -> N_co: ...


def _method(op: Operation[...]) -> Callable[[Kind[N]], N]:
    """An operation of one operand as a method."""

    def method(self: Kind[N]) -> N:
        return self._unary(op, self)

    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


class ElementwiseMethods(Operand):
    """What a Value, a Tensor, and whatever stands for one can be asked for."""

    __slots__ = ()

    abs = _method(arithmetic.abs)
    sign = _method(arithmetic.sign)
    floor = _method(rounding.floor)
    ceil = _method(rounding.ceil)
    trunc = _method(rounding.trunc)

    exp = _method(elementary.exp)
    exp2 = _method(elementary.exp2)
    expm1 = _method(elementary.expm1)
    log = _method(elementary.log)
    log2 = _method(elementary.log2)
    log10 = _method(elementary.log10)
    log1p = _method(elementary.log1p)
    sqrt = _method(elementary.sqrt)
    square = _method(elementary.square)
    reciprocal = _method(elementary.reciprocal)

    sin = _method(trigonometry.sin)
    cos = _method(trigonometry.cos)
    tan = _method(trigonometry.tan)
    arcsin = _method(trigonometry.arcsin)
    arccos = _method(trigonometry.arccos)
    arctan = _method(trigonometry.arctan)
    sinc = _method(trigonometry.sinc)
    sinh = _method(hyperbolic.sinh)
    cosh = _method(hyperbolic.cosh)
    arcsinh = _method(hyperbolic.arcsinh)
    arccosh = _method(hyperbolic.arccosh)
    arctanh = _method(hyperbolic.arctanh)

    tanh = _method(activations.tanh)
    sigmoid = _method(activations.sigmoid)
    relu = _method(activations.relu)
    softplus = _method(activations.softplus)
    selu = _method(activations.selu)
    hard_tanh = hardtanh = _method(activations.hard_tanh)
    log_sigmoid = _method(activations.log_sigmoid)
    logit = _method(activations.logit)
    gelu = _method(gates.gelu)
    silu = swish = _method(gates.silu)
    mish = _method(gates.mish)
    erf = _method(error_functions.erf)
    erfc = _method(error_functions.erfc)

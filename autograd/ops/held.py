"""The arrays that Tensors hold, of whatever library: taken over, changed, noticed when changed, and moved.

NumPy's are copied when a Tensor takes them over, and changed in place. Those of other libraries are kept as they are,
for they may be large, or lie on a device with little room, or on many machines: so they are never written into. What
changes one of them makes a new one.
"""

from __future__ import annotations

import sys
import warnings
import zlib
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import (
    alike,
    compat,
    device,
    filled,
    is_foreign,
    kind_of,
    library,
    namespace,
    type_name,
    type_of,
)
from inversa.autograd.ops.operation import Operand
from inversa.autograd.ops.standard import spelled

__all__ = [
    "all_to_numpy",
    "asarray",
    "brought",
    "copied",
    "described",
    "fitted",
    "is_known",
    "kept",
    "moved",
    "ones",
    "placed",
    "places",
    "stamp",
    "to_numpy",
    "units",
    "with_entries",
    "zeros",
]


def kept(data: Any, dtype: Any = None) -> Any:
    """The array that a Tensor of this array holds; of NumPy's, and of lists, a copy."""
    if not is_foreign(data):
        return np.array(data, dtype=dtype, order="C")
    if isinstance(data, Operand):
        data = data._alone()  # type: ignore[attr-defined]  # a Tensor has it
    if getattr(data, "requires_grad", False):
        data = data.detach()  # of PyTorch, which would record what we do
    return data if dtype is None else namespace(data).astype(data, type_of(namespace(data), dtype), copy=False)


def computed(data: Any) -> Any:
    """What an operation gave, as an array: NumPy has numbers for arrays without axes."""
    return data if is_foreign(data) else np.asarray(data)


def is_array(x: Any) -> bool:
    """Whether this is an array of any library."""
    return isinstance(x, np.ndarray) or (is_foreign(x) and not isinstance(x, Operand))


def is_known(x: Any) -> bool:
    """Whether the numbers of an array can be looked at: not what Dask is to compute later, nor what JAX traces."""
    jax = sys.modules.get("jax")
    return not hasattr(x, "__dask_graph__") and (jax is None or not isinstance(x, jax.core.Tracer))


def copied(x: Any) -> Any:
    """The same numbers in memory of their own, row after row where a library is asked for that: it is read faster."""
    if isinstance(x, np.ndarray) or not is_foreign(x):
        return np.array(x)
    if hasattr(x, "is_contiguous") and not x.is_contiguous():  # of PyTorch, a transposed gradient for instance
        return x.contiguous()
    return namespace(x).asarray(x, copy=True)


def fitted(x: Any, values: Any) -> Any:
    """Values as an array of its own, of the library, the type and on the device of x.

    Raises
    ------
    MixedArraysError
        For an array of another library, or on another device.
    """
    if not is_foreign(x) and not is_foreign(values):
        return np.array(values, dtype=x.dtype, order="C")
    if is_foreign(values) or isinstance(values, np.ndarray):
        return namespace(x, values).astype(values, x.dtype)  # others are refused
    return alike(x, values)


def with_entries(x: Any, index: Any, values: Any) -> Any:
    """A new array of another library, with these values at an index.

    Raises
    ------
    IndexError
        For an index that the library knows no assignment for.
    """
    values, index = fitted(x, values), spelled(x, index)
    if hasattr(x, "at"):  # of JAX
        return x.at[index].set(values)
    new = copied(x)
    new[index] = values
    return new


# Constants beside an array.


def ones(x: Any, shape: tuple[int, ...]) -> Any:
    """Ones, as an array of the library, the type and on the device of x."""
    return np.ones(shape, x.dtype) if isinstance(x, np.ndarray) else filled(x, shape, 1)


def zeros(x: Any, shape: tuple[int, ...]) -> Any:
    """Zeros likewise."""
    return np.zeros(shape, x.dtype) if isinstance(x, np.ndarray) else filled(x, shape, 0)


def placeholder(x: Any, shape: tuple[int, ...]) -> Any:
    """An array of a shape, like an array or a node, of which no more than one number is in memory."""
    one = filled(x, (), 0) if is_foreign(x) else np.zeros((), x.dtype)
    return namespace(one).broadcast_to(one, shape)


def units(x: Any) -> Any:
    """Arrays of the shape of x, likewise, each with 1 at one of the entries and 0 elsewhere."""
    size = prod(x.shape)
    if not is_foreign(x):
        return np.eye(size, dtype=x.dtype).reshape(size, *x.shape)
    xp = namespace(x)
    rows = xp.reshape(xp.eye(size, dtype=x.dtype, device=device(x)), (size, *x.shape))
    return [rows[i, ...] for i in range(size)]


# Changes that nobody told of.


def stamp(x: Any) -> Any:
    """What is another after the array was changed in place; None where that cannot be noticed, or cannot happen.

    Of NumPy's arrays a checksum; PyTorch counts the changes itself; a Dask array has a name for what it computes. Those
    of JAX cannot be changed. Changes of others, such as CuPy's, are not noticed.
    """
    if not is_foreign(x):
        return zlib.crc32(np.ascontiguousarray(x).data)
    try:
        counted = getattr(x, "_version", None)
    except RuntimeError:  # of PyTorch, where it does not count
        return None
    return x.name if counted is None and hasattr(x, "__dask_graph__") else counted


# From one library, or device, to another.


def brought(x: Any, values: Any) -> Any:
    """Values from wherever they are as an array of the library and the type, and on the device, of x; of its own.

    >>> import numpy as np
    >>> from inversa.autograd.ops.held import brought
    >>> brought(np.ones(2, "float32"), [1, 2]).dtype
    dtype('float32')
    """
    if not is_foreign(x):
        return np.array(to_numpy(values), dtype=x.dtype, order="C")
    if type(values) is type(x) and device(values) == device(x):
        return namespace(x).astype(values, x.dtype, copy=False)
    return alike(x, to_numpy(values))


def placed(x: Any, values: Any) -> Any:
    """An array of NumPy's in the library, and on the device, of x; its type stays."""
    return namespace(x).asarray(np.array(values), device=device(x)) if is_foreign(x) else values


def to_numpy(x: Any) -> Any:
    """The numbers as an array of NumPy's: transferred from other devices; of Dask's, computed."""
    if not is_foreign(x):
        return np.asarray(x)
    if hasattr(x, "__dask_graph__"):
        return to_numpy(x.compute())  # its chunks may be CuPy's
    if hasattr(x, "cpu"):  # of PyTorch
        return np.array(x.detach().cpu().numpy())
    if hasattr(x, "get"):  # of CuPy
        return x.get()
    on_cpu = hasattr(x, "__dlpack_device__") and x.__dlpack_device__()[0] == 1
    return np.array(np.from_dlpack(x) if on_cpu else np.asarray(x))


def all_to_numpy(arrays: Sequence[Any]) -> list[Any]:
    """The numbers of several arrays; those of Dask are computed at once, so that what they share is computed once.

    >>> import numpy as np
    >>> from inversa.autograd.ops.held import all_to_numpy
    >>> all_to_numpy([np.ones(2), 3.0])
    [array([1., 1.]), array(3.)]
    """
    lazy = [x for x in arrays if hasattr(x, "__dask_graph__")]
    if not lazy:
        return [to_numpy(x) for x in arrays]
    computed = iter(sys.modules["dask"].compute(*lazy))  # whoever has its arrays has it
    return [np.asarray(next(computed)) if hasattr(x, "__dask_graph__") else to_numpy(x) for x in arrays]


def places(arrays: Iterable[Any]) -> tuple[tuple[str, str, str], ...]:
    """The types, libraries and devices of arrays that are not NumPy's, each once: ``("float32", "torch", "cuda:0")``.

    >>> import numpy as np
    >>> from inversa.autograd.ops.held import places
    >>> places([np.ones(2), 3.0])
    ()
    """
    foreign = (x for x in arrays if is_foreign(x))
    found = (
        (type_name(x.dtype), library(namespace(x)), str(device(x) or "")) for x in foreign if kind_of(x.dtype) == "f"
    )
    return tuple(dict.fromkeys(found))


def moved(x: Any, target: Any) -> Any:
    """The array in another library, ``torch`` or ``jax.numpy``, or on another device of its own.

    Raises
    ------
    TypeError, ValueError
        For what is neither, and for devices that are not there.
    """
    if callable(getattr(target, "asarray", None)):
        return x if library(namespace(x)) == library(target) else _in_library(to_numpy(x), target)
    if is_foreign(x):
        return compat(x).to_device(x, target)
    if target != "cpu":
        raise checks.wrong("where an array of NumPy's goes", 'a library, or "cpu"', target, "torch")
    return x


def _in_library(x: Any, xp: Any) -> Any:
    """NumPy's array as one of the library's; a warning where it has no place for as many digits."""
    found = xp.asarray(np.array(x))
    if x.dtype.kind == "f" and type_name(found.dtype) != x.dtype.name:
        hint = ": for all digits call jax.config.update('jax_enable_x64', True) before" if library(xp) == "jax" else ""
        warnings.warn(f"{x.dtype} has become {type_name(found.dtype)} in {library(xp)}{hint}", stacklevel=4)
    return found


def asarray(x: Any, xp: Any) -> Any:
    """An array, a list or a Tensor in a library: transferred there if it is in another one.

    Parameters
    ----------
    x : array_like or Tensor
    xp : module
        The library, such as ``numpy``, ``torch``, ``jax.numpy`` or ``dask.array``.

    Returns
    -------
    array or Tensor
        Of a Tensor a new leaf, as `Tensor.to` gives it.

    Raises
    ------
    TypeError
        For what is no library of arrays, and for a Tensor that was computed and requires a gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import Tensor, asarray
    >>> asarray([1.0, 2.0], np), asarray(Tensor([1.0, 2.0]), np)
    (array([1., 2.]), Tensor([1., 2.]))
    """
    if not callable(getattr(xp, "asarray", None)):
        raise checks.wrong("xp", "a library of arrays", xp, "numpy", TypeError)
    if hasattr(x, "_observed"):  # a node
        return x.to(xp)
    return moved(x if is_foreign(x) else np.asarray(x), xp)


def described(x: Any) -> str:
    """The type and shape of an array, and the library where it is not NumPy's: ``float32 (3, 2), torch on cuda:0``."""
    text = f"{type_name(x.dtype)} {tuple(x.shape)}"
    if not is_foreign(x):
        return text
    place = device(x)
    return f"{text}, {library(namespace(x))}" + (f" on {place}" if place is not None else "")

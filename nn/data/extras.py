"""What is borrowed from scikit-learn and SciPy, loaded when it is first needed, and computes with NumPy's arrays."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import is_foreign, library, namespace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


def extra(module: str) -> Any:
    """The module ``sklearn.…`` or ``scipy.…``; the error says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f'this needs {module}, which is not installed: pip install "inversa[train]"') from error


def random_state(seed: Seed) -> int:
    """The seed in scikit-learn's form, which has no numpy Generator. An integer stays, so that its draws are ours."""
    return seed if isinstance(seed, int) else int(np.random.default_rng(seed).integers(2**32))


def as_numpys(array: ArrayLike) -> NDArray[Any]:
    """An array of NumPy's, for what computes with no others.

    Raises
    ------
    TypeError
        For an array of another library: nothing is transferred unasked.
    """
    if is_foreign(array):
        whose = library(namespace(array))
        raise TypeError(
            f"this computes with NumPy's arrays, not with those of {whose}: asarray(x, numpy) before, and back after"
        )
    return np.asarray(array)

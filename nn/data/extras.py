"""What is borrowed from scikit-learn and SciPy, loaded when it is first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np

if TYPE_CHECKING:
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

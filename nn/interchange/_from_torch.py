"""from_torch: a module of PyTorch's as a network of ours, with its weights."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of
from inversa.nn.interchange.of_torch.converting import Converting
from inversa.nn.lookalikes import is_module, unwrapped
from inversa.nn.module import Module

__all__ = ["from_torch"]


def from_torch(module: Any, example: Any = None) -> Module:
    """A module of PyTorch's as a network that can be drawn, differentiated and trained on.

    Modules that `inversa.nn` has, and ``Sequential`` of them, become ours, one by one. Any other is seen by
    ``torch.export``, and its operators are run on Tensors; pictures show the modules inside it. PyTorch is not imported
    by us: who has a module has done so.

    Parameters
    ----------
    module : torch.nn.Module
        In the mode that it is in: call ``eval()`` first where it has dropout or batch normalisation.
    example : array_like, or tuple of them, optional
        What it is called with, of the right shapes and types; a tuple for several arguments. A module that is seen by
        ``torch.export`` needs it, and takes later inputs of these shapes alone, but for the first axis.

    Returns
    -------
    Module
        With copies of the weights under their names in PyTorch. Those that are tied are one parameter, and those that
        are frozen (``requires_grad=False``) stay so.

    Raises
    ------
    InterchangeError
        For dropout or batch normalisation in training, for what writes into its input or its buffers, for operators
        that there is no function for, and for what depends on the numbers, such as ``if x.sum() > 0``.
    TypeError
        For what is no module of PyTorch's.

    Notes
    -----
    Where several entries are the largest, as in max pooling, they share the gradient here; PyTorch gives it to the
    first. ``Softplus`` is exact here beyond 20, where PyTorch's gives x itself.

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> from inversa import interchange
    >>> theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())  # doctest: +SKIP
    >>> interchange.from_torch(theirs)  # doctest: +SKIP
    Sequential(
      (0): Linear(2, 3)
      (1): Tanh()
    )
    """
    if not is_module(module):
        raise checks.wrong("module", "a module of PyTorch's", module, "torch.nn.Linear(2, 1)", TypeError)
    module = unwrapped(module)
    if example is None:
        arrays = None
    else:
        arrays = [array_of(x) for x in (example if isinstance(example, tuple) else (example,))]
        arrays = [_of_type_of(module, x) for x in arrays]
        if any(x.dtype.kind not in "fiub" for x in arrays):
            raise checks.wrong("example", "an array of numbers, or a tuple of arrays", example, "x[:1]", TypeError)
    return Converting(module, arrays).whole()


def _of_type_of(module: Any, x: Any) -> Any:
    """Floating-point numbers in the type of the parameters, without which PyTorch would refuse them."""
    first = next((p for p in module.parameters() if p.dtype.is_floating_point), None)
    if first is None or x.dtype.kind != "f":
        return x
    name = str(first.dtype).removeprefix("torch.")
    if name not in ("float16", "float32", "float64"):
        raise InterchangeError(f"numbers of the type {name} are not supported: convert the module with .double()")
    return np.asarray(x, name)

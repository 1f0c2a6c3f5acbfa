"""Tangents and cotangents: what belongs to every number and array of something, checked before it is used."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.node import Node
from inversa.autograd.ops.held import computed, to_numpy
from inversa.autograd.ops.namespace import kind_of
from inversa.autograd.trees import IsTree, alike, is_container, is_tree, part_names


def paired(x: Any, u: Any, what: str, name: str, parts_of: IsTree) -> list[tuple[Node, Any]]:
    """Every node in x with its part of u, which stands in the same lists, tuples and dictionaries.

    Parameters
    ----------
    x : Node, or a list, tuple or dictionary of nodes
    u : object
        Numbers, arrays and nodes.
    what, name : str
        What messages call u, such as "tangent of", and x.
    parts_of : callable
        Which lists, tuples and dictionaries in x hold several.

    Raises
    ------
    ValueError
        Where u is not like x: it says at which part, and which shapes these have.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.transforms.pairing import paired
    >>> from inversa.autograd.trees import is_tree
    >>> paired({"a": Tensor([1.0, 2.0])}, {"a": [1.0]}, "tangent of", "argument 0", is_tree)
    Traceback (most recent call last):
    ...
    ValueError: the tangent of argument 0['a'] has shape (1,), but argument 0['a'] has shape (2,)
    """
    if not parts_of(x):
        _check_shape(u, x, what, name)
        return [(x, u)]
    if x is None and u is None:
        return []
    pairs = alike(x, u) if x is not None and _has_parts(u) else None
    if pairs is None:
        raise ValueError(
            f"the {what} {name} stands in the same lists, tuples and dictionaries as {name}, which is "
            f"{_form(x)}, not {_form(u)}"
        )
    named = zip(part_names(x, name), pairs, strict=True)
    return [pair for part_name, (part, of_part) in named for pair in paired(part, of_part, what, part_name, parts_of)]


def _has_parts(u: Any) -> bool:
    return is_container(u) or len(getattr(u, "shape", ())) > 0


def _check_shape(u: Any, x: Node, what: str, name: str) -> None:
    wanted = f"a number or an array of the shape {x.shape}"
    if is_tree(u):
        raise checks.wrong(f"the {what} {name}", wanted, u)
    if isinstance(u, (int, float)) and x.is_single:
        return
    if not isinstance(u, Node):
        try:
            u = computed(u)
        except ValueError:  # lists of different lengths
            raise checks.wrong(f"the {what} {name}", wanted, u) from None
        if kind_of(u.dtype) not in "fiub":
            raise checks.wrong(f"the {what} {name}", wanted, to_numpy(u).tolist())
    if u.shape != x.shape:
        raise ValueError(f"the {what} {name} has shape {u.shape}, but {name} has shape {x.shape}")


def _form(x: Any) -> str:
    """Which kind of list or dictionary this is, and of what."""
    if isinstance(x, dict):
        return f"a {type(x).__name__} of {', '.join(map(repr, x)) or 'nothing'}"
    if isinstance(x, (list, tuple)):
        return f"a {type(x).__name__} of {len(x)}"
    return checks.shown(x)

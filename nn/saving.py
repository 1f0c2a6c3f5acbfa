"""Saving: numbers, texts and arrays in one file, safetensors with JSON in its header. Nothing in it can run.

One file, because a file can be replaced atomically and two cannot.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from inversa.autograd.ops.namespace import np
from inversa.nn.files import expanded, write_atomically

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ARRAY = "$array"  # {"$array": "model.weight"} stands in the JSON for the array of that name


def save(path: str | os.PathLike[str], tree: Any) -> None:
    """Write dicts (with texts as keys), lists, numbers, texts and arrays to a file, atomically.

    The array at ``tree["model"]["0.weight"]`` is called ``model.0.weight`` in the file, which anything that reads
    safetensors can open.

    Raises
    ------
    OSError
        When the file cannot be written; the old one is left.
    ImportError
        Without safetensors; the message says what to install.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from inversa.nn import saving
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saving.save(f"{folder}/run.safetensors", {"w": np.ones(2), "epoch": 3})
    ...     saving.load(f"{folder}/run.safetensors")
    {'w': array([1., 1.]), 'epoch': 3}
    """
    arrays: dict[str, NDArray[Any]] = {}
    text = json.dumps(_without_arrays(tree, "", arrays))
    write_atomically(path, _safetensors().numpy.save(arrays, metadata={"inversa": text}))


def load(path: str | os.PathLike[str]) -> Any:
    """Read what `save` wrote; from another program's safetensors file a dict of its arrays.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is truncated or is something else.
    """
    safetensors, path = _safetensors(), expanded(path)
    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "is not there"
        raise FileNotFoundError(f"the file {os.fspath(path)!r} {what}")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("inversa")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        return arrays if text is None else _with_arrays(json.loads(text), arrays)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is truncated, damaged or no safetensors file ({error}): take another copy"
        ) from error


def _without_arrays(tree: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """The tree with references in the places of its arrays, which are collected under their paths."""
    if isinstance(tree, np.ndarray):
        if path in arrays:
            raise ValueError(f"two arrays would be called {path!r} in the file: name them without dots")
        arrays[path] = np.asarray(tree, order="C")
        return {_ARRAY: path}
    if isinstance(tree, dict):
        return {key: _without_arrays(part, f"{path}.{key}" if path else key, arrays) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_arrays(part, f"{path}.{number}", arrays) for number, part in enumerate(tree)]
    return tree.item() if isinstance(tree, np.generic) else tree


def _with_arrays(tree: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(tree, dict):
        return (
            arrays[tree[_ARRAY]] if _ARRAY in tree else {key: _with_arrays(part, arrays) for key, part in tree.items()}
        )
    return [_with_arrays(part, arrays) for part in tree] if isinstance(tree, list) else tree


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError('saving and loading need a package more: pip install "inversa[train]"') from error
    return safetensors

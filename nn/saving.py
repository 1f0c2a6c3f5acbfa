"""Saving: numbers, texts and arrays in one file, safetensors with JSON in its header. Nothing in it can run.

One file, because a file can be replaced atomically and two cannot. The JSON is an object with the entries

``format``
    The version of this description, a whole number.
``sha256``
    A checksum of everything else: the other entries, and the names, types, shapes and bytes of the arrays.
``tree``
    What was saved, with references in the places of the arrays.
``architecture``
    Of a model of ours: what it is made of.

Entries that a later version adds are covered by the checksum; one that changes the meaning of these has another number.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from inversa.autograd.files import readable, write_atomically
from inversa.autograd.lazy import NumpyMissingError, has_numpy, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2  # 1 was the tree alone, without a checksum
_ENTRIES = {"format", "sha256", "tree"}
_ARRAY = "$array"  # {"$array": "model.weight"} stands in the JSON for the array of that name


def save(path: str | os.PathLike[str], tree: Any, architecture: Any = None) -> None:
    """Write dicts (with texts as keys), lists, numbers, texts and arrays to a file, atomically.

    ``architecture`` is JSON that says what the arrays are of (see ``inversa.nn.architecture``), for `read` to find.

    The array at ``tree["model"]["0.weight"]`` is called ``model.0.weight`` in the file, which anything that reads
    safetensors can open.

    Raises
    ------
    OSError
        When the file cannot be written; the old one is left.
    ValueError
        When something in the tree cannot be kept in a file; the old one is left.
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
    safetensors = _safetensors()
    arrays: dict[str, NDArray[Any]] = {}
    try:
        entries = {"format": FORMAT, "tree": _without_arrays(tree, "", arrays)}
        if architecture is not None:
            entries["architecture"] = architecture
        text = json.dumps(entries | {"sha256": _checksum(entries, arrays)})
        content = safetensors.numpy.save(arrays, metadata={"inversa": text})
    except (safetensors.SafetensorError, TypeError, UnicodeError, RecursionError) as error:
        raise ValueError(
            f"this cannot be saved in a file ({error}): keep to numbers, texts and arrays of numbers"
        ) from error
    write_atomically(path, content)


def load(path: str | os.PathLike[str]) -> Any:
    """Read what `save` wrote; from another program's safetensors file a dict of its arrays.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is damaged, something else, or written by a later version of this library.
    """
    return read(path)[0]


def read(path: str | os.PathLike[str]) -> tuple[Any, Any]:
    """What `load` gives, and the architecture beside it; None where there is none.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load`.
    """
    safetensors, path = _safetensors(), readable(path)
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get("inversa")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        held = None if text is None else json.loads(text)
        if isinstance(held, dict) and held.keys() & _ENTRIES:
            return _with_arrays(_verified(held, arrays, path), arrays), held.get("architecture")
        return arrays if text is None else _with_arrays(held, arrays), None  # by another program, or in format 1
    except NewerFormatError:
        raise
    # a type of numbers that NumPy has not is an AttributeError of safetensors
    except (safetensors.SafetensorError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is truncated, damaged or no safetensors file ({error}): take another copy"
        ) from error


def check_suffix(path: str | os.PathLike[str]) -> None:
    """Raise for a path that promises another kind of file: models are saved as safetensors.

    Raises
    ------
    ValueError
    """
    suffix = os.path.splitext(os.fspath(path))[1]
    if suffix in ("", ".safetensors"):
        return
    instead = "export(path) writes .onnx" if suffix == ".onnx" else f"no {suffix}"
    raise ValueError(
        f"a model is saved as safetensors, {instead}: name the file {os.fspath(path)[: -len(suffix)]}.safetensors"
    )


def check_export(path: str | os.PathLike[str]) -> None:
    """Raise for a path that promises another kind of file than ONNX.

    Raises
    ------
    ValueError
    """
    suffix = os.path.splitext(os.fspath(path))[1]
    if suffix.lower() != ".onnx":
        raise ValueError(
            f"a model is exported as .onnx, not as {suffix or 'a file without a suffix'}: save(path) keeps it as "
            ".safetensors, and viz.draw(model, x).render(path) draws it"
        )


class NewerFormatError(ValueError):
    """A file that a later version of this library has written."""


def _verified(held: dict[str, Any], arrays: dict[str, NDArray[Any]], path: os.PathLike[str]) -> Any:
    """The tree of a file whose checksum is right."""
    if isinstance(held.get("format"), int) and held["format"] > FORMAT:
        raise NewerFormatError(
            f"{os.fspath(path)!r} has the format {held['format']}, and this version of inversa reads up to {FORMAT}: "
            "pip install --upgrade inversa"
        )
    entries = {name: entry for name, entry in held.items() if name != "sha256"}
    if held.get("sha256") != _checksum(entries, arrays):
        raise ValueError("the checksum is not that of what is in it")
    return held["tree"]


def _checksum(entries: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> str:
    """SHA-256 of the entries as JSON and, in the order of their names, of the arrays."""
    checksum = hashlib.sha256(json.dumps(entries, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        checksum.update(json.dumps([name, array.dtype.name, array.shape]).encode())
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        checksum.update(little.reshape(-1).view(np.uint8).data)
    return checksum.hexdigest()


def _without_arrays(tree: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """The tree with references in the places of its arrays, which are collected under their paths."""
    if isinstance(tree, np.ndarray):
        if path in arrays:
            raise ValueError(f"two arrays would be called {path!r} in the file: name them without dots")
        if tree.dtype.kind not in "biuf" or tree.dtype.itemsize > 8:
            raise ValueError(f"the array {path!r} cannot be kept in a file: it holds {tree.dtype}, no real numbers")
        arrays[path] = np.asarray(tree, order="C")
        return {_ARRAY: path}
    if isinstance(tree, dict):
        if not all(isinstance(key, str) for key in tree):
            raise ValueError(f"the keys of {path or 'the tree'!r} are not all texts: JSON knows no others")
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
    if not has_numpy():
        raise NumpyMissingError(
            "a file of parameters", "keep model.state_dict(): of a network of neurons, plain numbers"
        )
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError('saving and loading need a package more: pip install "inversa[train]"') from error
    return safetensors

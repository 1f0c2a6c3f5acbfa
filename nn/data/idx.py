"""IDX: the file format of MNIST, an array with a short header."""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

from inversa.autograd.files import readable
from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from numpy.typing import NDArray

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}  # > is big-endian
_AXES = 64  # as many as NumPy's arrays can have
_PART = 2**16  # bytes that are read at a time


def read_idx(path: str | PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, plain or compressed by gzip.

    Parameters
    ----------
    path : str or path
        The file. Whether it is compressed is seen from its first bytes, not from its name.

    Raises
    ------
    FileNotFoundError
        When there is no such file, or it is a folder.
    OSError
        When it is no ordinary file, such as a pipe, or may not be read.
    ValueError
        When it is not an IDX file, is cut off, has bytes too many, or its compression is damaged. Of a compressed file
        no more is unpacked than its header promises, whatever it would become.

    Notes
    -----
    Two bytes 0; one byte for the type of the numbers; one for the number of axes; the length of each axis as a
    big-endian integer of four bytes; then the numbers, big-endian, the last axis fastest. Described by Y. LeCun,
    C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from inversa.nn.data import read_idx
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(path)
    array([5, 0, 4], dtype=uint8)
    """
    path = readable(path)
    with open(path, "rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            return _array(gzip.GzipFile(fileobj=raw) if compressed else raw, path)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: the compressed file is damaged ({error}): get it again") from error


def _array(file: BinaryIO | gzip.GzipFile, path: Path) -> NDArray[Any]:
    """What an opened file holds. No more of it is unpacked than its header promises, and one byte."""
    start = file.read(4)
    if len(start) < 4:
        raise ValueError(f"{path} is cut off: it has {len(start)} bytes, an IDX header at least 4")
    zeros, code, axes = struct.unpack(">HBB", start)
    if zeros or code not in _TYPES:
        raise ValueError(f"{path} is not an IDX file: it starts with {start.hex(' ')}, not with 00 00 and a known type")
    if axes > _AXES:
        raise ValueError(f"{path} promises an array of {axes} axes, and NumPy has none of more than {_AXES}")
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise ValueError(f"{path} is cut off: it has {4 + len(lengths)} bytes, its header alone {4 + 4 * axes}")
    shape, dtype = struct.unpack(f">{axes}I", lengths), np.dtype(_TYPES[code])
    expected = prod(shape) * dtype.itemsize
    content = _at_most(expected + 1, file)
    if len(content) != expected:
        actual = len(content) if len(content) < expected else f"more than {expected}"
        raise ValueError(
            f"{path}: {actual} bytes follow the header, which promises {expected}: {dtype.name} of shape {shape}"
        )
    try:
        return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
    except ValueError as error:  # of no numbers, and with axes too long for NumPy
        raise ValueError(f"{path} holds an array of shape {shape}, which NumPy cannot ({error})") from error


def _at_most(count: int, file: BinaryIO | gzip.GzipFile) -> bytearray:
    """So many bytes, or all that there are; in parts, for a header may promise more than fits into memory."""
    content = bytearray()
    while len(content) < count and (part := file.read(min(count - len(content), _PART))):
        content += part
    return content

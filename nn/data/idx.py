"""IDX: the file format of MNIST, an array with a short header."""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from typing import TYPE_CHECKING, Any

from inversa.autograd.ops.namespace import np
from inversa.nn.files import expanded

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}  # > is big-endian


def read_idx(path: str | PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, plain or compressed by gzip.

    Parameters
    ----------
    path : str or path
        The file. Whether it is compressed is seen from its first bytes, not from its name.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not an IDX file, is cut off, has bytes too many, or its compression is damaged.

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
    path = expanded(path)
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: the compressed file is damaged ({error}): get it again") from error
    if len(content) < 4:
        raise ValueError(f"{path} is cut off: it has {len(content)} bytes, an IDX header at least 4")
    zeros, code, axes = struct.unpack_from(">HBB", content)
    if zeros or code not in _TYPES:
        raise ValueError(
            f"{path} is not an IDX file: it starts with {content[:4].hex(' ')}, not with 00 00 and a known type"
        )
    header = 4 + 4 * axes
    if len(content) < header:
        raise ValueError(f"{path} is cut off: it has {len(content)} bytes, its header alone {header}")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    dtype = np.dtype(_TYPES[code])
    expected = prod(shape) * dtype.itemsize
    if len(content) - header != expected:
        raise ValueError(
            f"{path}: {len(content) - header} bytes follow the header, which promises {expected}: "
            f"{dtype.name} of shape {shape}"
        )
    return np.frombuffer(content, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))

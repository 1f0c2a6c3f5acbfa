"""Files written atomically: nobody ever sees half a file, and a failed write leaves the old one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with the user's own folder in the place of a ``~`` at its beginning, as shells read it."""
    return Path(os.path.expanduser(path))


def write_atomically(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write to a file of another name in the same folder, then rename it; a link's target is replaced, not the link.

    Returns
    -------
    Path
        The path, as `expanded` reads it.

    Raises
    ------
    OSError
        When the path is a folder, its folder does not exist or cannot be written in, or the disk is full; the message
        says which.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from inversa.nn.files import write_atomically
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "numbers.txt", b"1 2 3").read_bytes()
    b'1 2 3'
    """
    path = expanded(path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    target = Path(os.path.realpath(path)) if os.path.islink(path) else path
    if not os.path.isdir(target.parent):
        raise FileNotFoundError(
            f"there is no folder {str(target.parent)!r} to save {target.name!r} in: create it first"
        )
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".inversa.", suffix=".part")
    except OSError as error:
        raise type(error)(
            f"cannot write in the folder {str(target.parent)!r} ({error.strerror}): choose another"
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # on the disk before the rename is: a power cut leaves the old file or the new one
        os.chmod(temporary, _permissions(target))  # mkstemp makes files for its owner alone
        os.replace(temporary, target)
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError):
            raise type(error)(f"cannot save {str(path)!r}: {error.strerror or error}") from error
        raise
    return path


def _permissions(path: Path) -> int:
    """Those of the file that is there, or those of a new one."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Files: written atomically, so that no half of one is ever seen; checked before they are read."""

from __future__ import annotations

import importlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

# Locks; without them there is Windows, where an open file cannot be removed anyway.
fcntl: Any = None if os.name == "nt" else importlib.import_module("fcntl")

_BEGIN, _END = ".inversa.", ".part"  # of the name of a file that is being written


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with the user's own folder in the place of a ``~`` at its beginning, as shells read it."""
    return Path(os.path.expanduser(path))


def readable(path: str | os.PathLike[str]) -> Path:
    """The path, as `expanded` reads it, if a file can be read there.

    Raises
    ------
    FileNotFoundError
        When there is no such file, or it is a folder.
    OSError
        When it is no ordinary file, such as a pipe, which one could wait for for ever, or may not be read.

    Examples
    --------
    >>> from inversa.autograd.files import readable
    >>> readable("nowhere/model.safetensors")
    Traceback (most recent call last):
    ...
    FileNotFoundError: the file 'nowhere/model.safetensors' is not there
    """
    path = expanded(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with open(path, "rb"):
                return path
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"the file {str(path)!r} is not there") from None
    except OSError as error:
        raise type(error)(f"{str(path)!r} cannot be read: {_reason(error)}") from error
    if stat.S_ISDIR(mode):
        raise FileNotFoundError(f"the file {str(path)!r} is a folder")
    raise OSError(f"{str(path)!r} is no ordinary file but {_kind(mode)}: name a file")


def write_atomically(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write to a file of another name in the same folder, then rename it; a link's target is replaced, not the link.

    What a process that was killed while it was writing has left in the folder is removed.

    Returns
    -------
    Path
        The path, as `expanded` reads it.

    Raises
    ------
    OSError
        When the path is a folder, a pipe or a device, its folder does not exist or cannot be written in, or the disk is
        full; the message says which.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from inversa.autograd.files import write_atomically
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "numbers.txt", b"1 2 3").read_bytes()
    b'1 2 3'
    """
    return write_together({path: content})[0]


def write_together(contents: Mapping[str | os.PathLike[str], bytes]) -> list[Path]:
    """Write files that belong together, such as an exam's sheets and their key: never are two sets of them mixed.

    All are on the disk under other names before any is replaced. Then the old ones are removed, from the last to the
    second, and the new ones renamed, from the first to the last: what is there at any moment belongs to one set, and
    where the last file is, all others are.

    Parameters
    ----------
    contents : mapping
        What is to stand in which file, in this order.

    Returns
    -------
    list of Path
        The paths, as `expanded` reads them.

    Raises
    ------
    OSError
        As `write_atomically`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from inversa.autograd.files import write_together
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sheet, key = Path(folder) / "sheet.txt", Path(folder) / "key.txt"
    ...     [path.name for path in write_together({sheet: b"1 + 1 =", key: b"2"})]
    ['sheet.txt', 'key.txt']
    """
    paths = [expanded(path) for path in contents]
    targets = [replaceable(path) for path in paths]
    for folder in {target.parent for target in targets}:
        _remove_leftovers(folder)
    with ExitStack() as stack:
        named = list(zip(paths, targets, strict=True))
        parts = [
            stack.enter_context(_part(*names, content)) for names, content in zip(named, contents.values(), strict=True)
        ]
        for path, target in reversed(named[1:]):
            with _told(path):
                target.unlink(missing_ok=True)
        for (path, target), part in zip(named, parts, strict=True):
            with _told(path):
                os.replace(part, target)
    return paths


@contextmanager
def _part(path: Path, target: Path, content: bytes) -> Iterator[str]:
    """A file of another name with the content, to be renamed; it is locked until then."""
    handle, temporary = _new_file(target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            with _told(path):
                file.write(content)
                file.flush()
                os.fsync(handle)  # on the disk before the rename is: a power cut leaves the old file or the new one
                if fcntl is None:
                    file.close()  # Windows renames no open file, and knows no permissions but one
                else:
                    os.chmod(temporary, _permissions(target))  # mkstemp makes files for its owner alone
            yield temporary
    finally:
        with suppress(OSError):  # it was renamed; or else, what went wrong first is told
            os.unlink(temporary)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of the system say which file could not be saved."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PermissionError) and fcntl is None:
            raise type(error)(
                f"cannot save {str(path)!r}: it is write-protected, or open in another program; close it there"
            ) from error
        raise type(error)(f"cannot save {str(path)!r}: {_reason(error)}") from error


def replaceable(path: Path) -> Path:
    """Where a file of that name is, or will be, behind all links.

    Raises
    ------
    OSError
        When there is something else than an ordinary file, or no folder to save it in.
    """
    if str(path).startswith(("/dev/std", "/dev/fd/", "/proc/")):  # replaced, its reader would get nothing
        raise OSError(f"{str(path)!r} is no ordinary file: save to a file, and show that")
    try:
        mode = os.stat(path).st_mode
    except OSError:  # nothing is there; or a name that cannot be, which the renaming tells
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        raise OSError(f"{str(path)!r} is no ordinary file but {_kind(mode)}: name a file")
    target = Path(os.path.realpath(path)) if os.path.islink(path) else path
    if not os.path.isdir(target.parent):
        raise FileNotFoundError(
            f"there is no folder {str(target.parent)!r} to save {target.name!r} in: create it first"
        )
    return target


def _new_file(folder: Path) -> tuple[int, str]:
    """A new file, open and locked, and its name."""
    while True:
        try:
            handle, name = tempfile.mkstemp(dir=folder, prefix=_BEGIN, suffix=_END)
        except OSError as error:
            raise type(error)(
                f"cannot write in the folder {str(folder)!r} ({_reason(error)}): choose another"
            ) from error
        if fcntl is not None:
            with suppress(OSError):  # not every file system of a network has locks
                fcntl.flock(handle, fcntl.LOCK_EX)
            if not os.fstat(handle).st_nlink:  # another process took it for a leftover before it was locked
                os.close(handle)
                continue
        return handle, name


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed processes have left. The system unlocks, or closes, the files of a process that ends."""
    for leftover in folder.glob(f"{_BEGIN}*{_END}"):
        with suppress(OSError):  # it is being written, or belongs to another process
            if fcntl is None:
                leftover.unlink()
                continue
            with open(os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()


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


def _kind(mode: int) -> str:
    for is_such, words in (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if is_such(mode):
            return words
    return "something else"


def _reason(error: OSError) -> str:
    """What the system says, in the middle of a sentence."""
    return (error.strerror or str(error)).replace("Permission denied", "permission denied")

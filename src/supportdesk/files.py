"""Files and folders only their owner may read, from the moment they exist (field/trust.md R104).

Modes are given at creation, so no umask leaves a window in which others can read. A desk shared
by a Unix group (``init --group``) passes the group modes; those are widened after creation only.
"""

import os
import stat
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Literal, cast, overload

FILE_MODE = 0o600
FOLDER_MODE = 0o700
GROUP_FILE_MODE = 0o660
GROUP_FOLDER_MODE = 0o2770


def private_dir(path: Path, mode: int = FOLDER_MODE, gid: int | None = None) -> Path:
    """Makes the folder and its missing parents; one that stands already is left as it is.

    Parents are always private; ``mode`` and ``gid`` (owning group) apply to the folder itself.
    """
    if path.is_dir():
        return path
    if not path.parent.is_dir():
        private_dir(path.parent)
    try:
        os.mkdir(path, FOLDER_MODE & mode)
    except FileExistsError:
        if path.is_dir():
            return path
        raise
    if gid is not None:
        os.chown(path, -1, gid)
    if mode != FOLDER_MODE:
        os.chmod(path, mode)
    return path


def is_shared_dir(path: Path, gid: int) -> bool:
    """Whether the folder is one a Unix group works in: what is made there belongs to the group, too."""
    found = path.stat()
    return stat.S_IMODE(found.st_mode) == GROUP_FOLDER_MODE and found.st_gid == gid


def private_descriptor(path: Path, flags: int, mode: int = FILE_MODE, gid: int | None = None) -> int:
    """Opens the file with ``os.open``; made here, it has ``mode`` and ``gid`` whatever the umask."""
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE & mode)
    except FileExistsError:
        if flags & os.O_EXCL:
            raise
        return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE_MODE & mode)
    if gid is not None:
        os.fchown(descriptor, -1, gid)
    if mode != FILE_MODE:
        os.fchmod(descriptor, mode)
    return descriptor


_FLAGS = {
    "r": os.O_RDONLY,
    "w": os.O_WRONLY | os.O_TRUNC,
    "x": os.O_WRONLY | os.O_EXCL,
    "a": os.O_WRONLY | os.O_APPEND,
    "r+": os.O_RDWR,
}


@overload
def private_open(path: Path, how: Literal["w", "x", "a"], mode: int = ..., gid: int | None = ...) -> TextIOWrapper: ...
@overload
def private_open(
    path: Path, how: Literal["wb", "xb", "ab", "r+b"], mode: int = ..., gid: int | None = ...
) -> BinaryIO: ...
def private_open(path: Path, how: str, mode: int = FILE_MODE, gid: int | None = None) -> TextIOWrapper | BinaryIO:
    """``open()`` for writing whose file is private when it is made here; text is UTF-8 with ``\\n`` line ends."""
    binary = how.endswith("b")
    descriptor = private_descriptor(path, _FLAGS[how.removesuffix("b")], mode, gid)
    if binary:
        return cast(BinaryIO, os.fdopen(descriptor, how))
    return cast(TextIOWrapper, os.fdopen(descriptor, how, encoding="utf-8", newline="\n"))


def private_file(path: Path, mode: int = FILE_MODE, gid: int | None = None) -> Path:
    """Makes an empty file if there is none: SQLite gives its WAL and journal the mode of the database it finds."""
    os.close(private_descriptor(path, os.O_WRONLY, mode, gid))
    return path


def atomic_write(path: Path, data: bytes, mode: int = FILE_MODE, gid: int | None = None) -> None:
    """Puts ``data`` in place of the file: after a power cut the old or the new content stands there, never a part."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.new")
    try:
        with private_open(draft, "xb", mode, gid) as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename or a new name in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

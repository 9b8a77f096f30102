"""Content of attachments: beside the database under its SHA-256 digest, ``<db>.files/ab/cdef…``.

The name a person gave stays in the row and never becomes a path. Files are private (or the group's), are never
executable and never run. The same content is stored once.
"""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from supportdesk.files import FOLDER_MODE, GROUP_FILE_MODE, GROUP_FOLDER_MODE, private_dir, private_open, sync_folder
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.database import modes_of
from supportdesk.terms.errors import Invalid, NotFound, NotReady

MAX_SIZE = 50 * 1024 * 1024
"""Bytes of one attachment."""

_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the ticket's attachment row keeps of the content: SHA-256 in hexadecimal and size in bytes."""

    digest: str
    size: int


def files_folder(db: Path) -> Path:
    """The folder of a database's attachments."""
    return db.with_name(f"{db.name}.files")


def file_of(db: Path, digest: str) -> Path:
    """Where content stands. Raises NotFound for what is no digest: nothing else can become a path."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound(_("There is no such attachment."), field="digest")
    return files_folder(db) / digest[:2] / digest[2:]


def open_file(source: Path) -> BufferedReader:
    """A person's file for reading. Raises Invalid for what is no ordinary file or too large, NotFound if it is not
    there."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound(
            _("{path} cannot be read: {reason}.").format(path=safe(str(source)), reason=error.strerror), field="file"
        ) from None
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_SIZE:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISREG(found.st_mode):
        raise _too_large(found.st_size)
    raise Invalid(_("{path} is not an ordinary file.").format(path=safe(str(source))), field="file")


def add(db: Path, source: BinaryIO) -> Stored:
    """Store what ``source`` gives; on disk when this returns. Raises Invalid beyond MAX_SIZE, NotReady when the
    disk does not take it."""
    mode, gid = modes_of(db)
    folder_mode = GROUP_FOLDER_MODE if mode == GROUP_FILE_MODE else FOLDER_MODE
    folder = private_dir(files_folder(db), folder_mode, gid)
    new = folder / f".{secrets.token_hex(8)}.new"
    hashed, size = hashlib.sha256(), 0
    try:
        with private_open(new, "xb", mode, gid) as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > MAX_SIZE:
                    raise _too_large(size)
                hashed.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        digest = hashed.hexdigest()
        place = file_of(db, digest)
        private_dir(place.parent, folder_mode, gid)
        os.replace(new, place)
        sync_folder(place.parent)
        sync_folder(folder)
    except OSError as error:
        raise NotReady(
            _("The file could not be stored ({reason}); nothing was attached. Make room and attach it again.").format(
                reason=error.strerror
            ),
            code="disk_full",
        ) from None
    finally:
        new.unlink(missing_ok=True)
    return Stored(digest, size)


@contextmanager
def opened(db: Path, digest: str) -> Iterator[BufferedReader]:
    """The content for reading. Raises NotFound when it is not beside this database."""
    try:
        stream = file_of(db, digest).open("rb")
    except OSError:
        raise NotFound(
            _("The content of this attachment is not here; restore it from a backup, or ask who sent it."),
            field="digest",
        ) from None
    with stream:
        yield stream


def verify(db: Path, digest: str) -> bool:
    """Whether the content is there and is what was stored."""
    try:
        with opened(db, digest) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == digest
    except NotFound:
        return False


def digests(db: Path) -> Iterator[str]:
    """Digests of all content that stands beside the database."""
    for place in sorted(files_folder(db).glob("[0-9a-f][0-9a-f]/*")):
        digest = place.parent.name + place.name
        if _DIGEST.fullmatch(digest):
            yield digest


def _too_large(size: int) -> Invalid:
    return Invalid(
        _("The file is too large ({size} MB, {limit} MB at most). Attach the part that matters.").format(
            size=-(-size // 1_048_576), limit=MAX_SIZE // 1_048_576
        ),
        field="file", code="too_large",
    )

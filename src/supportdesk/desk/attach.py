"""Files attached to a ticket: the row names them, the content stands beside the database under its digest."""

import mimetypes
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.store import attachments
from supportdesk.store.rows import Row

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_NAME = 255
UNKNOWN_TYPE = "application/octet-stream"


def attach(desk: "Desk", ticket_id: UUID, file: Path) -> UUID:
    """Attach one person's file, as :func:`attach_all`. Returns the row's id."""
    (id,) = attach_all(desk, ticket_id, [file])
    return id


def attach_all(desk: "Desk", ticket_id: UUID, files: Sequence[Path]) -> list[UUID]:
    """Attach a person's files to a ticket: all, or none when one cannot be read. Their own names are kept as given.

    Returns the rows' ids. Raises Invalid (no ordinary file, too large), NotFound (file or ticket), NotReady (disk
    full)."""
    with ExitStack() as open_files:
        streams = [open_files.enter_context(attachments.open_file(file)) for file in files]
        contents = [attachments.add(desk.path, stream) for stream in streams]
    with desk.journal.action("attach", desk.who) as act:
        act.get("ticket", ticket_id)
        return [act.create("attachment", _row(ticket_id, file.name[-LONGEST_NAME:], stored))
                for file, stored in zip(files, contents, strict=True)]


def _row(ticket_id: UUID, name: str, stored: attachments.Stored) -> Row:
    return {"ticket_id": ticket_id, "name": name, "size": stored.size, "digest": stored.digest,
            "type": mimetypes.guess_type(name)[0] or UNKNOWN_TYPE}

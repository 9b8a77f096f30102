"""Files attached to a ticket: the row names them, the content stands beside the database under its digest."""

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.store import attachments

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_NAME = 255
UNKNOWN_TYPE = "application/octet-stream"


def attach(desk: "Desk", ticket_id: UUID, file: Path, name: str | None = None) -> UUID:
    """Attach a person's file to a ticket; its own name is kept as given unless ``name`` is. Returns the row's id.

    Raises Invalid (no ordinary file, too large), NotFound (file or ticket), NotReady (disk full)."""
    stored = attachments.add_file(desk.path, file)
    shown = (name or file.name)[-LONGEST_NAME:]
    with desk.journal.action("attach", desk.who) as act:
        act.get("ticket", ticket_id)
        return act.create("attachment", {
            "ticket_id": ticket_id, "name": shown, "size": stored.size, "digest": stored.digest,
            "type": mimetypes.guess_type(shown)[0] or UNKNOWN_TYPE,
        })

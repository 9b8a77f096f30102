"""What the server refused: sent again as a new action of whoever asks, or put away; the words stay in the journal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store import refusals
from supportdesk.store.journal import Act
from supportdesk.store.refusals import RefusedEntry
from supportdesk.store.types import micros
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.errors import Invalid, NotFound

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def send_again(desk: "Desk", action: UUID, seen: Mapping[str, Any] | None = None) -> None:
    """Do what was refused of an action once more, now and in the name of the present agent.

    Raises Changed for a field that somebody has changed since, unless ``seen`` holds what stands there now; NotFound
    for a row that is gone or when nothing is refused (any more); NotPermitted; Invalid for an undo. Then nothing was
    written."""
    entries = refusals.refused_entries(desk.reader, action)
    if not entries:
        raise NotFound(_("Nothing of this is refused any more."), field="refusal")
    if any(entry.undoing for entry in entries):
        raise Invalid(_("This took something back that has changed since. Do it again where it stands."),
                      field="refusal", code="undo")
    with desk.journal.action(entries[0].verb, desk.who, reason=entries[0].reason) as act:
        for entry in entries:
            _do(act, entry, seen or {})
        refusals.settle(act.conn, action, micros(act.at))


def _do(act: Act, entry: RefusedEntry, seen: Mapping[str, Any]) -> None:
    match entry.kind:
        case EntryKind.CREATE:
            act.make_again(entry.entity, entry.row)
        case EntryKind.SET:
            act.set(entry.entity, entry.row, entry.after,
                    seen=entry.before | {name: value for name, value in seen.items() if name in entry.before})
        case EntryKind.ADD:
            for name, members in entry.after.items():
                act.add(entry.entity, entry.row, name, *members)
        case EntryKind.REMOVE:
            for name, members in entry.before.items():
                act.remove(entry.entity, entry.row, name, *members)


def put_away(desk: "Desk", action: UUID) -> None:
    """Let it be; it is no longer counted. What was typed stays in the journal of this file."""
    with desk.journal.transaction() as conn:
        refusals.settle(conn, action, micros(desk.clock()))


def bring_back(desk: "Desk", action: UUID) -> None:
    """Take :func:`put_away` back."""
    with desk.journal.transaction() as conn:
        refusals.settle(conn, action, None)

"""Erasing a person: everything the desk holds about him goes, what the desk did stays (DESIGN.md 3)."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _, ngettext
from supportdesk.rules import erasure
from supportdesk.rules.erasure import Order
from supportdesk.rules.mentions import Phrase, named, written
from supportdesk.store.types import iso
from supportdesk.terms.errors import Invalid, NotFound, NotPermitted

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

_COUNTED = {
    "tickets": "SELECT count(*) FROM ticket WHERE caller_id IN ({ids})",
    "calls": "SELECT count(*) FROM contact WHERE caller_id IN ({ids}) OR behalf_id IN ({ids})",
    "notes": "SELECT count(*) FROM note n JOIN ticket t ON t.id = n.ticket_id WHERE t.caller_id IN ({ids})",
    "attachments": "SELECT count(*) FROM attachment f JOIN ticket t ON t.id = f.ticket_id WHERE t.caller_id IN ({ids})",
    "named": "SELECT count(*) FROM ticket WHERE affected_id IN ({ids}) OR approver_id IN ({ids})",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """What an erasure reaches here. ``records`` are the person's own, joined ones included; ``named`` the tickets of
    others that name him as affected or approving."""

    id: UUID
    name: str
    records: int
    tickets: int
    calls: int
    notes: int
    attachments: int
    named: int


def reach(desk: "Desk", id: UUID) -> Reached:
    """What erasing a caller would reach. Raises NotFound, NotPermitted, and Invalid when he cannot be erased now."""
    if "erase" not in desk.agent.verbs:
        raise NotPermitted(_("Only an admin erases a person. Ask an admin for it."))
    conn = desk.reader
    found = conn.execute("SELECT name, merged_into_id, erased_at FROM caller WHERE id = ?", (id.bytes,)).fetchone()
    if found is None:
        raise NotFound(_("That record is not there (any more)."), field="caller")
    if found[2] is not None:
        raise Invalid(_("This person was erased already."), field="caller", code="erased")
    if found[1] is not None:
        raise Invalid(_("This record was joined with another one. Erase that: {id}").format(id=UUID(bytes=found[1])),
                      field="caller", code="joined")
    persons = _persons(conn, id)
    ids, marks = [UUID(one).bytes for one in sorted(persons)], ", ".join("?" * len(persons))
    open_ = [number for (number,) in conn.execute(
        f"SELECT number FROM ticket WHERE caller_id IN ({marks}) AND lane < 3 ORDER BY created_at LIMIT 20", ids)]
    if open_:
        raise Invalid(
            ngettext("There is still work for this person: solve, close or cancel {numbers} first.",
                     "There is still work for this person: solve, close or cancel these first: {numbers}.",
                     len(open_)).format(numbers=", ".join(open_)),
            field="caller", code="open_tickets",
        )
    counted = {
        name: int(conn.execute(sql.format(ids=marks), ids * sql.count("{ids}")).fetchone()[0])
        for name, sql in _COUNTED.items()
    }
    return Reached(id, found[0] or "", len(persons), **counted)


def is_erased(desk: "Desk", id: UUID) -> bool:
    """Whether a caller, or the record it was joined with, is a person who was erased."""
    return desk.reader.execute(
        "WITH RECURSIVE up (id, into_id, erased_at) AS ("
        "SELECT id, merged_into_id, erased_at FROM caller WHERE id = ? "
        "UNION SELECT c.id, c.merged_into_id, c.erased_at FROM up JOIN caller c ON c.id = up.into_id) "
        "SELECT 1 FROM up WHERE erased_at IS NOT NULL", (id.bytes,)).fetchone() is not None


def erase(desk: "Desk", id: UUID) -> Reached:
    """Erase a caller, here at once and at every other console when it exchanges next. Raises as :func:`reach`, and
    NotReady; then nothing was changed."""
    return erase_joined(desk, id, lambda: None)


def erase_joined(desk: "Desk", id: UUID, join: Callable[[], None]) -> Reached:
    """Erase a caller and ``join`` the record with that of the same person, who was erased before."""
    from supportdesk.store import erasing

    reached = reach(desk, id)
    with desk.journal.bulk():
        with desk.journal.action("erase", desk.who) as act:
            act.set("caller", id, {"erased_at": act.at, "retired_at": act.at})
        conn = desk.journal.conn
        entry = conn.execute("SELECT id FROM entry WHERE action = ?", (act.id.bytes,)).fetchone()[0]
        erasing.carry_out(conn, _order(conn, UUID(bytes=entry), id, iso(act.at)))
        join()
    desk.close_reader()
    erasing.finish(desk.path)
    return reached


def _order(conn: sqlite3.Connection, entry: UUID, id: UUID, done_at: str) -> Order:
    persons = _persons(conn, id)
    return erasure.ordered(str(entry), persons, str(id), _phrases(conn, persons), done_at)


def _persons(conn: sqlite3.Connection, id: UUID) -> set[str]:
    rows = conn.execute("SELECT id, merged_into_id FROM caller WHERE merged_into_id IS NOT NULL").fetchall()
    return erasure.family({str(UUID(bytes=one)): str(UUID(bytes=into)) for one, into in rows}, str(id))


def _phrases(conn: sqlite3.Connection, persons: set[str]) -> set[Phrase]:
    """What names the persons now or did before, and nobody else on the desk."""
    own: set[Phrase] = set()
    others: set[Phrase] = set()
    for raw, *values in conn.execute("SELECT id, name, mail, employee_number, numbers FROM caller"):
        phrases = erasure.phrases_of(_row(values))
        (own if str(UUID(bytes=raw)) in persons else others).update(phrases)
    for person in persons:
        for (fields,) in conn.execute("SELECT fields FROM entry WHERE entity_id = ?", (UUID(person).bytes,)):
            own |= erasure.phrases_in(json.loads(fields))
    for login, name in conn.execute("SELECT login, name FROM agent"):
        others |= named(name) | written(login)
    return own - others


def _row(values: list[Any]) -> dict[str, Any]:
    name, mail, key, numbers = values
    return {"name": name, "mail": mail, "employee_number": key, "numbers": json.loads(numbers or "[]")}

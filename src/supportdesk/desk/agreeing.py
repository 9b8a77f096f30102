"""Bringing in a file of calendars, contracts and the matrix: whole or not at all, twice as once (docs/formats.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from supportdesk.desk.agreeing_calendars import CalendarPlan, plan_calendar
from supportdesk.desk.agreeing_contracts import ContractPlanner
from supportdesk.desk.agreeing_matrix import plan_matrix, values
from supportdesk.desk.agreement_file import AgreementFile, Form, read
from supportdesk.desk.written import Problem
from supportdesk.i18n import _
from supportdesk.rules.agreed import compact
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import dumps, uuid7
from supportdesk.store.views.agreed import (
    KeptCalendar,
    calendars_in_use,
    contracts_in_use,
    kept_calendars,
    kept_matrix,
)
from supportdesk.store.views.windows import MATRIX

if TYPE_CHECKING:
    import sqlite3

    from supportdesk.desk.desk import Desk

_PART = 128 * 1024
"""Bytes of rows that one action is given; an action holds 256 KiB of entries, which tell what was as well."""


class Write(NamedTuple):
    """A row that would be made (``made``) or set to these values."""

    entity: str
    id: UUID
    slug: str
    name: str
    made: bool
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change, or why it cannot be brought in. ``unchanged`` counts what stands so already."""

    writes: tuple[Write, ...]
    problems: tuple[Problem, ...]
    unchanged: int


def plan(desk: "Desk", text: str, *, contracts: bool = True, matrix: bool = False, form: Form = Form.TOML,
         conn: "sqlite3.Connection | None" = None) -> Plan:
    """What bringing in a file would do; nothing is changed. Without ``contracts`` only its calendars count, its matrix
    only with ``matrix``. Raises Invalid for what is no such file."""
    return _Planner(desk, read(text, form), conn or desk.reader).plan(contracts, matrix)


def bring_in(desk: "Desk", text: str, *, contracts: bool = True, matrix: bool = False, form: Form = Form.TOML) -> Plan:
    """Bring a file in, as one action (a large one as several that one undo takes back). With a problem nothing is
    changed. Raises Invalid, NotPermitted, NotReady."""
    with desk.journal.bulk():
        found = plan(desk, text, contracts=contracts, matrix=matrix, form=form, conn=desk.journal.conn)
        if found.problems or not found.writes:
            return found
        parts = list(_parts(found.writes))
        batch = uuid7() if len(parts) > 1 else None
        for part in parts:
            with desk.journal.action("administer", desk.who, batch=batch) as act:
                for write in part:
                    if write.made:
                        act.create(write.entity, write.values, write.id)
                    else:
                        act.set(write.entity, write.id, write.values)
    return found


def _parts(writes: tuple[Write, ...]) -> Iterator[list[Write]]:
    part: list[Write] = []
    size = 0
    for write in writes:
        weight = len(dumps(write.values.get("versions") or ())) * (1 if write.made else 2)
        if part and size + weight > _PART:
            yield part
            part, size = [], 0
        part.append(write)
        size += weight
    yield part


class _Planner:
    def __init__(self, desk: "Desk", file: AgreementFile, conn: "sqlite3.Connection") -> None:
        self._desk = desk
        self._file = file
        self._conn = conn
        self._now = desk.clock()
        self._used = contracts_in_use(conn)

    def plan(self, contracts: bool, matrix: bool) -> Plan:
        stand = {calendar.slug: calendar for calendar in kept_calendars(self._conn)}
        in_use = calendars_in_use(self._conn, self._used)
        planned: dict[str, CalendarPlan] = {}
        writes: list[Write] = []
        unchanged = 0
        known = dict(stand)
        for draft in self._file.calendars:
            stands = stand.get(draft.slug)
            id = stands.id if stands else self.new_id("calendar", draft.slug)
            known[draft.slug] = KeptCalendar(id, draft.slug, "", (*(stands.versions if stands else ()), *(
                version.said for version in draft.versions)))  # so that contracts find it although it has a problem
            made = plan_calendar(draft, id, stands, id in in_use, self._now, self._desk.agent.language,
                                 self._file.problems)
            if made is None:
                continue
            planned[draft.slug] = made
            known[draft.slug] = KeptCalendar(id, made.slug, made.name, made.versions)
            if stands and (stands.name, stands.versions) == (made.name, made.versions):
                unchanged += 1
                continue
            writes.append(Write("calendar", id, made.slug, made.name, stands is None, made.values))
        if contracts:
            planner = ContractPlanner(self._conn, known, self._used, self._now, self._file.problems, self.new_id)
            for contract, changes in planner.plan(self._file.contracts):
                unchanged += not changes
                if changes:
                    writes.append(Write("contract", contract.id, contract.slug, contract.name, contract.is_new,
                                        changes))
        for each in self._file.matrices if matrix else ():
            stands_so = kept_matrix(self._conn)
            found = plan_matrix(each, stands_so, self._has_tickets(), self._now, self._file.problems)
            if found is None:
                continue
            if stands_so is not None and compact(stands_so.versions) == found:
                unchanged += 1
                continue
            writes.append(Write("matrix", MATRIX, each.slug, _("impact and urgency"), stands_so is None,
                                values(each.slug, found)))
        problems = self._file.problems.listed()
        return Plan(() if problems else tuple(writes), problems, unchanged)

    def _has_tickets(self) -> bool:
        return self._conn.execute("SELECT 1 FROM ticket LIMIT 1").fetchone() is not None

    def new_id(self, entity: str, slug: str) -> UUID:
        """The id of a new row: that of its slug, so that two consoles which bring in one file make one; another where
        something else had it."""
        fixed = starter_id(entity, slug)
        taken = self._conn.execute(f"SELECT 1 FROM {entity} WHERE id = ?", (fixed.bytes,)).fetchone()
        return uuid7() if taken else fixed

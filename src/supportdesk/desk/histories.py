"""A ticket's imported history: its rows become one event each, and together a ticket that breaks no rule of the trade.

The first row opens the ticket; each later one sets what differs. A row in which nothing of ours differs leaves a
note, so that every row of the source stands in the timeline (docs/formats.md, Mappings).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.mapping import TicketMapping
from supportdesk.i18n import _
from supportdesk.rules.priority import priority_of
from supportdesk.rules.text import safe
from supportdesk.store.types import instant, iso, uuid7
from supportdesk.store.views.windows import matrix_of
from supportdesk.terms.codes import Audience, Status, TicketType

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

ORIGIN = "import"
NOTHING = "-"
LONGEST_REASON = 4_000

Step = tuple[int, dict[str, Any]]
"""The line it comes from, and what desk/imports.take_step does."""


class History:
    """Makes the steps of tickets of one import; looks names up in ``desk`` once."""

    def __init__(self, desk: "Desk", mapping: TicketMapping) -> None:
        self._mapping = mapping
        self._agent = desk.agent
        self._teams = {slug: (UUID(bytes=id), level) for slug, id, level in desk.reader.execute(
            "SELECT slug, id, level FROM team WHERE retired_at IS NULL ORDER BY pk DESC")}
        self._logins = {login: UUID(bytes=id) for login, id in desk.reader.execute(
            "SELECT login, id FROM agent WHERE retired_at IS NULL ORDER BY pk DESC")}
        self._matrix = matrix_of(desk.reader)

    def steps(self, events: Sequence[tuple[int, int, Any]], refuse: Callable[[int, str], None]) -> Iterator[Step]:
        """The steps of one ticket; ``events`` are (line, microseconds, [author, values, kept]) in order."""
        id = str(uuid7())
        last_status = next((v["status"] for _l, _a, (_by, v, _k) in reversed(events) if "status" in v), Status.NEW)
        before: dict[str, Any] | None = None
        kept_before: dict[str, str] = {}
        for line, at, (author, values, kept) in events:
            try:
                now = self._ticket(values, before, at)
            except ValueError as error:
                refuse(line, str(error))
                continue
            base = {"at": at, "by": author or self._mapping.name, "entity": "ticket", "id": id}
            if before is None:
                yield line, base | {"make": True, "values": self._opened(now, kept, Status(last_status).is_open)}
                if kept and "description" in now:
                    yield line, self._note(base, id, _kept_lines(kept))
            else:
                changed = {f: v for f, v in now.items() if before.get(f) != v}
                changed |= {f: None for f in before if f not in now}
                words = _kept_changes(kept_before, kept)
                if changed:
                    was = {f: before.get(f) for f in changed}
                    yield line, base | {"make": False, "values": changed, "was": was, "reason": words or None}
                else:
                    yield line, self._note(base, id, words or _("updated; nothing that is kept here changed"))
            before, kept_before = now, kept

    def _ticket(self, values: dict[str, Any], before: dict[str, Any] | None, at: int) -> dict[str, Any]:
        """The ticket's fields after a row, in wire form. Raises ValueError for a team or login not known here."""
        now = {f: v for f, v in values.items() if f not in ("team", "assignee")}
        if "team" in values:
            found = self._teams.get(values["team"])
            if found is None:
                raise ValueError(_("there is no team {slug}.").format(slug=safe(values["team"])))
            now |= {"team_id": str(found[0]), "level": values.get("level", found[1])}
        if "assignee" in values:
            agent = self._logins.get(values["assignee"])
            if agent is None:
                raise ValueError(_("there is no agent {login}.").format(login=safe(values["assignee"])))
            now["assignee_id"] = str(agent)
        now.setdefault("type", TicketType.INCIDENT)
        now.setdefault("status", Status.NEW)
        now.setdefault("impact", 4)
        now.setdefault("urgency", 3)
        self._settle_priority(now, at)
        self._settle_instants(now, before, at)
        return now

    def _settle_priority(self, now: dict[str, Any], at: int) -> None:
        by_matrix = priority_of(now["impact"], now["urgency"], self._matrix.at(at))
        if now.setdefault("priority", by_matrix) != by_matrix:
            now["priority_reason"] = _("as imported")

    def _settle_instants(self, now: dict[str, Any], before: dict[str, Any] | None, at: int) -> None:
        """When it was solved and closed follows from the rows in which it became so."""
        was = before or {}
        when = iso(instant(at))
        now.setdefault("created_at", was.get("created_at", when))
        status = Status(now["status"])
        if not status.is_open:
            now["solved_at"] = was.get("solved_at", when)
        if status in (Status.CLOSED, Status.CANCELLED):
            now["closed_at"] = was.get("closed_at", when)

    def _opened(self, now: dict[str, Any], kept: dict[str, str], stays_open: bool) -> dict[str, Any]:
        values = now | {"origin": ORIGIN}
        values.setdefault("level", self._agent.level)
        if "team_id" not in values and self._agent.team is not None:
            values["team_id"] = str(self._agent.team)
        values.setdefault("language", self._agent.language)
        if stays_open:  # somebody owes the caller the answer: who brought the ticket here, until he passes it on
            values["owner_id"] = str(self._agent.id)
        values.setdefault("title", _("(without title)"))
        if kept and "description" not in values:
            values["description"] = _kept_lines(kept)
        return values

    @staticmethod
    def _note(base: dict[str, Any], ticket: str, text: str) -> dict[str, Any]:
        return base | {"entity": "note", "id": str(uuid7()), "make": True, "values": {
            "ticket_id": ticket, "audience": Audience.INTERNAL, "text": text, "author_text": base["by"],
            "at": iso(instant(base["at"])),
        }}


def _kept_lines(kept: dict[str, str]) -> str:
    return "\n".join(f"{column}: {text}" for column, text in kept.items())


def _kept_changes(before: dict[str, str], after: dict[str, str]) -> str:
    """What differs in the columns kept word for word, in one line."""
    changes = [
        f"{column}: {before.get(column, NOTHING)} > {after.get(column, NOTHING)}"
        for column in {**before, **after} if before.get(column) != after.get(column)
    ]
    return "; ".join(changes)[:LONGEST_REASON]

"""The end of a major incident: what becomes of each case that hangs on it (docs/major.md).

Whoever was told is noted with how; who says it works has his case solved with the major incident's solution; who says
it does not has his case back. A case nothing is said of stays open and is listed until somebody tells its caller.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.desk.common import require_open
from supportdesk.desk.major import major_it_hangs_on, note_told
from supportdesk.desk.major_rows import hung_on
from supportdesk.desk.tickets import solve_one
from supportdesk.i18n import _
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import Status
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one case: ``how`` its caller was told (a Channel), ``who`` if not the caller, and whether it is
    still broken; None: he was told and has not tried yet, the case stays open."""

    how: str
    who: str | None = None
    still_broken: bool | None = None


def end_major(desk: "Desk", major_id: UUID, solution: str, answers: Mapping[UUID, Answer] | None = None, *,
              article: UUID | None = None) -> None:
    """Solve the ticket of a major incident; with it the incident and its outage are over. ``answers`` by the ticket of
    the case, told by the agent. All of it or nothing, undone as one. Raises Invalid."""
    with _as_one(desk):
        with desk.journal.action("solve", desk.who) as act:
            ticket_id = act.get("major_incident", major_id)["ticket_id"]
            if ticket_id is None:
                raise Invalid(_("Its ticket is another company's. They solve it; tell your callers then."),
                              field="ticket")
            row = act.get("ticket", ticket_id)
            require_open(row)
            if not (solution.strip() or row["solution"]):
                raise Invalid(_("Say how it was solved: the cases that hang on it are solved with it."),
                              field="solution")
            solve_one(act, row, solution.strip(), article=article, told=True)
        _settle(desk, answers or {}, major_id)


def tell_the_end(desk: "Desk", answers: Mapping[UUID, Answer]) -> None:
    """What callers say of their cases once the major incident is over, by the ticket of the case. All of it or
    nothing, undone as one. Raises Invalid where a case hangs on none or on one that runs."""
    with _as_one(desk):
        _settle(desk, answers)


def _settle(desk: "Desk", answers: Mapping[UUID, Answer], major_id: UUID | None = None) -> None:
    """Each case by an action of its own: told, and solved or taken off."""
    for case, answer in answers.items():
        works = answer.still_broken is False
        with desk.journal.action("solve" if works else "tell", desk.who) as act:
            row = act.get("ticket", case)
            major = major_it_hangs_on(act, row)
            if major_id not in (None, major["id"]):
                raise Invalid(_("{number} does not hang on this major incident.").format(number=row["number"]),
                              field="ticket")
            if major["ended_at"] is None:
                raise Invalid(_("This major incident runs still. Solve it first, then ask each caller."),
                              field="ticket")
            if answer.still_broken:
                require_open(row)
            note_told(act, row, major["id"], how=answer.how, who=answer.who, still_broken=answer.still_broken)
            if works and Status.read(row["status"]).is_open:
                ticket = act.find("ticket", major["ticket_id"], "solution") if major["ticket_id"] else None
                solve_one(act, row, row["solution"] or (ticket or {}).get("solution") or "", told=True)
        if answer.still_broken:
            with desk.journal.action("unlink", desk.who, reason=_("still broken")) as act:
                for link in hung_on(act, case).values():
                    act.set("link", link, {"retired_at": act.at})


@contextmanager
def _as_one(desk: "Desk") -> Iterator[None]:
    """Several actions that stand or fall together, with one batch id, so that one undo takes all back."""
    with desk.journal.bulk():
        desk.journal.batch = uuid7()
        try:
            yield
        finally:
            desk.journal.batch = None

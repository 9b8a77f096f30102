"""Duties: what the desk does by itself when its time has come, said by no person (DESIGN.md 3).

Every action has a fixed id: that of the duty, its subject and the instant it was due. Whoever runs the duties, and
however often, it is in the journal once.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import SOURCE, _, speaking
from supportdesk.rules.answering import answer_by
from supportdesk.rules.book import Book
from supportdesk.store.types import instant, iso, micros
from supportdesk.store.views.agreements import book
from supportdesk.store.views.handoffs import Unanswered, unanswered
from supportdesk.terms.codes import Audience, HandoffState, Priority

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.journal import Act

_DUTIES = UUID("6b0a9c1e-53f4-5c58-9f0e-1f6f5d0b7a21")
_VERSION = 1
"""Of what a duty does: a later one that does it otherwise has ids of its own."""


@dataclass(frozen=True, slots=True)
class Tended:
    """What a look at the handoffs came to: how many actions, how late the latest of them was, and the instant
    (UTC) at which the next is due, None when none waits."""

    done: int
    late_s: float
    next_at: datetime | None


def duty_id(duty: str, subject: UUID, due: datetime) -> UUID:
    """The id of a duty's action: whoever writes it writes the same one."""
    return uuid5(_DUTIES, f"{duty}/{subject}/{iso(due)}/{_VERSION}")


def tend_handoffs(desk: "Desk") -> Tended:
    """Remind the sender of a handoff that was not answered in time (rules/answering), and bring it back when it is not
    answered then either. A ticket stays its sender's all the while."""
    now = desk.clock()
    done, late, next_at = 0, 0.0, None
    terms = book(desk.reader)
    for offer in unanswered(desk.reader):
        due = due_at(offer, terms)
        if due > now:
            next_at = due if next_at is None else min(next_at, due)
        elif _bring_back(desk, offer, due) if offer.reminded_us is not None else _remind(desk, offer, due, terms):
            done, late = done + 1, max(late, (now - due).total_seconds())
    if done:  # a reminder begins the time anew
        waits = [due_at(offer, terms) for offer in unanswered(desk.reader)]
        next_at = min((due for due in waits if due > now), default=None)
    return Tended(done, late, next_at)


def is_any_due(desk: "Desk", now: datetime) -> bool:
    """Whether something is to be done about an offer that waits."""
    offers = unanswered(desk.reader)
    terms = book(desk.reader) if offers else None
    return terms is not None and any(due_at(offer, terms) <= now for offer in offers)


def due_at(offer: Unanswered, terms: Book) -> datetime:
    """When something is to be done about an offer: first a reminder, then its way back."""
    return _answer_by(offer, offer.offered_us if offer.reminded_us is None else offer.reminded_us, terms)


def _answer_by(offer: Unanswered, since: int, terms: Book) -> datetime:
    calendar = terms.calendar(offer.calendar)
    return instant(answer_by(since, Priority.read(offer.priority), None if calendar is None else calendar.time))


def _remind(desk: "Desk", offer: Unanswered, due: datetime, terms: Book) -> bool:
    """A note for the desk on the ticket: who was asked, since when, and when it comes back."""
    id = duty_id("remind_handoff", offer.id, due)
    with desk.journal.action("remind_handoff", None, id=id) as act:
        if not _waits(act, offer):
            return False
        zone = _zone(offer.sender_zone)
        back = _answer_by(offer, micros(act.at), terms)
        with speaking(offer.language or SOURCE):
            text = _("{team} has not answered the handoff of {when}. Call them, or withdraw it: it comes back "
                     "unanswered at {back}.").format(
                team=offer.to_team, when=clock(offer.offered_us, micros(act.at), zone),
                back=clock(micros(back), micros(act.at), zone))
        act.create("note", {"ticket_id": offer.ticket_id, "audience": Audience.INTERNAL, "text": text, "at": act.at},
                   uuid5(id, "note"))
    return True


def _bring_back(desk: "Desk", offer: Unanswered, due: datetime) -> bool:
    """The offer ends, as if it had been returned; the ticket shows it."""
    with desk.journal.action("bring_back", None, id=duty_id("bring_back", offer.id, due)) as act:
        if not _waits(act, offer):
            return False
        act.set("handoff", offer.id, {"state": HandoffState.RETURNED, "answered_at": act.at})
        act.set("ticket", offer.ticket_id, {"status_reason": "returned"})
    return True


def _waits(act: "Act", offer: Unanswered) -> bool:
    """Whether it is still to be done: nobody has answered meanwhile, and nobody has done this."""
    row = act.find("handoff", offer.id, "state")
    written = act.conn.execute("SELECT 1 FROM entry WHERE action = ? LIMIT 1", (act.id.bytes,)).fetchone()
    return row is not None and row["state"] == HandoffState.OFFERED and written is None


def _zone(name: str | None) -> tzinfo:
    with suppress(LookupError, ValueError, OSError):
        return ZoneInfo(name or "UTC")
    return UTC

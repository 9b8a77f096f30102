"""Taking a call: one contact, and what came of it (issue 2 part 3; field/practice.md 4).

Every call makes exactly one contact; tickets hang on contacts. The call's own id comes from the
draft, so saving twice saves once (DESIGN.md law 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from supportdesk.desk.common import require_open, settle_priority
from supportdesk.desk.entitlement import settle_coverage
from supportdesk.desk.handoffs import offer_in
from supportdesk.desk.major import hang, note_told
from supportdesk.i18n import _
from supportdesk.models.inputs import CallerInput, ContactInput, NoteInput, TicketInput, checked
from supportdesk.rules.phones import parse_phone
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import Channel, CheckResult, Direction, Outcome, Status
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

WITHOUT_TICKET = (Outcome.WRONG_NUMBER, Outcome.INFORMATION, Outcome.SPAM, Outcome.CUT_OFF, Outcome.NOT_REACHED,
                  Outcome.VOICEMAIL_LEFT, Outcome.NO_ANSWER, Outcome.BUSY)

_OF_A_TICKET = (Outcome.SOLVED, Outcome.HANDED_OVER, Outcome.CALLBACK_PROMISED)
"""What becomes true by a solution, an offer or a promise, and never by a contact that says so."""

_NO_CALLBACK: Row = {"callback_at": None, "callback_number": None, "callback_to": None}
_LIVE = (Channel.PHONE, Channel.CHAT, Channel.WALK_IN)
_SPOKEN = (Outcome.EXISTING_TICKET, Outcome.INFORMATION)

_CARD = ("number", "status", "priority", "language", "caller_name")
_OF_CALLER = ("name", "organisation_id", "language")


@dataclass(frozen=True, slots=True)
class Check:
    """An identity check made on the call; the secret itself is never given. ``reason`` when it was skipped."""

    matter: str
    method: str | None
    result: CheckResult
    reason: str | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Used:
    """An article used on the call: steps ticked are 1-based; ``helped`` None when nobody said."""

    article_id: UUID
    steps: tuple[int, ...] = ()
    helped: bool | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback promised: when (aware), the number and the person as given."""

    at: datetime
    number: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A handoff offered with the call: to which team, with which packet (rules/packet.PARTS)."""

    to_team: UUID
    packet: Mapping[str, str]
    incomplete_reason: str | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as typed. ``id`` becomes the ticket's, ``contact_id`` the contact's.

    ``contact`` and ``ticket`` hold fields of ContactInput and TicketInput; ``new_caller`` fields of
    CallerInput for somebody the desk does not know yet (``new_organisation`` his company's name).
    ``goodwill`` is why it is worked on although nothing covers it; it counts only then.
    Give at most one of ``solution`` (solved), ``offer``, ``promise`` may stand beside either; neither
    keeps the ticket with the agent, ``unassigned`` leaves it to the team. ``major_id`` is the major incident it is a
    case of: what it is about comes from there where nothing else is said, and a caller who speaks with us is told."""

    ticket: Mapping[str, Any]
    contact: Mapping[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid7)
    contact_id: UUID = field(default_factory=uuid7)
    new_caller: Mapping[str, Any] | None = None
    new_organisation: str | None = None
    solution: str | None = None
    offer: Offer | None = None
    promise: Promise | None = None
    unassigned: bool = False
    goodwill: str | None = None
    major_id: UUID | None = None
    note: str | None = None
    checks: Sequence[Check] = ()
    used: Sequence[Used] = ()


class Saved(NamedTuple):
    """What was saved, for the card to read aloud."""

    id: UUID
    number: str
    status: Status
    priority: str
    contact_id: UUID | None
    language: str | None
    caller_name: str | None
    promise: Promise | None = None
    handed_to: str | None = None
    again: bool = False  # it had been saved before; nothing was written now


def take_call(desk: "Desk", call: Call) -> Saved:
    """Log a call and its ticket: solved, kept, handed over or with a callback. Raises Invalid, NotReady."""
    ticket = checked(TicketInput, call.ticket)
    contact = checked(ContactInput, call.contact)
    if call.major_id is None:
        _must_say(ticket, "description")
    if call.solution is not None and call.offer is not None:
        raise Invalid(_("A solved ticket is not handed over. Give the solution or the handoff, not both."),
                      field="offer")
    with desk.journal.action("take_call", desk.who, making=call.id) as act:
        known = act.find("ticket", call.id, *_CARD) if act.stands else None
        if known is not None:
            return _saved(known, None, again=True)
        _new_people(desk, act, call, ticket, contact)
        major = _major(act, call, ticket)
        row = _ticket(desk, act, call, ticket)
        settle_coverage(act, row, contact.get("channel") or Channel.PHONE, call.goodwill)
        _contact(desk, act, call.contact_id, contact, row, (call.id,), _outcome(call))
        act.create("ticket", row, call.id)
        if major is not None:
            hang(act, row | {"id": call.id}, major)
            if (channel := contact.get("channel") or Channel.PHONE) in _LIVE:
                note_told(act, row | {"id": call.id}, major["id"], how=channel)
        _rest(act, call, row.get("caller_id"))
        handed_to = None
        if call.offer is not None:
            handed_to = offer_in(act, desk, call.id, call.offer.to_team, call.offer.packet,
                                 call.offer.incomplete_reason, call.offer.id)
    return _saved(row | {"id": call.id}, call.contact_id, promise=call.promise, handed_to=handed_to)


def open_ticket(desk: "Desk", values: Mapping[str, Any], id: UUID | None = None, *, note: str | None = None,
                major_id: UUID | None = None) -> Saved:
    """A ticket without a call (mail, walk-in, a script): unassigned with the agent's team, he owns the contact.

    ``note`` is an internal one; ``major_id`` as for a call, but its caller is still to be told."""
    ticket = checked(TicketInput, values)
    if major_id is None:
        _must_say(ticket, "title")
    call = Call(ticket=ticket, id=id or uuid7(), unassigned=True, major_id=major_id, note=note)
    with desk.journal.action("open_ticket", desk.who) as act:
        known = act.find("ticket", call.id, *_CARD)
        if known is not None:
            return _saved(known, None, again=True)
        major = _major(act, call, ticket)
        row = _ticket(desk, act, call, ticket)
        settle_coverage(act, row)
        act.create("ticket", row, call.id)
        if major is not None:
            hang(act, row | {"id": call.id}, major)
        _rest(act, call, row.get("caller_id"))
    return _saved(row | {"id": call.id}, None)


def log_contact(desk: "Desk", outcome: Outcome, contact: Mapping[str, Any], *, tickets: Sequence[UUID] = (),
                id: UUID | None = None, note: str | None = None, chaser: bool = False) -> UUID:
    """A contact without a new ticket: wrong number, answered by heart, spam, or about open tickets.

    ``chaser`` counts "what became of my case" on each ticket; ``note`` goes to the first ticket, or onto
    the contact itself. Saving the same id twice saves once. Returns the contact's id. Raises Invalid for an
    outcome that only a verb of the ticket makes true."""
    if outcome in _OF_A_TICKET or (not tickets and outcome not in WITHOUT_TICKET):
        raise Invalid(
            _("A contact alone does not make that true. Say it to the ticket: solve it, hand it over or promise the "
              "callback."), field="outcome",
        )
    values = checked(ContactInput, {**contact, "outcome": outcome})
    id = id or uuid7()
    with desk.journal.action("log_contact", desk.who) as act:
        if act.find("contact", id, "outcome") is not None:
            return id
        about = act.get("ticket", tickets[0]) if tickets else {}
        if note and not tickets:
            values["note"] = note
        _contact(desk, act, id, values, about, tuple(tickets), outcome)
        for ticket in tickets if chaser else ():
            row = act.get("ticket", ticket)
            act.set("ticket", ticket, {"chasers": (row["chasers"] or 0) + 1})
        for ticket in tickets if settles_callback(outcome, values) else ():
            act.set("ticket", ticket, _NO_CALLBACK)
        if note and tickets:
            act.create("note", {**checked(NoteInput, {"text": note}), "ticket_id": tickets[0], "audience": "internal",
                                "agent_id": act.agent, "at": act.at})
    return id


def check_identity(desk: "Desk", check: Check, *, caller_id: UUID | None = None, ticket_id: UUID | None = None,
                   contact_id: UUID | None = None) -> UUID:
    """Record an identity check. Skipping one needs a reason, which the lead sees. Raises Invalid."""
    with desk.journal.action("check_identity", desk.who, reason=check.reason) as act:
        return _check(act, check, caller_id, ticket_id, contact_id)


def _new_people(desk: "Desk", act: Act, call: Call, ticket: Row, contact: Row) -> None:
    if call.new_organisation and ticket.get("organisation_id") is None:
        ticket["organisation_id"] = act.create("organisation", {"name": call.new_organisation, "kind": "customer"})
    if call.new_caller is None or ticket.get("caller_id") is not None:
        return
    person = checked(CallerInput, call.new_caller)
    numbers = person.pop("numbers", ()) or ()
    person["numbers"] = [number(desk, n) for n in numbers if n.strip()]
    person.setdefault("organisation_id", ticket.get("organisation_id"))
    ticket["caller_id"] = contact["caller_id"] = act.create("caller", person)
    ticket.setdefault("caller_name", person.get("name"))


def number(desk: "Desk", text: str) -> dict[str, str | None]:
    """A telephone number as stored: the text as given and E.164 if it is one in the agent's region."""
    phone = parse_phone(text, desk.agent.region)
    return {"text": phone.as_given, "e164": phone.e164}


def _ticket(desk: "Desk", act: Act, call: Call, given: Row) -> Row:
    row: Row = {"impact": 4, "urgency": 3, "type": "incident"} | given
    settle_priority(act, row)
    text = (row.get("description") or row.get("title") or "").strip()
    row["title"] = _said(row, "title") or text.splitlines()[0][:120]
    row.setdefault("description", text)
    if not row.get("description"):
        row["description"] = row["title"]
    agent = desk.agent
    caller = act.find("caller", row["caller_id"], *_OF_CALLER) if row.get("caller_id") else None
    if caller is not None:
        row.setdefault("caller_name", caller["name"])
        row.setdefault("organisation_id", caller["organisation_id"])
        row.setdefault("language", caller["language"])
    row |= {
        "number": act.next_number(), "created_at": act.at, "owner_id": agent.id, "team_id": agent.team,
        "level": agent.level, "status": Status.NEW, "origin": "desk",
    }
    if not call.unassigned:
        row |= {"assignee_id": agent.id, "status": Status.IN_PROGRESS}
    if call.solution is not None:
        row |= {"status": Status.SOLVED, "solution": call.solution, "solved_at": act.at, "assignee_id": agent.id}
    if call.promise is not None:
        if call.solution is not None:
            raise Invalid(_("A solved ticket needs no callback. Keep it open, or drop the callback."), field="promise")
        row |= {
            "callback_at": call.promise.at,
            "callback_number": call.promise.number or row.get("caller_number"),
            "callback_to": call.promise.to or row.get("caller_name"),
        }
    return row


def _major(act: Act, call: Call, ticket: Row) -> Row | None:
    """The major incident a call is a case of; what the ticket does not say comes from it."""
    if call.major_id is None:
        return None
    major = act.get("major_incident", call.major_id)
    if not (ticket.get("component_id") or ticket.get("component_name") or ticket.get("product_id")):
        ticket |= {name: major[name] for name in ("component_id", "product_id") if major[name] is not None}
    if not (_said(ticket, "title") or _said(ticket, "description")):
        ticket["title"] = major["title"]
    return major


def _must_say(ticket: Row, field: str) -> None:
    if not (_said(ticket, "title") or _said(ticket, "description")):
        raise Invalid(_("Say in a few words what the matter is."), field=field)


def _said(row: Row, name: str) -> str:
    return (row.get(name) or "").strip()


def _outcome(call: Call) -> Outcome:
    if call.solution is not None:
        return Outcome.SOLVED
    if call.offer is not None:
        return Outcome.HANDED_OVER
    return Outcome.CALLBACK_PROMISED if call.promise is not None else Outcome.NEW_TICKET


def _contact(desk: "Desk", act: Act, id: UUID, given: Row, about: Row, tickets: tuple[UUID, ...],
             outcome: Outcome) -> None:
    """The one contact of a call. What is logged at once was answered as it came and ended as it was answered."""
    row: Row = {"direction": "in", "channel": "phone", "started_at": act.at} | given
    if row.get("number_given"):
        row["number"] = parse_phone(row["number_given"], desk.agent.region).e164
    for mine, theirs in (("caller_id", "caller_id"), ("caller_name", "caller_name"), ("language", "language")):
        if row.get(mine) is None:
            row[mine] = about.get(theirs)
    if outcome.answered:
        row.setdefault("answered_at", row["started_at"])
    row.setdefault("ended_at", row.get("answered_at", row["started_at"]))
    row["holds"] = [[None if t is None else t.isoformat() for t in pair] for pair in row.get("holds") or ()]
    row |= {"agent_id": act.agent, "tickets": tickets, "outcome": outcome}
    row.setdefault("wrapped_at", act.at)
    act.create("contact", row, id)


def _check(act: Act, check: Check, caller_id: UUID | None, ticket_id: UUID | None, contact_id: UUID | None) -> UUID:
    if check.result is CheckResult.SKIPPED and not (check.reason or "").strip():
        raise Invalid(_("Going on without the identity check needs a reason; the lead sees it."), field="identity")
    return act.create("identity_check", {
        "matter": check.matter, "method": check.method, "result": check.result, "reason": check.reason,
        "caller_id": caller_id, "ticket_id": ticket_id, "contact_id": contact_id, "agent_id": act.agent, "at": act.at,
    }, check.id)


def _rest(act: Act, call: Call, caller_id: UUID | None) -> None:
    for check in call.checks:
        _check(act, check, caller_id, call.id, call.contact_id)
    for used in call.used:
        act.create("article_use", {
            "article_id": used.article_id, "ticket_id": call.id, "contact_id": call.contact_id,
            "steps": list(used.steps), "helped": used.helped, "agent_id": act.agent, "at": act.at,
        }, used.id)
    if call.note and call.note.strip():
        act.create("note", {**checked(NoteInput, {"text": call.note}), "ticket_id": call.id, "audience": "internal",
                            "agent_id": act.agent, "at": act.at})


def _saved(row: Row, contact_id: UUID | None, *, promise: Promise | None = None, handed_to: str | None = None,
           again: bool = False) -> Saved:
    return Saved(row["id"], row["number"], Status.read(row["status"]), str(row["priority"]), contact_id,
                 row.get("language"), row.get("caller_name"), promise, handed_to, again)


def settles_callback(outcome: Outcome, contact: Mapping[str, Any]) -> bool:
    """Whether a contact about a ticket makes the callback promised there needless: the caller spoke with us first."""
    return (contact.get("direction") or Direction.IN) == Direction.IN and outcome in _SPOKEN and (
        contact.get("channel") or Channel.PHONE) in _LIVE


def promised(desk: "Desk", tickets: Sequence[UUID]) -> dict[UUID, int]:
    """Those of the tickets whose caller was promised a callback, and for when (microseconds UTC)."""
    found = {}
    for id in tickets:
        row = desk.reader.execute("SELECT callback_at FROM ticket WHERE id = ?", (id.bytes,)).fetchone()
        if row is not None and row[0] is not None:
            found[id] = int(row[0])
    return found


def settle_callback(desk: "Desk", ticket_id: UUID, outcome: Outcome, *, note: str | None = None,
                    later: datetime | None = None, contact: Mapping[str, Any] | None = None) -> UUID:
    """Log the callback that was promised: one outgoing contact. Reached keeps the promise: any outcome that tells what
    was said (``information``, ``solved`` …). ``later`` is the time the caller asked for, or the next try; an attempt
    that reached nobody leaves the promise standing without it. Returns the contact's id. Raises Invalid."""
    if outcome is Outcome.LATER and later is None:
        raise Invalid(_("Say when the caller wants to be called."), field="when")
    with desk.journal.action("settle_callback", desk.who) as act:
        ticket = act.get("ticket", ticket_id)
        require_open(ticket)
        id = contact_out(desk, act, ticket, outcome, contact)
        if later is not None and (outcome is Outcome.LATER or not outcome.reached):
            act.set("ticket", ticket_id, {"callback_at": later})
        elif outcome.reached:
            act.set("ticket", ticket_id, _NO_CALLBACK)
        if note and note.strip():
            act.create("note", {**checked(NoteInput, {"text": note}), "ticket_id": ticket_id, "audience": "internal",
                                "agent_id": act.agent, "at": act.at})
    return id


def contact_out(desk: "Desk", act: Act, ticket: Row, outcome: Outcome,
                contact: Mapping[str, Any] | None = None) -> UUID:
    """One contact of a call to the person who was promised it."""
    id = uuid7()
    values = checked(ContactInput, {**(contact or {}), "outcome": outcome, "direction": "out",
                                    "number_given": ticket["callback_number"]})
    _contact(desk, act, id, values, ticket, (ticket["id"],), outcome)
    return id

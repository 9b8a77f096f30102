"""The verbs on a ticket. Bulk verbs take several ids and are undone as one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk import major_rows
from supportdesk.desk.common import for_each, matrix_priority, require_open, seen_of
from supportdesk.desk.entitlement import chosen_anew, organisation_of, settle_coverage
from supportdesk.i18n import _
from supportdesk.models.inputs import NoteInput, TicketInput, checked
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row, read
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import Audience, HandoffState, LinkKind, Priority, Status
from supportdesk.terms.errors import Changed, Invalid, NotPermitted

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

Seen = Mapping[UUID, dict[str, Any]]
"""What the screen showed of each ticket when the agent decided: id -> field -> value."""

NOT_REACHED = "not_reached"
"""Status reason of a ticket that was closed because its caller could not be reached."""

TO_TELL = "tell_caller"
"""Status reason of a ticket whose solution is found but not told yet: it waits with its contact owner."""


def take(desk: "Desk", ids: Sequence[UUID], seen: Seen | None = None) -> list[UUID]:
    """Make the agent work on these tickets. Somebody else's ticket raises Changed (first holds).

    Returns those that were not wholly the agent's already: for the others nothing is written."""
    agent = desk.agent
    taken: list[UUID] = []

    def one(act: Act, row: Row) -> None:
        require_open(row)
        held = (seen or {}).get(row["id"], {}).get("assignee_id")
        if row["assignee_id"] not in (None, agent.id, held):
            raise act.changed("ticket", row["id"], "assignee_id", held, row["assignee_id"])
        mine = row["team_id"] in agent.teams
        changes = {
            "assignee_id": agent.id,
            "team_id": row["team_id"] if mine else agent.team,
            "level": row["level"] if mine else agent.level,
            "status": Status.IN_PROGRESS if Status.read(row["status"]) is Status.NEW else row["status"],
            "owner_id": row["owner_id"] or agent.id,
        }
        if any(row[name] != value for name, value in changes.items()):
            taken.append(row["id"])
        act.set("ticket", row["id"], changes, seen=seen_of((seen or {}).get(row["id"]), "assignee_id"))

    for_each(desk, "take", ids, one)
    return taken


def assign(desk: "Desk", ids: Sequence[UUID], *, agent: UUID | None = None, team: UUID | None = None,
           owner: UUID | None = None, reason: str | None = None, seen: Seen | None = None) -> None:
    """Give tickets to an agent or a team of the house, or pass the contact on (``owner``). Leaving the house
    or the level is a handoff."""

    def one(act: Act, row: Row) -> None:
        require_open(row)
        changes: Row = {}
        if team is not None:
            target = act.get("team", team)
            changes |= {"team_id": team, "level": target["level"]}
            if team != row["team_id"]:
                changes["assignee_id"] = None
        if agent is not None:
            person = act.get("agent", agent)
            changes["assignee_id"] = agent
            changes["status"] = Status.IN_PROGRESS if Status.read(row["status"]) is Status.NEW else row["status"]
            if team is None and row["team_id"] not in (person["teams"] or ()) and person["teams"]:
                changes |= {"team_id": person["teams"][0], "level": act.get("team", person["teams"][0])["level"]}
        if owner is not None:
            act.get("agent", owner)
            changes["owner_id"] = owner
        act.set("ticket", row["id"], changes, seen=seen_of((seen or {}).get(row["id"]), *changes))

    for_each(desk, "assign", ids, one, reason=reason)


def note(desk: "Desk", ticket_id: UUID, text: str, audience: Audience = Audience.INTERNAL,
         id: UUID | None = None) -> UUID:
    """Write a note, internal or for the caller. Saving the same id twice saves once."""
    values = checked(NoteInput, {"text": text})
    if not text.strip():
        raise Invalid(_("The note is empty."), field="text")
    id = id or uuid7()
    with desk.journal.action("note", desk.who) as act:
        act.get("ticket", ticket_id)
        if act.find("note", id) is None:
            act.create("note", {**values, "ticket_id": ticket_id, "audience": audience, "agent_id": act.agent,
                                "at": act.at}, id)
    return id


def withdraw_note(desk: "Desk", note_id: UUID) -> None:
    """Strike one's own note; it stays readable as struck."""
    with desk.journal.action("withdraw_note", desk.who) as act:
        row = act.get("note", note_id)
        if row["agent_id"] != act.agent:
            raise NotPermitted(_("Only who wrote a note can strike it."))
        act.set("note", note_id, {"withdrawn_at": act.at})


def move_note(desk: "Desk", note_id: UUID, to_ticket: UUID) -> None:
    """Move a note written in the wrong ticket."""
    with desk.journal.action("move_note", desk.who) as act:
        act.get("ticket", to_ticket)
        act.set("note", note_id, {"ticket_id": to_ticket})


def edit(desk: "Desk", ticket_id: UUID, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> None:
    """Correct details (who, what, title, words); the contract follows who called about what. Raises Changed."""
    values = checked(TicketInput, changes)
    with desk.journal.action("edit_ticket", desk.who) as act:
        before = act.get("ticket", ticket_id)
        values |= organisation_of(act, before, values)
        act.set("ticket", ticket_id, values | chosen_anew(act, before, values), seen=seen)


def prioritise(desk: "Desk", ticket_id: UUID, *, impact: int | None = None, urgency: int | None = None,
               priority: Priority | None = None, reason: str | None = None, wish: str | None = None,
               needed_by: datetime | None = None, needed_for: str | None = None, needs_no_time: bool = False,
               seen: Mapping[str, Any] | None = None) -> Priority:
    """Change impact, urgency or the priority itself. Any change leaves a reason; other than the matrix needs one.
    ``needed_by`` (aware) is when the caller needs it, ``needed_for`` for what in his words: it raises urgency as the
    hours run out (rules/window); with ``needs_no_time`` it is needed by no time any more."""
    with desk.journal.action("prioritise", desk.who, reason=reason) as act:
        row = act.get("ticket", ticket_id)
        ranks = {"impact": impact or row["impact"] or 4, "urgency": urgency or row["urgency"] or 3}
        changes = checked(TicketInput, ranks)
        by_matrix = matrix_priority(act, changes["impact"], changes["urgency"])
        wanted = priority or by_matrix
        if wanted is not by_matrix and not (reason or "").strip():
            raise Invalid(
                _("The matrix gives {matrix}; another priority needs a reason.").format(matrix=by_matrix),
                field="priority_reason",
            )
        changes |= {"priority": wanted, "priority_reason": reason if wanted is not by_matrix else None}
        if wish is not None:
            changes["wish"] = wish
        if needs_no_time:
            changes |= {"needed_by": None, "needed_for": None}
        elif needed_by is not None:
            changes |= checked(TicketInput, {"needed_by": needed_by, "needed_for": needed_for or None})
        act.set("ticket", ticket_id, changes, seen=seen)
        return wanted


def wait(desk: "Desk", ids: Sequence[UUID], status: Status, *, until: datetime | None = None,
         reason: str | None = None) -> None:
    """Put tickets to wait for the caller, a vendor, or an instant (then ``until`` is needed)."""
    if not status.is_waiting:
        raise Invalid(_("Say what it waits for: the caller, a vendor, or a time."), field="status")
    if status is Status.WAITING_UNTIL and until is None:
        raise Invalid(_("Say until when it waits."), field="until")

    def one(act: Act, row: Row) -> None:
        require_open(row)
        act.set("ticket", row["id"], {"status": status, "status_reason": reason, "wait_until": until})

    for_each(desk, "wait", ids, one, reason=reason)


def resume(desk: "Desk", ids: Sequence[UUID]) -> None:
    """End a wait."""

    def one(act: Act, row: Row) -> None:
        require_open(row)
        act.set("ticket", row["id"], {"status": Status.IN_PROGRESS, "status_reason": None, "wait_until": None})

    for_each(desk, "resume", ids, one)


def solve(desk: "Desk", ids: Sequence[UUID], solution: str = "", *, article: UUID | None = None,
          told: bool | None = None, seen: Seen | None = None) -> None:
    """Solve tickets. ``told``: the caller knows already (default: when the agent owns the contact).

    A solution the caller was promised to hear goes to the contact owner to tell, the callback stays
    (DOMAIN.md row 1); offers nobody answered are withdrawn. With the ticket of a major incident that is over too
    (desk/major_end asks for its cases)."""

    def one(act: Act, row: Row) -> None:
        require_open(row)
        solve_one(act, row, solution, article=article, told=told, seen=(seen or {}).get(row["id"]))

    for_each(desk, "solve", ids, one)


def solve_one(act: Act, row: Row, solution: str, *, article: UUID | None = None, told: bool | None = None,
              seen: dict[str, Any] | None = None) -> None:
    """Solve an open ticket inside an action; a major incident is over with its ticket."""
    knows = told if told is not None else (row["callback_at"] is None or row["owner_id"] in (None, act.agent))
    _withdraw_offers(act, row["id"])
    text = solution or row["solution"] or ""
    if article is not None:
        act.create("article_use", {"article_id": article, "ticket_id": row["id"], "helped": True,
                                   "agent_id": act.agent, "at": act.at})
    if knows:
        changes: Row = {"status": Status.SOLVED, "status_reason": None, "solution": text, "solved_at": act.at,
                        "callback_at": None, "callback_number": None, "callback_to": None, "wait_until": None,
                        "assignee_id": row["assignee_id"] or act.agent}
    else:
        changes = {"status": Status.IN_PROGRESS, "status_reason": TO_TELL, "solution": text,
                   "assignee_id": row["owner_id"], "wait_until": None}
    act.set("ticket", row["id"], changes, seen=seen_of(seen, "status", "solution"))
    major_rows.end(act, row["id"])


def close(desk: "Desk", ids: Sequence[UUID], reason: str | None = None) -> None:
    """Close solved tickets; an unsolved one needs a reason."""

    def one(act: Act, row: Row) -> None:
        status = Status.read(row["status"])
        if status is Status.CLOSED:
            return
        if status.is_open and not (reason or "").strip():
            raise Invalid(
                _("Ticket {number} is not solved. Solve it, or close it with a reason.").format(number=row["number"]),
                field="reason",
            )
        _require_over(act, row)
        _withdraw_offers(act, row["id"])
        act.set("ticket", row["id"], {"status": Status.CLOSED, "status_reason": reason, "closed_at": act.at,
                                      **_NO_CALLBACK})

    for_each(desk, "close", ids, one, reason=reason)


def close_not_reached(desk: "Desk", ticket_id: UUID, message: str) -> None:
    """Close a case whose caller could not be reached, with a message for him. Raises Invalid before he was tried often
    enough (rules/tries)."""
    from supportdesk.desk.tries import tried_said, tried_so_far
    from supportdesk.rules.tries import ON_DAYS, TRIES

    if not message.strip():
        raise Invalid(_("Write the caller a word: what you wanted to tell him, and how he reaches you."),
                      field="message")
    values = checked(NoteInput, {"text": message.strip()})
    done = tried_so_far(desk, ticket_id)
    if not done.enough:
        raise Invalid(_("Tried so far: {tries}. After {times} tries on {days} days it may be closed as not reached.")
                      .format(tries=tried_said(done), times=TRIES, days=ON_DAYS), field="not_reached")
    reason = _("not reached: {tries}").format(tries=tried_said(done))
    with desk.journal.action("close", desk.who, reason=reason) as act:
        row = act.get("ticket", ticket_id)
        require_open(row)
        _require_over(act, row)
        _withdraw_offers(act, ticket_id)
        act.create("note", {**values, "ticket_id": ticket_id, "audience": Audience.CALLER, "agent_id": act.agent,
                            "at": act.at})
        act.set("ticket", ticket_id, {"status": Status.CLOSED, "status_reason": NOT_REACHED, "closed_at": act.at,
                                      **_NO_CALLBACK})


def cancel(desk: "Desk", ids: Sequence[UUID], reason: str) -> None:
    """Cancel tickets opened by mistake; their numbers stay."""
    if not reason.strip():
        raise Invalid(_("Cancelling needs a reason."), field="reason")

    def one(act: Act, row: Row) -> None:
        require_open(row)
        _withdraw_offers(act, row["id"])
        act.set("ticket", row["id"], {"status": Status.CANCELLED, "status_reason": reason, "closed_at": act.at,
                                      **_NO_CALLBACK})
        major_rows.end(act, row["id"], by_mistake=True)

    for_each(desk, "cancel", ids, one, reason=reason)


def reopen(desk: "Desk", ids: Sequence[UUID], reason: str | None = None) -> None:
    """Take tickets up again; the agent owns the contact if nobody does. A major incident goes on with its ticket."""

    def one(act: Act, row: Row) -> None:
        if Status.read(row["status"]).is_open:
            return
        act.set("ticket", row["id"], {"status": Status.IN_PROGRESS, "status_reason": reason, "solved_at": None,
                                      "closed_at": None, "owner_id": row["owner_id"] or act.agent})
        major_rows.go_on(act, row["id"])

    for_each(desk, "reopen", ids, one, reason=reason)


def promise_callback(desk: "Desk", ticket_id: UUID, at: datetime, number: str | None = None, to: str | None = None,
                     seen: Mapping[str, Any] | None = None) -> None:
    """Promise to call back at ``at`` (aware); the agent owns the promise unless somebody owns the contact."""
    with desk.journal.action("promise_callback", desk.who) as act:
        row = act.get("ticket", ticket_id)
        require_open(row)
        act.set("ticket", ticket_id, {
            "callback_at": at,
            "callback_number": number or row["callback_number"] or row["caller_number"] or _known_number(act, row),
            "callback_to": to or row["callback_to"] or row["caller_name"],
            "owner_id": row["owner_id"] or act.agent,
        }, seen=seen)


def drop_callback(desk: "Desk", ticket_id: UUID) -> None:
    """Take a promise back (the caller rang first, or said it is not needed)."""
    with desk.journal.action("promise_callback", desk.who) as act:
        act.set("ticket", ticket_id, _NO_CALLBACK)


def link(desk: "Desk", from_id: UUID, to_id: UUID, kind: LinkKind) -> UUID:
    """Link two tickets: ``from`` is a duplicate, a child or caused by ``to``, or a case that hangs on it (then ``to``
    is a major incident: desk/major)."""
    if from_id == to_id:
        raise Invalid(_("A ticket cannot be linked to itself."), field="to")
    if kind is LinkKind.HANGS_ON:
        from supportdesk.desk.major import hang_on_ticket

        return hang_on_ticket(desk, from_id, to_id)
    with desk.journal.action("link", desk.who) as act:
        act.get("ticket", from_id)
        act.get("ticket", to_id)
        return _link(act, from_id, to_id, kind)


def unlink(desk: "Desk", link_id: UUID) -> None:
    with desk.journal.action("unlink", desk.who) as act:
        act.set("link", link_id, {"retired_at": act.at})


def merge(desk: "Desk", from_id: UUID, into_id: UUID) -> None:
    """Make ``from`` part of ``into``: notes, contacts, files and chasers move, and while it is open the callback it
    promised and the time it is needed by; ``from`` closes and keeps its number."""
    if from_id == into_id:
        raise Invalid(_("A ticket cannot be merged into itself."), field="into")
    with desk.journal.bulk(), _needed_first(desk, from_id, into_id):
        _merge(desk, from_id, into_id)


@contextmanager
def _needed_first(desk: "Desk", from_id: UUID, into_id: UUID) -> Iterator[None]:
    """The time the one case is needed by given to the other, where that is earlier, as one with what is done inside.
    An action of its own: merging may not set it, says every server there is."""
    one, other = (read(desk.journal.conn, "ticket", id) for id in (from_id, into_id))
    if one is None or other is None or not _is_needed_first(one, other):
        yield
        return
    desk.journal.batch = uuid7()
    try:
        with desk.journal.action("prioritise", desk.who) as act:
            act.set("ticket", into_id, {name: one[name] for name in ("needed_by", "needed_for")})
        yield
    finally:
        desk.journal.batch = None


def _merge(desk: "Desk", from_id: UUID, into_id: UUID) -> None:
    with desk.journal.action("merge_tickets", desk.who) as act:
        gone, stays = act.get("ticket", from_id), act.get("ticket", into_id)
        if stays["merged_into_id"] is not None:
            raise Invalid(_("Ticket {number} was merged away itself.").format(number=stays["number"]), field="into")
        if gone["merged_into_id"] is not None:
            raise Invalid(_("Ticket {number} was merged already.").format(number=gone["number"]), field="from")
        _require_over(act, gone)
        for entity in ("note", "attachment", "article_use"):
            for (raw,) in act.conn.execute(f"SELECT id FROM {entity} WHERE ticket_id = ?", (from_id.bytes,)).fetchall():
                act.set(entity, UUID(bytes=raw), {"ticket_id": into_id})
        for (raw,) in act.conn.execute(
            "SELECT owner FROM reference WHERE target = ? AND field = 'tickets'", (from_id.bytes,)
        ).fetchall():
            act.add("contact", UUID(bytes=raw), "tickets", into_id)
            act.remove("contact", UUID(bytes=raw), "tickets", from_id)
        chasers = (stays["chasers"] or 0) + (gone["chasers"] or 0)
        if chasers:
            act.set("ticket", into_id, {"chasers": chasers})
        if stays["callback_at"] is None and gone["callback_at"] is not None:
            if not Status.read(stays["status"]).is_open:
                raise Invalid(_("{number} is closed, and a callback is promised on {other}. Reopen {number}, or settle "
                                "the callback first.").format(number=stays["number"], other=gone["number"]),
                              field="into")
            act.set("ticket", into_id, {f: gone[f] for f in ("callback_at", "callback_number", "callback_to")})
        act.set("ticket", from_id, {"status": Status.CLOSED, "closed_at": act.at, "merged_into_id": into_id,
                                    **_NO_CALLBACK})
        _link(act, from_id, into_id, LinkKind.DUPLICATE)
        for onto, hung in major_rows.hung_on(act, from_id).items():
            act.set("link", hung, {"retired_at": act.at})
            if into_id != onto and not major_rows.hung_on(act, into_id):
                _link(act, into_id, onto, LinkKind.HANGS_ON)


def split(desk: "Desk", ticket_id: UUID, title: str, notes: Sequence[UUID] = (), id: UUID | None = None) -> UUID:
    """Open a second ticket for another matter of the same caller, linked as a child; ``notes`` move to it."""
    if not title.strip():
        raise Invalid(_("Say in a few words what the matter is."), field="title")
    id = id or uuid7()
    with desk.journal.action("split_ticket", desk.who) as act:
        row = act.get("ticket", ticket_id)
        copied = ("type", "caller_id", "caller_name", "caller_number", "affected_id", "affected_name",
                  "organisation_id", "organisation_name", "language", "impact", "urgency", "priority", "team_id",
                  "level", "product_id", "component_id", "component_name", "asset_id",
                  "asset_name")
        values = {
            **{f: row[f] for f in copied}, "number": act.next_number(), "title": title, "description": title,
            "status": Status.NEW, "owner_id": row["owner_id"] or act.agent, "created_at": act.at, "origin": "desk",
        }
        settle_coverage(act, values)
        act.create("ticket", values, id)
        for moved in notes:
            act.set("note", moved, {"ticket_id": id})
        _link(act, id, ticket_id, LinkKind.CHILD)
    return id


_NO_CALLBACK: Row = {"callback_at": None, "callback_number": None, "callback_to": None}


def _link(act: Act, from_id: UUID, to_id: UUID, kind: LinkKind) -> UUID:
    known = act.conn.execute(
        "SELECT id FROM link WHERE from_id = ? AND to_id = ? AND kind = ? AND retired_at IS NULL",
        (from_id.bytes, to_id.bytes, kind.value),
    ).fetchone()
    if known is not None:
        return UUID(bytes=known[0])
    return act.create("link", {"from_id": from_id, "to_id": to_id, "kind": kind})


def _is_needed_first(one: Row, other: Row) -> bool:
    """Whether the case ``one`` is open and its caller needs it before that of ``other`` does."""
    if one["needed_by"] is None or not Status.read(one["status"]).is_open:
        return False
    return other["needed_by"] is None or bool(one["needed_by"] < other["needed_by"])


def _require_over(act: Act, row: Row) -> None:
    """Raise Invalid for the ticket of a major incident that runs: others hang on it."""
    major = major_rows.of_ticket(act, row["id"])
    if major is not None and major["ended_at"] is None:
        raise Invalid(_("{number} is a major incident that runs. Solve it first; its cases need the solution.").format(
            number=row["number"]), field="ticket")


def _withdraw_offers(act: Act, ticket_id: UUID) -> None:
    if "handoff" not in act.verb.writes:
        return
    for (raw,) in act.conn.execute(
        "SELECT id FROM handoff WHERE ticket_id = ? AND state = 'offered'", (ticket_id.bytes,)
    ).fetchall():
        act.set("handoff", UUID(bytes=raw), {"state": HandoffState.WITHDRAWN, "answered_at": act.at})


def _known_number(act: Act, row: Row) -> str | None:
    caller = act.find("caller", row["caller_id"]) if row["caller_id"] else None
    numbers = (caller or {}).get("numbers") or []
    return numbers[0]["text"] if numbers else None


__all__ = ["Changed", "Seen", "assign", "cancel", "close", "drop_callback", "edit", "link", "merge", "move_note",
           "note", "prioritise", "promise_callback", "reopen", "resume", "solve", "solve_one", "split", "take",
           "unlink", "wait", "withdraw_note"]

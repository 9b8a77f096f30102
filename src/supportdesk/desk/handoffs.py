"""Handoffs: offered with a packet, accepted, or returned with a reason; never thrown over a wall.

The sender's team keeps the ticket until acceptance; the contact owner stays who he is throughout.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.desk.common import require_open
from supportdesk.i18n import _
from supportdesk.rules.packet import PARTS, missing
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import HandoffState, Status
from supportdesk.terms.errors import Invalid, NotPermitted

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def offer(desk: "Desk", ticket_id: UUID, to_team: UUID, packet: Mapping[str, str],
          incomplete_reason: str | None = None, id: UUID | None = None) -> UUID:
    """Offer a ticket to another team. Raises Invalid when the packet lacks a required part without a reason."""
    id = id or uuid7()
    with desk.journal.action("offer", desk.who, reason=incomplete_reason) as act:
        if act.find("handoff", id) is None:
            offer_in(act, desk, ticket_id, to_team, packet, incomplete_reason, id)
    return id


def offer_in(act: Act, desk: "Desk", ticket_id: UUID, to_team: UUID, packet: Mapping[str, str],
             incomplete_reason: str | None, id: UUID) -> str:
    """The same inside another verb's action; returns the receiving team's name."""
    ticket = act.get("ticket", ticket_id)
    require_open(ticket)
    team = act.get("team", to_team)
    if ticket["team_id"] == to_team:
        raise Invalid(_("{team} works on this ticket already.").format(team=team["name"]), field="to_team")
    if open_offer(act, ticket_id) is not None:
        raise Invalid(_("This ticket is offered already. Withdraw that offer first."), field="to_team")
    kept = {part: str(packet[part]) for part in PARTS if (packet.get(part) or "").strip()}
    lacking = missing(kept)
    if lacking and not (incomplete_reason or "").strip():
        raise Invalid(
            _("The packet lacks {parts}. Fill it in, or send it incomplete with a reason.").format(
                parts=", ".join(lacking)
            ),
            field=lacking[0],
        )
    act.create("handoff", {
        "ticket_id": ticket_id, "from_team_id": ticket["team_id"], "to_team_id": to_team, "offered_by_id": act.agent,
        "packet": kept, "incomplete_reason": incomplete_reason if lacking else None, "state": HandoffState.OFFERED,
        "offered_at": act.at,
    }, id)
    return str(team["name"])


def open_offer(act: Act, ticket_id: UUID) -> UUID | None:
    """The offer of a ticket nobody has answered yet."""
    found = act.conn.execute(
        "SELECT id FROM handoff WHERE ticket_id = ? AND state = 'offered' AND retired_at IS NULL", (ticket_id.bytes,)
    ).fetchone()
    return None if found is None else UUID(bytes=found[0])


def withdraw(desk: "Desk", id: UUID) -> None:
    """Take an unanswered offer back."""
    with desk.journal.action("withdraw_offer", desk.who) as act:
        _offered(act, id)
        act.set("handoff", id, {"state": HandoffState.WITHDRAWN, "answered_at": act.at})


def accept(desk: "Desk", id: UUID) -> UUID:
    """Accept an offer made to one of the agent's teams: the ticket and its work move. Returns the ticket's id."""
    with desk.journal.action("accept", desk.who) as act:
        row = _offered(act, id)
        _mine(desk, row)
        team = act.get("team", row["to_team_id"])
        act.set("handoff", id, {"state": HandoffState.ACCEPTED, "answered_at": act.at, "answered_by_id": act.agent})
        act.set("ticket", row["ticket_id"], {
            "team_id": row["to_team_id"], "level": team["level"], "assignee_id": act.agent,
            "status": Status.IN_PROGRESS, "status_reason": None, "wait_until": None,
        })
        return UUID(bytes=row["ticket_id"].bytes)


def return_(desk: "Desk", id: UUID, reason: str) -> UUID:
    """Return a handoff with a reason: an offer stays where it was, an accepted one goes back to its sender.

    Returns the ticket's id."""
    if not reason.strip():
        raise Invalid(_("Returning a handoff needs a reason: what is missing, or who is right for it."), field="reason")
    with desk.journal.action("return", desk.who, reason=reason) as act:
        row = act.get("handoff", id)
        if row["state"] not in (HandoffState.OFFERED, HandoffState.ACCEPTED):
            raise _answered(row)
        _mine(desk, row)
        ticket = act.get("ticket", row["ticket_id"])
        accepted = row["state"] == HandoffState.ACCEPTED
        act.set("handoff", id, {
            "state": HandoffState.RETURNED, "answered_at": act.at, "answered_by_id": act.agent, "reason": reason,
        })
        back: Row = {"status_reason": "returned"}
        if accepted and Status.read(ticket["status"]).is_open:
            sender = act.find("team", row["from_team_id"]) if row["from_team_id"] else None
            back |= {"team_id": row["from_team_id"], "level": sender["level"] if sender else ticket["level"],
                     "assignee_id": row["offered_by_id"], "status": Status.IN_PROGRESS}
        act.set("ticket", row["ticket_id"], back)
        return UUID(bytes=row["ticket_id"].bytes)


def _offered(act: Act, id: UUID) -> Row:
    row = act.get("handoff", id)
    if row["state"] != HandoffState.OFFERED:
        raise _answered(row)
    return row


def _answered(row: Row) -> Invalid:
    return Invalid(
        _("This handoff is {state} already.").format(state=row["state"]), field="state", code="answered"
    )


def _mine(desk: "Desk", row: Row) -> None:
    if row["to_team_id"] not in desk.who.teams and "administer" not in desk.who.verbs:
        raise NotPermitted(_("This handoff was offered to another team."))

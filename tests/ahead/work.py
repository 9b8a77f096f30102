"""What an agent does with the program three versions on, and what he does with it that every version knows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.store.adopt import starter_id
from tests.journal import desks

ROOM = UUID("0190f7c2-5d5e-7c1a-8a38-3b2c1d0e9f55")


def work(file: str, login: str, number: str, mood: str) -> None:
    """On a ticket: the mood, the renamed wish, a title; a room made, changed and noted with the same hand; parked."""
    desk = desks.console(Path(file), login, lambda: datetime.now(UTC))
    with desk.journal.action("administer", desk.who) as act:
        act.add("role", starter_id("role", "admin"), "verbs", "furnish")
    desk.close()
    desk = desks.console(Path(file), login, lambda: datetime.now(UTC))
    journal, who = desk.journal, desk.who
    (raw,) = desk.reader.execute("SELECT id FROM ticket WHERE number = ?", (number,)).fetchone()
    ticket = UUID(bytes=raw)

    def say(verb: str, entity: str, values: dict[str, Any]) -> None:
        with journal.action(verb, who) as act:
            act.set(entity, ticket if entity == "ticket" else ROOM, values)

    with journal.action("furnish", who, reason="for the meeting") as act:
        act.create("room", {"name": "Léman", "ticket_id": ticket, "seats": 4, "tags": ("quiet",)}, ROOM)
    say("edit_ticket", "ticket", {"mood": mood, "asked_for": f"wished by {login}"})
    say("furnish", "room", {"seats": 6})
    with journal.action("furnish", who) as act:
        act.add("room", ROOM, "tags", "upstairs")
    with journal.action("note", who) as act:
        act.create("note", {"ticket_id": ticket, "audience": "internal", "text": "known everywhere", "at": act.at,
                            "agent_id": act.agent})
    say("wait", "ticket", {"status": "parked"})
    desk.close()

"""Zebulon Quark, about whom a desk knows everything a desk can know: fifty marks that are found again byte by byte."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.desk import attach, people, tickets
from supportdesk.desk.desk import Desk
from supportdesk.rules.erasure import OTHERS, TIES
from supportdesk.store import drafts
from supportdesk.store.types import uuid7
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

NAME, BEFORE = "Zebulon Quark", "Zebulon Gluonsohn"
MENTIONS = (NAME, "Quark, Zebulon", "ZEBULON  QUARK", "zebulon.quark@alpina.example", BEFORE, "+41 79 123 45 67",
            "079 123 45 67", "0041791234567", "079/123.45.67", "+41 (0)22 765 43 21")
"""What others call him in their own texts."""
WORDS = ("zebulon", "quark", "gluonsohn", "1234567", "123 45 67", "123.45.67", "765 43 21", "7654321")


@dataclass
class Person:
    """What of him is where: ``marks`` stand in values about him, ``case`` is his ticket, ``other`` somebody else's that
    names him."""

    id: UUID
    case: UUID
    other: UUID
    call: UUID
    marks: list[str] = field(default_factory=list)


def known(desk: Desk, folder: Path) -> Person:
    """He has called, his case is closed, and everybody wrote about him."""
    with desk.journal.bulk():
        return _known(desk, folder)


def _known(desk: Desk, folder: Path) -> Person:
    numbers = count(1)
    marks: list[str] = []

    def mark() -> str:
        marks.append(f"zqmark{next(numbers):03}")
        return marks[-1]

    id = people.save_caller(desk, {"name": BEFORE, "mail": "zebulon.gluonsohn@alpina.example",
                                   "numbers": ("022 765 43 21",), "employee_number": mark(), "remarks": mark()})
    people.save_caller(desk, {"name": NAME, "mail": "zebulon.quark@alpina.example", "remarks": mark(),
                              "numbers": ("079 123 45 67",), "employee_number": mark()}, id)
    double = people.save_caller(desk, {"name": NAME, "numbers": ("079 123 45 67",), "remarks": mark()})
    people.merge_callers(desk, double, id)
    person = Person(id, uuid7(), uuid7(), uuid7(), marks)
    named = {"caller": id, "ticket": person.case, "contact": person.call}
    for ticket, caller in ((person.case, id), (person.other, None)):
        reason = mark() if caller else None
        with desk.journal.action("import_records", desk.who, reason=reason) as act:
            act.create("ticket", {
                "number": act.next_number(), "type": "incident", "impact": 3, "urgency": 2, "priority": "P3",
                "status": "closed" if caller else "in_progress", "level": 1, "team_id": desk.agent.team,
                "created_at": act.at, "caller_id": caller, "title": mark() if caller else "somebody else's",
                "language": "fr", "tags": ("vpn",),
            }, ticket)
    with desk.journal.action("import_records", desk.who) as act:
        act.create("contact", {"direction": "in", "channel": "phone", "caller_id": id, "tickets": (person.case,),
                               "started_at": act.at, "agent_id": desk.agent.id, "outcome": "solved",
                               "note": mark()}, person.call)
        for entity, ties in TIES.items():
            for tie in ties:
                if entity == "caller":
                    continue
                forms = {name: ENTITIES[entity].field(name).form for name in tie.fields if name != "digest"}
                values: dict[str, Any] = {n: mark() for n, form in forms.items() if form is Form.TEXT}
                values |= {n: {"what": mark()} for n, form in forms.items() if form is Form.JSON}
                many = ENTITIES[entity].field(tie.by).form is Form.REFS
                values[tie.by] = (named[tie.kind],) if many else named[tie.kind]
                if entity == "ticket":
                    values |= {"number": act.next_number(), "status": "closed", "created_at": act.at,
                               "team_id": desk.agent.team, "level": 1, "impact": 3, "urgency": 3, "priority": "P4"}
                act.create(entity, values)
    said = iter(MENTIONS * 9)
    with desk.journal.action("import_records", desk.who) as act:
        for entity, fields in OTHERS.items():
            if entity not in ("agent", "conflict"):
                act.create(entity, {name: f"told by {next(said)} himself" for name in fields}
                           | ({"ticket_id": person.other, "text": next(said)} if entity == "note" else {}))
        act.set("ticket", person.other, {"description": "; ".join(MENTIONS), "tags": ("vpn", NAME)})
    for mention in MENTIONS:
        tickets.note(desk, person.other, f"we spoke with {mention} about {person.other.hex[:8]}")
        tickets.note(desk, person.case, f"{mention}: {mark()}")
    file = folder / f"{mark()}.txt"
    file.write_text(f"his letter {mark()}")
    attach.attach(desk, person.case, file)
    file.unlink()
    return person


def draft(desk: Desk, person: Person) -> None:
    """Texts somebody has not saved: one about him, one that names him."""
    side = drafts.Drafts(desk.path, agent=desk.agent.id, name=desk.agent.name)
    person.marks.append("zqmark-draft")
    side.save(uuid7(), desk.agent.id, "words", {"about": str(person.case), "text": "zqmark-draft"})
    side.save(uuid7(), desk.agent.id, "words", {"about": str(person.other), "text": f"ask {NAME} again"})
    side.close()


def in_free_pages(file: Path, person: Person) -> None:
    """Leave words of his in pages of a database that are free by now, as a SQLite does that does not wipe them."""
    person.marks.append("zqmark-freed")
    with closing(sqlite3.connect(file, isolation_level=None)) as conn:
        conn.execute("PRAGMA secure_delete = OFF")
        conn.execute("CREATE TABLE freed (text TEXT)")
        conn.executemany("INSERT INTO freed VALUES (?)", [("zqmark-freed " * 1_000,)] * 50)
        conn.execute("DROP TABLE freed")


def found(folder: Path, person: Person) -> dict[str, set[str]]:
    """File -> which words of his its bytes still hold."""
    hits: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes().lower()
            here = {word for word in (*person.marks, *WORDS) if word.encode() in content}
            if here:
                hits[str(file.relative_to(folder))] = here
    return hits


STATISTICS = (
    ("SELECT status, count(*), sum(impact), sum(urgency), min(priority), count(team_id), count(product_id), "
    "sum(created_at), sum(updated_at), count(caller_id) FROM ticket GROUP BY status ORDER BY status"),
    ("SELECT outcome, direction, channel, count(*), sum(started_at), count(caller_id), count(agent_id) FROM contact "
    "GROUP BY outcome, direction, channel ORDER BY 1, 2, 3"),
    "SELECT audience, count(*), sum(at), count(agent_id) FROM note GROUP BY audience ORDER BY 1",
    "SELECT method, result, count(*) FROM identity_check GROUP BY method, result ORDER BY 1, 2",
    "SELECT count(*), sum(size) FROM attachment",
    "SELECT verb, agent, at, entity, entity_id, kind, n, device FROM entry WHERE verb != 'erase' ORDER BY device, n",
    "SELECT e.id, j.key FROM entry e, json_each(e.fields) j WHERE verb != 'erase' ORDER BY e.id, j.key",
)
"""What has to be the same after as before: counts, times, and who did what, when, in which field."""


def statistics(path: Path) -> list[list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as conn:
        return [conn.execute(sql).fetchall() for sql in STATISTICS]

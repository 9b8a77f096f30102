"""Persons are erased while others, who do not know of it, write about them (a part of the random sites, machine.py).
The oracle: which words were typed about whom, by a desk that knew of which erasures."""

import json
import re
import sqlite3
from collections.abc import Set as AbstractSet
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from supportdesk.desk import erasing, tickets
from supportdesk.server import erasing as orders_there
from supportdesk.server import tables
from supportdesk.store import erasures
from tests.sync import stand
from tests.sync.agreeing import Agreeing
from tests.sync.machine import PICK, SITE

TYPED = re.compile(r"text \d+\.")
"""What :meth:`Sites.text` makes."""
TIED = dict.fromkeys(("note", "handoff", "breach", "told", "outage"), "ticket_id")
"""What hangs on a ticket, beside calls."""

Known = frozenset[tuple[str, str]]
"""Erasures and the persons of each, by their ids."""


class Said(NamedTuple):
    """One entry as it was when it was saved, and what the desk knew that saved it."""

    words: frozenset[str]
    entity: str
    row: str
    known: Known


class Forgetting(Agreeing):
    """The same sites, whose admins erase persons."""

    def begin(self, many: int) -> None:
        self.said: dict[bytes, Said] = {}
        self.names: dict[str, str] = {}  # a person's name -> whose it is
        super().begin(many)

    @rule(site=st.just(0) | SITE, at=PICK)
    def erase(self, site: int, at: int) -> None:
        """An admin ends what is open for a person, then erases him."""
        person = self.pick(site, "caller", at)
        if person is None:
            return
        open_ = self.at(site).desk.reader.execute(
            "SELECT id FROM ticket WHERE caller_id = ? AND lane < 3", (person.bytes,)).fetchall()
        for (raw,) in open_:
            self.say(site, lambda desk, raw=raw: tickets.cancel(desk, [UUID(bytes=raw)], self.text()))
        self.say(site, lambda desk: erasing.erase(desk, person))

    @rule(site=SITE, at=PICK, whose=PICK)
    def a_person_is_named(self, site: int, at: int, whose: int) -> None:
        """In a ticket of anybody."""
        person = self.pick(site, "caller", whose)
        if person is not None:
            (name,) = self.at(site).desk.reader.execute(
                "SELECT name FROM caller WHERE id = ?", (person.bytes,)).fetchone()
            self.on_ticket(site, at, lambda desk, t: tickets.note(desk, t, f"{self.text()} So said {name}"))

    def acknowledge(self, here: stand.Site) -> None:
        super().acknowledge(here)
        conn = here.desk.reader
        known = frozenset((order.id, person) for order in erasures.inside(conn) for person in order.persons)
        for id, entity, row, fields, reason in conn.execute(
                "SELECT id, entity, entity_id, fields, reason FROM entry WHERE device = (SELECT id FROM device)"):
            if id in self.said:
                continue
            whom = str(UUID(bytes=row))
            self.said[id] = Said(frozenset(TYPED.findall(f"{fields} {reason}")), entity, whom, known)
            if entity == "caller" and (name := json.loads(fields).get("name", (None, None))[1]):
                self.names[name] = whom

    def check(self) -> None:
        super().check()
        self.nobody_who_was_erased_is_left()

    def nobody_who_was_erased_is_left(self) -> None:
        """None of the words about him stand anywhere that somebody typed who did not know of it."""
        with tables.reading(self.server.exchange.engine) as conn:
            done = {(order.id, person) for order in orders_there.orders(conn) for person in order.persons}
            e = tables.entry
            taken = select(e.c.entity_id).where(e.c.verb == "erase", e.c.seq.is_not(None))
            wanted = set(conn.execute(taken).scalars())
        erased = {person for _order, person in done}
        assert wanted <= erased
        gone = self._to_be_gone(done)
        for file in (self.server.folder / "exchange.db", *(site.path for site in self.sites)):
            assert not (left := gone & words_in(file)), (file, left)

    def _to_be_gone(self, done: AbstractSet[tuple[str, str]]) -> set[str]:
        documents = {entity: {id: values for id, (_rev, values) in rows.items()}
                     for entity, rows in self.server.documents().items()}
        gone: set[str] = set()
        stay: set[str] = set()
        for words, entity, row, known in self.said.values():
            whom = persons(documents, entity, row)
            for word in words:
                about = whom | ({self.names[word]} if word in self.names else set())
                late = any(person in about for _order, person in done - known)
                (gone if late else stay).add(word)
        return gone - stay


def persons(documents: dict[str, dict[str, dict[str, Any]]], entity: str, row: str) -> set[str]:
    """Whom a row is about."""
    values = documents.get(entity, {}).get(row, {})
    if entity == "caller":
        return {row}
    cases = {row} if entity == "ticket" else {values.get(TIED.get(entity, "")), *values.get("tickets", ())}
    found = {values.get("caller_id")} | {documents.get("ticket", {}).get(case, {}).get("caller_id") for case in cases}
    return {person for person in found if person}


def words_in(file: Path) -> set[str]:
    """All that was typed and stands in any table of a file."""
    with closing(sqlite3.connect(file)) as conn:
        return {word for line in conn.iterdump() for word in TYPED.findall(line)}

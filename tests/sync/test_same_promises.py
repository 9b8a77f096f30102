"""Every console derives the same promises from the same facts: whoever wrote them, whenever they came, and whatever its
own clock says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import admin, agreeing, calls, handoffs, refusals, tickets
from supportdesk.desk.desk import Desk
from supportdesk.desk.imports import import_tickets
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import micros
from supportdesk.store.views.contracts import contracts
from supportdesk.terms.codes import Audience, Outcome, Priority
from tests.agreements.files import DEFAULT
from tests.imports.test_tickets import HEAD, MAPPING
from tests.journal.proof import assert_the_queue_goes_by_the_facts
from tests.journal.scenes import PACKET
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.test_refused import not_by_ben, refused_actions
from tests.sync.work import call, promises, settled

MINUTE_US = 60_000_000


def _brought_in(site: stand.Site, opened: datetime) -> UUID:
    """An open ticket of another tool, made at that instant."""
    folder = site.path.parent
    (folder / "old.csv").write_text(f"{HEAD}B2,{opened:%d.%m.%Y %H:%M},Max,VPN,?,{opened:%d.%m.%Y %H:%M},Open,yes,?\n")
    (folder / "old.toml").write_text(MAPPING.replace("Europe/Zurich", "UTC"))
    import_tickets(site.desk, folder / "old.csv", folder / "old.toml")
    return UUID(bytes=site.desk.reader.execute("SELECT id FROM ticket WHERE title = 'VPN'").fetchone()[0])


def _kept(site: stand.Site, ticket: UUID) -> Any:
    with closing(sqlite3.connect(site.path)) as conn:
        return conn.execute("SELECT promise, due_point, due_at FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone()


def test_a_ticket_told_for_an_instant_to_come_is_due_at_one_instant_whenever_a_console_hears_of_it(
    sites: Opened
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    opened = geneva.clock.now.replace(second=0) + timedelta(days=20)
    ticket = _brought_in(geneva, opened)
    settled(geneva)
    lausanne.clock.now += timedelta(hours=5)
    settled(lausanne)
    due = micros(opened) + 30 * MINUTE_US
    assert _kept(geneva, ticket)[::2] == _kept(lausanne, ticket)[::2] == ("answer", due)
    lausanne.clock.now += timedelta(hours=5)
    tickets.edit(lausanne.desk, ticket, {"title": "VPN again"})
    tickets.prioritise(lausanne.desk, ticket, impact=3, urgency=1, reason="looked at")
    settled(lausanne, geneva)
    assert _kept(geneva, ticket) == _kept(lausanne, ticket)
    for site in (geneva, lausanne):
        for now in (site.clock.now, opened, opened + timedelta(days=300)):
            assert_the_queue_goes_by_the_facts(site.desk.reader, now)


@pytest.mark.parametrize("year", [2199, 2200, 2500, 9999])
def test_a_ticket_of_a_clock_far_out_of_order_stops_nobody(sites: Opened, year: int) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    ticket = _brought_in(geneva, datetime(year, 12, 31, 12, tzinfo=UTC))
    settled(geneva, lausanne)
    assert _kept(geneva, ticket) == _kept(lausanne, ticket)
    for site in (geneva, lausanne):
        assert_the_queue_goes_by_the_facts(site.desk.reader, site.clock.now)


def test_terms_the_server_refused_hold_for_nobody_until_they_are_sent_again(sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva)
    assert not agreeing.bring_in(lausanne.desk, DEFAULT).problems, "at his own desk Ben was an admin"
    assert lausanne.exchange().refused == 1
    settled(lausanne, geneva)
    lausanne.desk.journal.settle()
    _alike(ticket, geneva, lausanne)
    assert [line.slug for line in contracts(lausanne.desk.reader, micros(lausanne.clock.now))] == ["default"], (
        "what he typed stands where he typed it")

    admin.save(geneva.desk, "agent", {"roles": ("agent", "admin")}, starter_id("agent", "ben"))
    settled(geneva, lausanne)
    (action,) = refused_actions(lausanne)
    before = _kept(lausanne, ticket)
    lausanne.start_anew()
    refusals.send_again(lausanne.desk, action)
    assert _kept(lausanne, ticket) != before, "it holds at once where it was written"
    settled(lausanne, geneva)
    for site in (geneva, lausanne):
        site.desk.journal.settle()
    _alike(ticket, geneva, lausanne)


@pytest.mark.parametrize("say", [
    lambda desk, ticket: tickets.note(desk, ticket, "we are on it", audience=Audience.CALLER),
    lambda desk, ticket: calls.log_contact(desk, Outcome.EXISTING_TICKET, {}, tickets=(ticket,), note="he rang"),
    lambda desk, ticket: handoffs.offer(desk, ticket, starter_id("team", "field"), PACKET, "night"),
], ids=["a note for the caller", "a call", "a handoff"])
def test_what_the_server_refused_keeps_no_promise_until_it_is_sent_again(
    sites: Opened, say: Callable[[Desk, UUID], object]
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = calls.open_ticket(geneva.desk, {"title": "written by mail", "impact": 2, "urgency": 2}).id
    _of_the_field(geneva)
    settled(geneva, lausanne)
    say(geneva.desk, ticket)
    not_by_ben(geneva)
    assert geneva.exchange().refused
    settled(lausanne, geneva)
    _alike(ticket, geneva, lausanne)
    before = promises(lausanne, micros(lausanne.clock.now))
    for action in refused_actions(geneva):
        refusals.send_again(geneva.desk, action)
    settled(geneva, lausanne)
    _alike(ticket, geneva, lausanne)
    assert promises(lausanne, micros(lausanne.clock.now)) != before


def _of_the_field(site: stand.Site) -> None:
    """A team that has promised the desk an answer."""
    with site.desk.journal.action("administer", site.desk.who) as act:
        team = act.create("team", {"slug": "field", "name": "Field", "level": 2, "employer": "own"},
                          starter_id("team", "field"))
        act.create("contract", {"slug": "field", "name": "Field", "kind": "team", "team_id": team, "versions": [
            {"targets": {priority.value: {"answer": 900} for priority in Priority}}]})


def _alike(ticket: UUID, *sites: stand.Site) -> None:
    later = micros(max(site.clock.now for site in sites) + timedelta(days=1))
    first, *others = ((_kept(site, ticket), promises(site, later)) for site in sites)
    assert all(each == first for each in others)
    for site in sites:
        assert_the_queue_goes_by_the_facts(site.desk.reader, site.clock.now)

"""Tickets merged at one site while others merge them too or write on them: none is part of itself, each is found,
and no word is lost from sight."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from supportdesk.desk import calls, tickets
from supportdesk.store.types import micros
from supportdesk.store.views.numbers import find_number
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.codes import Outcome
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, proof_of_replay, settled


@pytest.mark.parametrize("names", [("geneva", "lausanne"), ("geneva", "lausanne", "zurich")], ids=["two", "ring"])
def test_s12_of_crossed_merges_the_first_stands_and_the_last_is_refused_whole(
    server: stand.Server, sites: Opened, names: tuple[str, ...]
) -> None:
    opened = sites(*names)
    ring = [call(opened[0], f"call {number}") for number in range(len(names))]
    for ticket in ring:
        tickets.note(opened[0].desk, ticket, "tried")
    settled(*opened)
    for site, (gone, stays) in zip(opened, pairwise([*ring, ring[0]]), strict=True):
        tickets.merge(site.desk, gone, stays)
    settled(*opened)
    documents = server.documents()
    numbers = dict(opened[0].desk.reader.execute("SELECT id, number FROM ticket").fetchall())
    for site in opened:
        assert stand.as_documents(site.path) == documents
        reader = site.desk.reader
        left = reader.execute("SELECT id FROM ticket WHERE merged_into_id IS NULL AND status != 'closed'").fetchall()
        assert left == [(ring[-1].bytes,)]
        for ticket in ring:
            (match,) = find_number(reader, numbers[ticket.bytes]).matches
            assert match.id == ring[-1]
        status = site.client.status()
        assert status is not None
        assert {refusal.reason for refusal in status.refusals} == (
            {"These were merged the other way round meanwhile. This merge changed nothing."} if site is opened[-1]
            else set())
    ((on_the_last,),) = opened[0].desk.reader.execute(
        "SELECT count(*) FROM note WHERE ticket_id = ?", (ring[-1].bytes,)).fetchall()
    assert on_the_last == 2, "its own and those of the one merged into it"


@pytest.mark.parametrize("merge_first", [True, False])
def test_s11_what_another_site_writes_on_a_ticket_merged_meanwhile_is_told_on_the_one_that_stays(
    server: stand.Server, sites: Opened, merge_first: bool
) -> None:
    """Three notes and a call, as written on the old number; the old number leads to the ticket that stays."""
    geneva, lausanne = sites("geneva", "lausanne")
    gone, stays = call(geneva, "the printer"), call(geneva, "the printer again")
    settled(geneva, lausanne)
    tickets.merge(geneva.desk, gone, stays)
    said = ["switched it on", "no paper", "paper is there"]
    for text in said:
        tickets.note(lausanne.desk, gone, text)
    calls.log_contact(lausanne.desk, Outcome.EXISTING_TICKET, {"note": "rang once more"}, tickets=(gone,))
    first, second = (geneva, lausanne) if merge_first else (lausanne, geneva)
    first.exchange()
    second.exchange()
    settled(geneva, lausanne)
    for site in (geneva, lausanne):
        reader = site.desk.reader
        (old,) = reader.execute("SELECT number FROM ticket WHERE id = ?", (gone.bytes,)).fetchone()
        told = [item for item in timeline(reader, stays) if item.written_on is not None]
        assert [item.text for item in told if item.note] == said
        assert [item.contact.outcome for item in told if item.contact] == ["existing_ticket"]
        assert {item.written_on for item in told} == {old}
        (match,) = find_number(reader, old).matches
        assert match.id == stays


def test_the_time_a_merged_ticket_was_needed_by_stands_on_the_one_that_stays_at_every_site(
    server: stand.Server, sites: Opened, tmp_path: Path
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    gone, stays = call(geneva, "the printer"), call(geneva, "the printer again")
    needed = geneva.clock.now + timedelta(hours=3)
    tickets.prioritise(geneva.desk, gone, needed_by=needed, needed_for="payroll")
    settled(geneva, lausanne)
    tickets.merge(lausanne.desk, gone, stays)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    proof_of_replay(tmp_path, geneva, lausanne)
    for site in (geneva, lausanne):
        row = site.desk.reader.execute("SELECT needed_by, needed_for FROM ticket WHERE id = ?", (stays.bytes,))
        assert row.fetchone() == (micros(needed), "payroll")

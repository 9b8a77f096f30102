"""Tickets merged crosswise at two and at three sites: none is part of itself, each is found."""

from itertools import pairwise

import pytest

from supportdesk.desk import tickets
from supportdesk.store.views.numbers import find_number
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.test_exchange import _call, _settled


@pytest.mark.parametrize("names", [("geneva", "lausanne"), ("geneva", "lausanne", "zurich")], ids=["two", "ring"])
def test_s12_of_crossed_merges_the_first_stands_and_the_last_is_refused_whole(
    server: stand.Server, sites: Opened, names: tuple[str, ...]
) -> None:
    opened = sites(*names)
    ring = [_call(opened[0], f"call {number}") for number in range(len(names))]
    for ticket in ring:
        tickets.note(opened[0].desk, ticket, "tried")
    _settled(*opened)
    for site, (gone, stays) in zip(opened, pairwise([*ring, ring[0]]), strict=True):
        tickets.merge(site.desk, gone, stays)
    _settled(*opened)
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

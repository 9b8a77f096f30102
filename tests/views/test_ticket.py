"""One ticket and its history: what happened, in order, by whom, and what was taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import admin, articles, calls, handoffs, people, setup, tickets
from supportdesk.desk.calls import Call, Saved
from supportdesk.desk.desk import Desk
from supportdesk.desk.sentences import sentence
from supportdesk.desk.undo import undo
from supportdesk.places import os_login
from supportdesk.store.types import micros
from supportdesk.store.views import admin as admin_views
from supportdesk.store.views import callers, cards, contacts, lookup
from supportdesk.store.views import handoffs as handoff_views
from supportdesk.store.views.numbers import find_number
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.store.views.timeline import LATE_US, TimelineItem, last_action, timeline
from supportdesk.terms.codes import Audience, LinkKind, Outcome, Status


class Clock:
    """Moves a minute with every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ticket") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en", now=Clock().now)
    desk = Desk(path, clock=Clock())
    network = admin.save(desk, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    admin.save(desk, "agent", {"login": "nils", "name": "Nils", "teams": (network,), "roles": ("specialist",)})
    desk.close()
    return path


@pytest.fixture
def desk(_prepared: Path, tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "desk.db"
    path.write_bytes(_prepared.read_bytes())
    clock = Clock()
    clock.now += timedelta(hours=1)
    opened = Desk(path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def nils(desk: Desk) -> Iterator[Desk]:
    other = Desk(desk.path, as_login="nils", clock=desk.clock)
    yield other
    other.close()


def _call(desk: Desk, title: str = "VPN drops", **more: object) -> Saved:
    return calls.take_call(desk, Call(ticket={"title": title, "caller_name": "Lea"}, **more))  # type: ignore[arg-type]


def _kinds(desk: Desk, id: UUID) -> list[str]:
    return [item.kind for item in timeline(desk.reader, id)]


def _seen(desk: Desk, id: UUID) -> TicketView:
    view = ticket(desk.reader, id)
    assert view is not None
    return view


def test_a_call_and_its_ticket_are_one_line_and_each_note_another(desk: Desk) -> None:
    saved = _call(desk, note="since this morning")
    tickets.note(desk, saved.id, "we are on it", Audience.CALLER)
    call, first, second = timeline(desk.reader, saved.id)
    assert call.kind == "take_call"
    assert call.contact is not None
    assert call.contact.outcome == Outcome.NEW_TICKET
    assert [item.text for item in (first, second)] == ["since this morning", "we are on it"]
    assert second.note is not None
    assert second.note.audience == Audience.CALLER
    told = _seen(desk, saved.id).to_tell
    assert told.last is not None
    assert told.last.text == "we are on it"


def test_changes_tell_from_and_to_by_what_people_call_things(desk: Desk, nils: Desk) -> None:
    saved = _call(desk)
    offer = handoffs.offer(desk, saved.id, lookup.keyed(desk.reader, "team", "network")[0].id,
                           {"request": "x", "tried": "y", "impact": "z"})
    handoffs.accept(nils, offer)
    accepted = timeline(desk.reader, saved.id)[-1]
    assert accepted.author == "nils"
    assert accepted.acting == os_login()
    team, assignee = accepted.change("team"), accepted.change("assignee")
    assert team is not None
    assert assignee is not None
    assert (team.before, team.after, team.after_shown) == ("hotline", "network", "Network")
    assert assignee.after_shown == "Nils"
    view = _seen(desk, saved.id)
    assert [(step.level, step.team and step.team.code) for step in view.path] == [(1, "hotline"), (2, "network")]
    assert [line.state for line in view.handoffs] == ["accepted"]


def test_what_was_undone_stays_and_is_marked_and_does_not_count_for_the_path(desk: Desk) -> None:
    saved = _call(desk)
    network = lookup.keyed(desk.reader, "team", "network")[0].id
    tickets.assign(desk, [saved.id], team=network)
    undo(desk)
    call, assigned, undone = timeline(desk.reader, saved.id)
    assert (call.undone, assigned.undone, undone.undone) == (False, True, False)
    assert (undone.kind, undone.undoes) == ("undo", "assign")
    assert len(_seen(desk, saved.id).path) == 1
    assert last_action(desk.reader, saved.id, desk.agent.id) == call.action


def test_a_withdrawn_note_stays_and_is_marked(desk: Desk) -> None:
    saved = _call(desk)
    tickets.withdraw_note(desk, tickets.note(desk, saved.id, "wrong ticket", Audience.CALLER))
    note = timeline(desk.reader, saved.id)[1]
    assert note.note is not None
    assert note.note.withdrawn
    assert _seen(desk, saved.id).to_tell.last is None


def test_a_note_stands_in_the_ticket_it_was_moved_to(desk: Desk) -> None:
    one, two = _call(desk), _call(desk, "other")
    note = tickets.note(desk, one.id, "for the other")
    tickets.move_note(desk, note, two.id)
    assert "note" not in _kinds(desk, one.id)
    assert _kinds(desk, two.id) == ["take_call", "note", "move_note"]
    assert f"from {one.number}" in _sentences(desk, two)[-1]


def test_merging_is_told_on_both_tickets_and_brings_contacts_and_notes_along(desk: Desk) -> None:
    one, two = _call(desk, note="heard"), _call(desk, "same")
    tickets.merge(desk, one.id, two.id)
    assert f"merged into {two.number}" in _sentences(desk, one)[-1]
    assert f"{one.number} merged into this ticket" in _sentences(desk, two)[-1]
    assert sorted(_kinds(desk, two.id)) == ["contact", "merge_tickets", "note", "take_call"]
    assert _seen(desk, two.id).contacts == 2
    found = find_number(desk.reader, one.number).matches
    assert [(match.number, match.alias) for match in found] == [(two.number, one.number)]


def test_an_entry_written_down_later_says_so(desk: Desk) -> None:
    saved = _call(desk)
    happened = desk.clock() - timedelta(hours=3)
    with desk.journal.action("prioritise", desk.who, at=happened) as act:
        act.set("ticket", saved.id, {"wish": "urgent"})
    late = next(item for item in timeline(desk.reader, saved.id) if item.kind == "prioritise")
    assert late.at_us == micros(happened)
    assert late.late_us >= LATE_US
    assert "written down" in sentence(late, saved.number, str)


def test_imported_history_stands_under_its_own_authors(desk: Desk) -> None:
    saved = _call(desk)
    then = datetime(2020, 1, 1, tzinfo=UTC)
    with desk.journal.action("import_records", None, at=then, author_text="Ana (old)") as act:
        act.set("ticket", saved.id, {"status": Status.SOLVED})
    first = timeline(desk.reader, saved.id)[0]
    assert (first.author, first.imported, first.late_us) == ("Ana (old)", True, 0)
    assert sentence(first, saved.number, str) == "status: in progress > solved"


def test_a_ticket_shows_links_files_articles_and_checks(desk: Desk) -> None:
    one, two = _call(desk), _call(desk, "other")
    tickets.link(desk, one.id, two.id, LinkKind.CHILD)
    article = lookup.articles(desk.reader, "vpn-drops", "en")[0].id
    articles.use(desk, article, ticket_id=one.id, steps=(1, 3), helped=False)
    view = _seen(desk, one.id)
    assert [(link.kind, link.outgoing, link.number) for link in view.links] == [("child", True, two.number)]
    assert [(use.slug, use.steps, use.helped) for use in view.articles] == [("vpn-drops", (1, 3), False)]
    assert [link.outgoing for link in _seen(desk, two.id).links] == [False]
    assert "steps 1, 3, did not help" in _sentences(desk, one)[-1]


def _sentences(desk: Desk, saved: Saved) -> list[str]:
    return [sentence(item, saved.number, str) for item in timeline(desk.reader, saved.id)]


def test_every_verb_on_a_ticket_makes_a_sentence_in_every_language(desk: Desk) -> None:
    from supportdesk import i18n

    saved = _call(desk, note="n")
    tickets.prioritise(desk, saved.id, impact=1, reason="all of Geneva")
    tickets.wait(desk, [saved.id], Status.WAITING_UNTIL, until=desk.clock() + timedelta(hours=2))
    tickets.resume(desk, [saved.id])
    tickets.promise_callback(desk, saved.id, desk.clock() + timedelta(hours=1))
    calls.settle_callback(desk, saved.id, Outcome.INFORMATION)
    tickets.edit(desk, saved.id, {"title": "better", "description": "longer\nwords"})
    tickets.solve(desk, [saved.id], "new client")
    tickets.close(desk, [saved.id])
    tickets.reopen(desk, [saved.id], "again")
    tickets.cancel(desk, [saved.id], "double")
    undo(desk)
    items: list[TimelineItem] = timeline(desk.reader, saved.id)
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            told = [sentence(item, saved.number, lambda us: f"<{us}>") for item in items]
            assert all(told), language
            assert not any("{" in text or "None" in text for text in told)


# how it is found

SCANNED_WHOLE = (
    *("SCAN ticket", "SCAN t ", "SCAN entry", "SCAN e ", "SCAN contact", "SCAN note", "SCAN caller", "SCAN c "),
    *("SCAN handoff", "SCAN h ", "SCAN link", "SCAN asset", "SCAN a ", "SCAN reference", "SCAN article_use"),
)

READINGS: dict[str, Callable[[sqlite3.Connection, UUID, Desk], object]] = {
    "ticket": lambda conn, id, desk: ticket(conn, id),
    "timeline": lambda conn, id, desk: timeline(conn, id),
    "last action": lambda conn, id, desk: last_action(conn, id, desk.agent.id),
    "tickets of actions": lambda conn, id, desk: callers.tickets_of(conn, [id, id]),
    "whole number": lambda conn, id, desk: find_number(conn, "214-0087-1"),
    "end of a number": lambda conn, id, desk: find_number(conn, "0871"),
    "contacts": lambda conn, id, desk: contacts.contacts(conn, after=(2**60, 1)),
    "a caller's contacts": lambda conn, id, desk: contacts.contacts(conn, caller=id),
    "contact": lambda conn, id, desk: contacts.contact(conn, id),
    "caller": lambda conn, id, desk: cards.caller_card(conn, id),
    "organisation": lambda conn, id, desk: cards.organisation_card(conn, id),
    "asset": lambda conn, id, desk: cards.asset_card(conn, id),
    "assets": lambda conn, id, desk: cards.find_assets(conn, "pc"),
    "callers behind a number": lambda conn, id, desk: lookup.callers_behind(conn, "079 123 45 67", "CH"),
    "callers by name": lambda conn, id, desk: lookup.callers(conn, "Lea Favre", "CH"),
    "inbox": lambda conn, id, desk: handoff_views.inbox(conn, desk.agent, micros(desk.clock())),
    "sent": lambda conn, id, desk: handoff_views.sent(conn, desk.agent),
}


@pytest.mark.parametrize("reading", READINGS)
def test_no_reading_goes_through_a_whole_table(desk: Desk, reading: str) -> None:
    organisation = people.save_organisation(desk, {"name": "Alpina"})
    caller = people.save_caller(
        desk, {"name": "Lea Favre", "numbers": ("079 123 45 67",), "organisation_id": organisation}
    )
    saved = calls.take_call(desk, Call(ticket={"title": "x", "caller_id": caller}))
    asset = people.save_asset(desk, {"inventory": "A-1", "host": "pc", "caller_id": caller})
    ids = {"caller": caller, "a caller's contacts": caller, "organisation": organisation, "asset": asset,
           "contact": saved.contact_id}
    asked: list[str] = []
    conn = desk.reader
    _ = desk.agent
    conn.set_trace_callback(asked.append)
    READINGS[reading](conn, ids.get(reading) or saved.id, desk)
    conn.set_trace_callback(None)
    questions = [sql for sql in asked if sql.lstrip().startswith("SELECT")]
    assert questions
    for sql in questions:
        plan = [f"{row[3]} " for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
        whole = [step for step in plan if step.startswith(SCANNED_WHOLE) and "USING INDEX" not in step]
        whole += [step for step in plan if "people_text_entity" in step]  # one index probe for every person there is
        assert not whole, (sql, plan)


def test_the_set_up_is_listed_with_names_instead_of_ids(desk: Desk) -> None:
    rows = {row.login: row for row in admin_views.agents(desk.reader)}
    assert rows["nils"].teams == ("network",)
    assert {row.slug: row.agents for row in admin_views.teams(desk.reader)} == {"hotline": 1, "network": 1}
    product = admin.save(desk, "product", {"slug": "vpn", "name": "VPN"})
    client = admin.save(desk, "component", {"slug": "client", "name": "Client", "product_id": product})
    admin.save(desk, "component", {"slug": "cert", "name": "Certificate", "product_id": product, "parent_id": client})
    assert [(row.slug, row.depth, row.parent) for row in admin_views.components(desk.reader)] == [
        ("client", 0, None), ("cert", 1, "client"),
    ]  # fmt: skip

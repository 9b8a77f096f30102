"""The facts of a page of tickets: few statements, each by an index, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk import calls, entitlement, handoffs, tickets
from supportdesk.desk.calls import Call
from supportdesk.desk.promises import explained, promises_of
from supportdesk.store.types import micros, uuid7
from supportdesk.store.views import facts
from supportdesk.store.views.agreements import book
from supportdesk.store.views.facts import cases
from supportdesk.terms.codes import Audience
from tests.views.conftest import NOW, NOW_US, Bench


def sent(bench: Bench, do: Callable[[], object]) -> list[str]:
    told: list[str] = []
    bench.desk.reader.set_trace_callback(told.append)
    do()
    bench.desk.reader.set_trace_callback(None)
    return [statement for statement in told if statement.lstrip().startswith("SELECT")]


def test_a_page_costs_as_many_statements_as_one_ticket(bench: Bench) -> None:
    ids = [bench.ticket(f"number {number}") for number in range(30)]
    for id in ids:
        handoffs.offer(bench.desk, id, bench.network, {}, "urgent")
    one = sent(bench, lambda: promises_of(bench.desk.reader, ids[:1], NOW_US))
    page = sent(bench, lambda: promises_of(bench.desk.reader, ids, NOW_US))
    assert len(one) == len(page) == len(facts.STATEMENTS) + 2
    assert len(promises_of(bench.desk.reader, ids, NOW_US)) == 30


def test_every_statement_of_a_page_goes_by_an_index(bench: Bench) -> None:
    ids = [bench.ticket("one"), bench.ticket("two")]
    reader = bench.desk.reader
    asked = sent(bench, lambda: cases(reader, ids, NOW_US)) + sent(bench, lambda: explained(reader, ids[0], NOW_US))
    for statement in asked:
        for *_, detail in reader.execute(f"EXPLAIN QUERY PLAN {statement}"):
            assert not detail.startswith("SCAN") or detail in ("SCAN contract", "SCAN calendar"), (statement, detail)


def test_more_tickets_than_a_statement_takes_are_asked_for_in_parts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [bench.ticket(f"number {number}") for number in range(5)]
    whole = promises_of(bench.desk.reader, ids, NOW_US)
    monkeypatch.setattr(facts, "AT_ONCE", 2)
    assert promises_of(bench.desk.reader, ids, NOW_US) == whole


def test_a_ticket_that_is_not_there_has_no_promises(bench: Bench) -> None:
    missing = uuid7()
    assert promises_of(bench.desk.reader, [missing], NOW_US) == {}
    with pytest.raises(KeyError):
        explained(bench.desk.reader, missing, NOW_US)
    with pytest.raises(KeyError):
        facts.standing(bench.desk.reader, missing)


def _answered(bench: Bench, id: UUID) -> int | None:
    return next(p.clock.ended for p in promises_of(bench.desk.reader, [id], NOW_US)[id] if p.kind == "answer")


def test_notes_and_contacts_of_a_merged_ticket_are_words_to_this_caller_from_then_on(bench: Bench) -> None:
    desk = bench.desk
    desk.clock = lambda: NOW - timedelta(minutes=50)
    desk.journal.clock = desk.clock
    here, there = (calls.open_ticket(desk, {"title": title}).id for title in ("here", "there"))
    tickets.note(desk, there, "we are on it", Audience.CALLER)
    calls.log_contact(desk, calls.Outcome.EXISTING_TICKET, {}, tickets=[there])
    assert _answered(bench, here) is None
    desk.clock = desk.journal.clock = lambda: NOW - timedelta(minutes=40)
    tickets.merge(desk, there, here)
    assert _answered(bench, here) == micros(NOW - timedelta(minutes=40))
    assert promises_of(desk.reader, [there], NOW_US)[there] == ()


def test_what_is_undone_or_struck_was_not_said(bench: Bench) -> None:
    id = calls.open_ticket(bench.desk, {"title": "mail"}).id
    note = tickets.note(bench.desk, id, "wrong ticket", Audience.CALLER)
    assert _answered(bench, id) is not None
    tickets.withdraw_note(bench.desk, note)
    assert _answered(bench, id) is None
    calls.log_contact(bench.desk, calls.Outcome.EXISTING_TICKET, {}, tickets=[id])
    assert _answered(bench, id) is not None
    bench.desk.journal.undo(bench.desk.who)
    assert _answered(bench, id) is None


def test_a_merge_that_is_undone_leaves_the_contact_a_ticket_was_opened_for(bench: Bench) -> None:
    desk = bench.desk
    came = NOW - timedelta(hours=1)
    id = calls.take_call(desk, Call(ticket={"title": "mail"}, contact={"channel": "mail", "started_at": came})).id
    other = calls.open_ticket(desk, {"title": "other"}).id
    note = tickets.note(desk, id, "hello", Audience.CALLER)
    before = promises_of(desk.reader, [id], NOW_US)
    tickets.merge(desk, id, other)
    desk.journal.undo(desk.who)
    tickets.move_note(desk, note, other)
    tickets.move_note(desk, note, id)
    assert promises_of(desk.reader, [id], NOW_US) == before
    assert before[id][0].start == micros(came)


def test_a_handoff_is_read_from_its_entries_and_else_from_its_row(bench: Bench) -> None:
    desk = bench.desk
    id = bench.ticket("handed over")
    offer = handoffs.offer(desk, id, bench.evening, {}, "urgent")
    (case,) = cases(desk.reader, [id], NOW_US).values()
    assert (case.handoffs[0].answered, case.handoffs[0].ended) == (None, None)
    handoffs.accept(desk, offer)
    handoffs.return_(desk, offer, "not ours")
    (case,) = cases(desk.reader, [id], NOW_US).values()
    assert None not in case.handoffs[0]
    with desk.journal.transaction() as conn:
        conn.execute("DELETE FROM entry WHERE entity = 'handoff'")
    (case,) = cases(desk.reader, [id], NOW_US).values()
    assert (case.handoffs[0].accepted, case.handoffs[0].answered, case.handoffs[0].ended) == (None, NOW_US, NOW_US)


def test_work_another_team_has_accepted_is_over_for_the_one_before(bench: Bench) -> None:
    desk = bench.desk
    id = bench.ticket("goes on")
    handoffs.accept(desk, handoffs.offer(desk, id, bench.evening, {}, "urgent"))
    later = NOW + timedelta(minutes=5)
    desk.clock = desk.journal.clock = lambda: later
    handoffs.accept(desk, handoffs.offer(desk, id, bench.hotline, {}, "urgent"))
    (case,) = cases(desk.reader, [id], micros(later)).values()
    assert [handoff.ended for handoff in case.handoffs] == [micros(later), None]


def test_the_contract_of_each_moment_is_read(bench: Bench) -> None:
    desk = bench.desk
    with desk.journal.action("administer", desk.who) as act:
        gold = act.create("contract", {"slug": "gold", "name": "Gold", "kind": "customer", "versions": [
            {"targets": {"P3": {"answer": 60, "solution": 7200}}}]})
    id = bench.ticket("whose")
    entitlement.choose_contract(desk, id, gold)
    (solution,) = (p for p in promises_of(desk.reader, [id], NOW_US)[id] if p.kind == "solution")
    assert solution.basis is not None
    assert solution.basis.contract == book(desk.reader).contracts[gold]
    assert (solution.clock.state, solution.clock.due) == ("running", micros(NOW + timedelta(hours=1))), "from its start"
    assert [contract for _since, (contract, _coverage) in cases(desk.reader, [id], NOW_US)[id].ledger.contracts] == [
        None, gold]

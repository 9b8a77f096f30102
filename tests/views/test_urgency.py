"""The queue in the order of what is left of promises: P1 nobody works on, least left of what was promised, the weight
of the contract, age; the same on every console, and nothing derived for it while somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import calls, tickets
from supportdesk.desk.alone import settle_agreed
from supportdesk.desk.calls import Call, take_call
from supportdesk.desk.desk import Desk
from supportdesk.desk.order_words import order_words
from supportdesk.desk.promises import promises_of
from supportdesk.rules.clocks import FOR_EVER, ClockState
from supportdesk.rules.order import OrderCode, rank
from supportdesk.rules.promises import Promise
from supportdesk.rules.urgency import NOTHING_PROMISED, whole_minute
from supportdesk.store import urgency
from supportdesk.store.agreed import agreed as agreed_now
from supportdesk.store.journal import Journal
from supportdesk.store.types import micros, uuid7
from supportdesk.store.views import queue
from supportdesk.store.views.queue import View
from supportdesk.store.views.ticket import ticket
from supportdesk.terms.codes import Audience, Priority, PromiseKind, Status
from tests.journal.proof import assert_the_queue_goes_by_the_facts
from tests.views.conftest import NOW, NOW_US, Bench, minutes

HOUR = 3_600
OFFICE = [["08:00", "12:00"], ["13:00", "17:00"]]
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def calendar(bench: Bench, slug: str, zone: str = "Europe/Zurich", hours: Any = OFFICE,
             days: tuple[str, ...] = WORKDAYS) -> UUID:
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        return act.create("calendar", {"slug": slug, "name": slug.title(), "versions": [
            {"zone": zone, "weekly": {day: hours for day in days}}]})  # noqa: C420


def version(calendar_id: UUID | None, weight: int = 0, since: datetime | None = None, **seconds: int) -> dict[str, Any]:
    said: dict[str, Any] = {"targets": {priority.value: seconds for priority in Priority}, "weight": weight}
    if calendar_id is not None:
        said["calendar"] = str(calendar_id)
    return said if since is None else said | {"since": micros(since)}


def contract(bench: Bench, slug: str, *versions: dict[str, Any], kind: str = "customer") -> UUID:
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        return act.create("contract", {"slug": slug, "name": slug.title(), "kind": kind, "versions": list(versions)})


@pytest.fixture
def agreed(bench: Bench) -> list[UUID | None]:
    """Contracts of several calendars, weights and targets, and none."""
    office = calendar(bench, "office")
    nights = calendar(bench, "nights", "Asia/Kathmandu", [["20:00", "06:00"]], (*WORKDAYS, "sat", "sun"))
    return [
        None,
        contract(bench, "gold", version(office, 20, answer=HOUR, solution=4 * HOUR)),
        contract(bench, "silver", version(office, 10, answer=HOUR, solution=4 * HOUR)),
        contract(bench, "night", version(nights, 0, solution=9 * HOUR, update=2 * HOUR)),
        contract(bench, "clock", version(None, 5, solution=30 * HOUR)),
    ]


def at_random(bench: Bench, agreed: list[UUID | None], count: int, seed: int = 7) -> None:
    rng = Random(seed)
    for n in range(count):
        status = rng.choice(list(Status))
        bench.ticket(
            str(n), status=status, priority=rng.choice(list(Priority)), contract_id=rng.choice(agreed),
            team_id=rng.choice([bench.hotline, bench.evening, bench.network, None]),
            assignee_id=rng.choice([bench.me, bench.other, None]), owner_id=rng.choice([bench.me, bench.other, None]),
            callback_at=rng.choice([None, None, None, minutes(rng.randint(-90, 90))]),
            wait_until=minutes(rng.randint(-90, 90)) if status is Status.WAITING_UNTIL else None,
            created_at=minutes(-rng.choice([5, 60, 60, 600, rng.randint(1, 4000)])),
        )  # fmt: skip


def share(promises: tuple[Promise, ...]) -> float:
    """What is left of the next due promise to the customer, read from its clock."""
    owed = [p for p in promises if p.kind is not PromiseKind.CALLBACK and p.handoff is None and p.clock.done is None
            and p.clock.state in (ClockState.RUNNING, ClockState.MISSED)]
    found = min(owed, key=lambda p: (p.clock.due or FOR_EVER, p.target or 0), default=None)
    if found is None or not found.target or found.clock.remaining is None:
        return NOTHING_PROMISED
    return found.clock.remaining / found.target


@pytest.mark.parametrize("passed", [0, 17, 60 * 19, 60 * 24 * 3])
def test_any_set_of_tickets_is_in_the_order_of_the_rule(bench: Bench, agreed: list[UUID | None], passed: int) -> None:
    """Sorted by the pure rule from clocks derived of the journal alone, whatever the time is by now."""
    at_random(bench, agreed, 120)
    reader, now = bench.desk.reader, NOW_US + passed * 60_000_000
    order = queue.snapshot(reader, View.ALL, bench.desk.agent, now + 42_000_000)
    lines = {line.id: line for line in queue.page(reader, order.pks)}
    promises = promises_of(reader, list(lines), whole_minute(now))

    def place(id: UUID) -> tuple[Any, ...]:
        line = lines[id]
        waits = Status.read(line.status) in (Status.WAITING_CALLER, Status.WAITING_UNTIL)
        left = NOTHING_PROMISED if line.promised is None and waits else share(promises[id])
        return (*rank(line.lane, line.wake_us, left, line.weight, line.created_us, now), id.bytes)

    assert list(lines) == sorted(lines, key=place)
    assert len({line.promised.of.pk for line in lines.values() if line.promised}) >= 8


def test_the_first_page_of_every_view_is_the_head_of_its_snapshot(bench: Bench, agreed: list[UUID | None]) -> None:
    at_random(bench, agreed, 150)
    reader, me = bench.desk.reader, bench.desk.agent
    for view in View:
        for now in (NOW_US, NOW_US + 3 * 86_400_000_000 + 59_999_999):
            whole = queue.snapshot(reader, view, me, now).pks
            for limit in (1, 7, 48):
                page = queue.first_page(reader, view, me, now, limit)
                assert [line.pk for line in page] == list(whole[:limit]), view


def test_more_classes_than_one_statement_takes_are_merged(
    bench: Bench, agreed: list[UUID | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_random(bench, agreed, 150)
    whole = queue.snapshot(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US).pks
    monkeypatch.setattr(queue, "_PARTS_AT_MOST", 3)
    page = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US, 40)
    assert [line.pk for line in page] == list(whole[:40])


def test_two_consoles_have_the_same_order_all_through_a_minute(bench: Bench, agreed: list[UUID | None]) -> None:
    at_random(bench, agreed, 100)
    other = Desk(bench.desk.path, clock=lambda: NOW)
    with closing(other.reader):
        for begin in (NOW_US, NOW_US + 61 * 60_000_000):
            assert queue.snapshot(bench.desk.reader, View.ALL, bench.desk.agent, begin).pks == queue.snapshot(
                other.reader, View.ALL, other.agent, begin + 59_999_999).pks


def test_tickets_alike_in_all_are_in_the_order_of_their_ids_whatever_row_they_have(bench: Bench) -> None:
    ids = sorted(uuid7() for _ in range(4))
    for id in (ids[2], ids[0], ids[3], ids[1]):
        with bench.desk.journal.action("import_records", bench.desk.who) as act:
            act.create("ticket", {"number": act.next_number(), "title": "x", "status": "new", "priority": "P3",
                                  "team_id": bench.hotline, "created_at": minutes(-9)}, id)
    lines = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US)
    assert [line.id for line in lines] == ids


# -- what moves a ticket


def promised(bench: Bench, id: UUID) -> tuple[str, int] | None:
    """Which promise counts, and the minutes left of it."""
    (pk,) = bench.desk.reader.execute("SELECT pk FROM ticket WHERE id = ?", (id.bytes,)).fetchone()
    (line,) = queue.page(bench.desk.reader, [pk])
    assert_the_queue_goes_by_the_facts(bench.desk.reader)
    return None if line.promised is None else (line.promised.kind, line.promised.left(NOW_US) // 60_000_000)


def taken(bench: Bench, **ticket: Any) -> UUID:
    saved = take_call(bench.desk, Call({"description": "Printer", "impact": 3, "urgency": 3, **ticket}))
    return saved.id


def test_a_call_is_answered_at_the_pick_up_and_a_mail_is_not(bench: Bench) -> None:
    answered = taken(bench)
    asked = calls.open_ticket(bench.desk, {"title": "By mail", "impact": 3, "urgency": 3}).id
    assert promised(bench, answered) == ("solution", 120 * 60)
    assert promised(bench, asked) == ("answer", 4 * 60)


def test_a_priority_change_a_wait_an_answer_and_a_reopening_move_the_ticket(bench: Bench) -> None:
    id = calls.open_ticket(bench.desk, {"title": "By mail", "impact": 3, "urgency": 3}).id
    tickets.prioritise(bench.desk, id, impact=2, urgency=2)
    assert promised(bench, id) == ("answer", 30)
    tickets.note(bench.desk, id, "We are on it.", Audience.CALLER)
    assert promised(bench, id) == ("solution", 8 * 60)
    tickets.wait(bench.desk, [id], Status.WAITING_CALLER)
    assert promised(bench, id) is None
    tickets.resume(bench.desk, [id])
    assert promised(bench, id) == ("solution", 8 * 60)
    tickets.solve(bench.desk, [id], "switched on")
    assert promised(bench, id) is None
    tickets.reopen(bench.desk, [id], "still broken")
    assert promised(bench, id) == ("solution", 8 * 60)
    bench.desk.journal.undo(bench.desk.who)
    assert promised(bench, id) is None


def test_a_note_for_the_house_moves_nothing(bench: Bench) -> None:
    id = calls.open_ticket(bench.desk, {"title": "By mail", "impact": 3, "urgency": 3}).id
    tickets.note(bench.desk, id, "Looks like the driver.")
    assert promised(bench, id) == ("answer", 4 * 60)


# -- agreements that change


def due(bench: Bench, id: UUID) -> Any:
    return bench.desk.reader.execute("SELECT due_at, due_point FROM ticket WHERE id = ?", (id.bytes,)).fetchone()


def test_a_changed_contract_moves_its_open_tickets_and_no_others(bench: Bench, agreed: list[UUID | None]) -> None:
    gold = bench.ticket("gold", contract_id=agreed[1])
    clock = bench.ticket("clock", contract_id=agreed[4])
    before = due(bench, clock)
    assert promised(bench, gold) == ("answer", 0)
    changed: list[UUID] = []
    settle = urgency.settle

    def noted(conn: Any, ids: Any, now: int) -> None:
        changed.extend(ids)
        settle(conn, ids, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urgency, "settle", noted)
        with bench.desk.journal.action("administer", bench.desk.who) as act:
            assert agreed[1] is not None
            act.set("contract", agreed[1], {"versions": [version(None, 20, solution=2 * HOUR)]})
    assert changed == [gold]
    assert promised(bench, gold) == ("solution", 60)
    assert due(bench, clock) == before


def test_a_calendar_that_will_change_moves_the_due_time_shown_and_not_the_due_point(bench: Bench) -> None:
    office = calendar(bench, "office")
    id = bench.ticket(contract_id=contract(bench, "slow", version(office, 0, solution=20 * HOUR)))
    before = due(bench, id)
    hours = {day: [["08:00", "10:00"]] for day in WORKDAYS}
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        kept = act.get("calendar", office)["versions"]
        act.set("calendar", office, {"versions": [*kept, {"since": micros(minutes(600)), "zone": "Europe/Zurich",
                                                          "weekly": hours}]})
    after = due(bench, id)
    assert after[1] == before[1]
    assert after[0] > before[0]
    assert_the_queue_goes_by_the_facts(bench.desk.reader)


def test_standard_terms_hold_for_tickets_without_a_contract_from_the_moment_they_are_written(bench: Bench) -> None:
    id = bench.ticket()
    assert promised(bench, id) == ("answer", 60)
    default = contract(bench, "default", version(None, 3, solution=5 * HOUR), kind="standard")
    assert promised(bench, id) == ("solution", 4 * 60)
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        act.set("contract", default, {"slug": "former"})
    assert promised(bench, id) == ("answer", 60)


def test_what_a_killed_process_left_to_do_is_done_by_the_next_that_saves(bench: Bench) -> None:
    id = bench.ticket()
    journal = bench.desk.journal
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "settle_some", lambda _self: True)
        contract(bench, "default", version(None, 3, solution=5 * HOUR), kind="standard")
    assert left(bench) == 1
    next_one = Desk(bench.desk.path, clock=lambda: NOW)
    tickets.note(next_one, id, "still here")
    next_one.close()
    assert promised(bench, id) == ("solution", 4 * 60)
    assert not journal.settle_some()


def left(bench: Bench) -> int:
    """How many tickets have not got their new places yet."""
    return int(bench.desk.reader.execute("SELECT count(*) FROM unsettled").fetchone()[0])


@pytest.fixture
def changed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Seven tickets whose terms were changed just now, by somebody who waited for two of them."""
    monkeypatch.setattr(urgency, "SOME", 2)
    made = [bench.ticket(str(n)) for n in range(7)]
    contract(bench, "default", version(None, 3, solution=5 * HOUR), kind="standard")
    return made


def test_who_changes_the_terms_of_many_tickets_waits_for_a_few_of_them(bench: Bench, changed: list[UUID]) -> None:
    assert left(bench) == 5
    tickets.note(bench.desk, changed[-1], "still here")
    assert left(bench) == 3, "each save does some of it"
    other = Desk(bench.desk.path, clock=lambda: NOW)
    settle_agreed(other)
    other.close()
    assert_the_queue_goes_by_the_facts(bench.desk.reader)
    settle_agreed(bench.desk)
    assert [promised(bench, id) for id in changed] == [("solution", 4 * 60)] * 7


def test_what_a_line_tells_is_right_before_its_ticket_has_its_new_place(bench: Bench, changed: list[UUID]) -> None:
    def shown() -> list[tuple[Any, ...]]:
        pks = [pk for (pk,) in bench.desk.reader.execute("SELECT pk FROM ticket ORDER BY pk")]
        lines = queue.page(bench.desk.reader, pks)
        told = [(line.promised and (line.promised.kind, line.promised.of.target, line.promised.left(NOW_US)),
                 line.weight, line.due_us, order_words(line.reason(NOW_US), NOW_US, UTC)) for line in lines]
        pages = [view for line in lines if (view := ticket(bench.desk.reader, line.id)) is not None]
        assert [(view.due_us, order_words(view.reason(NOW_US), NOW_US, UTC)) for view in pages] == [
            (due, reason) for _promise, _weight, due, reason in told]
        return told

    tickets.wait(bench.desk, changed[:1], Status.WAITING_CALLER)
    meanwhile = shown()
    assert left(bench) > 0
    assert meanwhile[0][:3] == (None, 0, None)
    assert [what[0] for what in meanwhile[1:]] == [("solution", 5 * HOUR * 1_000_000, 4 * HOUR * 1_000_000)] * 6
    settle_agreed(bench.desk)
    assert shown() == meanwhile


def test_what_has_no_new_place_yet_has_it_whatever_the_clock_of_the_desk(bench: Bench, changed: list[UUID]) -> None:
    """What a console wrote whose clock is an hour ahead has one place, before that instant and after it."""
    default = bench.desk.journal.conn.execute("SELECT id FROM contract").fetchone()[0]
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        act.set("contract", UUID(bytes=default), {"versions": [version(None, 3, update=2 * HOUR)]})
    with bench.desk.journal.action("note", bench.desk.who, at=minutes(60)) as act:
        act.create("note", {"ticket_id": changed[-1], "audience": "caller", "text": "soon", "agent_id": act.agent,
                            "at": minutes(60)})

    def due(desk: Desk) -> list[int | None]:
        (pk,) = desk.reader.execute("SELECT pk FROM ticket WHERE id = ?", (changed[-1].bytes,)).fetchone()
        view = ticket(desk.reader, changed[-1])
        assert view is not None
        return [queue.page(desk.reader, [pk])[0].due_us, view.due_us]

    assert left(bench) > 0
    later = Desk(bench.desk.path, clock=lambda: minutes(61))
    try:
        for desk in (bench.desk, later):
            assert due(desk) == [micros(minutes(180))] * 2, "two hours after the update"
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(due, bench.desk).result() == due(bench.desk)
    finally:
        later.close()


# -- what it costs


@pytest.fixture
def sent(bench: Bench) -> Iterator[Callable[[], list[str]]]:
    """The statements of the writing side since it was asked last."""
    told: list[str] = []
    conn = bench.desk.journal.conn
    conn.set_trace_callback(told.append)

    def since() -> list[str]:
        found = told.copy()
        told.clear()
        return found

    yield since
    conn.set_trace_callback(None)


def test_the_book_is_read_once_and_again_when_something_in_it_was_written(
    bench: Bench, sent: Callable[[], list[str]]
) -> None:
    def books() -> int:
        return sum("retired_at FROM contract" in statement for statement in sent())

    for _ in range(3):
        taken(bench)
    assert books() == 1
    other = Desk(bench.desk.path, clock=lambda: NOW)
    with other.journal.action("administer", other.who) as act:
        act.create("contract", {"slug": "new", "kind": "customer"})
    other.close()
    for _ in range(3):
        taken(bench)
    assert books() == 1


def test_a_contract_that_was_not_saved_after_all_is_forgotten(bench: Bench) -> None:
    journal = bench.desk.journal
    with pytest.raises(RuntimeError), journal.action("administer", bench.desk.who) as act:  # noqa: PT012
        act.create("contract", {"slug": "default", "kind": "standard", "versions": [version(None, solution=9)]})
        assert agreed_now(journal.conn).default() is not None
        raise RuntimeError
    calendar(bench, "office")
    assert promised(bench, taken(bench)) == ("solution", 120 * 60)


def test_taking_a_call_reads_no_history(bench: Bench, sent: Callable[[], list[str]]) -> None:
    id = taken(bench)
    assert not [statement for statement in sent() if "WHERE subject IN" in statement]
    assert promised(bench, id) == ("solution", 120 * 60)


def test_thirty_tickets_are_settled_with_as_many_statements_as_three(
    bench: Bench, agreed: list[UUID | None], sent: Callable[[], list[str]]
) -> None:
    ids = [bench.ticket(contract_id=agreed[n % len(agreed)]) for n in range(30)]
    conn = bench.desk.journal.conn
    urgency.settle(conn, ids, NOW_US)
    sent()
    urgency.settle(conn, ids[:5], NOW_US)
    few = len(sent())
    urgency.settle(conn, ids, NOW_US)
    assert len(sent()) == few < 20


# -- what is said


def test_the_reason_names_the_promise_and_what_is_left_of_it(bench: Bench, agreed: list[UUID | None]) -> None:
    bench.ticket("gold", contract_id=agreed[1], created_at=minutes(-30))
    (line,) = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US)
    reason = line.reason(NOW_US)
    assert (reason.code, reason.at_us) == (OrderCode.DUE, micros(minutes(30)))
    assert order_words(reason, NOW_US, UTC).startswith("First answer (Gold): 30 min of 1 h left.")
    late = NOW_US + 40 * 60_000_000
    assert order_words(line.reason(late), late, UTC).startswith("First answer (Gold): 10 min over the promised 1 h.")

"""Major incidents as screens read them: what runs, what may be said, who hangs on one and was told (DESIGN.md 4)."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from uuid import UUID

import pytest

from supportdesk.desk import major as verbs
from supportdesk.desk import major_end, tickets
from supportdesk.desk.desk import Desk
from supportdesk.store.types import micros
from supportdesk.store.views import major as views
from supportdesk.store.views.standing import majors_now
from tests.views.conftest import NOW_US, Bench, minutes


def declare(bench: Bench, ticket: UUID, title: str = "Fibre", at: datetime | None = None, **more: object) -> UUID:
    desk = Desk(bench.desk.path, clock=lambda: at or minutes(-30))
    try:
        return UUID(bytes=verbs.declare_major(
            desk, ticket, title=title, began_at=minutes(-60), texts={"fr": "Patience.", "en": "Wait."},
            valid_until=minutes(60), **more,  # type: ignore[arg-type]
        ).bytes)
    finally:
        desk.close()


def test_nothing_runs_on_a_desk_without_one(bench: Bench) -> None:
    assert majors_now(bench.desk.reader) == ()


def test_what_runs_has_its_number_its_people_and_the_sentence_of_now(bench: Bench) -> None:
    ticket = bench.ticket("Fibre cut", assignee_id=bench.other)
    id = declare(bench, ticket, communicator_id=bench.other, next_update_at=minutes(15))
    verbs.say_statement(bench.desk, id, {"de": "Geduld."}, minutes(45), minutes(20))
    (found,) = majors_now(bench.desk.reader)
    assert (found.id, found.ticket_id, found.title) == (id, ticket, "Fibre")
    assert (found.communicator, found.technician) == ("Bea Noll", "Bea Noll")
    assert (found.began_us, found.next_update_us) == (micros(minutes(-60)), micros(minutes(20)))
    assert found.statement is not None
    # The newest statement holds as a whole: what was said in another language before may be wrong now.
    assert found.statement.texts == {"de": "Geduld."}
    assert (found.statement.at_us, found.statement.valid_until_us) == (NOW_US, micros(minutes(45)))


def test_the_newest_of_two_comes_first_and_what_is_over_does_not_come(bench: Bench) -> None:
    first, second, over = (bench.ticket(title) for title in ("one", "two", "three"))
    declare(bench, first, "First", minutes(-40))
    declare(bench, second, "Second", minutes(-20))
    declare(bench, over, "Over", minutes(-10))
    tickets.solve(bench.desk, [over], "done", told=True)
    assert [found.title for found in majors_now(bench.desk.reader)] == ["Second", "First"]


def test_a_ticket_is_a_major_incident_or_hangs_on_one_or_has_nothing_to_do_with_it(bench: Bench) -> None:
    ticket, case, other = (bench.ticket(title) for title in ("one", "two", "three"))
    id = declare(bench, ticket, cases=[case])
    own, hung = views.of_ticket(bench.desk.reader, ticket), views.of_ticket(bench.desk.reader, case)
    assert own is not None
    assert hung is not None
    assert (own.id, own.is_major) == (id, True)
    assert (hung.id, hung.is_major, hung.ticket_id) == (id, False, ticket)
    assert views.of_ticket(bench.desk.reader, other) is None


def case_lines(bench: Bench, id: UUID) -> tuple[views.Case, ...]:
    found = views.major(bench.desk.reader, id)
    assert found is not None
    return views.cases(bench.desk.reader, found)


def test_cases_tell_whom_to_ring_and_who_was_not_told_comes_first(bench: Bench) -> None:
    with bench.desk.journal.action("import_records", bench.desk.who) as act:
        caller = act.create("caller", {"name": "Ada Lovelace", "language": "de",
                                       "numbers": [{"text": "079 555 01 00", "e164": "+41795550100"}]})
    ticket = bench.ticket("the fibre")
    early = bench.ticket("early", caller_id=caller, created_at=minutes(-50))
    late = bench.ticket("late", caller_name="Grace", caller_number="079 555 02 00", created_at=minutes(-40))
    id = declare(bench, ticket, cases=[early, late])
    verbs.tell(bench.desk, early, how="mail")
    first, second = case_lines(bench, id)
    assert (first.ticket_id, first.caller, first.phone, first.told) == (late, "Grace", "079 555 02 00", None)
    assert (second.ticket_id, second.caller, second.phone, second.language) == (
        early, "Ada Lovelace", "079 555 01 00", "de")
    assert second.told is not None
    assert (second.told.how, second.told.at_us, second.is_told) == ("mail", NOW_US, True)


def test_who_was_told_while_it_ran_is_to_be_told_of_the_end(bench: Bench) -> None:
    ticket, case = bench.ticket("the fibre"), bench.ticket("a case")
    id = declare(bench, ticket, cases=[case])
    before = Desk(bench.desk.path, clock=lambda: minutes(-5))
    verbs.tell(before, case, how="phone")
    before.close()
    major_end.end_major(bench.desk, id, "cable replaced")
    (told_before,) = case_lines(bench, id)
    assert told_before.told is not None
    assert not told_before.is_told
    major_end.tell_the_end(bench.desk, {case: major_end.Answer("chat")})
    (told_after,) = case_lines(bench, id)
    assert told_after.is_told


def test_who_was_told_is_read_the_latest_first(bench: Bench) -> None:
    ticket, one, two = (bench.ticket(title) for title in ("the fibre", "one", "two"))
    id = declare(bench, ticket, cases=[one, two])
    for minute, case in ((-9, one), (-3, two)):
        desk = Desk(bench.desk.path, clock=lambda minute=minute: minutes(minute))
        verbs.tell(desk, case, how="phone", who="Ada")
        desk.close()
    found = views.spoken(bench.desk.reader, id)
    assert [line.ticket_id for line in found.told] == [two, one]
    assert found.of == found.running[0]


@pytest.mark.parametrize("read", [
    lambda conn, found: majors_now(conn), lambda conn, found: views.major(conn, found.id),
    lambda conn, found: views.of_ticket(conn, found.ticket_id), lambda conn, found: views.cases(conn, found),
    lambda conn, found: views.spoken(conn, found.id),
], ids=["running", "major", "of_ticket", "cases", "spoken"])
def test_every_read_goes_through_an_index(bench: Bench, read: object) -> None:
    ticket, case = bench.ticket("the fibre"), bench.ticket("a case")
    declare(bench, ticket, cases=[case])
    verbs.tell(bench.desk, case, how="phone")
    (found,) = majors_now(bench.desk.reader)
    asked: list[str] = []
    conn = bench.desk.reader
    conn.set_trace_callback(asked.append)
    read(conn, found)  # type: ignore[operator]
    conn.set_trace_callback(None)
    assert asked
    for sql in asked:
        for *_rest, step in conn.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            assert not step.startswith("SCAN") or "USING INDEX" in step or "INDEX major_incident_open" in step or (
                "CONSTANT ROW" in step or "(subquery" in step), (sql, step)


def test_a_statement_of_a_newer_version_says_nothing(bench: Bench) -> None:
    declare(bench, bench.ticket("the fibre"))
    conn = sqlite3.connect(bench.desk.path)
    with conn:
        conn.execute("UPDATE statement SET texts = '[1]'")
    conn.close()
    (found,) = majors_now(bench.desk.reader)
    assert found.statement is not None
    assert found.statement.texts == {}

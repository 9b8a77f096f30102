"""A promise that was missed is noted once, by whichever console looks, and a look that finds nothing costs nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk import alone, breach_duty, calls, entitlement, handoffs, tickets
from supportdesk.desk.alone import tend_alone
from supportdesk.desk.breach_duty import Watch, tend_breaches
from supportdesk.desk.desk import Desk
from supportdesk.store import rows
from supportdesk.store.drafts import Drafts
from supportdesk.store.instants import micros
from supportdesk.store.views import facts, unsettled
from supportdesk.terms.codes import Audience
from tests.desk.conftest import Small
from tests.journal import proof

HOUR = timedelta(hours=1)


@pytest.fixture
def gold(small: Small) -> UUID:
    targets = {f"P{number}": {"answer": 3_600, "update": 7_200, "solution": 14_400} for number in range(1, 6)}
    with small.desk.journal.action("administer", small.desk.who) as act:
        return act.create("contract", {"slug": "gold", "name": "Gold", "kind": "customer",
                                       "versions": [{"targets": targets}]})


def mailed(small: Small, contract: UUID | None) -> UUID:
    id = calls.open_ticket(small.desk, {"title": "no printer"}).id
    if contract is not None:
        entitlement.choose_contract(small.desk, id, contract)
    return id


def noted(small: Small) -> list[tuple[str, object]]:
    ids = small.desk.reader.execute("SELECT id FROM breach ORDER BY due_at, kind").fetchall()
    found = [rows.read(small.desk.reader, "breach", UUID(bytes=id)) for (id,) in ids]
    return [(row["kind"], row["due_at"]) for row in found if row is not None]


def test_each_missed_promise_is_noted_once_with_its_contract_and_instant(small: Small, gold: UUID) -> None:
    watch = Watch()
    id = mailed(small, gold)
    start = small.row("ticket", id)["created_at"]
    told = tend_breaches(small.desk, watch)
    assert (told.done, told.next_at) == (0, start + HOUR)
    small.clock.now += 3 * HOUR
    assert tend_breaches(small.desk, watch).done == 2
    assert noted(small) == [("answer", start + HOUR), ("update", start + 2 * HOUR)]
    (entry,) = small.desk.reader.execute(
        "SELECT agent, at, subject FROM entry WHERE verb = 'breach' ORDER BY at LIMIT 1").fetchall()
    assert (entry[0], entry[2]) == (None, id.bytes)
    (breach, contract) = small.desk.reader.execute("SELECT id, contract_id FROM breach LIMIT 1").fetchone()
    assert UUID(bytes=contract) == gold
    assert small.row("breach", UUID(bytes=breach))["at"] == start + HOUR
    assert tend_breaches(small.desk, watch).done == tend_breaches(small.desk, Watch()).done == 0
    proof.assert_replay_is_equal(small.desk.path, small.desk.path.with_name("replayed.db"))


def test_two_consoles_write_the_same_entry(small: Small, gold: UUID) -> None:
    mailed(small, gold)
    small.clock.now += 1.5 * HOUR
    other = Desk(small.desk.path, clock=small.clock)
    there = breach_duty.missed(other, Watch())
    assert tend_breaches(small.desk, Watch()).done == 1
    assert tend_breaches(other, Watch(), there).done == 0
    other.close()


def test_what_was_missed_before_the_ticket_was_solved_is_noted_after_it(small: Small, gold: UUID) -> None:
    id = mailed(small, gold)
    small.clock.now += 5 * HOUR
    tickets.solve(small.desk, [id], "done")
    assert tend_breaches(small.desk, Watch()).done == 3
    id = mailed(small, gold)
    small.clock.now += 5 * HOUR
    tickets.solve(small.desk, [id], "done")
    small.clock.now += breach_duty.LOOKED_BACK
    assert tend_breaches(small.desk, Watch()).done == 0, "that is long ago"


def test_what_is_new_is_looked_at_again(small: Small, gold: UUID) -> None:
    watch = Watch()
    tend_breaches(small.desk, watch)
    id = mailed(small, gold)
    tend_breaches(small.desk, watch)
    tickets.note(small.desk, id, "on it", Audience.CALLER)
    small.clock.now += 3 * HOUR
    tend_breaches(small.desk, watch)
    assert [kind for kind, _due in noted(small)] == ["update"]
    with small.desk.journal.action("administer", small.desk.who) as act:
        act.set("contract", gold, {"versions": [{"targets": {f"P{n}": {"solution": 60} for n in range(1, 6)}}]})
    tend_breaches(small.desk, watch)
    assert {kind for kind, _due in noted(small)} == {"update", "solution"}


def test_what_a_team_promised_is_noted_apart(small: Small, gold: UUID) -> None:
    with small.desk.journal.action("administer", small.desk.who) as act:
        act.create("contract", {"slug": "ola", "name": "Ola", "kind": "team", "team_id": small.network, "versions": [
            {"targets": {f"P{number}": {"answer": 1_800} for number in range(1, 6)}}]})
    handoffs.offer(small.desk, mailed(small, gold), small.network, {}, "urgent")
    small.clock.now += 1.5 * HOUR
    assert tend_breaches(small.desk, Watch()).done == 2
    assert [kind for kind, _due in noted(small)] == ["answer", "answer"]


def test_of_what_nobody_chose_terms_for_nothing_is_noted(small: Small) -> None:
    mailed(small, None)
    small.clock.now += 100 * HOUR
    assert tend_breaches(small.desk, Watch()).done == 0


def test_a_console_alone_notes_them_in_its_look(small: Small, gold: UUID) -> None:
    mailed(small, gold)
    assert tend_alone(small.desk) == 0
    small.clock.now += 1.5 * HOUR
    assert tend_alone(small.desk) == 1
    assert tend_alone(small.desk) == 0


def test_what_a_look_could_not_write_is_due_at_the_next(
    small: Small, gold: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailed(small, gold)
    assert tend_alone(small.desk) == 0
    small.clock.now += 1.5 * HOUR
    with monkeypatch.context() as patch:
        patch.setattr(alone.Role, "take", lambda _role: False)
        assert tend_alone(small.desk) == 0, "another console does its duties just now"
    with monkeypatch.context() as patch:
        def away(*_asked: object) -> bool:
            raise OSError("the disk is away")

        patch.setattr(alone, "missed", lambda desk, watch: breach_duty.missed(desk, watch)[:0])
        patch.setattr(alone, "is_any_due", away)
        assert tend_alone(small.desk) == 0
    assert tend_alone(small.desk) == 1


def read_by(small: Small, watch: Watch) -> list[UUID]:
    """The tickets whose history a look reads."""
    found: list[UUID] = []
    with pytest.MonkeyPatch.context() as patch:
        def noted(conn: object, ids: list[UUID], now: int) -> object:
            found.extend(ids)
            return facts.cases(conn, ids, now)  # type: ignore[arg-type]

        patch.setattr(breach_duty, "cases", noted)
        tend_breaches(small.desk, watch)
    return found


def test_a_look_at_which_nothing_is_new_reads_no_history(small: Small, gold: UUID) -> None:
    watch = Watch()
    for _number in range(5):
        mailed(small, gold)
    tend_breaches(small.desk, watch)
    asked: list[str] = []
    small.desk.reader.set_trace_callback(asked.append)
    assert breach_duty.missed(small.desk, watch) == []
    small.desk.reader.set_trace_callback(None)
    questions = [statement for statement in asked if statement.startswith("SELECT")]
    assert len(questions) == 4, questions
    for question in questions:
        for *_, detail in small.desk.reader.execute(f"EXPLAIN QUERY PLAN {question}"):
            assert "ticket" not in detail or "ticket_open_due" in detail or "ticket_open_callback" in detail, detail


def test_a_console_that_starts_reads_what_is_overdue_and_what_was_done_since_anybody_looked(
    small: Small, gold: UUID
) -> None:
    late = mailed(small, gold)
    small.clock.now += 1.5 * HOUR
    quiet = [mailed(small, gold) for _number in range(5)]
    assert set(read_by(small, Watch())) == {late, *quiet}, "nobody has looked at this file"
    done = mailed(small, gold)
    assert read_by(small, Watch()) == [late, done], "the breach that was noted is an entry as well"
    assert set(read_by(small, Watch())) == {late}
    assert noted(small) == [("answer", small.row("ticket", late)["created_at"] + HOUR)]


def test_each_promise_of_an_overdue_ticket_is_noted_when_it_is_missed(small: Small, gold: UUID) -> None:
    id, watch = mailed(small, gold), Watch()
    start = small.row("ticket", id)["created_at"]
    told = []
    for _hour in range(6):
        small.clock.now += HOUR
        told.append(tend_breaches(small.desk, watch).done)
        watch = Watch() if len(told) == 2 else watch
    assert told == [1, 1, 0, 1, 0, 0]
    assert [due - start for _kind, due in noted(small)] == [HOUR, 2 * HOUR, 4 * HOUR]


def test_what_becomes_overdue_by_other_terms_is_noted(small: Small, gold: UUID) -> None:
    watch = Watch()
    mailed(small, gold)
    assert tend_breaches(small.desk, watch).done == 0
    small.clock.now += 0.5 * HOUR
    with small.desk.journal.action("administer", small.desk.who) as act:
        act.set("contract", gold, {"versions": [{"targets": {f"P{n}": {"solution": 60} for n in range(1, 6)}}]})
    assert tend_breaches(small.desk, watch).done == 1


def test_a_version_that_begins_is_missed_where_it_is_over_already(small: Small, gold: UUID) -> None:
    id, watch = mailed(small, gold), Watch()
    start = small.row("ticket", id)["created_at"]
    with small.desk.journal.action("administer", small.desk.who) as act:
        kept = act.get("contract", gold)["versions"]
        begins = start + 0.75 * HOUR
        hasty = {"since": micros(begins), "targets": {f"P{n}": {"solution": 1_800} for n in range(1, 6)}}
        act.set("contract", gold, {"versions": [*kept, hasty]})
    assert tend_breaches(small.desk, watch).next_at == begins

    def due() -> int:
        return int(small.desk.reader.execute("SELECT due_at FROM ticket WHERE id = ?", (id.bytes,)).fetchone()[0])

    before = due()
    alone.settle_agreed(small.desk)
    assert due() == before == micros(start + HOUR)
    small.clock.now = begins + 0.1 * HOUR
    alone.settle_agreed(small.desk)
    assert due() == micros(start + 0.5 * HOUR)
    assert tend_breaches(small.desk, watch).done == 1
    assert noted(small) == [("solution", start + 0.5 * HOUR)]
    told: list[str] = []
    small.desk.journal.conn.set_trace_callback(told.append)
    alone.settle_agreed(small.desk)
    assert told == [], "once"


def test_a_side_file_of_another_desk_is_not_believed(small: Small, gold: UUID) -> None:
    tend_breaches(small.desk, Watch())
    id = mailed(small, gold)
    with closing(Drafts(small.desk.path)) as drafts:
        drafts.remember(None, breach_duty.LOOKED, [unsettled.newest_entry(small.desk.reader), str(id)])
    assert read_by(small, Watch()) == [id]


def test_what_could_not_be_written_is_found_again(small: Small, gold: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    mailed(small, gold)
    tend_breaches(small.desk, watch)
    small.clock.now += 1.5 * HOUR

    def full(*_args: object, **_more: object) -> bool:
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(breach_duty, "note", full)
        with pytest.raises(OSError, match="no room"):
            tend_breaches(small.desk, watch)
    assert tend_breaches(small.desk, watch).done == 1

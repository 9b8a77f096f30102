"""The callbacks of a team: whoever goes, they stand on somebody's list, and what is read for it stays small."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk.desk import Desk
from supportdesk.rules.shifts import Because, Holder
from supportdesk.store.types import micros, uuid7
from supportdesk.store.views import queue, shifts
from supportdesk.store.views.people import AgentLine, agent_line
from supportdesk.store.views.queue import View
from supportdesk.terms.codes import ShiftKind
from tests.views.conftest import NOW, NOW_US, Bench, minutes


def says(bench: Bench, kind: ShiftKind, at: float, agent: UUID | None = None, taken: tuple[UUID, ...] = ()) -> None:
    """An agent (Bea unless named) said it so many minutes from now."""
    with bench.desk.journal.action("import_records", bench.desk.who, at=minutes(at)) as act:
        act.create("shift", {"agent_id": agent or bench.other, "kind": kind, "at": minutes(at), "taken": taken})


def list_of(bench: Bench, who: AgentLine | None = None) -> list[str]:
    desk = bench.desk
    return [line.title for line in queue.first_page(desk.reader, View.CALLBACKS, who or desk.agent, NOW_US)]


def of_bea(bench: Bench) -> None:
    bench.ticket("late", callback_at=minutes(-5), owner_id=bench.other)
    bench.ticket("due", callback_at=minutes(-4), owner_id=bench.other)
    bench.ticket("to come", callback_at=minutes(30), owner_id=bench.other)


def test_what_a_colleague_promised_is_hers_until_it_is_five_minutes_late(bench: Bench) -> None:
    of_bea(bench)
    assert list_of(bench) == ["late"]
    says(bench, ShiftKind.START, -120)
    assert list_of(bench) == ["late"]


def test_what_falls_due_in_her_break_is_the_teams_and_hers_again_when_she_is_back(bench: Bench) -> None:
    of_bea(bench)
    says(bench, ShiftKind.START, -120)
    says(bench, ShiftKind.BREAK, -20)
    assert list_of(bench) == ["late", "due"]
    says(bench, ShiftKind.BACK, -1)
    assert list_of(bench) == ["late"]


def test_at_the_end_of_her_shift_all_of_it_is_the_teams_and_line_1_counts_it(bench: Bench) -> None:
    of_bea(bench)
    says(bench, ShiftKind.START, -120)
    says(bench, ShiftKind.END, -10)
    assert list_of(bench) == ["late", "due", "to come"]
    counts = queue.counts(bench.desk.reader, bench.desk.agent, NOW_US)
    assert (counts.views[View.CALLBACKS], counts.callbacks_overdue) == (3, 2)


def test_a_forgotten_end_is_an_end(bench: Bench) -> None:
    of_bea(bench)
    says(bench, ShiftKind.START, -16 * 60)
    assert list_of(bench) == ["late", "due", "to come"]


def test_what_she_took_along_stays_hers_until_it_is_late(bench: Bench) -> None:
    late = bench.ticket("late", callback_at=minutes(-5), owner_id=bench.other)
    home = bench.ticket("from home", callback_at=minutes(30), owner_id=bench.other)
    bench.ticket("passed on", callback_at=minutes(40), owner_id=bench.other)
    says(bench, ShiftKind.START, -120)
    says(bench, ShiftKind.END, -10, taken=(late, home))
    assert list_of(bench) == ["late", "passed on"]


def test_a_shift_that_was_taken_back_counts_for_nothing(bench: Bench) -> None:
    bench.ticket("to come", callback_at=minutes(30), owner_id=bench.other)
    with bench.desk.journal.action("import_records", bench.desk.who) as act:
        act.create("shift", {"agent_id": bench.other, "kind": ShiftKind.END, "at": minutes(-1), "retired_at": NOW})
    assert list_of(bench) == []


def test_what_she_promised_for_a_ticket_that_level_two_works_on_is_her_teams_not_theirs(bench: Bench) -> None:
    """The desk owns the contact (DOMAIN.md row 1)."""
    nils = uuid7()
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        act.create("agent", {"login": "nils", "name": "Nils", "teams": (bench.network,), "roles": ("agent",)}, nils)
    bench.ticket("at level 2", callback_at=minutes(30), owner_id=bench.other, team_id=bench.network)
    says(bench, ShiftKind.END, -10)
    assert list_of(bench) == ["at level 2"]
    line = agent_line(bench.desk.reader, "nils")
    assert line is not None
    assert list_of(bench, line) == []


def test_who_left_the_company_leaves_his_callbacks_to_his_team(bench: Bench) -> None:
    id = bench.ticket("to come", callback_at=minutes(30), owner_id=bench.other)
    with bench.desk.journal.action("import_records", bench.desk.who) as act:
        act.set("agent", bench.other, {"retired_at": NOW})
    assert list_of(bench) == ["to come"]
    held = shifts.holding_of(bench.desk.reader, id, bench.other, micros(minutes(30)), NOW_US)
    assert (held.holder, held.because) == (Holder.TEAM, Because.LEFT)


@pytest.mark.parametrize("seed", range(6))
def test_every_callback_belongs_to_somebody_at_every_moment(bench: Bench, seed: int) -> None:
    """Whatever teams, shifts and owners there are: each promise stands on the list of an agent who works here."""
    rng = random.Random(seed)
    teams = [bench.hotline, bench.evening, bench.network]
    agents = [bench.me, bench.other, *(uuid7() for _ in range(4))]
    with bench.desk.journal.action("import_records", bench.desk.who, at=NOW) as act:
        for n, id in enumerate(agents[2:]):
            act.create("agent", {"login": f"a{n}", "name": f"A{n}", "teams": rng.sample(teams, rng.randint(0, 2)),
                                 "roles": ("agent",), "retired_at": rng.choice([None, None, NOW])}, id)
    for n in range(40):
        bench.ticket(str(n), callback_at=minutes(rng.randint(-20, 60)), team_id=rng.choice([*teams, uuid7(), None]),
                     owner_id=rng.choice([*agents, uuid7(), None]))
    for agent in agents:
        for at in sorted(rng.sample(range(-1_500, 0), 4)):
            says(bench, rng.choice(list(ShiftKind)), at, agent)
    reader = bench.desk.reader
    rows = reader.execute("SELECT login FROM agent WHERE retired_at IS NULL").fetchall()
    lines = [agent_line(reader, login) for (login,) in rows]
    seen = {title for line in lines if line for title in list_of(bench, line)}
    assert seen == {str(n) for n in range(40)}
    for line in lines:
        assert line is not None
        counted = queue.counts(reader, line, NOW_US).views[View.CALLBACKS]
        assert counted == len(queue.snapshot(reader, View.CALLBACKS, line, NOW_US).pks) == len(list_of(bench, line))


def test_what_is_read_of_tickets_is_read_in_the_index_of_open_callbacks(bench: Bench) -> None:
    of_bea(bench)
    says(bench, ShiftKind.START, -120)
    sent: list[str] = []
    reader = bench.desk.reader
    reader.set_trace_callback(sent.append)
    list_of(bench)
    queue.counts(reader, bench.desk.agent, NOW_US)
    shifts.promises(reader, bench.other)
    reader.set_trace_callback(None)
    about = [statement for statement in sent if "callback_at" in statement or "FROM shift" in statement]
    assert len(about) > 5
    for statement in about:
        for *_, detail in reader.execute(f"EXPLAIN QUERY PLAN {statement}"):
            if " ticket" in detail or detail.startswith(("SCAN t ", "SEARCH t ")):
                assert "ticket_open" in detail or "INTEGER PRIMARY KEY" in detail or "id=?" in detail, detail
            if " shift" in detail:
                assert "shift_agent" in detail, detail


def test_an_hours_facts_of_a_year_ago_cost_a_seek(bench: Bench) -> None:
    """The latest word and the latest start are found from the end of the index, however long somebody works here."""

    def steps() -> int:
        count = 0

        def one() -> int:
            nonlocal count
            count += 1
            return 0

        with closing(Desk(bench.desk.path, clock=lambda: NOW).reader) as reader:
            reader.set_progress_handler(one, 1)
            shifts.standing_of(reader, bench.other, NOW_US)
        return count

    says(bench, ShiftKind.START, -120)
    few = steps()
    with bench.desk.journal.action("import_records", bench.desk.who, at=minutes(-600_000)) as act:
        for n in range(200):
            at = minutes(-600_000) + timedelta(minutes=n)
            act.create("shift", {"agent_id": bench.other, "kind": ShiftKind.BACK, "at": at})
    assert steps() <= few + 5

"""A handoff nobody answers: its sender is reminded, then it comes back; nobody said so, and it is there once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import admin, agreeing, handoffs
from supportdesk.desk.desk import Desk
from supportdesk.desk.duties import tend_handoffs
from supportdesk.rules.answering import answer_by
from supportdesk.rules.business_time import Hours, business_time
from supportdesk.rules.calendars import calendar_time
from supportdesk.rules.nightly import kept, last_night, next_night
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import micros
from supportdesk.terms.codes import Priority
from tests.agreements.files import GENEVA
from tests.desk.conftest import Small
from tests.journal import proof

ZONE = ZoneInfo("Europe/Zurich")
THERE = calendar_time([(None, {"zone": "Europe/Zurich", "weekly": {
    day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}})])


def _us(text: str) -> int:
    return micros(datetime.fromisoformat(text))


def _offered(small: Small) -> tuple[UUID, UUID]:
    ticket = small.call().id
    assert ticket is not None
    return ticket, handoffs.offer(small.desk, ticket, small.network, {}, incomplete_reason="urgent")


def _entries(small: Small, verb: str) -> list[tuple[object, ...]]:
    return small.desk.reader.execute("SELECT id, agent, kind FROM entry WHERE verb = ?", (verb,)).fetchall()


def test_the_sender_is_reminded_then_the_ticket_comes_back_and_is_his_all_the_while(small: Small) -> None:
    ticket, offer = _offered(small)
    before = small.row("ticket", ticket)
    waits = tend_handoffs(small.desk)
    assert (waits.done, waits.next_at) == (0, small.row("handoff", offer)["offered_at"] + timedelta(hours=4))

    small.clock.now += timedelta(hours=4)
    assert tend_handoffs(small.desk).done == 1
    (text,) = small.desk.reader.execute("SELECT text FROM note WHERE agent_id IS NULL").fetchone()
    assert "Réseau" in text
    assert small.row("handoff", offer)["state"] == "offered"
    assert tend_handoffs(small.desk).done == 0, "reminded once"

    small.clock.now += timedelta(hours=5)
    came_back = tend_handoffs(small.desk)
    assert (came_back.done, came_back.next_at) == (1, None)
    after = small.row("ticket", ticket)
    assert small.row("handoff", offer)["state"] == "returned"
    assert after["status_reason"] == "returned"
    assert all(after[name] == before[name] for name in ("team_id", "assignee_id", "owner_id", "status"))
    assert all(agent is None for _id, agent, _kind in _entries(small, "remind_handoff") + _entries(small, "bring_back"))
    proof.assert_replay_is_equal(small.desk.path, small.desk.path.with_name("replayed.db"))


def test_an_answered_or_withdrawn_offer_is_left_alone(small: Small) -> None:
    _ticket, withdrawn = _offered(small)
    handoffs.withdraw(small.desk, withdrawn)
    _other, accepted = _offered(small)
    handoffs.accept(small.specialist, accepted)
    small.clock.now += timedelta(days=9)
    assert tend_handoffs(small.desk).done == 0


def test_two_that_run_the_duty_write_the_same_entries(small: Small) -> None:
    """What the other runner wrote is known by its id, though each has a journal of its own."""
    _ticket, _offer = _offered(small)
    other = small.desk.path.with_name("other.db")
    with closing(sqlite3.connect(other)) as copy:
        small.desk.reader.backup(copy)
    other.chmod(0o600)
    small.clock.now += timedelta(hours=4)
    second = Desk(other, clock=small.clock)
    assert tend_handoffs(small.desk).done == tend_handoffs(second).done == 1
    found = [desk.reader.execute("SELECT id, action, entity_id FROM entry WHERE verb = 'remind_handoff'").fetchall()
             for desk in (small.desk, second)]
    second.close()
    assert found[0] == found[1] != []


def test_the_time_runs_while_the_receiving_team_is_there(small: Small) -> None:
    site = small.desk.reader.execute("SELECT id FROM site").fetchone()[0]
    admin.save(small.desk, "site", {"calendar_id": starter_id("calendar", "office")}, UUID(bytes=site))
    admin.save(small.desk, "team", {"site_id": UUID(bytes=site)}, small.network)
    _offered(small)  # Saturday, 10:00 in Zurich
    assert tend_handoffs(small.desk).next_at == datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(("since", "priority", "by"), [
    ("2026-11-20T16:00Z", Priority.P3, "2026-11-23T08:00Z"),  # Friday 17:00: an hour is left, one on Monday
    ("2026-11-20T16:00Z", Priority.P1, "2026-11-20T16:15Z"),  # around the clock
    ("2026-11-20T10:45Z", Priority.P2, "2026-11-20T12:15Z"),  # a quarter before noon, a quarter after the break
    ("2026-10-23T15:00Z", Priority.P3, "2026-10-26T08:00Z"),  # the clocks go back in between
])  # fmt: skip
def test_how_long_an_answer_may_take(since: str, priority: Priority, by: str) -> None:
    assert answer_by(_us(since), priority, THERE) == _us(by)


def test_without_hours_the_time_simply_runs() -> None:
    since = _us("2026-11-21T09:00Z")
    never = business_time(Hours(ZONE, ((),) * 7))
    assert answer_by(since, Priority.P3, None) == answer_by(since, Priority.P3, never) == _us("2026-11-21T11:00Z")


def test_a_holiday_of_the_receiving_team_gives_it_its_time_on_the_next_day(small: Small) -> None:
    assert not agreeing.bring_in(small.desk, GENEVA.replace('"12-24"', '"2026-11-23"')).problems
    (site,) = small.desk.reader.execute("SELECT id FROM site").fetchone()
    admin.save(small.desk, "site", {"calendar_id": starter_id("calendar", "geneva")}, UUID(bytes=site))
    admin.save(small.desk, "team", {"site_id": UUID(bytes=site)}, small.network)
    _offered(small)  # Saturday; Monday is a holiday, the next hours are those of Friday night
    assert tend_handoffs(small.desk).next_at == datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


def test_a_night_is_cut_at_two_by_the_clock_on_the_wall() -> None:
    spring = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert next_night(spring, ZONE) == datetime(2026, 3, 30, 0, 0, tzinfo=UTC)
    assert last_night(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), ZONE) == datetime(2026, 3, 28, 1, 0, tzinfo=UTC)


def test_seven_days_four_weeks_and_twelve_months_of_backups_stay() -> None:
    nights = [datetime(2026, 11, 22, 1, 0, tzinfo=UTC) - timedelta(days=n) for n in range(800)]
    stay = kept(nights)
    assert set(nights[:7]) <= stay
    assert len(stay) <= 7 + 4 + 12
    assert min(stay) < nights[0] - timedelta(days=320)
    assert kept(nights[:3]) == set(nights[:3])

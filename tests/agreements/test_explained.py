"""What ``promise explain --json`` tells of any ticket can be added up by hand to the instant it is due."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk.desk import Desk
from tests.agreements.adding import Calendars, computed_again, spans
from tests.agreements.changing import Agreeing
from tests.agreements.conftest import House
from tests.cli.running import data, ran, the_time_is
from tests.desk.lives import Lives

CLOCKS_CHANGE = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))


def added_up(desk: Desk, ids: Sequence[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Of these tickets every promise that the command tells something of which can be added up, which is done."""
    exported = ran("promise", "export", "--db", str(desk.path))
    assert exported.code == 0, exported.err
    calendars = Calendars(exported.out)
    for id in ids:
        told = data("promise", "explain", number(desk, id), "--db", str(desk.path))
        now = datetime.fromisoformat(told["now"])
        yield from ((id, each) for each in told["promises"] if computed_again(each, calendars, now))


def number(desk: Desk, id: UUID) -> str:
    return str(desk.reader.execute("SELECT number FROM ticket WHERE id = ?", (id.bytes,)).fetchone()[0])


def kinds(told: dict[str, Any]) -> Iterator[str]:
    """What kinds of history a promise has met."""
    yield told["state"]
    yield from (pause["why"] for pause in told["pauses"])
    yield f"of {told['team_name'] or 'the desk'}"
    yield f"for {told['kind']}"
    if len(told["calendar_versions"]) > 1:
        yield "several versions of the calendar"
    if told["contract_version"] is not None:
        yield "a later version of the contract"
    if told["holidays"]:
        yield "a holiday"
    if any(since < night < until for since, until in spans(told["intervals"]) for night in CLOCKS_CHANGE):
        yield "the night clocks change"


def changes(desk: Desk, id: UUID) -> Iterator[str]:
    """What was changed on a ticket."""
    for verb, count in desk.reader.execute("SELECT verb, count(*) FROM entry WHERE subject = ? GROUP BY verb",
                                           (id.bytes,)):
        yield verb if count == 1 or verb != "choose_contract" else "another contract"


HISTORIES = frozenset({
    "running", "paused", "met", "missed", "waiting_caller", "waiting_until", "closed", "of the desk", "of Réseau",
    "of Vendor", "several versions of the calendar", "a later version of the contract", "a holiday",
    "the night clocks change", "reopen", "prioritise", "another contract", "offer", "accept", "return",
    "for answer", "for update", "for solution", "for on_site", "for callback",
})


def histories(folder: Path, seed: int, rounds: int, acts: int, patch: pytest.MonkeyPatch) -> Counter[str]:
    """Live, and add up all that was promised on the way; the kinds of history there were."""
    met: Counter[str] = Counter()
    lives = Lives(folder / f"{seed}.db", seed)
    the_time_is(lives.clock, patch)
    for _round in range(rounds):
        lives.live(acts)
        for id, told in added_up(lives.ana, lives.all):
            met.update((*kinds(told), *changes(lives.ana, id)))
    lives.close()
    return met


def test_every_kind_of_history_is_explained_so_that_it_can_be_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: Counter[str] = Counter()
    for seed in (1, 2, 3):
        met += histories(tmp_path, seed, 3, 60, monkeypatch)
    assert set(met) >= HISTORIES, HISTORIES - set(met)


@pytest.mark.long
def test_ten_thousand_histories_are_explained_so_that_they_can_be_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 desks of some 250 tickets each, at five instants."""
    met: Counter[str] = Counter()
    for seed in range(100, 140):
        met += histories(tmp_path, seed, 5, 200, monkeypatch)
        for used in tmp_path.iterdir():
            used.unlink()
    assert set(met) >= HISTORIES, HISTORIES - set(met)


def test_what_changing_calendars_and_contracts_promise_is_explained_so_that_it_can_be_added_up(
    new_house: Callable[[], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public holidays, breaks, extra openings, nights, Kathmandu and St John's."""
    met: Counter[str] = Counter()
    for seed in range(5, 8):
        house = new_house()
        of = Agreeing(house, seed)
        the_time_is(of.clock, monkeypatch)
        for _round in range(5):
            for _change in range(2):
                of.now += timedelta(minutes=of.random.randint(0, 2_000))
                house.bring_in(of.change())
            for _id, told in added_up(house.desk, of.tickets()):
                met.update((*kinds(told), told["zone"] or "around the clock"))
    expected = {
        "running", "paused", "met", "missed", "waiting_caller", "waiting_until", "of the desk", "a holiday",
        "several versions of the calendar", "a later version of the contract", "around the clock", "Europe/Zurich",
        "Asia/Kathmandu", "America/St_Johns",
    }
    assert expected <= set(met), expected - set(met)


def test_another_process_tells_what_can_be_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long after, by the clock of this machine, and word for word as it is told in this process."""
    lives = Lives(tmp_path / "desk.db", 1)
    lives.live(60)
    the_time_is(lives.clock, monkeypatch)
    id, _told = next((id, told) for id, told in added_up(lives.ana, lives.all) if told["pauses"])
    words = ("promise", "explain", number(lives.ana, id), "--db", str(lives.path), "--json")
    run = subprocess.run([sys.executable, "-m", "supportdesk", *words], check=True, capture_output=True, text=True)
    lives.clock.now = datetime.fromisoformat(json.loads(run.stdout)["now"])
    assert run.stdout == ran(*words).out
    assert [told for _id, told in added_up(lives.ana, [id])]
    lives.close()

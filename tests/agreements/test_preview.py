"""What a dry run says will move is what moves, and nothing else: random changes of calendars and of contracts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supportdesk.desk import agreeing, calls
from supportdesk.desk.agreement_preview import preview
from supportdesk.desk.alone import settle_agreed
from supportdesk.store.instants import micros
from tests.agreements.changing import TEXT, Agreeing
from tests.agreements.conftest import NOW, House
from tests.agreements.files import ALPINA
from tests.journal.proof import assert_the_queue_goes_by_the_facts

AT_A_TIME = 10
"""Changes that follow each other on one desk."""


def moved_by(house: House, seed: int, changes: int) -> int:
    """How many of so many changes, each told before, moved something."""
    of = Agreeing(house, seed)
    numbers = dict(house.desk.reader.execute("SELECT id, number FROM ticket").fetchall())
    count = 0
    for _change in range(changes):
        of.now += timedelta(minutes=of.random.randint(0, 2_000))
        text, rows, entries, before, kept = of.change(), house.rows(), house.entries(), of.dues(), of.kept()
        told, moved, _reranked = preview(house.desk, text)
        assert told.problems == (), text
        assert (house.rows(), house.entries(), of.dues()) == (rows, entries, before)
        assert agreeing.bring_in(house.desk, text).writes == told.writes
        after = of.dues()
        assert of.kept() == kept
        happened = [(numbers[key[0].bytes], key[1], before.get(key), after.get(key))
                    for key in {**before, **after} if before.get(key) != after.get(key)]
        assert sorted((each.number, each.kind, each.was or 0, each.will or 0) for each in moved) == sorted(
            (number, kind, was or 0, will or 0) for number, kind, was, will in happened), text
        count += bool(happened)
    settle_agreed(house.desk)
    assert_the_queue_goes_by_the_facts(house.desk.reader, of.now)
    return count


@pytest.mark.parametrize("seed", range(5, 10))
def test_the_preview_is_what_then_happens(house: House, seed: int) -> None:
    assert moved_by(house, seed, AT_A_TIME) >= 4


@pytest.mark.long
def test_the_preview_of_a_thousand_changes_is_what_then_happens(new_house: Any, tmp_path: Path) -> None:
    found = []
    for seed in range(100, 200):
        house = new_house()
        found.append(moved_by(house, seed, AT_A_TIME))
        house.desk.close()
        for used in tmp_path.glob("desk-*"):
            used.unlink()
    assert sum(found) > 400, found


def test_a_change_that_moves_something_is_told_so(house: House) -> None:
    house.bring_in(TEXT)
    calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina, "impact": 1, "urgency": 1})
    _plan, moved, _reranked = preview(
        house.desk, TEXT + "[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '1 h'\n")
    (one,) = [each for each in moved if each.kind == "solution"]
    assert (one.was, one.will) == (micros(NOW) + 7_200_000_000, micros(NOW) + 3_600_000_000)


def test_only_tickets_under_what_changes_are_looked_at(house: House) -> None:
    house.bring_in(TEXT + ALPINA.replace('"alpina"', '"other"').replace('"Alpina"', '"Kontur"'))
    for organisation in (house.alpina, house.kontur, None):
        calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": organisation, "impact": 1, "urgency": 1})
    changed = TEXT + "[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '1 h'\n"
    _plan, moved, _reranked = preview(house.desk, changed)
    assert len({each.number for each in moved}) == 1

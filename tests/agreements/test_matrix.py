"""The matrix of impact and urgency by date: what is past stays as it was judged, a change applies from its date."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID

import pytest

from supportdesk.desk import agreeing, calls, tickets
from supportdesk.desk.agreement_export import written_out
from supportdesk.desk.agreement_preview import preview
from supportdesk.desk.desk import Desk
from supportdesk.desk.why_page import why_page, why_words
from supportdesk.store.types import micros
from tests.agreements.conftest import NOW, House

HOUR = timedelta(hours=1)
DEFAULT = """\
[[matrix]]
slug = "default"

[[matrix.version]]
cells = [
    ["P1", "P1", "P2", "P3"],
    ["P1", "P2", "P3", "P4"],
    ["P2", "P3", "P4", "P5"],
    ["P3", "P4", "P4", "P5"],
]
"""
STRICT = """
[[matrix.version]]
from = 2026-11-22
zone = "Europe/Zurich"
cells = [["P1", "P1", "P1", "P1"], ["P1", "P1", "P1", "P1"], ["P1", "P2", "P2", "P2"], ["P2", "P2", "P2", "P2"]]
"""


def opened(house: House, **ranks: object) -> tuple[UUID, str]:
    saved = calls.open_ticket(house.desk, {"title": "VPN", "impact": 3, "urgency": 3, **ranks})
    return saved.id, saved.priority


def told(house: House, id: UUID) -> list[str]:
    page = why_page(house.desk.reader, id, micros(house.desk.clock()))
    assert page is not None
    return next(list(each.sentences) for each in why_words(page, UTC) if each.name == "Priority")


def test_the_default_matrix_brought_in_changes_nothing(house: House) -> None:
    assert house.bring_in(DEFAULT, matrix=True).unchanged == 1
    assert written_out(house.desk.reader, with_matrix=True).endswith(DEFAULT)


def test_a_change_applies_from_its_date_and_what_was_judged_before_stays(house: House) -> None:
    before, first = opened(house)
    house.bring_in(DEFAULT + STRICT, matrix=True)
    same_day, still = opened(house)
    house.desk.clock = house.desk.journal.clock = lambda: NOW + 14 * HOUR  # 00:00 at Zürich on the 22nd
    after, then = opened(house)
    assert (first, still, then) == ("P4", "P4", "P2")
    rows = dict(house.desk.reader.execute("SELECT id, priority FROM ticket").fetchall())
    assert [rows[id.bytes] for id in (before, same_day, after)] == ["P4", "P4", "P2"]
    assert "Judged by the matrix that was in force when it was set: first version." in told(house, before)
    assert "Judged by the matrix that was in force when it was set: version of 21.11.2026." in told(house, after)
    assert "give P4 by the desk's matrix" in told(house, same_day)[0]
    assert "give P2 by the desk's matrix" in told(house, after)[0]
    tickets.prioritise(house.desk, before, urgency=2)
    assert "give P2 by the desk's matrix" in told(house, before)[0]


def test_a_console_open_beside_judges_by_the_new_matrix_at_once(house: House) -> None:
    beside = Desk(house.desk.path, clock=lambda: NOW + 14 * HOUR)
    try:
        ranks = {"title": "VPN", "impact": 3, "urgency": 3}
        assert calls.take_call(beside, calls.Call(ticket=ranks)).priority == "P4"
        house.bring_in(DEFAULT + STRICT, matrix=True)
        assert calls.take_call(beside, calls.Call(ticket=ranks)).priority == "P2"
    finally:
        beside.close()


def test_with_one_version_none_is_named(house: House) -> None:
    id, _priority = opened(house)
    assert not [said for said in told(house, id) if "Judged by" in said]


def test_what_is_past_cannot_be_changed(house: House) -> None:
    opened(house)
    changed = DEFAULT.replace('["P3", "P4", "P4", "P5"],', '["P3", "P4", "P4", "P4"],')
    (problem,) = agreeing.plan(house.desk, changed, matrix=True).problems
    assert problem.line == 4
    assert "from = 2026-11-21 or later" in problem.sentence
    yesterday = DEFAULT + STRICT.replace("2026-11-22", "2026-11-20")
    (problem,) = agreeing.plan(house.desk, yesterday, matrix=True).problems
    assert problem.line == 12


def test_before_the_first_ticket_everything_may_be_changed(house: House) -> None:
    house.bring_in(DEFAULT.replace('["P3", "P4", "P4", "P5"]', '["P3", "P4", "P4", "P4"]'), matrix=True)
    assert opened(house, impact=4, urgency=4)[1] == "P4"


def test_versions_to_come_may_be_changed_or_taken_away(house: House) -> None:
    opened(house)
    house.bring_in(DEFAULT + STRICT, matrix=True)
    house.bring_in(DEFAULT + STRICT.replace("P2", "P3"), matrix=True)
    house.bring_in(DEFAULT, matrix=True)
    assert house.desk.reader.execute("SELECT versions FROM matrix").fetchone() == (None,)


def test_the_dry_run_tells_which_tickets_are_raised_otherwise_and_that_is_what_happens(house: House) -> None:
    id, _priority = opened(house, impact=4, urgency=3, needed_by=NOW + 30 * HOUR, needed_for="payroll")
    opened(house)
    rows = house.rows()
    plan, moved, (one,) = preview(house.desk, DEFAULT + STRICT, matrix=True)
    assert house.rows() == rows
    assert ([write.entity for write in plan.writes], moved) == (["matrix"], ())
    assert [rise.priority for rise in one.was] == ["P4", "P3"]
    assert [(rise.at, rise.priority) for rise in one.will] == [
        (micros(NOW + 22 * HOUR), "P2"), (micros(NOW + 28 * HOUR), "P2")]
    house.bring_in(DEFAULT + STRICT, matrix=True)
    page = why_page(house.desk.reader, id, micros(NOW))
    assert page is not None
    assert page.view.window is not None
    assert page.view.window.steps == one.will


def test_without_the_matrix_only_calendars_and_contracts_are_brought_in(house: House) -> None:
    assert agreeing.bring_in(house.desk, DEFAULT + STRICT).writes == ()


@pytest.mark.parametrize(("right", "wrong", "line", "words"), [
    ('["P3", "P4", "P4", "P5"],', '["P3", "P4", "P4"],', 5, "four rows"),
    ('["P3", "P4", "P4", "P5"],', '["P3", "P4", "P4", "P9"],', 5, "four rows"),
    ('["P3", "P4", "P4", "P5"],', '["P3", "P4", "P4", 5],', 5, "four rows"),
    ("cells =", "cell =", 4, "four rows"), ("cells =", "cell =", 5, "no cell here"),
    ("Europe/Zurich", "Zurich", 14, "no time zone Zurich"), ('"default"', '"other"', 2, "one matrix"),
    ("from = 2026-11-22", "from = 'soon'", 13, "soon"), ("from = 2026-11-22\n", "", 12, "begin at the same time"),
])
def test_a_mistake_is_told_with_its_line(house: House, right: str, wrong: str, line: int, words: str) -> None:
    text = (DEFAULT + STRICT).replace(right, wrong, 1)
    assert [number for number, sentence in house.problems(text) if words in sentence][:1] == [line]


def test_a_matrix_without_a_version_or_twice_is_refused(house: House) -> None:
    assert "needs a [[matrix.version]]" in house.problems("[[matrix]]\n")[0][1]
    assert "stands here twice" in house.problems(DEFAULT + DEFAULT)[0][1]

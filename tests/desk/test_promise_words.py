"""Why a promise is due when it is: in sentences in three languages, and as JSON that adds up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.cli.promise_shapes import explanation
from supportdesk.desk import calls, entitlement, handoffs, tickets
from supportdesk.desk.promise_words import explanation_words
from supportdesk.desk.promises import explained
from supportdesk.i18n import speaking
from supportdesk.store.types import micros, uuid7
from supportdesk.terms.codes import Coverage, Status
from tests.desk.conftest import Small

ZURICH = ZoneInfo("Europe/Zurich")
OFFICE = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = datetime(2026, 11, 23, tzinfo=UTC) - timedelta(hours=1)


@pytest.fixture
def gold(small: Small) -> UUID:
    """A contract in office hours, whose calendar changes on Monday, and an agreement with the network team."""
    calendar = uuid7()
    with small.desk.journal.action("administer", small.desk.who) as act:
        act.create("calendar", {"slug": "office", "name": "Office hours", "versions": [
            {"zone": "Europe/Zurich", "weekly": OFFICE},
            {"since": micros(MONDAY), "zone": "Europe/Zurich", "weekly": OFFICE,
             "holidays": [{"on": "2026-11-23", "name": "Onion market"}]}]}, calendar)
        act.create("contract", {"slug": "ola", "name": "Network agreement", "kind": "team", "team_id": small.network,
                                "versions": [{"targets": {"P3": {"answer": 1_800}}}]})
        return act.create("contract", {"slug": "gold", "name": "Alpina Gold", "kind": "customer", "versions": [
            {"since": micros(datetime(2026, 1, 1, tzinfo=UTC)), "calendar": str(calendar),
             "targets": {"P3": {"answer": 3_600, "solution": 14_400}, "P4": {"solution": 14_400}}}]})


@pytest.fixture
def ticket(small: Small, gold: UUID) -> UUID:
    """By mail on Saturday morning."""
    id = calls.open_ticket(small.desk, {"title": "no printer", "impact": 3, "urgency": 3}).id
    priority = small.row("ticket", id)["priority"]
    if priority != "P3":
        tickets.prioritise(small.desk, id, priority="P3", reason="as agreed")  # type: ignore[arg-type]
    entitlement.choose_contract(small.desk, id, gold)
    return id


def told(small: Small, id: UUID, language: str = "en") -> list[str]:
    with speaking(language):
        return explanation_words(explained(small.desk.reader, id, micros(small.clock.now)), ZURICH)


def test_contract_calendar_interval_pause_and_holiday_are_said(small: Small, ticket: UUID) -> None:
    small.clock.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    tickets.wait(small.desk, [ticket], Status.WAITING_CALLER)
    small.clock.now += timedelta(minutes=30)
    tickets.resume(small.desk, [ticket])
    text = "\n".join(told(small, ticket))
    assert "It stands under the contract Alpina Gold." in text
    assert "Alpina Gold (version of 01.01.2026) promises 4 h for P3." in text
    assert "Counted in the calendar Office hours (Europe/Zurich; first version, version of 23.11.2026) from sa" in text
    assert "Counted: tu 24.11.2026 08:00-09:00:01, tu 24.11.2026 09:30:02-12:00" in text
    assert "together 4 h." in text
    assert "Not counted: tu 24.11.2026 09:00:01 - tu 24.11.2026 09:30:02, waiting for the caller." in text
    assert "Holiday: 23.11.2026 Onion market" in text
    assert "solution: due" in text


def test_what_a_team_promised_stands_beside_the_customers(small: Small, ticket: UUID) -> None:
    handoffs.offer(small.desk, ticket, small.network, {}, "urgent")
    text = "\n".join(told(small, ticket))
    assert "first answer by Réseau: due" in text
    assert "The agreement Network agreement (first version) between the teams promises 30 min for P3." in text
    assert "Counted around the clock from" in text


@pytest.mark.parametrize(("coverage", "said"), [
    (None, "It stands under no contract: what the desk promises everybody holds."),
    (Coverage.NOT_ENTITLED, "No contract covers it: nothing is promised. It ended."),
    (Coverage.GOODWILL, "No contract covers it: it is done as goodwill, and nothing is promised. It ended."),
])
def test_why_nothing_or_something_is_promised_is_said(small: Small, coverage: str | None, said: str) -> None:
    id = small.call().id
    with small.desk.journal.action("import_records", small.desk.who) as act:
        act.set("ticket", id, {"coverage": coverage, "coverage_reason": coverage and "It ended."})
    assert told(small, id)[0] == said
    tickets.cancel(small.desk, [id], "by mistake")
    assert told(small, id) == ["Nothing is promised: the ticket was cancelled or merged into another."]


def test_every_state_of_a_promise_has_its_sentence(small: Small, gold: UUID, ticket: UUID) -> None:
    closed_now = told(small, ticket)[2]
    assert closed_now.startswith("first answer: due tu 09:00, 1 h left, closed hours now")
    small.clock.now = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    assert told(small, ticket)[2].startswith("first answer: due 09:00, 30 min left")
    tickets.promise_callback(small.desk, ticket, small.clock.now + timedelta(seconds=30))
    assert any(line.startswith("callback: due 08:30, 29 s left") for line in told(small, ticket))
    assert any("by whoever spoke with the caller" in line for line in told(small, ticket))
    tickets.wait(small.desk, [ticket], Status.WAITING_CALLER)
    assert "solution: stands still, 3 h 29 min left" in told(small, ticket)
    tickets.resume(small.desk, [ticket])
    tickets.solve(small.desk, [ticket], "a new cable", told=True)
    assert "solution: kept 08:30, it was due 13:00" in told(small, ticket)
    late = small.call().id
    entitlement.choose_contract(small.desk, late, gold)
    small.clock.now += timedelta(days=40)
    assert "solution: missed, it was due 24.11." in told(small, late)


@pytest.mark.parametrize(("language", "word"), [("fr", "contrat"), ("de", "Vertrag")])
def test_it_is_said_in_the_language_of_the_console(small: Small, ticket: UUID, language: str, word: str) -> None:
    text = "\n".join(told(small, ticket, language))
    assert word in text
    assert "Counted" not in text


def test_the_explanation_as_json_adds_up_to_the_due_time(small: Small, ticket: UUID) -> None:
    handoffs.offer(small.desk, ticket, small.network, {}, "urgent")
    small.clock.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    tickets.wait(small.desk, [ticket], Status.WAITING_CALLER)
    small.clock.now += timedelta(minutes=30)
    tickets.resume(small.desk, [ticket])
    shape = explanation(explained(small.desk.reader, ticket, micros(small.clock.now)), "1")
    assert (shape["contract"], shape["coverage"]) == ("Alpina Gold", "contract")
    for promise in shape["promises"]:
        counted = sum(((until - since) for since, until in promise["intervals"]), timedelta())
        assert counted == timedelta(seconds=promise["target_s"])
        assert promise["intervals"][-1][1] == promise["due"]
    solution = next(each for each in shape["promises"] if each["kind"] == "solution")
    assert [pause["why"] for pause in solution["pauses"]] == ["waiting_caller"]
    assert [(str(day["on"]), day["name"]) for day in solution["holidays"]] == [("2026-11-23", "Onion market")]
    assert (solution["contract"], solution["calendar"], solution["zone"]) == ("gold", "office", "Europe/Zurich")
    assert solution["calendar_version"] == MONDAY
    assert solution["calendar_versions"] == [None, MONDAY]
    assert solution["contract_version"] == datetime(2026, 1, 1, tzinfo=UTC)
    theirs = next(each for each in shape["promises"] if each["team"] is not None)
    assert (theirs["team_name"], theirs["contract"], theirs["calendar"]) == ("Réseau", "ola", None)


def test_where_no_time_was_counted_it_is_said_in_a_sentence(small: Small) -> None:
    text = "\n".join(told(small, small.call().id))
    assert "It was kept before any of its time had passed." in text
    assert "together 0" not in text

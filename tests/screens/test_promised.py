"""What was promised on a ticket, as an agent sees it (issue "What the agent sees"): by when, by what contract, why."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import handoffs, major, outages, promise_list, tickets
from supportdesk.desk.promise_words import explanation_words
from supportdesk.desk.promises import explained
from supportdesk.i18n import set_language
from supportdesk.store.types import micros
from supportdesk.store.views import owed
from supportdesk.terms.codes import Audience, Status
from tests.screens.agreed import BETWEEN_TEAMS, CALENDAR, PREMIUM, STANDARD, agree
from tests.screens.majors import declared
from tests.screens.stand import NOW, Bench, console, minutes, words
from tests.screens.test_ticket import opened

PACKET = {"request": "a", "tried": "b", "impact": "c"}
ZURICH = ZoneInfo("Europe/Zurich")
SIZES = ((80, 24), (120, 40))


@pytest.fixture
def agreed(bench: Bench) -> Bench:
    agree(bench, CALENDAR, STANDARD, PREMIUM, BETWEEN_TEAMS)
    return bench


@pytest.mark.parametrize("lang", ["en", "fr", "de"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_clocks_of_a_ticket_stand_on_it_and_x_accounts_for_them(
    agreed: Bench, size: tuple[int, int], lang: str
) -> None:
    id = agreed.ticket()
    agreed.say(handoffs.offer, id, agreed.network, PACKET, at=minutes(-12))
    agreed.say(tickets.note, id, "nous cherchons", Audience.CALLER, at=minutes(-9))
    async with opened(agreed, id, size=size) as desk:
        set_language(lang)
        desk.app.screen.show()
        desk.picture(f"promised-{lang}-{size[0]}")
        desk.matches(f"promised-{lang}-{size[0]}x{size[1]}")
        await desk.press("x")
        desk.picture(f"why-{lang}-{size[0]}")
        desk.matches(f"why-{lang}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("lang", ["en", "fr", "de"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_was_promised_today_stands_in_one_list(agreed: Bench, size: tuple[int, int], lang: str) -> None:
    _a_day(agreed)
    async with console(agreed, size) as desk:
        set_language(lang)
        await desk.press("full_stop")
        desk.picture(f"promises-{lang}-{size[0]}")
        desk.matches(f"promises-{lang}-{size[0]}x{size[1]}")


def _a_day(bench: Bench) -> tuple[Any, ...]:
    """Something missed, something at risk, callbacks, something for tonight, something of a colleague's."""
    late = bench.ticket("Server room alarm", impact=1, urgency=1)
    soon = bench.ticket()
    bench.say(handoffs.offer, soon, bench.network, PACKET, at=minutes(-12))
    callback = bench.ticket("Printer jams", impact=3, urgency=3)
    bench.say(tickets.promise_callback, callback, minutes(-12), at=minutes(-20))
    other = bench.ticket("Mail slow", impact=3, urgency=3)
    bench.say(tickets.promise_callback, other, minutes(28), at=minutes(-10))
    bench.say(tickets.assign, [other], agent=bench.bea)
    return late, soon, callback, other


async def test_a_promise_that_was_broken_asks_for_its_reason_in_one_line_and_takes_it_with_a_key(agreed: Bench) -> None:
    id = agreed.ticket()
    _broken(agreed, id)
    async with opened(agreed, id) as desk:
        assert "! Update was missed, due 13:55  F6 says why" in desk.text()
        await desk.press("v")
        await desk.type("the line was down")
        await desk.press("enter")
        assert "Update was missed" not in desk.text()
        assert "promise not kept, update, due 13:55" in words(desk.text())
        assert "breach explained, the line was down" in words(desk.text())
    assert agreed.ask("SELECT reason FROM breach") == "the line was down"


def _broken(bench: Bench, id: UUID) -> None:
    desk = bench.open()
    with desk.journal.action("breach", None) as act:
        act.create("breach", {"ticket_id": id, "kind": "update", "due_at": minutes(-7), "at": minutes(-7)})
    desk.close()


async def test_a_promise_without_a_breach_asks_nothing(agreed: Bench) -> None:
    async with opened(agreed, agreed.ticket()) as desk:
        assert "says why" not in desk.text()
        await desk.press("v")
        assert "No broken promise here waits for a reason." in desk.text()


# -- what is said of a promise


async def test_what_is_missed_is_said_in_words_beside_its_colour_and_stands_first(agreed: Bench) -> None:
    id = agreed.ticket()
    agreed.now = minutes(120)
    async with opened(agreed, id) as desk:
        assert "Next update due 22 min overdue" in words(desk.text())


async def test_three_quarters_of_a_promise_used_is_said_with_its_share(agreed: Bench) -> None:
    id = agreed.ticket()
    agreed.now = minutes(75)
    async with opened(agreed, id) as desk:
        assert "update due in 23 min, 75 % used" in desk.text()
        agreed.now = minutes(90)
        desk.app.screen.desk_changed()
        await desk.until("update due in 8 min, 90 % used")


async def test_a_promise_that_stands_still_says_why_and_how_much_is_left(agreed: Bench) -> None:
    id = agreed.ticket()
    agreed.say(tickets.wait, [id], Status.WAITING_CALLER, at=minutes(-5))
    async with opened(agreed, id, size=(120, 40)) as desk:
        assert ("waiting for the caller, clocks stand still: update 1 h 43 min, solution 3 h 43 min"
                in words(desk.text()))


async def test_closed_hours_are_told_apart_from_waiting(agreed: Bench) -> None:
    id = agreed.ticket()
    agreed.now = minutes(5 * 60)  # 19:02
    async with opened(agreed, id, size=(120, 40)) as desk:
        assert "on site due at th 09:40, opens th 08:00" in words(desk.text())
        assert "stands still" not in desk.text()


async def test_what_a_team_promised_stands_under_what_the_customer_was_promised(agreed: Bench) -> None:
    id = agreed.ticket()
    agreed.say(handoffs.offer, id, agreed.network, PACKET, at=minutes(-12))
    async with opened(agreed, id, size=(120, 40)) as desk:
        facts = [line.rpartition("│")[2].strip() for line in desk.lines()]
        at = facts.index("First answer     kept 13:40")
        assert facts[at + 1] == "Network 14:05, 75 % used"


async def test_a_minute_that_passes_repaints_only_the_lines_that_say_minutes(agreed: Bench) -> None:
    id = agreed.ticket()
    async with opened(agreed, id, size=(120, 40)) as desk:
        before = desk.lines()
        agreed.now = minutes(1)
        desk.app.screen.minute_passed()
        await desk.rest()
        changed = [after for was, after in zip(before, desk.lines(), strict=True) if was != after]
        assert len(changed) == 1
        assert "update due in 97 min" in changed[0]


async def test_without_a_contract_the_ticket_says_that_nothing_is_promised(bench: Bench) -> None:
    agree(bench, CALENDAR, PREMIUM.replace('follows = "default"\n', "").replace("[[contract.version]]",
          '[[contract.version]]\ncalendar = "office"').replace('organisation = "Alpina"',
          'organisation = "Alpina"\nvalid = { until = 2026-01-31 }'))
    async with opened(bench, bench.ticket()) as desk:
        assert "not entitled: nothing is prom" in desk.text()


# -- the account


async def test_x_again_closes_the_account_and_its_words_are_those_of_promise_explain(agreed: Bench) -> None:
    id = agreed.ticket()
    async with opened(agreed, id, size=(120, 50)) as desk:
        await desk.press("x")
        shown = words(desk.text())
        told = agreed.say(lambda it: explanation_words(explained(it.reader, id, micros(agreed.now)), ZURICH))
        assert all(words(sentence) in shown for sentence in told[:12])
        await desk.press("end")
        assert "Alpina IT" in desk.text()
        await desk.press("x")
        assert desk.app.screen.name == "ticket"


async def test_an_organisations_card_opens_its_contract_to_read(agreed: Bench) -> None:
    async with console(agreed, (120, 40)) as desk:
        desk.app.open_card("organisation", agreed.alpina)
        await desk.until("Premium Alpina")
        row = next(n for n in range(20) if desk.app.screen.listing.source.row(n).key.startswith("contract/"))
        desk.app.screen.listing.move_to(row)
        await desk.press("enter")
        desk.picture("contract-120")
        desk.matches("contract-120x40")
        assert "4 h (negotiated; standard 8 h)" in words(desk.text())


async def test_a_contract_tells_how_much_of_the_agreed_time_its_services_ran(agreed: Bench) -> None:
    vpn = UUID(bytes=agreed.ask("SELECT id FROM product WHERE name = 'VPN'"))
    agreed.say(outages.note_outage, None, minutes(-90), minutes(-30), product_id=vpn, reason="the line was cut")
    async with console(agreed, (120, 40)) as desk:
        desk.app.open_card("organisation", agreed.alpina)
        await desk.until("Premium Alpina")
        row = next(n for n in range(20) if desk.app.screen.listing.source.row(n).key.startswith("contract/"))
        desk.app.screen.listing.move_to(row)
        await desk.press("enter")
        await desk.until("Premium Alpina")
        await desk.press("end")
        await desk.until("not kept")
        said = words(desk.text())
        # lunch is not agreed
        assert "promised are 99.5 %: not kept. Agreed 23 h 2 min, not running 32 min of them." in said
        assert "Longest outage: 32 min, promised are 4 h at most: kept." in said
        assert "12:32 - we 04.03.2026 13:32, the line was cut." in said


# -- the list of promises


async def test_the_most_pressing_stands_first_and_enter_opens_its_ticket(agreed: Bench) -> None:
    _late, _soon, callback, _other = _a_day(agreed)
    async with console(agreed, SIZES[0]) as desk:
        await desk.press("full_stop")
        assert words(desk.lines()[4]).startswith("│ -12 min ! callback")
        assert "079 123 45 67" in desk.lines()[4]
        await desk.press("enter")
        assert desk.app.screen.ticket_id == callback
        await desk.press("escape", "full_stop")
        assert desk.app.screen.name == "queue"


async def test_the_update_of_a_major_incident_is_owed_by_who_speaks_for_it_and_comes_first_when_it_is_due(
    agreed: Bench,
) -> None:
    _a_day(agreed)
    id = declared(agreed, next_update=minutes(2))
    async with console(agreed, (120, 40), as_login="bea") as desk:
        await desk.press("full_stop")
        assert "2 min next update 1 214-0005-6 major incident: VPN" in words(_below_heading(desk.lines(), 2))
    agreed.say(major.steer_major, id, {"next_update_at": minutes(-1)}, at=minutes(-15))
    async with console(agreed, (120, 40), as_login="bea") as desk:
        await desk.press("full_stop")
        assert "next update 1 214-0005-6 major incident: VPN" in words(_below_heading(desk.lines()))
    async with console(agreed, (120, 40)) as desk:
        await desk.press("full_stop")
        assert "major incident: VPN" not in desk.text()


def _below_heading(lines: list[str], place: int = 1) -> str:
    """One of the lines of the list, counted from 1."""
    return lines[next(n for n, line in enumerate(lines) if words(line).startswith(" Due Promise")) + place]


async def test_what_another_team_owes_is_not_in_my_list(agreed: Bench) -> None:
    _a_day(agreed)
    async with console(agreed, SIZES[0], as_login="luc") as desk:
        await desk.press("full_stop")
        line = desk.lines()[4]
        assert words(line).startswith("│ 3 min first answer 1 214-0002-4")


async def test_a_desk_that_owes_nothing_says_so(agreed: Bench) -> None:
    async with console(agreed) as desk:
        await desk.press("full_stop")
        assert "You and your teams owe nothing more today." in desk.text()


async def test_only_the_tickets_due_first_are_looked_at_and_the_list_says_so(
    agreed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.desk.promise_list.PAGE", 2)
    _a_day(agreed)
    asked: list[int] = []
    derive = promise_list.promised_of
    monkeypatch.setattr("supportdesk.desk.promise_list.promised_of",
                        lambda conn, ids, now: asked.append(len(ids)) or derive(conn, ids, now))
    async with console(agreed, (120, 40)) as desk:
        await desk.press("full_stop")
        assert "only of the 2 tickets due first" in desk.text()
    assert set(asked) == {2}


def test_every_way_to_what_is_owed_is_a_seek_in_an_index(agreed: Bench) -> None:
    desk = agreed.open()
    plans: list[str] = []
    desk.reader.set_trace_callback(plans.append)
    owed.candidates(desk.reader, desk.agent, micros(NOW), 10)
    desk.reader.set_trace_callback(None)
    assert plans
    for statement in (each for each in plans if "FROM ticket" in each or "FROM handoff" in each):
        steps = [row[3] for row in desk.reader.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert all(step.startswith(("SEARCH", "USE TEMP B-TREE")) for step in steps), (statement, steps)
    desk.close()

"""What covers a call, seen while it runs (issue "What the agent sees": coverage at intake, goodwill)."""

from __future__ import annotations

import pytest

from supportdesk.desk import people
from supportdesk.desk.outages import note_outage
from supportdesk.i18n import set_language
from supportdesk.terms.codes import Coverage, OutageKind
from tests.screens.agreed import CALENDAR, ENDED, PREMIUM, STANDARD, agree
from tests.screens.stand import Bench, minutes
from tests.screens.test_intake import answer, calling, monique_calls, only_ticket

NOT_FOR_EVERYBODY = STANDARD.replace('slug = "default"', 'slug = "usual"')


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_may_be_promised_stands_beside_the_caller_as_soon_as_he_is_chosen(
    bench: Bench, size: tuple[int, int]
) -> None:
    agree(bench, CALENDAR, STANDARD, PREMIUM)
    async with monique_calls(bench, size=size) as desk:
        assert ("covered until 18:00, solution due 18.03." if size[0] == 120 else "solution due 18.03.") in desk.text()
        desk.picture(f"intake-covered-{size[0]}")
        desk.matches(f"intake-covered-{size[0]}x{size[1]}")


async def test_another_priority_is_another_promise(bench: Bench) -> None:
    agree(bench, CALENDAR, STANDARD, PREMIUM)
    async with monique_calls(bench, size=(120, 40)) as desk:
        await answer(desk, "le vpn coupe", "client")
        await desk.press("1", "1")
        assert "Premium Alpina: covered until 18:00, solution due th 08:02" in desk.text()


async def test_a_caller_whose_contract_has_ended_is_seen_before_anything_is_promised(bench: Bench) -> None:
    agree(bench, CALENDAR, NOT_FOR_EVERYBODY, ENDED.replace('"default"', '"usual"'))
    async with monique_calls(bench, size=(120, 40)) as desk:
        assert "! not entitled: last contract ended 31.01.  F6" in desk.text()
        desk.picture("intake-not-entitled")
    async with monique_calls(bench) as desk:
        assert "! not entitled since 01.02.  F6" in desk.text()


async def test_goodwill_is_a_key_and_a_reason_and_is_counted(bench: Bench) -> None:
    agree(bench, CALENDAR, NOT_FOR_EVERYBODY, ENDED.replace('"default"', '"usual"'))
    async with monique_calls(bench) as desk:
        await desk.type("le vpn coupe")
        await desk.press("f6")
        await answer(desk, "renewal is being signed")
        assert "goodwill: renewal is being signed" in desk.text()
        await desk.press("f2")
    ticket = only_ticket(bench)
    assert (ticket["coverage"], ticket["coverage_reason"]) == (Coverage.GOODWILL, "renewal is being signed")


async def test_a_reason_counts_only_where_nothing_covers_the_call(bench: Bench) -> None:
    agree(bench, CALENDAR, STANDARD, PREMIUM)
    async with monique_calls(bench) as desk:
        await desk.type("le vpn coupe")
        await desk.press("f6")
        await desk.until("one step up")
        await desk.press("escape", "f2")
    ticket = only_ticket(bench)
    assert (ticket["coverage"], ticket["coverage_reason"]) == (Coverage.CONTRACT, None)


async def test_a_new_caller_has_what_everybody_is_promised(bench: Bench) -> None:
    agree(bench, CALENDAR, STANDARD, PREMIUM)
    async with calling(bench, size=(120, 40)) as desk:
        await answer(desk, "Nobody Known", "")
        assert "no contract: covered until 18:00, solution due 18.03." in desk.text()


async def test_a_desk_that_has_agreed_nothing_says_nothing(bench: Bench) -> None:
    async with monique_calls(bench, size=(120, 40)) as desk:
        assert "for themselves" in desk.text()


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "maintenance until 18:00 (VPN)"), ("fr", "maintenance jusqu’à 18:00 (VPN)"),
    ("de", "Wartung bis 18:00 (VPN)")])
async def test_maintenance_that_runs_on_the_component_is_told_when_it_is_chosen(
    bench: Bench, lang: str, said: str
) -> None:
    """Until six; what was announced for the night says nothing yet, nor what was noted of another customer's case."""
    bench.say(note_outage, None, minutes(-30), minutes(238), product_id=bench.vpn, kind=OutageKind.MAINTENANCE)
    bench.say(note_outage, None, minutes(400), minutes(500), product_id=bench.vpn, kind=OutageKind.MAINTENANCE)
    other = bench.ticket(caller_id=None, caller_name="Nora", organisation_name="Kontur",
                         organisation_id=bench.say(people.save_organisation, {"name": "Kontur"}))
    bench.say(note_outage, other, minutes(-30), minutes(900), product_id=bench.vpn, kind=OutageKind.MAINTENANCE)
    async with monique_calls(bench) as desk:
        set_language(lang)
        assert said not in desk.text()
        await answer(desk, "le vpn coupe", "client")
        assert said[:20] in desk.text()
        await desk.pilot.resize_terminal(120, 40)
        await desk.rest()
        assert said in desk.text()
        bench.now = minutes(239)
        desk.app.screen.minute_passed()
        await desk.rest()
        assert said[:15] not in desk.text()

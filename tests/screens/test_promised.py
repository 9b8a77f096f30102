"""What was promised on a ticket, as an agent sees it: by when, under which contract, why (issue "What the agent sees")."""

from __future__ import annotations

from typing import Any

import pytest

from supportdesk.desk import handoffs, tickets
from supportdesk.i18n import set_language
from supportdesk.terms.codes import Audience
from tests.screens.agreed import BETWEEN_TEAMS, CALENDAR, PREMIUM, STANDARD, agree
from tests.screens.stand import Bench, console, minutes, words
from tests.screens.test_ticket import opened

PACKET = {"request": "a", "tried": "b", "impact": "c"}
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
        await desk.press("q")
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

"""Every screen goes on over rows of a newer version: codes nobody here knows stand as they came."""

from __future__ import annotations

import pytest

from supportdesk.desk import handoffs, tickets
from supportdesk.terms.codes import LinkKind
from tests.ahead import page
from tests.screens.stand import Bench, console

PACKET = {"request": "look at it", "tried": "restarted"}


@pytest.fixture
def newer(bench: Bench) -> Bench:
    first, second = bench.ticket("VPN down"), bench.ticket("No tone")
    bench.say(tickets.link, first, second, LinkKind.CHILD)
    bench.say(tickets.note, first, "restarted")
    bench.say(handoffs.offer, first, bench.network, PACKET, "night")
    desk = bench.open()
    with desk.journal.action("import_records", desk.who) as act:
        act.create("conflict", {"entity": "ticket", "row_id": str(first), "ticket_id": first, "field": "title",
                                "kept": "a", "offered": "b", "state": "open", "kept_by": "bea", "offered_by": "ana"})
    desk.close()
    page.meet(bench.path)
    return bench


async def test_the_screens_go_on_and_show_them_raw(newer: Bench) -> None:
    async with console(newer, size=(120, 40)) as desk:
        for _ in range(7):
            await desk.press("right")
        await desk.until(page.CODE)
        for key in "xhfk":
            await desk.press(key, "escape")
        await desk.press("/", "V", "escape", "escape")
        await desk.press("home", "enter")
        shown = await desk.until("hum")
        assert page.CODE in shown
        await desk.press("x", "escape", "g", "escape", "c", "escape", "r", "o", "k", "f2")
        await desk.until("ok")
        await desk.press("s", "d", "o", "n", "e", "f2")
        await desk.until("solved")
    assert newer.ask("SELECT status FROM ticket WHERE solution = 'done'") == "solved"

"""A solved or closed ticket is taken up again with the key that takes work."""

from __future__ import annotations

import pytest

from supportdesk import i18n
from supportdesk.desk import tickets
from supportdesk.screens.ticket import TicketScreen
from supportdesk.terms.codes import Status
from tests.screens.stand import Bench, console, minutes


@pytest.mark.parametrize("verb", [tickets.solve, tickets.close])
async def test_t_on_a_solved_or_closed_ticket_opens_it_again_with_the_reason(bench: Bench, verb: object) -> None:
    id = bench.ticket()
    bench.say(tickets.solve, [id], "cable", at=minutes(-2))
    if verb is tickets.close:
        bench.say(tickets.close, [id], at=minutes(-1))
    async with console(bench) as desk:
        desk.app.push_screen(TicketScreen(id))
        await desk.rest()
        await desk.press("t")
        assert "Open it again, because" in desk.text()
        await desk.type("cut off again")
        await desk.press("enter")
        assert "Open again." in desk.text()
        row = bench.row("ticket", id)
        assert (row["status"], row["status_reason"]) == (Status.IN_PROGRESS, "cut off again")
        await desk.press("u")
    ended = Status.CLOSED if verb is tickets.close else Status.SOLVED
    assert bench.row("ticket", id)["status"] == ended


@pytest.mark.parametrize(("code", "named"), [("en", " t reopen "), ("fr", " t rouvrir "), ("de", " t neu öffnen ")])
async def test_the_key_line_of_an_ended_ticket_names_the_key_that_opens_it_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, code: str, named: str
) -> None:
    id = bench.ticket()
    bench.say(tickets.solve, [id], "cable", at=minutes(-1))
    monkeypatch.setattr(i18n, "_console_language", code)
    async with console(bench, (80, 24)) as desk:
        desk.app.push_screen(TicketScreen(id))
        await desk.rest()
        assert named in desk.lines()[-1]


async def test_what_an_ended_ticket_refuses_names_the_key_that_opens_it_again(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.solve, [id], "cable", at=minutes(-1))
    async with console(bench) as desk:
        desk.app.push_screen(TicketScreen(id))
        await desk.rest()
        await desk.press("c")
        assert "It is solved. Open it again first (t)." in desk.text()

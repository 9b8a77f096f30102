"""Handing over, by keys: a packet the receiver can start with, an answer with a reason, nothing over a wall."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import articles, choices, handoffs, intake_items, tickets, undo
from supportdesk.terms.errors import NotUndoable
from tests.screens.stand import Bench, console, minutes, words

SIZES = ((60, 20), (80, 24), (120, 40), (160, 50))
ARTICLE = UUID("019cc000-0000-7000-8000-000000000001")
PACKET = {"request": "find the cause", "tried": "restart", "impact": "40 people"}


@asynccontextmanager
async def composing(bench: Bench, id: UUID, **how: Any) -> AsyncIterator[Any]:
    """A console that hands a ticket over."""
    async with console(bench, **how) as desk:
        desk.app.open_ticket(id)
        await desk.until(bench.row("ticket", id)["number"])
        await desk.rest()
        await desk.press("e")
        await desk.until("Hand over")
        await desk.rest()
        yield desk


@asynccontextmanager
async def inbox(bench: Bench, as_login: str | None = "luc", **how: Any) -> AsyncIterator[Any]:
    async with console(bench, as_login=as_login, **how) as desk:
        await desk.press("h")
        await desk.until("your answer")
        await desk.rest()
        yield desk


def tried(bench: Bench) -> UUID:
    """A ticket on which an article was tried, a note written, a callback promised."""
    id = bench.ticket()
    bench.say(articles.write, {"slug": "vpn-drops", "lang": "en", "title": "VPN drops", "body": "## Steps\n\n1. a"},
              ARTICLE)
    bench.say(articles.use, ARTICLE, ticket_id=id, steps=(1, 2, 3), at=minutes(-15))
    bench.say(tickets.note, id, "router lights are green", at=minutes(-12))
    bench.say(tickets.promise_callback, id, minutes(28), at=minutes(-10))
    return id


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_composing_fits_every_window(bench: Bench, size: tuple[int, int]) -> None:
    async with composing(bench, tried(bench), size=size) as desk:
        await desk.press("enter")
        await desk.rest()
        desk.picture(f"handoff-{size[0]}")
        desk.matches(f"handoff-{size[0]}x{size[1]}")


async def test_what_the_ticket_tells_is_filled_in_already(bench: Bench) -> None:
    async with composing(bench, tried(bench), size=(120, 40)) as desk:
        shown = words(desk.text())
        assert "steps 1 to 3 of “VPN drops” without effect; router lights are green from the articles used" in shown
        assert "a whole site or service team, work stopped, no way round from the ticket" in shown
        assert "callback by Ana Roch at 14:30 from the ticket" in shown
        assert "VPN, Windows client from the ticket" in shown
        assert "! Request" in shown
        assert "5 of 9" in shown


async def test_the_next_level_is_the_best_guess_and_enter_leads_to_what_is_lacking(bench: Bench) -> None:
    id = tried(bench)
    async with composing(bench, id) as desk:
        await desk.press("enter")
        await desk.type("reproduce it and find the cause")
        await desk.press("f2")
        await desk.until("Offered to Network")
        assert "Network has to answer" in desk.text()
    row = bench.row("handoff", UUID(bytes=bench.ask("SELECT id FROM handoff")))
    assert row["to_team_id"] == bench.network
    assert row["packet"]["request"] == "reproduce it and find the cause"
    assert row["packet"]["tried"].startswith("steps 1 to 3")
    assert bench.row("ticket", id)["team_id"] == bench.hotline


async def test_a_team_is_found_as_typed(bench: Bench) -> None:
    async with composing(bench, tried(bench)) as desk:
        await desk.type("exp")
        await desk.press("enter")
        assert "level 3" in desk.text()
        await desk.type("look at the design")
        await desk.press("f2")
        await desk.until("Offered to Experts")


async def test_what_is_lacking_is_named_and_not_sent(bench: Bench) -> None:
    async with composing(bench, bench.ticket()) as desk:
        await desk.press("enter", "f2")
        assert "It lacks: Request, Already tried." in words(desk.text())
    assert bench.ask("SELECT count(*) FROM handoff") == 0


async def test_it_goes_incomplete_with_a_reason(bench: Bench) -> None:
    async with composing(bench, bench.ticket()) as desk:
        await desk.press("enter")
        await desk.type("take over at once")
        await desk.press("f6", "enter")
        assert "A reason is needed." in desk.text()
        await desk.type("P1, nothing tried yet")
        await desk.press("enter")
        await desk.until("Offered to Network")
    assert bench.ask("SELECT incomplete_reason FROM handoff") == "P1, nothing tried yet"


async def test_escape_keeps_the_offer_as_a_draft(bench: Bench) -> None:
    id = tried(bench)
    async with composing(bench, id) as desk:
        await desk.press("enter")
        await desk.type("half a request")
        await desk.press("escape", "escape")
        await desk.until("Tell")
        await desk.press("e")
        await desk.until("half a request")
        assert "This is the offer you began" in desk.text()
        assert "level 2" in desk.text()
    assert bench.ask("SELECT count(*) FROM handoff") == 0


async def test_an_offer_typed_before_the_console_died_is_there_again(bench: Bench) -> None:
    id = tried(bench)
    async with composing(bench, id) as desk:
        await desk.press("enter")
        await desk.type("find the cause")
        desk.app.flush(2)
    async with composing(bench, id) as desk:
        assert "find the cause" in desk.text()


async def test_without_a_team_nothing_is_sent(bench: Bench) -> None:
    async with composing(bench, tried(bench)) as desk:
        await desk.press("f2")
        assert "Choose the team first." in desk.text()


# -- the inbox


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_inbox_fits_every_window(bench: Bench, size: tuple[int, int]) -> None:
    bench.say(handoffs.offer, tried(bench), bench.network, PACKET, at=minutes(-12))
    async with inbox(bench, size=size) as desk:
        desk.picture(f"handoffs-{size[0]}")
        desk.matches(f"handoffs-{size[0]}x{size[1]}")


async def test_an_empty_inbox_says_so(bench: Bench) -> None:
    async with inbox(bench) as desk:
        assert "Nothing is offered to your teams" in desk.text()
        await desk.press("a")
        assert "There is no handoff under the cursor." in desk.text()


async def test_a_accepts_and_the_ticket_is_mine(bench: Bench) -> None:
    id = tried(bench)
    bench.say(handoffs.offer, id, bench.network, PACKET, at=minutes(-12))
    async with inbox(bench) as desk:
        assert "1 waits for your answer" in desk.text()
        assert "find the cause" in desk.text()
        await desk.press("a")
        assert "Accepted: 214-0001" in desk.text()
    row = bench.row("ticket", id)
    assert (row["team_id"], row["assignee_id"], row["owner_id"]) == (bench.network, bench.luc, bench.me)


async def test_several_marked_are_accepted_at_once(bench: Bench) -> None:
    for title in ("one", "two"):
        bench.say(handoffs.offer, bench.ticket(title), bench.network, PACKET, at=minutes(-12))
    async with inbox(bench) as desk:
        await desk.press("m", "m", "a")
        assert "Nothing waits for your answer." in desk.text()
    assert bench.ask("SELECT count(*) FROM handoff WHERE state = 'accepted'") == 2


async def test_b_returns_with_a_reason_and_the_sender_sees_it(bench: Bench) -> None:
    id = tried(bench)
    bench.say(handoffs.offer, id, bench.network, PACKET, at=minutes(-12))
    async with inbox(bench) as desk:
        await desk.press("b", "enter")
        assert "A reason is needed." in desk.text()
        await desk.type("ours is the other VPN")
        await desk.press("enter")
        assert "Returned: 214-0001" in desk.text()
    async with inbox(bench, as_login=None) as desk:
        assert "returned" in desk.text()
        assert "ours is the other VPN" in desk.text()


async def test_an_own_offer_nobody_answered_is_taken_back(bench: Bench) -> None:
    bench.say(handoffs.offer, tried(bench), bench.network, PACKET, at=minutes(-12))
    async with inbox(bench, as_login=None) as desk:
        await desk.press("a")
        assert "It is offered to another team." in desk.text()
        await desk.press("b")
        assert "is taken back" in desk.text()
    assert bench.ask("SELECT state FROM handoff") == "withdrawn"


async def test_enter_opens_the_ticket_and_the_filter_follows_the_typing(bench: Bench) -> None:
    for title in ("Printer", "Scanner"):
        bench.say(handoffs.offer, bench.ticket(title), bench.network, PACKET, at=minutes(-12))
    async with inbox(bench) as desk:
        await desk.press("slash")
        await desk.type("scan")
        assert "Printer" not in desk.text()
        await desk.press("enter", "enter")
        await desk.until("Path")
        assert "Scanner" in desk.text()


async def test_hostile_words_in_a_packet_are_only_words(bench: Bench) -> None:
    bench.say(handoffs.offer, tried(bench), bench.network, {**PACKET, "request": "[/] \x1b]52;c;x\x07 \u202e[b]"},
              at=minutes(-1))
    async with inbox(bench) as desk:
        assert "[b]" in desk.text()
        assert not any(sign in desk.text() for sign in "\x1b\x07\u202e")


async def test_line_1_tells_what_is_offered_to_my_team_and_a_p1_first(bench: Bench) -> None:
    for title, rank in (("Counter closed", 1), ("Scanner", 3), ("Screen", 3)):
        bench.say(handoffs.offer, bench.ticket(title, impact=rank, urgency=rank), bench.network, PACKET)
    async with console(bench, (120, 40), as_login="luc") as desk:
        assert "1 P1 offered · 2 offered" in words(desk.lines()[0])
        assert desk.app.counts.offered == 3
        rung: list[str] = []
        desk.app.ring = rung.append
        bench.say(handoffs.offer, bench.ticket("Scanner 2", impact=4, urgency=3), bench.network, PACKET)
        desk.app.desk_changed()
        await desk.rest()
        assert "1 P1 offered · 3 offered" in words(desk.lines()[0])
        assert rung == []  # a bell is for what burns
        bench.say(handoffs.offer, bench.ticket("Till is dead", impact=1, urgency=1), bench.network, PACKET)
        desk.app.desk_changed()
        await desk.rest()
        assert "2 P1 offered" in words(desk.lines()[0])
        assert rung == ["alarm"]
    async with console(bench, (120, 40)) as desk:
        assert "offered" not in desk.lines()[0]


async def test_nothing_waiting_is_said_in_words_not_as_a_zero(bench: Bench) -> None:
    async with inbox(bench) as desk:
        assert "Nothing waits for your answer." in desk.text()


def test_a_ticket_and_a_call_are_offered_to_the_same_teams_in_the_same_order(bench: Bench) -> None:
    desk = bench.open()
    me = desk.agent
    site = UUID(bytes=desk.reader.execute("SELECT id FROM site").fetchone()[0])
    with desk.journal.action("administer", desk.who) as act:
        act.create("team", {"slug": "archive", "name": "Archive", "level": 2, "employer": "own"})
        act.set("team", bench.network, {"site_id": site})
        act.set("component", bench.client, {"team_id": bench.experts})
    in_a_call = intake_items.for_team(desk.reader, "", me, bench.experts).items
    from_a_ticket = choices.teams(desk.reader, "", me.team, me.site_name, bench.experts)
    names = [item.text for item in in_a_call]
    assert names == [choice.text for choice in from_a_ticket] == ["Experts", "Network", "Archive"]
    desk.close()


def test_why_an_acceptance_cannot_be_undone_names_what_can_be_done(bench: Bench) -> None:
    bench.say(handoffs.offer, bench.ticket(), bench.network, PACKET)
    handoff = UUID(bytes=bench.ask("SELECT id FROM handoff"))
    bench.say(handoffs.accept, handoff, as_login="luc")
    with pytest.raises(NotUndoable, match="hand over or return"):
        bench.say(undo.undo, as_login="luc")


async def test_an_open_console_reminds_of_an_unanswered_handoff_and_brings_it_back_by_itself(bench: Bench) -> None:
    id = bench.ticket()
    offer = bench.say(handoffs.offer, id, bench.network, PACKET)
    async with console(bench, (120, 40)) as desk:
        for due, sql in ((60, "SELECT count(*) FROM note WHERE agent_id IS NULL"),
                         (2_000, "SELECT count(*) FROM handoff WHERE state = 'returned'")):
            assert bench.ask(sql) == 0
            bench.now = minutes(due)
            desk.app._minute_passed()
            await desk.until_true(lambda sql=sql: bench.ask(sql) == 1)
        desk.app.open_ticket(id)
        await desk.until("has not answered the handoff")
    assert bench.row("handoff", offer)["answered_at"] == minutes(2_000)
    assert bench.ask("SELECT count(*) FROM entry WHERE verb IN ('remind_handoff', 'bring_back') AND agent IS NULL") > 0

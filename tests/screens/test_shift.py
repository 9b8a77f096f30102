"""The end of a shift by keys: what was promised is listed, and nothing goes silently."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from supportdesk import i18n
from supportdesk.desk import calls, shifts, tickets
from supportdesk.terms.codes import Outcome
from tests.hostile import CORPUS
from tests.screens.stand import Bench, console, minutes, words

SIZES = ((60, 20), (80, 24), (120, 40))


@asynccontextmanager
async def shift(bench: Bench, **how: Any) -> AsyncIterator[Any]:
    async with console(bench, **how) as desk:
        await desk.press("q")
        yield desk


def three(bench: Bench) -> list[UUID]:
    """Three callbacks of a shift that began at eight: one is late, one is near, one is tomorrow's."""
    bench.say(shifts.start_shift, at=minutes(-362))
    found = []
    for title, at in (("VPN down, 40 people", -3), ("Printer jams", 12), ("New screen", 1_100)):
        id = bench.ticket(title)
        bench.say(tickets.promise_callback, id, minutes(at), at=minutes(-20))
        found.append(id)
    return found


def owner(bench: Bench, id: UUID) -> UUID:
    return UUID(bytes=bench.ask("SELECT owner_id FROM ticket WHERE id = ?", id.bytes))


def last(bench: Bench) -> str | None:
    found: str | None = bench.ask("SELECT kind FROM shift WHERE retired_at IS NULL ORDER BY at DESC, id DESC LIMIT 1")
    return found


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_list_fits_every_window_in_every_language(
    bench: Bench, size: tuple[int, int], language: str
) -> None:
    three(bench)
    i18n.set_language(language)
    async with shift(bench, size=size) as desk:
        await desk.press("2", "down")
        desk.picture(f"shift-{language}-{size[0]}")
        desk.matches(f"shift-{language}-{size[0]}x{size[1]}")


async def test_everything_is_passed_on_with_three_keys(bench: Bench) -> None:
    """T12: q opens the list, q ends the shift, 1 passes on what nothing was said about."""
    ids = three(bench)
    async with console(bench) as desk:
        await desk.press("q", "q", "1")
        assert "Your shift is over: 3 callbacks passed on. u takes it back." in words(desk.text())
        assert last(bench) == "end"
        assert bench.ask("SELECT count(*) FROM note WHERE text LIKE 'Passed on%'") == len(ids)
        await desk.press("u")
        assert last(bench) == "start"
        assert bench.ask("SELECT count(*) FROM note WHERE text LIKE 'Passed on%' AND withdrawn_at IS NULL") == 0


async def test_what_is_decided_of_a_callback_stands_on_its_line_at_once(bench: Bench) -> None:
    three(bench)
    async with shift(bench) as desk:
        await desk.press("down", "2")
        assert "taken along" in desk.lines()[5]


async def test_each_is_passed_on_taken_along_or_moved_with_a_word_for_the_caller(bench: Bench) -> None:
    late, near, tomorrow = three(bench)
    async with shift(bench) as desk:
        await desk.press("1")
        await desk.type("bea")
        await desk.press("enter")
        await desk.type("he waits")
        await desk.press("enter", "down", "2", "down", "3")
        await desk.type("th 9:00")
        await desk.press("enter", "1")
        assert "We call you back at another time" in desk.text() or "Nous vous rappel" in desk.text()
        await desk.press("enter")
        shown = words(desk.text())
        assert "to Bea Noll" in shown
        assert "taken along" in shown
        assert "th 09:00" in shown
        await desk.press("q")
        assert "1 callback passed on, 1 taken along, 1 moved" in words(desk.text())
    assert owner(bench, late) == bench.bea
    assert owner(bench, near) == bench.me
    assert bench.ask("SELECT text FROM note WHERE ticket_id = ?", late.bytes).endswith("he waits")
    assert bench.ask("SELECT audience FROM note WHERE ticket_id = ?", tomorrow.bytes) == "caller"
    assert near.bytes.hex() in bench.ask("SELECT taken FROM shift WHERE kind = 'end'").replace("-", "")


async def test_several_are_marked_and_decided_at_once(bench: Bench) -> None:
    three(bench)
    async with shift(bench) as desk:
        await desk.press("m", "m", "1", "enter", "enter")
        assert desk.text().count("to the team") == 2
        assert "1 callback without a word" in desk.text()


async def test_nothing_is_ended_while_one_would_go_silently(bench: Bench) -> None:
    three(bench)
    async with shift(bench) as desk:
        await desk.press("q")
        assert "3 callbacks without a word" in desk.text()
        await desk.press("escape")
        assert last(bench) == "start"
        await desk.press("q", "3")
        assert last(bench) == "start"


async def test_a_break_is_one_key_and_so_is_its_end(bench: Bench) -> None:
    three(bench)
    async with shift(bench) as desk:
        await desk.press("4")
        assert "on a break since 14:02" in desk.text()
        await desk.press("4")
        assert "on shift since 08:00" in desk.text()


async def test_who_never_had_a_shift_starts_one_with_the_same_key(bench: Bench) -> None:
    async with shift(bench) as desk:
        assert "no shift started yet" in desk.text()
        assert "there is nothing to pass on" in desk.text()
        await desk.press("1")
        assert "There is no callback here." in desk.text()
        await desk.press("q")
        assert "on shift since 14:02" in desk.text()
        await desk.press("q")
        assert "nothing was promised" in desk.text()
    assert last(bench) == "end"


async def test_a_colleague_sees_what_was_passed_on_and_why(bench: Bench) -> None:
    late, *_rest = three(bench)
    async with console(bench) as desk:
        await desk.press("q", "q", "1")
    async with console(bench, as_login="bea", size=(120, 40)) as desk:
        assert "1 callback overdue · 2 callbacks due" in desk.text()
        desk.app.open_ticket(late)
        await desk.until("on the team's list: the shift of Ana Roch is over since 13:02")


async def test_hostile_names_stay_words(bench: Bench) -> None:
    bench.say(shifts.start_shift, at=minutes(-362))
    some = [each.text for each in CORPUS if each.storable][::25]
    for n, text in enumerate(some):
        id = bench.ticket("x" if not text.strip() else text[:200])
        bench.say(tickets.promise_callback, id, minutes(30 + n), text[:60], text[:200])
    async with shift(bench, size=(120, 40)) as desk:
        for _text in some:
            await desk.press("down")
            assert "\x1b" not in desk.text()
            assert "on shift since 08:00" in desk.text()
        await desk.press("q", "1")
        assert "Your shift is over" in desk.text()


# -- calling back


@asynccontextmanager
async def owed(bench: Bench, number: str = "079 123 45 67", **how: Any) -> AsyncIterator[Any]:
    """A ticket with a callback that is due, in front."""
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(-1), number, "Monique Perret", at=minutes(-20))
    async with console(bench, **how) as desk:
        desk.app.open_ticket(id)
        await desk.until(bench.row("ticket", id)["number"])
        await desk.rest()
        desk.id = id
        yield desk


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_came_of_it_is_asked_with_the_number_to_dial(
    bench: Bench, size: tuple[int, int], language: str
) -> None:
    i18n.set_language(language)
    async with owed(bench, size=size) as desk:
        await desk.press("c")
        assert "079 123 45 67" in desk.text()
        desk.picture(f"callback-{language}-{size[0]}")
        desk.matches(f"callback-{language}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(("key", "outcome", "then"), [
    ("r", "information", None), ("n", "no_answer", minutes(60)), ("b", "busy", minutes(10)),
    ("o", "voicemail_left", minutes(18 * 60 - 2)), ("x", "wrong_number", minutes(-1)),
])
async def test_each_end_is_one_key(bench: Bench, key: str, outcome: str, then: object) -> None:
    async with owed(bench) as desk:
        await desk.press("c", key)
        assert bench.row("ticket", desk.id)["callback_at"] == then
        if then and key != "x":
            assert "in the zone of the number (Europe/Zurich)" in words(desk.text())
    assert bench.ask("SELECT outcome FROM contact WHERE direction = 'out'") == outcome


async def test_later_asks_when(bench: Bench) -> None:
    async with owed(bench) as desk:
        await desk.press("c", "p")
        await desk.type("16:00")
        await desk.press("enter")
        assert "again at 16:00" in desk.text()
        assert bench.row("ticket", desk.id)["callback_at"] == minutes(118)
    assert bench.ask("SELECT outcome FROM contact WHERE direction = 'out'") == "later"


async def test_after_three_tries_on_two_days_the_case_is_closed_with_a_message(bench: Bench) -> None:
    call = calls.Call(ticket={"title": "VPN", "caller_id": bench.monique, "caller_number": "079 123 45 67"},
                      promise=calls.Promise(minutes(-1_610)))
    id = bench.say(calls.take_call, call, at=minutes(-1_700)).id
    for ago in (1_600, 1_500):
        bench.say(calls.settle_callback, id, Outcome.NO_ANSWER, later=minutes(-1), at=minutes(-ago))
    async with console(bench) as desk:
        desk.app.open_ticket(id)
        await desk.rest()
        await desk.press("c", "n")
        assert "3 tries on 2 days" in desk.text()
        await desk.press("2")
        await desk.press("enter")
        assert "Closed as not reached" in desk.text()
    assert bench.row("ticket", id)["status"] == "closed"
    assert bench.ask("SELECT audience FROM note ORDER BY pk DESC LIMIT 1") == "caller"


async def test_from_the_list_of_callbacks_it_is_the_same_key(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(-1), "079 123 45 67", at=minutes(-20))
    async with console(bench) as desk:
        await desk.press("c", "b")
        assert bench.row("ticket", id)["callback_at"] == minutes(10)


async def test_a_call_about_the_ticket_settles_the_promise_and_says_so(bench: Bench) -> None:
    async with owed(bench) as desk:
        await desk.press("p", "enter")
        assert "settled by it" in words(desk.text())
        assert bench.row("ticket", desk.id)["callback_at"] is None

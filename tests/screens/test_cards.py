"""Cards, by keys: who it is, what is open, what was said last, corrected where it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import people
from supportdesk.desk.calls import Check, check_identity
from supportdesk.terms.codes import CheckResult
from tests.screens.stand import Bench, console, minutes, words


@asynccontextmanager
async def card(bench: Bench, kind: str, id: UUID, **how: Any) -> AsyncIterator[Any]:
    async with console(bench, **how) as desk:
        desk.app.open_card(kind, id)
        await desk.until({"caller": "Caller", "organisation": "Organisation", "asset": "Device"}[kind])
        await desk.rest()
        yield desk


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_card_of_a_caller_fits_every_window(bench: Bench, size: tuple[int, int]) -> None:
    bench.ticket()
    bench.say(check_identity, Check("password", None, CheckResult.FAILED), caller_id=bench.monique, at=minutes(-3000))
    async with card(bench, "caller", bench.monique, size=size) as desk:
        desk.picture(f"card-{size[0]}")
        desk.matches(f"card-{size[0]}x{size[1]}")


async def test_a_callers_card_tells_what_the_desk_knows(bench: Bench) -> None:
    bench.ticket()
    bench.say(check_identity, Check("password", None, CheckResult.FAILED), caller_id=bench.monique, at=minutes(-30))
    async with card(bench, "caller", bench.monique) as desk:
        shown = words(desk.text())
        for said in ("key account", "identity check failed 13:32 (password)", "Telephone 079 123 45 67", "Language fr",
                     "Organisation Alpina", "VPN down, 40 people", "telephone, new ticket, 214-0001", "Device PC-2231"):
            assert said in shown, said


async def test_a_telephone_number_is_corrected_where_it_stands(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        desk.app.screen.listing.move_to_key("detail/numbers")
        await desk.press("enter")
        await desk.type(", 044 668 18 00")
        await desk.press("enter")
        assert "Corrected." in desk.text()
        assert "079 123 45 67, 044 668 18 00" in desk.text()
    stored = bench.row("caller", bench.monique)["numbers"]
    assert [number["e164"] for number in stored] == ["+41791234567", "+41446681800"]


async def test_remarks_that_are_missing_are_added_by_the_palette(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        await desk.app.do("edit")
        await desk.rest()
        await desk.type("rem")
        await desk.press("enter")
        await desk.type("calls from the train")
        await desk.press("enter")
        assert "calls from the train" in desk.text()
    assert bench.row("caller", bench.monique)["remarks"] == "calls from the train"


async def test_a_name_cannot_be_emptied(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        desk.app.screen.listing.move_to_key("detail/name")
        await desk.press("enter")
        for _letter in "Monique Perret":
            await desk.pilot.press("backspace")
        await desk.press("enter")
        assert "! It cannot be empty." in desk.text()
    assert bench.row("caller", bench.monique)["name"] == "Monique Perret"


async def test_a_change_by_somebody_else_is_shown_before_mine_is_written(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        desk.app.screen.listing.move_to_key("detail/name")
        await desk.press("enter")
        await desk.type("-Favre")
        bench.say(people.save_caller, {"name": "M. Perret"}, bench.monique, as_login="bea")
        await desk.press("enter")
        assert "bea changed it at 14:02" in desk.text()
        await desk.press("2", "enter")
    assert bench.row("caller", bench.monique)["name"] == "Monique Perret-Favre"


async def test_cards_lead_to_each_other_and_to_tickets(bench: Bench) -> None:
    bench.ticket()
    async with card(bench, "caller", bench.monique) as desk:
        desk.app.screen.listing.move_to_key(f"card/organisation/{bench.alpina}")
        await desk.press("enter")
        await desk.until("Branch offices open at 07:00.")
        desk.picture("card-organisation")
        desk.app.screen.listing.move_to_key(f"caller/{bench.monique}")
        await desk.press("enter")
        await desk.until("079 123 45 67")
        desk.app.screen.listing.move_to_key(f"asset/{bench.laptop}")
        await desk.press("enter")
        await desk.until("alp-pc-2231")
        await desk.press("escape", "escape", "escape")
        await desk.rest()
        row = next(key for key in desk.app.screen.listing.source._keys if key.startswith("ticket/"))
        desk.app.screen.listing.move_to_key(row)
        await desk.press("enter")
        await desk.until("Path")


async def test_g_on_a_ticket_shows_who_is_behind_it(bench: Bench) -> None:
    id = bench.ticket()
    async with console(bench) as desk:
        desk.app.open_ticket(id)
        await desk.until("Monique Perret")
        await desk.rest()
        await desk.press("g")
        await desk.until("Telephone")


async def test_n_takes_a_call_of_this_caller(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        await desk.press("n")
        await desk.until("Symptom")
        assert desk.app.calls.current.caller_id == bench.monique
        await desk.until("Monique Perret")


async def test_the_filter_leaves_the_lines_that_hold_the_word(bench: Bench) -> None:
    bench.ticket()
    async with card(bench, "caller", bench.monique) as desk:
        await desk.press("slash")
        await desk.type("vpn")
        assert "VPN down" in desk.text()
        assert "Telephone" not in desk.text()
        await desk.press("enter", "escape")
        assert "Telephone" in desk.text()


async def test_hostile_names_are_only_names(bench: Bench) -> None:
    bench.say(people.save_caller, {"name": "[/] \x1b]52;c;x\x07 [b]\u202eeve"}, bench.monique)
    async with card(bench, "caller", bench.monique) as desk:
        assert "[b]" in desk.text()
        assert not any(sign in desk.text() for sign in "\x1b\x07\u202e")


async def test_a_filter_is_no_unsaved_text(bench: Bench) -> None:
    async with card(bench, "caller", bench.monique) as desk:
        await desk.press("slash")
        await desk.type("tele")
        await desk.press("escape", "escape", "escape")
        desk.app.open_card("caller", bench.monique)
        await desk.until("Telephone")
        await desk.rest()
        assert "is kept" not in desk.text()

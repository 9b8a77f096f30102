"""A major incident in front of every agent (issue "Promises", field/practice.md T6): line 2, the sentence to say in the
caller's language, joining a caller, who was told when it is over."""

from __future__ import annotations

import pytest

from supportdesk.i18n import set_language
from tests.screens.majors import TEXTS, declared
from tests.screens.stand import Bench, console, minutes, words

SIZES = ((80, 24), (120, 40))
LANGUAGES = ("en", "fr", "de")
EACH_SIZE = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)


@EACH_LANGUAGE
@EACH_SIZE
async def test_line_two_and_the_sentence_as_they_stand(bench: Bench, size: tuple[int, int], lang: str) -> None:
    declared(bench, cases=2)
    set_language(lang)
    async with console(bench, size) as desk:
        desk.picture(f"major-queue-{lang}-{size[0]}")
        desk.matches(f"major-queue-{lang}-{size[0]}x{size[1]}")
        await desk.press("f12")
        desk.picture(f"sentence-{lang}-{size[0]}")
        desk.matches(f"sentence-{lang}-{size[0]}x{size[1]}")


async def test_line_two_stands_on_every_screen_with_the_key_that_works_there(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        for keys in (("enter",), ("g",), ("k",), ("h",), ("q",), ("full_stop",), ("x",)):
            await desk.press(*keys)
            line = desk.lines()[1]
            assert "VPN" in line, keys
            assert "next update in 30 min" in line, keys
            assert line.rstrip().endswith(("i the sentence", "F12 the sentence")), keys
        await desk.press("escape", "escape", "escape", "escape", "escape", "escape", "escape", "escape", "n")
        assert desk.lines()[1].endswith("F12 the sentence")


async def test_without_a_major_incident_there_is_no_line_two(bench: Bench) -> None:
    bench.ticket()
    async with console(bench) as desk:
        assert set(desk.lines()[1]) == {"─"}
        await desk.press("i")
        assert "No major incident is running" in desk.text()


async def test_line_two_comes_when_a_colleague_declares_one_and_goes_when_it_is_over(bench: Bench) -> None:
    async with console(bench) as desk:
        assert "VPN" not in desk.lines()[1]
        declared(bench)
        desk.app.desk_changed()
        await desk.rest()
        assert "! Major incident  VPN" in desk.lines()[1]
        from supportdesk.desk import tickets

        ticket = bench.ask("SELECT ticket_id FROM major_incident")
        from uuid import UUID

        bench.say(tickets.solve, [UUID(bytes=ticket)], "cable replaced")
        desk.app.desk_changed()
        await desk.rest()
        assert set(desk.lines()[1]) == {"─"}


async def test_an_update_that_did_not_come_is_said_in_words(bench: Bench) -> None:
    declared(bench, next_update=minutes(-5))
    async with console(bench) as desk:
        assert "next update 5 min overdue" in desk.lines()[1]


async def test_the_sentence_is_in_the_language_of_the_desk_and_the_others_are_one_key_away(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("i")
        assert TEXTS["en"] in words(desk.text())
        assert "valid until 15:02" in desk.text()
        await desk.press("right")
        assert TEXTS["de"] in words(desk.text())
        await desk.press("left", "left")
        assert TEXTS["fr"] in words(desk.text())


async def test_an_expired_sentence_says_so_before_all_else(bench: Bench) -> None:
    declared(bench, valid_until=minutes(-3))
    async with console(bench) as desk:
        assert "no valid sentence" in desk.lines()[1]
        await desk.press("i")
        text = desk.text()
        assert text.index("EXPIRED at 13:59: do not say it any more.") < text.index("We know that the VPN")
        assert "Ask Bea Noll" in text


async def test_a_call_two_minutes_before_closing_reads_the_sentence(bench: Bench) -> None:
    """The desk closes at 18:00; what holds until 18:30 is said at 17:58 as at any other time."""
    declared(bench, valid_until=minutes(4 * 60 + 28 - 60))
    bench.now = minutes(3 * 60 + 56 - 0)
    async with console(bench) as desk:
        await desk.press("n", "f12")
        assert TEXTS["en"] in words(desk.text())

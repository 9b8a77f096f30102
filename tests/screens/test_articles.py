"""Articles, by keys: found by what the caller says, read, ticked, judged, and never acting by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import articles
from tests.screens.stand import Bench, console

VPN = UUID("019cc000-0000-7000-8000-000000000001")
VPN_FR = UUID("019cc000-0000-7000-8000-000000000002")
PRINTER = UUID("019cc000-0000-7000-8000-000000000003")

BODY = """## Cause

The **router** forgets. See [the vendor](https://vendor.example/vpn) and `vpn.log`.

## Steps

1. Restart the client.
2. Update the certificate.
3. Restart the router.

## When to hand over

When it comes back within the hour.
"""


@pytest.fixture
def library(bench: Bench) -> Bench:
    """A desk with three articles, one of them in two languages."""
    for id, slug, lang, title, issue in (
        (VPN, "vpn-drops", "en", "VPN drops every few minutes", "the vpn keeps cutting out"),
        (VPN_FR, "vpn-drops", "fr", "VPN: coupures toutes les cinq minutes", "le vpn coupe"),
        (PRINTER, "printer-jam", "de", "Drucker: Papierstau", "paper is stuck in the printer"),
    ):
        bench.say(articles.write, {"slug": slug, "lang": lang, "title": title, "issue": issue, "body": BODY}, id)
    return bench


@asynccontextmanager
async def searching(bench: Bench, text: str = "", lang: str | None = None, picked: Any = None,
                    **how: Any) -> AsyncIterator[Any]:
    async with console(bench, **how) as desk:
        desk.app.open_articles(text, lang, picked)
        await desk.until("Articles about")
        await desk.rest()
        yield desk


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_search_fits_every_window(library: Bench, size: tuple[int, int]) -> None:
    async with searching(library, "vpn", size=size) as desk:
        await desk.until("VPN drops")
        await desk.pilot.pause(0.2)
        await desk.rest()
        desk.picture(f"articles-{size[0]}")
        desk.matches(f"articles-{size[0]}x{size[1]}")


async def test_typing_what_the_caller_says_finds_the_article(library: Bench) -> None:
    async with searching(library) as desk:
        assert "Type what the caller says" in desk.text()
        await desk.type("keeps cutting")
        await desk.until("VPN drops every few minutes")


async def test_the_contacts_language_comes_first_and_others_are_named(library: Bench) -> None:
    async with searching(library, "vpn", "fr") as desk:
        assert "VPN: coupures toutes les cinq minutes" in desk.text()
        assert "VPN drops" not in desk.text()
    async with searching(library, "printer stuck", "fr") as desk:
        assert "in de" in desk.text()


async def test_nothing_found_says_what_to_do(library: Bench) -> None:
    async with searching(library, "xylophone") as desk:
        assert "No article speaks of this." in desk.text()


async def test_enter_reads_the_best_article_with_its_steps(library: Bench) -> None:
    async with searching(library, "vpn") as desk:
        await desk.press("enter")
        await desk.until("[ ] 1. Restart the client.")
        desk.picture("article-80")
        desk.matches("article-80x24")


async def test_a_link_shows_its_target_and_starts_nothing(library: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import webbrowser

    def fail(*_args: Any) -> None:
        raise AssertionError("a link was opened")

    monkeypatch.setattr(webbrowser, "open", fail)
    async with searching(library, "vpn") as desk:
        await desk.press("enter")
        await desk.until("the vendor (https://vendor.example/vpn)")
        await desk.pilot.click(offset=(40, 8))
        await desk.press("enter")
        assert "[ ] 1." in desk.text()


async def test_steps_ticked_on_a_ticket_are_kept_on_it(library: Bench) -> None:
    id = library.ticket()
    async with console(library) as desk:
        desk.app.open_ticket(id)
        await desk.until("VPN down")
        await desk.rest()
        await desk.press("k", "enter")
        await desk.until("[ ] 1.")
        await desk.press("1", "3")
        assert "[x] 1." in desk.text()
        assert "[ ] 2." in desk.text()
        assert "2 steps ticked for 214-0001" in desk.text()
        await desk.press("minus")
        assert "Noted: it did not help." in desk.text()
        await desk.press("escape", "escape", "escape")
        await desk.until("did not help")
    use = library.row("article_use", UUID(bytes=library.ask("SELECT id FROM article_use")))
    assert (use["ticket_id"], use["steps"], use["helped"]) == (id, [1, 3], False)
    assert library.ask("SELECT count(*) FROM article_use") == 1


async def test_leaving_keeps_the_ticks_and_coming_back_shows_them(library: Bench) -> None:
    id = library.ticket()
    async with console(library) as desk:
        desk.app.open_ticket(id)
        await desk.until("VPN down")
        await desk.rest()
        await desk.press("k", "enter")
        await desk.until("[ ] 1.")
        await desk.press("2", "escape", "enter")
        await desk.until("[x] 2.")
    assert library.ask("SELECT count(*) FROM article_use") == 1


async def test_a_vote_without_a_ticket_counts(library: Bench) -> None:
    async with searching(library, "vpn") as desk:
        await desk.press("enter")
        await desk.until("not judged yet")
        await desk.press("plus")
        assert "helped 100 % (1 vote)" in desk.text()
    assert library.ask("SELECT ticket_id IS NULL AND helped FROM article_use") == 1


async def test_a_call_takes_the_article_that_is_chosen(library: Bench) -> None:
    taken: list[Any] = []
    async with searching(library, "vpn", "fr", taken.append) as desk:
        await desk.press("enter")
        await desk.until("[ ] 1.")
        await desk.press("f2")
    assert taken == [(VPN_FR, "VPN: coupures toutes les cinq minutes")]


async def test_right_turns_to_the_other_language(library: Bench) -> None:
    async with searching(library, "vpn") as desk:
        await desk.press("enter")
        await desk.until("also in fr")
        await desk.press("right")
        await desk.until("VPN: coupures")
        assert "also in en" in desk.text()


async def test_foreign_text_in_an_article_acts_on_nothing(library: Bench) -> None:
    hostile = "[/] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \u202eright\n\n<script>alert(1)</script>\n\n1. [/b]"
    library.say(articles.write, {"slug": "evil", "lang": "en", "title": "[/] evil \x1b[31m", "issue": "evil",
                                 "body": f"{hostile}\n\n## Steps\n\n1. one [x](javascript:alert)\n"})
    async with searching(library, "evil") as desk:
        await desk.press("enter")
        await desk.until("one")
        shown = desk.text()
        assert "[@click=app.quit]x[/]" in shown
        assert "<script>alert(1)</script>" in shown
        assert not any(sign in shown for sign in "\x1b\x07\u202e")

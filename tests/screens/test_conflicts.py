"""Conflicts, by keys: both values with authors and times, one key each; claims; what the server refused."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import setup, tickets
from supportdesk.i18n import speaking
from supportdesk.store.types import uuid7
from tests.screens.offices import Company, Office, company
from tests.screens.stand import LOGIN, Bench, Console, console, minutes, words

SIZES = ((80, 24), (120, 40))
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def troubled(furnished: Bench, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Ana's desk after an exchange in which everything came together, and the server away since."""
    folder = tmp_path_factory.mktemp("troubled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "article_images", lambda: iter(()))
        patch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
        bench = furnished.copy(folder / "desk.db")
        with company(bench, folder) as there, there.office() as ben:
            bench.titles = clash(bench, there, ben)  # type: ignore[attr-defined]
            bench.claimed = claim(bench, there, ben)  # type: ignore[attr-defined]
            refusal(bench, there, bench.titles)  # type: ignore[attr-defined]
            there.elsewhere(NOWHERE)
    return bench


@pytest.fixture
def bench(troubled: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The exchange has not begun yet; who wants it to begins it at once."""
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
    monkeypatch.setattr("supportdesk.console.PREPARE", 3_600)
    return troubled.copy(tmp_path / "desk.db")


def clash(bench: Bench, there: Company, ben: Office) -> UUID:
    """Ana and Ben gave one ticket another title and other words of the caller's; Ben was first."""
    id = bench.ticket()
    there.swap()
    ben.exchange()
    ben.now = minutes(-10)
    ben.say(tickets.edit, id, {"title": "Line to Alpina is dead", "description": "nothing works\nsince noon"})
    bench.say(tickets.edit, id, {"title": "VPN down at Alpina, 40 PCs", "description": "all PCs\nsince 13:00"},
              at=minutes(-4))
    ben.exchange()
    there.swap()
    return id


def free_ticket(bench: Bench, title: str) -> UUID:
    """A ticket that nobody works on."""
    id = bench.ticket(title)
    desk = bench.open()
    with desk.journal.action("import_records", desk.who, at=minutes(-20)) as act:
        act.set("ticket", id, {"assignee_id": None})
    desk.close()
    return id


def claim(bench: Bench, there: Company, ben: Office) -> UUID:
    """Ben took a ticket at 13:46, Ana at 13:48 without seeing it; each wrote a note after that."""
    id = free_ticket(bench, "Printer on the third floor")
    there.swap()
    ben.exchange()
    ben.now = minutes(-16)
    ben.say(tickets.take, [id])
    bench.say(tickets.take, [id], at=minutes(-14))
    ben.now = minutes(-8)
    ben.say(tickets.note, id, "the line is cut in the street")
    bench.say(tickets.note, id, "router restarted, no effect", at=minutes(-3))
    ben.exchange()
    there.swap()
    return id


def refusal(bench: Bench, there: Company, id: UUID) -> None:
    """Somebody the server does not know at this desk wrote down what the caller wishes."""
    bench.say(tickets.edit, id, {"wish": "a technician before 16:00"}, at=minutes(-2))
    with closing(sqlite3.connect(bench.path)) as conn, conn:
        conn.execute("UPDATE entry SET agent = ? WHERE state = 'local'", (uuid7().bytes,))
    bench.now = minutes(-1)
    there.swap()
    bench.now = minutes(0)


@asynccontextmanager
async def conflicts(bench: Bench, **how: Any) -> AsyncIterator[Console]:
    async with console(bench, **how) as desk:
        await desk.press("f")
        yield desk


def about(desk: Console) -> str:
    """What is told of the line under the cursor, in a wide window."""
    return words(" ".join(line.rpartition("│")[2] for line in desk.lines()))


def title(bench: Bench) -> str:
    return str(bench.ask("SELECT title FROM ticket WHERE id = ?", bench.titles.bytes))  # type: ignore[attr-defined]


def holder(bench: Bench) -> str:
    return str(bench.ask("SELECT a.name FROM ticket t JOIN agent a ON a.id = t.assignee_id WHERE t.id = ?",
                         bench.claimed.bytes))  # type: ignore[attr-defined]


def open_conflicts(bench: Bench) -> int:
    return int(bench.ask("SELECT count(*) FROM conflict WHERE state = 'open'"))


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_claims_first_then_what_waits_for_a_choice_then_what_was_refused(
    bench: Bench, size: tuple[int, int], language: str
) -> None:
    with speaking(language):
        async with conflicts(bench, size=size) as desk:
            desk.picture(f"conflicts-claim-{language}-{size[0]}")
            desk.matches(f"conflicts-claim-{language}-{size[0]}x{size[1]}")
            await desk.press("down")
            desk.picture(f"conflicts-{language}-{size[0]}")
            desk.matches(f"conflicts-{language}-{size[0]}x{size[1]}")
            await desk.press("end")
            desk.picture(f"conflicts-refused-{language}-{size[0]}")
            desk.matches(f"conflicts-refused-{language}-{size[0]}x{size[1]}")


async def test_both_values_stand_there_with_who_wrote_them_and_when(bench: Bench) -> None:
    async with conflicts(bench, size=(120, 40)) as desk:
        await desk.press("down", "down")
        shown = about(desk)
        assert "1 ben, 13:52 stands" in shown
        assert "2 you, 13:58" in shown
        assert "VPN down at Alpina, 40 PCs" in shown


async def test_one_key_keeps_mine_and_undo_takes_the_choice_back(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("down", "down", "2")
        assert title(bench) == "VPN down at Alpina, 40 PCs"
        assert open_conflicts(bench) == 2
        await desk.press("u")
        assert title(bench) == "Line to Alpina is dead"
        assert open_conflicts(bench) == 3


async def test_one_key_keeps_theirs(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("down", "down", "1")
        assert title(bench) == "Line to Alpina is dead"
        assert open_conflicts(bench) == 2


async def test_a_third_value_begins_with_mine_and_is_kept_while_typed(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("down", "down", "3")
        await desk.type(" and phones")
        await desk.press("escape", "3")
        assert "VPN down at Alpina, 40 PCs and phones" in desk.text()
        await desk.press("enter")
        await desk.until("what you wrote stands now")
    assert title(bench) == "VPN down at Alpina, 40 PCs and phones"
    assert bench.ask("SELECT count(*) FROM conflict WHERE state = 'edited'") == 1


async def test_words_of_many_lines_have_an_editor(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("down", "3", "enter")
        await desk.type("and the phones")
        await desk.press("f2")
        await desk.until("what you wrote stands now")
    assert bench.ask("SELECT description FROM ticket WHERE id = ?", bench.titles.bytes) == (  # type: ignore[attr-defined]
        "all PCs\nsince 13:00\nand the phones")


async def test_a_claim_says_who_was_first_and_what_was_done_meanwhile(bench: Bench) -> None:
    async with conflicts(bench, size=(120, 40)) as desk:
        assert "claimed twice" in desk.text()
        shown = about(desk)
        assert "ben took it at 13:46, you at 13:48 without seeing that. You worked 11 min on it meanwhile." in shown
        assert "13:54 ben: internal: the line is cut in the street" in shown
        await desk.press("3")
        assert "Choose one of the two" in desk.text()
        assert holder(bench) == "ben"
        await desk.press("2")
    assert holder(bench) == "Ana Roch"


async def test_whom_somebody_was_ahead_of_is_told_and_led_there(bench: Bench) -> None:
    async with console(bench) as desk:
        assert "ben had it first, at 13:46. f shows what was done meanwhile." in words(desk.text())
        assert "3 conflicts" in desk.lines()[0]


async def test_what_was_refused_goes_out_again_in_the_name_of_who_sends_it(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("end")
        assert "This agent does not work at this console." in words(desk.text())
        assert "a technician before 16:00" in desk.text()
        await desk.press("4")
        await desk.until("It goes out again")
        assert "refused" not in desk.lines()[2]
    assert bench.ask("SELECT a.login FROM entry e JOIN agent a ON a.id = e.agent WHERE e.state = 'local'") == LOGIN
    assert bench.ask("SELECT wish FROM ticket WHERE wish IS NOT NULL") == "a technician before 16:00"


async def test_what_somebody_wrote_there_since_is_not_overwritten_unasked(bench: Bench) -> None:
    id = bench.titles  # type: ignore[attr-defined]
    bench.say(tickets.edit, id, {"wish": "call back first"}, as_login="bea")
    async with conflicts(bench) as desk:
        await desk.press("end", "4")
        await desk.until("call back first")
        await desk.press("1", "enter")
        await desk.until("Left as it stands now.")
        assert bench.row("ticket", id)["wish"] == "call back first"
        await desk.press("4")
        await desk.until("keep mine")
        await desk.press("2", "enter")
        await desk.until("It goes out again")
    assert bench.row("ticket", id)["wish"] == "a technician before 16:00"


async def test_what_was_refused_can_be_put_away_and_brought_back(bench: Bench) -> None:
    async with conflicts(bench) as desk:
        await desk.press("end", "5")
        await desk.until("Put away")
        assert "refused" not in "".join(desk.lines()[:4])
        await desk.press("u")
        await desk.until("It is back.")
        assert "refused 1 action" in desk.text()
        await desk.press("end", "y")
        assert "Copied: a technician before 16:00" in desk.text()


async def test_offline_is_a_word_and_a_time_and_a_ticket_taken_then_is_not_yet_confirmed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.console.PREPARE", 0.01)
    id = free_ticket(bench, "Scanner jams")
    async with console(bench, size=(120, 40)) as desk:
        await desk.until("offline since 14:02")
        desk.app.open_ticket(id)
        await desk.until("Scanner jams")
        await desk.rest()
        await desk.press("t")
        await desk.until("Ana Roch (not yet confirmed)")
        await desk.until("offline since 14:02 · 3 conflicts")


async def test_what_arrives_while_the_console_ends_is_no_error(bench: Bench) -> None:
    async with console(bench) as desk:
        app = desk.app
    await app._told(app._look_at_exchange)


async def test_a_desk_that_works_alone_has_no_word_of_it(
    furnished: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
    alone = furnished.copy(tmp_path / "alone.db")
    async with console(alone) as desk:
        await desk.press("f")
        assert type(desk.app.screen).__name__ == "QueueScreen"
        await desk.press("?")
        await desk.type("conflict")
        assert "No action has this word." in desk.text()
        assert desk.app._exchanger is None


@pytest.fixture
def there(furnished: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """Ana's desk and the server, with nothing between them."""
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
    monkeypatch.setattr(setup, "article_images", lambda: iter(()))
    monkeypatch.setattr("supportdesk.console.PREPARE", 0.01)
    with company(furnished.copy(tmp_path / "desk.db"), tmp_path) as made:
        yield made


async def test_another_sites_change_is_on_the_screen_and_a_lost_claim_is_told_when_it_arrives(there: Company) -> None:
    bench = there.bench
    id = free_ticket(bench, "Nobody's yet")
    there.swap()
    with there.office() as ben:
        async with console(bench, size=(120, 40)) as desk:
            await desk.until_true(lambda: desk.app._exchanger and desk.app._exchanger.is_streaming)
            ben.say(tickets.edit, id, {"title": "Everything is down"})
            ben.exchange()
            await desk.until("Everything is down")
            ben.say(tickets.take, [id])
            desk.app._exchanger.stop()  # the line is cut at this site
            await desk.press("t")
            ben.exchange()
        async with console(bench, size=(120, 40)) as desk:
            await desk.until("ben had it first")
            assert "1 conflict" in desk.lines()[0]

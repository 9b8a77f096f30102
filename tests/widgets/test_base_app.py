"""What every screen of the console stands on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Region, Size
from textual.worker import WorkerFailed

from supportdesk import actions
from supportdesk.base_app import DeskApp, DeskScreen
from supportdesk.keymap import Keymap, keymap
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import Call, MessageLine, Status, StatusLine
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.themes import LOOKS

NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


class Desk(DeskScreen[None]):
    where = actions.QUEUE

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        due = Column("due", "", 9, lambda at: (f"{(at - self.app.now()) // timedelta(minutes=1)} min", ""))
        yield StatusLine(Status("Genève", aside=(NOON,)), now=self.app.now)
        yield Listing([due])
        yield MessageLine()

    def on_mount(self) -> None:
        self.query_one(Listing).show(Rows([NOON + timedelta(minutes=n) for n in range(5)], key=hash))

    def disabled_reason(self, action: actions.Action) -> str | None:
        return "Somebody else works on it." if action.id == "solve" else None

    def action_take(self) -> None:
        self.done.append("take")

    async def action_note(self) -> None:
        self.done.append("note")

    def action_solve(self) -> None:
        self.done.append("solve")


class App(DeskApp):
    def __init__(self, keys: Keymap | None = None) -> None:
        self.at = NOON
        super().__init__(keymap=keys, now=lambda: self.at)

    def get_default_screen(self) -> Desk:
        return Desk()

    @property
    def desk(self) -> Desk:
        found = self.screen
        assert isinstance(found, Desk)
        return found


def text_of(widget: Any) -> str:
    return "\n".join(strip.text.rstrip() for strip in widget.render_lines(Region(0, 0, *widget.size)))


async def test_a_key_does_its_action_and_a_disabled_one_says_why() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "r", "s")
        assert app.desk.done == ["take", "note"]
        assert app.query_one(MessageLine).text == "Somebody else works on it."


async def test_a_persons_own_key_does_the_action_and_the_old_one_nothing() -> None:
    app = App(keymap({"take": "comma"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "comma")
        assert app.desk.done == ["take"]


async def test_times_on_the_screen_follow_the_minute() -> None:
    app = App()
    async with app.run_test(size=(80, 24)):
        assert "   4 min".strip() in text_of(app.query_one(Listing))
        assert "(0 min)" in text_of(app.query_one(StatusLine))
        app.at += timedelta(minutes=2)
        app._minute_passed()
        assert "2 min" in text_of(app.query_one(Listing)).splitlines()[4]
        assert "(2 min)" in text_of(app.query_one(StatusLine))


@pytest.mark.parametrize(
    ("columns", "name"), [(50, "-narrow"), (60, "-w60"), (80, "-w80"), (120, "-w120"), (200, "-w160")]
)
async def test_screens_know_by_class_how_wide_they_are(columns: int, name: str) -> None:
    app = App()
    async with app.run_test(size=(columns, 30)) as pilot:
        await pilot.pause()
        found = {each for each in app.screen.classes if each == "-narrow" or each.startswith("-w")}
        assert found == {name}


@pytest.mark.parametrize("name", LOOKS)
async def test_colours_change_at_once_everywhere(name: str) -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.use_look(name)
        await pilot.pause()
        listing = app.query_one(Listing)
        styles = {segment.style for strip in listing.render_lines(Region(0, 0, *listing.size)) for segment in strip}
        look = LOOKS[name]
        known = {look.style(each, bar) for each in look.styles for bar in (False, True)}
        assert styles <= known


async def test_a_call_that_ends_leaves_no_clock_behind() -> None:
    app = App()
    async with app.run_test(size=(80, 24)):
        line = app.query_one(StatusLine)
        line.show(Status(call=Call("Perret", NOON)))
        line.show(Status("Genève"))
        assert "Perret" not in text_of(line)


async def test_what_comes_when_the_screens_are_gone_is_let_go() -> None:
    app = App()
    async with app.run_test():
        pass
    assert app.front is None
    app.say("Saved.")
    app._minute_passed()


class Leaving(DeskScreen[None]):
    """Looks for what it has not, as soon as it is told to go or at once."""

    where = actions.TICKET

    def __init__(self, *, at_once: bool) -> None:
        super().__init__()
        self.at_once = at_once
        self.looked = False

    def on_mount(self) -> None:
        beside(self, self.look, group="look")

    async def look(self) -> None:
        while self.display and not self.at_once:
            await asyncio.sleep(0)
        self.looked = True
        self.query_one("#gone")


async def test_what_a_screen_that_goes_cannot_find_any_more_is_no_fault() -> None:
    app = App()
    async with app.run_test() as pilot:
        screen = Leaving(at_once=False)
        await app.push_screen(screen)
        await app.pop_screen()
        await pilot.pause()
        assert screen.looked


async def test_what_a_screen_that_stands_does_not_find_is_a_fault() -> None:
    async def shown() -> None:
        app = App()
        async with app.run_test() as pilot:
            await app.push_screen(Leaving(at_once=True))
            await pilot.pause()

    with pytest.raises(WorkerFailed):
        await shown()


async def test_a_size_that_comes_late_does_not_take_the_windows_place() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.resize_terminal(120, 40)
        app.screen.post_message(Resize(Size(100, 20), Size(100, 20)))
        await pilot.pause()
        assert app.screen.size == app.size == Size(120, 40)
        assert app.query_one(Listing).size.width == 120

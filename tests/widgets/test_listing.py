"""The one list: a window over any number of rows (DESIGN.md 4, LOOK.md "Forms flow")."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest
from tests.hostile import CORPUS
from tests.tokenizer import foreign_sequences
from tests.widgets.demo_app import COLUMNS, Million, Row, row_of
from textual.app import ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from supportdesk.base_app import DeskApp
from supportdesk.widgets import listing as module
from supportdesk.widgets.columns import Column, place
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.sources import Rows, Source


class Pages(Million):
    """A source whose pages come when they are let in; it counts what it was asked for."""

    def __init__(self, total: int, present: bool = True) -> None:
        super().__init__(total)
        self.present = present
        self.asked: set[int] = set()

    def row(self, index: int) -> Any:
        self.asked.add(index)
        return row_of(index) if self.present else None

    def key(self, index: int) -> Hashable:
        return index if self.present else None

    def arrive(self) -> None:
        self.present = True
        assert self.landed is not None
        self.landed()


class App(DeskApp):
    def __init__(self, source: Source | None, **more: Any) -> None:
        super().__init__()
        self.first = source
        self.listing = Listing(COLUMNS, markable=True, **more)
        self.heard: list[tuple[str, object]] = []
        self.sent: list[Region] = []

    def compose(self) -> ComposeResult:
        yield self.listing

    def on_mount(self) -> None:
        super().on_mount()
        self.listing.focus()
        if self.first is not None:
            self.listing.show(self.first)
        refresh = self.listing.refresh

        def counted(*regions: Region, **more: Any) -> Any:
            self.sent += regions or [Region(0, 0, *self.listing.size)]
            return refresh(*regions, **more)

        self.listing.refresh = counted  # type: ignore[method-assign]

    def on_listing_highlighted(self, event: Listing.Highlighted) -> None:
        self.heard.append(("highlighted", event.key))

    def on_listing_rested(self, event: Listing.Rested) -> None:
        self.heard.append(("rested", event.key))

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        self.heard.append(("chosen", event.key))

    def on_listing_marked(self, event: Listing.Marked) -> None:
        self.heard.append(("marked", event.keys))


def text_of(listing: Listing) -> list[str]:
    return [strip.text for strip in listing.render_lines(Region(0, 0, *listing.size))]


async def until(pilot: Pilot[Any], true: Any) -> None:
    """Let the app work until it is so; the test's own time limit ends a wait in vain."""
    while not true():
        await pilot.pause(0.01)


def reordered(keys: list[int]) -> Rows:
    return Rows([row_of(key) for key in keys], key=lambda row: row.key)


async def test_a_million_rows_ask_for_no_more_than_a_screenful() -> None:
    source = Pages(1_000_000)
    app = App(source)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("end", "pageup", "home", "down")
        await pilot.pause()
        assert len(source.asked) <= 4 * 30


async def test_down_repaints_the_line_left_and_the_line_reached() -> None:
    app = App(Million())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        app.sent.clear()
        await pilot.press("down")
        assert app.sent == [Region(0, 0, 100, 1), Region(0, 1, 100, 1)]
        app.sent.clear()
        await pilot.press("up")
        assert app.sent == [Region(0, 1, 100, 1), Region(0, 0, 100, 1)]


async def test_keys_move_by_rows_pages_and_to_the_ends() -> None:
    app = App(Million(1000))
    async with app.run_test(size=(100, 20)) as pilot:
        for key, index in [
            ("down", 1), ("pagedown", 21), ("up", 20), ("pageup", 0), ("end", 999), ("down", 999), ("home", 0)
        ]:  # fmt: skip
            await pilot.press(key)
            assert app.listing.index == index, key
            assert app.listing.top <= index < app.listing.top + 20


async def test_the_window_follows_by_half_its_height_when_the_cursor_leaves_it() -> None:
    app = App(Million())
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press(*["down"] * 19)
        assert app.listing.top == 0
        await pilot.press("down")
        assert app.listing.top == 10


async def test_a_renewed_list_keeps_the_cursor_on_its_row_and_the_row_on_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STILL", 0)
    app = App(reordered(list(range(100))))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press(*["down"] * 5)
        app.heard.clear()
        app.listing.renew(reordered([*range(500, 510), *range(100)]))
        assert (app.listing.cursor_key, app.listing.index) == (5, 15)
        assert app.listing.index - app.listing.top == 5
        await pilot.pause()
        assert app.heard == [], "the same row is under the cursor: nothing to announce"


async def test_a_row_that_went_away_leaves_the_cursor_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STILL", 0)
    app = App(reordered(list(range(100))))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("down", "down", "m")
        app.listing.toggle_mark()
        app.listing.toggle_mark()
        app.listing.move_to(2)
        app.listing.renew(reordered([key for key in range(100) if key != 2]))
        assert (app.listing.index, app.listing.cursor_key) == (2, 3)
        assert app.listing.marked == {3}, "a mark goes with its row, and only with it"
        await pilot.pause()
        assert app.heard[-1] in {("highlighted", 3), ("rested", 3)}


async def test_rows_change_their_order_only_after_the_hand_has_rested() -> None:
    app = App(reordered(list(range(100))))
    async with app.run_test(size=(100, 20)) as pilot:
        before = app.listing.source
        await pilot.press("down")
        newer = reordered([7, *range(100)])
        app.listing.renew(newer)
        assert app.listing.source is before
        await until(pilot, lambda: app.listing.source is newer)
        assert app.listing.cursor_key == 1


async def test_only_lines_that_differ_are_repainted_when_the_list_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STILL", 0)
    app = App(reordered(list(range(100))))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        app.sent.clear()
        app.listing.renew(reordered(list(range(100))))
        assert app.sent == []
        rows = [row_of(key) for key in range(100)]
        rows[4] = Row(4, "1 min", "warn", "214-0004-4", "Org 4 AG", "solved meanwhile")
        app.listing.renew(Rows(rows, key=lambda row: row.key))
        assert app.sent == [Region(0, 4, 100, 1)]


async def test_a_page_that_is_still_read_shows_its_place_and_then_itself() -> None:
    source = Pages(500, present=False)
    app = App(source)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        assert "…" in text_of(app.listing)[3]
        assert app.listing.cursor_key is None
        await pilot.press("enter")
        source.arrive()
        await until(pilot, lambda: "214-0003-3" in text_of(app.listing)[3])
        assert app.listing.cursor_key == 0
        assert ("chosen", None) not in app.heard


async def test_the_preview_is_told_once_the_cursor_stands_still() -> None:
    app = App(Million())
    async with app.run_test(size=(100, 20)) as pilot:
        await until(pilot, lambda: ("rested", 0) in app.heard)
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: ("rested", 3) in app.heard)
        assert ("highlighted", 1) in app.heard
        assert ("rested", 1) not in app.heard


async def test_enter_chooses_and_m_marks_and_goes_on() -> None:
    app = App(Million())
    async with app.run_test(size=(100, 20)) as pilot:
        app.listing.toggle_mark()
        app.listing.toggle_mark()
        await pilot.press("enter")
        await pilot.pause()
        assert ("marked", frozenset({0, 1})) in app.heard
        assert ("chosen", 2) in app.heard
        assert [line[1] for line in text_of(app.listing)[:3]] == ["●", "●", " "]
        app.listing.unmark_all()
        assert [line[1] for line in text_of(app.listing)[:3]] == [" ", " ", " "]


async def test_an_empty_list_says_why_and_a_failure_says_what_failed() -> None:
    app = App(Million(0))
    async with app.run_test(size=(60, 10)) as pilot:
        app.listing.say("No open tickets. Press n when it rings.")
        await pilot.pause()
        assert "No open tickets" in text_of(app.listing)[0]
        await pilot.press("down", "enter", "end")
        app.listing.say("The database cannot be read since 13:58. Ctrl+R tries again.", "alarm")
        assert "Ctrl+R" in " ".join(text_of(app.listing))


async def test_hostile_rows_and_headings_stay_in_their_cells() -> None:
    rows = [Row(n, each.text, "", each.text, each.text, each.text) for n, each in enumerate(CORPUS)]
    app = App(Rows(rows, key=lambda row: row.key), heading=True)
    async with app.run_test(size=(90, 20)) as pilot:
        for _ in range(0, len(rows), 19):
            strips = app.listing.render_lines(Region(0, 0, 90, 20))
            assert {strip.cell_length for strip in strips} == {90}
            text = "\n".join(strip.text for strip in strips)
            assert foreign_sequences(text.encode()) == []
            await pilot.press("pagedown")


async def test_a_list_survives_any_size() -> None:
    app = App(Million(), heading=True)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("end")
        for width, height in [(1, 1), (500, 200), (2, 40), (120, 1), (80, 24)]:
            await pilot.resize_terminal(width, height)
            while app.listing.size.width != width:
                await pilot.pause(0.01)
            assert all(strip.cell_length == width for strip in app.listing.render_lines(Region(0, 0, width, height)))
            assert app.listing.cursor_key == 999_999


def _column(id: str, width: int, **more: Any) -> Column:
    return Column(id, id, width, lambda row: (str(row), ""), **more)


@pytest.mark.parametrize(
    ("cells", "placed"),
    [
        (10, [("due", 10)]),
        (60, [("due", 10), ("number", 12), ("matter", 36)]),
        (80, [("due", 10), ("number", 12), ("matter", 45), ("who", 10)]),
        (5, [("due", 5)]),
    ],
)
def test_columns_share_the_width_and_leave_from_the_end(cells: int, placed: list[tuple[str, int]]) -> None:
    columns = (
        _column("due", 10),
        _column("number", 12),
        _column("matter", 20, flexible=True),
        _column("who", 10, from_width=80),
    )
    found = place(columns, cells)
    assert [(each.column.id, each.width) for each in found] == placed

"""Whatever is typed or pasted is taken whole, shown safely, or refused aloud (field/trust.md R13, R14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.hostile import CORPUS
from tests.terminal import Terminal
from tests.tokenizer import foreign_sequences
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.message import Message

from supportdesk.base_app import DeskApp
from supportdesk.widgets import fields
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import (
    FIELD_LIMIT,
    NOTES_LIMIT,
    Field,
    FieldFull,
    Notes,
    PastedLines,
    Suggestions,
    TooLong,
    shown_by_sign,
)
from supportdesk.widgets.sources import Rows

Console = Callable[..., Terminal]


class App(DeskApp):
    def __init__(self) -> None:
        super().__init__()
        self.names = Suggestions([Column("name", "", 20, lambda name: (name, ""))])
        self.field = Field(suggestions=self.names, max_length=2_000)
        self.notes = Notes()
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.field
        yield self.names
        yield self.notes

    def hear(self, message: Message) -> None:
        self.heard.append(message)
        message.prevent_default()  # what a console does with it is told in tests/screens

    on_pasted_lines = on_field_full = on_too_long = on_listing_chosen = on_input_submitted = hear


def shown(widget: Any) -> str:
    return "\n".join(strip.text.rstrip() for strip in widget.render_lines(Region(0, 0, *widget.size)))


def test_a_sign_shown_stands_for_a_sign_typed() -> None:
    for each in CORPUS:
        found = shown_by_sign(each.text)
        assert len(found) == len(each.text), each.name
        assert foreign_sequences(found.encode()) == [], each.name


async def test_hostile_text_is_kept_exactly_and_shown_without_its_sting() -> None:
    app = App()
    async with app.run_test(size=(80, 24)):
        for each in CORPUS:
            line, text = each.text[:FIELD_LIMIT], each.text[:NOTES_LIMIT]
            app.field.value = line
            app.notes.text = text
            app.field.cursor_position = len(line) // 2
            assert app.field.value == line
            assert app.notes.text == text
            assert foreign_sequences(f"{shown(app.field)}\n{shown(app.notes)}".encode()) == [], each


async def test_several_lines_pasted_into_one_are_offered_not_cut() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.field.focus()
        app.field.value = "vpn: "
        await pilot.press("end")
        app.field.post_message(events.Paste("\r\ncoupe\r\nchaque soir\rdepuis lundi\n"))
        await pilot.pause()
        assert app.field.value == "vpn: coupe"
        [told] = app.heard
        assert isinstance(told, PastedLines)
        assert (told.first, told.rest) == ("coupe", "chaque soir\ndepuis lundi\n")


async def test_one_line_pasted_is_nobodys_business() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.field.focus()
        app.field.post_message(events.Paste("079 123 45 67\r\n"))
        await pilot.pause()
        assert app.field.value == "079 123 45 67"
        assert app.heard == []


async def test_too_long_a_line_is_taken_as_far_as_it_goes_and_the_rest_offered() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.field.focus()
        app.field.post_message(events.Paste("x" * 2_500 + "\nand more"))
        await pilot.pause()
        assert app.field.value == "x" * 2_000
        [told] = app.heard
        assert isinstance(told, PastedLines)
        assert told.first + told.rest == "x" * 2_500 + "\nand more"
        await pilot.press("y")
        assert isinstance(app.heard[-1], FieldFull)
        assert app.field.value == "x" * 2_000


async def test_a_paste_replaces_what_is_selected() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.field.focus()
        app.field.value = "abc"
        app.field.select_all()
        app.field.post_message(events.Paste("d"))
        await pilot.pause()
        assert app.field.value == "d"


@pytest.mark.parametrize("height", [1, 2, 3, 24])
async def test_lines_pasted_into_the_notes_are_taken_back_and_given_again(height: int) -> None:
    app = App()
    async with app.run_test(size=(40, 24)) as pilot:
        app.notes.styles.height = height
        app.notes.focus()
        await pilot.pause()
        await pilot.press("a")
        app.notes.post_message(events.Paste("one\rtwo is a line that is longer than the window is\rthree\r\rfive"))
        await pilot.pause()
        whole = app.notes.text
        for key, left in (("ctrl+z", "a"), ("ctrl+y", whole), ("ctrl+z", "a"), ("ctrl+z", ""), ("ctrl+y", "a"),
                          ("ctrl+y", whole)):
            await pilot.press(key)
            assert app.notes.text == left


async def test_what_the_notes_cannot_hold_goes_to_the_screen_not_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "NOTES_LIMIT", 1_000)
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.notes.focus()
        pasted = "".join(f"line {n}\n" for n in range(300))
        app.notes.post_message(events.Paste(pasted))
        await pilot.pause()
        [told] = app.heard
        assert isinstance(told, TooLong)
        assert app.notes.text + told.beyond == pasted
        await pilot.press("x")
        assert isinstance(app.heard[-1], TooLong)
        assert app.heard[-1].beyond == "x"


async def test_down_goes_into_the_suggestions_enter_takes_one_and_up_leaves_them() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.names.show(Rows(["Perret", "Perrin", "Perrot"], key=str))
        app.field.focus()
        await pilot.press("enter")
        assert type(app.heard.pop()).__name__ == "Submitted", "nothing is chosen before Down"
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        [told] = app.heard
        assert isinstance(told, Suggestions.Chosen)
        assert told.key == "Perrin"
        assert "│" in shown(app.names)
        await pilot.press("up", "up")
        assert not app.names.active
        assert "│" not in shown(app.names)


async def test_the_chosen_suggestion_stays_under_the_finger_when_others_come() -> None:
    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.names.show(Rows(["Perret", "Perrin", "Perrot"], key=str))
        app.field.focus()
        await pilot.press("down", "down")
        app.names.renew(Rows(["Meier", "Perret", "Perrin"], key=str))
        assert app.names.cursor_key == "Perrin"
        while app.names.source.total and app.names.source.row(0) != "Meier":
            await pilot.pause(0.01)
        assert app.names.cursor_key == "Perrin"


def test_a_focused_field_is_silent_on_the_line(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.rest()
    assert terminal.settle(quiet=1.2) == 0


def test_a_typed_letter_costs_a_few_bytes(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.keys("text:xyz")
    assert terminal.cost("text:a") <= 80


def test_hostile_bytes_pasted_in_a_terminal_come_back_to_it_harmless(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    for each in CORPUS[:: len(CORPUS) // 40]:
        if (
            each.text.isprintable()
            or "\x1b[201~" in each.text
            or any("\ud800" <= sign <= "\udfff" for sign in each.text)
        ):
            continue
        terminal.paste(each.text)
        terminal.keys("ctrl+u")
        terminal.rest(0.05)
    assert foreign_sequences(bytes(terminal.raw)) == []
    terminal.keys("text:Perret")
    terminal.wait_for("Perret")


def test_a_megabyte_pasted_into_the_notes_is_answered_with_what_was_not_taken(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.keys("tab*2")
    terminal.rest()
    line = "the quick brown fox jumps over the lazy dog 0123456789\n"
    text = line * (1_000_000 // len(line))
    terminal.paste(text)
    terminal.wait_for(f"{len(text) - fields.NOTES_LIMIT} signs are kept beside", 10)
    terminal.keys("f2")
    terminal.wait_for(f"saved '' {fields.NOTES_LIMIT}")

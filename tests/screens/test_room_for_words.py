"""Words that stand in a place of a fixed size have room there at 80 columns, in every language of the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.app import ComposeResult
from textual.geometry import Region

from supportdesk import i18n
from supportdesk.actions import ACTIONS
from supportdesk.base_app import DeskApp
from supportdesk.i18n import _, speaking
from supportdesk.keymap import key_label
from supportdesk.rules.text import width
from supportdesk.screens import ticket, ticket_head
from supportdesk.screens.articles import ArticlesScreen
from supportdesk.screens.cards import CardScreen
from supportdesk.screens.handoffs import HandoffsScreen
from supportdesk.screens.intake import IntakeScreen
from supportdesk.screens.queue import QueueScreen
from supportdesk.widgets.frame import KeyLine
from supportdesk.widgets.wrap import wrapped
from tests.screens.stand import Bench, console, words

CELLS = 80


@pytest.fixture(params=["en", "fr", "de"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with speaking(request.param):
        yield request.param


def test_the_help_of_every_action_has_room_below_the_list_of_keys(language: str) -> None:
    for action in ACTIONS:
        assert len(wrapped(f" {_(action.help)}", CELLS)) <= 2, action.id


def test_what_is_asked_for_a_reason_has_room_in_its_field(language: str) -> None:
    field = (CELLS - 15) * 3 // 4
    for text in ("why unchecked; the lead sees it", "why; begin with 1-5, else one step up", "why it goes incomplete"):
        assert width(_(text)) < field


def test_what_a_filter_found_has_room_behind_it(language: str) -> None:
    found = [_("here {n}").format(n=999), _("elsewhere {n}").format(n=999), _("closed {n}").format(n=200)]
    assert width(" · ".join(found) + "+") < (CELLS - 3) * 2 // 3


def test_the_names_of_facts_have_room_before_them(language: str) -> None:
    for name in ("Type", "Impact", "Urgency", "Priority", "Wish", "Product", "Component", "Device", "Approver",
                 "Contact owner", "Callback", "Tags", "Created", "File", "Article", "Link", "Identity"):
        assert width(_(name)) < ticket_head.FACT_CELLS


async def test_the_line_under_the_cursor_of_the_keys_is_explained_whole(bench: Bench) -> None:
    bench.ticket()
    async with console(bench, (CELLS, 24)) as desk:
        await desk.press("question_mark")
        await desk.type("they ask")
        foot = words(" ".join(desk.lines()[-4:]))
        assert "The caller asks what became of this ticket: attach the call to it." in foot


async def test_the_language_and_the_star_of_a_caller_come_before_a_long_organisation(bench: Bench) -> None:
    desk = bench.open()
    with desk.journal.action("import_records", desk.who) as act:
        act.set("organisation", bench.alpina, {"name": "Alpina Versicherungen und Vorsorge AG"})
    desk.close()
    async with console(bench, (CELLS, 24)) as queue:
        await queue.press("n")
        await queue.type("0791234567")
        await queue.press("enter")
        assert "Monique Perret ★ key, fr, Alpina" in queue.text()


@pytest.mark.parametrize(("code", "mark"), [("en", "★ key"), ("fr", "★ clé"), ("de", "★ Key")])
async def test_the_mark_of_a_key_account_is_whole_however_long_the_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, code: str, mark: str
) -> None:
    desk = bench.open()
    with desk.journal.action("import_records", desk.who) as act:
        act.set("organisation", bench.alpina, {"name": "Alpina Versicherungen und Vorsorge AG"})
        act.set("caller", bench.monique, {"name": "Maximiliane Freifrau von Hohenstein-Weidenburg"})
    desk.close()
    monkeypatch.setattr(i18n, "_console_language", code)
    async with console(bench, (CELLS, 24)) as queue:
        await queue.press("n")
        await queue.type("0791234567")
        await queue.press("enter")
        assert f"Maximiliane Freifrau von H… {mark}, fr" in queue.text()
        with speaking(code):
            whole = "★ " + _("key account")
        await queue.pilot.resize_terminal(160, 50)
        await queue.rest()
        assert f"Maximiliane Freifrau von Hohenstein-Weidenburg {whole}, fr, Alpina" in queue.text()


async def test_what_may_be_told_about_an_open_ticket_is_read_whole(bench: Bench) -> None:
    bench.ticket()
    async with console(bench, (CELLS, 24)) as queue:
        await queue.press("p")
        side = [line.partition("│")[2] for line in queue.lines()]
        assert "F2 notes that the caller asked. What he adds goes into the note." in words(" ".join(side))


async def test_colours_have_a_name_in_each_language(bench: Bench) -> None:
    async with console(bench) as queue:
        with speaking("fr"):
            queue.app.action_theme()
        assert "light" not in queue.text()
        assert "Couleurs" in queue.text()


NEEDED = {
    "queue": (QueueScreen.KEYS, "n Enter t / c x ?"),
    "call": (IntakeScreen.KEYS, "F2 s e c F8 ?"),
    "ticket of nobody": (("take", *ticket.KEYS), "t r s e c ? Esc"),
    "my ticket": (ticket.KEYS, "r s e c p ? Esc"),
    "ended ticket": (ticket.KEYS_ENDED, "t r p x u ? Esc"),
    "offered ticket": (ticket.KEYS_OFFERED, "a b r s c ? Esc"),
    "card": (CardScreen.KEYS, "Enter n y u ? Esc"),
    "handoffs": (HandoffsScreen.KEYS, "a b Enter c ? Esc"),
    "articles": (ArticlesScreen.KEYS, "Enter / n h ? Esc"),
}
"""The keys that must be named at 80 columns outside fields; whatever has no room there, ? names."""


async def test_the_keys_an_agent_needs_most_are_named_on_every_screen_whatever_the_language() -> None:
    line = KeyLine(IntakeScreen.KEYS, IntakeScreen.KEYS_IN_FIELD, hint="Enter next  Arrows choose")
    async with Framed(line).run_test(size=(CELLS, 10)):
        for code in ("en", "fr", "de"):
            with speaking(code):
                for screen, (lists, needed) in NEEDED.items():
                    line.show(lists)
                    missing = [key for key in needed.split() if f" {key_said(key)} " not in text_of(line)]
                    assert not missing, (code, screen, text_of(line))
                line.focus_in_field(True)
                for key in ("F2", "F3", "F4", "F5", "F8", "Esc"):
                    assert f" {key_said(key)} " in text_of(line), (code, text_of(line))
                line.focus_in_field(False)


def key_said(key: str) -> str:
    """The key's name in the language at hand."""
    return key_label({"Enter": "enter", "Esc": "escape"}.get(key, key))


def text_of(line: KeyLine) -> str:
    [strip] = line.render_lines(Region(0, 0, *line.size))
    return strip.text


class Framed(DeskApp):
    def __init__(self, line: KeyLine) -> None:
        super().__init__()
        self.line = line

    def compose(self) -> ComposeResult:
        yield self.line

"""What frames every screen (LOOK.md "Same place, same meaning")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.hostile import CORPUS
from tests.tokenizer import foreign_sequences
from textual.app import ComposeResult
from textual.geometry import Region
from textual.widget import Widget

from supportdesk.base_app import DeskApp
from supportdesk.keymap import keymap
from supportdesk.widgets.frame import (
    Banner,
    Call,
    Divider,
    KeyLine,
    MessageLine,
    Panel,
    Rule,
    Status,
    StatusLine,
    age,
    clock,
)
from supportdesk.widgets.lines import Lines

NOON = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
FULL = Status(
    place="Genève · 1er niveau", sync="synchronisé", needs="2 rappels à faire · 1 dépassé", needs_style="alarm",
    me="Ana Roch",
)  # fmt: skip


class App(DeskApp):
    def __init__(self, *widgets: Widget, **more: Any) -> None:
        super().__init__(**more)
        self.widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self.widgets


def text_of(widget: Lines) -> list[str]:
    return [strip.text for strip in widget.render_lines(Region(0, 0, *widget.size))]


def now() -> datetime:
    return NOON


@pytest.mark.parametrize("columns", [60, 80, 120, 160])
async def test_line_1_tells_where_i_am_sync_what_needs_me_and_who_i_am(columns: int) -> None:
    line = StatusLine(FULL, now)
    async with App(line).run_test(size=(columns, 20)):
        [text] = text_of(line)
        assert len(text) == columns
        assert text.startswith(" Genève · 1er")
        assert text.endswith("Ana Roch ")
        assert "●" in text
        assert "2 rappels" in text


async def test_each_part_keeps_its_place_whatever_the_others_say() -> None:
    line = StatusLine(FULL, now)
    async with App(line).run_test(size=(120, 20)):
        [before] = text_of(line)
        line.show(Status(place="Lausanne", sync="hors ligne depuis 13:58", in_sync=False, needs="rien", me="Ana Roch"))
        [after] = text_of(line)
        assert before.index("●") == after.index("○")
        assert before.index("2 rappels") == after.index("rien")


@pytest.mark.parametrize(("columns", "said"), [
    (60, "○ hors ligne depuis 13:58 "),
    (80, "○ hors ligne depuis 13:58 · 3 conflits "),
    (120, "○ hors ligne depuis 13:58 · 3 conflits · 12 non envoyés "),
])  # fmt: skip
async def test_trouble_with_the_exchange_is_said_whole_as_far_as_there_is_room(columns: int, said: str) -> None:
    trouble = "hors ligne depuis 13:58 · 3 conflits · 12 non envoyés"
    call = Call("Perret", NOON - timedelta(seconds=47))
    line = StatusLine(Status("Genève", call, sync=trouble, in_sync=False, needs="2 rappels", me="Ana Roch"), now)
    async with App(line).run_test(size=(columns, 20)):
        [text] = text_of(line)
        assert said in text
        assert ("non envoyés" in text) is ("non envoyés" in said)
        assert "0:47" in text
        assert "2 rappels" in text
        assert text.endswith("Ana Roch ")


async def test_a_running_call_takes_the_first_place_with_its_clock_and_calls_set_aside_their_age() -> None:
    line = StatusLine(Status("Genève", Call("Perret", NOON - timedelta(seconds=47)), me="Ana"), now)
    async with App(line).run_test(size=(120, 20)):
        assert text_of(line)[0].startswith(" 0:47 Perret")
        line.show(
            Status("Genève", Call("Perret", NOON, wrap_up=True), (NOON - timedelta(minutes=3), NOON), needs="1 dépassé")
        )
        [text] = text_of(line)
        assert text.startswith(" to finish 0:00 Perret")
        assert "2 calls set aside (3 min)  1 dépassé" in text


async def test_at_80_columns_no_figure_of_what_needs_me_is_cut() -> None:
    needs = "1 P1 without owner · 2 callbacks overdue · 1 callback due"
    aside = (NOON - timedelta(minutes=3),)
    line = StatusLine(Status("Geneva · first level", None, aside, needs=needs, needs_style="alarm", me="Ana Roch"), now)
    async with App(line).run_test(size=(80, 20)):
        [text] = text_of(line)
        assert text.split("   ")[0] == " 1 P1 without owner  1 aside 3 min  2 callbacks overdue …"
        call = Call("Monique Perret", NOON - timedelta(seconds=47))
        line.show(Status("Geneva", call, aside, needs=needs, needs_style="alarm", me="Ana Roch"))
        [text] = text_of(line)
        assert text.startswith(" 0:47 Monique Pe")
        assert "1 P1 without owner  1 aside 3 min …" in text
        line.show(Status("Geneva · first level", None, aside, needs="1 callback due", needs_style="warn", me="Ana"))
        assert "1 call set aside (3 min) · 1 callback due" in text_of(line)[0]


async def test_the_clock_ticks_only_while_a_call_runs() -> None:
    line = StatusLine(FULL, now)
    async with App(line).run_test(size=(120, 20)):
        assert line._tick is None
        line.show(Status(call=Call("Perret", NOON)))
        assert line._tick is not None
        line.show(FULL)
        assert line._tick is None


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-3, "0:00"), (0, "0:00"), (47, "0:47"), (725, "12:05"), (3720, "1:02:00")]
)
def test_a_clock_reads_as_people_say_it(seconds: int, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(("minutes", "shown"), [(0, "0 min"), (3, "3 min"), (59, "59 min"), (125, "2 h 05")])
def test_an_age_is_to_the_minute(minutes: int, shown: str) -> None:
    assert age(timedelta(minutes=minutes, seconds=59)) == shown


async def test_a_panel_repaints_the_lines_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel(["one", "two", [("three ", ""), ("late", "alarm")]])
    async with App(panel).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        sent: list[Region] = []
        monkeypatch.setattr(panel, "refresh", lambda *regions, **more: sent.extend(regions))
        panel.show(["one", "2", [("three ", ""), ("late", "alarm")]])
        assert sent == [Region(0, 1, 40, 1)]
        panel.show(["one", "2", [("three ", ""), ("late", "warn")]])
        assert sent[1:] == [Region(0, 2, 40, 1)]


async def test_a_panel_that_holds_more_than_it_shows_says_so() -> None:
    panel = Panel([str(n) for n in range(30)])
    async with App(panel).run_test(size=(40, 10)):
        assert [line.strip() for line in text_of(panel)] == [*map(str, range(9)), "…"]


async def test_a_message_goes_by_itself_and_one_that_stays_waits_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MessageLine, "SECONDS", 0.0)
    monkeypatch.setattr(MessageLine, "SECONDS_PER_CELL", 0.001)
    line = MessageLine()
    app = App(line)
    async with app.run_test(size=(60, 10)) as pilot:
        app.say("saved 214-0087-1")
        assert "saved 214-0087-1" in text_of(line)[0]
        while line.text:
            await pilot.pause(0.01)
        assert text_of(line)[0].strip() == ""
        app.say("no connection", "alarm", stays=True)
        assert line._timer is None
        app.notify("[b]not markup[/b]", severity="error")
        assert "[b]not markup[/b]" in text_of(line)[0]


async def test_a_message_too_long_for_one_line_takes_that_of_the_rule_and_gives_it_back() -> None:
    text = "214-0002-4: The callback was promised for 13:50: overdue promises come before what is due."
    above, rule, line = Panel(["one"]), Rule(), MessageLine()
    app = App(above, rule, line)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert (above.size.height, line.size.height) == (8, 1)
        app.say(text)
        await pilot.pause()
        assert " ".join(" ".join(text_of(line)).split()) == text
        assert (above.size.height, rule.display, line.size.height) == (8, False, 2)
        app.say("[red]" + "very long " * 60)
        await pilot.pause()
        assert line.size.height == 3
        assert text_of(line)[2].rstrip().endswith("…")
        app.say("short")
        await pilot.pause()
        assert (above.size.height, rule.display, line.size.height) == (8, True, 1)


async def test_the_keys_named_are_those_that_work_now_and_the_last_one_always_stays() -> None:
    line = KeyLine(["new_call", "take", "solve", "keys"], ["save", "solve", "take", "back"], hint="Enter next")
    async with App(line).run_test(size=(80, 10)) as pilot:
        assert text_of(line)[0].rstrip() == " n new call  t take  s solve  ? keys"
        line.focus_in_field(True)
        assert text_of(line)[0].rstrip() == " Enter next  F2 save  F3 solve  Esc back"
        line.focus_in_field(False)
        await pilot.resize_terminal(24, 12)
        while line.size.width != 24:
            await pilot.pause(0.01)
        assert text_of(line)[0].rstrip() == " n new call  ? keys"


async def test_the_keys_named_are_as_the_person_has_mapped_them() -> None:
    line = KeyLine(["take", "solve"], keymap=keymap({"take": "comma"}))
    async with App(line).run_test(size=(80, 10)):
        assert text_of(line)[0].rstrip() == " , take  s solve"


async def test_for_a_screen_reader_no_lines_are_drawn() -> None:
    rule, divider = Rule(), Divider()
    async with App(rule, divider, plain=True).run_test(size=(20, 5)):
        assert "".join([*text_of(rule), *text_of(divider)]).strip() == ""


async def test_hostile_names_stay_in_their_place() -> None:
    line, panel, message = StatusLine(now=now), Panel(), MessageLine()
    app = App(line, panel, message)
    async with app.run_test(size=(80, 12)):
        for each in CORPUS:
            text = each.text
            line.show(Status(text, Call(text, NOON), sync=text, needs=text, me=text))
            panel.show([text, [(text, "alarm"), (text, "")]])
            app.say(text)
            drawn = [strip for widget in (line, panel, message) for strip in widget.render_lines(Region(0, 0, 80, 12))]
            assert {strip.cell_length for strip in drawn} == {80}, each
            assert foreign_sequences("\n".join(strip.text for strip in drawn).encode()) == [], each


async def test_a_panel_that_wraps_shows_every_word_unless_lines_at_its_end_would_go() -> None:
    panel = Panel(wrap=True)
    said: list[Any] = [[("  F2 notes that the caller asked. ", "dim"), ("What he adds goes into the note.", "")]]
    async with App(panel).run_test(size=(40, 12)) as pilot:
        panel.show(said)
        await pilot.pause()
        shown = text_of(panel)
        assert [line.strip() for line in shown[:2]] == [
            "F2 notes that the caller asked. What", "he adds goes into the note."]
        assert shown[1].startswith("  he")
        panel.show([*said, *map(str, range(11))])
        await pilot.pause()
        assert text_of(panel)[0].rstrip().endswith("…")
        assert text_of(panel)[-1].strip() == "10"


async def test_what_a_panel_was_told_while_it_was_hidden_stands_when_it_is_shown() -> None:
    panel = Panel(["one"])
    async with App(panel).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert text_of(panel)[0].rstrip() == "one"
        panel.display = False
        await pilot.pause()
        panel.display = True
        panel.show(["two"])
        await pilot.pause()
        assert text_of(panel)[0].rstrip() == "two"


# -- line 2

BANNER = Banner("Major incident", "Fibre Genève", (("next update in 30 min", ""), ("since 13:41", "")), "sentence",
                "the sentence")


async def test_line_2_is_there_only_while_something_runs() -> None:
    line = StatusLine(FULL, now)
    async with App(line, Panel(["below"])).run_test(size=(80, 20)) as pilot:
        assert len(text_of(line)) == 1
        line.show(FULL._replace(banner=BANNER))
        await pilot.pause()
        assert text_of(line)[1].startswith(" ! Fibre Genève")
        line.show(FULL)
        await pilot.pause()
        assert len(text_of(line)) == 1


@pytest.mark.parametrize(("columns", "shown"), [
    (120, " ! Major incident  Fibre Genève · next update in 30 min · since 13:41"),
    (80, " ! Fibre Genève · next update in 30 min · since 13:41"),
    (60, " ! Fibre Genève · next update in 30 min"),
    (40, " ! Fibre Genève"),
])
async def test_line_2_leaves_out_what_matters_least_and_always_names_its_key(columns: int, shown: str) -> None:
    line = StatusLine(FULL._replace(banner=BANNER), now)
    async with App(line).run_test(size=(columns, 20)):
        text = line.draw_line(1, line.app.look).text
        assert len(text) == columns
        assert text.startswith(shown + " ")
        assert text.endswith("  i the sentence ")


async def test_a_hostile_title_stays_on_line_2() -> None:
    line = StatusLine(now=now)
    async with App(line).run_test(size=(80, 20)):
        for each in CORPUS:
            line.show(Status(banner=BANNER._replace(name=each.text)))
            strip = line.draw_line(1, line.app.look)
            assert strip.cell_length == 80, each
            assert foreign_sequences(strip.text.encode()) == [], each
            assert strip.text.endswith("  i the sentence "), each

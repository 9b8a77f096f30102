"""The queue, by keys: what is seen first, filtering while typing, acting on one or many, undone as one."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from textual.css.query import NoMatches
from textual.events import Paste
from textual.screen import Screen

from supportdesk.console import POLL
from supportdesk.desk import handoffs, tickets, views
from supportdesk.desk.threads import Watch
from supportdesk.rules.order import NEVER
from supportdesk.terms.codes import Status
from tests.screens.stand import Bench, console, minutes, words

SIZES = ((60, 20), (80, 24), (120, 40), (160, 50))
SOLO = {"impact": 4, "urgency": 3}


def number(bench: Bench, id: UUID) -> str:
    return str(bench.row("ticket", id)["number"])


def give(bench: Bench, id: UUID, **values: Any) -> None:
    """Set fields of a ticket as an import would."""
    desk = bench.open()
    with desk.journal.action("import_records", desk.who, at=minutes(-10)) as act:
        act.set("ticket", id, values)
    desk.close()


def free(bench: Bench, title: str, **values: Any) -> UUID:
    """A ticket of the hotline nobody works on."""
    id = bench.ticket(title, **{**SOLO, **values})
    give(bench, id, assignee_id=None, status=Status.NEW)
    return id


def some(bench: Bench) -> list[UUID]:
    """An alarm, an overdue callback, one with an article's name, one that waits, one solved, one at level 2."""
    alarm = free(bench, "Counter closed, 40 people", impact=1, urgency=1)
    late = bench.ticket("Invoice without total", **SOLO)
    bench.say(tickets.promise_callback, late, minutes(-12), at=minutes(-20))
    mail = bench.ticket("Outlook asks for the password", **SOLO)
    waits = bench.ticket("Screen flickers", **SOLO)
    bench.say(tickets.wait, [waits], Status.WAITING_CALLER, at=minutes(-15))
    done = bench.ticket("Printer prints nothing", **SOLO)
    bench.say(tickets.solve, [done], "switched on", at=minutes(-9))
    away = bench.ticket("VPN drops", **SOLO)
    give(bench, away, team_id=bench.network, assignee_id=bench.luc)
    return [alarm, late, mail, waits, done, away]


# -- what is seen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_queue_fits_every_window(bench: Bench, size: tuple[int, int]) -> None:
    some(bench)
    async with console(bench, size) as desk:
        desk.picture(f"queue-{size[0]}")
        desk.matches(f"queue-{size[0]}x{size[1]}")


async def test_the_most_urgent_stands_first_and_line_1_says_what_needs_me(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        rows = [line[21:83] for line in desk.lines()[4:8]]
        assert "Counter closed" in rows[0]
        assert "-12 min !" in rows[1]
        assert "Outlook" in rows[2]
        assert "wait caller" in rows[3]
        assert "1 P1 without owner · 1 callback overdue" in words(desk.lines()[0])


async def test_views_show_what_they_hold_and_arrows_go_from_one_to_the_next(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        for name, held in (("My team", 4), ("Unassigned", 1), ("Callbacks due", 1), ("Waiting", 1), ("Handed over", 1)):
            assert f"{name} {held}" in words(desk.text()), name
        await desk.press("right")
        assert "Counter closed" in desk.text()
        assert "Outlook" not in desk.text()
        await desk.press("left")
        assert "Outlook" in desk.text()


@pytest.mark.parametrize("cells", [60, 80])
async def test_the_views_show_the_arrows_that_lead_to_those_not_seen_and_the_filter_its_key(
    bench: Bench, cells: int
) -> None:
    some(bench)
    async with console(bench, (cells, 24)) as desk:
        y = next(y for y, line in enumerate(desk.lines()) if "My team" in line)
        assert desk.lines()[y].startswith(" < My tickets 3  │My team 4")
        assert desk.lines()[y].endswith(" >")
        for _view in range(6):
            name, count = desk.lines()[y].split("│")[1].split("  ")[0].rsplit(" ", 1)
            assert name
            assert count.isdigit()
            await desk.press("right")
        assert "/ filter" in desk.lines()[-1]


async def test_the_star_of_a_key_account_is_never_cut_and_names_grow_with_the_window(bench: Bench) -> None:
    desk = bench.open()
    with desk.journal.action("import_records", desk.who, at=minutes(-10)) as act:
        act.set("organisation", bench.alpina, {"name": "Alpina Versicherungen und Vorsorge AG"})
    desk.close()
    bench.ticket(**SOLO)
    shown = []
    for cells in (60, 80, 200):
        async with console(bench, (cells, 24)) as queue:
            [line] = [line for line in queue.lines() if "Alpina" in line and "214-0001-9" in line]
            shown.append(line[line.index("Alpina") : line.index(" ★")])
            assert shown[-1].endswith("…")
    assert len(shown[0]) < len(shown[1]) < len(shown[2])


async def test_what_is_due_at_no_time_says_since_when_it_is_there(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    give(bench, id, created_at=minutes(-60 * 24 * 40))
    with sqlite3.connect(bench.path) as conn:
        conn.execute("UPDATE ticket SET due_at = ?", (NEVER,))
    async with console(bench) as desk:
        assert "since 23.01." in next(line for line in desk.lines() if "214-0001-9" in line)


async def test_closed_hours_are_told_from_waiting_and_a_new_minute_has_its_own_order(bench: Bench) -> None:
    def agreed(slug: str, opens: str, closes: str) -> UUID:
        hours = {day: [[opens, closes]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        calendar = act.create("calendar", {"slug": slug, "versions": [{"zone": "Europe/Zurich", "weekly": hours}]})
        targets = {"P3": {"solution": 4 * 3600}}
        return act.create("contract", {"slug": slug, "kind": "customer", "versions": [
            {"calendar": str(calendar), "targets": targets}]})

    desk = bench.open()
    with desk.journal.action("administer", desk.who, at=minutes(-9_000)) as act:
        early, always = agreed("early", "04:00", "12:00"), agreed("always", "00:00", "24:00")
    desk.close()
    closed, runs, waits = (bench.ticket(**SOLO) for _ in range(3))
    under = {"priority": "P3", "coverage": "contract"}
    give(bench, closed, contract_id=early, created_at=minutes(-60 * 3), **under)  # 1 h 19 of 4 h used at noon
    give(bench, runs, contract_id=always, created_at=minutes(-30), **under)
    give(bench, waits, contract_id=always, status="waiting_caller", **under)
    async with console(bench) as queue:
        def lines() -> list[str]:
            return [line for line in queue.lines() if "214-000" in line]

        assert [line.split("214-")[1][:4] for line in lines()] == ["0001", "0002", "0003"]
        assert "opens 04:00" in lines()[0]
        assert "wait caller" in lines()[2]
        bench.now += timedelta(hours=2)
        queue.app._minute_passed()
        await queue.rest()
        assert [line.split("214-")[1][:4] for line in lines()] == ["0002", "0001", "0003"]


async def test_a_plain_console_has_its_preview_below_and_nothing_side_by_side(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40), plain=True) as desk:
        rows = [y for y, line in enumerate(desk.lines()) if "214-000" in line]
        below = desk.lines().index(" To tell the caller")
        assert below > rows[3]
        assert all("│" not in line[1:] for y, line in enumerate(desk.lines()) if y != 2)


async def test_a_view_keeps_the_place_one_was_reading(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("down", "down")
        before = desk.app.screen.line.title
        await desk.press("right", "right", "left", "left")
        assert desk.app.screen.line.title == before == "Outlook asks for the password"


async def test_the_preview_follows_the_cursor_and_says_what_to_tell_the_caller(bench: Bench) -> None:
    _alarm, late, *_rest = some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("down")
        await desk.until(number(bench, late) + "  P")
        side = words("\n".join(line[85:] for line in desk.lines()))
        assert "callback by Ana Roch: -12 min" in side
        assert "079 123 45 67 Monique Perret, fr" in side
        assert "Alpina ★ key account" in side


async def test_an_empty_view_says_why_and_what_to_do(bench: Bench) -> None:
    async with console(bench) as desk:
        assert "Nothing is open in your teams." in desk.text()
        await desk.press("left")
        assert "Take one from the team with t." in desk.text()


async def test_closed_tickets_follow_the_open_ones_under_all(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("left", "left")
        await desk.until("solved: Printer")
        rows = [line for line in desk.lines() if "214-" in line[21:83]]
        assert "VPN drops" in "".join(rows[:-1])
        assert "solved: Printer" in rows[-1]


async def test_what_others_save_comes_by_itself(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        bench.say(tickets.take, [bench.ticket("Scanner is dead", **SOLO)])
        await desk.until("Scanner is dead")
        assert "My team 5" in words(desk.text())


async def test_the_console_looks_at_least_twice_a_second_whether_others_saved(bench: Bench) -> None:
    async with console(bench, (80, 24)) as desk:
        (looking,) = [timer for timer in desk.app._timers if timer._callback == desk.app._poll]
        assert (looking._interval, looking._repeat) == (POLL, None)
        assert POLL <= 0.5
        assert looking._active.is_set()


async def test_a_look_sees_what_another_console_saved_and_sees_it_once(bench: Bench) -> None:
    some(bench)
    desk = bench.open()
    watch = Watch(desk)
    assert not watch.changed()
    bench.say(tickets.take, [bench.ticket("Scanner is dead", **SOLO)])
    assert watch.changed()
    assert not watch.changed()
    desk.close()


async def test_what_a_look_sees_is_on_the_screen_with_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    some(bench)
    monkeypatch.setattr("supportdesk.console.POLL", 3600.0)  # only the look below
    async with console(bench, (120, 40)) as desk:
        bench.say(tickets.take, [bench.ticket("Scanner is dead", **SOLO)])
        assert "Scanner is dead" not in desk.text()
        desk.app._poll()
        await desk.rest()
        assert "Scanner is dead" in desk.text()


async def test_what_changed_since_i_looked_has_a_mark_until_i_look(bench: Bench) -> None:
    id = bench.ticket("Screen flickers", **SOLO)
    bench.ticket("Another", **SOLO)
    async with console(bench, (120, 40)) as desk:
        assert desk.app.screen.line.title == "Screen flickers"
        await desk.press("down")
        bench.say(tickets.edit, id, {"title": "Screen is black"}, at=minutes(1))
        await desk.until("Screen is black")
        (line,) = (line for line in desk.lines() if "Screen is black" in line)
        assert " + " in line
        bench.now = minutes(2)
        await desk.press("up")
        await desk.until(number(bench, id) + "  P")
        await desk.rest()
        (line,) = (line for line in desk.lines() if "Screen is black" in line[21:83])
        assert " + " not in line


async def test_x_says_why_a_ticket_stands_where_it_stands(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("x")
        assert "P1 that nobody works on: always first." in desk.text()
        await desk.press("down", "x")
        assert "The callback was promised for 13:50" in desk.text()


async def test_a_minute_later_the_times_have_moved(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        bench.now = minutes(1)
        desk.app.screen.minute_passed()
        await desk.rest()
        assert "-13 min !" in desk.text()


# -- filtering


async def test_typing_filters_the_view_first_then_the_others_then_closed_ones(bench: Bench) -> None:
    some(bench)
    bench.say(tickets.solve, [bench.ticket("Password forgotten", **SOLO)], "reset")
    async with console(bench, (120, 40)) as desk:
        await desk.press("slash")
        await desk.type("pass")
        rows = [line[21:83] for line in desk.lines() if "214-" in line[21:83]]
        assert "Outlook asks" in rows[0]
        assert "solved: Password" in rows[1]
        assert "here 1 · closed 1" in desk.text()
        assert len(rows) == 2


async def test_escape_leaves_the_field_then_the_filter(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("slash")
        await desk.type("vpn")
        await desk.press("escape")
        assert "VPN drops" in desk.text()
        assert not desk.app.screen.in_field
        await desk.press("escape")
        await desk.until("Counter closed")
        assert "here 1" not in desk.text()


async def test_a_filter_that_finds_nothing_says_so(bench: Bench) -> None:
    some(bench)
    async with console(bench) as desk:
        await desk.press("slash")
        await desk.type("zzz")
        await desk.until("No ticket holds these words.")


async def test_a_ticket_is_found_by_a_name_and_a_word_within_ten_keys(bench: Bench) -> None:
    """T7."""
    some(bench)
    async with console(bench, (120, 40)) as desk:
        keys = ["slash", *"per", "space", *"drop", "enter"]
        assert len(keys) <= 10
        await desk.press(*keys)
        await desk.until("VPN drops")
        assert desk.app.screen.name == "ticket"


async def test_enter_opens_what_exactly_these_letters_find_however_fast_they_came(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("slash")
        filtering = desk.app.screen.filtering
        filtering.field.value = "flickers"
        filtering.choose()
        await desk.until("Contact owner")
        assert desk.app.screen.name == "ticket"
        assert "Screen flickers" in desk.text()


async def test_the_last_digits_find_a_ticket(bench: Bench) -> None:
    *_others, away = some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("slash")
        await desk.type(number(bench, away)[-4:])
        assert desk.app.screen.line.id == away


async def test_a_filter_is_kept_as_a_view_of_ones_own(bench: Bench) -> None:
    some(bench)
    async with console(bench, (120, 40)) as desk:
        await desk.press("slash")
        await desk.type("outlook")
        await desk.press("escape")
        await desk.app.do("save_view")
        await desk.type("Mail")
        await desk.press("enter")
        await desk.until("Mail")
        await desk.press("escape", "escape")
        await desk.until("Counter closed")
        assert "Mail 1" in words(desk.text())
        for _ in range(6):
            await desk.press("right")
        await desk.until("Outlook asks")
        assert "Counter closed" not in "".join(line[21:83] for line in desk.lines())


async def test_own_views_may_ask_for_a_priority(bench: Bench) -> None:
    some(bench)
    bench.say(views.save_view, "Alarms", {"view": "all", "text": "P1"})
    async with console(bench, (120, 40)) as desk:
        await desk.until("Alarms")
        await desk.rest()
        assert "Alarms 1" in words(desk.text())


# -- acting


async def test_the_next_ticket_is_taken_and_opened_with_two_keys(bench: Bench) -> None:
    """T3. In the view of what nobody works on the line goes away; Enter opens what was taken all the same."""
    id = free(bench, "Screen flickers")
    free(bench, "Another")
    async with console(bench, (120, 40)) as desk:
        await desk.press("right")
        assert desk.app.screen.line.id == id
        await desk.press("t")
        await desk.press("enter")
        await desk.until("Screen flickers")
        assert desk.app.screen.ticket_id == id
        assert bench.row("ticket", id)["assignee_id"] == bench.me


async def test_a_callback_in_half_an_hour_is_promised_with_four_keys(bench: Bench) -> None:
    """T5."""
    id = bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("c", "3", "0", "enter")
        assert "Callback promised: 14:32" in desk.text()
        assert bench.row("ticket", id)["callback_at"] == minutes(30)


async def test_what_is_no_time_is_asked_again_with_what_was_typed(bench: Bench) -> None:
    bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("c")
        await desk.type("soon")
        await desk.press("enter")
        assert "Not a time" in desk.text()
        assert "soon" in desk.text()
        await desk.press("escape")
        assert "Not a time" not in desk.text()


async def test_marked_tickets_are_taken_at_once_and_given_back_with_one_key(bench: Bench) -> None:
    """T11."""
    ids = [free(bench, f"Ticket {n}") for n in range(3)]
    async with console(bench) as desk:
        await desk.press("m", "m")
        assert "2 tickets marked" in desk.text()
        await desk.press("t")
        assert "Taken: 2 tickets" in desk.text()
        assert [bench.row("ticket", id)["assignee_id"] for id in ids] == [bench.me, bench.me, None]
        assert not desk.app.screen.listing.marked
        await desk.press("u")
        assert "Taken back: taken, 2 tickets." in desk.text()
        assert [bench.row("ticket", id)["assignee_id"] for id in ids] == [None] * 3


async def test_what_is_done_on_a_ticket_shows_in_the_queue_behind_it(bench: Bench) -> None:
    free(bench, "Screen flickers")
    async with console(bench) as desk:
        await desk.press("enter", "t", "escape")
        assert desk.app.screen.line.assignee == "ana"
        await desk.press("question_mark")
        bench.say(tickets.edit, bench.ticket("Scanner is dead", **SOLO), {"title": "Scanner is back"})
        desk.app.desk_changed()
        await desk.rest()
        await desk.press("escape")
        assert "Scanner is back" in desk.text()


async def test_what_is_mine_already_is_not_said_to_be_taken_and_u_names_what_it_takes_back(bench: Bench) -> None:
    id = bench.ticket("Screen flickers", **SOLO)
    other = free(bench, "Scanner is dead")
    async with console(bench) as desk:
        assert desk.app.screen.line.title == "Screen flickers"
        await desk.press("t")
        assert "You work on it already." in desk.text()
        assert "u takes it back" not in desk.text()
        await desk.press("m", "m", "t")  # one is mine, one is not
        assert f"Taken: {number(bench, other)} Scanner is dead. u takes it back." in desk.text()
        await desk.press("u")
        assert f"Taken back: taken, {number(bench, other)} Scanner is dead." in desk.text()
        assert bench.row("ticket", other)["assignee_id"] is None
        assert bench.row("ticket", id)["status"] == "in_progress"


@pytest.mark.parametrize("before", [0, 1])
async def test_a_number_longer_than_those_before_is_not_cut(bench: Bench, before: int) -> None:
    for n in range(before):
        bench.ticket(f"Ticket {n}", **SOLO)
    async with console(bench) as desk:
        with closing(sqlite3.connect(bench.path)) as conn, conn:
            conn.execute("UPDATE device SET number_prefix = 98034")
        id = bench.ticket("Scanner is dead", **SOLO)
        desk.app.desk_changed()
        await desk.rest()
        assert f" {number(bench, id)} " in next(line for line in desk.lines() if "Scanner is dead" in line)


async def test_several_are_solved_with_one_sentence(bench: Bench) -> None:
    ids = [bench.ticket(f"Ticket {n}", **SOLO) for n in range(2)]
    async with console(bench) as desk:
        await desk.press("m", "m", "s")
        await desk.type("server restarted")
        await desk.press("enter")
        assert {bench.row("ticket", id)["solution"] for id in ids} == {"server restarted"}
        await desk.press("u")
        assert {bench.row("ticket", id)["status"] for id in ids} == {"in_progress"}


async def test_a_solution_typed_and_left_stands_there_again(bench: Bench) -> None:
    bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("s")
        await desk.type("half a sent")
        await desk.press("escape")
        assert "half a sent" not in desk.text()
        await desk.press("s")
        assert "half a sent" in desk.text()


async def test_a_ticket_somebody_took_meanwhile_is_not_taken_silently(bench: Bench) -> None:
    id = free(bench, "Screen flickers")
    async with console(bench) as desk:
        desk.app._poll = lambda: None
        give(bench, id, assignee_id=bench.bea)
        await desk.press("t")
        assert "nothing was saved" in desk.text()
        assert bench.row("ticket", id)["assignee_id"] == bench.bea
        await desk.press("t")
        assert bench.row("ticket", id)["assignee_id"] == bench.me


async def test_what_cannot_be_done_says_why(bench: Bench) -> None:
    done = bench.ticket(**SOLO)
    bench.say(tickets.solve, [done], "done")
    async with console(bench) as desk:
        await desk.press("t")
        assert "There is no ticket here." in desk.text()
        await desk.press("left", "left")
        await desk.until("solved:")
        await desk.press("t")
        assert ". Open it again on its screen first (Enter, t)." in desk.text()
        await desk.press("a")
        assert "Nothing was offered with" in desk.text()


async def test_an_offer_is_accepted_from_the_queue(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    packet = {"request": "find the cause", "tried": "restart", "impact": "40 people", "since": "this morning"}
    bench.say(handoffs.offer, id, bench.network, packet)
    async with console(bench, as_login="luc") as desk:
        for _ in range(5):
            await desk.press("right")
        await desk.until("VPN down")
        await desk.press("a")
        assert "Accepted" in desk.text()
    assert bench.row("ticket", id)["team_id"] == bench.network


async def test_a_ticket_waits_for_whom_or_until_when(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.app.do("wait")
        await desk.press("1", "enter")
        assert bench.row("ticket", id)["status"] == Status.WAITING_CALLER
        await desk.app.do("wait")
        await desk.type("tomorrow 9:00")
        await desk.press("enter")
        assert bench.row("ticket", id)["status"] == Status.WAITING_UNTIL


async def test_a_ticket_is_given_to_a_colleague_by_name(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.app.do("assign")
        await desk.type("bea")
        await desk.press("enter")
        assert "Given to Bea Noll" in desk.text()
    assert bench.row("ticket", id)["assignee_id"] == bench.bea


async def test_r_opens_the_ticket_with_its_note(bench: Bench) -> None:
    bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("r", "h", "i")
        assert desk.app.screen.name == "ticket"
        assert desk.app.screen.editor.text == "hi"


async def test_p_takes_a_call_about_the_ticket(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("p")
        await desk.until("About ticket")
        assert desk.app.calls.current.about == id


async def test_the_number_is_copied_and_shown(bench: Bench) -> None:
    id = bench.ticket(**SOLO)
    async with console(bench) as desk:
        await desk.press("y")
        assert desk.app.clipboard == number(bench, id)
        assert desk.lines()[-2].strip() == number(bench, id)


@pytest.mark.parametrize("opened_by", ["slash", "ctrl+p"])
async def test_lines_pasted_into_a_search_stand_in_it_one_after_the_other(bench: Bench, opened_by: str) -> None:
    async with console(bench) as desk:
        await desk.press(opened_by)
        desk.app.screen.focused.post_message(Paste("printer\r\noffline\nagain"))
        await desk.rest()
        assert desk.app.screen.focused.value == "printer offline again"
        assert "The lines you pasted stand in one line now." in desk.text()


async def test_how_a_number_begins_is_found_with_its_hyphen_and_a_mistyped_one_is_said(bench: Bench) -> None:
    right = number(bench, bench.ticket("Screen flickers", **SOLO))
    async with console(bench) as desk:
        await desk.press("slash")
        await desk.type(right[:8])
        assert "Screen flickers" in desk.text()
        await desk.press(*["backspace"] * 8)
        await desk.type(f"{right[:-1]}{(int(right[-1]) + 1) % 10}")
        assert "its check digit does not fit" in desk.text()


async def test_a_solved_ticket_is_not_called_closed(bench: Bench) -> None:
    id = bench.ticket("Screen flickers", **SOLO)
    bench.say(tickets.solve, [id], "switched on")
    async with console(bench) as desk:
        await desk.press("left", "left", "t")
        assert f"{number(bench, id)} is solved. Open it again on its screen first (Enter, t)." in desk.text()


async def test_a_solved_tickets_footer_offers_what_can_be_done_with_it(bench: Bench) -> None:
    id = bench.ticket("Screen flickers", **SOLO)
    bench.say(tickets.solve, [id], "switched on")
    async with console(bench) as desk:
        desk.app.open_ticket(id)
        await desk.until("r note")
        await desk.rest()
        foot = desk.lines()[-1]
        assert "t reopen" in foot
        assert not any(word in foot for word in ("take", "solve", "hand over"))


async def test_an_act_that_follows_fast_letters_is_about_what_they_find(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that is slow to draw: what is typed is looked for once it is drawn."""
    bench.ticket()
    late = 0
    draw = Screen._on_timer_update

    def drawn_late(screen: Screen[Any]) -> None:
        nonlocal late
        late -= 1
        if late < 0:
            draw(screen)

    monkeypatch.setattr(Screen, "_on_timer_update", drawn_late)
    async with console(bench) as desk:
        await desk.press("/")
        late = 6
        for key in ("q", "x", "q", "f4"):
            desk.send(key)
        await desk.until("There is no ticket here.")
        assert desk.app.screen.name == "queue"


async def test_work_that_outlives_the_screens_at_the_end_is_no_fault(bench: Bench) -> None:
    async with console(bench) as desk:
        app, screen = desk.app, desk.app.screen

        async def repaint() -> None:
            await asyncio.sleep(0)
            screen.query_one("#taken-down")

        with pytest.raises(NoMatches):
            await app._told(repaint)
    await app._told(repaint)

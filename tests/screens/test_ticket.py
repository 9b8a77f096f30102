"""The ticket, by keys: what an agent does with a case while the caller waits or after."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import articles, handoffs, tickets
from supportdesk.store.drafts import Drafts
from supportdesk.terms.codes import Audience, LinkKind, Status
from tests.screens.stand import NOW, PATIENCE, Bench, console, minutes, words

SIZES = ((60, 20), (80, 24), (120, 40), (160, 50))


@asynccontextmanager
async def opened(bench: Bench, id: UUID, **how: Any) -> Any:
    """A console with one ticket open."""
    async with console(bench, **how) as desk:
        desk.app.open_ticket(id)
        await desk.until(bench.row("ticket", id)["number"])
        await desk.rest()
        yield desk


# -- what is seen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_ticket_fits_every_window(bench: Bench, size: tuple[int, int]) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(28), at=minutes(-10))
    bench.say(tickets.note, id, "rappel promis", Audience.CALLER, at=minutes(-9))
    async with opened(bench, id, size=size) as desk:
        desk.picture(f"ticket-{size[0]}")
        desk.matches(f"ticket-{size[0]}x{size[1]}")


async def test_what_comes_next_and_by_when_is_the_first_thing_said(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(3), at=minutes(-20))
    async with opened(bench, id) as desk:
        assert "Next  call Monique Perret back in 3 min" in desk.text()
        assert "Tell  Ana Roch calls back at 14:05" in desk.text()


async def test_what_to_tell_that_goes_on_says_so(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.note, id, "The certificate of your branch has expired. " * 8, Audience.CALLER, at=minutes(-9))
    async with opened(bench, id) as desk:
        told = [line[:49].rstrip() for line in desk.lines()[:9] if "certificate" in line or "branch" in line]
        assert told[-1].endswith(" …")


async def test_the_solution_of_a_closed_ticket_is_told_whole_not_said_twice(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.solve, [id], "Restart the gateway in the branch, then the client; "
                                   "who still sees the old certificate clears it in the settings")
    async with opened(bench, id) as desk:
        head = words("\n".join(line[:49] for line in desk.lines()[3:9]))
        assert "Next solved 14:02 Tell Restart the gateway" in head
        assert "in the settings" in head


async def test_at_80_columns_nobody_is_cut_for_somebody_else(bench: Bench) -> None:
    _rename(bench, "organisation", bench.alpina, "Alpina Versicherungen und Vorsorge")
    _rename(bench, "agent", bench.bea, "Beatrice Nollenberger")
    id = bench.ticket()
    other = Drafts(bench.path, agent=bench.bea, name="Beatrice Nollenberger")
    other.beat([id])
    async with opened(bench, id) as desk:
        await desk.until("also open at Beatrice Nollenberger")
        assert "Ana Roch  ! also open" in desk.lines()[1]
        assert desk.lines()[3].endswith("Monique Perret ★")
        assert words(desk.lines()[4][49:] + desk.lines()[5][49:]).strip() == "Alpina Versicherungen und Vorsorge"
    other.close()


def _rename(bench: Bench, entity: str, id: UUID, name: str) -> None:
    desk = bench.open()
    with desk.journal.action("administer" if entity == "agent" else "import_records", desk.who) as act:
        act.set(entity, id, {"name": name})
    desk.close()


async def test_an_overdue_callback_is_said_in_words_not_only_in_red(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(-12), at=minutes(-20))
    async with opened(bench, id) as desk:
        assert "call Monique Perret back 12 min overdue" in desk.text()


async def test_an_offer_that_waits_for_an_answer_comes_next_and_ends_the_path(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(handoffs.offer, id, bench.network, {"request": "a", "tried": "b", "impact": "c"}, at=minutes(-12))
    async with opened(bench, id) as desk:
        assert "Next  Network has to answer, offered 12 min ago" in desk.text()
        assert "Path  L1 Hotline 13:41 > Network (offered 13:50, waits)" in desk.text()


async def test_the_history_is_read_from_the_newest_up_and_home_shows_the_facts(bench: Bench) -> None:
    id = bench.ticket()
    for n in range(40):
        bench.say(tickets.note, id, f"note number {n}", at=minutes(-20 + n / 4))
    async with opened(bench, id) as desk:
        assert "internal: note number 39" in desk.text()
        await desk.press("home")
        assert "Contact owner Ana Roch" in words(desk.text())
        assert "note number 39" not in desk.text()


async def test_a_long_note_takes_ten_lines_until_it_is_asked_for(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.note, id, "\n".join(f"line {n}" for n in range(30)), at=minutes(-1))
    async with opened(bench, id, size=(80, 50)) as desk:
        assert "line 29" not in desk.text()
        assert "Enter shows all of it" in desk.text()
        await desk.press("enter", "end")
        assert "line 29" in desk.text()


async def test_long_histories_bring_earlier_events_when_asked(bench: Bench) -> None:
    id = bench.ticket()
    from supportdesk.desk.desk import Desk

    def many(desk: Desk) -> None:
        with desk.journal.action("import_records", desk.who) as act:
            for n in range(230):
                act.create("note", {"ticket_id": id, "audience": "internal", "text": f"event {n:03}",
                                    "author_text": "old tool", "at": minutes(-1000 + n)})

    bench.say(many)
    async with opened(bench, id, size=(120, 40)) as desk:
        await desk.press("home")
        assert "Enter shows more" in desk.text()
        assert "event 000" not in desk.text()
        await desk.press("enter", "home")
        assert "event 000" in desk.text()


async def test_x_says_why_it_stands_where_it_stands_and_why_it_has_its_priority(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("x")
        assert "of 4 h left." in words(desk.text())
        assert "urgency 1" in words(desk.text())
        await desk.press("escape")
        assert "standard terms" not in desk.text()


# -- notes


async def test_a_note_is_written_and_saved_with_f2(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("r")
        await desk.type("router restarted")
        await desk.press("f2")
        assert "internal: router restarted" in desk.text()
        assert "Saved: an internal note." in desk.text()
    assert bench.ask("SELECT text FROM note") == "router restarted"


async def test_one_key_makes_it_a_note_for_the_caller(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("r", "ctrl+t")
        assert "Note for the caller" in desk.text()
        await desk.type("we are on it")
        await desk.press("f2")
        assert "for the caller: we are on it" in desk.text()
        assert "Tell  “we are on it” (14:02)" in desk.text()


async def test_escape_keeps_the_note_and_r_goes_on_with_it(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("r")
        await desk.type("half a")
        await desk.press("escape")
        assert "The note is kept, not saved" in desk.text()
        await desk.press("r")
        await desk.type(" note")
        await desk.press("f2")
    assert bench.ask("SELECT text FROM note") == "half a note"


async def test_a_note_typed_before_the_console_died_is_there_again(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("r", "ctrl+t")
        await desk.type("the caller said")
        desk.app.flush(2)
    async with opened(bench, id) as desk:
        assert "Your note here is not saved yet" in desk.text()
        await desk.press("r")
        assert "the caller said" in desk.text()
        assert "Note for the caller" in desk.text()


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_keys_of_a_note_are_named_in_every_window(bench: Bench, size: tuple[int, int]) -> None:
    id = bench.ticket("A title that takes two lines in a narrow window, as many do")
    bench.say(tickets.promise_callback, id, minutes(28), at=minutes(-10))
    async with opened(bench, id, size=size) as desk:
        await desk.press("r")
        await desk.type("noted")
        assert "F2 save" in desk.lines()[-1]
        assert "noted" in desk.text()
        await desk.press("escape")
        assert "Esc back" in desk.lines()[-1]


async def test_a_note_typed_while_the_ticket_is_still_being_read_stays_as_typed(bench: Bench) -> None:
    id = bench.ticket()
    async with console(bench) as desk:
        looked, shown, go_on = desk.app.seen.looked, threading.Event(), threading.Event()

        def slowly(*args: Any) -> Any:
            shown.set()
            go_on.wait(PATIENCE)
            return looked(*args)

        desk.app.seen.looked = slowly
        desk.app.open_ticket(id)
        assert await asyncio.to_thread(shown.wait, PATIENCE)
        await desk.pilot.press("r", *"Le")
        assert not desk.app.ahead.is_empty, "the letters wait for the ticket"
        go_on.set()
        await desk.press("space", *"VPN")
        assert "Le VPN" in desk.text()


async def test_a_password_in_a_note_is_noticed(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("r")
        await desk.type("his password is Summer-2024")
        assert "looks like a password" in desk.text()


async def test_a_note_in_the_wrong_ticket_is_moved(bench: Bench) -> None:
    wrong, right = bench.ticket("Printer"), bench.ticket("Scanner stuck")
    bench.say(tickets.note, wrong, "the scanner blinks", at=minutes(-1))
    number = bench.row("ticket", right)["number"]
    async with opened(bench, wrong) as desk:
        await desk.app.do("move_note")
        await desk.rest()
        await desk.type(number.replace("-", "")[-4:])
        await desk.press("enter")
        assert f"The note stands in {number} now." in words(desk.text())
    assert bench.ask("SELECT ticket_id FROM note") == right.bytes


async def test_a_note_is_withdrawn_but_stays_readable(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.note, id, "not for here", at=minutes(-1))
    async with opened(bench, id) as desk:
        await desk.app.do("withdraw_note")
        await desk.rest()
        assert "internal, withdrawn: not for here" in desk.text()


# -- verbs


async def test_t_takes_the_ticket(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.assign, [id], team=bench.hotline, agent=None, at=minutes(-5))
    bench.say(_unassign, id, at=minutes(-4))
    async with opened(bench, id) as desk:
        await desk.press("t")
        assert "You work on" in desk.text()
    assert bench.row("ticket", id)["assignee_id"] == bench.me


def _unassign(desk: Any, id: UUID) -> None:
    with desk.journal.action("import_records", desk.who) as act:
        act.set("ticket", id, {"assignee_id": None})


async def test_somebody_elses_ticket_is_taken_over_only_when_that_is_meant(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.assign, [id], agent=bench.bea, at=minutes(-5))
    async with opened(bench, id) as desk:
        await desk.press("t")
        assert "Bea Noll works on it" in desk.text()
        await desk.press("enter")
        assert bench.row("ticket", id)["assignee_id"] == bench.bea
        await desk.press("t", "2", "enter")
    assert bench.row("ticket", id)["assignee_id"] == bench.me


async def test_s_and_a_line_solve_it(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("s")
        await desk.type("router restarted")
        await desk.press("enter")
        await desk.until("Solved.")
        assert "Next solved 14:02 " in words(desk.text())
        assert "Tell router restarted" in words(desk.text())
    assert bench.row("ticket", id)["status"] == "solved"


async def test_a_solution_without_words_is_refused_under_its_field(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("s", "enter")
        assert "! Say in a few words what solved it." in desk.text()
        await desk.type("cable")
        await desk.press("enter")
    assert bench.row("ticket", id)["solution"] == "cable"


async def test_the_article_that_helped_is_the_best_guess_of_a_solution(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(_article)
    bench.say(articles.use, _ARTICLE, ticket_id=id, steps=(1,), helped=True)
    async with opened(bench, id) as desk:
        await desk.press("s", "enter")
    assert bench.row("ticket", id)["solution"] == "VPN drops"


_ARTICLE = UUID("019cc000-0000-7000-8000-000000000001")


def _article(desk: Any) -> None:
    articles.write(desk, {"slug": "vpn-drops", "lang": "en", "title": "VPN drops", "body": "## Steps\n\n1. Restart"},
                   _ARTICLE)


async def test_callback_in_thirty_minutes_takes_four_keys(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("c", "3", "0", "enter")
        assert "Callback promised: 14:32, Monique Perret 079 123 45 67" in desk.text()
    assert bench.row("ticket", id)["callback_at"] == minutes(30)


async def test_a_time_that_cannot_be_read_is_said_under_the_field(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("c")
        await desk.type("soon")
        await desk.press("enter")
        assert "! Not a time" in desk.text()
        assert "soon" in desk.text()


async def test_a_promised_callback_is_kept_by_one_letter(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(-1), at=minutes(-20))
    async with opened(bench, id) as desk:
        await desk.press("c", "r")
        assert "Promise kept." in desk.text()
    assert bench.row("ticket", id)["callback_at"] is None


async def test_a_caller_who_asks_is_a_contact_and_a_chaser_in_two_keys(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("p", "f2")
        assert "asked 1 times now" in desk.text()
    assert bench.row("ticket", id)["chasers"] == 1
    assert bench.ask("SELECT count(*) FROM contact WHERE outcome = 'existing_ticket'") == 1


async def test_u_takes_the_last_action_back(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("s")
        await desk.type("cable")
        await desk.press("enter", "u")
        assert f"Undone: solved, {bench.row('ticket', id)['number']} " in desk.text()
    assert bench.row("ticket", id)["status"] == "in_progress"


async def test_y_copies_the_number_and_shows_it(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("y")
        assert f"Copied: {bench.row('ticket', id)['number']}" in desk.text()


async def test_another_priority_needs_a_reason_and_keeps_it(bench: Bench) -> None:
    id = bench.ticket(impact=4, urgency=3)
    async with opened(bench, id) as desk:
        await desk.app.do("prioritise")
        await desk.rest()
        await desk.press("enter", "enter", "2", "enter")
        await desk.press("enter")
        assert "needs a reason" in desk.text()
        await desk.type("the director waits")
        await desk.press("enter")
    row = bench.row("ticket", id)
    assert (row["priority"], row["priority_reason"]) == ("P2", "the director waits")


async def test_the_time_it_is_needed_by_is_said_with_the_priority_and_raises_it(bench: Bench) -> None:
    id = bench.ticket(impact=2, urgency=3)
    bench.say(tickets.assign, [id], team=bench.network)
    async with opened(bench, id) as desk:
        await desk.app.do("prioritise")
        await desk.rest()
        await desk.press("enter", "enter", "enter")
        assert "17:00 payroll" in words(desk.text())
        await desk.type("15:00 la paie")
        await desk.press("enter")
        said = words(desk.text())
        assert "Priority P1 now. Needed by 15:00 for “la paie”. Less than 2 h are left" in said
        assert "P1 and nobody works on it" in said
        await desk.press("x")
        await desk.until("la paie")
        assert "P1 by its time window" in words(desk.text())
        assert "urgency 1 at least, and P1." in words(desk.text())
        await desk.press("x")
        await desk.app.do("prioritise")
        await desk.rest()
        await desk.press("enter", "enter", "enter")
        await desk.type("-")
        await desk.press("enter")
        await desk.until("Priority P3 now")
    row = bench.row("ticket", id)
    assert (row["priority"], row["needed_by"], row["needed_for"]) == ("P3", None, None)


async def test_waiting_until_a_day_and_going_on(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.app.do("wait")
        await desk.rest()
        await desk.press("3", "enter")
        await desk.type("60")
        await desk.press("enter")
        assert bench.row("ticket", id)["status"] == "waiting_until"
        assert "Next  waits in 60 min" in desk.text()
        await desk.app.do("resume")
        await desk.rest()
    assert bench.row("ticket", id)["status"] == "in_progress"


async def test_a_ticket_is_given_to_a_colleague_by_name(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.app.do("assign")
        await desk.rest()
        await desk.type("no")
        await desk.press("enter")
        assert "Given to Bea Noll." in desk.text()
    assert bench.row("ticket", id)["assignee_id"] == bench.bea


async def test_closing_what_is_not_solved_asks_why(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.app.do("close")
        await desk.rest()
        await desk.press("enter")
        assert "A reason is needed." in desk.text()
        await desk.type("double")
        await desk.press("enter")
    row = bench.row("ticket", id)
    assert (row["status"], row["status_reason"]) == ("closed", "double")


async def test_a_title_is_corrected_in_place(bench: Bench) -> None:
    id = bench.ticket("Printer")
    async with opened(bench, id) as desk:
        await desk.app.do("edit")
        await desk.rest()
        await desk.press("enter")
        await desk.type(" on floor 2")
        await desk.press("enter")
        assert "Printer on floor 2" in desk.text()
    assert bench.row("ticket", id)["title"] == "Printer on floor 2"


async def test_tickets_are_linked_and_merged_by_the_end_of_a_number(bench: Bench) -> None:
    one, other, third = bench.ticket("one"), bench.ticket("other"), bench.ticket("third")
    tail = {id: bench.row("ticket", id)["number"].replace("-", "")[-4:] for id in (other, third)}
    async with opened(bench, one) as desk:
        await desk.app.do("link")
        await desk.rest()
        await desk.press("3", "enter")
        await desk.type(tail[other])
        await desk.press("enter")
        assert "caused by" in desk.text()
        await desk.app.do("merge")
        await desk.rest()
        await desk.type(tail[third])
        await desk.press("enter")
        assert "go on there" in desk.text()
    assert bench.row("ticket", one)["merged_into_id"] == third


async def test_j_opens_the_linked_ticket(bench: Bench) -> None:
    one, other = bench.ticket("one"), bench.ticket("other")
    bench.say(tickets.link, one, other, LinkKind.CAUSED_BY)
    async with opened(bench, one) as desk:
        await desk.press("j")
        await desk.until(bench.row("ticket", other)["number"] + "  P1")
        await desk.press("j")
        await desk.until(bench.row("ticket", one)["number"] + "  P1")
        await desk.press("escape", "escape")
        drafts = Drafts(bench.path, agent=bench.bea)
        while drafts.present(other):
            await desk.pilot.pause(0.02)
        assert [each.name for each in drafts.present(one)] == ["Ana Roch"]
        drafts.close()


async def test_a_second_matter_is_split_off(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.app.do("split")
        await desk.rest()
        await desk.type("Printer too")
        await desk.press("enter")
        await desk.until("Printer too")
    assert bench.ask("SELECT count(*) FROM link WHERE kind = 'child'") == 1


async def test_a_file_is_attached_by_its_path(bench: Bench, tmp_path: Any) -> None:
    id = bench.ticket()
    file = tmp_path / "vpn.log"
    file.write_text("x" * 18_000)
    async with opened(bench, id) as desk:
        await desk.app.do("attach")
        await desk.rest()
        await desk.type(str(file))
        await desk.press("enter", "home")
        assert "vpn.log (18 kB)" in desk.text()


async def test_a_component_that_asks_for_it_has_the_identity_checked_before_solving(bench: Bench) -> None:
    bench.say(_guarded, bench.client)
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("s")
        assert "Identity (password)" in desk.text()
        await desk.press("1", "enter")
        await desk.type("new password set")
        await desk.press("enter")
    assert bench.row("ticket", id)["status"] == "solved"
    assert bench.ask("SELECT result FROM identity_check") == "passed"


def _guarded(desk: Any, component: UUID) -> None:
    with desk.journal.action("administer", desk.who) as act:
        act.set("component", component, {"identity": "password"})


# -- handoffs answered here


async def test_an_offer_to_my_team_is_accepted_here(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(handoffs.offer, id, bench.network, {"request": "a", "tried": "b", "impact": "c"}, at=minutes(-1))
    async with opened(bench, id, as_login="luc") as desk:
        assert "a accept" in desk.text()
        await desk.press("a")
        assert "Accepted: you work on it." in desk.text()
    assert bench.row("ticket", id)["assignee_id"] == bench.luc


async def test_an_offer_is_returned_with_a_reason(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(handoffs.offer, id, bench.network, {"request": "a", "tried": "b", "impact": "c"}, at=minutes(-1))
    async with opened(bench, id, as_login="luc") as desk:
        await desk.press("b", "enter")
        assert "needs a reason" in desk.text()
        await desk.type("ours is the other VPN")
        await desk.press("enter")
    assert bench.ask("SELECT reason FROM handoff") == "ours is the other VPN"


async def test_nothing_offered_nothing_to_accept(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("a")
        assert "Nothing was offered to your team here." in desk.text()


# -- others


async def test_what_others_write_appears_by_itself(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        bench.say(tickets.note, id, "Bea was here", as_login="bea")
        await desk.until("internal: Bea was here")


async def test_others_who_have_it_open_are_named(bench: Bench) -> None:
    id = bench.ticket()
    other = Drafts(bench.path, agent=bench.bea, name="Bea Noll")
    async with opened(bench, id) as desk:
        other.beat([id])
        await desk.until("also open at Bea Noll")
        other.close()
        while "also open" in desk.text():
            await desk.pilot.pause(0.05)


async def test_my_looking_is_marked(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.rest()
    drafts = Drafts(bench.path, agent=bench.me)
    assert drafts.seen(bench.me, [id]) == {id: NOW}
    drafts.close()


async def test_a_change_meanwhile_is_shown_and_the_agent_chooses(bench: Bench) -> None:
    id = bench.ticket("Printer")
    async with opened(bench, id) as desk:
        await desk.app.do("edit")
        await desk.rest()
        await desk.press("enter")
        await desk.type(" of mine")
        bench.say(tickets.edit, id, {"title": "Printer of Bea"}, as_login="bea")
        await desk.press("enter")
        assert "bea changed it at 14:02: title Printer of Bea" in desk.text()
        await desk.press("2", "enter")
    assert bench.row("ticket", id)["title"] == "Printer of mine"


async def test_keeping_theirs_writes_nothing(bench: Bench) -> None:
    id = bench.ticket("Printer")
    async with opened(bench, id) as desk:
        await desk.app.do("edit")
        await desk.rest()
        await desk.press("enter")
        await desk.type(" of mine")
        bench.say(tickets.edit, id, {"title": "Printer of Bea"}, as_login="bea")
        await desk.press("enter", "1", "enter")
        assert "Left as it stands now." in desk.text()
    assert bench.row("ticket", id)["title"] == "Printer of Bea"


async def test_a_closed_ticket_says_what_to_do_first(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.solve, [id], "cable", at=minutes(-1))
    async with opened(bench, id) as desk:
        await desk.press("c")
        assert "It is solved. Open it again first" in desk.text()
    assert bench.row("ticket", id)["status"] == Status.SOLVED


async def test_several_lines_pasted_into_a_question_go_into_the_note(bench: Bench) -> None:
    from textual import events

    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("s")
        desk.app.screen.prompt.field.post_message(events.Paste("cable\nsecond line\nthird"))
        await desk.rest()
        assert "The further lines you pasted are in the note" in desk.text()
        await desk.press("enter", "r")
        assert "third" in desk.text()
    assert bench.row("ticket", id)["solution"] == "cable"


@pytest.mark.parametrize("lang", ["fr", "de"])
async def test_the_ticket_speaks_the_language_of_the_console(
    bench: Bench, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from supportdesk import i18n

    monkeypatch.setattr(i18n, "_console_language", lang)
    id = bench.ticket()
    async with opened(bench, id, size=(80, 24)) as desk:
        desk.picture(f"ticket-{lang}")
        for line in desk.lines():
            assert len(line) <= 80

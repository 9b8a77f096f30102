"""The intake, by keys: a call from the ring to saved, and everything that may come between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

import pytest
from textual.events import Paste

from supportdesk import i18n
from supportdesk.desk import admin, articles, people, tickets
from supportdesk.desk import intake_items as items
from supportdesk.desk.calls import Check, Promise, check_identity, take_call
from supportdesk.desk.draft import CallDraft
from supportdesk.rules.numbers import valid
from supportdesk.store.drafts import Drafts
from supportdesk.store.types import uuid7
from supportdesk.store.views.articles import ArticleLine
from supportdesk.terms.codes import CheckResult, Outcome, Status
from tests.screens.stand import NOW, Bench, console, minutes, words

VPN = """## What the caller says
The VPN cuts out.

## Steps
1. Unplug and plug the router.
2. Change the network.
3. Update the client.
4. Look at the log.
"""


@pytest.fixture
def known(bench: Bench) -> Bench:
    """The bench with an article about the VPN in French and English, and one that needs an identity check."""
    for lang, title in (("en", "VPN drops every few minutes"), ("fr", "VPN: coupures toutes les cinq minutes")):
        bench.say(articles.write, {"slug": "vpn-drops", "lang": lang, "title": title, "issue": "vpn coupe drops",
                                   "body": VPN, "products": ("vpn",), "state": "published"})
    bench.say(articles.write, {"slug": "password", "lang": "fr", "title": "Mot de passe oublié", "issue": "oublié",
                               "body": VPN, "identity": "password", "state": "published"})
    return bench


@asynccontextmanager
async def calling(bench: Bench, **how: Any) -> AsyncIterator[Any]:
    """A console with a call just taken."""
    async with console(bench, **how) as desk:
        await desk.press("n")
        await desk.until("Caller")
        yield desk


@asynccontextmanager
async def monique_calls(bench: Bench, **how: Any) -> AsyncIterator[Any]:
    """A console with a call of Monique Perret, found by three letters; what is typed next is the symptom."""
    async with calling(bench, **how) as desk:
        await answer(desk, "per")
        yield desk


async def answer(desk: Any, *texts: str) -> None:
    """Type what one field after the other asks for, each with Enter."""
    for text in texts:
        await desk.type(text)
        await desk.press("enter")


def only_ticket(bench: Bench) -> dict[str, Any]:
    return bench.row("ticket", UUID(bytes=bench.ask("SELECT id FROM ticket ORDER BY pk DESC")))


def only_contact(bench: Bench) -> dict[str, Any]:
    assert bench.ask("SELECT count(*) FROM contact") == 1
    return bench.row("contact", UUID(bytes=bench.ask("SELECT id FROM contact")))


# -- the flow


async def test_a_repeat_caller_with_a_known_problem_is_logged_solved_and_read_aloud(known: Bench) -> None:
    async with calling(known) as desk:
        await desk.type("per")
        assert "Monique Perret" in desk.text()
        await desk.press("enter")
        assert "Monique Perret ★ key, fr, Alpina" in desk.text()
        await desk.type("le vpn coupe")
        assert "VPN: coupures toutes les cinq minutes" in desk.text()
        await desk.press("down", "enter", "1", "3", "plus")
        await desk.press("f3", "enter")
        assert "Votre problème est résolu" in await desk.until("Votre problème")
        desk.picture("intake-card")
    ticket, contact = only_ticket(known), only_contact(known)
    assert (ticket["status"], ticket["component_id"], ticket["description"]) == ("solved", known.client, "le vpn coupe")
    assert ticket["solution"] == "VPN: coupures toutes les cinq minutes"
    assert (contact["outcome"], contact["caller_id"]) == ("solved", known.monique)
    assert contact["number_given"] == "079 123 45 67"
    assert known.ask("SELECT steps FROM article_use") == "[1,3]"
    assert known.ask("SELECT helped FROM article_use") == 1


async def test_a_new_caller_with_a_new_problem_is_handed_over_with_a_packet(known: Bench) -> None:
    async with calling(known) as desk:
        await answer(desk, "0199001234")
        assert "Name" in desk.text()
        await answer(desk, "Zoé Kern", "Neue AG", "the cash desk prints hieroglyphs")
        await desk.type("pos printer")
        await desk.press("f4")
        await desk.press("enter")
        assert "nothing tried yet on the telephone" in desk.text()
        await desk.press("f2")
        await desk.until("Read aloud")
    ticket = only_ticket(known)
    assert known.row("caller", ticket["caller_id"])["name"] == "Zoé Kern"
    assert known.row("organisation", ticket["organisation_id"])["name"] == "Neue AG"
    assert ticket["component_name"] == "pos printer"
    handoff = known.row("handoff", UUID(bytes=known.ask("SELECT id FROM handoff")))
    assert (handoff["state"], handoff["to_team_id"]) == ("offered", known.network)
    assert handoff["packet"]["impact"] == "one person"
    assert only_contact(known)["outcome"] == Outcome.HANDED_OVER


async def test_several_people_behind_one_number_are_a_choice_never_a_guess(known: Bench) -> None:
    known.say(people.save_caller, {"name": "Paul Perrin", "numbers": ("079 123 45 67",)})
    async with calling(known) as desk:
        await answer(desk, "0791234567")
        assert "choose" in desk.text()
        assert desk.app.calls.current.caller_id is None
        await desk.press("down", "enter")
        assert desk.app.calls.current.caller_name == "Paul Perrin"


async def test_a_callback_in_half_an_hour_is_four_keys(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("écran noir")
        await desk.press("f5", "3", "0", "enter")
        assert "vous rappellera" in await desk.until("Read aloud")
    assert only_ticket(known)["callback_at"] == minutes(30)


async def test_a_time_that_is_none_is_said_under_its_field_and_kept(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("écran noir")
        await desk.press("f5")
        await answer(desk, "vingt")
        assert "Not a time" in desk.text()
        assert "vingt" in desk.text()
    assert known.ask("SELECT count(*) FROM ticket") == 0


async def test_a_caller_who_asks_after_his_ticket_counts_and_is_told(known: Bench) -> None:
    id = known.ticket()
    known.say(tickets.promise_callback, id, minutes(28))
    tail = known.row("ticket", id)["number"].replace("-", "")[-4:]
    async with calling(known) as desk:
        await answer(desk, tail)
        assert "You may tell" in await desk.until("You may tell")
        await desk.press("f2")
        assert "settled by this call" in await desk.until("Read aloud"), "he rang first"
        assert "vous rappellera" not in desk.text()
    assert known.row("ticket", id)["callback_at"] is None
    assert known.row("ticket", id)["chasers"] == 1
    assert known.ask("SELECT count(*) FROM ticket") == 1
    assert known.ask("SELECT count(*) FROM contact WHERE outcome = 'existing_ticket'") == 1


async def test_the_callers_open_tickets_are_offered_before_he_has_said_a_word(known: Bench) -> None:
    known.ticket("VPN down, 40 people")
    async with monique_calls(known) as desk:
        assert "is it this one?" in desk.text()
        assert "VPN down, 40 people" in desk.text()


async def test_a_wrong_number_is_three_keys_and_a_contact(known: Bench) -> None:
    async with console(known) as desk:
        await desk.press("n", "ctrl+n", "2")
        assert "Logged without a ticket" in desk.text()
    assert only_contact(known)["outcome"] == Outcome.WRONG_NUMBER
    assert known.ask("SELECT count(*) FROM ticket") == 0


# -- interruptions


async def test_an_interrupting_call_sets_this_one_aside_and_it_comes_back_as_it_was(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn [/ coupe")
        await desk.press("f8")
        assert "1 call set aside" in desk.text()
        await desk.type("kern")
        await desk.press("f9")
        shown = desk.text()
        assert "le vpn [/ coupe" in shown
        assert "Monique Perret" in shown
        await desk.press("f9")
        assert "kern" in desk.text()


async def test_escape_twice_keeps_the_call_and_says_how_to_come_back(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn")
        await desk.press("escape", "escape")
        assert "set aside" in desk.text()
        await desk.press("f9")
        assert "le vpn" in desk.text()


async def test_what_was_typed_is_in_the_draft_file_and_gone_when_saved(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        desk.app.writer.flush()
        [kept] = Drafts(known.path).list(known.me)
        draft = CallDraft.from_json(dict(kept.data))
        assert (draft.symptom, draft.caller_id) == ("le vpn coupe", known.monique)
        await desk.press("f2")
        await desk.until("Read aloud")
        desk.app.writer.flush()
        assert list(Drafts(known.path).list(known.me)) == []
    assert only_ticket(known)["id"] == draft.id


async def test_the_next_console_offers_the_call_the_last_one_left(known: Bench) -> None:
    async with calling(known) as desk:
        await answer(desk, "zzz")
    async with console(known) as desk:
        assert "1 call set aside" in desk.text()
        await desk.press("f9")
        assert "zzz" in desk.text()


async def test_the_wrap_up_clock_runs_on_after_the_caller_has_hung_up(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.press("f10")
        assert "to finish" in desk.lines()[0]


# -- identity, priority, what is missing


async def test_a_password_needs_a_check_before_it_is_solved(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("mot de passe oublié")
        await desk.press("down", "enter")
        assert "check needed before: password" in desk.text()
        await desk.press("f3")
        assert "How was the identity checked?" in desk.text()
        await desk.press("1", "f3", "enter")
        await desk.until("Read aloud")
    assert known.ask("SELECT method FROM identity_check WHERE result = 'passed' AND matter = 'password'") == "callback"


async def test_without_the_check_a_reason_goes_to_the_lead(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("mot de passe oublié")
        await desk.press("down", "enter", "f6")
        await desk.type("voix connue")
        await desk.press("enter", "f3", "enter")
        await desk.until("Read aloud")
    assert known.ask("SELECT reason FROM identity_check WHERE result = 'skipped'") == "voix connue"


async def test_a_failed_check_shows_at_the_next_call(known: Bench) -> None:
    known.say(check_identity, Check("password", None, CheckResult.FAILED), caller_id=known.monique, at=minutes(-60))
    async with monique_calls(known, size=(120, 40)) as desk:
        assert "identity check failed" in desk.text()


@pytest.mark.parametrize("size", [(60, 20), (80, 24)], ids=["60", "80"])
async def test_a_failed_check_is_read_on_a_small_screen_too_and_not_forgotten_for_a_skipped_one(
    known: Bench, size: tuple[int, int]
) -> None:
    known.say(check_identity, Check("password", None, CheckResult.FAILED), caller_id=known.monique, at=minutes(-60))
    known.say(check_identity, Check("password", None, CheckResult.SKIPPED, "in a hurry"), caller_id=known.monique,
              at=minutes(-30))
    async with monique_calls(known, size=size) as desk:
        assert "! identity check failed" in desk.text()


async def test_after_a_failed_check_the_reason_is_the_one_to_go_on_without_it(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("mot de passe oublié")
        await desk.press("down", "enter", "f3")
        failed = next(i for i, item in enumerate(desk.app.screen.offered.items, 1) if item.key == "check/failed")
        await desk.press(str(failed), "f6")
        await desk.type("voix connue")
        await desk.press("enter", "f3", "enter")
        await desk.until("Read aloud")
    assert known.ask("SELECT reason FROM identity_check WHERE result = 'skipped'") == "voix connue"
    assert only_ticket(known)["priority_reason"] is None


# -- the focus, the solution


@pytest.mark.parametrize("looks_up", [("question_mark", "escape"), ("f1", "escape"), ("k", "escape", "escape")])
async def test_a_letter_after_looking_something_up_does_not_type_over_the_caller(
    known: Bench, looks_up: tuple[str, ...]
) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        await desk.press("escape", *looks_up, "x")
        draft = desk.app.calls.current
        assert (draft.caller_id, draft.symptom) == (known.monique, "le vpn coupe")
        assert not desk.app.screen.in_field


async def test_an_article_that_did_not_help_is_no_solution(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        await desk.press("down", "enter", "f3", "escape", "escape", "minus", "f3")
        assert desk.app.screen.value("solution") == ""


async def test_typing_replaces_the_guess_at_the_solution(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        await desk.press("down", "enter", "plus", "f3")
        assert desk.app.screen.value("solution") == "VPN: coupures toutes les cinq minutes"
        await answer(desk, "câble")
        await desk.until("Read aloud")
    assert only_ticket(known)["solution"] == "câble"


async def test_a_saved_call_does_not_come_back_as_a_draft(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        await desk.press("f2")
        await desk.until("Read aloud")
        assert "n new call" in desk.lines()[-1]
        await desk.press("n")
        await desk.type("kern")
        desk.app.writer.flush()
        assert [d.data["caller_text"] for d in Drafts(known.path).list(known.me)] == ["kern"]


async def test_impact_and_urgency_are_two_digits_and_the_matrix_answers(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("rien ne va")
        await desk.press("enter", "enter", "2", "1")
        assert "P1 by the matrix" in words(desk.text())


async def test_the_priority_rises_with_a_reason_only(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("rien ne va")
        await desk.press("f6", "enter")
        assert "A reason is needed" in desk.text()
        await answer(desk, "2 paie à 17 h")
        assert "P2 by you: paie à 17 h (matrix P4)" in words(desk.text())
        await desk.press("f2")
        await desk.until("Read aloud")
    assert (only_ticket(known)["priority"], only_ticket(known)["priority_reason"]) == ("P2", "paie à 17 h")


async def test_payroll_at_five_is_typed_where_the_priority_is_raised(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("rien ne va")
        await desk.press("enter", "enter", "2", "3")
        await desk.press("f6")
        await answer(desk, "17:00 la paie")
        assert "P2 Needed by 17:00 for “la paie”. Less than 8 h are left" in words(desk.text())
        await desk.press("f2")
        await desk.until("Read aloud")
    ticket = only_ticket(known)
    assert (ticket["priority"], ticket["needed_for"]) == ("P3", "la paie")
    assert (NOW.astimezone(UTC).date(), 16) == (ticket["needed_by"].date(), ticket["needed_by"].hour)


async def test_saving_without_a_word_says_what_is_missing_and_keeps_the_rest(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.press("f2")
        assert "Say in a few words" in desk.text()
        assert "Monique Perret" in desk.text()
    assert known.ask("SELECT count(*) FROM contact") == 0


async def test_a_password_typed_into_a_note_warns(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("mot de passe: Hirondelle7!")
        assert "looks like a password" in desk.text()


# -- a small screen


LONG_STEPS = """## Steps
1. At the desk of the caller: look at the lamp of the network socket and at the cable behind it, then say ready.
2. Change the network.
"""


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=["60", "80", "120"])
async def test_steps_of_an_article_are_read_whole(known: Bench, size: tuple[int, int]) -> None:
    known.say(articles.write, {"slug": "cash", "lang": "fr", "title": "Caisse muette", "issue": "caisse muette",
                               "body": LONG_STEPS, "state": "published"})
    async with monique_calls(known, size=size) as desk:
        await desk.type("caisse muette")
        await desk.press("down", "enter")
        shown = words(desk.text().replace("│", " "))
        for part in ("look at the lamp", "behind it, then", "say ready", "Change the network"):
            assert part in shown


async def test_the_verdict_on_an_article_is_said_and_the_cursor_stays_on_its_step(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn coupe")
        await desk.press("down", "enter", "down", "1", "minus")
        assert "Noted: it did not help" in desk.text()
        assert "+ helped, - did not help" in desk.text()
        assert desk.app.screen.found.cursor_key == "step/2"


async def test_open_tickets_show_their_numbers_in_the_list_and_beside_it(known: Bench) -> None:
    number = known.row("ticket", known.ticket())["number"]
    async with monique_calls(known) as desk:
        assert f"{number}  VPN down, 40 people" in desk.text()
        assert f"{number}  in progress" in desk.text()


async def test_people_found_as_typed_show_number_and_organisation(known: Bench) -> None:
    async with calling(known) as desk:
        await desk.type("per")
        assert "Monique Perret 079 123 45 67 Alpina fr" in words(desk.text())


async def test_a_first_name_that_two_people_have_is_a_choice(known: Bench) -> None:
    known.say(people.save_caller, {"name": "Monique Blanc", "numbers": ("079 222 33 44",)})
    async with calling(known) as desk:
        await answer(desk, "monique")
        assert "Several people have this name" in desk.text()
        assert desk.app.calls.current.caller_id is None
        await desk.press("enter")
        assert desk.app.calls.current.caller_name
        assert "Several people" not in desk.text()


async def test_a_ticket_number_whose_check_digit_does_not_fit_is_said(known: Bench) -> None:
    async with calling(known) as desk:
        await desk.type("214-1998-1")
        assert "check digit does not fit" in desk.text()
        await desk.press("enter")
        assert not desk.app.calls.current.is_new_caller
    assert valid("214-1998-1") is False


def test_the_rate_of_an_article_keeps_its_count() -> None:
    line = ArticleLine(uuid7(), "vpn", "de", "VPN bricht ab", 1.0, 7, 9)
    item = items.article_item(line, "fr")
    assert (item.detail, item.brief) == ("helped 78 % (9 votes)  in de", "78 % (9) de")
    assert items.article_item(line, "de-CH").brief == "78 % (9)"


async def test_what_is_typed_ahead_of_the_identity_is_no_command_and_no_answer(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("mot de passe oublié")
        await desk.press("down", "enter", "f3", *"done", "enter")
        draft = desk.app.calls.current
        assert (draft.caller_id, draft.checks) == (known.monique, [])
        assert "How was the identity checked?" in desk.text()
        await desk.press("1", "f3", "enter")
        await desk.until("Read aloud")


async def test_what_was_missing_is_said_until_it_is_there(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.press("f2")
        assert "Say in a few words" in desk.text()
        await desk.type("le vpn")
        assert "Say in a few words" not in desk.text()


async def test_the_keys_of_a_call_name_callback_and_set_aside_at_80_columns(known: Bench) -> None:
    async with calling(known) as desk:
        assert "F5 callback  F8 set aside  Esc back" in desk.lines()[-1]


# -- foreign text


async def test_pasted_lines_go_into_the_note(known: Bench) -> None:
    async with calling(known) as desk:
        desk.app.screen.focused.post_message(Paste("kern\rline two\r\nline three"))
        await desk.rest()
        draft = desk.app.calls.current
        assert (draft.caller_text, draft.note) == ("kern", "line two\nline three")
        assert "in the note" in desk.text()
        shown = desk.lines()
        at = next(y for y, line in enumerate(shown) if "line two" in line)
        assert "line three" in shown[at + 1]


async def test_a_ticket_saved_in_another_console_under_this_draft_is_not_saved_again(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("le vpn")
        known.say(take_call, desk.app.calls.current.to_call())
        await desk.press("f2")
        await desk.until("Read aloud")
    assert known.ask("SELECT count(*) FROM ticket") == 1


# -- how it looks


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
async def test_the_intake_fits_every_window(known: Bench, size: tuple[int, int]) -> None:
    known.say(take_call, CallDraft(started_at=NOW, symptom="écran noir", caller_id=known.monique).to_call(
        promise=Promise(minutes(30))), at=minutes(-200))
    async with monique_calls(known, size=size) as desk:
        await desk.type("le vpn coupe toutes les cinq minutes")
        desk.picture(f"intake-{size[0]}")
        desk.matches(f"intake-{size[0]}x{size[1]}")


async def test_the_component_is_found_by_the_sticker_of_the_device(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await answer(desk, "lent")
        await desk.type("2231")
        await desk.press("down", "enter")
        await desk.press("f2")
        await desk.until("Read aloud")
    assert only_ticket(known)["asset_id"] == known.laptop
    assert only_ticket(known)["status"] == Status.IN_PROGRESS


def test_the_desk_can_name_a_component_the_search_finds(known: Bench) -> None:
    known.say(admin.save, "component", {"slug": "vpn-mac", "name": "Mac client", "product_id": known.vpn})
    from supportdesk.store.views import intake

    desk = known.open()
    assert [line.path for line in intake.components(desk.reader, "vpn mac")] == ["VPN > Mac client"]
    desk.close()


async def test_the_callers_wish_and_the_kind_of_case_are_kept_beside_the_desks_own_priority(known: Bench) -> None:
    async with monique_calls(known) as desk:
        await desk.type("besoin d'un écran")
        await desk.press("enter", "enter", "4", "4", "shift+tab", "shift+tab", "2")
        await desk.type("pour demain")
        await desk.press("f2")
        await desk.until("Read aloud")
    ticket = only_ticket(known)
    assert (ticket["type"], ticket["wish"], ticket["priority"]) == ("request", "pour demain", "P5")


async def test_the_end_of_one_open_tickets_number_is_that_ticket_even_if_telephones_begin_so(known: Bench) -> None:
    id = known.ticket()
    tail = known.row("ticket", id)["number"].replace("-", "")[-3:]
    for n in range(3):
        known.say(people.save_caller, {"name": f"Caller {n}", "numbers": (f"0{tail}99000{n}",)})
    async with calling(known) as desk:
        await answer(desk, tail)
        assert desk.app.calls.current.about == id


@pytest.mark.parametrize(("code", "word"), [("en", "waiting"), ("fr", "en attente"), ("de", "wartet")])
async def test_a_likely_duplicate_of_another_customer_says_its_number_title_and_status_at_80_columns(
    known: Bench, monkeypatch: pytest.MonkeyPatch, code: str, word: str
) -> None:
    other = known.say(people.save_organisation, {"name": "Horlogerie Delsarte et Fils SA"})
    theirs = known.ticket("Coupures du VPN toutes les cinq minutes", caller_id=None, organisation_id=other)
    known.say(tickets.wait, [theirs], Status.WAITING_CALLER, reason="router")
    number = known.row("ticket", theirs)["number"]
    monkeypatch.setattr(i18n, "_console_language", code)
    async with console(known) as desk:
        await desk.press("n")
        await answer(desk, "per")
        await desk.type("le vpn coupe toutes les cinq minutes")
        [line] = [line for line in desk.lines() if number in line]
        assert re.search(rf"{number}  Coup\S.*… +{word}\b", line.partition("│")[0]), line


async def test_enter_takes_the_answer_to_what_stands_there_not_to_what_stood_there_before(
    known: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is still about the first letters when Enter comes."""
    async with calling(known) as desk:
        await desk.type("a")
        screen = desk.app.screen
        screen.offered = replace(screen.offered, guess=False)
        monkeypatch.setattr(screen, "look_up", lambda _id: None)
        await desk.press("backspace")
        await desk.type("per")
        await desk.press("enter")
        assert screen.draft.caller_id == known.monique


async def test_a_row_chosen_in_one_call_is_not_chosen_in_the_next(bench: Bench) -> None:
    async with calling(bench) as desk:
        await desk.press("ctrl+n", "down")
        assert desk.app.screen.found.active
        await desk.press("f8")
        assert not desk.app.screen.found.active

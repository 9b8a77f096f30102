"""A major incident in front of every agent (issue "Promises", field/practice.md T6): line 2, the sentence to say in the
caller's language, joining a caller, who was told when it is over."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import pytest

from supportdesk.desk import major, tickets
from supportdesk.desk.calls import Call, take_call
from supportdesk.desk.desk import Desk
from supportdesk.i18n import set_language
from tests.screens.majors import TEXTS, declared
from tests.screens.stand import LOGIN, Bench, console, minutes, words
from tests.screens.test_ticket import opened

SIZES = ((80, 24), (120, 40))
LANGUAGES = ("en", "fr", "de")
EACH_SIZE = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)


@EACH_LANGUAGE
@EACH_SIZE
async def test_line_two_and_the_sentence_as_they_stand(bench: Bench, size: tuple[int, int], lang: str) -> None:
    declared(bench, cases=2)
    set_language(lang)
    async with console(bench, size) as desk:
        desk.picture(f"major-queue-{lang}-{size[0]}")
        desk.matches(f"major-queue-{lang}-{size[0]}x{size[1]}")
        await desk.press("f12")
        desk.picture(f"sentence-{lang}-{size[0]}")
        desk.matches(f"sentence-{lang}-{size[0]}x{size[1]}")


async def test_line_two_stands_on_every_screen_with_the_key_that_works_there(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        for keys in (("enter",), ("g",), ("k",), ("h",), ("q",), ("full_stop",), ("x",)):
            await desk.press(*keys)
            line = desk.lines()[1]
            assert "VPN" in line, keys
            assert "next update in 30 min" in line, keys
            assert line.rstrip().endswith(("i the sentence", "F12 the sentence")), keys
        await desk.press("escape", "escape", "escape", "escape", "escape", "escape", "escape", "escape", "n")
        assert desk.lines()[1].endswith("F12 the sentence")


async def test_without_a_major_incident_there_is_no_line_two(bench: Bench) -> None:
    bench.ticket()
    async with console(bench) as desk:
        assert set(desk.lines()[1]) == {"─"}
        await desk.press("i")
        assert "No major incident is running" in desk.text()


async def test_line_two_comes_when_a_colleague_declares_one_and_goes_when_it_is_over(bench: Bench) -> None:
    async with console(bench) as desk:
        assert "VPN" not in desk.lines()[1]
        declared(bench)
        desk.app.desk_changed()
        await desk.rest()
        assert "! Major incident  VPN" in desk.lines()[1]
        ticket = bench.ask("SELECT ticket_id FROM major_incident")
        bench.say(tickets.solve, [UUID(bytes=ticket)], "cable replaced")
        desk.app.desk_changed()
        await desk.rest()
        assert set(desk.lines()[1]) == {"─"}


async def test_an_update_that_did_not_come_is_said_in_words(bench: Bench) -> None:
    declared(bench, next_update=minutes(-5))
    async with console(bench) as desk:
        assert "next update 5 min overdue" in desk.lines()[1]


@pytest.mark.parametrize(("lang", "line_two", "said"), [
    ("en", "no sentence, update 5 min overdue", "next update 5 min overdue"),
    ("fr", "pas de phrase, point dépassé de 5 min", "prochain point dépassé de 5 min"),
    ("de", "kein Satz, Meldung 5 min überfällig", "nächste Meldung 5 min überfällig")])
async def test_a_late_update_is_said_in_words_on_its_own_screen_and_beside_an_expired_sentence(
    bench: Bench, lang: str, line_two: str, said: str
) -> None:
    id = declared(bench, title="Messagerie Genève", next_update=minutes(-5), valid_until=minutes(-5))
    set_language(lang)
    async with console(bench) as desk:
        assert line_two in words(desk.lines()[1]), desk.lines()[1]
        desk.app.open_major(id)
        await desk.until("Bea Noll")
        await desk.rest()
        assert said in words("\n".join(desk.lines()[2:])), desk.text()


async def test_the_sentence_is_in_the_language_of_the_desk_and_the_others_are_one_key_away(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("i")
        assert TEXTS["en"] in words(desk.text())
        assert "valid until 15:02" in desk.text()
        await desk.press("right")
        assert TEXTS["de"] in words(desk.text())
        await desk.press("left", "left")
        assert TEXTS["fr"] in words(desk.text())


async def test_an_expired_sentence_says_so_before_all_else(bench: Bench) -> None:
    declared(bench, valid_until=minutes(-3))
    async with console(bench) as desk:
        assert "no valid sentence" in desk.lines()[1]
        await desk.press("i")
        text = desk.text()
        assert text.index("EXPIRED at 13:59: do not say it any more.") < text.index("We know that the VPN")
        assert "Ask Bea Noll" in text


async def test_a_call_two_minutes_before_closing_reads_the_sentence(bench: Bench) -> None:
    """The desk closes at 18:00; what holds until 18:30 is said at 17:58 as at any other time."""
    declared(bench, valid_until=minutes(4 * 60 + 28))  # 18:30
    bench.now = minutes(3 * 60 + 56)  # 17:58
    async with console(bench) as desk:
        await desk.press("n", "f12")
        assert TEXTS["en"] in words(desk.text())


# -- joining a caller (T6)


async def test_a_caller_joins_in_eight_keys_from_the_ringing_phone_with_the_sentence_read(bench: Bench) -> None:
    """n, four letters of the name, Enter, F12, Enter."""
    id = declared(bench)
    async with console(bench) as desk:
        await desk.press("n", *"perr", "enter", "f12")
        assert TEXTS["fr"] in words(desk.text())  # the caller speaks French, the desk English
        await desk.press("enter")
        assert "a case of 214-0001-9, VPN" in desk.text()
    case = bench.ask("SELECT from_id FROM link WHERE kind = 'hangs_on' AND to_id = (SELECT ticket_id FROM "
                     "major_incident WHERE id = ?)", id.bytes)
    assert bench.row("ticket", UUID(bytes=case))["caller_id"] == bench.monique
    told = bench.row("told", UUID(bytes=bench.ask("SELECT id FROM told WHERE ticket_id = ?", case)))
    assert (told["how"], told["agent_id"], told["major_id"]) == ("phone", bench.me, id)
    assert told["statement_id"] is not None


async def test_what_was_typed_of_the_matter_stays_the_case_s_own(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n", *"perr", "enter")
        await desk.type("rien ne marche au guichet")
        await desk.press("f12", "enter")
        await desk.until("a case of 214-0001-9")
    assert bench.ask("SELECT description FROM ticket ORDER BY pk DESC LIMIT 1") == "rien ne marche au guichet"


async def test_a_caller_typed_but_not_chosen_is_the_best_guess_when_he_joins(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n", *"perr", "f12", "enter")
        await desk.until("a case of 214-0001-9")
    assert bench.ask("SELECT caller_id FROM ticket ORDER BY pk DESC LIMIT 1") == bench.monique.bytes


async def test_nobody_joins_before_it_is_said_who_calls(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n", "f12", "enter")
        assert "Say who is calling first" in desk.text()
        await desk.press("escape")
        assert desk.app.screen.draft.major_id is None
    assert bench.ask("SELECT count(*) FROM told") == 0


async def test_the_sentence_closes_with_its_key_and_the_call_goes_on_where_it_was(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n", *"perr", "enter")
        await desk.type("rien ne")
        await desk.press("f12", "f12")
        await desk.type(" marche")
        assert "rien ne marche" in desk.text()


async def test_a_ticket_hangs_on_it_from_its_own_screen(bench: Bench) -> None:
    id = declared(bench)
    other = bench.ticket("No VPN either")
    async with opened(bench, other) as desk:
        await desk.press("i")
        assert "Enter hang on" in desk.text()
        await desk.press("enter")
        await desk.until("It hangs on 214-0001-9 now")
        await desk.press("i", "enter")
        assert "It hangs on 214-0001-9 already." in desk.text()
    assert bench.ask("SELECT count(*) FROM link WHERE kind = 'hangs_on' AND from_id = ?", other.bytes) == 1
    assert bench.row("major_incident", id)["ended_at"] is None


# -- its own screen


@EACH_LANGUAGE
@EACH_SIZE
async def test_the_incident_with_its_cases_as_it_stands(bench: Bench, size: tuple[int, int], lang: str) -> None:
    declared(bench, cases=3)
    told_one(bench)
    set_language(lang)
    async with console(bench, size) as desk:
        await desk.press("i", "enter")
        desk.picture(f"major-{lang}-{size[0]}")
        desk.matches(f"major-{lang}-{size[0]}x{size[1]}")
        await desk.press("r")
        desk.picture(f"statement-{lang}-{size[0]}")
        desk.matches(f"statement-{lang}-{size[0]}x{size[1]}")


def told_one(bench: Bench) -> None:
    """The first case was told by mail."""
    case = bench.ask("SELECT from_id FROM link WHERE kind = 'hangs_on' ORDER BY pk LIMIT 1")
    bench.say(major.tell, UUID(bytes=case), how="mail", at=minutes(-7))


@pytest.mark.parametrize(("key", "how"), [("1", "phone"), ("2", "mail"), ("3", "chat"), ("4", "walk_in")])
async def test_how_a_caller_was_told_is_one_key(bench: Bench, key: str, how: str) -> None:
    declared(bench, cases=2)
    async with console(bench) as desk:
        await desk.press("i", "enter")
        assert "2 not told yet" in desk.text()
        await desk.press(key)
        assert "1 not told yet" in desk.text()
    assert bench.ask("SELECT how FROM told") == how


async def test_when_it_is_solved_each_caller_is_asked_for_and_who_was_not_told_stays_on_the_list(bench: Bench) -> None:
    declared(bench, cases=3)
    bench.now = minutes(20)
    async with console(bench) as desk:
        await desk.press("i", "enter", "s")
        await desk.type("a switch was replaced")
        await desk.press("enter")
        await desk.until("3 not told yet")
        await desk.press("1", "plus")
        await desk.until("2 not told yet")
        await desk.press("home", "minus", "2")
        await desk.until("1 not told yet")
    by_status = bench.ask("SELECT group_concat(status) FROM (SELECT t.status FROM ticket t WHERE title LIKE 'No VPN%' "
                          "ORDER BY t.status)")
    assert by_status == "in_progress,in_progress,solved"
    assert bench.ask("SELECT group_concat(how || ':' || coalesce(still_broken, '?')) FROM told ORDER BY at") is not None
    assert bench.ask("SELECT count(*) FROM told WHERE still_broken = 1 AND how = 'mail'") == 1
    assert bench.ask("SELECT count(*) FROM told WHERE still_broken = 0 AND how = 'phone'") == 1
    assert bench.ask("SELECT count(*) FROM told WHERE agent_id = ?", bench.me.bytes) == 3


async def test_solving_the_ticket_of_the_incident_leads_to_its_list(bench: Bench) -> None:
    declared(bench, cases=1)
    ticket = UUID(bytes=bench.ask("SELECT ticket_id FROM major_incident"))
    async with opened(bench, ticket) as desk:
        await desk.press("s")
        await desk.type("a switch was replaced")
        await desk.press("enter")
        await desk.until("1 not told yet")
        assert "Tell each caller: one key for how" in desk.text()


async def test_a_new_sentence_is_written_in_three_languages_and_stands_on_every_screen(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("i", "enter", "r")
        assert "We know that the VPN is down." in desk.text()
        await desk.type(" Please wait.")
        await desk.press("f2")
        await desk.until("Every screen shows the sentence until 15:02")
        await desk.press("escape", "i")
        assert "back about 3 pm. Please wait." in words(desk.text())
    assert bench.ask("SELECT count(*) FROM statement") == 2


async def test_a_sentence_begun_is_there_again_when_the_writer_comes_back(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("i", "enter", "r")
        await desk.type(" It rains.")
        await desk.press("escape", "escape", "r")
        assert "It rains." in desk.text()
        assert "it is not said yet" in desk.text()
    async with console(bench) as desk:
        assert "Not saved yet: what you typed at 214-0001-9" in words(desk.text())
        await desk.press("i", "enter", "r")
        assert "It rains." in desk.text()
    assert bench.ask("SELECT count(*) FROM statement") == 1


async def test_a_sentence_without_words_is_refused_and_nothing_typed_is_lost(bench: Bench) -> None:
    declared(bench, texts={"en": "Wait."})
    async with console(bench) as desk:
        await desk.press("i", "enter", "r", *["backspace"] * 5, "f2")
        await desk.until("in one language at least")
        assert "Valid until" in desk.text()


async def test_a_ticket_is_declared_with_what_is_known_filled_in(bench: Bench) -> None:
    id = bench.ticket()
    async with opened(bench, id) as desk:
        await desk.press("i", "2")
        await desk.until("Declare 214-0001-9 a major incident")
        text = words(desk.text())
        assert "Out of order VPN, Windows client" in text
        assert "We know that VPN, Windows client is out of order." in text
        await desk.press("f2")
        await desk.until("Declared: every screen shows the sentence until 15:02")
        assert "! VPN, Windows client · next update in 30 min" in desk.lines()[1]
    assert bench.ask("SELECT ticket_id FROM major_incident") == id.bytes
    assert bench.row("ticket", id)["priority"] == "P1"


async def test_who_speaks_for_it_and_when_the_next_word_is_due_are_said_with_a_key(bench: Bench) -> None:
    id = declared(bench)
    async with console(bench) as desk:
        await desk.press("i", "enter", "c")
        await desk.type("10")
        await desk.press("enter")
        await desk.until("next update in 10 min")
        await desk.press("e")
        await desk.type("luc")
        await desk.press("enter")
        await desk.until("Luc Favre speaks for it")
    row = bench.row("major_incident", id)
    assert row["communicator_id"] == bench.luc
    assert row["next_update_at"] == minutes(10)


# -- the question


def many_report(bench: Bench, callers: int = 5) -> None:
    """So many different callers cannot work with the VPN client, within a quarter of an hour."""
    for n in range(callers):
        bench.ticket(f"VPN down {n}", caller_id=None, caller_name=f"Caller {n}", caller_number=f"079 555 00 0{n}")


@EACH_LANGUAGE
@EACH_SIZE
async def test_five_callers_of_one_component_ask_whether_it_is_one(
    bench: Bench, size: tuple[int, int], lang: str
) -> None:
    many_report(bench)
    set_language(lang)
    async with console(bench, size) as desk:
        desk.app.desk_changed()
        await desk.rest()
        desk.picture(f"major-asked-{lang}-{size[0]}")
        await desk.press("i")
        desk.picture(f"major-question-{lang}-{size[0]}")
        desk.matches(f"major-question-{lang}-{size[0]}x{size[1]}")


async def test_four_callers_ask_nothing(bench: Bench) -> None:
    many_report(bench, 4)
    async with console(bench) as desk:
        desk.app.desk_changed()
        await desk.rest()
        assert set(desk.lines()[1]) == {"─"}


async def test_one_key_declares_it_with_what_is_known_filled_in(bench: Bench) -> None:
    many_report(bench)
    async with console(bench) as desk:
        desk.app.desk_changed()
        await desk.rest()
        await desk.press("n", "f12", "enter")
        assert "Out of order VPN, Windows client" in words(desk.text())
        assert "We know that VPN, Windows client is out of order." in words(desk.text())
        await desk.press("f2")
        await desk.until("! VPN, Windows client · next update in 30 min")
    assert bench.ask("SELECT count(*) FROM link WHERE kind = 'hangs_on'") == 4
    assert bench.ask("SELECT t.title FROM major_incident m JOIN ticket t ON t.id = m.ticket_id") == "VPN down 0"


async def test_one_key_says_no_and_the_next_report_asks_again(bench: Bench) -> None:
    many_report(bench)
    async with console(bench) as desk:
        desk.app.desk_changed()
        await desk.rest()
        await desk.press("i", "minus")
        await desk.until("Noted: no major incident")
        await desk.rest()
        assert set(desk.lines()[1]) == {"─"}
        bench.now = minutes(1)
        bench.say(take_another, at=minutes(1))
        desk.app.desk_changed()
        await desk.rest()
        assert "! Major incident?" in desk.lines()[1]
    assert bench.ask("SELECT count(*) FROM major_incident") == 0


def take_another(desk: Desk) -> None:
    """One more caller, of the component that many report."""
    component, product = desk.reader.execute("SELECT component_id, product_id FROM ticket LIMIT 1").fetchone()
    take_call(desk, Call(ticket={"title": "VPN", "caller_name": "Zoe", "component_id": UUID(bytes=component),
                                 "product_id": UUID(bytes=product)}))


async def test_what_runs_and_what_is_asked_are_behind_the_same_key(bench: Bench) -> None:
    with_fibre = bench.ticket("Fibre cut", component_id=None, product_id=None)
    bench.say(major.declare_major, with_fibre, title="Fibre", began_at=minutes(-21), texts=TEXTS,
              valid_until=minutes(60))
    many_report(bench)
    async with console(bench) as desk:
        desk.app.desk_changed()
        await desk.rest()
        assert "? also VPN > Windows client" in desk.lines()[1]
        await desk.press("i")
        assert TEXTS["en"] in words(desk.text())
        await desk.press("i")
        assert "5 callers since 13:41" in words(desk.text())
        await desk.press("i")
        assert "Hotline" in desk.text()
        assert desk.app.screen.name == "queue"


async def test_a_sentence_in_a_language_the_console_does_not_speak_goes_on_being_said(bench: Bench) -> None:
    declared(bench, texts={**TEXTS, "it": "Sappiamo che il VPN non funziona."})
    async with console(bench) as desk:
        await desk.press("i", "enter", "r")
        assert "Sappiamo che il VPN" in desk.text()
        await desk.press("f2")
        await desk.until("Every screen shows the sentence")
    assert "Sappiamo" in bench.ask("SELECT texts FROM statement ORDER BY at DESC, pk DESC LIMIT 1")


def test_a_desk_without_one_loads_nothing_of_it(bench: Bench) -> None:
    """First paint and keys cost what they did: one seek in an empty index."""
    bench.ticket()
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import supportdesk.desk.desk\n"
        "from supportdesk.desk.opening import Opening\n"
        f"supportdesk.desk.desk.os_login = lambda: {LOGIN!r}\n"
        f"opening = Opening(Path({str(bench.path)!r}))\n"
        "import supportdesk.console\n"
        "assert opening.first.result().majors == ()\n"
        "print(sorted(name for name in sys.modules if 'major' in name or 'symptoms' in name))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


async def test_the_question_stands_soon_after_the_console_is_opened(bench: Bench) -> None:
    many_report(bench)
    async with console(bench) as desk:
        await desk.until("Major incident?")


async def test_of_two_that_run_line_two_names_the_newest_and_the_arrows_show_the_other(bench: Bench) -> None:
    declared(bench)
    fibre = bench.ticket("Fibre cut", component_id=None, product_id=None)
    bench.say(major.declare_major, fibre, title="Fibre", began_at=minutes(-9), texts={"en": "Fibre is down."},
              valid_until=minutes(60), at=minutes(-5))
    async with console(bench, (120, 40)) as desk:
        assert "Fibre · and 1 more" in desk.lines()[1]
        await desk.press("i")
        assert "Fibre is down." in desk.text()
        await desk.press("down")
        assert TEXTS["en"] in words(desk.text())
        assert "2 of 2" in desk.text()


async def test_solving_it_from_the_queue_leads_to_its_list_too(bench: Bench) -> None:
    declared(bench, cases=1)
    async with console(bench) as desk:
        while "VPN down" not in next(line for line in desk.lines() if line.startswith("│")):
            await desk.press("down")
        await desk.press("s")
        await desk.type("a switch was replaced")
        await desk.press("enter")
        await desk.until("1 not told yet")


async def test_a_ticket_is_declared_from_the_palette_while_another_incident_runs(bench: Bench) -> None:
    declared(bench)
    other = bench.ticket("Fibre cut", component_id=None, product_id=None)
    async with opened(bench, other) as desk:
        await desk.press("ctrl+p")
        await desk.type("declare major")
        await desk.press("enter")
        await desk.until("Declare 214-0002-4 a major incident")
        await desk.press("f2")
        await desk.until("Say in a few words what is out of order")
        await desk.press("escape", "escape")
        await desk.press("ctrl+p")
        await desk.type("declare major")
        await desk.press("enter")
        assert "Declare 214-0002-4" in desk.text()


async def test_the_incident_found_while_the_matter_is_typed_says_what_it_is_and_leads_to_the_sentence(
    bench: Bench
) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n")
        await desk.type("Zoe New")
        await desk.press("enter")
        await desk.type("079 555 00 99")
        await desk.press("enter", "enter")
        await desk.type("vpn down people")
        row = next(line for line in desk.lines() if "214-0001-9" in line)
        assert "major incident" in row
        while not next((line for line in desk.lines() if line.startswith("│")), "").count("214-0001-9"):
            await desk.press("down")
        await desk.press("enter")
        assert "Enter join" in desk.text()
        await desk.press("enter")
        await desk.until("a case of 214-0001-9")
    assert bench.ask("SELECT description FROM ticket ORDER BY pk DESC LIMIT 1") == "vpn down people"


async def test_who_names_the_number_of_the_incident_asks_about_that_ticket(bench: Bench) -> None:
    declared(bench)
    async with console(bench) as desk:
        await desk.press("n", *"019", "enter")
        assert desk.app.screen.draft.about_number == "214-0001-9"

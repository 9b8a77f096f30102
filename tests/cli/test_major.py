"""``supportdesk major`` for people and scripts: the sentence to read aloud, the question, and every refusal's cure."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import data, ran
from tests.cli.test_commands import desk, fresh_desk, number

__all__ = ["desk", "fresh_desk", "number"]


@pytest.fixture
def declared(number: str) -> str:
    """A major incident with a sentence in two languages; its number."""
    data("major", "declare", number, "--title", "VPN", "--say", "en=The VPN is down.", "--say",
         "fr=Le VPN est en panne.")
    return number


def test_a_caller_who_joins_is_read_the_sentence_in_his_language_and_is_told(declared: str) -> None:
    called = ran("call", "--major", declared, "--caller-name", "Roch", "--language", "fr")
    assert called.code == 0, called.err
    assert "To read aloud:\nLe VPN est en panne.\n" in called.err
    shown = data("major", "show", declared)
    assert [(case["caller"], case["title"], case["is_told"], case["told"]["how"]) for case in shown["cases"]] == [
        ("Roch", "VPN", True, "phone")]


def test_what_is_not_written_in_his_language_says_so(declared: str) -> None:
    assert "It was not written in it; this is en." in ran(
        "call", "--major", declared, "--caller-name", "Roch", "--language", "it").err


def test_an_expired_sentence_is_not_to_be_read_and_says_whom_to_ask(declared: str, desk: Path) -> None:
    with closing(sqlite3.connect(desk)) as conn, conn:
        conn.execute("UPDATE statement SET valid_until = at + 1")
    called = ran("call", "--major", declared, "--caller-name", "Roch")
    assert "Do not read it any more: it was valid until" in called.err
    assert "Ask" in called.err
    (line,) = data("major", "list")
    assert line["statement"]["expired"] is True
    assert "no valid sentence" in ran("major", "list").out


def test_an_update_that_did_not_come_is_said_in_words_and_to_programs(declared: str, desk: Path) -> None:
    assert data("major", "show", declared)["update_overdue"] is False
    with closing(sqlite3.connect(desk)) as conn, conn:
        conn.execute("UPDATE major_incident SET next_update_at = declared_at + 1")
    assert data("major", "show", declared)["update_overdue"] is True
    assert "min overdue" in ran("major", "show", declared).out
    assert "min overdue" in ran("major", "list").out


def test_join_takes_the_one_that_runs_and_asks_which_of_several(declared: str) -> None:
    case, second = (data("ticket", "new", "--title", "no vpn")["number"] for _n in range(2))
    assert data("major", "join", case)["number"] == declared
    data("major", "declare", second, "--title", "Mail")
    other = data("ticket", "new", "--title", "no mail")["number"]
    refused = ran("major", "join", other)
    assert refused.code == 1
    assert declared in refused.err
    assert second in refused.err


def test_who_is_not_told_is_named_when_it_ends_also_by_solving_the_ticket(declared: str) -> None:
    case = data("ticket", "new", "--title", "no vpn", "--major", declared)["number"]
    solved = ran("ticket", "solve", declared, "--solution", "restarted", "--told")
    assert f"1 caller is not told yet: {case}." in solved.err
    assert data("major", "list") == []
    told = data("major", "tell", case, "--how", "mail", "--works")
    assert (told["cases"][0]["status"], told["cases"][0]["is_told"], told["told"][0]["still_broken"]) == (
        "solved", True, False)


def test_five_callers_ask_and_a_no_is_heard_until_the_sixth(desk: Path) -> None:
    data("product", "add", "mail", "Mail")
    data("component", "add", "mail-server", "Mail server", "--product", "mail")

    def called(name: str) -> str:
        return ran("call", "--title", "no mail", "--caller-name", name, "--component", "mail-server").err

    assert not any("major incident?" in called(name) for name in "abcd")
    assert "5 callers since" in (said := called("e"))
    assert "'supportdesk major dismiss mail-server' says no." in said
    assert "Is it a major incident?" in ran("major", "list").err
    assert ran("major", "dismiss", "mail-server").code == 0
    assert data("major", "asked") == []
    assert ran("major", "dismiss", "mail-server").code == 1
    assert "6 callers since" in called("f")
    assert data("ticket", "new", "--title", "x", "--component", "mail-server")["asked"]["callers"] == 7


@pytest.mark.parametrize(("words", "says"), [
    (("declare", "{n}", "--title", "x", "--say", "The VPN is down."), "Say it with its language"),
    (("declare", "{n}", "--title", "x", "--until", "yesterday"), "no time to come"),
    (("declare", "{n}", "--title", "x", "--since", "tomorrow 9:00"), "no time that has passed"),
    (("declare", "{n}"), "Say in a few words what is out of order"),
    (("say", "{n}", "--say", "en=x"), "no major incident"),
    (("show", "{n}"), "no major incident"),
    (("join", "{n}"), "No major incident runs"),
    (("join", "{n}", "--who", "Kern"), "--who needs --how"),
    (("leave", "{n}"), "hangs on no major incident"),
    (("end", "{n}", "--solution", "x"), "no major incident"),
    (("dismiss", "nothing"), "There is no component"),
])
def test_what_cannot_be_is_refused_with_its_cure(number: str, words: tuple[str, ...], says: str) -> None:
    refused = ran("major", *(word.format(n=number) for word in words))
    assert refused.code == 1, refused.err
    assert says in refused.err


def test_a_case_and_a_correction_that_say_nothing_are_refused(declared: str) -> None:
    for words, says in ((("edit", declared), "Say what to correct"),
                        (("end", declared, "--solution", "x", "--case", "x"), "Say a case as NUMBER:phone"),
                        (("end", declared, "--solution", "x", "--case", f"{declared}:phone:maybe"), "Say a case as")):
        refused = ran("major", *words)
        assert refused.code == 1
        assert says in refused.err


def test_who_may_set_no_priority_declares_none(number: str) -> None:
    data("agent", "add", "tina", "--name", "Tina", "--role", "trainee")
    refused = ran("--as", "tina", "major", "declare", number, "--title", "VPN")
    assert refused.code == 3
    assert data("ticket", "show", number)["major"] is None

"""``supportdesk shift`` and what calling back prints, for scripts: nothing goes silently."""

from __future__ import annotations

import json

import pytest

from supportdesk.places import os_login
from tests.cli.running import data, ran
from tests.cli.test_commands import desk, fresh_desk, number

__all__ = ["desk", "fresh_desk", "number"]

AT = "2099-01-02T08:00:00Z"


@pytest.fixture
def promised(number: str) -> str:
    """A ticket with a callback, in a shift that runs."""
    data("shift", "start")
    data("ticket", "callback", number, AT, "--number", "079 123 45 67")
    return number


def test_ending_with_promises_and_no_word_is_refused_with_the_list(promised: str) -> None:
    refused = ran("shift", "end")
    assert refused.code == 1
    assert promised in refused.out
    assert "079 123 45 67" in refused.out
    assert "--pass-on team, --pass-on LOGIN, or --take-along" in refused.err
    said = ran("shift", "end", "--json")
    assert said.code == 1
    assert [line["number"] for line in json.loads(said.out)] == [promised]
    assert json.loads(said.err)["error"]["code"] == "undecided"
    assert data("shift", "status")["presence"] == "on"


def test_everything_is_passed_on_to_the_team(promised: str) -> None:
    done = ran("shift", "end", "--pass-on", "team", "--note", "she has the part")
    assert done.code == 0
    assert "1 callback passed on" in done.err
    shown = data("ticket", "show", promised)
    assert shown["callback_holder"]["holder"] == "team"
    assert shown["callback_holder"]["because"] == "shift_over"
    assert any("she has the part" in (event["text"] or "") for event in shown["timeline"])
    assert "on the team's list: the shift of" in ran("ticket", "show", promised).out


def test_or_to_a_colleague_by_login(promised: str) -> None:
    data("agent", "add", "eva", "--name", "Eva")
    data("shift", "end", "--pass-on", "eva")
    assert data("ticket", "show", promised)["contact_owner"] == "eva"


def test_or_taken_along(promised: str) -> None:
    data("shift", "end", "--take-along")
    shown = data("ticket", "show", promised)
    assert (shown["callback_holder"]["holder"], shown["callback_holder"]["because"]) == ("person", "taken_along")
    assert data("ticket", "undo")["verb"] == "end_shift"
    assert data("shift", "status")["presence"] == "on"


@pytest.mark.parametrize(("options", "field"), [
    (("--pass-on", "team", "--take-along"), "take_along"), (("--note", "a word"), "note"),
    (("--pass-on", "nobody"), "agent"), (("--pass-on", os_login()), "pass_on"),
])
def test_what_cannot_be_meant_is_refused(promised: str, options: tuple[str, ...], field: str) -> None:
    refused = ran("shift", "end", *options, "--json")
    assert refused.code == 1
    assert data("shift", "status")["presence"] == "on"
    assert json.loads(refused.err)["error"].get("field", field) == field


def test_a_break_and_its_end(promised: str) -> None:
    assert data("shift", "break")["presence"] == "break"
    assert ran("shift", "break").code == 1
    assert data("shift", "back")["presence"] == "on"


def test_an_attempt_says_when_to_try_again_and_why_then(promised: str) -> None:
    done = ran("ticket", "callback", promised, "--outcome", "busy")
    assert done.code == 0
    assert "in the zone of the number (Europe/Zurich)" in done.err
    assert f"supportdesk ticket callback {promised} 20" in done.err
    assert data("ticket", "show", promised)["callback_at"] == AT
    refused = ran("ticket", "close", promised, "--not-reached", "Please call us.")
    assert refused.code == 1
    assert "1 try on 1 day" in refused.err


def test_a_call_about_the_ticket_says_that_it_settles_the_promise(promised: str) -> None:
    done = ran("call", "--about", promised, "--chaser")
    assert f"The callback promised on {promised} is settled by this call." in done.err
    assert data("ticket", "show", promised)["callback_at"] is None

"""What subcommands do for a person: exit codes, names resolved, one fact a line, numbers however they are typed."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from supportdesk.cli.main import run
from supportdesk.desk import setup
from supportdesk.places import os_login
from tests.cli.conftest import Ran
from tests.cli.running import data, ran

Sd = Callable[..., Ran]


@pytest.fixture(scope="session")
def fresh_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fresh") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    return path


@pytest.fixture(autouse=True)
def desk(fresh_desk: Path, desk_home: Path) -> Path:
    desk_home.mkdir(mode=0o700)
    copyfile(fresh_desk, desk_home / "desk.db")
    return desk_home / "desk.db"


@pytest.fixture
def number() -> str:
    return str(data("ticket", "new", "--title", "VPN drops", "--caller-name", "Lea")["number"])


# numbers


def test_a_ticket_is_found_by_its_whole_number_without_hyphens_and_by_its_end(number: str) -> None:
    digits = number.replace("-", "")
    for typed in (number, digits, f" {number} ", digits[-3:], number.replace("-", " ")):
        assert data("ticket", "show", typed)["number"] == number


def test_a_ticket_is_found_by_its_id(number: str) -> None:
    assert data("ticket", "show", data("ticket", "show", number)["id"])["number"] == number


def test_a_slip_in_a_number_is_noticed(number: str) -> None:
    slip = number[:-1] + str((int(number[-1]) + 1) % 10)
    done = ran("ticket", "show", slip, "--json")
    assert done.code == 1
    assert done.error["code"] == "mistyped"


def test_an_end_that_fits_several_is_a_choice() -> None:
    numbers = [data("ticket", "new", "--title", f"t{n}")["number"] for n in range(12)]
    last = {n[-1] for n in numbers}
    digit = max(last, key=lambda d: sum(n.endswith(d) for n in numbers))
    done = ran("ticket", "show", digit, "--json")
    assert (done.code, done.error["code"]) == (1, "ambiguous")
    assert all(n in done.error["message"] for n in numbers if n.endswith(digit))


def test_the_number_of_a_merged_ticket_leads_to_the_one_that_stays(number: str) -> None:
    other = data("ticket", "new", "--title", "the same again")["number"]
    data("ticket", "merge", other, number)
    assert data("ticket", "show", other)["number"] == number
    said = ran("ticket", "show", other)
    assert f"{other} was merged into {number}." in said.err


# who and what


def _opened(*options: str) -> dict[str, Any]:
    """A ticket opened with these options, as it stands."""
    shown: dict[str, Any] = data("ticket", "show", data("ticket", "new", "--title", "x", *options)["number"])
    return shown


def test_one_person_behind_a_number_is_the_caller_and_several_are_never_guessed() -> None:
    data("caller", "add", "Lea Favre", "--number", "021 555 01 00")
    known = _opened("--caller-number", "+41 21 555 01 00")
    assert known["caller"] == "Lea Favre"
    data("caller", "add", "Marc Favre", "--number", "0215550100")
    opened = ran("ticket", "new", "--title", "x", "--caller-number", "0215550100")
    assert opened.code == 0
    assert "Lea Favre" in opened.err
    assert "Marc Favre" in opened.err
    assert _opened("--caller-number", "0215550100", "--caller-name", "Marc")["caller_id"] is not None


def test_somebody_else_at_a_known_telephone_is_somebody_else() -> None:
    data("caller", "add", "Lea Favre", "--number", "021 555 01 00")
    shown = _opened("--caller-number", "0215550100", "--caller-name", "Pit Zbinden")
    assert (shown["caller"], shown["caller_id"]) == ("Pit Zbinden", None)


def test_the_same_digits_in_another_country_are_another_telephone() -> None:
    data("caller", "add", "Lea Favre", "--number", "+41 79 123 45 67")
    assert _opened("--caller-number", "+33 7 91 23 45 67")["caller_id"] is None


def test_what_the_catalogue_lacks_is_kept_as_given_and_listed() -> None:
    opened = _opened("--component", "Flux=Kompensator [/", "--caller-name", "Nobody")
    assert opened["component"] == "Flux=Kompensator [/"
    assert data("component", "list", "--missing") == [{"name": "Flux=Kompensator [/", "tickets": 1}]
    assert data("caller", "find", "--missing") == [{"name": "Nobody", "tickets": 1}]


@pytest.mark.parametrize("command", [("ticket", "new"), ("call",)], ids=" ".join)
def test_a_sticker_nobody_knows_is_kept_as_given(command: tuple[str, ...]) -> None:
    alone = ran(*command, "--title", "x", "--asset", "PC-99")
    assert alone.code == 0
    assert "No device PC-99 is known; it is kept as given." in alone.err
    assert data("asset", "find", "--missing") == [{"name": "PC-99", "tickets": 1}]
    assert data("component", "list", "--missing") == []
    beside = data(*command, "--title", "x", "--asset", "PC-99", "--component", "Flux")["number"]
    shown = data("ticket", "show", beside)
    assert shown["component"] == "Flux"
    assert "Device as given: PC-99" in str(shown["timeline"])
    data("product", "add", "vpn", "VPN")
    data("component", "add", "vpn-client", "Client", "--product", "vpn")
    assert data(*command, "--title", "x", "--asset", "PC-99", "--component", "vpn-client")["number"]
    assert data("asset", "find", "--missing") == [{"name": "PC-99", "tickets": 3}]
    [told] = [found for found in ran("doctor", "--json").json["findings"] if "(asset)" in found["message"]]
    assert "PC-99" in told["message"]
    assert "supportdesk asset add" in told["cure"]


def test_two_components_of_one_name_are_a_choice_that_is_made_by_slug_or_path() -> None:
    for product in ("mail", "vpn"):
        data("product", "add", product, product.upper())
        data("component", "add", f"{product}-client", "Client", "--product", product)
    done = ran("ticket", "new", "--title", "x", "--component", "client", "--json")
    assert (done.code, done.error["code"], done.error["field"]) == (1, "ambiguous", "component")
    assert "vpn-client" in done.error["message"]
    for named in ("vpn-client", "VPN > Client", "vpn > client"):
        assert _opened("--component", named)["product"] == "VPN"


def test_a_team_or_an_agent_there_is_not_is_refused_with_the_command_that_lists_them(number: str) -> None:
    for option, noun in (("--team", "team"), ("--to", "agent")):
        done = ran("ticket", "assign", number, option, "no-such", "--json")
        assert (done.code, done.error["code"], done.error["field"]) == (1, "not_found", noun)
        assert f"supportdesk {noun} list" in done.error["message"]


# exit codes


def test_exit_codes_say_what_kind_of_no_it_is(number: str, desk: Path) -> None:
    data("agent", "add", "reader", "--role", "auditor")
    assert ran("ticket", "take", number).code == 0
    assert ran("ticket", "cancel", number).code == 1  # no reason
    assert ran("ticket", "show", "999").code == 1
    assert ran("ticket", "nonsense").code == 2
    assert ran("ticket", "new", "--impact", "7").code == 2
    assert ran("--as", "reader", "ticket", "take", number).code == 3
    assert ran("ticket", "list", "--db", str(desk.parent / "none.db")).code == 3


def test_a_refusal_names_the_field(number: str) -> None:
    assert ran("ticket", "prioritise", number, "--priority", "P1", "--json").error["field"] == "priority_reason"
    assert ran("ticket", "callback", number, "yesterday", "--json").error["field"] == "when"
    assert ran("ticket", "list", "--view", "none", "--json").error["field"] == "view"


def test_a_desk_is_not_made_twice() -> None:
    done = ran("init", "--json")
    assert (done.code, done.error["code"]) == (3, "exists")


def test_a_ticket_somebody_else_took_is_not_taken_away_and_he_is_named(number: str) -> None:
    data("agent", "add", "zoe", "--name", "Zoé Blanc", "--team", "hotline")
    data("--as", "zoe", "ticket", "take", number)
    done = ran("ticket", "take", number, "--json")
    assert (done.code, done.error["code"], done.error["field"]) == (1, "changed", "assignee")
    assert "zoe changed it" in done.error["message"]
    assert "agent: Zoé Blanc" in done.error["message"]


# for people


def test_plain_is_one_fact_a_line(number: str) -> None:
    listed = ran("ticket", "list", "--plain").out.splitlines()
    assert f"Number: {number}" in listed
    assert "Matter: VPN drops" in listed
    shown = ran("ticket", "show", number, "--plain").out
    assert f"Ticket: {number}  incident" in shown


def test_data_go_to_stdout_and_narration_to_stderr(number: str) -> None:
    done = ran("ticket", "take", number)
    assert done.out == ""
    assert done.err == f"{number}: taken.\n"
    empty = ran("ticket", "list", "--view", "waiting")
    assert (empty.out, empty.err) == ("", "No ticket stands in this view.\n")
    assert ran("ticket", "list", "--view", "waiting", "--json").out == "[]\n"


def test_undo_takes_back_the_last_action_or_the_last_on_a_ticket(number: str) -> None:
    other = data("ticket", "new", "--title", "other")["number"]
    data("ticket", "take", number)
    data("ticket", "take", other)
    assert data("ticket", "undo", number)["ticket"]["assignee"] is None
    assert data("ticket", "show", other)["assignee"] == os_login()
    assert data("ticket", "undo")["ticket"]["number"] == other
    history = data("ticket", "show", number)["timeline"]
    assert [(event["kind"], event["undone"], event["undoes"]) for event in history[1:]] == [
        ("take", True, None), ("undo", False, "take"),
    ]  # fmt: skip


def test_a_call_in_one_command_is_one_contact_with_its_ticket_and_a_word_for_the_caller() -> None:
    said = ran("call", "--title", "No dial tone", "--caller-name", "Léa", "--language", "fr", "--callback", "30")
    assert "Votre numéro de ticket" in said.err
    (contact,) = data("contact", "list")
    assert contact["outcome"] == "callback_promised"
    assert len(contact["tickets"]) == 1
    done = data("call", "--about", contact["tickets"][0], "--chaser", "--caller-name", "Léa")
    assert done["tickets"] == contact["tickets"]
    assert data("ticket", "show", contact["tickets"][0])["chasers"] == 1


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--callback", "30"), "callback"),
        (("--solution", "y"), "solution"),
        (("--hand-over", "nosuch"), "hand_over"),
        (("--title", "y"), "title"),
        (("--outcome", "callback_promised"), "outcome"),
        (("--outcome", "handed_over"), "outcome"),
        (("--outcome", "solved"), "outcome"),
        (("--outcome", "new_ticket"), "outcome"),
    ],
)
def test_what_cannot_stand_beside_about_is_refused_and_nothing_is_logged(
    number: str, options: tuple[str, ...], field: str
) -> None:
    assert ran("call", "--about", number, *options, "--json").error["field"] == field
    assert data("contact", "list") == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--chaser",), "chaser"),
        (("--callback-number", "021 555 01 00"), "callback_number"),
        (("--request", "a"), "request"),
        (("--tried", "b"), "tried"),
        (("--solution", "d", "--hand-over", "network", "--request", "a", "--tried", "b"), "offer"),
    ],
)
def test_an_option_without_its_partner_is_not_dropped_in_silence(options: tuple[str, ...], field: str) -> None:
    data("team", "add", "network", "Network", "--level", "2")
    assert ran("call", "--title", "t", *options, "--json").error["field"] == field
    assert data("ticket", "list", "--view", "all") == []


def test_the_number_that_was_called_and_for_whom_are_kept() -> None:
    data("caller", "add", "Lea Favre")
    behalf = ("--called-number", "0800 55 01 00", "--on-behalf-of", "Lea Favre")
    saved = data("call", "--title", "x", "--caller-name", "Marc", *behalf)
    contact = data("contact", "show", saved["contact_id"])
    assert (contact["called_number"], contact["on_behalf_of"]) == ("0800 55 01 00", "Lea Favre")
    assert data("ticket", "show", saved["number"])["affected"] == "Lea Favre"
    id = data("call", "--outcome", "information", "--on-behalf-of", "somebody")["contact_id"]
    assert data("contact", "show", id)["on_behalf_of"] == "somebody"


def test_files_are_attached_all_or_none(number: str, tmp_path: Path) -> None:
    for name in ("vpn.log", "screen.png"):
        (tmp_path / name).write_text(name)
    good, other = str(tmp_path / "vpn.log"), str(tmp_path / "screen.png")
    for odd in (str(tmp_path / "nosuch"), str(tmp_path)):
        assert ran("ticket", "attach", number, good, odd, "--json").error["field"] == "file"
        assert data("ticket", "show", number)["attachments"] == []
    assert [file["name"] for file in data("ticket", "attach", number, good, other)] == ["vpn.log", "screen.png"]
    data("ticket", "undo")
    assert data("ticket", "show", number)["attachments"] == []


def test_a_call_without_a_ticket_needs_an_outcome_that_has_none() -> None:
    assert ran("call", "--outcome", "solved", "--json").error["field"] == "outcome"
    assert data("call", "--outcome", "spam")["tickets"] == []


def test_a_shared_desk_is_for_the_group_and_nobody_else(desk_home: Path, tmp_path: Path) -> None:
    import grp
    import os

    group = grp.getgrgid(os.getgid()).gr_name
    path = tmp_path / "shared" / "desk.db"
    assert ran("init", "--group", group, "--db", str(path)).code == 0
    assert path.stat().st_mode & 0o7777 == 0o660
    assert path.parent.stat().st_mode & 0o7777 == 0o2770
    done = ran("init", "--group", "no-such-group", "--db", str(tmp_path / "x.db"), "--json")
    assert (done.code, done.error["field"]) == (1, "group")


def test_an_import_with_refused_rows_lets_nothing_in_unless_told(tmp_path: Path, sd: Sd) -> None:
    file = tmp_path / "callers.csv"
    file.write_text("name,mail\nAnna,a@example.org\n,b@example.org\n", "utf-8")
    refused = ran("caller", "import", str(file))
    assert refused.code == 1
    assert "line 3:" in refused.err
    assert data("caller", "find", "anna") == []
    assert data("caller", "import", str(file), "--keep-good")["refused_count"] == 1
    assert [caller["name"] for caller in data("caller", "find", "anna")] == ["Anna"]
    assert ran("ticket", "undo").code == 0
    assert data("caller", "find", "anna") == []


# Tab


def _offered(monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    """What Tab offers for the last word of a command line in bash."""
    words = line.split(" ")
    monkeypatch.setenv("_SUPPORTDESK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit):
        run([])
    for variable in ("_SUPPORTDESK_COMPLETE", "COMP_WORDS", "COMP_CWORD"):
        monkeypatch.delenv(variable)
    return out.getvalue().split()


def test_tab_offers_numbers_slugs_and_codes(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _offered(monkeypatch, f"supportdesk ticket show {number[:3]}") == [number]
    assert _offered(monkeypatch, "supportdesk ticket take ") == [number]
    assert _offered(monkeypatch, "supportdesk handoff offer 1 hot") == ["hotline"]
    assert _offered(monkeypatch, "supportdesk kb show vpn-d") == ["vpn-drops"]
    assert _offered(monkeypatch, "supportdesk ticket list --view wa") == ["waiting"]


def test_tab_offers_nothing_where_there_is_no_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.unlink()
    assert _offered(monkeypatch, "supportdesk ticket show 9") == []
    assert _offered(monkeypatch, "supportdesk handoff offer 1 hot") == []


def test_who_is_given_a_ticket_takes_it_to_his_team_and_its_level(number: str) -> None:
    data("team", "add", "network", "Network", "--level", "2")
    data("agent", "add", "nils", "--team", "network")
    (line,) = data("ticket", "assign", number, "--to", "nils")
    assert (line["assignee"], line["team"], line["level"], line["status"]) == ("nils", "network", 2, "in_progress")


def test_erasing_a_person_wants_a_yes_and_then_leaves_nothing_to_find() -> None:
    data("caller", "add", "Lea Favre", "--number", "021 555 01 00")
    refused = ran("caller", "erase", "Lea Favre")
    assert refused.code == 1
    assert "--yes" in refused.err
    assert data("caller", "find", "favre")[0]["name"] == "Lea Favre"
    assert data("caller", "erase", "Lea Favre", "--yes")["records"] == 1
    assert data("caller", "find", "favre") == []
    assert ran("caller", "erase", "Lea Favre", "--yes").code == 1
    assert ran("ticket", "undo").code == 1

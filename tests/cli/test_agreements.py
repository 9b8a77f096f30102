"""Calendars and contracts in the shell: checked with lines, brought in whole, written out, read in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest

from supportdesk.desk import setup
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from tests.agreements.files import ALPINA, GENEVA, STANDARDS
from tests.cli.running import data, ran


@pytest.fixture(scope="session")
def fresh_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agreed") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    return path


@pytest.fixture(autouse=True)
def desk(fresh_desk: Path, desk_home: Path) -> Path:
    desk_home.mkdir(mode=0o700)
    copyfile(fresh_desk, desk_home / "desk.db")
    data("organisation", "add", "Alpina")
    return desk_home / "desk.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "agreed.toml"
    written.write_text(GENEVA + STANDARDS + ALPINA, "utf-8")
    return written


def test_every_mistake_is_told_with_its_line_and_the_exit_code_says_refused(file: Path) -> None:
    text = file.read_text("utf-8").replace('"15 min"', '"0 min"').replace("Europe/Zurich", "Nowhere")
    file.write_text(text, "utf-8")
    numbers = [n for n, line in enumerate(text.splitlines(), 1) if "Nowhere" in line or '"0 min"' in line]
    for words in (("contract", "check"), ("contract", "import"), ("contract", "import", "--dry-run")):
        done = ran(*words, str(file))
        assert done.code == 1
        assert [line.partition(":")[0] for line in done.err.splitlines()[:2]] == [f"line {n}" for n in numbers]
        assert done.err.splitlines()[2] == "2 mistakes: nothing was changed. Mend the lines above."
    assert data("contract", "list") == []


def test_a_dry_run_tells_what_would_be_and_changes_nothing(file: Path) -> None:
    done = ran("contract", "import", str(file), "--dry-run")
    assert done.code == 0
    assert done.err.splitlines() == ["Calendar geneva (Genève) is new.", "Contract silver (Silver) is new.",
                                     "Contract alpina (Alpina 24) is new.", "Nothing was changed."]
    assert data("contract", "list") == []


def test_calendar_import_leaves_the_contracts_of_the_file_alone(file: Path) -> None:
    assert ran("calendar", "import", str(file)).code == 0
    assert "geneva" in [line["slug"] for line in data("calendar", "list")]
    assert data("contract", "list") == []


def test_what_is_written_to_a_file_is_brought_in_without_a_change_and_undone_as_one(file: Path, tmp_path: Path) -> None:
    assert ran("contract", "import", str(file)).code == 0
    out = tmp_path / "out.toml"
    assert ran("contract", "export", "-o", str(out)).code == 0
    assert ran("contract", "export").out.strip() == out.read_text("utf-8").strip()
    again = ran("contract", "import", str(out))
    assert (again.code, again.err.strip()) == (0, "Everything stands so already; there was nothing to change.")
    assert ran("contract", "export", "-o", str(out)).code == 1, "a file is never written over"
    assert ran("ticket", "undo").code == 0
    assert data("contract", "list") == []
    assert ran("contract", "import", str(out)).code == 0
    assert len(data("contract", "list")) == 2


@pytest.mark.parametrize("name", ["missing.toml", "folder", "latin.toml", "broken.toml", "nothing.toml"])
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.toml").write_bytes("name = 'Genève'".encode("latin-1"))
    (tmp_path / "broken.toml").write_text("[[contract]\n")
    (tmp_path / "nothing.toml").write_text("")
    done = ran("contract", "check", str(tmp_path / name), "--json")
    assert done.code == 1
    assert done.error["field"] == "file"


def test_only_an_admin_brings_in_and_everybody_reads(file: Path) -> None:
    data("agent", "add", "nils", "--role", "specialist")
    assert ran("--as", "nils", "contract", "import", str(file)).code == 3
    assert ran("contract", "import", str(file)).code == 0
    shown = ran("--as", "nils", "contract", "show", "alpina")
    assert shown.code == 0
    assert "(negotiated; standard 4 h)" in shown.out


def test_a_ticket_is_put_under_a_contract_or_worked_on_as_goodwill(file: Path) -> None:
    ran("contract", "import", str(file))
    number = data("ticket", "new", "--title", "VPN")["number"]
    assert data("contract", "choose", number, "Alpina 24")["contract"] == "alpina"
    refused = ran("contract", "choose", number, "silver", "--json")
    assert (refused.code, refused.error["field"]) == (1, "contract")
    told = data("contract", "goodwill", number, "his first week")
    assert (told["coverage"], told["contract"], told["coverage_reason"]) == ("goodwill", None, "his first week")
    assert ran("contract", "goodwill", number, " ").code == 1


@pytest.mark.parametrize(("day", "told"), [
    (datetime(2027, 10, 31, tzinfo=UTC), ""),
    (datetime(2027, 11, 1, tzinfo=UTC), "The public holidays of calendar geneva end with 2027. Bring its file in"),
    (datetime(2028, 1, 1, tzinfo=UTC), "The public holidays of calendar geneva ended with 2027: what falls due"),
])
def test_the_list_and_the_doctor_say_60_days_before_that_public_holidays_run_out(
    file: Path, monkeypatch: pytest.MonkeyPatch, day: datetime, told: str
) -> None:
    ran("calendar", "import", str(file))
    monkeypatch.setattr(Desk.__init__, "__kwdefaults__", {"as_login": None, "clock": lambda: day})
    listed = ran("calendar", "list").err.splitlines()
    assert [line[:len(told)] for line in listed] == [told][:bool(told)]
    found = json.loads(ran("doctor", "--json").out)["findings"]
    assert [f"{each['message']} {each['cure']}" for each in found if each["code"] == "holidays_run_out"] == listed


def test_bringing_the_file_in_again_without_its_years_is_the_cure(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran("calendar", "import", str(file))
    monkeypatch.setattr(Desk.__init__, "__kwdefaults__", {
        "as_login": None, "clock": lambda: datetime(2028, 1, 1, tzinfo=UTC)})
    out = tmp_path / "out.toml"
    out.write_text("".join(line for line in ran("calendar", "export").out.splitlines(keepends=True)
                           if not line.startswith("years")), "utf-8")
    assert ran("calendar", "import", str(out)).code == 0
    assert ran("calendar", "list").err == ""


def test_ticket_show_says_what_is_due_next_and_by_which_contract(file: Path) -> None:
    ran("contract", "import", str(file))
    number = data("ticket", "new", "--title", "VPN", "--organisation", "Alpina", "--impact", "1", "--urgency", "1")[
        "number"]
    shown = ran("ticket", "show", number, "--plain").out.splitlines()
    coming = [line.removesuffix(" (Alpina 24)") for line in shown if line.endswith(" (Alpina 24)")]
    assert [line.partition(" due ")[0] for line in coming] == ["Next: first answer", "Next: solution"]
    assert "Contract: Alpina 24" in shown

"""How the shell answers: one sentence or one object, four exit codes, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from supportdesk import incident_log
from supportdesk.cli import version
from supportdesk.cli.main import NOUNS, SHELLS
from supportdesk.cli.shell import shell
from supportdesk.terms.errors import Invalid, NotPermitted, NotReady
from tests.cli.conftest import Ran


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes ``supportdesk version`` end in an error."""

    def end_with(error: BaseException) -> None:
        def fail() -> None:
            raise error

        (command,) = version.app.registered_commands
        monkeypatch.setattr(command, "callback", fail)

    return end_with


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Invalid("No such team.", field="team"), 1, {"code": "invalid", "field": "team", "message": "No such team."}),
        (NotPermitted("Ask an admin."), 3, {"code": "not_permitted", "message": "Ask an admin."}),
        (NotReady("The disk is full.", code="disk_full"), 3, {"code": "disk_full", "message": "The disk is full."}),
    ],
)
def test_a_refusal_is_one_sentence_or_one_object(
    sd: Callable[..., Ran], ending: Callable, error: Exception, code: int, told: dict[str, str]
) -> None:
    ending(error)
    said = sd("version")
    assert (said.code, said.out, said.err) == (code, "", f"{error}\n")
    machine = sd("version", "--json")
    assert (machine.code, machine.out, machine.error) == (code, "", told)


def test_an_unforeseen_error_is_a_reference_and_no_traceback(sd: Callable[..., Ran], ending: Callable) -> None:
    ending(RuntimeError("Monique Perret's password is hunter2"))
    said = sd("version")
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "Monique" not in said.err
    log = incident_log.log_file().read_text("utf-8")
    assert log.split()[1] in said.err
    assert "Monique" not in log
    assert sd("version", "--json").error["code"] == "internal"


@pytest.mark.parametrize(
    "arguments",
    [
        ["vresion"],
        ["version", "--no-such-option"],
        ["config", "set"],
        ["config", "set", "a", "b", "c"],
        ["config"],
        ["--db"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_with_where_to_look(sd: Callable[..., Ran], arguments: list[str]) -> None:
    said = sd(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert "supportdesk" in said.err
    machine = sd("--json", *arguments)
    assert machine.code == 2
    assert machine.error["code"] == "usage"
    assert "\n" not in machine.error["message"]


def test_the_nearest_command_is_offered(sd: Callable[..., Ran]) -> None:
    assert "Did you mean version?" in sd("vresion").err


def test_hostile_arguments_do_not_reach_the_terminal(sd: Callable[..., Ran]) -> None:
    for said in (sd("\x1b]0;x\x07"), sd("config", "set", "\x9b2J", "\x1b[2J"), sd("version", "\x1b[2J"), sd("--\x1bx")):
        assert said.code in (1, 2)
        assert not {sign for sign in said.err if ord(sign) < 32 or 127 <= ord(sign) < 160} - {"\n"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--db", "a.db", "--as", "ana", "config", "show"],
        ["config", "--json", "--db", "a.db", "show", "--as", "ana"],
        ["config", "show", "--as=ana", "--db=a.db", "--json"],
        ["--db", "other.db", "config", "show", "--as=ana", "--db", "a.db", "--json"],
    ],
    ids=" ".join,
)
def test_global_options_stand_before_or_after_the_command(sd: Callable[..., Ran], arguments: list[str]) -> None:
    rows = {row["key"]: row["value"] for row in sd(*arguments).json}
    assert rows["db"] == os.path.abspath("a.db")
    assert shell().as_login == "ana"


def test_an_option_of_one_command_is_forgotten_by_the_next(sd: Callable[..., Ran]) -> None:
    assert sd("version", "--json").out.startswith("{")
    assert sd("version").out.startswith("supportdesk")


def test_help_names_every_noun(sd: Callable[..., Ran]) -> None:
    page = sd("--help")
    assert page.code == 0
    assert page.err == ""
    assert all(f"\n  {noun} " in page.out for noun in NOUNS)


@pytest.mark.parametrize("name", SHELLS)
def test_there_is_a_completion_script_for_each_shell(sd: Callable[..., Ran], name: str) -> None:
    script = sd("--show-completion", name)
    assert script.code == 0
    assert "_SUPPORTDESK_COMPLETE" in script.out


def test_an_unknown_shell_is_refused_with_those_there_are(sd: Callable[..., Ran]) -> None:
    refused = sd("--show-completion", "tcsh")
    assert refused.code == 2
    assert "bash, zsh, fish" in refused.err


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("supportdesk conf", ["config"]),
        ("supportdesk config s", ["show", "set"]),
        ("supportdesk config show --pl", ["--plain"]),
    ],
)
def test_the_tabulator_completes_nouns_verbs_and_options(typed: str, offered: list[str]) -> None:
    words = typed.split(" ")
    completed = subprocess.run(
        [sys.executable, "-m", "supportdesk"],
        env=os.environ
        | {"_SUPPORTDESK_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split() == offered


def test_versions_are_named(sd: Callable[..., Ran]) -> None:
    told = sd("version", "--json").json
    assert set(told) == {"supportdesk", "python", "sqlite", "system"}
    assert json.dumps(told)

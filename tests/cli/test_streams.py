"""What was saved is not called undone because nobody took the answer: a script that retries would make doubles."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.running import data

FULL = "/dev/full"


def shell_line(line: str) -> subprocess.CompletedProcess[str]:
    """A line for the system's shell, ``supportdesk`` being the one under test."""
    command = f'"{sys.executable}" -m supportdesk'
    return subprocess.run(["sh", "-c", line.replace("supportdesk", command)], capture_output=True, text=True)


def titles() -> list[str]:
    return [ticket["title"] for ticket in data("ticket", "list", "--view", "all")]


@pytest.mark.parametrize(("where", "code"), [(">&-", 0), (f">{FULL}", 1), (f"2>{FULL}", 0), (">&- 2>&- <&-", 0)])
def test_a_ticket_is_saved_once_whatever_becomes_of_the_answer(where: str, code: int) -> None:
    data("init")
    done = shell_line(f"supportdesk ticket new --title zither {where}")
    assert (done.returncode, titles()) == (code, ["zither"])
    assert "Nothing more was done" not in done.stderr


def test_an_answer_that_could_not_be_written_is_told_as_that() -> None:
    data("init")
    told = json.loads(shell_line(f"supportdesk ticket new --title zither --json >{FULL}").stderr)["error"]
    assert told["code"] == "answer_lost"
    assert "what was asked was done" in told["message"]


@pytest.mark.parametrize("command", ["--version", "--help", "ticket list", "ticket list --json", "config check"])
def test_a_full_device_is_no_fault_of_the_program(command: str) -> None:
    data("init")
    told = shell_line(f"supportdesk {command} >{FULL}")
    if command in ("ticket list", "config check"):  # their answer is empty and narrated
        assert told.returncode == 0
    else:
        assert told.returncode == 1
        assert "The answer could not be written (No space left on device)" in told.stderr
    assert "Traceback" not in told.stderr
    assert "Reference" not in told.stderr


def test_a_backup_without_anybody_to_tell_is_made() -> None:
    data("init")
    assert shell_line('supportdesk backup "$SUPPORTDESK_HOME/copy" >&-').returncode == 0
    assert os.path.exists(os.environ["SUPPORTDESK_HOME"] + "/copy")


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_the_console_without_a_stream_asks_for_a_terminal(closed: str) -> None:
    data("init")
    told = shell_line(f"supportdesk {closed}")
    assert told.returncode == 3
    assert "needs a terminal" in told.stderr

"""What a start imports, seen from inside a fresh process (DESIGN.md 2 and 4); the static side is import-linter's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = ("fastapi", "starlette", "uvicorn", "msgspec", "psycopg", "zstandard", "supportdesk.server")
HEAVY = ("sqlmodel", "sqlalchemy", "pydantic", "alembic", "textual", "httpx", "rich", *SERVER)
WRITING = ("sqlmodel", "sqlalchemy", "pydantic", "alembic")

_WATCH = """
import json, os, sys
sys.argv = ["supportdesk", *json.loads(os.environ["ARGUMENTS"])]
from supportdesk.entry import run
code = run()
sys.stdout.flush()
os.write(3, json.dumps([code, sorted(sys.modules)]).encode())
"""


def _modules_after(*arguments: str) -> set[str]:
    """Top-level names and modules in ``sys.modules`` when the command has done its work."""
    read, write = os.pipe()
    script = f"import os; os.dup2({write}, 3) if {write} != 3 else None\n{_WATCH}"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"ARGUMENTS": json.dumps(arguments)},
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write)
        with os.fdopen(read, "rb") as told:
            answer = told.read()
        out, err = process.communicate()
    assert answer, err.decode()
    code, modules = json.loads(answer)
    assert code == 0, (out, err)
    return {name.partition(".")[0] for name in modules} | set(modules)


def test_the_version_is_answered_before_typer_is_imported() -> None:
    modules = _modules_after("--version")
    assert modules.isdisjoint({"typer", "tomllib", "gettext", "supportdesk.settings", *HEAVY})


@pytest.mark.parametrize("arguments", [["version"], ["config", "show"], ["--help"], ["config", "--help"]], ids=" ".join)
def test_a_reading_command_imports_neither_the_writing_side_nor_the_terminal(arguments: list[str]) -> None:
    modules = _modules_after(*arguments)
    assert "typer" in modules
    assert modules.isdisjoint(HEAVY)


def test_a_command_imports_its_own_noun_only() -> None:
    nouns = {name for name in _modules_after("version") if name.startswith("supportdesk.cli.")}
    assert nouns == {f"supportdesk.cli.{name}" for name in ("main", "output", "shell", "tree", "version", "words")}


READING = [["ticket", "list"], ["ticket", "list", "--json"], ["kb", "search", "vpn"], ["handoff", "list"],
           ["team", "list"], ["doctor"], ["calendar", "list"], ["contract", "list"], ["contract", "export"],
           ["sync", "status"], ["sync", "conflicts"]]


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("imports") / "desk.db"
    modules = _modules_after("--db", str(path), "init")
    assert "sqlmodel" in modules, "else this file sees nothing"
    assert modules.isdisjoint(SERVER)
    return path


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_reading_a_desk_imports_neither_sqlmodel_nor_textual(initialised: Path, arguments: list[str]) -> None:
    assert _modules_after("--db", str(initialised), *arguments).isdisjoint({*HEAVY, "holidays"} - {"rich"})


def test_writing_to_a_desk_imports_nothing_of_the_server(initialised: Path) -> None:
    modules = _modules_after("--db", str(initialised), "ticket", "new", "--title", "VPN drops")
    assert modules.isdisjoint(SERVER)


@pytest.mark.parametrize("arguments", [["serve", "--help"], ["server", "device", "code", "--help"]], ids=" ".join)
def test_the_help_of_the_server_needs_none_of_its_packages(arguments: list[str]) -> None:
    assert _modules_after(*arguments).isdisjoint(HEAVY)


def test_a_code_is_made_without_what_only_a_running_server_needs(tmp_path: Path) -> None:
    from supportdesk.server.exchange import Exchange

    Exchange.open(tmp_path).close()
    modules = _modules_after("server", "device", "code", "--data", str(tmp_path))
    assert "msgspec" in modules, "else this file sees nothing"
    assert modules.isdisjoint({"fastapi", "starlette", "uvicorn", "textual", "sqlmodel"})


def test_the_console_imports_no_shell_no_writing_side_and_no_network_before_its_first_paint() -> None:
    script = "import supportdesk.app, json, sys; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    modules = set(json.loads(told.stdout))
    assert modules.isdisjoint({"typer", "httpx", *SERVER, *WRITING})

"""Command lines run in this process, many in a row, each with what it printed; and every command there is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from typing import Any

import pytest
import typer

from supportdesk.cli.main import PROGRAM, root, run
from supportdesk.desk.desk import Desk
from tests.cli.conftest import Ran

Leaf = tuple[tuple[str, ...], Any]
"""A command's words, as ("ticket", "list"), and the command itself."""


def ran(*arguments: str) -> Ran:
    """Run a command line without a terminal and without a test's own capture."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    return Ran(code, out.getvalue(), err.getvalue())


def data(*arguments: str) -> Any:
    """What a command that must succeed prints with ``--json``."""
    done = ran(*arguments, "--json")
    assert done.code == 0, (arguments, done.err)
    return json.loads(done.out)


def the_time_is(clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every desk that is opened from now on, as by a command, goes by this clock."""
    monkeypatch.setitem(Desk.__init__.__kwdefaults__, "clock", clock)


def commands() -> list[Leaf]:
    """Every command that does something, with its words."""

    def walk(command: Any, words: tuple[str, ...], context: Any) -> Iterator[Leaf]:
        if not hasattr(command, "list_commands"):
            yield words, command
            return
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            yield from walk(verb, (*words, name), typer.Context(verb, info_name=name, parent=context))

    whole = root()
    return list(walk(whole, (), typer.Context(whole, info_name=PROGRAM)))

"""Running subcommands as a person or a program does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from supportdesk.cli.main import run


@dataclass(frozen=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error object of ``--json`` on stderr."""
        told: dict[str, Any] = json.loads(self.err)["error"]
        return told


@pytest.fixture
def sd(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """``sd("ticket", "list", "--json")`` runs the command line in this process."""

    def supportdesk(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(arguments)
        told = capfd.readouterr()
        return Ran(code, told.out, told.err)

    return supportdesk

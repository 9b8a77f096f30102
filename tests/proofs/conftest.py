"""The console as people have it: the real program in a pseudo-terminal, on a demo desk of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supportdesk.desk.demo.build import build
from tests.conftest import MadeOnce
from tests.proofs.console import Opener, opener

SHORT = 400
"""Tickets of the desk that the forms of CI work on; the long forms take the whole demo."""
PAST = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo_of(made_once: MadeOnce) -> dict[int, Path]:
    """Demo files by their number of tickets; each is built once."""

    class Files(dict[int, Path]):
        def __missing__(self, tickets: int) -> Path:
            folder = made_once(f"demo-{tickets}", lambda folder: build(
                folder / "demo.db", seed=7, tickets=tickets, now=datetime.now(UTC)))
            path = self[tickets] = folder / "demo.db"
            return path

    return Files()


@pytest.fixture
def demo(made_once: MadeOnce, tmp_path: Path) -> Path:
    """A demo desk that the test may change. Its last day has long passed: it is the very same at any hour."""
    folder = made_once("demo-past", lambda folder: build(folder / "demo.db", seed=7, tickets=SHORT, now=PAST))
    return copied(folder / "demo.db", tmp_path / "demo.db")


@pytest.fixture
def console() -> Iterator[Opener]:
    """Opens consoles; they are ended with the test."""
    with ExitStack() as opened:
        yield opener(opened)


def copied(there: Path, here: Path) -> Path:
    """The same desk in a file of its own."""
    with closing(sqlite3.connect(there)) as old, closing(sqlite3.connect(here)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = WAL")
    here.chmod(0o600)
    return here

"""The demo of two thousand tickets is built once; whoever changes it copies it first."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supportdesk.desk.demo.build import build
from supportdesk.desk.desk import Desk
from supportdesk.store import database
from tests.conftest import MadeOnce

NOW = datetime(2026, 3, 10, 13, 2, tzinfo=UTC)
"""A Tuesday, two minutes past two in Geneva."""


@pytest.fixture(scope="session")
def demo(made_once: MadeOnce) -> Path:
    """The demo as people get it."""
    return made_once("demo", lambda folder: build(folder / "demo.db", now=NOW)) / "demo.db"


@pytest.fixture(scope="session")
def conn(demo: Path) -> Iterator[sqlite3.Connection]:
    with closing(database.connect(demo, reading=True)) as opened:
        yield opened


@pytest.fixture
def desk(demo: Path) -> Iterator[Desk]:
    """The demo as whoever plays it sees it, at its own now."""
    opened = Desk(demo, clock=lambda: NOW)
    yield opened
    opened.close()

"""The queue in a real terminal: what keys cost on the line, and that what stands there is what was drawn."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks.fill import fill

from supportdesk.desk import setup, tickets
from supportdesk.desk.demo.build import build
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.clock import utc_now
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views.queue import View
from tests.conftest import MadeOnce
from tests.terminal import Terminal

CONSOLE = (sys.executable, "-c", "from supportdesk.entry import main; main()")
FOLLOWS = 0.35
"""Seconds in which the preview has followed the cursor."""


@pytest.fixture(scope="module")
def database(made_once: MadeOnce) -> Path:
    """2,000 tickets, 100 of them open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "article_images", lambda: iter(()))
        return made_once("terminal", lambda folder: fill(folder / "desk.db", 2_000, os_login())) / "desk.db"


@pytest.fixture
def terminal(database: Path) -> Iterator[Terminal]:
    with Terminal([*CONSOLE, "--db", str(database)], cols=120, rows=40) as opened:
        opened.wait_for("To tell the caller")
        opened.rest(1.0)
        _away_from_the_minute(opened)
        yield opened


def _away_from_the_minute(terminal: Terminal) -> None:
    """At a whole minute times are painted anew; what is measured here are keys."""
    while time.time() % 60 > 50:
        terminal.pump(0.5)
    terminal.rest(0.3)


def test_down_costs_800_bytes_and_the_preview_after_it_900(terminal: Terminal) -> None:
    moves = []
    for _ in range(6):
        before = len(terminal.raw)
        terminal.keys("down")
        terminal.wait_until(lambda: len(terminal.raw) > before, what="the cursor moved")  # noqa: B023 (within the turn)
        terminal.settle(0.06)
        moves.append(len(terminal.raw) - before)
        terminal.rest(FOLLOWS)
        assert len(terminal.raw) - before <= 2_200  # one ticket to a quite different one; the median is held to 900
    assert min(moves) <= 800  # on a busy machine the preview comes together with the rest
    assert terminal.cost("up*6", FOLLOWS) > 0


def test_a_page_costs_10_kilobytes(terminal: Terminal) -> None:
    for key in ("pagedown", "pageup"):
        assert 0 < terminal.cost(key, 0.1) <= 10_000


def test_nothing_is_sent_while_nobody_does_anything(terminal: Terminal) -> None:
    while not 1 < time.time() % 60 < 57:  # at the whole minute the times on the screen go on
        terminal.pump(0.2)
    assert terminal.settle(2.0, 2.0) == 0


def test_what_stands_in_the_terminal_is_what_was_drawn(terminal: Terminal) -> None:
    """Letters, their results and the preview come in any order; no part of the screen is left blank or old."""
    terminal.keys("/")
    terminal.wait_for("│ / ")
    for letter in "prai":
        terminal.type(letter)
        terminal.settle(0.15, 1.0)
    terminal.keys("down*2")
    terminal.rest(0.5)
    shown = terminal.text()
    terminal.resize(119, 40)
    terminal.rest(0.4)
    terminal.resize(120, 40)
    terminal.rest(0.5)
    assert terminal.text() == shown


def test_what_another_console_saves_is_there_without_a_key(terminal: Terminal, database: Path) -> None:
    desk = Desk(database)
    try:
        (first, *_rest) = queue.first_page(desk.reader, View.TEAM, desk.agent, micros(utc_now()))
        tickets.edit(desk, first.id, {"title": "Quite new"})
    finally:
        desk.close()
    terminal.wait_for("Quite new")


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40), (40, 12)])
def test_the_demo_says_that_it_is_one_however_much_needs_the_agent(
    tmp_path: Path, columns: int, lines: int
) -> None:
    build(tmp_path / "demo.db", seed=7, tickets=120, now=datetime(2026, 11, 2, 14, 0, tzinfo=UTC))
    with Terminal([*CONSOLE, "--db", str(tmp_path / "demo.db")], {"LANG": "fr_CH.UTF-8"}, columns, lines) as terminal:
        terminal.wait_until(lambda: "P1" in terminal.line(0), what="what needs me")
        assert "DÉMO" in terminal.line(0)

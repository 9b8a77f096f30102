"""The line drops, the draft stays (DESIGN.md law 1; field/trust.md R53, R64, R65, R75).

Everything is typed into the real program. "Lost" is counted against what the terminal was given to type.
"""

from __future__ import annotations

import json
import random
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from supportdesk.store import database
from tests.proofs.conftest import copied
from tests.proofs.console import Opener, ask, one
from tests.terminal import Terminal

SAID = (
    "Le VPN coupe toutes les cinq minutes depuis ce matin, d'abord au bureau puis à la maison; la lumière verte "
    "clignote, le câble est branché, le collègue d'à côté n'a rien remarqué et la réunion commence à 14 h 30. "
)
KILL_MAY_LOSE = 1.0
"""Seconds of typing that SIGKILL may cost; every other end costs nothing."""

QUICKLY = 0.02
"""Seconds between letters for minutes on end: six times faster than anybody types (R64 asks for 8 a second)."""

CUTS = ("close", "SIGHUP", "SIGTERM", "SIGKILL")


class Typist:
    """Types, and knows when each letter was typed."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.typed = ""
        self.at: list[float] = []
        self.starved = terminal.starved()

    def type(self, text: str, pause: float) -> None:
        for sign in text:
            self.terminal.type(sign)
            self.typed += sign
            self.at.append(time.monotonic())
            self.terminal.pump(pause)

    def cut(self, how: str) -> None:
        """End the console this way, at once."""
        self.cut_at = time.monotonic()
        self.unread = self.terminal.unread()
        self.starved = self.terminal.starved() - self.starved
        if how == "close":
            self.terminal.hang_up()
        else:
            self.terminal.kill(getattr(signal, how))
        self.terminal.wait_end()
        if how == "SIGTERM":
            assert self.terminal.left_set() == []

    def kept(self, text: str, how: str) -> None:
        """What is kept is all that was typed; after SIGKILL all but the last second of it.

        What the kernel had not handed over yet when the line broke is thrown away by the kernel; and for as long as
        others had the processor the console could not go on.
        """
        assert self.typed.startswith(text)
        lost = self.typed[len(text) :]
        if how == "SIGKILL":
            may_lose = KILL_MAY_LOSE + self.starved
        else:
            lost, may_lose = lost[: max(0, len(lost) - self.unread)], self.starved
        assert all(self.cut_at - at <= may_lose for at in self.at[len(text) :][: len(lost)])


def typed_into_a_call(console: Opener, db: Path, how: str, letters: int, pause: float = 0.01) -> None:
    terminal = console(db)
    terminal.keys("n,text:Zwygart")
    terminal.wait_for(r"^ Caller +Zwygart$")
    terminal.keys("enter,text:0795550000,enter,text:Alp,enter")
    terminal.wait_for(r"Caller +Zwygart +new caller")
    typist = Typist(terminal)
    typist.type((SAID * 9)[:letters], pause)
    typist.cut(how)
    (draft,) = drafts(db, "call")
    assert draft["caller_name"] == "Zwygart"
    typist.kept(draft["symptom"], how)

    again = console(db)
    assert "1 aside" in again.line(0)
    again.keys("f9")
    again.wait_for(r"^ Caller +Zwygart")
    if draft["symptom"]:
        again.wait_for(draft["symptom"].split()[0])
    again.keys("f2")
    number = again.wait_for(r"^ Saved: ([\d-]+)\.")[1]
    kept = one(db, "SELECT description FROM ticket WHERE number = ?", number)
    assert kept.strip() == draft["symptom"].strip()
    again.keys("ctrl+q")
    again.wait_end()
    assert drafts(db, "call") == [], "what is saved is no draft any more"


def typed_into_a_note(console: Opener, db: Path, how: str, letters: int, pause: float = 0.01) -> None:
    terminal = console(db)
    terminal.keys("enter,r")
    number = terminal.wait_for(r"^ ([\d-]+)  P")[1]
    terminal.wait_for("[Nn]ote")
    typist = Typist(terminal)
    typist.type((SAID * 9)[:letters], pause)
    typist.cut(how)
    (draft,) = drafts(db, "words")
    typist.kept(draft["text"], how)

    again = console(db)
    again.wait_for(f"Not saved yet: what you typed at {number}")
    again.keys("enter")
    again.wait_for("r goes on with it")
    again.keys("r,f2")
    again.wait_for("Saved: an internal note")
    assert one(db, "SELECT text FROM note ORDER BY pk DESC LIMIT 1") == draft["text"]


def drafts(db: Path, kind: str) -> list[dict[str, Any]]:
    rows = ask(Path(f"{db}.drafts"), "SELECT data FROM draft WHERE kind = ? ORDER BY saved_at", kind)
    return [json.loads(data) for (data,) in rows]


@pytest.mark.parametrize("how", CUTS)
def test_a_call_being_typed_survives_the_end_of_the_console(console: Opener, demo: Path, how: str) -> None:
    typed_into_a_call(console, demo, how, 120 if how == "SIGKILL" else 30)


def test_a_note_being_typed_survives_the_end_of_the_console(console: Opener, demo: Path) -> None:
    typed_into_a_note(console, demo, "SIGKILL", 120)


@pytest.mark.long
@pytest.mark.parametrize("moment", range(25))
@pytest.mark.parametrize("how", CUTS)
def test_whatever_was_typed_at_any_moment_survives(console: Opener, demo: Path, how: str, moment: int) -> None:
    letters = random.Random(f"{how} {moment}").randint(1, 1_900)
    (typed_into_a_call if moment % 2 else typed_into_a_note)(console, demo, how, letters, QUICKLY)


# -- what was acknowledged


def logged(terminal: Terminal, n: int) -> str:
    """A call logged by keys; its number as soon as the screen says that it is saved."""
    terminal.keys("n")
    terminal.wait_for(r"^ Caller")
    terminal.keys(f"text:Yerly{n},enter,text:07955511{n:02},enter,enter,text:Drucker offline {n},f2")
    return terminal.wait_for(r"^ Saved: ([\d-]+)\.")[1]


def killed_as_soon_as_it_says_saved(console: Opener, db: Path, times: int) -> None:
    said: list[str] = []
    for n in range(times):
        terminal = console(db)
        said.append(logged(terminal, n))
        terminal.kill(signal.SIGKILL)
        terminal.wait_end()
    with closing(sqlite3.connect(db)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    there = {number for (number,) in ask(db, "SELECT number FROM ticket WHERE description LIKE 'Drucker offline %'")}
    assert there == set(said)
    assert len(said) == times


def test_what_the_screen_called_saved_survives_kill_9(console: Opener, demo: Path) -> None:
    killed_as_soon_as_it_says_saved(console, demo, 2)


@pytest.mark.long
def test_what_the_screen_called_saved_survives_kill_9_a_hundred_times(console: Opener, demo: Path) -> None:
    killed_as_soon_as_it_says_saved(console, demo, 100)


# -- two consoles on one file


def test_what_one_console_changes_the_other_shows_and_who_has_a_ticket_open(console: Opener, demo: Path) -> None:
    mine, other = console(demo), console(demo, options=("--as", "luc"))
    before = int(re_count(other))
    number = logged(mine, 1)
    other.wait_until(lambda: int(re_count(other)) == before + 1, what="the new ticket is counted")
    mine.keys("enter")
    mine.wait_for(r"^ (?:< )?My tickets")

    mine.keys(f"/,text:{number[-4:]}")
    mine.wait_for(rf"^│.* {number} ")
    mine.keys("enter")
    mine.wait_for(rf"^ {number}  P")
    other.keys(f"/,text:{number[-4:]}")
    other.wait_for(rf"^│.* {number} ")
    other.keys("enter")
    other.wait_for(rf"^ {number}  P.*Ana Roch")
    mine.wait_until(lambda: "Luc Baudin" in mine.line(2), what="who else has it open")
    other.kill(signal.SIGKILL)
    other.wait_end()
    mine.wait_until(lambda: "Luc Baudin" not in mine.line(2), what="he is gone")


def re_count(terminal: Terminal) -> str:
    """The count of the agent's team view."""
    return terminal.wait_for(r"My team (\d+)")[1]


def test_a_console_under_which_the_file_becomes_newer_ends_with_a_sentence_and_keeps_what_was_typed(
    console: Opener, demo: Path
) -> None:
    terminal = console(demo)
    terminal.keys("n,text:Zwygart,enter,text:0795550000,enter,enter,text:Maus defekt")
    terminal.wait_for("Maus defekt")
    with closing(sqlite3.connect(demo)) as conn:
        conn.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    assert terminal.wait_end() == 3
    assert terminal.left_set() == []
    assert re.search(rf"database version {database.VERSION + 1}.*Update supportdesk", terminal.raw.decode(), re.S)
    assert [draft["symptom"] for draft in drafts(demo, "call")] == ["Maus defekt"]


# -- typing ahead

SCRIPTS = {
    "a known problem": ("n", "text:oakshott", "down", "enter", "text:printer is offline", "down", "enter", "f3",
                        "enter", "enter"),
    "somebody new": ("n", "text:Zwygart", "enter", "text:0795550000", "enter", "enter", "text:Maus defekt", "enter",
                     "text:tast", "enter", "3", "2", "f2", "enter"),
    "wrong numbers": ("n", "ctrl+n", "2", "n", "ctrl+n", "3"),
    "set aside and back": ("n", "text:Yerly", "enter", "text:1", "f8", "text:Uldry", "enter", "f9", "enter", "enter",
                           "text:Maus", "f2", "enter", "f9"),
    "handed over": ("n", "text:Joye", "enter", "enter", "enter", "text:VPN kaputt", "f4", "enter", "f2", "enter"),
    "taken, promised, taken back": ("t", "enter", "c", "text:30", "enter", "u"),
    "a note at a ticket that is found": ("/", "text:vpx", "backspace", "text:n", "enter", "r", "text:rang twicx",
                                         "backspace", "text:e", "home", "text:He ", "f2"),
}  # fmt: skip

LEFT = {
    "ticket": "number, title, description, status, caller_name, caller_number, component_name, component_id, impact, "
              "urgency, priority, assignee_id, solution, chasers, callback_at IS NULL, team_id, "
              "(SELECT name FROM caller c WHERE c.id = caller_id)",
    "contact": "outcome, caller_name, number_given, note, ended_at IS NULL, wrapped_at IS NULL",
    "note": "text, audience",
    "article_use": "article_id, steps",
    "handoff": "to_team_id, packet, state",
}  # fmt: skip


def left_by(console: Opener, db: Path, script: tuple[str, ...], *, ahead: bool, busy: bool = False) -> dict[str, Any]:
    """What a script leaves in the desk, typed key by key or in one write; ``busy``: nobody can save for a second."""
    before = rows_of(db)
    terminal = console(db)
    with saving_blocked(db) if busy else nothing():
        if ahead:
            terminal.keys(",".join(script))
            terminal.settle(1.0 if busy else 0.4, limit=3)
        else:
            for key in script:
                terminal.keys(key)
                terminal.rest()
    terminal.rest(0.3)
    terminal.keys("ctrl+q")
    assert terminal.wait_end() == 0
    new = {table: [row for row in rows if row not in before[table]] for table, rows in rows_of(db).items()}
    unsaved = sorted((d["caller_text"], d["caller_name"], d["symptom"], d["note"]) for d in drafts(db, "call"))
    return {**new, "drafts": unsaved, "words": [d["text"] for d in drafts(db, "words")]}


def rows_of(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the desk holds, without what differs each time."""
    return {table: ask(db, f"SELECT {fields} FROM {table} ORDER BY pk") for table, fields in LEFT.items()}


@contextmanager
def saving_blocked(db: Path) -> Iterator[None]:
    """Another program writes and does not let go."""
    with closing(sqlite3.connect(db, isolation_level=None, timeout=10)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        yield
        conn.execute("ROLLBACK")


@contextmanager
def nothing() -> Iterator[None]:
    yield


def ahead_as_slowly(console: Opener, demo: Path, script: tuple[str, ...], *, busy: bool) -> None:
    twin = copied(demo, demo.with_name("twin.db"))
    slowly = left_by(console, demo, script, ahead=False)
    assert left_by(console, twin, script, ahead=True, busy=busy) == slowly


@pytest.mark.parametrize("name", ["a known problem", "a note at a ticket that is found"])
def test_keys_typed_ahead_of_a_busy_console_do_what_slow_typing_does(console: Opener, demo: Path, name: str) -> None:
    ahead_as_slowly(console, demo, SCRIPTS[name], busy=True)


@pytest.mark.long
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_typed_ahead_does_what_slow_typing_does(
    console: Opener, demo: Path, name: str, busy: bool
) -> None:
    ahead_as_slowly(console, demo, SCRIPTS[name], busy=busy)


KEYS = ("n", "t", "enter", "down", "up", "f2", "f3", "f4", "f5", "f8", "f9", "1", "2", "3", "u", "m", "x", "tab",
        "text:yer", "text:vpn kaputt ", "/", "c", "r", "left", "right", "ctrl+n", "home", "end")  # fmt: skip
"""What the random scripts are made of; no Esc: in one write it makes Alt of the next key."""


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_random_keys_typed_ahead_do_what_slow_typing_does(console: Opener, demo: Path, seed: int) -> None:
    drawn = random.Random(seed)
    ahead_as_slowly(console, demo, tuple(drawn.choice(KEYS) for _ in range(20)), busy=bool(seed % 2))

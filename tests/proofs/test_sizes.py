"""It works on the terminal you have (field/trust.md R68, R69, R71, R72)."""

from __future__ import annotations

import os
import random
import re
import sys
from pathlib import Path

import pytest

from supportdesk.actions import ACTIONS
from supportdesk.keymap import key_label
from tests.proofs.console import Opener, one
from tests.proofs.walk import walk
from tests.terminal import Terminal

USUAL = ((80, 24), (80, 25), (100, 30), (132, 43), (200, 60))
SMALL = ((60, 20), (40, 12))
HUGE = (500, 200)

LABELS = {f"{key_label(key)} {action.name}" for action in ACTIONS for key in action.keys}
LABELS |= {"Enter next", "Enter do", "Arrows choose", "q start shift", "Enter major incident", "Tab next"}


def keys_named(terminal: Terminal) -> set[str]:
    """What the last line names."""
    return {part for part in re.split(r" {2,}", terminal.line(-1).strip()) if part}


def test_every_screen_fits_every_size_and_names_its_keys(console: Opener, demo: Path) -> None:
    """One walk; on each screen the window takes every size."""
    terminal = console(demo)
    amiss = []
    for name in walk(terminal):
        for cols, rows in (*SMALL, (80, 24)):
            terminal.resize(cols, rows)
            terminal.wipe()
            try:
                terminal.wait_until(
                    lambda: terminal.line(0) and keys_named(terminal) and keys_named(terminal) <= LABELS,
                    what=f"{name} at {cols}x{rows}",
                )
            except AssertionError as error:
                amiss.append(str(error))
    assert not amiss, "\n".join(amiss)
    terminal.resize(*HUGE)
    terminal.wait_for("Saved")


CLOCK = r"\b\d+:\d\d\b"


def test_what_stands_on_the_first_screen_is_all_of_it(console: Opener, demo: Path) -> None:
    """A painting from nothing shows nothing more."""
    terminal = console(demo, 120, 40)
    terminal.rest(0.4)
    shown = terminal.text()
    terminal.resize(100, 20)
    terminal.resize(120, 40)
    terminal.wait_until(lambda: terminal.text() == shown, what="the same again")
    terminal.keys("down,up")
    terminal.rest(0.4)
    assert terminal.text() == shown


@pytest.mark.long
@pytest.mark.parametrize(("cols", "rows"), [*USUAL, *SMALL, HUGE])
def test_the_console_starts_and_is_walked_through_at_every_size(
    console: Opener, demo: Path, cols: int, rows: int
) -> None:
    terminal = console(demo, cols, rows, wait_for="keys|Esc|quit|Enter")
    for name in walk(terminal, 0.3):
        assert terminal.line(0), name
        assert keys_named(terminal), name


@pytest.mark.parametrize(("cols", "rows"), [(39, 12), (1, 1), HUGE])
def test_it_starts_in_a_window_too_small_or_huge(console: Opener, demo: Path, cols: int, rows: int) -> None:
    terminal = console(demo, cols, rows, wait_for="")
    terminal.wait_until(lambda: terminal.text().strip(), what="something is shown")
    terminal.resize(80, 24)
    terminal.wait_for(r"\? keys")


def storm(console: Opener, db: Path, letters: int, pause: float) -> None:
    terminal = console(db)
    terminal.keys("n,text:Yerly,enter,enter,enter")
    terminal.wait_for(r"^ Caller +Yerly")
    drawn = random.Random(5)
    typed = "".join(drawn.choice("abcdefghij klmnop") for _ in range(letters)).strip()
    for sign in typed:
        terminal.resize(drawn.randint(1, 220), drawn.randint(1, 70))
        terminal.type(sign)
        terminal.pump(pause)
    terminal.resize(100, 30)
    terminal.rest(0.5)
    shown = terminal.text()
    terminal.resize(99, 30)
    terminal.resize(100, 30)
    terminal.rest(0.3)
    assert re.sub(CLOCK, "", terminal.text()) == re.sub(CLOCK, "", shown), "what stands there is a fresh painting"
    terminal.keys("f2")
    number = terminal.wait_for(r"^ Saved: ([\d-]+)\.")[1]
    assert one(db, "SELECT description FROM ticket WHERE number = ?", number) == typed


def test_a_storm_of_resizes_while_a_call_is_typed_loses_no_letter(console: Opener, demo: Path) -> None:
    storm(console, demo, 120, 0.004)


@pytest.mark.long
def test_a_thousand_resizes_in_ten_seconds_lose_no_letter(console: Opener, demo: Path) -> None:
    storm(console, demo, 1_000, 0.01)


# -- no meaning by colour alone

_SGR = re.compile(rb"\x1b\[([0-9;]*)m")


def test_without_colours_every_state_is_a_word_or_a_sign(console: Opener, demo: Path) -> None:
    terminal = console(demo, 120, 40, env={"NO_COLOR": "1"})
    queue = terminal.text()
    assert re.search(r"│My team +\d+", queue), "the view shown"
    assert re.search(r"^.{20}││", queue, re.M), "the cursor"
    assert re.search(r" \d\d\.\d\d\. ! \d ", queue), "what is overdue"
    assert re.search(r" [+!] 1 ", queue), "an alarm, or what is new"
    assert "★" in queue, "key accounts"
    assert re.search(r"\d (callbacks )?overdue", terminal.line(0)), "what needs me"
    terminal.keys("end")
    terminal.wait_for("wait (caller|vendor)")
    terminal.keys("home,m")
    terminal.wait_for("●")
    terminal.keys("escape,/,text:vpn")
    terminal.wait_for(r"closed: |solved: ")
    terminal.keys("escape*2,n,text:ra,enter,text:drucker offline,down")
    terminal.wait_for(r"^│ +Drucker offline")
    terminal.keys("enter,1")
    terminal.wait_for("1x")
    terminal.keys("+")
    terminal.wait_for("^ helped  ")
    terminal.rest()
    for codes in _SGR.findall(bytes(terminal.raw)):
        numbers = [int(code or 0) for code in codes.split(b";")]
        assert all(number < 30 or number in (39, 49) for number in numbers), f"a colour was sent: {codes!r}"


# -- encodings


def test_a_terminal_of_ascii_is_served_in_ascii_on_every_screen(console: Opener, demo: Path) -> None:
    terminal = console(demo, env={"LANG": "C"})
    for _name in walk(terminal, 0.05):
        pass
    assert max(terminal.raw) < 0x80


def test_a_terminal_of_posix_is_one_of_ascii(console: Opener, demo: Path) -> None:
    terminal = console(demo, env={"LANG": "POSIX"})
    assert max(terminal.raw) < 0x80
    assert any("----" in terminal.line(y) for y in (1, 2))  # below line 2 while a major incident runs


def test_a_terminal_of_latin_1_shows_and_takes_its_letters(console: Opener, demo: Path) -> None:
    terminal = console(demo, env={"LANG": "fr_CH.ISO-8859-1"}, wait_for=r"\? ")
    assert "équipe".encode("latin-1") in terminal.raw
    terminal.keys("enter,r")
    terminal.wait_for(r"Ctrl\+T")
    terminal.send("reçu à 8 h, déjà réparé".encode("latin-1"))
    terminal.keys("f2")
    terminal.wait_for("^ Enregistr")
    assert one(demo, "SELECT text FROM note ORDER BY pk DESC LIMIT 1") == "reçu à 8 h, déjà réparé"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_show_a_screen_is_sent_to_the_commands(demo: Path, term: str) -> None:
    argv = [sys.executable, "-m", "supportdesk", "--db", os.fspath(demo)]
    with Terminal(argv, {"LANG": "en_GB.UTF-8", "TERM": term}) as terminal:
        assert terminal.wait_end() == 3
        assert b"supportdesk --help" in terminal.raw
        assert b"\x1b" not in terminal.raw

"""How the console ends, and what it refuses to begin in (law 1; field/trust.md R65, R72)."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.terminal import Terminal

from supportdesk import life
from supportdesk.terms.errors import NotReady

Console = Callable[..., Terminal]

ENDS = 20.0
"""Seconds in which a test sees the end that comes within three: longer on a busy machine, but less than the stuck
console of a test is stuck."""


def test_a_console_has_three_seconds_to_end() -> None:
    assert life.PATIENCE + life.FLUSH <= 3


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_console_within_3_seconds_with_all_kept_and_the_terminal_as_it_was(
    console: Console, tmp_path: Path, sig: signal.Signals
) -> None:
    kept = tmp_path / "kept"
    terminal = console({"DEMO_KEPT": str(kept)})
    assert terminal.left_set(), "the console sets modes while it runs"
    terminal.kill(sig)
    assert terminal.wait_end(ENDS) == 128 + sig
    assert terminal.left_set() == []
    assert kept.read_text() == "kept"


def test_a_stuck_console_ends_within_3_seconds_too(console: Console, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    terminal = console({"DEMO_KEPT": str(kept)})
    terminal.keys("c")
    terminal.wait_until(lambda: b"STUCK" in terminal.raw, what="stuck")
    terminal.kill(signal.SIGTERM)
    assert terminal.wait_end(ENDS) == 128 + signal.SIGTERM
    assert terminal.left_set() == []
    assert kept.read_text() == "kept"


def test_a_dropped_line_ends_the_console(console: Console, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    terminal = console({"DEMO_KEPT": str(kept)})
    terminal.hang_up()
    assert terminal.wait_end(ENDS) == 128 + signal.SIGHUP
    assert kept.read_text() == "kept"


def test_a_dropped_line_ends_the_console_also_where_nobody_is_told(console: Console) -> None:
    """Under nohup SIGHUP is ignored; Textual alone would read an ended file for ever, at full speed."""
    terminal = console(preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    terminal.hang_up()
    terminal.wait_end(ENDS)


def test_a_console_that_is_stopped_gives_the_terminal_back_and_paints_all_when_it_goes_on(console: Console) -> None:
    terminal = console()
    terminal.kill(signal.SIGTSTP)
    terminal.wait_until(lambda: _state(terminal) == "T", what="stopped")
    terminal.rest(0.05)
    assert terminal.left_set() == []
    terminal.screen.reset()
    terminal.kill(signal.SIGCONT)
    terminal.wait_for("214-0003-3")
    terminal.wait_until(lambda: terminal.line(-1).endswith("? keys"), what="the last line")
    terminal.keys("down,t")
    terminal.wait_for("taken 1")


def _state(terminal: Terminal) -> str:
    return Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_leaving_gives_the_terminal_back(console: Console) -> None:
    terminal = console()
    terminal.keys("ctrl+q")
    assert terminal.wait_end() == 0
    assert terminal.left_set() == []


def test_a_fault_is_one_sentence_with_a_reference_and_a_private_log_without_data(
    console: Console, desk_home: Path
) -> None:
    terminal = console()
    terminal.keys("x")
    assert terminal.wait_end() == 1
    assert terminal.left_set() == []
    reference = terminal.wait_for(r"Reference (\d{3}-\d{3})")[1]
    told = terminal.raw.decode()
    assert "Perret" not in told
    assert "Traceback" not in told
    log = desk_home / "state" / "incidents.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    written = log.read_text()
    assert reference in written
    assert "demo_app.py" in written
    assert "Perret" not in written
    assert "079" not in written


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_show_a_screen_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setattr(sys, "__stdin__", _Tty())
    monkeypatch.setattr(sys, "__stderr__", _Tty())
    with pytest.raises(NotReady, match="supportdesk --help") as refused:
        life.check_terminal({"TERM": term} if term else {})
    assert refused.value.exit_code == 3


class _Tty:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "codec"),
    [
        ({}, "utf-8"),
        ({"LANG": "fr_CH.UTF-8"}, "utf-8"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "fr_CH.UTF-8", "LC_ALL": "POSIX"}, "ascii"),
        ({"LANG": "fr_CH.ISO-8859-1"}, "iso8859-1"),
        ({"LANG": "de_CH.ISO-8859-15@euro"}, "iso8859-15"),
        ({"LANG": "C.UTF-8", "PYTHONIOENCODING": "latin-1"}, "iso8859-1"),
        ({"LANG": "xx.nonsense"}, "utf-8"),
    ],
)
def test_the_terminals_charset_is_the_one_of_the_locale(environ: dict[str, str], codec: str) -> None:
    assert life.charset(environ) == codec


@pytest.mark.parametrize("environ", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}])
def test_an_ascii_terminal_gets_ascii_signs_only(console: Console, environ: dict[str, str]) -> None:
    terminal = console({"LANG": "", **environ})
    terminal.keys("down,pagedown,n")
    terminal.wait_for("who calls")
    terminal.send("é\xff".encode("latin-1"))
    terminal.keys("text:a")
    terminal.wait_for("a")
    assert bytes(terminal.raw).isascii()
    assert "Geneve" in terminal.raw.decode()


def test_a_latin_1_terminal_gets_its_own_accents(console: Console) -> None:
    terminal = console({"LANG": "fr_CH.ISO-8859-1"})
    assert "Genève".encode("latin-1") in terminal.raw
    assert b"\\u" not in terminal.raw


def test_a_child_process_is_not_deaf_to_signals() -> None:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        life.begin()
        life.release_signals()
        os.write(write, str(signal.pthread_sigmask(signal.SIG_BLOCK, ())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1000) == b"set()"
    os.close(read)
    os.close(write)

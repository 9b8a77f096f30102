"""A terminal for tests: a program in a pseudo-terminal, driven by keys and read as a screen.

Everything waits for what the program writes, never for a clock: :meth:`Terminal.wait_for` returns
as soon as the words are on the screen, :meth:`Terminal.settle` as soon as the program has been silent.
It answers the questions a program asks its terminal, as a plain xterm would, keeps every byte that
was written (:attr:`Terminal.raw`), knows which modes are still set (:meth:`Terminal.left_set`) and counts
the keys a person would have pressed (:attr:`Terminal.keys_sent`).
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pyte
from ptyprocess import PtyProcess, PtyProcessError

KEYS: dict[str, str] = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "comma": ",",
    "star": "*",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
    "shift+up": "\x1b[1;2A",
    "shift+down": "\x1b[1;2B",
    "ctrl+home": "\x1b[1;5H",
    "ctrl+end": "\x1b[1;5F",
    **{f"ctrl+{chr(code)}": chr(code - 96) for code in range(ord("a"), ord("z") + 1)},
}
"""What a plain xterm sends for each key, by its name."""

ESCAPE_PAUSE = 0.1
"""Seconds a person leaves after Escape at least; without them Escape and the next key are Alt and that key. They begin
when the program has taken the Escape and has nothing to do: a busy one reads both at once."""

PATIENCE = 60.0
"""Seconds after which what should happen has not: long, because the machine may be busy."""

IDLE_NS = 4_000_000
"""Nanoseconds of processor that a console uses at most in a moment in which it only looks whether others saved."""

_TOKEN = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
    rb"|\x1b[ -/]*[0-OQ-WYZ`-~\\]"  # two and three bytes
    rb"|[^\x1b]+",
    re.S,
)
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")

MODES_OF_A_SHELL = {7, 25}
"""Private modes that are set in a terminal as the shell has it: line wrap and a visible cursor."""


def key_bytes(keys: str) -> Iterator[tuple[str, bytes]]:
    """``down*3,enter,text:abc`` as (name, what the terminal sends), one pair for each key pressed."""
    for part in filter(None, keys.split(",")):
        if part.startswith("text:"):
            yield from (("text", sign.encode()) for sign in part[5:])
            continue
        name, times = part, 1
        if found := re.fullmatch(r"(.+)\*(\d+)", part):
            name, times = found[1], int(found[2])
        if name not in KEYS and len(name) != 1:
            raise ValueError(f"unknown key {name!r}")
        for _ in range(times):
            yield name, KEYS.get(name, name).encode()


class Terminal:
    """A program, its screen and its keyboard. Use as a context manager: leaving it ends the program."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
        *,
        cwd: str | os.PathLike[str] | None = None,
        synchronised: bool = False,
        preexec: Callable[[], None] | None = None,
    ) -> None:
        """Start ``argv``. ``env`` is laid over a plain xterm's environment; a value of "" removes the name.

        Args:
            synchronised: Say yes when asked for synchronised output (mode 2026).
            preexec: Called in the child before the program starts, as by :mod:`subprocess`.
        """
        given = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "LC_ALL": "",
            "NO_COLOR": "",
            "COLUMNS": "",
            "LINES": "",
            **(env or {}),
        }
        self.screen = pyte.Screen(cols, rows)
        self.raw = bytearray()
        self.keys_sent = 0
        self.modes: set[int] = set(MODES_OF_A_SHELL)
        self.ended = False
        self._stream = pyte.ByteStream(self.screen)
        self._held = b""
        self._synchronised = synchronised
        self.started = self.read_at = time.perf_counter()
        """When the program was started, and when the last bytes came from it (before they were drawn here)."""
        self.process = PtyProcess.spawn(
            list(argv),
            cwd=None if cwd is None else os.fspath(cwd),
            env={name: value for name, value in given.items() if value},
            dimensions=(rows, cols),
            preexec_fn=preexec,
        )
        self.fd = self.process.fd
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self.fd, select.POLLIN)
        self._writable.register(self.fd, select.POLLOUT)
        self._termios_before = termios.tcgetattr(self.fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what the program writes

    def pump(self, timeout: float) -> bytes:
        """Read what is there, waiting at most ``timeout`` seconds for the first byte; b"" if nothing came."""
        if self.ended or not self._readable.poll(max(0.0, timeout) * 1000):
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return b""
        self.read_at = time.perf_counter()
        self.raw += data
        self._take(data)
        return data

    def _take(self, data: bytes) -> None:
        data = self._held + data
        end = 0
        for found in _TOKEN.finditer(data):
            if found.start() != end:
                break
            token, end = found[0], found.end()
            if not token.startswith(b"\x1b"):
                self._stream.feed(token)
                continue
            if mode := _MODE.fullmatch(token):
                numbers = {int(number) for number in mode[1].split(b";")}
                self.modes = self.modes | numbers if mode[2] == b"h" else self.modes - numbers
            self._answer(token)
            if re.fullmatch(rb"\x1b\[\??[0-9;]*[A-Za-z]", token) or len(token) == 2:
                self._stream.feed(token)
        self._held = data[end:]

    def _answer(self, token: bytes) -> None:
        if token == b"\x1b[6n":
            self.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        elif token in (b"\x1b[c", b"\x1b[0c"):
            self.send("\x1b[?62;22c")
        elif token == b"\x1b[?2026$p":
            self.send(f"\x1b[?2026;{2 if self._synchronised else 0}$y")
        elif token == b"\x1b[?2048$p":
            self.send("\x1b[?2048;0$y")

    def settle(self, quiet: float = 0.15, limit: float = 5.0) -> int:
        """Read until the program has been silent for ``quiet`` seconds; how many bytes it wrote meanwhile."""
        before, end = len(self.raw), time.perf_counter() + limit
        while not self.ended and time.perf_counter() < end and self.pump(quiet):
            pass
        return len(self.raw) - before

    def rest(self, quiet: float = 0.15, limit: float = 10.0) -> None:
        """Read until the program has nothing to do: for ``quiet`` seconds it wrote nothing, none of its threads wanted
        a processor, and together they used next to none. Holds on a busy machine too, where silence says little."""
        end = time.perf_counter() + limit
        while not self.ended and time.perf_counter() < end:
            used, wanting = self._work()
            since = time.perf_counter()
            while not wanting and not self.ended and time.perf_counter() - since < quiet:
                wanting = bool(self.pump(0.02)) or self._work()[1]
            if not wanting and self._work()[0] - used < IDLE_NS:
                return
            self.pump(0.01)

    def _work(self) -> tuple[int, bool]:
        """Nanoseconds of processor that the program's threads have used, and whether one of them wants more now."""
        used, wanting = 0, False
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*"):
            try:
                used += int((thread / "schedstat").read_text().split()[0])
                wanting |= (thread / "stat").read_text().rpartition(")")[2].split()[0] in "RD"
            except (OSError, IndexError):  # it ended meanwhile
                wanting = True
        return used, wanting

    def starved(self) -> float:
        """Seconds that the program's threads have wanted a processor and got none."""
        waited = 0
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*"):
            with suppress(OSError, IndexError):  # it ended meanwhile
                waited += int((thread / "schedstat").read_text().split()[1])
        return waited / 1e9

    def wait_until(self, true: Callable[[], object], timeout: float = PATIENCE, what: str = "condition") -> None:
        """Read until ``true()``; AssertionError with the screen if it does not come within ``timeout`` seconds."""
        end = time.perf_counter() + timeout
        while not true():
            left = end - time.perf_counter()
            if left <= 0 or self.ended:
                state = "the program ended" if self.ended else f"not within {timeout} s"
                raise AssertionError(f"{what}: {state}; the screen is\n{self.text()}")
            self.pump(min(left, 0.5))

    def wait_for(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
        """Read until the regular expression is on the screen, and return its match."""
        self.wait_until(lambda: re.search(pattern, self.text(), re.M), timeout, f"/{pattern}/ on the screen")
        found = re.search(pattern, self.text(), re.M)
        assert found is not None
        return found

    def wait_gone(self, pattern: str, timeout: float = PATIENCE) -> None:
        """Read until the regular expression is not on the screen."""
        self.wait_until(lambda: not re.search(pattern, self.text(), re.M), timeout, f"/{pattern}/ gone")

    def text(self) -> str:
        """The screen, trailing blanks cut."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, y: int) -> str:
        """One line of the screen, from 0; negative from the bottom."""
        return self.screen.display[y].rstrip()

    # -- what the person does

    def send(self, data: str | bytes) -> None:
        """Send bytes as they are; they count as no key."""
        data = data.encode() if isinstance(data, str) else data
        while data and not self.ended:
            try:
                if self._writable.poll(50):
                    data = data[os.write(self.fd, data[:2048]) :]
                else:
                    self.pump(0)
            except OSError:
                self.ended = True

    def unread(self) -> int:
        """Bytes that were typed and that the kernel holds still: the program has not asked for them."""
        line = os.open(os.readlink(f"/proc/{self.process.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
        try:
            return int.from_bytes(fcntl.ioctl(line, termios.FIONREAD, b"\0" * 4), sys.byteorder)
        finally:
            os.close(line)

    def keys(self, keys: str) -> None:
        """Press keys by name: ``down*3,ctrl+p,text:abc``; each one counts."""
        for name, data in key_bytes(keys):
            self.send(data)
            self.keys_sent += 1
            if name == "escape":
                self._until_taken()
                self.rest(ESCAPE_PAUSE, 2.0)

    def _until_taken(self) -> None:
        """Until the program has asked for what was typed; a busy one may be late."""
        end = time.perf_counter() + PATIENCE
        with suppress(OSError):  # it ended meanwhile
            while not self.ended and self.unread() and time.perf_counter() < end:
                self.pump(0.01)

    def type(self, text: str, *, counted: bool = True) -> None:
        """Type text, commas and all; ``counted=False`` for the words a key budget leaves free."""
        self.send(text)
        self.keys_sent += len(text) if counted else 0

    def paste(self, text: str) -> None:
        """Paste as a terminal does in bracketed-paste mode; one key. Line ends arrive as carriage returns."""
        self.send("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")
        self.keys_sent += 1

    def cost(self, keys: str, quiet: float = 0.15) -> int:
        """Bytes the program writes in answer to ``keys``, from rest to rest."""
        self.rest(quiet)
        before = len(self.raw)
        self.keys(keys)
        self.rest(quiet)
        return len(self.raw) - before

    def resize(self, cols: int, rows: int) -> None:
        """Give the window another size; the program gets SIGWINCH from the kernel."""
        self.screen.resize(rows, cols)
        self.process.setwinsize(rows, cols)

    def wipe(self) -> None:
        """Forget what the screen shows, as a terminal may that takes another size: only what is written now stands."""
        self.screen.erase_in_display(2)

    # -- how it ends

    def kill(self, sig: int = signal.SIGTERM) -> None:
        """Send a signal to the program."""
        os.kill(self.process.pid, sig)

    def hang_up(self) -> None:
        """Close the terminal under the program, as a dropped line does."""
        self.ended = True
        self.process.fileobj.close()  # its own closing, later, would hit whatever has the number by then
        self.process.fd = self.fd = -1
        self.process.closed = True

    def wait_end(self, timeout: float = PATIENCE) -> int:
        """Read until the program has ended; its exit status, 128 + n if a signal n killed it."""
        end = time.perf_counter() + timeout
        while self.process.isalive():
            if time.perf_counter() > end:
                raise AssertionError(f"the program still runs after {timeout} s; the screen is\n{self.text()}")
            if self.fd < 0 or self.ended:
                time.sleep(0.01)
            else:
                self.pump(0.05)
        while self.fd >= 0 and self.pump(0):
            pass
        status, killed = self.process.exitstatus, self.process.signalstatus
        return status if status is not None else 128 + (killed or 0)

    def left_set(self) -> list[str]:
        """What a program that ended has left behind in the terminal; empty if all is as it was."""
        left = [f"mode {mode} set" for mode in sorted(self.modes - MODES_OF_A_SHELL)]
        left += [f"mode {mode} not set" for mode in sorted(MODES_OF_A_SHELL - self.modes)]
        raw = bytes(self.raw)
        if raw.count(b"\x1b[<u") + raw.count(b"\x1b[<1u") < len(re.findall(rb"\x1b\[>\d+u", raw)):
            left.append("keyboard protocol pushed")
        if self.fd >= 0 and termios.tcgetattr(self.fd)[:4] != self._termios_before[:4]:
            left.append("line discipline raw")
        return left

    def close(self) -> None:
        """End the program, by force if need be."""
        if self.fd >= 0:
            try:
                self.process.close(force=True)
            except PtyProcessError:  # it was told, and the machine is slow to see it go
                self.process.wait()
            self.ended = True
        elif self.process.isalive():
            self.process.terminate(force=True)

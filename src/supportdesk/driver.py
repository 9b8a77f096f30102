"""The terminal as the console talks to it: Textual's driver, made safe against a line that drops.

What it changes: the terminal's own encoding is read and never ends the program; Esc acts after ESCDELAY, not after a
poll of 100 ms; a closed terminal ends the console instead of a loop at full speed, also where nobody sends SIGHUP
(nohup, a lost session leader); writing to a closed terminal is not an error; the window's size is asked of the kernel.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from supportdesk import life

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message


class DeskDriver(LinuxDriver):
    """Reads keys and writes what is painted."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._charset = life.charset()
        self._woken, self._wake = os.pipe()
        self._file = _Tty(2, self._charset)  # type: ignore[assignment]

    def _get_terminal_size(self) -> tuple[int, int]:
        return self.window()

    def window(self) -> tuple[int, int]:
        """Columns and lines; COLUMNS and LINES of the environment go stale with the first resize."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            columns = lines = 0
        return columns or 80, lines or 24

    def disable_input(self) -> None:
        """Stop reading at once: the reader sleeps until there is something to read."""
        if self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake, b"!")
        super().disable_input()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - a thread's fault has to reach the loop
            self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        pastes = _Pastes(parser)
        decode = codecs.getincrementaldecoder(self._charset)("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while not self.exit_event.is_set():
            waiting = parser._timeout_time
            pause = None if waiting is None else max(1.0, (waiting - get_time()) * 1000)
            ready = {descriptor for descriptor, _event in poll.poll(pause)}
            if self._woken in ready:
                os.read(self._woken, 1)
                return
            if self.fileno in ready:
                data = self._read()
                if data is None:
                    os.kill(os.getpid(), signal.SIGHUP)
                    return
                for event in pastes.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _read(self) -> bytes | None:
        """What was typed; None when the terminal is gone."""
        try:
            return os.read(self.fileno, 1 << 14) or None
        except OSError:
            return None


class _Pastes:
    """Takes pasted text out of what is read before the parser looks at each sign: a megabyte would take it a second.

    A mark that was cut in two by a read goes to the parser, which knows pastes as well.
    """

    BEGIN = "\x1b[200~"
    END = "\x1b[201~"

    def __init__(self, parser: XTermParser) -> None:
        self._parser = parser
        self._parts: list[str] | None = None

    def feed(self, text: str) -> Iterator[Message]:
        while text:
            if self._parts is None:
                keys, begin, text = text.partition(self.BEGIN)
                if keys:
                    yield from self._parser.feed(keys)
                if begin:
                    self._parts = [""]
                continue
            # The end mark may have begun in the part before.
            held = self._parts.pop()
            kept = max(0, len(held) - len(self.END) + 1)
            self._parts.append(held[:kept])
            pasted, end, text = (held[kept:] + text).partition(self.END)
            self._parts.append(pasted)
            if end:
                yield events.Paste("".join(self._parts))
                self._parts = None


class _Tty:
    """Writes in the terminal's charset. A terminal that is gone takes it in silence: reading notices its end."""

    def __init__(self, fileno: int, charset: str) -> None:
        self._fileno = fileno
        self._charset = charset

    def write(self, text: str) -> None:
        data = text.encode(self._charset, "replace")
        with suppress(OSError):
            while data:
                data = data[os.write(self._fileno, data) :]

    def flush(self) -> None:
        """Nothing is held back."""

"""How the console begins and ends: signals, a closed line, a crash, a terminal it cannot work in.

Nothing typed is lost and the terminal is given back as it was, within two seconds, even when the event loop is stuck
(field/feasibility.md 6): both signals are blocked before any thread exists, one guard thread waits for them, has the
drafts written, asks the loop to end, and if it does not, restores the terminal and ends the process itself.

    begin()                                 # the first line, before any thread and any large import
    return run_console(app, flush=drafts.flush)
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from supportdesk.i18n import _
from supportdesk.terms.errors import NotReady

if TYPE_CHECKING:
    from supportdesk.base_app import DeskApp

ENDING = frozenset({signal.SIGHUP, signal.SIGTERM, signal.SIGINT})
PATIENCE = 2.0
"""Seconds the loop has to end by itself after a signal."""
FLUSH = 1.0
"""Seconds the drafts have to be on disk."""
ESCAPE_MS = "50"
"""Milliseconds after which a lone Esc is the key and not the beginning of a sequence; ``ESCDELAY`` overrides it."""
PLAIN_LOCALES = frozenset({"C", "POSIX"})

RESTORE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1016l\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1000l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[m"
)
"""Takes back every mode the console may have set."""


def begin() -> None:
    """The signals that end the console are blocked in this thread and all that it starts: they go to the guard alone.

    The garbage collector rests until the first screen stands (:meth:`supportdesk.base_app.DeskApp.on_ready`): what is
    made until then is made to stay.
    """
    gc.disable()
    os.environ.setdefault("ESCDELAY", ESCAPE_MS)  # Textual reads it when it is imported
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def release_signals() -> None:
    """For a child process, which inherits what is blocked."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def check_terminal(environ: Mapping[str, str] = os.environ) -> None:
    """Raises :class:`NotReady` where no screen can be drawn: no terminal, or one that does not say what it is."""
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        raise NotReady(_("The console needs a terminal. Without one use a command: supportdesk --help"))
    if environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise NotReady(
            _("This terminal cannot show a screen (TERM={term}). Use a command instead: supportdesk --help").format(
                term=environ.get("TERM", "")
            )
        )


def charset(environ: Mapping[str, str] = os.environ) -> str:
    """The codec of the terminal, by the locale the person works in: ``utf-8`` where nothing says otherwise."""
    import codecs

    wished = environ.get("PYTHONIOENCODING", "").partition(":")[0]
    values = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if values[1] == "C.UTF-8" and values[2]:
        values[1] = ""  # set by Python itself over C and over a locale the machine lacks (PEP 538)
    locale = next(filter(None, values), "")
    codeset = wished or locale.partition("@")[0].partition(".")[2]
    if not codeset and locale in PLAIN_LOCALES:
        codeset = "ascii"
    try:
        return codecs.lookup(codeset or "utf-8").name
    except LookupError:
        return "utf-8"


def run_console(app: DeskApp, flush: Callable[[float], object] | None = None, mouse: bool = False) -> int:
    """Run the app to its end and return the exit code: 0, 1 after a crash, 128 + n after signal n.

    Args:
        flush: Has everything typed on disk within the seconds it is given. Called from the guard thread and at
            every end; it must not ask a widget.
        mouse: Whether the terminal reports the mouse. Without, its own selecting and copying work.

    Raises :class:`NotReady` if the terminal cannot show a screen.
    """
    check_terminal()
    begin()
    guard = _Guard(app, flush or (lambda seconds: None))
    guard.start()
    try:
        app.run(mouse=mouse)
    finally:
        signal.signal(signal.SIGCONT, signal.SIG_DFL)  # a line that drops sends it too: nothing is painted any more
        guard.over.set()
        guard.flush(FLUSH)
    return guard.code or app.return_code or 0


class _Guard(threading.Thread):
    """Waits for a signal that ends the console."""

    def __init__(self, app: DeskApp, flush: Callable[[float], object]) -> None:
        super().__init__(name="supportdesk-guard", daemon=True)
        self.over = threading.Event()
        self.flush = flush
        self.code = 0
        self._app = app
        self._termios: list[Any] | None = None

    def run(self) -> None:
        self._termios = _termios_of_stdin()
        number = signal.sigwait(ENDING)
        self.code = 128 + number
        # Whatever happens from here on, the process ends: the flush may hang on a disk, the loop in a lock.
        threading.Thread(target=self._end_anyway, name="supportdesk-end", daemon=True).start()
        self.flush(FLUSH)
        self._app.end_soon(self.code)

    def _end_anyway(self) -> None:
        if self.over.wait(PATIENCE):
            return
        writer = threading.Thread(target=_restore, args=(self._termios,), daemon=True)
        writer.start()
        writer.join(0.3)  # a terminal that takes nothing any more must not hold us
        os._exit(self.code)


def _termios_of_stdin() -> list[Any] | None:
    import termios

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _restore(attributes: list[Any] | None) -> None:
    import termios

    if attributes is not None:
        try:
            termios.tcsetattr(0, termios.TCSANOW, attributes)
        except termios.error:
            return
    try:
        os.write(2, RESTORE.encode())
    except OSError:
        return

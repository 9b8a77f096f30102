"""Which of the consoles open on one file acts for all: a lock beside the file. Whoever has it exchanges with the server
by himself; where there is none he does the duties of the desk."""

import fcntl
import os
import time
from pathlib import Path

from supportdesk.files import private_descriptor
from supportdesk.store import database

KNOCK = 0.05
"""Seconds between two looks whether another console is through."""


class Role:
    """The part of acting for all consoles of one file. The system itself takes it from one that ends, however it
    ends, so another can have it at once; nothing is written for it."""

    def __init__(self, desk_path: Path) -> None:
        self._desk = desk_path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether this console has it now."""
        if self._file is not None:
            return True
        mode, gid = database.modes_of(self._desk)
        beside = self._desk.with_name(f"{self._desk.name}.exchange")
        try:
            file = private_descriptor(beside, os.O_RDWR, mode, gid)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another console has it
            os.close(file)
            return False
        self._file = file
        return True

    def wait(self, seconds: float) -> bool:
        """As :meth:`take`, after another console that has it for a moment."""
        until = time.monotonic() + seconds
        while not self.take():
            if time.monotonic() > until:
                return False
            time.sleep(KNOCK)
        return True

    def give_up(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

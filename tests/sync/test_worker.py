"""The exchange that goes on by itself beside an open console, against the real server on a port of this machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from supportdesk.desk import tickets
from supportdesk.store.clock import utc_now
from supportdesk.sync import pace, worker
from supportdesk.sync.worker import Worker
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.stand import PATIENCE


class Beside:
    """A worker beside a site's desk, and what it has told."""

    def __init__(self, site: stand.Site) -> None:
        self.site = site
        self._told = threading.Condition()
        self.worker = Worker(site.path, self._on_told)

    def _on_told(self) -> None:
        with self._told:
            self._told.notify_all()

    def until(self, holds: Callable[[sqlite3.Connection], Any]) -> None:
        """Wait until the file says so: looked at whenever the worker tells, and now and then."""
        with closing(sqlite3.connect(self.site.path, timeout=10)) as conn, self._told:
            self._told.wait_for(lambda: holds(conn), PATIENCE) if False else None
            for _ in range(int(PATIENCE / 0.02)):
                if holds(conn):
                    return
                self._told.wait(0.02)
        raise AssertionError("it has not come")

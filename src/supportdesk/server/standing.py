"""Whether a server stands on a place: it holds a lock there as long as it runs, and a restore needs the place alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from supportdesk.files import private_descriptor, private_dir
from supportdesk.i18n import _
from supportdesk.server import tables
from supportdesk.server.place import Place
from supportdesk.terms.errors import NotReady

FILE = "serving.lock"
_KEY = 0x5344_0004  # PostgreSQL's advisory lock of a running server, with its schema


@contextmanager
def serving(place: Place) -> Iterator[None]:
    """A server runs here; others may beside it. Raises NotReady while a backup is put in place."""
    with _held(place, shared=True) as held:
        if not held:
            raise NotReady(_("A backup is being put in place here. Start the server when that is done."), code="in_use")
        yield


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Nobody serves here meanwhile. Raises NotReady when somebody does."""
    with _held(place, shared=False) as held:
        if not held:
            raise NotReady(_("A server is running here. Stop it, then restore."), code="in_use")
        yield


@contextmanager
def _held(place: Place, *, shared: bool) -> Iterator[bool]:
    if place.database:
        engine = tables.engine_for(place.database)
        taking = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                yield conn.execute(
                    text(f"SELECT {taking}(:key, hashtext(current_schema()))"), {"key": _KEY}).scalar_one()
        finally:
            engine.dispose()  # the lock ends with its connection
        return
    folder = private_dir(place.file.parent)
    descriptor = private_descriptor(folder / FILE, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)

"""An open desk: the file, its journal, and who is working.

Reading needs no SQLModel; the journal (and with it the writing side) is loaded on first use.
"""

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from supportdesk.i18n import _
from supportdesk.places import os_login
from supportdesk.rules.text import safe
from supportdesk.store import database, erasures
from supportdesk.store.clock import utc_now
from supportdesk.store.views import people
from supportdesk.store.views.people import AgentLine
from supportdesk.terms.errors import NotFound, NotPermitted

if TYPE_CHECKING:
    from supportdesk.store.journal import Journal, Who


class Desk:
    """One open database file. ``agent`` is the OS user, or ``as_login`` for an admin (DESIGN.md 3).

    Raises NotReady when the file cannot be used, NotFound when the login is not an agent here,
    NotPermitted when ``--as`` is used without the admin role."""

    def __init__(self, path: Path, *, as_login: str | None = None, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self.clock = clock
        self._as_login = as_login
        self._readers = threading.local()
        self._readers.conn = self._up_to_date(database.check(path))
        self._readers.conn.clock = clock

    def _up_to_date(self, conn: database.Connection) -> database.Connection:
        """``conn``, after a desk put back from an older copy was told whom to forget."""
        if erasures.behind(self.path, conn):
            from supportdesk.store.erasing import catch_up

            catch_up(self.path)
        return conn

    @property
    def reader(self) -> sqlite3.Connection:
        """The calling thread's own reading connection."""
        conn: database.Connection | None = getattr(self._readers, "conn", None)
        if conn is None:
            conn = self._readers.conn = database.connect(self.path, reading=True)
            conn.clock = self.clock
        return conn

    @cached_property
    def journal(self) -> "Journal":
        from supportdesk.store.journal import Journal

        return Journal(self.path, clock=self.clock)

    @cached_property
    def kind(self) -> str:
        """desk or demo."""
        return str(self.reader.execute("SELECT kind FROM device").fetchone()[0])

    @cached_property
    def agent(self) -> AgentLine:
        own = os_login()
        if self._as_login is None or self._as_login == own:
            if self.kind == "demo":
                return self._agent(people.demo_login(self.reader))
            return self._agent(own)
        real = self.agent_or_none(own)
        if self.kind != "demo" and (real is None or "administer" not in real.verbs):
            raise NotPermitted(_("Working as somebody else (--as) needs the admin role."))
        return self._agent(self._as_login, acting=own)

    def agent_or_none(self, login: str) -> AgentLine | None:
        return people.agent_line(self.reader, login)

    def _agent(self, login: str, acting: str | None = None) -> AgentLine:
        line = people.agent_line(self.reader, login, acting)
        if line is None:
            raise NotFound(
                _("{login} is not an agent of this desk. An admin adds you with 'supportdesk agent add {login}'.")
                .format(login=safe(login)),
                code="no_agent",
            )
        return line

    @cached_property
    def who(self) -> "Who":
        """The agent as the journal wants him."""
        from supportdesk.store.journal import Who

        a = self.agent
        return Who(a.id, a.login, a.verbs, a.teams, a.acting)

    def close(self) -> None:
        """Close this thread's connections; a WAL left large is folded back first."""
        if "journal" in self.__dict__:
            self.journal.close()
        self.close_reader()

    def close_reader(self) -> None:
        """Close the calling thread's reading connection; the next use opens another."""
        conn = getattr(self._readers, "conn", None)
        if conn is not None:
            self._readers.conn = None
            conn.close()

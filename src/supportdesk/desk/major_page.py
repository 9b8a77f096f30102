"""What the screen of a major incident shows: read in the reading thread, at one moment."""

import sqlite3
from typing import NamedTuple
from uuid import UUID

from supportdesk.store.views.major import Case, Major, cases, major
from supportdesk.store.views.queue import one_moment


class MajorPage(NamedTuple):
    """A major incident and the tickets that hang on it, those whose callers were not told first."""

    major: Major
    cases: tuple[Case, ...]


def major_page(conn: sqlite3.Connection, id: UUID) -> MajorPage | None:
    """None where there is none."""
    with one_moment(conn):
        found = major(conn, id)
        return None if found is None else MajorPage(found, cases(conn, found))

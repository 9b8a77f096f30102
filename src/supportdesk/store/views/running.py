"""The classes of promises that run, with what their calendars have counted (rules/urgency).

Only calendars that some ticket needs are read: a desk that promises around the clock reads none. One that cannot be
read counts around the clock, as the promises do.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from supportdesk.rules.urgency import NextPromise, PromiseClass

if TYPE_CHECKING:  # a desk where nobody gave a time window reads none
    from supportdesk.rules.window import Window

AROUND_THE_CLOCK = b""
"""Stands for the calendar of promises that run in real time."""

Classes = Mapping[int, PromiseClass]


def classes(conn: sqlite3.Connection, pks: Iterable[int | None]) -> Classes:
    """The classes of these keys that are there."""
    wanted = sorted({pk for pk in pks if pk is not None})
    if not wanted:
        return {}
    found = {}
    for pk, target, calendar, *kept in conn.execute(
        "SELECT p.pk, p.target, p.calendar, c.zone, c.weekly, c.versions FROM json_each(?) j "
        "CROSS JOIN promise_class p ON p.pk = j.value LEFT JOIN calendar c ON c.id = p.calendar", (json.dumps(wanted),)
    ):
        time = None
        if calendar != AROUND_THE_CLOCK:
            from supportdesk.store.views.open_hours import read_time

            time = read_time(*kept)
        found[pk] = PromiseClass(pk, time, target)
    return found


def next_promise(of: Classes, kind: str | None, class_id: int | None, due_point: int | None) -> NextPromise | None:
    """The promise that counts of a ticket, as its row keeps it; None where none does."""
    found = None if class_id is None else of.get(class_id)
    return None if found is None or due_point is None else NextPromise(kind or "", found, due_point)


def window(conn: sqlite3.Connection, needed: int | None, words: str | None, *given: Any) -> Window | None:
    """The window its caller gave; None where he gave none. ``given``: impact, urgency, priority, when it was made."""
    if needed is None:
        return None
    from supportdesk.store.views.windows import window_of

    return window_of(conn, needed, words, *given)


class Anew(NamedTuple):
    """What a row will keep of the promise that counts. ``due_us`` None for never."""

    promised: NextPromise | None
    weight: int
    due_us: int | None


def derived_anew(conn: sqlite3.Connection, tickets: Sequence[UUID]) -> dict[UUID, Anew]:
    """Of open tickets whose rows still tell what was agreed before."""
    from supportdesk.store import urgency
    from supportdesk.store.agreed import agreed
    from supportdesk.store.clock import utc_now
    from supportdesk.store.instants import micros

    book, found = agreed(conn), {}
    for id, of in urgency.derived(conn, tickets, micros(utc_now())).items():
        if of is None:
            found[id] = Anew(None, 0, None)
            continue
        calendar = book.calendar(of.calendar)
        running = PromiseClass(0, None if calendar is None else calendar.time, of.target)
        found[id] = Anew(NextPromise(str(of.kind), running, of.due_point), of.weight, of.due)
    return found

"""The duties of a desk that works alone: an open console does them beside its keys (DESIGN.md 3).

Of the consoles open on one file one does them at a time, by the lock that otherwise says who exchanges. A desk that
has a server leaves them to it, one that left its server too: what came from there is tended there still.
"""

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from supportdesk.desk.breach_duty import Watch, missed, tend_breaches
from supportdesk.desk.duties import is_any_due, tend_handoffs
from supportdesk.incident_log import record
from supportdesk.rules.zones import DAY_US
from supportdesk.store import enrolment
from supportdesk.store.agreed import agreed, unsettle
from supportdesk.store.drafts import Drafts
from supportdesk.store.instants import micros
from supportdesk.sync.role import Role
from supportdesk.terms.errors import DeskError

if TYPE_CHECKING:
    from uuid import UUID

    from supportdesk.desk.desk import Desk
    from supportdesk.rules.promises import Promise


BEGUN = "agreements.begun"
"""What the side file keeps: the last beginning of a version that open tickets were derived again for."""

BEGUN_LATELY = 31 * DAY_US
"""Versions that began before were accounted for, or their tickets are gone."""

_WATCHES: "WeakKeyDictionary[Desk, Watch]" = WeakKeyDictionary()
"""What each open desk knows of the promises in its file."""


def has_duties(desk: "Desk") -> bool:
    """Whether this desk tends its handoffs and notes its breaches itself. The demo does not: nobody is there to answer,
    and everything it offered would come back within the day."""
    return desk.kind != "demo" and enrolment.former(desk.reader) is None


def settle_agreed(desk: "Desk") -> None:
    """Give the tickets whose agreements have changed their new places in the queue, in the calling thread; whoever
    saved the change did not wait for it, and a version that was to come begins by itself. What is left over is done at
    the next look."""
    try:
        with suppress(DeskError, sqlite3.Error, OSError):
            _begin_versions(desk)
            if desk.reader.execute("SELECT 1 FROM unsettled LIMIT 1").fetchone() is not None:
                desk.journal.settle()
    finally:
        desk.close_reader()


def _begin_versions(desk: "Desk") -> None:
    """Note the tickets under contracts of which a version has begun since anybody looked."""
    now, contracts = micros(desk.clock()), agreed(desk.reader).contracts.values()
    last = max((since for each in contracts for version in each.versions if (since := version.since) <= now), default=0)
    if last <= now - BEGUN_LATELY:
        return
    with closing(Drafts(desk.path, clock=desk.clock)) as drafts:
        known = max(drafts.recall(None, BEGUN) or 0, now - BEGUN_LATELY)
        begun = [each.id for each in contracts if any(known < version.since <= now for version in each.versions)]
        if begun:
            with desk.journal.transaction() as conn:
                for id in begun:
                    unsettle(conn, "contract", id)
            drafts.remember(None, BEGUN, last)


def tend_alone(desk: "Desk") -> int:
    """Do what is due by now, in the calling thread; returns how many actions that were.

    Loads the writing side and takes the lock only if there is something. What fails is due again at the next look."""
    done = 0
    try:
        with suppress(DeskError, sqlite3.Error, OSError):
            if has_duties(desk):
                done = _look(desk, _WATCHES.setdefault(desk, Watch()))
    except Exception as fault:  # noqa: BLE001 - it must not end the console, nor be silent
        record(fault)
    finally:
        desk.close_reader()
    return done


def _look(desk: "Desk", watch: Watch) -> int:
    now = desk.clock()
    try:
        broken = missed(desk, watch)
        if broken or is_any_due(desk, now):
            return _tend(desk, watch, broken)
        watch.done(desk)
    except BaseException:
        watch.forget()
        raise
    return 0


def _tend(desk: "Desk", watch: Watch, broken: "list[tuple[UUID, Promise]]") -> int:
    role = Role(desk.path)
    if not role.take():
        watch.forget()
        return 0
    try:
        if not has_duties(desk):
            return 0
        return tend_handoffs(desk).done + tend_breaches(desk, watch, broken).done
    finally:
        role.give_up()
